//! What can be done with a connection.

use handclasp::lifecycle::{Cell, Trigger, cell};
use handclasp::{ConnectionId, DecideError, InstanceUrl, handshake};

use super::{CompanyNode, Shown};
use crate::store::StoreError;
use crate::web::said::Said;

/// A step that is asked about first, because it cannot be taken back, or ends something.
pub(super) struct Dangerous {
    /// The last part of its address.
    pub(super) path: &'static str,
    /// What is said when it was done; of a new code, when there is none.
    pub(super) said: Said,
    pub(super) trigger: Trigger,
    pub(super) label: &'static str,
    pub(super) question: &'static str,
    /// What follows from it.
    pub(super) what: &'static str,
    /// Whether it is the step that people hope for.
    pub(super) is_good: bool,
}

pub(super) const DANGEROUS: &[Dangerous] = &[
    Dangerous {
        path: "approve",
        said: Said::Approved,
        trigger: Trigger::Approve,
        label: "Approve",
        question: "Approve who has accepted?",
        what: "The connection becomes active. Check first that the address and the name are those you expect.",
        is_good: true,
    },
    Dangerous {
        path: "decline",
        said: Said::Declined,
        trigger: Trigger::Decline,
        label: "Decline",
        question: "Decline who has accepted?",
        what: "The connection is over, and the other side is told. To connect after all, send a new invitation.",
        is_good: false,
    },
    Dangerous {
        path: "reissue",
        said: Said::NotReissued,
        trigger: Trigger::Reissue,
        label: "Issue a new code",
        question: "Issue a new code?",
        what: "The code that was sent no longer works. A new one takes its place, and is shown once.",
        is_good: true,
    },
    Dangerous {
        path: "revoke",
        said: Said::Revoked,
        trigger: Trigger::Revoke,
        label: "Revoke",
        question: "Revoke this invitation?",
        what: "The code no longer works, and the connection is over. It cannot be taken back.",
        is_good: false,
    },
    Dangerous {
        path: "cancel",
        said: Said::Cancelled,
        trigger: Trigger::Cancel,
        label: "Cancel",
        question: "Give up waiting for the other side?",
        what: "Your acceptance is withdrawn, the connection is over, and the code cannot be accepted here again.",
        is_good: false,
    },
    Dangerous {
        path: "deactivate",
        said: Said::Deactivated,
        trigger: Trigger::Deactivate,
        label: "Deactivate",
        question: "Deactivate this connection?",
        what: "Nothing is synchronised any more, on either side, until you activate it again.",
        is_good: false,
    },
    Dangerous {
        path: "confirm-move",
        said: Said::MoveConfirmed,
        trigger: Trigger::ConfirmMove,
        label: "Confirm the new address",
        question: "Has the other side really moved?",
        what: "Everything goes to the new address from now on. Ask its admin first, on another way than this: a copy of the other side would say the same.",
        is_good: true,
    },
    Dangerous {
        path: "remove",
        said: Said::Removed,
        trigger: Trigger::Remove,
        label: "Remove",
        question: "Remove this connection?",
        what: "The connection is over on both sides. It cannot be taken back; a new invitation connects the two again.",
        is_good: false,
    },
    Dangerous {
        path: "forget",
        said: Said::Forgotten,
        trigger: Trigger::Purge,
        label: "Forget",
        question: "Forget this connection?",
        what: "Its record is deleted, with its history.",
        is_good: false,
    },
];

impl Dangerous {
    /// Whether it can be done where the connection stands.
    pub(super) fn is_possible(&self, shown: &Shown, now: handclasp::Timestamp) -> bool {
        match self.trigger {
            Trigger::Purge => handshake::may_purge(&shown.connection, now).is_ok(),
            Trigger::Reissue if shown.is_half_reissued => true,
            Trigger::ConfirmMove => shown.view.health.moved_to.is_some(),
            // Before both ends agree, it has another name: revoke, decline, cancel.
            Trigger::Remove => shown.stage.is_linked(),
            trigger => matches!(cell(shown.view.role, shown.stage, trigger), Cell::Becomes(_)),
        }
    }
}

/// A decision, which is stored and then told to the other side; or just a question how it stands.
#[derive(Clone, Copy)]
pub(super) enum Action {
    Refresh,
    Activate,
    Decide(&'static Dangerous),
}

impl Action {
    pub(super) fn parse(path: &str) -> Option<Self> {
        match path {
            "refresh" => Some(Self::Refresh),
            "activate" => Some(Self::Activate),
            path => DANGEROUS.iter().find(|known| known.path == path).map(Self::Decide),
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Activate => "activate",
            Self::Decide(dangerous) => dangerous.path,
        }
    }

    /// What is said when it was done.
    pub(super) const fn said(self) -> Said {
        match self {
            Self::Refresh => Said::Refreshed,
            Self::Activate => Said::Activated,
            Self::Decide(dangerous) => dangerous.said,
        }
    }

    /// Does it, and says whether the other side knows.
    pub(super) async fn carry_out(
        self,
        node: &CompanyNode,
        id: ConnectionId,
        looked_at: Option<&InstanceUrl>,
    ) -> Result<bool, DecideError<StoreError>> {
        let trigger = match self {
            Self::Refresh => {
                return match node.refresh(id).await {
                    Ok(refreshed) => Ok(refreshed.retry.is_none()),
                    Err(_) => Err(DecideError::Missing),
                };
            }
            Self::Activate => Trigger::Activate,
            Self::Decide(dangerous) => dangerous.trigger,
        };
        let decided = match (trigger, looked_at) {
            (Trigger::Activate, _) => node.activate(id).await,
            (Trigger::Approve, _) => node.approve(id).await,
            (Trigger::Cancel, _) => node.cancel(id).await,
            (Trigger::ConfirmMove, Some(url)) => node.confirm_move(id, url).await,
            (Trigger::Deactivate, _) => node.deactivate(id).await,
            (Trigger::Decline, _) => node.decline(id).await,
            (Trigger::Remove, _) => node.remove(id).await,
            (Trigger::Revoke, _) => node.revoke(id).await,
            _ => return Err(DecideError::Missing),
        };
        decided.map(|refreshed| refreshed.retry.is_none())
    }
}
