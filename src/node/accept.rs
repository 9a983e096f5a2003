//! The destination's part: from a code to an active connection.

use crate::connection::{
    CloseReason, Connection, ConnectionForm, ConnectionView, FormError, Phase, Refusal, Role, Status,
};
use crate::entropy::EntropyError;
use crate::flat::flat;
use crate::handshake::{self, Outcome, RelayText};
use crate::invitation::{Invitation, Obstacle, Preview, ReadCodeError};
use crate::lifecycle::{NotPossible, Trigger};
use crate::store::{ConnectionStore, InsertError};
use crate::transport::Transport;

use super::Node;
use super::decide::DecideError;
use super::refresh::{Refreshed, Retry};
use super::write::{ATTEMPTS, StoreFailure, Trouble};

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
        let make = || {
            let entropy = self.entropy().map_err(AcceptInvitationError::Entropy)?;
            let (policy, moment) = (self.terms().policy, self.moment());
            handshake::accept(preview.invitation(), form, self.instance(), policy, moment, entropy)
                .map_err(AcceptInvitationError::from)
        };
        let connection = self.insert_own(preview, make).await?;
        if connection.phase() != Phase::Accepting {
            return Ok(Accepted::Existing(connection.view(self.now())));
        }
        Ok(self.finish(connection).await)
    }

    /// Declines an invitation, and tells the source so if it can be called. One that was accepted here before, and not
    /// confirmed yet, is cancelled.
    ///
    /// # Errors
    /// Nothing was sent, and nothing is stored, unless the store says that it is unclear. Declining again is safe:
    /// - [`AcceptInvitationError::Obstacles`]: it is not for this instance, say.
    /// - [`AcceptInvitationError::NotPossible`]: it was accepted here and is active; remove the connection instead.
    /// - [`AcceptInvitationError::Store`]: try again.
    pub async fn decline_invitation(
        &self,
        preview: &Preview,
    ) -> Result<Refreshed<S::Error, T::Error>, AcceptInvitationError<S::Error>> {
        let make = || {
            let (policy, moment) = (self.terms().policy, self.moment());
            handshake::decline_invitation(preview.invitation(), self.instance(), policy, moment)
                .map_err(AcceptInvitationError::from)
        };
        let connection = self.insert_own(preview, make).await?;
        // What is stored here is closed already, by this call or before: reading it again could only fail.
        if connection.phase() == Phase::Closed {
            let (connection, retry) = self.catch_up(connection).await;
            return Ok(self.refreshed(&connection, retry));
        }
        let cancel = |connection: &Connection| handshake::cancel(connection, self.moment());
        self.decide(connection.id(), cancel).await.map_err(|error| match error {
            // What was accepted here before is cancelled, but that is not what was asked for.
            DecideError::NotPossible(error) => {
                AcceptInvitationError::NotPossible(NotPossible { trigger: Trigger::DeclineCode, ..error })
            }
            DecideError::Store(failure) => AcceptInvitationError::Store(failure),
            DecideError::Missing => AcceptInvitationError::Store(StoreFailure::Contended),
        })
    }

    /// The record of this invitation that is stored here, or the one that is made now and inserted.
    async fn insert_own(
        &self,
        preview: &Preview,
        make: impl Fn() -> Result<Outcome, AcceptInvitationError<S::Error>>,
    ) -> Result<Connection, AcceptInvitationError<S::Error>> {
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
                return Ok(existing);
            }
            let Some(connection) = make()?.into_connection() else { continue };
            match self.store.insert(&connection).await {
                Ok(_) => return Ok(connection),
                Err(InsertError::Failed(error)) => {
                    return Err(AcceptInvitationError::Store(trouble.failed(error)));
                }
                // Somebody else was faster here, or our own write got through.
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
        let Refreshed { connection, retry, text } = self.refreshed(&connection, retry);
        match (connection.status, retry, text) {
            (Status::Accepting { .. }, Some(retry), _) => Accepted::Retry { connection, retry },
            (Status::Accepting { .. }, None, Some(text)) => Accepted::Relay { connection, text },
            // Its admin has to approve, or it has to fetch.
            (Status::Accepting { .. }, None, None) => Accepted::Waiting(connection),
            (Status::Closed { reason: CloseReason::Refused { refusal } }, _, _) => {
                Accepted::Refused { connection, refusal }
            }
            // If only the report was lost, this side is active all the same, and a refresh sends it again.
            (status, _, _) if status.is_active() => Accepted::Active(connection),
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
    /// The source's turn: its admin has to approve, or it cannot be called and fetches the acceptance when it refreshes.
    /// A refresh here asks again.
    Waiting(ConnectionView),
    /// Neither side can call the other: people carry the messages.
    Relay {
        /// The connection, which is accepting.
        connection: ConnectionView,
        /// What to carry to the source.
        text: RelayText,
    },
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
            | Self::Waiting(connection)
            | Self::Relay { connection, .. }
            | Self::Retry { connection, .. }
            | Self::Refused { connection, .. }
            | Self::Existing(connection) => connection,
        }
    }
}

/// Why there is no preview.
///
/// Serialised, it is the flat structure `code`, `message`, and the details of its [`ReadCodeError`].
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

flat! { PreviewError<E> {
    Self::Code(error) => ..error,
    Self::Store(_) => {},
} }

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
///
/// Serialised, it is the flat structure `code`, `message`, and its `obstacles`, the form's `errors`, or `trigger`, `role` and
/// `stage` of a [`NotPossible`].
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
    /// It cannot be declined any more.
    #[error(transparent)]
    NotPossible(NotPossible),
    /// There was no entropy.
    #[error(transparent)]
    Entropy(EntropyError),
    /// The store failed.
    #[error("the acceptance could not be stored; try again")]
    Store(#[source] StoreFailure<E>),
}

flat! { AcceptInvitationError<E> {
    Self::Obstacles { obstacles } => { obstacles },
    Self::Form(error) => { errors: error.errors() },
    Self::NotPossible(error) => ..error,
    Self::Entropy(_) | Self::Store(_) => {},
} }

impl<E> AcceptInvitationError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Obstacles { .. } => "obstacles",
            Self::Form(_) => "invalid-form",
            Self::NotPossible(error) => error.code(),
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
