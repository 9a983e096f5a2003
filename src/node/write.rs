//! Writing to the store, and the retries that other writers make necessary.

use crate::connection::{Connection, ConnectionId};
use crate::flat::flat;
use crate::store::{ConnectionStore, UpdateError};

use super::Node;

impl<S: ConnectionStore, T> Node<S, T> {
    /// Runs a transition on the record as it is, and writes what comes of it, again and again until nobody
    /// else was faster. Each transition recognises its own earlier effect, so an unclear write is read again.
    pub(super) async fn change<R, X>(
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

flat! { StoreFailure<E> }

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
