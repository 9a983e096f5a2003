//! How the conformance suite gets at transports within one program.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use handclasp::conformance::{Peer, Task, TransportSetup};
use handclasp::{InProcess, InstanceUrl, Transport};

/// How long a node is waited for.
const TIME_OUT: Duration = Duration::from_secs(1);

/// Transports that all lead into one network.
pub(crate) struct Program<T> {
    network: InProcess,
    make: fn(InProcess) -> T,
    nodes: AtomicUsize,
    patience: Duration,
}

impl<T> Program<T> {
    /// With a transport that is made of the network.
    pub(crate) fn with(make: fn(InProcess) -> T) -> Self {
        let network = InProcess::new();
        network.give_up_after(|| tokio::time::sleep(TIME_OUT));
        Self { network, make, nodes: AtomicUsize::new(0), patience: Duration::from_secs(60) }
    }

    /// Whose suite does not wait long. Only for transports that fail.
    pub(crate) fn impatient(self) -> Self {
        Self { patience: 3 * TIME_OUT, ..self }
    }

    fn attach(&self, peer: &Peer) -> InstanceUrl {
        let number = self.nodes.fetch_add(1, Ordering::Relaxed);
        let url = InstanceUrl::parse(&format!("https://node-{number}.example.com")).unwrap();
        let handler = peer.clone();
        self.network.attach(&peer.instance(&url), move |message| handler.handle(message));
        url
    }
}

impl<T: Transport + Send + Sync + 'static> TransportSetup for Program<T> {
    type Transport = T;

    async fn transport(&self) -> T {
        (self.make)(self.network.clone())
    }

    async fn serve(&self, peer: Peer) -> InstanceUrl {
        self.attach(&peer)
    }

    async fn unreachable(&self) -> InstanceUrl {
        InstanceUrl::parse("https://nobody.example.com").unwrap()
    }

    async fn silent(&self, peer: Peer) -> InstanceUrl {
        self.attach(&peer)
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}
