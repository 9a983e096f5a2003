//! A destination that waits for the source's answer: it asks again, shows what it waits for, and can give up.

#![expect(clippy::panic, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;
#[path = "support/transports.rs"]
mod transports;

use std::sync::{Arc, Mutex};

use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    Accepted, CloseReason, ConnectionId, ConnectionView, Fault, InProcess, InProcessError, KnownPlatform,
    MemoryStore, Node, Refusal, RetryReason, Side, Status, TroubleKind, WhoActs,
};
use pollster::block_on;
use support::{
    CONFIRMED, Plain, UNCONFIRMED, World, accept, approving_pair, assert_agreed, denied, happened, instance,
    invitation, view,
};
use transports::Tap;

/// A source, a destination whose calls can be answered by somebody in between, and an invitation.
struct Scene {
    world: World,
    source: Plain,
    destination: Node<MemoryStore, Tap<InProcess>>,
    tap: Tap<InProcess>,
    id: ConnectionId,
    code: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let tap = Tap::on(world.network.clone());
        let jira = instance("jira", KnownPlatform::JiraCloud);
        let destination = world.builder(jira, MemoryStore::new(), tap.clone()).build();
        destination.attach_to(&world.network);
        let (id, code) = invitation(&source, "jira.example.com").await;
        Self { world, source, destination, tap, id, code }
    }

    /// It accepts, and this befalls the acceptance.
    async fn accepted_under(&self, fault: Fault) -> ConnectionView {
        self.world.network.inject(fault);
        retried(&accept(&self.destination, &self.code).await).0.clone()
    }

    async fn statuses(&self) -> (Status, Status) {
        (view(&self.source, self.id).await.status, view(&self.destination, self.id).await.status)
    }

    /// The destination has given up, and both sides know.
    async fn assert_cancelled(&self) {
        let cancelled = Status::Closed { reason: CloseReason::Cancelled };
        let declined = Status::Closed { reason: CloseReason::Declined { by: Side::Remote } };
        assert_eq!(self.statuses().await, (declined, cancelled));
        assert!(view(&self.source, self.id).await.acknowledged);
        assert!(view(&self.destination, self.id).await.acknowledged);
    }
}

const ACCEPTING: Status = Status::Accepting { waiting: false };

/// What is to be tried again, and why.
#[track_caller]
fn retried<S: core::fmt::Debug>(
    accepted: &Accepted<S, InProcessError>,
) -> (&ConnectionView, &RetryReason<S, InProcessError>, Duration) {
    match accepted {
        Accepted::Retry { connection, retry } => (connection, &retry.why, retry.after),
        other => panic!("nothing to retry: {other:?}"),
    }
}

#[test]
fn every_retry_sends_the_same_bytes() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let sink = Arc::clone(&heard);
        world.network.attach(source.instance(), move |message| {
            sink.lock().unwrap().push(message);
            async { None }
        });
        accept(&destination, &code).await;
        for _ in 0..3 {
            world.clock.advance(Duration::from_secs(60 * 60));
            destination.refresh(id).await.unwrap();
        }
        accept(&destination, &code).await;
        let heard = heard.lock().unwrap().clone();
        assert_eq!(heard.len(), 5);
        assert!(heard.iter().all(|message| *message == heard[0]));
    });
}

#[test]
fn an_unclear_outcome_keeps_the_state_and_says_when_to_retry() {
    for fault in [Fault::LoseRequest, Fault::LoseReply, Fault::Delay] {
        block_on(async {
            let scene = Scene::new().await;
            scene.world.network.inject(fault);
            let accepted = accept(&scene.destination, &scene.code).await;
            let (connection, why, after) = retried(&accepted);
            assert!(matches!(why, RetryReason::Transport(InProcessError::TimedOut)), "{why:?}");
            assert!(why.retry_helps());
            assert_eq!(connection.status, ACCEPTING);
            assert_eq!(connection.health.trouble.unwrap().kind, TroubleKind::NoReply);
            let next = scene.destination.now().saturating_add(after);
            assert_eq!(connection.next_refresh, Some(next));
            assert!((30_000..38_000).contains(&after.as_millis()), "{after:?}");
        });
    }
}

#[test]
fn what_somebody_in_between_answers_ends_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        scene.tap.forge(b"<html>502 Bad Gateway</html>");
        let accepted = accept(&scene.destination, &scene.code).await;
        let (connection, why, _) = retried(&accepted);
        assert_eq!((connection.status, why.code()), (ACCEPTING, "unverified"));
        assert_eq!(why.who_acts(connection.role), WhoActs::Nobody);
        let refreshed = scene.destination.refresh(scene.id).await.unwrap().connection;
        assert_agreed(&view(&scene.source, scene.id).await, &refreshed);
        assert_eq!(refreshed.health.trouble, None);
    });
}

#[test]
fn a_source_that_does_not_know_the_connection_ends_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        let away = scene.world.plain(scene.source.instance().clone()).build();
        away.attach_to(&scene.world.network);
        let accepted = accept(&scene.destination, &scene.code).await;
        let (connection, why, _) = retried(&accepted);
        assert_eq!((connection.status, why.code()), (ACCEPTING, "not-recognised"));
        scene.source.attach_to(&scene.world.network);
        scene.destination.refresh(scene.id).await.unwrap();
        assert_eq!(scene.statuses().await, (CONFIRMED, CONFIRMED));
    });
}

#[test]
fn that_the_source_has_to_approve_is_shown() {
    block_on(async {
        let world = World::new();
        let (source, destination) = approving_pair(&world);
        let (id, code) = invitation(&source, "jira.example.com").await;
        let waiting = accept(&destination, &code).await.connection().clone();
        assert_eq!(waiting.status, Status::Accepting { waiting: true });
        assert!(waiting.status.to_string().contains("has to approve"), "{}", waiting.status);
        assert_eq!((happened(&waiting), waiting.health.trouble), (vec!["accepted", "waiting"], None));
        // It waits for people, not for the network.
        let next = waiting.next_refresh.unwrap().as_millis() - destination.now().as_millis();
        assert!((60_000..=75_000).contains(&next), "{next}");
        source.approve(id).await.unwrap();
        assert_eq!(view(&destination, id).await.status, CONFIRMED);
    });
}

#[test]
fn a_refusal_closes_it_with_its_reason() {
    block_on(async {
        let scene = Scene::new().await;
        scene.source.revoke(scene.id).await.unwrap();
        let refused = accept(&scene.destination, &scene.code).await;
        let Accepted::Refused { connection, refusal } = refused else { panic!("{refused:?}") };
        assert_eq!(refusal, Refusal::Revoked);
        assert_eq!(connection.status, Status::Closed { reason: CloseReason::Refused { refusal } });
        assert!(connection.acknowledged && connection.next_refresh.is_none());
        assert_eq!(happened(&connection), ["accepted", "refused"]);
    });
}

#[test]
fn whoever_gives_up_before_the_source_has_heard_is_acknowledged() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseRequest).await;
        let cancelled = scene.destination.cancel(scene.id).await.unwrap();
        assert!(cancelled.retry.is_none());
        assert_eq!(happened(&cancelled.connection), ["accepted", "cancelled", "told"]);
        scene.assert_cancelled().await;
    });
}

#[test]
fn whoever_gives_up_after_the_source_has_confirmed_undoes_that() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseReply).await;
        assert_eq!(scene.statuses().await, (UNCONFIRMED, ACCEPTING));
        scene.destination.cancel(scene.id).await.unwrap();
        scene.assert_cancelled().await;
    });
}

#[test]
fn that_it_was_cancelled_is_told_once_the_source_is_there() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseReply).await;
        scene.world.network.detach(scene.source.instance());
        let cancelled = scene.destination.cancel(scene.id).await.unwrap();
        assert!(cancelled.retry.is_some() && !cancelled.connection.acknowledged);
        scene.source.attach_to(&scene.world.network);
        scene.destination.refresh(scene.id).await.unwrap();
        scene.assert_cancelled().await;
    });
}

#[test]
fn a_source_that_confirms_meanwhile_learns_that_it_was_cancelled() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseReply).await;
        scene.world.network.inject(Fault::LoseRequest);
        scene.destination.cancel(scene.id).await.unwrap();
        // It calls with its confirmation, because it has not heard.
        scene.source.refresh(scene.id).await.unwrap();
        scene.assert_cancelled().await;
    });
}

#[test]
fn an_acceptance_that_arrives_after_its_withdrawal_changes_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::Delay).await;
        scene.destination.cancel(scene.id).await.unwrap();
        assert_eq!(scene.world.network.deliver_delayed().await, 1);
        scene.assert_cancelled().await;
    });
}

#[test]
fn declining_what_was_accepted_is_cancelling_it() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseRequest).await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        scene.destination.decline_invitation(&preview).await.unwrap();
        scene.assert_cancelled().await;
    });
}

#[test]
fn removing_an_acceptance_is_cancelling_it() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseRequest).await;
        scene.destination.remove(scene.id).await.unwrap();
        scene.assert_cancelled().await;
    });
}

#[test]
fn what_was_cancelled_is_not_accepted_again() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseRequest).await;
        scene.destination.cancel(scene.id).await.unwrap();
        let again = accept(&scene.destination, &scene.code).await;
        assert!(matches!(again, Accepted::Existing(_)), "{again:?}");
        scene.assert_cancelled().await;
    });
}

#[test]
fn once_active_it_is_too_late_to_cancel_or_to_decline() {
    block_on(async {
        let scene = Scene::new().await;
        accept(&scene.destination, &scene.code).await;
        assert_eq!(denied(scene.destination.cancel(scene.id).await), Denial::AlreadyActive);
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        let declined = scene.destination.decline_invitation(&preview).await.unwrap_err();
        assert_eq!(declined.code(), Denial::AlreadyActive.code());
        assert_eq!(scene.statuses().await, (CONFIRMED, CONFIRMED));
    });
}

#[test]
fn what_needs_the_source_cannot_be_done_here() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accepted_under(Fault::LoseRequest).await;
        let (destination, id) = (&scene.destination, scene.id);
        assert_eq!(denied(destination.revoke(id).await), Denial::NotTheSource);
        assert_eq!(denied(destination.deactivate(id).await), Denial::NotActive);
        assert_eq!(denied(destination.purge(id).await), Denial::StillOpen);
        assert_eq!(scene.statuses().await, (Status::Pending, ACCEPTING));
    });
}
