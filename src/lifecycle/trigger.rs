//! What can happen to a record.

use crate::codes::coded;

coded! {
    /// What can happen to a record: somebody decides, time passes, or a message arrives that was verified.
    #[non_exhaustive]
    pub enum Trigger {
        /// A wizard is submitted.
        Initiate = "initiate",
        /// An invitation is accepted here.
        AcceptCode = "accept-code",
        /// An invitation is declined here.
        DeclineCode = "decline-code",
        /// A new invitation is to take the place of this one.
        Reissue = "reissue",
        /// The invitation is taken back.
        Revoke = "revoke",
        /// Who has accepted is approved.
        Approve = "approve",
        /// Who has accepted is not approved.
        Decline = "decline",
        /// The destination no longer wants to wait for the source.
        Cancel = "cancel",
        /// The name or the description on this side is changed.
        Edit = "edit",
        /// This side switches it off.
        Deactivate = "deactivate",
        /// This side switches it on.
        Activate = "activate",
        /// This side wants no more of it.
        Remove = "remove",
        /// The other side's new address is confirmed.
        ConfirmMove = "confirm-move",
        /// The record is to be forgotten.
        Purge = "purge",
        /// The time of the expiry has come.
        Expire = "expire",
        /// An acceptance arrives: the first, or the same again.
        Accept = "accept",
        /// An acceptance arrives that differs from the one that was taken.
        OtherAccept = "other-accept",
        /// An acceptance arrives that an admin has to approve.
        AcceptToApprove = "accept-to-approve",
        /// An acceptance arrives that breaks a rule.
        BadAccept = "bad-accept",
        /// A withdrawal arrives: of the acceptance that was taken, or before any was.
        Withdraw = "withdraw",
        /// A withdrawal arrives of an acceptance that was not the one taken.
        OtherWithdraw = "other-withdraw",
        /// A withdrawal arrives that turns down this source's confirmation, because another source was first.
        TurnDown = "turn-down",
        /// The destination has taken note.
        Noted = "noted",
        /// A source that cannot be called asks for the acceptance.
        Fetch = "fetch",
        /// The confirmation of this side's acceptance arrives: the first, or the same again.
        Confirm = "confirm",
        /// A confirmation arrives that differs from the one that was taken.
        OtherConfirm = "other-confirm",
        /// The source says that its admin has to approve.
        Waiting = "waiting",
        /// The refusal of this side's acceptance arrives.
        Refuse = "refuse",
        /// The source acknowledges this side's withdrawal.
        Acknowledge = "acknowledge",
        /// The other side reports that it has it on.
        ReportOn = "report-on",
        /// The other side reports that it has it off.
        ReportOff = "report-off",
        /// The other side reports that it has removed it.
        ReportRemoved = "report-removed",
    }
}

impl Trigger {
    /// Whether somebody on this side decides it, so that it may be denied.
    #[must_use]
    pub fn is_decision(self) -> bool {
        self < Self::Expire
    }

    /// Whether it is a message from the other side.
    #[must_use]
    pub fn is_message(self) -> bool {
        self > Self::Expire
    }
}
