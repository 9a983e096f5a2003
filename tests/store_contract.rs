//! The store in memory against the contract, by itself and behind each pointer that forwards.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use handclasp::conformance::{self, Course, Failure, StoreSetup, Task};
use handclasp::{ConnectionStore, InstanceUid, MemoryStore};
use pollster::block_on;

/// Stores in memory, each behind a pointer.
struct Memory<F> {
    stores: Mutex<HashMap<InstanceUid, MemoryStore>>,
    wrap: F,
}

impl<F> Memory<F> {
    fn behind(wrap: F) -> Self {
        Self { stores: Mutex::default(), wrap }
    }
}

impl<S, F> StoreSetup for Memory<F>
where
    S: ConnectionStore + Send + Sync + 'static,
    F: Fn(MemoryStore) -> S,
{
    type Store = S;

    async fn open(&self, instance: &InstanceUid) -> S {
        (self.wrap)(self.stores.lock().unwrap().entry(instance.clone()).or_default().clone())
    }

    async fn unreachable(&self, _: &InstanceUid) -> Option<S> {
        None
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

async fn passes<S: ConnectionStore + Send + Sync + 'static>(
    wrap: impl Fn(MemoryStore) -> S,
) -> Result<(), Failure> {
    let report = conformance::store(&Memory::behind(wrap)).await?;
    println!("{report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_memory_passes() -> Result<(), Failure> {
    passes(|store| store).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_to_a_store_passes() -> Result<(), Failure> {
    passes(|store| &*Box::leak(Box::new(store))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_boxed_store_passes() -> Result<(), Failure> {
    passes(Box::new).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_store_passes() -> Result<(), Failure> {
    passes(Arc::new).await
}

#[tokio::test]
async fn the_suite_needs_no_more_than_one_thread() -> Result<(), Failure> {
    passes(|store| store).await
}

#[test]
fn a_store_in_memory_counts_its_connections() {
    let store = MemoryStore::new();
    assert!(store.is_empty());
    block_on(store.insert(&Course::pending(1).unwrap())).unwrap();
    assert_eq!((store.len(), store.is_empty()), (1, false));
}
