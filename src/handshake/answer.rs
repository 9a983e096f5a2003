//! What a side answers to a message that reaches it.

use super::message::{
    Frame, Kind, Pledge, PledgedInstance, PledgedVersion, Refuse, message_digest, not_recognised,
};
use super::outcome::Outcome;
use super::report;
use crate::connection::{
    Connection, ConnectionKind, ConnectionSecret, Contested, EventKind, Link, Pending, Refusal, Role, Sealed,
    State,
};
use crate::crypto::{Digest, EphemeralKey, Secret};
use crate::entropy::Entropy;
use crate::instance::{Instance, ProtocolVersions};
use crate::mode::ConnectionMode;
use crate::time::{Actor, Timestamp};

/// Answers a message with the record it is about, which [`connection_id`](super::connection_id) names.
///
/// There is always a reply. Whatever cannot be verified (noise, a message for another connection, in the
/// wrong direction, or about a connection that is not known: `None`) gets the same reply, *not recognised*,
/// for the same work, and changes nothing. The same acceptance always gets the same confirmation, byte for
/// byte. If the outcome has a record, **store it before the reply is sent**; if somebody else has changed the
/// record in the meantime, answer again with the changed one.
///
/// ```
/// # use handclasp::{handshake, Entropy, Instance, InstanceUid, InstanceUrl, KnownPlatform, Timestamp};
/// # let local = Instance::builder(InstanceUid::parse("a")?, KnownPlatform::GitHub)
/// #     .node_url(InstanceUrl::parse("https://a.example.com")?)
/// #     .build()?;
/// let outcome = handshake::answer(None, b"noise", &local, Timestamp::now(), Entropy::generate()?);
/// assert_eq!(outcome.message(), Some(&[1, 255][..]));
/// assert!(outcome.connection().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(clippy::needless_pass_by_value, reason = "entropy is used once: whoever passes it has none left")]
pub fn answer(
    connection: Option<&Connection>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: Entropy,
) -> Outcome {
    let Some(frame) = Frame::parse(message) else { return Outcome::only(not_recognised()) };
    let key =
        connection.filter(|connection| connection.id == frame.id).and_then(|known| key_of(known, frame.kind));
    // An unknown connection costs the same work as a known one whose key does not fit.
    let is_known = key.is_some();
    let is_authentic = frame.is_from(&key.unwrap_or_else(|| strangers_key(frame.kind)));
    let (Some(connection), true, true) = (connection, is_known, is_authentic) else {
        return Outcome::only(not_recognised());
    };
    match (frame.kind, &connection.state) {
        (Kind::Accept, State::Pending(pending)) => {
            answer_first(connection, pending, &frame, message, local, now, &entropy)
        }
        (Kind::Accept, State::Active(Some(link))) => answer_again(connection, link, &frame, message, now),
        (Kind::Report, State::Active(Some(link))) => {
            report::answer(connection, link, &frame, message, local, now)
        }
        _ => Outcome::only(not_recognised()),
    }
}

/// The key that authenticates a message of this kind to this record; `None` if it should not be sent to it.
fn key_of(connection: &Connection, kind: Kind) -> Option<Secret> {
    match (kind, connection.role) {
        (Kind::Accept, Role::Source) => connection.keys().map(|keys| keys.accept.clone()),
        (Kind::Report, Role::Source) => {
            connection.link().map(|link| link.secret.report_key(Role::Destination))
        }
        (Kind::Report, Role::Destination) => {
            connection.link().map(|link| link.secret.report_key(Role::Source))
        }
        _ => None,
    }
}

/// A key that nobody has, made with the same work as the one that would be needed.
fn strangers_key(kind: Kind) -> Secret {
    let nothing = Secret::from_bytes([0; 32]);
    if kind == Kind::Report { ConnectionSecret::of(nothing).report_key(Role::Source) } else { nothing }
}

/// An acceptance, while there has been none.
fn answer_first(
    connection: &Connection,
    pending: &Pending,
    frame: &Frame<'_>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: &Entropy,
) -> Outcome {
    let request = message_digest(message);
    let refuse =
        |refusal| seal_refusal(connection, pending.keys.digest, request, &pending.keys.confirm, refusal);
    // The order is the protocol's. Every check depends on the request and the record only, so the same
    // request gets the same answer, whenever it comes; expiry depends on the clock, so it comes last.
    // What is authentic, but not understood, ends nothing: a newer version of this crate may understand it.
    let Some(accept) = Pledge::read(frame) else { return Outcome::only(not_recognised()) };
    let PledgedVersion::Offered(offered) = accept.version else { return Outcome::only(not_recognised()) };
    let terms = match check(connection, pending, &accept, offered, entropy) {
        Ok(terms) => terms,
        Err(refusal) => return Outcome::only(refuse(refusal)),
    };
    if pending.is_expired(now) {
        let mut outcome = Outcome::only(refuse(Refusal::Expired));
        if !pending.refused_late {
            let mut next =
                connection.with_state(State::Pending(Pending { refused_late: true, ..pending.clone() }));
            outcome.events.push(next.events.record(&now.by(Actor::Remote), EventKind::ExpiredRefused));
            outcome.connection = Some(next);
        }
        return outcome;
    }
    activate(connection, pending, accept, &terms, (message, request), local, now)
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
    let known_url = connection.remote.as_ref().and_then(Instance::callable_url);
    if node_url.zip(known_url).is_some_and(|(names, known)| names != known) {
        return Err(Refusal::OtherAddress);
    }
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

fn activate(
    connection: &Connection,
    pending: &Pending,
    accept: Pledge,
    terms: &Terms,
    (message, request): (&[u8], Digest),
    local: &Instance,
    now: Timestamp,
) -> Outcome {
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
    // The code named our address, because a source that cannot be called makes no code.
    let kind = ConnectionKind::between(true, accept.instance.node_url.is_some());
    let link = Link {
        keys: pending.keys.clone(),
        secret: ConnectionSecret::agree(&pending.session, message, &response, &terms.shared),
        version: terms.version,
        sealed: Sealed::Source { request, response: response.clone(), contested: Contested::default() },
        remote_info: accept.info,
        confirmed: false,
        sequence: report::first_sequence(now),
        seen: 0,
    };
    let mut next = Connection {
        kind,
        remote: Some(accept.instance.into_instance(
            connection.remote.as_ref(),
            connection.mode,
            terms.versions,
        )),
        ..connection.with_state(State::Active(Some(Box::new(link))))
    };
    let event = next.events.record(&now.by(Actor::Remote), EventKind::Activated);
    Outcome { connection: Some(next), message: Some(response), to: None, events: vec![event] }
}

/// An acceptance, after one was confirmed.
fn answer_again(
    connection: &Connection,
    link: &Link,
    frame: &Frame<'_>,
    message: &[u8],
    now: Timestamp,
) -> Outcome {
    let Sealed::Source { request, response, contested } = &link.sealed else {
        return Outcome::only(not_recognised());
    };
    let digest = message_digest(message);
    if digest == *request {
        return Outcome::only(response.clone());
    }
    let refusal =
        seal_refusal(connection, link.keys.digest, digest, &link.keys.confirm, Refusal::AlreadyAccepted);
    let mut outcome = Outcome::only(refusal);
    // Each sort of second acceptor is recorded once: whoever holds a leaked code must not be able to push
    // everything else out of the record by accepting again and again.
    let winner = connection.remote.as_ref().map(Instance::uid);
    let same_instance = Pledge::read(frame).is_some_and(|accept| Some(&accept.instance.uid) == winner);
    let mut contested = *contested;
    let is_recorded = if same_instance { &mut contested.by_same } else { &mut contested.by_other };
    if !core::mem::replace(is_recorded, true) {
        let sealed = Sealed::Source { request: *request, response: response.clone(), contested };
        let mut next = connection.with_state(State::Active(Some(Box::new(Link { sealed, ..link.clone() }))));
        let kind = EventKind::SecondAcceptor { same_instance };
        outcome.events.push(next.events.record(&now.by(Actor::Remote), kind));
        outcome.connection = Some(next);
    }
    outcome
}

fn seal_refusal(
    connection: &Connection,
    code: Digest,
    answers: Digest,
    key: &Secret,
    refusal: Refusal,
) -> Vec<u8> {
    Refuse { code, answers, refusal }.seal(connection.id, key)
}
