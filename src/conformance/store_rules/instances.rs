//! Rule 12.

use super::INSTANCES;
use super::trial::{Refusal, Trial};
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::connection::{Connection, Phase};
use crate::instance::InstanceUid;
use crate::store::{ListQuery, Revision};

/// What a UID ends with, so that one is the beginning of another, differs from it in case, or is a pattern for it.
const ENDS: [&str; 9] = ["", "-", ".", "_", ":", "0", "a", "A", "aa"];

/// Rule 12: the same id is another record in another instance's store, however alike their UIDs are, and whoever lists or
/// changes one instance's records does not touch the others'.
///
/// # Errors
/// If the rule does not hold.
pub async fn instances_are_apart<C: StoreSetup>(setup: &C) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(INSTANCES, setup)?;
    let mut stores = Vec::new();
    for end in ENDS {
        let uid = trial.made(InstanceUid::parse(&format!("{}{end}", trial.instance)))?;
        stores.push(setup.open(&uid).await);
    }
    // Both sides of one connection, as a database of both would hold them, and one record of each one's own.
    let shared = trial.made(Course::of(0))?;
    let mut kept: Vec<Vec<(&Connection, Revision)>> = Vec::new();
    let own: Result<Vec<_>, _> = (1..=ENDS.len() as u64).map(Course::pending).collect();
    let own = trial.made(own)?;
    for (index, (store, own)) in stores.iter().zip(&own).enumerate() {
        let record = if index % 2 == 0 { &shared.active } else { &shared.accepting };
        trial.absent(store, shared.active.id()).await?;
        let revision = trial.insert(store, record).await?;
        let own_revision = trial.insert(store, own).await?;
        kept.push(vec![(record, revision), (own, own_revision)]);
    }
    all_are_there(&mut trial, &stores, &kept).await?;

    for (index, store) in stores.iter().enumerate() {
        // What is another's is missing here, and what is ours and theirs is ours alone.
        if let Some(strange) = own.get((index + 1) % own.len()) {
            trial.absent(store, strange.id()).await?;
            let at = (Revision::new(1), "of another instance's record");
            trial.refused_update(store, strange, at, Refusal::Missing).await?;
            trial.refused_remove(store, strange.id(), at, Refusal::Missing).await?;
        }
        let Some((record, revision)) = kept.get_mut(index).and_then(|kept| kept.first_mut()) else {
            continue;
        };
        *revision = trial.update(store, &shared.deactivated, *revision).await?;
        *record = &shared.deactivated;
        all_are_there(&mut trial, &stores, &kept).await?;
    }
    for (index, store) in stores.iter().enumerate() {
        for (record, revision) in kept.get_mut(index).map(core::mem::take).unwrap_or_default() {
            trial.remove(store, record.id(), revision).await?;
        }
        all_are_there(&mut trial, &stores, &kept).await?;
    }
    trial.done()
}

/// Each store has its own records, and no others.
async fn all_are_there<C: StoreSetup>(
    trial: &mut Trial<'_, C>,
    stores: &[C::Store],
    kept: &[Vec<(&Connection, Revision)>],
) -> Result<(), Violation> {
    for (store, kept) in stores.iter().zip(kept) {
        for (record, revision) in kept {
            trial.stored(store, record, *revision).await?;
        }
        for phase in core::iter::once(None).chain(Phase::ALL.iter().map(|phase| Some(*phase))) {
            let query = phase.into_iter().fold(ListQuery::newest_first().limit(3), ListQuery::in_phase);
            let listed = trial.walk_ids(store, query).await?.len();
            let expected =
                kept.iter().filter(|(record, _)| phase.is_none_or(|phase| phase == record.phase())).count();
            trial.check(listed == expected, || {
                format!("{listed} records are listed where the instance has {expected}")
            })?;
        }
    }
    Ok(())
}
