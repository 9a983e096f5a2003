//! Nodes fail while 32 writers write: what was acknowledged stays, and as long as two of three nodes answer, the writers
//! get on.

mod support;

use std::time::Duration;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, InsertError};
use handclasp_trials::Load;
use support::{Nodes, Setup, uid};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_outlives_two_nodes() {
    let mut setup = Setup::on(Nodes::three()).answering_within(Duration::from_secs(1));
    let load = Load::start(&setup).await;
    load.acknowledged(1000).await;

    // The leader dies. The other two choose another.
    let first_leader = setup.nodes.leader();
    setup.nodes.kill(first_leader);
    load.acknowledged(1000).await;

    // The next leader is cut off, and the last node is a minority: it must neither write nor answer what may be stale.
    let second_leader = setup.nodes.leader();
    setup.nodes.freeze(second_leader);
    let third = 3 - first_leader - second_leader;
    let store = setup.open_at(third, &uid("minority"));
    let record = Course::pending(1).unwrap();
    store.get(record.id()).await.expect_err("one node of three cannot know");
    let inserted = store.insert(&record).await;
    assert!(matches!(inserted, Err(InsertError::Failed(_) | InsertError::Unclear(_))), "{inserted:?}");

    // It comes back, with connections open that it has not heard of for a while.
    setup.nodes.thaw(second_leader);
    load.acknowledged(1000).await;

    // The dead one comes back, too, and learns what it has missed. Then it is needed.
    setup.nodes.start_again(first_leader);
    setup.nodes.freeze(third);
    load.acknowledged(1000).await;
    setup.nodes.thaw(third);

    let summary = load.stop().await.verify(&setup).await;
    assert!(summary.failed + summary.unclear > 0, "the faults were felt");
}
