//! What has happened, as stored bytes: every kind there and back, numbered without gaps.

#[path = "support/stored.rs"]
mod bytes;
#[path = "support/handshake.rs"]
mod support;

use bytes::{change, check_damaged, event, event_log, event_of};
use handclasp::{Actor, Connection, Event, EventKind, Refusal, Side};
use support::{Scene, admin, stored, wire};

#[test]
fn an_event_log_is_read_as_it_is_written() {
    let events: Vec<_> = (11..=42).map(|number| event(number, b"ada")).collect();
    let bytes = change(&Scene::standard().pending, |records| {
        records.insert(14, event_log(10, &events));
    });
    let record = Connection::from_secret_bytes(&bytes).unwrap();
    let Event { number, actor, kind, .. } = record.events().last().unwrap();
    assert_eq!((*number, actor, *kind), (42, &admin("ada"), EventKind::Confirmed));
}

#[test]
fn the_thirty_third_event_pushes_out_the_first() {
    let scene = Scene::standard();
    let events: Vec<_> = (1..=32).map(|number| event(number, &[])).collect();
    let bytes = change(&scene.pending, |records| {
        records.insert(14, event_log(0, &events));
    });
    let full = Connection::from_secret_bytes(&bytes).unwrap();
    let next = scene.answer(&full, &scene.accept().1).into_connection().unwrap();
    let numbers: Vec<_> = stored(&next).events().iter().map(|event| event.number).collect();
    assert_eq!(numbers, (2..=33).collect::<Vec<_>>());
}

#[test]
fn event_numbers_have_no_gaps() {
    let logs = [
        event_log(0, &[event(2, &[])]),
        event_log(0, &[event(1, &[]), event(3, &[])]),
        event_log(0, &[event(1, &[]), event(1, &[])]),
        event_log(0, &(1..=33).map(|number| event(number, &[])).collect::<Vec<_>>()),
    ];
    for log in logs {
        check_damaged(&change(&Scene::standard().pending, |records| {
            records.insert(14, log);
        }));
    }
}

/// Nobody could number the next event.
#[test]
fn no_more_events_have_been_than_can_be_numbered() {
    let events: Vec<_> = (0..32).map(|back| event(u64::MAX - 31 + back, &[])).collect();
    for log in [event_log(u64::MAX, &[]), event_log(u64::MAX - 32, &events)] {
        let bytes = change(&Scene::standard().pending, |records| {
            records.insert(14, log);
        });
        if let Ok(record) = Connection::from_secret_bytes(&bytes) {
            let scene = Scene::standard();
            let _ = scene.answer(&record, &scene.accept().1);
        }
    }
}

#[test]
fn events_are_dropped_only_from_a_full_log() {
    check_damaged(&change(&Scene::standard().pending, |records| {
        records.insert(14, event_log(5, &[event(6, &[])]));
    }));
}

#[test]
fn actors_are_told_apart() {
    let events = [event(1, &[]), event(2, &[0]), event(3, b"ada")];
    let bytes = change(&Scene::standard().pending, |records| {
        records.insert(14, event_log(0, &events));
    });
    let record = Connection::from_secret_bytes(&bytes).unwrap();
    let actors: Vec<_> = record.events().iter().map(|event| event.actor.clone()).collect();
    assert_eq!(actors, [Actor::System, Actor::Remote, admin("ada")]);
}

/// Every kind of event, with the records in which it is stored.
fn kinds() -> Vec<(EventKind, Vec<u8>)> {
    let id = Scene::standard().pending.id();
    let number = |number: u8| wire::record(8, &[number]);
    let with = |kind: u8, detail: u8, value: &[u8]| [number(kind), wire::record(detail, value)].concat();
    let sides = [(Side::Local, 1), (Side::Remote, 2), (Side::Both, 3)];
    let mut kinds = vec![
        (EventKind::Initiated, number(1)),
        (EventKind::Accepted, number(2)),
        (EventKind::Activated, number(3)),
        (EventKind::Confirmed, number(4)),
        (EventKind::ExpiredRefused, number(5)),
        (EventKind::Refused { refusal: Refusal::Removed }, with(6, 10, &[14])),
        (EventKind::Reissued { from: id }, with(8, 14, id.as_bytes())),
        (EventKind::Waiting, number(9)),
        (EventKind::Approved, number(11)),
        (EventKind::Revoked, number(12)),
        (EventKind::Superseded { by: id }, with(13, 14, id.as_bytes())),
        (EventKind::Declined, number(14)),
        (EventKind::Cancelled, number(15)),
        (EventKind::Deactivated, number(16)),
        (EventKind::Reactivated, number(17)),
        (EventKind::Renamed, number(18)),
        (EventKind::Described, number(19)),
        (EventKind::Removed, number(20)),
        (EventKind::Told, number(21)),
        (EventKind::SecondSource, number(22)),
        (EventKind::AlreadyConfirmed, number(23)),
        (EventKind::Cloned, number(24)),
        (EventKind::Moved, number(26)),
        (EventKind::MoveConfirmed, number(27)),
    ];
    for flag in [false, true] {
        kinds.push((EventKind::SecondAcceptor { same_instance: flag }, with(7, 12, &[u8::from(flag)])));
        kinds.push((EventKind::ApprovalAsked { other_address: flag }, with(10, 12, &[u8::from(flag)])));
    }
    kinds.extend(sides.map(|(side, stored)| (EventKind::OutOfStep { side }, with(25, 16, &[stored]))));
    kinds
}

/// The bytes of a record to which this has happened.
fn after(kind: &[u8]) -> Vec<u8> {
    change(&Scene::standard().pending, |records| {
        records.insert(14, event_log(0, &[event_of(1, &[], kind)]));
    })
}

#[test]
fn every_kind_is_read_and_written_again() {
    for (kind, stored_as) in kinds() {
        let bytes = after(&stored_as);
        let record = Connection::from_secret_bytes(&bytes).unwrap();
        let kinds: Vec<_> = record.events().iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [kind]);
        assert_eq!(record.to_secret_bytes().expose_bytes(), bytes, "{kind:?}");
    }
}

#[test]
fn there_are_no_other_kinds() {
    for number in (28..=u8::MAX).chain([0]) {
        check_damaged(&after(&wire::record(8, &[number])));
    }
}

#[test]
fn a_kind_says_what_belongs_to_it_and_no_more() {
    let id = Scene::standard().pending.id();
    let details = [(10, vec![1]), (12, vec![1]), (14, id.as_bytes().to_vec()), (16, vec![1])];
    for (kind, stored_as) in kinds() {
        let own = wire::parse(&stored_as);
        for (detail, value) in &details {
            let mut changed = own.clone();
            if changed.remove(detail).is_none() {
                changed.insert(*detail, value.clone());
            }
            let bytes = after(&wire::write(&changed));
            assert!(Connection::from_secret_bytes(&bytes).is_err(), "{kind:?} with {detail} changed");
        }
    }
}
