//! A store in memory that does one thing wrong, or fails as an engine may.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, ListQuery, MemoryStore, Page, Revision, Stored,
    UpdateError,
};

/// What it does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Doing {
    /// Now and then a call fails or is unclear, as the contract permits: some of what is unclear lands, some late.
    Failing,
    /// Now and then an update is acknowledged, and not made.
    Forgetting,
    /// Now and then an update is refused, although nobody was faster.
    Refusing,
    /// Now and then an update is made, and its answer is a conflict: with itself, as a retry inside would have it.
    Retrying,
    /// Now and then an update is made, and said to have failed.
    Denying,
    /// Updates do not look at the revision.
    Overwriting,
    /// Revisions come back after a while.
    Revolving,
    /// Pages end one record early.
    Shortening,
    /// Now and then a read gives what the record was before.
    Remembering,
}

/// One handle.
#[derive(Debug)]
pub(crate) struct Faulty {
    inner: MemoryStore,
    doing: Doing,
    calls: AtomicU64,
    read: Mutex<HashMap<ConnectionId, Stored>>,
}

/// The only failure there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken on purpose")
    }
}

impl std::error::Error for Broken {}

/// What becomes of a call of a store that is failing.
enum Fate {
    Fine,
    Failed,
    Landed,
    Lost,
    Late(Duration),
}

impl Faulty {
    pub(crate) fn new(inner: MemoryStore, doing: Doing) -> Self {
        Self { inner, doing, calls: AtomicU64::new(0), read: Mutex::default() }
    }

    /// Whether the wrong happens to this call.
    fn is_now(&self, doing: Doing) -> bool {
        self.doing == doing && self.calls.fetch_add(1, Ordering::SeqCst) % 20 == 19
    }

    fn fate(&self) -> Fate {
        if self.doing != Doing::Failing {
            return Fate::Fine;
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        match call % 23 {
            7 => Fate::Failed,
            11 => Fate::Landed,
            15 => Fate::Lost,
            // Before and after the writer looks again.
            19 | 20 => Fate::Late(Duration::from_millis(call % 13)),
            _ => Fate::Fine,
        }
    }

    /// A revision as it is shown.
    fn shown(&self, revision: Revision) -> Revision {
        if self.doing == Doing::Revolving { Revision::new(revision.number() % 97) } else { revision }
    }

    /// The revision to expect: the one that was shown like this, if it is the present one.
    async fn expected(&self, id: ConnectionId, shown: Revision) -> Revision {
        let Ok(stored) = self.inner.get(id).await;
        match stored {
            Some(stored) if self.doing == Doing::Overwriting || self.shown(stored.revision) == shown => {
                stored.revision
            }
            _ => shown,
        }
    }
}

impl ConnectionStore for Faulty {
    type Error = Broken;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Broken> {
        if !matches!(self.fate(), Fate::Fine) {
            return Err(Broken);
        }
        let Ok(stored) = self.inner.get(id).await;
        // What is read is old before it is used.
        tokio::task::yield_now().await;
        let Some(stored) = stored else { return Ok(None) };
        let before = self.read.lock().unwrap().insert(id, stored.clone());
        if self.is_now(Doing::Remembering) {
            return Ok(before);
        }
        Ok(Some(Stored::new(stored.connection, self.shown(stored.revision))))
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Broken>> {
        let insert = async |connection: &Connection| {
            self.inner.insert(connection).await.map(|revision| self.shown(revision)).map_err(|refusal| {
                match refusal {
                    InsertError::Failed(never) | InsertError::Unclear(never) => match never {},
                    InsertError::AlreadyExists => InsertError::AlreadyExists,
                }
            })
        };
        match self.fate() {
            Fate::Fine => insert(connection).await,
            Fate::Failed => Err(InsertError::Failed(Broken)),
            Fate::Landed => {
                let _ = insert(connection).await;
                Err(InsertError::Unclear(Broken))
            }
            Fate::Lost => Err(InsertError::Unclear(Broken)),
            Fate::Late(by) => {
                let (inner, connection) = (self.inner.clone(), connection.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(by).await;
                    inner.insert(&connection).await
                });
                Err(InsertError::Unclear(Broken))
            }
        }
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Broken>> {
        let expected = self.expected(connection.id(), expected).await;
        let update =
            async || self.inner.update(connection, expected).await.map(|revision| self.shown(revision));
        match self.fate() {
            Fate::Fine => {}
            Fate::Failed => return Err(UpdateError::Failed(Broken)),
            Fate::Landed => {
                let _ = update().await;
                return Err(UpdateError::Unclear(Broken));
            }
            Fate::Lost => return Err(UpdateError::Unclear(Broken)),
            Fate::Late(by) => {
                let (inner, connection) = (self.inner.clone(), connection.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(by).await;
                    inner.update(&connection, expected).await
                });
                return Err(UpdateError::Unclear(Broken));
            }
        }
        if self.is_now(Doing::Refusing) {
            return Err(UpdateError::Conflict);
        }
        if self.is_now(Doing::Forgetting) {
            return Ok(Revision::new(u64::MAX - self.calls.load(Ordering::SeqCst)));
        }
        let updated = update().await.map_err(refused)?;
        if self.is_now(Doing::Retrying) {
            return Err(UpdateError::Conflict);
        }
        if self.is_now(Doing::Denying) {
            return Err(UpdateError::Failed(Broken));
        }
        Ok(updated)
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Broken>> {
        let expected = self.expected(id, expected).await;
        match self.fate() {
            Fate::Fine => self.inner.remove(id, expected).await.map_err(refused),
            Fate::Failed => Err(UpdateError::Failed(Broken)),
            Fate::Landed => {
                let _ = self.inner.remove(id, expected).await;
                Err(UpdateError::Unclear(Broken))
            }
            Fate::Lost => Err(UpdateError::Unclear(Broken)),
            Fate::Late(by) => {
                let inner = self.inner.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(by).await;
                    inner.remove(id, expected).await
                });
                Err(UpdateError::Unclear(Broken))
            }
        }
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Broken> {
        let Ok(mut page) = self.inner.list(query).await;
        if self.doing == Doing::Shortening {
            page.items.pop();
        }
        let shown = |stored: Stored| Stored::new(stored.connection, self.shown(stored.revision));
        Ok(Page::new(page.items.into_iter().map(shown).collect(), page.next))
    }
}

fn refused(refusal: UpdateError<std::convert::Infallible>) -> UpdateError<Broken> {
    match refusal {
        UpdateError::Conflict => UpdateError::Conflict,
        UpdateError::Missing => UpdateError::Missing,
        UpdateError::Failed(never) | UpdateError::Unclear(never) => match never {},
    }
}

/// A database of such stores.
pub(crate) fn database(doing: Doing) -> super::Memory<impl Fn(MemoryStore) -> Faulty> {
    super::Memory::behind(move |store| Faulty::new(store, doing))
}
