//! What is secret stays so: in the stores, and from whoever has the code and everything that was ever sent.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/history.rs"]
mod history;
#[path = "support/search.rs"]
mod search;
#[path = "support/handshake.rs"]
mod support;

use std::collections::BTreeSet;

use handclasp::{Connection, ConnectionId, Phase, Refusal, handshake};
use history::{Cast, OTHER, Purpose, SOURCE, World, life};
use search::Search;
use support::wire::{self, CodeKeys, Key, Message};
use support::{Plot, Scene, instance};

/// The connection secret, computed with the entropy of both sides; `None` if there was no confirmation.
fn connection_secret(world: &World, id: ConnectionId, code: &str) -> Option<Key> {
    let (messages, keys) = (world.messages(), CodeKeys::of(code));
    let is_its = |kind: u8| {
        let messages = messages.iter().filter(move |it| it[1] == kind && it.len() > 2);
        messages.filter(move |it| Message::open(it).records[&2] == id.as_bytes())
    };
    let confirm = is_its(wire::CONFIRM).next()?;
    let answered = &Message::open(confirm).records[&6];
    let accept = is_its(wire::ACCEPT).find(|it| wire::digest(it) == answered[..]).unwrap();
    let theirs: Key = Message::open(accept).records[&8].as_slice().try_into().unwrap();
    let ours = &Message::open(confirm).records[&8];
    let (_, private) = world.drawn.iter().find(|(_, it)| wire::public_key(*it) == ours[..]).unwrap();
    Some(keys.connection_secret(accept, confirm, wire::shared(*private, theirs)))
}

/// All secrets of a life, to be looked for.
fn secrets(world: &World) -> Search {
    let mut search = Search::default();
    for (id, code) in &world.codes {
        let keys = CodeKeys::of(code);
        search.add("code secret", &keys.secret);
        search.add("code text", code.as_bytes());
        search.add("session key", &keys.session);
        if let Some(secret) = connection_secret(world, *id, code) {
            search.add("connection secret", &secret);
        }
    }
    for (_, key) in world.drawn.iter().filter(|(purpose, _)| *purpose == Purpose::Key) {
        search.add("private key", key);
    }
    search
}

/// The sorts of secrets in a record.
fn found(search: &Search, record: &Connection) -> BTreeSet<String> {
    let bytes = record.to_secret_bytes();
    let sorts = search.find(bytes.expose_bytes()).into_iter().map(|name| name.split(" (").next().unwrap());
    sorts.map(str::to_owned).collect()
}

/// The secrets that each phase needs, and no other: not the code's in any, none of the handshake's once it is over, and
/// none at all after the end.
#[test]
fn each_phase_keeps_the_secrets_that_it_needs() {
    let mut seen = BTreeSet::new();
    for cast in Cast::in_script_mode() {
        let chapters = life(cast);
        let search = secrets(&chapters.last().unwrap().1);
        for (name, world) in &chapters {
            for (_, record) in world.records() {
                let needed: &[&str] = match record.phase() {
                    Phase::Pending => &["session key"],
                    Phase::Accepting => &["private key", "session key"],
                    Phase::AwaitingApproval | Phase::Active | Phase::Deactivated => &["connection secret"],
                    _ => &[],
                };
                let found = found(&search, record);
                let phase = record.phase();
                // The secret of one that was not approved in the end was never anybody else's, so it is not known here.
                let is_unknown = phase == Phase::AwaitingApproval && found.is_empty();
                assert!(is_unknown || found.iter().eq(needed), "{cast:?}, {name}, {phase:?}: {found:?}");
                seen.insert((record.role(), phase));
            }
        }
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
}

/// What somebody knows who has the code and every message: values that may be taken for half of a key, or a whole one.
fn known(scene: &Scene, messages: &[&[u8]]) -> Vec<Key> {
    let keys = scene.keys();
    let mut known = vec![keys.secret, keys.accept, keys.confirm, keys.session, keys.digest];
    known.extend([[0; 32], [1; 32], [255; 32], x25519_dalek::X25519_BASEPOINT_BYTES]);
    for message in messages {
        known.push(wire::digest(message));
        known.push(wire::hash("session", &[message]));
        let mac: Key = message[message.len() - 32..].try_into().unwrap();
        known.push(mac);
        let records = Message::open(message).records;
        known.extend(records.values().filter_map(|it| Key::try_from(it.as_slice()).ok()));
    }
    for label in ["accept", "confirm", "session", "code", "compare", "export", "key", ""] {
        known.push(wire::hash(label, &[]));
        known.push(wire::hmac(&keys.secret, &wire::hash(label, &[])));
        known.push(wire::hmac(&keys.session, &wire::hash(label, &[])));
    }
    known.sort_unstable();
    known.dedup();
    known
}

/// From the code and all messages nobody computes the connection secret; with either private key one does.
#[test]
fn code_and_messages_do_not_give_the_secret() {
    let scene = Scene::standard();
    let played = scene.play();
    let keys = scene.keys();
    let compared = played.source.comparison().unwrap().to_string();
    let gives = |session: &Key, shared: Key| {
        let orders = [[&played.accept, &played.confirm], [&played.confirm, &played.accept]];
        orders.iter().any(|[one, two]| {
            let secret = wire::hmac(session, &wire::hash("session", &[one, two, &shared]));
            wire::comparison(&secret) == compared
        })
    };
    let shared = wire::shared(support::SOURCE_ENTROPY, wire::public_key(support::DESTINATION_ENTROPY));
    assert!(gives(&keys.session, shared), "the oracle is wrong");
    assert_eq!(wire::shared(support::DESTINATION_ENTROPY, wire::public_key(support::SOURCE_ENTROPY)), shared);

    let messages = [&played.accept, &played.confirm, &played.report, &played.reply].map(Vec::as_slice);
    let known = known(&scene, &messages);
    let points: Vec<Key> = [&played.accept, &played.confirm]
        .map(|it| Message::open(it).records[&8].as_slice().try_into().unwrap())
        .into_iter()
        .chain([x25519_dalek::X25519_BASEPOINT_BYTES])
        .collect();
    let products = known.iter().flat_map(|scalar| points.iter().map(|point| wire::shared(*scalar, *point)));
    let candidates: Vec<Key> = products.chain(known.iter().copied()).collect();
    for session in [keys.session, keys.secret, keys.accept, keys.confirm, keys.digest] {
        for shared in &candidates {
            assert!(!gives(&session, *shared), "{shared:?}");
        }
    }
    // Nor is any of them the secret itself.
    for secret in &candidates {
        assert_ne!(wire::comparison(secret), compared);
        let exported = played.source.export_key("x").unwrap();
        assert_ne!(wire::exported(secret, "x"), *exported.expose_bytes());
    }
    assert!(candidates.len() > 100, "{} candidates", candidates.len());
}

/// No exported key, comparison string or report key is any of what was sent.
#[test]
fn nothing_that_is_sent_holds_a_secret() {
    for cast in Cast::in_script_mode() {
        let (_, world) = life(cast).pop().unwrap();
        let search = secrets(&world);
        for message in world.messages() {
            let found = search.find(&message);
            assert!(found.is_empty(), "{cast:?}, kind {}: {found:?}", message[1]);
        }
    }
}

/// Somebody in the middle who holds the code, with keys of their own: one for both sides, or one for each.
#[test]
fn somebody_in_the_middle_shows_in_the_comparison() {
    for [to_source, to_destination] in [[[7; 32], [7; 32]], [[7; 32], [8; 32]]] {
        let scene = Scene::standard();
        let keys = scene.keys();
        let (accepting, accept) = scene.accept();
        let accept_of =
            |private| Message::open(&accept).with(8, wire::public_key(private)).seal(&keys.accept);
        let forwarded = accept_of(to_source);
        let answered = scene.answer(&scene.pending, &forwarded);
        let confirm = answered.message().unwrap().to_vec();
        let returned = Message::open(&confirm)
            .with(6, wire::digest(&accept))
            .with(8, wire::public_key(to_destination))
            .seal(&keys.confirm);
        let source = answered.into_connection().unwrap();
        let destination = scene.conclude(&accepting, &accept, &returned).unwrap().into_connection().unwrap();
        assert_eq!([source.phase(), destination.phase()], [Phase::Active; 2]);
        assert_ne!(source.comparison(), destination.comparison());
        let key = |it: &Connection| *it.export_key("x").unwrap().expose_bytes();
        assert_ne!(key(&source), key(&destination));
        // That is all there is against it: who sits there has both secrets.
        let with_source = wire::shared(to_source, wire::public_key(support::SOURCE_ENTROPY));
        let secret = keys.connection_secret(&forwarded, &confirm, with_source);
        assert_eq!(source.comparison().unwrap().as_str(), wire::comparison(&secret));
        let with_destination = wire::shared(to_destination, wire::public_key(support::DESTINATION_ENTROPY));
        let secret = keys.connection_secret(&accept, &returned, with_destination);
        assert_eq!(destination.comparison().unwrap().as_str(), wire::comparison(&secret));
    }
}

/// The acceptance of somebody who found a code, and says they have this name.
fn stolen(world: &World, code: &str, name: &str) -> Vec<u8> {
    let mut world = world.clone();
    world.sides[OTHER].records.clear();
    let accept = world.accept(OTHER, code);
    Message::open(&accept).with(10, name).seal(&CodeKeys::of(code).accept)
}

/// Whoever finds the code later is refused, whoever they say they are, at every moment after somebody was accepted or it
/// was given up; and what both sides hold stays what it is.
#[test]
fn a_code_that_leaks_is_not_accepted_again() {
    let mut refused = 0;
    for cast in Cast::in_script_mode() {
        for (name, world) in life(cast) {
            let over =
                world.codes.iter().filter(|(id, _)| world.record(SOURCE, *id).phase() != Phase::Pending);
            for (id, code) in over {
                for thief in ["destination", "thief"] {
                    let mut robbed = world.clone();
                    let reply = robbed.answer(SOURCE, &stolen(&world, code, thief));
                    assert_eq!(reply[1], wire::REFUSE, "{cast:?}, {name}");
                    let (before, after) = (world.record(SOURCE, *id), robbed.record(SOURCE, *id));
                    assert_eq!(after.status(robbed.now()), before.status(robbed.now()));
                    assert_eq!(after.comparison(), before.comparison());
                    assert_eq!(after.remote(), before.remote());
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

/// Nor once an acceptance came too late: not even if the clock goes back.
#[test]
fn a_code_that_leaks_after_it_expired_is_not_accepted() {
    let scene = Plot::UNBOUND.scene();
    let (_, late) = scene.accept();
    let expired = scene.answer_at(&scene.pending, &late, scene.expires_at()).into_connection().unwrap();
    let (_, stolen) = scene.accept_as(&instance("thief").build().unwrap(), [9; 32]);
    let outcome = scene.answer(&expired, &stolen);
    assert_eq!(outcome.message(), Some(scene.refusal_of(&stolen, Refusal::Expired).as_slice()));
    assert!(outcome.connection().is_none());
}

/// Whoever has the code, and everything that was sent, cannot say for a destination that it knows of its end.
#[test]
fn a_code_that_leaks_does_not_hush_a_removal() {
    let scene = Scene::standard();
    let played = scene.play();
    let removed = handshake::remove(&played.source, support::now()).unwrap().into_connection().unwrap();
    let of_kind = |kind| Message { kind, records: Message::open(&played.accept).records }.bare();
    let withdrawals =
        [(1, None), (2, Some(&played.accept)), (3, Some(&played.confirm))].map(|(why, named)| {
            let withdraw = of_kind(wire::WITHDRAW).with(38, [why]);
            if let Some(named) = named { withdraw.with(6, wire::digest(named)) } else { withdraw }
        });
    let refusal = scene.refusal_of(&played.accept, Refusal::Removed);
    let noted = of_kind(wire::NOTED).with(6, wire::digest(&refusal));
    for forged in withdrawals.into_iter().chain([noted]) {
        let outcome = scene.answer(&removed, &forged.clone().seal(&scene.keys().accept));
        assert!(outcome.connection().is_none(), "kind {}, {:?}", forged.kind, forged.records.get(&38));
    }
}
