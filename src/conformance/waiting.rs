//! Waiting, whatever the executor is: for a signal, for a while, and for something no longer than for a while.

use core::future::poll_fn;
use core::task::{Poll, Waker};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use crate::unless::unless;

/// Something that happens once. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Signal(Arc<Mutex<Signalled>>);

#[derive(Default)]
struct Signalled {
    has_happened: bool,
    waiting: Vec<Waker>,
}

impl Signal {
    pub(super) fn happen(&self) {
        let waiting = self.with(|signalled| {
            signalled.has_happened = true;
            core::mem::take(&mut signalled.waiting)
        });
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(super) fn has_happened(&self) -> bool {
        self.with(|signalled| signalled.has_happened)
    }

    /// Waits until it happens.
    pub(super) async fn wait(&self) {
        poll_fn(|context| {
            self.with(|signalled| {
                if signalled.has_happened {
                    return Poll::Ready(());
                }
                signalled.waiting.push(context.waker().clone());
                Poll::Pending
            })
        })
        .await;
    }

    fn with<T>(&self, see: impl FnOnce(&mut Signalled) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Waits for a while. No executor has to know about time: a thread sleeps, and wakes.
pub(super) async fn after(time: Duration) {
    let over = Signal::default();
    // If this future is dropped, so is the sender, and the thread ends before its time.
    let (_until_dropped, dropped) = mpsc::channel::<()>();
    let sleeper = over.clone();
    thread::spawn(move || {
        let _ = dropped.recv_timeout(time);
        sleeper.happen();
    });
    over.wait().await;
}

/// What the future gives; `None`, and it is dropped, if it takes longer.
pub(super) async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    unless(after(time), future).await
}
