//! Metrics, made of the worker's events: a layer that counts them. Put counters of your metrics library in place of the map.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handclasp_worker::TARGET;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// How often each event came, by its name and outcome, and what their times and backlogs came to. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(Arc<Mutex<BTreeMap<(String, String), Sums>>>);

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    times: u64,
    millis: u64,
    longest: u64,
    most_backlog: u64,
}

impl Counters {
    fn sums(&self) -> MutexGuard<'_, BTreeMap<(String, String), Sums>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Counters {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut seen = Seen::default();
        event.record(&mut seen);
        let mut sums = self.sums();
        let sums = sums.entry((seen.event, seen.outcome)).or_default();
        sums.times += 1;
        sums.millis += seen.millis;
        sums.longest = sums.longest.max(seen.millis);
        sums.most_backlog = sums.most_backlog.max(seen.backlog);
    }
}

/// The fields that are counted. The connection's id is not among them: as a label it would make a series of its own of
/// each connection.
#[derive(Debug, Default)]
struct Seen {
    event: String,
    outcome: String,
    millis: u64,
    backlog: u64,
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => value.clone_into(&mut self.event),
            "outcome" => value.clone_into(&mut self.outcome),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "millis" => self.millis = value,
            "backlog" => self.backlog = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:10} {:16} {:>6} {:>8} {:>8} {:>8}",
            "event", "outcome", "times", "ms", "longest", "backlog"
        )?;
        for ((event, outcome), Sums { times, millis, longest, most_backlog }) in &*self.sums() {
            writeln!(f, "{event:10} {outcome:16} {times:>6} {millis:>8} {longest:>8} {most_backlog:>8}")?;
        }
        Ok(())
    }
}
