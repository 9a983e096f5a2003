//! What people decide about a connection. The table of [`lifecycle`](crate::lifecycle) says what is possible; here is
//! what it does.
//!
//! Each gives an outcome without a record when there is nothing to change, because it was done before: so a decision
//! may be repeated after a crash, or after a write whose outcome was unclear.

use core::time::Duration;

use super::{Outcome, close, due, source};
use crate::connection::{
    CloseReason, Closed, Connection, ConnectionId, ConnectionInfo, EventKind, Link, Role, State, Switch,
};
use crate::instance::{Instance, InstanceUrl, UrlPolicy};
use crate::lifecycle::{Denial, NotPossible, Stage, Trigger, permit};
use crate::offer::Side;
use crate::text::{ConnectionName, Description};
use crate::time::{Moment, Timestamp};

/// Approves who has accepted: the connection becomes active, and the confirmation is due.
///
/// # Errors
/// [`NotPossible`] when nobody has accepted, or it is over, or on the destination's side.
pub fn approve(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    decide(connection, Trigger::Approve, &moment.into(), |moment| match &connection.state {
        State::Awaiting(awaiting) => {
            let mut next = source::activated(connection, awaiting);
            let approved = next.events.record(moment, EventKind::Approved);
            let outcome = Outcome::happened(next, moment, EventKind::Activated);
            let events = [vec![approved], outcome.events.clone()].concat();
            Outcome { events, ..outcome }
        }
        _ => Outcome::nothing(),
    })
}

/// Does not approve who has accepted: the connection is closed, and the refusal is due.
///
/// # Errors
/// [`NotPossible`] when nobody has accepted (revoke instead), or it is active (remove it instead), or on the
/// destination's side.
pub fn decline(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    decide(connection, Trigger::Decline, &moment.into(), |moment| {
        let reason = CloseReason::Declined { by: Side::Local };
        end(connection, reason, EventKind::Declined, moment)
    })
}

/// Takes an invitation back: its code is refused from then on.
///
/// # Errors
/// [`NotPossible`] when somebody was faster: with [`Denial::AlreadyActive`] or [`Denial::AwaitingApproval`]; or on the
/// destination's side.
pub fn revoke(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    decide(connection, Trigger::Revoke, &moment.into(), |moment| {
        end(connection, CloseReason::Revoked, EventKind::Revoked, moment)
    })
}

/// Lets another invitation take this one's place; [`Wizard::reissue`](crate::Wizard::reissue) gives that one. Repeating it with the same
/// id changes nothing.
///
/// # Errors
/// [`NotPossible`] as for [`revoke`], and when it is over.
pub fn supersede(
    connection: &Connection,
    by: ConnectionId,
    moment: impl Into<Moment>,
) -> Result<Outcome, NotPossible> {
    let reason = CloseReason::Superseded { by };
    if connection.closed().is_some_and(|closed| closed.reason == reason) {
        return Ok(Outcome::nothing());
    }
    decide(connection, Trigger::Reissue, &moment.into(), |moment| {
        end(connection, reason, EventKind::Superseded { by }, moment)
    })
}

/// Gives up waiting for the source: the connection is closed, and the withdrawal is due.
///
/// # Errors
/// [`NotPossible`] when it is active (remove it instead), or on the source's side (revoke instead).
pub fn cancel(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    decide(connection, Trigger::Cancel, &moment.into(), |moment| {
        end(connection, CloseReason::Cancelled, EventKind::Cancelled, moment)
    })
}

/// Switches it off on this side: it is effectively active only while both sides have it on.
///
/// # Errors
/// [`NotPossible`] when it is not active yet, or over.
pub fn deactivate(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    switch(connection, Trigger::Deactivate, Switch::Off, EventKind::Deactivated, &moment.into())
}

/// Switches it on again on this side.
///
/// # Errors
/// [`NotPossible`] when it is not active yet, or over.
pub fn activate(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    switch(connection, Trigger::Activate, Switch::On, EventKind::Reactivated, &moment.into())
}

/// Changes the connection's name on this side; the other side, and a code that was handed over, keep theirs.
///
/// # Errors
/// [`NotPossible`] when it is over.
pub fn rename(
    connection: &Connection,
    name: ConnectionName,
    moment: impl Into<Moment>,
) -> Result<Outcome, NotPossible> {
    let info = connection.info.renamed(name);
    edit(connection, info, EventKind::Renamed, &moment.into())
}

/// Changes the description on this side; the other side, and a code that was handed over, keep theirs.
///
/// # Errors
/// [`NotPossible`] when it is over.
pub fn describe(
    connection: &Connection,
    description: Description,
    moment: impl Into<Moment>,
) -> Result<Outcome, NotPossible> {
    let info = connection.info.described(description);
    edit(connection, info, EventKind::Described, &moment.into())
}

/// Ends the connection, wherever it stands: an invitation is revoked, who has accepted is declined, an acceptance is
/// cancelled, and what is active is removed. The other side is told as soon as it can be.
///
/// # Errors
/// None at present: there is no stage in which a record cannot be ended.
pub fn remove(connection: &Connection, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    let moment = moment.into();
    match &connection.state {
        State::Pending(_) => revoke(connection, moment),
        State::Awaiting(_) => decline(connection, moment),
        State::Accepting(_) => cancel(connection, moment),
        State::Linked(_) | State::Local { .. } | State::Closed(_) => {
            decide(connection, Trigger::Remove, &moment, |moment| {
                let reason = CloseReason::Removed { by: Side::Local };
                end(connection, reason, EventKind::Removed, moment)
            })
        }
    }
}

/// Confirms that the other side has moved to this address, which its [`Health`](crate::Health) shows: from now on it is
/// called there. Naming it makes sure that what is confirmed is what was looked at.
///
/// # Errors
/// [`NotPossible`] when it does not say that it has moved there, or the policy forbids that address.
pub fn confirm_move(
    connection: &Connection,
    to: &InstanceUrl,
    policy: UrlPolicy,
    moment: impl Into<Moment>,
) -> Result<Outcome, NotPossible> {
    let moment = moment.into();
    let denied = |denial| {
        let stage = Stage::of(Some(connection), moment.at());
        Err(NotPossible::new(Trigger::ConfirmMove, connection.role, stage, denial))
    };
    permit(connection, Trigger::ConfirmMove, moment.at())?;
    let moved_to = connection.health.moved_to.as_ref();
    let Some(remote) = &connection.remote else { return denied(Denial::NothingMoved) };
    if remote.callable_url() == Some(to) {
        // Confirmed before, whatever it says since.
        return Ok(Outcome::nothing());
    }
    if moved_to != Some(to) {
        return denied(Denial::NothingMoved);
    }
    if !policy.permits(to) {
        return denied(Denial::AddressNotPermitted);
    }
    let mut next = connection.clone();
    next.remote = Some(remote.at_node_url(to.clone()));
    next.health.moved_to = None;
    next.health.cloned = false;
    Ok(followed(Outcome::happened(next, &moment, EventKind::MoveConfirmed)))
}

/// Tells the other side of a new address, or a new UID, of this instance; without one, nothing changes.
///
/// Until then, reports say what was said before.
pub fn announce(connection: &Connection, local: &Instance, now: Timestamp) -> Outcome {
    let State::Linked(link) = &connection.state else { return Outcome::nothing() };
    let Some(ledger) = link.ledger.announcing(local, now) else { return Outcome::nothing() };
    let link = Link { ledger, ..(**link).clone() };
    followed(Outcome::becomes(connection.with_state(State::Linked(Box::new(link)))))
}

/// Whether the record may be forgotten: it was closed at least 30 days ago, and the other side knows, or need not know.
/// Until then it answers whoever still asks.
///
/// # Errors
/// [`NotPossible`] with [`Denial::StillOpen`], [`Denial::TooEarly`], or [`Denial::Unacknowledged`]: whoever forgets the
/// record all the same leaves the other side without an answer.
pub fn may_purge(connection: &Connection, now: Timestamp) -> Result<(), NotPossible> {
    permit(connection, Trigger::Purge, now)?;
    let denied = |denial| {
        let stage = Stage::of(Some(connection), now);
        Err(NotPossible::new(Trigger::Purge, connection.role, stage, denial))
    };
    match connection.closed() {
        Some(closed) if now < closed.at.saturating_add(KEPT) => denied(Denial::TooEarly),
        Some(closed) if !closed.told => denied(Denial::Unacknowledged),
        _ => Ok(()),
    }
}

/// Carries a decision out if the table allows it and it changes anything.
fn decide(
    connection: &Connection,
    trigger: Trigger,
    moment: &Moment,
    change: impl FnOnce(&Moment) -> Outcome,
) -> Result<Outcome, NotPossible> {
    let Some(stage) = permit(connection, trigger, moment.at())? else { return Ok(Outcome::nothing()) };
    let outcome = change(moment);
    debug_assert_eq!(Stage::of(outcome.connection(), moment.at()), stage, "the table says otherwise");
    Ok(followed(outcome))
}

/// With the message that is due afterwards.
fn followed(outcome: Outcome) -> Outcome {
    let outgoing = outcome.connection().and_then(due);
    outcome.sending(outgoing)
}

fn switch(
    connection: &Connection,
    trigger: Trigger,
    to: Switch,
    kind: EventKind,
    moment: &Moment,
) -> Result<Outcome, NotPossible> {
    decide(connection, trigger, moment, |moment| {
        let state = match &connection.state {
            State::Linked(link) => {
                let ledger = link.ledger.switched(to, moment.at());
                State::Linked(Box::new(Link { ledger, ..(**link).clone() }))
            }
            _ => State::Local { on: to.is_on() },
        };
        Outcome::happened(connection.with_state(state), moment, kind)
    })
}

fn edit(
    connection: &Connection,
    info: ConnectionInfo,
    kind: EventKind,
    moment: &Moment,
) -> Result<Outcome, NotPossible> {
    permit(connection, Trigger::Edit, moment.at())?;
    if info == connection.info {
        return Ok(Outcome::nothing());
    }
    Ok(Outcome::happened(Connection { info, ..connection.clone() }, moment, kind))
}

/// Closes the record, whatever it was.
fn end(connection: &Connection, reason: CloseReason, kind: EventKind, moment: &Moment) -> Outcome {
    let now = moment.at();
    let next = match &connection.state {
        // Whoever has the code calls, and is refused then; a source that cannot be called goes and says so.
        State::Pending(pending) => {
            close::close(connection, &pending.keys, None, reason, !fetches(connection), now)
        }
        State::Awaiting(awaiting) => {
            let link = &awaiting.link;
            close::close(connection, &link.keys, Some(link.request()), reason, false, now)
        }
        State::Accepting(accepting) => {
            let request = crate::crypto::message_digest(&accepting.request);
            close::close(connection, &accepting.keys, Some(request), reason, false, now)
        }
        State::Linked(link) => close::part(connection, link, reason, false, now),
        State::Local { .. } => {
            let closed = Closed { keys: None, reason, at: now, request: None, told: true, parted: None };
            connection.with_state(State::Closed(Box::new(closed)))
        }
        State::Closed(_) => return Outcome::nothing(),
    };
    Outcome::happened(next, moment, kind)
}

/// Whether this is a source that has to ask the destination for its acceptance.
fn fetches(connection: &Connection) -> bool {
    connection.role == Role::Source
        && !connection.callable
        && connection.remote().and_then(Instance::callable_url).is_some()
}

/// How long a closed record is kept at least.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
