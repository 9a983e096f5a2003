//! Looking things up.

use crate::connection::{ConnectionId, ConnectionView, ExportedKey};
use crate::flat::flat;
use crate::store::{ConnectionStore, ListQuery, Page};
use crate::transport::Transport;

use super::Node;

impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// A connection as it is shown; `None` if there is none with this id.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn get(&self, id: ConnectionId) -> Result<Option<ConnectionView>, S::Error> {
        let stored = self.store.get(id).await?;
        Ok(stored.map(|stored| stored.connection.view(self.now())))
    }

    /// One page of connections as they are shown.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn list(&self, query: &ListQuery) -> Result<Page<ConnectionView>, S::Error> {
        let now = self.now();
        Ok(self.store.list(query).await?.map(|stored| stored.connection.view(now)))
    }

    /// A key for the host's own use: the same on both sides, and different for each label and connection. A label
    /// is any text that both sides' programs agree on, of whatever length.
    ///
    /// # Errors
    /// [`DeriveKeyError::Missing`] when there is no such connection, [`DeriveKeyError::NotConnected`] when it
    /// is not effectively active, or local; [`DeriveKeyError::Store`] when the store failed.
    pub async fn derive_key(
        &self,
        id: ConnectionId,
        label: &str,
    ) -> Result<ExportedKey, DeriveKeyError<S::Error>> {
        let stored =
            self.store.get(id).await.map_err(DeriveKeyError::Store)?.ok_or(DeriveKeyError::Missing)?;
        stored.connection.export_key(label).ok_or(DeriveKeyError::NotConnected)
    }
}

/// Why there is no key.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveKeyError<E> {
    /// There is no such connection.
    #[error("there is no connection with this id")]
    Missing,
    /// It is not active with another instance, or a side has it off.
    #[error("the connection is not active with another instance, so there is no key to be had from it")]
    NotConnected,
    /// The store failed.
    #[error("the store failed; try again")]
    Store(#[source] E),
}

flat! { DeriveKeyError<E> }

impl<E> DeriveKeyError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotConnected => "not-connected",
            Self::Store(_) => "store-failed",
        }
    }
}
