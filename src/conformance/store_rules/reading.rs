//! Rule 1.

use super::WRITTEN_IS_READ;
use super::trial::Trial;
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::connection::ConnectionId;

/// Rule 1: each read after a write, through any handle, gives what was written.
///
/// A handle that has read a record reads it anew after somebody else's write; ids that were never written, or that are
/// like one that was, are not there.
///
/// # Errors
/// If the rule does not hold.
pub async fn what_was_written_is_read(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(WRITTEN_IS_READ, setup)?;
    let (ours, theirs) = (trial.open().await, trial.open().await);
    let course = trial.made(Course::of(1))?;
    let other = trial.made(Course::pending(2))?;
    let id = course.pending.id();

    trial.absent(&ours, id).await?;
    let mut revision = trial.insert(&ours, &course.pending).await?;
    trial.stored(&ours, &course.pending, revision).await?;
    trial.stored(&theirs, &course.pending, revision).await?;

    // Whoever keeps what was read gives it again.
    for step in [&course.awaiting, &course.active, &course.deactivated, &course.active, &course.closed] {
        revision = trial.update(&ours, step, revision).await?;
        trial.stored(&theirs, step, revision).await?;
        trial.stored(&ours, step, revision).await?;
    }

    for like in [neighbours(id), vec![other.id()]].concat() {
        trial.absent(&theirs, like).await?;
    }
    let other_revision = trial.insert(&theirs, &other).await?;
    trial.stored(&ours, &course.closed, revision).await?;
    trial.stored(&ours, &other, other_revision).await?;

    trial.remove(&theirs, id, revision).await?;
    trial.absent(&ours, id).await?;
    trial.absent(&theirs, id).await?;
    trial.stored(&ours, &other, other_revision).await?;

    // Whoever opens the store later sees all of it.
    let late = trial.open().await;
    trial.absent(&late, id).await?;
    trial.stored(&late, &other, other_revision).await?;
    trial.done()
}

/// Ids that differ from this one in one bit.
fn neighbours(id: ConnectionId) -> Vec<ConnectionId> {
    let flipped = |index: usize| {
        let mut bytes = *id.as_bytes();
        *bytes.get_mut(index)? ^= 1;
        ConnectionId::from_bytes(bytes)
    };
    [0, 5, 7, 9, 15].into_iter().filter_map(flipped).collect()
}
