//! What has happened, as records.

use super::macros::value_of_records;
use crate::connection::{ConnectionId, Event, EventKind, EventLog, Refusal};
use crate::offer::Side;
use crate::records::{Records, RecordsError, Value, Writer};
use crate::time::{Actor, Timestamp};

/// Record 2 counts the events that are no longer kept. Record 4 is a list of those that are, each behind a
/// header like a record's, because a record's type can stand only once.
impl EventLog {
    /// The log of this connection: an event does not name it again.
    pub(super) fn read(id: ConnectionId, bytes: &[u8]) -> Option<Self> {
        let mut records = Records::parse(bytes, &[2, 4]).ok()?;
        let dropped: u64 = records.required(2).ok()?;
        let list: Vec<u8> = records.optional(4).ok()?.unwrap_or_default();
        let mut log = Self { dropped, ..Self::of(id) };
        for value in crate::records::values(&list) {
            let Entry { number, at, actor, kind } = Entry::read(value?)?;
            if number != log.last_number().checked_add(1)? || log.kept.len() == Self::KEPT {
                return None;
            }
            log.kept.push(Event { connection: id, number, at, actor, kind });
        }
        // Events are dropped from a full list only, and no connection has had so many that numbers run out.
        let is_possible = log.dropped == 0 || log.kept.len() == Self::KEPT && log.dropped < u64::MAX / 2;
        is_possible.then_some(log)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let list = self.kept.iter().fold(Vec::new(), |list, event| {
            let Event { connection: _, number, at, ref actor, kind } = *event;
            let mut writer = Writer::behind(list);
            writer.put(0, &Entry { number, at, actor: actor.clone(), kind });
            writer.finish()
        });
        let mut writer = Writer::behind(Vec::new());
        writer.put(2, &self.dropped).put(4, &list);
        writer.finish()
    }
}

/// An event as it is stored: without the connection's id, which the record has.
struct Entry {
    number: u64,
    at: Timestamp,
    actor: Actor,
    kind: EventKind,
}

value_of_records!(Entry, known: &[2, 4, 6, 8, 10, 12, 14, 16],
    write: |event, writer| {
        let (kind, detail) = numbered(event.kind);
        writer
            .put(2, &event.number)
            .put(4, &event.at)
            .put_some(6, Some(&event.actor).filter(|actor| **actor != Actor::System))
            .put(8, &kind)
            .put_some(10, detail.refusal.as_ref())
            .put_some(12, detail.flag.as_ref())
            .put_some(14, detail.id.as_ref())
            .put_some(16, detail.side.as_ref());
    },
    read: |records| {
        let number = records.required(2)?;
        let at = records.required(4)?;
        let actor = records.optional(6)?.unwrap_or_default();
        let kind: u8 = records.required(8)?;
        let detail = Detail {
            refusal: records.optional(10)?,
            flag: records.optional(12)?,
            id: records.optional(14)?,
            side: records.optional(16)?,
        };
        Ok(named(kind, &detail).map(|kind| Self { number, at, actor, kind }))
    }
);

/// What an event says beside its kind.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
struct Detail {
    refusal: Option<Refusal>,
    flag: Option<bool>,
    id: Option<ConnectionId>,
    side: Option<Side>,
}

fn numbered(kind: EventKind) -> (u8, Detail) {
    let none = Detail::default();
    match kind {
        EventKind::Initiated => (1, none),
        EventKind::Accepted => (2, none),
        EventKind::Activated => (3, none),
        EventKind::Confirmed => (4, none),
        EventKind::ExpiredRefused => (5, none),
        EventKind::Refused { refusal } => (6, Detail { refusal: Some(refusal), ..none }),
        EventKind::SecondAcceptor { same_instance } => (7, Detail { flag: Some(same_instance), ..none }),
        EventKind::Reissued { from } => (8, Detail { id: Some(from), ..none }),
        EventKind::Waiting => (9, none),
        EventKind::ApprovalAsked { other_address } => (10, Detail { flag: Some(other_address), ..none }),
        EventKind::Approved => (11, none),
        EventKind::Revoked => (12, none),
        EventKind::Superseded { by } => (13, Detail { id: Some(by), ..none }),
        EventKind::Declined => (14, none),
        EventKind::Cancelled => (15, none),
        EventKind::Deactivated => (16, none),
        EventKind::Reactivated => (17, none),
        EventKind::Renamed => (18, none),
        EventKind::Described => (19, none),
        EventKind::Removed => (20, none),
        EventKind::Told => (21, none),
        EventKind::SecondSource => (22, none),
        EventKind::AlreadyConfirmed => (23, none),
        EventKind::Cloned => (24, none),
        EventKind::OutOfStep { side } => (25, Detail { side: Some(side), ..none }),
        EventKind::Moved => (26, none),
        EventKind::MoveConfirmed => (27, none),
    }
}

fn named(kind: u8, detail: &Detail) -> Option<EventKind> {
    let event = match kind {
        1 => EventKind::Initiated,
        2 => EventKind::Accepted,
        3 => EventKind::Activated,
        4 => EventKind::Confirmed,
        5 => EventKind::ExpiredRefused,
        6 => EventKind::Refused { refusal: detail.refusal? },
        7 => EventKind::SecondAcceptor { same_instance: detail.flag? },
        8 => EventKind::Reissued { from: detail.id? },
        9 => EventKind::Waiting,
        10 => EventKind::ApprovalAsked { other_address: detail.flag? },
        11 => EventKind::Approved,
        12 => EventKind::Revoked,
        13 => EventKind::Superseded { by: detail.id? },
        14 => EventKind::Declined,
        15 => EventKind::Cancelled,
        16 => EventKind::Deactivated,
        17 => EventKind::Reactivated,
        18 => EventKind::Renamed,
        19 => EventKind::Described,
        20 => EventKind::Removed,
        21 => EventKind::Told,
        22 => EventKind::SecondSource,
        23 => EventKind::AlreadyConfirmed,
        24 => EventKind::Cloned,
        25 => EventKind::OutOfStep { side: detail.side? },
        26 => EventKind::Moved,
        27 => EventKind::MoveConfirmed,
        _ => return None,
    };
    // Nothing is said that the kind has no place for.
    (numbered(event).1 == *detail).then_some(event)
}
