//! A cluster for a test, and stores on it.

#![allow(dead_code, reason = "each test and bench uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail like a test"
)]

mod nodes;

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use handclasp::InstanceUid;
use handclasp::conformance::{StoreSetup, Task};
use handclasp_etcd::{Cluster, EtcdStore};

pub(crate) use nodes::Nodes;

/// Stores on a cluster, which ends with it.
pub(crate) struct Setup {
    pub(crate) nodes: Nodes,
    answering: Duration,
    opened: AtomicUsize,
}

impl Setup {
    pub(crate) fn on(nodes: Nodes) -> Self {
        Self { nodes, answering: Duration::from_secs(5), opened: AtomicUsize::new(0) }
    }

    pub(crate) fn answering_within(self, answering: Duration) -> Self {
        Self { answering, ..self }
    }

    /// A store that asks this node first.
    pub(crate) fn open_at(&self, node: usize, instance: &InstanceUid) -> EtcdStore {
        let mut endpoints: Vec<&str> = self.nodes.endpoints.iter().map(String::as_str).collect();
        let count = endpoints.len();
        endpoints.rotate_left(node % count);
        EtcdStore::new(Cluster::new(endpoints).unwrap().answering_within(self.answering), instance)
    }
}

impl StoreSetup for Setup {
    type Store = EtcdStore;

    /// Each handle asks another node first, so that one that lags behind would show.
    async fn open(&self, instance: &InstanceUid) -> EtcdStore {
        self.open_at(self.opened.fetch_add(1, Ordering::Relaxed), instance)
    }

    async fn unreachable(&self, instance: &InstanceUid) -> Option<EtcdStore> {
        let closed = closed_port();
        Some(EtcdStore::new(Cluster::new([closed.as_str(), closed.as_str()]).unwrap(), instance))
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

/// An endpoint where nobody listens.
pub(crate) fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

pub(crate) fn uid(text: &str) -> InstanceUid {
    InstanceUid::parse(text).unwrap()
}
