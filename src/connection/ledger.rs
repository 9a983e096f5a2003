//! What each side has told the other of its state, and what it has heard.

use super::Role;
use crate::crypto::{Digest, hash};
use crate::instance::{Instance, InstanceUid, InstanceUrl};
use crate::time::Timestamp;

/// What a side says of itself in a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Switch {
    On,
    Off,
    Removed,
}

impl Switch {
    pub(crate) const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }

    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::On => 1,
            Self::Off => 2,
            Self::Removed => 3,
        }
    }

    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::On),
            2 => Some(Self::Off),
            3 => Some(Self::Removed),
            _ => None,
        }
    }
}

/// Both sides' states, as far as this side knows that the other knows.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) ours: Announced,
    /// `None` before the first report.
    pub(crate) theirs: Option<Heard>,
}

/// This side's state, as its reports say it.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    pub(crate) switch: Switch,
    /// Counts the changes of this state: the larger of the one before + 1 and the time in milliseconds. Not 0, which
    /// stands for "none seen".
    pub(crate) sequence: u64,
    pub(crate) uid: InstanceUid,
    /// Present exactly when the instance is public.
    pub(crate) node_url: Option<InstanceUrl>,
    /// Whether the other side is known to know this state.
    pub(crate) acknowledged: bool,
}

/// The other side's state, as its last report said it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) switch: Switch,
    pub(crate) sequence: u64,
    /// Covers the whole state: the same sequence with another one means that there are two of it.
    pub(crate) fingerprint: Digest,
}

impl Ledger {
    /// At the beginning. A confirmation says that the source is active, so it needs no report for that.
    pub(crate) fn open(role: Role, local: &Instance, now: Timestamp) -> Self {
        let ours = Announced {
            switch: Switch::On,
            sequence: now.as_millis().max(1),
            uid: local.uid().clone(),
            node_url: local.callable_url().cloned(),
            acknowledged: role == Role::Source,
        };
        Self { ours, theirs: None }
    }

    /// The highest number heard from the other side; 0 before the first report.
    pub(crate) fn seen(&self) -> u64 {
        self.theirs.as_ref().map_or(0, |heard| heard.sequence)
    }

    /// With this side's state changed.
    pub(crate) fn switched(&self, switch: Switch, now: Timestamp) -> Self {
        let ours = Announced { switch, ..self.ours.changed(now) };
        Self { ours, theirs: self.theirs.clone() }
    }

    /// With what this side says of its instance brought up to date; `None` if it is.
    pub(crate) fn announcing(&self, local: &Instance, now: Timestamp) -> Option<Self> {
        let (uid, node_url) = (local.uid(), local.callable_url());
        let is_same = self.ours.uid == *uid && self.ours.node_url.as_ref() == node_url;
        (!is_same).then(|| {
            let ours = Announced { uid: uid.clone(), node_url: node_url.cloned(), ..self.ours.changed(now) };
            Self { ours, theirs: self.theirs.clone() }
        })
    }
}

impl Announced {
    fn changed(&self, now: Timestamp) -> Self {
        let sequence = self.sequence.saturating_add(1).max(now.as_millis());
        Self { sequence, acknowledged: false, ..self.clone() }
    }
}

/// The digest of a side's state as a report says it.
pub(crate) fn fingerprint(switch: Switch, uid: &InstanceUid, node_url: Option<&InstanceUrl>) -> Digest {
    let url = node_url.map_or("", InstanceUrl::as_str);
    hash("state", &[&[switch.number()], uid.as_str().as_bytes(), url.as_bytes()])
}
