//! Rules 2 to 4.

use super::trial::{Refusal, Trial};
use super::{INSERT, REMOVE, UPDATE};
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::store::Revision;

/// Rule 2: a second insert is refused through any handle, and changes nothing.
///
/// # Errors
/// If the rule does not hold.
pub async fn insert_never_overwrites(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(INSERT, setup)?;
    let (ours, theirs) = (trial.open().await, trial.open().await);
    let course = trial.made(Course::of(1))?;
    let mut revision = trial.insert(&ours, &course.pending).await?;
    for store in [&ours, &theirs] {
        // Also the same record is refused: whether it is their own is for those to find out who ask.
        for again in [&course.pending, &course.active] {
            trial.refused_insert(store, again).await?;
            trial.stored(store, &course.pending, revision).await?;
        }
    }
    revision = trial.update(&theirs, &course.active, revision).await?;
    trial.refused_insert(&ours, &course.pending).await?;
    trial.stored(&ours, &course.active, revision).await?;
    // What is gone is in nobody's way.
    trial.remove(&ours, course.active.id(), revision).await?;
    let revision = trial.insert(&theirs, &course.pending).await?;
    trial.stored(&ours, &course.pending, revision).await?;
    trial.done()
}

/// Rule 3: an update succeeds at the present revision, and at no other.
///
/// # Errors
/// If the rule does not hold.
pub async fn update_is_a_compare_and_swap(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(UPDATE, setup)?;
    let (ours, theirs) = (trial.open().await, trial.open().await);
    let course = trial.made(Course::of(1))?;
    let other = trial.made(Course::of(2))?;
    let first = trial.insert(&ours, &course.pending).await?;
    // The same bytes make a new revision too, else two writers could both believe to have been first.
    let second = trial.update(&ours, &course.pending, first).await?;
    trial.check(first != second, || format!("an update kept {first:?}"))?;
    let present = trial.update(&theirs, &course.awaiting, second).await?;
    let strange = trial.insert(&ours, &other.pending).await?;
    for (revision, why) in others(present, [first, second], strange) {
        for store in [&ours, &theirs] {
            trial.refused_update(store, &course.active, (revision, why), Refusal::Conflict).await?;
            trial.stored(store, &course.awaiting, present).await?;
        }
    }
    let revision = trial.update(&ours, &course.active, present).await?;
    trial.stored(&theirs, &course.active, revision).await?;

    // Nothing is updated that is not there, whether it has never been, or is gone.
    let missing = trial.made(Course::pending(3))?;
    trial.refused_update(&ours, &missing, (revision, "of nothing"), Refusal::Missing).await?;
    trial.absent(&ours, missing.id()).await?;
    trial.remove(&ours, other.pending.id(), strange).await?;
    trial.refused_update(&theirs, &other.active, (strange, "of what was removed"), Refusal::Missing).await?;
    trial.absent(&ours, other.pending.id()).await?;
    trial.done()
}

/// Rule 4: a removal succeeds at the present revision, and at no other.
///
/// # Errors
/// If the rule does not hold.
pub async fn remove_is_one_too(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(REMOVE, setup)?;
    let (ours, theirs) = (trial.open().await, trial.open().await);
    let course = trial.made(Course::of(1))?;
    let other = trial.made(Course::pending(2))?;
    let id = course.pending.id();
    let first = trial.insert(&ours, &course.pending).await?;
    let second = trial.update(&ours, &course.pending, first).await?;
    let present = trial.update(&theirs, &course.active, second).await?;
    let strange = trial.insert(&ours, &other).await?;
    for (revision, why) in others(present, [first, second], strange) {
        for store in [&ours, &theirs] {
            trial.refused_remove(store, id, (revision, why), Refusal::Conflict).await?;
            trial.stored(store, &course.active, present).await?;
        }
    }
    trial.remove(&theirs, id, present).await?;
    trial.absent(&ours, id).await?;
    trial.absent(&theirs, id).await?;
    trial.refused_remove(&ours, id, (present, "for the second time"), Refusal::Missing).await?;
    let missing = trial.made(Course::pending(3))?.id();
    trial.refused_remove(&ours, missing, (present, "of nothing"), Refusal::Missing).await?;
    trial.stored(&ours, &other, strange).await?;
    trial.done()
}

/// Revisions that are not the present one: earlier ones, another record's, and numbers from nowhere.
fn others(present: Revision, earlier: [Revision; 2], strange: Revision) -> Vec<(Revision, &'static str)> {
    let mut others = vec![(strange, "at another record's revision")];
    others.extend(earlier.map(|revision| (revision, "at an earlier revision")));
    let number = present.number();
    // Most databases count with signs, and to 2⁶³ − 1.
    for number in [0, 1, number.wrapping_sub(1), number.wrapping_add(1), 1 << 63, (1 << 63) - 1, u64::MAX] {
        others.push((Revision::new(number), "at a revision that it never had"));
    }
    others.retain(|(revision, _)| *revision != present);
    others
}
