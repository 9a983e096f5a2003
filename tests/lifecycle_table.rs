//! Every cell of the table of the life cycle, played: a real record is brought into each stage in every way there is, the
//! thing happens to it, and what comes of it is what the table says.
//!
//! `support/stages.rs` has the ways, `support/letters.rs` the messages, `support/effects.rs` what else they change.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test fail like a test")]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/effects.rs"]
mod effects;
#[path = "support/letters.rs"]
mod letters;
#[path = "support/pair.rs"]
mod pair;
#[path = "support/stages.rs"]
mod stages;
#[path = "support/handshake.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use desk::{decide, decision_events, rename};
use effects::{Effect, check_reply, effect};
use handclasp::handshake::{self, Outcome};
use handclasp::lifecycle::{Cell, Denial, NotPossible, Stage, Trigger, cell};
use handclasp::{Actor, CloseReason, Connection, Entropy, EventKind, Refusal, Role, Side, Status, Timestamp};
use letters::{Letter, letters, note};
use stages::{Standing, standings};
use support::wire::{self, NOT_RECOGNISED};
use support::{SOURCE_ENTROPY, admin, assert_same, at};

/// How often each cell was played.
type Tally = BTreeMap<(Stage, Trigger), usize>;

#[test]
fn of_a_source() {
    check_role(Role::Source);
}

#[test]
fn of_a_destination() {
    check_role(Role::Destination);
}

#[test]
fn of_a_local_connection() {
    check_role(Role::Local);
}

/// Plays every trigger on every standing of a role, and counts the cells.
#[track_caller]
fn check_role(role: Role) {
    let mut tally: Tally = BTreeMap::new();
    for standing in standings(role) {
        for trigger in Trigger::ALL {
            let plays = play(&standing, *trigger);
            *tally.entry((standing.stage, *trigger)).or_default() += plays;
        }
    }
    let cells = Stage::of_role(role).len() * Trigger::ALL.len();
    let missed: Vec<_> = tally.iter().filter(|(_, plays)| **plays == 0).map(|(cell, _)| cell).collect();
    let plays: usize = tally.values().sum();
    println!("{}: {} of {cells} cells in {plays} plays", role.code(), tally.len() - missed.len());
    assert!(missed.is_empty(), "never played: {missed:?}");
    assert_eq!(tally.len(), cells, "stages that no standing is in");
}

/// Lets it happen in every way there is, and gives how many there were.
fn play(to: &Standing, trigger: Trigger) -> usize {
    let expected = cell(to.role, to.stage, trigger);
    match trigger {
        Trigger::Expire => check_expiry(to, expected),
        Trigger::Initiate | Trigger::AcceptCode | Trigger::DeclineCode | Trigger::Purge => {
            desk::check(to, trigger, expected);
            1
        }
        message if message.is_message() => {
            let letters = letters(to, message);
            for letter in &letters {
                check_message(to, message, letter, expected);
            }
            letters.len()
        }
        _ if to.stage == Stage::Absent => {
            desk::check(to, trigger, expected);
            1
        }
        Trigger::ConfirmMove => check_move(to, expected),
        Trigger::Edit => {
            check_edit(to, expected);
            1
        }
        decision => {
            check_decision(to, decision, expected);
            1
        }
    }
}

fn title(to: &Standing, trigger: Trigger) -> String {
    format!("{:?} {:?}, {}: {trigger:?}", to.role, to.stage, to.how)
}

fn stage_after(to: &Standing, outcome: &Outcome) -> Stage {
    Stage::of(outcome.connection().or(to.record.as_ref()), at(to.now()))
}

/// Checks that it is denied, and how it says so.
#[track_caller]
fn check_denied(to: &Standing, trigger: Trigger, denial: Denial, error: NotPossible) {
    let said = (error.trigger, error.role, error.stage, error.denial);
    assert_eq!(said, (trigger, to.role, to.stage, denial), "{}", title(to, trigger));
}

/// Checks that exactly this has happened to a record, by this actor, and that nobody touched what only people change.
#[track_caller]
fn check_events(before: &Connection, outcome: &Outcome, kinds: &[EventKind], actor: &Actor, what: &str) {
    let events = outcome.events();
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), kinds, "{what}");
    assert!(events.iter().all(|event| event.actor == *actor && event.connection == before.id()), "{what}");
    let after = outcome.connection().unwrap();
    assert_eq!(after.events(), [before.events(), events].concat(), "{what}");
    let last = before.events().last().map_or(0, |event| event.number);
    assert!(events.iter().zip(last + 1..).all(|(event, number)| event.number == number), "{what}");
    assert_eq!(
        (after.id(), after.role(), after.mode()),
        (before.id(), before.role(), before.mode()),
        "{what}"
    );
    assert_eq!(after.info(), before.info(), "{what}");
}

#[track_caller]
fn check_decision(to: &Standing, trigger: Trigger, expected: Cell) {
    let record = to.record.as_ref().unwrap();
    let what = title(to, trigger);
    match (decide(record, trigger, at(to.now()).by(admin("ada"))), expected) {
        (Err(error), Cell::Denied(denial)) => check_denied(to, trigger, denial, error),
        (Ok(outcome), Cell::Stays) => {
            assert!(outcome.connection().is_none() && outcome.message().is_none(), "{what}");
            assert!(outcome.events().is_empty(), "{what}");
        }
        (Ok(outcome), Cell::Becomes(stage)) => {
            assert_eq!(stage_after(to, &outcome), stage, "{what}");
            check_events(record, &outcome, &decision_events(to, trigger), &admin("ada"), &what);
            let due = outcome.connection().and_then(handshake::due);
            let said = due.as_ref().map(|due| (due.to.as_ref(), due.message.as_slice()));
            assert_eq!(outcome.message().map(|message| (outcome.to(), message)), said, "{what}");
        }
        (result, expected) => panic!("{what}: {expected:?}, but {result:?}"),
    }
}

/// The labels change, and nothing else.
#[track_caller]
fn check_edit(to: &Standing, expected: Cell) {
    let record = to.record.as_ref().unwrap();
    let what = title(to, Trigger::Edit);
    match (rename(record, "Another name", at(to.now()).by(admin("ada"))), expected) {
        (Err(error), Cell::Denied(denial)) => check_denied(to, Trigger::Edit, denial, error),
        (Ok(outcome), Cell::Stays) => {
            assert_eq!(stage_after(to, &outcome), to.stage, "{what}");
            assert_eq!(outcome.connection().unwrap().info().name().as_str(), "Another name", "{what}");
            let kinds: Vec<_> = outcome.events().iter().map(|event| event.kind).collect();
            assert_eq!((kinds, outcome.message()), (vec![EventKind::Renamed], None), "{what}");
        }
        (result, expected) => panic!("{what}: {expected:?}, but {result:?}"),
    }
}

/// Where the table says that a move can be confirmed, that is so if the other side has moved; else nothing has.
fn check_move(to: &Standing, expected: Cell) -> usize {
    let record = to.record.as_ref().unwrap();
    let what = title(to, Trigger::ConfirmMove);
    let moved_to = record.health().moved_to.as_ref();
    let confirmed = decide(record, Trigger::ConfirmMove, at(to.now()).by(admin("ada")));
    match (confirmed, expected, moved_to) {
        (Err(error), Cell::Denied(denial), _) => check_denied(to, Trigger::ConfirmMove, denial, error),
        (Err(error), Cell::Stays, None) => {
            check_denied(to, Trigger::ConfirmMove, Denial::NothingMoved, error);
            return 0;
        }
        (Ok(outcome), Cell::Stays, Some(moved_to)) => {
            assert_eq!(stage_after(to, &outcome), to.stage, "{what}");
            check_events(record, &outcome, &[EventKind::MoveConfirmed], &admin("ada"), &what);
            let after = outcome.connection().unwrap();
            assert_eq!(after.remote().unwrap().callable_url(), Some(moved_to), "{what}");
            assert_eq!(after.health().moved_to, None, "{what}");
        }
        (result, expected, moved_to) => panic!("{what}: {expected:?} of {moved_to:?}, but {result:?}"),
    }
    1
}

/// Only time passes: of all stages, only `Pending` knows.
fn check_expiry(to: &Standing, expected: Cell) -> usize {
    let record = to.record.as_ref();
    let what = title(to, Trigger::Expire);
    let stage_at = |now: Timestamp| Stage::of(record, now);
    match expected {
        Cell::Becomes(next) => {
            let expires_at = record.unwrap().expires_at().unwrap();
            let before = at(expires_at.as_millis() - 1);
            assert_eq!((stage_at(before), stage_at(expires_at)), (to.stage, next), "{what}");
            assert_eq!(stage_at(Timestamp::MAX), next, "{what}");
        }
        Cell::Stays => assert_eq!(stage_at(Timestamp::MAX), to.stage, "{what}"),
        expected => panic!("{what}: {expected:?}"),
    }
    1
}

fn answer(to: &Standing, record: Option<&Connection>, message: &[u8]) -> Outcome {
    handshake::answer(record, message, to.local(), at(to.now()), Entropy::from_bytes(SOURCE_ENTROPY))
}

#[track_caller]
fn check_message(to: &Standing, trigger: Trigger, letter: &Letter, expected: Cell) {
    let what = format!("{}, {}", title(to, trigger), letter.what);
    let outcome = answer(to, to.record.as_ref(), &letter.bytes);
    let effect = match expected {
        Cell::Answers { .. } if is_of_no_acceptance(to, trigger) => Effect::Nothing,
        Cell::Answers { stage, reply } => {
            check_reply(to, trigger, letter, reply, &outcome);
            assert_eq!(stage_after(to, &outcome), stage, "{what}");
            effect(to, trigger, letter)
        }
        Cell::NotRecognised => {
            assert_eq!(outcome.message(), Some(NOT_RECOGNISED), "{what}");
            Effect::Nothing
        }
        expected => panic!("{what}: {expected:?} is no message's cell"),
    };
    match (&effect, &to.record) {
        (Effect::Nothing, _) => {
            assert!(outcome.connection().is_none() && outcome.events().is_empty(), "{what}");
        }
        (Effect::Remembered, Some(record)) => check_events(record, &outcome, &[], &Actor::Remote, &what),
        (Effect::Happened(kinds), Some(record)) => {
            check_events(record, &outcome, kinds, &Actor::Remote, &what);
        }
        _ => panic!("{what}: {effect:?} without a record"),
    }
    // Repeating it changes nothing, and gets the same answer.
    let now = outcome.connection().or(to.record.as_ref());
    let again = answer(to, now, &letter.bytes);
    assert!(again.connection().is_none() && again.events().is_empty(), "again: {what}");
    assert!(again.message() == outcome.message(), "again: {what}");
}

/// A destination that has declined never accepted, so no confirmation can be of its acceptance. One of somebody else's is
/// not recognised, whatever the table says of those that have cancelled.
fn is_of_no_acceptance(to: &Standing, trigger: Trigger) -> bool {
    let declined = Status::Closed { reason: CloseReason::Declined { by: Side::Local } };
    to.role == Role::Destination
        && matches!(trigger, Trigger::Confirm | Trigger::OtherConfirm)
        && to.record.as_ref().is_some_and(|record| record.status(at(to.now())) == declined)
}

/// A source hears that its refusal was noted. That is an answer, which is not answered, but it need not be told again.
#[test]
fn a_note_of_the_refusal_is_remembered() {
    let mut seen = 0;
    for to in standings(Role::Source).iter().filter(|to| to.stage.is_closed()) {
        let record = to.record.as_ref().unwrap();
        let Some(due) = handshake::due(record).filter(|due| due.message[1] == wire::REFUSE) else { continue };
        let noted = note(to, 3, Some(wire::digest(&due.message)));
        let outcome = answer(to, Some(record), &noted);
        let what = title(to, Trigger::Noted);
        assert_eq!(outcome.message(), Some(NOT_RECOGNISED), "{what}");
        check_events(record, &outcome, &[EventKind::Told], &Actor::Remote, &what);
        assert!(outcome.connection().unwrap().is_acknowledged(), "{what}");
        seen += 1;
    }
    assert!(seen >= 2, "no closed source was about to refuse");
}

/// Each reason for which a side's record can be closed, so that each was played with each message.
#[test]
fn every_reason_to_be_closed_is_played() {
    let reasons = |role| {
        let status = |to: Standing| to.record.map(|record| record.status(at(to.pair.now)));
        let closed = |status| match status {
            Some(Status::Closed { reason: CloseReason::Refused { refusal } }) => Some(refusal.code()),
            Some(Status::Closed { reason: CloseReason::Declined { by: Side::Local } }) => {
                Some("declined here")
            }
            Some(Status::Closed { reason: CloseReason::Declined { .. } }) => Some("declined there"),
            Some(Status::Closed { reason: CloseReason::Removed { by: Side::Local } }) => Some("removed here"),
            Some(Status::Closed { reason: CloseReason::Removed { .. } }) => Some("removed there"),
            Some(Status::Closed { reason }) => Some(reason.code()),
            _ => None,
        };
        standings(role).into_iter().map(status).filter_map(closed).collect::<BTreeSet<_>>()
    };
    let removed = ["removed here", "removed there"];
    let of_source = ["revoked", "superseded", "declined here", "declined there", "already-confirmed"];
    assert_eq!(reasons(Role::Source), of_source.into_iter().chain(removed).collect());
    let of_destination = Refusal::ALL.iter().map(|refusal| refusal.code());
    let of_destination = of_destination.chain(["declined here", "cancelled"]).chain(removed);
    assert_eq!(reasons(Role::Destination), of_destination.collect());
    assert_eq!(reasons(Role::Local), BTreeSet::from(["removed here"]));
}

/// What is stored is what was decided: a record that was read again plays the same.
#[test]
fn records_in_every_stage_survive_storing() {
    for role in [Role::Source, Role::Destination, Role::Local] {
        for record in standings(role).into_iter().filter_map(|standing| standing.record) {
            assert_same(&support::stored(&record), &record);
        }
    }
}
