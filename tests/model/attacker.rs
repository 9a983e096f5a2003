//! What somebody in the network can make of what was sent: without any key, and with the code.

use super::lab::{Call, Lab};
use super::message::{ACCEPT, CONFIRM, FETCH, KINDS, NOTED, REFUSE, WAITING, WITHDRAW};
use super::setup::Party;
use super::world::{CODES, Cause, CodeId, Done, MessageId, RecordId, World};
use crate::support::wire::{self, Key, Message};

/// A message made of one that was sent, without a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forgery {
    /// As it was, to a party that it is not for.
    Misdirected,
    /// As another kind.
    Kind(u8),
    /// For another connection.
    Connection,
    /// With another address.
    Address,
    /// With another public key.
    Key,
    /// With one bit of its MAC changed.
    Flipped,
    /// Without its end.
    Cut,
    /// With another address, under a key that anybody can guess.
    Guessed(Key),
}

/// The forgeries that were taken for real, and what they did.
pub(crate) type Forged = Vec<(Forgery, Done)>;

/// The attacker's own secret.
pub(crate) const SECRET: Key = [0xee; 32];

const ADDRESS: &str = "https://node.attacker.example.com";

impl Forgery {
    fn all(message: &super::message::Message) -> Vec<Self> {
        let digest = message.digest;
        let public = wire::public_key(SECRET);
        let other_kinds = KINDS.into_iter().filter(|kind| *kind != message.kind).map(Self::Kind);
        let guessed = [[0; 32], digest, public].map(Self::Guessed);
        let others =
            [Self::Misdirected, Self::Connection, Self::Address, Self::Key, Self::Flipped, Self::Cut];
        other_kinds.chain(guessed).chain(others).collect()
    }

    fn make(self, lab: &Lab, message: &super::message::Message) -> Vec<u8> {
        let mut bytes = message.bytes.clone();
        let (body, mac) = bytes.split_at(bytes.len() - 32);
        let unsealed = |message: Message| {
            let sealed = message.seal(&[0; 32]);
            [&sealed[..sealed.len() - 32], mac].concat()
        };
        let opened = Message::open(&message.bytes);
        match self {
            Self::Misdirected => bytes,
            Self::Kind(kind) => unsealed(opened.of_kind(kind)),
            Self::Connection => unsealed(opened.with(2, lab.id_of((message.code + 1) % CODES).as_bytes())),
            Self::Address => unsealed(opened.with(12, ADDRESS)),
            Self::Key => unsealed(opened.with(8, wire::public_key(SECRET))),
            Self::Flipped => {
                *bytes.last_mut().unwrap() ^= 1;
                bytes
            }
            Self::Cut => body.to_vec(),
            Self::Guessed(key) => opened.with(12, ADDRESS).seal(&key),
        }
    }
}

/// What forgeries of a message do to a record: nothing, or else they are listed with what they do.
pub(crate) fn forged(lab: &mut Lab, call: Call, message: MessageId) -> Forged {
    let Some(record) = call.record else { return Vec::new() };
    let key = (call.party, record, message, call.late);
    if let Some(known) = lab.forged.get(&key) {
        return known.clone();
    }
    let request = lab.due(call.party, record).say.map(|id| lab.message(id).bytes.clone());
    let mut taken = Vec::new();
    for forgery in Forgery::all(lab.message(message)) {
        let message = lab.message(message);
        if forgery == Forgery::Misdirected && message.is_for(call.party) {
            continue;
        }
        let bytes = forgery.make(lab, message);
        let answered = lab.answered(call, &bytes);
        let concluded = request.as_ref().and_then(|request| lab.concluded(call, request, &bytes));
        let effects = answered.into_iter().chain(concluded).filter(|done| *done != Done::default());
        taken.extend(effects.map(|done| (forgery, done)));
    }
    lab.forged.insert(key, taken.clone());
    taken
}

/// What somebody who holds the code can send because a message was sent.
pub(crate) fn minted(lab: &mut Lab, code: CodeId, id: MessageId) -> Vec<MessageId> {
    if let Some(known) = lab.minted.get(&(code, id)) {
        return known.clone();
    }
    let keys = lab.code(code).keys;
    let message = lab.message(id);
    let opened = Message::open(&message.bytes);
    let own = wire::public_key(SECRET);
    let note = |kind: u8| Message {
        kind,
        records: opened
            .records
            .iter()
            .filter(|(kind, _)| **kind == 2)
            .map(|(k, v)| (*k, v.clone()))
            .collect(),
    };
    let note = |kind: u8| note(kind).with(4, keys.digest);
    let naming = |kind: u8| note(kind).with(6, message.digest);
    let mut made = Vec::new();
    let mut by_destination = |made_up: Message| made.push(made_up.seal(&keys.accept));
    match message.kind {
        ACCEPT => {
            // In the destination's name, and in its own.
            by_destination(opened.clone().with(8, own));
            by_destination(opened.clone().with(8, own).with(10, "attacker").with(12, ADDRESS));
            by_destination(naming(WITHDRAW).with(38, [1]));
            by_destination(note(WITHDRAW).with(38, [1]));
        }
        CONFIRM => by_destination(naming(WITHDRAW).with(38, [3])),
        REFUSE => by_destination(naming(NOTED)),
        _ => {}
    }
    let mut by_source = |made_up: Message| made.push(made_up.seal(&keys.confirm));
    match message.kind {
        ACCEPT => {
            by_source(note(FETCH));
            by_source(naming(WAITING));
            by_source(naming(REFUSE).with(18, [13]));
            by_source(confirmation(lab, &opened).with(6, message.digest).with(8, own));
        }
        WITHDRAW => by_source(naming(REFUSE).with(18, [10])),
        _ => {}
    }
    let minted: Vec<_> = made.into_iter().filter_map(|bytes| lab.post(Party::Attacker, &bytes)).collect();
    lab.minted.insert((code, id), minted.clone());
    minted
}

/// The source's part, as somebody in the middle would write it.
fn confirmation(lab: &Lab, accept: &Message) -> Message {
    let source = &lab.cast[Party::Source.index()];
    let made = accept.clone().of_kind(CONFIRM).without(14).without(12).with(16, [1]);
    let made = made.with(10, source.uid().as_str());
    match source.callable_url() {
        Some(url) => made.with(12, url.as_str()),
        None => made,
    }
}

/// Whether a record's comparison string is one that somebody computes who has the code and every message, but no private
/// half.
pub(crate) fn is_guessed(lab: &mut Lab, world: &World, code: usize, record: RecordId) -> bool {
    let (Some(id), Some(_)) = (world.codes[code], &lab.record(record).comparison) else { return false };
    let of_kind = |kind: u8| -> Vec<MessageId> {
        let is_one = |id: &MessageId| lab.message(*id).kind == kind && lab.message(*id).code == code;
        world.sent.iter().copied().filter(is_one).collect()
    };
    let (accepts, confirms) = (of_kind(ACCEPT), of_kind(CONFIRM));
    accepts.iter().any(|accept| confirms.iter().any(|confirm| guess(lab, (id, *accept, *confirm, record))))
}

fn guess(lab: &mut Lab, key: (CodeId, MessageId, MessageId, RecordId)) -> bool {
    if let Some(known) = lab.guessed.get(&key) {
        return *known;
    }
    let (code, accept, confirm, record) = key;
    let keys = lab.code(code).keys;
    let [accept, confirm] = [accept, confirm].map(|id| lab.message(id).bytes.clone());
    let [theirs, ours] = [&accept, &confirm]
        .map(|bytes| -> Key { Message::open(bytes).records[&8].as_slice().try_into().unwrap() });
    let shared = [
        [0; 32],
        theirs,
        ours,
        wire::shared(SECRET, theirs),
        wire::shared(SECRET, ours),
        wire::shared(theirs, ours),
        wire::shared(ours, theirs),
        wire::shared(keys.session, theirs),
        wire::shared(keys.secret, ours),
    ];
    let agreed = shared.map(|shared| keys.connection_secret(&accept, &confirm, shared));
    let comparison = lab.record(record).comparison.as_ref().unwrap().as_str();
    let guessed = agreed.iter().chain([&keys.session, &keys.secret]);
    let is_guessed = guessed.map(wire::comparison).any(|guess| guess == comparison);
    lab.guessed.insert(key, is_guessed);
    is_guessed
}

/// A forgery that a record takes for real.
pub(crate) fn takes(lab: &mut Lab, world: &World, party: Party) -> Vec<(MessageId, Call, Forgery, Done)> {
    let mut taken = Vec::new();
    for code in 0..CODES {
        let record: Option<RecordId> = world.record(party, code);
        for message in &world.sent {
            let kept = world.kept[party.index()][code];
            let call =
                Call { party, record, kept, cause: Cause::Answer(*message), late: world.late, salt: 14 };
            let effects = forged(lab, call, *message);
            taken.extend(effects.into_iter().map(|(forgery, done)| (*message, call, forgery, done)));
        }
    }
    taken
}
