//! What a side concludes from the reply to its own message.

use super::message::{Frame, Kind, Note, Report, is_not_recognised};
use super::{Outcome, Outgoing, answer, destination, due, report, source};
use crate::connection::{Connection, Errand, State, Switch, TroubleKind, WhoActs};
use crate::crypto::message_digest;
use crate::entropy::Entropy;
use crate::flat::flat;
use crate::instance::Instance;
use crate::time::Timestamp;

/// Concludes from the reply to the message that was [`due`], with the record as it is now.
///
/// A verified confirmation makes the connection `Active`, a verified refusal closes it, an acceptance that was fetched is
/// confirmed, refused or left to an admin, and a report tells where the other side stands. If the outcome has a
/// message, **send it at once, after the record is stored**, and conclude from the reply to that.
///
/// # Errors
/// The life cycle stays as it is, and the same message may be sent again, later; [`attempted`] writes down what went
/// wrong:
/// - [`ConcludeError::NotRecognised`]: the other side does not know the connection, or not yet, or no more.
/// - [`ConcludeError::Unverified`]: the reply is not the other side's answer to this message: an error page
///   of something in between, an answer to another message, noise.
#[expect(clippy::needless_pass_by_value, reason = "entropy is used once: whoever passes it has none left")]
pub fn conclude(
    connection: &Connection,
    request: &[u8],
    reply: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Outcome, ConcludeError> {
    if is_not_recognised(reply) {
        return Err(ConcludeError::NotRecognised);
    }
    let mut outcome =
        read(connection, request, reply, local, now, &entropy).ok_or(ConcludeError::Unverified)?;
    // Whatever it said, the other side was there.
    if let Some(health) = outcome.connection().unwrap_or(connection).health.after_contact(now) {
        outcome.connection.get_or_insert_with(|| connection.clone()).health = health;
    }
    Ok(outcome)
}

fn read(
    connection: &Connection,
    request: &[u8],
    reply: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: &Entropy,
) -> Option<Outcome> {
    let asked = Frame::parse(request)?;
    let frame = Frame::parse(reply).filter(|frame| frame.id == connection.id)?;
    if !frame.is_from(&answer::key_of(connection, frame.kind)?) {
        return None;
    }
    let is_answer = frame.names() == Some(message_digest(request));
    match (asked.kind, frame.kind) {
        (Kind::Accept, Kind::Confirm) if is_answer => {
            let outcome = destination::take_confirm(connection, &frame, reply, local, now)?;
            let says = outcome.message().and_then(Frame::parse).map(|said| said.kind);
            // A second source has to hear that it is one.
            let is_withdrawal = says == Some(Kind::Withdraw);
            Some(if is_withdrawal { addressed(connection, outcome) } else { going_on(outcome, request) })
        }
        (Kind::Accept, Kind::Waiting) if is_answer => {
            let outcome = destination::take_waiting(connection, &frame, reply, now)?;
            Some(going_on(outcome, request))
        }
        (Kind::Accept | Kind::Withdraw, Kind::Refuse) if is_answer => {
            let outcome = destination::take_refuse(connection, &frame, reply, now)?;
            Some(going_on(outcome, request))
        }
        // An acceptance and a withdrawal are the same whoever asks, so they name nothing that was asked.
        (Kind::Fetch, Kind::Accept) => {
            let outcome = source::take_accept(connection, &frame, reply, local, now, entropy)?;
            Some(addressed(connection, outcome))
        }
        (Kind::Fetch | Kind::Confirm | Kind::Waiting | Kind::Refuse, Kind::Withdraw) => {
            // Our acknowledgement is on its way only once this was stored.
            let outcome = source::take_withdraw(connection, &frame, reply, false, now)?;
            Some(addressed(connection, outcome))
        }
        (Kind::Fetch | Kind::Refuse, Kind::Noted) if is_answer => {
            Note::read(&frame)?;
            let State::Closed(closed) = &connection.state else { return Some(Outcome::nothing()) };
            Some(if closed.told { Outcome::nothing() } else { source::told(connection, closed, now) })
        }
        (Kind::Confirm | Kind::Waiting, Kind::Noted) if is_answer => {
            Note::read(&frame)?;
            Some(Outcome::nothing())
        }
        (Kind::Confirm | Kind::Waiting | Kind::Refuse | Kind::Report, Kind::Report) if is_answer => {
            let report = Report::read(&frame)?;
            let fresh = if asked.kind == Kind::Report { asked.seen()? } else { 0 };
            let outcome = report::take_note(connection, &report, Some(fresh), now);
            let changed = is_changed(connection, outcome.connection());
            let outcome = going_on(outcome, request);
            // A change is acknowledged at once; the first report tells of none.
            Some(if changed && outcome.message.is_none() { acknowledging(outcome) } else { outcome })
        }
        _ => None,
    }
}

/// With what is still to be said after this, in the place of what would be answered.
fn going_on(outcome: Outcome, request: &[u8]) -> Outcome {
    let news = outcome.connection().filter(|now| !now.is_acknowledged());
    let next = news.and_then(due).filter(|next| next.message != request);
    outcome.sending(next)
}

/// With where its message goes.
fn addressed(connection: &Connection, outcome: Outcome) -> Outcome {
    let now = outcome.connection().unwrap_or(connection);
    let to = now.claimed_remote().and_then(Instance::callable_url).cloned();
    Outcome { to, ..outcome }
}

/// With a report that tells the other side that its change was heard.
fn acknowledging(outcome: Outcome) -> Outcome {
    let next = outcome.connection.as_ref().and_then(|next| {
        let to = next.remote().and_then(Instance::callable_url).cloned();
        let message = report::compose(next, None)?;
        Some(Outgoing { to, message })
    });
    outcome.sending(next)
}

/// Whether the other side has switched it since it last reported.
fn is_changed(before: &Connection, after: Option<&Connection>) -> bool {
    let switch = |connection: &Connection| report::ledger(connection)?.theirs.as_ref().map(|it| it.switch);
    after.is_some_and(|after| switch(after).is_some_and(|is| is != switch(before).unwrap_or(Switch::On)))
}

/// Writes down that the other side was called and gave no answer that could be verified. The life cycle stays as it is.
///
/// That a source fetches, and the destination does not know the connection yet, is no trouble: nobody has accepted.
pub fn attempted(connection: &Connection, kind: TroubleKind, now: Timestamp) -> Outcome {
    // Of an acceptance that was fetched before, the destination should know.
    let is_early = kind == TroubleKind::NotRecognised
        && matches!(connection.errand(), Some((Errand::Fetch, _)))
        && !matches!(connection.state, State::Awaiting(_));
    let health = connection.health.after_attempt(Some(kind).filter(|_| !is_early), now);
    Outcome::becomes(Connection { health, ..connection.clone() })
}

/// Why nothing could be concluded from a reply. The record stays as it is; send the message again, later.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConcludeError {
    /// The other side does not know the connection.
    #[error(
        "the other side does not recognise the connection; it may have lost it, or not stored it yet: try again later"
    )]
    NotRecognised,
    /// The reply is not the other side's answer to the message.
    #[error(
        "the reply is not the other side's answer to this message; something in between may have answered: try again later"
    )]
    Unverified,
}

flat! { ConcludeError }

impl ConcludeError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotRecognised => "not-recognised",
            Self::Unverified => "unverified",
        }
    }

    /// Who has to act: nobody, because the same message may get another reply later.
    #[must_use]
    pub const fn who_acts(self) -> WhoActs {
        WhoActs::Nobody
    }

    /// Whether sending the same message again may help: yes.
    #[must_use]
    pub const fn retry_helps(self) -> bool {
        true
    }
}

impl From<ConcludeError> for TroubleKind {
    fn from(error: ConcludeError) -> Self {
        match error {
            ConcludeError::NotRecognised => Self::NotRecognised,
            ConcludeError::Unverified => Self::Unverified,
        }
    }
}
