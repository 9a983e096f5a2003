//! Rule 5.

use std::collections::HashSet;

use super::REVISIONS;
use super::trial::{Refusal, Trial};
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};

/// How often the record is removed and inserted again.
const LIVES: usize = 6;

/// Rule 5: no revision of a record comes back, whoever writes: not after a removal, and not in a handle that was opened
/// later.
///
/// # Errors
/// If the rule does not hold.
pub async fn a_revision_never_comes_back(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(REVISIONS, setup)?;
    let course = trial.made(Course::of(1))?;
    let id = course.pending.id();
    let mut seen = HashSet::new();
    for life in 0..LIVES {
        // Whoever counts in memory begins again with each handle.
        let (ours, theirs) = (trial.open().await, trial.open().await);
        let mut present = trial.insert(&ours, &course.pending).await?;
        trial.check(seen.insert(present), || format!("after {life} removals {present:?} came back"))?;
        for old in &seen {
            if *old != present {
                let at = (*old, "at the revision of an earlier life");
                trial.refused_update(&theirs, &course.active, at, Refusal::Conflict).await?;
                trial.refused_remove(&ours, id, at, Refusal::Conflict).await?;
            }
        }
        for (store, next) in [(&ours, &course.active), (&theirs, &course.pending), (&ours, &course.active)] {
            present = trial.update(store, next, present).await?;
            trial.check(seen.insert(present), || format!("{present:?} came back"))?;
        }
        trial.stored(&theirs, &course.active, present).await?;
        trial.remove(&theirs, id, present).await?;
    }
    trial.done()
}
