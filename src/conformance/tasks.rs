//! Running tasks beside each other, whatever the executor is.

use core::future::poll_fn;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Poll;
use std::sync::{Arc, Mutex, PoisonError};

use super::StoreSetup;
use super::waiting::Signal;
use crate::maybe::{BoxFuture, MaybeSend};

/// Something that runs beside the suite.
pub type Task = BoxFuture<()>;

/// Runs all of them at once, each as a task of its own, and gives what came of them, in order. What did not come to its
/// end, because it panicked, is missing.
///
/// None begins before all are there: else the first would be at its end before the last begins.
pub(super) async fn at_once<T: MaybeSend + 'static>(
    setup: &impl StoreSetup,
    futures: Vec<BoxFuture<T>>,
) -> Vec<T> {
    let (coming, going) = (Countdown::from(futures.len()), Countdown::from(futures.len()));
    let results: Vec<Arc<Mutex<Option<T>>>> = futures.iter().map(|_| Arc::default()).collect();
    for (future, result) in futures.into_iter().zip(&results) {
        let (coming, result, end) = (coming.clone(), result.clone(), End(going.clone()));
        setup.spawn(Box::pin(async move {
            coming.one_less();
            coming.over.wait().await;
            let given = future.await;
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
            drop(end);
        }));
    }
    going.over.wait().await;
    let given = |result: Arc<Mutex<Option<T>>>| result.lock().unwrap_or_else(PoisonError::into_inner).take();
    results.into_iter().filter_map(given).collect()
}

/// Counts tasks down, and signals when none is left. Clones are the same.
#[derive(Clone)]
struct Countdown {
    left: Arc<AtomicUsize>,
    over: Signal,
}

impl Countdown {
    fn from(count: usize) -> Self {
        let over = Signal::default();
        if count == 0 {
            over.happen();
        }
        Self { left: Arc::new(AtomicUsize::new(count)), over }
    }

    fn one_less(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.over.happen();
        }
    }
}

/// Counts a task that has ended, also if it panicked or was dropped.
struct End(Countdown);

impl Drop for End {
    fn drop(&mut self) {
        self.0.one_less();
    }
}

/// Lets other tasks of the same thread go on.
pub(super) async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Drops a future after so many polls, if it has not come to an end by then.
pub(super) async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Whether it would be polled again soon, or never: it is dropped here.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
