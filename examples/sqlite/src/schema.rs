//! Opening a database, and its tables.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::OpenError;

/// What leads from each version of the schema to the next one. The database knows how many it has been through
/// (`user_version`), so the schema changes by another entry, never by a change to one of these.
const MIGRATIONS: [&str; 1] = ["
    -- The records of all instances.
    CREATE TABLE connections (
        -- Text compares as bytes here (the collation BINARY): `a` and `A` are two instances, as they should be.
        instance TEXT NOT NULL,
        id       BLOB NOT NULL CHECK (length(id) = 16),
        phase    TEXT NOT NULL,
        revision INTEGER NOT NULL,
        record   BLOB NOT NULL,
        -- Both sides of a connection have the same id, and may be in the same database: the id alone is no key.
        PRIMARY KEY (instance, id)
    -- STRICT: a column holds values of its type only. Not WITHOUT ROWID: records have up to 64 KiB, and in such a table
    -- each one that is larger than a quarter of a page takes further pages for itself alone.
    ) STRICT;

    -- A page of one phase is one range of this index, already in order.
    CREATE INDEX connections_by_phase ON connections (instance, phase, id);

    -- The revision of the latest write, in one row. One counter for all instances costs nothing, as SQLite has but
    -- one writer at a time anyway. Where rows are locked, all writers would wait for this row: take a sequence there.
    CREATE TABLE last_revision (revision INTEGER NOT NULL) STRICT;
    INSERT INTO last_revision VALUES (0);
"];

/// How long a call waits while others write, or recover the log after a crash, before it fails with `SQLITE_BUSY`.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the database in this file, and makes it if it is not there.
pub(crate) fn open(path: &Path) -> Result<Connection, OpenError> {
    // Each handle locks its connection itself, so SQLite need not (`NO_MUTEX`). The path is no `file:` URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(path, flags)?;
    keep_to_owner_if_empty(path).map_err(OpenError::Permissions)?;
    connection.busy_timeout(PATIENCE)?;

    let mode = switch_log_on(&connection)?;
    if mode != "wal" {
        return Err(OpenError::NoWriteAheadLog { mode });
    }
    // A commit is on the disk when it is acknowledged, and survives a loss of power. With NORMAL, it would survive
    // only a crash of the program. macOS needs the second one for that; elsewhere it does nothing.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;

    migrate(&mut connection)?;
    Ok(connection)
}

/// With a write-ahead log, readers do not wait for the writer, and a commit is one append to one file. The database
/// stays like that, so this does something only once. Gives the mode that the database has now.
fn switch_log_on(connection: &Connection) -> rusqlite::Result<String> {
    let start = Instant::now();
    loop {
        let switched = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0));
        match switched {
            // Two who switch it on at the same moment would wait for each other, so SQLite has one of them fail at once,
            // however patient it is.
            Err(error) if is_busy(&error) && start.elapsed() < PATIENCE => sleep(Duration::from_millis(5)),
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// Lets only its owner read a file that is still empty; its log gets the same permissions from SQLite.
///
/// SQLite has created it, and not this function: to close a file of one's own would release all locks that SQLite
/// holds on it anywhere in the process, as POSIX wants it.
#[cfg(unix)]
fn keep_to_owner_if_empty(path: &Path) -> std::io::Result<()> {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    // Without metadata there is no file: SQLite has other places for a database, which are refused later.
    if metadata(path).is_ok_and(|file| file.len() == 0) {
        set_permissions(path, Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Elsewhere a file has the permissions of its folder.
#[cfg(not(unix))]
fn keep_to_owner_if_empty(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Brings the tables up to date.
fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(()); // as nearly always: without waiting for those who write
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may just have done it.
    let version = version(&transaction)?;
    for migration in MIGRATIONS.get(version..).ok_or(OpenError::NewerSchema { version })? {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
