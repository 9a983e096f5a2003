//! Running tasks beside each other, whatever the executor is.

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{StoreSetup, Task};
use crate::maybe::{BoxFuture, MaybeSend};

/// Runs all of them at once, each as a task of its own, and gives what came of them, in order. What did not come to its
/// end, because it panicked, is missing.
///
/// None begins before all are there: else the first would be at its end before the last begins.
pub(super) async fn at_once<T: MaybeSend + 'static>(
    setup: &impl StoreSetup,
    futures: Vec<BoxFuture<T>>,
) -> Vec<T> {
    let shared = Arc::new(Mutex::new(Gathered {
        missing: futures.len(),
        results: futures.iter().map(|_| None).collect(),
        waker: None,
    }));
    let gate = Arc::new(Mutex::new(Gate { missing: futures.len(), waiting: Vec::new() }));
    for (index, future) in futures.into_iter().enumerate() {
        let end = End { shared: shared.clone(), index };
        let gate = gate.clone();
        let task: Task = Box::pin(async move {
            pass(&gate).await;
            let result = future.await;
            end.put(result);
        });
        setup.spawn(task);
    }
    poll_fn(|context| lock(&shared).poll(context)).await;
    let results = core::mem::take(&mut lock(&shared).results);
    results.into_iter().flatten().collect()
}

/// Opens when all are there.
struct Gate {
    missing: usize,
    waiting: Vec<Waker>,
}

async fn pass(gate: &Mutex<Gate>) {
    let mut has_come = false;
    poll_fn(|context| {
        let mut open = lock(gate);
        if !has_come {
            has_come = true;
            open.missing -= 1;
        }
        if open.missing > 0 {
            open.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        let waiting = core::mem::take(&mut open.waiting);
        drop(open);
        waiting.into_iter().for_each(Waker::wake);
        Poll::Ready(())
    })
    .await;
}

struct Gathered<T> {
    missing: usize,
    results: Vec<Option<T>>,
    waker: Option<Waker>,
}

impl<T> Gathered<T> {
    fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.missing == 0 {
            return Poll::Ready(());
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Says that a task has ended, also if it panicked or was dropped: then its result is missing.
struct End<T> {
    shared: Arc<Mutex<Gathered<T>>>,
    index: usize,
}

impl<T> End<T> {
    fn put(&self, result: T) {
        if let Some(place) = lock(&self.shared).results.get_mut(self.index) {
            *place = Some(result);
        }
    }
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        let mut gathered = lock(&self.shared);
        gathered.missing -= 1;
        let waker = if gathered.missing == 0 { gathered.waker.take() } else { None };
        drop(gathered);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
        match Pin::as_mut(&mut future).poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Whether it would be polled again soon, or never: it is dropped here.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
