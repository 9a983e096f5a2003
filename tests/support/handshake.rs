//! A source, a destination, and a handshake between them with fixed inputs.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail like a test"
)]

pub(crate) mod wire;

use std::collections::BTreeMap;

use handclasp::{
    Actor, ActorName, AdminAccess, AdminEvidence, Ask, Connection, ConnectionForm, ConnectionId,
    ConnectionMode, Entropy, Instance, InstanceBuilder, InstanceUid, InstanceUrl, Invitation, KnownPlatform,
    ModeSet, Preview, Reachability, Refusal, Terms, Timestamp, UrlPolicy, Wizard, handshake,
};
use handshake::Outcome;
use wire::{CodeKeys, Key, Message};

/// When everything happens unless said otherwise.
pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const DAY: u64 = 24 * 60 * 60 * 1000;

pub(crate) const ID_ENTROPY: Key = [0x11; 32];
pub(crate) const CODE_SECRET: Key = [0x22; 32];
pub(crate) const DESTINATION_ENTROPY: Key = [0x33; 32];
pub(crate) const SOURCE_ENTROPY: Key = [0x44; 32];

pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn entropy(byte: u8) -> Entropy {
    Entropy::from_bytes([byte; 32])
}

pub(crate) fn url(text: &str) -> InstanceUrl {
    InstanceUrl::parse(text).unwrap()
}

pub(crate) fn admin(name: &str) -> Actor {
    Actor::Admin(ActorName::parse(name).unwrap())
}

/// A public Jira: it supports every mode.
pub(crate) fn instance(name: &str) -> InstanceBuilder {
    Instance::builder(InstanceUid::parse(name).unwrap(), KnownPlatform::JiraCloud)
        .node_url(url(&format!("https://node.{name}.example.com")))
        .tracker_url(url(&format!("https://tracker.{name}.example.com")))
        .licences(ModeSet::ALL)
}

/// An initiated connection, and the two instances.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) source: Instance,
    pub(crate) destination: Instance,
    pub(crate) pending: Connection,
    pub(crate) code: String,
}

/// What differs from one scene to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plot {
    pub(crate) mode: ConnectionMode,
    /// Whether the source knows the destination, so that the code is bound to it.
    pub(crate) bound: bool,
    /// Whether the destination can be called.
    pub(crate) public: bool,
}

impl Plot {
    pub(crate) const STANDARD: Self = Self { mode: ConnectionMode::Script, bound: true, public: true };
    pub(crate) const UNBOUND: Self = Self { bound: false, ..Self::STANDARD };

    /// Every plot there is.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let switch = [true, false];
        ConnectionMode::ALL
            .iter()
            .flat_map(move |mode| {
                switch.map(|bound| switch.map(|public| Self { mode: *mode, bound, public }))
            })
            .flatten()
            .filter(|plot| plot.mode != ConnectionMode::Visual || plot.bound && plot.public)
    }

    pub(crate) fn scene(self) -> Scene {
        let reachability = if self.public { Reachability::Public } else { Reachability::Private };
        let destination = instance("destination").reachability(reachability).build().unwrap();
        self.scene_with(instance("source").build().unwrap(), destination, CODE_SECRET)
    }

    pub(crate) fn scene_with(self, source: Instance, destination: Instance, secret: Key) -> Scene {
        self.scene_under(Terms::new(UrlPolicy::public()), source, destination, secret)
    }

    /// The scene of a source whose host has decided this.
    pub(crate) fn scene_under(
        self,
        terms: Terms,
        source: Instance,
        destination: Instance,
        secret: Key,
    ) -> Scene {
        let id = ConnectionId::new(now(), Entropy::from_bytes(ID_ENTROPY));
        let wizard = if self.bound {
            let entered = url("tracker.destination.example.com");
            Wizard::start(source.clone(), terms, id, entered, destination.clone()).unwrap()
        } else {
            Wizard::start_without_url(source.clone(), terms, id)
        };
        let wizard = wizard.choose_mode(self.mode).unwrap();
        let form = complete(wizard.form(), wizard.asks());
        let initiated =
            wizard.fill(form).unwrap().initiate(now().by(admin("ada")), Entropy::from_bytes(secret));
        let (pending, hand_over) = initiated.into_parts();
        let code = hand_over.code().unwrap().expose().to_owned();
        Scene { source, destination, pending, code }
    }
}

/// Answers what a suggestion leaves open.
pub(crate) fn complete(mut form: ConnectionForm, asks: &[Ask]) -> ConnectionForm {
    "INBOX".clone_into(&mut form.incoming_project);
    let evidence = AdminEvidence::new(ActorName::parse("grace").unwrap(), now());
    form.admin_access = Some(if asks.contains(&Ask::AdminEvidence) {
        AdminAccess::Verified(evidence)
    } else {
        AdminAccess::No
    });
    form
}

impl Scene {
    pub(crate) fn standard() -> Self {
        Plot::STANDARD.scene()
    }

    pub(crate) fn keys(&self) -> CodeKeys {
        CodeKeys::of(&self.code)
    }

    pub(crate) fn expires_at(&self) -> u64 {
        self.pending.expires_at().unwrap().as_millis()
    }

    /// The destination accepts: its record, and its acceptance.
    pub(crate) fn accept(&self) -> (Connection, Vec<u8>) {
        self.accept_as(&self.destination, DESTINATION_ENTROPY)
    }

    pub(crate) fn accept_as(&self, acceptor: &Instance, entropy: Key) -> (Connection, Vec<u8>) {
        let invitation = Invitation::read(&self.code).unwrap();
        let preview = Preview::new(invitation.clone(), acceptor, UrlPolicy::public());
        let mut form = complete(preview.form(), preview.asks());
        "As the destination calls it".clone_into(&mut form.name);
        let moment = now().by(admin("grace"));
        let outcome = handshake::accept(
            &invitation,
            &form,
            acceptor,
            UrlPolicy::public(),
            moment,
            Entropy::from_bytes(entropy),
        )
        .unwrap();
        let message = outcome.message().unwrap().to_vec();
        (outcome.into_connection().unwrap(), message)
    }

    /// The source answers.
    pub(crate) fn answer(&self, connection: &Connection, message: &[u8]) -> Outcome {
        self.answer_at(connection, message, NOW)
    }

    pub(crate) fn answer_at(&self, connection: &Connection, message: &[u8], millis: u64) -> Outcome {
        let entropy = Entropy::from_bytes(SOURCE_ENTROPY);
        handshake::answer(Some(connection), message, &self.source, at(millis), entropy)
    }

    /// The destination concludes. It draws no entropy.
    pub(crate) fn conclude(
        &self,
        connection: &Connection,
        request: &[u8],
        reply: &[u8],
    ) -> Result<Outcome, handshake::ConcludeError> {
        handshake::conclude(connection, request, reply, &self.destination, now(), entropy(5))
    }

    /// The acceptance, changed and authenticated as if the destination had made it so.
    pub(crate) fn accept_changed(&self, change: impl FnOnce(Message) -> Message) -> Vec<u8> {
        change(Message::open(&self.accept().1)).seal(&self.keys().accept)
    }

    /// The source's refusal of a message, as DESIGN.md has it.
    pub(crate) fn refusal_of(&self, message: &[u8], refusal: Refusal) -> Vec<u8> {
        let number = match refusal {
            Refusal::AlreadyAccepted => 1,
            Refusal::AlteredCode => 2,
            Refusal::WrongRecipient => 3,
            Refusal::AddressNotPermitted => 4,
            Refusal::NoCommonProtocol => 5,
            Refusal::Expired => 6,
            Refusal::UnusableKey => 7,
            Refusal::ModeNotPossible => 9,
            Refusal::Withdrawn => 10,
            Refusal::Revoked => 11,
            Refusal::Superseded => 12,
            Refusal::Declined => 13,
            Refusal::Removed => 14,
            _ => u8::MAX,
        };
        Message { kind: wire::REFUSE, records: BTreeMap::new() }
            .with(2, self.pending.id().as_bytes())
            .with(4, self.keys().digest)
            .with(6, wire::digest(message))
            .with(18, [number])
            .seal(&self.keys().confirm)
    }

    /// The whole handshake.
    pub(crate) fn play(&self) -> Played {
        let (accepting, accept) = self.accept();
        let answered = self.answer(&self.pending, &accept);
        let confirm = answered.message().unwrap().to_vec();
        let unconfirmed = answered.into_connection().unwrap();
        let concluded = self.conclude(&accepting, &accept, &confirm).unwrap();
        let report = concluded.message().unwrap().to_vec();
        let destination = concluded.into_connection().unwrap();
        let confirmed = self.answer(&unconfirmed, &report);
        let reply = confirmed.message().unwrap().to_vec();
        let source = confirmed.into_connection().unwrap();
        let settled = self.conclude(&destination, &report, &reply).unwrap().into_connection().unwrap();
        Played { accepting, accept, unconfirmed, confirm, destination, report, source, reply, settled }
    }
}

/// Every record and message of a handshake, in order.
#[derive(Clone)]
pub(crate) struct Played {
    pub(crate) accepting: Connection,
    pub(crate) accept: Vec<u8>,
    /// The source, before the first report.
    pub(crate) unconfirmed: Connection,
    pub(crate) confirm: Vec<u8>,
    /// The destination, before the answer to its first report.
    pub(crate) destination: Connection,
    pub(crate) report: Vec<u8>,
    /// The source, after the first report.
    pub(crate) source: Connection,
    pub(crate) reply: Vec<u8>,
    /// The destination, after the answer to its first report.
    pub(crate) settled: Connection,
}

impl Played {
    /// The connection secret, computed a second time.
    pub(crate) fn secret(&self, scene: &Scene) -> Key {
        let shared = wire::shared(SOURCE_ENTROPY, wire::public_key(DESTINATION_ENTROPY));
        scene.keys().connection_secret(&self.accept, &self.confirm, shared)
    }
}

/// Whether two records are the same, secrets included.
#[track_caller]
pub(crate) fn assert_same(left: &Connection, right: &Connection) {
    assert_eq!(left.to_secret_bytes().expose_bytes(), right.to_secret_bytes().expose_bytes());
}

/// The record as a store gives it back.
pub(crate) fn stored(connection: &Connection) -> Connection {
    Connection::from_secret_bytes(connection.to_secret_bytes().expose_bytes()).unwrap()
}

/// The connection that is made with oneself.
pub(crate) fn local_connection(mode: ConnectionMode) -> Connection {
    let local = instance("source").build().unwrap();
    let id = ConnectionId::new(now(), Entropy::from_bytes(ID_ENTROPY));
    let own = url("node.source.example.com");
    let wizard = Wizard::start(local.clone(), Terms::default(), id, own, local).unwrap();
    let wizard = wizard.choose_mode(mode).unwrap();
    let form = complete(wizard.form(), wizard.asks());
    wizard.fill(form).unwrap().initiate(now().by(admin("ada")), entropy(1)).into_parts().0
}
