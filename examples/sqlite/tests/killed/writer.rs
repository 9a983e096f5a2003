//! What runs in the process that is killed.

use std::io::{Write, stdout};
use std::path::Path;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, Phase};
use handclasp_sqlite::SqliteStore;
use tokio::task::JoinSet;

use super::process::{Said, records};
use super::{RECORDS, WRITERS, course, store};

/// Writes until somebody ends it. What the store refuses or fails ends it, too: nobody else writes its records.
pub(crate) async fn write_until_killed(file: &Path, number: u64) -> ! {
    let mine: Vec<_> = records(number).collect();
    let mut writers = JoinSet::<()>::new();
    for numbers in mine.chunks(RECORDS.try_into().unwrap()) {
        let records: Vec<_> = numbers.iter().map(|number| (*number, course(*number))).collect();
        let store = store(file);
        writers.spawn(async move {
            loop {
                for (number, course) in &records {
                    step(&store, *number, course).await;
                }
            }
        });
    }
    assert_eq!(writers.len(), usize::try_from(WRITERS).unwrap());
    let ended = writers.join_next().await;
    panic!("a writer has ended: {ended:?}");
}

/// Takes a record to its next phase: from nothing through all of them, and back to nothing.
async fn step(store: &SqliteStore, number: u64, course: &Course) {
    let id = course.pending.id();
    let Some(stored) = store.get(id).await.unwrap() else {
        say(Said::Tries(number, Some(Phase::Pending)));
        let revision = store.insert(&course.pending).await.unwrap();
        return say(Said::Did(number, revision.number()));
    };
    let next = Phase::ALL.iter().copied().find(|phase| *phase > stored.connection.phase());
    say(Said::Tries(number, next));
    let revision = match next {
        Some(phase) => store.update(course.in_phase(phase), stored.revision).await.unwrap().number(),
        None => store.remove(id, stored.revision).await.map(|()| 0).unwrap(),
    };
    say(Said::Did(number, revision));
}

/// One line in one go, so that whoever reads it has it before the next write begins.
fn say(said: Said) {
    let mut out = stdout().lock();
    out.write_all(format!("{said}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
