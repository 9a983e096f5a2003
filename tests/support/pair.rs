//! Both sides of one connection, which go on together by the public transitions: what brings records into their stages.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::cell::RefCell;
use std::collections::BTreeMap;

use handclasp::handshake::{self, Outcome, Outgoing};
use handclasp::lifecycle::NotPossible;
use handclasp::{
    Approval, Connection, ConnectionId, ConnectionMode, Entropy, Instance, Invitation, Moment, Preview,
    Reachability, Role, Terms, UrlPolicy, Wizard,
};

use crate::support::wire::Key;
use crate::support::{
    CODE_SECRET, DESTINATION_ENTROPY, ID_ENTROPY, NOW, Plot, Scene, admin, at, complete, entropy, instance,
    now, url,
};

/// How a source comes to its connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Origin {
    /// Both can be called, and nobody has to approve.
    Plain,
    /// The code works for whoever holds it.
    Unbound,
    /// The source can only call out, so it fetches.
    Fetching,
    /// The source's admin always approves.
    ByHand,
    /// The acceptance names another address than the one that was discovered, so the source's admin approves.
    OtherAddress,
}

impl Origin {
    pub(crate) const ALL: [Self; 5] =
        [Self::Plain, Self::Unbound, Self::Fetching, Self::ByHand, Self::OtherAddress];

    /// Whether somebody has to approve the acceptance.
    pub(crate) fn asks(self) -> bool {
        matches!(self, Self::ByHand | Self::OtherAddress)
    }

    fn scene(self) -> Scene {
        let destination = instance("destination").build().unwrap();
        match self {
            Self::Plain | Self::OtherAddress => Plot::STANDARD.scene(),
            Self::Unbound => Plot::UNBOUND.scene(),
            Self::Fetching => {
                let source = instance("source").reachability(Reachability::Private).build().unwrap();
                Plot::STANDARD.scene_with(source, destination, CODE_SECRET)
            }
            Self::ByHand => approved_by_hand(instance("source").build().unwrap(), destination),
        }
    }
}

fn approved_by_hand(source: Instance, destination: Instance) -> Scene {
    let id = ConnectionId::new(now(), Entropy::from_bytes(ID_ENTROPY));
    let terms = Terms::new(UrlPolicy::public()).with_approval(Approval::ByHand);
    let wizard = Wizard::start_with(source.clone(), terms, id, destination.clone()).unwrap();
    let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
    let form = complete(wizard.form(), wizard.asks());
    let initiated =
        wizard.fill(form).unwrap().initiate(now().by(admin("ada")), Entropy::from_bytes(CODE_SECRET));
    let (pending, hand_over) = initiated.into_parts();
    let code = hand_over.code().unwrap().expose().to_owned();
    Scene { source, destination, pending, code }
}

/// An instance accepts: its record, and its acceptance, as it says it or as it is fetched.
pub(crate) fn accept(scene: &Scene, acceptor: &Instance, seed: Key) -> (Connection, Vec<u8>) {
    let invitation = Invitation::read(&scene.code).unwrap();
    let preview = Preview::new(invitation.clone(), acceptor, UrlPolicy::public());
    let form = complete(preview.form(), preview.asks());
    let (policy, moment) = (UrlPolicy::public(), now().by(admin("grace")));
    let accepted =
        handshake::accept(&invitation, &form, acceptor, policy, moment, Entropy::from_bytes(seed)).unwrap();
    let record = accepted.connection().unwrap().clone();
    let fetched = || {
        let fetch = handshake::due(&scene.pending).unwrap().message;
        handshake::answer(Some(&record), &fetch, acceptor, now(), entropy(9)).message().unwrap().to_vec()
    };
    let accept = accepted.message().map_or_else(fetched, <[u8]>::to_vec);
    (record, accept)
}

/// What is the same for every pair with this origin, computed once: each message of each stage asks for it.
pub(crate) fn remembered(
    origin: Origin,
    what: &str,
    seed: Key,
    compute: impl FnOnce() -> Vec<u8>,
) -> Vec<u8> {
    type Known = BTreeMap<(Origin, String, Key), Vec<u8>>;
    thread_local!(static KNOWN: RefCell<Known> = const { RefCell::new(BTreeMap::new()) });
    let key = (origin, what.to_owned(), seed);
    let known = KNOWN.with_borrow(|known| known.get(&key).cloned());
    known.unwrap_or_else(|| {
        let computed = compute();
        KNOWN.with_borrow_mut(|known| known.insert(key, computed.clone()));
        computed
    })
}

/// The destination at another address.
pub(crate) fn moved() -> Instance {
    instance("destination").node_url(url("https://node.elsewhere.example.com")).build().unwrap()
}

/// The source at another address.
pub(crate) fn moved_source() -> Instance {
    instance("source").node_url(url("https://node.elsewhere.example.com")).build().unwrap()
}

/// Both sides of one connection, as they go on together.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) origin: Origin,
    pub(crate) scene: Scene,
    pub(crate) source: Connection,
    pub(crate) destination: Option<Connection>,
    /// The acceptance that the destination has made.
    pub(crate) accept: Option<Vec<u8>>,
    /// Where the two are now.
    pub(crate) places: (Instance, Instance),
    pub(crate) now: u64,
}

impl Pair {
    /// Initiated.
    pub(crate) fn of(origin: Origin) -> Self {
        let scene = origin.scene();
        let source = scene.pending.clone();
        let acceptor = if origin == Origin::OtherAddress { moved() } else { scene.destination.clone() };
        let places = (scene.source.clone(), acceptor);
        Self { origin, scene, source, destination: None, accept: None, places, now: NOW }
    }

    fn moment(&mut self) -> Moment {
        self.now += 1000;
        at(self.now).by(admin("ada"))
    }

    /// The destination accepts; nobody has heard of it.
    pub(crate) fn accepted(mut self) -> Self {
        let (record, accept) = accept(&self.scene, &self.places.1, DESTINATION_ENTROPY);
        (self.destination, self.accept) = (Some(record), Some(accept));
        self
    }

    /// The destination declines without having accepted; nobody has heard of it.
    pub(crate) fn declined(mut self) -> Self {
        let invitation = Invitation::read(&self.scene.code).unwrap();
        let moment = self.moment();
        let outcome =
            handshake::decline_invitation(&invitation, &self.places.1, UrlPolicy::public(), moment).unwrap();
        self.destination = outcome.into_connection();
        self
    }

    /// The source gets the acceptance; its answer is lost.
    pub(crate) fn taken(mut self) -> Self {
        let outcome = self.scene.answer(&self.source, self.accept.as_ref().unwrap());
        self.source = outcome.into_connection().unwrap_or(self.source);
        self
    }

    /// The destination gets this answer of the source to its acceptance; its report is lost.
    pub(crate) fn concluded(mut self, reply: &[u8]) -> Self {
        let (accept, record) = (self.accept.as_ref().unwrap(), self.destination.as_ref().unwrap());
        let concluded =
            handshake::conclude(record, accept, reply, &self.places.1, at(self.now), entropy(5)).unwrap();
        self.destination = concluded.into_connection().or(self.destination);
        self
    }

    /// Somebody on the source's side decides; nobody has heard of it.
    pub(crate) fn by_source(
        mut self,
        decide: impl Fn(&Connection, Moment) -> Result<Outcome, NotPossible>,
    ) -> Self {
        let moment = self.moment();
        self.source = decide(&self.source, moment).unwrap().into_connection().unwrap();
        self
    }

    /// Somebody on the destination's side decides; nobody has heard of it.
    pub(crate) fn by_destination(
        mut self,
        decide: impl Fn(&Connection, Moment) -> Result<Outcome, NotPossible>,
    ) -> Self {
        let moment = self.moment();
        self.destination = decide(self.destination.as_ref().unwrap(), moment).unwrap().into_connection();
        self
    }

    /// Both sides call each other until nothing changes any more.
    pub(crate) fn settled(mut self) -> Self {
        for _ in 0..4 {
            self.call(Role::Destination);
            self.call(Role::Source);
        }
        self
    }

    /// One side says what is due, and what follows from it.
    pub(crate) fn call(&mut self, from: Role) {
        let Some(destination) = self.destination.clone() else { return };
        let (mut asking, mut asked, here, there) = match from {
            Role::Source => (self.source.clone(), destination, &self.places.0, &self.places.1),
            _ => (destination, self.source.clone(), &self.places.1, &self.places.0),
        };
        let when = at(self.now);
        let mut next = handshake::due(&asking).map(|Outgoing { message, .. }| message);
        while let Some(message) = next {
            let answered = handshake::answer(Some(&asked), &message, there, when, entropy(0x44));
            let reply = answered.message().unwrap().to_vec();
            asked = answered.into_connection().unwrap_or(asked);
            let Ok(concluded) = handshake::conclude(&asking, &message, &reply, here, when, entropy(0x44))
            else {
                break;
            };
            next = concluded.message().map(<[u8]>::to_vec);
            asking = concluded.into_connection().unwrap_or(asking);
        }
        (self.source, self.destination) = match from {
            Role::Source => (asking, Some(asked)),
            _ => (asked, Some(asking)),
        };
    }

    /// The source says that it is elsewhere now, and the destination has heard of it.
    pub(crate) fn source_moved(mut self) -> Self {
        self.places.0 = moved_source();
        self.now += 1000;
        self.source =
            handshake::announce(&self.source, &self.places.0, at(self.now)).into_connection().unwrap();
        self.settled()
    }

    /// The destination says that it is elsewhere now, and the source has heard of it.
    pub(crate) fn destination_moved(mut self) -> Self {
        self.places.1 =
            instance("destination").node_url(url("https://node.third.example.com")).build().unwrap();
        self.now += 1000;
        let record = self.destination.as_ref().unwrap();
        self.destination = handshake::announce(record, &self.places.1, at(self.now)).into_connection();
        self.settled()
    }

    /// The source has confirmed, and does not know that the destination knows.
    pub(crate) fn unconfirmed(origin: Origin) -> Self {
        let pair = Self::of(origin).accepted().taken();
        if origin.asks() { pair.by_source(handshake::approve) } else { pair }
    }

    /// Both are active.
    pub(crate) fn active(origin: Origin) -> Self {
        Self::unconfirmed(origin).settled()
    }

    /// The confirmation that the source has given, holds ready, or would give, made with this entropy.
    pub(crate) fn confirm_with(&self, seed: Key) -> Vec<u8> {
        remembered(self.origin, "confirm", seed, || self.compute_confirm(seed))
    }

    fn compute_confirm(&self, seed: Key) -> Vec<u8> {
        let accept = self.accept.clone().unwrap_or_else(|| self.clone().accepted().accept.unwrap());
        let answer = |record: &Connection| {
            handshake::answer(Some(record), &accept, &self.scene.source, at(NOW), Entropy::from_bytes(seed))
        };
        let first = answer(&self.scene.pending);
        let record = first.connection().unwrap();
        match handshake::approve(record, at(NOW)).unwrap().connection() {
            Some(approved) => answer(approved).message().unwrap().to_vec(),
            None => first.message().unwrap().to_vec(),
        }
    }
}
