//! What this side's people decide about a connection: it is stored, and then the other side is told if it can be.

use crate::connection::{CloseReason, Connection, ConnectionId, ConnectionView};
use crate::entropy::EntropyError;
use crate::flat::flat;
use crate::handshake::{self, Outcome};
use crate::instance::InstanceUrl;
use crate::lifecycle::{Denial, NotPossible};
use crate::offer::Reason;
use crate::store::{ConnectionStore, UpdateError};
use crate::text::{ConnectionName, Description};
use crate::transport::Transport;
use crate::wizard::{Initiated, Wizard};

use super::Node;
use super::initiate::SubmitError;
use super::refresh::Refreshed;
use super::write::{ATTEMPTS, StoreFailure, Trouble};

/// What became of a decision.
type Decided<S, T> = Result<
    Refreshed<<S as ConnectionStore>::Error, <T as Transport>::Error>,
    DecideError<<S as ConnectionStore>::Error>,
>;

/// All decisions are kept once they are `Ok`, whether or not the other side could be told: then
/// [`Refreshed::retry`] says why not, and a refresh tells it later. Each may be dropped and repeated.
///
/// # Errors
/// [`DecideError`]: there is no such connection, the decision is not possible where it stands, or the store failed.
impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// Approves who has accepted; see [`handshake::approve`].
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn approve(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::approve(connection, self.moment())).await
    }

    /// Does not approve who has accepted; see [`handshake::decline`].
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn decline(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::decline(connection, self.moment())).await
    }

    /// Takes an invitation back; see [`handshake::revoke`].
    ///
    /// # Errors
    /// [`DecideError`]: with [`Denial::AlreadyActive`] if an acceptance was faster.
    pub async fn revoke(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::revoke(connection, self.moment())).await
    }

    /// Gives up waiting for the source; see [`handshake::cancel`].
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn cancel(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::cancel(connection, self.moment())).await
    }

    /// Switches it off on this side; see [`handshake::deactivate`].
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn deactivate(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::deactivate(connection, self.moment())).await
    }

    /// Switches it on again on this side; see [`handshake::activate`].
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn activate(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::activate(connection, self.moment())).await
    }

    /// Ends the connection, wherever it stands; see [`handshake::remove`]. The record stays until it is
    /// [purged](Self::purge), and answers whoever asks.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn remove(&self, id: ConnectionId) -> Decided<S, T> {
        self.decide(id, |connection| handshake::remove(connection, self.moment())).await
    }

    /// Confirms that the other side has moved to this address, which the view's [`Health`](crate::Health) shows; see
    /// [`handshake::confirm_move`].
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn confirm_move(&self, id: ConnectionId, to: &InstanceUrl) -> Decided<S, T> {
        let policy = self.terms().policy;
        self.decide(id, |connection| handshake::confirm_move(connection, to, policy, self.moment())).await
    }

    /// Changes the connection's name on this side only. Nothing is sent.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn rename(
        &self,
        id: ConnectionId,
        name: ConnectionName,
    ) -> Result<ConnectionView, DecideError<S::Error>> {
        let rename = |connection: &Connection| handshake::rename(connection, name.clone(), self.moment());
        Ok(self.decided(id, rename).await?.view(self.now()))
    }

    /// Changes the description on this side only. Nothing is sent.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn describe(
        &self,
        id: ConnectionId,
        description: Description,
    ) -> Result<ConnectionView, DecideError<S::Error>> {
        let describe =
            |connection: &Connection| handshake::describe(connection, description.clone(), self.moment());
        Ok(self.decided(id, describe).await?.view(self.now()))
    }

    /// Forgets a connection that is over: see [`handshake::may_purge`]. One that is not there is forgotten already.
    ///
    /// # Errors
    /// [`DecideError`]: with [`Denial::StillOpen`], [`Denial::TooEarly`] or [`Denial::Unacknowledged`] when it has to be
    /// kept.
    pub async fn purge(&self, id: ConnectionId) -> Result<(), DecideError<S::Error>> {
        self.forget(id, |connection| handshake::may_purge(connection, self.now())).await
    }

    /// Forgets a connection that is over even if the other side does not know that: because it will never be reached
    /// again, say. If it asks after all, it is not recognised.
    ///
    /// # Errors
    /// [`DecideError`]: with [`Denial::StillOpen`] or [`Denial::TooEarly`] when it has to be kept.
    pub async fn purge_unacknowledged(&self, id: ConnectionId) -> Result<(), DecideError<S::Error>> {
        let may_purge = |connection: &Connection| match handshake::may_purge(connection, self.now()) {
            Err(error) if error.denial == Denial::Unacknowledged => Ok(()),
            result => result,
        };
        self.forget(id, may_purge).await
    }

    /// Lets a new invitation take the place of one that nobody has accepted: the old code answers *superseded*, and the
    /// new one is in the wizard that this gives, to be handed over this once.
    ///
    /// If the program ends in between, repeating it completes what was begun.
    ///
    /// # Errors
    /// [`ReissueError`]: with [`Denial::AlreadyActive`] if an acceptance was faster, and
    /// [`ReissueError::AlreadyReissued`] if another new invitation was.
    pub async fn reissue(&self, id: ConnectionId) -> Result<Wizard<Initiated>, ReissueError<S::Error>> {
        let (local, terms) = (self.instance(), self.terms());
        let mut superseded = self
            .store
            .get(id)
            .await
            .map_err(|error| ReissueError::Store(StoreFailure::Failed(error)))?
            .ok_or(ReissueError::Missing)?
            .connection;
        if superseded_by(&superseded).is_none() {
            let reasons = Wizard::reissue_obstacles(&superseded, local, terms);
            let by = self.new_id().map_err(ReissueError::Entropy)?;
            let supersede = |connection: &Connection| {
                // Of two who reissue at once, the second goes on with what the first has begun.
                if superseded_by(connection).is_some() {
                    return Ok(Outcome::nothing());
                }
                handshake::supersede(connection, by, self.moment())
            };
            // What is not possible is worth more to know than why no other invitation is.
            supersede(&superseded).map(drop).map_err(ReissueError::NotPossible)?;
            if !reasons.is_empty() {
                return Err(ReissueError::ModeUnavailable { reasons });
            }
            superseded = self.decided(id, supersede).await.map_err(ReissueError::from)?;
        }
        let by = superseded_by(&superseded).ok_or(ReissueError::Missing)?;
        let entropy = self.entropy().map_err(ReissueError::Entropy)?;
        let wizard = Wizard::reissue(&superseded, local.clone(), terms, self.moment(), entropy)
            .ok_or(ReissueError::Missing)?;
        match self.submit(&wizard).await {
            Ok(_) => Ok(wizard),
            Err(SubmitError::AlreadyInitiated { .. }) => Err(ReissueError::AlreadyReissued { by }),
            Err(SubmitError::Store(failure)) => Err(ReissueError::Store(failure)),
        }
    }

    /// Stores what was decided, and tells the other side if it can be.
    pub(super) async fn decide(
        &self,
        id: ConnectionId,
        decide: impl Fn(&Connection) -> Result<Outcome, NotPossible>,
    ) -> Decided<S, T> {
        let connection = self.decided(id, decide).await?;
        let (connection, retry) = self.catch_up(connection).await;
        Ok(self.refreshed(&connection, retry))
    }

    /// Stores what was decided.
    async fn decided(
        &self,
        id: ConnectionId,
        decide: impl Fn(&Connection) -> Result<Outcome, NotPossible>,
    ) -> Result<Connection, DecideError<S::Error>> {
        let transition = |connection: Option<&Connection>| match connection {
            None => Ok((None, ())),
            Some(connection) => decide(connection).map(|outcome| (outcome.into_connection(), ())),
        };
        let decided = self.change(id, transition).await.map_err(DecideError::Store)?;
        let (connection, ()) = decided.map_err(DecideError::NotPossible)?;
        connection.ok_or(DecideError::Missing)
    }

    async fn forget(
        &self,
        id: ConnectionId,
        may_purge: impl Fn(&Connection) -> Result<(), NotPossible>,
    ) -> Result<(), DecideError<S::Error>> {
        let mut trouble = Trouble::default();
        for _ in 0..ATTEMPTS {
            let stored = match self.store.get(id).await {
                Ok(Some(stored)) => stored,
                Ok(None) => return Ok(()),
                Err(error) => return Err(DecideError::Store(trouble.failed(error))),
            };
            may_purge(&stored.connection).map_err(DecideError::NotPossible)?;
            match self.store.remove(id, stored.revision).await {
                Ok(()) | Err(UpdateError::Missing) => return Ok(()),
                Err(UpdateError::Failed(error)) => return Err(DecideError::Store(trouble.failed(error))),
                Err(UpdateError::Unclear(error)) => trouble.unclear(error).map_err(DecideError::Store)?,
                Err(UpdateError::Conflict) => {}
            }
        }
        Err(DecideError::Store(trouble.contended()))
    }
}

fn superseded_by(connection: &Connection) -> Option<ConnectionId> {
    match connection.closed()?.reason {
        CloseReason::Superseded { by } => Some(by),
        _ => None,
    }
}

/// Why a decision was not carried out.
///
/// Serialised, it is the flat structure `code`, `message`, and `trigger`, `role` and `stage` of a [`NotPossible`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError<E> {
    /// There is no such connection.
    #[error("there is no connection with this id")]
    Missing,
    /// It is not possible where the connection stands: what, why, and who has to act. Nothing has changed.
    #[error(transparent)]
    NotPossible(NotPossible),
    /// The store failed; decide again.
    #[error("the decision could not be stored; try again")]
    Store(#[source] StoreFailure<E>),
}

flat! { DecideError<E> {
    Self::NotPossible(error) => ..error,
    Self::Missing | Self::Store(_) => {},
} }

impl<E> DecideError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotPossible(error) => error.code(),
            Self::Store(failure) => failure.code(),
        }
    }
}

/// Why no new invitation took the place of another.
///
/// Serialised, it is the flat structure `code`, `message`, and `by`, its `reasons`, or `trigger`, `role` and `stage` of a
/// [`NotPossible`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReissueError<E> {
    /// There is no such connection.
    #[error("there is no connection with this id")]
    Missing,
    /// It is not possible where the connection stands. Nothing has changed.
    #[error(transparent)]
    NotPossible(NotPossible),
    /// A new invitation took its place before, and its code was shown then: reissue that one.
    #[error("a new invitation took its place before; reissue that one")]
    AlreadyReissued {
        /// The connection that the new invitation is for.
        by: ConnectionId,
    },
    /// The mode is no longer to be had, so the old invitation was left as it is.
    #[error("the mode is no longer to be had: {}", .reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    ModeUnavailable {
        /// All reasons; never empty.
        reasons: Vec<Reason>,
    },
    /// There was no entropy.
    #[error(transparent)]
    Entropy(EntropyError),
    /// The store failed; reissue again.
    #[error("the new invitation could not be stored; try again")]
    Store(#[source] StoreFailure<E>),
}

flat! { ReissueError<E> {
    Self::NotPossible(error) => ..error,
    Self::AlreadyReissued { by } => { by },
    Self::ModeUnavailable { reasons } => { reasons },
    Self::Missing | Self::Entropy(_) | Self::Store(_) => {},
} }

impl<E> ReissueError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotPossible(error) => error.code(),
            Self::AlreadyReissued { .. } => "already-reissued",
            Self::ModeUnavailable { .. } => "mode-unavailable",
            Self::Entropy(error) => error.code(),
            Self::Store(failure) => failure.code(),
        }
    }
}

impl<E> From<DecideError<E>> for ReissueError<E> {
    fn from(error: DecideError<E>) -> Self {
        match error {
            DecideError::Missing => Self::Missing,
            DecideError::NotPossible(error) => Self::NotPossible(error),
            DecideError::Store(failure) => Self::Store(failure),
        }
    }
}
