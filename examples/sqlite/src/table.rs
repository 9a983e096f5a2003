//! The statements. Whoever calls them has a transaction around those that belong together.

use handclasp::{Connection, ConnectionId, InstanceUid, ListQuery, Order, Page, Phase, Revision, Stored};
use rusqlite::{OptionalExtension, Row, params};

use crate::error::SqliteError;

/// The records of one instance.
pub(crate) struct Table<'a> {
    database: &'a rusqlite::Connection,
    instance: &'a str,
}

impl<'a> Table<'a> {
    pub(crate) fn of(instance: &'a InstanceUid, database: &'a rusqlite::Connection) -> Self {
        Self { database, instance: instance.as_str() }
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Result<Option<Stored>, SqliteError> {
        let mut statement = self.database.prepare_cached(
            "SELECT rowid, revision, record FROM connections WHERE instance = ?1 AND id = ?2",
        )?;
        let mut rows = statement.query(params![self.instance, id.as_bytes()])?;
        rows.next()?.map(stored).transpose()
    }

    /// The revision of the record, if there is one.
    pub(crate) fn revision(&self, id: ConnectionId) -> rusqlite::Result<Option<Revision>> {
        self.database
            .prepare_cached("SELECT revision FROM connections WHERE instance = ?1 AND id = ?2")?
            .query_row(params![self.instance, id.as_bytes()], |row| revision(row, 0))
            .optional()
    }

    pub(crate) fn insert(&self, connection: &Connection) -> rusqlite::Result<Revision> {
        self.put(
            "INSERT INTO connections (instance, id, phase, revision, record) VALUES (?1, ?2, ?3, ?4, ?5)",
            connection,
        )
    }

    pub(crate) fn replace(&self, connection: &Connection) -> rusqlite::Result<Revision> {
        self.put(
            "UPDATE connections SET phase = ?3, revision = ?4, record = ?5 WHERE instance = ?1 AND id = ?2",
            connection,
        )
    }

    pub(crate) fn remove(&self, id: ConnectionId) -> rusqlite::Result<()> {
        self.database
            .prepare_cached("DELETE FROM connections WHERE instance = ?1 AND id = ?2")?
            .execute(params![self.instance, id.as_bytes()])?;
        Ok(())
    }

    /// The page that was asked for.
    pub(crate) fn page(&self, query: &ListQuery) -> Result<Page<Stored>, SqliteError> {
        let mut statement = self.database.prepare_cached(&page_statement(query))?;
        // A page begins behind an id: the first one behind what is no id, as a UUID of version 7 has ones and zeros.
        let beginning = match query.order {
            Order::OldestFirst => [0x00; ConnectionId::BYTES],
            Order::NewestFirst => [0xff; ConnectionId::BYTES],
        };
        let after = query.after.as_ref().map_or(&beginning, ConnectionId::as_bytes);
        let phase = query.phase.map(Phase::code);
        // One more than asked tells whether there is a next page.
        let limit = query.page_size() + 1;
        let mut rows = statement.query(params![self.instance, phase, after, limit])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(stored(row)?);
        }
        let is_more = items.len() > query.page_size();
        items.truncate(query.page_size());
        let next = items.last().map(|stored| stored.connection.id()).filter(|_| is_more);
        Ok(Page::new(items, next))
    }

    /// Writes the record at a revision that none has had before.
    fn put(&self, statement: &str, connection: &Connection) -> rusqlite::Result<Revision> {
        let number = self
            .database
            .prepare_cached("UPDATE last_revision SET revision = revision + 1 RETURNING revision")?
            .query_row([], |row| row.get(0))?;
        self.database.prepare_cached(statement)?.execute(params![
            self.instance,
            connection.id().as_bytes(),
            connection.phase().code(),
            number,
            connection.to_secret_bytes().expose_bytes(),
        ])?;
        Ok(Revision::new(number))
    }
}

/// Each of the four is one range of one index, in its order, so that a page takes the same time wherever it is. Two
/// statements in one, with `(?2 IS NULL OR phase = ?2)`, would go through all phases.
fn page_statement(query: &ListQuery) -> String {
    let (behind, order) = match query.order {
        Order::OldestFirst => (">", "ASC"),
        Order::NewestFirst => ("<", "DESC"),
    };
    let phase = if query.phase.is_some() { "phase = ?2" } else { "?2 IS NULL" };
    format!(
        "SELECT rowid, revision, record FROM connections
         WHERE instance = ?1 AND {phase} AND id {behind} ?3 ORDER BY id {order} LIMIT ?4"
    )
}

fn stored(row: &Row<'_>) -> Result<Stored, SqliteError> {
    // Read where SQLite has them: a copy of the secrets would not be wiped from memory.
    let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    match Connection::from_secret_bytes(bytes) {
        Ok(connection) => Ok(Stored::new(connection, revision(row, 1)?)),
        Err(source) => Err(SqliteError::Record { row: row.get(0)?, source }),
    }
}

fn revision(row: &Row<'_>, column: usize) -> rusqlite::Result<Revision> {
    row.get(column).map(Revision::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What SQLite says that it will do.
    fn plan(query: ListQuery) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let database = crate::schema::open(&folder.path().join("connections.db")).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", page_statement(&query));
        let mut statement = database.prepare(&sql).unwrap();
        let rows = statement.query_map(params!["", Some(""), [0u8; 16], 1], |row| row.get("detail")).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn each_page_is_one_range_of_one_index_and_nothing_is_sorted() {
        for query in [ListQuery::oldest_first(), ListQuery::newest_first()] {
            let behind = match query.order {
                Order::OldestFirst => '>',
                Order::NewestFirst => '<',
            };
            let key = format!(
                "SEARCH connections USING INDEX sqlite_autoindex_connections_1 (instance=? AND id{behind}?)"
            );
            assert_eq!(plan(query), [key]);
            let phase = format!(
                "SEARCH connections USING INDEX connections_by_phase (instance=? AND phase=? AND id{behind}?)"
            );
            assert_eq!(plan(query.in_phase(Phase::Pending)), [phase]);
        }
    }
}
