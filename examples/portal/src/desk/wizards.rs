//! Wizards that are not finished, and what was typed into them.

use std::time::Duration;

use handclasp::{Draft, Timestamp};
use rusqlite::{OptionalExtension, TransactionBehavior};
use serde::{Deserialize, Serialize};

use super::{Desk, DeskError};
use crate::page_id::PageId;

/// How long a wizard is kept after it was last changed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Everything that was typed into a wizard, and how far it came. It holds no secret.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct WizardState {
    /// The URL as it was typed.
    pub(crate) typed_url: String,
    /// Whether *I don't have a URL* was chosen.
    pub(crate) no_url: bool,
    /// What is wrong with the URL.
    pub(crate) problem: Option<Problem>,
    /// The wizard, once its destination is known.
    pub(crate) draft: Option<Draft>,
    /// What is wrong with the admin pass.
    pub(crate) pass_problem: Option<Problem>,
    /// Whether somebody pressed *Initiate*, so that errors of the form are shown.
    pub(crate) tried: bool,
    /// Whether it was initiated.
    pub(crate) initiated: bool,
}

/// What is wrong with a field, in words.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// The stable name.
    pub(crate) code: String,
    /// What is wrong, and what to do.
    pub(crate) message: String,
    /// Whether trying again may help.
    pub(crate) try_again: bool,
}

/// A wizard as it is stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Saved {
    /// How often it was saved; 0 if it never was.
    pub(crate) version: i64,
    /// What is in it.
    pub(crate) state: WizardState,
}

/// Why a wizard was not saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    /// Somebody else saved it in the meantime, and this is what they saved.
    #[error("somebody else changed it in the meantime")]
    Changed(Box<Saved>),
    /// The database failed.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Desk {
    /// A wizard; a new one if nothing is stored under its id.
    pub(crate) async fn wizard(&self, id: &PageId) -> Result<Saved, DeskError> {
        let id = id.clone();
        self.call(move |database| Ok(read(database, &id)?.unwrap_or_default())).await
    }

    /// Saves a wizard if it still is at this version, and gives the next one. Saving what is there already is no change.
    pub(crate) async fn save_wizard(
        &self,
        id: &PageId,
        version: i64,
        state: WizardState,
    ) -> Result<i64, SaveError> {
        let id = id.clone();
        let saved = self.call(move |database| {
            let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let stored = read(&transaction, &id)?.unwrap_or_default();
            if stored.version > 0 && stored.state == state {
                return Ok(Ok(stored.version));
            }
            if stored.version != version {
                return Ok(Err(SaveError::Changed(Box::new(stored))));
            }
            let text = serde_json::to_string(&state).map_err(|error| DeskError::Content(error.into()))?;
            let now = seconds(Timestamp::now());
            transaction.execute(
                "INSERT OR REPLACE INTO wizards VALUES (?1, ?2, ?3, ?4)",
                (id.as_str(), version + 1, text, now),
            )?;
            let oldest = now.saturating_sub(i64::try_from(KEPT.as_secs()).unwrap_or(i64::MAX));
            transaction.execute("DELETE FROM wizards WHERE changed_at < ?1", [oldest])?;
            transaction.commit()?;
            Ok(Ok(version + 1))
        });
        saved.await?
    }

    /// The newest wizards that were not initiated, at most ten.
    pub(crate) async fn unfinished_wizards(&self) -> Result<Vec<(PageId, WizardState)>, DeskError> {
        self.call(|database| {
            let mut query = database.prepare_cached(
                "SELECT id, state FROM wizards
                 WHERE CASE WHEN json_valid(state) THEN NOT json_extract(state, '$.initiated') END
                 ORDER BY changed_at DESC LIMIT 10",
            )?;
            let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let mut unfinished = Vec::new();
            for row in rows {
                let (id, text) = row?;
                // One that cannot be read any more is for its own page to show.
                let Some(id) = PageId::parse(&id) else { continue };
                let Ok(state) = serde_json::from_str::<WizardState>(&text) else { continue };
                unfinished.push((id, state));
            }
            Ok(unfinished)
        })
        .await
    }

    /// Throws a wizard away.
    pub(crate) async fn discard_wizard(&self, id: &PageId) -> Result<(), DeskError> {
        let id = id.clone();
        self.call(move |database| {
            database.execute("DELETE FROM wizards WHERE id = ?1", [id.as_str()])?;
            Ok(())
        })
        .await
    }
}

fn read(database: &rusqlite::Connection, id: &PageId) -> Result<Option<Saved>, DeskError> {
    let row: Option<(i64, String)> = database
        .prepare_cached("SELECT version, state FROM wizards WHERE id = ?1")?
        .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(version, text)| {
        let state = serde_json::from_str(&text).map_err(|error| DeskError::Content(error.into()))?;
        Ok(Saved { version, state })
    })
    .transpose()
}

fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_secs()).unwrap_or(i64::MAX)
}
