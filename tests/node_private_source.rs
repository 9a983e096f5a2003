//! A source that cannot be called: it fetches the acceptance from a destination that it knows, and then confirms,
//! refuses or gives up.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/code.rs"]
mod codes;
#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::{
    AcceptInvitationError, Accepted, Approval, CloseReason, ConnectionKind, ConnectionMode, Fault,
    KnownPlatform, ModeOffer, Obstacle, Refusal, Side, Status, TroubleKind,
};
use pollster::block_on;
use support::{
    CONFIRMED, Invited, Plain, UNCONFIRMED, World, accept, assert_agreed, completed, connect, copied,
    happened, invitation, noon, private_instance, view,
};

impl Invited {
    /// A source that can only call out, a destination that can be called, and an invitation between them.
    async fn fetching() -> Self {
        let world = World::new();
        let source = world.private("salesforce", KnownPlatform::Salesforce);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        Self::between(world, source, destination).await
    }

    /// The same, with an acceptance that the source has not fetched yet.
    async fn accepted() -> Self {
        let scene = Self::fetching().await;
        accept(&scene.destination, &scene.code).await;
        scene
    }

    async fn statuses(&self) -> (Status, Status) {
        (view(&self.source, self.id).await.status, view(&self.destination, self.id).await.status)
    }

    /// The source has refused, and both sides know.
    async fn assert_refused(&self, refusal: Refusal) {
        let theirs = view(&self.destination, self.id).await;
        assert_eq!(theirs.status, Status::Closed { reason: CloseReason::Refused { refusal } });
        assert!(theirs.acknowledged);
        assert!(view(&self.source, self.id).await.acknowledged);
    }
}

/// A source that can only call out, and whose admins approve.
fn approving_private(world: &World) -> Plain {
    world.attached(|world| {
        let source = private_instance("salesforce", KnownPlatform::Salesforce);
        world.plain(source).approval(Approval::ByHand)
    })
}

#[test]
fn every_mode_that_needs_no_public_source_is_offered() {
    block_on(async {
        let scene = Invited::fetching().await;
        let wizard = scene.source.start("jira.example.com").await.unwrap();
        let offered: Vec<_> =
            wizard.offers().iter().filter(|offer| offer.is_available()).map(ModeOffer::mode).collect();
        assert_eq!(offered, [ConnectionMode::Basic, ConnectionMode::Script]);
    });
}

#[test]
fn the_code_has_no_address_to_call() {
    block_on(async {
        let scene = Invited::fetching().await;
        let kinds: Vec<_> = codes::records(&scene.code).into_iter().map(|(kind, _)| kind).collect();
        assert!(!kinds.contains(&14), "{kinds:?}");
        // Whom it is for is in there, or the source would not know whom to ask.
        assert!(kinds.contains(&16), "{kinds:?}");
    });
}

#[test]
fn the_preview_says_that_nobody_will_be_contacted() {
    block_on(async {
        let scene = Invited::fetching().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        assert_eq!((preview.host(), preview.kind()), (None, ConnectionKind::Private));
        assert!(preview.obstacles().is_empty() && !preview.is_relayed_by_hand());
    });
}

#[test]
fn accepting_sends_nothing_and_waits() {
    block_on(async {
        let scene = Invited::fetching().await;
        let accepted = accept(&scene.destination, &scene.code).await;
        assert!(matches!(accepted, Accepted::Waiting(_)), "{accepted:?}");
        assert_eq!(accepted.connection().status, Status::Accepting { waiting: false });
        assert_eq!((accepted.connection().next_refresh, scene.world.network.exchanges()), (None, 0));
    });
}

#[test]
fn refreshing_while_it_waits_sends_nothing() {
    block_on(async {
        let scene = Invited::accepted().await;
        let refreshed = scene.destination.refresh(scene.id).await.unwrap();
        assert!(refreshed.retry.is_none() && refreshed.text.is_none());
        assert_eq!(scene.world.network.exchanges(), 0);
    });
}

#[test]
fn one_refresh_of_the_source_connects_both() {
    block_on(async {
        let scene = Invited::accepted().await;
        let refreshed = scene.source.refresh(scene.id).await.unwrap();
        assert!(refreshed.retry.is_none());
        let theirs = view(&scene.destination, scene.id).await;
        assert_agreed(&refreshed.connection, &theirs);
        assert_eq!(theirs.kind, ConnectionKind::Private);
        assert_eq!(happened(&refreshed.connection), ["initiated", "activated", "confirmed"]);
        assert_eq!(happened(&theirs), ["accepted", "activated"]);
    });
}

#[test]
fn the_destination_learns_with_the_next_refresh_that_its_report_was_heard() {
    block_on(async {
        let scene = Invited::accepted().await;
        scene.source.refresh(scene.id).await.unwrap();
        scene.source.refresh(scene.id).await.unwrap();
        assert!(view(&scene.destination, scene.id).await.acknowledged);
    });
}

#[test]
fn that_nobody_has_accepted_yet_is_no_trouble() {
    block_on(async {
        let scene = Invited::fetching().await;
        scene.world.clock.advance(Duration::from_secs(5));
        let refreshed = scene.source.refresh(scene.id).await.unwrap();
        assert!(refreshed.retry.is_none());
        let connection = refreshed.connection;
        assert_eq!((connection.status, connection.health.trouble), (Status::Pending, None));
        assert_eq!(scene.world.network.exchanges(), 1);
        let next = connection.next_refresh.unwrap().as_millis() - scene.source.now().as_millis();
        assert!((60_000..=75_000).contains(&next), "{next}");
    });
}

#[test]
fn a_destination_that_is_away_is_trouble() {
    block_on(async {
        let scene = Invited::fetching().await;
        scene.world.network.detach(scene.destination.instance());
        let refreshed = scene.source.refresh(scene.id).await.unwrap();
        assert!(refreshed.retry.is_some());
        assert_eq!(refreshed.connection.health.trouble.unwrap().kind, TroubleKind::NoReply);
    });
}

#[test]
fn an_early_fetch_is_followed_by_a_good_one() {
    block_on(async {
        let scene = Invited::fetching().await;
        scene.source.refresh(scene.id).await.unwrap();
        accept(&scene.destination, &scene.code).await;
        scene.source.refresh(scene.id).await.unwrap();
        assert_eq!(scene.statuses().await, (CONFIRMED, CONFIRMED));
    });
}

#[test]
fn a_code_for_another_instance_is_refused_where_it_is_pasted() {
    block_on(async {
        let scene = Invited::fetching().await;
        let other = scene.world.node("zendesk", KnownPlatform::Zendesk);
        let preview = other.preview(&scene.code).await.unwrap();
        let refused = other.accept(&preview, &completed(&preview)).await;
        let Err(AcceptInvitationError::Obstacles { obstacles }) = refused else {
            unreachable!("{refused:?}")
        };
        assert_eq!(obstacles, [Obstacle::WrongRecipient]);
        assert!(other.store().is_empty());
    });
}

#[test]
fn a_code_that_was_altered_on_its_way_is_refused_through_the_fetch() {
    block_on(async {
        let scene = Invited::fetching().await;
        let mut records = codes::records(&scene.code);
        // 22 is the connection's name.
        let name = records.iter_mut().find(|(kind, _)| *kind == 22).unwrap();
        name.1 = b"Something else".to_vec();
        accept(&scene.destination, &codes::code_of(&records)).await;
        scene.source.refresh(scene.id).await.unwrap();
        let theirs = view(&scene.destination, scene.id).await.status;
        let reason = CloseReason::Refused { refusal: Refusal::AlteredCode };
        // What it refused was not its invitation, which is still to be had.
        assert_eq!(
            (view(&scene.source, scene.id).await.status, theirs),
            (Status::Pending, Status::Closed { reason })
        );
    });
}

#[test]
fn that_it_expired_reaches_the_destination_through_the_fetch() {
    block_on(async {
        let scene = Invited::accepted().await;
        scene.world.clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
        let source = scene.source.refresh(scene.id).await.unwrap().connection;
        assert_eq!(source.status, Status::Expired);
        assert_eq!(happened(&source), ["initiated", "expired-refused"]);
        scene.assert_refused(Refusal::Expired).await;
    });
}

#[test]
fn that_it_was_revoked_reaches_the_destination_through_the_fetch() {
    block_on(async {
        let scene = Invited::accepted().await;
        let revoked = scene.source.revoke(scene.id).await.unwrap();
        assert!(revoked.retry.is_none());
        assert_eq!(happened(&revoked.connection), ["initiated", "revoked", "told"]);
        scene.assert_refused(Refusal::Revoked).await;
    });
}

#[test]
fn that_it_was_revoked_before_it_was_accepted_reaches_the_destination_later() {
    block_on(async {
        let scene = Invited::fetching().await;
        let revoked = scene.source.revoke(scene.id).await.unwrap();
        assert!(revoked.retry.is_none() && revoked.connection.health.trouble.is_none());
        assert!(!revoked.connection.acknowledged && revoked.connection.next_refresh.is_some());
        accept(&scene.destination, &scene.code).await;
        scene.source.refresh(scene.id).await.unwrap();
        scene.assert_refused(Refusal::Revoked).await;
    });
}

#[test]
fn that_it_was_superseded_reaches_the_destination_through_the_fetch() {
    block_on(async {
        let scene = Invited::accepted().await;
        let wizard = scene.source.reissue(scene.id).await.unwrap();
        scene.source.refresh(scene.id).await.unwrap();
        scene.assert_refused(Refusal::Superseded).await;
        accept(&scene.destination, &support::code(&wizard)).await;
        let source = scene.source.refresh(wizard.id()).await.unwrap().connection;
        assert_agreed(&source, &view(&scene.destination, wizard.id()).await);
    });
}

#[test]
fn a_destination_that_has_lost_its_acceptance_is_trouble() {
    block_on(async {
        let world = World::new();
        let source = approving_private(&world);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        source.refresh(id).await.unwrap();
        // The same instance with an empty store.
        world.node("jira", KnownPlatform::JiraCloud);
        let refreshed = source.refresh(id).await.unwrap();
        assert_eq!(refreshed.connection.status, Status::AwaitingApproval);
        assert_eq!(refreshed.connection.health.trouble.unwrap().kind, TroubleKind::NotRecognised);
    });
}

#[test]
fn whoever_is_not_approved_learns_it_through_the_fetch() {
    block_on(async {
        let world = World::new();
        let source = approving_private(&world);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        assert_eq!(source.refresh(id).await.unwrap().connection.status, Status::AwaitingApproval);
        assert_eq!(view(&destination, id).await.status, Status::Accepting { waiting: true });
        assert!(source.decline(id).await.unwrap().connection.acknowledged);
        let reason = CloseReason::Refused { refusal: Refusal::Declined };
        assert_eq!(view(&destination, id).await.status, Status::Closed { reason });
    });
}

#[test]
fn that_the_destination_declines_reaches_the_source() {
    block_on(async {
        let scene = Invited::fetching().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        let declined = scene.destination.decline_invitation(&preview).await.unwrap();
        assert!(!declined.connection.acknowledged && declined.retry.is_none());
        scene.source.refresh(scene.id).await.unwrap();
        let (source, destination) = scene.statuses().await;
        assert_eq!(source, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert_eq!(destination, Status::Closed { reason: CloseReason::Declined { by: Side::Local } });
        assert!(view(&scene.destination, scene.id).await.acknowledged);
        assert!(view(&scene.source, scene.id).await.acknowledged);
    });
}

#[test]
fn that_the_destination_cancels_reaches_the_source() {
    block_on(async {
        let scene = Invited::accepted().await;
        scene.destination.cancel(scene.id).await.unwrap();
        let source = scene.source.refresh(scene.id).await.unwrap().connection;
        assert_eq!(source.status, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert!(view(&scene.destination, scene.id).await.acknowledged);
    });
}

#[test]
fn a_destination_that_cancels_between_fetch_and_confirmation_is_heard() {
    block_on(async {
        let scene = Invited::accepted().await;
        scene.world.network.inject(Fault::None);
        scene.world.network.inject(Fault::LoseRequest);
        let refreshed = scene.source.refresh(scene.id).await.unwrap();
        assert_eq!(refreshed.connection.status, UNCONFIRMED);
        scene.destination.cancel(scene.id).await.unwrap();
        let source = scene.source.refresh(scene.id).await.unwrap().connection;
        assert_eq!(source.status, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert!(view(&scene.destination, scene.id).await.acknowledged);
    });
}

/// A clone of the source, which has fetched the acceptance but came too late with its confirmation.
async fn cloned(scene: &Invited) -> Plain {
    let instance = private_instance("salesforce", KnownPlatform::Salesforce);
    let store = copied(scene.source.store()).await;
    let clone = scene.world.builder(instance, store, scene.world.network.clone()).build();
    scene.world.network.inject(Fault::None);
    scene.world.network.inject(Fault::LoseRequest);
    clone.refresh(scene.id).await.unwrap();
    scene.source.refresh(scene.id).await.unwrap();
    clone
}

#[test]
fn a_second_source_is_turned_down_and_noted() {
    block_on(async {
        let scene = Invited::accepted().await;
        let clone = cloned(&scene).await;
        let before = view(&scene.destination, scene.id).await.comparison;
        let turned_down = clone.refresh(scene.id).await.unwrap().connection;
        assert_eq!(turned_down.status, Status::Closed { reason: CloseReason::AlreadyConfirmed });
        assert_eq!(happened(&turned_down), ["initiated", "activated", "already-confirmed"]);
        let destination = view(&scene.destination, scene.id).await;
        assert_eq!(happened(&destination), ["accepted", "activated", "second-source"]);
        assert_eq!((destination.status, destination.comparison), (CONFIRMED, before));
    });
}

#[test]
fn a_source_that_was_turned_down_has_nothing_left_to_say() {
    block_on(async {
        let scene = Invited::accepted().await;
        let clone = cloned(&scene).await;
        let turned_down = clone.refresh(scene.id).await.unwrap();
        assert!(turned_down.retry.is_none(), "{:?}", turned_down.retry);
        assert!(turned_down.connection.acknowledged);
        assert_eq!(
            (turned_down.connection.health.trouble, turned_down.connection.next_refresh),
            (None, None)
        );
    });
}

#[test]
fn the_source_that_was_first_stays_connected() {
    block_on(async {
        let scene = Invited::accepted().await;
        cloned(&scene).await.refresh(scene.id).await.unwrap();
        scene.source.refresh(scene.id).await.unwrap();
        assert_eq!(scene.statuses().await, (CONFIRMED, CONFIRMED));
    });
}

#[test]
fn a_loss_at_any_step_heals_with_the_next_refresh() {
    block_on(async {
        for fault in [Fault::LoseRequest, Fault::LoseReply, Fault::Repeat, Fault::Delay] {
            for step in 0..2 {
                let scene = Invited::accepted().await;
                for _ in 0..step {
                    scene.world.network.inject(Fault::None);
                }
                scene.world.network.inject(fault);
                let refreshed = scene.source.refresh(scene.id).await.unwrap();
                assert_eq!(refreshed.retry.is_none(), fault == Fault::Repeat, "{fault:?} at {step}");
                scene.world.network.deliver_delayed().await;
                scene.source.refresh(scene.id).await.unwrap();
                let ours = view(&scene.source, scene.id).await;
                assert_agreed(&ours, &view(&scene.destination, scene.id).await);
                assert_eq!(ours.health.trouble, None);
            }
        }
    });
}

#[test]
fn a_loss_at_any_step_of_a_refusal_heals_with_the_next_refresh() {
    block_on(async {
        for fault in [Fault::LoseRequest, Fault::LoseReply] {
            for step in 0..2 {
                let scene = Invited::accepted().await;
                for _ in 0..step {
                    scene.world.network.inject(Fault::None);
                }
                scene.world.network.inject(fault);
                assert!(!scene.source.revoke(scene.id).await.unwrap().connection.acknowledged);
                scene.source.refresh(scene.id).await.unwrap();
                scene.assert_refused(Refusal::Revoked).await;
            }
        }
    });
}

#[test]
fn a_loss_at_any_step_of_a_withdrawal_heals_with_the_next_refresh() {
    block_on(async {
        for fault in [Fault::LoseRequest, Fault::LoseReply] {
            for step in 0..2 {
                let scene = Invited::accepted().await;
                scene.destination.cancel(scene.id).await.unwrap();
                for _ in 0..step {
                    scene.world.network.inject(Fault::None);
                }
                scene.world.network.inject(fault);
                scene.source.refresh(scene.id).await.unwrap();
                scene.source.refresh(scene.id).await.unwrap();
                assert!(view(&scene.source, scene.id).await.acknowledged, "{fault:?} at {step}");
                assert!(view(&scene.destination, scene.id).await.acknowledged, "{fault:?} at {step}");
            }
        }
    });
}

#[test]
fn once_connected_the_source_asks_where_the_other_side_stands() {
    block_on(async {
        let world = World::new();
        let source = world.private("salesforce", KnownPlatform::Salesforce);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        let deactivated = destination.deactivate(id).await.unwrap();
        // It cannot call, so nothing was tried.
        assert!(deactivated.retry.is_none() && !deactivated.connection.acknowledged);
        let refreshed = source.refresh(id).await.unwrap().connection;
        assert_eq!(refreshed.status, Status::Deactivated { by: Side::Remote });
        assert!(view(&destination, id).await.acknowledged);
    });
}

#[test]
fn its_first_refresh_is_due_at_once() {
    block_on(async {
        let scene = Invited::fetching().await;
        assert_eq!(view(&scene.source, scene.id).await.next_refresh, Some(noon()));
    });
}
