//! Why an exchange or a discovery failed.

use std::io;
use std::sync::Arc;

use handclasp::PolicyError;

/// Why an exchange or a discovery failed.
///
/// It names the host, and never what was sent or answered. After [`NameNotFound`](Self::NameNotFound),
/// [`NotPermitted`](Self::NotPermitted), [`Unreachable`](Self::Unreachable) and [`Tls`](Self::Tls) nothing was sent; after
/// any other, a message may have arrived. Sending it again is safe in any case.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The host's name was not resolved: it is misspelt, or the resolver does not answer.
    #[error("the name {host} was not found")]
    NameNotFound {
        /// The host.
        host: String,
        /// What the resolver said; [`NotFound`](io::ErrorKind::NotFound) if the name has no address.
        source: Arc<io::Error>,
    },
    /// The policy refuses the URL, or an address that the name resolves to. Nothing was dialled.
    #[error("the policy does not permit {host}")]
    NotPermitted {
        /// The host.
        host: String,
        /// Why the policy refuses it.
        source: PolicyError,
    },
    /// No connection came about: nobody listens there, or no way leads there.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// The host.
        host: String,
        /// What happened at the last address that was tried.
        source: Arc<io::Error>,
    },
    /// TLS was not established: the certificate is of another name, has expired, comes from an authority that is not
    /// trusted, or the other side speaks no TLS.
    #[error("no secure connection with {host} came about")]
    Tls {
        /// The host.
        host: String,
        /// What was wrong; of a certificate, a [`rustls::Error`] is in it.
        source: Arc<io::Error>,
    },
    /// Connecting, or all of it, took longer than the [limit](crate::ClientLimits).
    #[error("{host} did not answer in time")]
    TimedOut {
        /// The host.
        host: String,
    },
    /// The answer leads elsewhere (any status of 3xx). It was not followed: where to is for people to decide.
    #[error("{host} redirects elsewhere (status {status}), which is not followed")]
    Redirected {
        /// The host.
        host: String,
        /// The status of the answer.
        status: u16,
    },
    /// There is a server, and it is no handclasp node, or not at this path.
    #[error("there is no handclasp node at this address of {host}")]
    NotHandclasp {
        /// The host.
        host: String,
        /// What shows it.
        source: EndpointProblem,
    },
    /// The other side answered with a status that says it will not, or cannot now.
    #[error("{host} refused the request with the status {status}")]
    Refused {
        /// The host.
        host: String,
        /// The status of the answer: 503 if the node failed or is too busy.
        status: u16,
    },
    /// The answer is longer than [`MAX_ANSWER_BYTES`](handclasp::MAX_ANSWER_BYTES), or its head than 16 KiB.
    #[error("the answer of {host} is too long")]
    TooLarge {
        /// The host.
        host: String,
    },
    /// The connection broke before all of the answer was there.
    #[error("the connection with {host} broke before the answer was complete")]
    Interrupted {
        /// The host.
        host: String,
        /// How it broke.
        source: Arc<hyper::Error>,
    },
}

impl HttpError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NameNotFound { .. } => "name-not-found",
            Self::NotPermitted { .. } => "not-permitted",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::TimedOut { .. } => "timed-out",
            Self::Redirected { .. } => "redirected",
            Self::NotHandclasp { .. } => "not-handclasp",
            Self::Refused { .. } => "refused",
            Self::TooLarge { .. } => "too-large",
            Self::Interrupted { .. } => "interrupted",
        }
    }
}

/// What shows that there is no handclasp node.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointProblem {
    /// The answer is not HTTP, or the path cannot be asked for with it.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The status says that there is nothing of the kind: 404, 405 and 410, or one of success that is not 200.
    #[error("the status of the answer is {0}")]
    Status(u16),
    /// The answer is of another media type, such as a page for people, or it is encoded.
    #[error("the media type of the answer is another one")]
    MediaType,
    /// The answer to a discovery does not describe an instance.
    #[error("the answer does not describe an instance")]
    NotAnInstance,
}

impl EndpointProblem {
    /// The stable kebab-case name of the problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotHttp => "not-http",
            Self::Status(_) => "status",
            Self::MediaType => "media-type",
            Self::NotAnInstance => "not-an-instance",
        }
    }
}
