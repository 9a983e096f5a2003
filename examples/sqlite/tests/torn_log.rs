//! Wherever a kill cuts off what was written, the database opens to whole writes.
//!
//! Until the log is copied into the database, SQLite only appends to it; a process that is killed leaves the beginning of
//! what it would have written. So all beginnings are all moments at which it can be killed: between any two statements, in
//! a statement, and half way through a page. A loss of power may leave zeros behind it, too.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use handclasp::conformance::Course;
use handclasp::{ConnectionId, ConnectionStore, InstanceUid, ListQuery, Phase, Revision};
use handclasp_sqlite::SqliteStore;
use support::Folder;

/// What a database holds.
type State = Vec<(ConnectionId, Phase, Revision)>;

/// The header of the log, and a part of each page in it: four make a page of 4096 bytes and its own header.
const HEADER: usize = 32;
const QUARTER: usize = 1030;

#[tokio::test]
async fn every_beginning_of_the_log_opens_to_the_writes_that_are_whole_in_it() {
    let folder = Folder::new();
    let store = open(&folder.file());
    let mut history = vec![(0, State::new())];
    let (one, two) = (Course::of(1).unwrap(), Course::of(2).unwrap());
    let first = store.insert(&one.pending).await.unwrap();
    history.push((log_length(&folder), state(&store).await));
    let second = store.update(&one.awaiting, first).await.unwrap();
    history.push((log_length(&folder), state(&store).await));
    store.insert(&two.accepting).await.unwrap();
    history.push((log_length(&folder), state(&store).await));
    store.remove(one.pending.id(), second).await.unwrap();
    history.push((log_length(&folder), state(&store).await));
    store.insert(&one.active).await.unwrap();
    history.push((log_length(&folder), state(&store).await));

    let (database, log) = (fs::read(folder.file()).unwrap(), fs::read(log_of(&folder.file())).unwrap());
    let mut seen = vec![0; history.len()];
    for length in (HEADER..=log.len()).step_by(QUARTER).chain([0, log.len()]) {
        let whole = history.iter().rposition(|(needed, _)| *needed <= length).unwrap();
        seen[whole] += 1;
        let cut_off = log[..length].to_vec();
        let mut with_zeros = cut_off.clone();
        with_zeros.resize(log.len(), 0);
        for log in [cut_off, with_zeros] {
            let folder = Folder::new();
            fs::write(folder.file(), &database).unwrap();
            fs::write(log_of(&folder.file()), log).unwrap();
            let store = open(&folder.file());
            assert_eq!(state(&store).await, history[whole].1, "after {length} bytes of the log");
            goes_on(&store, &history[whole].1).await;
        }
    }
    println!("torn log: {} beginnings, and these of each state: {seen:?}", seen.iter().sum::<usize>());
    // Behind the last state there is nothing to cut into.
    seen.pop();
    assert!(seen.iter().all(|times| *times > 4), "a write was not cut into: {seen:?}");
}

/// What is written next has a revision that nothing there has.
async fn goes_on(store: &SqliteStore, state: &State) {
    let revision = store.insert(&Course::pending(3).unwrap()).await.unwrap();
    assert!(state.iter().all(|(_, _, earlier)| *earlier != revision));
}

fn open(file: &Path) -> SqliteStore {
    SqliteStore::open(file, InstanceUid::parse("a").unwrap()).unwrap()
}

fn log_of(file: &Path) -> PathBuf {
    file.with_extension("db-wal")
}

fn log_length(folder: &Folder) -> usize {
    fs::metadata(log_of(&folder.file())).unwrap().len().try_into().unwrap()
}

/// By the table, by the index, and by the key: all three must agree.
async fn state(store: &SqliteStore) -> State {
    let mut state = State::new();
    for stored in store.list(&ListQuery::oldest_first()).await.unwrap().items {
        let (id, phase) = (stored.connection.id(), stored.connection.phase());
        assert_eq!(store.get(id).await.unwrap().unwrap().revision, stored.revision);
        state.push((id, phase, stored.revision));
    }
    for phase in Phase::ALL {
        let listed = store.list(&ListQuery::oldest_first().in_phase(*phase)).await.unwrap().items;
        let ids: Vec<_> = listed.iter().map(|stored| stored.connection.id()).collect();
        let expected: Vec<_> = state.iter().filter(|(_, p, _)| p == phase).map(|(id, ..)| *id).collect();
        assert_eq!(ids, expected, "{phase:?}");
    }
    state
}
