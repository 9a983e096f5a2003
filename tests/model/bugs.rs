//! Mistakes that a program around the transitions, or a lesser protocol, could make. The model has to find each.

use handclasp::CloseReason;
use handclasp::handshake;
use handclasp::lifecycle::Stage;

use super::lab::{Call, Lab, secret, time};
use super::message::{ACCEPT, CONFIRM, REFUSE, REPORT, WITHDRAW};
use super::setup::Party;
use super::world::{Done, MessageId, RecordId};
use crate::support::wire::{self, CodeKeys, Key, Message};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Bug {
    /// A retry makes a new key, and so another acceptance.
    RetriesWithAFreshKey,
    /// An answer is sent before what it promises is written.
    SendsBeforeWriting,
    /// A write does not look at what is there.
    WritesBlindly,
    /// The recorded answer is lost with the program.
    ForgetsItsAnswer,
    /// The MAC does not cover the address.
    LeavesTheAddressOpen,
    /// A refusal does not say what it refuses.
    RefusesWithoutAName,
    /// A confirmation does not say what it confirms.
    ConfirmsWithoutAName,
    /// Whatever is not understood counts as a refusal.
    BelievesErrorPages,
    /// Cancelling tells nobody.
    CancelsInSilence,
    /// A late confirmation opens what was closed.
    RevivesWhatIsClosed,
    /// After a restart, a code is confirmed although another took its place.
    ForgetsWhatWasSuperseded,
    /// An old report counts like a new one.
    IgnoresSequence,
    /// A report that it is off has no number of its own.
    SwitchesWithoutANumber,
    /// The entropy is one that others know.
    DrawsWhatOthersKnow,
}

impl Bug {
    /// Whether the faulty program goes back to the record before.
    pub(crate) const fn remembers(self) -> bool {
        matches!(self, Self::ForgetsItsAnswer | Self::RevivesWhatIsClosed | Self::ForgetsWhatWasSuperseded)
    }

    /// Whether it takes the end of a program, whatever it was about to do.
    pub(crate) const fn forgets(self) -> bool {
        matches!(self, Self::ForgetsItsAnswer | Self::ForgetsWhatWasSuperseded)
    }
}

impl Lab {
    /// What the transition gives for a message, faults included.
    pub(crate) fn answered(&mut self, call: Call, bytes: &[u8]) -> Option<Done> {
        let call = Call { record: self.record_for(call, bytes), ..call };
        let bytes = self.received(call, bytes);
        let done = self.answer(call, &bytes)?;
        Some(self.silenced(done))
    }

    fn answer(&mut self, call: Call, bytes: &[u8]) -> Option<Done> {
        let connection = &self.record(call.record?).connection;
        let local = &self.cast[call.party.index()];
        let outcome = handshake::answer(Some(connection), bytes, local, time(call.late), self.entropy(call));
        Some(self.done(call, outcome))
    }

    /// The same for a reply.
    pub(crate) fn concluded(&mut self, call: Call, request: &[u8], reply: &[u8]) -> Option<Done> {
        let call = Call { record: self.record_for(call, reply), ..call };
        let reply = self.received(call, reply);
        let conclude = |lab: &Self, reply: &[u8]| {
            let connection = &lab.record(call.record?).connection;
            let local = &lab.cast[call.party.index()];
            handshake::conclude(connection, request, reply, local, time(call.late), lab.entropy(call)).ok()
        };
        let mut outcome = conclude(self, &reply);
        if outcome.is_none() && self.bug == Some(Bug::BelievesErrorPages) && request[1] == ACCEPT {
            let keys = self.keys(request)?;
            let refusal =
                Message::open(request).records.into_iter().filter(|(kind, _)| matches!(kind, 2 | 4));
            let refusal = Message { kind: REFUSE, records: refusal.collect() };
            let refusal = refusal.with(6, wire::digest(request)).with(18, [u8::MAX]);
            outcome = conclude(self, &refusal.seal(&keys.confirm));
        }
        let done = self.done(call, outcome?);
        Some(self.silenced(done))
    }

    /// The keys of the code that a message belongs to.
    fn keys(&self, bytes: &[u8]) -> Option<CodeKeys> {
        let id = handshake::connection_id(bytes)?;
        let code = if id == self.id_of(0) { self.first.1 } else { return None };
        Some(self.code(code).keys)
    }

    /// The record that the program goes by.
    fn record_for(&self, call: Call, bytes: &[u8]) -> Option<RecordId> {
        let (Some(bug), Some(kept), Some(kind)) = (self.bug, call.kept, bytes.get(1)) else {
            return call.record;
        };
        let stage = self.stage(call.record, call.late);
        let reason = call.record.and_then(|id| self.record(id).reason);
        let goes_back = match bug {
            Bug::ForgetsItsAnswer => {
                *kind == ACCEPT
                    && stage == Stage::Unconfirmed
                    && call.salt >= 4
                    && call.party == Party::Source
            }
            Bug::RevivesWhatIsClosed => *kind == CONFIRM && stage.is_closed() && call.party != Party::Source,
            Bug::ForgetsWhatWasSuperseded => {
                let was_superseded = matches!(reason, Some(CloseReason::Superseded { .. }));
                *kind == ACCEPT && was_superseded && call.salt >= 4
            }
            _ => false,
        };
        if goes_back { Some(kept) } else { call.record }
    }

    /// A message as the faulty program reads it.
    fn received(&mut self, call: Call, bytes: &[u8]) -> Vec<u8> {
        let read = match self.bug {
            Some(Bug::LeavesTheAddressOpen) => self.without_address(bytes),
            Some(Bug::RefusesWithoutAName) => self.without_name(call, bytes, REFUSE),
            Some(Bug::ConfirmsWithoutAName) => self.without_name(call, bytes, CONFIRM),
            Some(Bug::IgnoresSequence) => self.without_sequence(call, bytes),
            Some(Bug::SwitchesWithoutANumber) => {
                let is_off = bytes[1] == REPORT && Message::open(bytes).records[&20] == [2];
                if is_off { self.renumbered(bytes, 1) } else { None }
            }
            _ => None,
        };
        read.unwrap_or_else(|| bytes.to_vec())
    }

    /// Sealed again, if it is an acceptance that somebody has sent with another address.
    fn without_address(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mac = bytes.split_last_chunk::<32>()?.1;
        let is_like = |sent: &super::message::Message| {
            let rest = |bytes: &[u8]| Message::open(bytes).without(12).records;
            sent.kind == ACCEPT
                && bytes[1] == ACCEPT
                && sent.bytes.ends_with(mac)
                && rest(&sent.bytes) == rest(bytes)
        };
        self.messages()
            .iter()
            .any(is_like)
            .then(|| Some(Message::open(bytes).seal(&self.keys(bytes)?.accept)))?
    }

    /// An answer, as if it were to whatever acceptance this side has sent.
    fn without_name(&mut self, call: Call, bytes: &[u8], kind: u8) -> Option<Vec<u8>> {
        let keys = self.keys(bytes)?;
        let is_authentic = bytes[1] == kind && Message::open(bytes).seal(&keys.confirm) == bytes;
        let accept = self.due(call.party, call.record?).say.map(|id| self.message(id))?;
        (is_authentic && accept.kind == ACCEPT)
            .then(|| Message::open(bytes).with(6, accept.digest).seal(&keys.confirm))
    }

    /// A report with a number that is always the next one.
    fn without_sequence(&mut self, call: Call, bytes: &[u8]) -> Option<Vec<u8>> {
        if bytes[1] != REPORT {
            return None;
        }
        let answer = self.answer(call, bytes)?.say.map(|id| Message::open(&self.message(id).bytes))?;
        let seen: [u8; 8] = answer.records.get(&24)?.as_slice().try_into().ok()?;
        let is_old = Message::open(bytes).records[&22].as_slice() < seen.as_slice();
        if is_old { self.renumbered(bytes, u64::from_be_bytes(seen) + 1) } else { None }
    }

    /// A report with another number, sealed again.
    fn renumbered(&self, bytes: &[u8], number: u64) -> Option<Vec<u8>> {
        let report = Message::open(bytes);
        let resealed = |key: Key| {
            let is_authentic = report.seal(&key) == bytes;
            is_authentic.then(|| report.clone().with(22, number.to_be_bytes()).seal(&key))
        };
        self.report_keys(bytes).into_iter().find_map(resealed)
    }

    /// Both keys for reports, of every agreement that was made with the messages so far.
    fn report_keys(&self, bytes: &[u8]) -> Vec<Key> {
        let Some(keys) = self.keys(bytes) else { return Vec::new() };
        let confirms = self.messages().iter().filter(|message| message.kind == CONFIRM);
        let pairs = confirms.filter_map(|confirm| {
            let is_named = |accept: &&super::message::Message| Some(accept.digest) == confirm.names;
            Some((self.messages().iter().find(is_named)?, confirm))
        });
        let secrets = pairs.flat_map(|(accept, confirm)| {
            let public =
                |bytes: &[u8]| -> Key { Message::open(bytes).records[&8].as_slice().try_into().unwrap() };
            let ours = (0..16).map(|salt| secret(accept.from, salt));
            let ours = ours.filter(|ours| wire::public_key(*ours) == public(&accept.bytes));
            ours.map(|ours| {
                let shared = wire::shared(ours, public(&confirm.bytes));
                keys.connection_secret(&accept.bytes, &confirm.bytes, shared)
            })
            .collect::<Vec<_>>()
        });
        secrets
            .flat_map(|secret| ["source", "destination"].map(|from| wire::report_key(&secret, from)))
            .collect()
    }

    /// Whether the program never sends that.
    pub(crate) fn is_silenced(&self, message: Option<MessageId>) -> bool {
        let is_withdrawal = message.is_some_and(|id| self.message(id).kind == WITHDRAW);
        self.bug == Some(Bug::CancelsInSilence) && is_withdrawal
    }

    fn silenced(&self, done: Done) -> Done {
        if self.is_silenced(done.say) { Done { say: None, ..done } } else { done }
    }
}
