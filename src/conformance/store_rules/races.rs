//! Rule 6.

use std::sync::Arc;

use super::RACES;
use super::trial::Trial;
use crate::conformance::records::Made;
use crate::conformance::tasks::{at_once, yield_now};
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::connection::{Connection, ConnectionId};
use crate::handshake;
use crate::maybe::BoxFuture;
use crate::store::{ConnectionStore, InsertError, Revision, UpdateError};
use crate::text::Description;
use crate::time::Timestamp;

/// How many race for a record.
const RACERS: usize = 64;
/// On how many handles.
const HANDLES: usize = 8;
/// For how many records, one after the other.
const ROUNDS: u64 = 50;
/// How many count in one record at once, each on a handle of its own.
const WRITERS: usize = 8;
/// How far each counts.
const INCREMENTS: usize = 50;

/// Rule 6: of 64 writers at once exactly one wins, and the others are refused; and eight writers that count in one record
/// lose no step.
///
/// # Errors
/// If the rule does not hold.
pub async fn one_writer_wins<C: StoreSetup>(setup: &C) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(RACES, setup)?;
    let mut handles = Vec::new();
    for _ in 0..HANDLES {
        handles.push(Arc::new(trial.open().await));
    }
    for round in 0..ROUNDS {
        let course = Arc::new(trial.made(Course::of(round))?);
        race(&mut trial, &handles, &course).await?;
    }
    count_together(&mut trial, &handles).await?;
    trial.done()
}

/// How a race ended for one of those who took part.
enum Ended {
    Won(Option<Revision>),
    Refused,
    Otherwise(String),
}

/// Inserts, updates, and then updates or removals of one record.
async fn race<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    handles: &[Arc<C::Store>],
    course: &Arc<Course>,
) -> Result<(), Violation> {
    let Some(store) = handles.first() else { return Ok(()) };
    let inserted = crowd(trial, handles, |store, _| inserts(store, course.clone())).await?;
    let inserted = inserted.unwrap_or(Revision::new(0));
    trial.stored(store, &course.pending, inserted).await?;
    let updated = crowd(trial, handles, |store, _| updates(store, course.clone(), inserted)).await?;
    let updated = updated.unwrap_or(Revision::new(0));
    trial.stored(store, &course.active, updated).await?;
    let last = crowd(trial, handles, |store, racer| {
        if racer % 2 == 0 {
            removes(store, course.active.id(), updated)
        } else {
            updates(store, course.clone(), updated)
        }
    });
    match last.await? {
        None => trial.absent(store, course.active.id()).await,
        Some(revision) => {
            trial.stored(store, &course.active, revision).await?;
            trial.remove(store, course.active.id(), revision).await
        }
    }
}

fn inserts<S: ConnectionStore + Send + Sync + 'static>(
    store: Arc<S>,
    course: Arc<Course>,
) -> BoxFuture<Ended> {
    Box::pin(async move {
        match store.insert(&course.pending).await {
            Ok(revision) => Ended::Won(Some(revision)),
            Err(InsertError::AlreadyExists) => Ended::Refused,
            Err(error) => Ended::Otherwise(format!("an insert gave {error:?}")),
        }
    })
}

fn updates<S: ConnectionStore + Send + Sync + 'static>(
    store: Arc<S>,
    course: Arc<Course>,
    at: Revision,
) -> BoxFuture<Ended> {
    Box::pin(async move {
        match store.update(&course.active, at).await {
            Ok(revision) => Ended::Won(Some(revision)),
            Err(UpdateError::Conflict | UpdateError::Missing) => Ended::Refused,
            Err(error) => Ended::Otherwise(format!("an update gave {error:?}")),
        }
    })
}

fn removes<S: ConnectionStore + Send + Sync + 'static>(
    store: Arc<S>,
    id: ConnectionId,
    at: Revision,
) -> BoxFuture<Ended> {
    Box::pin(async move {
        match store.remove(id, at).await {
            Ok(()) => Ended::Won(None),
            Err(UpdateError::Conflict | UpdateError::Missing) => Ended::Refused,
            Err(error) => Ended::Otherwise(format!("a removal gave {error:?}")),
        }
    })
}

/// Lets all of them race, and gives what the only winner got.
async fn crowd<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    handles: &[Arc<C::Store>],
    racer: impl Fn(Arc<C::Store>, usize) -> BoxFuture<Ended>,
) -> Result<Option<Revision>, Violation> {
    let racers = handles.iter().cycle().take(RACERS).enumerate();
    let ends =
        at_once(trial.setup, racers.map(|(number, store)| racer(store.clone(), number)).collect()).await;
    trial.check(ends.len() == RACERS, || "a task did not come to its end".to_owned())?;
    let mut winners = Vec::new();
    for end in ends {
        match end {
            Ended::Won(revision) => winners.push(revision),
            Ended::Refused => {}
            Ended::Otherwise(what) => trial.check(false, || what)?,
        }
    }
    trial.check(winners.len() == 1, || {
        format!("of {RACERS} writers at one revision, {} won", winners.len())
    })?;
    Ok(winners.pop().flatten())
}

/// Counts in the record's description, and fails if a step was lost.
async fn count_together<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    handles: &[Arc<C::Store>],
) -> Result<(), Violation> {
    let Some(store) = handles.first() else { return Ok(()) };
    let record = trial.made(Course::pending(ROUNDS))?;
    let record = trial.made(counted(&record, 0))?;
    trial.insert(store, &record).await?;
    let writers = handles.iter().cycle().take(WRITERS);
    let counts =
        at_once(trial.setup, writers.map(|store| counts(store.clone(), record.id())).collect()).await;
    trial.check(counts.len() == WRITERS, || "a task did not come to its end".to_owned())?;
    for count in counts {
        trial.check(count.is_ok(), || count.err().unwrap_or_default())?;
    }
    let last = trial.get(store, record.id()).await?;
    let steps = WRITERS * INCREMENTS;
    let count = last.and_then(|last| count(&last.connection));
    trial.check(count == Some(steps), || {
        format!("{WRITERS} writers counted {INCREMENTS} steps each, which came to {count:?} and not {steps}")
    })
}

fn counts<S: ConnectionStore + Send + Sync + 'static>(
    store: Arc<S>,
    id: ConnectionId,
) -> BoxFuture<Result<(), String>> {
    Box::pin(async move {
        for _ in 0..INCREMENTS {
            loop {
                let stored = store.get(id).await.map_err(|error| format!("get gave {error:?}"))?;
                let stored = stored.ok_or("get does not give a record that is there")?;
                let seen = count(&stored.connection).ok_or("get gives another record than was written")?;
                let next = counted(&stored.connection, seen + 1).map_err(|error| error.to_string())?;
                match store.update(&next, stored.revision).await {
                    Ok(_) => break,
                    Err(UpdateError::Conflict) => yield_now().await,
                    Err(error) => return Err(format!("an update gave {error:?}")),
                }
            }
        }
        Ok(())
    })
}

fn count(record: &Connection) -> Option<usize> {
    record.info().description().as_str().parse().ok()
}

fn counted(record: &Connection, count: usize) -> Made<Connection> {
    let description = Description::parse(&count.to_string())?;
    let described = handshake::describe(record, description, Timestamp::MAX)?;
    described.into_connection().ok_or_else(|| "a new description is stored".into())
}
