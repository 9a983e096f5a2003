//! What may happen next.

use std::sync::Mutex;

use handclasp::lifecycle::Stage;
use stateright::{Model, Property};

use super::attacker;
use super::bugs::Bug;
use super::lab::{Call, Lab};
use super::properties;
use super::setup::{Attacker, Decision, Party, Setup};
use super::turn::Turn;
use super::world::{CODES, Cause, Fault, Faults, World};

/// The model: its bounds, and what was computed so far.
pub(crate) struct Handshake {
    pub(crate) setup: Setup,
    /// The one property to look at, if not all.
    pub(crate) only: Option<&'static str>,
    pub(crate) lab: Mutex<Lab>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Action {
    Begin(Party, usize, Cause),
    /// The second half of issuing a new invitation in the place of the first one.
    Issue,
    /// A task, by its place, writes.
    Write(usize),
    /// A task, by its place, sends.
    Send(usize),
    Crash(Party),
    Expire,
    /// Somebody finds the code.
    Leak,
    /// A forgery that is taken for real, by its place among them.
    Inject(Party, usize),
    /// What a faulty program does in the place of sending the same again.
    FreshKey(Party),
}

impl Handshake {
    pub(crate) fn new(setup: Setup, only: Option<&'static str>) -> Self {
        Self { lab: Mutex::new(Lab::new(&setup)), setup, only }
    }
}

impl Model for Handshake {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let mut lab = self.lab.lock().unwrap();
        let (record, code) = lab.first;
        let world = World {
            records: Default::default(),
            tasks: Vec::new(),
            codes: [Some(code), None],
            sent: Vec::new(),
            late: false,
            leaked: self.setup.attacker == Attacker::WithCode,
            crashes: 0,
            switched: 0,
            faults: Faults::default(),
            winner: [None; CODES],
            heard: [[0; CODES]; Party::COUNT],
            kept: Default::default(),
        };
        let mut turn = Turn::new(&self.setup, &mut lab, world);
        turn.put(Party::Source, 0, record);
        turn.settle();
        vec![turn.world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let setup = &self.setup;
        let lab = &mut *self.lab.lock().unwrap();
        let mut turn = Turn::new(setup, lab, world.clone());
        for (code, issued) in world.codes.iter().enumerate() {
            let Some(issued) = *issued else { continue };
            for party in setup.destinations() {
                if world.record(*party, code).is_none() {
                    actions.push(Action::Begin(*party, code, Cause::Accept(issued)));
                    if setup.declinable {
                        actions.push(Action::Begin(*party, code, Cause::DeclineCode(issued)));
                    }
                }
            }
            for (party, decision) in setup.decisions {
                let is_switch = matches!(decision, Decision::Activate | Decision::Deactivate);
                let is_first = code == 0 || *decision != Decision::Supersede;
                if is_first && (!is_switch || world.switched < setup.switches) {
                    actions.push(Action::Begin(*party, code, Cause::Decide(*decision)));
                }
            }
        }
        for party in setup.parties() {
            for code in 0..CODES {
                let causes = turn.reactions(*party, code).into_iter();
                actions.extend(causes.map(|cause| Action::Begin(*party, code, cause)));
            }
            actions.push(Action::Crash(*party));
            if setup.attacker == Attacker::WithoutCode {
                let count = attacker::takes(turn.lab, world, *party).len();
                actions.extend((0..count).map(|index| Action::Inject(*party, index)));
            }
            if setup.bug == Some(Bug::RetriesWithAFreshKey) && *party != Party::Source {
                actions.push(Action::FreshKey(*party));
            }
        }
        for index in 0..world.tasks.len() {
            actions.extend([Action::Write(index), Action::Send(index)]);
        }
        actions.extend([Action::Issue, Action::Expire, Action::Leak]);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let lab = &mut *self.lab.lock().unwrap();
        let mut turn = Turn::new(&self.setup, lab, world.clone());
        turn.take(action).then(|| {
            turn.settle();
            turn.world.tasks.sort();
            turn.world
        })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}

impl Turn<'_> {
    /// Does it; whether it makes any difference.
    fn take(&mut self, action: Action) -> bool {
        match action {
            Action::Begin(party, code, cause) => {
                let is_switch = matches!(cause, Cause::Decide(Decision::Activate | Decision::Deactivate));
                self.world.switched += u8::from(is_switch);
                self.begin(party, code, cause)
            }
            Action::Issue => self.issue(),
            Action::Write(index) => self.write_task(index),
            Action::Send(index) => self.send_task(index),
            Action::Crash(party) => self.crash(party),
            Action::Expire => self.setup.expires && !core::mem::replace(&mut self.world.late, true),
            Action::Leak => self.find_code(),
            Action::Inject(party, index) => {
                let (_, call, _, done) = attacker::takes(self.lab, &self.world, party)[index];
                self.world.faults.add(Fault::Forged);
                let code = (0..CODES).find(|code| self.world.record(party, *code) == call.record).unwrap();
                self.carry_out(call, code, done)
            }
            Action::FreshKey(party) => self.retry(party),
        }
    }

    fn issue(&mut self) -> bool {
        let superseded = self.world.record(Party::Source, 0);
        if self.world.record(Party::Source, 1).is_some() {
            return false;
        }
        let issued = superseded.and_then(|superseded| self.lab.issue(superseded, self.world.late));
        let Some((record, code)) = issued else { return false };
        self.put(Party::Source, 1, record);
        self.world.codes[1] = Some(code);
        true
    }

    /// The code is found once it is of no more use.
    fn find_code(&mut self) -> bool {
        let late = self.world.late;
        let is_linked = |party: Party| {
            let stage = self.lab.stage(self.world.record(party, 0), late);
            stage.is_linked() && !matches!(stage, Stage::Unconfirmed | Stage::UnconfirmedOff)
        };
        let both = is_linked(Party::Source) && is_linked(Party::First);
        let is_so = self.setup.attacker == Attacker::WithCodeLate && both;
        if !is_so || self.world.leaked {
            return false;
        }
        self.leak();
        true
    }

    fn retry(&mut self, party: Party) -> bool {
        let record = self.world.record(party, 0);
        if self.lab.stage(record, self.world.late) != Stage::Accepting {
            return false;
        }
        let cause = Cause::Accept(self.lab.first.1);
        let call = Call { party, record: None, kept: None, cause, late: self.world.late, salt: 9 };
        match self.lab.call(call) {
            Some(done) if done.next != record => self.carry_out(call, 0, done),
            _ => false,
        }
    }
}
