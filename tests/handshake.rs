//! The straight path of the handshake, and everything that may be repeated on it.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake::{self, ConcludeError};
use handclasp::{Actor, Connection, ConnectionKind, ConnectionMode, EventKind, Phase, Role, Status};
use support::wire::{self, Message};
use support::{
    CODE_SECRET, DAY, NOW, Played, Plot, Scene, admin, assert_same, at, entropy, instance, now, stored,
};

const CONFIRMED: Status = Status::Active { confirmed: true };

/// Checks something of every plot.
#[track_caller]
fn check_all(check: impl Fn(Plot, &Scene, &Played)) {
    for plot in Plot::all() {
        let scene = plot.scene();
        check(plot, &scene, &scene.play());
    }
}

#[test]
fn there_are_nine_plots() {
    assert_eq!(Plot::all().count(), 9);
}

#[test]
fn both_sides_have_the_same_id() {
    check_all(|plot, scene, played| {
        let ids = [played.source.id(), played.settled.id()];
        assert_eq!(ids, [scene.pending.id(); 2], "{plot:?}");
    });
}

#[test]
fn both_sides_have_the_chosen_mode() {
    check_all(|plot, _, played| {
        assert_eq!([played.source.mode(), played.settled.mode()], [plot.mode; 2], "{plot:?}");
    });
}

#[test]
fn both_sides_have_the_same_kind() {
    check_all(|plot, _, played| {
        let kind = if plot.public { ConnectionKind::Public } else { ConnectionKind::Private };
        assert_eq!([played.source.kind(), played.settled.kind()], [kind; 2], "{plot:?}");
    });
}

#[test]
fn both_sides_compare_the_same() {
    check_all(|plot, _, played| {
        assert!(played.source.comparison().is_some(), "{plot:?}");
        assert_eq!(played.source.comparison(), played.settled.comparison(), "{plot:?}");
    });
}

#[test]
fn both_sides_export_the_same_key() {
    check_all(|plot, _, played| {
        assert_eq!(exported(&played.source, "mail"), exported(&played.settled, "mail"), "{plot:?}");
    });
}

#[test]
fn the_roles_stay() {
    check_all(|plot, _, played| {
        let roles = [played.source.role(), played.settled.role()];
        assert_eq!(roles, [Role::Source, Role::Destination], "{plot:?}");
    });
}

#[test]
fn both_sides_speak_version_1() {
    check_all(|plot, _, played| {
        let versions = [played.source.protocol_version(), played.settled.protocol_version()];
        assert_eq!(versions, [Some(1); 2], "{plot:?}");
    });
}

#[test]
fn the_source_knows_the_destination() {
    check_all(|plot, scene, played| {
        let remote = played.source.remote().unwrap();
        assert_eq!(remote.uid(), scene.destination.uid(), "{plot:?}");
        assert_eq!(remote.node_url(), scene.destination.callable_url(), "{plot:?}");
        assert_eq!(remote.tracker_url(), scene.destination.tracker_url(), "{plot:?}");
        assert_eq!(remote.platform(), scene.destination.platform(), "{plot:?}");
        assert_eq!(remote.reachability(), scene.destination.reachability(), "{plot:?}");
    });
}

#[test]
fn the_destination_knows_the_source() {
    check_all(|plot, scene, played| {
        let remote = played.settled.remote().unwrap();
        assert_eq!(remote.uid(), scene.source.uid(), "{plot:?}");
        assert_eq!(remote.node_url(), scene.source.node_url(), "{plot:?}");
        assert_eq!(remote.tracker_url(), scene.source.tracker_url(), "{plot:?}");
        assert_eq!(remote.platform(), scene.source.platform(), "{plot:?}");
    });
}

#[test]
fn each_side_keeps_its_own_labels() {
    check_all(|plot, scene, played| {
        assert_eq!(played.source.info(), scene.pending.info(), "{plot:?}");
        assert_eq!(played.settled.info(), played.accepting.info(), "{plot:?}");
    });
}

#[test]
fn each_side_learns_what_the_other_calls_it() {
    check_all(|plot, _, played| {
        let names = |side: &Connection, other: &Connection| {
            let (told, meant) = (side.remote_info().unwrap(), other.info());
            assert_eq!(told.name(), meant.name(), "{plot:?}");
            assert_eq!(told.source_short_name(), meant.source_short_name(), "{plot:?}");
            assert_eq!(told.destination_short_name(), meant.destination_short_name(), "{plot:?}");
            assert_eq!(told.description(), meant.description(), "{plot:?}");
            assert_eq!(told.incoming_project(), meant.incoming_project(), "{plot:?}");
        };
        names(&played.source, &played.settled);
        names(&played.settled, &played.source);
    });
}

#[test]
fn admin_access_is_not_told() {
    let played = Plot { mode: ConnectionMode::Visual, ..Plot::STANDARD }.scene().play();
    assert!(played.source.info().admin_access().is_some());
    assert_eq!(played.settled.remote_info().unwrap().admin_access(), None);
}

#[test]
fn the_statuses_follow_each_other() {
    let scene = Scene::standard();
    let played = scene.play();
    let records = [
        &scene.pending,
        &played.accepting,
        &played.unconfirmed,
        &played.destination,
        &played.source,
        &played.settled,
    ];
    assert_eq!(
        records.map(|record| record.status(now())),
        [
            Status::Pending,
            Status::Accepting { waiting: false },
            Status::Active { confirmed: false },
            CONFIRMED,
            CONFIRMED,
            CONFIRMED,
        ]
    );
}

#[test]
fn the_source_numbers_its_events() {
    let played = Scene::standard().play();
    check_events(
        &played.source,
        &[
            (1, admin("ada"), EventKind::Initiated),
            (2, Actor::Remote, EventKind::Activated),
            (3, Actor::Remote, EventKind::Confirmed),
        ],
    );
}

#[test]
fn the_destination_numbers_its_events() {
    let played = Scene::standard().play();
    check_events(
        &played.settled,
        &[(1, admin("grace"), EventKind::Accepted), (2, Actor::Remote, EventKind::Activated)],
    );
}

#[test]
fn outcomes_have_the_new_events() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    let answered = scene.answer(&scene.pending, &accept);
    let concluded = scene.conclude(&accepting, &accept, answered.message().unwrap()).unwrap();
    let confirmed = scene.answer(answered.connection().unwrap(), concluded.message().unwrap());
    for outcome in [&answered, &concluded, &confirmed] {
        assert_eq!(
            outcome.events(),
            outcome.connection().unwrap().events().split_last().map(|(last, _)| last.clone()).as_slice()
        );
    }
}

#[test]
fn the_secret_is_the_one_of_the_design() {
    let scene = Scene::standard();
    let played = scene.play();
    let secret = played.secret(&scene);
    assert_eq!(played.source.comparison().unwrap().as_str(), wire::comparison(&secret));
    assert_eq!(exported(&played.settled, "mail"), wire::exported(&secret, "mail"));
}

#[test]
fn the_messages_are_those_of_the_design() {
    let scene = Scene::standard();
    let (played, keys) = (scene.play(), scene.keys());
    let secret = played.secret(&scene);
    let sealed = [
        (&played.accept, wire::ACCEPT, keys.accept),
        (&played.confirm, wire::CONFIRM, keys.confirm),
        (&played.report, wire::REPORT, wire::report_key(&secret, "destination")),
        (&played.reply, wire::REPORT, wire::report_key(&secret, "source")),
    ];
    for (message, kind, key) in sealed {
        let opened = Message::open(message);
        assert_eq!(opened.kind, kind);
        assert_eq!(opened.seal(&key), *message, "kind {kind}");
    }
}

#[test]
fn answers_name_what_they_answer() {
    let played = Scene::standard().play();
    let answers = [(&played.accept, &played.confirm), (&played.report, &played.reply)];
    for (message, answer) in answers {
        assert_eq!(Message::open(answer).records[&6], wire::digest(message));
    }
}

#[test]
fn keys_differ_by_label() {
    let played = Scene::standard().play();
    assert_ne!(exported(&played.source, "mail"), exported(&played.source, "files"));
}

#[test]
fn keys_differ_by_connection() {
    let scene = Scene::standard();
    let other = Plot::STANDARD.scene_with(scene.source.clone(), scene.destination.clone(), [0x23; 32]);
    assert_ne!(exported(&scene.play().source, "mail"), exported(&other.play().source, "mail"));
}

#[test]
fn fresh_entropy_makes_a_fresh_secret() {
    let scene = Scene::standard();
    let (_, accept) = scene.accept();
    let secrets = [1, 2].map(|byte| {
        let outcome = handshake::answer(Some(&scene.pending), &accept, &scene.source, now(), entropy(byte));
        exported(outcome.connection().unwrap(), "mail")
    });
    assert_ne!(secrets[0], secrets[1]);
}

#[test]
fn no_key_is_exported_before_the_connection_is_active() {
    let scene = Scene::standard();
    for record in [&scene.pending, &scene.accept().0] {
        assert!(record.export_key("mail").is_none() && record.comparison().is_none());
    }
}

#[test]
fn every_message_names_the_connection() {
    let scene = Scene::standard();
    let played = scene.play();
    for message in [&played.accept, &played.confirm, &played.report, &played.reply] {
        assert_eq!(handshake::connection_id(message), Some(scene.pending.id()));
    }
}

#[test]
fn an_unbound_code_works_for_whoever_holds_it() {
    let scene = Plot::UNBOUND.scene();
    let anybody = instance("anybody").build().unwrap();
    let (_, accept) = scene.accept_as(&anybody, [5; 32]);
    assert_eq!(
        scene.answer(&scene.pending, &accept).connection().unwrap().remote().unwrap().uid(),
        anybody.uid()
    );
}

#[test]
fn the_same_acceptance_gets_the_same_confirmation() {
    let scene = Scene::standard();
    let played = scene.play();
    // Whatever the clock says, whatever entropy is drawn, and wherever the record has been since.
    for record in [&played.unconfirmed, &played.source, &stored(&played.unconfirmed), &stored(&played.source)]
    {
        for millis in [NOW, 0, scene.expires_at() - 1, scene.expires_at(), scene.expires_at() + 400 * DAY] {
            let again =
                handshake::answer(Some(record), &played.accept, &scene.source, at(millis), entropy(99));
            assert_eq!(again.message(), Some(played.confirm.as_slice()));
        }
    }
}

#[test]
fn the_same_acceptance_changes_nothing() {
    let scene = Scene::standard();
    let played = scene.play();
    for record in [&played.unconfirmed, &played.source] {
        let again = scene.answer(record, &played.accept);
        assert!(again.connection().is_none() && again.events().is_empty());
    }
}

#[test]
fn a_retry_sends_the_same_acceptance() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    for record in [&accepting, &stored(&accepting)] {
        let outgoing = handshake::due(record).unwrap();
        assert_eq!(outgoing.message, accept);
        assert_eq!(outgoing.to.as_ref(), scene.source.node_url());
    }
}

#[test]
fn what_is_due_after_that_is_a_report() {
    let scene = Scene::standard();
    let played = scene.play();
    assert_eq!(handshake::due(&played.destination).unwrap().message, played.report);
    assert_eq!(handshake::due(&stored(&played.destination)).unwrap().message, played.report);
}

#[test]
fn the_source_reports_where_it_can_call() {
    for plot in Plot::all() {
        let scene = plot.scene();
        let due = handshake::due(&scene.play().source);
        assert_eq!(due.and_then(|due| due.to).as_ref(), scene.destination.callable_url(), "{plot:?}");
    }
}

#[test]
fn nothing_is_due_while_nobody_has_accepted() {
    let scene = Scene::standard();
    assert_eq!(handshake::due(&scene.pending), None);
}

#[test]
fn concluding_twice_changes_nothing() {
    let scene = Scene::standard();
    let played = scene.play();
    for record in [&played.destination, &played.settled, &stored(&played.settled)] {
        let again = scene.conclude(record, &played.accept, &played.confirm).unwrap();
        assert!(again.connection().is_none() && again.message().is_none() && again.events().is_empty());
    }
}

#[test]
fn concluding_a_report_twice_changes_nothing() {
    let scene = Scene::standard();
    let played = scene.play();
    let again = scene.conclude(&played.settled, &played.report, &played.reply).unwrap();
    assert!(again.connection().is_none() && again.events().is_empty());
}

#[test]
fn a_repeated_report_changes_nothing() {
    let scene = Scene::standard();
    let played = scene.play();
    let again = scene.answer(&played.source, &played.report);
    assert!(again.connection().is_none() && again.events().is_empty());
}

#[test]
fn a_repeated_report_is_answered_alike() {
    let scene = Scene::standard();
    let played = scene.play();
    assert_eq!(scene.answer(&played.source, &played.report).message(), Some(played.reply.as_slice()));
}

#[test]
fn a_report_that_answers_is_not_answered() {
    let scene = Scene::standard();
    let played = scene.play();
    let outcome =
        handshake::answer(Some(&played.settled), &played.reply, &scene.destination, now(), entropy(9));
    assert_eq!(outcome.message(), Some(wire::NOT_RECOGNISED));
}

#[test]
fn either_side_may_report() {
    let scene = Scene::standard();
    let played = scene.play();
    let report = handshake::due(&played.source).unwrap().message;
    let answer = handshake::answer(Some(&played.settled), &report, &scene.destination, now(), entropy(9));
    let concluded = handshake::conclude(
        &played.source,
        &report,
        answer.message().unwrap(),
        &scene.source,
        now(),
        entropy(5),
    )
    .unwrap();
    assert!(concluded.message().is_none() && concluded.events().is_empty());
    // The source had not called before, so it notes that the other side was there.
    let heard = concluded.connection().unwrap();
    assert_eq!((heard.status(now()), heard.health().last_contact), (CONFIRMED, Some(now())));
}

#[test]
fn an_answer_to_another_report_is_not_concluded_from() {
    let scene = Scene::standard();
    let played = scene.play();
    let other = scene.conclude(&played.settled, &played.accept, &played.reply);
    assert_eq!(other.unwrap_err(), ConcludeError::Unverified);
}

#[test]
fn a_local_connection_is_active_at_once() {
    for mode in ConnectionMode::ALL {
        let local = support::local_connection(*mode);
        assert_eq!((local.role(), local.kind(), local.mode()), (Role::Local, ConnectionKind::Local, *mode));
        assert_eq!(local.status(now()), CONFIRMED);
        check_events(
            &local,
            &[(1, admin("ada"), EventKind::Initiated), (2, admin("ada"), EventKind::Activated)],
        );
    }
}

#[test]
fn a_local_connection_has_no_other_side() {
    let local = support::local_connection(ConnectionMode::Script);
    assert_eq!(local.phase(), Phase::Active);
    assert!(local.remote().is_none() && local.remote_info().is_none() && local.expires_at().is_none());
    assert!(local.export_key("mail").is_none() && local.comparison().is_none());
    assert_eq!(local.protocol_version(), None);
}

#[test]
fn a_local_connection_sends_and_answers_nothing() {
    let scene = Scene::standard();
    let local = support::local_connection(ConnectionMode::Script);
    assert_eq!(handshake::due(&local), None);
    let (_, accept) = scene.accept();
    assert_eq!(local.id(), scene.pending.id());
    assert_eq!(scene.answer(&local, &accept).message(), Some(wire::NOT_RECOGNISED));
    assert_eq!(
        scene.answer(&local, &Message::open(&accept).seal(&[0; 32])).message(),
        Some(wire::NOT_RECOGNISED)
    );
}

#[test]
fn a_stored_handshake_ends_like_one_in_memory() {
    let scene = Scene::standard();
    let played = scene.play();
    let restored = Scene { pending: stored(&scene.pending), ..scene.clone() };
    let answered = restored.answer(&restored.pending, &played.accept);
    assert_same(answered.connection().unwrap(), &played.unconfirmed);
    let concluded = scene.conclude(&stored(&played.accepting), &played.accept, &played.confirm).unwrap();
    assert_same(concluded.connection().unwrap(), &played.destination);
}

#[test]
fn the_code_holds_the_entropy_it_was_given() {
    assert_eq!(Scene::standard().keys().secret, CODE_SECRET);
}

#[track_caller]
fn check_events(connection: &Connection, expected: &[(u64, Actor, EventKind)]) {
    let events: Vec<_> =
        connection.events().iter().map(|event| (event.number, event.actor.clone(), event.kind)).collect();
    assert_eq!(events, expected);
    assert!(connection.events().iter().all(|event| event.at == now()));
}

fn exported(connection: &Connection, label: &str) -> [u8; 32] {
    *connection.export_key(label).unwrap().expose_bytes()
}
