//! Messages of our own: what is due is sent, and what the reply says is stored.

use core::time::Duration;

use crate::connection::{Connection, ConnectionId, ConnectionView, Role, TroubleKind, WhoActs};
use crate::entropy::EntropyError;
use crate::flat::flat;
use crate::handshake::{self, ConcludeError, Outgoing, RelayText};
use crate::instance::{InstanceUrl, PolicyError};
use crate::store::ConnectionStore;
use crate::transport::Transport;

use super::Node;
use super::write::StoreFailure;

impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// Sends what is due to the other side, and concludes from the reply, until nothing new comes of it: an acceptance
    /// without an answer is sent again, one that has to be fetched is fetched, whoever does not know yet that it is over
    /// is told, and a report tells each side where the other stands.
    ///
    /// When to do so next is in [`ConnectionView::next_refresh`].
    ///
    /// # Errors
    /// [`RefreshError`] when there is no such connection, or it could not be read. That the other side could
    /// not be reached is no error: see [`Refreshed::retry`].
    pub async fn refresh(
        &self,
        id: ConnectionId,
    ) -> Result<Refreshed<S::Error, T::Error>, RefreshError<S::Error>> {
        let stored = self.store.get(id).await.map_err(RefreshError::Store)?.ok_or(RefreshError::Missing)?;
        let mut connection = stored.connection;
        // Where this instance is now is news to the other side; it is written down before it is told.
        if handshake::announce(&connection, self.instance(), self.now()).connection().is_some() {
            let announce = |current: Option<&Connection>| {
                let outcome = current.map(|it| handshake::announce(it, self.instance(), self.now()));
                Ok::<_, core::convert::Infallible>((
                    outcome.and_then(handshake::Outcome::into_connection),
                    (),
                ))
            };
            match self.change(id, announce).await {
                Ok(Ok((Some(current), ()))) => connection = current,
                Ok(_) => return Err(RefreshError::Missing),
                Err(failure) => {
                    let retry = Retry { after: RETRY_AFTER, why: RetryReason::Store(failure) };
                    return Ok(self.refreshed(&connection, Some(retry)));
                }
            }
        }
        let (connection, retry) = self.catch_up(connection).await;
        Ok(self.refreshed(&connection, retry))
    }

    pub(super) fn refreshed(
        &self,
        connection: &Connection,
        retry: Option<Retry<S::Error, T::Error>>,
    ) -> Refreshed<S::Error, T::Error> {
        let text = connection.is_relayed_by_hand().then(|| handshake::due_text(connection)).flatten();
        Refreshed { connection: connection.view(self.now()), retry, text }
    }

    /// Exchanges messages until nothing is left to be said at once: an acceptance, say, and then the report that
    /// confirms it.
    pub(super) async fn catch_up(
        &self,
        mut connection: Connection,
    ) -> (Connection, Option<Retry<S::Error, T::Error>>) {
        let mut next = handshake::due(&connection);
        for _ in 0..EXCHANGES {
            let Some(Outgoing { to: Some(to), message }) = next else { break };
            match self.exchange(&connection, &to, &message).await {
                Ok((current, outgoing)) => (connection, next) = (current, outgoing),
                Err(why) => return self.noted(connection, why).await,
            }
        }
        (connection, None)
    }

    /// One exchange: the record afterwards, and what is to be said at once.
    async fn exchange(
        &self,
        connection: &Connection,
        to: &InstanceUrl,
        message: &[u8],
    ) -> Result<(Connection, Option<Outgoing>), RetryReason<S::Error, T::Error>> {
        self.terms().policy.check(to).map_err(RetryReason::NotPermitted)?;
        let reply = self.transport.exchange(to, message).await.map_err(RetryReason::Transport)?;
        let conclude = |current: Option<&Connection>| {
            let Some(current) = current else { return Ok((None, None)) };
            let entropy = self.entropy().map_err(RetryReason::Entropy)?;
            let outcome = handshake::conclude(current, message, &reply, self.instance(), self.now(), entropy)
                .map_err(RetryReason::Reply)?;
            let to = outcome.to().cloned();
            let (next, message, _) = outcome.into_parts();
            Ok((next, message.map(|message| Outgoing { to, message })))
        };
        let concluded = self.change(connection.id(), conclude).await.map_err(RetryReason::Store)?;
        let (current, outgoing) = concluded?;
        Ok((current.ok_or(RetryReason::Missing)?, outgoing))
    }

    /// Writes down that the other side could not be asked, and says when to try again.
    async fn noted(
        &self,
        connection: Connection,
        why: RetryReason<S::Error, T::Error>,
    ) -> (Connection, Option<Retry<S::Error, T::Error>>) {
        let Some(kind) = why.trouble() else {
            return (connection, Some(Retry { after: RETRY_AFTER, why }));
        };
        let attempted = |current: Option<&Connection>| {
            let outcome = current.map(|it| handshake::attempted(it, kind, self.now()));
            Ok::<_, core::convert::Infallible>((outcome.and_then(handshake::Outcome::into_connection), ()))
        };
        // If that cannot be written, nothing is lost but the count of failures.
        let connection = match self.change(connection.id(), attempted).await {
            // That nobody has accepted yet is no trouble.
            Ok(Ok((Some(current), ()))) if current.health().trouble.is_none() => return (current, None),
            Ok(Ok((Some(current), ()))) => current,
            _ => connection,
        };
        let now = self.now().as_millis();
        let pause = connection.next_refresh().map(|next| next.as_millis().saturating_sub(now));
        let after = pause.filter(|pause| *pause > 0).map_or(RETRY_AFTER, Duration::from_millis);
        (connection, Some(Retry { after, why }))
    }
}

/// How many messages one call sends at most: two sides that agree on nothing must not talk for ever.
const EXCHANGES: usize = 8;

/// When to try again, as long as nothing more is known.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// A connection after a refresh, or after a decision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refreshed<S, T> {
    /// The connection as it is shown.
    pub connection: ConnectionView,
    /// Why the other side could not be asked, and when to try again; `None` if it was, or need not be.
    pub retry: Option<Retry<S, T>>,
    /// What people have to carry to the other side, where neither side can call; `None` if there is nothing to say.
    pub text: Option<RelayText>,
}

/// Something that did not come to an end yet, and will with a later refresh.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Retry<S, T> {
    /// How long to wait.
    pub after: Duration,
    /// What happened.
    pub why: RetryReason<S, T>,
}

/// Why an exchange did not come to an end. The record is as it was, or as the other side's answer made it.
///
/// Serialised, it is the flat structure `code`, `message`: what the transport or the store said is not in it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetryReason<S, T> {
    /// The policy forbids the other side's address; permit it, and refresh.
    #[error("the other side's address is not permitted: {0}")]
    NotPermitted(PolicyError),
    /// No reply came. The message may have arrived.
    #[error("the other side did not reply")]
    Transport(#[source] T),
    /// The reply ends nothing.
    #[error(transparent)]
    Reply(ConcludeError),
    /// There was no entropy to answer the reply with.
    #[error(transparent)]
    Entropy(EntropyError),
    /// The record was removed from the store in the meantime; nothing is left to try.
    #[error("the connection was removed in the meantime")]
    Missing,
    /// The reply could not be stored. It will come again.
    #[error("the other side's reply could not be stored")]
    Store(#[source] StoreFailure<S>),
}

flat! { RetryReason<S, T> }

impl<S, T> RetryReason<S, T> {
    /// The stable kebab-case name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted(error) => error.code(),
            Self::Transport(_) => "no-reply",
            Self::Reply(error) => error.code(),
            Self::Entropy(error) => error.code(),
            Self::Missing => "missing",
            Self::Store(failure) => failure.code(),
        }
    }

    /// Who has to act before a refresh helps: [`WhoActs::Nobody`] if time may.
    ///
    /// What this side's policy forbids, this side's admin has to permit.
    #[must_use]
    pub const fn who_acts(&self, role: Role) -> WhoActs {
        match self {
            Self::NotPermitted(_) | Self::Missing => WhoActs::admin_of(role),
            Self::Transport(_) | Self::Reply(_) | Self::Entropy(_) | Self::Store(_) => WhoActs::Nobody,
        }
    }

    /// Whether a refresh later may help, without anybody doing anything.
    #[must_use]
    pub const fn retry_helps(&self) -> bool {
        !matches!(self, Self::NotPermitted(_) | Self::Missing)
    }

    /// What it is called in the connection's health; `None` if it says nothing about the other side.
    const fn trouble(&self) -> Option<TroubleKind> {
        match self {
            Self::NotPermitted(_) => Some(TroubleKind::NotPermitted),
            Self::Transport(_) => Some(TroubleKind::NoReply),
            Self::Reply(ConcludeError::NotRecognised) => Some(TroubleKind::NotRecognised),
            Self::Reply(ConcludeError::Unverified) => Some(TroubleKind::Unverified),
            Self::Entropy(_) | Self::Missing | Self::Store(_) => None,
        }
    }
}

/// Why a refresh could not begin.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError<E> {
    /// There is no such connection.
    #[error("there is no connection with this id")]
    Missing,
    /// The store failed.
    #[error("the store failed; try again")]
    Store(#[source] E),
}

flat! { RefreshError<E> }

impl<E> RefreshError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Store(_) => "store-failed",
        }
    }
}
