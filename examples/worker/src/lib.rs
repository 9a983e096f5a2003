//! The loop beside [`handclasp`] that refreshes connections when they are due.
//!
//! A side that cannot be called learns what the other has to say only by asking, and whatever was lost heals with the next
//! refresh. [`Node::refresh`](handclasp::Node::refresh) does one, and
//! [`ConnectionView::next_refresh`](handclasp::ConnectionView::next_refresh) says when the next one is due. This is the
//! part in between:
//!
//! ```
//! use handclasp::{ConnectionStore, Node, Transport};
//! use handclasp_worker::{Handle, Pace, Worker};
//! use tokio::{sync::oneshot, task::JoinHandle};
//!
//! /// Runs the worker beside the rest of the program. Sending to, or dropping, the sender stops it; await the task then.
//! fn run_beside<S, T>(node: Node<S, T>) -> (Handle, oneshot::Sender<()>, JoinHandle<()>)
//! where
//!     S: ConnectionStore + Clone + Send + Sync + 'static,
//!     T: Transport + Clone + Send + Sync + 'static,
//! {
//!     let worker = Worker::new(node).with_pace(Pace::default().at_once(16));
//!     let handle = worker.handle(); // for pages: `handle.look_at(id)` after each change
//!     let (stop, stopped) = oneshot::channel();
//!     let task = tokio::spawn(worker.run(async move { stopped.await.unwrap_or_default() }));
//!     (handle, stop, task)
//! }
//! ```
//!
//! `README.md` says what it does and does not do, what it can be measured by, and why it was decided so. The modules, from
//! the outside in:
//!
//! - `worker`: the loop itself. **Begin here.**
//! - `rounds`: what it knows, and what it does when something happens.
//! - `turn`: one connection's turn. `scan`: the look through the store.
//! - `queue`: who is due when. `due`: what the record says of that, and the jitter. `pace`: what can be set.
//! - `handle`: how others tell it that something has happened. `report`: what it says of itself.

mod due;
mod handle;
mod pace;
mod queue;
mod report;
mod rounds;
mod scan;
mod turn;
mod worker;

pub use handle::Handle;
pub use pace::Pace;
pub use report::TARGET;
pub use worker::Worker;

/// The programs in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct _Readme;
