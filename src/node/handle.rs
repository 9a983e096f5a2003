//! Messages that others send: bytes in, bytes out.

use crate::connection::{Connection, Event};
use crate::entropy::EntropyError;
use crate::flat::flat;
use crate::handshake;
use crate::store::ConnectionStore;
use crate::transport::Transport;

use super::Node;
use super::write::StoreFailure;

impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// Answers a message that another node has sent: bytes in, bytes out.
    ///
    /// Read no more than [`MAX_MESSAGE_BYTES`](crate::handshake::MAX_MESSAGE_BYTES) of it: more is never answered
    /// with anything but *not recognised*.
    ///
    /// `Ok` is every outcome of the protocol, refusals and noise included: send the reply as it is.
    ///
    /// # Errors
    /// [`HandleError`] only when the store failed, or there was no entropy: answer nothing (an HTTP status
    /// 503, say), and the other side will send the same again.
    pub async fn handle(&self, message: &[u8]) -> Result<Handled, HandleError<S::Error>> {
        let answer = |connection: Option<&Connection>| {
            let outcome =
                handshake::answer(connection, message, self.instance(), self.now(), self.entropy()?);
            let (next, reply, events) = outcome.into_parts();
            Ok((next, (reply.unwrap_or_default(), events)))
        };
        let (reply, events) = match handshake::connection_id(message) {
            // Not even a message: no reason to ask the store.
            None => answer(None).map_err(HandleError::Entropy)?.1,
            Some(id) => {
                self.change(id, answer).await.map_err(HandleError::Store)?.map_err(HandleError::Entropy)?.1
            }
        };
        Ok(Handled { reply, events })
    }
}

/// What a node answers to a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handled {
    /// What to send back, as it is.
    pub reply: Vec<u8>,
    /// What has happened, as far as this call knows: after a write that was unclear at first, events may be
    /// missing here. The record has them all, with their numbers.
    pub events: Vec<Event>,
}

/// Why a message could not be answered. Answer nothing: the other side will send it again.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError<E> {
    /// The store failed.
    #[error("the message could not be answered because the store failed")]
    Store(#[source] StoreFailure<E>),
    /// There was no entropy.
    #[error(transparent)]
    Entropy(EntropyError),
}

flat! { HandleError<E> }

impl<E> HandleError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(failure) => failure.code(),
            Self::Entropy(error) => error.code(),
        }
    }
}
