//! What a source does with the messages of a destination.

use super::message::{Frame, Kind, Note, Pledge, PledgedInstance, PledgedVersion, Withdraw, Withdrawal};
use super::{Outcome, close, due};
use crate::connection::{
    Awaiting, CloseReason, Closed, CodeKeys, Connection, ConnectionKind, ConnectionSecret, Contested,
    EventKind, Ledger, Link, Pending, Refusal, Role, Sealed, State,
};
use crate::crypto::{Digest, EphemeralKey, message_digest};
use crate::entropy::Entropy;
use crate::instance::{Instance, InstanceUid, ProtocolVersions};
use crate::mode::ConnectionMode;
use crate::offer::Side;
use crate::time::{Actor, Timestamp};

/// An acceptance. `None` if it is not understood: that ends nothing, because a newer version of this crate may
/// understand it.
pub(super) fn take_accept(
    connection: &Connection,
    frame: &Frame<'_>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: &Entropy,
) -> Option<Outcome> {
    let request = message_digest(message);
    match &connection.state {
        State::Pending(pending) => {
            take_first(connection, pending, frame, (message, request), local, now, entropy)
        }
        State::Awaiting(awaiting) if awaiting.link.request() == request => {
            Some(Outcome::only(waiting(connection, &awaiting.link.keys, request)))
        }
        State::Awaiting(awaiting) => {
            let winner = awaiting.remote.uid();
            let contested = contest(&awaiting.link, frame, winner);
            let refuse = due::refusal(connection, &awaiting.link.keys, request, Refusal::AlreadyAccepted);
            Some(match contested {
                Some((link, kind)) => {
                    let next = State::Awaiting(Box::new(Awaiting { link, ..(**awaiting).clone() }));
                    let moment = now.by(Actor::Remote);
                    Outcome::happened(connection.with_state(next), &moment, kind).saying(refuse)
                }
                None => Outcome::only(refuse),
            })
        }
        State::Linked(link) => Some(take_again(connection, link, frame, request, now)),
        State::Closed(closed) => {
            let keys = closed.keys.as_ref()?;
            let refuse = due::refusal(connection, keys, request, closed.reason.refusal());
            // A destination that cannot be called has it with this answer, or asks again.
            let is_told = !closed.told && closed.request == Some(request) && connection.way().is_none();
            Some(if is_told { told(connection, closed, now) } else { Outcome::nothing() }.saying(refuse))
        }
        State::Accepting(_) | State::Local { .. } => None,
    }
}

/// An acceptance, while there has been none.
fn take_first(
    connection: &Connection,
    pending: &Pending,
    frame: &Frame<'_>,
    (message, request): (&[u8], Digest),
    local: &Instance,
    now: Timestamp,
    entropy: &Entropy,
) -> Option<Outcome> {
    let refuse = |refusal| due::refusal(connection, &pending.keys, request, refusal);
    // The order is the protocol's. Every check depends on the request and the record only, so the same
    // request gets the same answer, whenever it comes; expiry depends on the clock, so it comes last.
    let accept = Pledge::read(frame)?;
    let PledgedVersion::Offered(offered) = accept.version else { return None };
    let terms = match check(connection, pending, &accept, offered, entropy) {
        Ok(terms) => terms,
        Err(refusal) => return Some(Outcome::only(refuse(refusal))),
    };
    let moment = now.by(Actor::Remote);
    if pending.is_expired(now) {
        let refuse = refuse(Refusal::Expired);
        if pending.refused_late {
            return Some(Outcome::only(refuse));
        }
        let late = Pending { refused_late: true, ..pending.clone() };
        let next = connection.with_state(State::Pending(Box::new(late)));
        return Some(Outcome::happened(next, &moment, EventKind::ExpiredRefused).saying(refuse));
    }
    let known_url = connection.remote.as_ref().and_then(Instance::callable_url);
    let claimed_url = accept.instance.node_url.as_ref();
    let other_address = claimed_url.zip(known_url).is_some_and(|(claimed, known)| claimed != known);
    let awaiting = agree(connection, pending, accept, &terms, (message, request), local, now);
    if pending.by_hand || other_address {
        let next = connection.with_state(State::Awaiting(Box::new(awaiting)));
        let kind = EventKind::ApprovalAsked { other_address };
        let reply = waiting(connection, &pending.keys, request);
        return Some(Outcome::happened(next, &moment, kind).saying(reply));
    }
    let Sealed::Source { response, .. } = awaiting.link.sealed.clone() else { return None };
    Some(Outcome::happened(activated(connection, &awaiting), &moment, EventKind::Activated).saying(response))
}

/// What an acceptance that passes every check leads to.
struct Terms {
    version: u8,
    versions: ProtocolVersions,
    public_key: Digest,
    shared: zeroize::Zeroizing<[u8; 32]>,
}

fn check(
    connection: &Connection,
    pending: &Pending,
    accept: &Pledge,
    offered: ProtocolVersions,
    entropy: &Entropy,
) -> Result<Terms, Refusal> {
    if accept.code != pending.keys.digest {
        return Err(Refusal::AlteredCode);
    }
    let uid = &accept.instance.uid;
    if pending.bound_to.as_ref().is_some_and(|bound_to| bound_to != uid) || *uid == pending.source_uid {
        return Err(Refusal::WrongRecipient);
    }
    let node_url = accept.instance.node_url.as_ref();
    if connection.mode == ConnectionMode::Visual && node_url.is_none() {
        return Err(Refusal::ModeNotPossible);
    }
    let urls = [node_url, accept.instance.tracker_url.as_ref()];
    if !urls.into_iter().flatten().all(|url| pending.policy.permits(url)) {
        return Err(Refusal::AddressNotPermitted);
    }
    let common = pending.versions.common(offered).ok_or(Refusal::NoCommonProtocol)?;
    let ephemeral = EphemeralKey::from_entropy(entropy);
    let public_key = ephemeral.public();
    let shared = ephemeral.agree(public_key, accept.key).ok_or(Refusal::UnusableKey)?;
    Ok(Terms { version: common.highest(), versions: offered, public_key, shared })
}

/// Everything that makes the connection active, with the confirmation that says so.
fn agree(
    connection: &Connection,
    pending: &Pending,
    accept: Pledge,
    terms: &Terms,
    (message, request): (&[u8], Digest),
    local: &Instance,
    now: Timestamp,
) -> Awaiting {
    let confirm = Pledge {
        code: pending.keys.digest,
        answers: Some(request),
        key: terms.public_key,
        instance: PledgedInstance::of(local),
        version: PledgedVersion::Chosen(terms.version),
        info: connection.info.clone(),
        sent_at: now,
    };
    let response = confirm.seal(connection.id, &pending.keys.confirm);
    let kind = ConnectionKind::between(connection.callable, accept.instance.node_url.is_some());
    let link = Link {
        keys: pending.keys.clone(),
        secret: ConnectionSecret::agree(&pending.session, message, &response, &terms.shared),
        version: terms.version,
        sealed: Sealed::Source { request, response, contested: Contested::default() },
        remote_info: accept.info,
        confirmed: false,
        ledger: Ledger::open(Role::Source, local, now),
    };
    let remote = accept.instance.into_instance(connection.remote.as_ref(), connection.mode, terms.versions);
    Awaiting { link, remote, kind }
}

/// The record with everything turned on.
pub(super) fn activated(connection: &Connection, awaiting: &Awaiting) -> Connection {
    Connection {
        kind: awaiting.kind,
        remote: Some(awaiting.remote.clone()),
        ..connection.with_state(State::Linked(Box::new(awaiting.link.clone())))
    }
}

/// An acceptance, after one was confirmed.
fn take_again(
    connection: &Connection,
    link: &Link,
    frame: &Frame<'_>,
    digest: Digest,
    now: Timestamp,
) -> Outcome {
    if let Sealed::Source { request, response, .. } = &link.sealed {
        if digest == *request {
            return Outcome::only(response.clone());
        }
    }
    let refuse = due::refusal(connection, &link.keys, digest, Refusal::AlreadyAccepted);
    let winner = connection.remote.as_ref().map(Instance::uid);
    match winner.and_then(|winner| contest(link, frame, winner)) {
        Some((link, kind)) => {
            let next = connection.with_state(State::Linked(Box::new(link)));
            Outcome::happened(next, &now.by(Actor::Remote), kind).saying(refuse)
        }
        None => Outcome::only(refuse),
    }
}

/// Notes a second acceptor; `None` if that was noted before. Each sort is recorded once: whoever holds a leaked code
/// must not be able to push everything else out of the record by accepting again and again.
fn contest(link: &Link, frame: &Frame<'_>, winner: &InstanceUid) -> Option<(Link, EventKind)> {
    let Sealed::Source { request, response, contested } = &link.sealed else { return None };
    let same_instance = Pledge::read(frame).is_some_and(|accept| accept.instance.uid == *winner);
    let mut contested = *contested;
    let is_recorded = if same_instance { &mut contested.by_same } else { &mut contested.by_other };
    if core::mem::replace(is_recorded, true) {
        return None;
    }
    let sealed = Sealed::Source { request: *request, response: response.clone(), contested };
    Some((Link { sealed, ..link.clone() }, EventKind::SecondAcceptor { same_instance }))
}

fn waiting(connection: &Connection, keys: &CodeKeys, request: Digest) -> Vec<u8> {
    due::note(connection, keys, Kind::Waiting, Some(request))
}

/// A withdrawal. Its answer always acknowledges it, also when it changed nothing. `heard` says whether the destination
/// gets that answer as the answer to its own message.
pub(super) fn take_withdraw(
    connection: &Connection,
    frame: &Frame<'_>,
    message: &[u8],
    heard: bool,
    now: Timestamp,
) -> Option<Outcome> {
    let withdraw = Withdraw::read(frame)?;
    let keys = connection.keys()?;
    let acknowledgement = due::refusal(connection, keys, message_digest(message), Refusal::Withdrawn);
    let turned_down = withdraw.why == Withdrawal::AlreadyConfirmed;
    let is_of = |link: &Link| {
        let names = if turned_down { link.sealed.confirm() } else { link.request() };
        !link.confirmed && withdraw.names == Some(names)
    };
    let request = match &connection.state {
        State::Pending(_) => None,
        State::Awaiting(awaiting) if !turned_down && is_of(&awaiting.link) => Some(awaiting.link.request()),
        State::Linked(link) if is_of(link) => Some(link.request()),
        // It is over on both sides, and it was the destination that said so.
        State::Closed(closed) if heard && !closed.told && is_about(closed, &withdraw) => {
            return Some(told(connection, closed, now).saying(acknowledgement));
        }
        _ => return Some(Outcome::only(acknowledgement)),
    };
    let (reason, kind) = if turned_down && request.is_some() {
        (CloseReason::AlreadyConfirmed, EventKind::AlreadyConfirmed)
    } else {
        (CloseReason::Declined { by: Side::Remote }, EventKind::Declined)
    };
    // Who turns a second source down is connected, and waits for no word of it: what it would answer to one is a report,
    // which this record has no key for.
    let is_over = heard || reason == CloseReason::AlreadyConfirmed;
    let next = close::close(connection, keys, request, reason, is_over, now);
    let outcome = Outcome::happened(next, &now.by(Actor::Remote), kind);
    Some(if is_over && !heard { outcome } else { outcome.saying(acknowledgement) })
}

/// Whether a withdrawal is the word of who was taken, if somebody was: another holder of the code does not say whether that
/// one knows that it is over.
fn is_about(closed: &Closed, withdraw: &Withdraw) -> bool {
    let expected = match withdraw.why {
        _ if closed.request.is_none() => return true,
        Withdrawal::AlreadyConfirmed => closed.parted.as_ref().map(|parted| parted.confirm),
        Withdrawal::Declined | Withdrawal::Cancelled => closed.request,
    };
    expected.is_some() && withdraw.names == expected
}

/// That the destination has taken note of a refusal: it need not be told again.
pub(super) fn take_noted(connection: &Connection, frame: &Frame<'_>, now: Timestamp) -> Option<Outcome> {
    let note = Note::read(frame)?;
    let State::Closed(closed) = &connection.state else { return Some(Outcome::nothing()) };
    // Of an acceptance that was not taken nothing is repeated, so there is nothing to stop.
    let (Some(keys), Some(request)) = (closed.keys.as_ref(), closed.request) else {
        return Some(Outcome::nothing());
    };
    let refusal = due::refusal(connection, keys, request, closed.reason.refusal());
    if closed.told || note.names != Some(message_digest(&refusal)) {
        return Some(Outcome::nothing());
    }
    Some(told(connection, closed, now))
}

/// That the other side is known to know that it is over, by a message under a key of the code. Once a report was
/// verified, that is not enough: whoever finds the code in an archive has those keys, and could keep a removal from the
/// other side. Reports say it then.
pub(super) fn told(connection: &Connection, closed: &Closed, now: Timestamp) -> Outcome {
    if closed.parted.as_ref().is_some_and(|parted| parted.confirmed) {
        return Outcome::nothing();
    }
    let next = Closed { told: true, ..closed.clone() };
    let next = connection.with_state(State::Closed(Box::new(next)));
    Outcome::happened(next, &now.by(Actor::Remote), EventKind::Told)
}
