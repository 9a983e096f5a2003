//! What leads from one stage to another: read off the table, and nowhere else.

use std::collections::BTreeMap;

use handclasp::Role;
use handclasp::lifecycle::{Cell, Stage, Trigger, cell};

/// The stages of a role, and what leads from each to another.
pub(crate) struct Graph {
    pub(crate) role: Role,
    pub(crate) stages: &'static [Stage],
    /// Everything that leads from the first stage to the second, in the order of the triggers.
    pub(crate) edges: BTreeMap<(Stage, Stage), Vec<Trigger>>,
}

impl Graph {
    pub(crate) fn of(role: Role) -> Self {
        let stages = Stage::of_role(role);
        let mut edges = BTreeMap::<_, Vec<_>>::new();
        for &from in stages {
            for &trigger in Trigger::ALL {
                match after(cell(role, from, trigger)) {
                    Some(to) if to != from => edges.entry((from, to)).or_default().push(trigger),
                    _ => {}
                }
            }
        }
        Self { role, stages, edges }
    }
}

/// The stage that a cell leads to.
fn after(cell: Cell) -> Option<Stage> {
    match cell {
        Cell::Becomes(stage) | Cell::Answers { stage, .. } => Some(stage),
        Cell::Stays | Cell::Denied(_) | Cell::NotRecognised => None,
    }
}

/// Who or what brings a change about.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Cause {
    /// Somebody on this side decides.
    Decision,
    /// The other side says something.
    Message,
    /// Nobody does anything.
    Time,
}

impl Cause {
    pub(crate) fn of(trigger: Trigger) -> Self {
        if trigger.is_decision() {
            Self::Decision
        } else if trigger.is_message() {
            Self::Message
        } else {
            Self::Time
        }
    }
}

pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Source => "source",
        Role::Destination => "destination",
        Role::Local => "local",
    }
}

/// What is drawn, as a heading.
pub(crate) fn title(role: Role) -> &'static str {
    match role {
        Role::Source => "The life of a connection at the source",
        Role::Destination => "The life of a connection at the destination",
        Role::Local => "The life of a local connection",
    }
}

/// A code in plain words.
pub(crate) fn words(code: &str) -> String {
    code.replace('-', " ")
}
