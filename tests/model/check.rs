//! Exploring a model to its end.

use std::time::Instant;

use stateright::{Checker, Expectation, Model, Path};

use super::actions::{Action, Handshake};
use super::attacker;
use super::lab::Lab;
use super::setup::Setup;
use super::world::{Cause, MessageId, World};

/// Explores every state of the model, and says how many there were.
///
/// # Panics
/// If anything is reached that never should be, or anything is not that should.
#[track_caller]
pub(crate) fn check(setup: Setup) {
    let begun = Instant::now();
    let checker = Handshake::new(setup, None).checker().spawn_bfs().join();
    let seconds = begun.elapsed().as_secs_f32();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{}: {states} states of {}, {depth} deep, {seconds:.1} s", setup.name, checker.state_count());
    assert!(checker.is_done(), "{}: not all of it was explored", setup.name);
    let mut discoveries = checker.discoveries();
    for property in checker.model().properties() {
        let found = discoveries.remove(property.name);
        match (property.expectation, found) {
            (Expectation::Sometimes, None) => panic!("{}: never reached: {}", setup.name, property.name),
            (Expectation::Always, Some(path)) => {
                panic!("{}: broken: {}{}", setup.name, property.name, told(checker.model(), path))
            }
            _ => {}
        }
    }
}

/// Explores the model until this property is broken, and says how.
///
/// # Panics
/// If it holds.
#[track_caller]
pub(crate) fn find(setup: Setup, property: &'static str) {
    let checker = Handshake::new(setup, Some(property)).checker().spawn_bfs().join();
    let Some(path) = checker.discovery(property) else {
        panic!("{:?} was not found by {property}, in {} states", setup.bug, checker.unique_state_count())
    };
    println!("{:?} breaks {property}{}", setup.bug, told(checker.model(), path));
}

/// A path as one can read it.
fn told(model: &Handshake, path: Path<World, Action>) -> String {
    let lab = &mut *model.lab.lock().unwrap();
    let mut lines = vec![String::new()];
    for (world, action) in path.into_vec() {
        lines.push(format!("  {}", standing(lab, &model.setup, &world)));
        lines.extend(action.map(|action| format!("    {}", done(lab, &world, action))));
    }
    lines.join("\n")
}

/// Where everybody stands.
fn standing(lab: &Lab, setup: &Setup, world: &World) -> String {
    let stages = setup.parties().iter().map(|party| {
        let stages = world.records[party.index()].iter().flatten();
        let stages: Vec<_> = stages.map(|id| lab.record(*id).stage(world.late).code()).collect();
        format!("{party:?}: {}", stages.join(" and "))
    });
    let stages: Vec<_> = stages.collect();
    format!("{}; {} under way", stages.join(", "), world.tasks.len())
}

/// What is done then.
fn done(lab: &mut Lab, world: &World, action: Action) -> String {
    let named = |lab: &Lab, id: MessageId| {
        let message = lab.message(id);
        format!("{} #{} from {:?}", message.name(), id.0, message.from)
    };
    match action {
        Action::Begin(party, code, Cause::Answer(message)) => {
            format!("{party:?} gets {} (code {code})", named(lab, message))
        }
        Action::Begin(party, code, Cause::Conclude { request, reply }) => {
            format!("{party:?} gets {} to its {} (code {code})", named(lab, reply), named(lab, request))
        }
        Action::Inject(party, index) => {
            let (message, _, forgery, _) = attacker::takes(lab, world, party)[index];
            format!("{party:?} takes {forgery:?} of {}", named(lab, message))
        }
        other => format!("{other:?}"),
    }
}
