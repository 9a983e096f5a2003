//! Rule 7.

use core::any::TypeId;
use core::convert::Infallible;

use super::FAILURES;
use super::trial::Trial;
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::store::{ConnectionStore, InsertError, ListQuery, Revision, UpdateError};

/// How often each call is tried: the second may meet what the first has left behind.
const TRIES: usize = 2;

/// Rule 7: what failed is not told as if it had been done, or refused, or as if there were nothing.
///
/// That a store tells `Failed` and `Unclear` apart shows only when servers are killed in the middle of writes; and that
/// it does not take its own earlier effect for a conflict, only when answers are lost.
///
/// # Errors
/// If the rule does not hold, or if the setup has no such store although its error says that it can fail.
pub async fn three_answers_to_a_write_are_not_one<C: StoreSetup>(setup: &C) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(FAILURES, setup)?;
    let course = trial.made(Course::of(1))?;
    let Some(store) = setup.unreachable(&trial.instance).await else {
        let cannot_fail = TypeId::of::<<C::Store as ConnectionStore>::Error>() == TypeId::of::<Infallible>();
        for _ in 0..5 * TRIES {
            trial.check(cannot_fail, || {
                "there is no store whose backend fails, although its error says that it may".to_owned()
            })?;
        }
        return trial.done();
    };
    for _ in 0..TRIES {
        let got = store.get(course.pending.id()).await;
        trial.check(got.is_err(), || format!("get of a failing backend gave {got:?}"))?;
        let page = store.list(&ListQuery::newest_first()).await;
        trial.check(page.is_err(), || format!("list of a failing backend gave {page:?}"))?;
        let inserted = store.insert(&course.pending).await;
        trial.check(matches!(inserted, Err(InsertError::Failed(_) | InsertError::Unclear(_))), || {
            format!("insert into a failing backend gave {inserted:?}")
        })?;
        let updated = store.update(&course.active, Revision::new(1)).await.map(Revision::number);
        trial.check(is_failure(&updated), || format!("update in a failing backend gave {updated:?}"))?;
        let removed = store.remove(course.pending.id(), Revision::new(1)).await;
        trial.check(is_failure(&removed), || format!("remove from a failing backend gave {removed:?}"))?;
    }
    trial.done()
}

const fn is_failure<T, E>(result: &Result<T, UpdateError<E>>) -> bool {
    matches!(result, Err(UpdateError::Failed(_) | UpdateError::Unclear(_)))
}
