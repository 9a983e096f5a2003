//! Connections of [`handclasp`] in PostgreSQL: for an application that runs as several processes, or on several machines.
//!
//! Meant to be copied into your application and changed there. [`Database`] is a pool of connections that knows how long
//! to wait; [`PostgresStore`] is the store of one instance in it.
//!
//! ```no_run
//! use handclasp::InstanceUid;
//! use handclasp_postgres::{Database, Limits};
//!
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::plain("postgres://app@127.0.0.1/app".parse()?, Limits::default())?;
//! database.migrate().await?;
//! let store = database.store(InstanceUid::parse("jira-1")?);
//! # Ok(())
//! # }
//! ```
//!
//! `README.md` says how to connect over TLS, what the database has to be like, and how the tests are run.

mod call;
mod database;
mod error;
mod migration;
mod store;

pub use database::{Database, Limits};
pub use error::PostgresError;
pub use store::PostgresStore;

/// Compiles what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
