//! Whatever was ever said may be said again, by anybody, to anybody, in any order: it changes nothing.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/history.rs"]
mod history;
#[path = "support/handshake.rs"]
mod support;

use std::collections::BTreeSet;

use handclasp::{
    ConnectionStore, FixedClock, Health, InProcess, ListQuery, MemoryStore, Node, Phase, Revision,
    SeededEntropy, Side, Status, Timestamp, handshake,
};
use history::{Cast, DESTINATION, OTHER, SOURCE, World, life, life_cycle};
use support::wire::{self, Message};
use support::{DAY, at, entropy};

/// How many orders are tried at each moment, and through each door.
const ORDERS: u64 = 1000;

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// Every message to both sides, and some of them again, to anybody, in the order of this seed.
fn deliveries(world: &World, seed: u64) -> Vec<(usize, Vec<u8>)> {
    let messages = world.messages();
    let mut random = Random(seed);
    let mut all = Vec::new();
    for message in &messages {
        all.extend([SOURCE, DESTINATION].map(|side| (side, message.clone())));
        if random.below(2) == 0 {
            all.push((random.below(world.sides.len()), messages[random.below(messages.len())].clone()));
        }
    }
    random.shuffle(&mut all);
    all
}

/// The moments of that name in every life that differs in what is said.
fn moments(name: &'static str) -> Vec<World> {
    Cast::in_script_mode().map(|cast| life(cast).into_iter().find(|(it, _)| *it == name).unwrap().1).collect()
}

fn replayed_by_answer(name: &'static str) {
    let worlds = moments(name);
    for seed in 0..ORDERS {
        let world = &worlds[usize::try_from(seed).unwrap() % worlds.len()];
        let (mut replayed, before) = (world.clone(), world.bytes());
        for (side, message) in deliveries(world, seed) {
            replayed.answer(side, &message);
        }
        assert!(replayed.bytes() == before, "{name}, {:?}, seed {seed}", world.cast);
    }
}

async fn replayed_by_node(name: &'static str) {
    let worlds = moments(name);
    for seed in 0..ORDERS {
        let world = &worlds[usize::try_from(seed).unwrap() % worlds.len()];
        let mut nodes = Vec::new();
        for side in &world.sides {
            let store = MemoryStore::new();
            for record in side.records.values() {
                store.insert(record).await.unwrap();
            }
            let clock = FixedClock::at(at(world.millis));
            let entropy = SeededEntropy::new(seed);
            let instance = side.instance.clone();
            nodes.push(Node::builder_with(instance, store, InProcess::new(), clock, entropy).build());
        }
        let before = stores(&nodes).await;
        for (side, message) in deliveries(world, seed) {
            let handled = nodes[side].handle(&message).await.unwrap();
            assert_eq!(handled.events, [], "{name}, {:?}, seed {seed}", world.cast);
        }
        assert!(stores(&nodes).await == before, "{name}, {:?}, seed {seed}", world.cast);
    }
}

/// What all nodes have stored. The revisions say that nothing was even written.
async fn stores(nodes: &[Node<MemoryStore, InProcess>]) -> Vec<(Revision, Vec<u8>)> {
    let mut all = Vec::new();
    for node in nodes {
        for stored in node.store().list(&ListQuery::default()).await.unwrap().items {
            all.push((stored.revision, stored.connection.to_secret_bytes().expose_bytes().to_vec()));
        }
    }
    all
}

#[test]
fn in_any_order_while_active() {
    replayed_by_answer("active");
}

#[test]
fn in_any_order_while_deactivated() {
    replayed_by_answer("deactivated");
}

#[test]
fn in_any_order_after_it_was_closed() {
    replayed_by_answer("closed");
}

#[test]
fn in_any_order_to_nodes_while_active() {
    pollster::block_on(replayed_by_node("active"));
}

#[test]
fn in_any_order_to_nodes_while_deactivated() {
    pollster::block_on(replayed_by_node("deactivated"));
}

#[test]
fn in_any_order_to_nodes_after_it_was_closed() {
    pollster::block_on(replayed_by_node("closed"));
}

/// Answers every message that was ever said with every record, at this time: nothing is to be stored.
#[track_caller]
fn assert_nothing_changes(world: &World, name: &str, millis: u64) {
    let messages = world.messages();
    for (side, record) in world.records() {
        let local = &world.sides[side].instance;
        for message in &messages {
            let outcome = handshake::answer(Some(record), message, local, at(millis), entropy(9));
            let what = (record.role(), record.phase(), message[1]);
            assert!(outcome.connection().is_none(), "{:?}, {name}, at {millis}: {what:?}", world.cast);
        }
    }
}

/// At each moment of a life, each message that was said up to then changes nothing by itself. So no order of them, and no
/// number of repetitions, does: there is no first that could.
#[test]
fn at_any_moment() {
    for cast in Cast::all() {
        for (name, world) in life(cast) {
            assert_nothing_changes(&world, name, world.millis);
        }
    }
}

/// The same at another time: before everything, a minute, a month and an age later.
#[test]
fn at_any_time() {
    for cast in Cast::in_script_mode() {
        for (name, world) in life(cast) {
            for millis in [0, world.millis + 60_000, world.millis + 30 * DAY, Timestamp::MAX.as_millis()] {
                assert_nothing_changes(&world, name, millis);
            }
        }
    }
}

/// The lives are as these tests assume: every kind of message is in them, and the states are what they are called.
#[test]
fn lives_have_everything_in_them() {
    let mut kinds = BTreeSet::new();
    for cast in Cast::all() {
        let chapters = life(cast);
        for (name, world) in &chapters {
            kinds.extend(world.messages().iter().map(|message| message[1]));
            let expected = match *name {
                "active" | "active again" => Status::Active { confirmed: true },
                "deactivated" => Status::Deactivated { by: Side::Both },
                _ => continue,
            };
            for (side, id) in [(SOURCE, world.first()), (DESTINATION, world.first())] {
                assert_eq!(world.record(side, id).status(at(world.millis)), expected, "{cast:?}, {name}");
            }
        }
        let (_, world) = chapters.last().unwrap();
        assert!(world.records().all(|(side, it)| side == OTHER || it.phase() == Phase::Closed), "{cast:?}");
    }
    assert_eq!(Vec::from_iter(kinds), [1, 2, 3, 16, 17, 18, 19, 32, 255]);
}

/// What a verified answer may change besides the life cycle: it was an answer, so the other side is there.
fn in_contact(health: &Health, millis: u64) -> Health {
    let mut health = health.clone();
    health.last_contact = Some(at(millis));
    (health.last_attempt, health.trouble) = (None, None);
    health
}

/// Once all is said, no reply to any request means anything any more: the life cycle stays, whatever comes back, and of
/// the health only the contact may change.
#[test]
fn as_a_reply_to_any_request() {
    let (mut concluded, mut unverified) = (0, 0);
    for cast in Cast::in_script_mode() {
        for (name, world) in life(cast) {
            let (millis, messages) = (world.millis + 3_600_000, world.messages());
            for (side, record) in world.records() {
                let local = &world.sides[side].instance;
                for request in &messages {
                    for reply in &messages {
                        let result =
                            handshake::conclude(record, request, reply, local, at(millis), entropy(9));
                        let Ok(outcome) = result else {
                            unverified += 1;
                            continue;
                        };
                        concluded += 1;
                        let next = outcome.connection().unwrap();
                        let what = (request[1], reply[1]);
                        assert!(life_cycle(next) == life_cycle(record), "{cast:?}, {name}, {what:?}");
                        assert_eq!(*next.health(), in_contact(record.health(), millis));
                    }
                }
            }
        }
    }
    assert!(concluded > 1000 && unverified > concluded, "{concluded} concluded, {unverified} unverified");
}

/// Whether this reply says something to whoever sent this request, whichever request it was made for: an acceptance and a
/// withdrawal are the same whoever asks for them.
fn belongs(request: &[u8], reply: &[u8]) -> bool {
    let names = Message::open(reply).records.get(&6).cloned();
    match (request[1], reply[1]) {
        (wire::FETCH, wire::ACCEPT)
        | (wire::FETCH | wire::CONFIRM | wire::WAITING | wire::REFUSE, wire::WITHDRAW) => true,
        _ => names == Some(wire::digest(request).to_vec()),
    }
}

/// While an answer is awaited, every other message of the whole life, earlier or later, is none.
#[test]
fn in_the_place_of_the_answer() {
    let (mut others, mut own) = (0, 0);
    for cast in Cast::in_script_mode() {
        let (_, world) = life(cast).pop().unwrap();
        let messages = world.messages();
        for exchange in &world.said {
            let (record, local) = (&exchange.before, &world.sides[exchange.from].instance);
            for reply in &messages {
                if reply[1] != 255 && belongs(&exchange.request, reply) {
                    own += 1;
                    continue;
                }
                others += 1;
                let result = handshake::conclude(
                    record,
                    &exchange.request,
                    reply,
                    local,
                    at(world.millis),
                    entropy(9),
                );
                assert!(result.is_err(), "{cast:?}: {} took {}", exchange.request[1], reply[1]);
            }
        }
    }
    assert!(others > 10 * own && own > 100, "{others} others, {own} own");
}
