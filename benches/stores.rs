//! How the store in memory grows with what it holds: `cargo bench --bench stores`, some minutes, or with `-- --quick`
//! some seconds.
//!
//! The same measurement of a store on an engine is in the bench of each of `examples/sqlite`, `examples/postgres` and
//! `examples/etcd`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use handclasp::conformance::{StoreSetup, Task};
use handclasp::{ConnectionStore, InstanceUid, ListQuery, MemoryStore};
use handclasp_trials::{Layout, Plan, growth};

/// A store for each instance.
#[derive(Default)]
struct Memory(Mutex<HashMap<InstanceUid, MemoryStore>>);

impl StoreSetup for Memory {
    type Store = MemoryStore;

    async fn open(&self, instance: &InstanceUid) -> MemoryStore {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(instance.clone()).or_default().clone()
    }

    async fn unreachable(&self, _: &InstanceUid) -> Option<MemoryStore> {
        None
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

impl Memory {
    /// How many bytes its stores have allocated: as many as their copies do, which are counted while they are made.
    fn bytes(&self) -> u64 {
        let stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut copies = Vec::with_capacity(stores.len());
        let allocated = allocation_counter::measure(|| {
            copies.extend(stores.values().map(|store| pollster::block_on(copied(store))));
        });
        u64::try_from(allocated.bytes_current).unwrap_or_default()
    }
}

async fn copied(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::new();
    let mut query = ListQuery::oldest_first().limit(ListQuery::MAX_LIMIT);
    loop {
        let Ok(page) = store.list(&query).await;
        for stored in &page.items {
            // Nothing else is in the copy, so nothing is in the way.
            let _ = copy.insert(&stored.connection).await;
        }
        match page.next {
            Some(next) => query = query.after(next),
            None => return copy,
        }
    }
}

fn main() -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        for layout in [Layout::OneInstance, Layout::Thousands] {
            let plan = Plan::from_args("The store in memory").layout(layout);
            let databases: Vec<_> = plan.sizes().iter().map(|_| Memory::default()).collect();
            println!("{}\n", growth(&plan, &databases, async |memory| memory.bytes()).await);
        }
    });
    Ok(())
}
