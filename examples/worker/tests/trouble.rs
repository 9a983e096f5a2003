//! What fails or hangs holds up nobody else, and heals.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use core::time::Duration;

use handclasp::ConnectionId;
use handclasp_worker::Pace;
use support::{HOUR, MINUTE, Running, SECOND, World, exact, gaps, refreshes};
use tokio::time::{Instant, sleep};

/// Since then no gap of these connections is longer than the longest pause of the library, and this.
fn assert_in_time(world: &World, ids: &[ConnectionId], since: Instant, late: Duration) {
    let log = world.calls.log();
    for id in ids {
        let times: Vec<_> = refreshes(&log, *id).into_iter().filter(|at| *at >= since).collect();
        // A quarter of an hour, and a quarter of that for what the library spreads.
        let longest = 15 * MINUTE * 5 / 4 + late;
        assert!(gaps(&times).iter().all(|gap| *gap <= longest), "{:?}", gaps(&times));
        assert!(*times.last().unwrap() + longest >= Instant::now());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_hangs_does_not_hold_up_a_hundred_others() {
    let world = World::new();
    let (ids, begun) = (world.many_active(101).await, Instant::now());
    world.calls.hang(ids[0]);
    let worker = Running::begin(&world.source, exact().at_once(2));
    sleep(6 * HOUR).await;
    assert!(refreshes(&world.calls.log(), ids[0]).len() > 5);
    assert_in_time(&world, &ids[1..], begun, SECOND);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn connections_that_hang_all_the_time_have_half_of_the_places_at_most() {
    let world = World::new();
    let ids = world.many_active(60).await;
    let (hanging, healthy) = ids.split_at(40);
    // With such a short back-off, there is always one more that wants to hang.
    let worker = Running::begin(&world.source, exact().at_once(4).longest_back_off(5 * SECOND));
    for id in hanging {
        world.calls.hang(*id);
    }
    // It takes each of them once to be known.
    sleep(HOUR).await;
    let (known, before) = (Instant::now(), world.calls.log().len());
    sleep(6 * HOUR).await;
    assert!(world.calls.hanging_now() <= 2);
    // Two places, each taken for half a minute: they were used.
    assert!(world.calls.log().len() - before > 2 * 6 * 60 * 2 - 10);
    assert_in_time(&world, healthy, known, SECOND);
    // And nobody of those in trouble starves, either: each has its turn after all others.
    for id in hanging {
        let gaps = gaps(&refreshes(&world.calls.log(), *id));
        assert!(gaps.iter().skip(2).all(|gap| *gap <= 11 * MINUTE), "{gaps:?}");
    }
    world.calls.release();
    let released = Instant::now();
    sleep(HOUR).await;
    assert_in_time(&world, &ids, released, SECOND);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_dropped_after_the_limit_and_its_pauses_double_up_to_an_hour() {
    let world = World::new();
    let id = world.accepted().await;
    world.calls.hang(id);
    let worker = Running::begin(&world.source, exact().time_limit(20 * SECOND));
    sleep(24 * HOUR).await;
    let gaps = gaps(&refreshes(&world.calls.log(), id));
    let seconds: Vec<_> = gaps.iter().take(12).map(Duration::as_secs).collect();
    assert_eq!(seconds, [25, 30, 40, 60, 100, 180, 340, 660, 1300, 2580, 3620, 3620]);
    assert_eq!(world.calls.hung_at_once(), 1);
    world.calls.release();
    sleep(HOUR).await;
    assert!(world.is_active(id).await);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_hangs_when_a_page_names_it_is_backed_off_from_all_the_same() {
    let world = World::new();
    world.store.set_lists_hang(true);
    let id = world.accepted().await;
    world.calls.hang(id);
    let worker = Running::begin(&world.source, exact().time_limit(20 * SECOND));
    worker.handle.look_at(id);
    sleep(SECOND).await;
    // From now on, the worker finds it in each scan, too.
    world.store.set_lists_hang(false);
    sleep(2 * HOUR).await;
    let gaps = gaps(&refreshes(&world.calls.log(), id));
    let seconds: Vec<_> = gaps.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [25, 30, 40, 60, 100, 180, 340, 660, 1300, 2580]);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_record_knows_to_be_in_trouble_has_half_of_the_places_from_the_beginning() {
    let world = World::new();
    let ids = world.many_accepted(10).await;
    world.network.detach(world.destination.instance());
    for id in &ids {
        assert!(world.source.refresh(*id).await.unwrap().retry.is_some());
        world.calls.hang(*id);
    }
    let worker = Running::begin(&world.source, exact().at_once(4));
    sleep(10 * MINUTE).await;
    assert_eq!(world.calls.hung_at_once(), 2);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_worker_s_own_back_off_is_lengthened_by_jitter() {
    let world = World::new();
    let ids = world.many_accepted(50).await;
    for id in &ids {
        world.calls.hang(*id);
    }
    let pace = Pace::default().at_once(1000).jitter_percent(50).time_limit(20 * SECOND);
    let worker = Running::begin(&world.source, pace);
    sleep(6 * HOUR).await;
    let log = world.calls.log();
    let mut last = Vec::new();
    for id in ids {
        let gaps = gaps(&refreshes(&log, id));
        for (gap, pause) in gaps.iter().zip([5, 10, 20, 40, 80, 160]) {
            let pause = pause * SECOND;
            assert!(*gap >= 20 * SECOND + pause && *gap <= 21 * SECOND + pause * 3 / 2, "{gaps:?}");
        }
        last.push(gaps[5]);
    }
    last.sort_unstable();
    last.dedup();
    assert!(last.len() > 25, "{last:?}");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_read_for_an_hour_does_not_end_the_loop() {
    let world = World::new();
    let ids = world.many_active(20).await;
    let worker = Running::begin(&world.source, exact());
    sleep(HOUR).await;
    world.store.set_reads_fail(true);
    let (away, calls) = (Instant::now(), world.calls.log().len());
    sleep(HOUR).await;
    assert_eq!(world.calls.log().len(), calls);
    // It is asked seldom enough, meanwhile: the pages once a minute, and each connection some ten times.
    assert!(world.store.gets().iter().filter(|(at, _)| *at > away).count() < 20 * 12);
    world.store.set_reads_fail(false);
    // The next page that can be read shows all of them.
    sleep(MINUTE + SECOND).await;
    let log = world.calls.log();
    assert!(ids.iter().all(|id| refreshes(&log[calls..], *id).len() == 1));
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_reads_hang_for_an_hour_is_used_again_with_the_next_page() {
    let world = World::new();
    let ids = world.many_active(20).await;
    let worker = Running::begin(&world.source, exact());
    sleep(HOUR).await;
    world.store.set_reads_hang(true);
    let calls = world.calls.log().len();
    sleep(HOUR).await;
    assert_eq!(world.calls.log().len(), calls);
    world.store.set_reads_hang(false);
    // Some turns hang until their limit.
    sleep(2 * MINUTE).await;
    let log = world.calls.log();
    assert!(ids.iter().all(|id| refreshes(&log[calls..], *id).len() == 1));
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_written_is_backed_off_from_and_recovers() {
    let world = World::new();
    let id = world.accepted().await;
    world.store.set_writes_fail(true);
    let worker = Running::begin(&world.source, exact());
    sleep(HOUR).await;
    // The library says 30 seconds, which is more than the first steps of the back-off.
    let gaps = gaps(&refreshes(&world.calls.log(), id));
    let seconds: Vec<_> = gaps.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [30, 30, 30, 40, 80, 160, 320, 640, 1280]);
    world.store.set_writes_fail(false);
    sleep(HOUR).await;
    assert!(world.is_active(id).await);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_pages_hang_does_not_hold_up_what_is_known() {
    let world = World::new();
    let (ids, begun) = (world.many_active(5).await, Instant::now());
    let worker = Running::begin(&world.source, exact());
    sleep(MINUTE / 2).await;
    world.store.set_lists_hang(true);
    sleep(6 * HOUR).await;
    assert_in_time(&world, &ids, begun, SECOND);
    world.store.set_lists_hang(false);
    let id = world.accepted().await;
    // The page that hangs is dropped after half a minute.
    sleep(2 * MINUTE).await;
    assert!(world.is_active(id).await);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_record_that_cannot_be_read_does_not_hide_the_others() {
    let world = World::new();
    let ids = world.many_accepted(200).await;
    world.store.damage(ids[100]);
    let worker = Running::begin(&world.source, exact());
    sleep(10 * MINUTE).await;
    for (index, id) in ids.iter().enumerate().filter(|(index, _)| *index != 100) {
        assert_eq!(refreshes(&world.calls.log(), *id).len(), 1, "{index}");
    }
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_record_that_cannot_be_read_does_not_keep_a_slow_store_busy() {
    let world = World::new();
    let ids = world.many_active(20).await;
    world.store.damage(ids[10]);
    world.store.slow_lists(10);
    let worker = Running::begin(&world.source, exact());
    sleep(10 * HOUR).await;
    // 3,600 pages would be all of the time. While the pages shrink it begins again more often than later.
    assert!((180..=400).contains(&world.store.lists()), "{}", world.store.lists());
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whom_it_is_told_of_again_and_again_keeps_their_turn() {
    let world = World::new();
    let ids = world.many_active(12).await;
    let begun = Instant::now();
    for id in &ids[1..] {
        world.calls.hang(*id);
    }
    let pace = exact().at_once(1).time_limit(30 * SECOND).longest_back_off(30 * SECOND);
    let worker = Running::begin(&world.source, pace);
    while begun.elapsed() < 6 * HOUR {
        worker.handle.look_at(ids[0]);
        sleep(2 * SECOND).await;
    }
    let calls = world.calls.log();
    assert!(calls.iter().any(|(at, id)| *id == ids[0] && *at > begun));
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_store_befalls_one_connection_alone() {
    let world = World::new();
    let (ids, begun) = (world.many_active(10).await, Instant::now());
    world.store.panic_at(ids[3]);
    // It panics before anything is known of it.
    world.store.set_lists_hang(true);
    let worker = Running::begin(&world.source, exact().at_once(1));
    worker.handle.look_at(ids[3]);
    sleep(SECOND).await;
    world.store.set_lists_hang(false);
    sleep(6 * HOUR).await;
    // It is tried again, with the back-off.
    let tried = refreshes(&world.store.gets(), ids[3]).len();
    assert!((5..30).contains(&tried), "{tried}");
    let healthy: Vec<_> =
        ids.into_iter().enumerate().filter(|(index, _)| *index != 3).map(|(_, id)| id).collect();
    assert_in_time(&world, &healthy, begun, SECOND);
    worker.stop().await;
}
