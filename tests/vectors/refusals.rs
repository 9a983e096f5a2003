//! A refusal with each number: the acceptance, and what it is refused with.

use handclasp::{
    Approval, CloseReason, ConnectionId, ConnectionMode, Entropy, Refusal, Status, Terms, handshake,
};
use serde_json::{Value, json};

use super::scene::{
    SOURCE_KEY, Side, Walked, hex, indoor_jira, jira, later, salesforce, walk, walk_with, zendesk,
};
use super::wire::{self, CodeKeys, Message};

pub(crate) fn refusals() -> Vec<Value> {
    [of_the_acceptance(), of_the_source(), unknown()].concat()
}

/// What is wrong with the acceptance, or when it came.
fn of_the_acceptance() -> Vec<Value> {
    let walked = unbound();
    let other_code = walk(&salesforce(), None, ConnectionMode::Script, "altered");
    let bound = walk(&salesforce(), Some(indoor_jira()), ConnectionMode::Script, "");
    let visual = walk(&zendesk(), Some(jira()), ConnectionMode::Visual, "");
    let source = || Side::source(salesforce(), &walked);
    let changed = |change: fn(Message) -> Message| changed(&walked, change);
    vec![
        refused("altered-code", &walked, source(), &accept(&other_code), 61),
        refused("wrong-recipient", &bound, Side::source(salesforce(), &bound), &of_bound(&bound), 61),
        refused("wrong-recipient", &walked, source(), &changed(|it| it.with(10, "00D5g000004Tn1")), 61),
        refused(
            "address-not-permitted",
            &walked,
            source(),
            &changed(|it| it.with(12, "https://10.1.2.3")),
            61,
        ),
        refused(
            "address-not-permitted",
            &walked,
            source(),
            &changed(|it| it.with(35, "http://jira.example.com")),
            61,
        ),
        refused("no-common-protocol", &walked, source(), &changed(|it| it.with(14, [2, 9])), 61),
        refused("expired", &walked, source(), &accept(&walked), 7 * 24 * 60 * 60),
        refused("unusable-key", &walked, source(), &changed(|it| it.with(8, [0; 32])), 61),
        refused(
            "unusable-key",
            &walked,
            source(),
            &changed(|it| it.with(8, wire::public_key([SOURCE_KEY; 32]))),
            61,
        ),
        refused(
            "mode-not-possible",
            &visual,
            Side::source(zendesk(), &visual),
            &self::changed(&visual, |it| it.without(12)),
            61,
        ),
    ]
}

/// What the source has decided, or taken, before.
fn of_the_source() -> Vec<Value> {
    let walked = unbound();
    let by_hand = Terms::default().with_approval(Approval::ByHand);
    let by_hand = walk_with(&salesforce(), None, ConnectionMode::Script, "", by_hand);
    let source = |walked: &Walked| Side::source(salesforce(), walked);
    let accept = accept(&walked);

    let mut taken = source(&walked);
    taken.answers(&accept, 61);
    let second = changed(&walked, |it| it.with(8, wire::public_key([6; 32])));

    let mut withdrawn = source(&walked);
    let (_, withdraw) = Side::declining(jira(), &walked.code, 60);
    withdrawn.answers(&withdraw.unwrap(), 61);

    let mut revoked = source(&walked);
    revoked.keep(handshake::revoke(&revoked.record, later(30)).unwrap());

    let mut superseded = source(&walked);
    let by = ConnectionId::new(later(30), Entropy::from_bytes([9; 32]));
    superseded.keep(handshake::supersede(&superseded.record, by, later(30)).unwrap());

    let mut declined = source(&by_hand);
    declined.answers(&accept, 61);
    declined.keep(handshake::decline(&declined.record, later(62)).unwrap());

    let mut removed = source(&walked);
    removed.answers(&accept, 61);
    removed.keep(handshake::remove(&removed.record, later(62)).unwrap());

    vec![
        refused("already-accepted", &walked, taken, &second, 70),
        refused("withdrawn", &walked, withdrawn, &accept, 70),
        refused("revoked", &walked, revoked, &accept, 70),
        refused("superseded", &walked, superseded, &accept, 70),
        refused("declined", &by_hand, declined, &accept, 70),
        refused("removed", &walked, removed, &accept, 70),
    ]
}

/// Numbers that no source of this version sends, and that a destination has to take for an answer all the same.
fn unknown() -> Vec<Value> {
    let walked = unbound();
    let accept = accept(&walked);
    let refuse = |number: u8| {
        Message { kind: wire::REFUSE, records: wire::parse(&[]) }
            .with(2, walked.connection.id().as_bytes())
            .with(4, CodeKeys::of(&walked.code).digest)
            .with(6, wire::digest(&accept))
            .with(18, [number])
            .seal(&CodeKeys::of(&walked.code).confirm)
    };
    [0, 8, 15, 255].map(|number| entry("other", &walked, &accept, 61, &refuse(number))).to_vec()
}

#[track_caller]
fn refused(refusal: &str, walked: &Walked, mut source: Side, accept: &[u8], at: u64) -> Value {
    let refuse = source.answers(accept, at);
    entry(refusal, walked, accept, at, &refuse)
}

#[track_caller]
fn entry(refusal: &str, walked: &Walked, accept: &[u8], at: u64, refuse: &[u8]) -> Value {
    assert_eq!(concluded(walked, accept, refuse).code(), refusal);
    json!({
        "refusal": refusal,
        "code": walked.code,
        "source_private_key": hex(&[SOURCE_KEY; 32]),
        "at": later(at).as_secs(),
        "accept": hex(accept),
        "refuse": hex(refuse),
    })
}

/// What the destination is refused for, if it was refused for the acceptance that it has made: a copy of the refusal
/// that names that one.
#[track_caller]
fn concluded(walked: &Walked, accept: &[u8], refuse: &[u8]) -> Refusal {
    let keys = CodeKeys::of(&walked.code);
    let opened = Message::open(refuse);
    assert_eq!(opened.records[&6], wire::digest(accept));
    let acceptor = if walked.connection.remote().is_some_and(|remote| !remote.is_public()) {
        indoor_jira()
    } else {
        jira()
    };
    let (mut destination, request) = Side::accepting(acceptor, &walked.code, 60);
    let request = request.unwrap();
    let refuse = opened.with(6, wire::digest(&request)).seal(&keys.confirm);
    destination.concludes(&request, &refuse, 62);
    let status = destination.record.status(later(63));
    let refusal = match status {
        Status::Closed { reason: CloseReason::Refused { refusal } } => Some(refusal),
        _ => None,
    };
    refusal.unwrap()
}

fn unbound() -> Walked {
    walk(&salesforce(), None, ConnectionMode::Script, "")
}

#[track_caller]
fn accept(walked: &Walked) -> Vec<u8> {
    Side::accepting(jira(), &walked.code, 60).1.unwrap()
}

/// The acceptance of another instance than the one for which the code was made.
fn of_bound(bound: &Walked) -> Vec<u8> {
    let (_, message) = Side::accepting(indoor_jira(), &bound.code, 60);
    Message::open(&message.unwrap()).with(10, "jira-7f3a9c").seal(&CodeKeys::of(&bound.code).accept)
}

/// An acceptance that no destination of this version makes.
fn changed(walked: &Walked, change: impl FnOnce(Message) -> Message) -> Vec<u8> {
    change(Message::open(&accept(walked))).seal(&CodeKeys::of(&walked.code).accept)
}
