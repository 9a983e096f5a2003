//! The largest records there can be: within the limit, and they come back.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::{
    Approval, Capabilities, Connection, ConnectionMode, Description, Entropy, Instance, InstanceUid,
    Invitation, KnownPlatform, ModeSet, Platform, PlatformName, Preview, Reachability, Terms, TroubleKind,
    UrlPolicy, Wizard, handshake,
};
use support::{DESTINATION_ENTROPY, Scene, admin, assert_same, complete, entropy, now, stored, url};

const WIDE: &str = "\u{1f980}";

fn wide(characters: usize) -> String {
    WIDE.repeat(characters)
}

/// An instance with the most bytes in every field.
fn largest_instance(letter: &str) -> Instance {
    let longest = |host: &str| {
        let start = format!("https://{host}.example.com/");
        url(&format!("{start}{}", letter.repeat(255 - start.len())))
    };
    let capabilities = Capabilities::new(ModeSet::ALL).with_projects();
    let platform = Platform::new(PlatformName::parse(&letter.repeat(64)).unwrap(), capabilities);
    Instance::builder(InstanceUid::parse(&letter.repeat(64)).unwrap(), platform)
        .reachability(Reachability::Public)
        .node_url(longest(&format!("node-{letter}")))
        .tracker_url(longest(&format!("tracker-{letter}")))
        .accept_page(longest(&format!("accept-{letter}")))
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

fn largest_scene() -> Scene {
    let (source, destination) = (largest_instance("s"), largest_instance("d"));
    let id = Scene::standard().pending.id();
    let terms = Terms::new(UrlPolicy::public()).with_approval(Approval::ByHand);
    let wizard = Wizard::start_with(source.clone(), terms, id, destination.clone()).unwrap();
    let wizard = wizard.choose_mode(ConnectionMode::Visual).unwrap();
    let mut form = complete(wizard.form(), wizard.asks());
    form.source_short_name = wide(64);
    form.destination_short_name = wide(63) + "x";
    form.name = wide(255);
    form.description = wide(1000);
    form.incoming_project = wide(255);
    let evidence = handclasp::AdminEvidence::new(handclasp::ActorName::parse(&wide(128)).unwrap(), now());
    form.admin_access = Some(handclasp::AdminAccess::Verified(evidence));
    let moment = now().by(admin(&wide(128)));
    let initiated = wizard.fill(form).unwrap().initiate(moment, entropy(1));
    let code = initiated.hand_over().code().unwrap().expose().to_owned();
    Scene { source, destination, pending: initiated.connection().clone(), code }
}

/// The record with as many and as large events as there can be: people edit again and again.
fn with_most_events(mut record: Connection) -> Connection {
    for edit in 0..40 {
        let description = Description::parse(&(wide(999) + if edit % 2 == 0 { "x" } else { WIDE })).unwrap();
        let edited = handshake::describe(&record, description, now().by(admin(&wide(128)))).unwrap();
        record = edited.into_connection().unwrap();
    }
    record
}

fn largest_records() -> Vec<Connection> {
    let scene = largest_scene();
    let invitation = Invitation::read(&scene.code).unwrap();
    let preview = Preview::new(invitation.clone(), &scene.destination, UrlPolicy::public());
    let mut form = complete(preview.form(), preview.asks());
    form.incoming_project = wide(255);
    let moment = now().by(admin(&wide(128)));
    let entropy = Entropy::from_bytes(DESTINATION_ENTROPY);
    let accepted =
        handshake::accept(&invitation, &form, &scene.destination, UrlPolicy::public(), moment, entropy)
            .unwrap();
    let request = accepted.message().unwrap().to_vec();
    let accepting = accepted.into_connection().unwrap();
    let awaiting = scene.answer(&scene.pending, &request).into_connection().unwrap();
    let approved = handshake::approve(&awaiting, now()).unwrap();
    let concluded = scene.conclude(&accepting, &request, approved.message().unwrap()).unwrap();
    let source = scene.answer(approved.connection().unwrap(), concluded.message().unwrap());
    let settled = concluded.into_connection().unwrap();
    // As bad as it can be: moved, cloned, and out of reach.
    let [moved, cloned] = ["m", "c"].map(|letter| {
        let elsewhere = largest_instance(letter);
        let elsewhere = Instance::builder(scene.destination.uid().clone(), KnownPlatform::JiraCloud)
            .node_url(elsewhere.node_url().unwrap().clone())
            .build()
            .unwrap();
        handshake::announce(&settled, &elsewhere, now()).message().unwrap().to_vec()
    });
    let moved = scene.answer(source.connection().unwrap(), &moved).into_connection().unwrap();
    let cloned = scene.answer(&moved, &cloned).into_connection().unwrap();
    let unwell = handshake::attempted(&cloned, TroubleKind::NoReply, now()).into_connection().unwrap();
    let open = [scene.pending, accepting, awaiting, unwell, settled].map(with_most_events);
    let by = now().by(admin(&wide(128)));
    let over =
        open.clone().map(|record| handshake::remove(&record, by.clone()).unwrap().into_connection().unwrap());
    [open, over].concat()
}

/// Room that is made beforehand for the bytes of a record: what grows leaves secrets behind where it was.
const ROOM: usize = 52 * 1024;

#[test]
fn the_largest_record_fits() {
    for record in largest_records() {
        let length = record.to_secret_bytes().expose_bytes().len();
        assert!((20_000..=ROOM.min(Connection::MAX_SECRET_BYTES)).contains(&length), "{length}: {record:?}");
    }
}

#[test]
fn the_largest_record_comes_back() {
    for record in largest_records() {
        assert_eq!(record.events().len(), 32);
        assert_same(&stored(&record), &record);
        assert_eq!(stored(&record).view(now()), record.view(now()));
    }
}
