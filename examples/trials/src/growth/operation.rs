//! What is measured.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use handclasp::{ConnectionId, ConnectionStore, ListQuery, Page, Phase, Stored};

use super::filled::id;

/// How many connections a page has.
const PAGE: u16 = 50;

/// A call to a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operation {
    Get,
    Update,
    FirstPage,
    MiddlePage,
    ActivePage,
}

impl Operation {
    pub(super) const ALL: [Self; 5] =
        [Self::Get, Self::Update, Self::FirstPage, Self::MiddlePage, Self::ActivePage];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Update => "update",
            Self::FirstPage => "first page",
            Self::MiddlePage => "page from the middle",
            Self::ActivePage => "active ones from the middle",
        }
    }

    /// How long so many calls take in a row; what they need is prepared before, and does not count.
    pub(super) async fn time<S: ConnectionStore>(
        self,
        store: &S,
        range: &Range<usize>,
        calls: usize,
        turn: usize,
    ) -> Duration {
        let ids: Vec<ConnectionId> = (0..calls).map(|call| id(scattered(range, turn + call))).collect();
        match self {
            Self::Get => {
                let start = Instant::now();
                for id in ids {
                    black_box(store.get(id).await.expect(WORKS).expect("each was inserted"));
                }
                start.elapsed()
            }
            Self::Update => {
                let mut stored = Vec::new();
                for id in ids {
                    stored.push(store.get(id).await.expect(WORKS).expect("each was inserted"));
                }
                let start = Instant::now();
                for Stored { connection, revision, .. } in &stored {
                    black_box(store.update(connection, *revision).await.expect(WORKS));
                }
                start.elapsed()
            }
            Self::FirstPage | Self::MiddlePage | Self::ActivePage => {
                let query = self.query(range);
                let start = Instant::now();
                for _ in 0..calls {
                    let page: Page<Stored> = black_box(store.list(&query).await.expect(WORKS));
                    assert_eq!(page.items.len(), usize::from(PAGE), "the page is full");
                }
                start.elapsed()
            }
        }
    }

    fn query(self, range: &Range<usize>) -> ListQuery {
        let first = ListQuery::oldest_first().limit(PAGE);
        let middle = || first.after(id(range.start + range.len() / 2 - 1));
        match self {
            Self::MiddlePage => middle(),
            Self::ActivePage => middle().in_phase(Phase::Active),
            _ => first,
        }
    }
}

/// A number of the range, far from the one of the turn before. Only after as many turns as the range is long does one
/// come again: else an update would meet what an earlier one of the same sample has written.
fn scattered(range: &Range<usize>, turn: usize) -> usize {
    let length = range.len();
    range.start + turn % length * STRIDE % length
}

/// A prime, which no power of ten has a divisor in common with.
const STRIDE: usize = 7919;

const WORKS: &str = "an engine that is measured does not fail";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_number_comes_twice_before_all_have_come() {
        for range in [0..1000, 5000..6000, 0..10_000] {
            let numbers: HashSet<_> = (77..77 + range.len()).map(|turn| scattered(&range, turn)).collect();
            assert_eq!(numbers.len(), range.len());
            assert!(numbers.iter().all(|number| range.contains(number)));
        }
    }
}
