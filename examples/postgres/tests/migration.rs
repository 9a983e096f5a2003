//! The tables are made once, whoever comes first.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::ConnectionStore;
use handclasp::conformance::Course;
use handclasp_postgres::{Database, Limits};
use support::{Server, connect, isolated, uid};
use tokio_postgres::Config;

const VERSIONS: &str = "SELECT array_agg(version ORDER BY version) FROM handclasp_migrations";

fn database(config: &Config) -> Database {
    Database::plain(config.clone(), Limits::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_that_start_at_once_make_the_tables_once() {
    let server = Server::start();
    // At the strictest level, where a transaction could go on seeing a database without tables.
    for (name, level) in [("usual", "read committed"), ("strict", "serializable")] {
        let config = isolated(server.database(name, &[]).await, level);
        let starting: Vec<_> = (0..32)
            .map(|_| {
                let database = database(&config);
                tokio::spawn(async move { database.migrate().await })
            })
            .collect();
        for started in starting {
            started.await.unwrap().unwrap();
        }
        let versions: Vec<i32> = connect(&config).await.query_one(VERSIONS, &[]).await.unwrap().get(0);
        assert_eq!(versions, [1], "{level}");
    }
}

#[tokio::test]
async fn a_second_time_nothing_is_left_to_do_not_even_for_a_user_who_may_not() {
    let server = Server::start();
    let mut config = server.config();
    let course = Course::of(1).unwrap();
    database(&config).migrate().await.unwrap();
    let revision = database(&config).store(uid("instance")).insert(&course.pending).await.unwrap();
    database(&config).migrate().await.unwrap();

    let admin = connect(&config).await;
    admin
        .batch_execute(
            "CREATE ROLE app LOGIN;
             GRANT SELECT ON handclasp_migrations TO app;
             GRANT SELECT, INSERT, UPDATE, DELETE ON handclasp_connections TO app;
             GRANT USAGE ON handclasp_revisions TO app",
        )
        .await
        .unwrap();
    config.user("app");
    let app = database(&config);
    app.migrate().await.unwrap();
    let store = app.store(uid("instance"));
    let revision = store.update(&course.active, revision).await.unwrap();
    store.remove(course.active.id(), revision).await.unwrap();
    store.insert(&course.closed).await.unwrap();
    assert!(store.get(course.closed.id()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let server = Server::start();
    let config = server.config();
    let admin = connect(&config).await;
    admin.batch_execute("CREATE TABLE handclasp_connections (mine text)").await.unwrap();
    database(&config).migrate().await.unwrap_err();
    let left = "SELECT relname::text FROM pg_class WHERE relname LIKE 'handclasp%'";
    let left: Vec<String> = admin.query(left, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(left, ["handclasp_connections"]);

    admin.batch_execute("DROP TABLE handclasp_connections").await.unwrap();
    database(&config).migrate().await.unwrap();
}
