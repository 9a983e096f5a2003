//! Whatever cannot be verified gets the same two bytes as an answer, and changes nothing.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake::{self, ConcludeError, MAX_MESSAGE_BYTES};
use handclasp::{Connection, ConnectionId, DecodeRecordError, Entropy, Instance};
use proptest::prelude::*;
use support::wire::{self, Key, Message, NOT_RECOGNISED};
use support::{DAY, NOW, Played, Plot, Scene, at, entropy, local_connection, now, stored};

/// Every record that either side has had, with the instance whose it is.
fn records(scene: &Scene, played: &Played) -> Vec<(Connection, Instance)> {
    let closed = scene
        .conclude(
            &played.accepting,
            &played.accept,
            &scene.refusal_of(&played.accept, handclasp::Refusal::Expired),
        )
        .unwrap();
    let sources = [&scene.pending, &played.unconfirmed, &played.source];
    let destinations =
        [&played.accepting, &played.destination, &played.settled, closed.connection().unwrap()];
    let sources = sources.map(|record| (record.clone(), scene.source.clone()));
    let destinations = destinations.map(|record| (record.clone(), scene.destination.clone()));
    let local = (local_connection(scene.pending.mode()), scene.source.clone());
    sources.into_iter().chain(destinations).chain([local]).collect()
}

/// Checks that a record, and nobody's record, answers as to a stranger, whatever the time.
#[track_caller]
fn check_stranger(record: Option<&Connection>, message: &[u8], local: &Instance) {
    for millis in [NOW, NOW + 400 * DAY] {
        let outcome = handshake::answer(record, message, local, at(millis), entropy(9));
        assert_eq!(outcome.message(), Some(NOT_RECOGNISED));
        assert!(outcome.connection().is_none() && outcome.events().is_empty());
    }
}

/// Checks that nothing is concluded from a reply.
#[track_caller]
fn check_inconclusive(record: &Connection, request: &[u8], reply: &[u8], local: &Instance) {
    let error = handshake::conclude(record, request, reply, local, now(), entropy(5)).unwrap_err();
    let expected =
        if reply == NOT_RECOGNISED { ConcludeError::NotRecognised } else { ConcludeError::Unverified };
    assert_eq!(error, expected);
}

/// Checks that no record answers a message, and none concludes from it.
#[track_caller]
fn check_meaningless(message: &[u8]) {
    let scene = Scene::standard();
    let played = scene.play();
    check_stranger(None, message, &scene.source);
    for (record, local) in records(&scene, &played) {
        check_stranger(Some(&record), message, &local);
        let request = handshake::due(&record).map(|due| due.message).unwrap_or_default();
        check_inconclusive(&record, &request, message, &local);
    }
}

#[test]
fn nothing_is_no_message() {
    check_meaningless(&[]);
}

#[test]
fn not_recognised_is_not_answered_with_more() {
    check_meaningless(NOT_RECOGNISED);
}

#[test]
fn an_error_page_is_no_message() {
    check_meaningless(b"<html><body><h1>502 Bad Gateway</h1></body></html>");
}

#[test]
fn zeros_are_no_message() {
    for length in [1, 2, 33, 34, 100, MAX_MESSAGE_BYTES] {
        check_meaningless(&vec![0; length]);
    }
}

/// The four messages of a handshake, each with who receives it: as a request, or as the reply to one.
fn deliveries(scene: &Scene, played: &Played) -> Vec<Delivery> {
    let source = |record: &Connection, message: &[u8]| Delivery {
        record: record.clone(),
        local: scene.source.clone(),
        request: None,
        message: message.to_vec(),
    };
    let destination = |record: &Connection, request: &[u8], message: &[u8]| Delivery {
        record: record.clone(),
        local: scene.destination.clone(),
        request: Some(request.to_vec()),
        message: message.to_vec(),
    };
    let refusal = scene.refusal_of(&played.accept, handclasp::Refusal::AlteredCode);
    vec![
        source(&scene.pending, &played.accept),
        source(&played.source, &played.accept),
        destination(&played.accepting, &played.accept, &played.confirm),
        destination(&played.settled, &played.accept, &played.confirm),
        destination(&played.accepting, &played.accept, &refusal),
        source(&played.unconfirmed, &played.report),
        source(&played.source, &played.report),
        destination(&played.destination, &played.report, &played.reply),
        destination(&played.settled, &played.report, &played.reply),
    ]
}

struct Delivery {
    record: Connection,
    local: Instance,
    /// What the message is the reply to; `None` if it is a request.
    request: Option<Vec<u8>>,
    message: Vec<u8>,
}

impl Delivery {
    #[track_caller]
    fn check(&self, message: &[u8]) {
        match &self.request {
            None => check_stranger(Some(&self.record), message, &self.local),
            Some(request) => check_inconclusive(&self.record, request, message, &self.local),
        }
    }
}

/// Checks something that is done to every message.
#[track_caller]
fn check_deliveries(spoil: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    let scene = Scene::standard();
    for delivery in deliveries(&scene, &scene.play()) {
        for message in spoil(&delivery.message) {
            assert_ne!(message, delivery.message);
            delivery.check(&message);
        }
    }
}

#[test]
fn every_bit_counts() {
    check_deliveries(|message| {
        let flip = |bit: usize| {
            let mut flipped = message.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        };
        (0..message.len() * 8).map(flip).collect()
    });
}

#[test]
fn half_a_message_is_none() {
    check_deliveries(|message| (0..message.len()).map(|end| message[..end].to_vec()).collect());
}

#[test]
fn a_message_without_its_beginning_is_none() {
    check_deliveries(|message| (1..message.len()).map(|start| message[start..].to_vec()).collect());
}

#[test]
fn a_message_with_something_behind_is_none() {
    check_deliveries(|message| vec![[message, &[0]].concat(), [message, message].concat()]);
}

/// Every key that either side knows, and one that everybody knows.
fn all_keys(scene: &Scene, played: &Played) -> [Key; 6] {
    let (keys, secret) = (scene.keys(), played.secret(scene));
    let report = |from| wire::report_key(&secret, from);
    [keys.accept, keys.confirm, keys.session, report("source"), report("destination"), [0; 32]]
}

#[test]
fn no_message_verifies_as_another_kind() {
    let scene = Scene::standard();
    let played = scene.play();
    let known = [wire::ACCEPT, wire::CONFIRM, wire::REFUSE, wire::REPORT];
    for delivery in deliveries(&scene, &played) {
        let message = Message::open(&delivery.message);
        for kind in (0..=u8::MAX).filter(|kind| !known.contains(kind)) {
            for key in all_keys(&scene, &played) {
                delivery.check(&message.clone().of_kind(kind).seal(&key));
            }
        }
    }
}

#[test]
fn a_kind_that_goes_the_other_way_is_not_recognised() {
    let scene = Scene::standard();
    let played = scene.play();
    let confirm = Message::open(&played.confirm);
    let accept = Message::open(&played.accept);
    for key in all_keys(&scene, &played) {
        for record in [&scene.pending, &played.unconfirmed, &played.source] {
            for kind in [wire::FETCH, wire::CONFIRM, wire::WAITING, wire::REFUSE] {
                check_stranger(Some(record), &confirm.clone().of_kind(kind).seal(&key), &scene.source);
                check_stranger(Some(record), &accept.clone().of_kind(kind).seal(&key), &scene.source);
            }
        }
        for record in [&played.accepting, &played.destination, &played.settled] {
            for kind in [wire::ACCEPT, wire::WITHDRAW, wire::NOTED] {
                check_stranger(Some(record), &accept.clone().of_kind(kind).seal(&key), &scene.destination);
                check_stranger(Some(record), &confirm.clone().of_kind(kind).seal(&key), &scene.destination);
            }
        }
    }
}

#[test]
fn a_kind_is_verified_with_its_own_key_only() {
    let scene = Scene::standard();
    let played = scene.play();
    let (keys, secret) = (scene.keys(), played.secret(&scene));
    for delivery in deliveries(&scene, &played) {
        let message = Message::open(&delivery.message);
        let own = match (message.kind, &delivery.request) {
            (wire::ACCEPT, _) => keys.accept,
            (wire::REPORT, None) => wire::report_key(&secret, "destination"),
            (wire::REPORT, Some(_)) => wire::report_key(&secret, "source"),
            _ => keys.confirm,
        };
        for key in all_keys(&scene, &played).into_iter().filter(|key| *key != own) {
            delivery.check(&message.seal(&key));
        }
    }
}

#[test]
fn a_message_sent_back_to_its_sender_is_not_recognised() {
    let scene = Scene::standard();
    let played = scene.play();
    for record in [&played.accepting, &played.destination, &played.settled] {
        check_stranger(Some(record), &played.accept, &scene.destination);
        check_stranger(Some(record), &played.report, &scene.destination);
        check_inconclusive(record, &played.accept, &played.accept, &scene.destination);
        check_inconclusive(record, &played.report, &played.report, &scene.destination);
    }
    for record in [&scene.pending, &played.unconfirmed, &played.source] {
        check_stranger(Some(record), &played.confirm, &scene.source);
        check_stranger(Some(record), &played.reply, &scene.source);
    }
}

#[test]
fn messages_of_another_connection_are_not_recognised() {
    let scene = Scene::standard();
    let played = scene.play();
    // The same instances, entropy and id; only the code's secret differs.
    let other = Plot::STANDARD.scene_with(scene.source.clone(), scene.destination.clone(), [0x77; 32]).play();
    let messages = [&other.accept, &other.confirm, &other.report, &other.reply];
    for delivery in deliveries(&scene, &played) {
        for message in messages {
            delivery.check(message);
        }
    }
}

#[test]
fn a_record_with_another_id_answers_nothing() {
    let scene = Scene::standard();
    let other = ConnectionId::new(now(), entropy(0x55));
    for delivery in deliveries(&scene, &scene.play()) {
        for key in all_keys(&scene, &scene.play()) {
            delivery.check(&Message::open(&delivery.message).with(2, other.as_bytes()).seal(&key));
        }
    }
}

#[test]
fn nobodys_record_answers_nothing() {
    let scene = Scene::standard();
    let played = scene.play();
    for message in [&played.accept, &played.confirm, &played.report, &played.reply] {
        check_stranger(None, message, &scene.source);
        for key in all_keys(&scene, &played) {
            check_stranger(None, &Message::open(message).seal(&key), &scene.source);
        }
    }
}

#[test]
fn another_format_is_not_recognised() {
    let scene = Scene::standard();
    let played = scene.play();
    for delivery in deliveries(&scene, &played) {
        for format in (0..=u8::MAX).filter(|format| *format != 1) {
            let mut bytes = delivery.message[..delivery.message.len() - 32].to_vec();
            bytes[0] = format;
            for key in all_keys(&scene, &played) {
                delivery.check(&wire::seal(&bytes, &key));
            }
        }
    }
}

/// The acceptance with an unknown record that makes it so long.
fn accept_of_length(scene: &Scene, length: usize) -> Vec<u8> {
    let padding = length - scene.accept().1.len() - 3;
    let message = scene.accept_changed(|message| message.with(255, vec![1; padding]));
    assert_eq!(message.len(), length);
    message
}

#[test]
fn the_longest_message_is_read() {
    let scene = Scene::standard();
    let outcome = scene.answer(&scene.pending, &accept_of_length(&scene, MAX_MESSAGE_BYTES));
    assert!(outcome.connection().is_some());
}

#[test]
fn a_longer_message_is_not_recognised() {
    let scene = Scene::standard();
    check_stranger(Some(&scene.pending), &accept_of_length(&scene, MAX_MESSAGE_BYTES + 1), &scene.source);
}

#[test]
fn a_longer_reply_is_not_concluded_from() {
    let scene = Scene::standard();
    let played = scene.play();
    let padding = vec![1; MAX_MESSAGE_BYTES + 1 - played.confirm.len() - 3];
    let confirm = Message::open(&played.confirm).with(255, padding).seal(&scene.keys().confirm);
    check_inconclusive(&played.accepting, &played.accept, &confirm, &scene.destination);
}

#[test]
fn only_what_was_sent_is_concluded_about() {
    let scene = Scene::standard();
    let played = scene.play();
    for request in [&[][..], &played.report, &played.accept[1..]] {
        check_inconclusive(&played.accepting, request, &played.confirm, &scene.destination);
    }
}

#[test]
fn a_source_that_waits_concludes_nothing() {
    let scene = Scene::standard();
    let played = scene.play();
    for message in [&played.accept, &played.confirm, &played.report, &played.reply] {
        check_inconclusive(&scene.pending, &played.accept, message, &scene.source);
    }
}

/// Bytes, some of which begin as a message of the standard scene does.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let beginning = prop_oneof![
        Just(Vec::new()),
        proptest::sample::select(vec![wire::ACCEPT, wire::CONFIRM, wire::REFUSE, wire::REPORT]).prop_map(
            |kind| {
                let id = Scene::standard().pending.id();
                [&[1, kind], wire::record(2, id.as_bytes()).as_slice()].concat()
            }
        ),
    ];
    (beginning, proptest::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(start, rest)| [start, rest].concat())
}

/// Records that may be well-formed, with a MAC that always is.
fn authentic_messages() -> impl Strategy<Value = (u8, Vec<(u8, Vec<u8>)>, usize)> {
    let kind = proptest::sample::select(vec![wire::ACCEPT, wire::CONFIRM, wire::REFUSE, wire::REPORT]);
    let changes = proptest::collection::vec((0_u8..45, proptest::collection::vec(any::<u8>(), 0..40)), 0..5);
    (kind, changes, 0_usize..6)
}

proptest! {
    #[test]
    fn noise_never_panics(message in messages()) {
        let scene = Scene::standard();
        let played = scene.play();
        let _ = handshake::connection_id(&message);
        for (record, local) in records(&scene, &played) {
            let outcome = handshake::answer(Some(&record), &message, &local, now(), entropy(9));
            prop_assert_eq!(outcome.message(), Some(NOT_RECOGNISED));
            prop_assert!(outcome.connection().is_none());
            for request in [&played.accept, &played.report, &message] {
                prop_assert!(handshake::conclude(&record, request, &message, &local, now(), entropy(5)).is_err());
            }
        }
    }

    #[test]
    fn authentic_nonsense_never_panics((kind, changes, key) in authentic_messages()) {
        let scene = Scene::standard();
        let played = scene.play();
        let key = all_keys(&scene, &played)[key];
        let original = [&played.accept, &played.confirm, &played.report, &played.reply];
        for message in original {
            let opened = Message::open(message).of_kind(kind);
            let changed = changes.iter().fold(opened, |message, (kind, value)| message.with(*kind, value));
            let message = changed.seal(&key);
            for (record, local) in records(&scene, &played) {
                let outcome = handshake::answer(Some(&record), &message, &local, now(), entropy(9));
                // Whatever comes out is a record that can be stored.
                if let Some(next) = outcome.connection() {
                    let _ = stored(next);
                }
                if let Ok(outcome) = handshake::conclude(&record, &played.accept, &message, &local, now(), entropy(5)) {
                    let _ = outcome.connection().map(stored);
                }
            }
        }
    }

    #[test]
    fn what_names_a_connection_names_it_in_its_first_record(message in messages()) {
        if let Some(id) = handshake::connection_id(&message) {
            prop_assert_eq!(&message[5..21], id.as_bytes());
        }
    }

    #[test]
    fn noise_is_no_record(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let expected = match bytes.first() {
            Some(&format) if format > 1 => DecodeRecordError::Newer { format },
            _ => DecodeRecordError::Damaged,
        };
        prop_assert_eq!(Connection::from_secret_bytes(&bytes).unwrap_err(), expected);
    }
}

#[test]
fn a_stranger_cannot_tell_a_connection_from_none() {
    let scene = Scene::standard();
    let wrong = Message::open(&scene.accept().1).seal(&[1; 32]);
    let answers = [Some(&scene.pending), None].map(|record| {
        let outcome = handshake::answer(record, &wrong, &scene.source, now(), Entropy::from_bytes([9; 32]));
        outcome.message().unwrap().to_vec()
    });
    assert_eq!(answers[0], answers[1]);
}
