//! What can go wrong, apart from refusals.

use std::io;

use handclasp::DecodeRecordError;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// SQLite failed.
    #[error("the database cannot be opened")]
    Database(#[from] rusqlite::Error),
    /// The file could not be made its owner's alone.
    #[error("the permissions of the database cannot be set")]
    Permissions(#[source] io::Error),
    /// The database cannot have a write-ahead log: it is in memory, say, or on a network's file system.
    #[error("the database has the journal mode {mode:?}, and no write-ahead log")]
    NoWriteAheadLog {
        /// The journal mode that it has instead.
        mode: String,
    },
    /// A newer version of this package, or another program, has made the tables.
    #[error("the database has the schema {version}, which is newer than this program")]
    NewerSchema {
        /// Its number.
        version: usize,
    },
}

/// How the store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// SQLite failed. With the code `SQLITE_BUSY`, others have written for all of the ten seconds that a call waits.
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// A row holds bytes that cannot be read.
    #[error("the record in row {row} cannot be read")]
    Record {
        /// The row's number: its `rowid` in the table `connections`.
        row: i64,
        /// Why.
        source: DecodeRecordError,
    },
    /// The call was not seen to its end: it panicked, or tokio was shut down.
    #[error("the call was not seen to its end")]
    Stopped(#[from] tokio::task::JoinError),
}
