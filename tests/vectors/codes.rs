//! Codes, and texts that are none.

use handclasp::{ConnectionMode, Invitation, Terms, Timestamp};
use serde_json::{Value, json};

use super::scene::{Walked, hex, jira, salesforce, servicenow, walk, walk_with, zendesk};

pub(crate) fn codes() -> Vec<Value> {
    let by_hand =
        walk_with(&servicenow(), None, ConnectionMode::Script, "", Terms::default().with_hand_relay());
    vec![
        code("unbound, script", &walk(&salesforce(), None, ConnectionMode::Script, "")),
        code(
            "bound, basic, with a description",
            &walk(
                &salesforce(),
                Some(jira()),
                ConnectionMode::Basic,
                "Escalated cases.\nAsk the service desk first. — Ünïcödé 👩‍🔧",
            ),
        ),
        code("bound, visual", &walk(&zendesk(), Some(jira()), ConnectionMode::Visual, "")),
        code("of a private source", &walk(&servicenow(), Some(jira()), ConnectionMode::Script, "")),
        code("of a private source, relayed by hand", &by_hand),
    ]
}

/// Texts that are not codes, each with the error that a reader gives, and where.
pub(crate) fn bad_codes() -> Vec<Value> {
    let code = walk(&salesforce(), None, ConnectionMode::Script, "").code;
    let (prefix, body) = code.split_at("clasp1_".len());
    let without_end = |length: usize| code[..code.len() - length].to_owned();
    let changed = |at: usize| {
        let other = if code.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &code[..at], &code[at + 1..])
    };
    [
        ("nothing", String::new()),
        ("nothing but what is taken off", "\u{feff} \"\u{a0}\"\r\n> ".to_owned()),
        ("the beginning of the prefix", "clasp1".to_owned()),
        ("the prefix alone", prefix.to_owned()),
        ("a beginning", without_end(40)),
        ("all but the last character", without_end(1)),
        ("a character changed in the length", changed(prefix.len())),
        ("a character changed in the records", changed(60)),
        ("a character changed in the checksum", changed(code.len() - 2)),
        ("a character doubled", format!("{}{}{}", &code[..60], &code[59..60], &code[60..])),
        ("a character behind the end", format!("{code}A")),
        ("words behind the end", format!("{code} thanks")),
        ("a character that is in no code", format!("{}+{}", &code[..60], &code[61..])),
        ("one behind a quoted line break", format!("> \"{}\n> {}!", &code[..60], &code[60..])),
        ("one behind a link that is not ASCII", format!("https://b\u{fc}cher.example/#{}*", &code[..60])),
        ("a newer format", format!("clasp2_{body}")),
        ("a much newer format", format!("clasp10_{body}")),
        ("a number with a leading zero", format!("clasp01_{body}")),
        ("no number", format!("clasp_{body}")),
        ("another prefix", format!("clasp1s_{body}")),
        ("capitals", code.to_uppercase()),
        ("no prefix", body.to_owned()),
        ("a link without a code", "https://globex.example.net/accept".to_owned()),
        ("a link with an empty fragment", "https://globex.example.net/accept#".to_owned()),
        ("too long", format!("{code}{}", " ".repeat(16 * 1024))),
    ]
    .into_iter()
    .map(|(name, text)| {
        let error = Invitation::read(&text).unwrap_err();
        let position = match error {
            handclasp::ReadCodeError::BadCharacter { position, .. } => Some(position),
            _ => None,
        };
        json!({ "name": name, "text": text, "error": error.code(), "position": position })
    })
    .collect()
}

fn code(name: &str, walked: &Walked) -> Value {
    let invitation = Invitation::read(&walked.code).unwrap();
    json!({
        "name": name,
        "text": walked.code,
        "id": invitation.id().to_string(),
        "secret": hex(&[2; 32]),
        "mode": invitation.mode().code(),
        "expires_at": invitation.expires_at().as_secs(),
        "issued_at": invitation.issued_at().map(Timestamp::as_secs),
        "source_uid": invitation.source_uid(),
        "source_node_url": invitation.source_node_url(),
        "source_tracker_url": invitation.source_tracker_url(),
        "source_platform": invitation.source_platform(),
        "destination_uid": invitation.destination_uid(),
        "destination_tracker_url": invitation.destination_tracker_url(),
        "source_short_name": invitation.source_short_name(),
        "destination_short_name": invitation.destination_short_name(),
        "name_of_connection": invitation.name(),
        "description": invitation.description(),
        "versions": [invitation.versions().lowest(), invitation.versions().highest()],
    })
}
