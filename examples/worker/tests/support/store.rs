//! A store in memory that fails, hangs or panics when it is told to.

use core::convert::Infallible;
use core::future::pending;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, ListQuery, MemoryStore, Page, Revision, Stored,
    UpdateError,
};
use tokio::time::{Instant, sleep};

#[derive(Clone, Debug, thiserror::Error)]
#[error("the store is in a bad mood")]
pub(crate) struct Broken;

#[derive(Clone, Debug, Default)]
pub(crate) struct Moody {
    inner: MemoryStore,
    mood: Arc<Mood>,
}

#[derive(Debug, Default)]
struct Mood {
    reads_fail: AtomicBool,
    writes_fail: AtomicBool,
    reads_hang: AtomicBool,
    lists_hang: AtomicBool,
    speaks: AtomicBool,
    /// How many seconds a page takes.
    list_seconds: AtomicU64,
    /// Records that cannot be read, alone or in a page.
    damaged: Mutex<BTreeSet<ConnectionId>>,
    panics: Mutex<BTreeSet<ConnectionId>>,
    /// When each record was read, by id.
    gets: Mutex<Vec<(Instant, ConnectionId)>>,
    lists: AtomicUsize,
}

impl Moody {
    pub(crate) fn set_reads_fail(&self, fail: bool) {
        self.mood.reads_fail.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn set_writes_fail(&self, fail: bool) {
        self.mood.writes_fail.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn set_reads_hang(&self, hang: bool) {
        self.mood.reads_hang.store(hang, Ordering::SeqCst);
    }

    pub(crate) fn set_lists_hang(&self, hang: bool) {
        self.mood.lists_hang.store(hang, Ordering::SeqCst);
    }

    pub(crate) fn damage(&self, id: ConnectionId) {
        self.mood.damaged.lock().unwrap().insert(id);
    }

    pub(crate) fn panic_at(&self, id: ConnectionId) {
        self.mood.panics.lock().unwrap().insert(id);
    }

    /// From now on, each page takes so many seconds.
    pub(crate) fn slow_lists(&self, seconds: u64) {
        self.mood.list_seconds.store(seconds, Ordering::SeqCst);
    }

    /// From now on, each read of a record is an event of `tracing`.
    pub(crate) fn speak_up(&self) {
        self.mood.speaks.store(true, Ordering::SeqCst);
    }

    /// Reads a record as the test does: whatever the mood is, and without a trace.
    pub(crate) async fn peek(&self, id: ConnectionId) -> Option<Stored> {
        self.inner.get(id).await.unwrap()
    }

    /// Which records were read when.
    pub(crate) fn gets(&self) -> Vec<(Instant, ConnectionId)> {
        self.mood.gets.lock().unwrap().clone()
    }

    /// How many pages were asked for.
    pub(crate) fn lists(&self) -> usize {
        self.mood.lists.load(Ordering::SeqCst)
    }

    fn is_damaged(&self, id: ConnectionId) -> bool {
        self.mood.damaged.lock().unwrap().contains(&id)
    }
}

impl ConnectionStore for Moody {
    type Error = Broken;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Broken> {
        self.mood.gets.lock().unwrap().push((Instant::now(), id));
        if self.mood.speaks.load(Ordering::SeqCst) {
            tracing::info!(target: "handclasp_worker", spoken = true);
        }
        let panics = self.mood.panics.lock().unwrap().contains(&id);
        assert!(!panics, "a store that panics, as the test wants it");
        if self.mood.reads_hang.load(Ordering::SeqCst) {
            return pending().await;
        }
        if self.mood.reads_fail.load(Ordering::SeqCst) || self.is_damaged(id) {
            return Err(Broken);
        }
        Ok(self.inner.get(id).await.unwrap())
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Broken>> {
        self.inner.insert(connection).await.map_err(|_| InsertError::AlreadyExists)
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Broken>> {
        if self.mood.writes_fail.load(Ordering::SeqCst) {
            return Err(UpdateError::Failed(Broken));
        }
        self.inner.update(connection, expected).await.map_err(refused)
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Broken>> {
        self.inner.remove(id, expected).await.map_err(refused)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Broken> {
        self.mood.lists.fetch_add(1, Ordering::SeqCst);
        if self.mood.lists_hang.load(Ordering::SeqCst) {
            return pending().await;
        }
        sleep(Duration::from_secs(self.mood.list_seconds.load(Ordering::SeqCst))).await;
        let page = self.inner.list(query).await.unwrap();
        let unreadable = page.items.iter().any(|stored| self.is_damaged(stored.connection.id()));
        if unreadable || self.mood.reads_fail.load(Ordering::SeqCst) { Err(Broken) } else { Ok(page) }
    }
}

fn refused(error: UpdateError<Infallible>) -> UpdateError<Broken> {
    match error {
        UpdateError::Conflict => UpdateError::Conflict,
        UpdateError::Missing => UpdateError::Missing,
        UpdateError::Failed(never) | UpdateError::Unclear(never) => match never {},
    }
}
