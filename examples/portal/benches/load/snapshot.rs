//! Everything that is stored, to see whether it has changed.

use handclasp::{ConnectionStore, ListQuery, Phase};
use rusqlite::OpenFlags;
use sha2::{Digest, Sha256};

use crate::portal::Portal;

/// Everything that a portal has stored: its connections with their revisions, and what is in its own database.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Snapshot {
    /// How many connections there are.
    pub(crate) connections: usize,
    /// What all of it hashes to.
    hash: [u8; 32],
    /// How many rows each table of the portal's own database has.
    rows: Vec<(&'static str, usize)>,
}

/// The tables of the portal's own database.
const TABLES: [&str; 4] = ["company", "admins", "sessions", "wizards"];

pub(crate) async fn of<S: ConnectionStore>(portal: &Portal, store: &S) -> Snapshot {
    let mut hash = Sha256::new();
    let mut connections = 0;
    let mut query = ListQuery::oldest_first().limit(ListQuery::MAX_LIMIT);
    loop {
        let page = store.list(&query).await.unwrap();
        for stored in &page.items {
            hash.update(stored.connection.to_secret_bytes().expose_bytes());
            hash.update(stored.revision.number().to_be_bytes());
        }
        connections += page.items.len();
        match page.next {
            Some(next) => query = query.after(next),
            None => break,
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(portal.folder().join("portal.db"), flags).unwrap();
    let rows = TABLES.map(|table| (table, add(&mut hash, &database, table))).to_vec();
    Snapshot { connections, hash: hash.finalize().into(), rows }
}

/// Adds a table to the hash, and gives the number of its rows.
fn add(hash: &mut Sha256, database: &rusqlite::Connection, table: &str) -> usize {
    let mut statement = database.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut count = 0;
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            hash.update(format!("{:?}", row.get_ref(column).unwrap()));
        }
        count += 1;
    }
    count
}

/// How many connections are in this phase.
pub(crate) async fn count<S: ConnectionStore>(store: &S, phase: Phase) -> usize {
    let mut count = 0;
    let mut query = ListQuery::oldest_first().limit(ListQuery::MAX_LIMIT).in_phase(phase);
    loop {
        let page = store.list(&query).await.unwrap();
        count += page.items.len();
        match page.next {
            Some(next) => query = query.after(next),
            None => return count,
        }
    }
}
