//! Saved wizards: the pinned format, in text and in binary, and what a draft cannot bring in.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    ConnectionMode, Draft, Instance, KnownPlatform, ModeChosen, StepKind, Terms, UrlEntered, Wizard,
};
use serde_json::{Value, json};
use support::{answered, built, id, public, url};

fn here() -> Instance {
    built(public("here", KnownPlatform::JiraCloud))
}

fn url_entered() -> Wizard<UrlEntered> {
    let there = built(public("there", KnownPlatform::Zendesk).tracker_url(url("t.example.com/desk")));
    Wizard::start(here(), Terms::default(), id(1), url("t.example.com/desk"), there).expect("a destination")
}

/// With an invalid form, which a draft keeps.
fn mode_chosen() -> Wizard<ModeChosen> {
    let mut wizard = url_entered().choose_mode(ConnectionMode::Visual).expect("a mode that is offered");
    let mut form = wizard.form();
    form.source_short_name = String::from("\u{7}");
    wizard.remember(form);
    wizard
}

/// One of each step.
fn drafts() -> [Draft; 3] {
    let wizard = url_entered().choose_mode(ConnectionMode::Visual).expect("a mode that is offered");
    let form = answered(wizard.form());
    let filled = wizard.fill(form).expect("a complete form");
    [url_entered().draft(), mode_chosen().draft(), filled.draft()]
}

/// What the three have in common, as text.
macro_rules! json_before_mode {
    () => {
        r#""format":1,"instance":"here","id":"01a3185c-5000-7101-8101-010101010101","destination":{"remote":{"uid":"there","platform":{"name":"zendesk","capabilities":{"modes":["basic","visual","script"],"projects":false,"local":true}},"reachability":"public","node_url":"https://there.example.com","tracker_url":"https://t.example.com/desk","accept_page":null,"licences":["basic","visual","script"],"protocol":{"lowest":1,"highest":1}}},"entered_url":"https://t.example.com/desk","#
    };
}

const JSON: [&str; 3] = [
    concat!(r#"{"url-entered":{"#, json_before_mode!(), r#""mode":null,"form":null,"evidence":null}}"#),
    concat!(
        r#"{"mode-chosen":{"#,
        json_before_mode!(),
        r#""mode":"visual","form":{"source-short-name":"\u0007","destination-short-name":"Zendesk","connection-name":"Jira Cloud to Zendesk","description":"","incoming-project":"","admin-access":null},"evidence":null}}"#
    ),
    concat!(
        r#"{"info-filled":{"#,
        json_before_mode!(),
        r#""mode":"visual","form":{"source-short-name":"Jira Cloud","destination-short-name":"Zendesk","connection-name":"Jira Cloud to Zendesk","description":"","incoming-project":"SUPPORT","admin-access":"claimed"},"evidence":{"who":"grace","at":1800000000000}}}"#
    ),
];

/// The same in postcard's binary form: the step's number first, then the format's.
fn postcard_bytes() -> [Vec<u8>; 3] {
    let before_mode: &[&[u8]] = &[
        b"\x01\x04here\x2401a3185c-5000-7101-8101-010101010101",
        b"\x01\x05there\x07zendesk\x03\x05basic\x06visual\x06script\x00\x01\x06public",
        b"\x01\x19https://there.example.com\x01\x1ahttps://t.example.com/desk\x00",
        b"\x03\x05basic\x06visual\x06script\x01\x01",
        b"\x01\x1ahttps://t.example.com/desk",
    ];
    let rest: [(u8, &[&[u8]]); 3] = [
        (0, &[b"\x00", b"\x00", b"\x00"]),
        (1, &[b"\x06visual", b"\x01\x01\x07\x07Zendesk\x15Jira Cloud to Zendesk\x00\x00\x00", b"\x00"]),
        (
            2,
            &[
                b"\x06visual",
                b"\x0aJira Cloud\x07Zendesk\x15Jira Cloud to Zendesk\x00\x07SUPPORT",
                b"\x01\x01",
                b"\x01\x05grace\x80\xa0\xf1\xc2\xb1\x34",
            ],
        ),
    ];
    rest.map(|(step, rest)| [&[&[step][..]], before_mode, rest].concat().concat())
}

#[test]
fn drafts_are_written_as_this_text() {
    for (draft, expected) in drafts().iter().zip(JSON) {
        assert_eq!(serde_json::to_string(draft).unwrap(), expected);
    }
}

#[test]
fn drafts_are_read_from_this_text() {
    for (draft, text) in drafts().into_iter().zip(JSON) {
        assert_eq!(serde_json::from_str::<Draft>(text).unwrap(), draft);
    }
}

#[test]
fn drafts_are_written_as_these_bytes() {
    for (draft, expected) in drafts().iter().zip(postcard_bytes()) {
        assert_eq!(postcard::to_stdvec(draft).unwrap(), expected);
    }
}

#[test]
fn drafts_are_read_from_these_bytes() {
    for (draft, bytes) in drafts().into_iter().zip(postcard_bytes()) {
        assert_eq!(postcard::from_bytes::<Draft>(&bytes).unwrap(), draft);
    }
}

#[test]
fn a_draft_says_where_it_was_saved() {
    let kinds = drafts().map(|draft| (draft.kind(), draft.id()));
    let steps = [StepKind::UrlEntered, StepKind::ModeChosen, StepKind::InfoFilled];
    assert_eq!(kinds, steps.map(|step| (step, id(1))));
}

#[test]
fn a_draft_without_destination_says_so() {
    let wizard = Wizard::start_without_url(here(), Terms::default(), id(1));
    let json = serde_json::to_value(wizard.draft()).unwrap();
    assert_eq!(json["url-entered"]["destination"], "unknown");
    assert_eq!(json["url-entered"]["entered_url"], Value::Null);
}

#[test]
fn a_draft_of_a_local_connection_says_so() {
    let wizard = Wizard::start_with(here(), Terms::default(), id(1), here()).unwrap();
    let json = serde_json::to_value(wizard.draft()).unwrap();
    assert_eq!(json["url-entered"]["destination"], "local");
}

#[test]
fn unknown_formats_are_refused_and_named() {
    for format in [0, 2, 255] {
        let text = JSON[0].replace("\"format\":1", &format!("\"format\":{format}"));
        let error = serde_json::from_str::<Draft>(&text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("drafts of format {format} are not known here")), "{error}");
    }
}

#[test]
fn unknown_formats_are_refused_in_binary() {
    for bytes in postcard_bytes() {
        let newer: Vec<_> = [&bytes[..1], &[2], &bytes[2..]].concat();
        assert!(postcard::from_bytes::<Draft>(&newer).is_err());
    }
}

/// Checks that a complete draft with one value exchanged is no draft.
#[track_caller]
fn check_refused(pointer: &str, value: Value) {
    let mut json: Value = serde_json::from_str(JSON[2]).expect("JSON");
    let slot = json.pointer_mut(&format!("/info-filled/{pointer}")).expect("a value to exchange");
    assert_ne!(*slot, value, "the value is the one that was there");
    *slot = value;
    assert!(serde_json::from_value::<Draft>(json).is_err());
}

#[test]
fn a_draft_cannot_hold_an_invalid_id() {
    check_refused("id", json!("01a3185c-5000-4101-8101-010101010101"));
}

#[test]
fn a_draft_cannot_hold_an_invalid_address() {
    for text in ["ftp://t.example.com", "https://user@t.example.com", "https://0x7f.1", ""] {
        check_refused("entered_url", json!(text));
        check_refused("destination/remote/node_url", json!(text));
        check_refused("destination/remote/tracker_url", json!(text));
        check_refused("destination/remote/accept_page", json!(text));
    }
}

#[test]
fn a_draft_cannot_hold_an_invalid_uid() {
    for text in ["", "a b", "\u{e4}", &"a".repeat(65)] {
        check_refused("destination/remote/uid", json!(text));
    }
}

#[test]
fn a_draft_cannot_hold_a_public_instance_without_node_url() {
    check_refused("destination/remote/node_url", Value::Null);
}

#[test]
fn a_draft_cannot_hold_an_invalid_platform() {
    check_refused("destination/remote/platform/name", json!("Zendesk"));
    check_refused("destination/remote/platform/capabilities/modes", json!(["telepathy"]));
}

#[test]
fn a_draft_cannot_hold_an_impossible_range_of_versions() {
    for (lowest, highest) in [(0, 1), (2, 1)] {
        check_refused("destination/remote/protocol", json!({"lowest": lowest, "highest": highest}));
    }
}

#[test]
fn a_draft_cannot_hold_an_unknown_mode() {
    for value in [json!("telepathy"), json!("Visual"), json!(2), Value::Null] {
        check_refused("mode", value);
    }
}

#[test]
fn a_draft_cannot_hold_invalid_evidence() {
    check_refused("evidence/who", json!(""));
    check_refused("evidence/at", json!(253_402_300_800_000_u64));
}

#[test]
fn an_initiated_wizard_has_no_saved_form() {
    assert!(serde_json::from_str::<Draft>(&JSON[2].replace("info-filled", "initiated")).is_err());
}
