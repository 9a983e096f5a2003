//! Where a company keeps its connections: the engine is chosen when the program starts.

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, ListQuery, Page, Revision, Stored, UpdateError,
};
use handclasp_postgres::{PostgresError, PostgresStore};
use handclasp_sqlite::{SqliteError, SqliteStore};

/// The connections of one company, in one of two engines.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub(crate) enum Store {
    /// On a PostgreSQL server.
    Postgres(PostgresStore),
    /// In a file.
    Sqlite(SqliteStore),
}

/// Why a store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// The PostgreSQL server, or the way there.
    #[error(transparent)]
    Postgres(PostgresError),
    /// The SQLite database.
    #[error(transparent)]
    Sqlite(SqliteError),
}

/// Calls the method of whichever store it is, and says whose error it was.
macro_rules! call {
    ($store:ident.$method:ident($($argument:expr),*) or $named:expr) => {
        match $store {
            Store::Postgres(store) => {
                store.$method($($argument),*).await.map_err(|error| $named(error, &StoreError::Postgres))
            }
            Store::Sqlite(store) => {
                store.$method($($argument),*).await.map_err(|error| $named(error, &StoreError::Sqlite))
            }
        }
    };
}

impl ConnectionStore for Store {
    type Error = StoreError;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Self::Error> {
        call!(self.get(id) or failure)
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Self::Error>> {
        call!(self.insert(connection) or of_insert)
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Self::Error>> {
        call!(self.update(connection, expected) or of_update)
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Self::Error>> {
        call!(self.remove(id, expected) or of_update)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Self::Error> {
        call!(self.list(query) or failure)
    }
}

fn failure<E>(error: E, named: &impl Fn(E) -> StoreError) -> StoreError {
    named(error)
}

fn of_insert<E>(error: InsertError<E>, named: &impl Fn(E) -> StoreError) -> InsertError<StoreError> {
    match error {
        InsertError::AlreadyExists => InsertError::AlreadyExists,
        InsertError::Failed(error) => InsertError::Failed(named(error)),
        InsertError::Unclear(error) => InsertError::Unclear(named(error)),
    }
}

fn of_update<E>(error: UpdateError<E>, named: &impl Fn(E) -> StoreError) -> UpdateError<StoreError> {
    match error {
        UpdateError::Conflict => UpdateError::Conflict,
        UpdateError::Missing => UpdateError::Missing,
        UpdateError::Failed(error) => UpdateError::Failed(named(error)),
        UpdateError::Unclear(error) => UpdateError::Unclear(named(error)),
    }
}
