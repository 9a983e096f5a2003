//! Rule 9.

use std::sync::Arc;

use super::PAGE_LENGTH;
use super::pages::queries;
use super::trial::Trial;
use crate::conformance::tasks::at_once;
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::connection::{Connection, Phase};
use crate::maybe::BoxFuture;
use crate::store::{ConnectionStore, ListQuery};

/// How many records it takes to fill the largest page, and one more.
const LARGE: u64 = ListQuery::MAX_LIMIT as u64 + 1;

/// Rule 9: no page is longer than asked, from one record to a thousand, and there is a next one exactly if something is
/// behind it.
///
/// # Errors
/// If the rule does not hold.
pub async fn a_page_is_no_longer_than_asked<C: StoreSetup>(setup: &C) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(PAGE_LENGTH, setup)?;
    let store = trial.open().await;
    for query in queries() {
        ends(&mut trial, &store, query, 0).await?;
    }
    let of_each = |number: u64| if number % 2 == 0 { Phase::Pending } else { Phase::Closed };
    for number in 0..8 {
        let course = trial.made(Course::of(number))?;
        trial.insert(&store, course.in_phase(of_each(number))).await?;
        for query in queries() {
            let count = (0..=number).filter(|n| query.phase.is_none_or(|phase| phase == of_each(*n))).count();
            ends(&mut trial, &store, query, count).await?;
        }
    }
    // The largest page, and one more.
    trial.renew()?;
    let store = Arc::new(trial.open().await);
    let mut inserts: Vec<BoxFuture<Result<(), String>>> = Vec::new();
    for part in 0..8 {
        let (store, records): (_, Result<Vec<Connection>, _>) =
            (store.clone(), (0..LARGE).filter(|number| number % 8 == part).map(Course::pending).collect());
        let records = trial.made(records)?;
        inserts.push(Box::pin(async move {
            for record in records {
                store.insert(&record).await.map_err(|error| format!("insert gave {error:?}"))?;
            }
            Ok(())
        }));
    }
    for end in at_once(setup, inserts).await {
        trial.check(end.is_ok(), || end.err().unwrap_or_default())?;
    }
    for query in [ListQuery::newest_first(), ListQuery::oldest_first().in_phase(Phase::Pending)] {
        let walked = trial.walk_ids(&store, query.limit(ListQuery::MAX_LIMIT)).await?;
        trial.check(walked.len() as u64 == LARGE, || {
            format!("of {LARGE} records in large pages, {} were listed", walked.len())
        })?;
    }
    trial.done()
}

/// With every page size about this many records: the sizes of pages, and where they end.
async fn ends<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    store: &C::Store,
    query: ListQuery,
    count: usize,
) -> Result<(), Violation> {
    for limit in 1..=u16::try_from(count + 1).unwrap_or(u16::MAX) {
        let (mut query, mut seen) = (query.limit(limit), 0);
        loop {
            let page = trial.page(store, &query).await?;
            let length = page.items.len();
            trial.check(length <= usize::from(limit), || {
                format!("a page of at most {limit} has {length} records")
            })?;
            seen += length;
            trial.check(page.next.is_some() == (seen < count), || {
                format!(
                    "behind {seen} of {count} records a page of at most {limit} says {}",
                    if page.next.is_some() {
                        "that there is a next one"
                    } else {
                        "that there is no next one"
                    }
                )
            })?;
            let Some(next) = page.next else { break };
            trial.check(query.after != Some(next), || "the pages do not move on".to_owned())?;
            query = query.after(next);
        }
    }
    Ok(())
}
