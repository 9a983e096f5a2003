//! Rule 8.

use std::collections::BTreeMap;

use super::trial::Trial;
use super::{PAGES, moving, still};
use crate::conformance::{RuleReport, StoreSetup, Violation};
use crate::connection::{ConnectionId, Phase};
use crate::store::{ListQuery, Order};

/// Rule 8: lists are in the order of ids, in both directions, from any point on, of all phases or of one as it is stored
/// now; and whoever walks through them meets each record once that is there throughout, while others come and go.
///
/// # Errors
/// If the rule does not hold.
pub async fn pages_neither_repeat_nor_skip(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(PAGES, setup)?;
    still::nothing_moves(&mut trial).await?;
    trial.renew()?;
    still::ids_of_all_times(&mut trial).await?;
    trial.renew()?;
    moving::others_between_pages(&mut trial).await?;
    trial.renew()?;
    moving::others_at_once(&mut trial).await?;
    trial.done()
}

/// What a list should give.
pub(super) fn expected(records: &BTreeMap<ConnectionId, Phase>, query: &ListQuery) -> Vec<ConnectionId> {
    let is_behind = |id: &ConnectionId| match (query.after, query.order) {
        (None, _) => true,
        (Some(after), Order::OldestFirst) => *id > after,
        (Some(after), Order::NewestFirst) => *id < after,
    };
    let wanted = records.iter().filter(|(_, phase)| query.phase.is_none_or(|wanted| wanted == **phase));
    let mut ids: Vec<_> = wanted.map(|(id, _)| *id).filter(is_behind).collect();
    if query.order == Order::NewestFirst {
        ids.reverse();
    }
    ids
}

/// Both directions, all phases and each of them.
pub(super) fn queries() -> impl Iterator<Item = ListQuery> {
    [ListQuery::newest_first(), ListQuery::oldest_first()].into_iter().flat_map(|query| {
        let phases = Phase::ALL.iter().map(move |phase| query.in_phase(*phase));
        core::iter::once(query).chain(phases)
    })
}
