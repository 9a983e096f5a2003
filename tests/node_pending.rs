//! An invitation that nobody has accepted: it is taken back, turned down, renamed, or becomes too old.

#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    Accepted, CloseReason, ConnectionName, Description, KnownPlatform, ListQuery, Phase, Refusal, Side,
    Status, Validity,
};
use pollster::block_on;
use support::{
    Invited, World, accept, assert_agreed, bearer_invitation, denied, happened, instance, noon, url, view,
};

impl Invited {
    async fn status(&self) -> Status {
        view(&self.source, self.id).await.status
    }

    /// The destination accepts, and the source refuses with this.
    async fn refusal(&self) -> Refusal {
        match accept(&self.destination, &self.code).await {
            Accepted::Refused { refusal, .. } => refusal,
            other => unreachable!("{other:?}"),
        }
    }
}

const REVOKED: Status = Status::Closed { reason: CloseReason::Revoked };
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[test]
fn a_revoked_code_is_refused() {
    block_on(async {
        let scene = Invited::new().await;
        let revoked = scene.source.revoke(scene.id).await.unwrap();
        assert_eq!((revoked.connection.status, revoked.connection.acknowledged), (REVOKED, true));
        assert_eq!(scene.refusal().await, Refusal::Revoked);
        assert_eq!(scene.status().await, REVOKED);
    });
}

#[test]
fn revoking_twice_changes_nothing() {
    block_on(async {
        let scene = Invited::new().await;
        let first = scene.source.revoke(scene.id).await.unwrap().connection;
        scene.world.clock.advance(Duration::from_secs(1));
        assert_eq!(scene.source.revoke(scene.id).await.unwrap().connection, first);
        assert_eq!(happened(&first), ["initiated", "revoked"]);
    });
}

#[test]
fn removing_an_invitation_is_revoking_it() {
    block_on(async {
        let scene = Invited::new().await;
        assert_eq!(scene.source.remove(scene.id).await.unwrap().connection.status, REVOKED);
    });
}

#[test]
fn an_expired_invitation_can_be_revoked() {
    block_on(async {
        let scene = Invited::new().await;
        scene.world.clock.advance(WEEK);
        scene.source.revoke(scene.id).await.unwrap();
        assert_eq!(scene.refusal().await, Refusal::Revoked);
    });
}

#[test]
fn after_an_acceptance_it_is_too_late_to_revoke() {
    block_on(async {
        let scene = Invited::new().await;
        accept(&scene.destination, &scene.code).await;
        assert_eq!(denied(scene.source.revoke(scene.id).await), Denial::AlreadyActive);
    });
}

#[test]
fn there_is_nobody_to_approve_or_to_decline() {
    block_on(async {
        let scene = Invited::new().await;
        assert_eq!(denied(scene.source.approve(scene.id).await), Denial::NotAccepted);
        assert_eq!(denied(scene.source.decline(scene.id).await), Denial::NotAccepted);
    });
}

#[test]
fn nothing_that_needs_an_active_connection_can_be_done() {
    block_on(async {
        let scene = Invited::new().await;
        assert_eq!(denied(scene.source.deactivate(scene.id).await), Denial::NotActive);
        assert_eq!(denied(scene.source.activate(scene.id).await), Denial::NotActive);
        assert_eq!(
            denied(scene.source.confirm_move(scene.id, &url("https://elsewhere.example.com")).await),
            Denial::NothingMoved
        );
        assert_eq!(denied(scene.source.purge(scene.id).await), Denial::StillOpen);
        assert_eq!(denied(scene.source.cancel(scene.id).await), Denial::NotTheDestination);
        assert_eq!(scene.status().await, Status::Pending);
    });
}

#[test]
fn whoever_is_invited_can_decline() {
    block_on(async {
        let scene = Invited::new().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        let declined = scene.destination.decline_invitation(&preview).await.unwrap();
        assert!(declined.retry.is_none() && declined.connection.acknowledged);
        assert_eq!(happened(&declined.connection), ["declined", "told"]);
        let source = view(&scene.source, scene.id).await;
        assert_eq!(source.status, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert_eq!(happened(&source), ["initiated", "declined"]);
    });
}

#[test]
fn an_invitation_that_was_declined_cannot_be_accepted_any_more() {
    block_on(async {
        let scene = Invited::new().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        scene.destination.decline_invitation(&preview).await.unwrap();
        let accepted = accept(&scene.destination, &scene.code).await;
        assert!(matches!(accepted, Accepted::Existing(_)), "{accepted:?}");
        let declined = Status::Closed { reason: CloseReason::Declined { by: Side::Local } };
        assert_eq!(accepted.connection().status, declined);
    });
}

#[test]
fn whoever_holds_a_code_without_a_recipient_ends_it_for_all_by_declining() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = bearer_invitation(&source).await;
        let preview = destination.preview(&code).await.unwrap();
        destination.decline_invitation(&preview).await.unwrap();
        let other = world.node("zendesk", KnownPlatform::Zendesk);
        let Accepted::Refused { refusal, .. } = accept(&other, &code).await else { unreachable!() };
        assert_eq!(refusal, Refusal::Withdrawn);
    });
}

#[test]
fn that_it_was_declined_is_told_once_the_source_is_there() {
    block_on(async {
        let scene = Invited::new().await;
        scene.world.network.detach(scene.source.instance());
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        let declined = scene.destination.decline_invitation(&preview).await.unwrap();
        assert!(declined.retry.is_some() && !declined.connection.acknowledged);
        assert_eq!(scene.status().await, Status::Pending);
        scene.source.attach_to(&scene.world.network);
        assert!(scene.destination.refresh(scene.id).await.unwrap().connection.acknowledged);
        let declined = Status::Closed { reason: CloseReason::Declined { by: Side::Remote } };
        assert_eq!(scene.status().await, declined);
    });
}

#[test]
fn name_and_description_change_here_and_not_in_the_code() {
    block_on(async {
        let scene = Invited::new().await;
        let before = view(&scene.source, scene.id).await;
        let name = ConnectionName::parse("Escalations").unwrap();
        let description = Description::parse("Only urgent ones").unwrap();
        scene.source.rename(scene.id, name.clone()).await.unwrap();
        let after = scene.source.describe(scene.id, description.clone()).await.unwrap();
        assert_eq!((after.info.name(), after.info.description()), (&name, &description));
        assert_eq!(happened(&after), ["initiated", "renamed", "described"]);
        let accepted = accept(&scene.destination, &scene.code).await;
        assert_eq!(accepted.connection().info.name(), before.info.name());
        let source = view(&scene.source, scene.id).await;
        assert_agreed(&source, accepted.connection());
        assert_eq!(source.info.name(), &name);
    });
}

#[test]
fn the_same_name_again_is_no_event() {
    block_on(async {
        let scene = Invited::new().await;
        let before = view(&scene.source, scene.id).await;
        let after = scene.source.rename(scene.id, before.info.name().clone()).await.unwrap();
        assert_eq!(after, before);
    });
}

#[test]
fn it_expires_by_the_clock_and_nothing_is_written() {
    block_on(async {
        let scene = Invited::new().await;
        let expires_at = view(&scene.source, scene.id).await.expires_at.unwrap();
        assert_eq!(expires_at, noon().saturating_add(Validity::default().as_duration()));
        let at = |millis| handclasp::Timestamp::from_millis(millis).unwrap();
        for (time, status) in [
            (at(expires_at.as_millis() - 1), Status::Pending),
            (expires_at, Status::Expired),
            (noon(), Status::Pending),
        ] {
            scene.world.clock.set(time);
            assert_eq!(scene.status().await, status);
            // What is stored is no matter of time.
            let query = ListQuery::newest_first().in_phase(Phase::Pending);
            assert_eq!(scene.source.list(&query).await.unwrap().items.len(), 1);
        }
        assert_eq!(happened(&view(&scene.source, scene.id).await), ["initiated"]);
    });
}

#[test]
fn once_it_was_refused_as_expired_it_stays_so_whatever_the_clock_says() {
    block_on(async {
        let scene = Invited::new().await;
        scene.world.clock.advance(WEEK);
        assert_eq!(scene.refusal().await, Refusal::Expired);
        scene.world.clock.set(noon());
        let source = view(&scene.source, scene.id).await;
        assert_eq!(
            (source.status, happened(&source)),
            (Status::Expired, vec!["initiated", "expired-refused"])
        );
    });
}

#[test]
fn an_invitation_can_be_shorter() {
    block_on(async {
        let world = World::new();
        let source = world.attached(|world| {
            world.plain(instance("salesforce", KnownPlatform::Salesforce)).validity(Validity::MIN)
        });
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let (id, code) = bearer_invitation(&source).await;
        world.clock.advance(Validity::MIN.as_duration());
        let Accepted::Refused { refusal, .. } = accept(&destination, &code).await else { unreachable!() };
        assert_eq!((refusal, view(&source, id).await.status), (Refusal::Expired, Status::Expired));
    });
}
