//! What a suite has to know of the transport that it checks.

use core::fmt;
use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use super::Task;
use crate::instance::{Instance, InstanceBuilder, InstanceUrl};
use crate::maybe::{BoxHandler, MaybeSend, MaybeSync};
use crate::transport::Transport;

/// How the suite gets at the transport that it checks, and at nodes for it to call.
///
/// The servers are part of what is checked: bytes that a server changes do not arrive as they are. Use the one that
/// serves your nodes.
pub trait TransportSetup {
    /// The transport.
    type Transport: Transport + MaybeSend + MaybeSync + 'static;

    /// A new transport, with connections of its own. It reaches what this setup serves: its policy has to permit
    /// loopback, say.
    fn transport(&self) -> impl Future<Output = Self::Transport>;

    /// Serves a node at a URL of its own, until the setup is dropped, and gives the URL.
    ///
    /// Who discovers the URL is answered with [`Peer::instance`], and who sends a message with what [`Peer::handle`]
    /// makes of it: they are to the server what [`Node::instance`](crate::Node::instance) and
    /// [`Node::handle`](crate::Node::handle) are in a program. Messages are handled beside each other, 64 of them at
    /// least: some are only answered after others have been, and some never. A server may refuse messages of more than
    /// 16 KiB, and must not cut them.
    ///
    /// It may panic if it cannot serve: without nodes there is nothing to check.
    fn serve(&self, peer: Peer) -> impl Future<Output = InstanceUrl>;

    /// A URL at which nobody listens: a port that was closed, say.
    fn unreachable(&self) -> impl Future<Output = InstanceUrl>;

    /// A URL at which somebody listens who never says anything: a socket that accepts connections, and does not write.
    ///
    /// The peer is for transports without such things: it never answers a message, so [`serve`](Self::serve) it. All
    /// others let it be.
    fn silent(&self, peer: Peer) -> impl Future<Output = InstanceUrl>;

    /// Runs a task beside the suite and the other tasks, on another thread if the transport blocks: `tokio::spawn`, or
    /// a thread with an executor. Some hundred tasks run at once, and none may have to wait until another is done.
    fn spawn(&self, task: Task);

    /// How long the suite waits for an exchange before it says that it does not come to an end, which makes the time
    /// that one takes the transport's own: give the transport that is checked a time-out of a second, rather than make
    /// this longer. 60 seconds, unless said otherwise.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// A node to be served while the suite runs. Clones are the same node.
#[derive(Clone)]
pub struct Peer(Arc<Inner>);

struct Inner {
    instance: InstanceBuilder,
    handler: BoxHandler<Option<Vec<u8>>>,
}

impl Peer {
    pub(super) fn new(instance: InstanceBuilder, handler: BoxHandler<Option<Vec<u8>>>) -> Self {
        Self(Arc::new(Inner { instance, handler }))
    }

    /// Which instance it is when its node is served at this URL.
    #[must_use]
    pub fn instance(&self, node_url: &InstanceUrl) -> Instance {
        self.0.instance.clone().node_url(node_url.clone()).public_if_it_has_a_node_url()
    }

    /// Answers a message. `None` is for a node that failed: answer nothing (an HTTP status 503, say).
    pub fn handle(
        &self,
        message: Vec<u8>,
    ) -> impl Future<Output = Option<Vec<u8>>> + MaybeSend + Unpin + use<> {
        (self.0.handler)(message)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}
