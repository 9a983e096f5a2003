//! Records in every stage of every role, each brought there by two real sides and the public transitions.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use handclasp::handshake;
use handclasp::lifecycle::Stage;
use handclasp::{Connection, ConnectionId, ConnectionMode, Instance, Moment, Refusal, Role};

use crate::pair::{Origin, Pair, remembered};
use crate::support::wire::{self, Key, Message};
use crate::support::{
    DAY, DESTINATION_ENTROPY, NOW, SOURCE_ENTROPY, Scene, at, entropy, local_connection, now,
};

/// Every refusal, with its number in DESIGN.md.
pub(crate) const REFUSALS: [(Refusal, u8); 14] = [
    (Refusal::AlreadyAccepted, 1),
    (Refusal::AlteredCode, 2),
    (Refusal::WrongRecipient, 3),
    (Refusal::AddressNotPermitted, 4),
    (Refusal::NoCommonProtocol, 5),
    (Refusal::Expired, 6),
    (Refusal::UnusableKey, 7),
    (Refusal::ModeNotPossible, 9),
    (Refusal::Withdrawn, 10),
    (Refusal::Revoked, 11),
    (Refusal::Superseded, 12),
    (Refusal::Declined, 13),
    (Refusal::Removed, 14),
    (Refusal::Other, 255),
];

/// A record in a stage, and how it came there.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) how: String,
    pub(crate) role: Role,
    pub(crate) stage: Stage,
    /// `None` when there is none.
    pub(crate) record: Option<Connection>,
    pub(crate) pair: Pair,
}

impl Standing {
    pub(crate) fn now(&self) -> u64 {
        self.pair.now
    }

    /// The instance whose record it is.
    pub(crate) fn local(&self) -> &Instance {
        if self.role == Role::Destination { &self.pair.places.1 } else { &self.pair.places.0 }
    }

    /// The acceptance that this side has made, or taken.
    pub(crate) fn accept(&self) -> Option<&Vec<u8>> {
        let is_known = match self.role {
            Role::Source => {
                let events = self.record.as_ref().map(Connection::events).unwrap_or_default();
                events.iter().any(|event| matches!(event.kind.code(), "activated" | "approval-asked"))
            }
            _ => true,
        };
        self.pair.accept.as_ref().filter(|_| is_known)
    }

    /// The secret that both sides have, or would have.
    pub(crate) fn secret(&self) -> Key {
        self.secret_with(SOURCE_ENTROPY)
    }

    /// The same, if the source confirms with this entropy.
    pub(crate) fn secret_with(&self, seed: Key) -> Key {
        let secret = || {
            let accept = self.pair.accept.clone();
            let accept = accept.unwrap_or_else(|| self.pair.clone().accepted().accept.unwrap());
            let shared = wire::shared(seed, wire::public_key(DESTINATION_ENTROPY));
            let confirm = self.pair.confirm_with(seed);
            self.pair.scene.keys().connection_secret(&accept, &confirm, shared).to_vec()
        };
        remembered(self.pair.origin, "secret", seed, secret).try_into().unwrap()
    }
}

/// Every way into every stage that a record with this role can be in.
pub(crate) fn standings(role: Role) -> Vec<Standing> {
    match role {
        Role::Source => Origin::ALL.into_iter().flat_map(sources).collect(),
        Role::Destination => Origin::ALL.into_iter().flat_map(destinations).collect(),
        Role::Local => locals(),
    }
}

fn sources(origin: Origin) -> Vec<Standing> {
    let pair = || Pair::of(origin);
    let is = |stage, how: &str, pair: Pair| pair.standing(Role::Source, stage, how);
    let late = |mut pair: Pair| {
        pair.now = NOW + 8 * DAY;
        pair
    };
    let mut refused_late = pair().accepted();
    let refused = refused_late.scene.answer_at(
        &refused_late.source,
        refused_late.accept.as_ref().unwrap(),
        NOW + 8 * DAY,
    );
    refused_late.source = refused.into_connection().unwrap();
    let by = ConnectionId::new(now(), entropy(0x77));
    let supersede = move |record: &Connection, moment: Moment| handshake::supersede(record, by, moment);
    let mut turned_down = Pair::unconfirmed(origin);
    let of_a_clone = turned_down.confirm_with([0x45; 32]);
    turned_down = turned_down.concluded(&of_a_clone);
    turned_down.call(Role::Source);

    let mut all = vec![
        Standing { record: None, ..pair().standing(Role::Source, Stage::Pending, "not stored") }.absent(),
        is(Stage::Pending, "initiated", pair()),
        is(Stage::Expired, "too late", late(pair())),
        is(Stage::Expired, "an acceptance was too late, and the clock was set back", refused_late),
        is(Stage::Unconfirmed, "confirmed", Pair::unconfirmed(origin)),
        is(Stage::UnconfirmedOff, "switched off", Pair::unconfirmed(origin).by_source(handshake::deactivate)),
        is(Stage::Closed, "revoked", pair().by_source(handshake::revoke)),
        is(Stage::Closed, "superseded", pair().by_source(supersede)),
        is(Stage::Closed, "declined there without accepting", pair().declined().settled()),
        is(
            Stage::Closed,
            "cancelled there",
            Pair::unconfirmed(origin).by_destination(handshake::cancel).settled(),
        ),
        is(
            Stage::Closed,
            "switched off and cancelled there",
            Pair::unconfirmed(origin)
                .by_source(handshake::deactivate)
                .by_destination(handshake::cancel)
                .settled(),
        ),
        is(Stage::Closed, "turned down", turned_down),
        is(
            Stage::Parted,
            "removed before it was confirmed",
            Pair::unconfirmed(origin).by_source(handshake::remove),
        ),
        is(Stage::Parted, "removed here", Pair::active(origin).by_source(handshake::remove)),
        is(
            Stage::Parted,
            "removed here, which is known there",
            Pair::active(origin).by_source(handshake::remove).settled(),
        ),
        is(Stage::Parted, "removed there", Pair::active(origin).by_destination(handshake::remove).settled()),
    ];
    if origin.asks() {
        let awaiting = || pair().accepted().taken();
        all.extend(vec![
            is(Stage::AwaitingApproval, "accepted", awaiting()),
            is(Stage::AwaitingApproval, "accepted long ago", late(awaiting())),
            is(Stage::Closed, "declined here", awaiting().by_source(handshake::decline)),
            is(
                Stage::Closed,
                "declined here, which is known there",
                awaiting().by_source(handshake::decline).settled(),
            ),
            is(
                Stage::Closed,
                "cancelled there before approval",
                awaiting().by_destination(handshake::cancel).settled(),
            ),
        ]);
    }
    all.extend(linked(origin, Role::Source));
    all
}

/// Both ends agree, seen from this side: on and off in every way, settled or not, and moved or not.
fn linked(origin: Origin, role: Role) -> Vec<Standing> {
    let pair = || Pair::active(origin);
    let here = |pair: Pair| match role {
        Role::Source => pair.by_source(handshake::deactivate),
        _ => pair.by_destination(handshake::deactivate),
    };
    let there = |pair: Pair| match role {
        Role::Source => pair.by_destination(handshake::deactivate).settled(),
        _ => pair.by_source(handshake::deactivate).settled(),
    };
    let stages = vec![
        (Stage::Active, "active", pair()),
        (Stage::OffHere, "off, unknown there", here(pair())),
        (Stage::OffHere, "off, known there", here(pair()).settled()),
        (Stage::OffThere, "off there", there(pair())),
        (Stage::OffBoth, "off both, ours unknown there", here(there(pair()))),
        (Stage::OffBoth, "off both", there(here(pair()))),
    ];
    // A side that cannot be called has no address to move to.
    let can_move = origin != Origin::Fetching || role == Role::Source;
    let moved = stages.clone().into_iter().filter(|_| can_move).map(|(stage, how, pair)| {
        let pair = match role {
            Role::Source => pair.destination_moved(),
            _ => pair.source_moved(),
        };
        pair.standing(role, stage, &format!("{how}, and moved"))
    });
    let stayed = stages.into_iter().map(|(stage, how, pair)| pair.standing(role, stage, how));
    stayed.chain(moved).collect()
}

fn destinations(origin: Origin) -> Vec<Standing> {
    let pair = || Pair::of(origin);
    let is = |stage, how: &str, pair: Pair| pair.standing(Role::Destination, stage, how);
    let accepting = || pair().accepted();
    let waiting = accepting().scene.clone();
    let waiting = Message { kind: 18, records: std::collections::BTreeMap::new() }
        .with(2, waiting.pending.id().as_bytes())
        .with(4, waiting.keys().digest)
        .with(6, wire::digest(accepting().accept.as_ref().unwrap()))
        .seal(&waiting.keys().confirm);
    let unheard = Pair::unconfirmed(origin);
    let confirm = unheard.confirm_with(SOURCE_ENTROPY);
    let mut all = vec![
        Standing { role: Role::Destination, ..pair().standing(Role::Source, Stage::Pending, "unheard of") }
            .absent(),
        is(Stage::Accepting, "accepted", accepting()),
        is(Stage::Accepting, "accepted, and the source has to approve", accepting().concluded(&waiting)),
        is(Stage::Active, "confirmed, unknown there", unheard.concluded(&confirm)),
        is(Stage::Withdrawn, "declined", pair().declined()),
        is(Stage::Withdrawn, "declined, which is known there", pair().declined().settled()),
        is(Stage::Withdrawn, "cancelled", accepting().by_destination(handshake::cancel)),
        is(
            Stage::Withdrawn,
            "cancelled, which is known there",
            accepting().by_destination(handshake::cancel).settled(),
        ),
        is(Stage::Parted, "removed here", Pair::active(origin).by_destination(handshake::remove)),
        is(
            Stage::Parted,
            "removed here, which is known there",
            Pair::active(origin).by_destination(handshake::remove).settled(),
        ),
        is(Stage::Parted, "removed there", Pair::active(origin).by_source(handshake::remove).settled()),
    ];
    let refusals =
        REFUSALS.into_iter().filter(|(refusal, _)| origin == Origin::Plain || *refusal == Refusal::Revoked);
    all.extend(refusals.map(|(refusal, number)| {
        let pair = accepting();
        let refuse = refusal_of(&pair.scene, pair.accept.as_ref().unwrap(), number);
        is(Stage::Closed, &format!("refused: {}", refusal.code()), pair.concluded(&refuse))
    }));
    all.extend(linked(origin, Role::Destination));
    all
}

/// The source's refusal of a message with this number.
pub(crate) fn refusal_of(scene: &Scene, message: &[u8], number: u8) -> Vec<u8> {
    Message { kind: wire::REFUSE, records: std::collections::BTreeMap::new() }
        .with(2, scene.pending.id().as_bytes())
        .with(4, scene.keys().digest)
        .with(6, wire::digest(message))
        .with(18, [number])
        .seal(&scene.keys().confirm)
}

fn locals() -> Vec<Standing> {
    let active = local_connection(ConnectionMode::Script);
    let off = handshake::deactivate(&active, now()).unwrap().into_connection().unwrap();
    let removed = |record| handshake::remove(record, now()).unwrap().into_connection();
    // Messages are made from a code with the same id.
    let pair = Pair::of(Origin::Unbound);
    assert_eq!(pair.source.id(), active.id());
    let is = |stage, how: &str, record: Option<Connection>| {
        assert_eq!(Stage::of(record.as_ref(), now()), stage);
        Standing { how: how.to_owned(), role: Role::Local, stage, record, pair: pair.clone() }
    };
    vec![
        is(Stage::Absent, "not stored", None),
        is(Stage::Closed, "removed", removed(&active)),
        is(Stage::Closed, "removed while off", removed(&off)),
        is(Stage::Active, "initiated", Some(active)),
        is(Stage::OffHere, "switched off", Some(off)),
    ]
}

impl Standing {
    /// The same without a record.
    fn absent(self) -> Self {
        Self { record: None, stage: Stage::Absent, ..self }
    }
}

impl Pair {
    /// A side as it stands, with what messages to it are made of.
    #[track_caller]
    fn standing(self, role: Role, stage: Stage, how: &str) -> Standing {
        let record = if role == Role::Source { Some(self.source.clone()) } else { self.destination.clone() };
        assert_eq!(Stage::of(record.as_ref(), at(self.now)), stage, "{role:?} {how}");
        Standing { how: format!("{how}, {:?}", self.origin), role, stage, record, pair: self }
    }
}
