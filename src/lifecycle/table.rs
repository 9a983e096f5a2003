//! The table: role × stage × trigger. Every cell is defined; changing a rule is changing a row.

use serde::Serialize;

use super::{Denial, NotPossible, Stage, Trigger};
use crate::codes::coded;
use crate::connection::{Connection, Role};
use crate::time::Timestamp;

/// What a trigger does to a record.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "whoever renders the table must handle each case")]
pub enum Cell {
    /// The record goes on to this stage. What there is to tell the other side is due then.
    Becomes(Stage),
    /// The stage stays.
    Stays,
    /// It cannot be done.
    Denied(Denial),
    /// The message is answered, and the record is in this stage afterwards.
    Answers {
        /// The stage afterwards, which may be the same.
        stage: Stage,
        /// The answer.
        reply: Reply,
    },
    /// The message is not recognised: it is none that a record in this stage can get.
    NotRecognised,
}

coded! {
    /// A message that answers another.
    #[non_exhaustive]
    pub enum Reply {
        /// The acceptance, as it is stored.
        Accept = "accept",
        /// The withdrawal of the acceptance, or of a second confirmation.
        Withdraw = "withdraw",
        /// That it was taken note of.
        Noted = "noted",
        /// The confirmation, as it is stored.
        Confirm = "confirm",
        /// That an admin has to approve.
        Waiting = "waiting",
        /// A refusal, or the acknowledgement of a withdrawal.
        Refuse = "refuse",
        /// Where this side stands.
        Report = "report",
    }
}

/// What the trigger does to a record with this role, in this stage.
#[must_use]
pub fn cell(role: Role, stage: Stage, trigger: Trigger) -> Cell {
    match (role, trigger) {
        (_, Trigger::Expire) if stage == Stage::Pending => Cell::Becomes(Stage::Expired),
        (_, Trigger::Expire) => Cell::Stays,
        (_, message) if message.is_message() && stage == Stage::Absent => Cell::NotRecognised,
        (Role::Source, message) if message.is_message() => to_source(stage, message),
        (Role::Destination, message) if message.is_message() => to_destination(stage, message),
        (Role::Local, message) if message.is_message() => Cell::NotRecognised,
        (Role::Source, Trigger::Initiate) if stage == Stage::Absent => Cell::Becomes(Stage::Pending),
        (Role::Local, Trigger::Initiate) if stage == Stage::Absent => Cell::Becomes(Stage::Active),
        (Role::Destination, Trigger::AcceptCode) if stage == Stage::Absent => Cell::Becomes(Stage::Accepting),
        (Role::Destination, Trigger::DeclineCode) if stage == Stage::Absent => {
            Cell::Becomes(Stage::Withdrawn)
        }
        (Role::Source | Role::Local, Trigger::AcceptCode | Trigger::DeclineCode) => {
            Cell::Denied(Denial::OwnInvitation)
        }
        // What is not there is forgotten already.
        (_, Trigger::Purge) if stage == Stage::Absent => Cell::Stays,
        (_, _) if stage == Stage::Absent => Cell::Denied(Denial::Missing),
        (_, Trigger::Initiate) => Cell::Denied(Denial::Exists),
        _ => decision(role, stage, trigger),
    }
}

/// What somebody decides about a record that is there.
fn decision(role: Role, stage: Stage, trigger: Trigger) -> Cell {
    let over = stage.is_closed();
    match trigger {
        // Who accepts again goes on where they were.
        Trigger::AcceptCode => Cell::Stays,
        Trigger::Reissue | Trigger::Revoke | Trigger::Approve | Trigger::Decline
            if role == Role::Destination =>
        {
            Cell::Denied(Denial::NotTheSource)
        }
        Trigger::Cancel if role == Role::Source => Cell::Denied(Denial::NotTheDestination),
        Trigger::Reissue
        | Trigger::Revoke
        | Trigger::Approve
        | Trigger::Decline
        | Trigger::Cancel
        | Trigger::ConfirmMove
            if role == Role::Local =>
        {
            Cell::Denied(Denial::LocalConnection)
        }
        // Whoever wants it to end has what they want.
        Trigger::DeclineCode | Trigger::Revoke | Trigger::Decline | Trigger::Cancel | Trigger::Remove
            if over =>
        {
            Cell::Stays
        }
        Trigger::Purge if over => Cell::Becomes(Stage::Absent),
        Trigger::Purge => Cell::Denied(Denial::StillOpen),
        _ if over => Cell::Denied(Denial::AlreadyClosed),
        Trigger::Edit => Cell::Stays,
        Trigger::Reissue | Trigger::Revoke => match stage {
            Stage::Pending | Stage::Expired => Cell::Becomes(Stage::Closed),
            Stage::AwaitingApproval => Cell::Denied(Denial::AwaitingApproval),
            _ => Cell::Denied(Denial::AlreadyActive),
        },
        Trigger::Approve => match stage {
            Stage::Pending | Stage::Expired => Cell::Denied(Denial::NotAccepted),
            Stage::AwaitingApproval => Cell::Becomes(Stage::Unconfirmed),
            _ => Cell::Stays,
        },
        Trigger::Decline => match stage {
            Stage::Pending | Stage::Expired => Cell::Denied(Denial::NotAccepted),
            Stage::AwaitingApproval => Cell::Becomes(Stage::Closed),
            _ => Cell::Denied(Denial::AlreadyActive),
        },
        Trigger::DeclineCode | Trigger::Cancel => match stage {
            Stage::Accepting => Cell::Becomes(Stage::Withdrawn),
            _ => Cell::Denied(Denial::AlreadyActive),
        },
        Trigger::Deactivate => match stage {
            Stage::Unconfirmed => Cell::Becomes(Stage::UnconfirmedOff),
            Stage::Active => Cell::Becomes(Stage::OffHere),
            Stage::OffThere => Cell::Becomes(Stage::OffBoth),
            Stage::UnconfirmedOff | Stage::OffHere | Stage::OffBoth => Cell::Stays,
            _ => Cell::Denied(Denial::NotActive),
        },
        Trigger::Activate => match stage {
            Stage::UnconfirmedOff => Cell::Becomes(Stage::Unconfirmed),
            Stage::OffHere => Cell::Becomes(Stage::Active),
            Stage::OffBoth => Cell::Becomes(Stage::OffThere),
            Stage::Unconfirmed | Stage::Active | Stage::OffThere => Cell::Stays,
            _ => Cell::Denied(Denial::NotActive),
        },
        Trigger::Remove => match (role, stage) {
            (Role::Local, _) => Cell::Becomes(Stage::Closed),
            (_, Stage::Accepting) => Cell::Becomes(Stage::Withdrawn),
            (_, stage) if stage.is_linked() => Cell::Becomes(Stage::Parted),
            _ => Cell::Becomes(Stage::Closed),
        },
        // If it has moved; else nothing has. It says so in reports, and the first of them confirms.
        Trigger::ConfirmMove
            if matches!(stage, Stage::Active | Stage::OffHere | Stage::OffThere | Stage::OffBoth) =>
        {
            Cell::Stays
        }
        _ => Cell::Denied(Denial::NothingMoved),
    }
}

/// A message from the destination.
fn to_source(stage: Stage, message: Trigger) -> Cell {
    let answers = |stage, reply| Cell::Answers { stage, reply };
    let refuse = answers(stage, Reply::Refuse);
    match message {
        Trigger::Accept => match stage {
            Stage::Pending => answers(Stage::Unconfirmed, Reply::Confirm),
            Stage::AwaitingApproval => answers(stage, Reply::Waiting),
            stage if stage.is_linked() => answers(stage, Reply::Confirm),
            _ => refuse,
        },
        Trigger::OtherAccept => match stage {
            Stage::Pending => answers(Stage::Unconfirmed, Reply::Confirm),
            _ => refuse,
        },
        Trigger::AcceptToApprove => match stage {
            Stage::Pending | Stage::AwaitingApproval => answers(Stage::AwaitingApproval, Reply::Waiting),
            stage if stage.is_linked() => answers(stage, Reply::Confirm),
            _ => refuse,
        },
        Trigger::BadAccept => refuse,
        Trigger::Withdraw => match stage {
            Stage::Pending
            | Stage::Expired
            | Stage::AwaitingApproval
            | Stage::Unconfirmed
            | Stage::UnconfirmedOff => answers(Stage::Closed, Reply::Refuse),
            _ => refuse,
        },
        Trigger::OtherWithdraw => match stage {
            Stage::Pending | Stage::Expired => answers(Stage::Closed, Reply::Refuse),
            _ => refuse,
        },
        Trigger::TurnDown => match stage {
            Stage::Pending | Stage::Expired | Stage::Unconfirmed | Stage::UnconfirmedOff => {
                answers(Stage::Closed, Reply::Refuse)
            }
            _ => refuse,
        },
        Trigger::ReportOn | Trigger::ReportOff | Trigger::ReportRemoved => report(stage, message),
        // An answer, which is not answered; or a message for a destination.
        _ => Cell::NotRecognised,
    }
}

/// A message from the source.
fn to_destination(stage: Stage, message: Trigger) -> Cell {
    let answers = |stage, reply| Cell::Answers { stage, reply };
    // What it says of itself to a source that means something else.
    let standing = match stage {
        Stage::Accepting | Stage::Closed => answers(stage, Reply::Noted),
        Stage::Withdrawn => answers(stage, Reply::Withdraw),
        _ => answers(stage, Reply::Report),
    };
    match message {
        Trigger::Fetch => match stage {
            Stage::Accepting => answers(stage, Reply::Accept),
            Stage::Withdrawn => answers(stage, Reply::Withdraw),
            Stage::Closed | Stage::Parted => answers(stage, Reply::Noted),
            _ => Cell::NotRecognised,
        },
        Trigger::Confirm | Trigger::OtherConfirm if stage == Stage::Accepting => {
            answers(Stage::Active, Reply::Report)
        }
        Trigger::OtherConfirm if stage.is_linked() || stage == Stage::Parted => {
            answers(stage, Reply::Withdraw)
        }
        Trigger::Refuse if stage == Stage::Accepting => answers(Stage::Closed, Reply::Noted),
        Trigger::Acknowledge if stage == Stage::Withdrawn => answers(stage, Reply::Noted),
        Trigger::Confirm
        | Trigger::OtherConfirm
        | Trigger::Waiting
        | Trigger::Refuse
        | Trigger::Acknowledge => standing,
        Trigger::ReportOn | Trigger::ReportOff | Trigger::ReportRemoved => report(stage, message),
        _ => Cell::NotRecognised,
    }
}

/// The other side's report, with news.
fn report(stage: Stage, message: Trigger) -> Cell {
    let stage = match (stage, message) {
        (Stage::Parted, _) => Stage::Parted,
        (stage, Trigger::ReportRemoved) if stage.is_linked() => Stage::Parted,
        (Stage::Unconfirmed | Stage::Active | Stage::OffThere, Trigger::ReportOn) => Stage::Active,
        (Stage::Unconfirmed | Stage::Active | Stage::OffThere, _) => Stage::OffThere,
        (Stage::UnconfirmedOff | Stage::OffHere | Stage::OffBoth, Trigger::ReportOn) => Stage::OffHere,
        (Stage::UnconfirmedOff | Stage::OffHere | Stage::OffBoth, _) => Stage::OffBoth,
        // Nobody has a key for reports yet, or any more.
        _ => return Cell::NotRecognised,
    };
    Cell::Answers { stage, reply: Reply::Report }
}

/// Whether somebody's decision can be carried out, by the table; the stage to go on to, if it is another.
pub(crate) fn permit(
    connection: &Connection,
    trigger: Trigger,
    now: Timestamp,
) -> Result<Option<Stage>, NotPossible> {
    let (role, stage) = (connection.role(), Stage::of(Some(connection), now));
    match cell(role, stage, trigger) {
        Cell::Becomes(next) => Ok(Some(next)),
        Cell::Denied(denial) => Err(NotPossible::new(trigger, role, stage, denial)),
        Cell::Stays | Cell::Answers { .. } | Cell::NotRecognised => Ok(None),
    }
}
