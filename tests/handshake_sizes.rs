//! The longest messages there can be, between two instances of which every text and address is as long as it may be.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake::{self, MAX_MESSAGE_BYTES};
use handclasp::{
    Capabilities, Connection, ConnectionForm, ConnectionId, ConnectionMode, Instance, InstanceUid,
    Invitation, ModeSet, Platform, PlatformName, Preview, Terms, UrlPolicy, Wizard,
};
use support::{admin, complete, entropy, now, url};

/// An instance about which there is as much to say as there can be.
fn long(letter: &str) -> Instance {
    let address = |host: &str| {
        let start = format!("https://{host}.{letter}.example.com/");
        url(&format!("{start}{}", letter.repeat(255 - start.len())))
    };
    let platform = PlatformName::parse(&"p".repeat(64)).unwrap();
    let capabilities = Capabilities::new(ModeSet::ALL).with_projects();
    Instance::builder(InstanceUid::parse(&letter.repeat(64)).unwrap(), Platform::new(platform, capabilities))
        .node_url(address("node"))
        .tracker_url(address("tracker"))
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

/// The form with every text as long as it can be, in characters of four bytes.
fn filled(form: ConnectionForm, character: &str) -> ConnectionForm {
    let mut form = form;
    form.source_short_name = "\u{1F91D}".repeat(64);
    form.destination_short_name = "\u{1F600}".repeat(64);
    form.name = character.repeat(255);
    form.description = character.repeat(1000);
    form.incoming_project = character.repeat(255);
    form
}

/// The records of a whole handshake, each side's two in order, and its messages: accept, confirm, report, and the report
/// that answers it.
fn play() -> ([Connection; 4], [Vec<u8>; 4]) {
    let (source, destination, policy) = (long("s"), long("d"), UrlPolicy::public());
    let id = ConnectionId::new(now(), entropy(1));
    let wizard = Wizard::start_with(source.clone(), Terms::new(policy), id, destination.clone()).unwrap();
    let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
    let form = filled(complete(wizard.form(), wizard.asks()), "\u{1F91D}");
    let (pending, hand_over) =
        wizard.fill(form).unwrap().initiate(now().by(admin("ada")), entropy(2)).into_parts();
    let invitation = Invitation::read(hand_over.code().unwrap().expose()).unwrap();
    let preview = Preview::new(invitation.clone(), &destination, policy);
    let form = filled(complete(preview.form(), preview.asks()), "\u{1F600}");
    let outcome = handshake::accept(&invitation, &form, &destination, policy, now(), entropy(3)).unwrap();
    let (accept, accepting) = (outcome.message().unwrap().to_vec(), outcome.into_connection().unwrap());
    let outcome = handshake::answer(Some(&pending), &accept, &source, now(), entropy(4));
    let (confirm, unconfirmed) = (outcome.message().unwrap().to_vec(), outcome.into_connection().unwrap());
    let outcome =
        handshake::conclude(&accepting, &accept, &confirm, &destination, now(), entropy(5)).unwrap();
    let (report, active) = (outcome.message().unwrap().to_vec(), outcome.into_connection().unwrap());
    let outcome = handshake::answer(Some(&unconfirmed), &report, &source, now(), entropy(6));
    let (reply, confirmed) = (outcome.message().unwrap().to_vec(), outcome.into_connection().unwrap());
    ([unconfirmed, confirmed, accepting, active], [accept, confirm, report, reply])
}

/// The sizes of DESIGN.md. Only an answer names what it answers, so the report that was not asked for is shorter.
#[test]
fn the_longest_messages_are_as_long_as_they_say() {
    let (_, messages) = play();
    assert_eq!(messages.each_ref().map(Vec::len), [7356, 7390, 439 - 35, 439]);
    assert!(messages.iter().all(|message| message.len() <= MAX_MESSAGE_BYTES));
}

#[test]
fn the_longest_messages_are_understood() {
    let ([_, source, _, destination], _) = play();
    assert!(source.comparison().is_some());
    assert_eq!(source.comparison(), destination.comparison());
    assert_eq!(source.remote_info().unwrap().description().as_str().chars().count(), 1000);
}

/// What people carry has room for each of them: the text is the message that is due.
#[test]
fn the_longest_messages_can_be_carried() {
    let ([unconfirmed, _, accepting, active], [accept, confirm, report, _]) = play();
    for (record, message) in [(accepting, accept), (unconfirmed, confirm), (active, report)] {
        let text = handshake::due_text(&record).unwrap();
        assert!(text.as_str().len() <= handshake::RelayText::MAX_READ_BYTES);
        assert_eq!(handshake::RelayedMessage::read(text.as_str()).unwrap().as_bytes(), message);
    }
}
