//! What happened to a connection, as data: numbered, with who and when, and without secrets.

use core::fmt;

use serde::Serialize;

use super::{ConnectionId, Refusal};
use crate::offer::Side;
use crate::time::{Actor, Moment, Timestamp};

/// One thing that happened to a connection.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// To which connection.
    pub connection: ConnectionId,
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

/// What can happen to a connection. Who did it is the event's [`actor`](Event::actor): an admin of this side, the
/// other side, or the program.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// It was initiated here.
    Initiated,
    /// It was initiated here in the place of another invitation.
    Reissued {
        /// The one whose place it took.
        from: ConnectionId,
    },
    /// An invitation was accepted here.
    Accepted,
    /// The source has said that its admin has to approve.
    Waiting,
    /// An acceptance came, and an admin of this side has to approve.
    ApprovalAsked {
        /// Whether it names another address than the one at which the destination was found.
        other_address: bool,
    },
    /// An admin approved.
    Approved,
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
    /// The invitation was revoked.
    Revoked,
    /// Another invitation took its place.
    Superseded {
        /// The connection that the other invitation is for.
        by: ConnectionId,
    },
    /// An admin said no: to the invitation, or to who accepted it.
    Declined,
    /// The destination's admin gave up waiting for the source.
    Cancelled,
    /// A side switched it off.
    Deactivated,
    /// A side switched it on again.
    Reactivated,
    /// The name on this side was changed.
    Renamed,
    /// The description on this side was changed.
    Described,
    /// An admin removed it.
    Removed,
    /// The other side is known to know that it is over.
    Told,
    /// Somebody who holds the code tried to accept it after another had. A **security event**: the code
    /// has leaked, or was passed on.
    SecondAcceptor {
        /// Whether it says it is the instance that has accepted. If so, its store was probably set back,
        /// or the instance was cloned.
        same_instance: bool,
    },
    /// A second source confirmed the acceptance after another had. A **security event**: the source was cloned, or
    /// its store set back.
    SecondSource,
    /// The destination says that it has confirmed with another source, and the connection is closed. A **security
    /// event**: this source, or the other, was cloned or set back.
    AlreadyConfirmed,
    /// The other side seems to exist twice. A **security event**.
    Cloned,
    /// A store was set back to an earlier state. A **security event**: two sides that are out of step believe
    /// different things.
    OutOfStep {
        /// Whose.
        side: Side,
    },
    /// The other side says that it has another address. A **security event** until an admin confirms it: it may be a
    /// clone.
    Moved,
    /// An admin confirmed the other side's new address.
    MoveConfirmed,
}

impl EventKind {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Reissued { .. } => "reissued",
            Self::Accepted => "accepted",
            Self::Waiting => "waiting",
            Self::ApprovalAsked { .. } => "approval-asked",
            Self::Approved => "approved",
            Self::Activated => "activated",
            Self::Confirmed => "confirmed",
            Self::ExpiredRefused => "expired-refused",
            Self::Refused { .. } => "refused",
            Self::Revoked => "revoked",
            Self::Superseded { .. } => "superseded",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
            Self::Renamed => "renamed",
            Self::Described => "described",
            Self::Removed => "removed",
            Self::Told => "told",
            Self::SecondAcceptor { .. } => "second-acceptor",
            Self::SecondSource => "second-source",
            Self::AlreadyConfirmed => "already-confirmed",
            Self::Cloned => "cloned",
            Self::OutOfStep { .. } => "out-of-step",
            Self::Moved => "moved",
            Self::MoveConfirmed => "move-confirmed",
        }
    }

    /// Whether it is one that somebody responsible for security should see.
    #[must_use]
    pub const fn is_security(self) -> bool {
        matches!(
            self,
            Self::SecondAcceptor { .. }
                | Self::SecondSource
                | Self::AlreadyConfirmed
                | Self::Cloned
                | Self::OutOfStep { .. }
                | Self::Moved
        )
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Initiated => f.pad("initiated"),
            Self::Reissued { .. } => f.pad("initiated anew in the place of another invitation"),
            Self::Accepted => f.pad("invitation accepted"),
            Self::Waiting => f.pad("the other side has to approve"),
            Self::ApprovalAsked { other_address: false } => f.pad("accepted; to be approved here"),
            Self::ApprovalAsked { other_address: true } => {
                f.pad("accepted from another address than expected; to be approved here")
            }
            Self::Approved => f.pad("approved"),
            Self::Activated => f.pad("activated"),
            Self::Confirmed => f.pad("confirmed by the other side"),
            Self::ExpiredRefused => f.pad("an acceptance came too late"),
            Self::Refused { refusal } => write!(f, "refused by the source: {refusal}"),
            Self::Revoked => f.pad("invitation revoked"),
            Self::Superseded { .. } => f.pad("replaced by a newer invitation"),
            Self::Declined => f.pad("declined"),
            Self::Cancelled => f.pad("cancelled"),
            Self::Deactivated => f.pad("deactivated"),
            Self::Reactivated => f.pad("activated again"),
            Self::Renamed => f.pad("renamed"),
            Self::Described => f.pad("description changed"),
            Self::Removed => f.pad("removed"),
            Self::Told => f.pad("the other side knows that it is over"),
            Self::SecondAcceptor { same_instance: true } => f.pad("the same instance accepted a second time"),
            Self::SecondAcceptor { same_instance: false } => f.pad("another instance tried to accept"),
            Self::SecondSource => f.pad("a second source confirmed"),
            Self::AlreadyConfirmed => f.pad("the destination has confirmed with another source"),
            Self::Cloned => f.pad("the other side seems to exist twice"),
            Self::OutOfStep { side } => write!(f, "the store of {side} was set back"),
            Self::Moved => f.pad("the other side says it has another address"),
            Self::MoveConfirmed => f.pad("the other side's new address was confirmed"),
        }
    }
}

/// The last events of a connection, kept in its record so that they are written with the change.
#[derive(Clone, Debug)]
pub(crate) struct EventLog {
    pub(super) connection: ConnectionId,
    /// How many there were before those that are kept.
    pub(super) dropped: u64,
    pub(super) kept: Vec<Event>,
}

impl EventLog {
    /// How many events a record keeps.
    pub(crate) const KEPT: usize = 32;

    /// The log of a connection to which nothing has happened yet.
    pub(crate) const fn of(connection: ConnectionId) -> Self {
        Self { connection, dropped: 0, kept: Vec::new() }
    }

    /// Adds an event, and gives it.
    pub(crate) fn record(&mut self, moment: &Moment, kind: EventKind) -> Event {
        let number = self.last_number() + 1;
        let event = Event {
            connection: self.connection,
            number,
            at: moment.at(),
            actor: moment.actor().clone(),
            kind,
        };
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
