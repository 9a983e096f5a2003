//! Texts that carry no message, each with the error that a reader gives, and where.

use handclasp::{ConnectionMode, ReadCodeError, handshake};
use handshake::{ReadRelayError, RelayedMessage};
use serde_json::{Value, json};

use super::scene::{Side, indoor_jira, servicenow, walk_with};
use super::wire;

pub(crate) fn bad_texts() -> Vec<Value> {
    let terms = handclasp::Terms::default().with_hand_relay();
    let walked = walk_with(&servicenow(), None, ConnectionMode::Script, "", terms);
    let (destination, _) = Side::accepting(indoor_jira(), &walked.code, 60);
    let text = handshake::due_text(&destination.record).unwrap().to_string();
    let message = RelayedMessage::read(&text).unwrap().as_bytes().to_vec();
    let (prefix, body) = text.split_at("clasp1s_".len());
    let changed = |at: usize| {
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    let with = |at: usize, byte: u8| {
        let mut message = message.clone();
        message[at] = byte;
        wire::armoured(prefix, &message)
    };
    [
        ("nothing", String::new()),
        ("nothing but what is taken off", "> \u{201c}\u{a0}\u{201d}\n".to_owned()),
        ("the beginning that all prefixes share", "clasp1".to_owned()),
        ("the beginning of a prefix", "clasp1d".to_owned()),
        ("a prefix alone", prefix.to_owned()),
        ("a beginning", text[..text.len() - 40].to_owned()),
        ("all but the last character", text[..text.len() - 1].to_owned()),
        ("a character changed in the message", changed(60)),
        ("a character changed in the checksum", changed(text.len() - 2)),
        ("the prefix of the other side", format!("clasp1d_{body}")),
        ("a character behind the end", format!("{text}A")),
        ("a character that is in no text", format!("{}+{}", &text[..60], &text[61..])),
        ("one behind a quoted line break", format!("> {}\n> {}!", &text[..60], &text[60..])),
        ("a newer format for the source", format!("clasp2s_{body}")),
        ("a newer format for the destination", format!("clasp12d_{body}")),
        ("a newer format for nobody", format!("clasp2x_{body}")),
        ("a number with a leading zero", format!("clasp01s_{body}")),
        ("for nobody", format!("clasp1x_{body}")),
        ("capitals", text.to_uppercase()),
        ("no prefix", body.to_owned()),
        ("an invitation code", walked.code.clone()),
        ("a newer invitation code", walked.code.replace("clasp1_", "clasp2_")),
        ("a link without a text", "https://globex.example.net/accept".to_owned()),
        ("no bytes", wire::armoured(prefix, &[])),
        ("the answer that nothing is recognised", wire::armoured(prefix, wire::NOT_RECOGNISED)),
        ("a message of another format", with(0, 2)),
        ("a message of a reserved kind", with(1, 4)),
        ("a message with another first record", with(2, 4)),
        ("a message whose id is none", with(11, 0x41)),
        ("a message cut in its id", wire::armoured(prefix, &message[..20])),
        ("an announced length over 16 KiB", wire::armoured(prefix, "x".repeat(16 * 1024 + 1).as_bytes())),
        ("too long", format!("{text}{}", " ".repeat(24 * 1024))),
    ]
    .into_iter()
    .map(|(name, text)| {
        let error = RelayedMessage::read(&text).unwrap_err();
        let position = match error {
            ReadRelayError::Text(ReadCodeError::BadCharacter { position, .. }) => Some(position),
            _ => None,
        };
        json!({ "name": name, "text": text, "error": error.code(), "position": position })
    })
    .collect()
}
