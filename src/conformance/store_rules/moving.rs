//! Rule 8, while others write.

use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::trial::Trial;
use crate::conformance::tasks::{at_once, yield_now};
use crate::conformance::{Course, StoreSetup, Violation};
use crate::connection::{ConnectionId, Phase};
use crate::maybe::BoxFuture;
use crate::store::{ConnectionStore, ListQuery, Order, Revision};

/// How many are there throughout while others come and go, and how many come and go.
const STEADY: u64 = 40;
/// How often the list is walked meanwhile, in each direction, with and without a phase.
const WALKS: usize = 4;
/// How many change it meanwhile.
const CHANGERS: u64 = 4;

/// Between two pages, what the next one begins behind is removed, and others are put before it and behind it.
pub(super) async fn others_between_pages<C: StoreSetup>(trial: &mut Trial<'_, C>) -> Result<(), Violation> {
    for query in [ListQuery::newest_first(), ListQuery::oldest_first()] {
        for query in [query, query.in_phase(Phase::Pending)] {
            trial.renew()?;
            let store = trial.open().await;
            let mut revisions: BTreeMap<ConnectionId, Revision> = BTreeMap::new();
            let mut steady = Vec::new();
            for number in 0..STEADY {
                let record = trial.made(Course::pending(number * 10))?;
                revisions.insert(record.id(), trial.insert(&store, &record).await?);
                if number % 2 == 0 {
                    steady.push(record.id());
                }
            }
            if query.order == Order::NewestFirst {
                steady.reverse();
            }
            let (mut met, mut query) = (Vec::new(), query.limit(3));
            for step in 0.. {
                let page = trial.page(&store, &query).await?;
                met.extend(page.items.iter().map(|stored| stored.connection.id()));
                let Some(next) = page.next else { break };
                trial.check(step < 10 * STEADY, || "the pages do not come to an end".to_owned())?;
                // Every second step, so that what is inserted behind does not keep the walk going for ever.
                for number in if step % 2 == 0 { vec![step * 10 + 1, 401 - step * 10] } else { Vec::new() } {
                    let record = trial.made(Course::pending(number))?;
                    if let Entry::Vacant(place) = revisions.entry(record.id()) {
                        place.insert(trial.insert(&store, &record).await?);
                    }
                }
                if !steady.contains(&next) {
                    if let Some(revision) = revisions.remove(&next) {
                        trial.remove(&store, next, revision).await?;
                    }
                }
                query = query.after(next);
            }
            let steady_met: Vec<_> = met.iter().filter(|id| steady.contains(id)).copied().collect();
            trial.check(steady_met == steady, || {
                format!(
                    "while others came and went between pages, {} of {} records that were there throughout were met",
                    steady_met.len(),
                    steady.len()
                )
            })?;
        }
    }
    Ok(())
}

/// What a task of the crowd gives.
type Walked = Result<Vec<Vec<ConnectionId>>, String>;

pub(super) async fn others_at_once<C: StoreSetup>(trial: &mut Trial<'_, C>) -> Result<(), Violation> {
    let store = trial.open().await;
    let mut steady = Vec::new();
    for number in 0..STEADY {
        let course = trial.made(Course::of(number * 10))?;
        trial.insert(&store, &course.active).await?;
        steady.push(course.active.id());
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let mut crowd: Vec<BoxFuture<Walked>> = Vec::new();
    for changer in 1..=CHANGERS {
        let courses: Result<Vec<_>, _> =
            (0..STEADY / 2).map(|number| Course::of(number * 20 + changer)).collect();
        let courses = trial.made(courses)?;
        crowd.push(changes(Arc::new(trial.open().await), courses, is_over.clone()));
    }
    crowd.push(walks(Arc::new(store), is_over));
    let tasks = crowd.len();
    let ends = at_once(trial.setup, crowd).await;
    trial.check(ends.len() == tasks, || "a task did not come to its end".to_owned())?;
    let mut walked = Vec::new();
    for end in ends {
        match end {
            Ok(walks) => walked.extend(walks),
            Err(what) => trial.check(false, || what)?,
        }
    }
    trial.check(walked.len() == 4 * WALKS, || "the list was not walked".to_owned())?;
    for ids in walked {
        let mut ids: Vec<_> = ids.into_iter().filter(|id| steady.contains(id)).collect();
        ids.sort_unstable();
        trial.check(ids == steady, || {
            format!(
                "while others came and went, {} records were met, and {} are there throughout",
                ids.len(),
                steady.len()
            )
        })?;
    }
    Ok(())
}

/// Inserts, moves to the phase that is listed and out of it, and removes, until it is over.
fn changes<S: ConnectionStore + Send + Sync + 'static>(
    store: Arc<S>,
    courses: Vec<Course>,
    is_over: Arc<AtomicBool>,
) -> BoxFuture<Walked> {
    Box::pin(async move {
        while !is_over.load(Ordering::Relaxed) {
            for course in &courses {
                let gave =
                    |call: &str, error: String| format!("{call} of a record of one's own gave {error}");
                let at = store.insert(&course.pending).await;
                let at = at.map_err(|error| gave("insert", format!("{error:?}")))?;
                yield_now().await;
                let at = store.update(&course.active, at).await;
                let at = at.map_err(|error| gave("update", format!("{error:?}")))?;
                yield_now().await;
                let at = store.update(&course.deactivated, at).await;
                let at = at.map_err(|error| gave("update", format!("{error:?}")))?;
                yield_now().await;
                let gone = store.remove(course.active.id(), at).await;
                gone.map_err(|error| gave("remove", format!("{error:?}")))?;
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
        Ok(Vec::new())
    })
}

fn walks<S: ConnectionStore + Send + Sync + 'static>(
    store: Arc<S>,
    is_over: Arc<AtomicBool>,
) -> BoxFuture<Walked> {
    Box::pin(async move {
        let walked = walk_all(&*store).await;
        is_over.store(true, Ordering::Relaxed);
        walked
    })
}

async fn walk_all<S: ConnectionStore>(store: &S) -> Walked {
    let mut walked = Vec::new();
    for _ in 0..WALKS {
        for query in [ListQuery::newest_first(), ListQuery::oldest_first()] {
            for query in [query, query.in_phase(Phase::Active)] {
                let (mut ids, mut query) = (Vec::new(), query.limit(7));
                loop {
                    let page = store.list(&query).await.map_err(|error| format!("list gave {error:?}"))?;
                    for stored in page.items {
                        if query.phase.is_some_and(|phase| phase != stored.connection.phase()) {
                            return Err("a list of one phase gave a record of another".to_owned());
                        }
                        ids.push(stored.connection.id());
                    }
                    let Some(next) = page.next else { break };
                    if query.after == Some(next) || ids.len() > 100_000 {
                        return Err("the pages do not come to an end".to_owned());
                    }
                    query = query.after(next);
                    yield_now().await;
                }
                walked.push(ids);
            }
        }
    }
    Ok(walked)
}
