//! Stored bytes, taken apart to be changed.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::collections::BTreeMap;

use handclasp::{Connection, DecodeRecordError};

use crate::support::{NOW, wire};

#[track_caller]
pub(crate) fn check_damaged(bytes: &[u8]) {
    assert_eq!(Connection::from_secret_bytes(bytes).unwrap_err(), DecodeRecordError::Damaged);
}

/// The records in a record, taken apart to be changed.
#[track_caller]
pub(crate) fn change(record: &Connection, change: impl FnOnce(&mut BTreeMap<u8, Vec<u8>>)) -> Vec<u8> {
    let bytes = record.to_secret_bytes();
    let mut records = wire::parse(&bytes.expose_bytes()[1..]);
    change(&mut records);
    [&[1], wire::write(&records).as_slice()].concat()
}

/// An event as it is stored.
pub(crate) fn event(number: u64, actor: &[u8]) -> Vec<u8> {
    event_of(number, actor, &wire::record(8, &[4]))
}

/// An event of this kind as it is stored.
pub(crate) fn event_of(number: u64, actor: &[u8], kind: &[u8]) -> Vec<u8> {
    let mut bytes = [wire::record(2, &number.to_be_bytes()), wire::record(4, &NOW.to_be_bytes())].concat();
    if !actor.is_empty() {
        bytes.extend(wire::record(6, actor));
    }
    bytes.extend(kind);
    bytes
}

/// The stored events, with how many there were before.
pub(crate) fn event_log(dropped: u64, events: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<u8> = events.iter().flat_map(|event| wire::record(0, event)).collect();
    let mut bytes = wire::record(2, &dropped.to_be_bytes());
    if !list.is_empty() {
        bytes.extend(wire::record(4, &list));
    }
    bytes
}
