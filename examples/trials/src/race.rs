//! The race for one code, through as many nodes as there are acceptors.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use handclasp::conformance::StoreSetup;
use handclasp::{
    Accepted, ConnectionMode, ConnectionStore, ConnectionView, EventKind, FixedClock, InProcess,
    InProcessError, Instance, InstanceUrl, MemoryStore, Node, Refusal, SystemEntropy, Transport,
};
use tokio::sync::Barrier;

use crate::scene::{instance, new_uid, noon};

/// How many accept at once.
const CROWD: usize = 64;

/// Lets 64 instances accept one invitation at once, each through a source node of its own: all source nodes are of one
/// instance, each on a handle of its own, as if they ran on 64 machines. As many times as there are rounds.
///
/// # Panics
/// Unless in each round exactly one becomes active, all others are refused because it was accepted before, and the
/// source has one record, which agrees with the winner's and was confirmed once.
pub async fn race<S: StoreSetup>(setup: &S, rounds: usize) {
    let uid = new_uid("race");
    let mut sources = Vec::new();
    for _ in 0..CROWD {
        let store = Arc::new(setup.open(&uid).await);
        sources.push(node(instance(&uid), store, InProcess::new()));
    }
    let mut wins = HashMap::new();
    for round in 0..rounds {
        match one_round(&sources, round).await {
            Ok(winner) => *wins.entry(winner).or_insert(0) += 1,
            Err(what) => panic!("round {round} of {rounds}: {what}"),
        }
    }
    println!(
        "race: {rounds} rounds of {CROWD} acceptors through {CROWD} nodes, one winner each, {} different ones",
        wins.len()
    );
}

type Source<S> = Node<Arc<S>, InProcess>;
type Destination<S> = Node<MemoryStore, Through<S>>;

fn node<S, T>(instance: Instance, store: S, transport: T) -> Node<S, T> {
    Node::builder_with(instance, store, transport, FixedClock::at(noon()), SystemEntropy).build()
}

/// One invitation, and everybody accepts it. Gives the winner's number.
async fn one_round<S>(sources: &[Source<S>], round: usize) -> Result<usize, String>
where
    S: ConnectionStore + Send + Sync + 'static,
{
    // The one who invites changes, too.
    let inviting = sources.get(round % sources.len()).expect("there is a source");
    let wizard = inviting.start_without_url().unwrap().choose_mode(ConnectionMode::Basic).unwrap();
    let form = wizard.form();
    let wizard = inviting.initiate(wizard.fill(form).unwrap()).unwrap();
    inviting.submit(&wizard).await.map_err(|error| format!("the invitation was not stored: {error:?}"))?;
    let code = wizard.hand_over().code().expect("Basic has a code").expose();

    let start = Arc::new(Barrier::new(sources.len()));
    let mut crowd = Vec::new();
    let mut accepting = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let uid = new_uid(&format!("acceptor-{number}"));
        let destination = node(instance(&uid), MemoryStore::new(), Through(source.clone()));
        crowd.push(destination.clone());
        let preview = destination.preview(code).await.unwrap();
        let start = start.clone();
        accepting.push(tokio::spawn(async move {
            start.wait().await;
            destination.accept(&preview, &preview.form()).await.unwrap()
        }));
    }
    let mut winners = Vec::new();
    for (number, accepting) in accepting.into_iter().enumerate() {
        match accepting.await.unwrap() {
            Accepted::Active(_) => winners.push(number),
            Accepted::Refused { refusal: Refusal::AlreadyAccepted, .. } => {}
            other => return Err(format!("acceptor {number} was neither connected nor refused: {other:?}")),
        }
    }
    let &[winner] = winners.as_slice() else {
        return Err(format!("{} acceptors were connected: {winners:?}", winners.len()));
    };
    let destination = crowd.get(winner).expect("the winner is one of the crowd");
    for (number, source) in sources.iter().enumerate() {
        one_record(source, destination, wizard.id())
            .await
            .map_err(|what| format!("as node {number} sees it, {what}"))?;
    }
    Ok(winner)
}

/// The source has one record of the winner's, and both agree.
async fn one_record<S>(
    source: &Source<S>,
    winner: &Destination<S>,
    id: handclasp::ConnectionId,
) -> Result<(), String>
where
    S: ConnectionStore + Send + Sync + 'static,
{
    let ours = source.get(id).await.map_err(|error| format!("the record cannot be read: {error}"))?;
    let ours = ours.ok_or("there is no record")?;
    let theirs = winner.get(id).await.unwrap().ok_or("the winner has no record")?;
    if !(ours.status.is_active() && theirs.status.is_active()) {
        return Err(format!("the source is {:?}, and the winner {:?}", ours.status, theirs.status));
    }
    let remote = ours.remote.as_ref().map(Instance::uid);
    if remote != Some(winner.instance().uid()) || ours.comparison != theirs.comparison {
        return Err(format!("the source is connected with {remote:?}, and not with the winner"));
    }
    for kind in [EventKind::Activated, EventKind::Confirmed] {
        let times = times(&ours, kind);
        if times != 1 {
            return Err(format!("the record was {kind:?} {times} times"));
        }
    }
    Ok(())
}

fn times(view: &ConnectionView, kind: EventKind) -> usize {
    view.events.iter().filter(|event| event.kind == kind).count()
}

/// The way to one source node, whatever the address.
struct Through<S>(Source<S>);

impl<S> Clone for Through<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> fmt::Debug for Through<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Through").field(&self.0).finish()
    }
}

impl<S: ConnectionStore + Send + Sync + 'static> Transport for Through<S> {
    type Error = InProcessError;

    async fn discover(&self, _: &InstanceUrl) -> Result<Instance, Self::Error> {
        Ok(self.0.instance().clone())
    }

    async fn exchange(&self, _: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, Self::Error> {
        // A node whose store fails does not answer.
        self.0.handle(message).await.map(|handled| handled.reply).map_err(|_| InProcessError::Failed)
    }
}
