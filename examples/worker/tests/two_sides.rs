//! Two companies connect with nothing but workers running.

mod support;

use handclasp::{Fault, ListQuery, Status};
use handclasp_worker::Pace;
use support::{HOUR, MINUTE, Running, World, eventually, view};

#[tokio::test(start_paused = true)]
async fn a_private_source_fetches_the_acceptance_and_both_get_active() {
    let world = World::new();
    let (id, code) = world.invite().await;
    let workers = [&world.source, &world.destination].map(|node| Running::begin(node, Pace::default()));
    // Nobody has accepted yet, and the source has asked some times.
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(view(&world.source, id).await.status, Status::Pending);
    world.accept(&code).await;
    eventually(2 * MINUTE, async || world.is_active(id).await).await;
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_is_lost_heals() {
    for fault in [Fault::LoseRequest, Fault::LoseReply, Fault::Repeat, Fault::Delay] {
        for which in 0..4 {
            let world = World::new();
            let id = world.accepted().await;
            for _ in 0..which {
                world.network.inject(Fault::None);
            }
            world.network.inject(fault);
            let worker = Running::begin(&world.source, Pace::default());
            eventually(2 * MINUTE, async || world.is_active(id).await).await;
            world.network.deliver_delayed().await;
            tokio::time::sleep(HOUR).await;
            assert!(world.is_active(id).await, "{fault:?} of exchange {which}");
            worker.stop().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_connection_reaches_the_other_side() {
    let world = World::new();
    let [id] = world.many_active(1).await[..] else { panic!("one was wanted") };
    let worker = Running::begin(&world.source, Pace::default());
    world.network.inject(Fault::LoseRequest);
    world.destination.remove(id).await.unwrap();
    // The destination cannot call; the source asks every quarter of an hour.
    eventually(HOUR, async || {
        let page = world.source.list(&ListQuery::newest_first()).await.unwrap();
        matches!(page.items[0].status, Status::Closed { .. })
    })
    .await;
    worker.stop().await;
}
