//! What a side answers to a message that reaches it.

use super::message::{Frame, Kind, Report, not_recognised};
use super::{Outcome, destination, report, source};
use crate::connection::{Connection, ConnectionSecret, Role};
use crate::crypto::Secret;
use crate::entropy::Entropy;
use crate::instance::Instance;
use crate::time::Timestamp;

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
pub fn answer(
    connection: Option<&Connection>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: Entropy,
) -> Outcome {
    let outcome = react(connection, message, local, now, entropy).unwrap_or_else(Outcome::nothing);
    // What is understood and needs no answer gets the same as what is not, or two sides would talk for ever.
    if outcome.message.is_none() { outcome.saying(not_recognised()) } else { outcome }
}

/// The same, without a message where there is no answer; `None` if the message is not recognised.
#[expect(clippy::needless_pass_by_value, reason = "entropy is used once: whoever passes it has none left")]
pub(super) fn react(
    connection: Option<&Connection>,
    message: &[u8],
    local: &Instance,
    now: Timestamp,
    entropy: Entropy,
) -> Option<Outcome> {
    let frame = Frame::parse(message)?;
    let key =
        connection.filter(|connection| connection.id == frame.id).and_then(|known| key_of(known, frame.kind));
    // An unknown connection costs the same work as a known one whose key does not fit.
    let is_known = key.is_some();
    let is_authentic = frame.is_from(&key.unwrap_or_else(|| strangers_key(frame.kind)));
    let connection = connection.filter(|_| is_known && is_authentic)?;
    match frame.kind {
        Kind::Accept => source::take_accept(connection, &frame, message, local, now, &entropy),
        // The other side has our acknowledgement with this very answer, or asks again.
        Kind::Withdraw => source::take_withdraw(connection, &frame, message, true, now),
        Kind::Noted => source::take_noted(connection, &frame, now),
        Kind::Fetch => destination::take_fetch(connection, &frame, message),
        Kind::Confirm => destination::take_confirm(connection, &frame, message, local, now),
        Kind::Waiting => destination::take_waiting(connection, &frame, message, now),
        Kind::Refuse => destination::take_refuse(connection, &frame, message, now),
        Kind::Report => {
            let report = Report::read(&frame)?;
            let outcome = report::take_note(connection, &report, None, now);
            // An answer is never answered.
            if report.answers.is_some() {
                return Some(outcome);
            }
            let reply = report::compose(outcome.connection().unwrap_or(connection), Some(message));
            Some(Outcome { message: reply, ..outcome })
        }
    }
}

/// The key that authenticates a message of this kind to this record; `None` if it should not be sent to it.
pub(super) fn key_of(connection: &Connection, kind: Kind) -> Option<Secret> {
    match (kind, connection.role) {
        (Kind::Accept | Kind::Withdraw | Kind::Noted, Role::Source) => {
            connection.keys().map(|keys| keys.accept.clone())
        }
        (Kind::Fetch | Kind::Confirm | Kind::Waiting | Kind::Refuse, Role::Destination) => {
            connection.keys().map(|keys| keys.confirm.clone())
        }
        (Kind::Report, role) => report::key(connection, role.other()),
        _ => None,
    }
}

/// A key that nobody has, made with the same work as the one that would be needed.
fn strangers_key(kind: Kind) -> Secret {
    let nothing = Secret::from_bytes([0; 32]);
    if kind == Kind::Report { ConnectionSecret::of(nothing).report_key(Role::Source) } else { nothing }
}
