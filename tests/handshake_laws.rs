//! What holds over any network: one that loses, repeats, delays and misdirects, between sides that crash and whose
//! clocks jump.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use std::collections::HashMap;

use handclasp::handshake::{self, Outcome};
use handclasp::{Connection, Entropy, Instance, Invitation, Phase, Preview, Status, Timestamp, UrlPolicy};
use proptest::prelude::*;
use support::wire::{self, Message};
use support::{DAY, NOW, Plot, Scene, at, complete, instance, stored};

/// A side: its store has one record, if any.
struct Side {
    instance: Instance,
    record: Option<Connection>,
    clock: Timestamp,
}

/// A message that was sent once, and may arrive any number of times, anywhere.
#[derive(Clone)]
struct Sent {
    message: Vec<u8>,
    /// What it is the reply to.
    request: Option<Vec<u8>>,
}

/// What becomes of a transition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Stored,
    /// The process ended before it was stored: nothing is left of it.
    LostBeforeStoring,
    /// The process ended after it was stored: what it had to say is not sent.
    LostBeforeSending,
}

#[derive(Clone, Debug)]
enum Action {
    /// A side sends what is due; a destination that has not accepted accepts.
    Speak { side: usize, fate: Fate },
    /// Something that was ever sent arrives somewhere.
    Arrive { sent: usize, side: usize, fate: Fate },
    /// A side starts anew from its store.
    Restart { side: usize },
    /// A clock is set.
    Clock { side: usize, millis: u64 },
}

struct World {
    code: String,
    /// The source, then the destinations.
    sides: Vec<Side>,
    sent: Vec<Sent>,
    /// The first answer that each acceptance got.
    answers: HashMap<Vec<u8>, Vec<u8>>,
    drawn: u8,
}

const SOURCE: usize = 0;

impl World {
    fn new(plot: Plot, second: Option<Instance>) -> Self {
        let scene = plot.scene();
        let side = |instance, record| Side { instance, record, clock: at(NOW) };
        let destinations = [scene.destination].into_iter().chain(second);
        let mut sides = vec![side(scene.source, Some(scene.pending))];
        sides.extend(destinations.map(|instance| side(instance, None)));
        Self { code: scene.code, sides, sent: Vec::new(), answers: HashMap::new(), drawn: 0 }
    }

    fn entropy(&mut self) -> Entropy {
        self.drawn += 1;
        Entropy::from_bytes([self.drawn; 32])
    }

    fn perform(&mut self, action: &Action) {
        let count = self.sides.len();
        match *action {
            Action::Speak { side, fate } => self.speak(side % count, fate),
            Action::Arrive { sent, side, fate } if !self.sent.is_empty() => {
                self.arrive(&self.sent[sent % self.sent.len()].clone(), side % count, fate);
            }
            Action::Arrive { .. } => {}
            Action::Restart { side } => {
                let side = &mut self.sides[side % count];
                side.record = side.record.as_ref().map(stored);
            }
            Action::Clock { side, millis } => self.sides[side % count].clock = at(millis),
        }
        self.check();
    }

    fn speak(&mut self, index: usize, fate: Fate) {
        let side = &self.sides[index];
        let Some(record) = &side.record else {
            let outcome = self.accept(index);
            return self.settle(index, outcome, fate, None);
        };
        if let Some(due) = handshake::due(record) {
            self.sent.push(Sent { message: due.message, request: None });
        }
    }

    fn accept(&mut self, index: usize) -> Outcome {
        let entropy = self.entropy();
        let side = &self.sides[index];
        let invitation = Invitation::read(&self.code).unwrap();
        let preview = Preview::new(invitation.clone(), &side.instance, UrlPolicy::public());
        let form = complete(preview.form(), preview.asks());
        // The clock of who accepts may be a day behind at most, else nothing is accepted.
        let moment = side.clock.max(at(NOW));
        handshake::accept(&invitation, &form, &side.instance, UrlPolicy::public(), moment, entropy).unwrap()
    }

    fn arrive(&mut self, sent: &Sent, index: usize, fate: Fate) {
        let entropy = self.entropy();
        let side = &self.sides[index];
        match &sent.request {
            None => {
                let record = side.record.as_ref();
                let outcome = handshake::answer(record, &sent.message, &side.instance, side.clock, entropy);
                if index == SOURCE && fate == Fate::Stored {
                    self.check_answer(&sent.message, outcome.message().unwrap());
                }
                self.settle(index, outcome, fate, Some(sent.message.clone()));
            }
            Some(request) => {
                let Some(record) = &side.record else { return };
                let concluded =
                    handshake::conclude(record, request, &sent.message, &side.instance, side.clock, entropy);
                if let Ok(outcome) = concluded {
                    self.settle(index, outcome, fate, None);
                }
            }
        }
    }

    /// Stores, then sends.
    fn settle(&mut self, index: usize, outcome: Outcome, fate: Fate, request: Option<Vec<u8>>) {
        let message = outcome.message().map(<[u8]>::to_vec);
        if fate != Fate::LostBeforeStoring {
            if let Some(next) = outcome.into_connection() {
                self.sides[index].record = Some(next);
            }
        }
        if let (Fate::Stored, Some(message)) = (fate, message) {
            self.sent.push(Sent { message, request });
        }
    }

    /// Checks that an acceptance gets one answer, for ever.
    fn check_answer(&mut self, request: &[u8], answer: &[u8]) {
        if answer != wire::NOT_RECOGNISED && Message::open(request).kind == wire::ACCEPT {
            let first = self.answers.entry(request.to_vec()).or_insert_with(|| answer.to_vec());
            assert_eq!(first.as_slice(), answer, "an answer has changed");
        }
    }

    fn records(&self) -> impl Iterator<Item = &Connection> {
        self.sides.iter().filter_map(|side| side.record.as_ref())
    }

    fn source(&self) -> &Connection {
        self.sides[SOURCE].record.as_ref().unwrap()
    }

    fn destinations(&self) -> impl Iterator<Item = &Connection> {
        self.records().skip(1)
    }

    /// What holds in every state that can be reached.
    fn check(&self) {
        let active: Vec<_> = self.destinations().filter(|record| record.phase() == Phase::Active).collect();
        assert!(active.len() <= 1, "two destinations are active");
        let source = self.source();
        for destination in active {
            assert_eq!(source.phase(), Phase::Active, "a destination is active alone");
            assert_eq!(source.comparison(), destination.comparison());
            assert_eq!(
                source.export_key("x").unwrap().expose_bytes(),
                destination.export_key("x").unwrap().expose_bytes()
            );
            assert_eq!(source.mode(), destination.mode());
            assert_eq!(source.kind(), destination.kind());
            assert_eq!(source.id(), destination.id());
            assert_eq!(source.protocol_version(), destination.protocol_version());
        }
        let confirmations =
            self.answers.values().filter(|answer| Message::open(answer).kind == wire::CONFIRM);
        assert!(confirmations.count() <= 1, "two acceptances were confirmed");
        let is_confirmed = source.status(at(NOW)) == Status::Active { confirmed: true };
        assert!(!is_confirmed || self.destinations().any(|record| record.phase() == Phase::Active));
        for record in self.records() {
            let numbers: Vec<_> = record.events().iter().map(|event| event.number).collect();
            assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
            assert!(numbers.len() <= 6, "repetition fills the record: {:?}", record.events());
        }
    }

    /// Nothing is lost any more, and each side says what is due until nothing new comes of it.
    fn calm_down(&mut self) {
        for _ in 0..4 {
            for index in (0..self.sides.len()).rev() {
                let side = &self.sides[index];
                let due = side.record.as_ref().and_then(handshake::due);
                let Some(due) = due else { continue };
                let to = self
                    .sides
                    .iter()
                    .position(|side| side.instance.callable_url() == due.to.as_ref())
                    .unwrap();
                self.exchange(index, to, due.message);
            }
        }
    }

    fn exchange(&mut self, from: usize, to: usize, request: Vec<u8>) {
        self.arrive(&Sent { message: request, request: None }, to, Fate::Stored);
        let reply = self.sent.last().unwrap().clone();
        let before = self.sent.len();
        self.arrive(&reply, from, Fate::Stored);
        self.check();
        // What a conclusion has to say goes out at once.
        if self.sent.len() > before {
            let next = self.sent.last().unwrap().message.clone();
            self.exchange(from, to, next);
        }
    }

    /// What holds in the end: both sides agree.
    fn check_agreement(&self) {
        let source = self.source();
        let phases: Vec<_> = self.destinations().map(Connection::phase).collect();
        let active = phases.iter().filter(|phase| **phase == Phase::Active).count();
        assert!(!phases.contains(&Phase::Accepting), "a destination still waits");
        match source.status(at(NOW)) {
            Status::Pending => assert_eq!(phases, [], "somebody has accepted, and got no answer"),
            Status::Expired => assert_eq!(active, 0),
            status => {
                assert_eq!(status, Status::Active { confirmed: true });
                assert_eq!(active, 1);
            }
        }
    }
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![4 => Just(Fate::Stored), 1 => Just(Fate::LostBeforeStoring), 1 => Just(Fate::LostBeforeSending)]
}

fn actions() -> impl Strategy<Value = Action> {
    let expiry = NOW + 7 * DAY;
    let clocks = prop_oneof![
        Just(0),
        Just(NOW),
        Just(expiry - 1),
        Just(expiry),
        NOW - 40 * DAY..NOW + 40 * DAY,
        Just(Timestamp::MAX.as_millis()),
    ];
    prop_oneof![
        3 => (0_usize..6, fates()).prop_map(|(side, fate)| Action::Speak { side, fate }),
        8 => (any::<usize>(), 0_usize..6, fates()).prop_map(|(sent, side, fate)| Action::Arrive { sent, side, fate }),
        1 => (0_usize..6).prop_map(|side| Action::Restart { side }),
        1 => (0_usize..6, clocks).prop_map(|(side, millis)| Action::Clock { side, millis }),
    ]
}

fn histories() -> impl Strategy<Value = Vec<Action>> {
    proptest::collection::vec(actions(), 0..60)
}

fn plots() -> impl Strategy<Value = Plot> {
    proptest::sample::select(Plot::all().collect::<Vec<_>>())
}

/// Lets a history happen, and then lets the network work.
fn live(mut world: World, history: &[Action]) {
    world.check();
    for action in history {
        world.perform(action);
    }
    world.calm_down();
    world.check_agreement();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn one_destination(plot in plots(), history in histories()) {
        live(World::new(plot, None), &history);
    }

    #[test]
    fn two_destinations(public in any::<bool>(), history in histories()) {
        let other = instance("other").build().unwrap();
        live(World::new(Plot { public, ..Plot::UNBOUND }, Some(other)), &history);
    }

    /// The same instance twice, each with a store of its own: it was cloned, or its store was lost. Both have the
    /// same address, so the source can only call one of them.
    #[test]
    fn a_destination_and_its_clone(plot in plots(), history in histories()) {
        let clone = plot.scene().destination;
        live(World::new(plot, Some(clone)), &history);
    }

    /// A calm network needs no history.
    #[test]
    fn two_destinations_race(first in 0_usize..2) {
        let other = instance("other").build().unwrap();
        let mut world = World::new(Plot::UNBOUND, Some(other));
        for side in [1 + first, 2 - first] {
            world.perform(&Action::Speak { side, fate: Fate::Stored });
        }
        world.calm_down();
        world.check_agreement();
        let active: Vec<_> = world.destinations().map(|record| record.phase() == Phase::Active).collect();
        // The one that is asked first in `calm_down` wins, whoever has accepted first.
        prop_assert_eq!(active, [false, true]);
    }
}

/// A scene's messages are as the laws assume.
#[test]
fn a_calm_handshake_ends_in_agreement() {
    for plot in Plot::all() {
        let mut world = World::new(plot, None);
        world.perform(&Action::Speak { side: 1, fate: Fate::Stored });
        world.calm_down();
        world.check_agreement();
        assert_eq!(world.source().phase(), Phase::Active, "{plot:?}");
        let _: Scene = plot.scene();
    }
}
