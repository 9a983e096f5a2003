//! Why a source refuses an acceptance: the code, the number on the wire, and who can do something about it.

use core::fmt;

use super::WhoActs;
use crate::codes::coded;
use crate::records::Value;

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
        /// The destination itself has declined or cancelled: what its withdrawal is acknowledged with.
        Withdrawn = "withdrawn",
        /// The source's admin took the invitation back.
        Revoked = "revoked",
        /// A newer invitation took this one's place.
        Superseded = "superseded",
        /// The source's admin did not approve.
        Declined = "declined",
        /// The source's admin removed the connection.
        Removed = "removed",
        /// A reason that only a newer version of this crate knows.
        Other = "other",
    }
}

impl Refusal {
    /// Who has to act, so that the two sides get connected after all.
    ///
    /// A refusal is final, so it takes a new invitation, and that is the source's to give: except where there is one
    /// already, or only this side's update would tell.
    #[must_use]
    pub const fn who_acts(self) -> WhoActs {
        match self {
            Self::Superseded | Self::Other => WhoActs::DestinationAdmin,
            _ => WhoActs::SourceAdmin,
        }
    }

    /// Whether the same acceptance, sent again, may be confirmed: never.
    #[must_use]
    pub const fn retry_helps(self) -> bool {
        false
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
            Self::ModeNotPossible => {
                "this mode needs a node that can be called; ask for an invitation in another mode"
            }
            Self::UnusableKey => "the acceptance has an unusable key; ask for a new invitation",
            Self::Withdrawn => "this side has withdrawn; ask for a new invitation",
            Self::Revoked => "the invitation was revoked; ask for a new one",
            Self::Superseded => "a newer invitation took its place; accept that one",
            Self::Declined => "the other side's admin declined; ask for a new invitation",
            Self::Removed => "the other side's admin removed the connection; ask for a new invitation",
            Self::Other => "for a reason that only a newer version knows; update this side",
        })
    }
}

/// The numbers of DESIGN.md's table of refusals. 8 was never used by a released version, and stays unused.
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
            Self::ModeNotPossible => 9,
            Self::Withdrawn => 10,
            Self::Revoked => 11,
            Self::Superseded => 12,
            Self::Declined => 13,
            Self::Removed => 14,
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
            9 => Self::ModeNotPossible,
            10 => Self::Withdrawn,
            11 => Self::Revoked,
            12 => Self::Superseded,
            13 => Self::Declined,
            14 => Self::Removed,
            _ => Self::Other,
        })
    }
}
