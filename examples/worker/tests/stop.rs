//! The worker stops cleanly.

mod support;

use handclasp_worker::Pace;
use support::{HOUR, MINUTE, Running, SECOND, World, exact};
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn a_worker_with_nothing_under_way_stops_at_once_and_does_nothing_more() {
    let world = World::new();
    world.many_active(10).await;
    let worker = Running::begin(&world.source, exact());
    sleep(HOUR).await;
    let (told, handle) = (Instant::now(), worker.handle.clone());
    worker.stop().await;
    assert_eq!(told.elapsed().as_millis(), 0);
    let (calls, reads) = (world.calls.log().len(), world.store.gets().len());
    sleep(24 * HOUR).await;
    handle.look_at(world.accepted().await);
    sleep(HOUR).await;
    assert_eq!((world.calls.log().len(), world.store.gets().len()), (calls, reads));
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_may_come_to_its_end() {
    let world = World::new();
    let ids = world.many_accepted(3).await;
    world.calls.hang(ids[0]);
    let worker = Running::begin(&world.source, exact().grace(10 * SECOND));
    sleep(SECOND).await;
    let stopping = worker.stopping();
    sleep(5 * SECOND).await;
    assert!(!stopping.is_finished());
    world.calls.release();
    sleep(SECOND).await;
    assert!(stopping.is_finished());
    stopping.await.unwrap();
    assert!(world.is_active(ids[0]).await);
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_the_grace_is_dropped_and_heals_later() {
    let world = World::new();
    let id = world.accepted().await;
    world.calls.hang(id);
    let worker = Running::begin(&world.source, exact().grace(10 * SECOND));
    sleep(SECOND).await;
    let told = Instant::now();
    worker.stop().await;
    assert_eq!((told.elapsed().as_secs(), world.calls.hanging_now()), (10, 0));
    world.calls.release();
    let worker = Running::begin(&world.source, Pace::default());
    sleep(SECOND).await;
    assert!(world.is_active(id).await);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_new_is_begun_while_it_waits_for_the_rest() {
    let world = World::new();
    let ids = world.many_accepted(2).await;
    for id in &ids {
        world.calls.hang(*id);
    }
    // The second finds no place before the first is done.
    let worker = Running::begin(&world.source, exact().at_once(1).grace(MINUTE));
    sleep(SECOND).await;
    let stopping = worker.stopping();
    sleep(SECOND).await;
    world.calls.release();
    stopping.await.unwrap();
    sleep(HOUR).await;
    let active = [world.is_active(ids[0]).await, world.is_active(ids[1]).await];
    assert_eq!(active.iter().filter(|active| **active).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_hangs_is_not_waited_for() {
    let world = World::new();
    world.store.set_lists_hang(true);
    let worker = Running::begin(&world.source, exact());
    sleep(SECOND).await;
    let told = Instant::now();
    worker.stop().await;
    assert_eq!(told.elapsed().as_millis(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_dropped_leaves_nothing_under_way() {
    let world = World::new();
    let id = world.accepted().await;
    world.calls.hang(id);
    let worker = Running::begin(&world.source, exact());
    sleep(SECOND).await;
    assert_eq!(world.calls.hanging_now(), 1);
    worker.task.abort();
    sleep(SECOND).await;
    assert_eq!(world.calls.hanging_now(), 0);
}
