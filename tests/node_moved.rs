//! The other side at another address, twice, or set back to an earlier state: shown, and nothing is believed.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;
#[path = "support/transports.rs"]
mod transports;

use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    ConnectionId, ConnectionView, EventKind, HealthWarning, InProcess, Instance, InstanceUrl, KnownPlatform,
    MemoryStore, ModeSet, Node, Reachability, Side, Status,
};
use pollster::block_on;
use support::{
    CONFIRMED, Plain, World, assert_agreed, connect, copied, denied, happened, instance, instance_at,
    private_instance, url, view,
};
use transports::Tap;

const OLD: &str = "https://jira.example.com";
const NEW: &str = "https://jira-2.example.com";
const NEWER: &str = "https://jira-3.example.com";

/// A source that is listened to, a destination, and an active connection.
struct Scene {
    world: World,
    source: Node<MemoryStore, Tap<InProcess>>,
    tap: Tap<InProcess>,
    destination: Plain,
    id: ConnectionId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let tap = Tap::on(world.network.clone());
        let local = instance("salesforce", KnownPlatform::Salesforce);
        let source = world.builder(local, MemoryStore::new(), tap.clone()).build();
        source.attach_to(&world.network);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        Self { world, source, tap, destination, id }
    }

    /// The destination as it is at this address, with the same store, or with another.
    fn destination_at(&self, address: &str, store: MemoryStore) -> Plain {
        self.destination_as(instance_at("jira", KnownPlatform::JiraCloud, address), store)
    }

    fn destination_as(&self, instance: Instance, store: MemoryStore) -> Plain {
        let node = self.world.builder(instance, store, self.world.network.clone()).build();
        node.attach_to(&self.world.network);
        node
    }

    /// The destination has moved, and said so.
    async fn moved_to(address: &str) -> (Self, Plain) {
        let scene = Self::new().await;
        let moved = scene.destination_at(address, scene.destination.store().clone());
        moved.refresh(scene.id).await.unwrap();
        (scene, moved)
    }

    async fn seen(&self) -> ConnectionView {
        view(&self.source, self.id).await
    }

    fn calls(&self, address: &str) -> usize {
        self.tap.heard_by(&url(address))
    }
}

fn address(connection: &ConnectionView) -> &InstanceUrl {
    connection.remote.as_ref().unwrap().node_url().unwrap()
}

#[test]
fn a_new_address_is_announced_and_shown() {
    block_on(async {
        let (scene, _) = Scene::moved_to(NEW).await;
        let seen = scene.seen().await;
        assert_eq!(seen.health.moved_to, Some(url(NEW)));
        assert_eq!((seen.warnings.as_slice(), seen.status), (&[HealthWarning::Moved][..], CONFIRMED));
        let last = seen.events.last().unwrap();
        assert!(last.kind == EventKind::Moved && last.kind.is_security());
        assert_eq!(*address(&seen), url(OLD));
    });
}

#[test]
fn a_new_address_is_announced_once() {
    block_on(async {
        let (scene, moved) = Scene::moved_to(NEW).await;
        let before = scene.seen().await;
        let announced = view(&moved, scene.id).await;
        assert!(announced.acknowledged);
        moved.refresh(scene.id).await.unwrap();
        assert_eq!((scene.seen().await, view(&moved, scene.id).await), (before, announced));
    });
}

#[test]
fn until_an_admin_confirms_nothing_goes_to_the_new_address() {
    block_on(async {
        let (scene, _) = Scene::moved_to(NEW).await;
        let before = scene.calls(OLD);
        scene.source.refresh(scene.id).await.unwrap();
        scene.source.deactivate(scene.id).await.unwrap();
        scene.source.activate(scene.id).await.unwrap();
        assert_eq!((scene.calls(OLD), scene.calls(NEW)), (before + 3, 0));
    });
}

#[test]
fn after_an_admin_has_confirmed_everything_goes_to_the_new_address() {
    block_on(async {
        let (scene, moved) = Scene::moved_to(NEW).await;
        let before = scene.calls(OLD);
        let confirmed = scene.source.confirm_move(scene.id, &url(NEW)).await.unwrap();
        assert!(confirmed.retry.is_none());
        assert_eq!((address(&confirmed.connection), confirmed.connection.warnings.len()), (&url(NEW), 0));
        assert_eq!(happened(&confirmed.connection).last(), Some(&"move-confirmed"));
        scene.source.deactivate(scene.id).await.unwrap();
        assert_eq!(scene.calls(OLD), before);
        assert!(scene.calls(NEW) > 0);
        assert_eq!(view(&moved, scene.id).await.status, Status::Deactivated { by: Side::Remote });
    });
}

#[test]
fn a_move_is_confirmed_once() {
    block_on(async {
        let (scene, _) = Scene::moved_to(NEW).await;
        let confirmed = scene.source.confirm_move(scene.id, &url(NEW)).await.unwrap().connection;
        // Whoever does not know whether it was written confirms again, and it is not written twice.
        let again = scene.source.confirm_move(scene.id, &url(NEW)).await.unwrap().connection;
        assert_eq!(again, confirmed);
    });
}

/// What is confirmed is what was looked at, and that it is no longer so is no reason to confirm something else.
#[test]
fn who_has_moved_on_meanwhile_is_looked_at_again() {
    block_on(async {
        let (scene, moved) = Scene::moved_to(NEW).await;
        let looked_at = scene.seen().await.health.moved_to.unwrap();
        let moved_on = scene.destination_at(NEWER, moved.store().clone());
        moved_on.refresh(scene.id).await.unwrap();
        let before = scene.seen().await;
        assert_eq!(denied(scene.source.confirm_move(scene.id, &looked_at).await), Denial::NothingMoved);
        assert_eq!((scene.seen().await, scene.calls(NEW), scene.calls(NEWER)), (before, 0, 0));
        let confirmed = scene.source.confirm_move(scene.id, &url(NEWER)).await.unwrap().connection;
        assert_eq!((address(&confirmed), scene.calls(NEW)), (&url(NEWER), 0));
    });
}

#[test]
fn an_address_that_the_policy_forbids_cannot_be_confirmed() {
    block_on(async {
        let (scene, _) = Scene::moved_to("https://jira.internal").await;
        let before = scene.seen().await;
        let moved_to = before.health.moved_to.clone().unwrap();
        assert_eq!(moved_to, url("https://jira.internal"));
        assert_eq!(denied(scene.source.confirm_move(scene.id, &moved_to).await), Denial::AddressNotPermitted);
        assert_eq!((scene.seen().await, scene.calls("https://jira.internal")), (before, 0));
    });
}

#[test]
fn moving_back_clears_it() {
    block_on(async {
        let (scene, moved) = Scene::moved_to(NEW).await;
        let back = scene.destination_at(OLD, moved.store().clone());
        back.refresh(scene.id).await.unwrap();
        let seen = scene.seen().await;
        assert!(seen.health.moved_to.is_none() && seen.warnings.is_empty());
        assert_eq!(denied(scene.source.confirm_move(scene.id, &url(NEW)).await), Denial::NothingMoved);
    });
}

#[test]
fn what_was_said_before_the_move_does_not_undo_it() {
    block_on(async {
        let scene = Scene::new().await;
        scene.world.network.inject(handclasp::Fault::Delay);
        scene.destination.refresh(scene.id).await.unwrap();
        let moved = scene.destination_at(NEW, scene.destination.store().clone());
        moved.refresh(scene.id).await.unwrap();
        scene.world.network.deliver_delayed().await;
        assert_eq!(scene.seen().await.health.moved_to, Some(url(NEW)));
    });
}

#[test]
fn a_side_that_can_no_longer_be_called_has_not_moved() {
    block_on(async {
        let scene = Scene::new().await;
        let private = private_instance("jira", KnownPlatform::JiraCloud);
        let private = scene.destination_as(private, scene.destination.store().clone());
        private.refresh(scene.id).await.unwrap();
        let seen = scene.seen().await;
        assert!(seen.health.moved_to.is_none() && !seen.health.cloned);
        assert!(view(&private, scene.id).await.acknowledged);
    });
}

#[test]
fn the_source_can_move_too() {
    block_on(async {
        let scene = Scene::new().await;
        let elsewhere = instance_at("salesforce", KnownPlatform::Salesforce, "https://org-2.example.com");
        let store = scene.source.store().clone();
        let moved = scene.destination_as(elsewhere, store);
        moved.refresh(scene.id).await.unwrap();
        let theirs = view(&scene.destination, scene.id).await;
        let moved_to = theirs.health.moved_to.unwrap();
        assert_eq!(moved_to, url("https://org-2.example.com"));
        let confirmed = scene.destination.confirm_move(scene.id, &moved_to).await.unwrap().connection;
        assert_agreed(&view(&moved, scene.id).await, &confirmed);
    });
}

#[test]
fn two_that_speak_for_one_instance_are_noticed() {
    block_on(async {
        let scene = Scene::new().await;
        let clone = scene.destination_at(NEW, copied(scene.destination.store()).await);
        // At first it looks like a move.
        clone.refresh(scene.id).await.unwrap();
        assert_eq!(scene.seen().await.warnings, [HealthWarning::Moved]);
        // But the old address still answers, and does not know of it.
        let seen = scene.source.refresh(scene.id).await.unwrap().connection;
        assert_eq!(seen.warnings, [HealthWarning::Moved, HealthWarning::Cloned]);
        assert_eq!(happened(&seen)[3..], ["moved", "cloned"]);
        assert!(seen.events[3..].iter().all(|event| event.kind.is_security()));
        assert_eq!((seen.status, scene.calls(NEW)), (CONFIRMED, 0));
    });
}

#[test]
fn an_admin_who_knows_better_confirms_the_move_and_clears_both() {
    block_on(async {
        let scene = Scene::new().await;
        let clone = scene.destination_at(NEW, copied(scene.destination.store()).await);
        clone.refresh(scene.id).await.unwrap();
        scene.source.refresh(scene.id).await.unwrap();
        scene.world.network.detach(scene.destination.instance());
        let confirmed = scene.source.confirm_move(scene.id, &url(NEW)).await.unwrap().connection;
        assert!(confirmed.warnings.is_empty(), "{:?}", confirmed.warnings);
        assert_agreed(&confirmed, &view(&clone, scene.id).await);
        assert!(scene.calls(NEW) > 0);
    });
}

#[test]
fn that_there_are_two_is_one_event_however_often_it_is_seen() {
    block_on(async {
        let scene = Scene::new().await;
        let clone = scene.destination_at(NEW, copied(scene.destination.store()).await);
        clone.refresh(scene.id).await.unwrap();
        let once = scene.source.refresh(scene.id).await.unwrap().connection;
        for _ in 0..3 {
            clone.refresh(scene.id).await.unwrap();
            scene.source.refresh(scene.id).await.unwrap();
        }
        assert_eq!(scene.seen().await.events, once.events);
    });
}

#[test]
fn two_changes_with_one_number_are_of_two_sides() {
    block_on(async {
        let scene = Scene::new().await;
        let clone = scene.destination_at(NEW, copied(scene.destination.store()).await);
        scene.world.clock.advance(Duration::from_secs(1));
        scene.destination.deactivate(scene.id).await.unwrap();
        clone.refresh(scene.id).await.unwrap();
        let seen = scene.seen().await;
        assert_eq!(seen.warnings, [HealthWarning::Cloned]);
        // Which of them is right is not for the program to say: the first stays.
        assert_eq!(seen.status, Status::Deactivated { by: Side::Remote });
    });
}

#[test]
fn another_uid_behind_the_same_keys_is_a_clone() {
    block_on(async {
        let scene = Scene::new().await;
        let renamed = instance_at("jira-copy", KnownPlatform::JiraCloud, OLD);
        let renamed = scene.destination_as(renamed, scene.destination.store().clone());
        renamed.refresh(scene.id).await.unwrap();
        let seen = scene.seen().await;
        assert_eq!((seen.warnings.as_slice(), seen.status), (&[HealthWarning::Cloned][..], CONFIRMED));
        assert_eq!(seen.remote.unwrap().uid().as_str(), "jira");
    });
}

/// The destination's store is set back to before it had switched the connection off.
async fn set_back() -> (Scene, Plain) {
    let scene = Scene::new().await;
    let backup = copied(scene.destination.store()).await;
    scene.world.clock.advance(Duration::from_secs(1));
    scene.destination.deactivate(scene.id).await.unwrap();
    let restored = scene.destination_at(OLD, backup);
    (scene, restored)
}

#[test]
fn a_store_that_was_set_back_is_noticed_on_both_sides() {
    block_on(async {
        let (scene, restored) = set_back().await;
        let seen = scene.source.refresh(scene.id).await.unwrap().connection;
        assert_eq!(
            (seen.health.out_of_step, seen.warnings),
            (Some(Side::Remote), vec![HealthWarning::OutOfStep])
        );
        let last = seen.events.last().unwrap().kind;
        assert!(last == EventKind::OutOfStep { side: Side::Remote } && last.is_security());
        let theirs = view(&restored, scene.id).await;
        assert_eq!(theirs.health.out_of_step, Some(Side::Local));
        assert_eq!(theirs.events.last().unwrap().kind, EventKind::OutOfStep { side: Side::Local });
    });
}

#[test]
fn the_side_that_was_set_back_notices_it_when_it_calls() {
    block_on(async {
        let (scene, restored) = set_back().await;
        let theirs = restored.refresh(scene.id).await.unwrap().connection;
        assert_eq!(theirs.health.out_of_step, Some(Side::Local));
    });
}

#[test]
fn a_late_copy_of_an_older_report_is_no_store_that_was_set_back() {
    block_on(async {
        let scene = Scene::new().await;
        scene.world.network.inject(handclasp::Fault::Delay);
        scene.destination.refresh(scene.id).await.unwrap();
        scene.world.clock.advance(Duration::from_secs(1));
        scene.destination.deactivate(scene.id).await.unwrap();
        let before = scene.seen().await;
        assert_eq!(scene.world.network.deliver_delayed().await, 1);
        assert_eq!(scene.seen().await, before);
        assert!(before.warnings.is_empty());
    });
}

#[test]
fn a_new_invitation_is_the_remedy() {
    block_on(async {
        let (scene, restored) = set_back().await;
        scene.source.refresh(scene.id).await.unwrap();
        scene.source.remove(scene.id).await.unwrap();
        let id = connect(&scene.source, &restored).await;
        let (ours, theirs) = (view(&scene.source, id).await, view(&restored, id).await);
        assert_agreed(&ours, &theirs);
        assert!(ours.warnings.is_empty() && theirs.warnings.is_empty());
    });
}

#[test]
fn licences_are_nobodys_address() {
    block_on(async {
        let scene = Scene::new().await;
        let unlicensed =
            Instance::builder(scene.destination.instance().uid().clone(), KnownPlatform::JiraCloud)
                .node_url(url(OLD))
                .reachability(Reachability::Public)
                .licences(ModeSet::NONE)
                .build()
                .unwrap();
        let unlicensed = scene.destination_as(unlicensed, scene.destination.store().clone());
        let before = scene.seen().await;
        unlicensed.refresh(scene.id).await.unwrap();
        assert_eq!(scene.seen().await, before);
    });
}
