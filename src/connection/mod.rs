//! The record of a connection: one on each side, changed only by transitions.

mod encoding;
mod event;
mod form;
mod id;
mod secret;
mod status;
mod view;

use core::fmt;

pub use encoding::{DecodeRecordError, SecretBytes};
pub(crate) use event::EventLog;
pub use event::{Event, EventKind};
pub use form::{
    AdminAccess, AdminEvidence, ConnectionForm, ConnectionInfo, FieldError, FieldProblem, FormError,
    FormField,
};
pub use id::{ConnectionId, ParseIdError};
pub(crate) use secret::{CodeKeys, ConnectionSecret, session_key};
pub use secret::{ComparisonString, ExportedKey};
pub use status::{CloseReason, ConnectionKind, Phase, Refusal, Role, Status};
pub use view::ConnectionView;

use crate::crypto::{Digest, EphemeralKey, Secret};
use crate::instance::{Instance, InstanceUid, InstanceUrl, ProtocolVersions, UrlPolicy};
use crate::mode::ConnectionMode;
use crate::time::Timestamp;

/// One side's record of a connection.
///
/// It is made by a wizard (source) or by accepting an invitation (destination), and changed only by the
/// transitions of [`handshake`](crate::handshake): nothing sets a field, and nothing ever changes the mode.
/// It holds secrets: `Debug` leaves them out, there is no serde, and storing one takes the explicit call
/// [`to_secret_bytes`](Self::to_secret_bytes). What may be shown is in its [`view`](Self::view).
#[derive(Clone)]
pub struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) role: Role,
    pub(crate) kind: ConnectionKind,
    pub(crate) mode: ConnectionMode,
    pub(crate) info: ConnectionInfo,
    /// The other side, as far as it is known. A destination's is at first what the code says.
    pub(crate) remote: Option<Instance>,
    pub(crate) state: State,
    pub(crate) events: EventLog,
}

/// What a phase keeps, and no more: each step drops what the next no longer needs.
#[derive(Clone)]
pub(crate) enum State {
    Pending(Pending),
    Accepting(Box<Accepting>),
    Active(Option<Box<Link>>),
    Closed(Closed),
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
    /// An acceptance was refused for being late: it stays so, whatever the clock says later.
    pub(crate) refused_late: bool,
}

/// A destination that waits for the answer to its acceptance.
#[derive(Clone)]
pub(crate) struct Accepting {
    pub(crate) keys: CodeKeys,
    pub(crate) session: Secret,
    pub(crate) ephemeral: EphemeralKey,
    /// The acceptance as it is sent: a retry sends the same bytes.
    pub(crate) request: Vec<u8>,
    /// Where the source is called.
    pub(crate) to: InstanceUrl,
    pub(crate) expires_at: Timestamp,
    pub(crate) versions: ProtocolVersions,
    /// For the addresses in the confirmation.
    pub(crate) policy: UrlPolicy,
}

/// What an active connection with another instance keeps.
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
    /// Counts the changes of our own state, as the other side is told.
    pub(crate) sequence: u64,
    /// The highest sequence number seen from the other side; 0 before the first report.
    pub(crate) seen: u64,
}

/// What makes a repeated message recognisable.
#[derive(Clone)]
pub(crate) enum Sealed {
    /// The acceptance that was confirmed, and the confirmation, which is the answer for ever.
    Source { request: Digest, response: Vec<u8>, contested: Contested },
    /// The confirmation that was received.
    Destination { confirm: Digest },
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
    pub(crate) keys: CodeKeys,
    /// The acceptance it ended with.
    pub(crate) request: Digest,
    pub(crate) reason: CloseReason,
}

impl Connection {
    /// Which connection it is, on both sides.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// Which side this is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// How it is configured; fixed for its life.
    #[must_use]
    pub fn mode(&self) -> ConnectionMode {
        self.mode
    }

    /// How the two sides reach each other; provisional until the connection is active, because an unknown
    /// destination counts as one that cannot be called.
    #[must_use]
    pub fn kind(&self) -> ConnectionKind {
        self.kind
    }

    /// This side's labels and answers.
    #[must_use]
    pub fn info(&self) -> &ConnectionInfo {
        &self.info
    }

    /// The other side as far as it is known; `None` for an unknown destination and a local connection.
    #[must_use]
    pub fn remote(&self) -> Option<&Instance> {
        self.remote.as_ref()
    }

    /// Where it stands, whatever the time: what a store keeps beside the record.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Pending(_) => Phase::Pending,
            State::Accepting(_) => Phase::Accepting,
            State::Active(_) => Phase::Active,
            State::Closed(_) => Phase::Closed,
        }
    }

    /// Where it stands at this time.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match &self.state {
            State::Pending(pending) if pending.is_expired(now) => Status::Expired,
            State::Pending(_) => Status::Pending,
            State::Accepting(_) => Status::Accepting,
            State::Active(link) => {
                Status::Active { confirmed: link.as_ref().is_none_or(|link| link.confirmed) }
            }
            State::Closed(closed) => Status::Closed { reason: closed.reason },
        }
    }

    /// When its invitation expires, by the source's clock; `None` once that no longer matters.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match &self.state {
            State::Pending(pending) => Some(pending.expires_at),
            State::Accepting(accepting) => Some(accepting.expires_at),
            State::Active(_) | State::Closed(_) => None,
        }
    }

    /// What the other side calls things, once the connection is active. A suggestion, never identity.
    #[must_use]
    pub fn remote_info(&self) -> Option<&ConnectionInfo> {
        self.link().map(|link| &link.remote_info)
    }

    /// What both sides' people can compare to know that nobody sits in between, once it is active.
    #[must_use]
    pub fn comparison(&self) -> Option<ComparisonString> {
        self.link().map(|link| link.secret.comparison())
    }

    /// The protocol version that both sides agreed on, once it is active.
    #[must_use]
    pub fn protocol_version(&self) -> Option<u8> {
        self.link().map(|link| link.version)
    }

    /// A key for the host's own use, the same on both sides, different for each label, of whatever length.
    ///
    /// `None` unless the connection is active with another instance.
    #[must_use]
    pub fn export_key(&self, label: &str) -> Option<ExportedKey> {
        self.link().map(|link| link.secret.export(label))
    }

    /// The last 32 things that happened to it, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.events.as_slice()
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        match &self.state {
            State::Active(link) => link.as_deref(),
            _ => None,
        }
    }

    /// The keys of the code it came from; a local connection has none.
    pub(crate) fn keys(&self) -> Option<&CodeKeys> {
        match &self.state {
            State::Pending(pending) => Some(&pending.keys),
            State::Accepting(accepting) => Some(&accepting.keys),
            State::Active(link) => link.as_ref().map(|link| &link.keys),
            State::Closed(closed) => Some(&closed.keys),
        }
    }

    /// The same connection in another state.
    pub(crate) fn with_state(&self, state: State) -> Self {
        let Self { id, role, kind, mode, ref info, ref remote, state: _, ref events } = *self;
        Self {
            id,
            role,
            kind,
            mode,
            info: info.clone(),
            remote: remote.clone(),
            state,
            events: events.clone(),
        }
    }
}

impl Pending {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.refused_late || now >= self.expires_at
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("kind", &self.kind)
            .field("mode", &self.mode)
            .field("phase", &self.phase())
            .field("info", &self.info)
            .field("remote", &self.remote)
            .finish_non_exhaustive()
    }
}
