//! Rule 10.

use super::DROPPED;
use super::trial::{Refusal, Trial};
use crate::conformance::records::bytes;
use crate::conformance::tasks::{dropped_after, yield_now};
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::store::{ConnectionStore, InsertError, ListQuery, Revision, UpdateError};

/// After so many polls at most, a future is dropped.
const POLLS: usize = 16;
/// How many are dropped early, one after the other, on one handle: more than a pool has connections.
const EARLY: usize = 24;
/// How often one tries again, when the dropped write comes in between.
const TRIES: usize = 64;

/// Rule 10: a future that is dropped, at whichever of its awaits, has done all or nothing, or will have; and the store
/// goes on to work.
///
/// # Errors
/// If the rule does not hold.
pub async fn a_dropped_future_does_all_or_nothing(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(DROPPED, setup)?;
    let store = trial.open().await;
    let moments = (0..=POLLS).chain(core::iter::repeat_n(1, EARLY));
    for (number, polls) in (0..).zip(moments) {
        let course = trial.made(Course::of(number))?;
        drop_an_insert(&mut trial, &store, &course, polls).await?;
        drop_an_update(&mut trial, &store, &course, polls).await?;
        drop_a_removal(&mut trial, &store, &course, polls).await?;
        // What is read is nobody's, but whatever carried it has to be put back.
        let _ = dropped_after(polls, store.get(course.pending.id())).await;
        let _ = dropped_after(polls, store.list(&ListQuery::newest_first())).await;
    }
    trial.done()
}

/// An insert is dropped; then the same record is inserted.
async fn drop_an_insert<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    store: &C::Store,
    course: &Course,
    polls: usize,
) -> Result<(), Violation> {
    let ended = dropped_after(polls, store.insert(&course.pending)).await;
    let ended = ended.map(|result| trial.must("insert of a new record", result)).transpose()?;
    let again = store.insert(&course.pending).await;
    trial.check(matches!(again, Ok(_) | Err(InsertError::AlreadyExists)), || {
        format!("after a dropped insert, another gave {again:?}")
    })?;
    let got = trial.get(store, course.pending.id()).await?;
    let Some(got) = got else {
        return trial.check(false, || "a dropped insert left an id that is there and is not".to_owned());
    };
    let known = again.ok().or(ended).unwrap_or(got.revision);
    trial.stored(store, &course.pending, known).await
}

/// An update is dropped; then the record is updated to something else, which must stay.
async fn drop_an_update<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    store: &C::Store,
    course: &Course,
    polls: usize,
) -> Result<(), Violation> {
    let id = course.pending.id();
    let Some(present) = trial.get(store, id).await? else {
        return trial.check(false, || "a record is gone that nobody removed".to_owned());
    };
    let ended = dropped_after(polls, store.update(&course.active, present.revision)).await;
    ended.map(|result| trial.must("update at the present revision", result)).transpose()?;
    for _ in 0..TRIES {
        let Some(seen) = trial.get(store, id).await? else {
            return trial.check(false, || "a dropped update removed the record".to_owned());
        };
        let is_whole = if seen.revision == present.revision {
            bytes(&seen.connection) == bytes(&course.pending)
        } else {
            bytes(&seen.connection) == bytes(&course.active)
        };
        trial.check(is_whole, || "a dropped update left something half done".to_owned())?;
        match store.update(&course.closed, seen.revision).await {
            Ok(revision) => {
                // The dropped one is too late now.
                let at = (present.revision, "at the revision of a dropped one");
                trial.refused_update(store, &course.active, at, Refusal::Conflict).await?;
                return trial.stored(store, &course.closed, revision).await;
            }
            // The dropped one came in between.
            Err(UpdateError::Conflict) => yield_now().await,
            Err(error) => trial.check(false, || format!("after a dropped update, another gave {error:?}"))?,
        }
    }
    trial.check(false, || "after a dropped update, each other one is a conflict".to_owned())
}

/// A removal is dropped; then the record is removed, inserted, and must stay.
async fn drop_a_removal<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    store: &C::Store,
    course: &Course,
    polls: usize,
) -> Result<(), Violation> {
    let id = course.pending.id();
    let present = trial.get(store, id).await?.map_or(Revision::new(0), |stored| stored.revision);
    let ended = dropped_after(polls, store.remove(id, present)).await;
    ended.map(|result| trial.must("remove at the present revision", result)).transpose()?;
    let again = store.remove(id, present).await;
    trial.check(matches!(again, Ok(()) | Err(UpdateError::Missing)), || {
        format!("after a dropped removal, another gave {again:?}")
    })?;
    trial.absent(store, id).await?;
    let revision = trial.insert(store, &course.pending).await?;
    trial.stored(store, &course.pending, revision).await?;
    trial.remove(store, id, revision).await
}
