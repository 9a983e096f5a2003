//! What a store says to a write.

use std::error::Error;

use handclasp::{Connection, ConnectionId, ConnectionStore, InsertError, Revision, UpdateError};

/// Rule 7: done, refused, failed, and unclear are not one.
#[derive(Debug)]
pub(super) enum Answer {
    /// It is written, and has this revision, if it leaves a record.
    Done(Option<Revision>),
    /// It is not written, for this reason.
    Refused(&'static str),
    /// It is not written, because the engine failed.
    Failed(String),
    /// It may be written.
    Unclear(String),
}

impl Answer {
    /// To what to write where there is this revision, or no record: an insertion, an update, or a removal.
    pub(super) async fn to(
        store: &impl ConnectionStore,
        id: ConnectionId,
        at: Option<Revision>,
        leaves: Option<&Connection>,
    ) -> Self {
        match (at, leaves) {
            (None, None) => Self::Done(None),
            (None, Some(connection)) => match store.insert(connection).await {
                Ok(revision) => Self::Done(Some(revision)),
                Err(InsertError::AlreadyExists) => Self::Refused("already-exists"),
                Err(InsertError::Failed(error)) => Self::Failed(in_words(&error)),
                Err(InsertError::Unclear(error)) => Self::Unclear(in_words(&error)),
            },
            (Some(at), Some(connection)) => store.update(connection, at).await.map(Some).into(),
            (Some(at), None) => store.remove(id, at).await.map(|()| None).into(),
        }
    }
}

impl<E: Error> From<Result<Option<Revision>, UpdateError<E>>> for Answer {
    fn from(result: Result<Option<Revision>, UpdateError<E>>) -> Self {
        match result {
            Ok(revision) => Self::Done(revision),
            Err(UpdateError::Conflict) => Self::Refused("conflict"),
            Err(UpdateError::Missing) => Self::Refused("missing"),
            Err(UpdateError::Failed(error)) => Self::Failed(in_words(&error)),
            Err(UpdateError::Unclear(error)) => Self::Unclear(in_words(&error)),
        }
    }
}

/// The error, and what it comes from.
pub(super) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}
