//! What a store may not do, and what was seen of it.

use std::collections::BTreeMap;
use std::fmt;

/// What a store may not do.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Breach {
    Lost,
    Unmade,
    Refused,
    Reused,
    Overwritten,
    Stranger,
    Unhelpful,
}

/// One breach, as it was seen.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) breach: Breach,
    seen: String,
}

/// All breaches. Prints how often each was seen, and how it was seen first.
#[derive(Debug, Default)]
pub(super) struct Wrongs(BTreeMap<Breach, Vec<String>>);

impl Breach {
    pub(super) fn seen(self, seen: String) -> Wrong {
        Wrong { breach: self, seen }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Lost => "a write that was acknowledged is not there",
            Self::Unmade => "a write that failed or was refused is there",
            Self::Refused => "a write was refused, and nothing was in its way",
            Self::Reused => "a revision stood for two states",
            Self::Overwritten => "a write replaced another that it did not know of",
            Self::Stranger => "there is what nobody wrote",
            Self::Unhelpful => "the façade gave an error that repeating does not help against",
        }
    }
}

impl Wrongs {
    pub(super) fn add(&mut self, wrong: Wrong) {
        self.0.entry(wrong.breach).or_default().push(wrong.seen);
    }

    pub(super) fn join(&mut self, other: Self) {
        for (breach, seen) in other.0 {
            self.0.entry(breach).or_default().extend(seen);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Wrongs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (breach, seen) in &self.0 {
            write!(f, "\n{} × {}, at first: ", seen.len(), breach.name())?;
            f.write_str(seen.first().map_or("", String::as_str))?;
        }
        Ok(())
    }
}
