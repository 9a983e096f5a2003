//! What a suite has to know of the store that it checks.

use core::future::Future;

use super::Task;
use crate::instance::InstanceUid;
use crate::maybe::{MaybeSend, MaybeSync};
use crate::store::ConnectionStore;

/// How the suite gets at the store that it checks.
///
/// All handles that one setup opens are of **one** database: rules are about handles that share records, and about
/// instances that share a database. The suite never uses an instance's UID twice, so the database may be an old one.
pub trait StoreSetup {
    /// The store.
    type Store: ConnectionStore + MaybeSend + MaybeSync + 'static;

    /// A new handle of this instance's store: with connections and caches of its own, as another process would have.
    /// An instance that was never opened has no records.
    ///
    /// If the engine lets only one handle open a database, give clones of that handle. The suite then says nothing about
    /// several processes.
    ///
    /// It may panic if it cannot open the store: without one there is nothing to check.
    fn open(&self, instance: &InstanceUid) -> impl Future<Output = Self::Store>;

    /// A handle whose backend fails **each** call, reads too: a server that cannot be reached, a table that is gone. Mind the
    /// caches of an engine whose disk fails. `None` only if the store cannot fail, which its error says: [`Infallible`](core::convert::Infallible).
    fn unreachable(&self, instance: &InstanceUid) -> impl Future<Output = Option<Self::Store>>;

    /// Runs a task beside the suite and the other tasks, on another thread if the store blocks: `tokio::spawn`, or a
    /// thread with an executor. Up to 64 tasks wait for each other, so none may have to wait until another is done.
    fn spawn(&self, task: Task);
}
