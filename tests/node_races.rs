//! Races: however many act at once, there is one winner, one record on each side, and one answer.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/stores.rs"]
mod stores;
#[path = "support/nodes.rs"]
mod support;
#[path = "support/transports.rs"]
mod transports;

use std::sync::Arc;

use handclasp::{
    Accepted, ConnectionMode, ConnectionView, EventKind, Fault, KnownPlatform, MemoryStore, Node, Refusal,
    SubmitError,
};
use stores::Yielding;
use support::{
    World, accept, assert_agreed, bearer_invitation, code, filled, happened, instance, invitation, view,
};
use tokio::sync::Barrier;
use transports::{Exchange, Tap, YieldingNetwork};

/// How many act at once.
const CROWD: usize = 64;
/// How often, so that the interleavings differ.
const ROUNDS: usize = 20;

type Racer = Node<Yielding<MemoryStore>, Tap<YieldingNetwork>>;

/// A node that lets others go first at every call, and listens to its exchanges.
fn racer(world: &World, uid: &str, platform: KnownPlatform) -> (Racer, Tap<YieldingNetwork>) {
    let tap = Tap::on(YieldingNetwork(world.network.clone()));
    let node = world.builder(instance(uid, platform), Yielding::default(), tap.clone()).build();
    node.attach_to(&world.network);
    (node, tap)
}

/// Runs all of them at once, each as a task of its own.
async fn all_at_once<F>(futures: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let start = Arc::new(Barrier::new(futures.len()));
    let tasks: Vec<_> = futures
        .into_iter()
        .map(|future| {
            let start = start.clone();
            tokio::spawn(async move {
                start.wait().await;
                future.await
            })
        })
        .collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.unwrap());
    }
    outputs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_destinations_one_wins() {
    for round in 0..ROUNDS {
        let world = World::new();
        let (source, _) = racer(&world, "salesforce", KnownPlatform::Salesforce);
        let (id, code) = bearer_invitation(&source).await;
        let crowd: Vec<_> = (0..CROWD)
            .map(|number| racer(&world, &format!("jira-{number}"), KnownPlatform::JiraCloud).0)
            .collect();
        let race = crowd.iter().cloned().map(|node| {
            let code = code.clone();
            async move { accept(&node, &code).await }
        });
        let outcomes = all_at_once(race.collect()).await;
        let winners: Vec<usize> =
            (0..CROWD).filter(|number| matches!(outcomes[*number], Accepted::Active(_))).collect();
        let refused = outcomes.iter().filter(
            |outcome| matches!(outcome, Accepted::Refused { refusal, .. } if *refusal == Refusal::AlreadyAccepted),
        );
        assert_eq!((winners.len(), refused.count()), (1, CROWD - 1), "round {round}");
        let winner = &crowd[winners[0]];
        let ours = view(&source, id).await;
        assert_eq!(ours.remote.as_ref().unwrap().uid(), winner.instance().uid());
        assert_agreed(&ours, &view(winner, id).await);
        assert_eq!(seconds(&ours), [EventKind::SecondAcceptor { same_instance: false }]);
    }
}

fn seconds(view: &ConnectionView) -> Vec<EventKind> {
    view.events.iter().map(|event| event.kind).filter(|kind| kind.is_security()).collect()
}

/// All nodes act for one destination; what they do must come to one connection, with one confirmation.
async fn one_connection(
    world: &World,
    source: &Racer,
    tap: &Tap<YieldingNetwork>,
    crowd: Vec<Racer>,
    code: &str,
) {
    let destination = crowd[0].clone();
    let race = crowd.into_iter().map(|node| {
        let code = code.to_owned();
        async move { accept(&node, &code).await }
    });
    let outcomes = all_at_once(race.collect()).await;
    for outcome in &outcomes {
        assert!(matches!(outcome, Accepted::Active(_) | Accepted::Existing(_)), "{outcome:?}");
    }
    let id = outcomes[0].connection().id;
    let mut acceptances: Vec<Exchange> = tap.heard().into_iter().filter(Exchange::is_acceptance).collect();
    assert!(!acceptances.is_empty());
    acceptances.dedup();
    assert_eq!(acceptances.len(), 1, "one request, and one confirmation byte for byte");
    assert_eq!((source.store().0.len(), destination.store().0.len()), (1, 1));
    let (ours, theirs) = (view(source, id).await, view(&destination, id).await);
    assert_agreed(&ours, &theirs);
    assert_eq!(happened(&ours), ["initiated", "activated", "confirmed"]);
    assert_eq!(happened(&theirs), ["accepted", "activated"]);
    assert!(world.network.exchanges() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_destination_accepting_many_times_at_once_is_one_connection() {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (source, _) = racer(&world, "salesforce", KnownPlatform::Salesforce);
        let (destination, tap) = racer(&world, "jira", KnownPlatform::JiraCloud);
        let (_, code) = invitation(&source, "jira.example.com").await;
        one_connection(&world, &source, &tap, vec![destination; CROWD], &code).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_on_one_store_accepting_at_once_make_one_connection() {
    for _ in 0..10 * ROUNDS {
        let world = World::new();
        let (source, _) = racer(&world, "salesforce", KnownPlatform::Salesforce);
        let (first, tap) = racer(&world, "jira", KnownPlatform::JiraCloud);
        let second = world.builder(first.instance().clone(), first.store().clone(), tap.clone()).build();
        let (_, code) = invitation(&source, "jira.example.com").await;
        one_connection(&world, &source, &tap, vec![first, second], &code).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wizard_submitted_many_times_at_once_is_one_connection() {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (source, _) = racer(&world, "salesforce", KnownPlatform::Salesforce);
        let wizard = filled(source.start_without_url().unwrap(), ConnectionMode::Script);
        let wizard = Arc::new(source.initiate(wizard).unwrap());
        let race = (0..CROWD).map(|_| {
            let (source, wizard) = (source.clone(), wizard.clone());
            async move { source.submit(&wizard).await.map(|submitted| submitted.connection) }
        });
        for outcome in all_at_once(race.collect()).await {
            assert_eq!(outcome.unwrap().id, wizard.id());
        }
        assert_eq!(source.store().0.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_codes_from_one_draft_one_is_stored() {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (source, _) = racer(&world, "salesforce", KnownPlatform::Salesforce);
        let (destination, _) = racer(&world, "jira", KnownPlatform::JiraCloud);
        let draft = filled(source.start_without_url().unwrap(), ConnectionMode::Script);
        let race = (0..CROWD).map(|_| {
            let (source, draft) = (source.clone(), draft.clone());
            async move {
                let wizard = source.initiate(draft).unwrap();
                match source.submit(&wizard).await {
                    Ok(_) => Some(code(&wizard)),
                    Err(SubmitError::AlreadyInitiated { .. }) => None,
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
        let codes: Vec<String> = all_at_once(race.collect()).await.into_iter().flatten().collect();
        assert_eq!(codes.len(), 1);
        let accepted = accept(&destination, &codes[0]).await;
        assert_agreed(&view(&source, draft.id()).await, accepted.connection());
    }
}

/// Both sides refresh at once, many times, after these exchanges of an acceptance.
async fn refreshed_at_once(faults: [Fault; 2]) {
    for _ in 0..ROUNDS {
        let world = World::new();
        let (source, _) = racer(&world, "salesforce", KnownPlatform::Salesforce);
        let (destination, _) = racer(&world, "jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        for fault in faults {
            world.network.inject(fault);
        }
        accept(&destination, &code).await;
        let race = (0..CROWD).map(|number| {
            let node = if number % 2 == 0 { source.clone() } else { destination.clone() };
            async move { node.refresh(id).await.map(drop) }
        });
        all_at_once(race.collect()).await.into_iter().collect::<Result<(), _>>().unwrap();
        let (ours, theirs) = (view(&source, id).await, view(&destination, id).await);
        assert_agreed(&ours, &theirs);
        assert_eq!(happened(&ours), ["initiated", "activated", "confirmed"]);
        assert_eq!(happened(&theirs), ["accepted", "activated"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refreshing_at_once_after_a_lost_acceptance_ends_agreed() {
    // The first refresh that is begun meets with the second fault.
    refreshed_at_once([Fault::LoseRequest, Fault::LoseReply]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refreshing_at_once_after_a_lost_confirmation_ends_agreed() {
    refreshed_at_once([Fault::LoseReply, Fault::Repeat]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refreshing_at_once_after_a_lost_report_ends_agreed() {
    refreshed_at_once([Fault::None, Fault::LoseRequest]).await;
}
