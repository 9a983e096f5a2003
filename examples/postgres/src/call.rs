//! Calling the database, and telling what certainly was not done from what may have been.

use std::future::Future;

use deadpool_postgres::{Client, Object};
use handclasp::{InsertError, UpdateError};
use tokio::time::timeout;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::{Database, PostgresError};

/// How often a statement is repeated that was rolled back because of others, before that is a failure.
const REPEATS: usize = 10;

/// Why a call failed, and what that means for a write.
#[derive(Debug)]
pub(crate) enum CallError {
    /// Nothing was done.
    Failed(PostgresError),
    /// It may have been done, or will be in a moment.
    Unclear(PostgresError),
}

impl Database {
    /// Executes one statement, which is a transaction of its own, and gives its rows.
    pub(crate) async fn call(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, CallError> {
        let client = self.client().await.map_err(CallError::Failed)?;
        let result = self.execute(&client, sql, values).await;
        if result.is_err() {
            // Nobody else gets a connection on which something went wrong: it may be dead without knowing, late with an
            // answer, or hold a statement that does not fit the tables any more.
            drop(Object::take(client));
        }
        result
    }

    async fn execute(
        &self,
        client: &Client,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, CallError> {
        // Preparing does nothing yet, so its failures are clear.
        let statement = self.answer(client.prepare_cached(sql)).await.map_err(CallError::Failed)?;
        let mut repeats = 0;
        loop {
            // The rows are complete when the server is ready for the next statement, and not before this one is committed.
            match self.answer(client.query(&statement, values)).await {
                Err(PostgresError::Database(error)) if repeats < REPEATS && is_worth_repeating(&error) => {
                    repeats += 1;
                }
                result => return result.map_err(CallError::of),
            }
        }
    }

    async fn answer<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, PostgresError> {
        let limit = self.limits().answer;
        Ok(timeout(limit, call).await.map_err(|_| PostgresError::AnswerTimeout(limit))??)
    }
}

impl CallError {
    /// Of a statement that was sent.
    fn of(error: PostgresError) -> Self {
        let is_clear = matches!(&error, PostgresError::Database(error) if is_rolled_back(error));
        if is_clear { Self::Failed(error) } else { Self::Unclear(error) }
    }

    pub(crate) fn into_cause(self) -> PostgresError {
        match self {
            Self::Failed(error) | Self::Unclear(error) => error,
        }
    }
}

/// The answer was there, but is not what was asked for.
impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Unclear(error.into())
    }
}

impl From<CallError> for InsertError<PostgresError> {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Failed(error) => Self::Failed(error),
            CallError::Unclear(error) => Self::Unclear(error),
        }
    }
}

impl From<CallError> for UpdateError<PostgresError> {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Failed(error) => Self::Failed(error),
            CallError::Unclear(error) => Self::Unclear(error),
        }
    }
}

/// Whether the server itself says that it did not do what the statement said.
///
/// An `ERROR` does: it rolls the statement back. `FATAL` (57P01, the server is shut down) and `PANIC` end the connection,
/// and may come behind the commit; a connection that just ends says nothing at all. Servers and proxies that do not know
/// the outcome themselves say so with an error of class 08, or with 40003.
fn is_rolled_back(error: &Error) -> bool {
    error.as_db_error().is_some_and(|answer| {
        let code = answer.code();
        answer.parsed_severity() == Some(Severity::Error)
            && !code.code().starts_with("08")
            && *code != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
    })
}

/// Whether a statement was rolled back only because others ran at the same time: in a deadlock, or where somebody has
/// chosen a stricter level than READ COMMITTED. By itself that says neither `Conflict` nor `Missing` nor `AlreadyExists`;
/// once more does.
fn is_worth_repeating(error: &Error) -> bool {
    let others = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    is_rolled_back(error) && error.code().is_some_and(|code| others.contains(code))
}
