//! The store keeps its contract, on three nodes, of which each handle asks another one first.

mod support;

use handclasp::conformance;
use support::{Nodes, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_keeps_its_contract() {
    let report = conformance::store(&Setup::on(Nodes::three())).await.unwrap();
    println!("{report}");
}
