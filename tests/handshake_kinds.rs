//! All kinds of messages: each means one thing, to one side, under one key, and only if all of it is understood.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/history.rs"]
mod history;
#[path = "support/handshake.rs"]
mod support;

use std::collections::BTreeSet;

use handclasp::handshake::{self, RelayedMessage};
use handclasp::{CloseReason, Connection, Instance, Refusal, Role, Side, Status};
use history::{Cast, DESTINATION, SOURCE, World, life_cycle};
use support::wire::{self, CodeKeys, Key, Message};
use support::{NOW, admin, at, entropy};

/// A message that means something to somebody: as a request, or as the reply to one.
struct Specimen {
    name: &'static str,
    message: Vec<u8>,
    key: Key,
    record: Connection,
    local: Instance,
    request: Option<Vec<u8>>,
}

/// The record afterwards, if it changes, and what is said.
type Effect = (Option<Connection>, Option<Vec<u8>>);

impl Specimen {
    /// What a message in its place does. `None` if it is not recognised, and changes nothing.
    fn effect(&self, message: &[u8]) -> Option<Effect> {
        let Self { record, local, .. } = self;
        let outcome = match &self.request {
            None => handshake::answer(Some(record), message, local, at(NOW), entropy(9)),
            Some(request) => {
                handshake::conclude(record, request, message, local, at(NOW), entropy(9)).ok()?
            }
        };
        let said = outcome.message().filter(|said| *said != wire::NOT_RECOGNISED).map(<[u8]>::to_vec);
        let next = outcome.into_connection();
        (said.is_some() || next.is_some()).then_some((next, said))
    }

    fn opened(&self) -> Message {
        Message::open(&self.message)
    }

    #[track_caller]
    fn assert_not_understood(&self, message: &Message, what: &str) {
        let effect = self.effect(&message.seal(&self.key));
        assert!(effect.is_none(), "{} was understood {what}", self.name);
    }
}

/// The message that people would carry for this record.
fn carried(record: &Connection) -> Vec<u8> {
    let text = handshake::due_text(record).unwrap();
    RelayedMessage::read(text.as_str()).unwrap().as_bytes().to_vec()
}

/// Two sides, of which the source can only call, and approves by hand: so all kinds are said.
struct Gallery {
    keys: CodeKeys,
    secret: Key,
    source: Instance,
    destination: Instance,
    pending: Connection,
    awaiting: Connection,
    accepting: Connection,
    fetch: Vec<u8>,
    accept: Vec<u8>,
    waiting: Vec<u8>,
}

impl Gallery {
    fn new() -> Self {
        let mut world = World::new(Cast { source_is_public: false, by_hand: true, ..Cast::STANDARD });
        let (id, code) = world.initiate();
        let pending = world.record(SOURCE, id).clone();
        let fetch = handshake::due(&pending).unwrap().message;
        let accept = world.accept(DESTINATION, &code);
        let accepting = world.record(DESTINATION, id).clone();
        let waiting = world.answer(SOURCE, &accept);
        let awaiting = world.record(SOURCE, id).clone();
        let confirm = handshake::due(&approved(&awaiting)).unwrap().message;
        // The keys of both sides were drawn in this order.
        let [.., theirs, ours] = world.drawn[..] else { unreachable!() };
        let shared = wire::shared(ours.1, wire::public_key(theirs.1));
        let keys = CodeKeys::of(&code);
        let secret = keys.connection_secret(&accept, &confirm, shared);
        let [source, destination, _] = world.sides.map(|side| side.instance);
        Self { keys, secret, source, destination, pending, awaiting, accepting, fetch, accept, waiting }
    }

    fn answer(&self, record: &Connection, message: &[u8]) -> (Connection, Vec<u8>) {
        let local = if record.role() == Role::Source { &self.source } else { &self.destination };
        let outcome = handshake::answer(Some(record), message, local, at(NOW), entropy(9));
        let said = outcome.message().unwrap().to_vec();
        (outcome.into_connection().unwrap_or_else(|| record.clone()), said)
    }

    /// Every kind, in each way in which it means something.
    fn specimens(&self) -> Vec<Specimen> {
        let unconfirmed = approved(&self.awaiting);
        let confirm = handshake::due(&unconfirmed).unwrap().message;
        let declined = decided(handshake::decline(&self.awaiting, at(NOW)));
        let refuse = handshake::due(&declined).unwrap().message;
        let (_, noted) = self.answer(&self.accepting, &refuse);
        let withdrawn = decided(handshake::cancel(&self.accepting, at(NOW)));
        let withdraw = carried(&withdrawn);
        let (_, acknowledgement) = self.answer(&self.pending, &withdraw);
        let (active, answered) = self.answer(&self.accepting, &confirm);
        let report = carried(&active);
        let (confirmed, reply) = self.answer(&unconfirmed, &report);
        let off = decided(handshake::deactivate(&confirmed, at(NOW + 1)));
        let off_report = handshake::due(&off).unwrap().message;

        let (accept, confirms) = (self.keys.accept, self.keys.confirm);
        let [from_source, from_destination] =
            ["source", "destination"].map(|it| wire::report_key(&self.secret, it));
        let specimen =
            |name, message: &Vec<u8>, key, record: &Connection, request: Option<&Vec<u8>>| Specimen {
                name,
                message: message.clone(),
                key,
                record: record.clone(),
                local: if record.role() == Role::Source {
                    self.source.clone()
                } else {
                    self.destination.clone()
                },
                request: request.cloned(),
            };
        vec![
            specimen("accept", &self.accept, accept, &self.pending, None),
            specimen("accept, fetched", &self.accept, accept, &self.pending, Some(&self.fetch)),
            specimen("withdraw", &withdraw, accept, &self.awaiting, None),
            specimen("withdraw, fetched", &withdraw, accept, &self.awaiting, Some(&self.fetch)),
            specimen("noted", &noted, accept, &declined, None),
            specimen("noted, in answer", &noted, accept, &declined, Some(&refuse)),
            specimen("fetch", &self.fetch, confirms, &self.accepting, None),
            specimen("confirm", &confirm, confirms, &self.accepting, None),
            specimen("confirm, in answer", &confirm, confirms, &self.accepting, Some(&self.accept)),
            specimen("waiting", &self.waiting, confirms, &self.accepting, None),
            specimen("waiting, in answer", &self.waiting, confirms, &self.accepting, Some(&self.accept)),
            specimen("refuse", &refuse, confirms, &self.accepting, None),
            specimen("refuse, in answer", &refuse, confirms, &self.accepting, Some(&self.accept)),
            specimen("acknowledgement", &acknowledgement, confirms, &withdrawn, Some(&withdraw)),
            specimen("report", &report, from_destination, &unconfirmed, None),
            specimen("report, in answer", &answered, from_destination, &unconfirmed, Some(&confirm)),
            specimen("report of the source", &off_report, from_source, &active, None),
            specimen("report of the source, in answer", &reply, from_source, &active, Some(&report)),
        ]
    }

    /// Every key that there is.
    fn keys(&self) -> [Key; 8] {
        let CodeKeys { secret, accept, confirm, session, digest } = self.keys;
        let [from_source, from_destination] =
            ["source", "destination"].map(|it| wire::report_key(&self.secret, it));
        let known = [secret, accept, confirm, session, digest, self.secret, from_source, from_destination];
        assert_eq!(BTreeSet::from(known).len(), 8);
        known
    }
}

fn approved(awaiting: &Connection) -> Connection {
    decided(handshake::approve(awaiting, at(NOW).by(admin("ada"))))
}

#[track_caller]
fn decided(outcome: Result<handshake::Outcome, handclasp::lifecycle::NotPossible>) -> Connection {
    outcome.unwrap().into_connection().unwrap()
}

const KINDS: [u8; 8] = [
    wire::ACCEPT,
    wire::WITHDRAW,
    wire::NOTED,
    wire::FETCH,
    wire::CONFIRM,
    wire::WAITING,
    wire::REFUSE,
    wire::REPORT,
];

/// The records that a message of this kind may have with an even type.
fn known(kind: u8) -> &'static [u8] {
    match kind {
        wire::ACCEPT => &[2, 4, 8, 10, 12, 14, 26, 28, 30, 32, 34],
        wire::WITHDRAW => &[2, 4, 6, 38],
        wire::NOTED | wire::WAITING => &[2, 4, 6],
        wire::FETCH => &[2, 4],
        wire::CONFIRM => &[2, 4, 6, 8, 10, 12, 16, 26, 28, 30, 32, 34],
        wire::REFUSE => &[2, 4, 6, 18],
        _ => &[2, 6, 10, 12, 20, 22, 24],
    }
}

/// Those that may be missing, which says something.
fn optional(kind: u8) -> &'static [u8] {
    match kind {
        wire::ACCEPT | wire::CONFIRM => &[12],
        wire::WITHDRAW => &[6],
        wire::REPORT => &[6, 12],
        _ => &[],
    }
}

#[test]
fn every_kind_means_something() {
    let gallery = Gallery::new();
    let specimens = gallery.specimens();
    for specimen in &specimens {
        assert!(specimen.effect(&specimen.message).is_some(), "{}", specimen.name);
        assert_eq!(specimen.opened().seal(&specimen.key), specimen.message, "{}", specimen.name);
    }
    let kinds: BTreeSet<_> = specimens.iter().map(|it| it.message[1]).collect();
    assert_eq!(kinds, BTreeSet::from(KINDS));
}

#[test]
fn each_kind_has_one_key() {
    let gallery = Gallery::new();
    for specimen in gallery.specimens() {
        for key in gallery.keys().into_iter().filter(|key| *key != specimen.key) {
            let forged = specimen.opened().seal(&key);
            assert!(specimen.effect(&forged).is_none(), "{}", specimen.name);
        }
    }
}

/// What a side says means nothing to itself, wherever it stands.
#[test]
fn each_kind_goes_one_way() {
    let gallery = Gallery::new();
    let specimens = gallery.specimens();
    for said in &specimens {
        for own in specimens.iter().filter(|it| it.record.role() != said.record.role()) {
            for key in gallery.keys() {
                let effect = own.effect(&said.opened().seal(&key));
                let is_report = said.message[1] == wire::REPORT && key == own_key(&gallery, &own.record);
                assert!(is_report || effect.is_none(), "{} came back to {}", said.name, own.name);
            }
        }
    }
}

/// The key under which the other side of this record reports.
fn own_key(gallery: &Gallery, record: &Connection) -> Key {
    wire::report_key(&gallery.secret, if record.role() == Role::Source { "destination" } else { "source" })
}

/// A message of one kind, called another and under the key of that, is not understood: but for the two that say the same
/// in the same records, and for an acceptance where none is wanted any more, which is refused unread.
#[test]
fn no_kind_passes_for_another() {
    let gallery = Gallery::new();
    let specimens = gallery.specimens();
    let mut passed = BTreeSet::new();
    // The kinds that there are, their neighbours, and some that are reserved.
    let kinds = [0, 1, 2, 3, 4, 15, 16, 17, 18, 19, 20, 31, 32, 33, 64, 128, 254, 255];
    for said in &specimens {
        for place in &specimens {
            for kind in kinds.into_iter().filter(|kind| *kind != said.message[1]) {
                for key in [place.key, own_key(&gallery, &place.record)] {
                    let forged = said.opened().of_kind(kind).seal(&key);
                    if place.effect(&forged).is_none() {
                        continue;
                    }
                    passed.insert((said.message[1], kind));
                    let outcome =
                        handshake::answer(Some(&place.record), &forged, &place.local, at(NOW), entropy(9));
                    let next = outcome.connection().unwrap_or(&place.record);
                    assert_eq!(next.status(at(NOW)), place.record.status(at(NOW)), "{} as {kind}", said.name);
                }
            }
        }
    }
    let refused_unread = KINDS.into_iter().filter(|it| *it != wire::ACCEPT).map(|it| (it, wire::ACCEPT));
    let alike = (wire::NOTED, wire::WAITING);
    assert_eq!(passed, refused_unread.chain([alike]).collect());
}

#[test]
fn an_unknown_even_record_is_not_understood() {
    for specimen in Gallery::new().specimens() {
        let kind = specimen.message[1];
        for record in (0..=u8::MAX).step_by(2).filter(|it| !known(kind).contains(it)) {
            let message = specimen.opened().with(record, [1]);
            specimen.assert_not_understood(&message, &format!("with record {record}"));
        }
    }
}

#[test]
fn a_missing_record_is_not_understood() {
    for specimen in Gallery::new().specimens() {
        let kind = specimen.message[1];
        for record in known(kind).iter().filter(|it| !optional(kind).contains(it)) {
            let message = specimen.opened().without(*record);
            specimen.assert_not_understood(&message, &format!("without record {record}"));
        }
    }
}

/// Values that are none of this record's.
fn invalid(record: u8) -> Vec<Vec<u8>> {
    let text = |it: &str| it.as_bytes().to_vec();
    let mut values = vec![vec![]];
    values.extend(match record {
        2 => vec![vec![0; 15], vec![0; 16], vec![0; 17]],
        4 | 6 | 8 => vec![vec![1; 31], vec![1; 33]],
        10 => vec![text("not a uid"), text(" uid"), vec![b'a'; 65], vec![255]],
        12 => vec![
            text("not a url"),
            text("https://NODE.example.com"),
            text("https://node.example.com/?a"),
            vec![255],
        ],
        14 => vec![vec![1], vec![0, 1], vec![2, 1], vec![1, 1, 1]],
        16 | 18 | 38 => vec![vec![1, 1]],
        20 => vec![vec![0], vec![4], vec![255], vec![1, 1]],
        22 => vec![vec![0; 8], vec![1; 7], vec![1; 9]],
        24 => vec![vec![1; 7], vec![1; 9]],
        26 => vec![text("Not A Name"), vec![b'a'; 65]],
        28 | 30 => vec![text(" padded"), vec![b'a'; 65], text("a\nb")],
        32 => vec![text("padded "), vec![b'a'; 256]],
        34 => vec![vec![255; 8], vec![1; 7]],
        _ => vec![],
    });
    values
}

#[test]
fn an_invalid_value_is_not_understood() {
    for specimen in Gallery::new().specimens() {
        let message = specimen.opened();
        for record in message.records.keys() {
            for value in invalid(*record) {
                let changed = message.clone().with(*record, &value);
                specimen.assert_not_understood(&changed, &format!("with {value:?} in record {record}"));
            }
        }
    }
}

/// Records of the future that need not be understood are passed over. They are part of what is named and made secret, so only
/// what does not depend on the message's digest is the same.
#[test]
fn an_unknown_odd_record_is_passed_over() {
    for specimen in Gallery::new().specimens() {
        let known: &[u8] =
            if matches!(specimen.message[1], wire::ACCEPT | wire::CONFIRM) { &[35, 37, 39] } else { &[] };
        for record in (3..=u8::MAX).step_by(2).filter(|it| !known.contains(it)) {
            let message = specimen.opened().with(record, [1, 2, 3]).seal(&specimen.key);
            let effect = specimen.effect(&message);
            assert!(effect.is_some(), "{} with record {record}", specimen.name);
            let status = |message: &[u8]| {
                let (next, _) = specimen.effect(message).unwrap();
                next.map(|next| next.status(at(NOW)))
            };
            assert_eq!(status(&message), status(&specimen.message), "{} with record {record}", specimen.name);
        }
    }
}

#[test]
fn an_unknown_odd_record_is_authenticated() {
    for specimen in Gallery::new().specimens() {
        let known = specimen.opened().with(255, [1]).seal(&specimen.key);
        let (_, mac) = known.split_at(known.len() - 32);
        let plain = &specimen.message[..specimen.message.len() - 32];
        // Taken out, put in, and changed.
        assert!(specimen.effect(&[plain, mac].concat()).is_none(), "{}", specimen.name);
        let own_mac = &specimen.message[specimen.message.len() - 32..];
        assert!(specimen.effect(&[plain, &wire::record(255, &[1]), own_mac].concat()).is_none());
        assert!(specimen.effect(&[plain, &wire::record(255, &[2]), mac].concat()).is_none());
    }
}

/// A destination that withdraws for a reason of the future does not want to, either.
#[test]
fn an_unknown_withdrawal_is_one() {
    for specimen in Gallery::new().specimens().iter().filter(|it| it.message[1] == wire::WITHDRAW) {
        for number in (0..=u8::MAX).filter(|number| *number != 3) {
            let message = specimen.opened().with(38, [number]).seal(&specimen.key);
            let (next, said) = specimen.effect(&message).unwrap();
            let next = next.unwrap();
            let reason = CloseReason::Declined { by: Side::Remote };
            assert_eq!(next.status(at(NOW)), Status::Closed { reason }, "{number}");
            let acknowledgement = Message::open(&said.unwrap());
            assert_eq!(acknowledgement.records[&6], wire::digest(&message));
            assert_eq!(acknowledgement.records[&18], [10]);
        }
    }
}

/// What turns down a confirmation does not take back an acceptance.
#[test]
fn turning_down_another_confirmation_ends_nothing() {
    for specimen in Gallery::new().specimens().iter().filter(|it| it.message[1] == wire::WITHDRAW) {
        let message = specimen.opened().with(38, [3]).seal(&specimen.key);
        let (next, said) = specimen.effect(&message).unwrap();
        assert!(
            next.is_none_or(|next| life_cycle(&next) == life_cycle(&specimen.record)),
            "{}",
            specimen.name
        );
        assert_eq!(Message::open(&said.unwrap()).kind, wire::REFUSE);
    }
}

#[test]
fn an_unknown_refusal_is_one() {
    let is_acceptance = |it: &&Specimen| it.name.starts_with("refuse");
    for specimen in Gallery::new().specimens().iter().filter(is_acceptance) {
        for number in [0, 8].into_iter().chain(15..=u8::MAX) {
            let message = specimen.opened().with(18, [number]).seal(&specimen.key);
            let (next, _) = specimen.effect(&message).unwrap();
            let next = next.unwrap();
            let reason = CloseReason::Refused { refusal: Refusal::Other };
            assert_eq!(next.status(at(NOW)), Status::Closed { reason }, "{number}");
        }
    }
}

/// The sizes of DESIGN.md; those of the others are in `handshake_sizes.rs`.
#[test]
fn small_kinds_are_small() {
    for specimen in Gallery::new().specimens() {
        let expected = match specimen.message[1] {
            wire::FETCH => 88,
            wire::NOTED | wire::WAITING => 123,
            wire::REFUSE | wire::WITHDRAW => 127,
            _ => continue,
        };
        assert_eq!(specimen.message.len(), expected, "{}", specimen.name);
    }
}
