//! What the writers know of a record that all of them write: it counts its writes, so none may be lost.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use handclasp::Revision;

use super::mark::Mark;
use super::wrong::{Breach, Wrong};

/// What one writer knows, or all of them together.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// What the record was at each revision.
    had: HashMap<u64, Mark>,
    /// The revisions that were acknowledged.
    given: HashSet<u64>,
    acknowledged: BTreeSet<Mark>,
    unclear: BTreeSet<Mark>,
    /// The most that was seen: what is read may never go back.
    total: usize,
    /// What refused the last write, until the record is seen again.
    refused: Option<Revision>,
}

impl Shared {
    /// The store says that it is like this.
    pub(super) fn seen(&mut self, revision: Revision, mark: Mark) -> Result<(), Wrong> {
        self.is(revision, mark)?;
        if self.refused.take() == Some(revision) {
            return Err(Breach::Refused.seen(format!("conflict, and it is still {mark}")));
        }
        let before = self.total;
        self.total = before.max(mark.total);
        if mark.total < before {
            return Err(Breach::Lost.seen(format!("write {before} of all, and later {mark}")));
        }
        Ok(())
    }

    /// A write was acknowledged.
    pub(super) fn acknowledged(&mut self, mark: Mark, revision: Revision) -> Result<(), Wrong> {
        self.acknowledged.insert(mark);
        self.total = self.total.max(mark.total);
        self.is(revision, mark)?;
        if self.given.insert(revision.number()) {
            return Ok(());
        }
        Err(Breach::Reused.seen(format!("{revision:?}, given a second time, to {mark}")))
    }

    /// A write was refused, at this revision.
    pub(super) fn refused(&mut self, at: Revision) {
        self.refused = Some(at);
    }

    /// Nobody knows whether a write has landed.
    pub(super) fn unclear(&mut self, mark: Mark) {
        self.unclear.insert(mark);
    }

    /// Adds what another writer knows.
    pub(super) fn join(&mut self, other: Self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (revision, mark) in other.had {
            wrong.extend(self.is(Revision::new(revision), mark).err());
        }
        for revision in other.given {
            if !self.given.insert(revision) {
                wrong.push(Breach::Reused.seen(format!("{revision}, given to two writers")));
            }
        }
        self.acknowledged.extend(other.acknowledged);
        self.unclear.extend(other.unclear);
        self.total = self.total.max(other.total);
        wrong
    }

    /// What is wrong, after all have stopped, and the record was seen a last time. Gives also how many unclear writes
    /// have landed.
    pub(super) fn closed(&self) -> (Vec<Wrong>, usize) {
        let mut wrong = Vec::new();
        for mark in self.had.values() {
            if *mark != Mark::FIRST && !self.acknowledged.contains(mark) && !self.unclear.contains(mark) {
                wrong.push(Breach::Unmade.seen(mark.to_string()));
            }
        }
        let mut counted = BTreeMap::<usize, Vec<Mark>>::new();
        for mark in &self.acknowledged {
            counted.entry(mark.total).or_default().push(*mark);
        }
        for marks in counted.values().filter(|marks| marks.len() > 1) {
            wrong.push(Breach::Overwritten.seen(format!("all acknowledged: {marks:?}")));
        }
        let mut landed = 0;
        for total in (1..=self.total).filter(|total| !counted.contains_key(total)) {
            if self.unclear.iter().any(|mark| mark.total == total) {
                landed += 1;
            } else {
                wrong.push(Breach::Stranger.seen(format!("write {total} of {}", self.total)));
            }
        }
        (wrong, landed)
    }

    fn is(&mut self, revision: Revision, mark: Mark) -> Result<(), Wrong> {
        match self.had.insert(revision.number(), mark) {
            Some(before) if before != mark => {
                Err(Breach::Reused.seen(format!("{revision:?}, first {before}, and then {mark}")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(writer: usize, total: usize) -> Mark {
        Mark { writer, write: total, total }
    }

    /// What a writer knows to whom one write was acknowledged, at this revision.
    fn told(mark: Mark, revision: u64) -> Shared {
        let mut shared = Shared::default();
        shared.acknowledged(mark, Revision::new(revision)).unwrap();
        shared
    }

    /// What is wrong with what two writers know together.
    fn together(mut one: Shared, other: Shared) -> Vec<Breach> {
        let joined = one.join(other);
        joined.into_iter().chain(one.closed().0).map(|wrong| wrong.breach).collect()
    }

    #[test]
    fn each_write_is_counted_once() {
        assert_eq!(together(told(mark(1, 1), 10), told(mark(2, 2), 11)), []);
        assert_eq!(together(told(mark(1, 1), 10), told(mark(2, 1), 11)), [Breach::Overwritten]);
        assert_eq!(together(told(mark(1, 1), 10), told(mark(2, 3), 11)), [Breach::Stranger]);
    }

    #[test]
    fn an_unclear_write_may_be_counted() {
        let mut unclear = told(mark(2, 3), 12);
        unclear.unclear(mark(2, 2));
        let mut all = told(mark(1, 1), 10);
        assert!(all.join(unclear).is_empty());
        let (wrong, landed) = all.closed();
        assert_eq!((wrong.len(), landed), (0, 1));
    }

    #[test]
    fn a_revision_stands_for_one_state() {
        let breaches = together(told(mark(1, 1), 10), told(mark(2, 2), 10));
        assert_eq!(breaches.iter().filter(|breach| **breach == Breach::Reused).count(), 2);
        let mut seen = told(mark(1, 1), 10);
        let again = seen.seen(Revision::new(10), mark(2, 2));
        assert_eq!(again.unwrap_err().breach, Breach::Reused);
        let again = seen.acknowledged(mark(2, 2), Revision::new(10));
        assert_eq!(again.unwrap_err().breach, Breach::Reused);
    }

    #[test]
    fn what_was_not_acknowledged_must_not_be_seen() {
        let mut seen = Shared::default();
        seen.seen(Revision::new(11), mark(2, 2)).unwrap();
        let mut first = told(mark(1, 1), 10);
        first.unclear(mark(3, 2));
        assert_eq!(together(first, seen), [Breach::Unmade]);
    }

    #[test]
    fn what_is_read_never_goes_back() {
        let mut shared = told(mark(1, 2), 11);
        let back = shared.seen(Revision::new(10), mark(2, 1));
        assert_eq!(back.unwrap_err().breach, Breach::Lost);
    }

    #[test]
    fn a_refused_write_finds_another_revision() {
        let mut shared = told(mark(1, 1), 10);
        shared.refused(Revision::new(10));
        let same = shared.seen(Revision::new(10), mark(1, 1));
        assert_eq!(same.unwrap_err().breach, Breach::Refused);
        shared.refused(Revision::new(10));
        assert!(shared.seen(Revision::new(11), mark(2, 2)).is_ok());
    }
}
