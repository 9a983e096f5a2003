//! What a portal keeps beside its connections: who may sign in, who is signed in, and wizards that are not finished.
//!
//! All of it is in one SQLite file, so a restart loses nothing that was typed.

mod admins;
mod sessions;
mod wizards;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use handclasp::InstanceUid;
use rusqlite::{OptionalExtension, TransactionBehavior};
use tokio::sync::Semaphore;

pub(crate) use admins::SignInError;
pub(crate) use sessions::{Session, Token};
pub(crate) use wizards::{Problem, SaveError, Saved, WizardState};

/// The database of one portal. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    database: Arc<Mutex<rusqlite::Connection>>,
    /// How many threads may wait for the database. Further callers wait without one.
    threads: Arc<Semaphore>,
    /// How many may wait to be signed in.
    signing_in: Arc<Semaphore>,
}

/// Why the portal's own database failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The database.
    #[error("the portal's own database failed")]
    Database(#[from] rusqlite::Error),
    /// What is in it was not written by this program.
    #[error("the portal's own database holds something that this version does not understand")]
    Content(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The operating system gave no entropy.
    #[error("there is no entropy")]
    Entropy(#[from] getrandom::Error),
    /// The program is ending.
    #[error("the program is ending")]
    Ending(#[from] tokio::task::JoinError),
}

/// How many threads wait for the database at once.
const THREADS: usize = 4;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS company (only INTEGER PRIMARY KEY CHECK (only = 1), uid TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS admins (name TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS sessions (
        token BLOB PRIMARY KEY, admin TEXT NOT NULL, ends_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS wizards (
        id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS wizards_by_age ON wizards (changed_at);
";

impl Desk {
    /// The database in this file, which is made if it is not there. It blocks.
    pub(crate) fn open(path: &Path) -> Result<Self, DeskError> {
        let database = rusqlite::Connection::open(path)?;
        database.busy_timeout(Duration::from_secs(10))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        // A power cut may take the last half second of typing, and never what is before it.
        database.pragma_update(None, "synchronous", "NORMAL")?;
        database.execute_batch(SCHEMA)?;
        Ok(Self {
            database: Arc::new(Mutex::new(database)),
            threads: Arc::new(Semaphore::new(THREADS)),
            signing_in: Arc::new(Semaphore::new(admins::WAITING)),
        })
    }

    /// The company's UID: made once, from a name that people recognise, and then always the same.
    pub(crate) fn uid(&self, prefix: &str) -> Result<InstanceUid, DeskError> {
        let mut random = [0; 4];
        getrandom::fill(&mut random)?;
        let fresh = format!("{prefix}-{:08x}", u32::from_be_bytes(random));
        let mut database = self.lock();
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT OR IGNORE INTO company VALUES (1, ?1)", [fresh])?;
        let uid: String = transaction.query_row("SELECT uid FROM company", [], |row| row.get(0))?;
        transaction.commit()?;
        InstanceUid::parse(&uid).map_err(|error| DeskError::Content(error.into()))
    }

    /// Runs a few statements on a thread that may block.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        // Nobody closes the semaphore.
        let thread = self.threads.clone().acquire_owned().await;
        let desk = self.clone();
        let work = move || {
            let done = work(&mut desk.lock());
            drop(thread);
            done
        };
        tokio::task::spawn_blocking(work).await?
    }

    /// A panic between two statements leaves a transaction that is rolled back, so the connection is whole.
    fn lock(&self) -> MutexGuard<'_, rusqlite::Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One row's only column, if there is such a row.
fn one<T: rusqlite::types::FromSql>(
    database: &rusqlite::Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Option<T>, DeskError> {
    Ok(database.prepare_cached(sql)?.query_row(parameters, |row| row.get(0)).optional()?)
}
