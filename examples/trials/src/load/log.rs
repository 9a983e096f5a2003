//! What the writers write down beside what they know of records.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::wrong::{Wrong, Wrongs};

/// What happened to one writer, or to all of them.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) acknowledged: usize,
    pub(super) refused: usize,
    pub(super) failed: usize,
    pub(super) unclear: usize,
    pub(super) unread: usize,
    /// What failures said, and how often.
    pub(super) failures: BTreeMap<String, usize>,
    pub(super) wrong: Wrongs,
}

impl Log {
    /// Adds what is wrong, if anything is.
    pub(super) fn note(&mut self, result: Result<(), Wrong>) {
        if let Err(wrong) = result {
            self.wrong.add(wrong);
        }
    }

    pub(super) fn add_all(&mut self, wrong: Vec<Wrong>) {
        for wrong in wrong {
            self.wrong.add(wrong);
        }
    }

    pub(super) fn failure(&mut self, words: String) {
        *self.failures.entry(words).or_default() += 1;
    }

    pub(super) fn join(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.failed += other.failed;
        self.unclear += other.unclear;
        self.unread += other.unread;
        for (words, times) in other.failures {
            *self.failures.entry(words).or_default() += times;
        }
        self.wrong.join(other.wrong);
    }
}

/// How far all writers have come together, and whether they shall stop.
#[derive(Debug)]
pub(super) struct Progress {
    is_over: AtomicBool,
    acknowledged: watch::Sender<Acknowledged>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Acknowledged {
    pub(super) count: usize,
    pub(super) longest_gap: Duration,
    last: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        let first = Acknowledged { count: 0, longest_gap: Duration::ZERO, last: Instant::now() };
        Self { is_over: AtomicBool::new(false), acknowledged: watch::Sender::new(first) }
    }

    /// One more write was acknowledged.
    pub(super) fn acknowledged(&self) {
        self.acknowledged.send_modify(|so_far| {
            so_far.count += 1;
            let now = Instant::now();
            so_far.longest_gap = so_far.longest_gap.max(now - so_far.last);
            so_far.last = now;
        });
    }

    pub(super) fn so_far(&self) -> Acknowledged {
        *self.acknowledged.borrow()
    }

    /// Waits until so many more were acknowledged.
    pub(super) async fn wait_for(&self, more: usize) {
        let mut acknowledged = self.acknowledged.subscribe();
        let goal = self.so_far().count + more;
        // The sender lives as long as `self`.
        let _ = acknowledged.wait_for(|so_far| so_far.count >= goal).await;
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}
