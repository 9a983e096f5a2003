//! The worker: what a host builds, and runs.

use core::fmt;
use core::pin::pin;

use handclasp::{ConnectionStore, Node, Transport};
use tokio::time::sleep_until;

use crate::handle::{Handle, Inbox};
use crate::pace::Pace;
use crate::rounds::Rounds;

/// Refreshes a node's connections when they are due, until it is stopped.
///
/// See the crate's documentation for what it does, and for a program.
pub struct Worker<S, T> {
    node: Node<S, T>,
    pace: Pace,
    inbox: Inbox,
}

impl<S, T> Worker<S, T> {
    /// A worker for this node, at the usual pace. It does nothing before it [`run`](Self::run)s.
    ///
    /// In the events of what it does nobody stands as acting: the system does. For somebody else, pass a node that is
    /// [`acting_as`](Node::acting_as) them.
    #[must_use]
    pub fn new(node: Node<S, T>) -> Self {
        Self { node, pace: Pace::default(), inbox: Inbox::new() }
    }

    /// The same worker, at this pace.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// What pages and handlers tell the worker with that something has happened.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.inbox.handle()
    }

    /// Refreshes what is due until `stop` comes to its end; then it begins nothing new, gives what is under way the
    /// [grace](Pace::grace), drops the rest, and is done.
    ///
    /// Nothing that fails ends it: not the store, not the transport, and not a panic in either. It has to be polled in a
    /// runtime of tokio with time. Dropping the future drops at once whatever is under way. Both are safe, because a
    /// refresh that was dropped is a lost message, and heals.
    pub async fn run(self, stop: impl Future<Output = ()>)
    where
        S: ConnectionStore + Clone + Send + Sync + 'static,
        T: Transport + Clone + Send + Sync + 'static,
    {
        let Self { node, pace, inbox } = self;
        let mut stop = pin!(stop);
        let mut rounds = Rounds::new(node, pace);
        loop {
            let wake = rounds.begin();
            tokio::select! {
                // In this order, so that a worker that always has something to do can be stopped and told.
                biased;
                () = &mut stop => break,
                () = inbox.told() => rounds.look_at(inbox.take()),
                Some(()) = rounds.finish_one() => {}
                () = sleep_until(wake) => {}
            }
        }
        rounds.wind_down().await;
    }
}

impl<S, T> fmt::Debug for Worker<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("node", &self.node).field("pace", &self.pace).finish_non_exhaustive()
    }
}
