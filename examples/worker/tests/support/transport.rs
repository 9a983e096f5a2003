//! A network that says who called when, and on which some calls hang.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use handclasp::handshake::connection_id;
use handclasp::{ConnectionId, InProcess, InProcessError, Instance, InstanceUrl, Transport};
use tokio::sync::Notify;
use tokio::time::Instant;

#[derive(Clone, Debug)]
pub(crate) struct Watched {
    network: InProcess,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
struct Watch {
    log: Mutex<Vec<(Instant, ConnectionId)>>,
    hanging: Mutex<BTreeSet<ConnectionId>>,
    release: Notify,
    under_way: AtomicUsize,
    /// The most calls that hung at once.
    most: AtomicUsize,
}

impl Watched {
    pub(crate) fn on(network: &InProcess) -> Self {
        Self { network: network.clone(), watch: Arc::default() }
    }

    /// From now on, calls about this connection hang.
    pub(crate) fn hang(&self, id: ConnectionId) {
        self.watch.hanging.lock().unwrap().insert(id);
    }

    /// Lets all calls that hang now go on, and those later not hang.
    pub(crate) fn release(&self) {
        self.watch.hanging.lock().unwrap().clear();
        self.watch.release.notify_waiters();
    }

    /// Who called about what when.
    pub(crate) fn log(&self) -> Vec<(Instant, ConnectionId)> {
        self.watch.log.lock().unwrap().clone()
    }

    /// How many calls hang.
    pub(crate) fn hanging_now(&self) -> usize {
        self.watch.under_way.load(Ordering::SeqCst)
    }

    /// How many calls hung at once at most.
    pub(crate) fn hung_at_once(&self) -> usize {
        self.watch.most.load(Ordering::SeqCst)
    }
}

/// One less hangs when it is dropped.
struct Hanging<'a>(&'a AtomicUsize);

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Watched {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
        self.network.discover(url).await
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, InProcessError> {
        let id = connection_id(message).unwrap();
        self.watch.log.lock().unwrap().push((Instant::now(), id));
        let hangs = self.watch.hanging.lock().unwrap().contains(&id);
        if hangs {
            let now = self.watch.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.watch.most.fetch_max(now, Ordering::SeqCst);
            let _hanging = Hanging(&self.watch.under_way);
            self.watch.release.notified().await;
        }
        self.network.exchange(to, message).await
    }
}
