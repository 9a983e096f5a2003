//! What a write leaves in a record, so that it is recognised there.

use std::fmt;

use handclasp::conformance::Course;
use handclasp::{Connection, Description, handshake};

use super::wrong::{Breach, Wrong};
use crate::scene::noon;

/// Who wrote it, as which of their writes, and how many writes the record has had before and with it, for records that
/// many write.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Mark {
    /// The number of the writer.
    pub(super) writer: usize,
    /// The number of the write among the writer's, from 1 on.
    pub(super) write: usize,
    /// The number of the write among the record's; 0 for what nobody else writes.
    pub(super) total: usize,
}

impl Mark {
    /// What is in a record before the writers begin.
    pub(super) const FIRST: Self = Self { writer: 0, write: 0, total: 0 };

    /// The pending record with this number, with the mark.
    pub(super) fn on(self, number: u64) -> Connection {
        let pending = Course::pending(number).unwrap();
        handshake::describe(&pending, self.description(), noon())
            .unwrap()
            .into_connection()
            .expect("a record made by a wizard has no description")
    }

    pub(super) fn description(self) -> Description {
        Description::parse(&self.to_string()).unwrap()
    }

    /// The mark in this description.
    pub(super) fn read(description: &Description) -> Result<Self, Wrong> {
        let read = || {
            let mut numbers = description.as_str().split('.').map(str::parse);
            let mark = Self {
                writer: numbers.next()?.ok()?,
                write: numbers.next()?.ok()?,
                total: numbers.next()?.ok()?,
            };
            numbers.next().is_none().then_some(mark)
        };
        read().ok_or_else(|| Breach::Stranger.seen(format!("a description {:?}", description.as_str())))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.writer, self.write, self.total)
    }
}
