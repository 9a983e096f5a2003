//! Where connections are kept: a trait that the host implements, and one implementation in memory.

mod forward;
mod memory;
mod page;

use core::future::Future;

pub use memory::MemoryStore;
pub use page::{ListQuery, Order, Page};

use crate::connection::{Connection, ConnectionId};
use crate::flat::flat;
use crate::maybe::{MaybeSend, MaybeSync};

/// Keeps the connections of **one** instance.
///
/// Implement it with plain `async fn`s; the compiler checks that their futures are `Send` (except on wasm). No runtime
/// is assumed. What blocks should do so on another thread: a future that blocks holds up the host's other tasks.
///
/// Store [`Connection::to_secret_bytes`] (at most 64 KiB) beside the [`id`](Connection::id), the
/// [`phase`](Connection::phase) and a [`Revision`], and give back what
/// [`Connection::from_secret_bytes`] makes of them. The bytes are credentials: let nobody read them but the application.
/// `&T`, `Box<T>` and `Arc<T>` of a store are stores.
///
/// The feature `conformance` checks a store against this contract (`conformance::store`). The repository has three stores
/// to copy from; the one on SQLite (`examples/sqlite`) says of each rule what keeps it.
///
/// # Contract
/// 1. **What was written is read.** After `insert` or `update` has given `Ok`, each `get` and `list`, through
///    any handle of the store, gives that record or a later one, also after a crash.
/// 2. **Insert never overwrites.** If there is a record with the id, `insert` gives `AlreadyExists`, and
///    changes nothing.
/// 3. **Update is a compare-and-swap.** At the record's present revision it succeeds; at any other it gives
///    `Conflict`, and changes nothing. If there is no record it gives `Missing`.
/// 4. **Remove is one too.** As for `update`; afterwards `get` gives `None`.
/// 5. **A revision never comes back.** Each write gives a revision that no record with this id has had before,
///    also after `remove` and a new `insert`. A counter for each record that starts at zero breaks this rule.
/// 6. **One writer wins.** Of any writes that meet at the same id and revision (or at no record, for `insert`),
///    at most one succeeds, through whatever handles, processes and machines they come.
/// 7. **Three answers to a write are not one.** A refusal (`AlreadyExists`, `Conflict`, `Missing`) and `Failed`
///    mean that nothing was written. What may or may not have been written is `Unclear`: a time-out behind a
///    sent request, say, or a commit that failed. When in doubt it is `Unclear`. A store that retries inside must not
///    take its own earlier effect for a conflict.
/// 8. **Pages neither repeat nor skip.** `list` gives records in the order of their ids. Going on with `next`
///    until it is `None` gives each record exactly once that was there, in the wanted phase, throughout. Ids are compared
///    as their 16 bytes; the one to go on behind need not be there any more. A record's phase changes with `update`, so an
///    index by phase is written together with the record.
/// 9. **A page is no longer than asked**, and its `next` is `None` exactly if nothing is behind it.
/// 10. **A dropped future does all or nothing**, at once or a little later. Whichever it was, later calls work.
/// 11. **Bytes are kept as they are**, from a few hundred up to 64 KiB.
/// 12. **Instances are apart.** A store shows the records of its own instance only, whatever else its
///     database holds. Both sides of a connection have the same id, and one UID may begin with another, or differ from it
///     in case only.
pub trait ConnectionStore {
    /// A failure of the backend itself.
    type Error: core::error::Error + MaybeSend + MaybeSync + 'static;

    /// The record with this id, and its revision; `None` if there is none.
    ///
    /// # Errors
    /// When the backend failed, or holds bytes that [`Connection::from_secret_bytes`] does not read.
    fn get(&self, id: ConnectionId) -> impl Future<Output = Result<Option<Stored>, Self::Error>> + MaybeSend;

    /// Adds a record whose id is not there yet.
    ///
    /// # Errors
    /// [`InsertError`]: a record has the id (rule 2), or the backend failed, clearly or unclearly (rule 7).
    fn insert(
        &self,
        connection: &Connection,
    ) -> impl Future<Output = Result<Revision, InsertError<Self::Error>>> + MaybeSend;

    /// Replaces the record with the same id, if it is still at this revision.
    ///
    /// # Errors
    /// [`UpdateError`]: the record has changed or is gone (rule 3), or the backend failed, clearly or unclearly
    /// (rule 7).
    fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> impl Future<Output = Result<Revision, UpdateError<Self::Error>>> + MaybeSend;

    /// Removes the record, if it is still at this revision.
    ///
    /// # Errors
    /// [`UpdateError`], as for [`update`](Self::update).
    fn remove(
        &self,
        id: ConnectionId,
        expected: Revision,
    ) -> impl Future<Output = Result<(), UpdateError<Self::Error>>> + MaybeSend;

    /// One page of records, in the order of their ids, which is the order of their age.
    ///
    /// # Errors
    /// When the backend failed. A record of the page whose bytes cannot be read fails it: leaving it out would hide a
    /// connection.
    fn list(&self, query: &ListQuery) -> impl Future<Output = Result<Page<Stored>, Self::Error>> + MaybeSend;
}

/// Which state of a record it is. Only equality means anything; stores choose the numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Revision(u64);

impl Revision {
    /// For stores: a revision with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// For stores: the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// A record as it is stored, and its revision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// The record.
    pub connection: Connection,
    /// Its revision, which an update must name.
    pub revision: Revision,
}

impl Stored {
    /// For stores: a record at this revision.
    #[must_use]
    pub const fn new(connection: Connection, revision: Revision) -> Self {
        Self { connection, revision }
    }
}

/// Why a record was not inserted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the façade handles each case; a further one would change the contract"
)]
pub enum InsertError<E> {
    /// A record with this id is there. Nothing was written.
    #[error("a connection with this id exists already")]
    AlreadyExists,
    /// The backend failed, and certainly nothing was written.
    #[error("the store failed, and nothing was written")]
    Failed(#[source] E),
    /// The backend failed, and the record may have been written.
    #[error("the store failed, and the record may have been written")]
    Unclear(#[source] E),
}

/// Why a record was not updated or removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the façade handles each case; a further one would change the contract"
)]
pub enum UpdateError<E> {
    /// The record is at another revision. Nothing was written.
    #[error("the connection was changed in the meantime")]
    Conflict,
    /// There is no record with this id. Nothing was written.
    #[error("there is no connection with this id")]
    Missing,
    /// The backend failed, and certainly nothing was written.
    #[error("the store failed, and nothing was written")]
    Failed(#[source] E),
    /// The backend failed, and the change may have been written.
    #[error("the store failed, and the change may have been written")]
    Unclear(#[source] E),
}

flat! { InsertError<E> }

impl<E> InsertError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "already-exists",
            Self::Failed(_) => "store-failed",
            Self::Unclear(_) => "store-unclear",
        }
    }
}

flat! { UpdateError<E> }

impl<E> UpdateError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Missing => "missing",
            Self::Failed(_) => "store-failed",
            Self::Unclear(_) => "store-unclear",
        }
    }
}
