//! Who takes part, what they may do, and within which bounds: a model is explored to its end, so all of it is finite.

use handclasp::{Approval, Connection, Terms, UrlPolicy};

use super::bugs::Bug;
use crate::support::{CODE_SECRET, Plot, Scene, instance};
use handclasp::{ConnectionMode, Instance, Reachability};

/// Who keeps a record, or sends messages without one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Party {
    Source,
    First,
    Second,
    /// Keeps no record: it sits in the network.
    Attacker,
}

impl Party {
    /// How many of them keep records.
    pub(crate) const COUNT: usize = 3;

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// What people decide about a record that is there.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Decision {
    Revoke,
    /// The first half of issuing a new invitation in the place of the first one.
    Supersede,
    Approve,
    Decline,
    Cancel,
    Deactivate,
    Activate,
    Remove,
}

/// What sits in the network, beside loss, repetition and delay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Attacker {
    Absent,
    /// Changes, cuts, reflects and invents messages without any key.
    WithoutCode,
    /// Has the code from the beginning.
    WithCode,
    /// Finds the code once both sides are active and know it.
    WithCodeLate,
}

/// A model: who takes part, and what may happen.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a model has or has not is switched on one by one")]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) public_source: bool,
    pub(crate) public_destination: bool,
    /// Whether there is a second instance that may accept the same code.
    pub(crate) contested: bool,
    /// Whether the code is bound to the first destination.
    pub(crate) bound: bool,
    pub(crate) by_hand: bool,
    pub(crate) decisions: &'static [(Party, Decision)],
    /// How often anybody may switch the connection on or off.
    pub(crate) switches: u8,
    /// Whether the code may be declined in the place of being accepted.
    pub(crate) declinable: bool,
    pub(crate) expires: bool,
    /// How often a program may end with work under way.
    pub(crate) crashes: u8,
    /// Whose computing, writing and sending are three steps, so that others come between and a program may end there.
    /// Everybody else's are one: a message that was not sent is no different from one that was lost, so only what a
    /// program does in the wrong order is missed by looking at fewer states.
    pub(crate) stepping: &'static [Party],
    /// How many handlers of such a program are between their steps at the same time.
    pub(crate) handlers: usize,
    pub(crate) attacker: Attacker,
    pub(crate) bug: Option<Bug>,
    /// What has to be reachable, or else the model does not show what it is about.
    pub(crate) sometimes: &'static [&'static str],
}

impl Setup {
    pub(crate) const PLAIN: Self = Self {
        name: "plain",
        public_source: true,
        public_destination: true,
        contested: false,
        bound: true,
        by_hand: false,
        decisions: &[],
        switches: 0,
        declinable: false,
        expires: false,
        crashes: 0,
        stepping: &[],
        handlers: 1,
        attacker: Attacker::Absent,
        bug: None,
        sometimes: &["both are active"],
    };

    /// The same with a program that makes this mistake.
    pub(crate) const fn with(self, bug: Bug) -> Self {
        Self { bug: Some(bug), ..self }
    }

    pub(crate) const fn destinations(&self) -> &'static [Party] {
        if self.contested { &[Party::First, Party::Second] } else { &[Party::First] }
    }

    pub(crate) const fn parties(&self) -> &'static [Party] {
        if self.contested {
            &[Party::Source, Party::First, Party::Second]
        } else {
            &[Party::Source, Party::First]
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        let approval = if self.by_hand { Approval::ByHand } else { Approval::Automatic };
        Terms::new(UrlPolicy::public()).with_approval(approval)
    }

    /// The instances, by party.
    pub(crate) fn cast(&self) -> Vec<Instance> {
        let made = |name: &str, is_public: bool| {
            let reachability = if is_public { Reachability::Public } else { Reachability::Private };
            instance(name).reachability(reachability).build().unwrap()
        };
        vec![
            made("source", self.public_source),
            made("destination", self.public_destination),
            made("second", self.public_destination),
        ]
    }

    /// The source's first record, and its code.
    pub(crate) fn initiated(&self) -> (Connection, String) {
        let plot = Plot { mode: ConnectionMode::Script, bound: self.bound, public: self.public_destination };
        let [source, destination, _] = self.cast().try_into().unwrap();
        let Scene { pending, code, .. } = plot.scene_under(self.terms(), source, destination, CODE_SECRET);
        (pending, code)
    }
}
