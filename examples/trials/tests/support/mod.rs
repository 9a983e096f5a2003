//! A database in memory, of stores that may do wrong.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

pub(crate) mod faulty;

use std::collections::HashMap;
use std::sync::Mutex;

use handclasp::conformance::{StoreSetup, Task};
use handclasp::{ConnectionStore, InstanceUid, MemoryStore};

/// A store in memory for each instance, behind whatever this makes of it.
pub(crate) struct Memory<F> {
    stores: Mutex<HashMap<InstanceUid, MemoryStore>>,
    behind: F,
}

impl<F> Memory<F> {
    pub(crate) fn behind(behind: F) -> Self {
        Self { stores: Mutex::default(), behind }
    }
}

impl<S, F> StoreSetup for Memory<F>
where
    S: ConnectionStore + Send + Sync + 'static,
    F: Fn(MemoryStore) -> S,
{
    type Store = S;

    async fn open(&self, instance: &InstanceUid) -> S {
        let store = self.stores.lock().unwrap().entry(instance.clone()).or_default().clone();
        (self.behind)(store)
    }

    async fn unreachable(&self, _: &InstanceUid) -> Option<S> {
        None
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}
