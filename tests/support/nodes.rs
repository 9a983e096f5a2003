//! Builders for tests of the façade: instances, nodes on one network and one clock, and the way through the wizard.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::fmt::Debug;
use core::sync::atomic::{AtomicU64, Ordering};

use handclasp::lifecycle::Denial;
use handclasp::{
    Accepted, ActorName, AdminAccess, AdminEvidence, Approval, Ask, Connection, ConnectionForm, ConnectionId,
    ConnectionMode, ConnectionStore, ConnectionView, DecideError, FixedClock, InProcess, InfoFilled,
    Initiated, Instance, InstanceUid, InstanceUrl, KnownPlatform, ListQuery, MemoryStore, ModeSet, Node,
    NodeBuilder, Preview, Reachability, SeededEntropy, Status, Timestamp, Transport, UrlEntered, Wizard,
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

    /// A node that can only call out. Its instance is discovered all the same.
    pub(crate) fn private(&self, uid: &str, platform: KnownPlatform) -> Plain {
        self.node_of(private_instance(uid, platform))
    }

    /// A node that can only call out, whose people carry messages by hand if nobody can call.
    pub(crate) fn relaying(&self, uid: &str, platform: KnownPlatform) -> Plain {
        self.attached(|world| world.plain(private_instance(uid, platform)).hand_relay())
    }

    /// A node whose admins approve whoever accepts.
    pub(crate) fn approving(&self, uid: &str, platform: KnownPlatform) -> Plain {
        self.attached(|world| world.plain(instance(uid, platform)).approval(Approval::ByHand))
    }

    /// The node of this builder, attached to the network.
    pub(crate) fn attached(
        &self,
        builder: impl FnOnce(&Self) -> NodeBuilder<MemoryStore, InProcess>,
    ) -> Plain {
        let node = builder(self).build();
        node.attach_to(&self.network);
        node
    }

    /// A node with a store of its own that is not attached yet.
    pub(crate) fn plain(&self, instance: Instance) -> NodeBuilder<MemoryStore, InProcess> {
        self.builder(instance, MemoryStore::new(), self.network.clone())
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

/// A source on Salesforce whose admins approve, and a destination on Jira.
pub(crate) fn approving_pair(world: &World) -> (Plain, Plain) {
    let source = world.approving("salesforce", KnownPlatform::Salesforce);
    (source, world.node("jira", KnownPlatform::JiraCloud))
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

/// Invites the destination and accepts there: an active connection, if nothing befalls it.
pub(crate) async fn connect<S, T, D, U>(source: &Node<S, T>, destination: &Node<D, U>) -> ConnectionId
where
    S: ConnectionStore,
    T: Transport,
    D: ConnectionStore,
    U: Transport,
{
    let address = destination.instance().addresses().next().unwrap().to_string();
    let (id, code) = invitation(source, &address).await;
    accept(destination, &code).await;
    source.refresh(id).await.unwrap();
    id
}

/// The record itself.
pub(crate) async fn record<S, T>(node: &Node<S, T>, id: ConnectionId) -> Connection
where
    S: ConnectionStore,
{
    node.store().get(id).await.unwrap().unwrap().connection
}

/// A store with the same records, as if it had been restored from a backup or cloned.
pub(crate) async fn copied(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::new();
    for stored in store.list(&ListQuery::newest_first()).await.unwrap().items {
        copy.insert(&stored.connection).await.unwrap();
    }
    copy
}

/// Why a decision was denied.
#[track_caller]
pub(crate) fn denied<X: Debug, E: Debug>(decided: Result<X, DecideError<E>>) -> Denial {
    match decided {
        Err(DecideError::NotPossible(error)) => error.denial,
        other => panic!("not denied: {other:?}"),
    }
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

/// Two sides that can call each other, and an active connection.
pub(crate) struct Linked {
    pub(crate) world: World,
    pub(crate) source: Plain,
    pub(crate) destination: Plain,
    pub(crate) id: ConnectionId,
}

impl Linked {
    pub(crate) async fn new() -> Self {
        let world = World::new();
        let (source, destination) = world.pair();
        let id = connect(&source, &destination).await;
        Self { world, source, destination, id }
    }
}

/// Two sides, and an invitation between them that nobody has accepted.
pub(crate) struct Invited {
    pub(crate) world: World,
    pub(crate) source: Plain,
    pub(crate) destination: Plain,
    pub(crate) id: ConnectionId,
    pub(crate) code: String,
}

impl Invited {
    /// Between two sides that can call each other.
    pub(crate) async fn new() -> Self {
        let world = World::new();
        let (source, destination) = world.pair();
        Self::between(world, source, destination).await
    }

    /// Between these, of which the destination is `jira`.
    pub(crate) async fn between(world: World, source: Plain, destination: Plain) -> Self {
        let (id, code) = invitation(&source, "jira.example.com").await;
        Self { world, source, destination, id, code }
    }
}
