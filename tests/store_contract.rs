//! The store in memory against each numbered rule of the contract, by itself and behind each pointer that forwards.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/records.rs"]
mod records;

use core::pin::pin;
use std::sync::Arc;

use handclasp::{
    Connection, ConnectionStore, InsertError, ListQuery, MemoryStore, Order, Phase, Revision, Stored,
    UpdateError,
};
use pollster::block_on;
use records::{Course, bytes, pending};

/// A handle of a store; what goes through it is seen through its clones.
trait Handle: ConnectionStore<Error: Eq> + Clone + Send + Sync + 'static {}
impl<S: ConnectionStore<Error: Eq> + Clone + Send + Sync + 'static> Handle for S {}

async fn listed<S: Handle>(store: &S, query: &ListQuery) -> Vec<Stored> {
    store.list(query).await.unwrap().items
}

/// The record with the first one's id is this one, at this revision, whichever way one looks.
async fn assert_stored<S: Handle>(store: &S, connection: &Connection, revision: Revision) {
    let got = store.get(connection.id()).await.unwrap().unwrap();
    assert_eq!((bytes(&got.connection), got.revision), (bytes(connection), revision));
    let all = listed(store, &ListQuery::newest_first()).await;
    let found: Vec<_> = all.iter().filter(|stored| stored.connection.id() == connection.id()).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((bytes(&found[0].connection), found[0].revision), (bytes(connection), revision));
}

async fn rule_1_what_was_inserted_is_read<S: Handle>(store: S) {
    let record = pending(1);
    let revision = store.insert(&record).await.unwrap();
    assert_stored(&store, &record, revision).await;
}

async fn rule_1_what_was_updated_is_read<S: Handle>(store: S) {
    let course = Course::begun_at(1);
    let revision = store.insert(&course.pending).await.unwrap();
    let revision = store.update(&course.active, revision).await.unwrap();
    assert_stored(&store, &course.active, revision).await;
}

async fn rule_1_what_was_written_is_read_through_any_handle<S: Handle>(store: S) {
    let (record, other) = (pending(1), store.clone());
    let revision = store.insert(&record).await.unwrap();
    assert_stored(&other, &record, revision).await;
}

async fn rule_1_what_was_never_written_is_not_there<S: Handle>(store: S) {
    store.insert(&pending(1)).await.unwrap();
    assert!(store.get(pending(2).id()).await.unwrap().is_none());
}

async fn rule_2_insert_never_overwrites<S: Handle>(store: S) {
    let course = Course::begun_at(1);
    let revision = store.insert(&course.pending).await.unwrap();
    assert_eq!(store.insert(&course.active).await, Err(InsertError::AlreadyExists));
    assert_stored(&store, &course.pending, revision).await;
}

async fn rule_3_update_at_another_revision_is_a_conflict<S: Handle>(store: S) {
    let course = Course::begun_at(1);
    let old = store.insert(&course.pending).await.unwrap();
    let present = store.update(&course.pending, old).await.unwrap();
    assert_eq!(store.update(&course.active, old).await, Err(UpdateError::Conflict));
    assert_stored(&store, &course.pending, present).await;
}

async fn rule_3_update_at_the_revision_of_another_record_is_a_conflict<S: Handle>(store: S) {
    let course = Course::begun_at(1);
    let present = store.insert(&course.pending).await.unwrap();
    let other = store.insert(&pending(2)).await.unwrap();
    assert_eq!(store.update(&course.active, other).await, Err(UpdateError::Conflict));
    assert_stored(&store, &course.pending, present).await;
}

async fn rule_3_update_of_nothing_is_missing<S: Handle>(store: S) {
    let revision = store.insert(&pending(1)).await.unwrap();
    assert_eq!(store.update(&pending(2), revision).await, Err(UpdateError::Missing));
    assert!(store.get(pending(2).id()).await.unwrap().is_none());
}

async fn rule_4_what_was_removed_is_gone<S: Handle>(store: S) {
    let record = pending(1);
    let revision = store.insert(&record).await.unwrap();
    store.remove(record.id(), revision).await.unwrap();
    assert!(store.get(record.id()).await.unwrap().is_none());
    assert!(listed(&store, &ListQuery::newest_first()).await.is_empty());
}

async fn rule_4_remove_at_another_revision_is_a_conflict<S: Handle>(store: S) {
    let record = pending(1);
    let old = store.insert(&record).await.unwrap();
    let present = store.update(&record, old).await.unwrap();
    assert_eq!(store.remove(record.id(), old).await, Err(UpdateError::Conflict));
    assert_stored(&store, &record, present).await;
}

async fn rule_4_remove_of_nothing_is_missing<S: Handle>(store: S) {
    let revision = store.insert(&pending(1)).await.unwrap();
    assert_eq!(store.remove(pending(2).id(), revision).await, Err(UpdateError::Missing));
}

async fn rule_5_a_revision_never_comes_back<S: Handle>(store: S) {
    let record = pending(1);
    let mut revisions = Vec::new();
    for _ in 0..5 {
        revisions.push(store.insert(&record).await.unwrap());
        for _ in 0..3 {
            revisions.push(store.update(&record, *revisions.last().unwrap()).await.unwrap());
        }
        store.remove(record.id(), *revisions.last().unwrap()).await.unwrap();
    }
    let distinct: std::collections::HashSet<_> = revisions.iter().collect();
    assert_eq!(distinct.len(), revisions.len());
}

async fn rule_5_an_old_revision_does_not_fit_a_new_record<S: Handle>(store: S) {
    let record = pending(1);
    let old = store.insert(&record).await.unwrap();
    store.remove(record.id(), old).await.unwrap();
    let present = store.insert(&record).await.unwrap();
    assert_eq!(store.remove(record.id(), old).await, Err(UpdateError::Conflict));
    assert_stored(&store, &record, present).await;
}

/// Runs as many as there are results, each on a task of its own.
async fn at_once<S: Handle, F>(store: &S, each: impl Fn(S) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let tasks: Vec<_> = (0..64).map(|_| tokio::spawn(each(store.clone()))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

fn winners<T, E>(results: &[Result<T, E>]) -> usize {
    results.iter().filter(|result| result.is_ok()).count()
}

async fn rule_6_of_many_inserts_one_wins<S: Handle>(store: S) {
    for round in 0..20 {
        let record = pending(round);
        let results = at_once(&store, |store| {
            let record = record.clone();
            async move { store.insert(&record).await }
        });
        assert_eq!(winners(&results.await), 1);
    }
}

async fn rule_6_of_many_updates_one_wins<S: Handle>(store: S) {
    let record = pending(1);
    let mut revision = store.insert(&record).await.unwrap();
    for _ in 0..20 {
        let results = at_once(&store, |store| {
            let record = record.clone();
            async move { store.update(&record, revision).await }
        });
        let results = results.await;
        assert_eq!(winners(&results), 1);
        revision = results.into_iter().find_map(Result::ok).unwrap();
    }
}

async fn rule_6_of_many_removals_one_wins<S: Handle>(store: S) {
    for round in 0..20 {
        let record = pending(round);
        let revision = store.insert(&record).await.unwrap();
        let id = record.id();
        let results = at_once(&store, |store| async move { store.remove(id, revision).await });
        assert_eq!(winners(&results.await), 1);
    }
}

async fn rule_8_lists_are_in_the_order_of_ids<S: Handle>(store: S) {
    for millis in [5, 1, 4, 2, 3] {
        store.insert(&pending(millis)).await.unwrap();
    }
    for query in [ListQuery::oldest_first(), ListQuery::newest_first()] {
        let ids: Vec<_> = listed(&store, &query).await.iter().map(|stored| stored.connection.id()).collect();
        let is_sorted = match query.order {
            Order::OldestFirst => ids.is_sorted(),
            Order::NewestFirst => ids.iter().rev().is_sorted(),
        };
        assert!(is_sorted && ids.len() == 5, "{ids:?}");
    }
}

async fn rule_8_a_list_of_a_phase_has_that_phase_right_after_an_update<S: Handle>(store: S) {
    let course = Course::begun_at(1);
    let in_phase = |phase| ListQuery::newest_first().in_phase(phase);
    let revision = store.insert(&course.pending).await.unwrap();
    assert_eq!(listed(&store, &in_phase(Phase::Pending)).await.len(), 1);
    store.update(&course.active, revision).await.unwrap();
    assert_eq!(listed(&store, &in_phase(Phase::Pending)).await.len(), 0);
    assert_eq!(listed(&store, &in_phase(Phase::Active)).await.len(), 1);
}

async fn rule_8_a_list_of_a_phase_forgets_what_was_removed<S: Handle>(store: S) {
    let record = pending(1);
    let revision = store.insert(&record).await.unwrap();
    store.remove(record.id(), revision).await.unwrap();
    assert!(listed(&store, &ListQuery::newest_first().in_phase(Phase::Pending)).await.is_empty());
}

async fn rule_8_each_phase_has_its_list<S: Handle>(store: S) {
    let courses: Vec<_> =
        (0..).zip(Phase::ALL).map(|(millis, phase)| (Course::begun_at(millis), *phase)).collect();
    for (course, phase) in &courses {
        store.insert(course.in_phase(*phase)).await.unwrap();
    }
    for (course, phase) in &courses {
        let found = listed(&store, &ListQuery::newest_first().in_phase(*phase)).await;
        let ids: Vec<_> = found.iter().map(|stored| stored.connection.id()).collect();
        assert_eq!(ids, [course.pending.id()], "{phase:?}");
    }
}

async fn rule_10_a_dropped_future_does_all_or_nothing<S: Handle>(store: S) {
    let record = pending(1);
    {
        let _never_polled = pin!(store.insert(&record));
    }
    let is_there = store.get(record.id()).await.unwrap().is_some();
    let expected = if is_there { Err(InsertError::AlreadyExists) } else { Ok(()) };
    assert_eq!(store.insert(&record).await.map(drop), expected);
}

async fn rule_11_bytes_are_kept_as_they_are<S: Handle>(store: S) {
    let course = Course::begun_at(1);
    for record in [&course.pending, &course.accepting, &course.active, &course.closed] {
        let revision = store.insert(record).await.unwrap();
        assert_stored(&store, record, revision).await;
        store.remove(record.id(), revision).await.unwrap();
    }
}

macro_rules! each_rule {
    ($($rule:ident,)+) => {
        each_rule!(@handle plainly, MemoryStore::new(), $($rule,)+);
        each_rule!(@handle behind_a_reference, &*Box::leak(Box::new(MemoryStore::new())), $($rule,)+);
        each_rule!(@handle boxed, Box::new(MemoryStore::new()), $($rule,)+);
        each_rule!(@handle shared, Arc::new(MemoryStore::new()), $($rule,)+);
    };
    (@handle $name:ident, $store:expr, $($rule:ident,)+) => {
        mod $name {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $rule() {
                    super::$rule($store).await;
                }
            )+
        }
    };
}

each_rule! {
    rule_1_what_was_inserted_is_read,
    rule_1_what_was_updated_is_read,
    rule_1_what_was_written_is_read_through_any_handle,
    rule_1_what_was_never_written_is_not_there,
    rule_2_insert_never_overwrites,
    rule_3_update_at_another_revision_is_a_conflict,
    rule_3_update_at_the_revision_of_another_record_is_a_conflict,
    rule_3_update_of_nothing_is_missing,
    rule_4_what_was_removed_is_gone,
    rule_4_remove_at_another_revision_is_a_conflict,
    rule_4_remove_of_nothing_is_missing,
    rule_5_a_revision_never_comes_back,
    rule_5_an_old_revision_does_not_fit_a_new_record,
    rule_6_of_many_inserts_one_wins,
    rule_6_of_many_updates_one_wins,
    rule_6_of_many_removals_one_wins,
    rule_8_lists_are_in_the_order_of_ids,
    rule_8_a_list_of_a_phase_has_that_phase_right_after_an_update,
    rule_8_a_list_of_a_phase_forgets_what_was_removed,
    rule_8_each_phase_has_its_list,
    rule_10_a_dropped_future_does_all_or_nothing,
    rule_11_bytes_are_kept_as_they_are,
}

#[test]
fn a_store_in_memory_counts_its_connections() {
    let store = MemoryStore::new();
    assert!(store.is_empty());
    block_on(store.insert(&pending(1))).unwrap();
    assert_eq!((store.len(), store.is_empty()), (1, false));
}
