//! A connection as it may be shown: everything but the secrets.

use serde::Serialize;

use super::{
    ComparisonString, Connection, ConnectionId, ConnectionInfo, ConnectionKind, Event, Role, Status,
};
use crate::instance::Instance;
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
    /// What the other side calls things, once the connection is active.
    pub remote_info: Option<ConnectionInfo>,
    /// When its wizard was started.
    pub created_at: Timestamp,
    /// When its invitation expires, by the source's clock; `None` once that no longer matters.
    pub expires_at: Option<Timestamp>,
    /// What both sides' people can compare to know that nobody sits in between, once it is active.
    pub comparison: Option<ComparisonString>,
    /// The last 32 things that happened to it, oldest first.
    pub events: Vec<Event>,
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
            remote_info: self.remote_info().cloned(),
            created_at: self.id.created_at(),
            expires_at: self.expires_at(),
            comparison: self.comparison(),
            events: self.events().to_vec(),
        }
    }
}
