//! How speed and size of a store grow with what it holds.

mod filled;
mod operation;
mod plan;
mod table;

use std::time::{Duration, Instant};

use handclasp::ConnectionStore;
use handclasp::conformance::StoreSetup;

use filled::Filled;
use operation::Operation;
pub use plan::{Layout, Plan};
pub use table::Growth;
use table::{Row, Samples};

/// Fills a database for each size of the plan, and measures them all together: the operations and the sizes take turns,
/// so that whatever slows the machine down slows them alike.
///
/// The databases may be one and the same, if an engine has only one: then an operation at each size meets with what the
/// other sizes have stored, for other instances. `bytes` says how many bytes a database takes, and is asked before and
/// after filling; it is the place for whatever an engine should do between filling and measuring.
///
/// # Panics
/// If the store fails, or a page is not full.
pub async fn growth<S: StoreSetup>(plan: &Plan, databases: &[S], bytes: impl AsyncFn(&S) -> u64) -> Growth {
    assert_eq!(plan.sizes.len(), databases.len(), "there is a database for each size");
    let mut rows = Vec::new();
    for (size, database) in plan.sizes.iter().zip(databases) {
        let start = Instant::now();
        let filled = Filled::new(plan, database, *size, &bytes).await;
        let filling = start.elapsed();
        let mut samples = Vec::new();
        for operation in Operation::ALL {
            samples.push(Samples::new(operation, calls(operation, &filled).await));
        }
        rows.push((filled, filling, samples));
    }
    let start = Instant::now();
    let mut turn = 0;
    while turn < FEWEST || start.elapsed() < plan.budget {
        for (filled, _, samples) in &mut rows {
            let (store, range) = filled.handle(turn);
            for samples in samples {
                let taken = samples.operation.time(store, &range, samples.calls, turn * samples.calls).await;
                samples.add(taken);
            }
        }
        turn += 1;
    }
    let rows = rows.into_iter().map(|(filled, filling, samples)| Row {
        size: filled.size,
        bytes: filled.bytes,
        filling,
        samples,
    });
    Growth { title: plan.title.clone(), layout: plan.layout, rows: rows.collect() }
}

/// How many calls in a row take long enough for the clock.
async fn calls<S>(operation: Operation, filled: &Filled<S>) -> usize
where
    S: ConnectionStore + Send + Sync + 'static,
{
    let mut calls = 1;
    loop {
        let (store, range) = filled.handle(0);
        if calls == MOST_CALLS || operation.time(store, &range, calls, 0).await >= LONG {
            return calls;
        }
        calls *= 2;
    }
}

/// How many samples are taken at least.
const FEWEST: usize = 20;
/// Long beside the clock's resolution.
const LONG: Duration = Duration::from_micros(20);
/// So that what is prepared for a sample stays in the cache.
const MOST_CALLS: usize = 64;
