//! Listing in pages.

use serde::Serialize;

use crate::codes::coded;
use crate::connection::{ConnectionId, Phase};

/// Which connections to list, and in what order: by default the 50 newest.
///
/// ```
/// use handclasp::{ListQuery, Phase};
///
/// let query = ListQuery::newest_first().in_phase(Phase::Pending).limit(20);
/// assert_eq!(query.page_size(), 20);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListQuery {
    /// In which order.
    pub order: Order,
    /// Behind which id, in that order; from the beginning if `None`.
    pub after: Option<ConnectionId>,
    /// In which stored phase; in all if `None`.
    pub phase: Option<Phase>,
    limit: u16,
}

impl ListQuery {
    /// The most connections a page has.
    pub const MAX_LIMIT: u16 = 1000;

    /// The newest first.
    #[must_use]
    pub const fn newest_first() -> Self {
        Self { order: Order::NewestFirst, after: None, phase: None, limit: 50 }
    }

    /// The oldest first.
    #[must_use]
    pub const fn oldest_first() -> Self {
        Self { order: Order::OldestFirst, ..Self::newest_first() }
    }

    /// Goes on behind this id: a page's [`next`](Page::next).
    #[must_use]
    pub const fn after(self, id: ConnectionId) -> Self {
        Self { after: Some(id), ..self }
    }

    /// Only those in this stored phase. An expired invitation is stored as pending.
    #[must_use]
    pub const fn in_phase(self, phase: Phase) -> Self {
        Self { phase: Some(phase), ..self }
    }

    /// At most so many a page; 0 counts as 1, and more than 1000 as 1000.
    #[must_use]
    pub const fn limit(self, limit: u16) -> Self {
        let limit = if limit == 0 { 1 } else { limit };
        Self { limit: if limit > Self::MAX_LIMIT { Self::MAX_LIMIT } else { limit }, ..self }
    }

    /// How many connections a page has at most: 1 to 1000.
    #[must_use]
    pub fn page_size(&self) -> usize {
        usize::from(self.limit)
    }
}

impl Default for ListQuery {
    fn default() -> Self {
        Self::newest_first()
    }
}

coded! {
    /// In which order connections are listed. Their ids begin with the time, so it is the order of ids.
    #[expect(clippy::exhaustive_enums, reason = "an order has two directions")]
    pub enum Order {
        /// The newest first: descending ids.
        NewestFirst = "newest-first",
        /// The oldest first: ascending ids.
        OldestFirst = "oldest-first",
    }
}

/// One page of a list.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Where the next page begins, for [`ListQuery::after`]; `None` if there is none.
    pub next: Option<ConnectionId>,
}

impl<T> Page<T> {
    /// For stores: a page.
    #[must_use]
    pub const fn new(items: Vec<T>, next: Option<ConnectionId>) -> Self {
        Self { items, next }
    }

    /// The same page of something else.
    pub(crate) fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}
