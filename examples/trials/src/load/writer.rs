//! A writer: it reads a record, writes it, and writes down what the store said.

use std::sync::Arc;
use std::time::Duration;

use handclasp::conformance::Course;
use handclasp::{ConnectionId, ConnectionStore, Revision, Stored};

use super::answer::{Answer, in_words};
use super::log::{Log, Progress};
use super::mark::Mark;
use super::own::{Own, Write};
use super::shared::Shared;
use super::wrong::{Breach, Wrong};

/// How many records each writer has for itself.
const OWN: usize = 2;
/// How many records all writers write.
pub(super) const SHARED: usize = 3;
/// How long a writer waits after a failure, so that it is not the writers who keep an engine from recovering.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// A record, and what is known of it.
#[derive(Debug)]
pub(super) struct Record<K> {
    pub(super) number: u64,
    pub(super) id: ConnectionId,
    pub(super) known: K,
}

impl<K: Default> Record<K> {
    fn new(number: usize) -> Self {
        let number = u64::try_from(number).expect("there are few records");
        Self { number, id: Course::pending(number).unwrap().id(), known: K::default() }
    }

    /// The records that everybody writes.
    pub(super) fn shared() -> Vec<Self> {
        (0..SHARED).map(Self::new).collect()
    }

    /// The records of one writer.
    pub(super) fn own(writer: usize) -> Vec<Self> {
        (0..OWN).map(|index| Self::new(SHARED + OWN * writer + index)).collect()
    }
}

/// What a store says that a record is.
pub(super) fn marked(stored: Option<&Stored>) -> Result<Option<(Revision, Mark)>, Wrong> {
    let Some(stored) = stored else { return Ok(None) };
    Ok(Some((stored.revision, Mark::read(stored.connection.info().description())?)))
}

/// For records that are never removed.
pub(super) fn gone() -> Wrong {
    Breach::Lost.seen("no record, and nobody removes it".to_owned())
}

/// What a writer knows in the end.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) own: Vec<Record<Own>>,
    pub(super) shared: Vec<Record<Shared>>,
    pub(super) log: Log,
}

pub(super) struct Writer<S> {
    store: S,
    progress: Arc<Progress>,
    number: usize,
    writes: usize,
    log: Log,
}

impl<S: ConnectionStore> Writer<S> {
    pub(super) fn new(store: S, progress: Arc<Progress>, number: usize) -> Self {
        Self { store, progress, number, writes: 0, log: Log::default() }
    }

    /// Writes until it is told to stop.
    pub(super) async fn run(mut self) -> Known {
        let mut own = Record::own(self.number);
        let mut shared = Record::shared();
        while !self.progress.is_over() {
            for record in &mut own {
                self.write_own(record).await;
            }
            let turn = self.writes % SHARED;
            for record in shared.iter_mut().skip(turn).take(1) {
                self.write_shared(record).await;
            }
        }
        Known { own, shared, log: self.log }
    }

    async fn write_own(&mut self, record: &mut Record<Own>) {
        let Some(seen) = self.read(record.id).await else { return };
        self.log.note(record.known.seen(seen));
        let mark = self.mark(0);
        let at = record.known.revision();
        // Each record is inserted, updated some times, removed, and inserted again.
        let leaves = (at.is_none() || !mark.write.is_multiple_of(5)).then_some(mark);
        let write = Write { at, leaves };
        match self.write(record.id, record.number, at, leaves).await {
            Answer::Done(revision) => self.log.note(record.known.acknowledged(write, revision)),
            Answer::Refused(how) => self.log.note(record.known.refused(write, how)),
            Answer::Failed(_) => {}
            Answer::Unclear(_) => record.known.unclear(write),
        }
    }

    async fn write_shared(&mut self, record: &mut Record<Shared>) {
        let Some(seen) = self.read(record.id).await else { return };
        let Some((at, before)) = seen else {
            return self.log.wrong.add(gone());
        };
        self.log.note(record.known.seen(at, before));
        let mark = self.mark(before.total + 1);
        match self.write(record.id, record.number, Some(at), Some(mark)).await {
            Answer::Done(revision) => {
                let revision = revision.expect("an update gives a revision");
                self.log.note(record.known.acknowledged(mark, revision));
            }
            Answer::Refused("missing") => {
                let seen = "missing, of a record that nobody removes".to_owned();
                self.log.wrong.add(Breach::Refused.seen(seen));
            }
            Answer::Refused(_) => record.known.refused(at),
            Answer::Failed(_) => {}
            Answer::Unclear(_) => record.known.unclear(mark),
        }
    }

    fn mark(&mut self, total: usize) -> Mark {
        self.writes += 1;
        Mark { writer: self.number, write: self.writes, total }
    }

    /// The record as it is; `None` if it could not be read.
    async fn read(&mut self, id: ConnectionId) -> Option<Option<(Revision, Mark)>> {
        match self.store.get(id).await {
            Ok(stored) => match marked(stored.as_ref()) {
                Ok(seen) => return Some(seen),
                Err(wrong) => self.log.wrong.add(wrong),
            },
            Err(error) => {
                self.log.unread += 1;
                self.log.failure(format!("a read failed: {}", in_words(&error)));
            }
        }
        tokio::time::sleep(PAUSE).await;
        None
    }

    async fn write(
        &mut self,
        id: ConnectionId,
        number: u64,
        at: Option<Revision>,
        leaves: Option<Mark>,
    ) -> Answer {
        let connection = leaves.map(|mark| mark.on(number));
        let answer = Answer::to(&self.store, id, at, connection.as_ref()).await;
        match &answer {
            Answer::Done(_) => {
                self.log.acknowledged += 1;
                self.progress.acknowledged();
            }
            Answer::Refused(_) => self.log.refused += 1,
            Answer::Failed(words) => {
                self.log.failed += 1;
                self.log.failure(format!("a write failed: {words}"));
                tokio::time::sleep(PAUSE).await;
            }
            Answer::Unclear(words) => {
                self.log.unclear += 1;
                self.log.failure(format!("a write is unclear: {words}"));
                tokio::time::sleep(PAUSE).await;
            }
        }
        // A store that never waits would keep the other writers from their turn.
        tokio::task::yield_now().await;
        answer
    }
}
