//! An instance: who it is, where it is, and what it can do.

use serde::{Deserialize, Serialize};

use super::{InstanceUid, InstanceUrl, Platform, ProtocolVersions};
use crate::codes::coded;
use crate::flat::flat;
use crate::mode::ModeSet;

coded! {
    /// Whether others can call an instance's node.
    #[expect(clippy::exhaustive_enums, reason = "a node can be called, or it cannot")]
    pub enum Reachability {
        /// Others can call its node URL.
        Public = "public",
        /// It can only call out.
        Private = "private",
    }
}

/// One installed system: a tracker, and the connector ("node") that speaks for it.
///
/// The UID says who it is; a URL is only its address. Serialising one gives what a discovery answer needs.
///
/// ```
/// use handclasp::{Instance, InstanceUid, InstanceUrl, KnownPlatform, ModeSet, Reachability};
///
/// let jira = Instance::builder(InstanceUid::parse("jira-7f3a")?, KnownPlatform::JiraCloud)
///     .node_url(InstanceUrl::parse("https://jira.node.example.com")?)
///     .tracker_url(InstanceUrl::parse("https://acme.atlassian.example.com")?)
///     .licences(ModeSet::ALL)
///     .build()?;
/// assert_eq!(jira.reachability(), Reachability::Public);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "Facts", into = "Facts")]
pub struct Instance(Facts);

/// What there is to know about an instance, whether or not it fits together yet.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
struct Facts {
    uid: InstanceUid,
    platform: Platform,
    reachability: Reachability,
    node_url: Option<InstanceUrl>,
    tracker_url: Option<InstanceUrl>,
    accept_page: Option<InstanceUrl>,
    licences: ModeSet,
    protocol: ProtocolVersions,
}

impl Instance {
    /// Describes an instance; it is `Public` unless said otherwise.
    pub fn builder(uid: InstanceUid, platform: impl Into<Platform>) -> InstanceBuilder {
        InstanceBuilder(Facts {
            uid,
            platform: platform.into(),
            reachability: Reachability::Public,
            node_url: None,
            tracker_url: None,
            accept_page: None,
            licences: ModeSet::NONE,
            protocol: ProtocolVersions::SUPPORTED,
        })
    }

    /// Who the instance is.
    #[must_use]
    pub fn uid(&self) -> &InstanceUid {
        &self.0.uid
    }

    /// The kind of tracker it runs on.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.0.platform
    }

    /// Whether others can call it.
    #[must_use]
    pub fn reachability(&self) -> Reachability {
        self.0.reachability
    }

    /// Whether others can call it: [`Reachability::Public`].
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.0.reachability == Reachability::Public
    }

    /// Where its node listens; a private instance may have one that only its own network reaches.
    #[must_use]
    pub fn node_url(&self) -> Option<&InstanceUrl> {
        self.0.node_url.as_ref()
    }

    /// The node URL if others can call it: exactly when the instance is `Public`.
    #[must_use]
    pub fn callable_url(&self) -> Option<&InstanceUrl> {
        self.0.node_url.as_ref().filter(|_| self.is_public())
    }

    /// Where people open the tracker.
    #[must_use]
    pub fn tracker_url(&self) -> Option<&InstanceUrl> {
        self.0.tracker_url.as_ref()
    }

    /// Where people accept an invitation: the page that was named, else the node URL.
    #[must_use]
    pub fn accept_page(&self) -> Option<&InstanceUrl> {
        self.0.accept_page.as_ref().or(self.0.node_url.as_ref())
    }

    /// The accept page only if one was named.
    pub(crate) fn own_accept_page(&self) -> Option<&InstanceUrl> {
        self.0.accept_page.as_ref()
    }

    /// The modes it is licensed for. Basic needs no licence.
    #[must_use]
    pub fn licences(&self) -> ModeSet {
        self.0.licences
    }

    /// The protocol versions it speaks.
    #[must_use]
    pub fn protocol(&self) -> ProtocolVersions {
        self.0.protocol
    }

    /// The versions that both it and this crate speak, if there are any.
    pub(crate) fn spoken_versions(&self) -> Option<ProtocolVersions> {
        self.0.protocol.common(ProtocolVersions::SUPPORTED)
    }

    /// The same instance, public, with its node at another address.
    pub(crate) fn at_node_url(&self, url: InstanceUrl) -> Self {
        InstanceBuilder(self.0.clone()).node_url(url).public_if_it_has_a_node_url()
    }

    /// Every address it has, each once for each part it plays: node, tracker, and accept page if one was named.
    pub fn addresses(&self) -> impl Iterator<Item = &InstanceUrl> {
        [&self.0.node_url, &self.0.tracker_url, &self.0.accept_page].into_iter().flatten()
    }
}

/// Collects what is known about an instance, until [`build`](Self::build) checks that it fits together.
#[derive(Clone, Debug)]
#[must_use]
pub struct InstanceBuilder(Facts);

impl InstanceBuilder {
    /// Where its node listens. A `Public` instance needs one.
    pub fn node_url(self, url: InstanceUrl) -> Self {
        Self(Facts { node_url: Some(url), ..self.0 })
    }

    /// Where people open the tracker.
    pub fn tracker_url(self, url: InstanceUrl) -> Self {
        Self(Facts { tracker_url: Some(url), ..self.0 })
    }

    /// Where people accept an invitation, if it is not the node URL.
    pub fn accept_page(self, url: InstanceUrl) -> Self {
        Self(Facts { accept_page: Some(url), ..self.0 })
    }

    /// Whether others can call it.
    pub fn reachability(self, reachability: Reachability) -> Self {
        Self(Facts { reachability, ..self.0 })
    }

    /// The modes it is licensed for. Basic needs no licence.
    pub fn licences(self, licences: ModeSet) -> Self {
        Self(Facts { licences, ..self.0 })
    }

    /// The protocol versions it speaks, [`ProtocolVersions::SUPPORTED`] unless said otherwise.
    pub fn protocol(self, protocol: ProtocolVersions) -> Self {
        Self(Facts { protocol, ..self.0 })
    }

    /// The instance.
    ///
    /// # Errors
    /// [`InstanceError::NodeUrlMissing`] when it is `Public` and has no node URL.
    pub fn build(self) -> Result<Instance, InstanceError> {
        self.0.try_into()
    }

    /// The instance as messages describe one: they name the node URL exactly if it is public.
    pub(crate) fn public_if_it_has_a_node_url(self) -> Instance {
        let reachability =
            if self.0.node_url.is_some() { Reachability::Public } else { Reachability::Private };
        Instance(Facts { reachability, ..self.0 })
    }
}

impl From<Instance> for Facts {
    fn from(instance: Instance) -> Self {
        instance.0
    }
}

impl TryFrom<Facts> for Instance {
    type Error = InstanceError;

    fn try_from(facts: Facts) -> Result<Self, Self::Error> {
        if facts.reachability == Reachability::Public && facts.node_url.is_none() {
            return Err(InstanceError::NodeUrlMissing);
        }
        Ok(Self(facts))
    }
}

/// Why an instance cannot be as it was described.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// It is `Public`, and nobody knows where to call it.
    #[error("a public instance needs a node URL; name it, or say that the instance is private")]
    NodeUrlMissing,
}

flat! { InstanceError }

impl InstanceError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NodeUrlMissing => "node-url-missing",
        }
    }
}
