//! Sides that crash: before and after each call of store and network, on either side, as a plan says.
//!
//! A crash is a future that is never polled again. What is stored stays; everything else of that side is gone, its
//! answer to whoever called it included. Points of one side between which nothing is written and nothing is sent make
//! no difference: they are counted as one, so that all pairs can be played.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::convert::Infallible;
use core::future::pending;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Arc, Mutex};

use handclasp::{
    Connection, ConnectionId, ConnectionStore, InProcess, InProcessError, InsertError, Instance, InstanceUrl,
    ListQuery, MemoryStore, Node, Page, Revision, Stored, Transport, UpdateError,
};

/// A node that may crash.
pub(crate) type Mortal = Node<MortalStore, MortalWire>;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    Source,
    Destination,
}

impl Who {
    pub(crate) const BOTH: [Self; 2] = [Self::Source, Self::Destination];

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
        }
    }
}

/// What somebody else does in the middle of something.
type Interjection = Box<dyn FnOnce() + Send>;

/// What befalls whoever passes a point.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Fate {
    /// Its side crashes. A side that was called leaves the other one without an answer.
    #[default]
    Crash,
    /// The call that somebody makes is dropped, with all that it has begun on either side.
    Drop,
}

/// At which of the points that are passed who passes it crashes. Clones are the same plan.
#[derive(Clone, Default)]
pub(crate) struct Crashes(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    /// Each before or after a call.
    passed: usize,
    /// Those that make a difference.
    points: usize,
    /// Counts what makes a difference: writes, and what people begin. That a message gets to the other side shows in
    /// the points that it passes then.
    effects: usize,
    /// Who passed the last point, in which life, after how many effects.
    last: Option<(Who, usize, usize)>,
    at: Vec<usize>,
    fate: Fate,
    crashes: usize,
    interjection: Option<(usize, Interjection)>,
    /// How often each side has begun anew.
    lives: [usize; 2],
    stores: [MemoryStore; 2],
}

impl Crashes {
    pub(crate) fn at(points: &[usize]) -> Self {
        Self::befalling(Fate::Crash, points)
    }

    pub(crate) fn befalling(fate: Fate, points: &[usize]) -> Self {
        let plan = Plan { fate, at: points.to_vec(), ..Plan::default() };
        Self(Arc::new(Mutex::new(plan)))
    }

    /// Lets this happen before or after this call, counted as passed, within whatever makes it.
    pub(crate) fn interject(&self, call: usize, what: impl FnOnce() + Send + 'static) {
        self.0.lock().unwrap().interjection = Some((call, Box::new(what)));
    }

    /// The store of a side, which outlives its crashes.
    pub(crate) fn store(&self, who: Who) -> MemoryStore {
        self.0.lock().unwrap().stores[who as usize].clone()
    }

    /// What there was to crash at, and how often that has happened.
    pub(crate) fn tally(&self) -> Tally {
        let plan = self.0.lock().unwrap();
        Tally { passed: plan.passed, points: plan.points, crashes: plan.crashes }
    }

    /// Something happens that makes a difference to who crashes before or after it.
    pub(crate) fn effect(&self) {
        self.0.lock().unwrap().effects += 1;
    }

    /// Whether what was to be interjected has happened.
    pub(crate) fn has_interjected(&self) -> bool {
        self.0.lock().unwrap().interjection.is_none()
    }

    pub(crate) fn life(&self, who: Who) -> usize {
        self.0.lock().unwrap().lives[who as usize]
    }

    async fn pass(&self, who: Who, life: usize) {
        let interjection = {
            let mut plan = self.0.lock().unwrap();
            plan.passed += 1;
            let here = Some((who, life, plan.effects));
            if plan.last != here {
                plan.last = here;
                plan.points += 1;
                let point = plan.points - 1;
                if plan.at.contains(&point) {
                    plan.crashes += 1;
                    let fate = plan.fate;
                    for side in Who::BOTH.into_iter().filter(|side| fate == Fate::Drop || *side == who) {
                        plan.lives[side as usize] += 1;
                        restart(&plan.stores[side as usize]);
                    }
                }
            }
            // Between reading and writing there is no difference for who crashes, but one for who is overtaken.
            let call = plan.passed - 1;
            plan.interjection.take_if(|(at, _)| *at == call)
        };
        if let Some((_, what)) = interjection {
            what();
        }
        // Its own crash, or one of something that the same side did meanwhile: the process is one.
        if self.life(who) != life {
            pending::<()>().await;
        }
    }

    /// A call, with a point before it and one after it.
    async fn around<F: Future + Send>(&self, who: Who, writes: bool, call: F) -> F::Output
    where
        F::Output: Send,
    {
        let life = self.life(who);
        self.pass(who, life).await;
        let output = call.await;
        if writes {
            self.effect();
        }
        self.pass(who, life).await;
        output
    }
}

/// Replaces the records in memory by what their bytes say: nothing else outlives a process.
fn restart(store: &MemoryStore) {
    let everything = ListQuery::oldest_first().limit(ListQuery::MAX_LIMIT);
    for Stored { connection, revision, .. } in run(store.list(&everything)).unwrap().unwrap().items {
        let bytes = connection.to_secret_bytes();
        let read = Connection::from_secret_bytes(bytes.expose_bytes()).unwrap();
        run(store.update(&read, revision)).unwrap().unwrap();
    }
}

/// What there is to crash at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    /// Before and after every call.
    pub(crate) passed: usize,
    /// Those of them that make a difference.
    pub(crate) points: usize,
    pub(crate) crashes: usize,
}

/// Runs something until it comes to its end, or its side crashes: `None`.
pub(crate) fn run<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// What one side does, again from the beginning after each crash of it.
#[track_caller]
pub(crate) fn persist<T>(crashes: &Crashes, who: Who, mut what: impl FnMut() -> Option<T>) -> T {
    loop {
        crashes.effect();
        let life = crashes.life(who);
        if let Some(output) = what() {
            return output;
        }
        assert_ne!(crashes.life(who), life, "{who:?} waits for something that never comes");
    }
}

/// A store that outlives the crashes of its side.
#[derive(Clone)]
pub(crate) struct MortalStore {
    pub(crate) who: Who,
    pub(crate) inner: MemoryStore,
    pub(crate) crashes: Crashes,
}

impl ConnectionStore for MortalStore {
    type Error = Infallible;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Infallible> {
        self.crashes.around(self.who, false, self.inner.get(id)).await
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Infallible>> {
        self.crashes.around(self.who, true, self.inner.insert(connection)).await
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Infallible>> {
        self.crashes.around(self.who, true, self.inner.update(connection, expected)).await
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Infallible>> {
        self.crashes.around(self.who, true, self.inner.remove(id, expected)).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Infallible> {
        self.crashes.around(self.who, false, self.inner.list(query)).await
    }
}

/// A side's connection to the network.
#[derive(Clone)]
pub(crate) struct MortalWire {
    pub(crate) who: Who,
    pub(crate) inner: InProcess,
    pub(crate) crashes: Crashes,
}

impl Transport for MortalWire {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
        self.crashes.around(self.who, false, self.inner.discover(url)).await
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, InProcessError> {
        self.crashes.around(self.who, false, self.inner.exchange(to, message)).await
    }
}

/// Lets the network deliver to this node. If it crashes over a message, who sent that gets no answer, and goes on.
pub(crate) fn attach(node: &Mortal, network: &InProcess) {
    let attached = node.clone();
    network.attach(node.instance(), move |message| {
        let node = attached.clone();
        async move {
            let MortalStore { who, crashes, .. } = node.store();
            let handled = run(crashes.around(*who, false, node.handle(&message)))?;
            Some(handled.ok()?.reply)
        }
    });
}
