//! Messages in, messages out, and the retries that other writers make necessary.

use core::time::Duration;

use crate::connection::{Connection, ConnectionId, ConnectionView, Event};
use crate::entropy::EntropyError;
use crate::handshake::{self, ConcludeError};
use crate::instance::PolicyError;
use crate::store::{ConnectionStore, UpdateError};
use crate::transport::Transport;

use super::Node;

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

    /// Sends what is due to the other side, and concludes from the reply: an acceptance without an answer is
    /// sent again, and a report tells each side where the other stands.
    ///
    /// # Errors
    /// [`RefreshError`] when there is no such connection, or it could not be read. That the other side could
    /// not be reached is no error: see [`Refreshed::retry`].
    pub async fn refresh(
        &self,
        id: ConnectionId,
    ) -> Result<Refreshed<S::Error, T::Error>, RefreshError<S::Error>> {
        let stored = self.store.get(id).await.map_err(RefreshError::Store)?.ok_or(RefreshError::Missing)?;
        let (connection, retry) = self.catch_up(stored.connection).await;
        Ok(Refreshed { connection: connection.view(self.now()), retry })
    }

    /// Exchanges messages until nothing new comes of it: an acceptance, and at once the report that confirms it.
    pub(super) async fn catch_up(
        &self,
        mut connection: Connection,
    ) -> (Connection, Option<Retry<S::Error, T::Error>>) {
        loop {
            let phase = connection.phase();
            match self.exchange(&connection).await {
                Ok(Some(next)) if next.phase() != phase => connection = next,
                Ok(Some(next)) => return (next, None),
                Ok(None) => return (connection, None),
                Err(why) => return (connection, Some(Retry { after: RETRY_AFTER, why })),
            }
        }
    }

    /// One exchange, if a message is due: the record afterwards.
    async fn exchange(
        &self,
        connection: &Connection,
    ) -> Result<Option<Connection>, RetryReason<S::Error, T::Error>> {
        let Some(due) = handshake::due(connection, self.instance()) else { return Ok(None) };
        self.terms().policy.check(&due.to).map_err(RetryReason::NotPermitted)?;
        let reply = self.transport.exchange(&due.to, &due.message).await.map_err(RetryReason::Transport)?;
        let conclude = |current: Option<&Connection>| {
            let Some(current) = current else { return Ok((None, ())) };
            let outcome = handshake::conclude(current, &due.message, &reply, self.instance(), self.now())?;
            Ok((outcome.into_connection(), ()))
        };
        let concluded = self.change(connection.id(), conclude).await.map_err(RetryReason::Store)?;
        let (current, ()) = concluded.map_err(RetryReason::Reply)?;
        current.map(Some).ok_or(RetryReason::Missing)
    }

    /// Runs a transition on the record as it is, and writes what comes of it, again and again until nobody
    /// else was faster. Each transition recognises its own earlier effect, so an unclear write is read again.
    async fn change<R, X>(
        &self,
        id: ConnectionId,
        transition: impl Fn(Option<&Connection>) -> Result<(Option<Connection>, R), X>,
    ) -> Result<Result<(Option<Connection>, R), X>, StoreFailure<S::Error>> {
        let mut trouble = Trouble::default();
        for _ in 0..ATTEMPTS {
            let stored = match self.store.get(id).await {
                Ok(stored) => stored,
                Err(error) => return Err(trouble.failed(error)),
            };
            let (next, result) = match transition(stored.as_ref().map(|stored| &stored.connection)) {
                Ok(done) => done,
                Err(error) => return Ok(Err(error)),
            };
            let (Some(next), Some(stored)) = (next, stored.as_ref()) else {
                return Ok(Ok((stored.map(|stored| stored.connection), result)));
            };
            match self.store.update(&next, stored.revision).await {
                Ok(_) => return Ok(Ok((Some(next), result))),
                Err(UpdateError::Failed(error)) => return Err(trouble.failed(error)),
                Err(UpdateError::Unclear(error)) => trouble.unclear(error)?,
                Err(UpdateError::Conflict | UpdateError::Missing) => {}
            }
        }
        Err(trouble.contended())
    }
}

/// How often a write is tried before it is given up. Each conflict means that somebody else got ahead, and a
/// handshake has few steps, so only a store that breaks its contract comes near.
pub(super) const ATTEMPTS: usize = 256;

/// How many unclear writes a call puts up with.
const UNCLEAR_WRITES: usize = 3;

/// When to try again, as long as nothing more is known.
const RETRY_AFTER: Duration = Duration::from_secs(30);

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

/// A connection after a refresh.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refreshed<S, T> {
    /// The connection as it is shown.
    pub connection: ConnectionView,
    /// Why the other side could not be asked, and when to try again; `None` if it was, or need not be.
    pub retry: Option<Retry<S, T>>,
}

/// Something that did not come to an end yet, and will with a later refresh.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Retry<S, T> {
    /// How long to wait.
    pub after: Duration,
    /// What happened.
    pub why: RetryReason<S, T>,
}

/// Why an exchange did not come to an end. The record is as it was, or as the other side's answer made it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetryReason<S, T> {
    /// The policy forbids the other side's address; permit it, and refresh.
    #[error("the other side's address is not permitted: {0}")]
    NotPermitted(PolicyError),
    /// No reply came. The message may have arrived.
    #[error("the other side did not reply")]
    Transport(#[source] T),
    /// The reply ends nothing.
    #[error(transparent)]
    Reply(ConcludeError),
    /// The record was removed from the store in the meantime; nothing is left to try.
    #[error("the connection was removed in the meantime")]
    Missing,
    /// The reply could not be stored. It will come again.
    #[error("the other side's reply could not be stored")]
    Store(#[source] StoreFailure<S>),
}

impl<S, T> RetryReason<S, T> {
    /// The stable kebab-case name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted(error) => error.code(),
            Self::Transport(_) => "no-reply",
            Self::Reply(error) => error.code(),
            Self::Missing => "missing",
            Self::Store(failure) => failure.code(),
        }
    }
}

/// Why a refresh could not begin.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError<E> {
    /// There is no such connection.
    #[error("there is no connection with this id")]
    Missing,
    /// The store failed.
    #[error("the store failed; try again")]
    Store(#[source] E),
}

impl<E> RefreshError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Store(_) => "store-failed",
        }
    }
}

/// How a write to the store failed, after the façade has done what it can.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFailure<E> {
    /// The store failed, and certainly nothing was written.
    #[error("the store failed, and nothing was written")]
    Failed(#[source] E),
    /// The store failed, and what was to be written may have been.
    #[error("the store failed, and the change may have been written")]
    Unclear(#[source] E),
    /// Others were faster, again and again; the store may break its contract.
    #[error("the connection was changed by others again and again")]
    Contended,
}

impl<E> StoreFailure<E> {
    /// The stable kebab-case name of the failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Failed(_) => "store-failed",
            Self::Unclear(_) => "store-unclear",
            Self::Contended => "store-contended",
        }
    }
}

/// What went wrong with the writes of one call so far.
pub(super) struct Trouble<E> {
    unclear: Option<E>,
    times: usize,
}

impl<E> Default for Trouble<E> {
    fn default() -> Self {
        Self { unclear: None, times: 0 }
    }
}

impl<E> Trouble<E> {
    /// Notes an unclear write. A store that leaves several unclear is slow or away: its caller should know.
    pub(super) fn unclear(&mut self, error: E) -> Result<(), StoreFailure<E>> {
        self.times += 1;
        if self.times == UNCLEAR_WRITES {
            return Err(StoreFailure::Unclear(error));
        }
        self.unclear = Some(error);
        Ok(())
    }

    /// A call that failed and wrote nothing; an unclear write before it may have.
    pub(super) fn failed(self, error: E) -> StoreFailure<E> {
        self.unclear.map_or(StoreFailure::Failed(error), StoreFailure::Unclear)
    }

    /// All attempts are used up.
    pub(super) fn contended(self) -> StoreFailure<E> {
        self.unclear.map_or(StoreFailure::Contended, StoreFailure::Unclear)
    }
}
