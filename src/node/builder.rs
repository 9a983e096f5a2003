//! Building a node.

use core::fmt;
use std::sync::Arc;

use super::{Node, Settings};
use crate::entropy::EntropySource;
use crate::instance::{Instance, UrlPolicy};
use crate::time::{Actor, Clock};
use crate::wizard::{Approval, Terms, Validity};
#[cfg(feature = "os")]
use crate::{entropy::SystemEntropy, time::SystemClock};

/// Collects what a [`Node`] needs.
#[must_use]
pub struct NodeBuilder<S, T> {
    instance: Instance,
    store: S,
    transport: T,
    terms: Terms,
    clock: Arc<dyn Clock + Send + Sync>,
    entropy: Arc<dyn EntropySource + Send + Sync>,
}

impl<S, T> Node<S, T> {
    /// Builds a node with the operating system's clock and entropy, the policy
    /// [`public`](UrlPolicy::public), and invitations that are valid for seven days.
    ///
    /// Needs the feature `os`; without it, use [`builder_with`](Self::builder_with).
    #[cfg(feature = "os")]
    pub fn builder(instance: Instance, store: S, transport: T) -> NodeBuilder<S, T> {
        Self::builder_with(instance, store, transport, SystemClock, SystemEntropy)
    }

    /// Builds a node with a clock and entropy of the caller's, as tests and programs without the feature
    /// `os` need.
    pub fn builder_with(
        instance: Instance,
        store: S,
        transport: T,
        clock: impl Clock + Send + Sync + 'static,
        entropy: impl EntropySource + Send + Sync + 'static,
    ) -> NodeBuilder<S, T> {
        NodeBuilder {
            instance,
            store,
            transport,
            terms: Terms::default(),
            clock: Arc::new(clock),
            entropy: Arc::new(entropy),
        }
    }
}

impl<S, T> NodeBuilder<S, T> {
    /// Which addresses may be used and called. Give the transport the same one, for what names resolve to.
    pub fn policy(self, policy: UrlPolicy) -> Self {
        Self { terms: Terms { policy, ..self.terms }, ..self }
    }

    /// How long an invitation can be accepted.
    pub fn validity(self, validity: Validity) -> Self {
        Self { terms: self.terms.with_validity(validity), ..self }
    }

    /// Whether an admin has to approve whoever accepts.
    pub fn approval(self, approval: Approval) -> Self {
        Self { terms: self.terms.with_approval(approval), ..self }
    }

    /// Lets people carry the messages as text where neither side can call the other.
    pub fn hand_relay(self) -> Self {
        Self { terms: self.terms.with_hand_relay(), ..self }
    }

    /// The node.
    #[must_use]
    pub fn build(self) -> Node<S, T> {
        let Self { instance, store, transport, terms, clock, entropy } = self;
        let settings = Arc::new(Settings { instance, terms, clock, entropy });
        Node { settings, store, transport, actor: Actor::System }
    }
}

impl<S, T> fmt::Debug for NodeBuilder<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeBuilder")
            .field("instance", self.instance.uid())
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}
