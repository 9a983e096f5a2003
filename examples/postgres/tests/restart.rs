//! The server is stopped, and killed, while 32 write.

mod support;

use handclasp_trials::Load;
use support::{Server, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_outlives_nine_restarts() {
    let mut server = Server::start();
    let setup = Setup::new(server.config()).await;
    let load = Load::start(&setup).await;
    for stop in [Server::stop_fast, Server::stop_immediately, Server::kill].into_iter().cycle().take(9) {
        load.acknowledged(1000).await;
        stop(&mut server);
        server.start_again();
    }
    load.acknowledged(1000).await;
    let summary = load.stop().await.verify(&setup).await;
    assert!(summary.failed > 0, "nobody missed the server");
    assert!(summary.unclear > 0, "no write was interrupted");
}
