//! Messages that people carry as text, where neither side can call the other.

use crate::connection::{Connection, ConnectionId, ConnectionView, Event};
use crate::entropy::EntropyError;
use crate::flat::flat;
use crate::handshake::{self, ReadRelayError, RelayError, RelayText, RelayedMessage};
use crate::store::ConnectionStore;
use crate::transport::Transport;

use super::Node;
use super::write::StoreFailure;

impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// Takes a text that somebody has carried here from the other side, and gives the one to carry back.
    ///
    /// It may be dropped and repeated: the same text gets the same answer.
    ///
    /// # Errors
    /// [`RelayTextError`]: it is no such text, or is for the other side, or is not recognised; or the store failed.
    pub async fn relay(&self, text: &str) -> Result<Relayed, RelayTextError<S::Error>> {
        let message = RelayedMessage::read(text).map_err(RelayTextError::Read)?;
        let relay = |current: Option<&Connection>| {
            let entropy = self.entropy().map_err(RelayTextError::Entropy)?;
            let outcome = handshake::relay(current, &message, self.instance(), self.now(), entropy)
                .map_err(RelayTextError::Relay)?;
            let text = current.and_then(|current| handshake::reply_text(current, &outcome));
            let (next, _, events) = outcome.into_parts();
            Ok((next, (text, events)))
        };
        let (connection, (text, events)) =
            self.change(message.id(), relay).await.map_err(RelayTextError::Store)??;
        let connection = connection.ok_or(RelayTextError::Relay(RelayError::Missing))?;
        Ok(Relayed { connection: connection.view(self.now()), text, events })
    }

    /// What is to be carried to the other side as text now; `None` if there is nothing to say.
    ///
    /// It works whichever side can call: where each waits for the other's call, it is the way out.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn relay_text(&self, id: ConnectionId) -> Result<Option<RelayText>, S::Error> {
        Ok(self.store.get(id).await?.and_then(|stored| handshake::due_text(&stored.connection)))
    }
}

/// A connection after a text was taken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Relayed {
    /// The connection as it is shown.
    pub connection: ConnectionView,
    /// What to carry back; `None` if that was the last word.
    pub text: Option<RelayText>,
    /// What has happened, as far as this call knows; the record has all of it.
    pub events: Vec<Event>,
}

/// Why a text was not taken. Nothing has changed.
///
/// Serialised, it is the flat structure `code`, `message`, and the details of its [`ReadRelayError`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayTextError<E> {
    /// It is no such text.
    #[error(transparent)]
    Read(ReadRelayError),
    /// It is for the other side, or is not recognised.
    #[error(transparent)]
    Relay(RelayError),
    /// There was no entropy.
    #[error(transparent)]
    Entropy(EntropyError),
    /// The store failed; take the same text again.
    #[error("what the message says could not be stored; try again")]
    Store(#[source] StoreFailure<E>),
}

flat! { RelayTextError<E> {
    Self::Read(error) => ..error,
    Self::Relay(_) | Self::Entropy(_) | Self::Store(_) => {},
} }

impl<E> RelayTextError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read(error) => error.code(),
            Self::Relay(error) => error.code(),
            Self::Entropy(error) => error.code(),
            Self::Store(failure) => failure.code(),
        }
    }
}
