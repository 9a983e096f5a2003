//! What a destination does with the messages of a source.

use super::message::{Frame, Kind, Note, Pledge, PledgedVersion, Refuse};
use super::{Outcome, close, due, report, source};
use crate::connection::{
    Accepting, CloseReason, Closed, Connection, ConnectionKind, ConnectionSecret, EventKind, Ledger, Link,
    Role, Sealed, State,
};
use crate::crypto::{Digest, message_digest};
use crate::instance::{Instance, InstanceUrl};
use crate::lifecycle::Stage;
use crate::time::{Actor, Timestamp};

/// A request for the acceptance. `None` if it is not understood: a newer version may mean something else by it.
pub(super) fn take_fetch(connection: &Connection, frame: &Frame<'_>, message: &[u8]) -> Option<Outcome> {
    Note::read(frame)?;
    let reply = match &connection.state {
        State::Accepting(accepting) => accepting.request.clone(),
        State::Closed(closed) => {
            let keys = closed.keys.as_ref()?;
            if is_withdrawn(connection) {
                due::withdrawal(connection, keys, closed)
            } else {
                due::note(connection, keys, Kind::Noted, Some(message_digest(message)))
            }
        }
        // Who still asks after both ends agreed is somebody else, or has lost what was agreed.
        _ => return None,
    };
    Some(Outcome::only(reply))
}

/// A confirmation. `None` if it is not one of our acceptance, or cannot be understood or used.
pub(super) fn take_confirm(
    connection: &Connection,
    frame: &Frame<'_>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
) -> Option<Outcome> {
    let confirm = Pledge::read(frame)?;
    let digest = message_digest(message);
    let (request, taken) = match &connection.state {
        State::Accepting(accepting) => {
            let next = activate(connection, accepting, confirm, message, local, now)?;
            let outcome = Outcome::happened(next, &now.by(Actor::Remote), EventKind::Activated);
            return Some(standing(connection, outcome, message));
        }
        State::Linked(link) => (Some(link.request()), Some(link.sealed.confirm())),
        State::Closed(closed) => (closed.request, closed.parted.as_ref().map(|parted| parted.confirm)),
        _ => return None,
    };
    let keys = connection.keys()?;
    if confirm.code != keys.digest || confirm.answers != request {
        return None;
    }
    match taken {
        // A second source has confirmed the same acceptance.
        Some(taken) if taken != digest => {
            let reply = due::turning_down(connection, keys, digest);
            Some(contest(connection, now).unwrap_or_else(Outcome::nothing).saying(reply))
        }
        _ => Some(standing(connection, Outcome::nothing(), message)),
    }
}

/// Notes a second source; `None` if that was noted before, or is of no account any more.
fn contest(connection: &Connection, now: Timestamp) -> Option<Outcome> {
    let link = connection.link()?;
    let Sealed::Destination { request, confirm, contested: false } = link.sealed else { return None };
    let link = Link { sealed: Sealed::Destination { request, confirm, contested: true }, ..link.clone() };
    let next = connection.with_state(State::Linked(Box::new(link)));
    Some(Outcome::happened(next, &now.by(Actor::Remote), EventKind::SecondSource))
}

/// `None` unless it is the source's confirmation of our acceptance, of our code, with a version we offered
/// and a usable key.
fn activate(
    connection: &Connection,
    accepting: &Accepting,
    confirm: Pledge,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
) -> Option<Connection> {
    let PledgedVersion::Chosen(version) = confirm.version else { return None };
    let code_says = connection.remote.as_ref()?;
    let request = message_digest(&accepting.request);
    let fits = confirm.answers == Some(request)
        && confirm.code == accepting.keys.digest
        && confirm.instance.uid == *code_says.uid()
        && (accepting.versions.lowest()..=accepting.versions.highest()).contains(&version);
    if !fits {
        return None;
    }
    let own = Frame::parse(&accepting.request)?;
    let shared = accepting.ephemeral.agree(own.public_key()?, confirm.key)?;
    let link = Link {
        keys: accepting.keys.clone(),
        secret: ConnectionSecret::agree(&accepting.session, &accepting.request, message, &shared),
        version,
        sealed: Sealed::Destination { request, confirm: message_digest(message), contested: false },
        remote_info: confirm.info,
        confirmed: true,
        ledger: Ledger::open(Role::Destination, local, now),
    };
    // Whatever it names, the source could be called at the address in the code. One that is in no code is not believed:
    // a source that cannot be called then stays one.
    let mut instance = confirm.instance;
    let code_url = code_says.callable_url();
    let is_permitted = |url: &InstanceUrl| accepting.policy.permits(url);
    instance.node_url =
        code_url.map(|code_url| instance.node_url.filter(is_permitted).unwrap_or_else(|| code_url.clone()));
    instance.tracker_url = instance.tracker_url.filter(is_permitted);
    let callable = own.is_from_a_public_node();
    let kind = ConnectionKind::between(code_url.is_some(), callable);
    let remote = instance.into_instance(Some(code_says), connection.mode, code_says.protocol());
    Some(Connection {
        kind,
        remote: Some(remote),
        // The source knows now what it was told in the acceptance.
        callable,
        ..connection.with_state(State::Linked(Box::new(link)))
    })
}

/// That the source's admin has to approve.
pub(super) fn take_waiting(
    connection: &Connection,
    frame: &Frame<'_>,
    message: &[u8],
    now: Timestamp,
) -> Option<Outcome> {
    let note = Note::read(frame)?;
    let outcome = match &connection.state {
        State::Accepting(accepting)
            if !accepting.waiting && note.names == Some(message_digest(&accepting.request)) =>
        {
            let waiting = Accepting { waiting: true, ..(**accepting).clone() };
            let next = connection.with_state(State::Accepting(Box::new(waiting)));
            Outcome::happened(next, &now.by(Actor::Remote), EventKind::Waiting)
        }
        _ => Outcome::nothing(),
    };
    Some(standing(connection, outcome, message))
}

/// A refusal of our acceptance, or the acknowledgement of our withdrawal.
pub(super) fn take_refuse(
    connection: &Connection,
    frame: &Frame<'_>,
    message: &[u8],
    now: Timestamp,
) -> Option<Outcome> {
    let refuse = Refuse::read(frame)?;
    let refusal = refuse.refusal;
    match &connection.state {
        State::Accepting(accepting) if refuse.names == message_digest(&accepting.request) => {
            let reason = CloseReason::Refused { refusal };
            let next = close::close(connection, &accepting.keys, Some(refuse.names), reason, true, now);
            let outcome = Outcome::happened(next, &now.by(Actor::Remote), EventKind::Refused { refusal });
            Some(standing(connection, outcome, message))
        }
        State::Closed(closed) if acknowledges(connection, closed, refuse.names) => {
            let outcome =
                if closed.told { Outcome::nothing() } else { source::told(connection, closed, now) };
            let reply =
                due::note(connection, closed.keys.as_ref()?, Kind::Noted, Some(message_digest(message)));
            Some(outcome.saying(reply))
        }
        _ => Some(standing(connection, Outcome::nothing(), message)),
    }
}

/// Whether a refusal that names this message acknowledges our withdrawal.
fn acknowledges(connection: &Connection, closed: &Closed, names: Digest) -> bool {
    let withdrawal = closed.keys.as_ref().map(|keys| due::withdrawal(connection, keys, closed));
    is_withdrawn(connection) && withdrawal.is_some_and(|withdrawal| names == message_digest(&withdrawal))
}

/// With what this side says of itself to a source: where both ends agreed, a report; where it withdrew, that; else that
/// it took note.
fn standing(connection: &Connection, outcome: Outcome, message: &[u8]) -> Outcome {
    let now = outcome.connection().unwrap_or(connection);
    let noted = || now.keys().map(|keys| due::note(now, keys, Kind::Noted, Some(message_digest(message))));
    let reply = match (&now.state, now.keys()) {
        (State::Closed(closed), Some(keys)) if is_withdrawn(now) => Some(due::withdrawal(now, keys, closed)),
        _ => report::compose(now, Some(message)).or_else(noted),
    };
    Outcome { message: reply, ..outcome }
}

fn is_withdrawn(connection: &Connection) -> bool {
    // The time is of no account here: nothing of a destination expires.
    Stage::of(Some(connection), Timestamp::MAX) == Stage::Withdrawn
}
