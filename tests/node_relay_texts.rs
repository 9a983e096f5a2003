//! What people type where a relayed message belongs: wrapped, quoted, of another kind, damaged, or on the wrong side.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use handclasp::{
    Accepted, ConnectionId, ConnectionStore, KnownPlatform, LooksLike, PreviewError, ReadCodeError,
    RelayTextError,
    handshake::{ReadRelayError, RelayError, RelayText},
};
use pollster::block_on;
use support::{Plain, UNCONFIRMED, World, accept, invitation};

/// Two sides that relay by hand, and the acceptance as text.
struct Scene {
    world: World,
    source: Plain,
    destination: Plain,
    id: ConnectionId,
    code: String,
    text: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let source = world.relaying("salesforce", KnownPlatform::Salesforce);
        let destination = world.relaying("jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        let Accepted::Relay { text, .. } = accept(&destination, &code).await else {
            panic!("nothing to carry");
        };
        Self { world, source, destination, id, code, text: text.to_string() }
    }

    /// Types the text in at the source; it must be refused, and nothing change.
    #[track_caller]
    fn refused(&self, text: &str) -> (&'static str, String) {
        refused(&self.source, self.id, text)
    }
}

#[track_caller]
fn refused(node: &Plain, id: ConnectionId, text: &str) -> (&'static str, String) {
    let revision = || block_on(node.store().get(id)).unwrap().map(|stored| stored.revision);
    let before = revision();
    let error = block_on(node.relay(text)).unwrap_err();
    assert_eq!(revision(), before, "it was refused, and changed something");
    (error.code(), error.to_string())
}

#[test]
fn texts_are_read_however_they_were_wrapped() {
    let scene = block_on(Scene::new());
    let chars: Vec<_> = scene.text.chars().collect();
    let lines: Vec<String> = chars.chunks(60).map(|line| line.iter().collect()).collect();
    let forms = [
        format!("  {}\n", scene.text),
        lines.join("\n"),
        lines.join("\r\n"),
        format!("> {}", lines.join("\n> ")),
        format!("> > {}", lines.join("\n> > ")),
        format!("\"{}\"", scene.text),
        format!("`{}`", scene.text),
        lines.join("\u{200b}"),
    ];
    for form in forms {
        let relayed = block_on(scene.source.relay(&form)).unwrap();
        assert_eq!(relayed.connection.status, UNCONFIRMED, "{form}");
    }
}

#[test]
fn an_invitation_in_the_place_of_a_message_is_recognised() {
    let scene = block_on(Scene::new());
    let (code, message) = scene.refused(&scene.code);
    assert_eq!((code, message.as_str()), ("not-a-message", "this is an invitation code; accept it instead"));
}

#[test]
fn a_message_in_the_place_of_a_code_is_recognised() {
    let scene = block_on(Scene::new());
    let error = block_on(scene.destination.preview(&scene.text)).unwrap_err();
    let PreviewError::Code(error) = error else { panic!("{error:?}") };
    assert_eq!(error, ReadCodeError::NotAnInvitation { looks_like: LooksLike::Message });
    assert!(error.to_string().contains("a message that belongs to a connection"), "{error}");
}

#[test]
fn the_own_text_is_for_the_other_side() {
    let scene = block_on(Scene::new());
    let (code, message) = refused(&scene.destination, scene.id, &scene.text);
    assert_eq!((code, message.as_str()), ("other-side", "this message is for the other side; send it there"));
}

#[test]
fn something_else_is_said_to_be_what_it_is() {
    let scene = block_on(Scene::new());
    for (text, named) in [
        ("https://jira.example.com/browse/X-1", "a web address"),
        ("{\"code\": 1}", "JSON"),
        ("ada@example.com", "a mail address"),
        ("please connect us", "other text"),
    ] {
        let (code, message) = scene.refused(text);
        assert_eq!(code, "not-a-message");
        assert!(message.contains(named) && message.contains("clasp1s_"), "{message}");
    }
}

#[test]
fn an_empty_text_is_said_to_be_empty() {
    let scene = block_on(Scene::new());
    assert_eq!(scene.refused(" \n ").0, "empty");
}

#[test]
fn a_text_without_its_end_is_incomplete() {
    let scene = block_on(Scene::new());
    for length in [3, 8, 9, 20, scene.text.len() - 1] {
        let (code, message) = scene.refused(&scene.text[..length]);
        assert_eq!((code, message.as_str()), ("incomplete", "the message is incomplete; copy all of it"));
    }
}

#[test]
fn a_text_with_one_other_character_is_damaged() {
    let scene = block_on(Scene::new());
    for position in (12..scene.text.len()).step_by(97) {
        let mut text = scene.text.clone();
        let other = if &text[position..=position] == "A" { "B" } else { "A" };
        text.replace_range(position..=position, other);
        let (code, message) = scene.refused(&text);
        assert_eq!(code, "damaged", "at {position}: {message}");
    }
}

#[test]
fn a_text_with_something_behind_it_is_damaged() {
    let scene = block_on(Scene::new());
    assert_eq!(scene.refused(&format!("{}AAAA", scene.text)).0, "damaged");
}

#[test]
fn a_text_for_one_side_cannot_be_made_one_for_the_other() {
    let scene = block_on(Scene::new());
    let text = scene.text.replace("clasp1s_", "clasp1d_");
    assert_eq!(refused(&scene.destination, scene.id, &text).0, "damaged");
}

#[test]
fn a_text_of_a_newer_format_asks_for_an_update() {
    let scene = block_on(Scene::new());
    for prefix in ["clasp2s_", "clasp2d_"] {
        let (code, message) = scene.refused(&scene.text.replace("clasp1s_", prefix));
        assert_eq!(code, "newer-format", "{prefix}");
        assert!(message.contains("format 2") && message.contains("update this side"), "{message}");
    }
}

#[test]
fn a_text_about_a_connection_that_is_not_here_is_for_somebody_else() {
    let scene = block_on(Scene::new());
    let other = scene.world.relaying("zendesk", KnownPlatform::Zendesk);
    let (code, message) = refused(&other, scene.id, &scene.text);
    assert_eq!(code, "missing");
    assert!(message.contains("it may be for another instance"), "{message}");
}

#[test]
fn a_report_of_an_earlier_step_changes_nothing() {
    let scene = block_on(Scene::new());
    let relayed = |node: &Plain, text: &str| block_on(node.relay(text)).unwrap().text;
    let confirm = relayed(&scene.source, &scene.text).unwrap();
    let report = relayed(&scene.destination, confirm.as_str()).unwrap();
    let off = block_on(scene.destination.deactivate(scene.id)).unwrap().text.unwrap();
    relayed(&scene.source, off.as_str());
    let before = block_on(scene.source.get(scene.id)).unwrap();
    relayed(&scene.source, report.as_str());
    assert_eq!(block_on(scene.source.get(scene.id)).unwrap(), before);
}

#[test]
fn errors_keep_the_text_out() {
    let scene = block_on(Scene::new());
    let error = block_on(scene.source.relay(&scene.code)).unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(!said.contains(&scene.code[8..24]), "{said}");
}

#[test]
fn the_kinds_of_refusal_can_be_told_apart() {
    let scene = block_on(Scene::new());
    let error = block_on(scene.source.relay(&scene.code)).unwrap_err();
    assert!(matches!(error, RelayTextError::Read(ReadRelayError::Text(_))), "{error:?}");
    let error = block_on(scene.destination.relay(&scene.text)).unwrap_err();
    assert!(matches!(error, RelayTextError::Relay(RelayError::OtherSide)), "{error:?}");
    assert!(scene.text.len() < RelayText::MAX_READ_BYTES);
}
