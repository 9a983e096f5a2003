//! Processes that write are killed a hundred times, each at another moment: whatever they had been told is there.
//!
//! Two processes at a time write to one database, and say on their output what they try, and what the store has
//! acknowledged. One of them is killed while the other goes on, then the other one. After each kill, what the database
//! holds is compared with what was said.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test: what should not be seen ends it"
)]

mod books;
mod process;
mod random;
mod writer;

use std::env;
use std::time::Duration;

use handclasp::InstanceUid;
use handclasp::conformance::Course;
use handclasp_sqlite::SqliteStore;

use books::Books;
use process::Process;
use random::Random;

/// How often two processes are started and killed.
const ROUNDS: u64 = 50;
/// How many writers a process has, each on a handle of its own, and how many records a writer has for itself.
const WRITERS: u64 = 2;
const RECORDS: u64 = 3;
/// How many writes a process may be through before it is killed: it meets a new file, a full log, and all between.
const MOST_WRITES: u64 = 40;
/// How long it may then go on: some writes' time.
const MOST_MICROS: u64 = 8000;

#[tokio::main]
async fn main() {
    // A process that was started by another one gets the file and its number.
    if let Some(file) = env::var_os(process::FILE) {
        writer::write_until_killed(file.as_ref(), env::var(process::NUMBER).unwrap().parse().unwrap()).await;
    }
    every_acknowledged_write_survives_a_hundred_kills().await;
}

async fn every_acknowledged_write_survives_a_hundred_kills() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connections.db");
    let mut books = Books::default();
    let mut random = Random::new(4711);
    for round in 0..ROUNDS {
        let mut one = Process::start(&file, round % 2);
        let mut other = Process::start(&file, 1 - round % 2);
        // The other one goes on after the first one's death.
        for process in [&mut one, &mut other] {
            process.acknowledged(1 + random.below(MOST_WRITES), &mut books);
            std::thread::sleep(Duration::from_micros(random.below(MOST_MICROS)));
            process.kill(&mut books);
            // Before anybody opens it: what a kill leaves behind.
            books.log(&file);
            books.compare(&store(&file), process.records()).await;
        }
        books.check(&file);
    }
    books.print();
}

fn store(file: &std::path::Path) -> SqliteStore {
    SqliteStore::open(file, instance()).unwrap()
}

fn instance() -> InstanceUid {
    InstanceUid::parse("killed").unwrap()
}

/// The record with this number, in each phase.
fn course(number: u64) -> Course {
    Course::of(number).unwrap()
}
