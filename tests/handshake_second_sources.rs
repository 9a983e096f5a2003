//! A source that was cloned while its invitation was pending: both confirm the same acceptance, and one is first.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake::{self, Outcome};
use handclasp::{CloseReason, Connection, EventKind, Status};
use support::wire::{self, Message};
use support::{Played, Scene, assert_same, entropy, now, url};

/// The clone's record and its confirmation of the same acceptance.
fn cloned(scene: &Scene, played: &Played) -> (Connection, Vec<u8>) {
    let answered =
        handshake::answer(Some(&scene.pending), &played.accept, &scene.source, now(), entropy(0x55));
    let confirm = answered.message().unwrap().to_vec();
    (answered.into_connection().unwrap(), confirm)
}

/// What the destination concludes when its acceptance, sent a second time, is answered by the clone.
fn concluded(scene: &Scene, record: &Connection, played: &Played, confirm: &[u8]) -> Outcome {
    scene.conclude(record, &played.accept, confirm).unwrap()
}

#[test]
fn a_second_source_that_answers_is_told_so() {
    let (scene, played) = (Scene::standard(), Scene::standard().play());
    let (_, confirm) = cloned(&scene, &played);
    let outcome = concluded(&scene, &played.settled, &played, &confirm);
    let said = Message::open(outcome.message().unwrap());
    assert_eq!((said.kind, said.records[&6].as_slice()), (wire::WITHDRAW, wire::digest(&confirm).as_slice()));
    assert_eq!(outcome.to(), Some(&url("https://node.source.example.com")));
}

#[test]
fn a_second_source_that_answers_is_noted_once() {
    let (scene, played) = (Scene::standard(), Scene::standard().play());
    let (_, confirm) = cloned(&scene, &played);
    let outcome = concluded(&scene, &played.settled, &played, &confirm);
    assert_eq!(
        outcome.events().iter().map(|event| event.kind).collect::<Vec<_>>(),
        [EventKind::SecondSource]
    );
    let noted = outcome.into_connection().unwrap();
    let again = concluded(&scene, &noted, &played, &confirm);
    assert!(again.connection().is_none() && again.events().is_empty());
    assert_eq!(Message::open(again.message().unwrap()).kind, wire::WITHDRAW);
}

#[test]
fn a_second_source_that_is_told_closes() {
    let (scene, played) = (Scene::standard(), Scene::standard().play());
    let (clone, confirm) = cloned(&scene, &played);
    let told = concluded(&scene, &played.settled, &played, &confirm);
    let closed = scene.answer(&clone, told.message().unwrap()).into_connection().unwrap();
    assert_eq!(closed.status(now()), Status::Closed { reason: CloseReason::AlreadyConfirmed });
}

/// It is not the one whose confirmation is turned down.
#[test]
fn the_first_source_stays_connected() {
    let (scene, played) = (Scene::standard(), Scene::standard().play());
    let (_, confirm) = cloned(&scene, &played);
    let told = concluded(&scene, &played.settled, &played, &confirm);
    for record in [&played.unconfirmed, &played.source] {
        let outcome = scene.answer(record, told.message().unwrap());
        assert_same(outcome.connection().unwrap_or(record), record);
    }
}
