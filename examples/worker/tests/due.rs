//! Each connection is refreshed when it is due: as often as that, and not more.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use core::time::Duration;
use std::collections::BTreeSet;

use handclasp::{ConnectionId, Fault};
use handclasp_worker::Pace;
use support::{HOUR, MINUTE, Running, SECOND, World, eventually, exact, gaps, refreshes, view};
use tokio::time::{Instant, sleep};

/// How long the library lets pass between two refreshes of this connection, which is calm.
async fn pause(world: &World, id: ConnectionId) -> Duration {
    let view = view(&world.source, id).await;
    assert!(view.acknowledged && view.health.trouble.is_none());
    let (last, next) = (view.health.last_contact.unwrap(), view.next_refresh.unwrap());
    Duration::from_millis(next.as_millis() - last.as_millis())
}

#[tokio::test(start_paused = true)]
async fn a_thousand_connections_are_each_refreshed_as_often_as_due_and_not_more() {
    let world = World::new();
    let ids = world.many_accepted(1000).await;
    let worker = Running::begin(&world.source, Pace::default());
    sleep(2 * HOUR).await;
    worker.stop().await;
    let log = world.calls.log();
    let mut lengthened = BTreeSet::new();
    for id in ids {
        assert!(world.is_active(id).await);
        let (pause, times) = (pause(&world, id).await, refreshes(&log, id));
        let gaps = gaps(&times);
        for gap in &gaps {
            assert!(*gap >= pause && *gap <= pause * 11 / 10 + SECOND, "{gap:?} instead of {pause:?}");
            lengthened.insert(gap.saturating_sub(pause).as_secs());
        }
        // It did not cease, either.
        assert!(*times.last().unwrap() + pause * 11 / 10 + SECOND >= Instant::now());
        assert!(gaps.len() >= 5, "{}", gaps.len());
    }
    // From nothing to a tenth of a quarter of an hour, and much in between.
    assert!(lengthened.len() > 60, "{lengthened:?}");
}

#[tokio::test(start_paused = true)]
async fn two_workers_on_one_store_share_the_work() {
    let world = World::new();
    let ids = world.many_active(20).await;
    // Their jitter is different, or they would look at the same moment.
    let workers = [1, 2].map(|_| Running::begin(&world.source, Pace::default()));
    sleep(6 * HOUR).await;
    for worker in workers {
        worker.stop().await;
    }
    let log = world.calls.log();
    for id in ids {
        let pause = pause(&world, id).await;
        let gaps = gaps(&refreshes(&log, id));
        assert!(gaps.iter().all(|gap| *gap >= pause), "{gaps:?} instead of {pause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_refreshed_elsewhere_is_not_refreshed_again() {
    let world = World::new();
    let [id] = world.many_active(1).await[..] else { panic!("one was wanted") };
    let worker = Running::begin(&world.source, exact());
    let pause = pause(&world, id).await;
    sleep(pause.saturating_sub(MINUTE)).await;
    // A person presses a button.
    world.source.refresh(id).await.unwrap();
    let pressed = Instant::now();
    sleep(HOUR).await;
    let times = refreshes(&world.calls.log(), id);
    let next = times.iter().find(|at| **at > pressed).unwrap();
    assert_eq!((*next - pressed).as_secs(), pause.as_secs());
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn another_process_s_connection_is_found_within_the_time_between_two_scans() {
    let world = World::new();
    let worker = Running::begin(&world.source, exact().rescan(MINUTE));
    sleep(HOUR).await;
    let id = world.accepted().await;
    sleep(MINUTE + SECOND).await;
    assert!(world.is_active(id).await);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_scan_goes_through_all_pages() {
    let world = World::new();
    let ids = world.many_accepted(173).await;
    let worker = Running::begin(&world.source, exact());
    sleep(SECOND).await;
    for id in ids {
        assert!(world.is_active(id).await);
    }
    assert_eq!(world.store.lists(), 4);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_pages_take_long_is_left_alone_for_nine_times_as_long() {
    let world = World::new();
    let ids = world.many_accepted(200).await;
    world.store.slow_lists(10);
    let worker = Running::begin(&world.source, exact());
    // Four pages, newest first: those of the first are refreshed while the second is read.
    sleep(15 * SECOND).await;
    let called: BTreeSet<_> = world.calls.log().into_iter().map(|(_, id)| id).collect();
    let newest: BTreeSet<_> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().rev().take(50).collect();
    assert_eq!(called, newest);
    sleep(59 * MINUTE + 45 * SECOND).await;
    // Each look takes 40 seconds, and leaves 360: nine in an hour.
    assert_eq!(world.store.lists(), 9 * 4);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_handle_names_is_taken_up_at_once() {
    let world = World::new();
    let worker = Running::begin(&world.source, exact().rescan(HOUR));
    sleep(MINUTE).await;
    let id = world.accepted().await;
    let told = Instant::now();
    worker.handle.look_at(id);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(refreshes(&world.calls.log(), id), [told]);
    assert!(world.is_active(id).await);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_handle_works_before_the_worker_runs_and_does_nothing_after_its_end() {
    let world = World::new();
    let id = world.accepted().await;
    world.store.set_lists_hang(true);
    let worker = handclasp_worker::Worker::new(world.source.clone());
    let handle = worker.handle();
    handle.look_at(id);
    worker.run(sleep(SECOND)).await;
    assert!(world.is_active(id).await);
    let looked = world.store.gets().len();
    handle.look_at(id);
    sleep(HOUR).await;
    assert_eq!(world.store.gets().len(), looked);
}

#[tokio::test(start_paused = true)]
async fn being_told_again_and_again_refreshes_no_more_than_is_due() {
    let world = World::new();
    let [id] = world.many_active(1).await[..] else { panic!("one was wanted") };
    let pause = pause(&world, id).await;
    let worker = Running::begin(&world.source, exact());
    for _ in 0..10_000 {
        worker.handle.look_at(id);
        sleep(Duration::from_millis(500)).await;
    }
    let gaps = gaps(&refreshes(&world.calls.log(), id));
    assert!(!gaps.is_empty() && gaps.iter().all(|gap| *gap >= pause), "{gaps:?}");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_happens_during_a_refresh_is_looked_at_after_it() {
    let world = World::new();
    let id = world.accepted().await;
    world.calls.hang(id);
    let worker = Running::begin(&world.source, exact().rescan(HOUR));
    sleep(SECOND).await;
    worker.handle.look_at(id);
    sleep(SECOND).await;
    assert_eq!(world.calls.hanging_now(), 1);
    let reads = world.store.gets().len();
    world.calls.release();
    sleep(4 * SECOND).await;
    assert!(world.is_active(id).await);
    let refresh = world.store.gets().len();
    assert!(refresh > reads);
    // The least pause is over, and one more look at the record shows that nothing is due.
    sleep(2 * SECOND).await;
    assert_eq!(world.store.gets().len(), refresh + 1);
    assert_eq!(refreshes(&world.calls.log(), id).len(), 2);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn news_that_is_not_told_yet_is_told_again_within_the_recommended_time() {
    let world = World::new();
    let [id] = world.many_active(1).await[..] else { panic!("one was wanted") };
    let worker = Running::begin(&world.source, exact());
    sleep(SECOND).await;
    world.network.inject(Fault::LoseRequest);
    world.source.deactivate(id).await.unwrap();
    worker.handle.look_at(id);
    let told = Instant::now();
    eventually(MINUTE, async || view(&world.source, id).await.acknowledged).await;
    // 30 seconds, and a quarter at most for what the library spreads.
    let gap = *refreshes(&world.calls.log(), id).last().unwrap() - told;
    assert!(gap >= 30 * SECOND && gap <= 38 * SECOND, "{gap:?}");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_closed_and_acknowledged_falls_out() {
    let world = World::new();
    let ids = world.many_active(2).await;
    let worker = Running::begin(&world.source, exact());
    sleep(SECOND).await;
    world.source.remove(ids[0]).await.unwrap();
    let removed = view(&world.source, ids[0]).await;
    assert!(removed.acknowledged && removed.next_refresh.is_none());
    // It is looked at once more when it would have been due, and then no more.
    sleep(HOUR).await;
    let (reads, calls) = (refreshes(&world.store.gets(), ids[0]).len(), world.calls.log().len());
    sleep(24 * HOUR).await;
    assert_eq!(refreshes(&world.store.gets(), ids[0]).len(), reads);
    assert!(world.calls.log().len() > calls);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_taken_out_of_the_store_falls_out() {
    let world = World::new();
    let ids = world.many_active(2).await;
    let worker = Running::begin(&world.source, exact());
    sleep(SECOND).await;
    world.take_out(ids[0]).await;
    sleep(HOUR).await;
    let reads = refreshes(&world.store.gets(), ids[0]).len();
    sleep(24 * HOUR).await;
    assert_eq!(refreshes(&world.store.gets(), ids[0]).len(), reads);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_does_no_harm() {
    for forward in [true, false] {
        let world = World::new();
        let ids = world.many_active(20).await;
        let waiting = world.invite().await.0;
        let worker = Running::begin(&world.source, exact());
        sleep(HOUR + 7 * MINUTE).await;
        if forward {
            world.clock.jump_forward(HOUR);
        } else {
            world.clock.jump_back(HOUR);
        }
        let jumped = Instant::now();
        sleep(3 * HOUR).await;
        worker.stop().await;
        let log = world.calls.log();
        for id in ids {
            let (pause, times) = (pause(&world, id).await, refreshes(&log, id));
            let first = times.partition_point(|at| *at <= jumped);
            // What is early after a jump forward is so once.
            assert!(gaps(&times[first - 1..]).iter().all(|gap| *gap <= pause + SECOND));
            assert!(gaps(&times[first..]).iter().all(|gap| *gap >= pause));
        }
        // Five minutes, and a quarter at most for what the library spreads.
        assert!(gaps(&refreshes(&log, waiting)).iter().all(|gap| *gap <= 375 * SECOND));
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_before_the_worker_begins_does_no_harm() {
    let world = World::new();
    let ids = world.many_active(20).await;
    world.clock.jump_back(24 * HOUR);
    let (worker, begun) = (Running::begin(&world.source, exact()), world.calls.log().len());
    // A quarter of an hour, and a quarter of that at most.
    sleep(19 * MINUTE).await;
    let log = world.calls.log();
    assert!(ids.iter().all(|id| refreshes(&log[begun..], *id).len() == 1));
    worker.stop().await;
}
