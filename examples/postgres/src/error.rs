//! What fails, besides the rules of the store.

use std::time::Duration;

use deadpool_postgres::{BuildError, PoolError};
use handclasp::DecodeRecordError;

/// A failure of the database, or of the way to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The pool was not built.
    #[error("the pool of connections was not built")]
    Pool(#[from] BuildError),
    /// There is no connection to the database: it cannot be reached, or lets nobody in.
    #[error("there is no connection to the database")]
    Connect(#[from] PoolError),
    /// No connection came free, or was made, in time: [`Limits::connect`](crate::Limits::connect).
    #[error("there was no connection to the database within {0:?}")]
    ConnectTimeout(Duration),
    /// The database said no, or the connection to it was lost.
    #[error("the database failed, or the connection to it")]
    Database(#[from] tokio_postgres::Error),
    /// The database gave no answer in time: [`Limits::answer`](crate::Limits::answer).
    #[error("the database did not answer within {0:?}")]
    AnswerTimeout(Duration),
    /// What the database holds is no record of a connection.
    #[error("a record in the database cannot be read")]
    Record(#[from] DecodeRecordError),
}
