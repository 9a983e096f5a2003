//! The stable names of what goes wrong in the façade.

use handclasp::{
    AcceptInvitationError, DeriveKeyError, EntropyError, HandleError, InProcessError, Invitation,
    PolicyError, PreviewError, RefreshError, Remedy, RetryReason, StartError, StartFromError, StoreFailure,
    SubmitError, handshake,
};

type Broken = InProcessError;

const BROKEN: Broken = InProcessError::Failed;

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
        AcceptInvitationError::Entropy(EntropyError::new()),
        AcceptInvitationError::Store(StoreFailure::Unclear(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(codes, ["obstacles", "no-entropy", "store-unclear"]);
}

#[test]
fn of_why_to_try_again() {
    let codes = [
        RetryReason::NotPermitted(PolicyError::SpecialName),
        RetryReason::Transport(BROKEN),
        RetryReason::Reply(handshake::ConcludeError::NotRecognised),
        RetryReason::Reply(handshake::ConcludeError::Unverified),
        RetryReason::Store(StoreFailure::Failed(BROKEN)),
    ]
    .map(|it| it.code());
    assert_eq!(codes, ["special-name", "no-reply", "not-recognised", "unverified", "store-failed"]);
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
