//! Why an acceptance is refused, in which order that is looked at, and what a refusal ends.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake::{self, ConcludeError};
use handclasp::{
    Approval, CloseReason, Connection, Entropy, EventKind, Invitation, Phase, Preview, Refusal, Status,
    Terms, UrlPolicy,
};
use support::wire::{self, Key, Message};
use support::{
    CODE_SECRET, DESTINATION_ENTROPY, NOW, Plot, SOURCE_ENTROPY, Scene, at, complete, instance, now, stored,
    url,
};

/// A way to break an acceptance.
type Break = fn(Message) -> Message;

/// Every way in which a Pending source refuses, but for expiry, in the order in which it looks.
const ORDER: &[(Refusal, Break)] = &[
    (Refusal::AlteredCode, |message| message.with(4, [9; 32])),
    (Refusal::WrongRecipient, |message| message.with(10, "somebody-else")),
    (Refusal::AddressNotPermitted, |message| message.with(35, "https://10.0.0.1")),
    (Refusal::NoCommonProtocol, |message| message.with(14, [2, 3])),
    (Refusal::UnusableKey, |message| message.with(8, [0; 32])),
];

#[track_caller]
fn check(message: &[u8], millis: u64, expected: Refusal) {
    let scene = Scene::standard();
    let outcome = scene.answer_at(&scene.pending, message, millis);
    assert_eq!(outcome.message(), Some(scene.refusal_of(message, expected).as_slice()), "{expected:?}");
}

/// What is authentic, but not understood, ends nothing.
#[track_caller]
fn check_not_recognised(change: impl FnOnce(Message) -> Message) {
    let scene = Scene::standard();
    let outcome = scene.answer(&scene.pending, &scene.accept_changed(change));
    assert_eq!(outcome.message(), Some(wire::NOT_RECOGNISED));
    assert!(outcome.connection().is_none());
}

#[test]
fn each_broken_acceptance_is_refused_with_its_reason() {
    for (refusal, change) in ORDER {
        check(&Scene::standard().accept_changed(change), NOW, *refusal);
    }
}

#[test]
fn of_two_reasons_the_first_is_given() {
    for (index, (first, change_first)) in ORDER.iter().enumerate() {
        for (_, change_second) in &ORDER[index + 1..] {
            check(
                &Scene::standard().accept_changed(|message| change_first(change_second(message))),
                NOW,
                *first,
            );
        }
    }
}

#[test]
fn of_all_reasons_the_first_is_given() {
    for (index, (first, _)) in ORDER.iter().enumerate() {
        let break_all = |message| ORDER[index..].iter().fold(message, |message, (_, change)| change(message));
        check(&Scene::standard().accept_changed(break_all), NOW, *first);
    }
}

#[test]
fn expiry_comes_last() {
    let late = Scene::standard().expires_at();
    for (refusal, change) in ORDER {
        check(&Scene::standard().accept_changed(change), late, *refusal);
    }
}

#[test]
fn nobody_is_asked_to_approve_what_is_refused() {
    let Scene { source, destination, .. } = Scene::standard();
    let terms = Terms::new(UrlPolicy::public()).with_approval(Approval::ByHand);
    let scene = Plot::STANDARD.scene_under(terms, source, destination, CODE_SECRET);
    for (refusal, change) in ORDER {
        let message = scene.accept_changed(change);
        let outcome = scene.answer(&scene.pending, &message);
        assert_eq!(outcome.message(), Some(scene.refusal_of(&message, *refusal).as_slice()), "{refusal:?}");
        assert!(outcome.connection().is_none(), "{refusal:?}");
    }
}

#[test]
fn the_mac_comes_first() {
    let scene = Scene::standard();
    for (_, change) in ORDER {
        let message = change(Message::open(&scene.accept().1)).seal(&[0; 32]);
        assert_eq!(scene.answer(&scene.pending, &message).message(), Some(wire::NOT_RECOGNISED));
    }
}

#[test]
fn once_accepted_nothing_else_is_looked_at() {
    let scene = Scene::standard();
    let played = scene.play();
    for (_, change) in ORDER {
        let message = scene.accept_changed(change);
        let outcome = scene.answer_at(&played.source, &message, scene.expires_at());
        let expected = scene.refusal_of(&message, Refusal::AlreadyAccepted);
        assert_eq!(outcome.message(), Some(expected.as_slice()));
    }
}

#[test]
fn the_recorded_request_comes_before_everything() {
    let scene = Scene::standard();
    let played = scene.play();
    let outcome = scene.answer_at(&played.source, &played.accept, scene.expires_at());
    assert_eq!(outcome.message(), Some(played.confirm.as_slice()));
}

#[test]
fn refusing_a_broken_acceptance_writes_nothing() {
    let scene = Scene::standard();
    for (refusal, change) in ORDER {
        let outcome = scene.answer(&scene.pending, &scene.accept_changed(change));
        assert!(outcome.connection().is_none() && outcome.events().is_empty(), "{refusal:?}");
    }
}

#[test]
fn after_a_refusal_another_acceptance_is_confirmed() {
    let scene = Scene::standard();
    let _ = scene.answer(&scene.pending, &scene.accept_changed(|message| message.with(4, [9; 32])));
    assert!(scene.answer(&scene.pending, &scene.accept().1).connection().is_some());
}

#[test]
fn each_required_record_is_required() {
    for kind in [4, 8, 10, 14, 26, 28, 30, 32, 34] {
        check_not_recognised(|message| message.without(kind));
    }
}

#[test]
fn each_record_is_checked() {
    let invalid: &[(u8, &[u8])] = &[
        (4, &[1; 31]),
        (8, &[1; 33]),
        (10, b"no spaces here"),
        (12, b"https://EXAMPLE.com"),
        (14, &[0, 1]),
        (14, &[2, 1]),
        (14, &[1]),
        (26, b"Jira"),
        (28, b" padded"),
        (30, b"line\nbreak"),
        (32, b"\xff"),
        (34, &[0; 7]),
        (34, &[0xff; 8]),
        (35, b"nowhere in particular"),
        (37, "\u{202e}".as_bytes()),
        (39, "\u{200b}".as_bytes()),
    ];
    for (kind, value) in invalid {
        check_not_recognised(|message| message.with(*kind, value));
    }
}

#[test]
fn equal_short_names_are_not_understood() {
    check_not_recognised(|message| message.with(28, "Same").with(30, "Same"));
}

#[test]
fn an_unknown_even_record_is_not_understood() {
    for kind in [6, 16, 18, 20, 22, 24, 36, 254] {
        check_not_recognised(|message| message.with(kind, [1]));
    }
}

#[test]
fn an_unknown_odd_record_is_passed_over() {
    for kind in [3, 5, 41, 255] {
        let scene = Scene::standard();
        let message = scene.accept_changed(|message| message.with(kind, [1]));
        let outcome = scene.answer(&scene.pending, &message);
        assert_eq!(outcome.into_connection().map(|next| next.phase()), Some(Phase::Active), "{kind}");
    }
}

#[test]
fn the_tracker_address_is_checked_too() {
    let changed = |message: Message| message.with(35, "https://tracker.internal");
    check(&Scene::standard().accept_changed(changed), NOW, Refusal::AddressNotPermitted);
}

#[test]
fn the_policy_is_the_one_of_the_initiation() {
    let (source, destination) = (instance("source").build().unwrap(), instance("destination"));
    let destination = destination.node_url(url("https://10.0.0.1")).build().unwrap();
    let scene = Plot::UNBOUND.scene_with(source, destination, [7; 32]);
    let (_, accept) = scene.accept();
    let expected = scene.refusal_of(&accept, Refusal::AddressNotPermitted);
    assert_eq!(scene.answer(&scene.pending, &accept).message(), Some(expected.as_slice()));
}

#[test]
fn nobody_accepts_as_the_source() {
    for plot in [Plot::STANDARD, Plot::UNBOUND] {
        let scene = plot.scene();
        let message = scene.accept_changed(|message| message.with(10, "source"));
        let expected = scene.refusal_of(&message, Refusal::WrongRecipient);
        assert_eq!(scene.answer(&scene.pending, &message).message(), Some(expected.as_slice()), "{plot:?}");
    }
}

#[test]
fn an_altered_code_is_refused() {
    // Whoever carries the code changes the name in it; the keys are still those of the source.
    let scene = Scene::standard();
    let mut records = wire::parse(&wire::code_records(&scene.code));
    records.insert(22, b"Another name".to_vec());
    let altered = Scene { code: wire::code_of(&wire::write(&records)), ..scene.clone() };
    let (accepting, accept) = altered.accept();
    let answered = scene.answer(&scene.pending, &accept);
    let closed = altered.conclude(&accepting, &accept, answered.message().unwrap()).unwrap();
    check_refused(closed.connection().unwrap(), Refusal::AlteredCode);
}

// Refusals, as the destination takes them.

#[track_caller]
fn check_refused(connection: &Connection, refusal: Refusal) {
    assert_eq!(connection.status(now()), Status::Closed { reason: CloseReason::Refused { refusal } });
    assert_eq!(connection.events().last().unwrap().kind, EventKind::Refused { refusal });
}

#[test]
fn every_refusal_closes() {
    for refusal in Refusal::ALL {
        let scene = Scene::standard();
        let (accepting, accept) = scene.accept();
        let outcome = scene.conclude(&accepting, &accept, &scene.refusal_of(&accept, *refusal)).unwrap();
        assert_eq!(outcome.message(), None);
        check_refused(outcome.connection().unwrap(), *refusal);
    }
}

#[test]
fn a_refusal_of_the_future_closes_as_other() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    for number in [0, 8, 15, 77] {
        let refusal = Message::open(&scene.refusal_of(&accept, Refusal::Expired)).with(18, [number]);
        let outcome = scene.conclude(&accepting, &accept, &refusal.seal(&scene.keys().confirm)).unwrap();
        check_refused(outcome.connection().unwrap(), Refusal::Other);
    }
}

#[test]
fn a_refusal_of_another_acceptance_ends_nothing() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    let (_, other) = scene.accept_as(&scene.destination, [6; 32]);
    for answered in [wire::digest(&other), [0; 32], scene.keys().digest] {
        let refusal = Message::open(&scene.refusal_of(&accept, Refusal::Expired)).with(6, answered);
        let concluded = scene.conclude(&accepting, &accept, &refusal.seal(&scene.keys().confirm));
        assert_eq!(concluded.unwrap_err(), ConcludeError::Unverified);
    }
}

#[test]
fn a_refusal_that_is_not_understood_ends_nothing() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    let refusal = Message::open(&scene.refusal_of(&accept, Refusal::Expired));
    for changed in [
        refusal.clone().without(4),
        refusal.clone().without(6),
        refusal.clone().without(18),
        refusal.clone().with(8, [1]),
        refusal.with(18, [1, 1]),
    ] {
        let concluded = scene.conclude(&accepting, &accept, &changed.seal(&scene.keys().confirm));
        assert_eq!(concluded.unwrap_err(), ConcludeError::Unverified);
    }
}

#[test]
fn what_is_closed_stays_closed() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    let refusal = scene.refusal_of(&accept, Refusal::Expired);
    let closed = scene.conclude(&accepting, &accept, &refusal).unwrap().into_connection().unwrap();
    let confirm = scene.answer(&scene.pending, &accept).message().unwrap().to_vec();
    for closed in [&closed, &stored(&closed)] {
        for reply in [&confirm, &refusal] {
            let concluded = scene.conclude(closed, &accept, reply).unwrap();
            assert!(concluded.connection().is_none() && concluded.message().is_none());
        }
        assert_eq!(handshake::due(closed), None);
    }
}

#[test]
fn a_refusal_does_not_end_what_is_active() {
    let scene = Scene::standard();
    let played = scene.play();
    let refusal = scene.refusal_of(&played.accept, Refusal::Expired);
    let concluded = scene.conclude(&played.settled, &played.accept, &refusal).unwrap();
    assert!(concluded.connection().is_none() && concluded.message().is_none());
}

// Confirmations, as the destination takes them.

/// The confirmation, changed and authenticated as if the source had made it so.
#[track_caller]
fn check_unverified(change: impl Fn(Message) -> Message) {
    let scene = Scene::standard();
    let played = scene.play();
    let confirm = change(Message::open(&played.confirm)).seal(&scene.keys().confirm);
    let concluded = scene.conclude(&played.accepting, &played.accept, &confirm);
    assert_eq!(concluded.unwrap_err(), ConcludeError::Unverified);
}

#[test]
fn a_confirmation_of_another_acceptance_is_not_taken() {
    check_unverified(|message| message.with(6, [0; 32]));
}

#[test]
fn a_confirmation_of_another_code_is_not_taken() {
    check_unverified(|message| message.with(4, [0; 32]));
}

#[test]
fn a_confirmation_of_another_instance_is_not_taken() {
    check_unverified(|message| message.with(10, "somebody-else"));
}

#[test]
fn a_version_that_was_not_offered_is_not_taken() {
    for version in [0, 2, 255] {
        check_unverified(|message| message.with(16, [version]));
    }
}

#[test]
fn an_echo_of_our_own_key_is_not_taken() {
    check_unverified(|message| message.with(8, wire::public_key(DESTINATION_ENTROPY)));
}

#[test]
fn an_incomplete_confirmation_is_not_taken() {
    for kind in [4, 6, 8, 10, 16, 26, 28, 30, 32, 34] {
        check_unverified(|message| message.without(kind));
    }
}

#[test]
fn a_point_of_low_order_is_not_taken() {
    for point in low_order() {
        check_unverified(|message| message.with(8, point));
    }
}

#[test]
fn a_point_of_low_order_is_refused() {
    for point in low_order() {
        check(&Scene::standard().accept_changed(|message| message.with(8, point)), NOW, Refusal::UnusableKey);
    }
}

#[test]
fn an_echo_of_the_sources_key_is_refused() {
    let echo = |message: Message| message.with(8, wire::public_key(SOURCE_ENTROPY));
    check(&Scene::standard().accept_changed(echo), NOW, Refusal::UnusableKey);
}

#[test]
fn an_echo_with_the_bit_that_x25519_ignores_is_refused() {
    let echo = |message: Message| message.with(8, with_top_bit(wire::public_key(SOURCE_ENTROPY)));
    check(&Scene::standard().accept_changed(echo), NOW, Refusal::UnusableKey);
}

/// The u-coordinates for which X25519 gives zero, whatever the scalar: 0, 1, two of order 8, and p - 1, in all
/// their spellings (p and p + 1, and with the bit that X25519 ignores).
fn low_order() -> Vec<Key> {
    const EIGHT: [&str; 2] = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let small = |first: u8| core::array::from_fn(|index| if index == 0 { first } else { 0 });
    let near_p = |first: u8| {
        core::array::from_fn(|index| match index {
            0 => first,
            31 => 0x7f,
            _ => 0xff,
        })
    };
    let eight = EIGHT.map(|hex| {
        core::array::from_fn(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap())
    });
    let points = [small(0), small(1), eight[0], eight[1], near_p(0xec), near_p(0xed), near_p(0xee)];
    points.into_iter().flat_map(|point: Key| [point, with_top_bit(point)]).collect()
}

fn with_top_bit(mut point: Key) -> Key {
    point[31] |= 0x80;
    point
}

// Expiry.

#[test]
fn one_millisecond_before_it_expires_an_invitation_is_accepted() {
    let scene = Scene::standard();
    let outcome = scene.answer_at(&scene.pending, &scene.accept().1, scene.expires_at() - 1);
    assert_eq!(outcome.connection().unwrap().phase(), Phase::Active);
}

#[test]
fn when_it_expires_an_invitation_is_refused() {
    let scene = Scene::standard();
    check(&scene.accept().1, scene.expires_at(), Refusal::Expired);
}

#[test]
fn the_status_expires_at_the_same_time() {
    let scene = Scene::standard();
    let statuses = [1, 0].map(|before| scene.pending.status(at(scene.expires_at() - before)));
    assert_eq!(statuses, [Status::Pending, Status::Expired]);
}

#[test]
fn what_expired_once_stays_expired() {
    let scene = Scene::standard();
    let (_, accept) = scene.accept();
    let late = scene.answer_at(&scene.pending, &accept, scene.expires_at()).into_connection().unwrap();
    let (_, other) = scene.accept_as(&scene.destination, [6; 32]);
    for record in [&late, &stored(&late)] {
        assert_eq!(record.status(now()), Status::Expired);
        for message in [&accept, &other] {
            let expected = scene.refusal_of(message, Refusal::Expired);
            assert_eq!(scene.answer_at(record, message, NOW).message(), Some(expected.as_slice()));
        }
    }
}

#[test]
fn a_late_acceptance_is_recorded_once() {
    let scene = Scene::standard();
    let (_, accept) = scene.accept();
    let outcome = scene.answer_at(&scene.pending, &accept, scene.expires_at());
    let late = outcome.connection().unwrap();
    assert_eq!(late.events().last(), outcome.events().last());
    assert_eq!(outcome.events().last().unwrap().kind, EventKind::ExpiredRefused);
    for millis in [NOW, scene.expires_at()] {
        let again = scene.answer_at(late, &accept, millis);
        assert!(again.connection().is_none() && again.events().is_empty());
    }
}

#[test]
fn looking_at_it_late_does_not_expire_it() {
    let scene = Scene::standard();
    assert_eq!(scene.pending.status(at(scene.expires_at())), Status::Expired);
    assert_eq!(scene.pending.status(now()), Status::Pending);
}

#[test]
fn a_broken_acceptance_does_not_expire_it() {
    let scene = Scene::standard();
    let broken = scene.accept_changed(|message| message.with(4, [9; 32]));
    assert!(scene.answer_at(&scene.pending, &broken, scene.expires_at()).connection().is_none());
}

#[test]
fn the_destination_does_not_mind_its_own_clock() {
    let scene = Scene::standard();
    let invitation = Invitation::read(&scene.code).unwrap();
    let preview = Preview::new(invitation.clone(), &scene.destination, UrlPolicy::public());
    let (form, late) = (complete(preview.form(), preview.asks()), at(scene.expires_at() + 1));
    let policy = UrlPolicy::public();
    let entropy = Entropy::from_bytes(DESTINATION_ENTROPY);
    assert!(handshake::accept(&invitation, &form, &scene.destination, policy, late, entropy).is_ok());
}
