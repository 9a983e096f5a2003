//! Nothing that is shown, logged or serialised holds a secret, or a part of one, in any form.

#[path = "support/every_record.rs"]
mod every_record;
#[path = "support/search.rs"]
mod search;
#[path = "support/story.rs"]
mod story;
#[path = "support/handshake.rs"]
mod support;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use handclasp::handshake::{self, RelayedMessage};
use handclasp::{
    Approval, ConnectionId, ConnectionMode, ConnectionStore as _, Entropy, EntropySource as _, FixedClock,
    HandOver, InProcess, Invitation, MemoryStore, Node, Phase, Preview, Refusal, Role, SeededEntropy,
    Timestamp, UrlPolicy,
};
use pollster::block_on;
use search::Search;
use story::{Shown, Story, secret, walk};
use support::wire::{self, CodeKeys};
use support::{NOW, at, now};

#[test]
fn connections_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    for (name, record) in story.records() {
        let view = record.view(now());
        shown.debug(name, &record).debug(name, &record.info()).debug(name, &record.remote());
        shown.debug(name, &view).json(name, &view).json(name, &view.info).json(name, &view.remote);
        shown.debug(name, &view.applicant).json(name, &view.applicant);
        shown.debug(name, record.health()).json(name, record.health());
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
    for record in [&played.accepting, &played.unconfirmed, &played.settled] {
        shown.debug("due", &handshake::due(record));
    }
    story.check(&shown);
}

#[test]
fn texts_to_be_carried_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    for (name, record) in story.records() {
        let Some(text) = handshake::due_text(&record) else { continue };
        assert_eq!(story.secrets_alone.find(text.as_str().as_bytes()), BTreeSet::new(), "{name}");
        shown.debug(name, &text).debug(name, &RelayedMessage::read(text.as_str()).unwrap());
    }
    story.check(&shown);
}

#[test]
fn what_a_node_gives_shows_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    let id = story.scene.pending.id();
    for (name, record) in story.records() {
        let (clock, entropy) = (FixedClock::at(now()), SeededEntropy::new(1));
        let local =
            if record.role() == Role::Destination { &story.scene.destination } else { &story.scene.source };
        let node = Node::builder_with(local.clone(), MemoryStore::new(), InProcess::new(), clock, entropy)
            .approval(Approval::ByHand)
            .hand_relay()
            .build();
        block_on(node.store().insert(&record)).unwrap();
        shown.debug(name, &node).debug(name, &node.terms());
        shown.debug(name, &block_on(node.refresh(id)).unwrap());
        for message in [&story.played.accept, &story.played.confirm, &story.played.report] {
            shown.debug(name, &block_on(node.handle(message)).unwrap());
        }
        if let Some(text) = handshake::due_text(&story.played.settled) {
            shown.debug(name, &block_on(node.relay(text.as_str())).map_err(|error| error.to_string()));
        }
        shown.debug(name, &block_on(node.remove(id)).unwrap());
    }
    story.check(&shown);
}

#[test]
fn a_new_invitation_shows_none() {
    let story = Story::new();
    let (clock, entropy) = (FixedClock::at(now()), SeededEntropy::new(1));
    let node =
        Node::builder_with(story.scene.source.clone(), MemoryStore::new(), InProcess::new(), clock, entropy)
            .build();
    block_on(node.store().insert(&story.scene.pending)).unwrap();
    let wizard = block_on(node.reissue(story.scene.pending.id())).unwrap();
    let code = wizard.hand_over().code().unwrap().expose();
    let mut search = Search::default();
    search.add("the new code", code.strip_prefix("clasp1_").unwrap().as_bytes());
    search.add("its secret", &CodeKeys::of(code).secret);
    for text in
        [format!("{wizard:?}"), format!("{:?}", wizard.connection()), format!("{:?}", wizard.hand_over())]
    {
        assert_eq!(search.find(text.as_bytes()), BTreeSet::new(), "{text}");
    }
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
fn what_was_accepted_or_is_closed_stores_nothing_to_make_its_secret_from() {
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
    for (name, record) in story.records() {
        if matches!(record.phase(), Phase::Pending | Phase::Accepting) {
            continue;
        }
        assert_eq!(search.find(record.to_secret_bytes().expose_bytes()), BTreeSet::new(), "{name}");
    }
}

#[test]
fn what_is_over_stores_no_connection_secret() {
    let story = Story::new();
    let mut search = Search::default();
    search.add("the connection secret", &story.connection_secret);
    search.add("the exported key", &wire::exported(&story.connection_secret, "mail"));
    let records = story.records();
    let closed = records.iter().filter(|(_, record)| record.phase() == Phase::Closed);
    for (name, record) in closed {
        assert_eq!(search.find(record.to_secret_bytes().expose_bytes()), BTreeSet::new(), "{name}");
    }
    // What is not over has it, so it would have been found.
    assert!(!search.find(story.played.settled.to_secret_bytes().expose_bytes()).is_empty());
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
