//! However many accept an invitation at once, and through whatever nodes, one is connected.

mod support;

use support::{Nodes, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_acceptors_one_wins() {
    handclasp_trials::race(&Setup::on(Nodes::three()), 200).await;
}
