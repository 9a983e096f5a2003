//! Sides to which anything can happen, and what holds at every step.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

use std::collections::{BTreeSet, HashMap};

use handclasp::handshake::{self, Outcome, RelayedMessage};
use handclasp::{
    Connection, ConnectionName, Entropy, Instance, InstanceUrl, Invitation, Phase, Preview, Reachability,
    Refusal, Status, Timestamp, UrlPolicy,
};

use crate::history::{self, Cast, SOURCE};
use crate::support::wire::{self, Message};
use crate::support::{NOW, admin, at, complete, instance, stored, url};

/// What becomes of a transition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Stored,
    /// The process ended before it was stored: nothing is left of it.
    LostBeforeStoring,
    /// The process ended after it was stored: what it had to say is not sent.
    LostBeforeSending,
}

/// What somebody may want, whether or not it is possible.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    DeclineCode,
    Revoke,
    Approve,
    Decline,
    Cancel,
    Deactivate,
    Activate,
    Remove,
    Rename,
    ConfirmMove,
    /// What a refresh begins with.
    Announce,
}

pub(crate) const WISHES: [Wish; 11] = [
    Wish::DeclineCode,
    Wish::Revoke,
    Wish::Approve,
    Wish::Decline,
    Wish::Cancel,
    Wish::Deactivate,
    Wish::Activate,
    Wish::Remove,
    Wish::Rename,
    Wish::ConfirmMove,
    Wish::Announce,
];

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// A side says what is due, by a call or by hand; a destination without a record accepts.
    Speak { side: usize, fate: Fate },
    /// Something that was ever sent arrives somewhere.
    Arrive { sent: usize, side: usize, fate: Fate },
    /// The bytes of anything that was ever sent arrive as a request, or as the reply to any other.
    Confuse { sent: usize, asked: Option<usize>, side: usize, fate: Fate },
    /// What was sent last arrives where it should.
    Deliver { fate: Fate },
    /// Somebody decides.
    Decide { side: usize, wish: Wish, fate: Fate },
    /// A side starts anew from its store.
    Restart { side: usize },
    /// A clock is set.
    Clock { side: usize, millis: u64 },
    /// A side gets another address, or its first one back. What goes to the other one is forwarded.
    Move { side: usize },
}

/// A side: its store has one record, if any.
struct Node {
    instance: Instance,
    record: Option<Connection>,
    clock: Timestamp,
    /// The number of its last event, and how it was closed: neither goes back.
    last_event: u64,
    closed: Option<Status>,
}

/// A message that was sent once, and may arrive any number of times, anywhere.
#[derive(Clone)]
struct Sent {
    from: usize,
    to: usize,
    what: What,
}

#[derive(Clone)]
enum What {
    Request(Vec<u8>),
    Reply { request: Vec<u8>, reply: Vec<u8> },
    Text(String),
}

impl Sent {
    /// The message, unless people carry it as text.
    fn bytes(&self) -> Option<Vec<u8>> {
        match &self.what {
            What::Request(message) | What::Reply { reply: message, .. } => Some(message.clone()),
            What::Text(_) => None,
        }
    }
}

pub(crate) struct World {
    code: String,
    /// The source, then the destinations.
    nodes: Vec<Node>,
    sent: Vec<Sent>,
    /// What each acceptance was answered first, but for what was interim.
    answers: HashMap<Vec<u8>, Vec<u8>>,
    confirmations: BTreeSet<Vec<u8>>,
    /// Of whoever was ever linked.
    comparisons: BTreeSet<String>,
    drawn: u64,
}

impl World {
    pub(crate) fn new(cast: Cast, with_another: bool) -> Self {
        let mut stage = history::World::new(cast);
        let (id, code) = stage.initiate();
        let count = if with_another { 3 } else { 2 };
        let nodes = stage.sides.into_iter().take(count).map(|mut side| Node {
            instance: side.instance,
            record: side.records.remove(&id),
            clock: at(NOW),
            last_event: 0,
            closed: None,
        });
        Self {
            code,
            nodes: nodes.collect(),
            sent: Vec::new(),
            answers: HashMap::new(),
            confirmations: BTreeSet::new(),
            comparisons: BTreeSet::new(),
            drawn: 0,
        }
    }

    pub(crate) fn source(&self) -> &Connection {
        self.nodes[SOURCE].record.as_ref().unwrap()
    }

    pub(crate) fn destinations(&self) -> Vec<&Connection> {
        self.nodes.iter().skip(1).filter_map(|node| node.record.as_ref()).collect()
    }

    /// The time where this record is.
    pub(crate) fn now(&self, record: &Connection) -> Timestamp {
        let is_here = |node: &&Node| node.record.as_ref().is_some_and(|it| core::ptr::eq(it, record));
        self.nodes.iter().find(is_here).unwrap().clock
    }

    /// How many destinations were refused, although nobody else has accepted: they came too late.
    pub(crate) fn refused_late(&self) -> usize {
        let is_late = |it: &&Connection| {
            let reason = handclasp::CloseReason::Refused { refusal: Refusal::Expired };
            it.status(Timestamp::MAX) == Status::Closed { reason }
        };
        self.destinations().iter().filter(|it| is_late(it)).count()
    }

    fn entropy(&mut self) -> Entropy {
        self.drawn += 1;
        Entropy::from_bytes(wire::hash("entropy", &[&self.drawn.to_be_bytes()]))
    }

    pub(crate) fn perform(&mut self, action: &Action) {
        let count = self.nodes.len();
        match *action {
            Action::Speak { side, fate } => self.speak(side % count, fate),
            Action::Arrive { sent, side, fate } if !self.sent.is_empty() => {
                let sent = self.sent[sent % self.sent.len()].clone();
                drop(self.arrive(&sent, side % count, fate));
            }
            Action::Deliver { fate } => {
                if let Some(sent) = self.sent.last().cloned() {
                    drop(self.arrive(&sent, sent.to, fate));
                }
            }
            Action::Confuse { sent, asked, side, fate } if !self.sent.is_empty() => {
                let bytes = |index: usize| self.sent[index % self.sent.len()].bytes();
                let what = match (bytes(sent), asked.map(bytes)) {
                    (Some(message), None) => What::Request(message),
                    (Some(reply), Some(Some(request))) => What::Reply { request, reply },
                    _ => return,
                };
                let side = side % count;
                let other = if side == SOURCE { 1 } else { SOURCE };
                drop(self.arrive(&Sent { from: other, to: side, what }, side, fate));
            }
            Action::Arrive { .. } | Action::Confuse { .. } => {}
            Action::Decide { side, wish, fate } => self.decide(side % count, wish, fate),
            Action::Restart { side } => {
                let node = &mut self.nodes[side % count];
                node.record = node.record.as_ref().map(stored);
            }
            Action::Clock { side, millis } => self.nodes[side % count].clock = at(millis),
            Action::Move { side } => {
                let node = &mut self.nodes[side % count];
                node.instance = moved(&node.instance);
            }
        }
        self.check();
    }

    fn speak(&mut self, index: usize, fate: Fate) {
        if self.nodes[index].record.is_none() {
            let outcome = self.accept(index);
            let message = outcome.message().map(|it| (outcome.to().cloned(), it.to_vec()));
            return drop(self.settle(index, outcome.into_connection(), message, fate));
        }
        if let Some(sent) = self.due(index) {
            self.send(sent);
        }
    }

    /// What a side has to say: by a call, or by hand.
    fn due(&self, index: usize) -> Option<Sent> {
        let record = self.nodes[index].record.as_ref()?;
        match handshake::due(record) {
            Some(due) if due.to.is_some() => self.request(index, due.to.as_ref(), due.message),
            _ => {
                let text = handshake::due_text(record)?;
                let to = if index == SOURCE { 1 } else { SOURCE };
                Some(Sent { from: index, to, what: What::Text(text.to_string()) })
            }
        }
    }

    fn request(&self, from: usize, to: Option<&InstanceUrl>, message: Vec<u8>) -> Option<Sent> {
        let to = to?;
        let is_there = |node: &Node| {
            let here = node.instance.callable_url();
            here == Some(to) || moved(&node.instance).callable_url() == Some(to)
        };
        let to = self.nodes.iter().position(is_there).unwrap();
        Some(Sent { from, to, what: What::Request(message) })
    }

    fn send(&mut self, sent: Sent) {
        let (What::Request(message) | What::Reply { reply: message, .. }) = &sent.what else {
            return self.sent.push(sent);
        };
        if message[1] == wire::CONFIRM {
            self.confirmations.insert(message.clone());
        }
        self.sent.push(sent);
    }

    fn accept(&mut self, index: usize) -> Outcome {
        let entropy = self.entropy();
        let node = &self.nodes[index];
        let invitation = Invitation::read(&self.code).unwrap();
        let preview = Preview::new(invitation.clone(), &node.instance, UrlPolicy::public());
        let form = complete(preview.form(), preview.asks());
        // The clock of who accepts may be a day behind at most, else nothing is accepted.
        let moment = node.clock.max(at(NOW));
        handshake::accept(&invitation, &form, &node.instance, UrlPolicy::public(), moment, entropy).unwrap()
    }

    fn decide(&mut self, index: usize, wish: Wish, fate: Fate) {
        let node = &self.nodes[index];
        let moment = node.clock.by(admin("ada"));
        let policy = UrlPolicy::public();
        let outcome = match (&node.record, wish) {
            (None, Wish::DeclineCode) => {
                let invitation = Invitation::read(&self.code).unwrap();
                let moment = node.clock.max(at(NOW));
                Ok(handshake::decline_invitation(&invitation, &node.instance, policy, moment).unwrap())
            }
            (None, _) | (Some(_), Wish::DeclineCode) => return,
            (Some(it), Wish::Revoke) => handshake::revoke(it, moment),
            (Some(it), Wish::Approve) => handshake::approve(it, moment),
            (Some(it), Wish::Decline) => handshake::decline(it, moment),
            (Some(it), Wish::Cancel) => handshake::cancel(it, moment),
            (Some(it), Wish::Deactivate) => handshake::deactivate(it, moment),
            (Some(it), Wish::Activate) => handshake::activate(it, moment),
            (Some(it), Wish::Remove) => handshake::remove(it, moment),
            (Some(it), Wish::Rename) => {
                let name = format!("{} and on", it.info().name().as_str());
                let name = name.chars().take(100).collect::<String>();
                handshake::rename(it, ConnectionName::parse(&name).unwrap(), moment)
            }
            // What is shown; once it is confirmed, the same again.
            (Some(it), Wish::ConfirmMove) => {
                let known = || it.remote().and_then(Instance::callable_url);
                let Some(moved_to) = it.health().moved_to.as_ref().or_else(known) else { return };
                handshake::confirm_move(it, moved_to, policy, moment)
            }
            (Some(it), Wish::Announce) => Ok(handshake::announce(it, &node.instance, node.clock)),
        };
        if let Ok(outcome) = outcome {
            let message = outcome.message().map(|it| (outcome.to().cloned(), it.to_vec()));
            drop(self.settle(index, outcome.into_connection(), message, fate));
        }
    }

    /// Something arrives: what is said because of it.
    fn arrive(&mut self, sent: &Sent, index: usize, fate: Fate) -> Option<Sent> {
        let entropy = self.entropy();
        let Node { instance, record, clock, .. } = &self.nodes[index];
        match &sent.what {
            What::Request(request) => {
                let outcome = handshake::answer(record.as_ref(), request, instance, *clock, entropy);
                let reply = outcome.message().unwrap().to_vec();
                self.keep(index, outcome.into_connection(), fate)?;
                if index == SOURCE {
                    self.check_answer(request, &reply);
                }
                let what = What::Reply { request: request.clone(), reply };
                let reply = Sent { from: index, to: sent.from, what };
                self.send(reply.clone());
                Some(reply)
            }
            What::Reply { request, reply } => {
                let record = record.as_ref()?;
                let outcome = handshake::conclude(record, request, reply, instance, *clock, entropy).ok()?;
                let message = outcome.message().map(|it| (outcome.to().cloned(), it.to_vec()));
                self.settle(index, outcome.into_connection(), message, fate)
            }
            What::Text(text) => {
                let message = RelayedMessage::read(text).unwrap();
                let relayed = handshake::relay(record.as_ref(), &message, instance, *clock, entropy);
                let (outcome, record) = (relayed.ok()?, record.as_ref()?);
                let text = handshake::reply_text(record, &outcome).map(|it| it.to_string());
                self.keep(index, outcome.into_connection(), fate)?;
                let reply = Sent { from: index, to: sent.from, what: What::Text(text?) };
                self.send(reply.clone());
                Some(reply)
            }
        }
    }

    /// Stores; `None` if nothing is sent afterwards.
    fn keep(&mut self, index: usize, next: Option<Connection>, fate: Fate) -> Option<()> {
        if let (Some(next), Fate::Stored | Fate::LostBeforeSending) = (next, fate) {
            self.nodes[index].record = Some(next);
        }
        (fate == Fate::Stored).then_some(())
    }

    /// Stores, then sends.
    fn settle(
        &mut self,
        index: usize,
        next: Option<Connection>,
        message: Option<(Option<InstanceUrl>, Vec<u8>)>,
        fate: Fate,
    ) -> Option<Sent> {
        self.keep(index, next, fate)?;
        let (to, message) = message?;
        let sent = self.request(index, to.as_ref(), message)?;
        self.send(sent.clone());
        Some(sent)
    }

    /// An acceptance has one answer, as long as it is open; and a refusal never becomes anything else.
    fn check_answer(&mut self, request: &[u8], answer: &[u8]) {
        let is_interim = answer == wire::NOT_RECOGNISED || answer[1] == wire::WAITING;
        if request.get(1) != Some(&wire::ACCEPT) {
            return;
        }
        let is_open = self.source().phase() != Phase::Closed;
        let Some(first) = self.answers.get(request) else {
            if !is_interim {
                self.answers.insert(request.to_vec(), answer.to_vec());
            }
            return;
        };
        let is_the_same = first.as_slice() == answer;
        if first[1] == wire::CONFIRM {
            assert!(is_the_same || !is_open && answer[1] == wire::REFUSE, "a confirmation has changed");
        } else {
            assert_eq!(answer[1], wire::REFUSE, "a refusal has become something else");
            let is_overtaken = Message::open(answer).records[&18] == [1];
            assert!(is_the_same || is_overtaken || !is_open, "a refusal has changed");
        }
    }

    /// What holds in every state that can be reached.
    fn check(&mut self) {
        let linked = |it: &&Connection| matches!(it.phase(), Phase::Active | Phase::Deactivated);
        for record in self.nodes.iter().filter_map(|node| node.record.as_ref()) {
            self.comparisons.extend(record.comparison().map(|it| it.to_string()));
        }
        assert!(self.comparisons.len() <= 1, "two secrets from one code");
        assert!(self.confirmations.len() <= 1, "two confirmations");
        let (source, all) = (self.source(), self.destinations());
        let destinations: Vec<_> = all.iter().copied().filter(linked).collect();
        assert!(destinations.len() <= 1, "two destinations are active");
        for destination in destinations {
            assert!(linked(&source) || source.phase() == Phase::Closed, "a destination is active alone");
            assert_eq!(source.mode(), destination.mode());
            assert_eq!(source.id(), destination.id());
            if linked(&source) {
                assert_eq!(source.kind(), destination.kind());
                assert_eq!(source.protocol_version(), destination.protocol_version());
                let keys = [source, destination].map(|it| it.export_key("x").map(|key| *key.expose_bytes()));
                assert!(keys[0] == keys[1] || keys.contains(&None), "two keys for the host");
            }
        }
        let is_confirmed = source.status(at(NOW)) == Status::Active { confirmed: true };
        assert!(
            !is_confirmed || all.iter().any(|it| linked(it) || it.phase() == Phase::Closed),
            "nobody can have confirmed"
        );
        for node in &mut self.nodes {
            node.check();
        }
    }

    /// Nothing is lost any more, and all sides refresh until nothing changes.
    pub(crate) fn calm_down(&mut self) {
        for _ in 0..12 {
            let before = self.bytes();
            for index in (0..self.nodes.len()).rev() {
                self.decide(index, Wish::Announce, Fate::Stored);
                let Some(due) = self.due(index) else { continue };
                // What the source's people carry, they carry to whoever they may mean.
                let is_text = matches!(due.what, What::Text(_));
                let to = if index == SOURCE && is_text { 1..self.nodes.len() } else { due.to..due.to + 1 };
                for to in to {
                    self.converse(Sent { to, ..due.clone() });
                }
            }
            if self.bytes() == before {
                return;
            }
        }
        panic!("they talk for ever");
    }

    /// What is said, what is said to that, and so on.
    fn converse(&mut self, first: Sent) {
        let mut next = Some(first);
        for _ in 0..20 {
            let Some(sent) = next else { return };
            next = self.arrive(&sent, sent.to, Fate::Stored);
            self.check();
        }
        panic!("they talk for ever");
    }

    fn bytes(&self) -> Vec<Option<Vec<u8>>> {
        let bytes = |it: &Connection| it.to_secret_bytes().expose_bytes().to_vec();
        self.nodes.iter().map(|node| node.record.as_ref().map(bytes)).collect()
    }
}

impl Node {
    /// What never goes back.
    fn check(&mut self) {
        let Some(record) = &self.record else { return };
        let numbers: Vec<_> = record.events().iter().map(|event| event.number).collect();
        let last = *numbers.last().unwrap();
        assert!(numbers.iter().zip(&numbers[1..]).all(|(one, next)| one + 1 == *next), "{numbers:?}");
        assert!(numbers.len() == 32 || numbers[0] == 1, "{numbers:?}");
        assert!(last >= self.last_event, "an event was taken back");
        self.last_event = last;
        if let Some(closed) = self.closed {
            assert_eq!(record.status(self.clock), closed, "what was closed has changed");
        } else if record.phase() == Phase::Closed {
            self.closed = Some(record.status(self.clock));
        }
    }
}

/// The same instance at its other address.
fn moved(it: &Instance) -> Instance {
    let name = it.uid().as_str();
    let first = format!("https://node.{name}.example.com");
    let is_first = it.node_url().is_some_and(|url| url.as_str() == first);
    let other = if is_first { format!("https://moved.{name}.example.com") } else { first };
    let reachability = if it.is_public() { Reachability::Public } else { Reachability::Private };
    instance(name).node_url(url(&other)).reachability(reachability).build().unwrap()
}
