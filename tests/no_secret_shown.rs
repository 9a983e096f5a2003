//! Nothing that is shown, logged or serialised holds a secret, or a part of one, in any form.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/search.rs"]
mod search;
#[path = "support/handshake.rs"]
mod support;

use core::fmt::{Debug, Display};
use core::time::Duration;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use handclasp::handshake::{self, Outcome};
use handclasp::{
    AdminAccess, Connection, ConnectionId, ConnectionMode, ConnectionName, Description, Draft, Entropy,
    EntropyError, EntropySource as _, FixedClock, HandOver, InProcess, Instance, InstanceUid, InstanceUrl,
    Invitation, KnownPlatform, MemoryStore, ModeChosen, ModeSet, Node, Preview, Refusal, SeededEntropy,
    ShortName, Terms, Timestamp, UrlPolicy, Validity, Wizard,
};
use search::Search;
use serde::Serialize;
use support::wire::{self, CodeKeys, Key};
use support::{NOW, Played, Scene, admin, at, complete, instance, now, url};

/// Everything that was shown, with what it was.
#[derive(Default)]
struct Shown(Vec<(String, String)>);

impl Shown {
    fn debug(&mut self, name: &str, value: &impl Debug) -> &mut Self {
        self.0.push((format!("{name}, Debug"), format!("{value:?}")));
        self.0.push((format!("{name}, alternate Debug"), format!("{value:#?}")));
        self
    }

    fn display(&mut self, name: &str, value: &impl Display) -> &mut Self {
        self.0.push((format!("{name}, Display"), format!("{value} {value:#}")));
        self
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> &mut Self {
        self.0.push((format!("{name}, JSON"), serde_json::to_string(value).unwrap()));
        self.0.push((format!("{name}, postcard"), format!("{:?}", postcard::to_stdvec(value).unwrap())));
        self
    }

    fn error(&mut self, name: &str, error: &impl core::error::Error) -> &mut Self {
        let mut source = error.source();
        while let Some(cause) = source {
            self.0.push((format!("{name}, cause"), format!("{cause} {cause:?}")));
            source = cause.source();
        }
        self.debug(name, error).display(name, error)
    }
}

/// Entropy that does not look like anything else.
fn secret(label: &str) -> Key {
    wire::hash("a test", &[label.as_bytes()])
}

/// A handshake, and all secrets in it.
struct Story {
    scene: Scene,
    played: Played,
    search: Search,
}

impl Story {
    fn new() -> Self {
        let (source, destination) =
            (instance("source").build().unwrap(), instance("destination").build().unwrap());
        let scene = support::Plot::STANDARD.scene_with(source, destination, secret("code"));
        let played = Self::play(&scene);
        let keys = scene.keys();
        assert_eq!(keys.secret, secret("code"));
        let shared = wire::shared(secret("source"), wire::public_key(secret("destination")));
        let connection = keys.connection_secret(&played.accept, &played.confirm, shared);
        let exported = wire::exported(&connection, "mail");
        assert_eq!(*played.source.export_key("mail").unwrap().expose_bytes(), exported);
        let mut search = Search::default();
        search.add("the code", scene.code.strip_prefix("clasp1_").unwrap().as_bytes());
        for (name, secret) in [
            ("the code's secret", keys.secret),
            ("the accept key", keys.accept),
            ("the confirm key", keys.confirm),
            ("the session key", keys.session),
            ("the source's half", secret("source")),
            ("the destination's half", secret("destination")),
            ("the shared value", shared),
            ("the connection secret", connection),
            ("the source's report key", wire::report_key(&connection, "source")),
            ("the destination's report key", wire::report_key(&connection, "destination")),
            ("the exported key", exported),
        ] {
            search.add(name, &secret);
        }
        Self { scene, played, search }
    }

    fn play(scene: &Scene) -> Played {
        let (accepting, accept) = scene.accept_as(&scene.destination, secret("destination"));
        let entropy = Entropy::from_bytes(secret("source"));
        let answered = handshake::answer(Some(&scene.pending), &accept, &scene.source, now(), entropy);
        let confirm = answered.message().unwrap().to_vec();
        let unconfirmed = answered.into_connection().unwrap();
        let concluded = scene.conclude(&accepting, &accept, &confirm).unwrap();
        let report = concluded.message().unwrap().to_vec();
        let destination = concluded.into_connection().unwrap();
        let confirmed = scene.answer(&unconfirmed, &report);
        let reply = confirmed.message().unwrap().to_vec();
        let source = confirmed.into_connection().unwrap();
        let settled = scene.conclude(&destination, &report, &reply).unwrap().into_connection().unwrap();
        Played { accepting, accept, unconfirmed, confirm, destination, report, source, reply, settled }
    }

    #[track_caller]
    fn check(&self, shown: &Shown) {
        assert!(!shown.0.is_empty());
        for (name, text) in &shown.0 {
            let found = self.search.find(text.as_bytes());
            assert!(found.is_empty(), "{name} shows {found:?}: {text}");
        }
    }

    fn closed(&self) -> Connection {
        let refusal = self.scene.refusal_of(&self.played.accept, Refusal::Expired);
        let outcome = self.scene.conclude(&self.played.accepting, &self.played.accept, &refusal);
        outcome.unwrap().into_connection().unwrap()
    }

    /// A record of every phase, with its name.
    fn records(&self) -> [(&'static str, Connection); 7] {
        [
            ("pending", self.scene.pending.clone()),
            ("accepting", self.played.accepting.clone()),
            ("unconfirmed", self.played.unconfirmed.clone()),
            ("source", self.played.source.clone()),
            ("destination", self.played.destination.clone()),
            ("settled", self.played.settled.clone()),
            ("closed", self.closed()),
        ]
    }
}

#[test]
fn connections_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    for (name, record) in story.records() {
        let view = record.view(now());
        shown.debug(name, &record).debug(name, &record.info()).debug(name, &record.remote());
        shown.debug(name, &view).json(name, &view).json(name, &view.info).json(name, &view.remote);
        shown.debug(name, &record.status(now())).display(name, &record.status(now()));
        for event in record.events() {
            shown.debug(name, event).json(name, event).display(name, &event.kind);
        }
    }
    story.check(&shown);
}

#[test]
fn secrets_show_no_part_of_themselves() {
    let story = Story::new();
    let mut shown = Shown::default();
    shown.debug("Entropy", &Entropy::from_bytes(secret("code")));
    shown.debug("ExportedKey", &story.played.source.export_key("mail"));
    shown.debug("ComparisonString", &story.played.source.comparison());
    shown.json("ComparisonString", &story.played.source.comparison());
    for (name, record) in story.records() {
        shown.debug(name, &record.to_secret_bytes());
    }
    story.check(&shown);
}

#[test]
fn a_seed_is_not_shown_as_the_entropy_made_from_it() {
    let source = SeededEntropy::new(7);
    let id = ConnectionId::new(now(), source.next().unwrap());
    let mut search = Search::default();
    search.add("the id's random part", &id.as_bytes()[9..]);
    assert_eq!(search.find(format!("{source:?}").as_bytes()), BTreeSet::new());
}

#[test]
fn outcomes_show_none() {
    let story = Story::new();
    let (scene, played) = (&story.scene, &story.played);
    let entropy = || Entropy::from_bytes(secret("source"));
    let answered = handshake::answer(Some(&scene.pending), &played.accept, &scene.source, now(), entropy());
    let again = handshake::answer(Some(&played.source), &played.accept, &scene.source, now(), entropy());
    let concluded = scene.conclude(&played.accepting, &played.accept, &played.confirm).unwrap();
    let mut shown = Shown::default();
    shown.debug("answered", &answered).debug("again", &again).debug("concluded", &concluded);
    for (record, local) in [(&played.accepting, &scene.destination), (&played.settled, &scene.destination)] {
        shown.debug("due", &handshake::due(record, local));
    }
    story.check(&shown);
}

#[test]
fn messages_hold_none() {
    let story = Story::new();
    let played = &story.played;
    let refusal = story.scene.refusal_of(&played.accept, Refusal::Expired);
    for message in [&played.accept, &played.confirm, &played.report, &played.reply, &refusal] {
        assert_eq!(story.search.find(message), BTreeSet::new());
    }
}

#[test]
fn invitations_and_previews_show_none() {
    let story = Story::new();
    let invitation = Invitation::read(&story.scene.code).unwrap();
    let mut shown = Shown::default();
    shown.debug("Invitation", &invitation).debug("InvitationCode", &invitation.to_code());
    for local in [&story.scene.destination, &story.scene.source] {
        let preview = Preview::new(invitation.clone(), local, UrlPolicy::public()).at(at(NOW * 2));
        shown.debug("Preview", &preview).json("Preview", &preview).debug("form", &preview.form());
        shown.json("form", &preview.form());
        for obstacle in preview.obstacles() {
            shown.debug("Obstacle", obstacle).json("Obstacle", obstacle).display("Obstacle", obstacle);
        }
    }
    story.check(&shown);
}

/// Walks a wizard, showing everything on the way.
fn walk(shown: &mut Shown, story: &Story, mode: ConnectionMode) -> HandOver {
    let (source, destination) = (story.scene.source.clone(), story.scene.destination.clone());
    let id = story.scene.pending.id();
    let wizard =
        Wizard::start(source, Terms::default(), id, url("node.destination.example.com"), destination)
            .unwrap();
    shown.debug("UrlEntered", &wizard).debug("draft", &wizard.draft()).json("draft", &wizard.draft());
    shown.debug("offers", &wizard.offers()).json("offers", &wizard.offers());
    shown.debug("destination", wizard.destination()).json("destination", wizard.destination());
    let wizard = wizard.choose_mode(mode).unwrap();
    shown.debug("ModeChosen", &wizard).debug("draft", &wizard.draft()).json("draft", &wizard.draft());
    let mut form = complete(wizard.form(), wizard.asks());
    if mode == ConnectionMode::Basic {
        form.admin_access = Some(AdminAccess::Claimed);
    }
    let wizard = wizard.fill(form).unwrap();
    shown.debug("InfoFilled", &wizard).debug("draft", &wizard.draft()).json("draft", &wizard.draft());
    let wizard = wizard.initiate(now().by(admin("ada")), Entropy::from_bytes(secret("code")));
    shown.debug("Initiated", &wizard).debug("connection", wizard.connection());
    shown.debug("hand-over", wizard.hand_over()).debug("code", &wizard.hand_over().code());
    wizard.into_parts().1
}

#[test]
fn wizards_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    let hand_overs =
        ConnectionMode::ALL.iter().map(|mode| walk(&mut shown, &story, *mode)).collect::<Vec<_>>();
    for hand_over in &hand_overs {
        // Each of the codes holds the same secret, and so the search finds it.
        assert_eq!(CodeKeys::of(hand_over.code().unwrap().expose()).secret, secret("code"));
    }
    let links = hand_overs.iter().filter(|hand_over| matches!(hand_over, HandOver::AcceptanceLink(_)));
    assert_eq!(links.inspect(|link| _ = shown.debug("link", *link)).count(), 2);
    story.check(&shown);
}

// Errors, each made by what causes it.

#[test]
fn errors_of_reading_a_code_show_none() {
    let story = Story::new();
    let code = &story.scene.code;
    let mut texts = vec![String::new(), "x".repeat(20_000), format!("{code}A"), format!("{code}\u{e9}")];
    texts.extend((0..code.len()).map(|end| code[..end].to_owned()));
    texts.extend((0..code.len()).map(|start| code[start + 1..].to_owned()));
    for (index, _) in code.char_indices() {
        for replacement in ["A", "/", "!", "\u{e9}", ""] {
            texts.push(format!("{}{replacement}{}", &code[..index], &code[index + 1..]));
        }
    }
    texts.extend(
        ["clasp2_", "https://example.com/", "eyJ.x.", "{", "x@", "-----BEGIN "]
            .map(|start| format!("{start}{}", &code[7..])),
    );
    let records = wire::parse(&wire::code_records(code));
    for kind in 0..40 {
        let (mut missing, mut invalid) = (records.clone(), records.clone());
        missing.remove(&kind);
        invalid.insert(kind, vec![0xff; 40]);
        texts.extend([missing, invalid].map(|records| wire::code_of(&wire::write(&records))));
    }
    let (mut shown, mut codes) = (Shown::default(), BTreeSet::new());
    for text in texts {
        if let Err(error) = Invitation::read(&text) {
            codes.insert(error.code());
            shown.error(error.code(), &error).json(error.code(), &error);
        }
    }
    // All there are, but for a spelling that is not canonical.
    assert_eq!(codes.len(), 10, "{codes:?}");
    shown.0.sort();
    shown.0.dedup();
    story.check(&shown);
}

#[test]
fn errors_of_other_texts_do_not_show_a_code_that_was_pasted_there() {
    let story = Story::new();
    let code = story.scene.code.as_str();
    let link = format!("https://example.com/#{code}");
    let mut shown = Shown::default();
    for text in [code, &link] {
        shown.error("InstanceUrl", &InstanceUrl::parse(text).unwrap_err());
        shown.error("ConnectionId", &ConnectionId::parse(text).unwrap_err());
        shown.error("InstanceUid", &InstanceUid::parse(text).unwrap_err());
        shown.error("ShortName", &ShortName::parse(text).unwrap_err());
        shown.error("ConnectionName", &ConnectionName::parse(&format!("{text}\u{7}")).unwrap_err());
        shown.error("Description", &Description::parse(&format!("{text}\u{7}")).unwrap_err());
        let json = serde_json::to_string(text).unwrap();
        shown.error("InstanceUrl", &serde_json::from_str::<InstanceUrl>(&json).unwrap_err());
        shown.error("ConnectionId", &serde_json::from_str::<ConnectionId>(&json).unwrap_err());
        shown.error("ShortName", &serde_json::from_str::<ShortName>(&json).unwrap_err());
        shown.error("ConnectionMode", &serde_json::from_str::<ConnectionMode>(&json).unwrap_err());
    }
    story.check(&shown);
}

#[test]
fn errors_of_the_wizard_show_none() {
    let story = Story::new();
    let (source, id) = (story.scene.source.clone(), story.scene.pending.id());
    let start = || Wizard::start_without_url(source.clone(), Terms::default(), id);
    let mut shown = Shown::default();
    let error = start().choose_mode(ConnectionMode::Visual).unwrap_err();
    shown.error("ChooseModeError", &error).debug("wizard", &error.into_wizard());
    let wizard = start().choose_mode(ConnectionMode::Script).unwrap();
    let error = wizard.clone().fill(handclasp::ConnectionForm::default()).unwrap_err();
    shown.error("FillError", &error).error("FormError", error.errors()).json("FormError", error.errors());
    let unlicensed = instance("source").licences(ModeSet::NONE).build().unwrap();
    let error = wizard.draft().resume_as::<ModeChosen>(&unlicensed, Terms::default()).unwrap_err();
    shown.error("ResumeError", &error).error("ResumeReason", error.reason());
    let elsewhere = instance("source").node_url(url("elsewhere.example.com")).build().unwrap();
    shown.error("StartError", &Wizard::start_with(source, Terms::default(), id, elsewhere).unwrap_err());
    shown.error("Draft", &serde_json::from_str::<Draft>("{}").unwrap_err());
    shown.error("EntropyError", &EntropyError::new());
    shown.error("ValidityError", &Validity::new(Duration::ZERO).unwrap_err());
    let uid = InstanceUid::parse("x").unwrap();
    shown.error("InstanceError", &Instance::builder(uid, KnownPlatform::Asana).build().unwrap_err());
    shown.error("PolicyError", &UrlPolicy::public().check(&url("https://10.0.0.1")).unwrap_err());
    story.check(&shown);
}

/// What is pasted into a field it is not meant for: a code, or a link that holds one.
fn pasted(story: &Story) -> [String; 2] {
    let hand_over = walk(&mut Shown::default(), story, ConnectionMode::Visual);
    let link = match &hand_over {
        HandOver::AcceptanceLink(link) => Some(link),
        _ => None,
    };
    [story.scene.code.clone(), link.unwrap().expose().to_owned()]
}

#[test]
fn errors_of_entering_a_url_do_not_show_a_code_that_was_pasted_there() {
    let story = Story::new();
    let (clock, entropy) = (FixedClock::at(now()), SeededEntropy::new(1));
    let node =
        Node::builder_with(story.scene.source.clone(), MemoryStore::new(), InProcess::new(), clock, entropy)
            .build();
    let mut shown = Shown::default();
    for text in pasted(&story) {
        let error = pollster::block_on(node.start(&text)).unwrap_err();
        assert_eq!(error.text(), text);
        shown.error("EnterUrlError", &error).error("EnterUrlReason", error.reason());
    }
    story.check(&shown);
}

#[test]
fn a_code_that_was_pasted_into_the_form_is_not_shown_by_debug() {
    let story = Story::new();
    let mut shown = Shown::default();
    for text in pasted(&story) {
        let start =
            Wizard::start_without_url(story.scene.source.clone(), Terms::default(), story.scene.pending.id());
        let mut wizard = start.choose_mode(ConnectionMode::Script).unwrap();
        let mut form = complete(wizard.form(), wizard.asks());
        form.name.clone_from(&text);
        wizard.remember(form.clone());
        shown.debug("wizard that remembers", &wizard);
        form.name.push('\u{7}');
        let error = wizard.fill(form).unwrap_err();
        shown.error("FillError", &error).debug("wizard", &error.into_wizard());
    }
    story.check(&shown);
}

#[test]
fn errors_of_the_handshake_show_none() {
    let story = Story::new();
    let (scene, played) = (&story.scene, &story.played);
    let invitation = Invitation::read(&scene.code).unwrap();
    let accept = |local, form| -> Result<Outcome, handshake::AcceptError> {
        let entropy = Entropy::from_bytes(secret("destination"));
        handshake::accept(&invitation, form, local, UrlPolicy::public(), now(), entropy)
    };
    let form = handclasp::ConnectionForm::default();
    let mut shown = Shown::default();
    for local in [&scene.source, &scene.destination] {
        shown.error("AcceptError", &accept(local, &form).unwrap_err());
    }
    for reply in [&[1, 255][..], b"noise", &played.accept] {
        shown.error("ConcludeError", &scene.conclude(&played.accepting, &played.accept, reply).unwrap_err());
    }
    story.check(&shown);
}

#[test]
fn errors_of_reading_a_record_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    for (name, record) in story.records() {
        let bytes = record.to_secret_bytes();
        let bytes = bytes.expose_bytes();
        shown.error(name, &Connection::from_secret_bytes(&bytes[..bytes.len() - 1]).unwrap_err());
        shown.error(name, &Connection::from_secret_bytes(&bytes[1..]).unwrap_err());
    }
    story.check(&shown);
}

// What is stored.

#[test]
fn no_record_stores_the_secret_of_the_code() {
    let story = Story::new();
    let mut search = Search::default();
    search.add("the code's secret", &secret("code"));
    search.add("the code", story.scene.code.strip_prefix("clasp1_").unwrap().as_bytes());
    for (name, record) in story.records() {
        assert_eq!(search.find(record.to_secret_bytes().expose_bytes()), BTreeSet::new(), "{name}");
    }
}

#[test]
fn what_is_active_or_closed_stores_nothing_to_make_its_secret_from() {
    let story = Story::new();
    let keys = story.scene.keys();
    let mut search = Search::default();
    let shared = wire::shared(secret("source"), wire::public_key(secret("destination")));
    for (name, key) in [
        ("the session key", keys.session),
        ("the source's half", secret("source")),
        ("the destination's half", secret("destination")),
        ("the shared value", shared),
    ] {
        search.add(name, &key);
    }
    for (name, record) in &story.records()[2..] {
        assert_eq!(search.find(record.to_secret_bytes().expose_bytes()), BTreeSet::new(), "{name}");
    }
}

// The search itself.

#[test]
fn a_planted_secret_is_found_in_every_form() {
    let planted = secret("planted");
    let mut search = Search::default();
    search.add("planted", &planted);
    for start in 0..=26 {
        let part = &planted[start..start + 6];
        let around = |text: &str| format!("some {text} text");
        let hex: String =
            part.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).map(char::from).collect();
        let texts = [
            around(&hex),
            around(&hex.to_uppercase()),
            around(&format!("{part:?}")),
            around(&format!("{part:#?}")),
            serde_json::to_string(part).unwrap(),
        ];
        for text in &texts {
            assert!(!search.find(text.as_bytes()).is_empty(), "{text}");
        }
        for before in 0..4 {
            let bytes = [&[b'b'; 4][..before], part, b"behind"].concat();
            assert!(!search.find(&bytes).is_empty());
            for text in [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                assert!(!search.find(text.as_bytes()).is_empty(), "{text}");
            }
        }
    }
}

#[test]
fn what_is_no_secret_is_not_found() {
    let mut search = Search::default();
    search.add("planted", &secret("planted"));
    let text = format!("{:?} {}", secret("another"), Timestamp::MAX);
    assert_eq!(search.find(text.as_bytes()), BTreeSet::new());
}
