//! A connection as bytes, for stores: a format number, then records within records.
//!
//! Reading goes through the same checks as everything else, so no stored bytes make an invalid connection.

use core::fmt;

use zeroize::Zeroizing;

use super::{
    Accepting, AdminAccess, AdminEvidence, CloseReason, Closed, CodeKeys, Connection, ConnectionId,
    ConnectionInfo, ConnectionKind, ConnectionSecret, Contested, Event, EventKind, EventLog, Link, Pending,
    Phase, Role, Sealed, State,
};
use crate::crypto::MAC_BYTES;
use crate::instance::{Capabilities, Instance, Platform, Reachability};
use crate::records::{Records, RecordsError, Value, Writer};
use crate::time::Actor;

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

/// Implements [`Value`] for a type whose value is records: what is written, and what is read.
macro_rules! value_of_records {
    ($type:ty, known: $known:expr, write: |$value:ident, $writer:ident| $write:block, read: |$records:ident| $read:block) => {
        impl Value for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let $value = self;
                let mut $writer = Writer::behind(core::mem::take(out));
                $write;
                *out = $writer.finish();
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                let read = |mut $records: Records<'_>| -> Result<Option<Self>, RecordsError> { $read };
                Records::parse(bytes, $known).and_then(read).ok().flatten()
            }
        }
    };
}

value_of_records!(Connection, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18],
    write: |connection, writer| {
        writer
            .put(2, &connection.id)
            .put(4, &connection.role)
            .put(6, &connection.kind)
            .put(8, &connection.mode)
            .put(10, &connection.info)
            .put_some(12, connection.remote.as_ref())
            .put(14, &connection.events)
            .put(16, &connection.phase());
        match &connection.state {
            State::Pending(pending) => writer.put(18, pending),
            State::Accepting(accepting) => writer.put(18, &**accepting),
            State::Active(link) => writer.put_some(18, link.as_deref()),
            State::Closed(closed) => writer.put(18, closed),
        };
    },
    read: |records| {
        let id = records.required(2)?;
        let role = records.required(4)?;
        let kind = records.required(6)?;
        let mode = records.required(8)?;
        let info = records.required(10)?;
        let remote: Option<Instance> = records.optional(12)?;
        let events = records.required(14)?;
        // Both ends are the same instance: there is no other side, and no link.
        let is_local = role == Role::Local;
        if is_local != (kind == ConnectionKind::Local) || is_local && remote.is_some() {
            return Ok(None);
        }
        let state = match (role, records.required(16)?) {
            (Role::Source, Phase::Pending) => State::Pending(records.required(18)?),
            (Role::Destination, Phase::Accepting) => {
                let accepting: Accepting = records.required(18)?;
                if remote.is_none() || !accepting.is_request_for(id) {
                    return Ok(None);
                }
                State::Accepting(Box::new(accepting))
            }
            (Role::Local, Phase::Active) if records.optional::<Vec<u8>>(18)?.is_none() => State::Active(None),
            (Role::Source | Role::Destination, Phase::Active) => {
                let link: Link = records.required(18)?;
                if remote.is_none() || (role == Role::Source) != matches!(link.sealed, Sealed::Source { .. }) {
                    return Ok(None);
                }
                State::Active(Some(Box::new(link)))
            }
            (Role::Destination, Phase::Closed) => State::Closed(records.required(18)?),
            _ => return Ok(None),
        };
        Ok(Some(Self { id, role, kind, mode, info, remote, state, events }))
    }
);

value_of_records!(Pending, known: &[2, 4, 6, 8, 10, 12, 14, 16],
    write: |pending, writer| {
        writer
            .put(2, &pending.keys)
            .put(4, &pending.session)
            .put(6, &pending.expires_at)
            .put_some(8, pending.bound_to.as_ref())
            .put(10, &pending.policy)
            .put(12, &pending.versions)
            .put(14, &pending.refused_late)
            .put(16, &pending.source_uid);
    },
    read: |records| {
        Ok(Some(Self {
            keys: records.required(2)?,
            session: records.required(4)?,
            expires_at: records.required(6)?,
            bound_to: records.optional(8)?,
            policy: records.required(10)?,
            versions: records.required(12)?,
            refused_late: records.required(14)?,
            source_uid: records.required(16)?,
        }))
    }
);

value_of_records!(Accepting, known: &[2, 4, 6, 8, 10, 12, 14, 16],
    write: |accepting, writer| {
        writer
            .put(2, &accepting.keys)
            .put(4, &accepting.session)
            .put(6, &accepting.ephemeral)
            .put(8, &accepting.request)
            .put(10, &accepting.to)
            .put(12, &accepting.expires_at)
            .put(14, &accepting.versions)
            .put(16, &accepting.policy);
    },
    read: |records| {
        Ok(Some(Self {
            keys: records.required(2)?,
            session: records.required(4)?,
            ephemeral: records.required(6)?,
            request: records.required(8)?,
            to: records.required(10)?,
            expires_at: records.required(12)?,
            versions: records.required(14)?,
            policy: records.required(16)?,
        }))
    }
);

impl Accepting {
    /// Whether the stored request is an acceptance for this connection that the source can verify.
    fn is_request_for(&self, id: ConnectionId) -> bool {
        let start = [&[1, 1, 2, 0, 16], id.as_bytes().as_slice()].concat();
        self.request
            .split_last_chunk::<MAC_BYTES>()
            .is_some_and(|(signed, mac)| signed.starts_with(&start) && self.keys.accept.verifies(signed, mac))
    }
}

value_of_records!(Link, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24],
    write: |link, writer| {
        writer
            .put(2, &link.keys)
            .put(4, link.secret.as_stored())
            .put(6, &link.version)
            .put(8, &link.remote_info)
            .put(10, &link.confirmed)
            .put(12, &link.sequence)
            .put(14, &link.seen);
        match &link.sealed {
            Sealed::Source { request, response, contested } => writer
                .put(16, request)
                .put(18, response)
                .put(20, &contested.by_same)
                .put(22, &contested.by_other),
            Sealed::Destination { confirm } => writer.put(24, confirm),
        };
    },
    read: |records| {
        let keys = records.required(2)?;
        let secret = ConnectionSecret::of(records.required(4)?);
        let version = records.required(6)?;
        let remote_info = records.required(8)?;
        let confirmed = records.required(10)?;
        let sequence = records.required(12)?;
        let seen = records.required(14)?;
        let (request, response) = (records.optional(16)?, records.optional(18)?);
        let (by_same, by_other, confirm) = (records.optional(20)?, records.optional(22)?, records.optional(24)?);
        let sealed = match (request, response, by_same, by_other, confirm) {
            (Some(request), Some(response), Some(by_same), Some(by_other), None) => {
                Sealed::Source { request, response, contested: Contested { by_same, by_other } }
            }
            (None, None, None, None, Some(confirm)) => Sealed::Destination { confirm },
            _ => return Ok(None),
        };
        // 0 stands for "no version" and "none seen".
        if version == 0 || sequence == 0 {
            return Ok(None);
        }
        Ok(Some(Self { keys, secret, version, sealed, remote_info, confirmed, sequence, seen }))
    }
);

value_of_records!(Closed, known: &[2, 4, 6],
    write: |closed, writer| {
        let CloseReason::Refused { refusal } = closed.reason;
        writer.put(2, &closed.keys).put(4, &closed.request).put(6, &refusal);
    },
    read: |records| {
        Ok(Some(Self {
            keys: records.required(2)?,
            request: records.required(4)?,
            reason: CloseReason::Refused { refusal: records.required(6)? },
        }))
    }
);

value_of_records!(CodeKeys, known: &[2, 4, 6],
    write: |keys, writer| {
        writer.put(2, &keys.digest).put(4, &keys.accept).put(6, &keys.confirm);
    },
    read: |records| {
        Ok(Some(Self { digest: records.required(2)?, accept: records.required(4)?, confirm: records.required(6)? }))
    }
);

value_of_records!(ConnectionInfo, known: &[2, 4, 6],
    write: |info, writer| {
        writer
            .put(2, &info.source_short_name)
            .put(4, &info.destination_short_name)
            .put(6, &info.name)
            .put(7, &info.description)
            .put_some(9, info.incoming_project.as_ref())
            .put_some(11, info.admin_access.as_ref());
    },
    read: |records| {
        let info = Self::received(
            records.required(2)?,
            records.required(4)?,
            records.required(6)?,
            records.optional(7)?.unwrap_or_default(),
            records.optional(9)?,
        );
        let admin_access = records.optional(11)?;
        Ok(info.map(|info| Self { admin_access, ..info }))
    }
);

value_of_records!(AdminAccess, known: &[2, 4, 6],
    write: |access, writer| {
        match access {
            Self::No => writer.put(2, &false),
            Self::Claimed => writer.put(2, &true),
            Self::Verified(AdminEvidence { who, at }) => writer.put(2, &true).put(4, who).put(6, at),
        };
    },
    read: |records| {
        let has_access: bool = records.required(2)?;
        let who = records.optional(4)?;
        let at = records.optional(6)?;
        Ok(match (has_access, who, at) {
            (false, None, None) => Some(Self::No),
            (true, None, None) => Some(Self::Claimed),
            (true, Some(who), Some(at)) => Some(Self::Verified(AdminEvidence { who, at })),
            _ => None,
        })
    }
);

value_of_records!(Instance, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
    write: |instance, writer| {
        let Capabilities { modes, projects, local } = instance.platform().capabilities();
        writer
            .put(2, instance.uid())
            .put(4, instance.platform().name())
            .put(6, &modes)
            .put(8, &projects)
            .put(10, &local)
            .put(12, &instance.is_public())
            .put_some(14, instance.node_url())
            .put_some(16, instance.tracker_url())
            .put_some(18, instance.own_accept_page())
            .put(20, &instance.licences())
            .put(22, &instance.protocol());
    },
    read: |records| {
        let uid = records.required(2)?;
        let name = records.required(4)?;
        let capabilities =
            Capabilities { modes: records.required(6)?, projects: records.required(8)?, local: records.required(10)? };
        let public: bool = records.required(12)?;
        let mut builder = Self::builder(uid, Platform::new(name, capabilities))
            .reachability(if public { Reachability::Public } else { Reachability::Private });
        if let Some(url) = records.optional(14)? {
            builder = builder.node_url(url);
        }
        if let Some(url) = records.optional(16)? {
            builder = builder.tracker_url(url);
        }
        if let Some(url) = records.optional(18)? {
            builder = builder.accept_page(url);
        }
        Ok(builder.licences(records.required(20)?).protocol(records.required(22)?).build().ok())
    }
);

/// Record 2 counts the events that are no longer kept. Record 4 is a list of those that are, each behind a
/// header like a record's, because a record's type can stand only once.
impl Value for EventLog {
    fn write(&self, out: &mut Vec<u8>) {
        let list = self.kept.iter().fold(Vec::new(), |list, event| {
            let mut writer = Writer::behind(list);
            writer.put(0, event);
            writer.finish()
        });
        let mut writer = Writer::behind(core::mem::take(out));
        writer.put(2, &self.dropped).put(4, &list);
        *out = writer.finish();
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut records = Records::parse(bytes, &[2, 4]).ok()?;
        let dropped: u64 = records.required(2).ok()?;
        let list: Vec<u8> = records.optional(4).ok()?.unwrap_or_default();
        let mut log = Self { dropped, kept: Vec::new() };
        for value in crate::records::values(&list) {
            let event = Event::read(value?)?;
            if event.number != log.last_number().checked_add(1)? || log.kept.len() == Self::KEPT {
                return None;
            }
            log.kept.push(event);
        }
        // Events are dropped from a full list only, and no connection has had so many that numbers run out.
        let is_possible = log.dropped == 0 || log.kept.len() == Self::KEPT && log.dropped < u64::MAX / 2;
        is_possible.then_some(log)
    }
}

value_of_records!(Event, known: &[2, 4, 6, 8, 10, 12],
    write: |event, writer| {
        let (kind, refusal, same) = match event.kind {
            EventKind::Initiated => (1_u8, None, None),
            EventKind::Accepted => (2, None, None),
            EventKind::Activated => (3, None, None),
            EventKind::Confirmed => (4, None, None),
            EventKind::ExpiredRefused => (5, None, None),
            EventKind::Refused { refusal } => (6, Some(refusal), None),
            EventKind::SecondAcceptor { same_instance } => (7, None, Some(same_instance)),
        };
        writer
            .put(2, &event.number)
            .put(4, &event.at)
            .put_some(6, Some(&event.actor).filter(|actor| **actor != Actor::System))
            .put(8, &kind)
            .put_some(10, refusal.as_ref())
            .put_some(12, same.as_ref());
    },
    read: |records| {
        let number = records.required(2)?;
        let at = records.required(4)?;
        let actor = records.optional(6)?.unwrap_or_default();
        let kind: u8 = records.required(8)?;
        let (refusal, same_instance) = (records.optional(10)?, records.optional(12)?);
        let kind = match (kind, refusal, same_instance) {
            (1, None, None) => EventKind::Initiated,
            (2, None, None) => EventKind::Accepted,
            (3, None, None) => EventKind::Activated,
            (4, None, None) => EventKind::Confirmed,
            (5, None, None) => EventKind::ExpiredRefused,
            (6, Some(refusal), None) => EventKind::Refused { refusal },
            (7, None, Some(same_instance)) => EventKind::SecondAcceptor { same_instance },
            _ => return Ok(None),
        };
        Ok(Some(Self { number, at, actor, kind }))
    }
);

/// A number for each variant of an enum.
macro_rules! value_of_numbers {
    ($type:ident: $($variant:ident = $number:literal),+) => {
        impl Value for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number,)+ });
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                match bytes { $([$number] => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

value_of_numbers!(Role: Source = 1, Destination = 2, Local = 3);
value_of_numbers!(ConnectionKind: Local = 1, Public = 2, Private = 3);
value_of_numbers!(Phase: Pending = 1, Accepting = 2, Active = 3, Closed = 4);
