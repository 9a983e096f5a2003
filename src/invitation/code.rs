//! The code as text, and every way in which a text can fail to be one.

use core::fmt;

use zeroize::Zeroizing;

use super::armor::Armor;
use super::{Invitation, InvitationField, LooksLike};
use crate::flat::flat;

/// An invitation code: the text that one admin hands to the other. **Whoever holds it can accept.**
///
/// It is at most 10,938 ASCII characters, usually some 250. `Debug` does not show it, and there is no
/// `Display` and no serde: showing it takes [`expose`](Self::expose). It is wiped from memory when dropped.
#[derive(Clone)]
pub struct InvitationCode(Zeroizing<String>);

impl InvitationCode {
    /// The most bytes of text that are read: 16 KiB. More is refused before anything is decoded.
    pub const MAX_READ_BYTES: usize = 16 * 1024;

    /// The text, to be shown to the admin who hands it over, this once; not for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for InvitationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationCode([redacted])")
    }
}

impl Invitation {
    /// Reads a code, however it was wrapped, quoted or linked. It has no effect, and needs no clock.
    ///
    /// Tolerated are exactly: ASCII white space and line breaks anywhere, U+00A0, U+00AD, U+200B to U+200D,
    /// U+2060 and U+FEFF anywhere; `' " ‘ ’ “ ” « » < >` and backticks around it; `>` at the beginning of
    /// lines, as in quoted mail; and `http://…#` or `https://…#` in front.
    ///
    /// # Errors
    /// Checked in this order:
    /// - [`TooLong`](ReadCodeError::TooLong): more than 16 KiB of text.
    /// - [`Empty`](ReadCodeError::Empty): nothing but white space, say.
    /// - [`NotAnInvitation`](ReadCodeError::NotAnInvitation): `https://example.com`, a JSON Web Token, a poem.
    /// - [`NewerFormat`](ReadCodeError::NewerFormat): `clasp2_…`.
    /// - [`BadCharacter`](ReadCodeError::BadCharacter): `clasp1_AB/C`.
    /// - [`Incomplete`](ReadCodeError::Incomplete): the first half of a code.
    /// - [`Damaged`](ReadCodeError::Damaged): a code in which a character was changed or doubled.
    /// - [`NotCanonical`](ReadCodeError::NotCanonical): intact, but not written the one way in which codes are.
    /// - [`UnknownRequired`](ReadCodeError::UnknownRequired), [`MissingField`](ReadCodeError::MissingField),
    ///   [`InvalidField`](ReadCodeError::InvalidField): intact, but made by a program that follows other rules.
    ///
    /// ```
    /// use handclasp::{Invitation, LooksLike, ReadCodeError};
    ///
    /// let error = Invitation::read("https://example.com/").unwrap_err();
    /// assert_eq!(error, ReadCodeError::NotAnInvitation { looks_like: LooksLike::Url });
    /// ```
    pub fn read(text: &str) -> Result<Self, ReadCodeError> {
        Self::from_records(ARMOR.open(text)?)
    }

    /// The one canonical text of this invitation.
    #[must_use]
    pub fn to_code(&self) -> InvitationCode {
        InvitationCode(ARMOR.seal(self.records()))
    }
}

impl core::str::FromStr for Invitation {
    type Err = ReadCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text)
    }
}

/// Why a text is not an invitation code. It never holds a part of the text but for one character that
/// cannot be in a code.
///
/// Serialised, it is the flat structure `code`, `message`, and what its variant names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadCodeError {
    /// There is nothing in it.
    #[error("there is no code; paste the invitation code")]
    Empty,
    /// It is longer than any code.
    #[error("{bytes} bytes are too long for an invitation code; paste the code alone")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// It is something else.
    #[error(
        "not an invitation code, which begins with clasp1_, but {looks_like}; paste the code that was sent to you"
    )]
    NotAnInvitation {
        /// What it looks like.
        looks_like: LooksLike,
    },
    /// A newer version of this crate wrote it.
    #[error("the code has the newer format {version}; update this side")]
    NewerFormat {
        /// The number of the format.
        version: u32,
    },
    /// A character that is in no code.
    #[error("character {} (U+{:04X}) cannot be in an invitation code; copy the code again", .position + 1, u32::from(*.character))]
    BadCharacter {
        /// Where it is in the text as it was given: an index in characters, from 0 on.
        position: usize,
        /// The character.
        character: char,
    },
    /// The end is missing.
    #[error("the code is incomplete; copy all of it")]
    Incomplete,
    /// Something in it was changed.
    #[error("the code is damaged; copy it again from where it was shown, or ask for a new one")]
    Damaged,
    /// It is intact, but a second spelling of another code.
    #[error("the code is not in its canonical form; ask for a new one")]
    NotCanonical,
    /// It says something that must be understood, and is not.
    #[error("the code holds a record of the unknown type {record}; update this side")]
    UnknownRequired {
        /// The type's number.
        record: u8,
    },
    /// It does not say something that it must.
    #[error("the code lacks the {field}; ask for a new one")]
    MissingField {
        /// What it lacks.
        field: InvitationField,
    },
    /// What it says there is not valid.
    #[error("the {field} in the code is not valid; ask for a new one")]
    InvalidField {
        /// Where.
        field: InvitationField,
    },
}

flat! { ReadCodeError {
    Self::TooLong { bytes } => { bytes },
    Self::NotAnInvitation { looks_like } => { looks_like },
    Self::NewerFormat { version } => { version },
    Self::BadCharacter { position, character } => { position, character },
    Self::UnknownRequired { record } => { record },
    Self::MissingField { field } | Self::InvalidField { field } => { field },
    Self::Empty | Self::Incomplete | Self::Damaged | Self::NotCanonical => {},
} }

impl ReadCodeError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::NotAnInvitation { .. } => "not-an-invitation",
            Self::NewerFormat { .. } => "newer-format",
            Self::BadCharacter { .. } => "bad-character",
            Self::Incomplete => "incomplete",
            Self::Damaged => "damaged",
            Self::NotCanonical => "not-canonical",
            Self::UnknownRequired { .. } => "unknown-required",
            Self::MissingField { .. } => "missing-field",
            Self::InvalidField { .. } => "invalid-field",
        }
    }
}

const ARMOR: Armor = Armor {
    prefix: "clasp1_",
    max_text: InvitationCode::MAX_READ_BYTES,
    max_body: Invitation::MAX_RECORD_BYTES,
};
