//! What a connection is, where it stands, and why it ended.

use core::fmt;

use serde::Serialize;

use crate::codes::coded;
use crate::records::Value;

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

coded! {
    /// How the two sides reach each other. It follows from who can be called, and is never sent.
    #[expect(clippy::exhaustive_enums, reason = "the three cases cover all instances")]
    pub enum ConnectionKind {
        /// Both ends are the same instance.
        Local = "local",
        /// Both sides can be called.
        Public = "public",
        /// One side only calls.
        Private = "private",
    }
}

coded! {
    /// Where a stored record stands, whatever the time: what stores keep beside it and filter by.
    #[non_exhaustive]
    pub enum Phase {
        /// Initiated here; nobody has accepted yet.
        Pending = "pending",
        /// Accepted here; the source has not answered yet.
        Accepting = "accepting",
        /// Both ends agree.
        Active = "active",
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
    /// Accepted here; the source has not answered yet. A refresh asks again.
    Accepting,
    /// Both ends agree.
    Active {
        /// Whether the other side is known to know it. A source learns that with the first report.
        confirmed: bool,
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
    /// Whether both ends agree, confirmed or not.
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
            Self::Accepting => "accepting",
            Self::Active { .. } => "active",
            Self::Closed { .. } => "closed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::Expired => "Expired",
            Self::Accepting => "Accepting",
            Self::Active { confirmed: true } => "Active",
            Self::Active { confirmed: false } => "Active (unconfirmed)",
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
}

impl CloseReason {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { refusal } => write!(f, "the source refused: {refusal}"),
        }
    }
}

coded! {
    /// Why a source refuses an acceptance. Final: the same acceptance is never confirmed.
    #[non_exhaustive]
    pub enum Refusal {
        /// Another acceptance was first.
        AlreadyAccepted = "already-accepted",
        /// The acceptance is of a code that is not the one the source gave out.
        AlteredCode = "altered-code",
        /// The code was made for another instance.
        WrongRecipient = "wrong-recipient",
        /// The source has found the destination at another address than the acceptance names.
        OtherAddress = "other-address",
        /// The connection's mode is not possible with what the acceptance says: Visual needs a public node.
        ModeNotPossible = "mode-not-possible",
        /// An address in the acceptance is one that the source does not call.
        AddressNotPermitted = "address-not-permitted",
        /// There is no protocol version in common.
        NoCommonProtocol = "no-common-protocol",
        /// The acceptance came too late.
        Expired = "expired",
        /// The acceptance's public key is none that a secret can be made with.
        UnusableKey = "unusable-key",
        /// A reason that only a newer version of this crate knows.
        Other = "other",
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AlreadyAccepted => "the invitation is already accepted; ask for a new one",
            Self::AlteredCode => "the code was changed on its way; ask for it again, by another way",
            Self::WrongRecipient => {
                "the invitation was made for another instance; accept it there, or ask for a new one"
            }
            Self::AddressNotPermitted => {
                "the source does not call the address of this instance; its admin must permit it"
            }
            Self::NoCommonProtocol => "the two sides have no protocol version in common; update one of them",
            Self::Expired => "the invitation has expired; ask for a new one",
            Self::OtherAddress => {
                "the source knows this instance at another address; ask for a new invitation for the present one"
            }
            Self::ModeNotPossible => "this mode needs a node that can be called; ask for an invitation in another mode",
            Self::UnusableKey => "the acceptance has an unusable key; ask for a new invitation",
            Self::Other => "for a reason that only a newer version knows; update this side",
        })
    }
}

/// The numbers of DESIGN.md's table of refusals.
impl Value for Refusal {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::AlreadyAccepted => 1,
            Self::AlteredCode => 2,
            Self::WrongRecipient => 3,
            Self::AddressNotPermitted => 4,
            Self::NoCommonProtocol => 5,
            Self::Expired => 6,
            Self::UnusableKey => 7,
            Self::OtherAddress => 8,
            Self::ModeNotPossible => 9,
            Self::Other => u8::MAX,
        });
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        u8::read(bytes).map(|number| match number {
            1 => Self::AlreadyAccepted,
            2 => Self::AlteredCode,
            3 => Self::WrongRecipient,
            4 => Self::AddressNotPermitted,
            5 => Self::NoCommonProtocol,
            6 => Self::Expired,
            7 => Self::UnusableKey,
            8 => Self::OtherAddress,
            9 => Self::ModeNotPossible,
            _ => Self::Other,
        })
    }
}
