//! The store of one instance: a statement for each of its methods.

use std::fmt;

use bytes::BytesMut;
use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, InstanceUid, ListQuery, Order, Page, Revision,
    Stored, UpdateError,
};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use crate::call::CallError;
use crate::{Database, PostgresError};

const GET: &str = "SELECT revision, record FROM handclasp_connections WHERE instance = $1 AND id = $2";

/// Gives the revision, or no row if the id is there.
const INSERT: &str = "
    INSERT INTO handclasp_connections (instance, id, phase, revision, record)
    VALUES ($1, $2, $3, nextval('handclasp_revisions'), $4)
    ON CONFLICT (instance, id) DO NOTHING
    RETURNING revision";

/// Gives the new revision, NULL if the record is at another one, and no row if there is no record.
///
/// A plain `UPDATE … WHERE revision = $5` is a compare-and-swap, too, but whoever asks afterwards why it has changed
/// nothing, even in the same statement, sees the table of another moment: at READ COMMITTED the statement sees it as it
/// was when it began, except for the row that it has waited for. So it first locks the row, which waits for whoever is
/// writing it and gives its newest state, and then decides everything by that.
const UPDATE: &str = "
    WITH found AS MATERIALIZED (
        SELECT revision FROM handclasp_connections WHERE instance = $1 AND id = $2 FOR NO KEY UPDATE
    ), changed AS (
        UPDATE handclasp_connections AS it
        SET phase = $3, revision = nextval('handclasp_revisions'), record = $4
        FROM found WHERE it.instance = $1 AND it.id = $2 AND found.revision = $5
        RETURNING it.revision
    )
    SELECT (SELECT revision FROM changed) FROM found";

/// Gives what [`UPDATE`] gives, with the old revision for the new one.
const REMOVE: &str = "
    WITH found AS MATERIALIZED (
        SELECT revision FROM handclasp_connections WHERE instance = $1 AND id = $2 FOR UPDATE
    ), removed AS (
        DELETE FROM handclasp_connections AS it
        USING found WHERE it.instance = $1 AND it.id = $2 AND found.revision = $3
        RETURNING it.revision
    )
    SELECT (SELECT revision FROM removed) FROM found";

const ASCENDING: &str = "
    SELECT revision, record FROM handclasp_connections
    WHERE instance = $1 AND id > $2 ORDER BY id LIMIT $3";
const DESCENDING: &str = "
    SELECT revision, record FROM handclasp_connections
    WHERE instance = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
const ASCENDING_IN_PHASE: &str = "
    SELECT revision, record FROM handclasp_connections
    WHERE instance = $1 AND id > $2 AND phase = $4 ORDER BY id LIMIT $3";
const DESCENDING_IN_PHASE: &str = "
    SELECT revision, record FROM handclasp_connections
    WHERE instance = $1 AND id < $2 AND phase = $4 ORDER BY id DESC LIMIT $3";

/// The connections of one instance, made by [`Database::store`]. Clones, and stores of the same instance, share them.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    database: Database,
    instance: InstanceUid,
}

impl PostgresStore {
    pub(crate) const fn new(database: Database, instance: InstanceUid) -> Self {
        Self { database, instance }
    }

    /// Calls [`UPDATE`] or [`REMOVE`].
    async fn swap(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Revision, UpdateError<PostgresError>> {
        let rows = self.database.call(sql, values).await?;
        let found = rows.first().ok_or(UpdateError::Missing)?;
        revision(found).map_err(CallError::from)?.ok_or(UpdateError::Conflict)
    }
}

impl ConnectionStore for PostgresStore {
    type Error = PostgresError;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Self::Error> {
        let rows = self
            .database
            .call(GET, &[&self.instance.as_str(), &uuid(id)])
            .await
            .map_err(CallError::into_cause)?;
        rows.first().map(stored).transpose()
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Self::Error>> {
        let bytes = connection.to_secret_bytes();
        let (id, phase) = (uuid(connection.id()), connection.phase().code());
        let record = Record(bytes.expose_bytes());
        let rows = self.database.call(INSERT, &[&self.instance.as_str(), &id, &phase, &record]).await?;
        let inserted = rows.first().ok_or(InsertError::AlreadyExists)?;
        revision(inserted).map_err(CallError::from)?.ok_or(InsertError::AlreadyExists)
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Self::Error>> {
        let bytes = connection.to_secret_bytes();
        let (id, phase) = (uuid(connection.id()), connection.phase().code());
        let record = Record(bytes.expose_bytes());
        self.swap(UPDATE, &[&self.instance.as_str(), &id, &phase, &record, &number(expected)]).await
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Self::Error>> {
        self.swap(REMOVE, &[&self.instance.as_str(), &uuid(id), &number(expected)]).await.map(drop)
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Self::Error> {
        // No id is the first UUID there is, or the last: those have other versions.
        let (sql, sql_in_phase, from) = match query.order {
            Order::OldestFirst => (ASCENDING, ASCENDING_IN_PHASE, Uuid::nil()),
            Order::NewestFirst => (DESCENDING, DESCENDING_IN_PHASE, Uuid::max()),
        };
        let (instance, after) = (self.instance.as_str(), query.after.map_or(from, uuid));
        // One more than asked tells whether there is a next page.
        let size = query.page_size();
        let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
        let rows = match query.phase {
            None => self.database.call(sql, &[&instance, &after, &limit]).await,
            Some(phase) => {
                self.database.call(sql_in_phase, &[&instance, &after, &limit, &phase.code()]).await
            }
        };
        let rows = rows.map_err(CallError::into_cause)?;
        let items = rows.iter().take(size).map(stored).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().map(|stored| stored.connection.id()).filter(|_| rows.len() > size);
        Ok(Page::new(items, next))
    }
}

fn uuid(id: ConnectionId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// The revision as the database has it. It has none beyond its own numbers, which begin with 1: those are like -1, which
/// no record is at.
fn number(revision: Revision) -> i64 {
    i64::try_from(revision.number()).unwrap_or(-1)
}

/// The revision in the first column.
fn revision(row: &Row) -> Result<Option<Revision>, Error> {
    Ok(row.try_get::<_, Option<i64>>(0)?.map(|number| Revision::new(number.unsigned_abs())))
}

fn stored(row: &Row) -> Result<Stored, PostgresError> {
    let number: i64 = row.try_get(0)?;
    let connection = Connection::from_secret_bytes(row.try_get(1)?)?;
    Ok(Stored::new(connection, Revision::new(number.unsigned_abs())))
}

/// The bytes of a record, without a `Debug` that shows them: the client logs the values of its statements.
struct Record<'a>(&'a [u8]);

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} secret bytes)", self.0.len())
    }
}

impl ToSql for Record<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.0.to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <&[u8] as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}
