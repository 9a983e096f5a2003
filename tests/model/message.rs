//! What can be seen of a message without any key.

use super::setup::Party;
use crate::support::wire::{self, Key};

pub(crate) const ACCEPT: u8 = wire::ACCEPT;
pub(crate) const WITHDRAW: u8 = 2;
pub(crate) const NOTED: u8 = 3;
pub(crate) const FETCH: u8 = 16;
pub(crate) const CONFIRM: u8 = wire::CONFIRM;
pub(crate) const WAITING: u8 = 18;
pub(crate) const REFUSE: u8 = wire::REFUSE;
pub(crate) const REPORT: u8 = wire::REPORT;

pub(crate) const KINDS: [u8; 8] = [ACCEPT, WITHDRAW, NOTED, FETCH, CONFIRM, WAITING, REFUSE, REPORT];

/// A message that was sent, and by whom.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) from: Party,
    pub(crate) bytes: Vec<u8>,
    /// Which code it belongs to.
    pub(crate) code: usize,
    pub(crate) kind: u8,
    /// The message that it answers.
    pub(crate) names: Option<Key>,
    pub(crate) digest: Key,
    /// The number of a report.
    pub(crate) sequence: Option<u64>,
}

impl Message {
    pub(crate) fn read(from: Party, bytes: Vec<u8>, code: usize) -> Self {
        let wire::Message { kind, records } = wire::Message::open(&bytes);
        let key = |value: &Vec<u8>| value.as_slice().try_into().unwrap();
        let number = |value: &Vec<u8>| u64::from_be_bytes(value.as_slice().try_into().unwrap());
        let sequence = records.get(&22).filter(|_| kind == REPORT).map(number);
        let digest = wire::digest(&bytes);
        Self { from, code, kind, names: records.get(&6).map(key), digest, sequence, bytes }
    }

    pub(crate) fn is_for(&self, party: Party) -> bool {
        let is_for_source = self.kind < FETCH || self.kind == REPORT && self.from != Party::Source;
        is_for_source == (party == Party::Source) && party != self.from
    }

    /// Whether whoever sends it waits for a reply.
    pub(crate) fn is_request(&self) -> bool {
        match self.kind {
            NOTED => false,
            REPORT => self.names.is_none(),
            _ => true,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            ACCEPT => "accept",
            WITHDRAW => "withdraw",
            NOTED => "noted",
            FETCH => "fetch",
            CONFIRM => "confirm",
            WAITING => "waiting",
            REFUSE => "refuse",
            _ => "report",
        }
    }
}
