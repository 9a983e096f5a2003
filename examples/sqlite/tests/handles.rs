//! What this engine does beyond the contract: opening, waiting, failing, and its files.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::sync::Barrier;
use std::thread;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, InsertError, InstanceUid, ListQuery, Revision, UpdateError};
use handclasp_sqlite::{OpenError, SqliteError, SqliteStore};
use rusqlite::ErrorCode;
use support::Folder;
use tokio::task::{JoinSet, spawn_blocking, yield_now};

fn uid(text: &str) -> InstanceUid {
    InstanceUid::parse(text).unwrap()
}

fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.file(), uid("a")).unwrap()
}

/// Another program, in the same file.
fn other_program(folder: &Folder) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.file()).unwrap()
}

#[test]
fn a_new_database_is_made_once_whoever_opens_it_at_the_same_moment() {
    for _ in 0..20 {
        let (folder, start) = (Folder::new(), Barrier::new(8));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    open(&folder);
                });
            }
        });
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_database_and_its_log_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let store = open(&folder);
    store.insert(&Course::pending(1).unwrap()).await.unwrap();
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder.file().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["connections.db", "connections.db-shm", "connections.db-wal"]);
}

#[cfg(unix)]
#[test]
fn permissions_that_somebody_has_given_stay() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    open(&folder);
    set_permissions(folder.file(), Permissions::from_mode(0o640)).unwrap();
    open(&folder);
    assert_eq!(metadata(folder.file()).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_database_without_a_log_is_refused() {
    let refused = SqliteStore::open(":memory:", uid("a")).unwrap_err();
    assert!(matches!(&refused, OpenError::NoWriteAheadLog { mode } if mode == "memory"), "{refused:?}");
}

#[test]
fn a_schema_from_the_future_is_refused() {
    let folder = Folder::new();
    open(&folder);
    other_program(&folder).pragma_update(None, "user_version", 2).unwrap();
    let refused = SqliteStore::open(folder.file(), uid("a")).unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { version: 2 }), "{refused:?}");
}

#[tokio::test]
async fn instances_share_a_handle_and_see_only_their_own_records() {
    let folder = Folder::new();
    let store = open(&folder);
    let connection = Course::pending(1).unwrap();
    store.insert(&connection).await.unwrap();
    let other = store.for_instance(uid("A"));
    assert!(other.get(connection.id()).await.unwrap().is_none());
    other.insert(&connection).await.unwrap();
    let separately = SqliteStore::open(folder.file(), uid("A")).unwrap();
    assert!(separately.get(connection.id()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_revision_larger_than_the_database_can_hold_is_a_conflict() {
    let store = open(&Folder::new());
    let connection = Course::pending(1).unwrap();
    let present = store.insert(&connection).await.unwrap();
    for number in [u64::MAX, 1 << 63, present.number() | 1 << 63] {
        let never = Revision::new(number);
        assert!(matches!(store.update(&connection, never).await, Err(UpdateError::Conflict)));
        assert!(matches!(store.remove(connection.id(), never).await, Err(UpdateError::Conflict)));
    }
    store.remove(connection.id(), present).await.unwrap();
    assert!(matches!(store.update(&connection, Revision::new(u64::MAX)).await, Err(UpdateError::Missing)));
}

#[tokio::test]
async fn who_reads_does_not_wait_for_who_writes() {
    let folder = Folder::new();
    let store = open(&folder);
    let connection = Course::pending(1).unwrap();
    store.insert(&connection).await.unwrap();
    let writer = other_program(&folder);
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM connections").unwrap();
    assert!(store.get(connection.id()).await.unwrap().is_some());
    assert_eq!(store.list(&ListQuery::oldest_first()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_write_that_has_waited_too_long_has_failed_and_written_nothing() {
    let folder = Folder::new();
    let store = open(&folder);
    let connection = Course::pending(1).unwrap();
    let writer = other_program(&folder);
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let failed = store.insert(&connection).await;
    let Err(InsertError::Failed(SqliteError::Database(error))) = failed else { panic!("{failed:?}") };
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    writer.execute_batch("COMMIT").unwrap();
    assert!(store.get(connection.id()).await.unwrap().is_none());
    store.insert(&connection).await.expect("the lock is free again");
}

#[tokio::test]
async fn a_commit_that_fails_is_unclear_and_the_store_goes_on() {
    let folder = Folder::new();
    let store = open(&folder);
    let connection = Course::pending(1).unwrap();
    // A reference that leads nowhere, which is checked in COMMIT: no other statement fails.
    let spoiler = other_program(&folder);
    spoiler
        .execute_batch(
            "CREATE TABLE parents (id INTEGER PRIMARY KEY);
             CREATE TABLE children (parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER spoil AFTER INSERT ON connections BEGIN INSERT INTO children VALUES (1); END",
        )
        .unwrap();
    let unclear = store.insert(&connection).await;
    let Err(InsertError::Unclear(SqliteError::Database(error))) = unclear else { panic!("{unclear:?}") };
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::ConstraintViolation));
    spoiler.execute_batch("DROP TRIGGER spoil").unwrap();
    assert!(store.get(connection.id()).await.unwrap().is_none());
    store.insert(&connection).await.expect("the transaction was rolled back");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_by_its_row() {
    let folder = Folder::new();
    let store = open(&folder);
    let connection = Course::pending(1).unwrap();
    store.insert(&connection).await.unwrap();
    let row = 4711;
    other_program(&folder).execute("UPDATE connections SET record = x'01ff', rowid = ?1", [row]).unwrap();
    let got = store.get(connection.id()).await.unwrap_err();
    let listed = store.list(&ListQuery::newest_first()).await.unwrap_err();
    for error in [got, listed] {
        assert!(matches!(error, SqliteError::Record { row: 4711, .. }), "{error:?}");
        assert_eq!(error.to_string(), "the record in row 4711 cannot be read");
    }
}

#[test]
fn calls_that_wait_for_the_database_leave_threads_to_others() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(8).build().unwrap();
    runtime.block_on(async {
        let folder = Folder::new();
        let store = open(&folder);
        let other = other_program(&folder);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut calls = JoinSet::new();
        for number in 0..100 {
            let (store, connection) = (store.clone(), Course::pending(number).unwrap());
            calls.spawn(async move { store.insert(&connection).await });
        }
        // On this runtime all of them come as far as they can.
        for _ in 0..100 {
            yield_now().await;
        }
        tokio::select! {
            done = spawn_blocking(|| ()) => done.unwrap(),
            // The first comes to an end only when it has lost its patience.
            failed = calls.join_next() => panic!("others waited for a thread until {failed:?}"),
        }
        other.execute_batch("ROLLBACK").unwrap();
        for inserted in calls.join_all().await {
            inserted.unwrap();
        }
    });
}
