//! What must always hold, and what must be reachable for that to mean anything.

use handclasp::lifecycle::Stage;
use handclasp::{CloseReason, EventKind, Refusal, Side};
use stateright::Property;

use super::actions::Handshake;
use super::attacker;
use super::calm;
use super::lab::{Lab, Record};
use super::setup::{Attacker, Party};
use super::world::{CODES, Fault, World};

type Condition = fn(&Handshake, &World) -> bool;

pub(crate) const SAME_SECRET: &str = "1: both active have the same secret, mode and kind";
pub(crate) const ONE_EACH: &str = "1: one destination and one source for each code";
pub(crate) const NO_CHANGE_OF_MIND: &str = "2: what was refused is never confirmed";
pub(crate) const ONE_CONFIRMATION: &str = "2: one confirmation for each code";
pub(crate) const SAME_ANSWER: &str = "2: a retry gets the same answer while it is open";
pub(crate) const AGREEMENT: &str = "3: once messages flow, both agree whether it is open";
pub(crate) const SWITCHES: &str = "3: once messages flow, both agree who has it off";
pub(crate) const NO_FORGERY: &str = "4: no message without a key counts";
pub(crate) const NO_REPLAY: &str = "4: an old report changes nothing";
pub(crate) const CLOSED: &str = "4: closed stays closed";
pub(crate) const SECRECY: &str = "5: code and messages do not give the secret";
pub(crate) const LATE_LEAK: &str = "5: a code that is found late is worth nothing";
pub(crate) const UNEQUAL_STRINGS: &str = "5: whoever sits in between shows";
pub(crate) const SAME_MODE: &str = "6: the mode never changes";

/// The properties of a model, or the one that is looked at.
pub(crate) fn of(model: &Handshake) -> Vec<Property<Handshake>> {
    let mut always: Vec<(&str, Condition)> = vec![
        (ONE_EACH, |model, world| !world.faults.has(Fault::SecondDestination) && one_each(model, world)),
        (NO_CHANGE_OF_MIND, |_, world| !world.faults.has(Fault::ConfirmedAfterRefusal)),
        (ONE_CONFIRMATION, |_, world| !world.faults.has(Fault::SecondConfirmation)),
        (SAME_ANSWER, |_, world| !world.faults.has(Fault::OtherAnswer)),
        (NO_FORGERY, |_, world| !world.faults.has(Fault::Forged)),
        (NO_REPLAY, |_, world| !world.faults.has(Fault::OldReport)),
        (CLOSED, |_, world| !world.faults.has(Fault::Reopened)),
        (LATE_LEAK, |_, world| !world.faults.has(Fault::LateLeak)),
        (SAME_MODE, |_, world| !world.faults.has(Fault::OtherMode)),
    ];
    // Whoever has the code in time can sit in between, or say in each side's name that it does not want to.
    if model.setup.attacker == Attacker::WithCode {
        always.push((UNEQUAL_STRINGS, unequal_strings));
    } else {
        always.extend([
            (SAME_SECRET, same_secret as Condition),
            (SECRECY, secrecy),
            (AGREEMENT, agreement),
            (SWITCHES, switches),
        ]);
    }
    let sometimes = model.setup.sometimes.iter().map(|name| {
        let (name, condition) = GLIMPSES.iter().find(|(known, _)| known == name).unwrap();
        Property::sometimes(name, *condition)
    });
    let always = always.into_iter().map(|(name, condition)| Property::always(name, condition));
    let is_looked_at = |property: &Property<Handshake>| model.only.is_none_or(|only| only == property.name);
    always.chain(sometimes).filter(is_looked_at).collect()
}

/// What has to be seen, by name.
const GLIMPSES: &[(&str, Condition)] = &[
    ("both are active", |model, world| {
        some_pair(model, world, |source, other| source == Stage::Active && other == Stage::Active)
    }),
    ("only the source is active", |model, world| {
        some_pair(model, world, |source, other| source == Stage::Unconfirmed && other == Stage::Accepting)
    }),
    ("approval is awaited", |model, world| {
        some_pair(model, world, |source, other| {
            source == Stage::AwaitingApproval && other == Stage::Accepting
        })
    }),
    ("a confirmation meets a cancelled acceptance", |model, world| {
        some_pair(model, world, |source, other| source.is_linked() && other == Stage::Withdrawn)
    }),
    ("one side has removed what the other has active", |model, world| {
        some_pair(model, world, |source, other| {
            source.is_linked() && other == Stage::Parted || source == Stage::Parted && other.is_linked()
        })
    }),
    ("both have removed it", |model, world| {
        some_pair(model, world, |source, other| source == Stage::Parted && other == Stage::Parted)
    }),
    ("both have it off", |model, world| {
        some_pair(model, world, |source, other| source == Stage::OffBoth && other == Stage::OffBoth)
    }),
    ("it expires", |model, world| {
        some_pair(model, world, |source, _| source == Stage::Expired)
            && some_closed(model, world, CloseReason::Refused { refusal: Refusal::Expired })
    }),
    ("another was first", |model, world| {
        some_closed(model, world, CloseReason::Refused { refusal: Refusal::AlreadyAccepted })
    }),
    ("a second acceptor is noticed", |model, world| {
        let lab = model.lab.lock().unwrap();
        let source = world.record(Party::Source, 0).map(|id| &lab.record(id).connection);
        source.is_some_and(|source| {
            source.events().iter().any(|event| matches!(event.kind, EventKind::SecondAcceptor { .. }))
        })
    }),
    ("a revoked code is accepted", |model, world| {
        some_closed(model, world, CloseReason::Refused { refusal: Refusal::Revoked })
    }),
    ("a superseded code is accepted", |model, world| {
        some_closed(model, world, CloseReason::Refused { refusal: Refusal::Superseded })
    }),
    ("the new code is accepted", |model, world| {
        let lab = model.lab.lock().unwrap();
        lab.stage(world.record(Party::First, 1), world.late) == Stage::Active
    }),
    ("the admin declines", |model, world| {
        some_closed(model, world, CloseReason::Refused { refusal: Refusal::Declined })
    }),
    ("the destination declines", |model, world| {
        some_closed(model, world, CloseReason::Declined { by: Side::Remote })
    }),
    ("a removed connection is accepted", |model, world| {
        some_closed(model, world, CloseReason::Refused { refusal: Refusal::Removed })
    }),
    ("a program ends between its steps", |_, world| world.crashes > 0 && world.tasks.is_empty()),
    ("two handlers meet", |_, world| world.tasks.len() > 1 && world.tasks[0].base == world.tasks[1].base),
    ("somebody sits in between", |model, world| {
        let lab = model.lab.lock().unwrap();
        linked(&lab, world).into_iter().any(|(source, other)| source.comparison != other.comparison)
    }),
    ("the code is found late", |_, world| world.leaked),
];

/// Records of both sides of a code that are both linked.
fn linked<'a>(lab: &'a Lab, world: &World) -> Vec<(&'a Record, &'a Record)> {
    let of = |party: Party, code: usize| {
        let record = world.record(party, code).map(|id| lab.record(id));
        record.filter(|record| record.stage(world.late).is_linked())
    };
    let pairs = (0..CODES).flat_map(|code| [(Party::First, code), (Party::Second, code)]);
    pairs.filter_map(|(other, code)| of(Party::Source, code).zip(of(other, code))).collect()
}

fn some_pair(model: &Handshake, world: &World, is_it: fn(Stage, Stage) -> bool) -> bool {
    let lab = model.lab.lock().unwrap();
    (0..CODES).any(|code| {
        let stage = |party: Party| lab.stage(world.record(party, code), world.late);
        model.setup.destinations().iter().any(|other| is_it(stage(Party::Source), stage(*other)))
    })
}

fn some_closed(model: &Handshake, world: &World, reason: CloseReason) -> bool {
    let lab = model.lab.lock().unwrap();
    world.records.iter().flatten().flatten().any(|id| lab.record(*id).reason == Some(reason))
}

fn same_secret(model: &Handshake, world: &World) -> bool {
    let lab = model.lab.lock().unwrap();
    linked(&lab, world).into_iter().all(|(source, other)| {
        let exported = source.exported.zip(other.exported);
        source.comparison == other.comparison
            && exported.is_none_or(|(ours, theirs)| ours == theirs)
            && source.mode == other.mode
            && source.kind == other.kind
    })
}

fn one_each(model: &Handshake, world: &World) -> bool {
    let lab = model.lab.lock().unwrap();
    let is_linked =
        |party: &Party, code: usize| lab.stage(world.record(*party, code), world.late).is_linked();
    (0..CODES).all(|code| {
        let destinations = model.setup.destinations().iter();
        destinations.filter(|party| is_linked(party, code)).count() <= 1
    })
}

/// The strings are equal exactly when the secrets are.
fn unequal_strings(model: &Handshake, world: &World) -> bool {
    let lab = model.lab.lock().unwrap();
    linked(&lab, world).into_iter().all(|(source, other)| {
        let Some((ours, theirs)) = source.exported.zip(other.exported) else { return true };
        (ours == theirs) == (source.comparison == other.comparison)
    })
}

fn secrecy(model: &Handshake, world: &World) -> bool {
    let lab = &mut *model.lab.lock().unwrap();
    model.setup.parties().iter().all(|party| {
        (0..CODES).all(|code| {
            let record = world.record(*party, code);
            record.is_none_or(|record| !attacker::is_guessed(lab, world, code, record))
        })
    })
}

fn agreement(model: &Handshake, world: &World) -> bool {
    let lab = &mut *model.lab.lock().unwrap();
    let calmed = calm::calm(lab, &model.setup, world);
    calm::agree(lab, &model.setup, &calmed, world.late)
}

fn switches(model: &Handshake, world: &World) -> bool {
    let lab = &mut *model.lab.lock().unwrap();
    let calmed = calm::calm(lab, &model.setup, world);
    calm::agree_on_switches(lab, &model.setup, &calmed, world.late)
}
