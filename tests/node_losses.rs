//! Lost, repeated, late and forged messages: whatever happens on the way, both sides agree in the end.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;
#[path = "support/transports.rs"]
mod transports;

use core::time::Duration;

use handclasp::{
    Accepted, ConnectionId, ConnectionStore, Fault, InProcess, InProcessError, KnownPlatform, MemoryStore,
    Node, RetryReason, Revision, Status, Transport, handshake,
};
use pollster::block_on;
use support::{
    CONFIRMED, Plain, UNCONFIRMED, World, accept, assert_agreed, bearer_invitation, happened, instance,
    invitation, view,
};
use transports::{Exchange, Tap};

/// How an acceptance that met with trouble is gone on with.
#[derive(Clone, Copy, Debug)]
enum Remedy {
    Refresh,
    AcceptAgain,
}

/// The fault befalls the n-th exchange of an acceptance: 0 is the acceptance itself, 1 the report.
async fn befallen(fault: Fault, exchange: usize) -> (World, Plain, Plain, ConnectionId, String) {
    let world = World::new();
    let (source, destination) = world.pair();
    let (id, code) = invitation(&source, "jira.example.com").await;
    for _ in 0..exchange {
        world.network.inject(Fault::None);
    }
    world.network.inject(fault);
    accept(&destination, &code).await;
    (world, source, destination, id, code)
}

async fn agreed_in_the_end(fault: Fault, exchange: usize, remedy: Remedy) {
    let (world, source, destination, id, code) = befallen(fault, exchange).await;
    world.network.deliver_delayed().await;
    match remedy {
        Remedy::Refresh => drop(destination.refresh(id).await),
        Remedy::AcceptAgain => drop(accept(&destination, &code).await),
    }
    let (ours, theirs) = (view(&source, id).await, view(&destination, id).await);
    assert_agreed(&ours, &theirs);
    assert_eq!((source.store().len(), destination.store().len()), (1, 1));
    assert_eq!(happened(&ours), ["initiated", "activated", "confirmed"]);
    assert_eq!(happened(&theirs), ["accepted", "activated"]);
}

macro_rules! agreed_in_the_end {
    ($($name:ident: $fault:ident, $exchange:literal, $remedy:ident;)+) => { $(
        #[test]
        fn $name() {
            block_on(agreed_in_the_end(Fault::$fault, $exchange, Remedy::$remedy));
        }
    )+ };
}

agreed_in_the_end! {
    a_lost_acceptance_is_sent_again_by_a_refresh: LoseRequest, 0, Refresh;
    a_lost_acceptance_is_sent_again_by_accepting: LoseRequest, 0, AcceptAgain;
    a_lost_confirmation_comes_again_with_a_refresh: LoseReply, 0, Refresh;
    a_lost_confirmation_comes_again_with_accepting: LoseReply, 0, AcceptAgain;
    a_repeated_acceptance_changes_nothing_before_a_refresh: Repeat, 0, Refresh;
    a_repeated_acceptance_changes_nothing_before_accepting: Repeat, 0, AcceptAgain;
    a_late_acceptance_is_no_second_one_after_a_refresh: Delay, 0, Refresh;
    a_late_acceptance_is_no_second_one_after_accepting: Delay, 0, AcceptAgain;
    a_lost_report_is_sent_again_by_a_refresh: LoseRequest, 1, Refresh;
    a_lost_answer_to_a_report_changes_nothing_before_a_refresh: LoseReply, 1, Refresh;
    a_lost_answer_to_a_report_changes_nothing_before_accepting: LoseReply, 1, AcceptAgain;
    a_repeated_report_changes_nothing_before_a_refresh: Repeat, 1, Refresh;
    a_repeated_report_changes_nothing_before_accepting: Repeat, 1, AcceptAgain;
    a_late_report_changes_nothing_before_a_refresh: Delay, 1, Refresh;
    a_late_report_changes_nothing_before_accepting: Delay, 1, AcceptAgain;
}

#[test]
fn a_lost_report_leaves_the_source_unconfirmed() {
    block_on(async {
        let (_world, source, destination, id, _) = befallen(Fault::LoseRequest, 1).await;
        assert_eq!(view(&source, id).await.status, UNCONFIRMED);
        assert_eq!(view(&destination, id).await.status, CONFIRMED);
    });
}

#[test]
fn an_unconfirmed_source_can_ask_itself() {
    block_on(async {
        let (_world, source, _, id, _) = befallen(Fault::LoseRequest, 1).await;
        assert_eq!(source.refresh(id).await.unwrap().connection.status, CONFIRMED);
    });
}

#[test]
fn a_lost_report_is_no_trouble_to_who_accepted() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        world.network.inject(Fault::None);
        world.network.inject(Fault::LoseRequest);
        let accepted = accept(&destination, &code).await;
        assert!(matches!(accepted, Accepted::Active(_)), "{accepted:?}");
    });
}

#[test]
fn an_acceptance_that_arrives_only_after_the_confirmation_changes_nothing() {
    block_on(async {
        let (world, source, destination, id, _) = befallen(Fault::Delay, 0).await;
        destination.refresh(id).await.unwrap();
        let before = (view(&source, id).await, view(&destination, id).await);
        assert_eq!(world.network.deliver_delayed().await, 1);
        assert_eq!((view(&source, id).await, view(&destination, id).await), before);
    });
}

#[test]
fn refreshing_what_is_agreed_changes_no_status() {
    block_on(async {
        let (_world, source, destination, id, _) = befallen(Fault::None, 0).await;
        for _ in 0..3 {
            source.refresh(id).await.unwrap();
            destination.refresh(id).await.unwrap();
        }
        assert_agreed(&view(&source, id).await, &view(&destination, id).await);
    });
}

#[test]
fn a_source_that_cannot_be_reached_is_asked_again_later() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        world.network.detach(source.instance());
        let accepted = accept(&destination, &code).await;
        let Accepted::Retry { connection, retry } = accepted else { panic!("{accepted:?}") };
        assert_eq!(connection.status, Status::Accepting { waiting: false });
        assert!(matches!(retry.why, RetryReason::Transport(InProcessError::Unreachable)), "{retry:?}");
        assert_eq!(retry.why.code(), "no-reply");
        assert!(retry.after > Duration::ZERO);
    });
}

#[test]
fn a_source_that_comes_back_is_connected_by_a_refresh() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        world.network.detach(source.instance());
        accept(&destination, &code).await;
        source.attach_to(&world.network);
        let refreshed = destination.refresh(id).await.unwrap();
        assert_agreed(&view(&source, id).await, &refreshed.connection);
    });
}

type Tapped = Node<MemoryStore, Tap<InProcess>>;

fn tapped(world: &World) -> (Plain, Tapped, Tap<InProcess>) {
    let source = world.node("salesforce", KnownPlatform::Salesforce);
    let jira = instance("jira", KnownPlatform::JiraCloud);
    let tap = Tap::on(world.network.clone());
    let destination = world.builder(jira, MemoryStore::new(), tap.clone()).build();
    destination.attach_to(&world.network);
    (source, destination, tap)
}

/// The acceptance is answered by this: it must end nothing, say why, and go on with a refresh.
async fn ends_nothing(
    forged: impl AsyncFn(&World, &Plain, &Tapped, &Tap<InProcess>) -> Vec<u8>,
) -> &'static str {
    let world = World::new();
    let (source, destination, tap) = tapped(&world);
    let reply = forged(&world, &source, &destination, &tap).await;
    let (id, code) = invitation(&source, "jira.example.com").await;
    tap.forge(&reply);
    let accepted = accept(&destination, &code).await;
    let Accepted::Retry { connection, retry } = accepted else { panic!("{accepted:?}") };
    assert_eq!(connection.status, Status::Accepting { waiting: false });
    assert_eq!(view(&source, id).await.status, Status::Pending);
    assert_eq!(destination.refresh(id).await.unwrap().connection.status, CONFIRMED);
    retry.why.code()
}

#[test]
fn an_error_page_ends_nothing() {
    let page = b"<html><body>502 Bad Gateway</body></html>";
    assert_eq!(block_on(ends_nothing(async |_, _, _, _| page.to_vec())), "unverified");
}

#[test]
fn an_empty_reply_ends_nothing() {
    assert_eq!(block_on(ends_nothing(async |_, _, _, _| Vec::new())), "unverified");
}

#[test]
fn not_recognised_ends_nothing() {
    assert_eq!(block_on(ends_nothing(async |_, _, _, _| vec![1, 255])), "not-recognised");
}

#[test]
fn the_confirmation_of_another_connection_ends_nothing() {
    let why = block_on(ends_nothing(async |_, source, destination, tap| {
        let (_, code) = invitation(source, "jira.example.com").await;
        accept(destination, &code).await;
        tap.heard().into_iter().find(Exchange::is_acceptance).unwrap().reply
    }));
    assert_eq!(why, "unverified");
}

#[test]
fn the_refusal_of_another_connection_ends_nothing() {
    let why = block_on(ends_nothing(async |world, source, destination, tap| {
        let (_, code) = invitation(source, "jira.example.com").await;
        world.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
        accept(destination, &code).await;
        world.clock.set(support::noon());
        tap.heard().into_iter().find(Exchange::is_acceptance).unwrap().reply
    }));
    assert_eq!(why, "unverified");
}

/// Acceptors of one code, of which the last is given the reply to the one before.
async fn given_the_reply_to_another(others: &[&str]) {
    let world = World::new();
    let (source, _, tap) = tapped(&world);
    let (_, code) = bearer_invitation(&source).await;
    let acceptor = |uid: &str| {
        let platform = KnownPlatform::Asana;
        world.builder(instance(uid, platform), MemoryStore::new(), tap.clone()).build()
    };
    for uid in others {
        accept(&acceptor(uid), &code).await;
    }
    tap.forge(&tap.heard().into_iter().rfind(Exchange::is_acceptance).unwrap().reply);
    let accepted = accept(&acceptor("last"), &code).await;
    let Accepted::Retry { connection, retry } = accepted else { panic!("{accepted:?}") };
    assert_eq!((connection.status, retry.why.code()), (Status::Accepting { waiting: false }, "unverified"));
}

#[test]
fn the_confirmation_of_another_acceptance_of_the_same_code_ends_nothing() {
    block_on(given_the_reply_to_another(&["first"]));
}

#[test]
fn the_refusal_of_another_acceptance_of_the_same_code_ends_nothing() {
    block_on(given_the_reply_to_another(&["first", "second"]));
}

#[test]
fn a_confirmation_with_a_changed_byte_ends_nothing() {
    block_on(async {
        let world = World::new();
        let (source, destination, tap) = tapped(&world);
        let (id, code) = invitation(&source, "jira.example.com").await;
        world.network.inject(Fault::LoseReply);
        accept(&destination, &code).await;
        let stored = destination.store().get(id).await.unwrap().unwrap();
        let request = handshake::due(&stored.connection).unwrap().message;
        let reply = source.handle(&request).await.unwrap().reply;
        for index in 0..reply.len() {
            let mut changed = reply.clone();
            changed[index] ^= 1;
            tap.forge(&changed);
            let refreshed = destination.refresh(id).await.unwrap();
            assert_eq!(refreshed.connection.status, Status::Accepting { waiting: false }, "byte {index}");
        }
    });
}

/// What a refresh of an agreed connection says when its report is answered by this.
async fn reported(forged: impl Fn(&Exchange) -> Vec<u8>) -> &'static str {
    let world = World::new();
    let (source, destination, tap) = tapped(&world);
    let (id, code) = invitation(&source, "jira.example.com").await;
    accept(&destination, &code).await;
    let before = view(&destination, id).await;
    let acceptance = tap.heard().into_iter().find(Exchange::is_acceptance).unwrap();
    tap.forge(&forged(&acceptance));
    let refreshed = destination.refresh(id).await.unwrap();
    let after = refreshed.connection;
    assert_eq!((after.status, after.events), (before.status, before.events));
    let why = refreshed.retry.unwrap().why.code();
    // What went wrong stands beside the life cycle.
    assert_eq!(after.health.trouble.unwrap().kind.code(), why);
    why
}

#[test]
fn an_error_page_is_no_answer_to_a_report() {
    assert_eq!(block_on(reported(|_| b"<html>".to_vec())), "unverified");
}

#[test]
fn not_recognised_is_no_answer_to_a_report() {
    assert_eq!(block_on(reported(|_| vec![1, 255])), "not-recognised");
}

#[test]
fn the_confirmation_once_more_is_no_answer_to_a_report() {
    assert_eq!(block_on(reported(|acceptance| acceptance.reply.clone())), "unverified");
}

#[test]
fn the_answer_to_an_earlier_report_is_none_to_this_one() {
    block_on(async {
        let world = World::new();
        let (source, destination, tap) = tapped(&world);
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let answer = tap.heard().last().unwrap().reply.clone();
        tap.forge(&answer);
        // The first report did not know the source's state yet; this one does, so its bytes differ.
        let refreshed = destination.refresh(id).await.unwrap();
        assert_eq!(refreshed.retry.unwrap().why.code(), "unverified");
    });
}

#[test]
fn an_answer_to_a_report_is_not_answered() {
    block_on(async {
        let world = World::new();
        let (source, destination, tap) = tapped(&world);
        let (_, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let answer = tap.heard().last().unwrap().reply.clone();
        assert_eq!(destination.handle(&answer).await.unwrap().reply, [1, 255]);
    });
}

/// The revision of a stored record, which each write changes.
async fn revision<T: Transport>(node: &Node<MemoryStore, T>, id: ConnectionId) -> Revision {
    node.store().get(id).await.unwrap().unwrap().revision
}

#[test]
fn polling_writes_once_a_minute_at_most() {
    block_on(async {
        let world = World::new();
        let (source, destination, _) = tapped(&world);
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let before = (revision(&source, id).await, revision(&destination, id).await);
        world.clock.advance(Duration::from_secs(59));
        destination.refresh(id).await.unwrap();
        assert_eq!((revision(&source, id).await, revision(&destination, id).await), before);
        world.clock.advance(Duration::from_secs(1));
        let refreshed = destination.refresh(id).await.unwrap();
        assert_eq!(refreshed.connection.health.last_contact, Some(destination.now()));
        // Whoever is asked writes nothing.
        assert_eq!(revision(&source, id).await, before.0);
        assert_ne!(revision(&destination, id).await, before.1);
    });
}
