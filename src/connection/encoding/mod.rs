//! A connection as bytes, for stores: a format number, then records within records.
//!
//! Reading goes through the same checks as everything else, so no stored bytes make an invalid connection.

mod event;
mod macros;
mod parts;
mod state;

use core::fmt;

use zeroize::Zeroizing;

use self::macros::{value_of_numbers, value_of_records};
use super::{Connection, ConnectionKind, EventLog, Phase, Role, Sealed, State};
use crate::flat::flat;
use crate::instance::Instance;
use crate::records::{Records, RecordsError, Value, Writer};

impl Connection {
    /// The most bytes that a record has when stored.
    pub const MAX_SECRET_BYTES: usize = 64 * 1024;

    /// The record as bytes for a store, **secrets included**: at most 64 KiB, the format number first.
    ///
    /// Whoever reads them can speak for this side of the connection. They are wiped from memory when dropped.
    #[must_use]
    pub fn to_secret_bytes(&self) -> SecretBytes {
        // Large enough for every record: a buffer that grows leaves secrets behind where it was.
        let mut bytes = Vec::with_capacity(LARGEST_WITHOUT_EVENTS + self.events.kept.len() * LARGEST_EVENT);
        bytes.push(FORMAT);
        self.write(&mut bytes);
        SecretBytes(Zeroizing::new(bytes))
    }

    /// The record that [`to_secret_bytes`](Self::to_secret_bytes) gave these bytes for.
    ///
    /// # Errors
    /// [`DecodeRecordError::Newer`] for bytes that a newer version of this crate has written,
    /// [`DecodeRecordError::Damaged`] for any that no version has, such as none, or half a record.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, DecodeRecordError> {
        match bytes.split_first() {
            _ if bytes.len() > Self::MAX_SECRET_BYTES => Err(DecodeRecordError::Damaged),
            Some((&FORMAT, records)) => Self::read(records).ok_or(DecodeRecordError::Damaged),
            Some((&format, _)) if format > FORMAT => Err(DecodeRecordError::Newer { format }),
            _ => Err(DecodeRecordError::Damaged),
        }
    }
}

/// A record as bytes, **secrets included**. They are wiped from memory when dropped, and `Debug` does not
/// show them.
#[derive(Clone)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// The bytes: for a store, not for a log.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes([redacted])")
    }
}

/// Why stored bytes are not a connection's record.
///
/// Serialised, it is the flat structure `code`, `message`, and the `format` of a newer record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeRecordError {
    /// A newer version of this crate wrote them.
    #[error("the record has the newer format {format}; update this side")]
    Newer {
        /// The number of the format.
        format: u8,
    },
    /// No version of this crate wrote them.
    #[error("the record is damaged; restore it, or connect anew with a new invitation")]
    Damaged,
}

flat! { DecodeRecordError {
    Self::Newer { format } => { format },
    Self::Damaged => {},
} }

impl DecodeRecordError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Newer { .. } => "newer-format",
            Self::Damaged => "damaged-record",
        }
    }
}

const FORMAT: u8 = 1;

/// More bytes than any record has but for its events: three sets of labels, two messages, keys and addresses.
const LARGEST_WITHOUT_EVENTS: usize = 32 * 1024;

/// More bytes than any event has: the name of an actor, at most 512 bytes, and some numbers.
const LARGEST_EVENT: usize = 640;

value_of_records!(Connection, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
    write: |connection, writer| {
        writer
            .put(2, &connection.id)
            .put(4, &connection.role)
            .put(6, &connection.kind)
            .put(8, &connection.mode)
            .put(10, &connection.info)
            .put_some(12, connection.remote.as_ref())
            .put(14, &connection.events.to_bytes())
            .put(16, &connection.phase());
        match &connection.state {
            State::Pending(pending) => writer.put(18, &**pending),
            State::Awaiting(awaiting) => writer.put(18, &**awaiting),
            State::Accepting(accepting) => writer.put(18, &**accepting),
            State::Linked(link) => writer.put(18, &**link),
            // Its phase says it all.
            State::Local { .. } => &mut writer,
            State::Closed(closed) => writer.put(18, &**closed),
        }
        .put(20, &connection.callable)
        // The last one is always there, so bytes that were cut off are no record.
        .put(22, &connection.health);
    },
    read: |records| {
        let id = records.required(2)?;
        let role = records.required(4)?;
        let kind = records.required(6)?;
        let mode = records.required(8)?;
        let info = records.required(10)?;
        let remote: Option<Instance> = records.optional(12)?;
        let events: Vec<u8> = records.required(14)?;
        let Some(events) = EventLog::read(id, &events) else { return Ok(None) };
        // Both ends are the same instance: there is no other side, and no link.
        let is_local = role == Role::Local;
        if is_local != (kind == ConnectionKind::Local) || is_local && remote.is_some() {
            return Ok(None);
        }
        let phase = records.required(16)?;
        let state = match (role, phase) {
            (Role::Source, Phase::Pending) => State::Pending(Box::new(records.required(18)?)),
            (Role::Source, Phase::AwaitingApproval) => State::Awaiting(Box::new(records.required(18)?)),
            (Role::Destination, Phase::Accepting) => State::Accepting(Box::new(records.required(18)?)),
            (Role::Source | Role::Destination, Phase::Active | Phase::Deactivated) => {
                State::Linked(Box::new(records.required(18)?))
            }
            (Role::Local, Phase::Active | Phase::Deactivated) if records.optional::<Vec<u8>>(18)?.is_none() => {
                State::Local { on: phase == Phase::Active }
            }
            (_, Phase::Closed) => State::Closed(Box::new(records.required(18)?)),
            _ => return Ok(None),
        };
        let callable = records.required(20)?;
        let health = records.required(22)?;
        let connection = Self { id, role, kind, mode, info, remote, callable, health, state, events };
        Ok(Some(connection).filter(|connection| connection.phase() == phase && connection.is_whole()))
    }
);

impl Connection {
    /// Whether the parts fit together.
    fn is_whole(&self) -> bool {
        let is_sealed_by =
            |sealed: &Sealed| (self.role == Role::Source) == matches!(sealed, Sealed::Source { .. });
        match &self.state {
            State::Pending(_) | State::Local { .. } => true,
            State::Awaiting(awaiting) => is_sealed_by(&awaiting.link.sealed),
            State::Accepting(accepting) => self.remote.is_some() && accepting.is_request_for(self.id),
            State::Linked(link) => self.remote.is_some() && is_sealed_by(&link.sealed),
            // A local connection has no keys; another has.
            State::Closed(closed) => closed.keys.is_none() == (self.role == Role::Local),
        }
    }
}

value_of_numbers!(Role: Source = 1, Destination = 2, Local = 3);
value_of_numbers!(ConnectionKind: Local = 1, Public = 2, Private = 3);
value_of_numbers!(Phase: Pending = 1, Accepting = 2, Active = 3, Closed = 4, AwaitingApproval = 5, Deactivated = 6);
