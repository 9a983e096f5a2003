//! What the loop knows, and what it does when something happens.

use core::time::Duration;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use handclasp::{ConnectionId, ConnectionStore, Node, Transport};
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use crate::due::{Due, Jitter};
use crate::pace::{LONGEST, Pace};
use crate::queue::{Entry, Queue};
use crate::report::{self, Ended};
use crate::scan::{self, Page, Scan};
use crate::turn::{self, Next, Turn};

/// The queue, the tasks that are under way, and where the scan is.
#[derive(Debug)]
pub(crate) struct Rounds<S, T> {
    node: Node<S, T>,
    pace: Pace,
    jitter: Arc<Jitter>,
    queue: Queue,
    scan: Scan,
    tasks: JoinSet<Done>,
    /// Whose turn each task is; the one that is not in here reads a page.
    turns: HashMap<task::Id, ConnectionId>,
    /// The connections whose turn it is. They are not in the queue meanwhile.
    under_way: HashMap<ConnectionId, UnderWay>,
}

/// What a task gives.
#[derive(Debug)]
enum Done {
    Turn(Turn),
    Page(Result<Page, &'static str>),
}

#[derive(Debug)]
struct UnderWay {
    begun: Instant,
    attempt: u64,
    entry: Entry,
    /// Whether something has happened that this turn may not have seen.
    look_again: bool,
}

impl<S, T> Rounds<S, T>
where
    S: ConnectionStore + Clone + Send + Sync + 'static,
    T: Transport + Clone + Send + Sync + 'static,
{
    pub(crate) fn new(node: Node<S, T>, pace: Pace) -> Self {
        report::started(&pace);
        Self {
            node,
            pace,
            jitter: Arc::new(Jitter::new(pace.jitter_percent)),
            queue: Queue::default(),
            scan: Scan::new(Instant::now()),
            tasks: JoinSet::new(),
            turns: HashMap::new(),
            under_way: HashMap::new(),
        }
    }

    /// Begins whatever is due and finds a place, and says when to do so again if nothing happens before.
    pub(crate) fn begin(&mut self) -> Instant {
        let now = Instant::now();
        if let Some(query) = self.scan.begin(now) {
            let (node, jitter, limit) = (self.node.clone(), Arc::clone(&self.jitter), self.pace.time_limit);
            self.tasks.spawn(async move {
                Done::Page(match timeout(limit, scan::read(&node, &query, &jitter)).await {
                    Ok(page) => page.map_err(|_| Turn::STORE_FAILED),
                    Err(_) => Err(Turn::OVER_TIME),
                })
            });
        }
        // All of it, or the loop would wake for what is due and finds no place.
        self.queue.ripen(now);
        while self.under_way.len() < self.pace.at_once {
            let in_trouble = self.under_way.values().filter(|turn| turn.entry.in_trouble).count();
            let also_in_trouble = in_trouble < self.pace.at_once_in_trouble();
            let Some((id, entry)) = self.queue.pop(also_in_trouble) else { break };
            self.begin_turn(id, entry, now);
        }
        [self.scan.at(), self.queue.next_due()].into_iter().flatten().fold(now + LONGEST, Instant::min)
    }

    fn begin_turn(&mut self, id: ConnectionId, entry: Entry, now: Instant) {
        let (node, jitter, limit) = (self.node.clone(), Arc::clone(&self.jitter), self.pace.time_limit);
        let attempt = entry.failures.saturating_add(u64::from(entry.stalls)).saturating_add(1);
        let known = entry.known;
        let turn = async move { Done::Turn(turn::take(&node, id, known, &jitter, limit).await) };
        let task = self.tasks.spawn(turn.instrument(report::turn_span(id, attempt)));
        self.turns.insert(task.id(), id);
        self.under_way.insert(id, UnderWay { begun: now, attempt, entry, look_again: false });
    }

    /// Something happened to these connections.
    pub(crate) fn look_at(&mut self, ids: BTreeSet<ConnectionId>) {
        let now = Instant::now();
        for id in ids {
            if let Some(turn) = self.under_way.get_mut(&id) {
                turn.look_again = true;
                continue;
            }
            let entry = self.queue.get(id).unwrap_or_else(|| Entry::unknown(now));
            self.queue.plan(id, entry.to_be_looked_at(now));
        }
    }

    /// Waits for a task that ends, and puts down what came of it; `None` if there is none. It can be dropped at any time
    /// without loss.
    pub(crate) async fn finish_one(&mut self) -> Option<()> {
        let ended = self.tasks.join_next_with_id().await?;
        let now = Instant::now();
        let (task, done) = match ended {
            Ok((task, done)) => (task, Some(done)),
            // Nobody aborts a task, so it has panicked.
            Err(error) => (error.id(), None),
        };
        match (self.turns.remove(&task), done) {
            (Some(id), Some(Done::Turn(turn))) => self.finish_turn(id, Some(turn), now),
            (Some(id), _) => self.finish_turn(id, None, now),
            (None, Some(Done::Page(page))) => self.finish_page(page, now),
            (None, _) => self.finish_page(Err(Turn::PANICKED), now),
        }
        Some(())
    }

    fn finish_turn(&mut self, id: ConnectionId, turn: Option<Turn>, now: Instant) {
        let Some(UnderWay { begun, attempt, entry, look_again }) = self.under_way.remove(&id) else { return };
        let turn = turn.unwrap_or_else(|| Turn::lost(Turn::PANICKED, entry.known));
        let mut planned = self.planned(id, &turn, &entry, now);
        if look_again {
            let entry = planned.unwrap_or_else(|| Entry::unknown(now));
            planned = Some(entry.to_be_looked_at(now));
        }
        if let Some(entry) = planned {
            self.queue.plan(id, entry);
        }
        let next = planned.map(|entry| entry.due.saturating_duration_since(now));
        let took = now.saturating_duration_since(begun);
        let ended = Ended { connection: id, attempt, took, backlog: self.queue.backlog(), next };
        report::turn(&turn, &ended);
    }

    /// What to remember after a turn; `None` if the connection is not to have another one.
    fn planned(&self, id: ConnectionId, turn: &Turn, before: &Entry, now: Instant) -> Option<Entry> {
        let earliest = now + self.pace.least_pause;
        match turn.next {
            Next::Never => None,
            Next::Later(due) => Some(Entry { earliest: before.earliest, ..Entry::at(&due, now) }),
            Next::Due(due) => {
                let entry = Entry::at(&due, now);
                Some(Entry { due: entry.due.max(earliest), earliest, in_trouble: turn.failed(), ..entry })
            }
            Next::Stalled { known, after } => {
                Some(Entry { known, ..self.backed_off(id, turn, before, after, now) })
            }
            Next::Unread => {
                let entry = self.backed_off(id, turn, before, Duration::ZERO, now);
                Some(Entry { known: None, is_unread: true, ..entry })
            }
        }
    }

    /// The same after one more failure that the record does not know of.
    fn backed_off(
        &self,
        id: ConnectionId,
        turn: &Turn,
        before: &Entry,
        after: Duration,
        now: Instant,
    ) -> Entry {
        let stalls = before.stalls.saturating_add(1);
        let pause = self.pace.back_off(stalls).max(after.min(LONGEST));
        let pause = pause + self.jitter.of(id, u64::from(stalls), pause);
        let earliest = now + self.pace.least_pause;
        Entry { due: now + pause, earliest, stalls, is_unread: false, in_trouble: turn.failed(), ..*before }
    }

    fn finish_page(&mut self, page: Result<Page, &'static str>, now: Instant) {
        match page {
            Ok(page) => {
                for (id, due) in &page.due {
                    self.found(*id, due, now);
                }
                if let Some(scanned) = self.scan.go_on(&page, now, &self.pace) {
                    report::scanned(scanned, self.queue.len() + self.under_way.len());
                }
            }
            Err(outcome) => {
                let pause = self.scan.fail(now, &self.pace);
                report::scan_failed(outcome, self.scan.failures(), pause);
            }
        }
    }

    /// A page shows a connection. What the worker knows may be newer, so a page adds and hastens only: a turn begins with a
    /// look at the record anyway.
    fn found(&mut self, id: ConnectionId, due: &Due, now: Instant) {
        if self.under_way.contains_key(&id) {
            return;
        }
        let found = Entry::at(due, now);
        let Some(entry) = self.queue.get(id) else { return self.queue.plan(id, found) };
        // A refresh that the record does not know of failed, and the record is as it was then: that back-off stands.
        let is_as_it_was = entry.known.is_none_or(|known| found.known == Some(known));
        let is_backing_off = entry.stalls > 0 && !entry.is_unread && is_as_it_was;
        let hastened = entry.to_be_looked_at(found.due);
        if !is_backing_off && hastened.due + SAME < entry.due {
            self.queue.plan(id, hastened);
        }
    }

    /// Begins nothing new, waits for the turns that are under way, and drops those that take longer than the grace.
    pub(crate) async fn wind_down(mut self) {
        report::stopping(self.under_way.len());
        let (begun, grace) = (Instant::now(), self.pace.grace);
        let all = async { while !self.under_way.is_empty() && self.finish_one().await.is_some() {} };
        let _ = timeout(grace, all).await;
        let dropped = self.under_way.len();
        self.tasks.shutdown().await;
        report::stopped(dropped, begun.elapsed());
    }
}

impl Entry {
    /// Of a connection of which nothing is known but that it is to be looked at.
    fn unknown(now: Instant) -> Self {
        Self {
            due: now,
            earliest: now,
            known: None,
            failures: 0,
            stalls: 0,
            is_unread: false,
            in_trouble: false,
        }
    }

    /// The same, but its record is to be asked anew at this time, or as soon after it as may be. What is due already keeps
    /// its place among those that wait.
    fn to_be_looked_at(self, at: Instant) -> Self {
        Self { due: self.due.min(at).max(self.earliest), known: None, ..self }
    }

    /// Of a connection whose record recommends this.
    fn at(due: &Due, now: Instant) -> Self {
        Self {
            due: now + due.wait.min(LONGEST + Duration::from_secs(1)),
            known: Some(due.at),
            failures: due.failures,
            in_trouble: due.failures > 0,
            ..Self::unknown(now)
        }
    }
}

/// Two clocks that run beside each other differ by less than this between two looks: no reason to hasten anything.
const SAME: Duration = Duration::from_secs(1);
