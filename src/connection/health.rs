//! How a connection is doing, beside where it stands: contact, trouble, and what an admin should look at.

use core::fmt;

use serde::Serialize;

use crate::codes::coded;
use crate::instance::InstanceUrl;
use crate::offer::Side;
use crate::time::Timestamp;

/// How a connection is doing, beside its life cycle. Nothing in here ends a connection.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// When the other side last gave an answer that could be verified; kept to the minute.
    pub last_contact: Option<Timestamp>,
    /// When the other side was last asked without such an answer.
    pub last_attempt: Option<Timestamp>,
    /// What went wrong since the last contact.
    pub trouble: Option<Trouble>,
    /// The address that the other side says it has now. Nothing goes there until an admin confirms it.
    pub moved_to: Option<InstanceUrl>,
    /// Whether the other side seems to exist twice.
    pub cloned: bool,
    /// The side whose store was set back to an earlier state.
    pub out_of_step: Option<Side>,
    /// How many seconds the other side's clock is ahead of this side's, if it is more than five minutes.
    pub clock_ahead: Option<u64>,
}

/// What went wrong when the other side was called.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trouble {
    /// What.
    #[serde(rename = "code")]
    pub kind: TroubleKind,
    /// When it last did.
    pub at: Timestamp,
    /// How often in a row.
    pub times: u64,
}

coded! {
    /// What can go wrong when the other side is called.
    #[non_exhaustive]
    pub enum TroubleKind {
        /// No reply came.
        NoReply = "no-reply",
        /// The other side does not recognise the connection.
        NotRecognised = "not-recognised",
        /// The reply was not the other side's answer.
        Unverified = "unverified",
        /// This side's policy forbids the other side's address.
        NotPermitted = "not-permitted",
    }
}

impl TroubleKind {
    /// Whether calling again, later, is likely to help, without anybody doing anything.
    #[must_use]
    pub const fn heals_by_itself(self) -> bool {
        matches!(self, Self::NoReply | Self::Unverified)
    }
}

impl fmt::Display for TroubleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoReply => "the other side did not reply; it will be called again",
            Self::NotRecognised => {
                "the other side does not recognise the connection; if that stays so, connect anew with a new invitation"
            }
            Self::Unverified => {
                "something in between answered in the other side's place; it will be called again"
            }
            Self::NotPermitted => "the other side's address is not permitted; permit it",
        })
    }
}

coded! {
    /// What an admin should look at although the connection works.
    #[non_exhaustive]
    pub enum HealthWarning {
        /// The other side says it has another address.
        Moved = "moved",
        /// The other side seems to exist twice.
        Cloned = "cloned",
        /// A store was set back to an earlier state.
        OutOfStep = "out-of-step",
        /// The two clocks are more than five minutes apart.
        ClockAhead = "clock-ahead",
        /// The other side speaks only an older version of the protocol.
        OlderVersion = "older-version",
        /// The other side speaks a newer version of the protocol.
        NewerVersion = "newer-version",
    }
}

impl fmt::Display for HealthWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Moved => {
                "the other side says it has moved, or was cloned; ask its admin, then confirm the move or remove the connection"
            }
            Self::Cloned => "the other side seems to exist twice; ask its admin which one is right, then connect anew",
            Self::OutOfStep => "a store was set back to an earlier state; connect anew with a new invitation",
            Self::ClockAhead => "the other side's clock is ahead of this side's; check both",
            Self::OlderVersion => "the other side speaks an older version; ask its admin to update",
            Self::NewerVersion => "the other side speaks a newer version; update this side",
        })
    }
}

impl Health {
    /// After an answer that could be verified; `None` if there is nothing worth writing.
    pub(crate) fn after_contact(&self, now: Timestamp) -> Option<Self> {
        let is_recent =
            self.last_contact.is_some_and(|last| now < last.saturating_add(CONTACT_STEP) && now >= last);
        let is_calm = self.trouble.is_none() && self.last_attempt.is_none();
        (!(is_recent && is_calm)).then(|| Self {
            last_contact: Some(now),
            last_attempt: None,
            trouble: None,
            ..self.clone()
        })
    }

    /// After an attempt without such an answer. Without a kind, no answer was to be expected.
    pub(crate) fn after_attempt(&self, kind: Option<TroubleKind>, now: Timestamp) -> Self {
        let trouble = kind.map(|kind| Trouble {
            kind,
            at: now,
            times: self.trouble.map_or(0, |trouble| trouble.times).saturating_add(1),
        });
        Self { last_attempt: Some(now), trouble, ..self.clone() }
    }
}

/// Contact is written down only when it is older than this, so that polling is not writing.
const CONTACT_STEP: core::time::Duration = core::time::Duration::from_secs(60);
