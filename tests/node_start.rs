//! How a wizard starts through the façade, and how it does not: what is kept, and what can be done.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use handclasp::{
    AcceptInvitationError, ConnectionMode, EnterUrlReason, Entropy, EntropyError, EntropySource, HandleError,
    InProcess, InProcessError, Instance, InstanceUid, KnownPlatform, MemoryStore, Node, Remedy,
    SeededEntropy, StartError, StartFromError, Status,
};
use pollster::block_on;
use support::{
    CONFIRMED, World, accept, bearer_invitation, code, completed, filled, initiated, instance, instance_at,
    invitation, url,
};

/// The code of the error, the text it keeps, and what can be done.
fn refused(world: &World, text: &str) -> (&'static str, String, Vec<Remedy>) {
    let node = world.node("salesforce", KnownPlatform::Salesforce);
    let error = block_on(node.start(text)).unwrap_err();
    (error.code(), error.text().to_owned(), error.remedies().to_vec())
}

const CORRECT: [Remedy; 2] = [Remedy::CorrectUrl, Remedy::GoOnWithoutUrl];
const ASK_AGAIN: [Remedy; 3] = [Remedy::TryAgain, Remedy::GoOnWithoutUrl, Remedy::DescribeByHand];

#[test]
fn what_is_no_url_is_kept_as_it_was_typed() {
    let (code, text, remedies) = refused(&World::new(), " https://user@jira.example.com ");
    assert_eq!((code, text.as_str()), ("credentials", " https://user@jira.example.com "));
    assert_eq!(remedies, CORRECT);
}

#[test]
fn what_the_policy_forbids_is_kept() {
    let (code, text, remedies) = refused(&World::new(), "http://jira.example.com");
    assert_eq!((code, text.as_str()), ("http-not-allowed", "http://jira.example.com"));
    assert_eq!(remedies, CORRECT);
}

#[test]
fn where_nobody_answers_one_can_ask_again_or_go_on_otherwise() {
    let (code, text, remedies) = refused(&World::new(), "nobody.example.com");
    assert_eq!((code, text.as_str()), ("discovery-failed", "nobody.example.com"));
    assert_eq!(remedies, ASK_AGAIN);
}

#[test]
fn why_discovery_failed_is_the_source_of_the_error() {
    let node = World::new().node("salesforce", KnownPlatform::Salesforce);
    let error = block_on(node.start("nobody.example.com")).unwrap_err();
    let EnterUrlReason::Discovery(reason) = error.reason() else { panic!("{error:?}") };
    assert_eq!(*reason, InProcessError::Unreachable);
}

#[test]
fn the_own_uid_at_another_url_is_refused() {
    let world = World::new();
    let elsewhere = instance_at("salesforce", KnownPlatform::Salesforce, "https://clone.example.com");
    world.network.attach(&elsewhere, |_| async { None });
    let (code, text, remedies) = refused(&world, "clone.example.com");
    assert_eq!((code, text.as_str()), ("own-uid-elsewhere", "clone.example.com"));
    assert_eq!(remedies, CORRECT);
}

#[test]
fn an_address_in_a_discovery_answer_is_judged_too() {
    let world = World::new();
    let sly = Instance::builder(InstanceUid::parse("sly").unwrap(), KnownPlatform::GitHub)
        .tracker_url(url("https://sly.example.com"))
        .node_url(url("https://sly.internal"))
        .build()
        .unwrap();
    world.network.attach(&sly, |_| async { None });
    assert_eq!(refused(&world, "sly.example.com").0, "address-not-permitted");
}

#[test]
fn what_the_policy_forbids_is_not_even_asked() {
    let world = World::new();
    world.node_of(instance_at("jira", KnownPlatform::JiraCloud, "https://jira.internal"));
    assert_eq!(refused(&world, "jira.internal").0, "special-name");
}

#[test]
fn a_wizard_that_did_not_start_stores_nothing() {
    let world = World::new();
    let node = world.node("salesforce", KnownPlatform::Salesforce);
    block_on(node.start("nobody.example.com")).unwrap_err();
    assert!(node.store().is_empty());
}

#[test]
fn described_by_hand_the_own_uid_elsewhere_is_refused_as_well() {
    let world = World::new();
    let node = world.node("salesforce", KnownPlatform::Salesforce);
    let elsewhere = instance_at("salesforce", KnownPlatform::Salesforce, "https://clone.example.com");
    let error = node.start_with(elsewhere).unwrap_err();
    assert!(matches!(error, StartFromError::Start(StartError::OwnUidElsewhere)), "{error:?}");
}

#[test]
fn nothing_starts_from_an_unknown_connection() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, _) = bearer_invitation(&source).await;
        let error = destination.start_from(id, ConnectionMode::Basic).await.unwrap_err();
        assert!(matches!(error, StartFromError::Missing), "{error:?}");
    });
}

/// Gives entropy so many times, then none, then again.
#[derive(Clone)]
struct Scarce {
    source: SeededEntropy,
    left: Arc<AtomicUsize>,
}

impl Scarce {
    const PLENTY: usize = usize::MAX / 2;

    fn run_out(&self) {
        self.left.store(0, Ordering::SeqCst);
    }

    fn refill(&self) {
        self.left.store(Self::PLENTY, Ordering::SeqCst);
    }
}

impl EntropySource for Scarce {
    fn next(&self) -> Result<Entropy, EntropyError> {
        if self.left.load(Ordering::SeqCst) == 0 {
            return Err(EntropyError::new());
        }
        self.left.fetch_sub(1, Ordering::SeqCst);
        self.source.next()
    }
}

/// A node whose entropy runs out when it is told to.
fn scarce(world: &World, uid: &str, platform: KnownPlatform) -> (Node<MemoryStore, InProcess>, Scarce) {
    let entropy = Scarce { source: SeededEntropy::new(99), left: Arc::new(AtomicUsize::new(Scarce::PLENTY)) };
    let network = world.network.clone();
    let node = Node::builder_with(
        instance(uid, platform),
        MemoryStore::new(),
        network.clone(),
        world.clock.clone(),
        entropy.clone(),
    );
    let node = node.build();
    node.attach_to(&network);
    (node, entropy)
}

#[test]
fn without_entropy_no_wizard_starts_with_a_url() {
    let world = World::new();
    world.node("jira", KnownPlatform::JiraCloud);
    let (node, entropy) = scarce(&world, "salesforce", KnownPlatform::Salesforce);
    entropy.run_out();
    let error = block_on(node.start("jira.example.com")).unwrap_err();
    assert_eq!((error.code(), error.text()), ("no-entropy", "jira.example.com"));
    assert_eq!(error.remedies(), [Remedy::TryAgain]);
}

#[test]
fn without_entropy_no_wizard_starts_without_a_url() {
    let (node, entropy) = scarce(&World::new(), "salesforce", KnownPlatform::Salesforce);
    entropy.run_out();
    assert_eq!(node.start_without_url().unwrap_err(), EntropyError::new());
}

#[test]
fn without_entropy_no_wizard_starts_with_an_instance() {
    let (node, entropy) = scarce(&World::new(), "salesforce", KnownPlatform::Salesforce);
    entropy.run_out();
    let error = node.start_with(instance("jira", KnownPlatform::JiraCloud)).unwrap_err();
    assert!(matches!(error, StartFromError::Entropy(_)), "{error:?}");
}

#[test]
fn without_entropy_no_wizard_starts_from_a_connection() {
    block_on(async {
        let (node, entropy) = scarce(&World::new(), "salesforce", KnownPlatform::Salesforce);
        let (id, _) = bearer_invitation(&node).await;
        entropy.run_out();
        let error = node.start_from(id, ConnectionMode::Basic).await.unwrap_err();
        assert!(matches!(error, StartFromError::Entropy(_)), "{error:?}");
    });
}

#[test]
fn without_entropy_initiating_gives_the_wizard_back() {
    let (node, entropy) = scarce(&World::new(), "salesforce", KnownPlatform::Salesforce);
    let wizard = filled(node.start_without_url().unwrap(), ConnectionMode::Script);
    let draft = wizard.draft();
    entropy.run_out();
    let wizard = node.initiate(wizard).unwrap_err().into_wizard();
    assert_eq!(wizard.draft(), draft);
    entropy.refill();
    assert_eq!(node.initiate(wizard).unwrap().id(), draft.id());
}

#[test]
fn without_entropy_nothing_is_accepted_stored_or_sent() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let (destination, entropy) = scarce(&world, "jira", KnownPlatform::JiraCloud);
        let (_, code) = invitation(&source, "jira.example.com").await;
        let preview = destination.preview(&code).await.unwrap();
        entropy.run_out();
        let error = destination.accept(&preview, &completed(&preview)).await.unwrap_err();
        assert!(matches!(error, AcceptInvitationError::Entropy(_)), "{error:?}");
        assert_eq!((destination.store().len(), world.network.exchanges()), (0, 0));
        entropy.refill();
        accept(&destination, &code).await;
        assert_eq!(destination.store().len(), 1);
    });
}

#[test]
fn without_entropy_a_message_is_not_answered() {
    block_on(async {
        let (node, entropy) = scarce(&World::new(), "salesforce", KnownPlatform::Salesforce);
        entropy.run_out();
        let error = node.handle(b"anything").await.unwrap_err();
        assert!(matches!(error, HandleError::Entropy(_)), "{error:?}");
    });
}

#[test]
fn a_source_without_entropy_is_asked_again_later() {
    block_on(async {
        let world = World::new();
        let (source, entropy) = scarce(&world, "salesforce", KnownPlatform::Salesforce);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let wizard = initiated(&source, "jira.example.com").await;
        source.submit(&wizard).await.unwrap();
        entropy.run_out();
        let accepted = accept(&destination, &code(&wizard)).await;
        assert_eq!(accepted.connection().status, Status::Accepting { waiting: false });
        entropy.refill();
        let refreshed = destination.refresh(wizard.id()).await.unwrap();
        assert_eq!(refreshed.connection.status, CONFIRMED);
    });
}
