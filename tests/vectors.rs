//! Vectors for readers in other languages: codes and a recorded handshake, made from fixed inputs.
//!
//! They are frozen: a change of a single byte breaks every code that is on its way, and this test.
//! `HANDCLASP_WRITE_VECTORS=1 cargo test --test vectors` writes the file anew.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that panics has failed")]

use core::time::Duration;
use std::fs;

use handclasp::{
    AdminAccess, ConnectionId, ConnectionMode, Entropy, Instance, InstanceUid, InstanceUrl, Invitation,
    KnownPlatform, ModeSet, Terms, Timestamp, UrlPolicy, Wizard, handshake,
};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/vectors.json");

#[test]
fn the_frozen_vectors_come_out_again() {
    let now = format!("{:#}\n", vectors());
    if std::env::var_os("HANDCLASP_WRITE_VECTORS").is_some() {
        fs::write(FILE, &now).unwrap();
    }
    let frozen = fs::read_to_string(FILE).unwrap();
    assert!(now == frozen, "the vectors differ from tests/vectors/vectors.json");
}

#[test]
fn every_frozen_code_is_read_and_written_again() {
    let frozen: Value = serde_json::from_str(&fs::read_to_string(FILE).unwrap()).unwrap();
    for code in frozen["codes"].as_array().unwrap() {
        let text = code["text"].as_str().unwrap();
        assert_eq!(Invitation::read(text).unwrap().to_code().expose(), text, "{}", code["name"]);
    }
}

fn vectors() -> Value {
    json!({
        "about": "Codes and one recorded handshake. Byte strings are hexadecimal, times are seconds since 1970.",
        "codes": [
            code("unbound, script", &walk(&salesforce(), None, ConnectionMode::Script, "")),
            code("bound, basic, with a description", &walk(&salesforce(), Some(jira()), ConnectionMode::Basic,
                "Escalated cases.\nAsk the service desk first. — Ünïcödé 👩‍🔧")),
            code("bound, visual", &walk(&zendesk(), Some(jira()), ConnectionMode::Visual, "")),
        ],
        "bad_codes": bad_codes(),
        "handshake": handshake_vector(),
    })
}

/// Texts that are not codes, each with the error that a reader gives, and where.
fn bad_codes() -> Vec<Value> {
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

/// A whole handshake with a second acceptor, and the private halves that a reader needs to check it.
fn handshake_vector() -> Value {
    let (source, destination, policy) = (salesforce(), jira(), UrlPolicy::public());
    let walked = walk(&source, None, ConnectionMode::Script, "");
    let invitation = Invitation::read(&walked.code).unwrap();
    let mut form = handclasp::Preview::new(invitation.clone(), &destination, policy).form();
    form.incoming_project = "SUPPORT".to_owned();

    let accepted =
        handshake::accept(&invitation, &form, &destination, policy, later(60), Entropy::from_bytes([3; 32]))
            .unwrap();
    let (accepting, accept) = (accepted.connection().unwrap(), accepted.message().unwrap());
    let confirmed =
        handshake::answer(Some(&walked.connection), accept, &source, later(61), Entropy::from_bytes([4; 32]));
    let (active, confirm) = (confirmed.connection().unwrap(), confirmed.message().unwrap());
    let concluded = handshake::conclude(accepting, accept, confirm, &destination, later(62)).unwrap();
    let (other_active, report) = (concluded.connection().unwrap(), concluded.message().unwrap());
    let noted = handshake::answer(Some(active), report, &source, later(63), Entropy::from_bytes([5; 32]));
    let report_answer = noted.message().unwrap();

    let second =
        handshake::accept(&invitation, &form, &destination, policy, later(64), Entropy::from_bytes([6; 32]))
            .unwrap();
    let second_accept = second.message().unwrap();
    let refused =
        handshake::answer(Some(active), second_accept, &source, later(65), Entropy::from_bytes([7; 32]));

    assert_eq!(active.comparison(), other_active.comparison());
    json!({
        "code": walked.code,
        "destination_private_key": hex(&[3; 32]),
        "source_private_key": hex(&[4; 32]),
        "accept": hex(accept),
        "confirm": hex(confirm),
        "report": hex(report),
        "report_answer": hex(report_answer),
        "second_accept": hex(second_accept),
        "refuse": hex(refused.message().unwrap()),
        "refusal": "already-accepted",
        "comparison": active.comparison().unwrap(),
        "exported": {
            "label": "jwt",
            "key": hex(active.export_key("jwt").unwrap().expose_bytes()),
        },
    })
}

struct Walked {
    connection: handclasp::Connection,
    code: String,
}

fn walk(source: &Instance, destination: Option<Instance>, mode: ConnectionMode, description: &str) -> Walked {
    let id = ConnectionId::new(later(0), Entropy::from_bytes([1; 32]));
    let wizard = match destination {
        None => Wizard::start_without_url(source.clone(), Terms::default(), id),
        Some(instance) => Wizard::start_with(source.clone(), Terms::default(), id, instance).unwrap(),
    };
    let wizard = wizard.choose_mode(mode).unwrap();
    let mut form = wizard.form();
    form.description = description.to_owned();
    form.admin_access = Some(if mode == ConnectionMode::Visual {
        AdminAccess::Verified(handclasp::AdminEvidence::new(
            handclasp::ActorName::parse("admin").unwrap(),
            later(0),
        ))
    } else {
        AdminAccess::No
    });
    let wizard = wizard.fill(form).unwrap().initiate(later(0), Entropy::from_bytes([2; 32]));
    let (connection, hand_over) = wizard.into_parts();
    Walked { connection, code: hand_over.code().unwrap().expose().to_owned() }
}

fn later(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000).unwrap().saturating_add(Duration::from_secs(seconds))
}

fn salesforce() -> Instance {
    instance(
        "00D5g000004Tn1",
        KnownPlatform::Salesforce,
        "salesforce.node.example.com",
        "acme.my.example.com",
    )
}

fn jira() -> Instance {
    instance(
        "jira-7f3a9c",
        KnownPlatform::JiraCloud,
        "jira.node.example.com:8443/clasp",
        "globex.example.net",
    )
}

fn zendesk() -> Instance {
    instance("zendesk:42", KnownPlatform::Zendesk, "zendesk.node.example.com", "initech.example.org")
}

fn instance(uid: &str, platform: KnownPlatform, node: &str, tracker: &str) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), platform)
        .node_url(InstanceUrl::parse(node).unwrap())
        .tracker_url(InstanceUrl::parse(tracker).unwrap())
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
