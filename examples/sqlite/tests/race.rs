//! One invitation is accepted once, whoever races for it.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use support::Folder;

#[tokio::test(flavor = "multi_thread")]
async fn of_64_acceptors_on_64_handles_one_wins_in_each_of_200_rounds() {
    handclasp_trials::race(&Folder::new(), 200).await;
}
