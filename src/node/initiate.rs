//! The source's part: from the URL that was entered to the stored connection.

use core::fmt;

use crate::codes::coded;
use crate::connection::{Connection, ConnectionId, ConnectionView};
use crate::entropy::EntropyError;
use crate::flat::flat;
use crate::instance::{Instance, InstanceUrl, PolicyError, UrlError};
use crate::mode::ConnectionMode;
use crate::store::{ConnectionStore, InsertError};
use crate::transport::Transport;
use crate::wizard::{HandOver, InfoFilled, Initiated, StartError, UrlEntered, Wizard};

use super::Node;
use super::write::{ATTEMPTS, StoreFailure, Trouble};

impl<S: ConnectionStore, T: Transport> Node<S, T> {
    /// Starts a wizard with a URL as a person types it: that of the destination's tracker, or of its node.
    ///
    /// The destination is asked who it is, unless the URL is one of this instance's own: that makes a local
    /// connection.
    ///
    /// # Errors
    /// [`EnterUrlError`] keeps the text, and says what can be done.
    pub async fn start(&self, text: &str) -> Result<Wizard<UrlEntered>, EnterUrlError<T::Error>> {
        self.enter(text).await.map_err(|reason| EnterUrlError { text: text.to_owned(), reason })
    }

    async fn enter(&self, text: &str) -> Result<Wizard<UrlEntered>, EnterUrlReason<T::Error>> {
        let url = InstanceUrl::parse(text).map_err(EnterUrlReason::Url)?;
        let local = self.instance().clone();
        let found = if local.addresses().any(|own| *own == url) {
            local.clone()
        } else {
            self.terms().policy.check(&url).map_err(EnterUrlReason::NotPermitted)?;
            self.transport.discover(&url).await.map_err(EnterUrlReason::Discovery)?
        };
        let id = self.new_id().map_err(EnterUrlReason::Entropy)?;
        Wizard::start(local, self.terms(), id, url, found).map_err(EnterUrlReason::Start)
    }

    /// Starts a wizard with "I don't have a URL".
    ///
    /// # Errors
    /// [`EntropyError`] when there is no entropy for the connection's id.
    pub fn start_without_url(&self) -> Result<Wizard<UrlEntered>, EntropyError> {
        Ok(Wizard::start_without_url(self.instance().clone(), self.terms(), self.new_id()?))
    }

    /// Starts a wizard with an instance that was described by hand, because it cannot be discovered.
    ///
    /// # Errors
    /// [`StartFromError::Start`] as for [`Wizard::start_with`]; [`StartFromError::Entropy`].
    pub fn start_with(&self, instance: Instance) -> Result<Wizard<UrlEntered>, StartFromError<S::Error>> {
        let id = self.new_id().map_err(StartFromError::Entropy)?;
        Wizard::start_with(self.instance().clone(), self.terms(), id, instance).map_err(StartFromError::Start)
    }

    /// Starts a wizard that is filled in from a connection, which stays as it is: the way to another mode.
    ///
    /// # Errors
    /// [`StartFromError::Missing`] when there is no such connection; else as for
    /// [`start_with`](Self::start_with), or because the store failed.
    pub async fn start_from(
        &self,
        id: ConnectionId,
        mode: ConnectionMode,
    ) -> Result<Wizard<UrlEntered>, StartFromError<S::Error>> {
        let stored =
            self.store.get(id).await.map_err(StartFromError::Store)?.ok_or(StartFromError::Missing)?;
        let id = self.new_id().map_err(StartFromError::Entropy)?;
        let local = self.instance().clone();
        Wizard::start_from(&stored.connection, mode, local, self.terms(), id).map_err(StartFromError::Start)
    }

    /// Initiates: the wizard's last transition, with the node's clock, entropy and actor. Nothing is stored
    /// yet; that is [`submit`](Self::submit)'s part.
    ///
    /// # Errors
    /// [`InitiateError`], with the wizard, when there is no entropy for the secret.
    pub fn initiate(&self, wizard: Wizard<InfoFilled>) -> Result<Wizard<Initiated>, InitiateError> {
        match self.entropy() {
            Ok(entropy) => Ok(wizard.initiate(self.moment(), entropy)),
            Err(error) => Err(InitiateError { wizard: Box::new(wizard), error }),
        }
    }

    /// Stores the connection; only then hand over what the wizard has to hand over.
    ///
    /// It may be dropped and repeated: the same wizard makes one connection.
    ///
    /// # Errors
    /// - [`SubmitError::AlreadyInitiated`]: the wizard's draft was initiated before, so the code that is
    ///   stored is another one than this wizard's, which must not be handed over.
    /// - [`SubmitError::Store`]: the store failed; submit the same wizard again.
    pub async fn submit<'w>(
        &self,
        wizard: &'w Wizard<Initiated>,
    ) -> Result<Submitted<'w>, SubmitError<S::Error>> {
        let connection = wizard.connection();
        let submitted = |stored: &Connection| Submitted {
            connection: stored.view(self.now()),
            hand_over: wizard.hand_over(),
            remote_url: wizard.remote_url(),
        };
        let mut trouble = Trouble::default();
        for _ in 0..ATTEMPTS {
            match self.store.insert(connection).await {
                Ok(_) => return Ok(submitted(connection)),
                Err(InsertError::Failed(error)) => {
                    return Err(SubmitError::Store(trouble.failed(error)));
                }
                Err(InsertError::AlreadyExists) => {}
                Err(InsertError::Unclear(error)) => trouble.unclear(error).map_err(SubmitError::Store)?,
            }
            match self.store.get(connection.id()).await {
                // An earlier attempt got through after all.
                Ok(Some(stored)) if is_same_code(&stored.connection, connection) => {
                    return Ok(submitted(&stored.connection));
                }
                Ok(Some(stored)) => {
                    return Err(SubmitError::AlreadyInitiated {
                        stored: Box::new(stored.connection.view(self.now())),
                    });
                }
                Ok(None) => {}
                Err(error) => return Err(SubmitError::Store(trouble.failed(error))),
            }
        }
        Err(SubmitError::Store(trouble.contended()))
    }

    pub(super) fn new_id(&self) -> Result<ConnectionId, EntropyError> {
        Ok(ConnectionId::new(self.now(), self.entropy()?))
    }
}

/// Whether both come from one code; without a code, whether they say the same.
fn is_same_code(one: &Connection, other: &Connection) -> bool {
    match (one.keys(), other.keys()) {
        (Some(one), Some(other)) => one.digest == other.digest,
        (None, None) => (one.mode(), one.info()) == (other.mode(), other.info()),
        _ => false,
    }
}

/// A connection that is stored, and what to hand over now, this once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Submitted<'w> {
    /// The connection as it is shown.
    pub connection: ConnectionView,
    /// What to hand over to the other side.
    pub hand_over: &'w HandOver,
    /// Where *Go to remote* leads.
    pub remote_url: Option<&'w InstanceUrl>,
}

/// A URL with which no wizard could be started, as it was typed, and why.
///
/// `Debug` leaves the text out: people paste codes into the wrong field.
///
/// Serialised, it is its reason, without the text.
#[derive(Clone)]
pub struct EnterUrlError<E> {
    text: String,
    reason: EnterUrlReason<E>,
}

impl<E> EnterUrlError<E> {
    /// The text as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &EnterUrlReason<E> {
        &self.reason
    }

    /// The stable kebab-case name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What can be done, the best first.
    #[must_use]
    pub const fn remedies(&self) -> &'static [Remedy] {
        self.reason.remedies()
    }
}

flat! { EnterUrlError<E> {
    Self { reason, .. } => ..reason,
} }

impl<E: fmt::Debug> fmt::Debug for EnterUrlError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterUrlError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<E> fmt::Display for EnterUrlError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}

impl<E: core::error::Error + 'static> core::error::Error for EnterUrlError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.reason.source()
    }
}

/// Why no wizard could be started with a URL.
///
/// Serialised, it is the flat structure `code`, `message`, `remedies` (their codes, the best first), and `position` of a
/// [`UrlError`], or the details of a [`StartError`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnterUrlReason<E> {
    /// It is not a URL of an instance.
    #[error(transparent)]
    Url(UrlError),
    /// The policy forbids it.
    #[error(transparent)]
    NotPermitted(PolicyError),
    /// The destination could not be asked who it is.
    #[error(
        "the destination could not be asked who it is; try again, go on without a URL, or describe it by hand"
    )]
    Discovery(#[source] E),
    /// What it answered is not something to start with.
    #[error(transparent)]
    Start(StartError),
    /// There is no entropy for the connection's id.
    #[error(transparent)]
    Entropy(EntropyError),
}

flat! { EnterUrlReason<E> {
    it @ Self::Url(error) => { position: &error.position(), remedies: it.remedies() },
    it @ Self::Start(StartError::AddressNotPermitted { error }) => { error: error.code(), remedies: it.remedies() },
    it => { remedies: it.remedies() },
} }

impl<E> EnterUrlReason<E> {
    /// The stable kebab-case name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url(error) => error.code(),
            Self::NotPermitted(error) => error.code(),
            Self::Discovery(_) => "discovery-failed",
            Self::Start(error) => error.code(),
            Self::Entropy(error) => error.code(),
        }
    }

    const fn remedies(&self) -> &'static [Remedy] {
        match self {
            Self::Url(_) | Self::NotPermitted(_) | Self::Start(_) => {
                &[Remedy::CorrectUrl, Remedy::GoOnWithoutUrl]
            }
            Self::Discovery(_) => &[Remedy::TryAgain, Remedy::GoOnWithoutUrl, Remedy::DescribeByHand],
            Self::Entropy(_) => &[Remedy::TryAgain],
        }
    }
}

coded! {
    /// What a person can do about a URL with which no wizard could be started.
    #[non_exhaustive]
    pub enum Remedy {
        /// Correct what was typed.
        CorrectUrl = "correct-url",
        /// Try the same again.
        TryAgain = "try-again",
        /// Choose "I don't have a URL".
        GoOnWithoutUrl = "go-on-without-url",
        /// Describe the instance by hand.
        DescribeByHand = "describe-by-hand",
    }
}

/// Why no wizard could be started with an instance or a connection.
///
/// Serialised, it is the flat structure `code`, `message`, and the details of its [`StartError`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartFromError<E> {
    /// There is no such connection.
    #[error("there is no connection with this id")]
    Missing,
    /// It is not something to start with.
    #[error(transparent)]
    Start(StartError),
    /// There is no entropy for the connection's id.
    #[error(transparent)]
    Entropy(EntropyError),
    /// The store failed.
    #[error("the store failed; try again")]
    Store(#[source] E),
}

flat! { StartFromError<E> {
    Self::Start(error) => ..error,
    Self::Missing | Self::Entropy(_) | Self::Store(_) => {},
} }

impl<E> StartFromError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Start(error) => error.code(),
            Self::Entropy(error) => error.code(),
            Self::Store(_) => "store-failed",
        }
    }
}

/// There was no entropy for the secret; the wizard is as it was, and is not serialised.
#[derive(Clone, Debug)]
pub struct InitiateError {
    wizard: Box<Wizard<InfoFilled>>,
    error: EntropyError,
}

flat! { InitiateError }

impl InitiateError {
    /// The stable kebab-case name of the error: `no-entropy`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.error.code()
    }

    /// The wizard as it was.
    pub fn into_wizard(self) -> Wizard<InfoFilled> {
        *self.wizard
    }
}

impl fmt::Display for InitiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl core::error::Error for InitiateError {}

/// Why a connection was not stored.
///
/// Serialised, it is the flat structure `code`, `message`, and what is `stored`, if something is.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError<E> {
    /// The same draft was initiated before, by a double click, say. This wizard's code is not valid: show
    /// what is stored.
    #[error("this connection was initiated before; its code was shown then")]
    AlreadyInitiated {
        /// What is stored.
        stored: Box<ConnectionView>,
    },
    /// The store failed; submit the same wizard again.
    #[error("the connection could not be stored; try again")]
    Store(#[source] StoreFailure<E>),
}

flat! { SubmitError<E> {
    Self::AlreadyInitiated { stored } => { stored },
    Self::Store(_) => {},
} }

impl<E> SubmitError<E> {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyInitiated { .. } => "already-initiated",
            Self::Store(failure) => failure.code(),
        }
    }
}
