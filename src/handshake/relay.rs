//! Messages as text, for two sides of which neither can call the other: people carry them, as they carry the code.

use core::fmt;

use serde::Serialize;

use super::answer::react;
use super::message::connection_id;
use super::{MAX_MESSAGE_BYTES, Outcome, due};
use crate::connection::{Connection, ConnectionId, Role, WhoActs};
use crate::entropy::Entropy;
use crate::flat::flat;
use crate::instance::Instance;
use crate::invitation::{Armor, LooksLike, ReadCodeError};
use crate::time::Timestamp;

/// A message as text: `clasp1s_…` for the source, `clasp1d_…` for the destination.
///
/// It is no secret as the code is: it says names and addresses, and cannot be forged or used twice. At most 24 KiB.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct RelayText(String);

impl RelayText {
    /// The most bytes of text that are read: 24 KiB. More is refused before anything is decoded.
    pub const MAX_READ_BYTES: usize = 24 * 1024;

    /// The text, to be carried to the other side.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for RelayText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RelayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.0.split_inclusive('_').next().unwrap_or_default();
        write!(f, "RelayText(\"{prefix}…\")")
    }
}

impl Serialize for RelayText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The message that is due to the other side, as text. `None` if there is nothing to say.
///
/// That is so whichever side can call: it is the way out where each side waits for the other's call.
#[must_use]
pub fn due_text(connection: &Connection) -> Option<RelayText> {
    due::due_by_hand(connection).map(|message| text_to(connection.role.other(), &message))
}

/// A message that somebody has carried here, read from its text, however it was wrapped or quoted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelayedMessage {
    to: Role,
    id: ConnectionId,
    bytes: Vec<u8>,
}

impl RelayedMessage {
    /// Reads a text, as patiently as an invitation code is read. Nothing is verified yet.
    ///
    /// # Errors
    /// [`ReadRelayError::Text`] when it is not such a text, with the same kinds as for an
    /// [`Invitation`](crate::Invitation); [`ReadRelayError::NotAMessage`] when there is no message in it.
    pub fn read(text: &str) -> Result<Self, ReadRelayError> {
        let for_source = TO_SOURCE.open(text);
        let (to, opened) = match for_source {
            Err(ReadCodeError::NotAnInvitation { .. } | ReadCodeError::Incomplete) => {
                match TO_DESTINATION.open(text) {
                    // Neither: what the first said of it is as good.
                    Err(ReadCodeError::NotAnInvitation { .. }) => (Role::Source, for_source),
                    opened => (Role::Destination, opened),
                }
            }
            opened => (Role::Source, opened),
        };
        let bytes = opened.map_err(ReadRelayError::Text)?.to_vec();
        let id = connection_id(&bytes).ok_or(ReadRelayError::NotAMessage)?;
        Ok(Self { to, id, bytes })
    }

    /// Which connection it is about.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// Which side it is for.
    #[must_use]
    pub fn to(&self) -> Role {
        self.to
    }

    /// The message itself, as a transport would have carried it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Takes a message that somebody has carried here. If the outcome has a message, carry it back as text:
/// [`due_text`] of the record, or [`reply_text`] of the outcome, gives it.
///
/// # Errors
/// [`RelayError`] when the message is for the other side, or is not recognised. Nothing has changed.
pub fn relay(
    connection: Option<&Connection>,
    message: &RelayedMessage,
    local: &Instance,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Outcome, RelayError> {
    let connection = connection.ok_or(RelayError::Missing)?;
    if connection.role != message.to {
        return Err(RelayError::OtherSide);
    }
    let outcome =
        react(Some(connection), &message.bytes, local, now, entropy).ok_or(RelayError::NotRecognised)?;
    let after = outcome.connection().unwrap_or(connection);
    // By hand an answer is not expected by anybody: what is due says the same, and is answered in turn.
    let is_first_report = !after.is_acknowledged() && after.link().is_some();
    Ok(match due::due_by_hand(after).filter(|_| is_first_report) {
        Some(due) => outcome.saying(due),
        None => outcome,
    })
}

/// The message of an outcome of [`relay`] on this side, as text for the other.
#[must_use]
pub fn reply_text(connection: &Connection, outcome: &Outcome) -> Option<RelayText> {
    outcome.message().map(|message| text_to(connection.role.other(), message))
}

fn text_to(role: Role, message: &[u8]) -> RelayText {
    let armor = if role == Role::Source { &TO_SOURCE } else { &TO_DESTINATION };
    RelayText(armor.seal(message).to_string())
}

/// Why a text is no message.
///
/// Serialised, it is the flat structure `code`, `message`, and the details of its [`ReadCodeError`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadRelayError {
    /// It is not a text for this, or not whole.
    #[error("{}", explain(.0))]
    Text(ReadCodeError),
    /// There is no message of this protocol in it.
    #[error("there is no message in the text; ask the other side for it again")]
    NotAMessage,
}

flat! { ReadRelayError {
    Self::Text(error) => ..error,
    Self::NotAMessage => {},
} }

impl ReadRelayError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text(ReadCodeError::NotAnInvitation { .. }) | Self::NotAMessage => "not-a-message",
            Self::Text(error) => error.code(),
        }
    }
}

/// What is wrong with a text, in the words of messages.
fn explain(error: &ReadCodeError) -> String {
    match error {
        ReadCodeError::Empty => "there is no text; paste what the other side gave you".to_owned(),
        ReadCodeError::TooLong { bytes } => {
            format!("{bytes} bytes are too long for a message; paste the message alone")
        }
        ReadCodeError::NotAnInvitation { looks_like: LooksLike::Invitation } => {
            "this is an invitation code; accept it instead".to_owned()
        }
        ReadCodeError::NotAnInvitation { looks_like } => {
            format!(
                "not a message, which begins with clasp1s_ or clasp1d_, but {looks_like}; paste what the other side gave you"
            )
        }
        ReadCodeError::NewerFormat { version } => {
            format!("the message has the newer format {version}; update this side")
        }
        ReadCodeError::BadCharacter { position, character } => format!(
            "character {} (U+{:04X}) cannot be in a message; copy the message again",
            position + 1,
            u32::from(*character)
        ),
        ReadCodeError::Incomplete => "the message is incomplete; copy all of it".to_owned(),
        _ => "the message is damaged; copy it again from where it was shown".to_owned(),
    }
}

/// Why a message that was carried here changed nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// There is no connection that it is about.
    #[error("there is no connection that this message is about; it may be for another instance")]
    Missing,
    /// It is one of this side's own, or of its kind.
    #[error("this message is for the other side; send it there")]
    OtherSide,
    /// It is not from the other side, or nothing that this connection can get now.
    #[error("the message is not recognised; ask the other side which message it shows now")]
    NotRecognised,
}

flat! { RelayError }

impl RelayError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::OtherSide => "other-side",
            Self::NotRecognised => "not-recognised",
        }
    }

    /// Who has to act: whoever has the message that is wanted, on either side; nobody on the way.
    #[must_use]
    pub const fn who_acts(self, role: Role) -> WhoActs {
        match self {
            Self::OtherSide => WhoActs::admin_of(role),
            Self::Missing | Self::NotRecognised => WhoActs::admin_of(role.other()),
        }
    }

    /// Whether carrying the same message again helps: no.
    #[must_use]
    pub const fn retry_helps(self) -> bool {
        false
    }
}

const TO_SOURCE: Armor =
    Armor { prefix: "clasp1s_", max_text: RelayText::MAX_READ_BYTES, max_body: MAX_MESSAGE_BYTES };
const TO_DESTINATION: Armor =
    Armor { prefix: "clasp1d_", max_text: RelayText::MAX_READ_BYTES, max_body: MAX_MESSAGE_BYTES };
