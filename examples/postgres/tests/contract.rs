//! The store keeps its contract.

mod support;

use handclasp::conformance;
use support::{Server, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_keeps_its_contract() {
    let server = Server::start();
    let report = conformance::store(&Setup::new(server.config()).await).await.unwrap();
    println!("{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_level_of_isolation_that_a_database_prefers_changes_nothing() {
    let server = Server::start();
    for level in ["repeatable read", "serializable"] {
        let name = level.replace(' ', "_");
        let setting = format!("default_transaction_isolation = '{level}'");
        let config = server.database(&name, &[&setting]).await;
        let report = conformance::store(&Setup::new(config).await).await.unwrap();
        println!("{level}:\n{report}");
    }
}
