//! A new invitation in the place of one that nobody has accepted.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/stores.rs"]
mod stores;
#[path = "support/nodes.rs"]
mod support;

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    Accepted, CloseReason, EventKind, InProcess, Initiated, Instance, KnownPlatform, MemoryStore, ModeSet,
    Node, ReasonKind, Refusal, ReissueError, Status, Wizard,
};
use pollster::block_on;
use stores::{FlakyStore, Trouble, Yielding};
use support::{
    Invited, World, accept, approving_pair, assert_agreed, bearer_invitation, code, instance, invitation,
    record, view,
};

const SUPERSEDED: Refusal = Refusal::Superseded;

impl Invited {
    async fn reissued(&self) -> Wizard<Initiated> {
        self.source.reissue(self.id).await.unwrap()
    }

    async fn denied(&self) -> Denial {
        match self.source.reissue(self.id).await {
            Err(ReissueError::NotPossible(error)) => error.denial,
            other => panic!("not denied: {other:?}"),
        }
    }
}

fn refusal_of<S, T>(accepted: &Accepted<S, T>) -> Option<Refusal> {
    match accepted {
        Accepted::Refused { refusal, .. } => Some(*refusal),
        _ => None,
    }
}

#[test]
fn the_old_one_is_superseded_by_the_new_one() {
    block_on(async {
        let scene = Invited::new().await;
        let by = scene.reissued().await.id();
        let (old, new) = (view(&scene.source, scene.id).await, view(&scene.source, by).await);
        assert_eq!(old.status, Status::Closed { reason: CloseReason::Superseded { by } });
        assert_eq!(old.events.last().unwrap().kind, EventKind::Superseded { by });
        assert_eq!(new.status, Status::Pending);
        let kinds: Vec<_> = new.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Reissued { from: scene.id }]);
    });
}

#[test]
fn everything_but_the_id_and_the_secret_is_the_same() {
    block_on(async {
        let scene = Invited::new().await;
        let before = view(&scene.source, scene.id).await;
        let wizard = scene.reissued().await;
        let new = view(&scene.source, wizard.id()).await;
        assert_ne!(new.id, before.id);
        assert_eq!((new.mode, &new.info, &new.remote), (before.mode, &before.info, &before.remote));
        let [old, new] = [&scene.code, &code(&wizard)].map(|code| handclasp::Invitation::read(code).unwrap());
        assert_eq!((old.destination_uid(), old.name()), (new.destination_uid(), new.name()));
        // The secret is in the code only: nothing that is made with it may be the same.
        assert_ne!(old.to_code().expose(), new.to_code().expose());
    });
}

#[test]
fn the_old_code_is_refused_and_the_new_one_works() {
    block_on(async {
        let scene = Invited::new().await;
        let wizard = scene.reissued().await;
        let refused = accept(&scene.destination, &scene.code).await;
        assert_eq!(refusal_of(&refused), Some(SUPERSEDED), "{refused:?}");
        let accepted = accept(&scene.destination, &code(&wizard)).await;
        assert_agreed(&view(&scene.source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn a_code_for_whoever_holds_it_can_be_replaced_too() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, _) = bearer_invitation(&source).await;
        let wizard = source.reissue(id).await.unwrap();
        let accepted = accept(&destination, &code(&wizard)).await;
        assert_agreed(&view(&source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn after_an_acceptance_it_is_too_late() {
    block_on(async {
        let scene = Invited::new().await;
        accept(&scene.destination, &scene.code).await;
        let before = view(&scene.source, scene.id).await;
        assert_eq!(scene.denied().await, Denial::AlreadyActive);
        assert_eq!(view(&scene.source, scene.id).await, before);
        assert_eq!(scene.source.store().len(), 1);
    });
}

#[test]
fn what_waits_for_approval_cannot_be_replaced() {
    block_on(async {
        let world = World::new();
        let (source, destination) = approving_pair(&world);
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let refused = source.reissue(id).await.unwrap_err();
        assert_eq!(refused.code(), Denial::AwaitingApproval.code());
    });
}

#[test]
fn what_was_revoked_cannot_be_replaced() {
    block_on(async {
        let scene = Invited::new().await;
        scene.source.revoke(scene.id).await.unwrap();
        assert_eq!(scene.denied().await, Denial::AlreadyClosed);
    });
}

#[test]
fn only_the_source_can_replace_it() {
    block_on(async {
        let scene = Invited::new().await;
        scene.world.network.detach(scene.source.instance());
        accept(&scene.destination, &scene.code).await;
        let refused = scene.destination.reissue(scene.id).await.unwrap_err();
        assert_eq!(refused.code(), Denial::NotTheSource.code());
    });
}

#[test]
fn one_that_is_not_there_is_missing() {
    block_on(async {
        let scene = Invited::new().await;
        let refused = scene.destination.reissue(scene.id).await.unwrap_err();
        assert!(matches!(refused, ReissueError::Missing), "{refused:?}");
    });
}

#[test]
fn the_second_time_the_code_is_not_shown_again() {
    block_on(async {
        let scene = Invited::new().await;
        let wizard = scene.reissued().await;
        let again = scene.source.reissue(scene.id).await.unwrap_err();
        let ReissueError::AlreadyReissued { by } = again else { panic!("{again:?}") };
        assert_eq!((by, scene.source.store().len()), (wizard.id(), 2));
        // What is to be done then works.
        let third = scene.source.reissue(by).await.unwrap();
        assert_eq!(refusal_of(&accept(&scene.destination, &code(&wizard)).await), Some(SUPERSEDED));
        let accepted = accept(&scene.destination, &code(&third)).await;
        assert_agreed(&view(&scene.source, third.id()).await, accepted.connection());
    });
}

#[test]
fn an_expired_one_gets_a_new_time() {
    block_on(async {
        let scene = Invited::new().await;
        scene.world.clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
        let wizard = scene.reissued().await;
        let new = view(&scene.source, wizard.id()).await;
        assert_eq!(new.status, Status::Pending);
        assert!(new.expires_at.unwrap() > scene.source.now());
        let accepted = accept(&scene.destination, &code(&wizard)).await;
        assert_agreed(&view(&scene.source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn one_that_was_refused_late_can_be_replaced() {
    block_on(async {
        let scene = Invited::new().await;
        scene.world.clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
        let refused = accept(&scene.destination, &scene.code).await;
        assert_eq!(refusal_of(&refused), Some(Refusal::Expired));
        let wizard = scene.reissued().await;
        let accepted = accept(&scene.destination, &code(&wizard)).await;
        assert_agreed(&view(&scene.source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn without_the_licence_the_old_one_stays_as_it_is() {
    block_on(async {
        let scene = Invited::new().await;
        let local = instance("salesforce", KnownPlatform::Salesforce);
        let unlicensed = Instance::builder(local.uid().clone(), KnownPlatform::Salesforce)
            .node_url(local.node_url().unwrap().clone())
            .licences(ModeSet::NONE)
            .build()
            .unwrap();
        let store = scene.source.store().clone();
        let unlicensed = scene.world.builder(unlicensed, store, scene.world.network.clone()).build();
        let before = view(&scene.source, scene.id).await;
        let refused = unlicensed.reissue(scene.id).await.unwrap_err();
        let ReissueError::ModeUnavailable { reasons } = refused else { panic!("{refused:?}") };
        assert_eq!(reasons.iter().map(|reason| reason.kind).collect::<Vec<_>>(), [ReasonKind::NotLicensed]);
        assert_eq!((view(&scene.source, scene.id).await, scene.source.store().len()), (before, 1));
        let accepted = accept(&scene.destination, &scene.code).await;
        assert_agreed(&view(&scene.source, scene.id).await, accepted.connection());
    });
}

#[test]
fn a_store_that_fails_at_any_call_ends_with_one_code_that_works() {
    block_on(async {
        let troubles = [
            Trouble::Failed,
            Trouble::UnclearWritten,
            Trouble::UnclearLost,
            Trouble::Overtaken,
            Trouble::Refused,
        ];
        // Of each sort there are some that the call does not survive.
        let mut failures = 0;
        for trouble in troubles {
            for call in 0..4 {
                let world = World::new();
                let node = |uid, platform| {
                    let local = instance(uid, platform);
                    let node = world.builder(local, FlakyStore::new(), world.network.clone()).build();
                    node.attach_to(&world.network);
                    node
                };
                let source = node("salesforce", KnownPlatform::Salesforce);
                let destination = node("jira", KnownPlatform::JiraCloud);
                let (id, old) = invitation(&source, "jira.example.com").await;
                source.store().mend();
                source.store().fail_call(call, trouble);
                let first = source.reissue(id).await;
                failures += usize::from(first.is_err());
                let calls = source.store().mend();
                assert!(calls.len() > call, "{trouble:?} at {call} befell nothing: {calls:?}");
                let wizard = match first {
                    Ok(wizard) => wizard,
                    Err(_) => source.reissue(id).await.unwrap(),
                };
                assert_eq!(source.store().inner.len(), 2, "{trouble:?} at {call}");
                let refused = accept(&destination, &old).await;
                assert_eq!(refusal_of(&refused), Some(SUPERSEDED), "{trouble:?} at {call}");
                let accepted = accept(&destination, &code(&wizard)).await;
                assert_agreed(&view(&source, wizard.id()).await, accepted.connection());
            }
        }
        assert!(failures >= 4, "{failures}");
    });
}

#[test]
fn what_was_half_done_is_completed_with_the_id_that_was_given() {
    block_on(async {
        let world = World::new();
        let local = instance("salesforce", KnownPlatform::Salesforce);
        let source = world.builder(local, FlakyStore::new(), world.network.clone()).build();
        let (id, _) = bearer_invitation(&source).await;
        source.store().mend();
        // Two reads, the old record, and then the new one.
        source.store().fail_call(3, Trouble::Failed);
        source.reissue(id).await.unwrap_err();
        assert_eq!(source.store().mend(), ["get", "get", "update", "insert"]);
        let superseded = view(&source, id).await;
        let Status::Closed { reason: CloseReason::Superseded { by } } = superseded.status else {
            panic!("{:?}", superseded.status);
        };
        assert!(source.get(by).await.unwrap().is_none());
        assert_eq!(source.reissue(id).await.unwrap().id(), by);
        assert_eq!(view(&source, id).await, superseded);
    });
}

type Yielder = Node<Yielding<MemoryStore>, InProcess>;

/// The new invitation, or why there is none; and with what the acceptance was refused, if it was.
type Raced = (Result<Wizard<Initiated>, &'static str>, Option<Refusal>);

/// Begins to reissue, accepts the old code after so many polls, and goes on: what became of both.
/// `None` if it was over before.
fn raced(polls: usize) -> Option<Raced> {
    let world = World::new();
    let local = instance("salesforce", KnownPlatform::Salesforce);
    let source: Yielder = world.builder(local, Yielding::default(), world.network.clone()).build();
    source.attach_to(&world.network);
    let destination = world.node("jira", KnownPlatform::JiraCloud);
    let (id, old) = block_on(invitation(&source, "jira.example.com"));
    let mut reissue = pin!(source.reissue(id));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        let Poll::Pending = reissue.as_mut().poll(&mut context) else { return None };
    }
    let accepted = block_on(accept(&destination, &old));
    let reissued = block_on(reissue).map_err(|error| error.code());
    let old = block_on(record(&source, id));
    assert_eq!(reissued.is_ok(), old.closed_at().is_some(), "after {polls} polls");
    Some((reissued, refusal_of(&accepted)))
}

#[test]
fn of_a_new_invitation_and_an_acceptance_exactly_one_wins() {
    let (mut accepted, mut reissued) = (0, 0);
    for polls in 0.. {
        let Some(outcome) = raced(polls) else { break };
        match outcome {
            (Err(code), None) => {
                assert_eq!(code, Denial::AlreadyActive.code(), "after {polls} polls");
                accepted += 1;
            }
            (Ok(_), Some(SUPERSEDED)) => reissued += 1,
            other => panic!("both or neither won after {polls} polls: {other:?}"),
        }
    }
    assert!(accepted > 0 && reissued > 0, "{accepted} {reissued}");
}
