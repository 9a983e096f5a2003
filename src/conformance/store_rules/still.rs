//! Rule 8, while nobody writes.

use std::collections::BTreeMap;

use super::pages::{expected, queries};
use super::trial::Trial;
use crate::conformance::{Course, StoreSetup, Violation};
use crate::connection::{ConnectionId, Phase};
use crate::store::ListQuery;

/// How many records of each phase there are.
const EACH: u64 = 5;

pub(super) async fn nothing_moves<C: StoreSetup>(trial: &mut Trial<'_, C>) -> Result<(), Violation> {
    let store = trial.open().await;
    let phases = Phase::ALL.iter().cycle().take(Phase::ALL.len() * usize::try_from(EACH).unwrap_or(0));
    let mut records = BTreeMap::new();
    // Written in another order than that of the ids.
    for (number, phase) in (0..).map(|number: u64| number * 7 % 1009).zip(phases) {
        let course = trial.made(Course::of(number))?;
        trial.insert(&store, course.in_phase(*phase)).await?;
        records.insert(course.pending.id(), *phase);
    }
    let ids: Vec<_> = records.keys().copied().collect();
    let beside = trial.made(Course::pending(5000))?.id();
    for query in queries() {
        for limit in [1, 3, ListQuery::MAX_LIMIT] {
            let query = query.limit(limit);
            let walked = trial.walk_ids(&store, query).await?;
            let expected = expected(&records, &query);
            trial.check(walked == expected, || wrong_list(&query, &walked, &expected))?;
        }
        // From each record on, whichever phase it is in, and from an id that is not there.
        for after in ids.iter().step_by(4).chain([&beside]) {
            let query = query.after(*after).limit(4);
            let walked = trial.walk_ids(&store, query).await?;
            let expected = expected(&records, &query);
            trial.check(walked == expected, || wrong_list(&query, &walked, &expected))?;
        }
    }
    // The phase is the one that is stored now.
    let moving = trial.made(Course::of(7))?;
    let mut present = trial.get(&store, moving.pending.id()).await?.map(|stored| stored.revision);
    for phase in Phase::ALL.iter().rev() {
        let Some(revision) = present else { break };
        present = Some(trial.update(&store, moving.in_phase(*phase), revision).await?);
        records.insert(moving.pending.id(), *phase);
        for query in queries() {
            let walked = trial.walk_ids(&store, query).await?;
            let expected = expected(&records, &query);
            trial.check(walked == expected, || wrong_list(&query, &walked, &expected))?;
        }
    }
    Ok(())
}

fn wrong_list(query: &ListQuery, walked: &[ConnectionId], expected: &[ConnectionId]) -> String {
    let same = walked.iter().zip(expected).take_while(|(walked, expected)| walked == expected).count();
    format!(
        "{query:?} gave {} records where there are {}; number {} is {:?} and should be {:?}",
        walked.len(),
        expected.len(),
        same + 1,
        walked.get(same),
        expected.get(same)
    )
}

/// The order is that of the ids' bytes, from the first moment to the last.
pub(super) async fn ids_of_all_times<C: StoreSetup>(trial: &mut Trial<'_, C>) -> Result<(), Violation> {
    let store = trial.open().await;
    let mut records = BTreeMap::new();
    for (time, end) in [(0x00, 0x00), (0x7f, 0xff), (0x80, 0x00), (0x80, 0x7f), (0x80, 0x80), (0xff, 0xff)] {
        // 48 bits of time, of which the last two bytes and the random ones take values beside each sign; version 7.
        let mut bytes = [0; ConnectionId::BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = match index {
                4 | 5 => time,
                6 => 0x70,
                8 => 0x80,
                15 => end,
                _ => 0,
            };
        }
        let id = trial.made(ConnectionId::from_bytes(bytes).ok_or("these are the bytes of an id"))?;
        let course = trial.made(Course::with(id, |form| form))?;
        trial.insert(&store, &course.pending).await?;
        records.insert(id, Phase::Pending);
    }
    for query in [ListQuery::newest_first(), ListQuery::oldest_first()] {
        for query in [query.limit(2), query.limit(2).in_phase(Phase::Pending)] {
            let walked = trial.walk_ids(&store, query).await?;
            let expected = expected(&records, &query);
            trial.check(walked == expected, || wrong_list(&query, &walked, &expected))?;
        }
    }
    Ok(())
}
