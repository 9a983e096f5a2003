//! A wall clock that goes as tokio's does, and jumps when it is told to.

use core::sync::atomic::{AtomicI64, Ordering};
use core::time::Duration;
use std::sync::Arc;

use handclasp::{Clock, Timestamp};
use tokio::time::Instant;

#[derive(Clone, Debug)]
pub(crate) struct TestClock {
    origin: Instant,
    /// By how many milliseconds it has jumped so far.
    jumped: Arc<AtomicI64>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now(), jumped: Arc::default() }
    }

    pub(crate) fn jump_forward(&self, by: Duration) {
        self.jumped.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn jump_back(&self, by: Duration) {
        self.jumped.fetch_sub(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let elapsed = u64::try_from(self.origin.elapsed().as_millis()).unwrap();
        let noon = 1_800_000_000_000_u64 + elapsed;
        Timestamp::from_millis(noon.saturating_add_signed(self.jumped.load(Ordering::SeqCst))).unwrap()
    }
}
