//! What each phase of a record keeps, and no more: each step drops what the next no longer needs.

use super::{CloseReason, CodeKeys, ConnectionInfo, ConnectionKind, ConnectionSecret, Ledger, Phase};
use crate::crypto::{Digest, EphemeralKey, Secret};
use crate::instance::{Instance, InstanceUid, ProtocolVersions, UrlPolicy};
use crate::time::Timestamp;

#[derive(Clone)]
pub(crate) enum State {
    Pending(Box<Pending>),
    Awaiting(Box<Awaiting>),
    Accepting(Box<Accepting>),
    Linked(Box<Link>),
    /// A connection of an instance with itself.
    Local {
        on: bool,
    },
    Closed(Box<Closed>),
}

/// A source that waits for an acceptance.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) keys: CodeKeys,
    pub(crate) session: Secret,
    pub(crate) expires_at: Timestamp,
    /// Our own UID as the code has it: an acceptance with it is refused, whatever we are called later.
    pub(crate) source_uid: InstanceUid,
    pub(crate) bound_to: Option<InstanceUid>,
    pub(crate) policy: UrlPolicy,
    pub(crate) versions: ProtocolVersions,
    /// Whether an admin has to approve whoever accepts.
    pub(crate) by_hand: bool,
    /// An acceptance was refused for being late: it stays so, whatever the clock says later.
    pub(crate) refused_late: bool,
}

/// A source that was accepted, and whose admin has to approve. Everything is ready for that, so approving only
/// turns it on.
#[derive(Clone)]
pub(crate) struct Awaiting {
    pub(crate) link: Link,
    /// Who claims it.
    pub(crate) remote: Instance,
    pub(crate) kind: ConnectionKind,
}

/// A destination that waits for the answer to its acceptance.
#[derive(Clone)]
pub(crate) struct Accepting {
    pub(crate) keys: CodeKeys,
    pub(crate) session: Secret,
    pub(crate) ephemeral: EphemeralKey,
    /// The acceptance as it is sent: a retry sends the same bytes.
    pub(crate) request: Vec<u8>,
    pub(crate) expires_at: Timestamp,
    pub(crate) versions: ProtocolVersions,
    /// For the addresses in the confirmation.
    pub(crate) policy: UrlPolicy,
    /// The source has said that its admin has to approve.
    pub(crate) waiting: bool,
}

/// What a connection that both ends agree on keeps.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) keys: CodeKeys,
    pub(crate) secret: ConnectionSecret,
    pub(crate) version: u8,
    pub(crate) sealed: Sealed,
    /// What the other side calls things.
    pub(crate) remote_info: ConnectionInfo,
    /// Whether the other side is known to be active.
    pub(crate) confirmed: bool,
    pub(crate) ledger: Ledger,
}

/// What makes a repeated message recognisable.
#[derive(Clone)]
pub(crate) enum Sealed {
    /// The acceptance that was confirmed, and the confirmation, which is the answer for ever.
    Source { request: Digest, response: Vec<u8>, contested: Contested },
    /// The acceptance that was sent, and the confirmation that was received.
    Destination { request: Digest, confirm: Digest, contested: bool },
}

/// Which sorts of second acceptors have been recorded, so that repeating them changes nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Contested {
    pub(crate) by_same: bool,
    pub(crate) by_other: bool,
}

/// What is left when a connection is over.
#[derive(Clone)]
pub(crate) struct Closed {
    /// A local connection has none.
    pub(crate) keys: Option<CodeKeys>,
    pub(crate) reason: CloseReason,
    pub(crate) at: Timestamp,
    /// The acceptance that was taken (source), or made (destination).
    pub(crate) request: Option<Digest>,
    /// Whether the other side knows, or need not know.
    pub(crate) told: bool,
    /// What answers reports, if it was active.
    pub(crate) parted: Option<Box<Parted>>,
}

/// What is left of a [`Link`]: enough to tell the other side that it is over, and no secret of the connection's own.
#[derive(Clone)]
pub(crate) struct Parted {
    pub(crate) from_source: Secret,
    pub(crate) from_destination: Secret,
    /// Whether the other side is known to have been active.
    pub(crate) confirmed: bool,
    /// The confirmation that was sent, or received.
    pub(crate) confirm: Digest,
    pub(crate) ledger: Ledger,
}

impl State {
    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::Pending(_) => Phase::Pending,
            Self::Awaiting(_) => Phase::AwaitingApproval,
            Self::Accepting(_) => Phase::Accepting,
            Self::Linked(link) if link.is_on() => Phase::Active,
            Self::Local { on: true } => Phase::Active,
            Self::Linked(_) | Self::Local { on: false } => Phase::Deactivated,
            Self::Closed(_) => Phase::Closed,
        }
    }
}

impl Pending {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.refused_late || now >= self.expires_at
    }
}

impl Link {
    /// Whether both sides have it on.
    pub(crate) fn is_on(&self) -> bool {
        self.ledger.ours.switch.is_on() && self.is_on_remotely()
    }

    /// Whether the other side has it on, as far as is known: one that has not reported yet has.
    pub(crate) fn is_on_remotely(&self) -> bool {
        self.ledger.theirs.as_ref().is_none_or(|theirs| theirs.switch.is_on())
    }

    /// The acceptance that it came from.
    pub(crate) fn request(&self) -> Digest {
        match &self.sealed {
            Sealed::Source { request, .. } | Sealed::Destination { request, .. } => *request,
        }
    }
}

impl Sealed {
    /// The digest of the confirmation.
    pub(crate) fn confirm(&self) -> Digest {
        match self {
            Self::Source { response, .. } => crate::crypto::message_digest(response),
            Self::Destination { confirm, .. } => *confirm,
        }
    }
}
