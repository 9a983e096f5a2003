//! What a writer knows of a record that nobody else writes.

use std::collections::HashSet;

use handclasp::Revision;

use super::mark::Mark;
use super::wrong::{Breach, Wrong};

/// A write that a writer has tried: what it expects, and what it leaves. `None` is no record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Write {
    pub(super) at: Option<Revision>,
    pub(super) leaves: Option<Mark>,
}

/// A record that one writer alone writes: whatever is seen of it must be the last write that was acknowledged, or one
/// that was unclear and can have landed since.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// As it was acknowledged or seen last.
    now: Option<(Revision, Mark)>,
    /// What may still land.
    unclear: Vec<Write>,
    /// The revisions it had.
    had: HashSet<u64>,
    /// What refused the last write, until the record is seen again.
    refused: Option<&'static str>,
    /// How many unclear writes were seen to have landed.
    pub(super) landed: usize,
}

impl Own {
    /// The record's present revision.
    pub(super) fn revision(&self) -> Option<Revision> {
        self.now.map(|(revision, _)| revision)
    }

    /// The store says that it is like this.
    pub(super) fn seen(&mut self, seen: Option<(Revision, Mark)>) -> Result<(), Wrong> {
        let refused = self.refused.take();
        if seen == self.now {
            return match refused {
                Some(how) => Err(Breach::Refused.seen(format!("{how}, and it is still {}", shown(seen)))),
                None => Ok(()),
            };
        }
        let (before, unclear) = (self.now, self.unclear.clone());
        let is_explained = self.may_have_become(seen.map(|(_, mark)| mark));
        let result = self.becomes(seen);
        if !is_explained {
            let is_later = seen.is_some_and(|(_, seen)| before.is_none_or(|(_, before)| seen > before));
            let breach = if is_later { Breach::Unmade } else { Breach::Lost };
            let (before, seen) = (shown(before), shown(seen));
            return Err(breach.seen(format!("{seen}, where {before} was, and then could come {unclear:?}")));
        }
        self.landed += 1;
        result
    }

    /// A write was acknowledged, with the revision that it gave, if it leaves a record.
    pub(super) fn acknowledged(&mut self, write: Write, revision: Option<Revision>) -> Result<(), Wrong> {
        self.becomes(revision.zip(write.leaves))
    }

    /// A write was refused.
    pub(super) fn refused(&mut self, write: Write, how: &'static str) -> Result<(), Wrong> {
        self.refused = Some(how);
        // Only an earlier write, of which nobody knew that it has landed, can be in the way.
        if self.unclear.iter().any(|earlier| earlier.at == write.at) {
            return Ok(());
        }
        Err(Breach::Refused.seen(format!("{how}, at {}, which nobody else writes", shown(self.now))))
    }

    /// Nobody knows whether a write has landed.
    pub(super) fn unclear(&mut self, write: Write) {
        self.unclear.push(write);
    }

    /// Whether unclear writes make this of the record.
    fn may_have_become(&self, leaves: Option<Mark>) -> bool {
        let at = self.revision();
        let is_removed = || self.unclear.contains(&Write { at, leaves: None });
        self.unclear.iter().any(|write| {
            write.leaves == leaves && (write.at == at || write.at.is_none() && at.is_some() && is_removed())
        })
    }

    /// From now on it is like this. What waits for a revision that is past never lands; an insertion may, whenever there
    /// is no record.
    fn becomes(&mut self, now: Option<(Revision, Mark)>) -> Result<(), Wrong> {
        self.now = now;
        let leaves = now.map(|(_, mark)| mark);
        self.unclear.retain(|write| write.at.is_none() && write.leaves != leaves);
        match now {
            Some((revision, mark)) if !self.had.insert(revision.number()) => Err(Breach::Reused
                .seen(format!("{}, which the record had before", shown(Some((revision, mark)))))),
            _ => Ok(()),
        }
    }
}

fn shown(state: Option<(Revision, Mark)>) -> String {
    state
        .map_or_else(|| "no record".to_owned(), |(revision, mark)| format!("{mark} at {}", revision.number()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(revision: u64, write: usize) -> (Revision, Mark) {
        (Revision::new(revision), mark(write))
    }

    fn mark(write: usize) -> Mark {
        Mark { writer: 1, write, total: 0 }
    }

    fn at(revision: u64, leaves: Option<usize>) -> Write {
        Write { at: Some(Revision::new(revision)), leaves: leaves.map(mark) }
    }

    fn insertion(write: usize) -> Write {
        Write { at: None, leaves: Some(mark(write)) }
    }

    /// A record whose first write was acknowledged, at revision 10.
    fn inserted() -> Own {
        let mut own = Own::default();
        own.acknowledged(insertion(1), Some(Revision::new(10))).unwrap();
        own
    }

    fn breach(result: Result<(), Wrong>) -> Option<Breach> {
        result.err().map(|wrong| wrong.breach)
    }

    #[test]
    fn what_was_acknowledged_must_be_there() {
        assert_eq!(breach(inserted().seen(Some(state(10, 1)))), None);
        assert_eq!(breach(inserted().seen(None)), Some(Breach::Lost));
        let mut own = inserted();
        own.acknowledged(at(10, Some(2)), Some(Revision::new(11))).unwrap();
        assert_eq!(breach(own.seen(Some(state(10, 1)))), Some(Breach::Lost));
    }

    #[test]
    fn what_was_not_acknowledged_must_not_be_there() {
        assert_eq!(breach(inserted().seen(Some(state(11, 2)))), Some(Breach::Unmade));
    }

    #[test]
    fn what_was_unclear_may_land_until_the_record_is_at_another_revision() {
        let mut own = inserted();
        own.unclear(at(10, Some(2)));
        assert_eq!(breach(own.seen(Some(state(10, 1)))), None);
        assert_eq!(breach(own.seen(Some(state(11, 2)))), None);
        assert_eq!(own.landed, 1);
        let mut own = inserted();
        own.unclear(at(10, Some(2)));
        own.acknowledged(at(10, Some(3)), Some(Revision::new(11))).unwrap();
        assert_eq!(breach(own.seen(Some(state(12, 2)))), Some(Breach::Lost));
    }

    #[test]
    fn an_insertion_may_land_as_long_as_there_is_no_record() {
        let mut own = Own::default();
        own.unclear(insertion(1));
        own.acknowledged(insertion(2), Some(Revision::new(10))).unwrap();
        own.acknowledged(at(10, None), None).unwrap();
        assert_eq!(breach(own.seen(Some(state(11, 1)))), None);
        own.acknowledged(at(11, None), None).unwrap();
        assert_eq!(breach(own.seen(Some(state(12, 1)))), Some(Breach::Unmade), "it lands once");
    }

    #[test]
    fn a_removal_and_an_insertion_may_both_have_landed() {
        let mut own = Own::default();
        own.unclear(insertion(1));
        own.acknowledged(insertion(2), Some(Revision::new(10))).unwrap();
        assert_eq!(breach(own.seen(Some(state(10, 2)))), None);
        own.unclear(at(10, None));
        assert_eq!(breach(own.seen(Some(state(11, 1)))), None);
    }

    #[test]
    fn a_refusal_needs_an_unclear_write_that_has_landed() {
        assert_eq!(breach(inserted().refused(at(10, Some(2)), "conflict")), Some(Breach::Refused));
        let mut own = inserted();
        own.unclear(at(10, Some(2)));
        assert_eq!(breach(own.refused(at(10, Some(3)), "conflict")), None);
        assert_eq!(breach(own.seen(Some(state(10, 1)))), Some(Breach::Refused));
        own.unclear(at(10, Some(4)));
        assert_eq!(breach(own.refused(at(10, Some(5)), "conflict")), None);
        assert_eq!(breach(own.seen(Some(state(11, 4)))), None);
    }

    #[test]
    fn a_revision_never_comes_back() {
        let mut own = inserted();
        own.acknowledged(at(10, None), None).unwrap();
        let again = own.acknowledged(insertion(3), Some(Revision::new(10)));
        assert_eq!(breach(again), Some(Breach::Reused));
    }
}
