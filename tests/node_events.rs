//! The audit trail: what happened, who did it, in which order; what security people should see; and no secret.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/code.rs"]
mod codes;
#[path = "support/search.rs"]
mod search;
#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;
use std::sync::{Arc, Mutex};

use handclasp::{
    Actor, ActorName, Connection, ConnectionId, ConnectionName, ConnectionView, Event, EventKind,
    KnownPlatform, Refusal, Side,
};
use pollster::block_on;
use support::{
    Plain, World, accept, approving_pair, bearer_invitation, connect, denied, instance_at, invitation,
    record, url, view,
};

fn admin(name: &str) -> Actor {
    Actor::Admin(ActorName::parse(name).unwrap())
}

/// A connection with everything that can happen to it, in which Ada acts on one side, and Grace on the other.
struct Life {
    source: Plain,
    destination: Plain,
    id: ConnectionId,
    code: String,
    /// What the handlers of both sides have said that happened.
    handled: Arc<Mutex<Vec<Event>>>,
}

impl Life {
    async fn lived() -> Self {
        let world = World::new();
        let (source, destination) = approving_pair(&world);
        let source = source.acting_as(ActorName::parse("Ada").unwrap());
        let destination = destination.acting_as(ActorName::parse("Grace").unwrap());
        let handled: Arc<Mutex<Vec<Event>>> = Arc::default();
        for node in [&source, &destination] {
            let (node, sink) = (node.clone(), Arc::clone(&handled));
            world.network.attach(&node.instance().clone(), move |message| {
                let (node, sink) = (node.clone(), Arc::clone(&sink));
                async move {
                    let handled = node.handle(&message).await.unwrap();
                    sink.lock().unwrap().extend(handled.events);
                    Some(handled.reply)
                }
            });
        }
        let (id, code) = invitation(&source, "jira.example.com").await;
        let later = || world.clock.advance(Duration::from_secs(1));
        source.rename(id, ConnectionName::parse("Escalations").unwrap()).await.unwrap();
        later();
        accept(&destination, &code).await;
        later();
        source.approve(id).await.unwrap();
        later();
        source.deactivate(id).await.unwrap();
        later();
        destination.deactivate(id).await.unwrap();
        later();
        source.activate(id).await.unwrap();
        later();
        destination.activate(id).await.unwrap();
        later();
        let elsewhere = instance_at("jira", KnownPlatform::JiraCloud, "https://jira-2.example.com");
        let store = destination.store().clone();
        let moved = world.builder(elsewhere, store, world.network.clone()).build();
        moved.attach_to(&world.network);
        moved.refresh(id).await.unwrap();
        later();
        let moved_to = view(&source, id).await.health.moved_to.unwrap();
        source.confirm_move(id, &moved_to).await.unwrap();
        later();
        let moved = moved.acting_as(ActorName::parse("Grace").unwrap());
        moved.remove(id).await.unwrap();
        Self { source, destination: moved, id, code, handled }
    }

    async fn trails(&self) -> [Vec<(&'static str, Actor)>; 2] {
        [view(&self.source, self.id).await, view(&self.destination, self.id).await].map(|view| trail(&view))
    }
}

/// What happened, and who did it.
fn trail(view: &ConnectionView) -> Vec<(&'static str, Actor)> {
    view.events.iter().map(|event| (event.kind.code(), event.actor.clone())).collect()
}

#[test]
fn a_full_life_reads_as_an_auditor_expects_on_both_sides() {
    let [source, destination] = block_on(async { Life::lived().await.trails().await });
    let (ada, grace, other) = (|| admin("Ada"), || admin("Grace"), || Actor::Remote);
    let expected = [
        ("initiated", ada()),
        ("renamed", ada()),
        ("approval-asked", other()),
        ("approved", ada()),
        ("activated", ada()),
        ("confirmed", other()),
        ("deactivated", ada()),
        ("deactivated", other()),
        ("reactivated", ada()),
        ("reactivated", other()),
        ("moved", other()),
        ("move-confirmed", ada()),
        ("removed", other()),
    ];
    assert_eq!(source, expected);
    let expected = [
        ("accepted", grace()),
        ("waiting", other()),
        ("activated", other()),
        ("deactivated", other()),
        ("deactivated", grace()),
        ("reactivated", other()),
        ("reactivated", grace()),
        ("removed", grace()),
        ("told", other()),
    ];
    assert_eq!(destination, expected);
}

#[test]
fn events_are_numbered_without_gaps_in_the_order_of_time() {
    block_on(async {
        let life = Life::lived().await;
        for node in [&life.source, &life.destination] {
            let events = view(node, life.id).await.events;
            assert!(events.iter().map(|event| event.number).eq(1..=events.len() as u64), "{events:?}");
            assert!(events.iter().all(|event| event.connection == life.id));
            assert!(events.is_sorted_by_key(|event| event.at), "{events:?}");
            assert!(events.first().unwrap().at < events.last().unwrap().at);
        }
    });
}

#[test]
fn a_handler_is_told_what_its_message_has_done() {
    block_on(async {
        let life = Life::lived().await;
        let handled = life.handled.lock().unwrap().clone();
        assert!(!handled.is_empty());
        let mut all = view(&life.source, life.id).await.events;
        all.extend(view(&life.destination, life.id).await.events);
        for event in handled {
            assert_eq!(event.actor, Actor::Remote);
            assert!(all.contains(&event), "{event:?} is in no record");
        }
    });
}

#[test]
fn a_message_that_comes_twice_happens_once() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = bearer_invitation(&source).await;
        let messages: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let sink = Arc::clone(&messages);
        world.network.attach(source.instance(), move |message| {
            sink.lock().unwrap().push(message);
            async { None }
        });
        accept(&destination, &code).await;
        let accepted = messages.lock().unwrap().first().unwrap().clone();
        let [first, second] = [source.handle(&accepted).await, source.handle(&accepted).await];
        let codes: Vec<_> = first.unwrap().events.iter().map(|event| event.kind.code()).collect();
        assert_eq!(codes, ["activated"]);
        assert!(second.unwrap().events.is_empty());
        assert_eq!(view(&source, id).await.events.len(), 2);
    });
}

#[test]
fn exactly_these_are_for_security_people() {
    let id = block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        bearer_invitation(&source).await.0
    });
    let side = Side::Remote;
    let security = [
        EventKind::SecondAcceptor { same_instance: true },
        EventKind::SecondAcceptor { same_instance: false },
        EventKind::SecondSource,
        EventKind::AlreadyConfirmed,
        EventKind::Cloned,
        EventKind::OutOfStep { side },
        EventKind::Moved,
    ];
    let ordinary = [
        EventKind::Initiated,
        EventKind::Reissued { from: id },
        EventKind::Accepted,
        EventKind::Waiting,
        EventKind::ApprovalAsked { other_address: true },
        EventKind::Approved,
        EventKind::Activated,
        EventKind::Confirmed,
        EventKind::ExpiredRefused,
        EventKind::Refused { refusal: Refusal::Revoked },
        EventKind::Revoked,
        EventKind::Superseded { by: id },
        EventKind::Declined,
        EventKind::Cancelled,
        EventKind::Deactivated,
        EventKind::Reactivated,
        EventKind::Renamed,
        EventKind::Described,
        EventKind::Removed,
        EventKind::Told,
        EventKind::MoveConfirmed,
    ];
    for kind in security {
        assert!(kind.is_security(), "{kind:?}");
    }
    for kind in ordinary {
        assert!(!kind.is_security(), "{kind:?}");
    }
}

#[test]
fn the_acceptor_that_came_second_is_a_security_event_of_a_handler() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = bearer_invitation(&source).await;
        accept(&destination, &code).await;
        let security: Arc<Mutex<Vec<Event>>> = Arc::default();
        let (node, sink) = (source.clone(), Arc::clone(&security));
        world.network.attach(source.instance(), move |message| {
            let (node, sink) = (node.clone(), Arc::clone(&sink));
            async move {
                let handled = node.handle(&message).await.unwrap();
                let security = handled.events.into_iter().filter(|event| event.kind.is_security());
                sink.lock().unwrap().extend(security);
                Some(handled.reply)
            }
        });
        accept(&world.node("zendesk", KnownPlatform::Zendesk), &code).await;
        let kinds: Vec<_> = security.lock().unwrap().iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::SecondAcceptor { same_instance: false }]);
    });
}

#[test]
fn as_json_an_event_says_what_when_who_and_which() {
    block_on(async {
        let life = Life::lived().await;
        let event = view(&life.source, life.id).await.events.swap_remove(2);
        let expected = serde_json::json!({
            "connection": life.id,
            "number": 3,
            "at": event.at,
            "actor": "remote",
            "kind": { "code": "approval-asked", "other_address": false },
        });
        assert_eq!(serde_json::to_value(&event).unwrap(), expected);
    });
}

#[test]
fn no_event_has_a_secret_in_it() {
    block_on(async {
        let life = Life::lived().await;
        let mut secrets = search::Search::default();
        // 4 is the code's secret.
        let (_, secret) = codes::records(&life.code).into_iter().find(|(kind, _)| *kind == 4).unwrap();
        assert_eq!(secret.len(), 32);
        secrets.add("the code's secret", &secret);
        assert!(!secrets.find(life.code.as_bytes()).is_empty(), "the search finds nothing");
        for node in [&life.source, &life.destination] {
            let events = view(node, life.id).await.events;
            let shown = format!("{events:?}{}", serde_json::to_string(&events).unwrap());
            assert!(secrets.find(shown.as_bytes()).is_empty(), "{shown}");
        }
    });
}

#[test]
fn the_last_thirty_two_are_kept_and_the_numbers_go_on() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let id = connect(&source, &destination).await;
        let before = view(&source, id).await.events.len() as u64;
        for _ in 0..20 {
            source.deactivate(id).await.unwrap();
            source.activate(id).await.unwrap();
        }
        let events = view(&source, id).await.events;
        let last = before + 40;
        assert!(events.iter().map(|event| event.number).eq(last - 31..=last), "{events:?}");
        // The other side has seen as many.
        let theirs = view(&destination, id).await.events;
        assert_eq!((theirs.len(), theirs.last().unwrap().number), (32, 2 + 40));
    });
}

#[test]
fn a_store_keeps_them_as_they_are() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let id = connect(&source, &destination).await;
        for _ in 0..20 {
            source.deactivate(id).await.unwrap();
            source.activate(id).await.unwrap();
        }
        let kept = record(&source, id).await;
        let read = Connection::from_secret_bytes(kept.to_secret_bytes().expose_bytes()).unwrap();
        assert_eq!(read.events(), kept.events());
    });
}

#[test]
fn what_was_denied_is_no_event() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let id = connect(&source, &destination).await;
        let before = view(&source, id).await;
        denied(source.revoke(id).await);
        denied(source.decline(id).await);
        denied(source.confirm_move(id, &url("https://elsewhere.example.com")).await);
        assert_eq!(view(&source, id).await, before);
    });
}

#[test]
fn without_a_person_the_system_acts() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let id = connect(&source, &destination).await;
        source.deactivate(id).await.unwrap();
        assert_eq!(view(&source, id).await.events.last().unwrap().actor, Actor::System);
    });
}
