//! How speed and size grow with what is stored, on three nodes of its own: up to 10⁵ connections, and with `--long` up
//! to 10⁶.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot measure fails")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use handclasp::conformance::{Course, StoreSetup, Task};
use handclasp::{ConnectionStore, InstanceUid, ListQuery};
use handclasp_etcd::EtcdStore;
use handclasp_trials::{Layout, Plan, growth};
use support::{Nodes, Setup, uid};
use tokio::task::JoinSet;

/// How many write at once: one alone waits for the disks of two nodes most of the time.
const WRITERS: usize = 32;

#[tokio::main]
async fn main() {
    let is_long = std::env::args().any(|argument| argument == "--long");
    // The default quota, 2 GiB, is too little for a million connections and their history.
    let setup = Setup::on(Nodes::start(3, &["--quota-backend-bytes=8589934592"]));

    let plan = Plan::from_args("etcd, three nodes, 1,000 connections for each instance").writers(WRITERS);
    let plan = plan.layout(Layout::Thousands).up_to(if is_long { 1_000_000 } else { 100_000 });
    measure(&setup, &plan).await;

    // It counts what it pages through, so this is another matter.
    let plan = Plan::from_args("etcd, three nodes, all connections of one instance").writers(WRITERS);
    let plan = plan.up_to(100_000);
    measure(&setup, &plan).await;

    println!("\n| connections of one instance | newest first, first page, ms |\n|--:|--:|");
    for size in plan.sizes() {
        let page = newest_page(&setup, *size).await;
        println!("| {size} | {:.2} |", page.as_secs_f64() * 1e3);
    }
}

async fn measure(setup: &Setup, plan: &Plan) {
    let databases: Vec<_> = plan.sizes().iter().map(|_| Shared(setup)).collect();
    let bytes = async |database: &Shared<'_>| database.0.nodes.bytes_in_use(0);
    println!("{}", growth(plan, &databases, bytes).await);
}

/// The median time of the first page, newest first.
async fn newest_page(setup: &Setup, size: usize) -> Duration {
    let instance = uid(&format!("newest-{size}"));
    let mut filling = JoinSet::new();
    for writer in 0..WRITERS {
        let store = setup.open(&instance).await;
        filling.spawn(async move {
            for number in (writer..size).step_by(WRITERS) {
                store.insert(&Course::pending(u64::try_from(number).unwrap()).unwrap()).await.unwrap();
            }
        });
    }
    filling.join_all().await;
    let store = setup.open(&instance).await;
    let mut times = Vec::new();
    for _ in 0..51 {
        let start = Instant::now();
        assert_eq!(store.list(&ListQuery::newest_first()).await.unwrap().items.len(), 50);
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

/// One cluster for all sizes: more nodes would be in each other's way.
struct Shared<'a>(&'a Setup);

impl StoreSetup for Shared<'_> {
    type Store = EtcdStore;

    async fn open(&self, instance: &InstanceUid) -> EtcdStore {
        self.0.open(instance).await
    }

    async fn unreachable(&self, instance: &InstanceUid) -> Option<EtcdStore> {
        self.0.unreachable(instance).await
    }

    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }
}
