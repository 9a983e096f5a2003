//! What a side concludes from the reply to its own message, and what it sends again.

use super::message::{
    Frame, Kind, Pledge, PledgedVersion, Refuse, Report, is_not_recognised, message_digest,
};
use super::outcome::{Outcome, Outgoing};
use super::report;
use crate::connection::{
    Accepting, CloseReason, Closed, Connection, ConnectionSecret, EventKind, Link, Sealed, State,
};
use crate::instance::{Instance, InstanceUrl};
use crate::time::{Actor, Timestamp};

/// The message that is due to the other side now: an acceptance that was not answered yet, byte for byte as
/// it was, or a report of where this side stands. `None` if there is nothing to say, or nobody to call.
///
/// Sending it as often as one likes does no harm.
#[must_use]
pub fn due(connection: &Connection, local: &Instance) -> Option<Outgoing> {
    match &connection.state {
        State::Accepting(accepting) => {
            Some(Outgoing { to: accepting.to.clone(), message: accepting.request.clone() })
        }
        State::Active(Some(link)) => {
            let to = connection.remote.as_ref().and_then(Instance::callable_url)?;
            Some(Outgoing { to: to.clone(), message: report::compose(connection, link, local, None) })
        }
        State::Pending(_) | State::Active(None) | State::Closed(_) => None,
    }
}

/// Concludes from the reply to the message that was [`due`], with the record as it is now.
///
/// A verified confirmation makes the connection `Active`, and the outcome has a report to be sent at once; a
/// verified refusal closes it.
///
/// # Errors
/// The record stays as it is, and the same message may be sent again, later:
/// - [`ConcludeError::NotRecognised`]: the other side does not know the connection, or not yet, or no more.
/// - [`ConcludeError::Unverified`]: the reply is not the other side's answer to this message: an error page
///   of something in between, an answer to another message, noise.
pub fn conclude(
    connection: &Connection,
    request: &[u8],
    reply: &[u8],
    local: &Instance,
    now: Timestamp,
) -> Result<Outcome, ConcludeError> {
    if is_not_recognised(reply) {
        return Err(ConcludeError::NotRecognised);
    }
    let frame =
        Frame::parse(reply).filter(|frame| frame.id == connection.id).ok_or(ConcludeError::Unverified)?;
    match &connection.state {
        State::Accepting(accepting) if accepting.request == request => {
            conclude_acceptance(connection, accepting, &frame, reply, local, now)
        }
        State::Active(Some(link)) => conclude_active(connection, link, &frame, request, reply, now),
        State::Closed(closed) if closed.request == message_digest(request) => {
            let is_known = frame.kind == Kind::Refuse && frame.is_from(&closed.keys.confirm);
            if is_known { Ok(Outcome::nothing()) } else { Err(ConcludeError::Unverified) }
        }
        _ => Err(ConcludeError::Unverified),
    }
}

fn conclude_acceptance(
    connection: &Connection,
    accepting: &Accepting,
    frame: &Frame<'_>,
    reply: &[u8],
    local: &Instance,
    now: Timestamp,
) -> Result<Outcome, ConcludeError> {
    if !frame.is_from(&accepting.keys.confirm) {
        return Err(ConcludeError::Unverified);
    }
    let outcome = match frame.kind {
        Kind::Confirm => Pledge::read(frame)
            .and_then(|confirm| activate(connection, accepting, confirm, reply, local, now)),
        Kind::Refuse => Refuse::read(frame).and_then(|refuse| close(connection, accepting, &refuse, now)),
        Kind::Accept | Kind::Report => None,
    };
    outcome.ok_or(ConcludeError::Unverified)
}

/// `None` unless it is the source's confirmation of our acceptance, of our code, with a version we offered
/// and a usable key.
fn activate(
    connection: &Connection,
    accepting: &Accepting,
    confirm: Pledge,
    reply: &[u8],
    local: &Instance,
    now: Timestamp,
) -> Option<Outcome> {
    let PledgedVersion::Chosen(version) = confirm.version else { return None };
    let code_says = connection.remote.as_ref()?;
    let fits = confirm.answers == Some(message_digest(&accepting.request))
        && confirm.code == accepting.keys.digest
        && confirm.instance.uid == *code_says.uid()
        && (accepting.versions.lowest()..=accepting.versions.highest()).contains(&version);
    if !fits {
        return None;
    }
    let ours = Frame::parse(&accepting.request)?.public_key()?;
    let shared = accepting.ephemeral.agree(ours, confirm.key)?;
    let link = Link {
        keys: accepting.keys.clone(),
        secret: ConnectionSecret::agree(&accepting.session, &accepting.request, reply, &shared),
        version,
        sealed: Sealed::Destination { confirm: message_digest(reply) },
        remote_info: confirm.info,
        confirmed: true,
        sequence: report::first_sequence(now),
        seen: 0,
    };
    // Whatever it names, the source has just answered at the address in the code.
    let mut instance = confirm.instance;
    let is_permitted = |url: &InstanceUrl| accepting.policy.permits(url);
    instance.node_url = instance.node_url.filter(is_permitted).or_else(|| Some(accepting.to.clone()));
    instance.tracker_url = instance.tracker_url.filter(is_permitted);
    let remote = instance.into_instance(Some(code_says), connection.mode, code_says.protocol());
    let active = State::Active(Some(Box::new(link)));
    let mut next = Connection { remote: Some(remote), ..connection.with_state(active) };
    let event = next.events.record(&now.by(Actor::Remote), EventKind::Activated);
    let (message, to) = due(&next, local).map(|report| (report.message, report.to)).unzip();
    Some(Outcome { connection: Some(next), message, to, events: vec![event] })
}

/// `None` unless it refuses our acceptance.
fn close(connection: &Connection, accepting: &Accepting, refuse: &Refuse, now: Timestamp) -> Option<Outcome> {
    let request = message_digest(&accepting.request);
    if refuse.answers != request {
        return None;
    }
    let reason = CloseReason::Refused { refusal: refuse.refusal };
    let mut next =
        connection.with_state(State::Closed(Closed { keys: accepting.keys.clone(), request, reason }));
    let event = next.events.record(&now.by(Actor::Remote), EventKind::Refused { refusal: refuse.refusal });
    Some(Outcome { connection: Some(next), message: None, to: None, events: vec![event] })
}

fn conclude_active(
    connection: &Connection,
    link: &Link,
    frame: &Frame<'_>,
    request: &[u8],
    reply: &[u8],
    now: Timestamp,
) -> Result<Outcome, ConcludeError> {
    // The same confirmation a second time: another attempt, or another process, was faster. It answers an
    // acceptance only: a report that is answered by it was not received.
    let is_accept = || Frame::parse(request).is_some_and(|request| request.kind == Kind::Accept);
    let is_confirm = |confirm| frame.kind == Kind::Confirm && is_accept() && message_digest(reply) == confirm;
    if matches!(&link.sealed, Sealed::Destination { confirm } if is_confirm(*confirm)) {
        return Ok(Outcome::nothing());
    }
    let is_report =
        frame.kind == Kind::Report && frame.is_from(&link.secret.report_key(report::other(connection.role)));
    let report = Report::read(frame).filter(|_| is_report).ok_or(ConcludeError::Unverified)?;
    if report.answers != Some(message_digest(request)) {
        return Err(ConcludeError::Unverified);
    }
    Ok(report::take_note(connection, link, &report, now))
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

impl ConcludeError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotRecognised => "not-recognised",
            Self::Unverified => "unverified",
        }
    }
}
