//! What is stored, and messages about it: the bench is the portal's second hand on its store, and the other side, too.

use handclasp::handshake;
use handclasp::{
    ConnectionMode, ConnectionStore, Entropy, InProcess, Instance, InstanceUid, KnownPlatform, MemoryStore,
    Node, Preview, Reachability, Timestamp, UrlPolicy,
};
use tokio::task::JoinSet;

/// How many write at once.
const WRITERS: usize = 16;

/// The most accepts that are prepared.
const MOST_ACCEPTS: usize = 30_000;

/// How many connections that are not stored are asked about.
const UNKNOWN: usize = 64;

/// Connections in the portal's store, and what can be said about them.
pub(crate) struct Scene {
    instance: Instance,
    /// Messages that accept pending connections, each another one.
    accepts: Vec<Vec<u8>>,
    active: usize,
}

type Source<S> = Node<S, InProcess>;
type Destination = Node<MemoryStore, InProcess>;

impl Scene {
    /// Stores so many connections: every tenth is active, and the others are pending.
    pub(crate) async fn fill<S>(instance: Instance, store: S, size: usize) -> Self
    where
        S: ConnectionStore + Clone + Send + Sync + 'static,
    {
        let network = InProcess::new();
        let source = node(instance.clone(), store, &network);
        source.attach_to(&network);
        let destination = destination(&network);
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (source, destination) = (source.clone(), destination.clone());
            writers.spawn(async move {
                let mut accepts = Vec::new();
                for number in (writer..size).step_by(WRITERS) {
                    let code = invite(&source).await;
                    let preview = destination.preview(&code).await.unwrap();
                    if number.is_multiple_of(10) {
                        destination.accept(&preview, &preview.form()).await.unwrap();
                    } else if accepts.len() < MOST_ACCEPTS / WRITERS {
                        accepts.push(accept(&preview, destination.instance()));
                    }
                }
                accepts
            });
        }
        let accepts = writers.join_all().await.into_iter().flatten().collect();
        Self { instance, accepts, active: size.div_ceil(10) }
    }

    /// How many connections were active from the beginning.
    pub(crate) fn active(&self) -> usize {
        self.active
    }

    /// Messages that accept pending connections, each another one.
    pub(crate) fn accepts(&self) -> &[Vec<u8>] {
        &self.accepts
    }

    /// Messages that accept connections which are not stored.
    pub(crate) async fn unknown(&self) -> Vec<Vec<u8>> {
        let network = InProcess::new();
        let source = node(self.instance.clone(), MemoryStore::new(), &network);
        let destination = destination(&network);
        let mut messages = Vec::new();
        for _ in 0..UNKNOWN {
            let code = invite(&source).await;
            let preview = destination.preview(&code).await.unwrap();
            messages.push(accept(&preview, destination.instance()));
        }
        messages
    }
}

fn node<S: ConnectionStore>(instance: Instance, store: S, network: &InProcess) -> Source<S> {
    let policy = UrlPolicy::public().allow_loopback().allow_http();
    Node::builder(instance, store, network.clone()).policy(policy).build()
}

/// One that cannot be called, so that the portal calls nobody.
fn destination(network: &InProcess) -> Destination {
    let uid = InstanceUid::parse("the-other-side").unwrap();
    let builder = Instance::builder(uid, KnownPlatform::Zendesk).reachability(Reachability::Private);
    node(builder.build().unwrap(), MemoryStore::new(), network)
}

/// Stores a pending connection, and gives its code.
async fn invite<S: ConnectionStore>(source: &Source<S>) -> String {
    let wizard = source.start_without_url().unwrap().choose_mode(ConnectionMode::Basic).unwrap();
    let form = wizard.form();
    let wizard = source.initiate(wizard.fill(form).unwrap()).unwrap();
    let submitted = source.submit(&wizard).await.unwrap();
    submitted.hand_over.code().expect("it is for another instance").expose().to_owned()
}

/// The message that accepts an invitation, without sending it.
fn accept(preview: &Preview, destination: &Instance) -> Vec<u8> {
    let policy = UrlPolicy::public().allow_loopback().allow_http();
    let (now, entropy) = (Timestamp::now(), Entropy::generate().unwrap());
    let accepting =
        handshake::accept(preview.invitation(), &preview.form(), destination, policy, now, entropy).unwrap();
    accepting.message().expect("it is to be sent").to_vec()
}
