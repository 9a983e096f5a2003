//! A store that keeps bytes, as one on a disk or in a database does: what is written to it outlives the program.
//!
//! They are secrets: whoever has them can speak for this side. A store of yours encrypts them, or its disk does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handclasp::{
    Connection, ConnectionId, ConnectionStore, DecodeRecordError, InsertError, ListQuery, Order, Page,
    Revision, Stored, UpdateError,
};

/// The records of one instance, as bytes. Clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Table>>);

#[derive(Clone, Default)]
struct Table {
    rows: BTreeMap<ConnectionId, Row>,
    /// Counts all writes, so that no revision comes back after a removal.
    last_revision: u64,
}

#[derive(Clone)]
struct Row {
    revision: Revision,
    bytes: Vec<u8>,
}

impl Disk {
    /// Another disk with the same bytes: a backup, or a machine that was cloned.
    pub(crate) fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.table().clone())))
    }

    /// How many records there are, and how many bytes they have.
    pub(crate) fn size(&self) -> (usize, usize) {
        let table = self.table();
        (table.rows.len(), table.rows.values().map(|row| row.bytes.len()).sum())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing in here can panic half way through a change, so the table is whole even then.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn write(&mut self, connection: &Connection) -> Revision {
        self.last_revision += 1;
        let revision = Revision::new(self.last_revision);
        let bytes = connection.to_secret_bytes().expose_bytes().to_vec();
        self.rows.insert(connection.id(), Row { revision, bytes });
        revision
    }

    /// That the record is there, and still at this revision.
    fn expect(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<DecodeRecordError>> {
        match self.rows.get(&id) {
            None => Err(UpdateError::Missing),
            Some(row) if row.revision != expected => Err(UpdateError::Conflict),
            Some(_) => Ok(()),
        }
    }
}

fn read(row: &Row) -> Result<Stored, DecodeRecordError> {
    Ok(Stored::new(Connection::from_secret_bytes(&row.bytes)?, row.revision))
}

impl ConnectionStore for Disk {
    type Error = DecodeRecordError;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Self::Error> {
        self.table().rows.get(&id).map(read).transpose()
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Self::Error>> {
        let mut table = self.table();
        if table.rows.contains_key(&connection.id()) {
            return Err(InsertError::AlreadyExists);
        }
        Ok(table.write(connection))
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Self::Error>> {
        let mut table = self.table();
        table.expect(connection.id(), expected)?;
        Ok(table.write(connection))
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Self::Error>> {
        let mut table = self.table();
        table.expect(id, expected)?;
        table.rows.remove(&id);
        Ok(())
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Self::Error> {
        let table = self.table();
        let mut all = table.rows.values().map(read).collect::<Result<Vec<_>, _>>()?;
        if query.order == Order::NewestFirst {
            all.reverse();
        }
        let is_behind = |id: ConnectionId| match (query.after, query.order) {
            (None, _) => true,
            (Some(after), Order::OldestFirst) => id > after,
            (Some(after), Order::NewestFirst) => id < after,
        };
        let is_wanted = |stored: &Stored| {
            is_behind(stored.connection.id())
                && query.phase.is_none_or(|phase| stored.connection.phase() == phase)
        };
        // One more than asked tells whether there is a next page.
        let mut items: Vec<_> = all.into_iter().filter(is_wanted).take(query.page_size() + 1).collect();
        let is_more = items.len() > query.page_size();
        items.truncate(query.page_size());
        let next = items.last().map(|stored| stored.connection.id()).filter(|_| is_more);
        Ok(Page::new(items, next))
    }
}
