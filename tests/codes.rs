//! All stable codes in one place: applications translate, store and count by them, so none may ever change.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::conformance::Course;
use handclasp::handshake::{self, AcceptError, ConcludeError, ReadRelayError, RelayError};
use handclasp::lifecycle::{Cell, Denial, Reply, Stage, Trigger};
use handclasp::{
    Approval, Ask, Binding, CloseReason, Complexity, Configured, ConnectionForm, ConnectionId,
    ConnectionKind, ConnectionMode, DecodeRecordError, Destination, Entities, EntropyError, EventKind, Fault,
    FormField, HealthWarning, InProcessError, InsertError, Instance, InstanceError, InvitationField,
    KnownPlatform, LooksLike, ModeOffer, ModeRules, Obstacle, Order, Phase, PolicyError, Reachability,
    ReadCodeError, ReasonKind, Refusal, ResumeReason, Role, ShortName, Side, StartError, Status, StepKind,
    TextField, TextRule, TroubleKind, UpdateError, UrlErrorKind, Validity, Warning, WhoActs,
};
use serde::Serialize;
use serde_json::{Value, json};
use support::{built, id, now, public, uid};

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
    check_all!(Phase: "pending" "awaiting-approval" "accepting" "active" "deactivated" "closed");
    check_all!(Refusal: "already-accepted" "altered-code" "wrong-recipient" "mode-not-possible"
        "address-not-permitted" "no-common-protocol" "expired" "unusable-key" "withdrawn" "revoked" "superseded"
        "declined" "removed" "other");
    check_all!(WhoActs: "source-admin" "destination-admin" "nobody");
    check_all!(HealthWarning: "moved" "cloned" "out-of-step" "clock-ahead" "older-version" "newer-version");
    check_all!(TroubleKind: "no-reply" "not-recognised" "unverified" "not-permitted");
    check_all!(Approval: "automatic" "by-hand");
    check_all!(StepKind: "url-entered" "mode-chosen" "info-filled" "initiated");
    check_all!(FormField: "source-short-name" "destination-short-name" "connection-name" "description"
        "incoming-project" "admin-access");
}

#[test]
fn the_life_cycle() {
    check_all!(Stage: "absent" "pending" "expired" "awaiting-approval" "accepting" "unconfirmed" "unconfirmed-off"
        "active" "off-here" "off-there" "off-both" "closed" "withdrawn" "parted");
    check_all!(Trigger: "initiate" "accept-code" "decline-code" "reissue" "revoke" "approve" "decline" "cancel" "edit"
        "deactivate" "activate" "remove" "confirm-move" "purge" "expire" "accept" "other-accept" "accept-to-approve"
        "bad-accept" "withdraw" "other-withdraw" "turn-down" "noted" "fetch" "confirm" "other-confirm" "waiting"
        "refuse" "acknowledge" "report-on" "report-off" "report-removed");
    check_all!(Reply: "accept" "withdraw" "noted" "confirm" "waiting" "refuse" "report");
    check_all!(Denial: "missing" "exists" "own-invitation" "not-the-source" "not-the-destination" "local-connection"
        "not-accepted" "awaiting-approval" "already-active" "not-active" "already-closed" "still-open"
        "nothing-moved" "address-not-permitted" "too-early" "unacknowledged");
}

#[test]
fn stores_and_transports() {
    check_all!(Order: "newest-first" "oldest-first");
    check_all!(Fault: "none" "lose-request" "lose-reply" "repeat" "delay");
    let failures = [
        InProcessError::Unreachable,
        InProcessError::TimedOut,
        InProcessError::Failed,
        InProcessError::TooLarge,
    ];
    assert_eq!(failures.map(InProcessError::code), ["unreachable", "timed-out", "failed", "too-large"]);
    let refused: [InsertError<()>; 3] =
        [InsertError::AlreadyExists, InsertError::Failed(()), InsertError::Unclear(())];
    assert_eq!(refused.map(|it| it.code()), ["already-exists", "store-failed", "store-unclear"]);
    let refused: [UpdateError<()>; 4] =
        [UpdateError::Conflict, UpdateError::Missing, UpdateError::Failed(()), UpdateError::Unclear(())];
    assert_eq!(refused.map(|it| it.code()), ["conflict", "missing", "store-failed", "store-unclear"]);
}

#[test]
fn cells_of_the_life_cycle() {
    for (cell, expected) in [
        (Cell::Becomes(Stage::Closed), json!({"becomes": "closed"})),
        (Cell::Stays, json!("stays")),
        (Cell::Denied(Denial::NotActive), json!({"denied": "not-active"})),
        (
            Cell::Answers { stage: Stage::Active, reply: Reply::Report },
            json!({"answers": {"stage": "active", "reply": "report"}}),
        ),
        (Cell::NotRecognised, json!("not-recognised")),
    ] {
        assert_eq!(serde_json::to_value(cell).unwrap(), expected);
    }
}

#[test]
fn what_is_not_possible_has_the_code_of_its_denial() {
    let cancelled = handshake::cancel(&Course::pending(0).unwrap(), now()).unwrap_err();
    assert_eq!(cancelled.code(), "not-the-destination");
}

#[test]
fn health_has_the_code_of_its_trouble() {
    let failed = handshake::attempted(&Course::pending(0).unwrap(), TroubleKind::NoReply, now());
    let trouble = failed.connection().unwrap().health().trouble.unwrap();
    let expected = json!({"code": "no-reply", "at": trouble.at, "times": 1});
    assert_eq!(serde_json::to_value(trouble).unwrap(), expected);
}

#[test]
fn invitations() {
    check_all!(InvitationField: "connection-id" "secret" "mode" "expires-at" "source-uid" "source-node-url"
        "destination-uid" "source-short-name" "destination-short-name" "connection-name" "protocol-versions"
        "issued-at" "source-platform" "source-tracker-url" "destination-tracker-url" "description");
    check_all!(LooksLike: "url" "jwt" "pem" "json" "mail-address" "invitation" "message" "other-clasp" "text");
    check_all!(Binding: "bearer" "this-instance" "other-instance");
    check_all!(Warning: "unbound" "expired" "international-host");
}

/// Checks something that is serialised as a structure with a code in it.
#[track_caller]
fn check_tagged(value: impl Serialize, code: &str, expected: &str) {
    assert_eq!(code, expected);
    let json = serde_json::to_value(value).unwrap_or_default();
    assert_eq!(json.get("code").and_then(Value::as_str), Some(expected), "{json}");
}

#[test]
fn statuses() {
    let closed = CloseReason::Revoked;
    for (status, expected) in [
        (Status::Pending, "pending"),
        (Status::Expired, "expired"),
        (Status::AwaitingApproval, "awaiting-approval"),
        (Status::Accepting { waiting: false }, "accepting"),
        (Status::Accepting { waiting: true }, "accepting"),
        (Status::Active { confirmed: true }, "active"),
        (Status::Active { confirmed: false }, "active"),
        (Status::Deactivated { by: Side::Local }, "deactivated"),
        (Status::Closed { reason: closed }, "closed"),
    ] {
        check_tagged(status, status.code(), expected);
    }
}

#[test]
fn reasons_to_be_closed() {
    for (reason, expected) in [
        (CloseReason::Refused { refusal: Refusal::Expired }, "refused"),
        (CloseReason::Revoked, "revoked"),
        (CloseReason::Superseded { by: id(1) }, "superseded"),
        (CloseReason::Declined { by: Side::Remote }, "declined"),
        (CloseReason::Cancelled, "cancelled"),
        (CloseReason::Removed { by: Side::Local }, "removed"),
        (CloseReason::AlreadyConfirmed, "already-confirmed"),
    ] {
        check_tagged(reason, reason.code(), expected);
    }
}

/// What is in a status, an event or a reason to be closed beside its code.
#[test]
fn details() {
    let by = id(1);
    for (value, expected) in [
        (tagged(Status::Accepting { waiting: true }), json!({"code": "accepting", "waiting": true})),
        (tagged(Status::Active { confirmed: true }), json!({"code": "active", "confirmed": true})),
        (tagged(Status::Deactivated { by: Side::Both }), json!({"code": "deactivated", "by": "both"})),
        (
            tagged(Status::Closed { reason: CloseReason::Superseded { by } }),
            json!({"code": "closed", "reason": {"code": "superseded", "by": by}}),
        ),
        (
            tagged(CloseReason::Refused { refusal: Refusal::Expired }),
            json!({"code": "refused", "refusal": "expired"}),
        ),
        (tagged(CloseReason::Removed { by: Side::Local }), json!({"code": "removed", "by": "local"})),
        (tagged(EventKind::Reissued { from: by }), json!({"code": "reissued", "from": by})),
        (
            tagged(EventKind::OutOfStep { side: Side::Remote }),
            json!({"code": "out-of-step", "side": "remote"}),
        ),
        (
            tagged(EventKind::ApprovalAsked { other_address: true }),
            json!({"code": "approval-asked", "other_address": true}),
        ),
        (
            tagged(EventKind::SecondAcceptor { same_instance: true }),
            json!({"code": "second-acceptor", "same_instance": true}),
        ),
    ] {
        assert_eq!(value, expected);
    }
}

fn tagged(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn events() {
    for (event, expected) in [
        (EventKind::Initiated, "initiated"),
        (EventKind::Reissued { from: id(1) }, "reissued"),
        (EventKind::Accepted, "accepted"),
        (EventKind::Waiting, "waiting"),
        (EventKind::ApprovalAsked { other_address: false }, "approval-asked"),
        (EventKind::Approved, "approved"),
        (EventKind::Activated, "activated"),
        (EventKind::Confirmed, "confirmed"),
        (EventKind::ExpiredRefused, "expired-refused"),
        (EventKind::Refused { refusal: Refusal::Expired }, "refused"),
        (EventKind::Revoked, "revoked"),
        (EventKind::Superseded { by: id(1) }, "superseded"),
        (EventKind::Declined, "declined"),
        (EventKind::Cancelled, "cancelled"),
        (EventKind::Deactivated, "deactivated"),
        (EventKind::Reactivated, "reactivated"),
        (EventKind::Renamed, "renamed"),
        (EventKind::Described, "described"),
        (EventKind::Removed, "removed"),
        (EventKind::Told, "told"),
        (EventKind::SecondAcceptor { same_instance: true }, "second-acceptor"),
        (EventKind::SecondSource, "second-source"),
        (EventKind::AlreadyConfirmed, "already-confirmed"),
        (EventKind::Cloned, "cloned"),
        (EventKind::OutOfStep { side: Side::Local }, "out-of-step"),
        (EventKind::Moved, "moved"),
        (EventKind::MoveConfirmed, "move-confirmed"),
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
        false,
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
    let offer = ModeOffer::of(ConnectionMode::Visual, &here, &Destination::Local, false);
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
    let relayed = [RelayError::Missing, RelayError::OtherSide, RelayError::NotRecognised];
    assert_eq!(relayed.map(RelayError::code), ["missing", "other-side", "not-recognised"]);
    let other_text = ReadCodeError::NotAnInvitation { looks_like: LooksLike::Text };
    assert_eq!(ReadRelayError::Text(other_text).code(), "not-a-message");
    assert_eq!(ReadRelayError::Text(ReadCodeError::Damaged).code(), "damaged");
    assert_eq!(ReadRelayError::NotAMessage.code(), "not-a-message");
    let nowhere = Instance::builder(uid("here"), KnownPlatform::GitHub).build().unwrap_err();
    assert_eq!(nowhere, InstanceError::NodeUrlMissing);
}
