//! However many accept an invitation at once, through nodes with connections of their own, one is connected.

mod support;

use support::{Server, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_acceptors_one_wins() {
    let server = Server::start();
    handclasp_trials::race(&Setup::new(server.config()).await, 200).await;
}
