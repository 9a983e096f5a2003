//! Where a record stands, as finely as the rules need it.

use core::fmt;

use crate::codes::coded;
use crate::connection::{CloseReason, Connection, Role, State};
use crate::offer::Side;
use crate::time::Timestamp;

coded! {
    /// Where a record stands, as finely as the rules of the life cycle need it.
    ///
    /// People are shown a [`Status`](crate::Status), and stores keep a [`Phase`](crate::Phase); both follow from it.
    #[non_exhaustive]
    pub enum Stage {
        /// There is no record.
        Absent = "absent",
        /// Initiated here; nobody has accepted yet.
        Pending = "pending",
        /// Initiated here, and too old to be accepted.
        Expired = "expired",
        /// Initiated here and accepted there; an admin of this side has to approve.
        AwaitingApproval = "awaiting-approval",
        /// Accepted here; the source has not confirmed yet.
        Accepting = "accepting",
        /// The source is active, and does not know yet that the destination is.
        Unconfirmed = "unconfirmed",
        /// The source has switched it off, and does not know yet that the destination is active.
        UnconfirmedOff = "unconfirmed-off",
        /// Both ends agree, and both have it on.
        Active = "active",
        /// This side has it off.
        OffHere = "off-here",
        /// The other side has it off.
        OffThere = "off-there",
        /// Both sides have it off.
        OffBoth = "off-both",
        /// Over before it was active, or by the other side's word.
        Closed = "closed",
        /// Over because the destination declined or cancelled: it says so to whoever asks.
        Withdrawn = "withdrawn",
        /// Over after it was active: it answers reports.
        Parted = "parted",
    }
}

impl Stage {
    /// The stages that a record with this role can be in, [`Absent`](Self::Absent) included.
    #[must_use]
    pub const fn of_role(role: Role) -> &'static [Self] {
        match role {
            Role::Source => &[
                Self::Absent,
                Self::Pending,
                Self::Expired,
                Self::AwaitingApproval,
                Self::Unconfirmed,
                Self::UnconfirmedOff,
                Self::Active,
                Self::OffHere,
                Self::OffThere,
                Self::OffBoth,
                Self::Closed,
                Self::Parted,
            ],
            Role::Destination => &[
                Self::Absent,
                Self::Accepting,
                Self::Active,
                Self::OffHere,
                Self::OffThere,
                Self::OffBoth,
                Self::Closed,
                Self::Withdrawn,
                Self::Parted,
            ],
            Role::Local => &[Self::Absent, Self::Active, Self::OffHere, Self::Closed],
        }
    }

    /// The stage of a record at this time; without one, [`Absent`](Self::Absent).
    #[must_use]
    pub fn of(connection: Option<&Connection>, now: Timestamp) -> Self {
        let Some(connection) = connection else { return Self::Absent };
        match &connection.state {
            State::Pending(pending) if pending.is_expired(now) => Self::Expired,
            State::Pending(_) => Self::Pending,
            State::Awaiting(_) => Self::AwaitingApproval,
            State::Accepting(_) => Self::Accepting,
            State::Linked(link) => {
                match (link.confirmed, link.ledger.ours.switch.is_on(), link.is_on_remotely()) {
                    (false, true, _) => Self::Unconfirmed,
                    (false, false, _) => Self::UnconfirmedOff,
                    (true, true, true) => Self::Active,
                    (true, false, true) => Self::OffHere,
                    (true, true, false) => Self::OffThere,
                    (true, false, false) => Self::OffBoth,
                }
            }
            State::Local { on: true } => Self::Active,
            State::Local { on: false } => Self::OffHere,
            State::Closed(closed) if closed.parted.is_some() => Self::Parted,
            State::Closed(closed) => match (connection.role, closed.reason) {
                (Role::Destination, CloseReason::Declined { by: Side::Local } | CloseReason::Cancelled) => {
                    Self::Withdrawn
                }
                _ => Self::Closed,
            },
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn | Self::Parted)
    }

    /// Whether both ends agree, on or off, as far as this side knows.
    #[must_use]
    pub const fn is_linked(self) -> bool {
        matches!(
            self,
            Self::Unconfirmed
                | Self::UnconfirmedOff
                | Self::Active
                | Self::OffHere
                | Self::OffThere
                | Self::OffBoth
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Absent => "not there",
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::AwaitingApproval => "awaiting approval",
            Self::Accepting => "accepting",
            Self::Unconfirmed => "active, unconfirmed",
            Self::UnconfirmedOff => "deactivated, unconfirmed",
            Self::Active => "active",
            Self::OffHere => "deactivated by this side",
            Self::OffThere => "deactivated by the other side",
            Self::OffBoth => "deactivated by both sides",
            Self::Closed | Self::Withdrawn | Self::Parted => "closed",
        })
    }
}
