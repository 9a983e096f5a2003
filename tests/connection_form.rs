//! The form and its errors as JSON: what a browser may send, and what it is shown.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{AdminAccess, Ask, ConnectionForm};
use serde_json::{Value, json};
use support::verified;

fn read(json: Value) -> Result<ConnectionForm, serde_json::Error> {
    serde_json::from_value(json)
}

/// What is shown of a form that is complete but for one value.
fn errors_of(key: &str, value: Value, asks: &[Ask]) -> Value {
    let mut form = json!({
        "source-short-name": "Salesforce",
        "destination-short-name": "Jira",
        "connection-name": "Escalations",
        "incoming-project": "SUPPORT",
        "admin-access": "claimed",
    });
    let all = [Ask::Information, Ask::IncomingProject, Ask::AdminAccess];
    assert!(read(form.clone()).unwrap().check(&all).is_ok());
    form[key] = value;
    serde_json::to_value(read(form).unwrap().check(asks).unwrap_err()).unwrap()
}

#[test]
fn evidence_is_written() {
    let mut form = ConnectionForm::default();
    form.admin_access = Some(verified());
    let json = serde_json::to_value(&form).unwrap();
    assert_eq!(json["admin-access"], json!({"verified": {"who": "grace", "at": 1_800_000_000_000_u64}}));
}

#[test]
fn evidence_is_not_read() {
    let evidence = json!({"verified": {"who": "grace", "at": 1_800_000_000_000_u64}});
    assert!(read(json!({ "admin-access": evidence })).is_err());
}

#[test]
fn every_other_answer_about_admin_access_is_read() {
    for (answer, expected) in [("no", Some(AdminAccess::No)), ("claimed", Some(AdminAccess::Claimed))] {
        assert_eq!(read(json!({ "admin-access": answer })).unwrap().admin_access, expected);
    }
}

#[test]
fn missing_keys_are_empty_fields() {
    assert_eq!(read(json!({})).unwrap(), ConnectionForm::default());
}

#[test]
fn unknown_keys_are_passed_over() {
    let form = read(json!({"connection-name": "Escalations", "csrf": "9", "name": "Other"})).unwrap();
    let mut expected = ConnectionForm::default();
    "Escalations".clone_into(&mut expected.name);
    assert_eq!(form, expected);
}

#[test]
fn a_form_is_written_as_it_is_read() {
    let json = json!({
        "source-short-name": " a\tb ",
        "destination-short-name": "",
        "connection-name": "Escalations",
        "description": "Two\r\nlines",
        "incoming-project": "SUPPORT",
        "admin-access": "no",
    });
    assert_eq!(serde_json::to_value(read(json.clone()).unwrap()).unwrap(), json);
}

#[test]
fn an_error_names_the_character() {
    let form = read(json!({
        "source-short-name": "a\tb", "destination-short-name": "c", "connection-name": "d",
    }));
    let error = form.unwrap().check(&[Ask::Information]).unwrap_err();
    assert_eq!(
        serde_json::to_string(&error).unwrap(),
        concat!(
            r#"{"errors":[{"field":"source-short-name","code":"control-character","position":1,"#,
            r#""message":"character 2 (U+0009) is a control character; remove it"}]}"#
        )
    );
}

#[test]
fn an_error_that_is_not_about_one_character_has_no_position() {
    for (key, value, ask, code, message) in [
        ("connection-name", json!(" "), Ask::Information, "empty", "empty; enter at least one character"),
        (
            "destination-short-name",
            json!("Salesforce"),
            Ask::Information,
            "same-short-names",
            "the same as the source side's; the two must differ, so change one of them",
        ),
        ("incoming-project", json!(""), Ask::IncomingProject, "empty", "empty; enter at least one character"),
        ("admin-access", Value::Null, Ask::AdminAccess, "not-answered", "not answered; choose an answer"),
        (
            "admin-access",
            json!("claimed"),
            Ask::AdminEvidence,
            "evidence-missing",
            "this mode needs admin access on the destination that was verified; verify it first",
        ),
    ] {
        let expected =
            json!({"errors": [{"field": key, "code": code, "position": null, "message": message}]});
        assert_eq!(errors_of(key, value, &[ask]), expected);
    }
}

#[test]
fn errors_are_in_the_order_of_the_screen() {
    let asks = [Ask::AdminAccess, Ask::IncomingProject, Ask::Information];
    let error = serde_json::to_value(ConnectionForm::default().check(&asks).unwrap_err()).unwrap();
    let fields: Vec<_> = error["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    let expected = [
        "source-short-name",
        "destination-short-name",
        "connection-name",
        "incoming-project",
        "admin-access",
    ];
    assert_eq!(fields, expected);
}
