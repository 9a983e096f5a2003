//! Strange messages: which of them are understood, and why the others are answered *not recognised*. The reasons are the
//! names of the errors of codes, for a reader to compare its own with; the crate itself tells them nobody.

use handclasp::ConnectionMode;
use serde_json::{Value, json};

use super::scene::{DESTINATION_KEY, SOURCE_KEY, Side, hex, jira, salesforce, walk};
use super::wire::{self, CodeKeys, Message};

pub(crate) fn strange_messages() -> Value {
    let walked = walk(&salesforce(), None, ConnectionMode::Script, "");
    let keys = CodeKeys::of(&walked.code);
    let pending = Side::source(salesforce(), &walked);
    let (accepting, accept) = Side::accepting(jira(), &walked.code, 60);
    let accept = accept.unwrap();
    let mut source = pending.clone();
    let confirm = source.answers(&accept, 61);
    let mut destination = accepting.clone();
    let report = destination.concludes(&accept, &confirm, 62).unwrap();
    let shared = wire::shared([SOURCE_KEY; 32], wire::public_key([DESTINATION_KEY; 32]));
    let report_key = wire::report_key(&keys.connection_secret(&accept, &confirm, shared), "destination");

    let accepts = |change: fn(Message) -> Message| change(Message::open(&accept)).seal(&keys.accept);
    let confirms = |change: fn(Message) -> Message| change(Message::open(&confirm)).seal(&keys.confirm);
    let reports = |change: fn(Message) -> Message| change(Message::open(&report)).seal(&report_key);
    let plain = |kind: u8, key: &wire::Key, change: fn(Message) -> Message| {
        let records = wire::parse(&[]);
        let message =
            Message { kind, records }.with(2, walked.connection.id().as_bytes()).with(4, keys.digest);
        change(message).seal(key)
    };
    let withdraws = |change| plain(wire::WITHDRAW, &keys.accept, change);
    let fetches = |change| plain(wire::FETCH, &keys.confirm, change);
    let waits = |change| plain(wire::WAITING, &keys.confirm, change);
    let refuses = |change| plain(wire::REFUSE, &keys.confirm, change);
    let twice = [&accept[..accept.len() - 32], &wire::record(39, b"B")].concat();
    let behind = [&accept[..2], &wire::record(1, b"x"), &accept[2..accept.len() - 32]].concat();

    let to = |side: &Side, at: u64| {
        let side = side.clone();
        move |name: &str, outcome: &str, message: Vec<u8>| {
            let is_understood = side.clone().answers(&message, at) != wire::NOT_RECOGNISED;
            assert_eq!(is_understood, outcome == "understood", "{name}");
            json!({ "name": name, "message": hex(&message), "outcome": outcome })
        }
    };
    let (to_pending, to_source) = (to(&pending, 61), to(&source, 63));
    let to_accepting = to(&accepting, 62);
    json!({
        "code": walked.code,
        "destination_private_key": hex(&[DESTINATION_KEY; 32]),
        "source_private_key": hex(&[SOURCE_KEY; 32]),
        "accept": hex(&accept),
        "confirm": hex(&confirm),
        "messages": [
            to_pending("an accept with an unknown odd record", "understood", accepts(|it| it.with(201, "later"))),
            to_pending("an accept with an unknown even record", "unknown-required", accepts(|it| it.with(200, "later"))),
            to_pending("an accept with an even record of a confirm", "unknown-required", accepts(|it| it.with(16, [1]))),
            to_pending("an accept with the odd record of a code", "understood", accepts(|it| it.with(25, "anything"))),
            to_pending("an accept without a platform", "missing-field", accepts(|it| it.without(26))),
            to_pending("an accept without what it may leave out", "understood", accepts(|it| it.without(35).without(39))),
            to_pending("an accept with equal short names", "invalid-field", accepts(|it| it.with(30, "X").with(28, "X"))),
            to_pending("an accept with versions turned round", "invalid-field", accepts(|it| it.with(14, [2, 1]))),
            to_pending("an accept with a record twice", "not-canonical", wire::seal(&twice, &keys.accept)),
            to_pending("an accept with a record before the id", "not-recognised", wire::seal(&behind, &keys.accept)),
            to_pending("an accept under the key of the other direction", "not-recognised", Message::open(&accept).seal(&keys.confirm)),
            to_pending("an accept of a reserved kind", "not-recognised", accepts(|it| it.of_kind(4))),
            to_pending("a withdraw that was never accepted", "understood", withdraws(|it| it.with(38, [1]))),
            to_pending("a withdraw with an unknown number", "understood", withdraws(|it| it.with(38, [77]))),
            to_pending("a withdraw without a number", "missing-field", withdraws(|it| it)),
            to_accepting("a confirm with an unknown odd record", "understood", confirms(|it| it.with(201, "later"))),
            to_accepting("a confirm with an unknown even record", "unknown-required", confirms(|it| it.with(36, "later"))),
            to_accepting("a confirm without its version", "missing-field", confirms(|it| it.without(16))),
            to_accepting("a fetch", "understood", fetches(|it| it)),
            to_accepting("a fetch without the digest of the code", "missing-field", fetches(|it| it.without(4))),
            to_accepting("a fetch that names something", "unknown-required", fetches(|it| it.with(6, [1; 32]))),
            to_accepting("a fetch with an unknown odd record", "understood", fetches(|it| it.with(7, "later"))),
            to_accepting("a waiting that names nothing", "missing-field", waits(|it| it)),
            to_accepting("a waiting that names something", "understood", waits(|it| it.with(6, [1; 32]))),
            to_accepting("a refuse without a number", "missing-field", refuses(|it| it.with(6, [1; 32]))),
            to_accepting("a refuse with a number of two bytes", "invalid-field", refuses(|it| it.with(6, [1; 32]).with(18, [0, 1]))),
            to_source("a report with an unknown odd record", "understood", reports(|it| it.with(201, "later"))),
            to_source("a report with an unknown even record", "unknown-required", reports(|it| it.with(4, [1; 32]))),
            to_source("a report of state 0", "invalid-field", reports(|it| it.with(20, [0]))),
            to_source("a report of state 4", "invalid-field", reports(|it| it.with(20, [4]))),
            to_source("a report with sequence 0", "invalid-field", reports(|it| it.with(22, [0; 8]))),
            to_source("a report that has seen nothing", "understood", reports(|it| it.with(24, [0; 8]))),
            to_source("a report without what it has seen", "missing-field", reports(|it| it.without(24))),
        ],
    })
}
