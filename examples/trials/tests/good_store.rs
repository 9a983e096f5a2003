//! A store that keeps its contract passes.

mod support;

use handclasp_trials::{Load, race};
use support::Memory;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_in_memory_wins_the_race_once_a_round() {
    race(&Memory::behind(|store| store), 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_in_memory_keeps_what_it_acknowledges() {
    let setup = Memory::behind(|store| store);
    let load = Load::start(&setup).await;
    load.acknowledged(20_000).await;
    let summary = load.stop().await.verify(&setup).await;
    assert!(summary.acknowledged >= 20_000);
    assert!(summary.refused > 0, "writers got in each other's way");
    assert_eq!((summary.failed, summary.unclear, summary.unread), (0, 0, 0));
}
