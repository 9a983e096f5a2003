//! What cannot be done, and who can do something about it: nobody is left with a "no" alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test fail like a test")]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/pair.rs"]
mod pair;
#[path = "support/stages.rs"]
mod stages;
#[path = "support/handshake.rs"]
mod support;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use desk::decide;
use handclasp::handshake::{self, ConcludeError, RelayError};
use handclasp::lifecycle::{Denial, NotPossible, Stage, Trigger};
use handclasp::{
    Connection, EntropyError, InProcessError, PolicyError, Refusal, RetryReason, Role, StoreFailure,
    Timestamp, UrlPolicy, WhoActs,
};
use pair::{Origin, Pair};
use stages::standings;
use support::wire::NOT_RECOGNISED;
use support::{NOW, Scene, admin, at, entropy, instance, now, url};

const ROLES: [Role; 3] = [Role::Source, Role::Destination, Role::Local];

/// Everything that decisions about stored records are denied with.
fn denied() -> Vec<NotPossible> {
    let decisions = [
        Trigger::Reissue,
        Trigger::Revoke,
        Trigger::Approve,
        Trigger::Decline,
        Trigger::Cancel,
        Trigger::Edit,
        Trigger::Deactivate,
        Trigger::Activate,
        Trigger::Remove,
        Trigger::ConfirmMove,
    ];
    let mut denied = Vec::new();
    for to in ROLES.into_iter().flat_map(standings) {
        let Some(record) = &to.record else { continue };
        let moment = || at(to.now()).by(admin("ada"));
        denied.extend(decisions.iter().filter_map(|trigger| decide(record, *trigger, moment()).err()));
        denied.extend(
            [now(), Timestamp::MAX].iter().filter_map(|time| handshake::may_purge(record, *time).err()),
        );
    }
    denied
}

/// Who acts, and whether the same decision may be possible later by itself.
fn expected(error: NotPossible) -> (WhoActs, bool) {
    use WhoActs::{DestinationAdmin, Nobody, SourceAdmin};
    let own = if error.role == Role::Destination { DestinationAdmin } else { SourceAdmin };
    match (error.denial, error.stage) {
        // Time, and a refresh.
        (Denial::TooEarly | Denial::Unacknowledged, _) => (Nobody, true),
        // Whoever was invited accepts, or does not.
        (Denial::NotAccepted | Denial::NotActive, Stage::Pending) => (DestinationAdmin, true),
        // The source approves or confirms.
        (Denial::NotActive, Stage::AwaitingApproval | Stage::Accepting) => (SourceAdmin, true),
        // Once it has expired, only a new invitation helps.
        (Denial::NotAccepted | Denial::NotActive, Stage::Expired)
        | (Denial::AwaitingApproval | Denial::NotTheSource, _) => (SourceAdmin, false),
        (Denial::NotTheDestination, _) => (DestinationAdmin, false),
        // Something else is to be done, on this side.
        (
            Denial::LocalConnection
            | Denial::AlreadyActive
            | Denial::AlreadyClosed
            | Denial::StillOpen
            | Denial::NothingMoved
            | Denial::AddressNotPermitted,
            _,
        ) => (own, false),
        (denial, stage) => panic!("{denial:?} in {stage:?} is not pinned"),
    }
}

#[test]
fn every_denial_says_who_acts_and_whether_time_helps() {
    for error in denied() {
        assert_eq!((error.who_acts(), error.retry_helps()), expected(error), "{error:?}");
    }
}

/// All but those that a node says in another way, because there is no decision about a record; and but for the address that
/// another test moves to.
#[test]
fn every_denial_is_said_by_some_decision() {
    let said: BTreeSet<Denial> = denied().iter().map(|error| error.denial).collect();
    let elsewhere = [Denial::Missing, Denial::Exists, Denial::OwnInvitation, Denial::AddressNotPermitted];
    let all: BTreeSet<Denial> =
        Denial::ALL.iter().copied().filter(|denial| !elsewhere.contains(denial)).collect();
    assert_eq!(said, all);
}

#[test]
fn who_waits_for_nobody_may_try_again() {
    for error in denied() {
        assert!(error.who_acts() != WhoActs::Nobody || error.retry_helps(), "{error:?}");
    }
}

/// What is not possible reads the same in an error, in its denial, and as JSON.
#[test]
fn a_denial_is_shown_with_its_words_and_its_code() {
    for error in denied() {
        assert_eq!(error.to_string(), error.denial.to_string());
        assert_eq!(error.code(), error.denial.code());
        let json = serde_json::to_value(error).unwrap();
        let fields = [error.trigger.code(), error.role.code(), error.stage.code(), error.code()];
        assert_eq!(["trigger", "role", "stage", "code"].map(|field| json[field].as_str().unwrap()), fields);
    }
}

/// The denials of different stages, said in words that differ.
#[test]
fn no_two_denials_read_alike() {
    let words: BTreeMap<String, Denial> =
        Denial::ALL.iter().map(|denial| (denial.to_string(), *denial)).collect();
    assert_eq!(words.len(), Denial::ALL.len());
    for (words, denial) in words {
        assert!(words.starts_with(char::is_lowercase) && !words.ends_with('.'), "{denial:?}: {words}");
    }
}

#[track_caller]
fn check_denied<T>(result: Result<T, NotPossible>, denial: Denial) {
    let error = result.map(drop).unwrap_err();
    assert_eq!(error.denial, denial);
    assert!(error.retry_helps(), "{error:?}");
}

const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[test]
fn what_is_too_early_is_possible_after_thirty_days() {
    let removed = handshake::remove(&support::local_connection(handclasp::ConnectionMode::Basic), now());
    let removed = removed.unwrap().into_connection().unwrap();
    let later = at(now().saturating_add(KEPT).as_millis() - 1);
    check_denied(handshake::may_purge(&removed, later), Denial::TooEarly);
    assert_eq!(handshake::may_purge(&removed, now().saturating_add(KEPT)), Ok(()));
}

#[test]
fn what_is_unacknowledged_is_possible_after_the_acknowledgement() {
    for (pair, is_source) in [
        (Pair::active(Origin::Plain).by_source(handshake::remove), true),
        (Pair::active(Origin::Plain).by_destination(handshake::remove), false),
        (Pair::of(Origin::Plain).accepted().by_destination(handshake::cancel), false),
        (Pair::of(Origin::Plain).declined(), false),
    ] {
        let side =
            |pair: &Pair| if is_source { pair.source.clone() } else { pair.destination.clone().unwrap() };
        let time = at(pair.now).saturating_add(KEPT);
        check_denied(handshake::may_purge(&side(&pair), time), Denial::Unacknowledged);
        assert_eq!(handshake::may_purge(&side(&pair.settled()), time), Ok(()));
    }
}

#[test]
fn what_is_not_accepted_is_possible_after_the_acceptance() {
    for decide in [approve, decline] {
        let pair = Pair::of(Origin::ByHand);
        check_denied(decide(&pair.source), Denial::NotAccepted);
        assert!(decide(&pair.accepted().taken().source).is_ok());
    }
}

fn approve(record: &Connection) -> Result<handshake::Outcome, NotPossible> {
    handshake::approve(record, now())
}

fn decline(record: &Connection) -> Result<handshake::Outcome, NotPossible> {
    handshake::decline(record, now())
}

#[test]
fn what_is_not_active_is_possible_after_the_activation() {
    let off = |record: &Connection| handshake::deactivate(record, now()).map(drop);
    let on = |record: &Connection| handshake::activate(record, now()).map(drop);
    let both = |record: &Connection| {
        check_denied(off(record), Denial::NotActive);
        check_denied(on(record), Denial::NotActive);
    };
    let pair = Pair::of(Origin::ByHand);
    both(&pair.source);
    let pair = pair.accepted();
    both(pair.destination.as_ref().unwrap());
    let pair = pair.taken();
    both(&pair.source);
    let pair = pair.by_source(handshake::approve).settled();
    for record in [&pair.source, pair.destination.as_ref().unwrap()] {
        assert_eq!((off(record), on(record)), (Ok(()), Ok(())));
    }
}

/// An expired invitation is never accepted, so waiting for that is in vain, as it says.
#[test]
fn what_expired_stays_impossible() {
    let mut pair = Pair::of(Origin::ByHand).accepted();
    let late = at(pair.scene.expires_at());
    let answered = pair.scene.answer_at(&pair.source, pair.accept.as_ref().unwrap(), late.as_millis());
    pair.source = answered.into_connection().unwrap();
    for error in [
        handshake::approve(&pair.source, late).unwrap_err(),
        handshake::decline(&pair.source, late).unwrap_err(),
        handshake::activate(&pair.source, late).unwrap_err(),
    ] {
        assert_eq!((error.stage, error.retry_helps()), (Stage::Expired, false), "{error:?}");
    }
}

#[test]
fn an_address_that_is_not_permitted_is_this_sides_to_permit() {
    let at_home = instance("destination").node_url(url("https://10.0.0.7")).build().unwrap();
    let mut pair = Pair::active(Origin::Plain);
    let announced = handshake::announce(pair.destination.as_ref().unwrap(), &at_home, at(NOW + 5000));
    pair.destination = announced.into_connection();
    let pair = pair.settled();
    let moved_to = at_home.callable_url().unwrap();
    assert_eq!(pair.source.health().moved_to.as_ref(), Some(moved_to));
    let error = handshake::confirm_move(&pair.source, moved_to, UrlPolicy::public(), now()).unwrap_err();
    assert_eq!(error.denial, Denial::AddressNotPermitted);
    assert_eq!((error.who_acts(), error.retry_helps()), (WhoActs::SourceAdmin, false));
    let permitting = UrlPolicy::public().allow_private();
    assert!(handshake::confirm_move(&pair.source, moved_to, permitting, now()).is_ok());
}

/// A refusal is final, so it takes a new invitation, which only the source can give.
#[test]
fn every_refusal_is_the_sources_but_what_only_an_update_tells() {
    for refusal in Refusal::ALL {
        let expected = if matches!(refusal, Refusal::Superseded | Refusal::Other) {
            WhoActs::DestinationAdmin
        } else {
            WhoActs::SourceAdmin
        };
        assert_eq!((refusal.who_acts(), refusal.retry_helps()), (expected, false), "{refusal:?}");
    }
}

#[test]
fn nothing_concluded_is_nobodys_fault() {
    for error in [ConcludeError::NotRecognised, ConcludeError::Unverified] {
        assert_eq!((error.who_acts(), error.retry_helps()), (WhoActs::Nobody, true), "{error:?}");
    }
}

/// A source that had not stored its record yet, or a page of something in between: the same message gets through later.
#[test]
fn nothing_concluded_is_concluded_later() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    let conclude =
        |reply: &[u8]| scene.conclude(&accepting, &accept, reply).map(handshake::Outcome::into_connection);
    let unknown = handshake::answer(None, &accept, &scene.source, now(), entropy(4));
    assert_eq!(unknown.message(), Some(NOT_RECOGNISED));
    assert_eq!(conclude(NOT_RECOGNISED).unwrap_err(), ConcludeError::NotRecognised);
    assert_eq!(conclude(b"<html>502 Bad Gateway</html>").unwrap_err(), ConcludeError::Unverified);
    let stored = scene.answer(&scene.pending, &accept);
    let active = conclude(stored.message().unwrap()).unwrap().unwrap();
    assert_eq!(Stage::of(Some(&active), now()), Stage::Active);
}

#[test]
fn every_reason_to_try_again_says_who_acts() {
    type Reason = RetryReason<InProcessError, InProcessError>;
    let broken = InProcessError::Failed;
    let by_time: [Reason; 5] = [
        RetryReason::Transport(broken),
        RetryReason::Reply(ConcludeError::NotRecognised),
        RetryReason::Reply(ConcludeError::Unverified),
        RetryReason::Entropy(EntropyError::new()),
        RetryReason::Store(StoreFailure::Failed(broken)),
    ];
    let by_admin: [Reason; 2] = [RetryReason::NotPermitted(PolicyError::SpecialName), RetryReason::Missing];
    for (role, own) in [
        (Role::Source, WhoActs::SourceAdmin),
        (Role::Destination, WhoActs::DestinationAdmin),
        (Role::Local, WhoActs::SourceAdmin),
    ] {
        for reason in &by_time {
            assert_eq!((reason.who_acts(role), reason.retry_helps()), (WhoActs::Nobody, true), "{reason:?}");
        }
        for reason in &by_admin {
            assert_eq!((reason.who_acts(role), reason.retry_helps()), (own, false), "{reason:?}");
        }
    }
}

#[test]
fn a_text_in_the_wrong_hands_goes_to_whoever_has_the_right_one() {
    use WhoActs::{DestinationAdmin, SourceAdmin};
    for (role, own, other) in [
        (Role::Source, SourceAdmin, DestinationAdmin),
        (Role::Destination, DestinationAdmin, SourceAdmin),
        (Role::Local, SourceAdmin, SourceAdmin),
    ] {
        let who_acts = [RelayError::OtherSide, RelayError::Missing, RelayError::NotRecognised]
            .map(|error| (error.who_acts(role), error.retry_helps()));
        assert_eq!(who_acts, [(own, false), (other, false), (other, false)], "{role:?}");
    }
}
