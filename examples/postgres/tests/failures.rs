//! What fails clearly, what is unclear, and that neither lasts.

#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::time::Duration;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, InsertError, ListQuery, Revision, UpdateError};
use handclasp_postgres::{Database, Limits, PostgresError, PostgresStore};
use proxy::Proxy;
use support::{Server, Setup, connect, connections, someone_waits};
use tokio::task::JoinHandle;

const LOCKS: &str = "BEGIN; SELECT FROM handclasp_connections FOR UPDATE";
const SOON: Duration = Duration::from_millis(200);

type Updating = JoinHandle<Result<Revision, UpdateError<PostgresError>>>;

fn update(store: &PostgresStore, course: &Course, at: Revision) -> Updating {
    let (store, active) = (store.clone(), course.active.clone());
    tokio::spawn(async move { store.update(&active, at).await })
}

#[tokio::test]
async fn a_statement_that_takes_too_long_fails_clearly() {
    let server = Server::start();
    let setup = Setup::new(server.config()).await;
    let mut limits = connections(1);
    limits.statement = SOON;
    let store = setup.store(limits);
    let course = Course::of(1).unwrap();
    let at = store.insert(&course.pending).await.unwrap();

    let other = connect(&server.config()).await;
    other.batch_execute(LOCKS).await.unwrap();
    let updated = store.update(&course.active, at).await;
    assert!(matches!(updated, Err(UpdateError::Failed(PostgresError::Database(_)))), "{updated:?}");
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.get(course.pending.id()).await.unwrap().unwrap().revision, at);
    store.update(&course.active, at).await.unwrap();
}

#[tokio::test]
async fn the_callers_own_limit_for_statements_counts() {
    let server = Server::start();
    let mut config = server.config();
    let setup = Setup::new(config.clone()).await;
    let course = Course::of(1).unwrap();
    let at = setup.store(connections(1)).insert(&course.pending).await.unwrap();

    config.options("-c statement_timeout=200");
    let mut limits = connections(1);
    // With this one, the client would stop waiting before the server gives up.
    limits.statement = limits.answer * 10;
    let store = Setup::new(config).await.store(limits);
    let other = connect(&server.config()).await;
    other.batch_execute(LOCKS).await.unwrap();
    let updated = store.update(&course.active, at).await;
    assert!(matches!(updated, Err(UpdateError::Failed(PostgresError::Database(_)))), "{updated:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_unclear_and_its_connection_is_not_used_again() {
    let server = Server::start();
    let direct = Setup::new(server.config()).await.store(connections(1));
    let proxy = Proxy::before(&server.config()).await;
    let mut limits = connections(1);
    limits.answer = SOON;
    let store = Setup::new(proxy.config(&server.config())).await.store(limits);
    let course = Course::of(1).unwrap();
    let at = store.insert(&course.pending).await.unwrap();
    // Prepared, so that the next time only the write itself is sent.
    let at = store.update(&course.active, at).await.unwrap();

    proxy.be_silent(true);
    let updated = store.update(&course.deactivated, at).await;
    assert!(matches!(updated, Err(UpdateError::Unclear(PostgresError::AnswerTimeout(SOON)))), "{updated:?}");
    let landed = direct.get(course.pending.id()).await.unwrap().unwrap();
    assert_eq!(landed.connection.phase(), course.deactivated.phase());

    // Answers that come too late are those of the old connection.
    proxy.be_silent(false);
    let updated = store.update(&course.closed, at).await;
    assert!(matches!(updated, Err(UpdateError::Conflict)), "{updated:?}");
    store.update(&course.closed, landed.revision).await.unwrap();
}

#[tokio::test]
async fn a_pool_that_is_used_up_fails_clearly() {
    let server = Server::start();
    let setup = Setup::new(server.config()).await;
    let mut limits = connections(1);
    limits.connect = SOON;
    let store = setup.store(limits);
    let course = Course::of(1).unwrap();
    let at = store.insert(&course.pending).await.unwrap();

    let other = connect(&server.config()).await;
    other.batch_execute(LOCKS).await.unwrap();
    let updating = update(&store, &course, at);
    someone_waits(&other).await;
    let inserted = store.insert(&Course::pending(2).unwrap()).await;
    assert!(
        matches!(inserted, Err(InsertError::Failed(PostgresError::ConnectTimeout(SOON)))),
        "{inserted:?}"
    );
    let listed = store.list(&ListQuery::newest_first()).await;
    assert!(matches!(listed, Err(PostgresError::ConnectTimeout(SOON))), "{listed:?}");
    other.batch_execute("ROLLBACK").await.unwrap();
    updating.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_future_that_is_dropped_in_the_middle_leaves_the_pool_whole() {
    let server = Server::start();
    let store = Setup::new(server.config()).await.store(connections(1));
    let course = Course::of(1).unwrap();
    let mut at = store.insert(&course.pending).await.unwrap();
    let other = connect(&server.config()).await;
    for _ in 0..3 {
        other.batch_execute(LOCKS).await.unwrap();
        let updating = update(&store, &course, at);
        someone_waits(&other).await;
        updating.abort();
        assert!(updating.await.unwrap_err().is_cancelled());
        other.batch_execute("ROLLBACK").await.unwrap();
        // What comes next on the connection waits until the server is through with the update.
        let landed = store.get(course.pending.id()).await.unwrap().unwrap();
        assert_ne!(landed.revision, at);
        assert_eq!(landed.connection.phase(), course.active.phase());
        at = store.update(&course.pending, landed.revision).await.unwrap();
    }
}

#[tokio::test]
async fn a_write_that_the_server_gave_up_is_clear_and_one_whose_connection_it_ended_is_not() {
    let server = Server::start();
    let store = Setup::new(server.config()).await.store(connections(1));
    let course = Course::of(1).unwrap();
    let at = store.insert(&course.pending).await.unwrap();
    let other = connect(&server.config()).await;
    for (end, is_clear) in [("pg_cancel_backend", true), ("pg_terminate_backend", false)] {
        other.batch_execute(LOCKS).await.unwrap();
        let updating = update(&store, &course, at);
        let process = someone_waits(&other).await;
        other.execute(&format!("SELECT {end}($1)"), &[&process]).await.unwrap();
        let updated = updating.await.unwrap();
        match &updated {
            Err(UpdateError::Failed(_)) => assert!(is_clear, "{end}: {updated:?}"),
            Err(UpdateError::Unclear(_)) => assert!(!is_clear, "{end}: {updated:?}"),
            _ => panic!("{end}: {updated:?}"),
        }
        other.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(store.get(course.pending.id()).await.unwrap().unwrap().revision, at, "{end}");
    }
}

#[tokio::test]
async fn connections_that_the_server_has_ended_are_replaced() {
    let server = Server::start();
    let store = Setup::new(server.config()).await.store(connections(4));
    let course = Course::of(1).unwrap();
    store.insert(&course.pending).await.unwrap();
    let other = connect(&server.config()).await;
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    for _ in 0..5 {
        let (a, b, c, d) = tokio::join!(
            store.get(course.pending.id()),
            store.get(course.pending.id()),
            store.get(course.pending.id()),
            store.get(course.pending.id()),
        );
        assert!([a, b, c, d].iter().any(Result::is_ok), "nothing can be read any more");
        other.execute(end, &[]).await.unwrap();
        // Each connection that has not noticed yet fails one call at most.
        let mut failed = 0;
        while store.get(course.pending.id()).await.is_err() {
            failed += 1;
            assert!(failed <= 4, "a connection that was ended was handed out twice");
        }
    }
}

#[tokio::test]
async fn a_statement_that_does_not_fit_the_tables_any_more_is_prepared_anew() {
    let server = Server::start();
    let store = Setup::new(server.config()).await.store(connections(1));
    let course = Course::of(1).unwrap();
    store.insert(&course.pending).await.unwrap();
    store.get(course.pending.id()).await.unwrap();
    let other = connect(&server.config()).await;
    // What the store reads is the same, but the server says to the old statement: "cached plan must not change result type".
    let alters = "CREATE DOMAIN revision AS bigint;
                  ALTER TABLE handclasp_connections ALTER COLUMN revision TYPE revision";
    other.batch_execute(alters).await.unwrap();
    let tries = [store.get(course.pending.id()).await, store.get(course.pending.id()).await];
    assert!(matches!(tries, [Err(PostgresError::Database(_)), Ok(Some(_))]), "{tries:?}");
}

#[tokio::test]
async fn a_database_that_only_reads_is_not_asked() {
    let server = Server::start();
    let config = server.database("standby", &[]).await;
    Setup::new(config.clone()).await;
    let admin = connect(&server.config()).await;
    admin.batch_execute("ALTER DATABASE standby SET default_transaction_read_only = on").await.unwrap();
    let store = Database::plain(config, Limits::default()).unwrap().store(support::uid("instance"));
    let got = store.get(Course::pending(1).unwrap().id()).await;
    assert!(matches!(got, Err(PostgresError::Connect(_))), "{got:?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_no_missing_one() {
    let server = Server::start();
    let store = Setup::new(server.config()).await.store(connections(1));
    let course = Course::of(1).unwrap();
    let at = store.insert(&course.pending).await.unwrap();
    let other = connect(&server.config()).await;
    other.batch_execute(r"UPDATE handclasp_connections SET record = '\x00'").await.unwrap();
    let got = store.get(course.pending.id()).await;
    assert!(matches!(got, Err(PostgresError::Record(_))), "{got:?}");
    let listed = store.list(&ListQuery::newest_first()).await;
    assert!(matches!(listed, Err(PostgresError::Record(_))), "{listed:?}");
    store.update(&course.active, at).await.unwrap();
}
