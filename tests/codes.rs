//! All stable codes in one place: applications translate, store and count by them, so none may ever change.

mod support;

use handclasp::handshake::{AcceptError, ConcludeError};
use handclasp::{
    Ask, Binding, CloseReason, Complexity, Configured, ConnectionForm, ConnectionId, ConnectionKind,
    ConnectionMode, DecodeRecordError, Destination, Entities, EntropyError, EventKind, FormField, Instance,
    InstanceError, InvitationField, KnownPlatform, LooksLike, ModeOffer, ModeRules, Obstacle, Phase,
    PolicyError, Reachability, ReadCodeError, ReasonKind, Refusal, ResumeReason, Role, ShortName, Side,
    StartError, Status, StepKind, TextField, TextRule, UrlErrorKind, Validity, Warning,
};
use serde::Serialize;
use support::{built, public, uid};

/// Checks an enum without fields: its codes in the order of `ALL`, each read back, each serialised as itself.
macro_rules! check_all {
    ($name:ident: $($code:literal)+) => {
        let codes: Vec<_> = $name::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(codes, [$($code),+], stringify!($name));
        for it in $name::ALL {
            assert_eq!($name::from_code(it.code()), Some(*it));
            assert_eq!(serde_json::to_value(it).unwrap(), it.code());
            assert_eq!(serde_json::from_value::<$name>(it.code().into()).unwrap(), *it);
        }
        assert_eq!($name::from_code("no-such-code"), None);
        assert!(serde_json::from_str::<$name>("\"no-such-code\"").is_err());
    };
}

#[test]
fn modes_and_what_they_are_like() {
    check_all!(ConnectionMode: "basic" "visual" "script");
    check_all!(ModeRules: "automatic" "mappings" "scripts");
    check_all!(Configured: "by-system" "one-interface" "each-side");
    check_all!(Entities: "main-entity" "as-mapped" "any");
    check_all!(Complexity: "basic" "intermediate" "advanced");
}

#[test]
fn offers() {
    check_all!(Ask: "information" "incoming-project" "admin-access" "admin-evidence");
    check_all!(ReasonKind: "platform-lacks-mode" "not-licensed" "destination-unknown" "not-public"
        "local-unsupported" "nobody-can-call" "no-common-protocol");
    check_all!(Side: "local" "remote" "both");
}

#[test]
fn instances() {
    check_all!(Reachability: "public" "private");
    check_all!(KnownPlatform: "jira-cloud" "jira-on-premise" "azure-devops-services" "azure-devops-server"
        "github" "zendesk" "servicenow" "salesforce" "xurrent" "freshservice" "freshdesk" "asana" "hp-alm");
    assert_eq!(InstanceError::NodeUrlMissing.code(), "node-url-missing");
}

#[test]
fn connections() {
    check_all!(Role: "source" "destination" "local");
    check_all!(ConnectionKind: "local" "public" "private");
    check_all!(Phase: "pending" "accepting" "active" "closed");
    check_all!(Refusal: "already-accepted" "altered-code" "wrong-recipient" "other-address" "mode-not-possible"
        "address-not-permitted" "no-common-protocol" "expired" "unusable-key" "other");
    check_all!(StepKind: "url-entered" "mode-chosen" "info-filled" "initiated");
    check_all!(FormField: "source-short-name" "destination-short-name" "connection-name" "description"
        "incoming-project" "admin-access");
}

#[test]
fn invitations() {
    check_all!(InvitationField: "connection-id" "secret" "mode" "expires-at" "source-uid" "source-node-url"
        "destination-uid" "source-short-name" "destination-short-name" "connection-name" "protocol-versions"
        "issued-at" "source-platform" "source-tracker-url" "destination-tracker-url" "description");
    check_all!(LooksLike: "url" "jwt" "pem" "json" "mail-address" "other-clasp" "text");
    check_all!(Binding: "bearer" "this-instance" "other-instance");
    check_all!(Warning: "unbound" "expired" "international-host");
}

/// Checks something that is serialised as a structure with a code in it.
#[track_caller]
fn check_tagged(value: impl Serialize, code: &str, expected: &str) {
    assert_eq!(code, expected);
    let json = serde_json::to_value(value).unwrap_or_default();
    assert_eq!(json.get("code").and_then(serde_json::Value::as_str), Some(expected), "{json}");
}

#[test]
fn statuses() {
    let closed = CloseReason::Refused { refusal: Refusal::Expired };
    for (status, expected) in [
        (Status::Pending, "pending"),
        (Status::Expired, "expired"),
        (Status::Accepting, "accepting"),
        (Status::Active { confirmed: true }, "active"),
        (Status::Active { confirmed: false }, "active"),
        (Status::Closed { reason: closed }, "closed"),
    ] {
        check_tagged(status, status.code(), expected);
    }
    check_tagged(closed, closed.code(), "refused");
}

#[test]
fn events() {
    for (event, expected) in [
        (EventKind::Initiated, "initiated"),
        (EventKind::Accepted, "accepted"),
        (EventKind::Activated, "activated"),
        (EventKind::Confirmed, "confirmed"),
        (EventKind::ExpiredRefused, "expired-refused"),
        (EventKind::Refused { refusal: Refusal::Expired }, "refused"),
        (EventKind::SecondAcceptor { same_instance: true }, "second-acceptor"),
    ] {
        check_tagged(event, event.code(), expected);
    }
}

#[test]
fn reading_codes() {
    for (error, expected) in [
        (ReadCodeError::Empty, "empty"),
        (ReadCodeError::TooLong { bytes: 1 }, "too-long"),
        (ReadCodeError::NotAnInvitation { looks_like: LooksLike::Url }, "not-an-invitation"),
        (ReadCodeError::NewerFormat { version: 2 }, "newer-format"),
        (ReadCodeError::BadCharacter { position: 0, character: '!' }, "bad-character"),
        (ReadCodeError::Incomplete, "incomplete"),
        (ReadCodeError::Damaged, "damaged"),
        (ReadCodeError::NotCanonical, "not-canonical"),
        (ReadCodeError::UnknownRequired { record: 8 }, "unknown-required"),
        (ReadCodeError::MissingField { field: InvitationField::Mode }, "missing-field"),
        (ReadCodeError::InvalidField { field: InvitationField::Mode }, "invalid-field"),
    ] {
        check_tagged(error, error.code(), expected);
    }
}

#[test]
fn obstacles() {
    let reason = ModeOffer::of(
        ConnectionMode::Visual,
        &built(public("here", KnownPlatform::JiraCloud)),
        &Destination::Unknown,
    )
    .reasons()[0];
    assert_eq!(Obstacle::Mode { reason }.code(), "destination-unknown");
    for (obstacle, expected) in [
        (Obstacle::OwnInvitation, "own-invitation"),
        (Obstacle::WrongRecipient, "wrong-recipient"),
        (Obstacle::AddressNotPermitted { error: PolicyError::IpLiteral }, "address-not-permitted"),
        (Obstacle::IdTaken, "id-taken"),
        (Obstacle::FromTheFuture, "from-the-future"),
    ] {
        check_tagged(obstacle, obstacle.code(), expected);
    }
}

#[test]
fn reasons_are_serialised_with_code_and_side() {
    let here = built(public("here", KnownPlatform::GitHub));
    let offer = ModeOffer::of(ConnectionMode::Visual, &here, &Destination::Local);
    let expected = serde_json::json!({"code": "platform-lacks-mode", "side": "local"});
    assert_eq!(serde_json::to_value(offer.reasons()[0]).unwrap(), expected);
}

#[test]
fn wizards() {
    for (error, expected) in [
        (StartError::AddressNotPermitted { error: PolicyError::IpLiteral }, "address-not-permitted"),
        (StartError::OwnUidElsewhere, "own-uid-elsewhere"),
        (StartError::OwnAddress, "own-address"),
    ] {
        assert_eq!((error.code(), ResumeReason::Start(error).code()), (expected, expected));
    }
    let form = ConnectionForm::default().check(&[]).unwrap_err();
    let (saved, wanted) = (StepKind::UrlEntered, StepKind::InfoFilled);
    for (reason, expected) in [
        (ResumeReason::Mode(Vec::new()), "mode-unavailable"),
        (ResumeReason::Form(form.clone()), "invalid-form"),
        (ResumeReason::NotThere { saved, wanted }, "not-there"),
    ] {
        assert_eq!(reason.code(), expected);
    }
    assert_eq!(AcceptError::Form(form).code(), "invalid-form");
    assert_eq!(AcceptError::Obstacles { obstacles: Vec::new() }.code(), "obstacles");
}

#[test]
fn forms() {
    let mut form = ConnectionForm::default();
    form.source_short_name = String::from("same");
    form.destination_short_name = String::from("same");
    let codes = |asks: &[Ask], form: &ConnectionForm| -> Vec<_> {
        form.check(asks)
            .unwrap_err()
            .errors()
            .iter()
            .map(|error| (error.field.code(), error.code()))
            .collect()
    };
    let expected = [
        ("destination-short-name", "same-short-names"),
        ("connection-name", "empty"),
        ("incoming-project", "empty"),
        ("admin-access", "not-answered"),
    ];
    assert_eq!(codes(&[Ask::IncomingProject, Ask::AdminAccess], &form), expected);
    form.admin_access = Some(handclasp::AdminAccess::No);
    assert!(codes(&[Ask::AdminEvidence], &form).contains(&("admin-access", "evidence-missing")));
}

#[test]
fn texts() {
    for (rule, expected) in [
        (TextRule::Bidi('a'), "bidi-control"),
        (TextRule::Control('a'), "control-character"),
        (TextRule::Empty, "empty"),
        (TextRule::Invisible, "invisible"),
        (TextRule::Noncharacter('a'), "noncharacter"),
        (TextRule::NotInAlphabet('a'), "not-in-alphabet"),
        (TextRule::Separator('a'), "line-separator"),
        (TextRule::Tag('a'), "tag-character"),
        (TextRule::TooLong { max: 1, found: 2 }, "too-long"),
    ] {
        assert_eq!(rule.code(), expected);
    }
    for (field, expected) in [
        (TextField::ActorName, "actor-name"),
        (TextField::ConnectionName, "connection-name"),
        (TextField::Description, "description"),
        (TextField::IncomingProject, "incoming-project"),
        (TextField::InstanceUid, "instance-uid"),
        (TextField::PlatformName, "platform-name"),
        (TextField::ShortName, "short-name"),
    ] {
        assert_eq!(field.code(), expected);
    }
    assert_eq!(ShortName::parse("").unwrap_err().code(), "empty");
}

#[test]
fn addresses() {
    for (kind, expected) in [
        (UrlErrorKind::Backslash, "backslash"),
        (UrlErrorKind::Control('a'), "control-character"),
        (UrlErrorKind::Credentials, "credentials"),
        (UrlErrorKind::Empty, "empty"),
        (UrlErrorKind::EmptyLabel, "empty-label"),
        (UrlErrorKind::Fragment, "fragment"),
        (UrlErrorKind::HostCharacter('a'), "host-character"),
        (UrlErrorKind::HostTooLong, "host-too-long"),
        (UrlErrorKind::Hyphen, "hyphen"),
        (UrlErrorKind::InvalidHost, "invalid-host"),
        (UrlErrorKind::Invisible('a'), "invisible-character"),
        (UrlErrorKind::IpSpelling, "ip-spelling"),
        (UrlErrorKind::LabelTooLong, "label-too-long"),
        (UrlErrorKind::NoHost, "no-host"),
        (UrlErrorKind::NumericLabel, "numeric-label"),
        (UrlErrorKind::Port, "port"),
        (UrlErrorKind::Query, "query"),
        (UrlErrorKind::Scheme, "scheme"),
        (UrlErrorKind::Slashes, "slashes"),
        (UrlErrorKind::TooLong { max: 1, found: 2 }, "too-long"),
        (UrlErrorKind::WhiteSpace(' '), "white-space"),
    ] {
        assert_eq!(kind.code(), expected);
    }
    for (error, expected) in [
        (PolicyError::HttpNotAllowed, "http-not-allowed"),
        (PolicyError::IpLiteral, "ip-literal"),
        (PolicyError::LoopbackNotAllowed, "loopback-not-allowed"),
        (PolicyError::NeverAllowed, "never-allowed"),
        (PolicyError::PrivateNotAllowed, "private-not-allowed"),
        (PolicyError::SingleLabel, "single-label"),
        (PolicyError::SpecialName, "special-name"),
    ] {
        assert_eq!(error.code(), expected);
    }
}

#[test]
fn small_errors() {
    assert_eq!(EntropyError::new().code(), "no-entropy");
    assert_eq!(ConnectionId::parse("").unwrap_err().code(), "not-a-connection-id");
    assert_eq!(Validity::new(core::time::Duration::ZERO).unwrap_err().code(), "validity-out-of-range");
    assert_eq!(DecodeRecordError::Newer { format: 2 }.code(), "newer-format");
    assert_eq!(DecodeRecordError::Damaged.code(), "damaged-record");
    assert_eq!(ConcludeError::NotRecognised.code(), "not-recognised");
    assert_eq!(ConcludeError::Unverified.code(), "unverified");
    let nowhere = Instance::builder(uid("here"), KnownPlatform::GitHub).build().unwrap_err();
    assert_eq!(nowhere, InstanceError::NodeUrlMissing);
}
