//! Bringing the tables up to date.

use std::time::Duration;

use deadpool_postgres::{Client, Object};
use tokio::time::timeout;
use tokio_postgres::{Client as Connection, IsolationLevel};

use crate::PostgresError;

/// Each is applied once, in this order, and never changed afterwards: the next version is a further file.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_connections.sql")];

/// Whoever holds this lock migrates. The number is arbitrary; it must not mean anything else in the same database.
const LOCK: i64 = 0x6861_6e64_636c_6173;

/// How long the server works on a statement of a migration, and how long one waits for another process's: an index on a
/// large table takes its time.
const STATEMENT: &str = "SET LOCAL statement_timeout = '10min'";

/// When a migration is given up because nothing comes over the network.
const ANSWER: Duration = Duration::from_mins(30);

pub(crate) async fn run(client: Client) -> Result<(), PostgresError> {
    // Not from the pool any more: whatever becomes of it, its settings and its lock end with it.
    let mut client = Object::take(client);
    timeout(ANSWER, apply(&mut client)).await.map_err(|_| PostgresError::AnswerTimeout(ANSWER))??;
    Ok(())
}

/// All or nothing, in one transaction, which also gives the lock back however it ends.
async fn apply(client: &mut Connection) -> Result<(), tokio_postgres::Error> {
    // At any other level the transaction would go on seeing the tables as they were before it waited for the lock.
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    transaction.batch_execute(STATEMENT).await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    // Asked first, as creating a table takes rights, even if it is there.
    let known = transaction.query_one("SELECT to_regclass('handclasp_migrations') IS NOT NULL", &[]).await?;
    if !known.try_get::<_, bool>(0)? {
        transaction
            .batch_execute(
                "CREATE TABLE handclasp_migrations (
                     version integer PRIMARY KEY,
                     applied_at timestamptz NOT NULL DEFAULT now()
                 )",
            )
            .await?;
    }
    let last =
        transaction.query_one("SELECT coalesce(max(version), 0) FROM handclasp_migrations", &[]).await?;
    let last: i32 = last.try_get(0)?;
    for (version, migration) in (1..).zip(MIGRATIONS) {
        if version > last {
            transaction.batch_execute(migration).await?;
            transaction
                .execute("INSERT INTO handclasp_migrations (version) VALUES ($1)", &[&version])
                .await?;
        }
    }
    transaction.commit().await
}
