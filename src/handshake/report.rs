//! Reports: how each side learns where the other stands.

use super::message::{Frame, Report, message_digest, not_recognised};
use super::outcome::Outcome;
use crate::connection::{Connection, EventKind, Link, Role, State};
use crate::instance::Instance;
use crate::time::{Actor, Timestamp};

/// The number of a side's first state: not 0, which stands for "none seen".
pub(super) fn first_sequence(now: Timestamp) -> u64 {
    now.as_millis().max(1)
}

/// Our own report, as a request or as the answer to one.
pub(super) fn compose(
    connection: &Connection,
    link: &Link,
    local: &Instance,
    answered: Option<&[u8]>,
) -> Vec<u8> {
    let report = Report {
        answers: answered.map(message_digest),
        uid: local.uid().clone(),
        node_url: local.callable_url().cloned(),
        sequence: link.sequence,
        seen: link.seen,
    };
    report.seal(connection.id, &link.secret.report_key(connection.role))
}

/// Answers the other side's report.
pub(super) fn answer(
    connection: &Connection,
    link: &Link,
    frame: &Frame<'_>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
) -> Outcome {
    let Some(report) = Report::read(frame) else { return Outcome::only(not_recognised()) };
    let mut outcome = take_note(connection, link, &report, now);
    let changed = outcome.connection.as_ref().and_then(Connection::link);
    outcome.message = Some(if report.answers.is_some() {
        // An answer is never answered, or two sides would talk for ever.
        not_recognised()
    } else {
        compose(connection, changed.unwrap_or(link), local, Some(message))
    });
    outcome
}

/// What a verified report changes: the other side is known to be active, and its state's number.
///
/// A duplicated, late or replayed report has no higher number, and changes nothing.
pub(super) fn take_note(connection: &Connection, link: &Link, report: &Report, now: Timestamp) -> Outcome {
    if link.confirmed && report.sequence <= link.seen {
        return Outcome::nothing();
    }
    let changed = Link { confirmed: true, seen: link.seen.max(report.sequence), ..link.clone() };
    let mut next = connection.with_state(State::Active(Some(Box::new(changed))));
    let mut outcome = Outcome::nothing();
    if !link.confirmed {
        outcome.events.push(next.events.record(&now.by(Actor::Remote), EventKind::Confirmed));
    }
    outcome.connection = Some(next);
    outcome
}

/// Who sends the reports that this side receives.
pub(super) fn other(role: Role) -> Role {
    if role == Role::Source { Role::Destination } else { Role::Source }
}
