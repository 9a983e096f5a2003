//! Looking through the store, page by page, for connections that the worker does not know of.

use core::time::Duration;

use handclasp::{ConnectionId, ConnectionStore, ListQuery, Node, Order, Transport};
use tokio::time::Instant;

use crate::due::{Due, Jitter};
use crate::pace::{LONGEST, Pace};

/// A page of the store, as far as it matters here.
#[derive(Debug)]
pub(crate) struct Page {
    /// What there is to refresh some time.
    pub(crate) due: Vec<(ConnectionId, Due)>,
    /// Where the next page begins.
    pub(crate) next: Option<ConnectionId>,
    /// How many connections were on it.
    pub(crate) connections: usize,
}

/// Reads one page.
pub(crate) async fn read<S: ConnectionStore, T: Transport>(
    node: &Node<S, T>,
    query: &ListQuery,
    jitter: &Jitter,
) -> Result<Page, S::Error> {
    let page = node.list(query).await?;
    let now = node.now();
    let due = page.items.iter().filter_map(|view| Some((view.id, Due::of(view, now, jitter)?))).collect();
    Ok(Page { due, next: page.next, connections: page.items.len() })
}

/// Where the worker is in the store, and when it goes on.
#[derive(Debug)]
pub(crate) struct Scan {
    query: ListQuery,
    limit: u16,
    /// When the next page may be read; `None` while one is.
    at: Option<Instant>,
    begun: Instant,
    connections: usize,
    failures: u32,
}

/// A look through the store that has come to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Scanned {
    pub(crate) connections: usize,
    pub(crate) took: Duration,
    pub(crate) pause: Duration,
}

impl Scan {
    /// One that begins now.
    pub(crate) fn new(now: Instant) -> Self {
        let query = ListQuery::newest_first().limit(PAGE);
        Self { query, limit: PAGE, at: Some(now), begun: now, connections: 0, failures: 0 }
    }

    /// When the next page is to be read; `None` while one is.
    pub(crate) fn at(&self) -> Option<Instant> {
        self.at
    }

    /// How often in a row it has failed.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// The page to be read now, if it is time.
    pub(crate) fn begin(&mut self, now: Instant) -> Option<ListQuery> {
        self.at.take_if(|at| *at <= now)?;
        if self.query.after.is_none() {
            (self.begun, self.connections) = (now, 0);
        }
        Some(self.query)
    }

    /// A page was read: goes on at once, or, at the end, after a pause.
    pub(crate) fn go_on(&mut self, read: &Page, now: Instant, pace: &Pace) -> Option<Scanned> {
        self.connections += read.connections;
        if let Some(next) = read.next {
            self.query = self.query.after(next);
            self.at = Some(now);
            return None;
        }
        let took = now.duration_since(self.begun);
        let pause = pace.rescan.max(its_share(took));
        let scanned = Scanned { connections: self.connections, took, pause };
        *self = Self::new(now + pause);
        Some(scanned)
    }

    /// A page could not be read: begins again after this pause, from the other end and with a smaller page.
    ///
    /// A store that fails for a while does not mind. If there is one record that cannot be read, the pages shrink until
    /// they reach all others, from both ends.
    pub(crate) fn fail(&mut self, now: Instant, pace: &Pace) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.limit = (self.limit / 2).max(1);
        let query = match self.query.order {
            Order::NewestFirst => ListQuery::oldest_first(),
            Order::OldestFirst => ListQuery::newest_first(),
        };
        self.query = query.limit(self.limit);
        let pause = pace.back_off(self.failures).min(pace.rescan);
        // A store that answers nothing is not burdened, and what it has should be found as soon as it is back.
        let pause =
            if self.connections == 0 { pause } else { pause.max(its_share(now.duration_since(self.begun))) };
        self.at = Some(now + pause);
        pause
    }
}

/// How many records of up to 64 KiB are read at once.
const PAGE: u16 = 50;

/// One part of so many of the time is spent with looking through the store, however large it is.
const SHARE: u32 = 10;

/// How long to pause after a look through the store that took so long.
fn its_share(took: Duration) -> Duration {
    took.saturating_mul(SHARE - 1).min(LONGEST)
}
