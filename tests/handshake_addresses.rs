//! Where each side believes the other to be: what an acceptance or a confirmation may change, and what stays known.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake;
use handclasp::{
    Capabilities, Connection, ConnectionId, ConnectionMode, Entropy, EventKind, Instance, Invitation,
    ModeSet, Phase, Platform, PlatformName, Preview, Reachability, Refusal, Terms, UrlPolicy, Wizard,
};
use support::wire::Message;
use support::{
    CODE_SECRET, DESTINATION_ENTROPY, ID_ENTROPY, Plot, Scene, admin, complete, entropy, instance, now, url,
};

const NODE_URL: u8 = 12;
const TRACKER_URL: u8 = 35;

// What the source takes from an acceptance.

#[test]
fn a_known_destination_that_accepts_from_elsewhere_is_to_be_approved() {
    let scene = Scene::standard();
    let moved = instance("destination").node_url(url("https://elsewhere.example.com")).build().unwrap();
    let (_, accept) = scene.accept_as(&moved, DESTINATION_ENTROPY);
    let answered = scene.answer(&scene.pending, &accept);
    assert_eq!(answered.connection().map(Connection::phase), Some(Phase::AwaitingApproval));
    let asked: Vec<_> = answered.events().iter().map(|event| event.kind).collect();
    assert_eq!(asked, [EventKind::ApprovalAsked { other_address: true }]);
}

#[test]
fn a_known_destination_that_can_no_longer_be_called_is_confirmed() {
    let scene = Scene::standard();
    let private = instance("destination").reachability(Reachability::Private).build().unwrap();
    let (_, accept) = scene.accept_as(&private, DESTINATION_ENTROPY);
    let answered = scene.answer(&scene.pending, &accept);
    assert_eq!(answered.connection().map(Connection::phase), Some(Phase::Active));
}

#[test]
fn a_destination_that_can_no_longer_be_called_is_not_called() {
    let scene = Scene::standard();
    let private = instance("destination").reachability(Reachability::Private).build().unwrap();
    let (_, accept) = scene.accept_as(&private, DESTINATION_ENTROPY);
    let active = scene.answer(&scene.pending, &accept).into_connection().unwrap();
    assert_eq!(active.remote().unwrap().callable_url(), None);
}

#[test]
fn visual_with_a_destination_that_names_no_address_is_not_possible() {
    let scene = Plot { mode: ConnectionMode::Visual, ..Plot::STANDARD }.scene();
    let accept = scene.accept_changed(|message| message.without(NODE_URL));
    let expected = scene.refusal_of(&accept, Refusal::ModeNotPossible);
    assert_eq!(scene.answer(&scene.pending, &accept).message(), Some(expected.as_slice()));
}

#[test]
fn an_address_that_the_terms_permit_is_confirmed() {
    let (source, private) = (instance("source").build().unwrap(), "https://10.0.0.1");
    let destination = instance("destination").node_url(url(private)).build().unwrap();
    let terms = Terms::new(UrlPolicy::public().allow_private());
    let id = ConnectionId::new(now(), Entropy::from_bytes(ID_ENTROPY));
    let wizard = Wizard::start_without_url(source.clone(), terms, id);
    let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
    let form = complete(wizard.form(), wizard.asks());
    let initiated =
        wizard.fill(form).unwrap().initiate(now().by(admin("ada")), Entropy::from_bytes(CODE_SECRET));
    let (pending, hand_over) = initiated.into_parts();
    let code = hand_over.code().unwrap().expose().to_owned();
    let scene = Scene { source, destination, pending, code };
    let active = scene.answer(&scene.pending, &scene.accept().1).into_connection().unwrap();
    assert_eq!(active.remote().unwrap().callable_url(), Some(&url(private)));
}

// What the destination takes from a confirmation.

/// The source as the destination knows it after a confirmation that was changed.
fn source_after(change: impl FnOnce(Message) -> Message) -> Instance {
    let scene = Scene::standard();
    let played = scene.play();
    let confirm = change(Message::open(&played.confirm)).seal(&scene.keys().confirm);
    let concluded = scene.conclude(&played.accepting, &played.accept, &confirm).unwrap();
    concluded.connection().unwrap().remote().unwrap().clone()
}

#[test]
fn a_confirmation_may_name_another_address() {
    let source = source_after(|message| message.with(NODE_URL, "https://moved.example.com"));
    assert_eq!(source.node_url(), Some(&url("https://moved.example.com")));
}

#[test]
fn a_confirmation_without_address_leaves_the_one_in_the_code() {
    let source = source_after(|message| message.without(NODE_URL));
    assert_eq!(source.callable_url(), Some(&url("https://node.source.example.com")));
}

#[test]
fn a_forbidden_address_in_a_confirmation_leaves_the_one_in_the_code() {
    let source = source_after(|message| message.with(NODE_URL, "https://10.0.0.1"));
    assert_eq!(source.callable_url(), Some(&url("https://node.source.example.com")));
}

#[test]
fn a_confirmation_may_name_another_tracker() {
    let source = source_after(|message| message.with(TRACKER_URL, "https://moved.example.com"));
    assert_eq!(source.tracker_url(), Some(&url("https://moved.example.com")));
}

#[test]
fn a_forbidden_tracker_in_a_confirmation_is_dropped() {
    let source = source_after(|message| message.with(TRACKER_URL, "https://tracker.internal"));
    assert_eq!(source.tracker_url(), None);
}

#[test]
fn a_forbidden_tracker_in_a_confirmation_leaves_the_address() {
    let source = source_after(|message| message.with(TRACKER_URL, "https://tracker.internal"));
    assert_eq!(source.callable_url(), Some(&url("https://node.source.example.com")));
}

#[test]
fn a_confirmation_is_judged_by_the_policy_of_the_acceptance() {
    let scene = Scene::standard();
    let invitation = Invitation::read(&scene.code).unwrap();
    let policy = UrlPolicy::public().allow_private();
    let preview = Preview::new(invitation.clone(), &scene.destination, policy);
    let form = complete(preview.form(), preview.asks());
    let accepted =
        handshake::accept(&invitation, &form, &scene.destination, policy, now(), entropy(3)).unwrap();
    let accept = accepted.message().unwrap().to_vec();
    let confirm = scene.answer(&scene.pending, &accept).message().unwrap().to_vec();
    let confirm = Message::open(&confirm).with(NODE_URL, "https://10.0.0.1").seal(&scene.keys().confirm);
    let concluded = scene.conclude(accepted.connection().unwrap(), &accept, &confirm).unwrap();
    let source = concluded.connection().unwrap().remote().unwrap();
    assert_eq!(source.callable_url(), Some(&url("https://10.0.0.1")));
}

// What a message does not say, and the source knows nevertheless.

/// A destination with everything that no message says, and the source's record after activation.
fn described() -> (Instance, Connection) {
    let platform = PlatformName::parse("acme-desk").unwrap();
    let platform = Platform::new(platform, Capabilities::new(ModeSet::ALL).with_projects().with_local());
    let uid = instance("destination").build().unwrap().uid().clone();
    let destination = Instance::builder(uid, platform)
        .node_url(url("https://node.destination.example.com"))
        .tracker_url(url("https://tracker.destination.example.com"))
        .accept_page(url("https://accept.destination.example.com"))
        .licences(ModeSet::ALL)
        .build()
        .unwrap();
    let source = instance("source").build().unwrap();
    let scene = Plot::STANDARD.scene_with(source, destination.clone(), CODE_SECRET);
    (destination, scene.play().source)
}

#[test]
fn the_source_still_knows_the_accept_page() {
    let (destination, active) = described();
    assert_eq!(active.remote().unwrap().accept_page(), destination.accept_page());
}

#[test]
fn the_source_still_knows_the_licences() {
    let (_, active) = described();
    assert_eq!(active.remote().unwrap().licences(), ModeSet::ALL);
}

#[test]
fn the_source_still_knows_what_a_platform_of_the_host_can_do() {
    let (destination, active) = described();
    assert_eq!(active.remote().unwrap().platform(), destination.platform());
}

#[test]
fn starting_anew_from_an_active_connection_offers_another_mode() {
    let (_, active) = described();
    let source = instance("source").build().unwrap();
    let id = ConnectionId::new(now(), entropy(9));
    let wizard = Wizard::start_from(&active, ConnectionMode::Visual, source, Terms::default(), id).unwrap();
    assert!(wizard.choose_mode(ConnectionMode::Visual).is_ok());
}
