//! The rules: one table. Changing when a mode is offered is changing a row.

use super::{Destination, Reason, ReasonKind, Side};
use crate::instance::{Capabilities, Instance, ProtocolVersions};
use crate::mode::{ConnectionMode, ModeSet};

/// What the rules may look at: this side, and the other as far as it is known.
pub(crate) struct Facts<'a> {
    local: &'a Instance,
    other: Other,
    /// Which side is the source.
    source: Side,
    /// Whether people carry the messages where neither side can call the other.
    hand_relay: bool,
    /// Whether the source knows the destination by its URL.
    destination_known: bool,
}

/// The other side.
pub(crate) enum Other {
    /// This very instance.
    Same,
    /// Nothing is known about it.
    Unknown,
    /// What is known about it.
    Known {
        /// `None`: it has chosen the mode itself, so it supports it.
        capabilities: Option<Capabilities>,
        public: bool,
        protocol: ProtocolVersions,
    },
}

impl<'a> Facts<'a> {
    /// As the source sees them.
    pub(crate) fn of_source(local: &'a Instance, destination: &Destination, hand_relay: bool) -> Self {
        let other = match destination {
            Destination::Unknown => Other::Unknown,
            Destination::Local => Other::Same,
            Destination::Remote(remote) => Other::Known {
                capabilities: Some(remote.platform().capabilities()),
                public: remote.is_public(),
                protocol: remote.protocol(),
            },
        };
        let destination_known = !matches!(other, Other::Unknown);
        Self { local, other, source: Side::Local, hand_relay, destination_known }
    }

    /// As whoever is asked to accept sees them. Who could not call was the source's to judge: a code without an
    /// address is relayed by hand, or the source fetches.
    pub(crate) fn of_acceptor(local: &'a Instance, source: Other, destination_known: bool) -> Self {
        Self { local, other: source, source: Side::Remote, hand_relay: true, destination_known }
    }

    fn is_same(&self) -> bool {
        matches!(self.other, Other::Same)
    }

    /// Whether the other side can be called; an unknown one is not known to be.
    fn other_is_public(&self) -> Option<bool> {
        match self.other {
            Other::Known { public, .. } => Some(public),
            Other::Same | Other::Unknown => None,
        }
    }
}

/// Every reason why the mode is not to be had.
pub(crate) fn reasons(mode: ConnectionMode, facts: &Facts<'_>) -> Vec<Reason> {
    RULES
        .iter()
        .filter(|rule| rule.modes.contains(mode))
        .filter_map(|rule| (rule.broken_by)(mode, facts).map(|side| Reason { kind: rule.kind, side }))
        .collect()
}

struct Rule {
    kind: ReasonKind,
    /// The modes it applies to.
    modes: ModeSet,
    /// The side that breaks it, if one does.
    broken_by: fn(ConnectionMode, &Facts<'_>) -> Option<Side>,
}

const VISUAL: ModeSet = ModeSet::NONE.with(ConnectionMode::Visual);
const LICENSED: ModeSet = VISUAL.with(ConnectionMode::Script);

const RULES: &[Rule] = &[
    Rule {
        kind: ReasonKind::PlatformLacksMode,
        modes: ModeSet::ALL,
        broken_by: |mode, facts| {
            let lacks = |capabilities: Capabilities| !capabilities.modes.contains(mode);
            let other_lacks = match facts.other {
                Other::Known { capabilities, .. } => capabilities.is_some_and(lacks),
                Other::Same | Other::Unknown => false,
            };
            sides(lacks(facts.local.platform().capabilities()), other_lacks)
        },
    },
    Rule {
        kind: ReasonKind::NotLicensed,
        modes: LICENSED,
        broken_by: |mode, facts| sides(!facts.local.licences().contains(mode), false),
    },
    Rule {
        kind: ReasonKind::DestinationUnknown,
        modes: VISUAL,
        broken_by: |_, facts| {
            let destination = if facts.source == Side::Local { Side::Remote } else { Side::Local };
            (!facts.destination_known).then_some(destination)
        },
    },
    Rule {
        kind: ReasonKind::NotPublic,
        modes: VISUAL,
        broken_by: |_, facts| {
            let local = !facts.is_same() && !facts.local.is_public();
            sides(local, facts.other_is_public() == Some(false))
        },
    },
    Rule {
        kind: ReasonKind::LocalUnsupported,
        modes: ModeSet::ALL,
        broken_by: |_, facts| sides(facts.is_same() && !facts.local.platform().capabilities().local, false),
    },
    Rule {
        // The destination calls the source, or the source fetches from a destination that it knows.
        kind: ReasonKind::NobodyCanCall,
        modes: ModeSet::ALL,
        broken_by: |_, facts| {
            let other = facts.other_is_public();
            let somebody = facts.is_same() || facts.local.is_public() || other == Some(true);
            sides(!somebody && !facts.hand_relay, !somebody && !facts.hand_relay && other == Some(false))
        },
    },
    Rule {
        kind: ReasonKind::NoCommonProtocol,
        modes: ModeSet::ALL,
        broken_by: |_, facts| {
            let ours = facts.local.spoken_versions();
            match (ours, &facts.other) {
                (None, _) => Some(Side::Local),
                (Some(_), Other::Same | Other::Unknown) => None,
                (Some(ours), Other::Known { protocol, .. }) => {
                    ours.common(*protocol).is_none().then_some(Side::Both)
                }
            }
        },
    },
];

fn sides(local: bool, other: bool) -> Option<Side> {
    match (local, other) {
        (true, true) => Some(Side::Both),
        (true, false) => Some(Side::Local),
        (false, true) => Some(Side::Remote),
        (false, false) => None,
    }
}
