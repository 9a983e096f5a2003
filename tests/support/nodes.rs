//! Builders for tests of the façade: instances, nodes on one network and one clock, and the way through the wizard.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::sync::atomic::{AtomicU64, Ordering};

use handclasp::{
    Accepted, ActorName, AdminAccess, AdminEvidence, Ask, ConnectionForm, ConnectionId, ConnectionMode,
    ConnectionStore, ConnectionView, FixedClock, InProcess, InfoFilled, Initiated, Instance, InstanceUid,
    InstanceUrl, KnownPlatform, MemoryStore, ModeSet, Node, NodeBuilder, Preview, Reachability,
    SeededEntropy, Status, Timestamp, Transport, UrlEntered, Wizard,
};

/// A node with everything in memory.
pub(crate) type Plain = Node<MemoryStore, InProcess>;

pub(crate) const CONFIRMED: Status = Status::Active { confirmed: true };
pub(crate) const UNCONFIRMED: Status = Status::Active { confirmed: false };

/// When the tests take place.
pub(crate) fn noon() -> Timestamp {
    Timestamp::from_secs(1_800_000_000).unwrap()
}

pub(crate) fn url(text: &str) -> InstanceUrl {
    InstanceUrl::parse(text).unwrap()
}

/// A public instance at `https://{uid}.example.com`, licensed for everything.
pub(crate) fn instance(uid: &str, platform: KnownPlatform) -> Instance {
    instance_at(uid, platform, &format!("https://{uid}.example.com"))
}

/// A public instance at this URL, licensed for everything.
pub(crate) fn instance_at(uid: &str, platform: KnownPlatform, node_url: &str) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), platform)
        .node_url(url(node_url))
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

/// An instance that can only call out, whose tracker is at `https://{uid}.example.com`.
pub(crate) fn private_instance(uid: &str, platform: KnownPlatform) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), platform)
        .tracker_url(url(&format!("https://{uid}.example.com")))
        .reachability(Reachability::Private)
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

/// One network and one clock, and entropy that never repeats.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) network: InProcess,
    pub(crate) clock: FixedClock,
    seeds: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { network: InProcess::new(), clock: FixedClock::at(noon()), seeds: AtomicU64::new(1) }
    }

    /// A node at `https://{uid}.example.com`, attached to the network.
    pub(crate) fn node(&self, uid: &str, platform: KnownPlatform) -> Plain {
        self.node_of(instance(uid, platform))
    }

    /// A node for this instance, attached to the network.
    pub(crate) fn node_of(&self, instance: Instance) -> Plain {
        let node = self.builder(instance, MemoryStore::new(), self.network.clone()).build();
        node.attach_to(&self.network);
        node
    }

    /// A node that is not attached yet.
    pub(crate) fn builder<S, T>(&self, instance: Instance, store: S, transport: T) -> NodeBuilder<S, T> {
        let entropy = SeededEntropy::new(self.seeds.fetch_add(1, Ordering::SeqCst));
        Node::builder_with(instance, store, transport, self.clock.clone(), entropy)
    }

    /// A source on Salesforce and a destination on Jira.
    pub(crate) fn pair(&self) -> (Plain, Plain) {
        (self.node("salesforce", KnownPlatform::Salesforce), self.node("jira", KnownPlatform::JiraCloud))
    }
}

/// Answers everything that is asked, and leaves the rest as it is suggested.
pub(crate) fn answered(mut form: ConnectionForm, asks: &[Ask]) -> ConnectionForm {
    for ask in asks {
        match ask {
            Ask::IncomingProject => form.incoming_project = "SUPPORT".to_owned(),
            Ask::AdminAccess => form.admin_access = Some(AdminAccess::Claimed),
            Ask::AdminEvidence => {
                let evidence = AdminEvidence::new(ActorName::parse("root").unwrap(), noon());
                form.admin_access = Some(AdminAccess::Verified(evidence));
            }
            _ => {}
        }
    }
    form
}

/// Walks from the destination to the filled form.
pub(crate) fn filled(wizard: Wizard<UrlEntered>, mode: ConnectionMode) -> Wizard<InfoFilled> {
    let wizard = wizard.choose_mode(mode).unwrap();
    let form = answered(wizard.form(), wizard.asks());
    wizard.fill(form).unwrap()
}

/// Walks from the URL to the initiated wizard, in the mode Script.
pub(crate) async fn initiated<S, T>(node: &Node<S, T>, text: &str) -> Wizard<Initiated>
where
    S: ConnectionStore,
    T: Transport,
{
    let wizard = node.start(text).await.unwrap();
    node.initiate(filled(wizard, ConnectionMode::Script)).unwrap()
}

/// The code of an initiated wizard.
pub(crate) fn code(wizard: &Wizard<Initiated>) -> String {
    wizard.hand_over().code().unwrap().expose().to_owned()
}

/// Initiates and stores a connection to this URL in the mode Script: its id and its code.
pub(crate) async fn invitation<S, T>(node: &Node<S, T>, text: &str) -> (ConnectionId, String)
where
    S: ConnectionStore,
    T: Transport,
{
    let wizard = initiated(node, text).await;
    node.submit(&wizard).await.unwrap();
    (wizard.id(), code(&wizard))
}

/// Initiates and stores a connection whose code works for whoever holds it.
pub(crate) async fn bearer_invitation<S, T>(node: &Node<S, T>) -> (ConnectionId, String)
where
    S: ConnectionStore,
    T: Transport,
{
    let wizard = filled(node.start_without_url().unwrap(), ConnectionMode::Script);
    let wizard = node.initiate(wizard).unwrap();
    node.submit(&wizard).await.unwrap();
    (wizard.id(), code(&wizard))
}

/// The form of a preview with everything answered.
pub(crate) fn completed(preview: &Preview) -> ConnectionForm {
    answered(preview.form(), preview.asks())
}

/// Pastes a code and accepts it as it is suggested.
pub(crate) async fn accept<S, T>(node: &Node<S, T>, code: &str) -> Accepted<S::Error, T::Error>
where
    S: ConnectionStore,
    T: Transport,
{
    let preview = node.preview(code).await.unwrap();
    node.accept(&preview, &completed(&preview)).await.unwrap()
}

/// A connection that must be there.
pub(crate) async fn view<S, T>(node: &Node<S, T>, id: ConnectionId) -> ConnectionView
where
    S: ConnectionStore,
    T: Transport,
{
    node.get(id).await.unwrap().unwrap()
}

/// What has happened to a connection, as codes.
pub(crate) fn happened(connection: &ConnectionView) -> Vec<&'static str> {
    connection.events.iter().map(|event| event.kind.code()).collect()
}

/// Both sides are active and know it of each other, and nobody sits in between.
#[track_caller]
pub(crate) fn assert_agreed(source: &ConnectionView, destination: &ConnectionView) {
    assert_eq!((source.status, destination.status), (CONFIRMED, CONFIRMED));
    assert!(source.comparison.is_some());
    assert_eq!(source.comparison, destination.comparison);
    let agreed = |view: &ConnectionView| (view.id, view.mode, view.kind);
    assert_eq!(agreed(source), agreed(destination));
}
