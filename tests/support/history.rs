//! Sides with a store each, and everything that they ever say to each other.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

use std::collections::BTreeMap;

use handclasp::handshake::{self, Outcome, RelayedMessage};
use handclasp::lifecycle::NotPossible;
use handclasp::{
    Approval, Connection, ConnectionId, ConnectionMode, Entropy, Instance, InstanceUrl, Invitation, Moment,
    Preview, Reachability, Terms, Timestamp, UrlPolicy, Wizard,
};

use crate::support::wire::{self, Key};
use crate::support::{NOW, admin, at, complete, instance};

pub(crate) const SOURCE: usize = 0;
pub(crate) const DESTINATION: usize = 1;
/// Whoever else holds the code.
pub(crate) const OTHER: usize = 2;

/// Who plays.
#[expect(clippy::struct_excessive_bools, reason = "every combination of them is played")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub(crate) mode: ConnectionMode,
    pub(crate) bound: bool,
    pub(crate) source_is_public: bool,
    pub(crate) destination_is_public: bool,
    /// Whether an admin of the source has to approve.
    pub(crate) by_hand: bool,
}

impl Cast {
    pub(crate) const STANDARD: Self = Self {
        mode: ConnectionMode::Script,
        bound: true,
        source_is_public: true,
        destination_is_public: true,
        by_hand: false,
    };

    /// Every one there is.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..16_u8).flat_map(|bits| {
            let bit = |index: u8| bits >> index & 1 == 1;
            let (bound, source_is_public, destination_is_public, by_hand) = (bit(0), bit(1), bit(2), bit(3));
            let casts = ConnectionMode::ALL.iter().map(move |mode| Self {
                mode: *mode,
                bound,
                source_is_public,
                destination_is_public,
                by_hand,
            });
            casts.filter(|cast| {
                cast.mode != ConnectionMode::Visual
                    || cast.bound && cast.source_is_public && cast.destination_is_public
            })
        })
    }

    /// Those in which the sides talk differently: the mode is of no account.
    pub(crate) fn in_script_mode() -> impl Iterator<Item = Self> {
        Self::all().filter(|cast| cast.mode == ConnectionMode::Script)
    }

    pub(crate) fn source(self) -> Instance {
        built("source", self.source_is_public)
    }

    pub(crate) fn destination(self) -> Instance {
        built("destination", self.destination_is_public)
    }

    /// Another instance where the code allows it, else the destination once more, with a store of its own.
    pub(crate) fn other(self) -> Instance {
        if self.bound { self.destination() } else { built("other", self.destination_is_public) }
    }

    pub(crate) fn terms(self) -> Terms {
        let terms = Terms::new(UrlPolicy::public()).with_hand_relay();
        if self.by_hand { terms.with_approval(Approval::ByHand) } else { terms }
    }
}

fn built(name: &str, is_public: bool) -> Instance {
    let reachability = if is_public { Reachability::Public } else { Reachability::Private };
    instance(name).reachability(reachability).build().unwrap()
}

/// One side: who it is, and its store.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) instance: Instance,
    pub(crate) records: BTreeMap<ConnectionId, Connection>,
}

/// A message, and what was said to it.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The record of who asked, when it concluded.
    pub(crate) before: Connection,
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

/// What entropy is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// An id, which is no secret.
    Id,
    /// The secret of a code.
    Code,
    /// A side's half of a key agreement, if it comes to one.
    Key,
}

/// All sides, and all that was said so far.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) cast: Cast,
    pub(crate) sides: [Side; 3],
    pub(crate) said: Vec<Exchange>,
    pub(crate) millis: u64,
    seed: u8,
    /// All entropy that was used, in order, and for what.
    pub(crate) drawn: Vec<(Purpose, Key)>,
    /// All codes that were handed over.
    pub(crate) codes: Vec<(ConnectionId, String)>,
}

impl World {
    pub(crate) fn new(cast: Cast) -> Self {
        Self::between(cast, [cast.source(), cast.destination(), cast.other()], 0)
    }

    /// Between these instances. Worlds with other seeds have other entropy and another time.
    pub(crate) fn between(cast: Cast, instances: [Instance; 3], seed: u8) -> Self {
        let sides = instances.map(|instance| Side { instance, records: BTreeMap::new() });
        let millis = NOW + u64::from(seed) * 7000;
        Self { cast, sides, said: Vec::new(), millis, seed, drawn: Vec::new(), codes: Vec::new() }
    }

    fn entropy(&mut self, purpose: Purpose) -> Entropy {
        let drawn = wire::hash("entropy", &[&[self.seed], &self.drawn.len().to_be_bytes()]);
        self.drawn.push((purpose, drawn));
        Entropy::from_bytes(drawn)
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(self.millis)
    }

    pub(crate) fn moment(&self) -> Moment {
        at(self.millis).by(admin("ada"))
    }

    pub(crate) fn record(&self, side: usize, id: ConnectionId) -> &Connection {
        &self.sides[side].records[&id]
    }

    /// The connection that was initiated first.
    pub(crate) fn first(&self) -> ConnectionId {
        *self.sides[SOURCE].records.keys().next().unwrap()
    }

    pub(crate) fn store(&mut self, side: usize, record: Option<Connection>) {
        if let Some(record) = record {
            self.sides[side].records.insert(record.id(), record);
        }
    }

    /// Everything that was ever said, requests and replies alike, each once.
    pub(crate) fn messages(&self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        for message in self.said.iter().flat_map(|exchange| [&exchange.request, &exchange.reply]) {
            if !messages.contains(message) {
                messages.push(message.clone());
            }
        }
        messages
    }

    /// Every stored record, with its side.
    pub(crate) fn records(&self) -> impl Iterator<Item = (usize, &Connection)> {
        self.sides
            .iter()
            .enumerate()
            .flat_map(|(index, side)| side.records.values().map(move |it| (index, it)))
    }

    /// Every store, byte by byte.
    pub(crate) fn bytes(&self) -> Vec<(usize, Vec<u8>)> {
        self.records().map(|(side, it)| (side, it.to_secret_bytes().expose_bytes().to_vec())).collect()
    }

    /// The source initiates: the id and the code.
    pub(crate) fn initiate(&mut self) -> (ConnectionId, String) {
        self.millis += 1000;
        let id = ConnectionId::new(at(self.millis), self.entropy(Purpose::Id));
        let (source, terms) = (self.sides[SOURCE].instance.clone(), self.cast.terms());
        let wizard = if self.cast.bound {
            let destination = self.sides[DESTINATION].instance.clone();
            let entered = destination.tracker_url().unwrap().clone();
            Wizard::start(source, terms, id, entered, destination).unwrap()
        } else {
            Wizard::start_without_url(source, terms, id)
        };
        let wizard = wizard.choose_mode(self.cast.mode).unwrap();
        let form = complete(wizard.form(), wizard.asks());
        let (moment, entropy) = (self.moment(), self.entropy(Purpose::Code));
        let (pending, hand_over) = wizard.fill(form).unwrap().initiate(moment, entropy).into_parts();
        self.store(SOURCE, Some(pending));
        let code = hand_over.code().unwrap().expose().to_owned();
        self.codes.push((id, code.clone()));
        (id, code)
    }

    /// The source gives a new invitation in the place of one.
    pub(crate) fn reissue(&mut self, id: ConnectionId) -> (ConnectionId, String) {
        let by = ConnectionId::new(at(self.millis), self.entropy(Purpose::Id));
        self.decide(SOURCE, id, |it, moment| handshake::supersede(it, by, moment));
        let (superseded, moment, entropy) =
            (self.record(SOURCE, id).clone(), self.moment(), self.entropy(Purpose::Code));
        let (source, terms) = (self.sides[SOURCE].instance.clone(), self.cast.terms());
        let wizard = Wizard::reissue(&superseded, source, terms, moment, entropy).unwrap();
        let (pending, hand_over) = wizard.into_parts();
        self.store(SOURCE, Some(pending));
        let code = hand_over.code().unwrap().expose().to_owned();
        self.codes.push((by, code.clone()));
        (by, code)
    }

    /// A side accepts a code: its acceptance, which was not sent yet, whoever has to call.
    pub(crate) fn accept(&mut self, side: usize, code: &str) -> Vec<u8> {
        let invitation = Invitation::read(code).unwrap();
        let (instance, entropy, moment) =
            (self.sides[side].instance.clone(), self.entropy(Purpose::Key), self.moment());
        let preview = Preview::new(invitation.clone(), &instance, UrlPolicy::public());
        let form = complete(preview.form(), preview.asks());
        let outcome =
            handshake::accept(&invitation, &form, &instance, UrlPolicy::public(), moment, entropy).unwrap();
        let accepting = outcome.into_connection().unwrap();
        let text = handshake::due_text(&accepting).unwrap();
        self.store(side, Some(accepting));
        RelayedMessage::read(text.as_str()).unwrap().as_bytes().to_vec()
    }

    /// A side declines a code.
    pub(crate) fn decline_code(&mut self, side: usize, code: &str) {
        let (invitation, policy) = (Invitation::read(code).unwrap(), UrlPolicy::public());
        let instance = &self.sides[side].instance;
        let outcome = handshake::decline_invitation(&invitation, instance, policy, self.moment()).unwrap();
        self.store(side, outcome.into_connection());
    }

    /// Somebody decides, and it is stored.
    #[track_caller]
    pub(crate) fn decide(
        &mut self,
        side: usize,
        id: ConnectionId,
        decide: impl FnOnce(&Connection, Moment) -> Result<Outcome, NotPossible>,
    ) {
        self.millis += 1000;
        let outcome = decide(self.record(side, id), self.moment()).unwrap();
        self.store(side, outcome.into_connection());
    }

    /// A side answers.
    pub(crate) fn answer(&mut self, side: usize, message: &[u8]) -> Vec<u8> {
        let (entropy, now) = (self.entropy(Purpose::Key), at(self.millis));
        let side_of = &self.sides[side];
        let id = handshake::connection_id(message);
        let record = id.and_then(|id| side_of.records.get(&id));
        let outcome = handshake::answer(record, message, &side_of.instance, now, entropy);
        let reply = outcome.message().unwrap().to_vec();
        self.store(side, outcome.into_connection());
        reply
    }

    /// One exchange: what is to be said at once after it.
    pub(crate) fn exchange(
        &mut self,
        from: usize,
        to: usize,
        id: ConnectionId,
        request: &[u8],
    ) -> Option<(Option<InstanceUrl>, Vec<u8>)> {
        let reply = self.answer(to, request);
        let before = self.record(from, id).clone();
        let (entropy, now) = (self.entropy(Purpose::Key), at(self.millis));
        let local = &self.sides[from].instance;
        let outcome = handshake::conclude(&before, request, &reply, local, now, entropy).ok();
        self.said.push(Exchange { from, to, before, request: request.to_vec(), reply });
        let outcome = outcome?;
        let (to, message) = (outcome.to().cloned(), outcome.message().map(<[u8]>::to_vec));
        self.store(from, outcome.into_connection());
        message.map(|message| (to, message))
    }

    /// A side says what is due, until nothing is left to be said at once.
    pub(crate) fn refresh(&mut self, from: usize, id: ConnectionId) {
        let mut next = handshake::due(self.record(from, id)).map(|due| (due.to, due.message));
        while let Some((to, message)) = next {
            let Some(to) = to else { return self.carry(from, id) };
            let called = |side: &Side| side.instance.callable_url() == Some(&to);
            let to = self.sides.iter().position(called).unwrap();
            next = self.exchange(from, to, id, &message);
        }
    }

    /// People carry what is due, and what comes back, until there is no more to be carried.
    fn carry(&mut self, from: usize, id: ConnectionId) {
        let other = if from == SOURCE { DESTINATION } else { SOURCE };
        let (mut from, mut to) = (from, other);
        let mut next = handshake::due_text(self.record(from, id));
        while let Some(text) = next {
            let message = RelayedMessage::read(text.as_str()).unwrap();
            let (entropy, now) = (self.entropy(Purpose::Key), at(self.millis));
            let record = self.sides[to].records.get(&id);
            let outcome = handshake::relay(record, &message, &self.sides[to].instance, now, entropy);
            let reply = outcome.as_ref().ok().and_then(|it| it.message()).unwrap_or(wire::NOT_RECOGNISED);
            let (request, reply) = (message.as_bytes().to_vec(), reply.to_vec());
            let before = self.record(from, id).clone();
            self.said.push(Exchange { from, to, before, request, reply });
            let Ok(outcome) = outcome else { return };
            next = handshake::reply_text(self.record(to, id), &outcome);
            self.store(to, outcome.into_connection());
            (from, to) = (to, from);
        }
    }

    /// All sides refresh until nothing changes any more.
    #[track_caller]
    pub(crate) fn settle(&mut self) {
        for _ in 0..12 {
            let before = self.bytes();
            let all: Vec<_> = self.records().map(|(side, it)| (side, it.id())).collect();
            for (side, id) in all.into_iter().rev() {
                self.refresh(side, id);
            }
            if self.bytes() == before {
                return;
            }
        }
        panic!("two sides talk for ever");
    }
}

/// A whole life, as a list of moments at which nothing is on its way: what was done last, and everything up to then.
///
/// The first connection is made, contested, switched off and on by both sides, and removed; meanwhile others are
/// re-issued, cancelled, revoked, declined, and come too late. `"active"`, `"deactivated"` and `"closed"` are about the
/// first.
pub(crate) fn life(cast: Cast) -> Vec<(&'static str, World)> {
    let mut chapters = Vec::new();
    let mut world = World::new(cast);
    let mut chapter = |name: &'static str, world: &mut World| {
        world.settle();
        chapters.push((name, world.clone()));
    };

    let (id, code) = world.initiate();
    chapter("pending", &mut world);
    world.accept(DESTINATION, &code);
    chapter("accepted", &mut world);
    let second = world.accept(OTHER, &code);
    world.exchange(OTHER, SOURCE, id, &second);
    chapter("contested", &mut world);
    if cast.by_hand {
        world.decide(SOURCE, id, handshake::approve);
    }
    chapter("active", &mut world);

    let (old, old_code) = world.initiate();
    let (new, new_code) = world.reissue(old);
    world.accept(DESTINATION, &old_code);
    chapter("superseded", &mut world);
    world.decline_code(DESTINATION, &new_code);
    chapter("declined", &mut world);
    assert!(world.record(SOURCE, new).closed_at().is_some());

    let (cancelled, code) = world.initiate();
    let accept = world.accept(DESTINATION, &code);
    if cast.by_hand {
        world.exchange(DESTINATION, SOURCE, cancelled, &accept);
    }
    world.decide(DESTINATION, cancelled, handshake::cancel);
    chapter("cancelled", &mut world);

    let (declined, code) = world.initiate();
    let accept = world.accept(DESTINATION, &code);
    if cast.by_hand {
        world.exchange(DESTINATION, SOURCE, declined, &accept);
        world.decide(SOURCE, declined, handshake::decline);
    } else {
        world.decide(SOURCE, declined, handshake::revoke);
    }
    chapter("turned down", &mut world);

    world.decide(SOURCE, id, handshake::deactivate);
    chapter("deactivated by one", &mut world);
    world.decide(DESTINATION, id, handshake::deactivate);
    chapter("deactivated", &mut world);
    world.decide(SOURCE, id, handshake::activate);
    chapter("deactivated by the other", &mut world);
    world.decide(DESTINATION, id, handshake::activate);
    chapter("active again", &mut world);
    world.decide(DESTINATION, id, handshake::remove);
    chapter("closed", &mut world);
    chapters
}

/// The record without what a verified answer may change besides the life cycle: record 22, the health.
pub(crate) fn life_cycle(record: &Connection) -> BTreeMap<u8, Vec<u8>> {
    let mut records = wire::parse(&record.to_secret_bytes().expose_bytes()[1..]);
    records.remove(&22);
    records
}
