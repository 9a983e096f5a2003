//! One step: what changes, what is sent because of it, and what of that never should have been.

use super::attacker;
use super::bugs::Bug;
use super::lab::{Call, Lab};
use super::message::{ACCEPT, CONFIRM, REFUSE};
use super::setup::{Attacker, Decision, Party, Setup};
use super::world::{CODES, Cause, Done, Fault, MessageId, RecordId, Task, World};

/// A world that is being changed.
pub(crate) struct Turn<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) lab: &'a mut Lab,
    pub(crate) world: World,
    /// Who may have something new to say.
    stale: [bool; Party::COUNT],
}

impl<'a> Turn<'a> {
    pub(crate) fn new(setup: &'a Setup, lab: &'a mut Lab, world: World) -> Self {
        Self { setup, lab, world, stale: [false; Party::COUNT] }
    }

    fn call(&self, party: Party, code: usize, cause: Cause) -> Call {
        // A handler that is under way has drawn its own.
        let salt = self.world.crashes * 4 + u8::try_from(self.world.busy(party)).unwrap();
        Call {
            party,
            record: self.world.record(party, code),
            kept: self.world.kept[party.index()][code],
            cause,
            late: self.world.late,
            salt,
        }
    }

    /// Begins something; whether it makes any difference.
    pub(crate) fn begin(&mut self, party: Party, code: usize, cause: Cause) -> bool {
        let call = self.call(party, code, cause);
        let Some(done) = self.lab.call(call) else { return false };
        self.judge(call, code, done);
        if !self.setup.stepping.contains(&party) {
            return self.carry_out(call, code, done);
        }
        // What needs no writing has no steps.
        if done.next.is_none() {
            return self.say(done.say);
        }
        let task = Task { party, code, cause, base: call.record, next: done.next, say: done.say };
        if self.world.busy(party) >= self.setup.handlers || self.world.tasks.contains(&task) {
            return false;
        }
        self.world.tasks.push(task);
        true
    }

    /// Writes and sends what something gives.
    pub(crate) fn carry_out(&mut self, call: Call, code: usize, done: Done) -> bool {
        if let Some(next) = done.next {
            self.write(call.party, code, call.cause, next);
        }
        self.say(done.say) || done.next.is_some()
    }

    /// Writes what a task has computed, if the record is still the one that it was computed from; else computes it anew.
    pub(crate) fn write_task(&mut self, index: usize) -> bool {
        let task = self.world.tasks[index];
        let Some(next) = task.next else { return false };
        let Task { party, code, cause, .. } = task;
        if self.world.record(party, code) == task.base || self.setup.bug == Some(Bug::WritesBlindly) {
            self.world.tasks[index].next = None;
            self.write(party, code, cause, next);
        } else {
            self.world.tasks.remove(index);
            self.begin(party, code, cause);
        }
        self.finish();
        true
    }

    /// Sends what a task has to say. That is once it has written, or a program would promise what it may forget.
    pub(crate) fn send_task(&mut self, index: usize) -> bool {
        let task = self.world.tasks[index];
        let is_early = task.next.is_some();
        if task.say.is_none() || is_early && self.setup.bug != Some(Bug::SendsBeforeWriting) {
            return false;
        }
        self.world.tasks[index].say = None;
        self.say(task.say);
        self.finish();
        true
    }

    fn finish(&mut self) {
        self.world.tasks.retain(|task| task.next.is_some() || task.say.is_some());
    }

    /// The program ends with all that it had begun.
    pub(crate) fn crash(&mut self, party: Party) -> bool {
        let forgets = self.setup.bug.is_some_and(Bug::forgets) && party == Party::Source;
        if self.world.crashes >= self.setup.crashes || self.world.busy(party) == 0 && !forgets {
            return false;
        }
        self.world.tasks.retain(|task| task.party != party);
        self.world.crashes += 1;
        true
    }

    pub(crate) fn write(&mut self, party: Party, code: usize, cause: Cause, next: RecordId) {
        let before = self.world.record(party, code);
        let late = self.world.late;
        let (was, is) = (self.lab.stage(before, late), self.lab.stage(Some(next), late));
        if was.is_closed() && !is.is_closed() {
            self.world.faults.add(Fault::Reopened);
        }
        let mode = self.lab.record(self.lab.first.0).mode;
        if self.lab.record(next).mode != mode {
            self.world.faults.add(Fault::OtherMode);
        }
        if is.is_linked() && party != Party::Source {
            let winner = self.world.winner[code].get_or_insert(party);
            if *winner != party {
                self.world.faults.add(Fault::SecondDestination);
            }
        }
        if let Some(sequence) = cause.message().and_then(|message| self.lab.message(message).sequence) {
            let heard = &mut self.world.heard[party.index()][code];
            if sequence <= *heard && was != is {
                self.world.faults.add(Fault::OldReport);
            }
            *heard = sequence.max(*heard);
        }
        if self.setup.bug.is_some_and(Bug::remembers) && was != is && !was.is_closed() {
            self.world.kept[party.index()][code] = before;
        }
        self.put(party, code, next);
    }

    pub(crate) fn put(&mut self, party: Party, code: usize, record: RecordId) {
        self.world.records[party.index()][code] = Some(record);
        self.stale[party.index()] = true;
    }

    /// Looks at what was computed, before it counts.
    fn judge(&mut self, call: Call, code: usize, done: Done) {
        let Some(cause) = call.cause.message() else { return };
        let (lab, world) = (&*self.lab, &mut self.world);
        let cause = lab.message(cause);
        let is_late_leak = self.setup.attacker == Attacker::WithCodeLate && cause.from == Party::Attacker;
        if is_late_leak && done.next.is_some() {
            let seen = |id: Option<RecordId>| {
                let record = id.map(|id| lab.record(id));
                let told = record.map(|record| record.connection.is_acknowledged());
                (lab.stage(id, world.late), told, record.and_then(|record| record.comparison.clone()))
            };
            if seen(call.record) != seen(done.next) {
                world.faults.add(Fault::LateLeak);
            }
        }
        let Some(answer) = done.say.map(|say| lab.message(say)) else { return };
        if cause.kind != ACCEPT || call.party != Party::Source {
            return;
        }
        let is_open = !lab.stage(done.next.or(call.record), world.late).is_closed();
        let earlier = world.sent.iter().map(|id| lab.message(*id)).filter(|earlier| {
            earlier.from == Party::Source
                && earlier.code == code
                && matches!(earlier.kind, CONFIRM | REFUSE)
                && earlier.names == Some(cause.digest)
        });
        for earlier in earlier {
            if earlier.kind == REFUSE && answer.kind == CONFIRM {
                world.faults.add(Fault::ConfirmedAfterRefusal);
            }
            if is_open && earlier.digest != answer.digest {
                world.faults.add(Fault::OtherAnswer);
            }
        }
    }

    /// Puts a message on the network; whether it is new there.
    pub(crate) fn say(&mut self, message: Option<MessageId>) -> bool {
        let Some(message) = message else { return false };
        let Err(index) = self.world.sent.binary_search(&message) else { return false };
        let (lab, world) = (&*self.lab, &mut self.world);
        let said = lab.message(message);
        let is_second = |id: &MessageId| {
            let other = lab.message(*id);
            other.kind == CONFIRM && other.from == Party::Source && other.code == said.code
        };
        if said.kind == CONFIRM && said.from == Party::Source && world.sent.iter().any(is_second) {
            world.faults.add(Fault::SecondConfirmation);
        }
        world.sent.insert(index, message);
        for (index, party) in PARTIES.into_iter().enumerate() {
            self.stale[index] |= said.is_for(party) || said.from == party;
        }
        self.mint(message);
        true
    }

    /// Sends what may be sent at any time: what is due, what is answered without writing anything, and what an attacker
    /// makes of that.
    ///
    /// A message on the network obliges nobody to anything, so having it there early takes no behaviour away, and a world
    /// in which it has not been sent yet need not be looked at.
    pub(crate) fn settle(&mut self) {
        while let Some(party) = self.stale.iter().position(|is_stale| *is_stale) {
            self.stale[party] = false;
            let party = PARTIES[party];
            for code in 0..CODES {
                let Some(record) = self.world.record(party, code) else { continue };
                let due = self.lab.due(party, record);
                self.say(due.say);
                let call = self.call(party, code, Cause::Decide(Decision::Remove));
                for (cause, done) in self.lab.deliver(call, code, &self.world.sent) {
                    if done.next.is_none() && !done.say.is_some_and(|say| self.world.is_sent(say)) {
                        self.judge(Call { cause, ..call }, code, done);
                        self.say(done.say);
                    }
                }
            }
        }
    }

    /// What the attacker can send because of a message.
    fn mint(&mut self, message: MessageId) {
        let code = self.world.codes[self.lab.message(message).code];
        let is_honest = self.lab.message(message).from != Party::Attacker;
        if let (true, true, Some(code)) = (self.world.leaked, is_honest, code) {
            for minted in attacker::minted(self.lab, code, message) {
                self.say(Some(minted));
            }
        }
    }

    /// The attacker has the code from now on.
    pub(crate) fn leak(&mut self) {
        self.world.leaked = true;
        for message in self.world.sent.clone() {
            self.mint(message);
        }
    }

    /// What may happen to a party's record because of the messages that were sent: one cause of each different effect.
    pub(crate) fn reactions(&mut self, party: Party, code: usize) -> Vec<Cause> {
        let call = self.call(party, code, Cause::Decide(Decision::Remove));
        let mut seen = Vec::new();
        let mut causes = Vec::new();
        for (cause, done) in self.lab.deliver(call, code, &self.world.sent) {
            let message = cause.message().map(|id| self.lab.message(id));
            // All that is looked at of a cause, later on; between its steps, a handler may have to begin again.
            let origin = message.map(|message| (message.from, message.sequence));
            let again = Some(cause).filter(|_| self.setup.stepping.contains(&party));
            let effect = (done.next, done.say, origin, again);
            if done.next.is_some() && !seen.contains(&effect) {
                seen.push(effect);
                causes.push(cause);
            }
        }
        causes
    }
}

const PARTIES: [Party; Party::COUNT] = [Party::Source, Party::First, Party::Second];
