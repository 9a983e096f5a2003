//! A company that can only call out, and one that can be called.

use core::sync::atomic::{AtomicU64, Ordering};

use handclasp::{
    Ask, ConnectionForm, ConnectionId, ConnectionMode, ConnectionStore, ConnectionView, InProcess, Instance,
    InstanceUid, InstanceUrl, KnownPlatform, ModeSet, Node, Reachability, SeededEntropy, Status,
};

use super::{Moody, TestClock, Watched};

pub(crate) type Plain = Node<Moody, Watched>;

/// The two companies, and what is between them.
pub(crate) struct World {
    pub(crate) network: InProcess,
    pub(crate) clock: TestClock,
    /// It can only call out, and initiates.
    pub(crate) source: Plain,
    pub(crate) calls: Watched,
    pub(crate) store: Moody,
    /// It can be called, and accepts.
    pub(crate) destination: Plain,
}

impl World {
    pub(crate) fn new() -> Self {
        let (network, clock) = (InProcess::new(), TestClock::new());
        let (calls, store) = (Watched::on(&network), Moody::default());
        let source = node(private("salesforce"), store.clone(), calls.clone(), &clock);
        let destination = node(public("jira"), Moody::default(), Watched::on(&network), &clock);
        source.attach_to(&network);
        destination.attach_to(&network);
        Self { network, clock, source, calls, store, destination }
    }

    /// Initiates a connection, and gives its code.
    pub(crate) async fn invite(&self) -> (ConnectionId, String) {
        let wizard = self.source.start("jira.example.com").await.unwrap();
        let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
        let form = answered(wizard.form(), wizard.asks());
        let wizard = self.source.initiate(wizard.fill(form).unwrap()).unwrap();
        self.source.submit(&wizard).await.unwrap();
        (wizard.id(), wizard.hand_over().code().unwrap().expose().to_owned())
    }

    pub(crate) async fn accept(&self, code: &str) {
        let preview = self.destination.preview(code).await.unwrap();
        let form = answered(preview.form(), preview.asks());
        self.destination.accept(&preview, &form).await.unwrap();
    }

    /// A connection that was accepted, which the source has to fetch.
    pub(crate) async fn accepted(&self) -> ConnectionId {
        let (id, code) = self.invite().await;
        self.accept(&code).await;
        id
    }

    pub(crate) async fn many_accepted(&self, count: usize) -> Vec<ConnectionId> {
        let mut ids = Vec::with_capacity(count);
        for _ in 0..count {
            ids.push(self.accepted().await);
        }
        ids
    }

    /// Connections that are active on both sides.
    pub(crate) async fn many_active(&self, count: usize) -> Vec<ConnectionId> {
        let ids = self.many_accepted(count).await;
        for id in &ids {
            self.source.refresh(*id).await.unwrap();
            assert!(self.is_active(*id).await);
        }
        ids
    }

    /// Whether both sides are active, and both know.
    pub(crate) async fn is_active(&self, id: ConnectionId) -> bool {
        let confirmed = Status::Active { confirmed: true };
        view(&self.source, id).await.status == confirmed
            && view(&self.destination, id).await.status == confirmed
    }

    /// Takes the record out of the source's store, behind everybody's back.
    pub(crate) async fn take_out(&self, id: ConnectionId) {
        let revision = self.store.peek(id).await.unwrap().revision;
        self.store.remove(id, revision).await.unwrap();
    }
}

/// A connection as it is shown, whatever the mood of the store.
pub(crate) async fn view(node: &Plain, id: ConnectionId) -> ConnectionView {
    node.store().peek(id).await.unwrap().connection.view(node.now())
}

fn node(instance: Instance, store: Moody, transport: Watched, clock: &TestClock) -> Plain {
    static SEEDS: AtomicU64 = AtomicU64::new(1);
    let entropy = SeededEntropy::new(SEEDS.fetch_add(1, Ordering::SeqCst));
    Node::builder_with(instance, store, transport, clock.clone(), entropy).build()
}

fn public(uid: &str) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), KnownPlatform::JiraCloud)
        .node_url(InstanceUrl::parse(&format!("https://{uid}.example.com")).unwrap())
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

fn private(uid: &str) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), KnownPlatform::Salesforce)
        .tracker_url(InstanceUrl::parse(&format!("https://{uid}.example.com")).unwrap())
        .reachability(Reachability::Private)
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

fn answered(mut form: ConnectionForm, asks: &[Ask]) -> ConnectionForm {
    if asks.contains(&Ask::IncomingProject) {
        form.incoming_project = "SUPPORT".to_owned();
    }
    form
}
