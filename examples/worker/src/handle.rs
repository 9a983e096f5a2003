//! Telling the worker that something has happened.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handclasp::ConnectionId;
use tokio::sync::Notify;

/// Tells a worker which connections to look at. Clones belong to the same worker.
#[derive(Clone, Debug)]
pub struct Handle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// A set, so that being told the same a thousand times takes the room of once; `None` when the worker has ended.
    ids: Mutex<Option<BTreeSet<ConnectionId>>>,
    told: Notify,
}

impl Handle {
    /// Something happened to this connection: the worker reads its record now, and refreshes it at once if that is due.
    ///
    /// Call it for a connection that was just initiated, accepted or switched in a page, so that nobody waits for the next
    /// look through the store. It returns at once, works before the worker runs, and does nothing once it has ended. A
    /// connection that was refreshed less than the [least pause](crate::Pace::least_pause) ago waits for the rest of it.
    pub fn look_at(&self, id: ConnectionId) {
        if let Some(ids) = self.0.ids().as_mut() {
            ids.insert(id);
        }
        self.0.told.notify_one();
    }
}

impl Shared {
    fn ids(&self) -> MutexGuard<'_, Option<BTreeSet<ConnectionId>>> {
        // Nothing in here can panic half way through a change.
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker's end. When it is dropped, handles do nothing any more, and keep nothing.
#[derive(Debug)]
pub(crate) struct Inbox(Handle);

impl Inbox {
    pub(crate) fn new() -> Self {
        let ids = Mutex::new(Some(BTreeSet::new()));
        Self(Handle(Arc::new(Shared { ids, told: Notify::new() })))
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.clone()
    }

    /// Comes to an end when there is something to [`take`](Self::take). It can be dropped at any time without loss.
    pub(crate) async fn told(&self) {
        self.0.0.told.notified().await;
    }

    /// What to look at, which may be nothing.
    pub(crate) fn take(&self) -> BTreeSet<ConnectionId> {
        self.0.0.ids().as_mut().map(core::mem::take).unwrap_or_default()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        *self.0.0.ids() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_again_and_again_is_kept_once_and_after_the_end_not_at_all() {
        let inbox = Inbox::new();
        let handle = inbox.handle();
        let id = ConnectionId::parse("0193e0c4-8c00-7abc-9def-0123456789ab").unwrap();
        for _ in 0..1000 {
            handle.look_at(id);
        }
        assert_eq!(inbox.take(), BTreeSet::from([id]));
        assert!(inbox.take().is_empty());
        drop(inbox);
        handle.look_at(id);
        assert!(handle.0.ids().is_none());
    }
}
