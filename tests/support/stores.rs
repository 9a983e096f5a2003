//! Stores that fail by a script, and stores that yield.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, ListQuery, MemoryStore, Page, Revision, Stored,
    UpdateError,
};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    /// It fails, and nothing is written.
    Failed,
    /// It is written, and nobody learns it.
    UnclearWritten,
    /// It is not written, and nobody learns it.
    UnclearLost,
    /// Somebody else writes the same record first; an update or a removal only.
    Overtaken,
    /// The store claims that somebody else was faster, although nobody was; a write only.
    Refused,
}

/// The only failure there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Broken;

impl core::fmt::Display for Broken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("broken on purpose")
    }
}

impl core::error::Error for Broken {}

/// A store in memory whose calls fail by a script. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlakyStore {
    pub(crate) inner: MemoryStore,
    script: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    calls: Vec<&'static str>,
    by_call: BTreeMap<usize, Trouble>,
    writes: Option<Trouble>,
}

impl FlakyStore {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Lets the call with this index from now on go wrong, and only that one.
    pub(crate) fn fail_call(&self, index: usize, trouble: Trouble) {
        self.script.lock().unwrap().by_call.insert(index, trouble);
    }

    /// Lets all writes go wrong from now on.
    pub(crate) fn fail_writes(&self, trouble: Trouble) {
        self.script.lock().unwrap().writes = Some(trouble);
    }

    /// Works from now on, and counts its calls anew. Gives the names of those there were.
    pub(crate) fn mend(&self) -> Vec<&'static str> {
        core::mem::take(&mut *self.script.lock().unwrap()).calls
    }

    fn begin(&self, name: &'static str) -> Option<Trouble> {
        let mut script = self.script.lock().unwrap();
        let index = script.calls.len();
        script.calls.push(name);
        let writes = script.writes.filter(|_| !matches!(name, "get" | "list"));
        script.by_call.get(&index).copied().or(writes)
    }

    fn read(&self, name: &'static str) -> Result<(), Broken> {
        self.begin(name).map_or(Ok(()), |_| Err(Broken))
    }

    async fn overtake(&self, id: ConnectionId) {
        let stored = self.inner.get(id).await.unwrap().unwrap();
        self.inner.update(&stored.connection, stored.revision).await.unwrap();
    }
}

impl ConnectionStore for FlakyStore {
    type Error = Broken;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Broken> {
        self.read("get")?;
        Ok(self.inner.get(id).await.unwrap())
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Broken>> {
        let trouble = self.begin("insert");
        match trouble {
            Some(Trouble::Failed) => return Err(InsertError::Failed(Broken)),
            Some(Trouble::UnclearLost) => return Err(InsertError::Unclear(Broken)),
            Some(Trouble::Refused) => return Err(InsertError::AlreadyExists),
            Some(Trouble::UnclearWritten | Trouble::Overtaken) | None => {}
        }
        let inserted = self.inner.insert(connection).await.map_err(|_| InsertError::AlreadyExists);
        if trouble == Some(Trouble::UnclearWritten) { Err(InsertError::Unclear(Broken)) } else { inserted }
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Broken>> {
        let trouble = self.begin("update");
        match trouble {
            Some(Trouble::Failed) => return Err(UpdateError::Failed(Broken)),
            Some(Trouble::UnclearLost) => return Err(UpdateError::Unclear(Broken)),
            Some(Trouble::Refused) => return Err(UpdateError::Conflict),
            Some(Trouble::Overtaken) => self.overtake(connection.id()).await,
            Some(Trouble::UnclearWritten) | None => {}
        }
        let updated = self.inner.update(connection, expected).await.map_err(known);
        if trouble == Some(Trouble::UnclearWritten) { Err(UpdateError::Unclear(Broken)) } else { updated }
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Broken>> {
        let trouble = self.begin("remove");
        match trouble {
            Some(Trouble::Failed) => return Err(UpdateError::Failed(Broken)),
            Some(Trouble::UnclearLost) => return Err(UpdateError::Unclear(Broken)),
            Some(Trouble::Refused) => return Err(UpdateError::Conflict),
            Some(Trouble::Overtaken) => self.overtake(id).await,
            Some(Trouble::UnclearWritten) | None => {}
        }
        let removed = self.inner.remove(id, expected).await.map_err(known);
        if trouble == Some(Trouble::UnclearWritten) { Err(UpdateError::Unclear(Broken)) } else { removed }
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Broken> {
        self.read("list")?;
        Ok(self.inner.list(query).await.unwrap())
    }
}

fn known(error: UpdateError<core::convert::Infallible>) -> UpdateError<Broken> {
    match error {
        UpdateError::Missing => UpdateError::Missing,
        _ => UpdateError::Conflict,
    }
}

/// A store or a transport that lets others go first, before and after each call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Yielding<X>(pub(crate) X);

impl<S: ConnectionStore + Send + Sync> ConnectionStore for Yielding<S> {
    type Error = S::Error;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, S::Error> {
        around(self.0.get(id)).await
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<S::Error>> {
        around(self.0.insert(connection)).await
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<S::Error>> {
        around(self.0.update(connection, expected)).await
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<S::Error>> {
        around(self.0.remove(id, expected)).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, S::Error> {
        around(self.0.list(query)).await
    }
}

/// Yields, awaits, and yields again.
pub(crate) async fn around<F: Future + Send>(future: F) -> F::Output
where
    F::Output: Send,
{
    tokio::task::yield_now().await;
    let output = future.await;
    tokio::task::yield_now().await;
    output
}
