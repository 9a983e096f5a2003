//! A store that breaks its contract fails, for what it does wrong.

mod support;

use handclasp_trials::{Load, Summary, race};
use support::faulty::{Doing, database};

async fn loaded(doing: Doing) -> Summary {
    let setup = database(doing);
    let load = Load::start(&setup).await;
    load.acknowledged(5_000).await;
    load.stop().await.verify(&setup).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_fails_as_it_may_passes() {
    let summary = loaded(Doing::Failing).await;
    assert!(summary.failed > 0 && summary.unread > 0, "{summary}");
    assert!(summary.landed > 0 && summary.landed < summary.unclear, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a write that was acknowledged is not there")]
async fn a_store_that_forgets_a_write_fails() {
    loaded(Doing::Forgetting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a write was refused, and nothing was in its way")]
async fn a_store_that_refuses_without_a_reason_fails() {
    loaded(Doing::Refusing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a write was refused, and nothing was in its way")]
async fn a_store_that_takes_its_own_effect_for_a_conflict_fails() {
    loaded(Doing::Retrying).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a write that failed or was refused is there")]
async fn a_store_that_writes_what_it_says_has_failed_fails() {
    loaded(Doing::Denying).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a write replaced another that it did not know of")]
async fn a_store_that_loses_an_update_fails() {
    loaded(Doing::Overwriting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a revision stood for two states")]
async fn a_store_that_gives_a_revision_twice_fails() {
    loaded(Doing::Revolving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "× a write that was acknowledged is not there")]
async fn a_store_that_reads_what_was_before_fails() {
    loaded(Doing::Remembering).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "acceptors were connected")]
async fn a_store_that_does_not_compare_has_several_winners() {
    race(&database(Doing::Overwriting), 20).await;
}
