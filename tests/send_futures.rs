//! Futures of the façade cross threads, for any store and transport; and a store can be chosen at run time.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use core::convert::Infallible;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use handclasp::{
    Accepted, Connection, ConnectionForm, ConnectionId, ConnectionMode, ConnectionName, ConnectionStore,
    Description, InProcess, InsertError, KnownPlatform, ListQuery, MemoryStore, Node, Order, Page, Revision,
    Stored, Transport, UpdateError,
};
use support::{World, accept, assert_agreed, code, completed, filled, instance, url, view};

/// Any node whose store and transport may be shared between threads.
type Shared<S, T> = Arc<Node<S, T>>;

/// The source's part, each call on a task of its own.
async fn initiate<S, T>(node: Shared<S, T>, text: &'static str) -> (ConnectionId, String)
where
    S: ConnectionStore + Send + Sync + 'static,
    T: Transport + Send + Sync + 'static,
{
    let at = node.clone();
    let wizard = tokio::spawn(async move { at.start(text).await }).await.unwrap().unwrap();
    let wizard = Arc::new(node.initiate(filled(wizard, ConnectionMode::Script)).unwrap());
    let (id, code) = (wizard.id(), code(&wizard));
    tokio::spawn(async move { node.submit(&wizard).await.map(drop) }).await.unwrap().unwrap();
    (id, code)
}

/// The destination's part, each call on a task of its own.
async fn join<S, T>(node: Shared<S, T>, code: String) -> Accepted<S::Error, T::Error>
where
    S: ConnectionStore + Send + Sync + 'static,
    T: Transport + Send + Sync + 'static,
{
    let at = node.clone();
    let preview = tokio::spawn(async move { at.preview(&code).await }).await.unwrap().unwrap();
    let form: ConnectionForm = completed(&preview);
    tokio::spawn(async move { node.accept(&preview, &form).await }).await.unwrap().unwrap()
}

/// Everything else there is to await, each call on a task of its own.
async fn the_rest<S, T>(node: Shared<S, T>, id: ConnectionId)
where
    S: ConnectionStore + Send + Sync + 'static,
    T: Transport + Send + Sync + 'static,
{
    let at = node.clone();
    tokio::spawn(async move { at.get(id).await }).await.unwrap().unwrap().unwrap();
    let at = node.clone();
    tokio::spawn(async move { at.list(&ListQuery::newest_first()).await }).await.unwrap().unwrap();
    let at = node.clone();
    tokio::spawn(async move { at.refresh(id).await }).await.unwrap().unwrap();
    let at = node.clone();
    tokio::spawn(async move { at.derive_key(id, "label").await }).await.unwrap().unwrap();
    let at = node.clone();
    drop(tokio::spawn(async move { at.start_from(id, ConnectionMode::Basic).await }).await.unwrap().unwrap());
    tokio::spawn(async move { node.handle(b"noise").await }).await.unwrap().unwrap();
}

/// Runs a call on a task of its own.
macro_rules! spawned {
    ($node:ident.$call:ident($($argument:expr),*)) => {{
        let at = $node.clone();
        tokio::spawn(async move { at.$call($($argument),*).await }).await.unwrap()
    }};
}

/// Everything that people decide, each call on a task of its own: first what is not possible for an active connection.
async fn decide<S, T>(node: Shared<S, T>, id: ConnectionId, code: String)
where
    S: ConnectionStore + Send + Sync + 'static,
    T: Transport + Send + Sync + 'static,
{
    let preview = node.preview(&code).await.unwrap();
    spawned!(node.decline_invitation(&preview)).unwrap_err();
    spawned!(node.approve(id)).unwrap_err();
    spawned!(node.decline(id)).unwrap_err();
    spawned!(node.revoke(id)).unwrap_err();
    spawned!(node.reissue(id)).unwrap_err();
    spawned!(node.cancel(id)).unwrap_err();
    spawned!(node.confirm_move(id, &url("https://elsewhere.example.com"))).unwrap_err();
    spawned!(node.purge(id)).unwrap_err();
    spawned!(node.purge_unacknowledged(id)).unwrap_err();
    spawned!(node.relay("noise")).unwrap_err();
    spawned!(node.relay_text(id)).unwrap();
    spawned!(node.rename(id, ConnectionName::parse("Another").unwrap())).unwrap();
    spawned!(node.describe(id, Description::parse("Another").unwrap())).unwrap();
    spawned!(node.deactivate(id)).unwrap();
    spawned!(node.activate(id)).unwrap();
    spawned!(node.remove(id)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_future_of_the_facade_can_be_spawned() {
    let world = World::new();
    let (source, destination) = world.pair();
    let (source, destination) = (Arc::new(source), Arc::new(destination));
    let (id, code) = initiate(source.clone(), "jira.example.com").await;
    let accepted = join(destination.clone(), code.clone()).await;
    assert_agreed(&view(&source, id).await, accepted.connection());
    the_rest(source, id).await;
    the_rest(destination.clone(), id).await;
    decide(destination, id, code).await;
}

/// A store that keeps what a database would: bytes beside id, phase and revision.
#[derive(Clone, Debug, Default)]
struct BytesStore(Arc<Mutex<Rows>>);

#[derive(Debug, Default)]
struct Rows {
    by_id: BTreeMap<ConnectionId, (u64, Vec<u8>)>,
    last: u64,
}

impl Rows {
    fn put(&mut self, connection: &Connection) -> Revision {
        self.last += 1;
        let bytes = connection.to_secret_bytes().expose_bytes().to_vec();
        self.by_id.insert(connection.id(), (self.last, bytes));
        Revision::new(self.last)
    }

    fn at(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Infallible>> {
        let (revision, _) = self.by_id.get(&id).ok_or(UpdateError::Missing)?;
        if *revision == expected.number() { Ok(()) } else { Err(UpdateError::Conflict) }
    }
}

fn stored((revision, bytes): &(u64, Vec<u8>)) -> Stored {
    Stored::new(Connection::from_secret_bytes(bytes).unwrap(), Revision::new(*revision))
}

impl ConnectionStore for BytesStore {
    type Error = Infallible;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Infallible> {
        Ok(self.0.lock().unwrap().by_id.get(&id).map(stored))
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Infallible>> {
        let mut rows = self.0.lock().unwrap();
        if rows.by_id.contains_key(&connection.id()) {
            return Err(InsertError::AlreadyExists);
        }
        Ok(rows.put(connection))
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Infallible>> {
        let mut rows = self.0.lock().unwrap();
        rows.at(connection.id(), expected)?;
        Ok(rows.put(connection))
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Infallible>> {
        let mut rows = self.0.lock().unwrap();
        rows.at(id, expected)?;
        rows.by_id.remove(&id);
        Ok(())
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Infallible> {
        let rows = self.0.lock().unwrap();
        let mut all: Vec<Stored> = rows.by_id.values().map(stored).collect();
        if query.order == Order::NewestFirst {
            all.reverse();
        }
        let is_behind = |id: ConnectionId| match (query.order, query.after) {
            (_, None) => true,
            (Order::OldestFirst, Some(after)) => id > after,
            (Order::NewestFirst, Some(after)) => id < after,
        };
        all.retain(|stored| {
            let connection = &stored.connection;
            is_behind(connection.id()) && query.phase.is_none_or(|phase| connection.phase() == phase)
        });
        let is_more = all.len() > query.page_size();
        all.truncate(query.page_size());
        let next = all.last().map(|stored| stored.connection.id()).filter(|_| is_more);
        Ok(Page::new(all, next))
    }
}

/// How to choose at run time: an enum of the stores there are, with plain `async fn`s that delegate.
#[derive(Clone, Debug)]
enum AnyStore {
    Memory(MemoryStore),
    Bytes(BytesStore),
}

impl ConnectionStore for AnyStore {
    type Error = Infallible;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Infallible> {
        match self {
            Self::Memory(store) => store.get(id).await,
            Self::Bytes(store) => store.get(id).await,
        }
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Infallible>> {
        match self {
            Self::Memory(store) => store.insert(connection).await,
            Self::Bytes(store) => store.insert(connection).await,
        }
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Infallible>> {
        match self {
            Self::Memory(store) => store.update(connection, expected).await,
            Self::Bytes(store) => store.update(connection, expected).await,
        }
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Infallible>> {
        match self {
            Self::Memory(store) => store.remove(id, expected).await,
            Self::Bytes(store) => store.remove(id, expected).await,
        }
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Infallible> {
        match self {
            Self::Memory(store) => store.list(query).await,
            Self::Bytes(store) => store.list(query).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_can_be_chosen_at_run_time() {
    let world = World::new();
    let node = |uid, platform, store| {
        let node: Node<AnyStore, InProcess> =
            world.builder(instance(uid, platform), store, world.network.clone()).build();
        node.attach_to(&world.network);
        Arc::new(node)
    };
    let source = node("salesforce", KnownPlatform::Salesforce, AnyStore::Memory(MemoryStore::new()));
    let destination = node("jira", KnownPlatform::JiraCloud, AnyStore::Bytes(BytesStore::default()));
    let (id, code) = initiate(source.clone(), "jira.example.com").await;
    let accepted = join(destination.clone(), code).await;
    assert_agreed(&view(&source, id).await, accepted.connection());
    the_rest(destination, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_are_kept_as_bytes_survive_every_loss() {
    let world = World::new();
    let node = |uid, platform| {
        let node =
            world.builder(instance(uid, platform), BytesStore::default(), world.network.clone()).build();
        node.attach_to(&world.network);
        Arc::new(node)
    };
    let source = node("salesforce", KnownPlatform::Salesforce);
    let destination = node("jira", KnownPlatform::JiraCloud);
    let (id, code) = initiate(source.clone(), "jira.example.com").await;
    for fault in [handclasp::Fault::LoseRequest, handclasp::Fault::LoseReply] {
        world.network.inject(fault);
        accept(&destination, &code).await;
    }
    destination.refresh(id).await.unwrap();
    assert_agreed(&view(&source, id).await, &view(&destination, id).await);
}
