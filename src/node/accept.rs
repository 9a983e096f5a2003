//! The destination's part: from a code to an active connection.

use crate::connection::{
    CloseReason, Connection, ConnectionForm, ConnectionView, FormError, Phase, Refusal, Role, Status,
};
use crate::entropy::EntropyError;
use crate::handshake;
use crate::invitation::{Invitation, Obstacle, Preview, ReadCodeError};
use crate::store::{ConnectionStore, InsertError};
use crate::transport::Transport;

use super::Node;
use super::exchange::{ATTEMPTS, Retry, StoreFailure, Trouble};

impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// Reads a code, and shows what accepting it would mean. It has no effect, here or anywhere.
    ///
    /// # Errors
    /// [`PreviewError::Code`] when the text is not a code; [`PreviewError::Store`] when the store failed.
    pub async fn preview(&self, text: &str) -> Result<Preview, PreviewError<S::Error>> {
        let invitation = Invitation::read(text).map_err(PreviewError::Code)?;
        let existing = self.store.get(invitation.id()).await.map_err(PreviewError::Store)?;
        let preview = Preview::new(invitation, self.instance(), self.terms().policy);
        Ok(preview.at(self.now()).beside(existing.as_ref().map(|stored| &stored.connection)))
    }

    /// Accepts an invitation: stores a record, asks the source, and stores what it answers.
    ///
    /// `Ok` says that a record was stored, and what has become of it. Accepting the same code again goes on
    /// where it was, or shows what exists; the form counts only the first time.
    ///
    /// # Errors
    /// Nothing was sent, and nothing is stored, unless the store says that it is unclear. Accepting again is safe:
    /// - [`AcceptInvitationError::Obstacles`], [`AcceptInvitationError::Form`]: as for
    ///   [`handshake::accept`]; among the obstacles, that another connection has the id.
    /// - [`AcceptInvitationError::Entropy`], [`AcceptInvitationError::Store`]: try again.
    pub async fn accept(
        &self,
        preview: &Preview,
        form: &ConnectionForm,
    ) -> Result<Accepted<S::Error, T::Error>, AcceptInvitationError<S::Error>> {
        let invitation = preview.invitation();
        let digest = invitation.keys().digest;
        let mut trouble = Trouble::default();
        for _ in 0..ATTEMPTS {
            let existing = match self.store.get(invitation.id()).await {
                Ok(existing) => existing.map(|stored| stored.connection),
                Err(error) => return Err(AcceptInvitationError::Store(trouble.failed(error))),
            };
            if let Some(existing) = existing {
                if existing.keys().is_none_or(|keys| keys.digest != digest) {
                    return Err(AcceptInvitationError::Obstacles { obstacles: vec![Obstacle::IdTaken] });
                }
                if existing.role() == Role::Source {
                    return Err(AcceptInvitationError::Obstacles {
                        obstacles: vec![Obstacle::OwnInvitation],
                    });
                }
                if existing.phase() != Phase::Accepting {
                    return Ok(Accepted::Existing(existing.view(self.now())));
                }
                return Ok(self.finish(existing).await);
            }
            let entropy = self.entropy().map_err(AcceptInvitationError::Entropy)?;
            let policy = self.terms().policy;
            let accepted =
                handshake::accept(invitation, form, self.instance(), policy, self.moment(), entropy)
                    .map_err(AcceptInvitationError::from)?;
            let Some(connection) = accepted.into_connection() else { continue };
            match self.store.insert(&connection).await {
                Ok(_) => return Ok(self.finish(connection).await),
                Err(InsertError::Failed(error)) => {
                    return Err(AcceptInvitationError::Store(trouble.failed(error)));
                }
                // Somebody else has accepted here in the meantime, or our own write got through.
                Err(InsertError::AlreadyExists) => {}
                Err(InsertError::Unclear(error)) => {
                    trouble.unclear(error).map_err(AcceptInvitationError::Store)?;
                }
            }
        }
        Err(AcceptInvitationError::Store(trouble.contended()))
    }

    async fn finish(&self, accepting: Connection) -> Accepted<S::Error, T::Error> {
        let (connection, retry) = self.catch_up(accepting).await;
        let connection = connection.view(self.now());
        match (connection.status, retry) {
            (Status::Accepting, Some(retry)) => Accepted::Retry { connection, retry },
            (Status::Closed { reason: CloseReason::Refused { refusal } }, _) => {
                Accepted::Refused { connection, refusal }
            }
            // If only the report was lost, this side is active all the same, and a refresh sends it again.
            (status, _) if status.is_active() => Accepted::Active(connection),
            _ => Accepted::Existing(connection),
        }
    }
}

/// What has become of an acceptance. A record is stored, unless the host has removed it in the meantime, which
/// [`RetryReason::Missing`](super::RetryReason::Missing) says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Accepted<S, T> {
    /// The connection is active.
    Active(ConnectionView),
    /// The source did not answer yet: a refresh asks again, with the same bytes.
    Retry {
        /// The connection, which is accepting.
        connection: ConnectionView,
        /// When to try again, and why.
        retry: Retry<S, T>,
    },
    /// The source has refused, verifiably and for good.
    Refused {
        /// The connection, which is closed.
        connection: ConnectionView,
        /// Why.
        refusal: Refusal,
    },
    /// The code was accepted here before, and this is what exists.
    Existing(ConnectionView),
}

impl<S, T> Accepted<S, T> {
    /// The connection as it is shown.
    #[must_use]
    pub fn connection(&self) -> &ConnectionView {
        match self {
            Self::Active(connection)
            | Self::Retry { connection, .. }
            | Self::Refused { connection, .. }
            | Self::Existing(connection) => connection,
        }
    }
}

/// Why there is no preview.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError<E> {
    /// The text is not a code.
    #[error(transparent)]
    Code(ReadCodeError),
    /// The store failed.
    #[error("the store failed; try again")]
    Store(#[source] E),
}

impl<E> PreviewError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Code(error) => error.code(),
            Self::Store(_) => "store-failed",
        }
    }
}

/// Why an invitation was not accepted. Nothing was sent, and nothing is stored, unless the store says that it is
/// unclear: accept again.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptInvitationError<E> {
    /// Something stands in the way.
    #[error("the invitation cannot be accepted here: {}", .obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Obstacles {
        /// All of it; never empty.
        obstacles: Vec<Obstacle>,
    },
    /// The form is not as it should be.
    #[error("the form is not valid: {0}")]
    Form(FormError),
    /// There was no entropy.
    #[error(transparent)]
    Entropy(EntropyError),
    /// The store failed.
    #[error("the acceptance could not be stored; try again")]
    Store(#[source] StoreFailure<E>),
}

impl<E> AcceptInvitationError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Obstacles { .. } => "obstacles",
            Self::Form(_) => "invalid-form",
            Self::Entropy(error) => error.code(),
            Self::Store(failure) => failure.code(),
        }
    }
}

impl<E> From<handshake::AcceptError> for AcceptInvitationError<E> {
    fn from(error: handshake::AcceptError) -> Self {
        match error {
            handshake::AcceptError::Obstacles { obstacles } => Self::Obstacles { obstacles },
            handshake::AcceptError::Form(errors) => Self::Form(errors),
        }
    }
}
