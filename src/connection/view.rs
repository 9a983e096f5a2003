//! A connection as it may be shown: everything but the secrets.

use serde::Serialize;

use super::{
    ComparisonString, Connection, ConnectionId, ConnectionInfo, ConnectionKind, Event, Health, HealthWarning,
    Role, Status,
};
use crate::instance::{Instance, InstanceUrl};
use crate::mode::ConnectionMode;
use crate::text::ShortName;
use crate::time::Timestamp;

/// A connection as it may be shown, logged and serialised: it holds no secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ConnectionView {
    /// Which connection it is, on both sides.
    pub id: ConnectionId,
    /// Which side this is.
    pub role: Role,
    /// How the two sides reach each other; provisional until the connection is active.
    pub kind: ConnectionKind,
    /// How it is configured; fixed for its life.
    pub mode: ConnectionMode,
    /// Where it stood when the view was made.
    pub status: Status,
    /// This side's labels and answers.
    pub info: ConnectionInfo,
    /// The other side as far as it is known.
    pub remote: Option<Instance>,
    /// Who has accepted, while an admin of this side has to approve.
    pub applicant: Option<Applicant>,
    /// What the other side calls things, once both ends agree.
    pub remote_info: Option<ConnectionInfo>,
    /// When its wizard was started.
    pub created_at: Timestamp,
    /// When its invitation expires, by the source's clock; `None` once that no longer matters.
    pub expires_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Whether the other side is known to know this side's state, or need not know it.
    pub acknowledged: bool,
    /// Whether people carry the messages as text, because neither side can call the other.
    pub by_hand: bool,
    /// When to refresh it next, if nothing else happens; `None` if a refresh would say nothing.
    pub next_refresh: Option<Timestamp>,
    /// How it is doing, beside where it stands.
    pub health: Health,
    /// What an admin should look at, although nothing of it ends the connection.
    pub warnings: Vec<HealthWarning>,
    /// What both sides' people can compare to know that nobody sits in between, once both ends agree.
    pub comparison: Option<ComparisonString>,
    /// The last 32 things that happened to it, oldest first.
    pub events: Vec<Event>,
}

/// Who has accepted an invitation and waits for an admin's approval: all of it is what they claim.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Applicant {
    /// Who they say they are, and where.
    pub instance: Instance,
    /// What they call things.
    pub info: ConnectionInfo,
    /// Who was invited, if that was known; compare the addresses.
    pub expected: Option<Instance>,
}

impl Applicant {
    /// The host from which they say they come, in ASCII; `None` if they can only call out.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.instance.callable_url().map(InstanceUrl::host)
    }
}

impl ConnectionView {
    /// The label of this side; of a local connection, that of the source.
    #[must_use]
    pub fn local_short_name(&self) -> &ShortName {
        if self.role == Role::Destination {
            self.info.destination_short_name()
        } else {
            self.info.source_short_name()
        }
    }

    /// The label of the other side; of a local connection, that of the destination.
    #[must_use]
    pub fn remote_short_name(&self) -> &ShortName {
        if self.role == Role::Destination {
            self.info.source_short_name()
        } else {
            self.info.destination_short_name()
        }
    }
}

impl Connection {
    /// What may be shown of it at this time.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> ConnectionView {
        ConnectionView {
            id: self.id,
            role: self.role,
            kind: self.kind,
            mode: self.mode,
            status: self.status(now),
            info: self.info.clone(),
            remote: self.remote.clone(),
            applicant: self.applicant(),
            remote_info: self.remote_info().cloned(),
            created_at: self.id.created_at(),
            expires_at: self.expires_at(),
            closed_at: self.closed_at(),
            acknowledged: self.is_acknowledged(),
            by_hand: self.is_relayed_by_hand(),
            next_refresh: self.next_refresh(),
            health: self.health.clone(),
            warnings: self.warnings(),
            comparison: self.comparison(),
            events: self.events().to_vec(),
        }
    }
}
