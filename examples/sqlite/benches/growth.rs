//! How speed and size grow with the number of connections: `cargo bench -p handclasp-sqlite`.
//!
//! It fills databases of up to a million connections, each in a transaction of its own that waits for the disk, and takes
//! ten minutes, or longer if the disk is slow. With `-- --quick` there are no more than ten thousand.

#![expect(clippy::unwrap_used, reason = "a bench whose store fails has no result")]

use std::fs;

use handclasp_trials::{Plan, growth};
use support::Folder;

#[path = "../tests/support/mod.rs"]
mod support;

#[tokio::main]
async fn main() {
    let plan = Plan::from_args("SQLite");
    let databases: Vec<_> = plan.sizes().iter().map(|_| Folder::new()).collect();
    println!("{}", growth(&plan, &databases, bytes).await);
}

/// The size of the database, after the log was copied into it.
async fn bytes(folder: &Folder) -> u64 {
    let file = folder.file();
    let database = rusqlite::Connection::open(&file).unwrap();
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(database);
    fs::metadata(file).unwrap().len()
}
