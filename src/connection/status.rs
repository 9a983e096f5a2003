//! What a connection is, where it stands, and why it ended.

use core::fmt;

use serde::Serialize;

use super::{ConnectionId, Refusal};
use crate::codes::coded;
use crate::offer::Side;

coded! {
    /// Which side this is. It says nothing about authority: it does not matter which side starts.
    #[expect(clippy::exhaustive_enums, reason = "a connection has two ends, or one")]
    pub enum Role {
        /// This side initiated.
        Source = "source",
        /// This side accepted.
        Destination = "destination",
        /// This side is both ends.
        Local = "local",
    }
}

impl Role {
    /// The role of the other side; a local connection has none but itself.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
            Self::Local => Self::Local,
        }
    }
}

coded! {
    /// How the two sides reach each other. It follows from who can be called, and is never sent.
    #[expect(clippy::exhaustive_enums, reason = "the three cases cover all instances")]
    pub enum ConnectionKind {
        /// Both ends are the same instance.
        Local = "local",
        /// Both sides can be called.
        Public = "public",
        /// One side only calls, or neither can.
        Private = "private",
    }
}

coded! {
    /// Where a stored record stands, whatever the time: what stores keep beside it and filter by.
    #[non_exhaustive]
    pub enum Phase {
        /// Initiated here; nobody has accepted yet.
        Pending = "pending",
        /// Initiated here and accepted there; an admin of this side has to approve.
        AwaitingApproval = "awaiting-approval",
        /// Accepted here; the source has not answered yet.
        Accepting = "accepting",
        /// Both ends agree, and both have it on.
        Active = "active",
        /// Both ends agree, and a side has it off.
        Deactivated = "deactivated",
        /// Over.
        Closed = "closed",
    }
}

/// Where a connection stands, as it is shown.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// Initiated here; nobody has accepted yet.
    Pending,
    /// Initiated here, and too old to be accepted.
    Expired,
    /// Initiated here and accepted there: an admin of this side has to approve, or to decline.
    AwaitingApproval,
    /// Accepted here; the source has not confirmed yet. A refresh asks again.
    Accepting {
        /// Whether the source has said that its admin has to approve first.
        waiting: bool,
    },
    /// Both ends agree.
    Active {
        /// Whether the other side is known to know it. A source learns that with the first report.
        confirmed: bool,
    },
    /// Both ends agree, and it is switched off until every side that has switched it off switches it on again.
    Deactivated {
        /// Who has switched it off.
        by: Side,
    },
    /// Over; only a new invitation connects the two sides again.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

impl ConnectionKind {
    /// The kind of a connection between two instances, by whether each can be called.
    pub(crate) const fn between(source_is_public: bool, destination_is_public: bool) -> Self {
        if source_is_public && destination_is_public { Self::Public } else { Self::Private }
    }
}

impl Status {
    /// Whether both ends agree and have it on, confirmed or not.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active { .. })
    }

    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::AwaitingApproval => "awaiting-approval",
            Self::Accepting { .. } => "accepting",
            Self::Active { .. } => "active",
            Self::Deactivated { .. } => "deactivated",
            Self::Closed { .. } => "closed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::Expired => "Expired",
            Self::AwaitingApproval => "Awaiting approval",
            Self::Accepting { waiting: false } => "Accepting",
            Self::Accepting { waiting: true } => "Accepting (the other side has to approve)",
            Self::Active { confirmed: true } => "Active",
            Self::Active { confirmed: false } => "Active (unconfirmed)",
            Self::Deactivated { by: Side::Local } => "Deactivated by this side",
            Self::Deactivated { by: Side::Remote } => "Deactivated by the other side",
            Self::Deactivated { by: Side::Both } => "Deactivated by both sides",
            Self::Closed { .. } => "Closed",
        })
    }
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CloseReason {
    /// The source has refused the acceptance.
    Refused {
        /// With this reason.
        refusal: Refusal,
    },
    /// The source's admin took the invitation back before anybody accepted.
    Revoked,
    /// Another invitation took this one's place.
    Superseded {
        /// The connection that the other invitation is for.
        by: ConnectionId,
    },
    /// An admin said no: to an invitation (destination), or to who accepted it (source).
    Declined {
        /// On this side, or on the other.
        by: Side,
    },
    /// The destination's admin gave up waiting for the source.
    Cancelled,
    /// An admin removed it.
    Removed {
        /// On this side, or on the other.
        by: Side,
    },
    /// The destination says that another source has confirmed its acceptance: this one, or the other, was cloned
    /// or set back.
    AlreadyConfirmed,
}

impl CloseReason {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Revoked => "revoked",
            Self::Superseded { .. } => "superseded",
            Self::Declined { .. } => "declined",
            Self::Cancelled => "cancelled",
            Self::Removed { .. } => "removed",
            Self::AlreadyConfirmed => "already-confirmed",
        }
    }

    /// What a source answers to acceptances once it is over for this reason.
    pub(crate) const fn refusal(self) -> Refusal {
        match self {
            Self::Refused { refusal } => refusal,
            Self::Revoked => Refusal::Revoked,
            Self::Superseded { .. } => Refusal::Superseded,
            Self::Declined { by: Side::Local } => Refusal::Declined,
            Self::Removed { .. } => Refusal::Removed,
            Self::Declined { .. } | Self::Cancelled | Self::AlreadyConfirmed => Refusal::Withdrawn,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { refusal } => write!(f, "the source refused: {refusal}"),
            Self::Revoked => f.pad("the invitation was revoked"),
            Self::Superseded { .. } => f.pad("a newer invitation took its place"),
            Self::Declined { by } => write!(f, "declined by {by}"),
            Self::Cancelled => f.pad("cancelled before the source had confirmed"),
            Self::Removed { by } => write!(f, "removed by {by}"),
            Self::AlreadyConfirmed => f.pad("the destination has confirmed with another source"),
        }
    }
}

coded! {
    /// Who has to do something, so that something that did not work will.
    #[expect(clippy::exhaustive_enums, reason = "a connection has two sides, or time helps")]
    pub enum WhoActs {
        /// An admin of the side that initiated.
        SourceAdmin = "source-admin",
        /// An admin of the side that accepts.
        DestinationAdmin = "destination-admin",
        /// Nobody: the same again, later, will do.
        Nobody = "nobody",
    }
}

impl WhoActs {
    /// The admin of the side with this role.
    pub(crate) const fn admin_of(role: Role) -> Self {
        match role {
            Role::Source | Role::Local => Self::SourceAdmin,
            Role::Destination => Self::DestinationAdmin,
        }
    }
}
