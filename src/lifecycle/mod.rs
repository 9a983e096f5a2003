//! The life of a connection as one table: what each thing that can happen does in each stage, for each role.
//!
//! [`cell`] is that table. People's decisions are allowed or denied by it, so it cannot say one thing and the crate
//! do another; a test plays every cell of it against the transitions of [`handshake`](crate::handshake). The
//! pictures below are drawn from it, too: `cargo run --example state_diagram` prints it as Mermaid, DOT or a list,
//! and with `-- --svg` draws them anew.
//!
//! ```
//! use handclasp::lifecycle::{Cell, Denial, Stage, Trigger, cell};
//! use handclasp::Role;
//!
//! assert_eq!(cell(Role::Source, Stage::Pending, Trigger::Revoke), Cell::Becomes(Stage::Closed));
//! assert_eq!(cell(Role::Source, Stage::Active, Trigger::Revoke), Cell::Denied(Denial::AlreadyActive));
//! ```
//!
//! ![The life of a connection at the source][source-diagram]
//!
//! ![The life of a connection at the destination][destination-diagram]
//!
//! They show what leads from one stage to another. A local connection is active or deactivated by this side, until
//! it is removed.
//!
#![doc = include_str!("diagrams.md")]

mod denial;
mod stage;
mod table;
mod trigger;

pub use denial::{Denial, NotPossible};
pub use stage::Stage;
pub(crate) use table::permit;
pub use table::{Cell, Reply, cell};
pub use trigger::Trigger;
