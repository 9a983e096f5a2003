//! How speed and size grow with what is stored, on a server of its own with a database for each size: up to 10⁵
//! connections, and with `--long` up to 10⁶.

#![expect(clippy::unwrap_used, reason = "a bench that cannot measure fails")]

#[path = "../tests/support/mod.rs"]
mod support;

use handclasp_trials::{Layout, Plan, growth};
use support::{Server, Setup};

/// How many write at once: one alone waits for the disk most of the time.
const WRITERS: usize = 16;

#[tokio::main]
async fn main() {
    let is_long = std::env::args().any(|argument| argument == "--long");
    let most = if is_long { 1_000_000 } else { 100_000 };
    let server = Server::start();
    for (layout, name) in [(Layout::OneInstance, "one"), (Layout::Thousands, "thousands")] {
        let plan = Plan::from_args("PostgreSQL").layout(layout).writers(WRITERS).up_to(most);
        let mut databases = Vec::new();
        for size in plan.sizes() {
            databases.push(Setup::new(server.database(&format!("{name}_{size}"), &[]).await).await);
        }
        println!("{}\n", growth(&plan, &databases, settled_bytes).await);
        println!("| connections | table | key | phases |\n|--:|--:|--:|--:|");
        for (size, database) in plan.sizes().iter().zip(&databases) {
            println!("| {size} | {} |", parts(database).await);
        }
        println!();
    }
}

/// The bytes of the table and its indices, once the server has tidied up and knows what it holds.
async fn settled_bytes(setup: &Setup) -> u64 {
    let client = setup.client().await;
    client.batch_execute("VACUUM (ANALYZE) handclasp_connections").await.unwrap();
    client.batch_execute("CHECKPOINT").await.unwrap();
    let bytes = "SELECT pg_total_relation_size('handclasp_connections')";
    let bytes: i64 = client.query_one(bytes, &[]).await.unwrap().get(0);
    u64::try_from(bytes).unwrap()
}

/// What the parts take for each connection, in bytes.
async fn parts(setup: &Setup) -> String {
    let parts = "SELECT concat_ws(' | ',
         pg_table_size('handclasp_connections') / count(*),
         pg_relation_size('handclasp_connections_pkey') / count(*),
         pg_relation_size('handclasp_connections_by_phase') / count(*))
         FROM handclasp_connections";
    setup.client().await.query_one(parts, &[]).await.unwrap().get(0)
}
