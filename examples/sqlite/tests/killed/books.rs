//! What was said, and whether the database agrees.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::path::Path;

use handclasp::{ConnectionStore, ListQuery, Phase};
use handclasp_sqlite::SqliteStore;

use super::course;
use super::process::Said;

/// A record's revision and phase, or that it is gone.
type State = Option<(u64, Phase)>;

#[derive(Default)]
pub(crate) struct Books {
    /// What was acknowledged last, by the record's number. Without an entry, it was never there.
    known: HashMap<u64, State>,
    /// What was tried, and neither acknowledged nor looked up since.
    tried: HashMap<u64, Option<Phase>>,
    /// Of all records: one counter counts for all.
    revisions: HashSet<u64>,
    acknowledged: usize,
    kills: usize,
    logs: usize,
    landed: usize,
    lost: usize,
}

impl Books {
    /// Enters what a process said. Whether it is an acknowledgement.
    pub(crate) fn enter(&mut self, said: Said) -> bool {
        match said {
            Said::Tries(number, phase) => {
                assert!(self.tried.insert(number, phase).is_none(), "a writer does one thing at a time");
                false
            }
            Said::Did(number, revision) => {
                let phase = self.tried.remove(&number).expect("what was done was tried");
                self.used(number, revision, phase);
                self.acknowledged += 1;
                true
            }
        }
    }

    /// The record is in this state now, which no other write has made.
    fn used(&mut self, number: u64, revision: u64, phase: Option<Phase>) {
        if phase.is_some() {
            assert!(self.revisions.insert(revision), "revision {revision} has come back, on record {number}");
        }
        self.known.insert(number, phase.map(|phase| (revision, phase)));
    }

    /// Counts a kill, and whether it has left a log behind that is not empty.
    pub(crate) fn log(&mut self, file: &Path) {
        self.kills += 1;
        let log = fs::metadata(file.with_extension("db-wal"));
        self.logs += usize::from(log.is_ok_and(|log| log.len() > 0));
    }

    /// The records of a process that was killed are what it was told last, or what it had tried to make of them.
    pub(crate) async fn compare(&mut self, store: &SqliteStore, records: Range<u64>) {
        let listed = listed(store).await;
        for number in records {
            let course = course(number);
            let id = course.pending.id();
            let stored = store.get(id).await.unwrap();
            let found = stored.as_ref().map(|stored| (stored.revision.number(), stored.connection.phase()));
            if let Some(stored) = &stored {
                let whole = course.in_phase(stored.connection.phase()).to_secret_bytes();
                assert_eq!(stored.connection.to_secret_bytes().expose_bytes(), whole.expose_bytes());
            }
            let in_lists: Vec<_> =
                listed.iter().filter(|(listed, _)| *listed == id).map(|(_, at)| *at).collect();
            assert_eq!(
                in_lists,
                found.into_iter().collect::<Vec<_>>(),
                "the index and the table of {number}"
            );

            let known = self.known.get(&number).copied().flatten();
            match self.tried.remove(&number) {
                None => assert_eq!(found, known, "record {number} is not as it was acknowledged"),
                Some(_) if found == known => self.lost += 1,
                Some(phase) => {
                    assert_eq!(found.map(|(_, phase)| phase), phase, "record {number} was {known:?}");
                    self.used(number, found.map_or(0, |(revision, _)| revision), phase);
                    self.landed += 1;
                }
            }
        }
    }

    /// SQLite finds nothing wrong.
    pub(crate) fn check(&self, file: &Path) {
        let database = rusqlite::Connection::open(file).unwrap();
        let result: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(result, "ok", "after {} kills", self.kills);
    }

    pub(crate) fn print(&self) {
        let Self { acknowledged, kills, logs, landed, lost, .. } = self;
        println!(
            "killed: {kills} processes, {logs} of them with a log that was not empty; {acknowledged} writes \
             acknowledged, none lost; {} not acknowledged, of which {landed} had landed",
            landed + lost,
        );
        assert!(*landed > 0 && *lost > 0, "no process was killed within a write");
    }
}

/// By the index of the phases.
async fn listed(store: &SqliteStore) -> Vec<(handclasp::ConnectionId, (u64, Phase))> {
    let mut all = Vec::new();
    for phase in Phase::ALL {
        let page = store.list(&ListQuery::oldest_first().in_phase(*phase).limit(1000)).await.unwrap();
        all.extend(
            page.items.iter().map(|stored| (stored.connection.id(), (stored.revision.number(), *phase))),
        );
    }
    all
}
