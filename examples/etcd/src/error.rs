//! What can go wrong, and whether it can have gone wrong after something was written.

use core::time::Duration;

use handclasp::{ConnectionId, DecodeRecordError};
use serde::Deserialize;

/// The cause of a failure, boxed because each connector has its own.
type Cause = Box<dyn core::error::Error + Send + Sync>;

/// Why the cluster did not do what it was asked for. Each may pass, except that a refusal is mostly a mistake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EtcdError {
    /// No connection came about, so nothing was sent.
    #[error("the etcd node could not be reached")]
    Unreachable(#[source] Cause),
    /// The connection broke behind the request.
    #[error("the connection to etcd broke before the reply came")]
    Broken(#[source] Cause),
    /// Nobody answered.
    #[error("etcd did not answer within {0:?}")]
    TimedOut(Duration),
    /// etcd answered that it failed, or would not.
    #[error("etcd answered with HTTP status {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The gRPC code, by which etcd tells refusals apart; `None` if it was not etcd that answered.
        code: Option<u8>,
        /// In etcd's words, or `no reason given`.
        message: String,
    },
    /// The reply is not one that etcd gives.
    #[error("etcd's reply is not what the request asks for")]
    Reply(#[source] serde_json::Error),
    /// A key stands where a connection's should be.
    #[error("there is a key that is not that of a connection")]
    Key,
    /// The record's bytes are damaged, or of a later version.
    #[error("the stored connection {id} cannot be read")]
    Record {
        /// Whose.
        id: ConnectionId,
        /// What is wrong with it.
        #[source]
        source: DecodeRecordError,
    },
}

impl EtcdError {
    /// What a reply that is no success says.
    pub(crate) fn refused(status: u16, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        struct Refusal {
            code: Option<u8>,
            message: Option<String>,
        }
        let Refusal { code, message } = serde_json::from_slice(body).unwrap_or_default();
        Self::Refused { status, code, message: message.unwrap_or_else(|| "no reason given".to_owned()) }
    }

    /// Whether the request never left.
    pub(crate) const fn was_not_sent(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// Whether another node may do better.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Broken(_) | Self::TimedOut(_) => true,
            Self::Refused { .. } => !self.is_final(),
            Self::Reply(_) | Self::Key | Self::Record { .. } => false,
        }
    }

    /// Whether it proves that a write behind which it came has written nothing. Silence proves nothing, and nor do most
    /// of etcd's own words: it has handed a request that "timed out" to the other nodes, and a write that "exceeds the
    /// database space" may be the one that has just filled it.
    pub(crate) const fn proves_nothing_written(&self) -> bool {
        self.was_not_sent() || self.is_final()
    }

    /// Whether etcd has looked at the request and will not do it: it answers `InvalidArgument`, `PermissionDenied`,
    /// `OutOfRange` (a revision that was compacted away) and `Unauthenticated` before it does anything.
    const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { code: Some(3 | 7 | 11 | 16), .. })
    }
}
