//! What a write says that has to wait for another one, at each level of isolation.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, InsertError, Revision, UpdateError};
use handclasp_postgres::{PostgresError, PostgresStore};
use support::{Server, Setup, connect, connections, isolated, someone_waits};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

const LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];

/// What another program does to the one record there is.
const CHANGES: &str = "BEGIN; UPDATE handclasp_connections SET revision = nextval('handclasp_revisions')";
const REMOVES: &str = "BEGIN; DELETE FROM handclasp_connections";

type Updated = Result<Revision, UpdateError<PostgresError>>;

/// A store in a database of its own, and another user of it, who both insist on this level.
async fn scene(server: &Server, level: &str) -> (PostgresStore, Client) {
    let config = isolated(server.database(&level.replace(' ', "_"), &[]).await, level);
    let setup = Setup::new(config.clone()).await;
    (setup.store(connections(4)), connect(&config).await)
}

/// Begins a write that has to wait for what the other one does, who ends like this.
async fn meet<T: Send + 'static>(
    other: &Client,
    does: &str,
    write: impl Future<Output = T> + Send + 'static,
    ends: &str,
) -> T {
    other.batch_execute(does).await.unwrap();
    let write: JoinHandle<T> = tokio::spawn(write);
    someone_waits(other).await;
    other.batch_execute(ends).await.unwrap();
    write.await.unwrap()
}

#[tokio::test]
async fn an_update_that_waited_tells_what_it_found_and_not_what_there_was() {
    let server = Server::start();
    for level in LEVELS {
        let (store, other) = scene(&server, level).await;
        let course = Course::of(1).unwrap();
        let update = |at: Revision| {
            let (store, active) = (store.clone(), course.active.clone());
            async move { store.update(&active, at).await }
        };
        let at = store.insert(&course.pending).await.unwrap();

        let updated: Updated = meet(&other, CHANGES, update(at), "ROLLBACK").await;
        let at = updated.unwrap();
        let updated = meet(&other, CHANGES, update(at), "COMMIT").await;
        assert!(matches!(updated, Err(UpdateError::Conflict)), "{level}: {updated:?}");
        let at = store.get(course.active.id()).await.unwrap().unwrap().revision;
        let updated = meet(&other, REMOVES, update(at), "COMMIT").await;
        assert!(matches!(updated, Err(UpdateError::Missing)), "{level}: {updated:?}");
    }
}

#[tokio::test]
async fn a_removal_that_waited_does_so_too() {
    let server = Server::start();
    for level in LEVELS {
        let (store, other) = scene(&server, level).await;
        let course = Course::of(1).unwrap();
        let id = course.pending.id();
        let remove = |at: Revision| {
            let store = store.clone();
            async move { store.remove(id, at).await }
        };
        let at = store.insert(&course.pending).await.unwrap();

        let removed = meet(&other, CHANGES, remove(at), "COMMIT").await;
        assert!(matches!(removed, Err(UpdateError::Conflict)), "{level}: {removed:?}");
        let at = store.get(id).await.unwrap().unwrap().revision;
        meet(&other, CHANGES, remove(at), "ROLLBACK").await.unwrap();
        let at = store.insert(&course.pending).await.unwrap();
        let removed = meet(&other, REMOVES, remove(at), "COMMIT").await;
        assert!(matches!(removed, Err(UpdateError::Missing)), "{level}: {removed:?}");
    }
}

#[tokio::test]
async fn an_insert_that_waited_does_so_too() {
    let server = Server::start();
    for level in LEVELS {
        let (store, other) = scene(&server, level).await;
        let course = Course::of(1).unwrap();
        let insert = || {
            let (store, pending) = (store.clone(), course.pending.clone());
            async move { store.insert(&pending).await }
        };
        let inserts = format!(
            "BEGIN; INSERT INTO handclasp_connections (instance, id, phase, revision, record)
             VALUES ('instance', '{}', 'pending', nextval('handclasp_revisions'), '')",
            course.pending.id(),
        );
        meet(&other, &inserts, insert(), "ROLLBACK").await.unwrap();
        meet(&other, REMOVES, insert(), "COMMIT").await.unwrap();
        other.batch_execute("DELETE FROM handclasp_connections").await.unwrap();
        let inserted = meet(&other, &inserts, insert(), "COMMIT").await;
        assert!(matches!(inserted, Err(InsertError::AlreadyExists)), "{level}: {inserted:?}");
    }
}

#[tokio::test]
async fn writes_are_not_isolated_as_strictly_as_the_database_prefers() {
    let server = Server::start();
    let config = server.database("strict", &["default_transaction_isolation = 'serializable'"]).await;
    let store = Setup::new(config.clone()).await.store(connections(1));
    let refuses = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                       $$ BEGIN RAISE 'at %', current_setting('transaction_isolation'); END $$;
                   CREATE TRIGGER refuse BEFORE INSERT ON handclasp_connections
                       WHEN (current_setting('transaction_isolation') <> 'read committed')
                       EXECUTE FUNCTION refuse()";
    connect(&config).await.batch_execute(refuses).await.unwrap();
    store.insert(&Course::pending(1).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_revision_that_the_database_cannot_have_is_another_one() {
    let server = Server::start();
    let store = Setup::new(server.config()).await.store(connections(1));
    let course = Course::of(1).unwrap();
    // The record's own revisions are 1, 2 and 3.
    for number in [1 << 63, u64::MAX, 0] {
        let strange = Revision::new(number);
        let missing = store.update(&course.active, strange).await;
        assert!(matches!(missing, Err(UpdateError::Missing)), "{number}: {missing:?}");
        let at = store.insert(&course.pending).await.unwrap();
        let updated = store.update(&course.active, strange).await;
        assert!(matches!(updated, Err(UpdateError::Conflict)), "{number}: {updated:?}");
        let removed = store.remove(course.active.id(), strange).await;
        assert!(matches!(removed, Err(UpdateError::Conflict)), "{number}: {removed:?}");
        store.remove(course.active.id(), at).await.unwrap();
    }
}
