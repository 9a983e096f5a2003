//! A writer that goes through the façade, and so sees what a program sees: what failed is worth repeating.

use std::sync::Arc;

use handclasp::{Connection, ConnectionId, ConnectionStore, ConnectionView, DecideError, InProcess, Node};

use super::answer::in_words;
use super::log::{Log, Progress};
use super::mark::Mark;
use super::writer::{PAUSE, gone};
use super::wrong::{Breach, Wrong};

/// What a clerk knows of its record.
#[derive(Debug)]
pub(super) struct Filed {
    pub(super) id: ConnectionId,
    /// What was acknowledged or seen last.
    last: Mark,
    /// What may have landed since.
    unclear: Vec<Mark>,
    acknowledged: u64,
    unclear_in_all: u64,
}

pub(super) struct Clerk<S> {
    node: Node<S, InProcess>,
    progress: Arc<Progress>,
    number: usize,
    log: Log,
}

impl<S: ConnectionStore> Clerk<S> {
    pub(super) fn new(node: Node<S, InProcess>, progress: Arc<Progress>, number: usize) -> Self {
        Self { node, progress, number, log: Log::default() }
    }

    /// Describes its connection again and again until it is told to stop.
    pub(super) async fn run(mut self, id: ConnectionId) -> (Filed, Log) {
        let mut filed =
            Filed { id, last: Mark::FIRST, unclear: Vec::new(), acknowledged: 0, unclear_in_all: 0 };
        let mut write = 0;
        while !self.progress.is_over() {
            write += 1;
            let mark = Mark { writer: self.number, write, total: 0 };
            if !self.describe(&mut filed, mark).await {
                tokio::time::sleep(PAUSE).await;
            }
            match self.node.get(id).await {
                Ok(view) => self.log.note(filed.seen(view.as_ref())),
                Err(error) => {
                    self.log.unread += 1;
                    self.log.failure(format!("a read failed: {}", in_words(&error)));
                }
            }
            tokio::task::yield_now().await;
        }
        (filed, self.log)
    }

    async fn describe(&mut self, filed: &mut Filed, mark: Mark) -> bool {
        let failure = match self.node.describe(filed.id, mark.description()).await {
            Ok(view) => {
                filed.last = mark;
                filed.unclear.clear();
                filed.acknowledged += 1;
                self.log.acknowledged += 1;
                self.progress.acknowledged();
                self.log.note(filed.seen(Some(&view)));
                return true;
            }
            Err(DecideError::Store(failure)) => failure,
            Err(error) => {
                self.log.wrong.add(Breach::Unhelpful.seen(in_words(&error)));
                return false;
            }
        };
        let words = in_words(&failure);
        match failure.code() {
            "store-failed" => self.log.failed += 1,
            "store-unclear" => {
                filed.unclear.push(mark);
                filed.unclear_in_all += 1;
                self.log.unclear += 1;
            }
            _ => self.log.wrong.add(Breach::Unhelpful.seen(words.clone())),
        }
        self.log.failure(format!("the façade said {}: {words}", failure.code()));
        false
    }
}

impl Filed {
    /// The store says that it is like this.
    pub(super) fn seen(&mut self, view: Option<&ConnectionView>) -> Result<(), Wrong> {
        let view = view.ok_or_else(gone)?;
        let mark = Mark::read(view.info.description())?;
        if mark != self.last && !self.unclear.contains(&mark) {
            let breach = if mark > self.last { Breach::Unmade } else { Breach::Lost };
            return Err(breach.seen(format!("{mark}, where {} was", self.last)));
        }
        self.last = mark;
        self.unclear.retain(|unclear| unclear.write > mark.write);
        Ok(())
    }

    /// How many unclear writes have landed, by the record's events, which count its changes.
    pub(super) fn landed(&self, view: &ConnectionView) -> Result<u64, Wrong> {
        // It was initiated, and got its first mark.
        let changes = view.events.last().map_or(0, |event| event.number.saturating_sub(2));
        let acknowledged = self.acknowledged;
        match changes.checked_sub(acknowledged) {
            Some(landed) if landed <= self.unclear_in_all => Ok(landed),
            landed => {
                let breach = if landed.is_none() { Breach::Lost } else { Breach::Unmade };
                let unclear = self.unclear_in_all;
                Err(breach.seen(format!("{changes} changes, {acknowledged} acknowledged, {unclear} unclear")))
            }
        }
    }

    /// Its record before the clerk begins.
    pub(super) fn first(number: usize) -> Connection {
        Mark::FIRST.on(1_000_000 + u64::try_from(number).expect("there are few clerks"))
    }
}
