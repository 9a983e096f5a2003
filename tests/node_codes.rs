//! The stable names of what goes wrong in the façade.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use handclasp::conformance::Course;
use handclasp::lifecycle::NotPossible;
use handclasp::{
    AcceptInvitationError, Connection, DecideError, DeriveKeyError, EntropyError, HandleError,
    InProcessError, Invitation, PolicyError, PreviewError, RefreshError, ReissueError, RelayTextError,
    Remedy, RetryReason, StartError, StartFromError, StoreFailure, SubmitError, Timestamp, handshake,
};

type Broken = InProcessError;

const BROKEN: Broken = InProcessError::Failed;

fn pending() -> Connection {
    Course::pending(0).unwrap()
}

/// A source has nothing to cancel.
fn not_possible() -> NotPossible {
    handshake::cancel(&pending(), Timestamp::MAX).unwrap_err()
}

#[test]
fn of_a_store_that_failed() {
    let failures = [StoreFailure::Failed(BROKEN), StoreFailure::Unclear(BROKEN), StoreFailure::Contended]
        .map(|it| it.code());
    assert_eq!(failures, ["store-failed", "store-unclear", "store-contended"]);
}

#[test]
fn of_why_no_wizard_started_from_something() {
    let codes = [
        StartFromError::Missing,
        StartFromError::Start(StartError::OwnUidElsewhere),
        StartFromError::Entropy(EntropyError::new()),
        StartFromError::Store(BROKEN),
    ]
    .map(|it| it.code());
    assert_eq!(codes, ["missing", "own-uid-elsewhere", "no-entropy", "store-failed"]);
}

#[test]
fn of_why_nothing_was_submitted() {
    let failed: SubmitError<Broken> = SubmitError::Store(StoreFailure::Contended);
    assert_eq!(failed.code(), "store-contended");
}

#[test]
fn of_why_there_is_no_preview() {
    let no_code = Invitation::read("").unwrap_err();
    let codes = [PreviewError::Code(no_code), PreviewError::Store(BROKEN)].map(|it| it.code());
    assert_eq!(codes, ["empty", "store-failed"]);
}

#[test]
fn of_why_nothing_was_accepted() {
    let codes = [
        AcceptInvitationError::Obstacles { obstacles: Vec::new() },
        AcceptInvitationError::NotPossible(not_possible()),
        AcceptInvitationError::Entropy(EntropyError::new()),
        AcceptInvitationError::Store(StoreFailure::Unclear(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(codes, ["obstacles", "not-the-destination", "no-entropy", "store-unclear"]);
}

#[test]
fn of_why_to_try_again() {
    let codes = [
        RetryReason::NotPermitted(PolicyError::SpecialName),
        RetryReason::Transport(BROKEN),
        RetryReason::Reply(handshake::ConcludeError::NotRecognised),
        RetryReason::Reply(handshake::ConcludeError::Unverified),
        RetryReason::Entropy(EntropyError::new()),
        RetryReason::Missing,
        RetryReason::Store(StoreFailure::Failed(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(
        codes,
        ["special-name", "no-reply", "not-recognised", "unverified", "no-entropy", "missing", "store-failed"]
    );
}

#[test]
fn of_why_nothing_was_decided() {
    let codes = [
        DecideError::Missing,
        DecideError::NotPossible(not_possible()),
        DecideError::Store(StoreFailure::Failed(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(codes, ["missing", "not-the-destination", "store-failed"]);
}

#[test]
fn of_why_nothing_was_issued_anew() {
    let codes = [
        ReissueError::Missing,
        ReissueError::NotPossible(not_possible()),
        ReissueError::AlreadyReissued { by: pending().id() },
        ReissueError::ModeUnavailable { reasons: Vec::new() },
        ReissueError::Entropy(EntropyError::new()),
        ReissueError::Store(StoreFailure::Failed(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(
        codes,
        [
            "missing",
            "not-the-destination",
            "already-reissued",
            "mode-unavailable",
            "no-entropy",
            "store-failed"
        ]
    );
}

#[test]
fn of_why_no_text_was_taken() {
    let codes = [
        RelayTextError::Read(handshake::ReadRelayError::NotAMessage),
        RelayTextError::Relay(handshake::RelayError::OtherSide),
        RelayTextError::Entropy(EntropyError::new()),
        RelayTextError::Store(StoreFailure::Failed(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(codes, ["not-a-message", "other-side", "no-entropy", "store-failed"]);
}

#[test]
fn of_why_a_message_was_not_answered() {
    let codes = [HandleError::Entropy(EntropyError::new()), HandleError::Store(StoreFailure::Failed(BROKEN))]
        .map(|it| it.code());
    assert_eq!(codes, ["no-entropy", "store-failed"]);
}

#[test]
fn of_why_nothing_was_refreshed() {
    let codes = [RefreshError::Missing, RefreshError::Store(BROKEN)].map(|it| it.code());
    assert_eq!(codes, ["missing", "store-failed"]);
}

#[test]
fn of_why_there_is_no_key() {
    let codes = [DeriveKeyError::Missing, DeriveKeyError::NotConnected, DeriveKeyError::Store(BROKEN)]
        .map(|it| it.code());
    assert_eq!(codes, ["missing", "not-connected", "store-failed"]);
}

#[test]
fn of_what_can_be_done() {
    let codes: Vec<_> = Remedy::ALL.iter().map(|remedy| remedy.code()).collect();
    assert_eq!(codes, ["correct-url", "try-again", "go-on-without-url", "describe-by-hand"]);
}
