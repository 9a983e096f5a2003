//! Connections in memory: for tests, for trying things out, and as the shortest example of a store.

use core::convert::Infallible;
use core::fmt;
use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{ConnectionStore, InsertError, ListQuery, Order, Page, Revision, Stored, UpdateError};
use crate::connection::{Connection, ConnectionId, Phase};

/// A store in memory. Clones share their connections, which are gone with the last clone.
///
/// It never fails, and its lists take the same time however many connections there are. A pending connection takes
/// some 1300 bytes.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    /// Behind pointers, so that the map has little to move and to leave empty, and no record is copied for a reader while
    /// others wait.
    records: BTreeMap<ConnectionId, Arc<Stored>>,
    /// So that listing one phase does not walk through the others.
    by_phase: BTreeMap<Phase, BTreeSet<ConnectionId>>,
    /// Counts all writes of the store, so that no revision comes back after a removal.
    last_revision: u64,
}

impl MemoryStore {
    /// A store without connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables().records.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Nothing in here can panic half way through a change, so the tables are whole even then.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionStore for MemoryStore {
    type Error = Infallible;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Self::Error> {
        let stored = self.tables().records.get(&id).cloned();
        Ok(stored.map(Arc::unwrap_or_clone))
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Self::Error>> {
        let mut tables = self.tables();
        if tables.records.contains_key(&connection.id()) {
            return Err(InsertError::AlreadyExists);
        }
        Ok(tables.put(connection))
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Self::Error>> {
        let mut tables = self.tables();
        tables.take(connection.id(), expected)?;
        Ok(tables.put(connection))
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Self::Error>> {
        self.tables().take(id, expected)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Self::Error> {
        let Page { items, next } = self.tables().page(query);
        Ok(Page::new(items.into_iter().map(Arc::unwrap_or_clone).collect(), next))
    }
}

impl Tables {
    fn put(&mut self, connection: &Connection) -> Revision {
        self.last_revision += 1;
        let revision = Revision::new(self.last_revision);
        self.by_phase.entry(connection.phase()).or_default().insert(connection.id());
        self.records.insert(connection.id(), Arc::new(Stored::new(connection.clone(), revision)));
        revision
    }

    fn take(&mut self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Infallible>> {
        let stored = self.records.get(&id).ok_or(UpdateError::Missing)?;
        if stored.revision != expected {
            return Err(UpdateError::Conflict);
        }
        if let Some(ids) = self.by_phase.get_mut(&stored.connection.phase()) {
            ids.remove(&id);
        }
        self.records.remove(&id);
        Ok(())
    }

    fn page(&self, query: &ListQuery) -> Page<Arc<Stored>> {
        let behind = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = match query.order {
            Order::OldestFirst => (behind, Bound::Unbounded),
            Order::NewestFirst => (Bound::Unbounded, behind),
        };
        let ascending: Box<dyn DoubleEndedIterator<Item = &ConnectionId>> = match query.phase {
            None => Box::new(self.records.range(range).map(|(id, _)| id)),
            Some(phase) => {
                Box::new(self.by_phase.get(&phase).into_iter().flat_map(move |ids| ids.range(range)))
            }
        };
        let ids: Box<dyn Iterator<Item = &ConnectionId>> = match query.order {
            Order::OldestFirst => Box::new(ascending),
            Order::NewestFirst => Box::new(ascending.rev()),
        };
        // One more than asked tells whether there is a next page.
        let mut items: Vec<Arc<Stored>> =
            ids.filter_map(|id| self.records.get(id).cloned()).take(query.page_size() + 1).collect();
        let is_more = items.len() > query.page_size();
        items.truncate(query.page_size());
        let next = items.last().map(|stored| stored.connection.id()).filter(|_| is_more);
        Page::new(items, next)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("connections", &self.len()).finish()
    }
}
