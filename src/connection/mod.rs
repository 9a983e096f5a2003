//! The record of a connection: one on each side, changed only by transitions.

mod encoding;
mod errand;
mod event;
mod form;
mod health;
mod id;
mod ledger;
mod refusal;
mod secret;
mod state;
mod status;
mod view;

use core::fmt;

pub use encoding::{DecodeRecordError, SecretBytes};
pub(crate) use errand::{Errand, Way};
pub(crate) use event::EventLog;
pub use event::{Event, EventKind};
pub use form::{
    AdminAccess, AdminEvidence, ConnectionForm, ConnectionInfo, FieldError, FieldProblem, FormError,
    FormField,
};
pub use health::{Health, HealthWarning, Trouble, TroubleKind};
pub use id::{ConnectionId, ParseIdError};
pub(crate) use ledger::{Heard, Ledger, Switch, fingerprint};
pub use refusal::Refusal;
pub(crate) use secret::{CodeKeys, ConnectionSecret, session_key};
pub use secret::{ComparisonString, ExportedKey};
pub(crate) use state::{Accepting, Awaiting, Closed, Contested, Link, Parted, Pending, Sealed, State};
pub use status::{CloseReason, ConnectionKind, Phase, Role, Status, WhoActs};
pub use view::{Applicant, ConnectionView};

use crate::instance::{Instance, ProtocolVersions};
use crate::mode::ConnectionMode;
use crate::offer::Side;
use crate::time::Timestamp;

/// One side's record of a connection.
///
/// It is made by a wizard (source), or by accepting or declining an invitation (destination), and changed only by the
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
    /// Whether the other side has been told where to call this one.
    pub(crate) callable: bool,
    pub(crate) health: Health,
    pub(crate) state: State,
    pub(crate) events: EventLog,
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

    /// How it is doing, beside where it stands.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Where it stands, whatever the time: what a store keeps beside the record.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Where it stands at this time.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match &self.state {
            State::Pending(pending) if pending.is_expired(now) => Status::Expired,
            State::Pending(_) => Status::Pending,
            State::Awaiting(_) => Status::AwaitingApproval,
            State::Accepting(accepting) => Status::Accepting { waiting: accepting.waiting },
            State::Linked(link) => match (link.ledger.ours.switch.is_on(), link.is_on_remotely()) {
                (true, true) => Status::Active { confirmed: link.confirmed },
                (false, true) => Status::Deactivated { by: Side::Local },
                (true, false) => Status::Deactivated { by: Side::Remote },
                (false, false) => Status::Deactivated { by: Side::Both },
            },
            State::Local { on: true } => Status::Active { confirmed: true },
            State::Local { on: false } => Status::Deactivated { by: Side::Local },
            State::Closed(closed) => Status::Closed { reason: closed.reason },
        }
    }

    /// When its invitation expires, by the source's clock; `None` once that no longer matters.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match &self.state {
            State::Pending(pending) => Some(pending.expires_at),
            State::Accepting(accepting) => Some(accepting.expires_at),
            State::Awaiting(_) | State::Linked(_) | State::Local { .. } | State::Closed(_) => None,
        }
    }

    /// When it was closed; `None` if it is not.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed().map(|closed| closed.at)
    }

    /// Whether the other side is known to know this side's state, or need not know it.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        match &self.state {
            State::Pending(_) | State::Local { .. } => true,
            State::Awaiting(_) | State::Accepting(_) => false,
            State::Linked(link) => link.confirmed && link.ledger.ours.acknowledged,
            State::Closed(closed) => closed.told,
        }
    }

    /// What the other side calls things, once both ends agree. A suggestion, never identity.
    #[must_use]
    pub fn remote_info(&self) -> Option<&ConnectionInfo> {
        self.link().map(|link| &link.remote_info)
    }

    /// Who has accepted, while an admin of this side has to approve.
    #[must_use]
    pub fn applicant(&self) -> Option<Applicant> {
        let State::Awaiting(awaiting) = &self.state else { return None };
        Some(Applicant {
            instance: awaiting.remote.clone(),
            info: awaiting.link.remote_info.clone(),
            expected: self.remote.clone(),
        })
    }

    /// What an admin should look at, although nothing of it ends the connection.
    #[must_use]
    pub fn warnings(&self) -> Vec<HealthWarning> {
        let health = &self.health;
        let ours = ProtocolVersions::SUPPORTED.highest();
        let is_linked = self.link().is_some();
        let theirs = self.remote.as_ref().map(|remote| remote.protocol().highest()).filter(|_| is_linked);
        [
            (health.moved_to.is_some(), HealthWarning::Moved),
            (health.cloned, HealthWarning::Cloned),
            (health.out_of_step.is_some(), HealthWarning::OutOfStep),
            (health.clock_ahead.is_some(), HealthWarning::ClockAhead),
            (theirs.is_some_and(|theirs| theirs < ours), HealthWarning::OlderVersion),
            (theirs.is_some_and(|theirs| theirs > ours), HealthWarning::NewerVersion),
        ]
        .into_iter()
        .filter_map(|(is_so, warning)| is_so.then_some(warning))
        .collect()
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
    /// `None` unless the connection is active with another instance: a side that has it off gets no keys, so its
    /// program neither makes nor checks messages.
    #[must_use]
    pub fn export_key(&self, label: &str) -> Option<ExportedKey> {
        self.link().filter(|link| link.is_on()).map(|link| link.secret.export(label))
    }

    /// The last 32 things that happened to it, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.events.as_slice()
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        match &self.state {
            State::Linked(link) => Some(link),
            _ => None,
        }
    }

    pub(crate) fn closed(&self) -> Option<&Closed> {
        match &self.state {
            State::Closed(closed) => Some(closed),
            _ => None,
        }
    }

    /// The keys of the code it came from; a local connection has none.
    pub(crate) fn keys(&self) -> Option<&CodeKeys> {
        match &self.state {
            State::Pending(pending) => Some(&pending.keys),
            State::Awaiting(awaiting) => Some(&awaiting.link.keys),
            State::Accepting(accepting) => Some(&accepting.keys),
            State::Linked(link) => Some(&link.keys),
            State::Local { .. } => None,
            State::Closed(closed) => closed.keys.as_ref(),
        }
    }

    /// The same connection in another state.
    pub(crate) fn with_state(&self, state: State) -> Self {
        let Self { id, role, kind, mode, ref info, ref remote, callable, ref health, state: _, ref events } =
            *self;
        Self {
            id,
            role,
            kind,
            mode,
            info: info.clone(),
            remote: remote.clone(),
            callable,
            health: health.clone(),
            state,
            events: events.clone(),
        }
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
