//! Keeps handclasp's connections in [etcd](https://etcd.io), for who outgrows one machine: three nodes or five, any
//! minority of which may fail.
//!
//! ```no_run
//! use handclasp::{ConnectionStore, InstanceUid, ListQuery};
//! use handclasp_etcd::{Cluster, EtcdStore};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // One for the program: it keeps connections open.
//! let cluster = Cluster::new(["http://10.0.0.1:2379", "http://10.0.0.2:2379", "http://10.0.0.3:2379"])?;
//! // One for each instance.
//! let store = EtcdStore::new(cluster, &InstanceUid::parse("tracker-1")?);
//! let page = store.list(&ListQuery::newest_first()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! It speaks to the JSON gateway that every node has since etcd 3.4, with a plain HTTP client, so there is nothing to
//! generate and nothing to install. Read it in the order `keys`, `wire`, `store`, `cluster`, `error`.

mod cluster;
mod error;
mod keys;
mod store;
mod wire;

pub use cluster::{Cluster, EndpointError};
pub use error::EtcdError;
pub use store::EtcdStore;

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
