//! Connections of [`handclasp`] in SQLite: one file, for all instances and programs of **one machine**.
//!
//! It is also the example for whoever writes a store for another engine. The schema is in `schema.rs`, every statement
//! in `table.rs`, and `store.rs` puts them into transactions and tells the three kinds of failures apart. What keeps
//! each rule of [`ConnectionStore`](handclasp::ConnectionStore#contract):
//!
//! | rule | what keeps it |
//! |---|---|
//! | 1 what was written is read | `synchronous = FULL`: COMMIT waits for the disk, and only then do others see the change |
//! | 2 insert never overwrites | looks and inserts in one transaction; the primary key would refuse it, too |
//! | 3, 4 update and remove compare | they look, compare and write in one transaction that nobody else writes during |
//! | 5 a revision never comes back | a counter in the database, raised in the transaction of each write, never set back |
//! | 6 one writer wins | `BEGIN IMMEDIATE` takes SQLite's one write lock before anything is read |
//! | 7 three answers are not one | a refusal was seen under the lock; what fails before COMMIT was rolled back: `Failed`; a COMMIT that fails is `Unclear` |
//! | 8 pages neither repeat nor skip | keyset paging, `id > …`, not `OFFSET`; ids are 16 bytes and compare as bytes |
//! | 9 no longer than asked | it reads one more than asked: if that is there, the page has a `next` |
//! | 10 dropped futures do all or nothing | the statements run on another thread, to their end, whoever waits for them |
//! | 11 bytes are kept | a `BLOB`, as it is |
//! | 12 instances are apart | the instance is the first column of the key and of each index, and in each `WHERE` |
//!
//! ```
//! use handclasp::{ConnectionStore, InstanceUid, ListQuery};
//! use handclasp_sqlite::SqliteStore;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("connections.db");
//! let store = SqliteStore::open(&file, InstanceUid::parse("jira-1")?)?;
//! assert!(store.list(&ListQuery::newest_first()).await?.items.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The records are secrets. A new file can be read by its owner only (on Unix); put it on an encrypted disk. `README.md`
//! says what else matters in operation, and why it was decided so.

mod error;
mod schema;
mod store;
mod table;

pub use error::{OpenError, SqliteError};
pub use store::SqliteStore;

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct _Readme;
