//! Every error is serialised in one shape: its code, its message, what a client needs beside them, and nothing else.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use core::fmt;
use core::time::Duration;

use handclasp::conformance::Course;
use handclasp::handshake::{self, AcceptError, ConcludeError, ReadRelayError, RelayError};
use handclasp::lifecycle::NotPossible;
use handclasp::{
    AcceptInvitationError, ConnectionForm, ConnectionId, ConnectionMode, ConnectionName, DecideError,
    DecodeRecordError, DeriveKeyError, Destination, EnterUrlReason, Entropy, EntropyError, EntropySource,
    FixedClock, HandleError, InProcess, InProcessError, InsertError, Instance, InstanceUrl, InvitationField,
    KnownPlatform, LooksLike, MemoryStore, ModeChosen, ModeOffer, ModeSet, Node, Obstacle, PolicyError,
    PreviewError, ReadCodeError, Reason, RefreshError, ReissueError, RelayTextError, ResumeReason,
    RetryReason, SeededEntropy, StartError, StartFromError, StepKind, StoreFailure, SubmitError, Terms,
    UpdateError, UrlEntered, Validity, Wizard,
};
use pollster::block_on;
use serde_json::{Value, json};
use support::{answered, built, id, now, public, uid};

/// Checks that each error is serialised as its code, its message and these details.
macro_rules! check_all {
    ($($error:expr => $details:tt)+) => {$({
        let error = $error;
        let mut expected = json!($details);
        expected["code"] = error.code().into();
        expected["message"] = error.to_string().into();
        assert_eq!(serde_json::to_value(&error).unwrap(), expected, "{}", stringify!($error));
        // A shape that does not name its fields has the code first.
        let bytes = postcard::to_stdvec(&error).unwrap();
        assert!(bytes[1..].starts_with(error.code().as_bytes()), "{}", stringify!($error));
    })+};
}

/// What a backend says. It cannot be serialised, and is for a log at most.
#[derive(Debug)]
struct Backend;

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection as user:password@database")
    }
}

impl core::error::Error for Backend {}

/// One that never has any.
struct NoEntropy;

impl EntropySource for NoEntropy {
    fn next(&self) -> Result<Entropy, EntropyError> {
        Err(EntropyError::new())
    }
}

const NO_ENTROPY: EntropyError = EntropyError::new();

fn failures() -> [StoreFailure<Backend>; 3] {
    [StoreFailure::Failed(Backend), StoreFailure::Unclear(Backend), StoreFailure::Contended]
}

/// The decision to cancel as a source, and its details.
fn not_possible() -> (NotPossible, Value) {
    let error = handshake::cancel(&Course::pending(0).unwrap(), now()).unwrap_err();
    (error, json!({"trigger": "cancel", "role": "source", "stage": "pending"}))
}

/// That the mode Visual needs to know the destination, and how that is serialised.
fn reason() -> (Reason, Value) {
    let offer = ModeOffer::of(ConnectionMode::Visual, &here(), &Destination::Unknown, false);
    (*offer.reasons().first().unwrap(), json!({"code": "destination-unknown", "side": "remote"}))
}

/// A form that is not as it should be, and how what is wrong with it is serialised.
fn invalid_form() -> (ConnectionForm, Value) {
    let mut form = answered(script_chosen().form());
    form.name = "Jira\u{7}".to_owned();
    let shown = json!([{
        "field": "connection-name",
        "code": "control-character",
        "position": 4,
        "message": "character 5 (U+0007) is a control character; remove it",
    }]);
    (form, shown)
}

/// Everything that can be wrong with a code, and its details.
fn unreadable() -> [(ReadCodeError, Value); 11] {
    [
        (ReadCodeError::Empty, json!({})),
        (ReadCodeError::TooLong { bytes: 20_000 }, json!({"bytes": 20_000})),
        (ReadCodeError::NotAnInvitation { looks_like: LooksLike::Url }, json!({"looks_like": "url"})),
        (ReadCodeError::NewerFormat { version: 2 }, json!({"version": 2})),
        (
            ReadCodeError::BadCharacter { position: 9, character: '/' },
            json!({"position": 9, "character": "/"}),
        ),
        (ReadCodeError::Incomplete, json!({})),
        (ReadCodeError::Damaged, json!({})),
        (ReadCodeError::NotCanonical, json!({})),
        (ReadCodeError::UnknownRequired { record: 8 }, json!({"record": 8})),
        (ReadCodeError::MissingField { field: InvitationField::Mode }, json!({"field": "mode"})),
        (ReadCodeError::InvalidField { field: InvitationField::Secret }, json!({"field": "secret"})),
    ]
}

/// Everything that a wizard cannot start with, and its details.
fn no_start() -> [(StartError, Value); 3] {
    [
        (StartError::AddressNotPermitted { error: PolicyError::IpLiteral }, json!({"error": "ip-literal"})),
        (StartError::OwnUidElsewhere, json!({})),
        (StartError::OwnAddress, json!({})),
    ]
}

fn wizard() -> Wizard<UrlEntered> {
    Wizard::start_without_url(here(), Terms::default(), id(1))
}

fn script_chosen() -> Wizard<ModeChosen> {
    wizard().choose_mode(ConnectionMode::Script).unwrap()
}

fn here() -> Instance {
    built(public("here", KnownPlatform::JiraCloud))
}

/// A node whose network has no other.
fn node(entropy: impl EntropySource + Send + Sync + 'static) -> Node<MemoryStore, InProcess> {
    Node::builder_with(here(), MemoryStore::new(), InProcess::new(), FixedClock::at(now()), entropy).build()
}

#[test]
fn errors_of_values_have_a_code_and_a_message() {
    check_all! {
        NO_ENTROPY => {}
        ConnectionId::parse("clasp1_AAAA").unwrap_err() => {}
        Validity::new(Duration::ZERO).unwrap_err() => {}
        Instance::builder(uid("here"), KnownPlatform::GitHub).build().unwrap_err() => {}
        DecodeRecordError::Damaged => {}
        DecodeRecordError::Newer { format: 2 } => {"format": 2}
        ConnectionName::parse("Jira\u{7}").unwrap_err() => {"field": "connection-name", "position": 4}
        ConnectionName::parse("").unwrap_err() => {"field": "connection-name", "position": null}
        InstanceUrl::parse("https://example.com:port").unwrap_err() => {"position": 20}
        PolicyError::IpLiteral => {}
    }
    for (error, details) in unreadable() {
        check_all! { error => details }
    }
    let (error, details) = not_possible();
    check_all! { error => details }
}

#[test]
fn what_stands_in_the_way_of_accepting_is_serialised_like_an_error() {
    check_all! {
        Obstacle::WrongRecipient => {}
        Obstacle::AddressNotPermitted { error: PolicyError::IpLiteral } => {"error": "ip-literal"}
        Obstacle::Mode { reason: reason().0 } => {"side": "remote"}
    }
}

#[test]
fn errors_of_stores_and_transports_do_not_say_what_the_backend_said() {
    check_all! {
        InsertError::<Backend>::AlreadyExists => {}
        InsertError::Failed(Backend) => {}
        InsertError::Unclear(Backend) => {}
        UpdateError::<Backend>::Conflict => {}
        UpdateError::<Backend>::Missing => {}
        UpdateError::Failed(Backend) => {}
        UpdateError::Unclear(Backend) => {}
        InProcessError::Unreachable => {}
        InProcessError::TimedOut => {}
        InProcessError::Failed => {}
        InProcessError::TooLarge => {}
        RefreshError::<Backend>::Missing => {}
        RefreshError::Store(Backend) => {}
        DeriveKeyError::<Backend>::Missing => {}
        DeriveKeyError::<Backend>::NotConnected => {}
        DeriveKeyError::Store(Backend) => {}
        PreviewError::Store(Backend) => {}
        StartFromError::Store(Backend) => {}
        RetryReason::<Backend, Backend>::Transport(Backend) => {}
    }
    for failure in failures() {
        check_all! { failure => {} }
    }
    let [failures, handling] = [failures(), failures()];
    for (failure, handling) in failures.into_iter().zip(handling) {
        check_all! {
            SubmitError::Store(failure) => {}
            HandleError::Store(handling) => {}
        }
    }
    check_all! {
        DecideError::Store(StoreFailure::Failed(Backend)) => {}
        ReissueError::Store(StoreFailure::Unclear(Backend)) => {}
        AcceptInvitationError::Store(StoreFailure::Failed(Backend)) => {}
        RelayTextError::Store(StoreFailure::Failed(Backend)) => {}
        RetryReason::<Backend, Backend>::Store(StoreFailure::Failed(Backend)) => {}
    }
}

#[test]
fn a_mode_that_is_not_to_be_had_is_named_with_its_reasons() {
    let (reason, shown) = reason();
    check_all! {
        wizard().choose_mode(ConnectionMode::Visual).unwrap_err() => {"mode": "visual", "reasons": [shown]}
        ResumeReason::Mode(vec![reason]) => {"reasons": [shown]}
        ReissueError::<Backend>::ModeUnavailable { reasons: vec![reason] } => {"reasons": [shown]}
    }
}

#[test]
fn an_invalid_form_has_the_errors_of_its_fields() {
    let (form, shown) = invalid_form();
    let error = form.check(&[]).unwrap_err();
    check_all! {
        script_chosen().fill(form).unwrap_err() => {"errors": shown}
        ResumeReason::Form(error.clone()) => {"errors": shown}
        AcceptError::Form(error.clone()) => {"errors": shown}
        AcceptInvitationError::<Backend>::Form(error) => {"errors": shown}
    }
}

#[test]
fn what_stands_in_the_way_of_an_invitation_is_listed() {
    let obstacles =
        vec![Obstacle::IdTaken, Obstacle::AddressNotPermitted { error: PolicyError::NeverAllowed }];
    let shown = json!([
        {"code": "id-taken", "message": obstacles[0].to_string()},
        {"code": "address-not-permitted", "message": obstacles[1].to_string(), "error": "never-allowed"},
    ]);
    check_all! {
        AcceptError::Obstacles { obstacles: obstacles.clone() } => {"obstacles": shown}
        AcceptInvitationError::<Backend>::Obstacles { obstacles } => {"obstacles": shown}
        AcceptInvitationError::<Backend>::Entropy(NO_ENTROPY) => {}
    }
}

#[test]
fn a_decision_that_is_not_possible_says_what_was_wanted_where() {
    let (error, shown) = not_possible();
    check_all! {
        DecideError::<Backend>::NotPossible(error) => shown
        ReissueError::<Backend>::NotPossible(error) => shown
        AcceptInvitationError::<Backend>::NotPossible(error) => shown
        DecideError::<Backend>::Missing => {}
        ReissueError::<Backend>::Missing => {}
        ReissueError::<Backend>::Entropy(NO_ENTROPY) => {}
    }
}

#[test]
fn what_was_done_before_is_shown() {
    let stored = Course::pending(0).unwrap().view(now());
    let shown = serde_json::to_value(&stored).unwrap();
    check_all! {
        ReissueError::<Backend>::AlreadyReissued { by: id(7) } => {"by": (id(7).to_string())}
        SubmitError::<Backend>::AlreadyInitiated { stored: Box::new(stored) } => {"stored": shown}
    }
}

#[test]
fn a_text_that_cannot_be_read_has_the_details_of_its_code() {
    for (error, shown) in unreadable() {
        check_all! {
            PreviewError::<Backend>::Code(error) => shown
            ReadRelayError::Text(error) => shown
            RelayTextError::<Backend>::Read(ReadRelayError::Text(error)) => shown
        }
    }
    check_all! {
        ReadRelayError::NotAMessage => {}
        RelayTextError::<Backend>::Entropy(NO_ENTROPY) => {}
    }
    for error in [RelayError::Missing, RelayError::OtherSide, RelayError::NotRecognised] {
        check_all! {
            error => {}
            RelayTextError::<Backend>::Relay(error) => {}
        }
    }
}

#[test]
fn a_destination_that_is_none_to_start_with_has_what_the_policy_says() {
    for (error, shown) in no_start() {
        check_all! {
            error => shown
            ResumeReason::Start(error) => shown
            StartFromError::<Backend>::Start(error) => shown
        }
    }
    check_all! {
        StartFromError::<Backend>::Missing => {}
        StartFromError::<Backend>::Entropy(NO_ENTROPY) => {}
    }
}

#[test]
fn a_url_that_cannot_be_entered_has_remedies_and_its_place() {
    let correct = json!(["correct-url", "go-on-without-url"]);
    let url = InstanceUrl::parse("https://example.com:port").unwrap_err();
    check_all! {
        EnterUrlReason::<Backend>::Url(url) => {"position": 20, "remedies": correct}
        EnterUrlReason::<Backend>::NotPermitted(PolicyError::IpLiteral) => {"remedies": correct}
        EnterUrlReason::Discovery(Backend) => {"remedies": ["try-again", "go-on-without-url", "describe-by-hand"]}
        EnterUrlReason::<Backend>::Entropy(NO_ENTROPY) => {"remedies": ["try-again"]}
    }
    for (error, mut shown) in no_start() {
        shown["remedies"] = correct.clone();
        check_all! { EnterUrlReason::<Backend>::Start(error) => shown }
    }
}

#[test]
fn what_a_node_gives_back_is_not_serialised() {
    let node = node(SeededEntropy::new(1));
    let wizard = script_chosen();
    let form = answered(wizard.form());
    let wizard = wizard.fill(form).unwrap();
    let correct = json!(["correct-url", "go-on-without-url"]);
    check_all! {
        block_on(node.start("https://example.com:port")).unwrap_err() => {"position": 20, "remedies": correct}
        block_on(node.start("")).unwrap_err() => {"position": null, "remedies": correct}
        self::node(NoEntropy).initiate(wizard).unwrap_err() => {}
    }
}

#[test]
fn a_draft_that_cannot_be_resumed_has_the_details_of_its_reason() {
    let draft = script_chosen().draft();
    let unlicensed = built(public("here", KnownPlatform::JiraCloud).licences(ModeSet::NONE));
    let shown = json!([{"code": "not-licensed", "side": "local"}]);
    let (saved, wanted) = (StepKind::UrlEntered, StepKind::InfoFilled);
    check_all! {
        draft.resume_as::<ModeChosen>(&unlicensed, Terms::default()).unwrap_err() => {"reasons": shown}
        ResumeReason::OtherInstance => {}
        ResumeReason::NotThere { saved, wanted } => {"saved": "url-entered", "wanted": "info-filled"}
    }
}

#[test]
fn a_reason_to_try_again_has_a_code_and_a_message() {
    check_all! {
        ConcludeError::NotRecognised => {}
        ConcludeError::Unverified => {}
        RetryReason::<Backend, Backend>::NotPermitted(PolicyError::SingleLabel) => {}
        RetryReason::<Backend, Backend>::Reply(ConcludeError::Unverified) => {}
        RetryReason::<Backend, Backend>::Entropy(NO_ENTROPY) => {}
        RetryReason::<Backend, Backend>::Missing => {}
        HandleError::<Backend>::Entropy(NO_ENTROPY) => {}
    }
}
