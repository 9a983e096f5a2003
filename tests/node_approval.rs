//! Acceptances that an admin of the source has to approve: always, or because they come from another address.

#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    Accepted, CloseReason, ConnectionId, EventKind, InstanceUrl, KnownPlatform, ListQuery, Phase, Refusal,
    Side, Status,
};
use pollster::block_on;
use support::{
    CONFIRMED, Plain, UNCONFIRMED, World, accept, approving_pair, assert_agreed, bearer_invitation, denied,
    happened, instance_at, invitation, view,
};

/// A source whose admins approve, and a destination that has accepted.
struct Scene {
    world: World,
    source: Plain,
    destination: Plain,
    id: ConnectionId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let (source, destination) = approving_pair(&world);
        let (id, code) = invitation(&source, "jira.example.com").await;
        let accepted = accept(&destination, &code).await;
        assert!(matches!(accepted, Accepted::Waiting(_)), "{accepted:?}");
        Self { world, source, destination, id }
    }

    async fn statuses(&self) -> (Status, Status) {
        (view(&self.source, self.id).await.status, view(&self.destination, self.id).await.status)
    }
}

const WAITING: Status = Status::Accepting { waiting: true };

#[test]
fn both_sides_see_who_has_to_act() {
    block_on(async {
        let scene = Scene::new().await;
        assert_eq!(scene.statuses().await, (Status::AwaitingApproval, WAITING));
        assert_eq!(happened(&view(&scene.source, scene.id).await), ["initiated", "approval-asked"]);
        assert_eq!(happened(&view(&scene.destination, scene.id).await), ["accepted", "waiting"]);
        let query = ListQuery::newest_first().in_phase(Phase::AwaitingApproval);
        assert_eq!(scene.source.list(&query).await.unwrap().items.len(), 1);
    });
}

#[test]
fn who_claims_it_is_shown_beside_who_was_invited() {
    block_on(async {
        let scene = Scene::new().await;
        let source = view(&scene.source, scene.id).await;
        let applicant = source.applicant.unwrap();
        assert_eq!(applicant.instance.uid(), scene.destination.instance().uid());
        assert_eq!(applicant.host(), Some("jira.example.com"));
        assert_eq!(applicant.expected.unwrap().uid(), scene.destination.instance().uid());
        assert!(source.comparison.is_none() && source.remote_info.is_none());
    });
}

#[test]
fn whoever_holds_a_code_without_a_recipient_was_not_expected() {
    block_on(async {
        let world = World::new();
        let (source, destination) = approving_pair(&world);
        let (id, code) = bearer_invitation(&source).await;
        accept(&destination, &code).await;
        let applicant = view(&source, id).await.applicant.unwrap();
        assert!(applicant.expected.is_none());
        assert_eq!(applicant.host(), Some("jira.example.com"));
    });
}

#[test]
fn an_applicant_that_can_only_call_out_has_no_host() {
    block_on(async {
        let world = World::new();
        let source = world.approving("salesforce", KnownPlatform::Salesforce);
        let destination = world.private("jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        assert_eq!(view(&source, id).await.applicant.unwrap().host(), None);
    });
}

#[test]
fn approving_connects_both_at_once() {
    block_on(async {
        let scene = Scene::new().await;
        let approved = scene.source.approve(scene.id).await.unwrap();
        assert!(approved.retry.is_none() && approved.connection.applicant.is_none());
        assert_agreed(&approved.connection, &view(&scene.destination, scene.id).await);
        let expected = ["initiated", "approval-asked", "approved", "activated", "confirmed"];
        assert_eq!(happened(&approved.connection), expected);
    });
}

#[test]
fn what_was_approved_reaches_the_destination_when_it_asks() {
    block_on(async {
        let scene = Scene::new().await;
        scene.world.network.detach(scene.destination.instance());
        let approved = scene.source.approve(scene.id).await.unwrap();
        assert!(approved.retry.is_some());
        assert_eq!(scene.statuses().await, (UNCONFIRMED, WAITING));
        let refreshed = scene.destination.refresh(scene.id).await.unwrap().connection;
        assert_agreed(&view(&scene.source, scene.id).await, &refreshed);
    });
}

#[test]
fn asking_while_it_waits_changes_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        let before = view(&scene.source, scene.id).await;
        let refreshed = scene.destination.refresh(scene.id).await.unwrap();
        assert!(refreshed.retry.is_none());
        assert_eq!(happened(&refreshed.connection), ["accepted", "waiting"]);
        assert_eq!(view(&scene.source, scene.id).await, before);
    });
}

#[test]
fn approving_twice_changes_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        let approved = scene.source.approve(scene.id).await.unwrap().connection;
        let again = scene.source.approve(scene.id).await.unwrap().connection;
        assert_eq!(happened(&again), happened(&approved));
        assert_eq!(again.status, CONFIRMED);
    });
}

#[test]
fn declining_closes_both_at_once() {
    block_on(async {
        let scene = Scene::new().await;
        let declined = scene.source.decline(scene.id).await.unwrap();
        assert!(declined.retry.is_none() && declined.connection.acknowledged);
        let (source, destination) = scene.statuses().await;
        assert_eq!(source, Status::Closed { reason: CloseReason::Declined { by: Side::Local } });
        let refused = CloseReason::Refused { refusal: Refusal::Declined };
        assert_eq!(destination, Status::Closed { reason: refused });
    });
}

#[test]
fn removing_is_declining() {
    block_on(async {
        let scene = Scene::new().await;
        let removed = scene.source.remove(scene.id).await.unwrap().connection;
        assert_eq!(removed.status, Status::Closed { reason: CloseReason::Declined { by: Side::Local } });
    });
}

#[test]
fn that_it_was_declined_is_told_once_the_destination_is_there() {
    block_on(async {
        let scene = Scene::new().await;
        scene.world.network.detach(scene.destination.instance());
        assert!(!scene.source.decline(scene.id).await.unwrap().connection.acknowledged);
        scene.destination.attach_to(&scene.world.network);
        assert!(scene.source.refresh(scene.id).await.unwrap().connection.acknowledged);
        let refused = CloseReason::Refused { refusal: Refusal::Declined };
        assert_eq!(view(&scene.destination, scene.id).await.status, Status::Closed { reason: refused });
    });
}

#[test]
fn it_does_not_expire_once_somebody_has_accepted() {
    block_on(async {
        let scene = Scene::new().await;
        scene.world.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        assert_eq!(scene.statuses().await, (Status::AwaitingApproval, WAITING));
        let approved = scene.source.approve(scene.id).await.unwrap().connection;
        assert_agreed(&approved, &view(&scene.destination, scene.id).await);
    });
}

#[test]
fn it_can_only_be_approved_or_declined() {
    block_on(async {
        let scene = Scene::new().await;
        assert_eq!(denied(scene.source.revoke(scene.id).await), Denial::AwaitingApproval);
        assert_eq!(denied(scene.source.deactivate(scene.id).await), Denial::NotActive);
        assert_eq!(denied(scene.destination.approve(scene.id).await), Denial::NotTheSource);
        assert_eq!(denied(scene.destination.decline(scene.id).await), Denial::NotTheSource);
        assert_eq!(scene.statuses().await, (Status::AwaitingApproval, WAITING));
    });
}

#[test]
fn the_destination_can_give_up_meanwhile() {
    block_on(async {
        let scene = Scene::new().await;
        let cancelled = scene.destination.cancel(scene.id).await.unwrap();
        assert!(cancelled.connection.acknowledged);
        let source = view(&scene.source, scene.id).await;
        assert_eq!(source.status, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert_eq!(denied(scene.source.approve(scene.id).await), Denial::AlreadyClosed);
    });
}

#[test]
fn a_second_acceptor_is_refused_meanwhile_and_noted_once() {
    block_on(async {
        let world = World::new();
        let (source, destination) = approving_pair(&world);
        let (id, code) = bearer_invitation(&source).await;
        accept(&destination, &code).await;
        for (number, uid) in ["zendesk", "github"].into_iter().enumerate() {
            let other = world.node(uid, KnownPlatform::Zendesk);
            let refused = accept(&other, &code).await;
            let Accepted::Refused { refusal, .. } = refused else { panic!("{refused:?}") };
            assert_eq!(refusal, Refusal::AlreadyAccepted);
            let waiting = view(&source, id).await;
            assert_eq!(waiting.events.len(), 3, "after {}", number + 1);
            let last = waiting.events.last().unwrap().kind;
            assert_eq!(last, EventKind::SecondAcceptor { same_instance: false });
            assert!(last.is_security());
        }
        let approved = source.approve(id).await.unwrap().connection;
        assert_agreed(&approved, &view(&destination, id).await);
    });
}

/// A destination that was found at one address and accepts from another.
async fn relocated() -> (World, Plain, Plain, ConnectionId) {
    let world = World::new();
    let (source, _) = world.pair();
    let (id, code) = invitation(&source, "jira.example.com").await;
    let elsewhere = instance_at("jira", KnownPlatform::JiraCloud, "https://jira-2.example.com");
    let destination = world.node_of(elsewhere);
    let accepted = accept(&destination, &code).await;
    assert!(matches!(accepted, Accepted::Waiting(_)), "{accepted:?}");
    (world, source, destination, id)
}

#[test]
fn another_address_than_the_one_found_asks_for_approval() {
    block_on(async {
        let (_, source, _, id) = relocated().await;
        let waiting = view(&source, id).await;
        assert_eq!(waiting.status, Status::AwaitingApproval);
        let last = waiting.events.last().unwrap().kind;
        assert_eq!(last, EventKind::ApprovalAsked { other_address: true });
        let applicant = waiting.applicant.unwrap();
        let expected = applicant.expected.as_ref().and_then(|it| it.node_url()).map(InstanceUrl::host);
        assert_eq!((applicant.host(), expected), (Some("jira-2.example.com"), Some("jira.example.com")));
    });
}

#[test]
fn approving_another_address_is_what_makes_it_the_address() {
    block_on(async {
        let (_, source, destination, id) = relocated().await;
        let before = view(&source, id).await.remote.unwrap();
        assert_eq!(before.node_url().unwrap().host(), "jira.example.com");
        let approved = source.approve(id).await.unwrap().connection;
        assert_agreed(&approved, &view(&destination, id).await);
        assert_eq!(approved.remote.unwrap().node_url().unwrap().host(), "jira-2.example.com");
    });
}

#[test]
fn approval_by_hand_is_asked_for_at_the_address_that_was_found_too() {
    block_on(async {
        let scene = Scene::new().await;
        let last = view(&scene.source, scene.id).await.events.last().unwrap().kind;
        assert_eq!(last, EventKind::ApprovalAsked { other_address: false });
    });
}
