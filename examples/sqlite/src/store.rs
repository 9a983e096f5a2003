//! The store: transactions around the statements, and which failure means what.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, InstanceUid, ListQuery, Page, Revision, Stored,
    UpdateError,
};
use rusqlite::TransactionBehavior;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, spawn, spawn_blocking};

use crate::error::{OpenError, SqliteError};
use crate::schema;
use crate::table::Table;

/// How many calls may be on a thread at once: one works, and some are there as soon as it has ended. All others wait without
/// a thread, of which they would otherwise take as many as tokio has.
const ON_THREADS: usize = 4;

/// The connections of one instance, in a SQLite database.
///
/// Clones and [`for_instance`](Self::for_instance) share one connection to the database, which does one thing at a
/// time. Open several for reads that do not wait for writes. Any number of stores and programs may have the file open,
/// on one machine: SQLite's write-ahead log does not work on a network's file system.
///
/// Its futures must be awaited on tokio, on whose threads for blocking calls it works. A write waits up to ten seconds
/// while others write.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    database: Arc<Database>,
    instance: InstanceUid,
}

#[derive(Debug)]
struct Database {
    connection: Mutex<rusqlite::Connection>,
    threads: Arc<Semaphore>,
}

impl SqliteStore {
    /// The connections of this instance in the database in this file, which is made if it is not there.
    ///
    /// It blocks: for a moment usually, and up to ten seconds if the tables have to be made or changed while others
    /// write.
    ///
    /// # Errors
    /// [`OpenError`]: the file cannot be opened or is no database, it can have no write-ahead log, or its schema is newer
    /// than this program.
    pub fn open(path: impl AsRef<Path>, instance: InstanceUid) -> Result<Self, OpenError> {
        let connection = Mutex::new(schema::open(path.as_ref())?);
        let threads = Arc::new(Semaphore::new(ON_THREADS));
        Ok(Self { database: Arc::new(Database { connection, threads }), instance })
    }

    /// The connections of another instance, through the same connection to the database.
    #[must_use]
    pub fn for_instance(&self, instance: InstanceUid) -> Self {
        Self { database: self.database.clone(), instance }
    }

    /// Reads. A single statement sees the database as of one moment, and needs no transaction.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Table<'_>) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let instance = self.instance.clone();
        self.on_a_thread(move |database| query(&Table::of(&instance, database))).await?
    }

    /// Looks and writes in one transaction, in which nobody else writes. If it is refused, nothing is written.
    ///
    /// Dropping the future does not stop it: the closure runs to its end on its thread, or never begins, because tokio is shut
    /// down.
    async fn write<T: Send + 'static, R: Send + 'static>(
        &self,
        change: impl FnOnce(&Table<'_>) -> rusqlite::Result<Result<T, R>> + Send + 'static,
    ) -> Result<Result<T, R>, WriteFailure> {
        let instance = self.instance.clone();
        let writing = self.on_a_thread(move |database| {
            // IMMEDIATE: it waits for the write lock here, and has read nothing yet. A transaction that reads first and
            // then writes fails at once if somebody was faster (SQLITE_BUSY_SNAPSHOT), however patient it is.
            let transaction = database
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(WriteFailure::before_commit)?;
            // Dropping the transaction rolls it back: after a failure here, and after a refusal.
            let done = change(&Table::of(&instance, &transaction)).map_err(WriteFailure::before_commit)?;
            if done.is_ok() {
                transaction.commit().map_err(WriteFailure::in_commit)?;
            }
            Ok(done)
        });
        writing.await.unwrap_or_else(|stopped| Err(WriteFailure::Unclear(stopped.into())))
    }

    /// Works with the database on a thread that may block, whoever waits for it.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let database = self.database.clone();
        let begin = move |thread: Option<OwnedSemaphorePermit>| {
            spawn_blocking(move || {
                let done = work(&mut lock(&database.connection));
                drop(thread);
                done
            })
        };
        let threads = self.database.threads.clone();
        if let Ok(thread) = threads.clone().try_acquire_owned() {
            return begin(Some(thread)).await;
        }
        // A task of its own: somebody who has begun to wait, and then waits for something else first, would keep a thread
        // that nobody uses. (Nobody closes the semaphore.)
        spawn(async move { begin(threads.acquire_owned().await.ok()).await }).await?
    }
}

impl ConnectionStore for SqliteStore {
    type Error = SqliteError;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Self::Error> {
        self.read(move |table| table.get(id)).await
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Self::Error>> {
        let connection = connection.clone();
        self.write(move |table| match table.revision(connection.id())? {
            Some(_) => Ok(Err(InsertError::AlreadyExists)),
            None => table.insert(&connection).map(Ok),
        })
        .await?
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Self::Error>> {
        let connection = connection.clone();
        self.write(move |table| match table.revision(connection.id())? {
            None => Ok(Err(UpdateError::Missing)),
            Some(present) if present != expected => Ok(Err(UpdateError::Conflict)),
            Some(_) => table.replace(&connection).map(Ok),
        })
        .await?
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Self::Error>> {
        self.write(move |table| match table.revision(id)? {
            None => Ok(Err(UpdateError::Missing)),
            Some(present) if present != expected => Ok(Err(UpdateError::Conflict)),
            Some(_) => table.remove(id).map(Ok),
        })
        .await?
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Self::Error> {
        let query = *query;
        self.read(move |table| table.page(&query)).await
    }
}

/// How a write failed, when it was not refused.
enum WriteFailure {
    Failed(SqliteError),
    Unclear(SqliteError),
}

impl WriteFailure {
    /// Others have the lock (`SQLITE_BUSY`), or a statement failed: the transaction is rolled back, and certainly nothing
    /// was written.
    fn before_commit(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }

    /// The disk is full or broken. If the write reached the log, but not the disk, then the next to open the database may
    /// find it there after all.
    fn in_commit(error: rusqlite::Error) -> Self {
        Self::Unclear(error.into())
    }
}

impl From<WriteFailure> for InsertError<SqliteError> {
    fn from(failure: WriteFailure) -> Self {
        match failure {
            WriteFailure::Failed(error) => Self::Failed(error),
            WriteFailure::Unclear(error) => Self::Unclear(error),
        }
    }
}

impl From<WriteFailure> for UpdateError<SqliteError> {
    fn from(failure: WriteFailure) -> Self {
        match failure {
            WriteFailure::Failed(error) => Self::Failed(error),
            WriteFailure::Unclear(error) => Self::Unclear(error),
        }
    }
}

fn lock(database: &Mutex<rusqlite::Connection>) -> MutexGuard<'_, rusqlite::Connection> {
    // A panic drops its transaction, which rolls it back, so the connection is whole even then.
    database.lock().unwrap_or_else(PoisonError::into_inner)
}
