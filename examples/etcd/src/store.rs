//! The store itself: each write is one transaction, and each read is of one moment.

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, InstanceUid, ListQuery, Order, Page, Phase,
    Revision, Stored, UpdateError,
};
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::error::EtcdError;
use crate::keys::Keys;
use crate::wire::{self, KeyValue};

/// The connections of one instance, in an etcd cluster.
///
/// Making one costs nothing: all instances of a program use one [`Cluster`]. A read asks each node until one answers;
/// a write goes to the next node only if it has certainly not left for the one before.
#[derive(Clone, Debug)]
pub struct EtcdStore<C = HttpConnector> {
    cluster: Cluster<C>,
    keys: Keys,
}

impl<C> EtcdStore<C> {
    /// The store of this instance.
    #[must_use]
    pub fn new(cluster: Cluster<C>, instance: &InstanceUid) -> Self {
        Self { cluster, keys: Keys::of(instance) }
    }

    /// Puts a record there, and has it in its own phase and in no other.
    fn put(&self, connection: &Connection) -> Vec<Value> {
        let record =
            wire::put(&self.keys.record(connection.id()), connection.to_secret_bytes().expose_bytes());
        let phases = Phase::ALL.iter().map(|phase| {
            let key = self.keys.in_phase(*phase, connection.id());
            if *phase == connection.phase() { wire::put(&key, b"") } else { wire::delete(&key) }
        });
        phases.chain([record]).collect()
    }

    fn delete(&self, id: ConnectionId) -> Vec<Value> {
        let phases = Phase::ALL.iter().map(|phase| self.keys.in_phase(*phase, id));
        phases.chain([self.keys.record(id)]).map(|key| wire::delete(&key)).collect()
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> EtcdStore<C> {
    /// Writes if the record is still at this revision, and gives the revision that came of it.
    async fn write_if(
        &self,
        id: ConnectionId,
        expected: Revision,
        writes: &[Value],
    ) -> Result<Revision, UpdateError<EtcdError>> {
        let request = wire::if_unchanged(&self.keys.record(id), expected.number(), writes);
        match self.cluster.write(&request).await {
            Ok(done) if done.succeeded => Ok(Revision::new(done.header.revision)),
            Ok(refused) => {
                let is_there = refused.read().next().is_some();
                Err(if is_there { UpdateError::Conflict } else { UpdateError::Missing })
            }
            Err(error) if error.proves_nothing_written() => Err(UpdateError::Failed(error)),
            Err(error) => Err(UpdateError::Unclear(error)),
        }
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> ConnectionStore for EtcdStore<C> {
    type Error = EtcdError;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, EtcdError> {
        let range = self.cluster.range(&wire::get(&self.keys.record(id))).await?;
        range.kvs.first().map(stored).transpose()
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<EtcdError>> {
        let request = wire::if_absent(&self.keys.record(connection.id()), &self.put(connection));
        match self.cluster.write(&request).await {
            Ok(done) if done.succeeded => Ok(Revision::new(done.header.revision)),
            Ok(_) => Err(InsertError::AlreadyExists),
            Err(error) if error.proves_nothing_written() => Err(InsertError::Failed(error)),
            Err(error) => Err(InsertError::Unclear(error)),
        }
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<EtcdError>> {
        self.write_if(connection.id(), expected, &self.put(connection)).await
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<EtcdError>> {
        self.write_if(id, expected, &self.delete(id)).await.map(drop)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, EtcdError> {
        let (start, end) = self.keys.listed(query);
        let is_newest_first = query.order == Order::NewestFirst;
        let request = wire::list_keys((&start, &end), is_newest_first, query.page_size());
        let keys = self.cluster.range(&request).await?;
        let ids = keys.kvs.iter().map(|found| Keys::id(&found.key).ok_or(EtcdError::Key));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let mut items = Vec::with_capacity(ids.len());
        for ids in ids.chunks(wire::MAX_OPERATIONS) {
            // As they were when the keys were read: nothing has gone or changed its phase since.
            let reads = ids.iter().map(|id| wire::get_at(&self.keys.record(*id), keys.header.revision));
            for record in self.cluster.read(&wire::all(reads)).await?.read() {
                items.push(stored(&record)?);
            }
        }
        let next = ids.last().copied().filter(|_| keys.more);
        Ok(Page::new(items, next))
    }
}

fn stored(record: &KeyValue) -> Result<Stored, EtcdError> {
    let id = Keys::id(&record.key).ok_or(EtcdError::Key)?;
    let connection =
        Connection::from_secret_bytes(&record.value).map_err(|source| EtcdError::Record { id, source })?;
    Ok(Stored::new(connection, Revision::new(record.mod_revision)))
}
