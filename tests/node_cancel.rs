//! Futures of the façade, dropped at every await there is: doing it again ends as if nothing had been dropped.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/stores.rs"]
mod stores;
#[path = "support/nodes.rs"]
mod support;
#[path = "support/transports.rs"]
mod transports;

use core::pin::pin;
use core::task::{Context, Poll, Waker};

use handclasp::{
    ConnectionId, ConnectionMode, ConnectionStore, Fault, Initiated, KnownPlatform, ListQuery, MemoryStore,
    Node, Wizard, handshake,
};
use pollster::block_on;
use stores::Yielding;
use support::{World, accept, assert_agreed, code, completed, happened, initiated, instance, view};
use transports::YieldingNetwork;

type Yielder = Node<Yielding<MemoryStore>, YieldingNetwork>;

/// Polls a future so many times, and drops it: its output, if it came to an end before.
fn dropped_after<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

/// Two nodes that yield at every call of store and network, so that both sides' awaits are dropped.
struct Scene {
    world: World,
    source: Yielder,
    destination: Yielder,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let node = |uid, platform| {
            let network = YieldingNetwork(world.network.clone());
            let node = world.builder(instance(uid, platform), Yielding::default(), network).build();
            node.attach_to(&world.network);
            node
        };
        let source = node("salesforce", KnownPlatform::Salesforce);
        let destination = node("jira", KnownPlatform::JiraCloud);
        Self { world, source, destination }
    }

    async fn initiated(&self) -> Wizard<Initiated> {
        initiated(&self.source, "jira.example.com").await
    }

    /// A stored invitation: its id and its code.
    async fn invited(&self) -> (ConnectionId, String) {
        let wizard = self.initiated().await;
        self.source.submit(&wizard).await.unwrap();
        (wizard.id(), code(&wizard))
    }

    /// Both sides are where they are after an acceptance to which nothing happened.
    async fn assert_connected(&self, id: ConnectionId) {
        let (ours, theirs) = (view(&self.source, id).await, view(&self.destination, id).await);
        assert_agreed(&ours, &theirs);
        assert_eq!(happened(&ours), ["initiated", "activated", "confirmed"]);
        assert_eq!(happened(&theirs), ["accepted", "activated"]);
        assert_eq!((self.source.store().0.len(), self.destination.store().0.len()), (1, 1));
    }
}

/// Drops the future after each number of polls, each time in a scene of its own, and lets `then` see what is left;
/// until it comes to an end. There must be so many awaits at least, or the test has become vacuous.
fn at_every_await(at_least: usize, mut dropped: impl FnMut(usize) -> bool) {
    let ended = (1..1000).find(|polls| dropped(*polls)).unwrap();
    assert!(ended > at_least, "only {ended} polls to the end");
}

#[test]
fn starting() {
    at_every_await(2, |polls| {
        let scene = Scene::new();
        let ended = dropped_after(scene.source.start("jira.example.com"), polls).is_some();
        assert!(scene.source.store().0.is_empty());
        drop(block_on(scene.source.start("jira.example.com")).unwrap());
        ended
    });
}

#[test]
fn starting_from_a_connection() {
    at_every_await(2, |polls| {
        let scene = Scene::new();
        let (id, _) = block_on(scene.invited());
        let before = block_on(view(&scene.source, id));
        let ended = dropped_after(scene.source.start_from(id, ConnectionMode::Basic), polls).is_some();
        assert_eq!(block_on(view(&scene.source, id)), before);
        drop(block_on(scene.source.start_from(id, ConnectionMode::Basic)).unwrap());
        ended
    });
}

#[test]
fn submitting() {
    at_every_await(2, |polls| {
        block_on(async {
            let scene = Scene::new();
            let wizard = scene.initiated().await;
            let ended = dropped_after(scene.source.submit(&wizard), polls).is_some();
            scene.source.submit(&wizard).await.unwrap();
            accept(&scene.destination, &code(&wizard)).await;
            scene.assert_connected(wizard.id()).await;
            ended
        })
    });
}

#[test]
fn submitting_what_is_stored() {
    at_every_await(4, |polls| {
        block_on(async {
            let scene = Scene::new();
            let wizard = scene.initiated().await;
            scene.source.submit(&wizard).await.unwrap();
            let ended = dropped_after(scene.source.submit(&wizard), polls).is_some();
            scene.source.submit(&wizard).await.unwrap();
            assert_eq!(scene.source.store().0.len(), 1);
            ended
        })
    });
}

#[test]
fn previewing() {
    at_every_await(2, |polls| {
        block_on(async {
            let scene = Scene::new();
            let (id, code) = scene.invited().await;
            let ended = dropped_after(scene.destination.preview(&code), polls).is_some();
            assert!(scene.destination.store().0.is_empty());
            accept(&scene.destination, &code).await;
            scene.assert_connected(id).await;
            ended
        })
    });
}

/// Drops an acceptance at each await of both sides, and goes on in the way that is given.
fn accepting(go_on: &impl AsyncFn(&Scene, ConnectionId, &str)) {
    // Each side's store is called four times or more, each exchange yields too, and all of it twice.
    at_every_await(24, |polls| {
        block_on(async {
            let scene = Scene::new();
            let (id, code) = scene.invited().await;
            let preview = scene.destination.preview(&code).await.unwrap();
            let form = completed(&preview);
            let ended = dropped_after(scene.destination.accept(&preview, &form), polls).is_some();
            go_on(&scene, id, &code).await;
            scene.assert_connected(id).await;
            ended
        })
    });
}

#[test]
fn accepting_and_again() {
    accepting(&async |scene, id, code| {
        accept(&scene.destination, code).await;
        // If only the report was lost, accepting shows what exists, and it takes a refresh of either side.
        scene.source.refresh(id).await.unwrap();
    });
}

#[test]
fn accepting_and_refreshing() {
    accepting(&async |scene, id, code| {
        if scene.destination.get(id).await.unwrap().is_none() {
            accept(&scene.destination, code).await;
        }
        scene.destination.refresh(id).await.unwrap();
    });
}

#[test]
fn refreshing() {
    at_every_await(20, |polls| {
        block_on(async {
            let scene = Scene::new();
            let (id, code) = scene.invited().await;
            scene.world.network.inject(Fault::LoseRequest);
            accept(&scene.destination, &code).await;
            let ended = dropped_after(scene.destination.refresh(id), polls).is_some();
            scene.destination.refresh(id).await.unwrap();
            scene.assert_connected(id).await;
            ended
        })
    });
}

#[test]
fn refreshing_the_source() {
    at_every_await(10, |polls| {
        block_on(async {
            let scene = Scene::new();
            let (id, code) = scene.invited().await;
            scene.world.network.inject(Fault::None);
            scene.world.network.inject(Fault::LoseRequest);
            accept(&scene.destination, &code).await;
            let ended = dropped_after(scene.source.refresh(id), polls).is_some();
            scene.source.refresh(id).await.unwrap();
            scene.assert_connected(id).await;
            ended
        })
    });
}

#[test]
fn answering() {
    at_every_await(4, |polls| {
        block_on(async {
            let scene = Scene::new();
            let (id, code) = scene.invited().await;
            scene.world.network.inject(Fault::LoseRequest);
            accept(&scene.destination, &code).await;
            let stored = scene.destination.store().get(id).await.unwrap().unwrap();
            let message = handshake::due(&stored.connection).unwrap().message;
            let ended = dropped_after(scene.source.handle(&message), polls).is_some();
            let first = scene.source.handle(&message).await.unwrap().reply;
            assert_eq!(scene.source.handle(&message).await.unwrap().reply, first);
            scene.destination.refresh(id).await.unwrap();
            scene.assert_connected(id).await;
            ended
        })
    });
}

#[test]
fn reading() {
    at_every_await(6, |polls| {
        block_on(async {
            let scene = Scene::new();
            let (id, code) = scene.invited().await;
            accept(&scene.destination, &code).await;
            let reads = async {
                scene.source.get(id).await.unwrap();
                scene.source.list(&ListQuery::newest_first()).await.unwrap();
                scene.source.derive_key(id, "label").await.unwrap();
            };
            let ended = dropped_after(reads, polls).is_some();
            scene.assert_connected(id).await;
            ended
        })
    });
}
