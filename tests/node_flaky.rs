//! Accepting, answering and refreshing over a store that fails at any one of its calls.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/stores.rs"]
mod stores;
#[path = "support/nodes.rs"]
mod support;

use handclasp::{
    AcceptInvitationError, Accepted, ConnectionId, ConnectionMode, DeriveKeyError, HandleError, InProcess,
    InProcessError, KnownPlatform, ListQuery, Node, PreviewError, RefreshError, RetryReason, StartFromError,
    Status, StoreFailure,
};
use pollster::block_on;
use stores::{Broken, FlakyStore, Trouble};
use support::{
    CONFIRMED, World, accept, assert_agreed, bearer_invitation, completed, happened, instance, invitation,
    view,
};

type Flaky = Node<FlakyStore, InProcess>;
type Outcome = Result<Accepted<Broken, InProcessError>, AcceptInvitationError<Broken>>;

const TROUBLES: [Trouble; 5] =
    [Trouble::Failed, Trouble::UnclearWritten, Trouble::UnclearLost, Trouble::Overtaken, Trouble::Refused];

/// A source and a destination whose stores fail when they are told to, and a code.
struct Scene {
    world: World,
    source: Flaky,
    destination: Flaky,
    id: ConnectionId,
    code: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let node = |uid, platform| {
            let node =
                world.builder(instance(uid, platform), FlakyStore::new(), world.network.clone()).build();
            node.attach_to(&world.network);
            node
        };
        let source = node("salesforce", KnownPlatform::Salesforce);
        let destination = node("jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        source.store().mend();
        Self { world, source, destination, id, code }
    }

    /// One acceptance, whose preview meets with no trouble.
    async fn accept(&self, at: impl Fn(&Self) -> &Flaky, call: usize, trouble: Trouble) -> Outcome {
        let preview = self.destination.preview(&self.code).await.unwrap();
        self.destination.store().mend();
        at(self).store().fail_call(call, trouble);
        self.destination.accept(&preview, &completed(&preview)).await
    }

    /// What every acceptance must come to once the stores work again.
    async fn assert_completes(&self) {
        self.source.store().mend();
        self.destination.store().mend();
        accept(&self.destination, &self.code).await;
        self.destination.refresh(self.id).await.unwrap();
        let (ours, theirs) = (view(&self.source, self.id).await, view(&self.destination, self.id).await);
        assert_agreed(&ours, &theirs);
        assert_eq!(happened(&ours), ["initiated", "activated", "confirmed"]);
        assert_eq!(happened(&theirs), ["accepted", "activated"]);
    }
}

/// What an acceptance without trouble asks of each store.
#[test]
fn the_calls_of_an_acceptance_are_these() {
    block_on(async {
        let scene = Scene::new().await;
        scene.accept(|scene| &scene.destination, usize::MAX, Trouble::Failed).await.unwrap();
        assert_eq!(
            scene.destination.store().mend(),
            ["get", "insert", "get", "update", "get", "update"],
            "the acceptance, the confirmation, and the answer to the report"
        );
        assert_eq!(
            scene.source.store().mend(),
            ["get", "update", "get", "update"],
            "the acceptance, and the report"
        );
    });
}

#[test]
fn an_acceptance_survives_any_trouble_at_any_call_of_its_own_store() {
    for call in 0..6 {
        for trouble in TROUBLES {
            block_on(async {
                let scene = Scene::new().await;
                drop(scene.accept(|scene| &scene.destination, call, trouble).await);
                scene.assert_completes().await;
            });
        }
    }
}

#[test]
fn an_acceptance_survives_any_trouble_at_any_call_of_the_sources_store() {
    for call in 0..4 {
        for trouble in TROUBLES {
            block_on(async {
                let scene = Scene::new().await;
                scene.accept(|scene| &scene.source, call, trouble).await.unwrap();
                scene.assert_completes().await;
            });
        }
    }
}

/// What comes of an acceptance with one trouble in the destination's store.
fn outcome(call: usize, trouble: Trouble) -> (Outcome, usize, usize) {
    block_on(async {
        let scene = Scene::new().await;
        let outcome = scene.accept(|scene| &scene.destination, call, trouble).await;
        (outcome, scene.destination.store().inner.len(), scene.world.network.exchanges())
    })
}

#[test]
fn an_acceptance_that_could_not_be_stored_is_not_sent() {
    for call in [0, 1] {
        let (outcome, stored, exchanges) = outcome(call, Trouble::Failed);
        assert!(
            matches!(outcome, Err(AcceptInvitationError::Store(StoreFailure::Failed(Broken)))),
            "{outcome:?}"
        );
        assert_eq!((stored, exchanges), (0, 0));
    }
}

#[test]
fn an_acceptance_whose_write_is_unclear_stays_so_when_repeating_it_fails() {
    block_on(async {
        let scene = Scene::new().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        scene.destination.store().mend();
        scene.destination.store().fail_call(1, Trouble::UnclearLost);
        scene.destination.store().fail_call(3, Trouble::Failed);
        let error = scene.destination.accept(&preview, &completed(&preview)).await.unwrap_err();
        assert!(matches!(error, AcceptInvitationError::Store(StoreFailure::Unclear(Broken))), "{error:?}");
    });
}

#[test]
fn an_acceptance_whose_write_is_unclear_is_looked_up_and_goes_on() {
    for trouble in [Trouble::UnclearWritten, Trouble::UnclearLost] {
        let (outcome, stored, _) = outcome(1, trouble);
        assert!(matches!(outcome, Ok(Accepted::Active(_))), "{outcome:?}");
        assert_eq!(stored, 1);
    }
}

#[test]
fn a_confirmation_that_could_not_be_stored_comes_again_later() {
    for call in [2, 3] {
        let (outcome, ..) = outcome(call, Trouble::Failed);
        let Ok(Accepted::Retry { connection, retry }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(connection.status, Status::Accepting { waiting: false });
        assert!(matches!(retry.why, RetryReason::Store(StoreFailure::Failed(Broken))), "{retry:?}");
    }
}

#[test]
fn a_confirmation_whose_write_met_with_a_conflict_or_is_unclear_counts() {
    for trouble in [Trouble::UnclearWritten, Trouble::UnclearLost, Trouble::Overtaken, Trouble::Refused] {
        let (outcome, ..) = outcome(3, trouble);
        assert!(matches!(outcome, Ok(Accepted::Active(_))), "{outcome:?}");
    }
}

#[test]
fn an_answer_to_a_report_that_could_not_be_stored_is_no_trouble_to_who_accepted() {
    for call in [4, 5] {
        let (outcome, ..) = outcome(call, Trouble::Failed);
        assert!(matches!(outcome, Ok(Accepted::Active(_))), "{outcome:?}");
    }
}

#[test]
fn a_source_that_cannot_store_gives_no_reply() {
    for call in [0, 1] {
        block_on(async {
            let scene = Scene::new().await;
            let outcome = scene.accept(|scene| &scene.source, call, Trouble::Failed).await;
            let Ok(Accepted::Retry { retry, .. }) = outcome else { panic!("{outcome:?}") };
            assert!(matches!(retry.why, RetryReason::Transport(InProcessError::Failed)), "{retry:?}");
        });
    }
}

/// The bytes of an acceptance that nobody has answered yet.
async fn acceptance(scene: &Scene) -> Vec<u8> {
    scene.world.network.detach(scene.source.instance());
    accept(&scene.destination, &scene.code).await;
    let stored = scene.destination.store().inner.clone();
    let stored = handclasp::ConnectionStore::get(&stored, scene.id).await.unwrap().unwrap();
    let message = handclasp::handshake::due(&stored.connection).unwrap().message;
    scene.source.store().mend();
    message
}

/// How a source's answer to an acceptance fails, with these troubles at its store.
fn unanswered(troubles: &[(usize, Trouble)]) -> HandleError<Broken> {
    block_on(async {
        let scene = Scene::new().await;
        let message = acceptance(&scene).await;
        for (call, trouble) in troubles {
            scene.source.store().fail_call(*call, *trouble);
        }
        let error = scene.source.handle(&message).await.unwrap_err();
        scene.source.attach_to(&scene.world.network);
        scene.assert_completes().await;
        error
    })
}

#[test]
fn a_read_that_failed_is_reported_as_nothing_written() {
    let error = unanswered(&[(0, Trouble::Failed)]);
    assert!(matches!(error, HandleError::Store(StoreFailure::Failed(Broken))), "{error:?}");
}

#[test]
fn a_write_that_failed_is_reported_as_nothing_written() {
    let error = unanswered(&[(1, Trouble::Failed)]);
    assert!(matches!(error, HandleError::Store(StoreFailure::Failed(Broken))), "{error:?}");
}

#[test]
fn an_unclear_write_stays_unclear_when_it_cannot_be_looked_up() {
    for trouble in [Trouble::UnclearWritten, Trouble::UnclearLost] {
        let error = unanswered(&[(1, trouble), (2, Trouble::Failed)]);
        assert!(matches!(error, HandleError::Store(StoreFailure::Unclear(Broken))), "{error:?}");
    }
}

#[test]
fn an_unclear_write_stays_unclear_when_repeating_it_fails() {
    let error = unanswered(&[(1, Trouble::UnclearLost), (3, Trouble::Failed)]);
    assert!(matches!(error, HandleError::Store(StoreFailure::Unclear(Broken))), "{error:?}");
}

#[test]
fn an_unclear_write_that_got_through_is_answered() {
    block_on(async {
        let scene = Scene::new().await;
        let message = acceptance(&scene).await;
        scene.source.store().fail_call(1, Trouble::UnclearWritten);
        let first = scene.source.handle(&message).await.unwrap().reply;
        let again = scene.source.handle(&message).await.unwrap().reply;
        assert_eq!(first, again);
    });
}

#[test]
fn many_conflicts_in_a_row_are_overcome() {
    block_on(async {
        let scene = Scene::new().await;
        for round in 0..20 {
            scene.source.store().fail_call(2 * round + 1, Trouble::Overtaken);
        }
        let accepted = accept(&scene.destination, &scene.code).await;
        assert_eq!(accepted.connection().status, CONFIRMED);
    });
}

#[test]
fn a_store_that_always_conflicts_is_given_up_by_who_answers() {
    block_on(async {
        let scene = Scene::new().await;
        let message = acceptance(&scene).await;
        scene.source.store().fail_writes(Trouble::Refused);
        let error = scene.source.handle(&message).await.unwrap_err();
        assert!(matches!(error, HandleError::Store(StoreFailure::Contended)), "{error:?}");
    });
}

#[test]
fn a_store_that_always_conflicts_is_given_up_by_who_accepts() {
    block_on(async {
        let scene = Scene::new().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        scene.destination.store().fail_writes(Trouble::Refused);
        let error = scene.destination.accept(&preview, &completed(&preview)).await.unwrap_err();
        assert!(matches!(error, AcceptInvitationError::Store(StoreFailure::Contended)), "{error:?}");
    });
}

#[test]
fn a_store_that_always_conflicts_is_given_up_by_a_refresh() {
    block_on(async {
        let scene = Scene::new().await;
        acceptance(&scene).await;
        scene.source.attach_to(&scene.world.network);
        scene.destination.store().fail_writes(Trouble::Refused);
        let retry = scene.destination.refresh(scene.id).await.unwrap().retry.unwrap();
        assert!(matches!(retry.why, RetryReason::Store(StoreFailure::Contended)), "{retry:?}");
        assert_eq!(retry.why.code(), "store-contended");
    });
}

#[test]
fn a_failing_store_fails_everything_that_reads() {
    block_on(async {
        let scene = Scene::new().await;
        let (node, id) = (&scene.source, scene.id);
        let fail = || {
            node.store().mend();
            node.store().fail_call(0, Trouble::Failed);
        };
        fail();
        assert_eq!(node.get(id).await.unwrap_err(), Broken);
        fail();
        assert_eq!(node.list(&ListQuery::newest_first()).await.unwrap_err(), Broken);
        fail();
        assert!(matches!(node.derive_key(id, "label").await, Err(DeriveKeyError::Store(Broken))));
        fail();
        assert!(matches!(node.preview(&scene.code).await, Err(PreviewError::Store(Broken))));
        fail();
        assert!(matches!(node.refresh(id).await, Err(RefreshError::Store(Broken))));
        fail();
        let error = node.start_from(id, ConnectionMode::Basic).await;
        assert!(matches!(error, Err(StartFromError::Store(Broken))));
    });
}

#[test]
fn nothing_is_refreshed_with_an_unknown_id() {
    block_on(async {
        let scene = Scene::new().await;
        let (elsewhere, _) = bearer_invitation(&scene.source).await;
        let error = scene.destination.refresh(elsewhere).await.unwrap_err();
        assert!(matches!(error, RefreshError::Missing), "{error:?}");
    });
}

#[test]
fn noise_does_not_reach_the_store() {
    block_on(async {
        let scene = Scene::new().await;
        let handled = scene.source.handle(b"noise").await.unwrap();
        assert_eq!((handled.reply, handled.events), (vec![1, 255], Vec::new()));
        assert_eq!(scene.source.store().mend(), Vec::<&str>::new());
    });
}

#[test]
fn a_confirmed_connection_refreshes_to_the_same() {
    block_on(async {
        let scene = Scene::new().await;
        scene.assert_completes().await;
        let refreshed = scene.source.refresh(scene.id).await.unwrap();
        assert_eq!(refreshed.connection.status, CONFIRMED);
        assert!(refreshed.retry.is_none());
    });
}
