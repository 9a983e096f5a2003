//! Rules 8 and 9 of the store's contract as laws: pages neither repeat nor skip, and end where the list ends.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "the helpers of a test fail like a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use handclasp::conformance::Course;
use handclasp::{
    Connection, ConnectionId, ConnectionStore, ListQuery, MemoryStore, Order, Page, Phase, Revision, Stored,
};
use pollster::block_on;
use proptest::prelude::*;

/// How many connections there may be; making one takes long compared with listing it.
const SLOTS: usize = 40;

static COURSES: LazyLock<Vec<Course>> = LazyLock::new(|| {
    (0..SLOTS as u64).map(|number| Course::of(number).expect("it is made of constants")).collect()
});

/// The record of a slot in one of the phases in which a source's and a destination's store have it.
fn record(slot: usize, phase: Phase) -> &'static Connection {
    COURSES[slot].in_phase(phase)
}

/// Puts a record into a slot, or takes it out.
#[derive(Clone, Copy, Debug)]
enum Change {
    Put(usize, Phase),
    Take(usize),
}

fn a_phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(Phase::ALL)
}

fn a_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..SLOTS, a_phase()).prop_map(|(slot, phase)| Change::Put(slot, phase)),
        1 => (0..SLOTS).prop_map(Change::Take),
    ]
}

fn a_query() -> impl Strategy<Value = ListQuery> {
    (any::<bool>(), prop::option::of(a_phase()), 1..8_u16).prop_map(|(newest, phase, limit)| {
        let query = if newest { ListQuery::newest_first() } else { ListQuery::oldest_first() };
        let query = query.limit(limit);
        phase.map_or(query, |phase| query.in_phase(phase))
    })
}

/// A store, and beside it what it should hold.
#[derive(Default)]
struct Kept {
    store: MemoryStore,
    model: BTreeMap<ConnectionId, (Phase, Revision)>,
}

impl Kept {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Put(slot, phase) => {
                let record = record(slot, phase);
                let known = self.model.get(&record.id()).map(|(_, revision)| *revision);
                let written = match known {
                    Some(revision) => block_on(self.store.update(record, revision)).ok(),
                    None => block_on(self.store.insert(record)).ok(),
                };
                let revision = written.expect("nobody else writes");
                self.model.insert(record.id(), (phase, revision));
            }
            Change::Take(slot) => {
                let id = record(slot, Phase::Pending).id();
                if let Some((_, revision)) = self.model.remove(&id) {
                    block_on(self.store.remove(id, revision)).expect("nobody else writes");
                }
            }
        }
    }

    fn with(changes: &[Change]) -> Self {
        let mut kept = Self::default();
        for change in changes {
            kept.apply(*change);
        }
        kept
    }

    fn page(&self, query: &ListQuery) -> Page<Stored> {
        block_on(self.store.list(query)).expect("it never fails")
    }

    /// The ids that are listed under this query, in no particular order.
    fn wanted(&self, query: &ListQuery) -> BTreeSet<ConnectionId> {
        let is_wanted = |phase| query.phase.is_none_or(|wanted| wanted == phase);
        self.model.iter().filter(|(_, (phase, _))| is_wanted(*phase)).map(|(id, _)| *id).collect()
    }
}

fn ids(page: &Page<Stored>) -> Vec<ConnectionId> {
    page.items.iter().map(|stored| stored.connection.id()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_put_together_are_the_list(
        changes in prop::collection::vec(a_change(), 0..80),
        query in a_query(),
    ) {
        let kept = Kept::with(&changes);
        let mut found = Vec::new();
        let mut query = query;
        loop {
            let page = kept.page(&query);
            found.extend(ids(&page));
            prop_assert!(found.len() <= SLOTS, "the list comes to no end");
            let Some(next) = page.next else { break };
            query = query.after(next);
        }
        let mut expected: Vec<_> = kept.wanted(&query).into_iter().collect();
        if query.order == Order::NewestFirst {
            expected.reverse();
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_is_there_throughout_is_listed_exactly_once(
        before in prop::collection::vec(a_change(), 0..80),
        between in prop::collection::vec(prop::collection::vec(a_change(), 0..6), 0..20),
        query in a_query(),
    ) {
        let mut kept = Kept::with(&before);
        let mut throughout = kept.wanted(&query);
        let (mut found, mut query, mut between) = (Vec::new(), query, between.into_iter());
        loop {
            let page = kept.page(&query);
            found.extend(ids(&page));
            prop_assert!(found.len() <= SLOTS, "the list comes to no end");
            let Some(next) = page.next else { break };
            query = query.after(next);
            for change in between.next().unwrap_or_default() {
                kept.apply(change);
                throughout = throughout.intersection(&kept.wanted(&query)).copied().collect();
            }
        }
        let once: BTreeSet<_> = found.iter().copied().collect();
        prop_assert_eq!(once.len(), found.len(), "nothing is repeated");
        prop_assert!(throughout.is_subset(&once), "nothing is skipped");
    }

    #[test]
    fn a_page_is_full_unless_it_is_the_last(
        changes in prop::collection::vec(a_change(), 0..80),
        query in a_query(),
    ) {
        let kept = Kept::with(&changes);
        let page = kept.page(&query);
        let there_are = kept.wanted(&query).len();
        prop_assert_eq!(page.items.len(), there_are.min(query.page_size()));
        let last = page.items.last().map(|stored| stored.connection.id());
        prop_assert_eq!(page.next, last.filter(|_| there_are > query.page_size()));
    }

    #[test]
    fn a_page_has_the_phase_that_was_asked_for(
        changes in prop::collection::vec(a_change(), 0..80),
        phase in a_phase(),
    ) {
        let kept = Kept::with(&changes);
        let page = kept.page(&ListQuery::newest_first().in_phase(phase));
        prop_assert!(page.items.iter().all(|stored| stored.connection.phase() == phase));
    }

    #[test]
    fn a_page_may_begin_behind_what_is_not_there(
        changes in prop::collection::vec(a_change(), 0..80),
        slot in 0..SLOTS,
    ) {
        let mut kept = Kept::with(&changes);
        kept.apply(Change::Take(slot));
        let behind = record(slot, Phase::Pending).id();
        let page = kept.page(&ListQuery::oldest_first().after(behind).limit(1000));
        let expected: Vec<_> = kept.model.keys().copied().filter(|id| *id > behind).collect();
        prop_assert_eq!(ids(&page), expected);
    }

    #[test]
    fn a_list_gives_each_record_at_its_revision(changes in prop::collection::vec(a_change(), 0..80)) {
        let kept = Kept::with(&changes);
        let page = kept.page(&ListQuery::oldest_first().limit(1000));
        let found: Vec<_> =
            page.items.iter().map(|stored| (stored.connection.phase(), stored.revision)).collect();
        prop_assert_eq!(found, kept.model.values().copied().collect::<Vec<_>>());
    }

    #[test]
    fn a_page_size_is_one_to_a_thousand(limit in prop_oneof![0..3_u16, 999..1002_u16, any::<u16>()]) {
        let expected = usize::from(limit).clamp(1, 1000);
        prop_assert_eq!(ListQuery::newest_first().limit(limit).page_size(), expected);
    }
}

#[test]
fn a_page_has_fifty_items_unless_said_otherwise() {
    assert_eq!(ListQuery::default().page_size(), 50);
    assert_eq!(ListQuery::default().order, Order::NewestFirst);
}

#[test]
fn a_thousand_connections_fit_on_one_page() {
    let store = MemoryStore::new();
    for millis in 0..1001 {
        block_on(store.insert(&Course::pending(millis).unwrap())).unwrap();
    }
    let page = block_on(store.list(&ListQuery::newest_first().limit(u16::MAX))).unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (1000, true));
}
