//! A server for a test, stores on it, and other users of its database.

#![allow(dead_code, reason = "each test and bench uses its own part")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod server;

use std::net::TcpListener;
use std::time::Duration;

use handclasp::InstanceUid;
use handclasp::conformance::{StoreSetup, Task};
use handclasp_postgres::{Database, Limits, PostgresStore};
use tokio_postgres::{Client, Config, NoTls};

pub(crate) use server::Server;

/// Stores in one database, each with connections of its own.
pub(crate) struct Setup {
    config: Config,
}

impl Setup {
    /// In this database, which gets the tables.
    pub(crate) async fn new(config: Config) -> Self {
        let setup = Self { config };
        setup.database(Limits::default()).migrate().await.unwrap();
        setup
    }

    /// Another user of the database.
    pub(crate) async fn client(&self) -> Client {
        connect(&self.config).await
    }

    pub(crate) fn database(&self, limits: Limits) -> Database {
        Database::plain(self.config.clone(), limits).unwrap()
    }

    pub(crate) fn store(&self, limits: Limits) -> PostgresStore {
        self.database(limits).store(uid("instance"))
    }
}

impl StoreSetup for Setup {
    type Store = PostgresStore;

    async fn open(&self, instance: &InstanceUid) -> PostgresStore {
        // 64 of them race, of a server's 300.
        self.database(connections(2)).store(instance.clone())
    }

    async fn unreachable(&self, instance: &InstanceUid) -> Option<PostgresStore> {
        Some(Database::plain(nowhere(), connections(2)).unwrap().store(instance.clone()))
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

pub(crate) fn connections(connections: usize) -> Limits {
    let mut limits = Limits::default();
    limits.connections = connections;
    limits
}

pub(crate) fn uid(text: &str) -> InstanceUid {
    InstanceUid::parse(text).unwrap()
}

/// The same database, for somebody who insists on this level of isolation.
pub(crate) fn isolated(mut config: Config, level: &str) -> Config {
    config.options(format!("-c default_transaction_isolation={}", level.replace(' ', "\\ ")));
    config
}

/// A server where nobody listens.
fn nowhere() -> Config {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("postgres://postgres@127.0.0.1:{port}/postgres").parse().unwrap()
}

/// A user of the database who is no store.
pub(crate) async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until a statement of another user waits for a lock, and gives the process of the server that executes it.
pub(crate) async fn someone_waits(client: &Client) -> i32 {
    let waiting =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..600 {
        // Within a transaction, the view is otherwise that of the first look.
        client.execute("SELECT pg_stat_clear_snapshot()", &[]).await.unwrap();
        if let Some(row) = client.query_opt(waiting, &[]).await.unwrap() {
            return row.get(0);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("half a minute later, nobody waits for a lock");
}
