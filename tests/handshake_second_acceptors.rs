//! Who accepts an invitation after another has: refused, recorded once, and of no effect.

#[path = "support/handshake.rs"]
mod support;

use handclasp::{CloseReason, EventKind, Refusal, Status};
use support::{Plot, Scene, assert_same, instance, now, stored};

#[test]
fn a_second_acceptance_is_refused() {
    let scene = Scene::standard();
    let played = scene.play();
    let (second, message) = scene.accept_as(&scene.destination, [6; 32]);
    let answered = scene.answer(&played.source, &message);
    let closed = scene.conclude(&second, &message, answered.message().unwrap()).unwrap();
    let reason = CloseReason::Refused { refusal: Refusal::AlreadyAccepted };
    assert_eq!(closed.connection().unwrap().status(now()), Status::Closed { reason });
}

#[test]
fn each_sort_of_second_acceptor_is_recorded_once() {
    let scene = Plot::UNBOUND.scene();
    let played = scene.play();
    let other = instance("other").build().unwrap();
    let mut source = played.source.clone();
    let before = source.events().len();
    for byte in 50..90 {
        for acceptor in [&scene.destination, &other] {
            let (_, message) = scene.accept_as(acceptor, [byte; 32]);
            if let Some(next) = scene.answer(&stored(&source), &message).into_connection() {
                source = next;
            }
        }
    }
    let kinds: Vec<_> = source.events()[before..].iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [true, false].map(|same_instance| EventKind::SecondAcceptor { same_instance }));
}

#[test]
fn a_second_acceptance_that_is_not_understood_is_recorded_as_anothers() {
    let scene = Scene::standard();
    let outcome = scene.answer(&scene.play().source, &scene.accept_changed(|message| message.without(32)));
    assert_eq!(outcome.events()[0].kind, EventKind::SecondAcceptor { same_instance: false });
}

#[test]
fn a_second_acceptance_changes_nothing_else() {
    let scene = Scene::standard();
    let played = scene.play();
    let (_, message) = scene.accept_as(&scene.destination, [6; 32]);
    let next = scene.answer(&played.unconfirmed, &message).into_connection().unwrap();
    assert_eq!(next.status(now()), played.unconfirmed.status(now()));
    assert_eq!(next.comparison(), played.unconfirmed.comparison());
    assert_same(&scene.play().unconfirmed, &played.unconfirmed);
    assert_eq!(scene.answer(&next, &played.accept).message(), Some(played.confirm.as_slice()));
}

#[test]
fn only_a_second_acceptor_is_a_matter_of_security() {
    let scene = Scene::standard();
    let played = scene.play();
    assert!(played.source.events().iter().all(|event| !event.kind.is_security()));
    let (_, message) = scene.accept_as(&scene.destination, [6; 32]);
    assert!(scene.answer(&played.source, &message).events()[0].kind.is_security());
}
