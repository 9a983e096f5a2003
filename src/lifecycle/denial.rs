//! Why a decision cannot be carried out, who has to act, and whether trying again helps.

use core::fmt;

use super::{Stage, Trigger};
use crate::codes::coded;
use crate::connection::{Role, WhoActs};
use crate::flat::flat;

coded! {
    /// Why somebody's decision cannot be carried out.
    #[non_exhaustive]
    pub enum Denial {
        /// There is no such connection.
        Missing = "missing",
        /// There is one already.
        Exists = "exists",
        /// This instance has issued the invitation itself.
        OwnInvitation = "own-invitation",
        /// Only the side that initiated can do that.
        NotTheSource = "not-the-source",
        /// Only the side that accepted can do that.
        NotTheDestination = "not-the-destination",
        /// A connection of an instance with itself has no other side.
        LocalConnection = "local-connection",
        /// Nobody has accepted yet.
        NotAccepted = "not-accepted",
        /// Somebody has accepted, and it has to be approved or declined first.
        AwaitingApproval = "awaiting-approval",
        /// It is active already.
        AlreadyActive = "already-active",
        /// It is not active yet.
        NotActive = "not-active",
        /// It is over.
        AlreadyClosed = "already-closed",
        /// It is not over yet.
        StillOpen = "still-open",
        /// The other side does not say that it has moved there.
        NothingMoved = "nothing-moved",
        /// The policy forbids the other side's new address.
        AddressNotPermitted = "address-not-permitted",
        /// It was closed less than 30 days ago.
        TooEarly = "too-early",
        /// The other side does not know yet that it is over.
        Unacknowledged = "unacknowledged",
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "there is no such connection",
            Self::Exists => "the connection exists already",
            Self::OwnInvitation => {
                "this instance has issued the invitation itself; send it to the other side"
            }
            Self::NotTheSource => "only the side that initiated can do that",
            Self::NotTheDestination => "only the side that accepted can do that",
            Self::LocalConnection => "a connection of an instance with itself has no other side",
            Self::NotAccepted => "nobody has accepted yet; wait, or revoke the invitation",
            Self::AwaitingApproval => "somebody has accepted; approve or decline that first",
            Self::AlreadyActive => "the connection is active already; deactivate or remove it instead",
            Self::NotActive => "the connection is not active yet",
            Self::AlreadyClosed => "the connection is over; connect anew with a new invitation",
            Self::StillOpen => "the connection is not over; remove it first",
            Self::NothingMoved => "the other side does not say that it has moved there",
            Self::AddressNotPermitted => "the other side's new address is not permitted; permit it first",
            Self::TooEarly => "the connection was closed less than 30 days ago; its record still answers",
            Self::Unacknowledged => {
                "the other side does not know yet that the connection is over; refresh first"
            }
        })
    }
}

/// A decision that cannot be carried out: what, where the record stands, and why. Nothing has changed.
///
/// Serialised, it is the flat structure `code` (the denial's), `message`, `trigger`, `role` and `stage`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{denial}")]
#[non_exhaustive]
pub struct NotPossible {
    /// What was wanted.
    pub trigger: Trigger,
    /// The role of this side.
    pub role: Role,
    /// Where the record stands.
    pub stage: Stage,
    /// Why it cannot be.
    pub denial: Denial,
}

flat! { NotPossible {
    Self { trigger, role, stage, .. } => { trigger, role, stage },
} }

impl NotPossible {
    pub(crate) const fn new(trigger: Trigger, role: Role, stage: Stage, denial: Denial) -> Self {
        Self { trigger, role, stage, denial }
    }

    /// The stable kebab-case name of why.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.denial.code()
    }

    /// Who has to act before it can be done, or do something else instead.
    #[must_use]
    pub const fn who_acts(&self) -> WhoActs {
        match (self.denial, self.stage) {
            (Denial::TooEarly | Denial::Unacknowledged, _) => WhoActs::Nobody,
            // Pending becomes active when somebody accepts, and expired does not; the rest is the source's to confirm or
            // approve.
            (Denial::NotTheDestination, _) | (Denial::NotAccepted | Denial::NotActive, Stage::Pending) => {
                WhoActs::DestinationAdmin
            }
            (
                Denial::NotTheSource | Denial::AwaitingApproval | Denial::NotAccepted | Denial::NotActive,
                _,
            ) => WhoActs::SourceAdmin,
            _ => WhoActs::admin_of(self.role),
        }
    }

    /// Whether the same decision may be possible later, without anybody deciding something else here.
    #[must_use]
    pub const fn retry_helps(&self) -> bool {
        match self.denial {
            Denial::TooEarly | Denial::Unacknowledged => true,
            Denial::NotAccepted | Denial::NotActive => !matches!(self.stage, Stage::Expired),
            _ => false,
        }
    }
}
