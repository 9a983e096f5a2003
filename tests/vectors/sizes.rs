//! How large the messages get.

use handclasp::{
    Capabilities, ConnectionForm, ConnectionId, ConnectionMode, Entropy, Instance, InstanceUid, InstanceUrl,
    Invitation, ModeSet, Platform, PlatformName, Terms, UrlPolicy, Wizard, handshake,
};

use super::scene::{DESTINATION_KEY, Side, Walked, later};

/// The sizes in DESIGN.md, section 6.2.
#[test]
fn the_largest_messages_have_the_sizes_that_the_design_states() {
    let (walked, mut source) = initiated();
    let (mut destination, accept) = accepting(&walked);
    let confirm = source.answers(&accept, 61);
    let report = destination.answers(&confirm, 62);
    assert_eq!((accept.len(), confirm.len(), report.len()), (7_356, 7_390, 439));
}

fn initiated() -> (Walked, Side) {
    let instance = largest('s');
    let id = ConnectionId::new(later(0), Entropy::from_bytes([1; 32]));
    let wizard = Wizard::start_without_url(instance.clone(), Terms::default(), id);
    let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
    let form = largest_form(wizard.form());
    let initiated = wizard.fill(form).unwrap().initiate(later(0), Entropy::from_bytes([2; 32]));
    let (connection, hand_over) = initiated.into_parts();
    let walked = Walked { connection, code: hand_over.code().unwrap().expose().to_owned() };
    let source = Side::source(instance, &walked);
    (walked, source)
}

fn accepting(walked: &Walked) -> (Side, Vec<u8>) {
    let (invitation, policy) = (Invitation::read(&walked.code).unwrap(), UrlPolicy::public());
    let (instance, entropy) = (largest('d'), Entropy::from_bytes([DESTINATION_KEY; 32]));
    let form = largest_form(ConnectionForm::default());
    let outcome = handshake::accept(&invitation, &form, &instance, policy, later(60), entropy).unwrap();
    let message = outcome.message().unwrap().to_vec();
    let record = outcome.into_connection().unwrap();
    (Side { instance, record, entropy: DESTINATION_KEY }, message)
}

fn largest(letter: char) -> Instance {
    let letters = |count| String::from(letter).repeat(count);
    let url = |host: &str| {
        let start = format!("https://{host}.example.com/");
        InstanceUrl::parse(&format!("{start}{}", letters(255 - start.len()))).unwrap()
    };
    let capabilities = Capabilities::new(ModeSet::ALL).with_projects();
    let platform = Platform::new(PlatformName::parse(&letters(64)).unwrap(), capabilities);
    Instance::builder(InstanceUid::parse(&letters(64)).unwrap(), platform)
        .node_url(url("node"))
        .tracker_url(url("tracker"))
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

/// Every text as long as it may be, of characters of four bytes.
fn largest_form(mut form: ConnectionForm) -> ConnectionForm {
    form.source_short_name = "🦊".repeat(64);
    form.destination_short_name = "🦉".repeat(64);
    form.name = "🤝".repeat(255);
    form.description = "📦".repeat(1_000);
    form.incoming_project = "📥".repeat(255);
    form
}
