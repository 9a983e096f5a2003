//! The façade: this instance's node, which puts transitions, store and transport together.
//!
//! Everything it decides is decided by the pure transitions. What it adds is the order (store first, then
//! send), the retries of a compare-and-swap that somebody else won, and the clock and entropy.

mod accept;
mod builder;
mod decide;
mod handle;
mod initiate;
mod read;
mod refresh;
mod relay;
mod write;

use core::fmt;
use std::sync::Arc;

pub use accept::{AcceptInvitationError, Accepted, PreviewError};
pub use builder::NodeBuilder;
pub use decide::{DecideError, ReissueError};
pub use handle::{HandleError, Handled};
pub use initiate::{
    EnterUrlError, EnterUrlReason, InitiateError, Remedy, StartFromError, SubmitError, Submitted,
};
pub use read::DeriveKeyError;
pub use refresh::{RefreshError, Refreshed, Retry, RetryReason};
pub use relay::{RelayTextError, Relayed};
pub use write::StoreFailure;

use crate::entropy::{Entropy, EntropyError, EntropySource};
use crate::instance::Instance;
use crate::maybe::{MaybeSend, MaybeSync};
use crate::store::ConnectionStore;
use crate::text::ActorName;
use crate::time::{Actor, Clock, Moment, Timestamp};
use crate::transport::{InProcess, Transport};
use crate::wizard::Terms;

/// This instance's node: what an application calls, with a store `S` and a transport `T` that it brings.
///
/// It is cheap to build, and to clone if store and transport are; it keeps no state of its own, holds no lock
/// across an await, and each of its futures can be dropped at any await without loss: calling again completes
/// what was begun.
///
/// See the crate's documentation for a program that connects two of them.
#[derive(Clone)]
pub struct Node<S, T> {
    settings: Arc<Settings>,
    store: S,
    transport: T,
    actor: Actor,
}

struct Settings {
    instance: Instance,
    terms: Terms,
    clock: Arc<dyn Clock + Send + Sync>,
    entropy: Arc<dyn EntropySource + Send + Sync>,
}

impl<S, T> Node<S, T> {
    /// The instance it speaks for.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.settings.instance
    }

    /// What the host has decided for all its wizards; also what [`Draft::resume`](crate::Draft::resume) needs.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.settings.terms
    }

    /// The store, for what the host does with it besides.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The same node with this person acting: their name stands in the events of what they do.
    ///
    /// For a request of a signed-in person: `node.clone().acting_as(name)`. Without it, the system acts.
    #[must_use]
    pub fn acting_as(self, actor: ActorName) -> Self {
        Self { actor: Actor::Admin(actor), ..self }
    }

    /// The time by the node's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    fn moment(&self) -> Moment {
        self.now().by(self.actor.clone())
    }

    fn entropy(&self) -> Result<Entropy, EntropyError> {
        self.settings.entropy.next()
    }
}

impl<S, T> Node<S, T>
where
    S: ConnectionStore + Clone + MaybeSend + MaybeSync + 'static,
    T: Transport + Clone + MaybeSend + MaybeSync + 'static,
{
    /// Lets a network within the program deliver to this node; see [`InProcess::attach`].
    pub fn attach_to(&self, network: &InProcess) {
        let node = self.clone();
        network.attach(self.instance(), move |message| {
            let node = node.clone();
            async move { node.handle(&message).await.ok().map(|handled| handled.reply) }
        });
    }
}

impl<S, T> fmt::Debug for Node<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("instance", self.settings.instance.uid())
            .field("terms", &self.settings.terms)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}
