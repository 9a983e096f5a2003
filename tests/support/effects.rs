//! What a message changes beside the stage, and what its answer says, by DESIGN.md: the second half of what the table of
//! the life cycle promises.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

use handclasp::handshake::Outcome;
use handclasp::lifecycle::{Reply, Stage, Trigger};
use handclasp::{CloseReason, Connection, EventKind, Refusal, Role, Side, Status};

use crate::letters::{Letter, OTHER_ENTROPY, accepted, broken_rule};
use crate::pair::Origin;
use crate::stages::{REFUSALS, Standing};
use crate::support::wire::{self, Message};
use crate::support::{SOURCE_ENTROPY, at};

/// What has happened to a record because of a message, beside its stage.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Nothing is written.
    Nothing,
    /// What the other side has said of itself is remembered.
    Remembered,
    /// This has happened, in this order.
    Happened(Vec<EventKind>),
}

/// What a message of this trigger changes.
pub(crate) fn effect(to: &Standing, trigger: Trigger, letter: &Letter) -> Effect {
    let happened = |kind| Effect::Happened(vec![kind]);
    match (to.role, trigger) {
        (_, Trigger::ReportOn | Trigger::ReportOff | Trigger::ReportRemoved) => reported(to, trigger),
        (Role::Source, _) => at_source(to, trigger, letter),
        (Role::Destination, Trigger::Confirm | Trigger::OtherConfirm) if to.stage == Stage::Accepting => {
            happened(EventKind::Activated)
        }
        (Role::Destination, Trigger::OtherConfirm) if to.stage.is_linked() => {
            happened(EventKind::SecondSource)
        }
        (Role::Destination, Trigger::Waiting) if status(to) == Some(Status::Accepting { waiting: false }) => {
            happened(EventKind::Waiting)
        }
        (Role::Destination, Trigger::Refuse) if to.stage == Stage::Accepting => {
            let number = Message::open(&letter.bytes).records[&18][0];
            let known = REFUSALS.into_iter().find(|(_, known)| *known == number);
            happened(EventKind::Refused { refusal: known.map_or(Refusal::Other, |(refusal, _)| refusal) })
        }
        (Role::Destination, Trigger::Acknowledge) if to.stage == Stage::Withdrawn && !is_told(to) => {
            happened(EventKind::Told)
        }
        _ => Effect::Nothing,
    }
}

fn at_source(to: &Standing, trigger: Trigger, letter: &Letter) -> Effect {
    let happened = |kind| Effect::Happened(vec![kind]);
    let is_first = matches!(to.stage, Stage::Pending | Stage::Expired);
    match trigger {
        Trigger::Accept | Trigger::OtherAccept if to.stage == Stage::Pending => {
            happened(EventKind::Activated)
        }
        Trigger::AcceptToApprove if to.stage == Stage::Pending => {
            let other_address = to.pair.origin == Origin::OtherAddress;
            happened(EventKind::ApprovalAsked { other_address })
        }
        // Only the first is written down: that expiry is for ever then.
        Trigger::Accept | Trigger::OtherAccept | Trigger::AcceptToApprove if to.stage == Stage::Expired => {
            if has(to, "expired-refused") {
                Effect::Nothing
            } else {
                happened(EventKind::ExpiredRefused)
            }
        }
        Trigger::OtherAccept | Trigger::BadAccept
            if to.stage.is_linked() || to.stage == Stage::AwaitingApproval =>
        {
            let uid = &Message::open(&letter.bytes).records[&10];
            happened(EventKind::SecondAcceptor { same_instance: uid == b"destination" })
        }
        Trigger::Withdraw if is_first || is_unsure(to.stage) || to.stage == Stage::AwaitingApproval => {
            happened(EventKind::Declined)
        }
        Trigger::OtherWithdraw | Trigger::TurnDown if is_first => happened(EventKind::Declined),
        Trigger::TurnDown if is_unsure(to.stage) => happened(EventKind::AlreadyConfirmed),
        // Whoever finds the code can say all this: once there was a report, only reports say what is known.
        Trigger::Withdraw | Trigger::OtherWithdraw | Trigger::TurnDown
            if to.stage == Stage::Parted && has(to, "confirmed") =>
        {
            Effect::Nothing
        }
        // Over on both sides: it need not be told any more. But only by who was taken, if somebody was.
        Trigger::Withdraw if to.stage.is_closed() && !is_told(to) => happened(EventKind::Told),
        Trigger::TurnDown if to.stage == Stage::Parted && !is_told(to) => happened(EventKind::Told),
        Trigger::OtherWithdraw | Trigger::TurnDown
            if to.stage == Stage::Closed && !is_told(to) && to.accept().is_none() =>
        {
            happened(EventKind::Told)
        }
        _ => Effect::Nothing,
    }
}

fn reported(to: &Standing, trigger: Trigger) -> Effect {
    let is_removed = trigger == Trigger::ReportRemoved;
    if to.stage == Stage::Parted {
        // Who has removed it too need not be told.
        return if is_removed && !is_told(to) {
            Effect::Happened(vec![EventKind::Told])
        } else {
            Effect::Remembered
        };
    }
    if !to.stage.is_linked() {
        return Effect::Nothing;
    }
    let was_on = !matches!(to.stage, Stage::OffThere | Stage::OffBoth);
    let mut events = Vec::new();
    if is_unsure(to.stage) {
        events.push(EventKind::Confirmed);
    }
    match (was_on, trigger) {
        (true, Trigger::ReportOff) => events.push(EventKind::Deactivated),
        (false, Trigger::ReportOn) => events.push(EventKind::Reactivated),
        _ => {}
    }
    if is_removed {
        events.push(EventKind::Removed);
    }
    if events.is_empty() { Effect::Remembered } else { Effect::Happened(events) }
}

fn is_unsure(stage: Stage) -> bool {
    matches!(stage, Stage::Unconfirmed | Stage::UnconfirmedOff)
}

fn has(to: &Standing, code: &str) -> bool {
    to.record.as_ref().unwrap().events().iter().any(|event| event.kind.code() == code)
}

fn is_told(to: &Standing) -> bool {
    to.record.as_ref().unwrap().is_acknowledged()
}

fn status(to: &Standing) -> Option<Status> {
    to.record.as_ref().map(|record| record.status(at(to.now())))
}

/// The kind of a message, as the bytes have it.
pub(crate) fn kind_of(reply: Reply) -> u8 {
    match reply {
        Reply::Accept => 1,
        Reply::Withdraw => 2,
        Reply::Noted => 3,
        Reply::Confirm => 17,
        Reply::Waiting => 18,
        Reply::Refuse => 19,
        Reply::Report => 32,
        _ => panic!("a reply that is not on the wire: {reply:?}"),
    }
}

/// Checks all that the answer says: whose it is, what it answers, and why.
#[track_caller]
pub(crate) fn check_reply(to: &Standing, trigger: Trigger, letter: &Letter, reply: Reply, outcome: &Outcome) {
    let keys = to.pair.scene.keys();
    let bytes = outcome.message().unwrap();
    let open = Message::open(bytes);
    let what = format!("{:?} {:?}, {}: {trigger:?}, {}", to.role, to.stage, to.how, letter.what);
    assert_eq!(open.kind, kind_of(reply), "{what}");
    // Whichever confirmation comes first makes the secret.
    let is_first = trigger == Trigger::OtherConfirm && to.stage == Stage::Accepting;
    let seed = if is_first { OTHER_ENTROPY } else { SOURCE_ENTROPY };
    let key = match open.kind {
        32 => wire::report_key(&to.secret_with(seed), to.role.code()),
        16.. => keys.confirm,
        _ => keys.accept,
    };
    assert!(open.seal(&key) == bytes, "not sealed by this side: {what}");
    let answered = wire::digest(&letter.bytes);
    match reply {
        // The same for ever, so they name nothing that asks for them.
        Reply::Accept => assert!(bytes == accepted(to), "{what}"),
        Reply::Confirm if trigger != Trigger::OtherAccept => {
            assert!(bytes == to.pair.confirm_with(SOURCE_ENTROPY), "{what}");
        }
        Reply::Withdraw => {
            let (why, names) = withdrawal(to, trigger, answered);
            assert_eq!(open.records[&38], [why], "{what}");
            assert_eq!(
                open.records.get(&6).map(Vec::as_slice),
                names.as_ref().map(<[u8; 32]>::as_slice),
                "{what}"
            );
        }
        _ => assert_eq!(open.records[&6], answered, "{what}"),
    }
    match reply {
        Reply::Refuse => assert_eq!(open.records[&18], [refusal(to, trigger, letter)], "{what}"),
        Reply::Report => {
            let after = outcome.connection().or(to.record.as_ref());
            assert_eq!(open.records[&20], [switch(after, to.now())], "{what}");
        }
        _ => {}
    }
}

/// Why a destination withdraws, and what.
fn withdrawal(to: &Standing, trigger: Trigger, answered: wire::Key) -> (u8, Option<wire::Key>) {
    match status(to) {
        Some(Status::Closed { reason: CloseReason::Declined { .. } }) => (1, None),
        Some(Status::Closed { reason: CloseReason::Cancelled }) => (2, Some(wire::digest(&accepted(to)))),
        _ => {
            assert_eq!(trigger, Trigger::OtherConfirm);
            (3, Some(answered))
        }
    }
}

/// The number with which a source refuses this.
fn refusal(to: &Standing, trigger: Trigger, letter: &Letter) -> u8 {
    if matches!(trigger, Trigger::Withdraw | Trigger::OtherWithdraw | Trigger::TurnDown) {
        return 10;
    }
    match (to.stage, status(to)) {
        (Stage::Pending | Stage::Expired, _) if trigger == Trigger::BadAccept => broken_rule(letter.what),
        (Stage::Expired, _) => 6,
        (_, Some(Status::Closed { reason })) => match reason {
            CloseReason::Revoked => 11,
            CloseReason::Superseded { .. } => 12,
            CloseReason::Declined { by: Side::Local } => 13,
            CloseReason::Removed { .. } => 14,
            CloseReason::Declined { .. } | CloseReason::AlreadyConfirmed => 10,
            _ => panic!("no source is closed so: {reason:?}"),
        },
        _ => 1,
    }
}

/// What a side says of itself in a report.
fn switch(record: Option<&Connection>, millis: u64) -> u8 {
    match Stage::of(record, at(millis)) {
        Stage::Active | Stage::OffThere => 1,
        Stage::OffHere | Stage::OffBoth => 2,
        Stage::Parted => 3,
        stage => panic!("no reports in {stage:?}"),
    }
}
