//! What happened to a connection, as data: numbered, with who and when, and without secrets.

use core::fmt;

use serde::Serialize;

use super::Refusal;
use crate::time::{Actor, Moment, Timestamp};

/// One thing that happened to a connection.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Its number within the connection, from 1 on without gaps: a host that copies events out knows by
    /// it what it has.
    pub number: u64,
    /// When it happened, by this side's clock.
    pub at: Timestamp,
    /// Who made it happen.
    pub actor: Actor,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen to a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// It was initiated here.
    Initiated,
    /// An invitation was accepted here.
    Accepted,
    /// It became active.
    Activated,
    /// The other side is known to have become active too.
    Confirmed,
    /// An acceptance was refused because it came too late: the invitation stays expired for ever.
    ExpiredRefused,
    /// The source refused the acceptance, and the connection is closed.
    Refused {
        /// With this reason.
        refusal: Refusal,
    },
    /// Somebody who holds the code tried to accept it after another had. A **security event**: the code
    /// has leaked, or was passed on.
    SecondAcceptor {
        /// Whether it says it is the instance that has accepted. If so, its store was probably set back,
        /// or the instance was cloned.
        same_instance: bool,
    },
}

impl EventKind {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Accepted => "accepted",
            Self::Activated => "activated",
            Self::Confirmed => "confirmed",
            Self::ExpiredRefused => "expired-refused",
            Self::Refused { .. } => "refused",
            Self::SecondAcceptor { .. } => "second-acceptor",
        }
    }

    /// Whether it is one that somebody responsible for security should see.
    #[must_use]
    pub const fn is_security(self) -> bool {
        matches!(self, Self::SecondAcceptor { .. })
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Initiated => f.pad("initiated"),
            Self::Accepted => f.pad("invitation accepted"),
            Self::Activated => f.pad("activated"),
            Self::Confirmed => f.pad("confirmed by the other side"),
            Self::ExpiredRefused => f.pad("an acceptance came too late"),
            Self::Refused { refusal } => write!(f, "refused by the source: {refusal}"),
            Self::SecondAcceptor { same_instance: true } => f.pad("the same instance accepted a second time"),
            Self::SecondAcceptor { same_instance: false } => f.pad("another instance tried to accept"),
        }
    }
}

/// The last events of a connection, kept in its record so that they are written with the change.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    /// How many there were before those that are kept.
    pub(super) dropped: u64,
    pub(super) kept: Vec<Event>,
}

impl EventLog {
    /// How many events a record keeps.
    pub(crate) const KEPT: usize = 32;

    /// Adds an event, and gives it.
    pub(crate) fn record(&mut self, moment: &Moment, kind: EventKind) -> Event {
        let number = self.last_number() + 1;
        let event = Event { number, at: moment.at(), actor: moment.actor().clone(), kind };
        if self.kept.len() == Self::KEPT {
            // There are 32, so there is a first one.
            self.kept.remove(0);
            self.dropped += 1;
        }
        self.kept.push(event.clone());
        event
    }

    pub(crate) fn as_slice(&self) -> &[Event] {
        &self.kept
    }

    pub(super) fn last_number(&self) -> u64 {
        self.kept.last().map_or(self.dropped, |event| event.number)
    }
}
