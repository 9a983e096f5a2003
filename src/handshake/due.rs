//! What a side sends of its own accord: composed from the record alone, so a retry is the same bytes.

use super::message::{Kind, Note, Refuse, Withdraw, Withdrawal};
use super::{Outgoing, report};
use crate::connection::{CloseReason, Closed, CodeKeys, Connection, Errand, Refusal, Sealed, State, Way};
use crate::crypto::Digest;

/// The message that is due to the other side now. `None` if there is nothing to say, or the other side has to call.
///
/// Until it was answered, that is an acceptance, byte for byte as it was; a confirmation; a refusal or a withdrawal,
/// when it is over; for a source that cannot be called, a request for the acceptance; and for two sides that agree, a
/// report of where this side stands. Sending it as often as one likes does no harm.
#[must_use]
pub fn due(connection: &Connection) -> Option<Outgoing> {
    let (errand, way) = connection.errand()?;
    let to = match way {
        Way::Call(url) => Some(url.clone()),
        Way::ByHand => None,
    };
    Some(Outgoing { to, message: compose(connection, errand)? })
}

/// The message that is due by hand, even if one side can call the other: for two sides of which each waits for the
/// other's call.
pub(super) fn due_by_hand(connection: &Connection) -> Option<Vec<u8>> {
    compose(connection, connection.errand_on(Way::ByHand)?)
}

fn compose(connection: &Connection, errand: Errand) -> Option<Vec<u8>> {
    let keys = connection.keys()?;
    Some(match (errand, &connection.state) {
        (Errand::Fetch, _) => note(connection, keys, Kind::Fetch, None),
        (Errand::Accept, State::Accepting(accepting)) => accepting.request.clone(),
        (Errand::Confirm, State::Linked(link)) => match &link.sealed {
            Sealed::Source { response, .. } => response.clone(),
            Sealed::Destination { .. } => return None,
        },
        (Errand::Withdraw, State::Closed(closed)) => withdrawal(connection, keys, closed),
        (Errand::Refuse, State::Closed(closed)) => {
            refusal(connection, keys, closed.request?, closed.reason.refusal())
        }
        (Errand::Report, _) => report::compose(connection, None)?,
        _ => return None,
    })
}

/// A message that says no more than its kind, and which message it is about, under the key of who sends such.
pub(super) fn note(connection: &Connection, keys: &CodeKeys, kind: Kind, names: Option<Digest>) -> Vec<u8> {
    let key = if kind == Kind::Noted { &keys.accept } else { &keys.confirm };
    Note { kind, code: keys.digest, names }.seal(connection.id, key)
}

/// The source's refusal of the message that it names.
pub(super) fn refusal(connection: &Connection, keys: &CodeKeys, names: Digest, refusal: Refusal) -> Vec<u8> {
    Refuse { code: keys.digest, names, refusal }.seal(connection.id, &keys.confirm)
}

/// What a destination says that declined or cancelled.
pub(super) fn withdrawal(connection: &Connection, keys: &CodeKeys, closed: &Closed) -> Vec<u8> {
    let why =
        if closed.reason == CloseReason::Cancelled { Withdrawal::Cancelled } else { Withdrawal::Declined };
    Withdraw { code: keys.digest, names: closed.request, why }.seal(connection.id, &keys.accept)
}

/// What a destination says to a second source.
pub(super) fn turning_down(connection: &Connection, keys: &CodeKeys, confirm: Digest) -> Vec<u8> {
    let why = Withdrawal::AlreadyConfirmed;
    Withdraw { code: keys.digest, names: Some(confirm), why }.seal(connection.id, &keys.accept)
}
