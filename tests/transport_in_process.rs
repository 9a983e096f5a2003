//! The network within the program: who is reached, what happens on the way, and which error says so. That it keeps the
//! contract is for the suite to say, in `transport_contract.rs`.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use std::sync::{Arc, Mutex};

use handclasp::{Fault, InProcess, InProcessError, Instance, InstanceUid, KnownPlatform, Transport};
use pollster::block_on;
use support::{instance, instance_at, private_instance, url};

const HERE: &str = "https://jira.example.com";

/// What has arrived.
type Arrived = Arc<Mutex<Vec<Vec<u8>>>>;

fn jira() -> Instance {
    instance("jira", KnownPlatform::JiraCloud)
}

/// A network with one node, which replies with the message backwards.
fn one_node() -> (InProcess, Arrived) {
    let (network, arrived) = (InProcess::new(), Arrived::default());
    let seen = arrived.clone();
    network.attach(&jira(), move |message| {
        seen.lock().expect("no test panics here").push(message.clone());
        async move { Some(message.into_iter().rev().collect()) }
    });
    (network, arrived)
}

fn send(network: &InProcess, to: &str, message: &[u8]) -> Result<Vec<u8>, InProcessError> {
    block_on(network.exchange(&url(to), message))
}

fn count(arrived: &Arrived) -> usize {
    arrived.lock().expect("no test panics here").len()
}

#[test]
fn nobody_is_reached_at_an_unknown_address() {
    let (network, arrived) = one_node();
    assert_eq!(send(&network, "https://other.example.com", b"hello"), Err(InProcessError::Unreachable));
    assert_eq!(count(&arrived), 0);
}

#[test]
fn nobody_is_discovered_at_an_unknown_address() {
    let (network, _) = one_node();
    let found = block_on(network.discover(&url("https://other.example.com")));
    assert_eq!(found, Err(InProcessError::Unreachable));
}

#[test]
fn an_instance_is_discovered_at_each_of_its_addresses() {
    let network = InProcess::new();
    let everywhere = Instance::builder(InstanceUid::parse("jira").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url("https://node.example.com"))
        .tracker_url(url("https://tracker.example.com"))
        .accept_page(url("https://accept.example.com/connections"))
        .build()
        .unwrap();
    network.attach(&everywhere, |_| async { None });
    for address in
        ["https://node.example.com", "https://tracker.example.com", "https://accept.example.com/connections"]
    {
        assert_eq!(block_on(network.discover(&url(address))).as_ref(), Ok(&everywhere));
    }
}

#[test]
fn messages_go_to_the_node_url_only() {
    let network = InProcess::new();
    let jira = Instance::builder(InstanceUid::parse("jira").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url("https://node.example.com"))
        .tracker_url(url("https://tracker.example.com"))
        .build()
        .unwrap();
    network.attach(&jira, |_| async { Some(Vec::new()) });
    assert_eq!(send(&network, "https://tracker.example.com", b"hello"), Err(InProcessError::Unreachable));
    assert_eq!(send(&network, "https://node.example.com", b"hello"), Ok(Vec::new()));
}

#[test]
fn a_private_instance_is_discovered_and_not_called() {
    let network = InProcess::new();
    let jira = private_instance("jira", KnownPlatform::JiraCloud);
    network.attach(&jira, |_| async { Some(Vec::new()) });
    assert_eq!(block_on(network.discover(&url(HERE))), Ok(jira));
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::Unreachable));
}

#[test]
fn a_private_instance_with_a_node_url_is_not_called_either() {
    let network = InProcess::new();
    let jira = Instance::builder(InstanceUid::parse("jira").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url(HERE))
        .reachability(handclasp::Reachability::Private)
        .build()
        .unwrap();
    network.attach(&jira, |_| async { Some(Vec::new()) });
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::Unreachable));
}

#[test]
fn a_node_that_fails_gives_no_reply() {
    let network = InProcess::new();
    network.attach(&jira(), |_| async { None });
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::Failed));
}

#[test]
fn a_node_that_says_too_much_is_not_listened_to() {
    let network = InProcess::new();
    network.attach(&jira(), |_| async { Some(vec![7; 64 * 1024 + 1]) });
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::TooLarge));
}

#[test]
fn a_node_that_never_answers_is_given_up_when_the_timer_ends() {
    let network = InProcess::new();
    network.attach(&jira(), |_| core::future::pending());
    network.give_up_after(|| core::future::ready(()));
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::TimedOut));
}

#[test]
fn a_node_that_answers_before_the_timer_ends_is_not_given_up() {
    let (network, _) = one_node();
    network.give_up_after(core::future::pending);
    assert_eq!(send(&network, HERE, b"ab"), Ok(b"ba".to_vec()));
}

#[test]
fn an_answer_counts_when_the_timer_ends_at_the_same_time() {
    let (network, _) = one_node();
    network.give_up_after(|| core::future::ready(()));
    assert_eq!(send(&network, HERE, b"ab"), Ok(b"ba".to_vec()));
}

#[test]
fn each_exchange_has_a_timer_of_its_own() {
    let (network, timers) = (InProcess::new(), Arc::new(Mutex::new(0)));
    network.attach(&jira(), |_| core::future::pending());
    let started = timers.clone();
    network.give_up_after(move || {
        *started.lock().expect("no test panics here") += 1;
        core::future::ready(())
    });
    for _ in 0..2 {
        assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::TimedOut));
    }
    assert_eq!(*timers.lock().unwrap(), 2);
}

#[test]
fn a_detached_node_is_not_reached() {
    let (network, arrived) = one_node();
    network.detach(&jira());
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::Unreachable));
    assert_eq!(count(&arrived), 0);
}

#[test]
fn a_detached_node_is_not_discovered() {
    let (network, _) = one_node();
    network.detach(&jira());
    assert_eq!(block_on(network.discover(&url(HERE))), Err(InProcessError::Unreachable));
}

#[test]
fn detaching_lets_go_of_the_handler() {
    let network = InProcess::new();
    let kept = Arc::new(());
    let handler = kept.clone();
    network.attach(&jira(), move |_| {
        let _kept = handler.clone();
        async { None }
    });
    assert_eq!(Arc::strong_count(&kept), 2);
    network.detach(&jira());
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
fn a_later_node_at_the_same_address_replaces_the_earlier() {
    let (network, arrived) = one_node();
    network.attach(&instance_at("new", KnownPlatform::GitHub, HERE), |_| async { Some(b"new".to_vec()) });
    assert_eq!(send(&network, HERE, b"hello"), Ok(b"new".to_vec()));
    assert_eq!(count(&arrived), 0);
}

/// How an exchange with this fault ends, and how many messages have arrived then.
fn with(fault: Fault) -> (Result<Vec<u8>, InProcessError>, usize) {
    let (network, arrived) = one_node();
    network.inject(fault);
    (send(&network, HERE, b"ab"), count(&arrived))
}

#[test]
fn nothing_befalls_an_exchange_with_no_fault() {
    assert_eq!(with(Fault::None), (Ok(b"ba".to_vec()), 1));
}

#[test]
fn a_lost_request_does_not_arrive() {
    assert_eq!(with(Fault::LoseRequest), (Err(InProcessError::TimedOut), 0));
}

#[test]
fn a_request_whose_reply_is_lost_arrives() {
    assert_eq!(with(Fault::LoseReply), (Err(InProcessError::TimedOut), 1));
}

#[test]
fn a_repeated_request_arrives_twice() {
    assert_eq!(with(Fault::Repeat), (Ok(b"ba".to_vec()), 2));
}

#[test]
fn a_late_request_does_not_arrive_yet() {
    assert_eq!(with(Fault::Delay), (Err(InProcessError::TimedOut), 0));
}

#[test]
fn late_requests_arrive_once_in_their_order() {
    let (network, arrived) = one_node();
    for message in [b"1", b"2"] {
        network.inject(Fault::Delay);
        send(&network, HERE, message).unwrap_err();
    }
    assert_eq!(block_on(network.deliver_delayed()), 2);
    assert_eq!(block_on(network.deliver_delayed()), 0);
    assert_eq!(*arrived.lock().unwrap(), [b"1", b"2"]);
}

#[test]
fn late_requests_to_nobody_are_lost() {
    let (network, arrived) = one_node();
    network.inject(Fault::Delay);
    send(&network, HERE, b"hello").unwrap_err();
    network.detach(&jira());
    assert_eq!(block_on(network.deliver_delayed()), 1);
    assert_eq!(count(&arrived), 0);
}

#[test]
fn faults_befall_exchanges_in_their_order() {
    let (network, _) = one_node();
    for fault in [Fault::None, Fault::LoseRequest, Fault::None] {
        network.inject(fault);
    }
    let ended: Vec<_> = (0..4).map(|_| send(&network, HERE, b"hello").is_ok()).collect();
    assert_eq!(ended, [true, false, true, true]);
}

#[test]
fn faults_do_not_befall_discovery() {
    let (network, _) = one_node();
    network.inject(Fault::LoseRequest);
    assert!(block_on(network.discover(&url(HERE))).is_ok());
    assert_eq!(send(&network, HERE, b"hello"), Err(InProcessError::TimedOut));
}

#[test]
fn exchanges_are_counted_however_they_end() {
    let (network, _) = one_node();
    network.inject(Fault::LoseRequest);
    send(&network, HERE, b"hello").unwrap_err();
    send(&network, "https://other.example.com", b"hello").unwrap_err();
    send(&network, HERE, b"hello").unwrap();
    assert_eq!(network.exchanges(), 3);
}

#[test]
fn discovery_is_no_exchange() {
    let (network, _) = one_node();
    block_on(network.discover(&url(HERE))).unwrap();
    assert_eq!(network.exchanges(), 0);
}
