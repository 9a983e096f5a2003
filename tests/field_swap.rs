//! Four handshakes at once: no part of any message fits into any other.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/history.rs"]
mod history;
#[path = "support/handshake.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use handclasp::{Connection, Instance, Reachability, handshake};
use history::{Cast, DESTINATION, Exchange, OTHER, SOURCE, World};
use support::wire::{self, Message};
use support::{NOW, at, entropy, instance};

/// A part of a message that can be exchanged.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Field {
    Kind,
    Record(u8),
    Mac,
}

/// All fields of a message.
fn fields(message: &[u8]) -> BTreeMap<Field, Vec<u8>> {
    let (authenticated, mac) = message.split_at(message.len() - 32);
    let mut fields = BTreeMap::from([(Field::Kind, vec![message[1]]), (Field::Mac, mac.to_vec())]);
    fields.extend(wire::parse(&authenticated[2..]).into_iter().map(|(kind, it)| (Field::Record(kind), it)));
    fields
}

/// The message with one field of another.
fn swapped(message: &[u8], field: Field, value: &[u8]) -> Vec<u8> {
    let (authenticated, mac) = message.split_at(message.len() - 32);
    let opened = Message::open(message);
    match field {
        Field::Kind => [&[1], value, &authenticated[2..], mac].concat(),
        Field::Mac => [authenticated, value].concat(),
        Field::Record(kind) => {
            [&[1, opened.kind], wire::write(&opened.with(kind, value).records).as_slice(), mac].concat()
        }
    }
}

/// A record at some moment, and whose it is.
struct Held {
    record: Connection,
    local: Instance,
    /// What was said to its other side about it.
    requests: BTreeSet<Vec<u8>>,
}

/// Everything that was said, and every record in each of its states.
#[derive(Default)]
struct Gathered {
    messages: BTreeSet<Vec<u8>>,
    held: Vec<Held>,
}

impl Gathered {
    fn gather(&mut self, states: &[World]) {
        let world = states.last().unwrap();
        self.messages.extend(world.messages().into_iter().filter(|it| it.as_slice() != wire::NOT_RECOGNISED));
        let mut seen = BTreeSet::new();
        for (side, record) in states.iter().flat_map(World::records) {
            if !seen.insert(record.to_secret_bytes().expose_bytes().to_vec()) {
                continue;
            }
            let is_its = |exchange: &&Exchange| exchange.from == side && exchange.before.id() == record.id();
            self.held.push(Held {
                record: record.clone(),
                local: world.sides[side].instance.clone(),
                requests: world.said.iter().filter(is_its).map(|it| it.request.clone()).collect(),
            });
        }
    }
}

/// How a handshake goes on once the destination has accepted.
#[derive(Clone, Copy)]
enum Course {
    /// Approved if need be, contested, switched off, and removed.
    Lived,
    Cancelled,
    /// Not approved.
    Declined,
}

/// A handshake, and the life after it, moment by moment.
fn play(source: &Instance, destination: &Instance, by_hand: bool, course: Course, seed: u8) -> Vec<World> {
    let cast = Cast { source_is_public: source.is_public(), by_hand, ..Cast::STANDARD };
    let instances = [source.clone(), destination.clone(), destination.clone()];
    let mut world = World::between(cast, instances, seed);
    let (id, code) = world.initiate();
    let mut states = Vec::new();
    let mut next = |world: &mut World| {
        states.push(world.clone());
        world.settle();
        states.push(world.clone());
    };
    next(&mut world);
    let accept = world.accept(DESTINATION, &code);
    match course {
        Course::Lived => {
            next(&mut world);
            if by_hand {
                world.decide(SOURCE, id, handshake::approve);
                next(&mut world);
            }
            let second = world.accept(OTHER, &code);
            world.exchange(OTHER, SOURCE, id, &second);
            world.decide(SOURCE, id, handshake::deactivate);
            next(&mut world);
            world.decide(DESTINATION, id, handshake::remove);
        }
        Course::Cancelled => world.decide(DESTINATION, id, handshake::cancel),
        Course::Declined => {
            world.exchange(DESTINATION, SOURCE, id, &accept);
            states.push(world.clone());
            world.decide(SOURCE, id, handshake::decline);
        }
    }
    world.settle();
    states.push(world);
    states
}

/// Two sources, of which one has to fetch, and two destinations: each with each.
fn four() -> Gathered {
    let built = |name: &str, reachability| instance(name).reachability(reachability).build().unwrap();
    let first = built("first-source", Reachability::Private);
    let second = built("second-source", Reachability::Public);
    let [one, other] = ["one", "another"].map(|name| built(name, Reachability::Public));
    let mut gathered = Gathered::default();
    gathered.gather(&play(&first, &one, true, Course::Lived, 1));
    gathered.gather(&play(&first, &other, false, Course::Cancelled, 2));
    gathered.gather(&play(&second, &one, false, Course::Lived, 3));
    gathered.gather(&play(&second, &other, true, Course::Declined, 4));
    gathered
}

#[test]
fn every_kind_and_every_state_is_there() {
    let gathered = four();
    let kinds: BTreeSet<_> = gathered.messages.iter().map(|message| message[1]).collect();
    assert_eq!(Vec::from_iter(kinds), [1, 2, 3, 16, 17, 18, 19, 32]);
    let reports: BTreeSet<_> =
        gathered.messages.iter().filter_map(|it| fields(it).remove(&Field::Record(20))).collect();
    assert_eq!(Vec::from_iter(reports), [[1], [2], [3]]);
    let states: BTreeSet<_> = gathered.held.iter().map(|it| (it.record.role(), it.record.phase())).collect();
    // Four of a destination, which is neither pending nor awaits approval, and five of a source, which does not accept.
    assert_eq!(states.len(), 9, "{states:?}");
}

/// What was really said is understood by somebody, or the swaps below would fail for no reason.
#[test]
fn every_message_as_it_is_means_something() {
    let gathered = four();
    for message in &gathered.messages {
        let is_answered = gathered.held.iter().any(|held| {
            let outcome = handshake::answer(Some(&held.record), message, &held.local, at(NOW), entropy(9));
            outcome.message() != Some(wire::NOT_RECOGNISED)
        });
        let is_answer = gathered.held.iter().any(|held| {
            held.requests.iter().any(|request| {
                handshake::conclude(&held.record, request, message, &held.local, at(NOW), entropy(9)).is_ok()
            })
        });
        assert!(is_answered || is_answer, "kind {}", message[1]);
    }
}

/// Every field of every message is exchanged for the same field of every other message.
#[test]
fn no_part_of_one_fits_into_another() {
    let gathered = four();
    let (mut pairs, mut identical, mut distinct) = (0, 0, BTreeSet::new());
    for message in &gathered.messages {
        for (field, own) in fields(message) {
            for other in gathered.messages.iter().filter(|other| *other != message) {
                let Some(value) = fields(other).remove(&field) else { continue };
                pairs += 1;
                if value == own {
                    identical += 1;
                } else {
                    distinct.insert(swapped(message, field, &value));
                }
            }
        }
    }
    let (mut answered, mut concluded) = (0, 0);
    for forged in &distinct {
        assert!(!gathered.messages.contains(forged), "a swap made a message that was sent");
        for Held { record, local, requests } in &gathered.held {
            let outcome = handshake::answer(Some(record), forged, local, at(NOW), entropy(9));
            assert_eq!(outcome.message(), Some(wire::NOT_RECOGNISED), "kind {}", forged[1]);
            assert!(outcome.connection().is_none());
            answered += 1;
            for request in requests {
                let result = handshake::conclude(record, request, forged, local, at(NOW), entropy(9));
                assert!(result.is_err(), "kind {} to kind {}", forged[1], request[1]);
                concluded += 1;
            }
        }
    }
    println!(
        "{} messages, {} records: {pairs} pairs of fields, {identical} of them identical, {} messages made; \
         {answered} answered, {concluded} concluded from",
        gathered.messages.len(),
        gathered.held.len(),
        distinct.len()
    );
    assert!(distinct.len() > 1000 && identical < pairs, "{} of {pairs}", distinct.len());
}
