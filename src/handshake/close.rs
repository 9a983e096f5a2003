//! How a record is closed: what is kept, and whether the other side still has to be told.

use crate::connection::{CloseReason, Closed, CodeKeys, Connection, Link, Parted, Role, State, Switch};
use crate::crypto::Digest;
use crate::time::Timestamp;

/// Closes a record that both ends agree on: its last state is `Removed`, which is told by reports.
pub(super) fn part(
    connection: &Connection,
    link: &Link,
    reason: CloseReason,
    told: bool,
    now: Timestamp,
) -> Connection {
    let parted = Parted {
        from_source: link.secret.report_key(Role::Source),
        from_destination: link.secret.report_key(Role::Destination),
        confirmed: link.confirmed,
        confirm: link.sealed.confirm(),
        ledger: link.ledger.switched(Switch::Removed, now),
    };
    let request = Some(link.request());
    let parted = Some(Box::new(parted));
    let closed = Closed { keys: Some(link.keys.clone()), reason, at: now, request, told, parted };
    connection.with_state(State::Closed(Box::new(closed)))
}

/// Closes a record that was not active, or that the destination says never was.
pub(super) fn close(
    connection: &Connection,
    keys: &CodeKeys,
    request: Option<Digest>,
    reason: CloseReason,
    told: bool,
    now: Timestamp,
) -> Connection {
    let closed = Closed { keys: Some(keys.clone()), reason, at: now, request, told, parted: None };
    connection.with_state(State::Closed(Box::new(closed)))
}

/// The state of a destination that declined before it accepted.
pub(super) fn never_accepted(keys: &CodeKeys, reason: CloseReason, now: Timestamp) -> State {
    let keys = Some(keys.clone());
    State::Closed(Box::new(Closed { keys, reason, at: now, request: None, told: false, parted: None }))
}
