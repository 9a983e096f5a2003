//! What stores are put through besides the conformance suite: the race for one code through many nodes, writers that go
//! on while the engine fails, and how a store's speed and size grow with what it holds.
//!
//! It is test code, called from the tests and benches of the stores: what should not be seen panics, and says what was
//! seen. Everything runs on tokio; only a runtime of several threads makes races of it.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code fails like a test")]

mod growth;
mod load;
mod race;
mod scene;
mod script;

pub use growth::{Growth, Layout, Plan, growth};
pub use load::{Load, Summary, Written};
pub use race::race;
pub use script::Script;
