//! Checks a [`ConnectionStore`](crate::ConnectionStore) or a [`Transport`](crate::Transport) of yours against each
//! numbered rule of its contract. Behind the feature `conformance`, which is meant for tests, and is **outside of the
//! semver promise**: a new version may check more, and what it is called with may change.
//!
//! A suite runs every rule, whatever the others say, counts what it checked, and fails if anything was left out. It takes
//! from a second in memory to a minute or two on servers. One mistake often violates several rules: begin with the lowest.
//!
//! It does not see what becomes of a store when its machine, its server or its process fails: whether what was acknowledged
//! is there afterwards (rule 1), and whether a write that failed half way is rightly called failed or unclear (rule 7). Nor
//! does it see whether a future blocks its thread. The packages under `examples/` test that, each with its engine.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Mutex;
//!
//! use handclasp::conformance::{self, StoreSetup, Task};
//! use handclasp::{InstanceUid, MemoryStore};
//!
//! /// A "database": a store for each instance.
//! #[derive(Default)]
//! struct Memory(Mutex<HashMap<InstanceUid, MemoryStore>>);
//!
//! impl StoreSetup for Memory {
//!     type Store = MemoryStore;
//!
//!     async fn open(&self, instance: &InstanceUid) -> MemoryStore {
//!         self.0.lock().unwrap().entry(instance.clone()).or_default().clone()
//!     }
//!
//!     async fn unreachable(&self, _: &InstanceUid) -> Option<MemoryStore> {
//!         None // it cannot fail
//!     }
//!
//!     fn spawn(&self, task: Task) {
//!         tokio::spawn(task);
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), conformance::Failure> {
//! let report = conformance::store(&Memory::default()).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! For a transport, say also how nodes are served to it:
//!
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering};
//! use std::time::Duration;
//!
//! use handclasp::conformance::{self, Peer, Task, TransportSetup};
//! use handclasp::{InProcess, InstanceUrl};
//!
//! /// A network within the program. Servers of yours begin to listen in `serve` and `silent`.
//! #[derive(Default)]
//! struct Program {
//!     network: InProcess,
//!     nodes: AtomicUsize,
//! }
//!
//! impl Program {
//!     fn url(&self) -> InstanceUrl {
//!         let number = self.nodes.fetch_add(1, Ordering::Relaxed);
//!         InstanceUrl::parse(&format!("https://node-{number}.example.com")).unwrap()
//!     }
//! }
//!
//! impl TransportSetup for Program {
//!     type Transport = InProcess;
//!
//!     async fn transport(&self) -> InProcess {
//!         self.network.give_up_after(|| tokio::time::sleep(Duration::from_secs(1)));
//!         self.network.clone()
//!     }
//!
//!     async fn serve(&self, peer: Peer) -> InstanceUrl {
//!         let url = self.url();
//!         self.network.attach(&peer.instance(&url), move |message| peer.handle(message));
//!         url
//!     }
//!
//!     async fn unreachable(&self) -> InstanceUrl {
//!         self.url() // nobody is attached there
//!     }
//!
//!     async fn silent(&self, peer: Peer) -> InstanceUrl {
//!         self.serve(peer).await // with sockets: one that accepts, and says nothing
//!     }
//!
//!     fn spawn(&self, task: Task) {
//!         tokio::spawn(task);
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), conformance::Failure> {
//! let report = conformance::transport(&Program::default()).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```

mod records;
mod report;
pub mod store_rules;
mod store_setup;
mod tasks;
pub mod transport_rules;
mod transport_setup;
mod waiting;

pub use records::Course;
pub use report::{Failure, Report, Rule, RuleReport, Violation};
pub use store_rules::store;
pub use store_setup::StoreSetup;
pub use tasks::Task;
pub use transport_rules::transport;
pub use transport_setup::{Peer, TransportSetup};
