//! What people decide, between two real sides: labels of one's own, off and on by either side, moves; and that deciding
//! twice is deciding once.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/pair.rs"]
mod pair;
#[path = "support/stages.rs"]
mod stages;
#[path = "support/handshake.rs"]
mod support;

use desk::{decide_with, desk, moved_to, rename};
use handclasp::handshake::{self, Outcome};
use handclasp::lifecycle::{Denial, NotPossible, Stage, Trigger};
use handclasp::{
    Connection, ConnectionInfo, Description, EventKind, HealthWarning, Instance, InstanceUrl, Moment, Role,
    Side, Status, UrlPolicy,
};
use pair::{Origin, Pair};
use pollster::block_on;
use stages::{Standing, standings};
use support::{admin, assert_same, at, complete, instance, now, stored, url};

const ROLES: [Role; 3] = [Role::Source, Role::Destination, Role::Local];

/// The decisions about a record that is there.
const DECISIONS: [Trigger; 10] = [
    Trigger::Reissue,
    Trigger::Revoke,
    Trigger::Approve,
    Trigger::Decline,
    Trigger::Cancel,
    Trigger::Edit,
    Trigger::Deactivate,
    Trigger::Activate,
    Trigger::Remove,
    Trigger::ConfirmMove,
];

fn describe(record: &Connection, text: &str, moment: impl Into<Moment>) -> Result<Outcome, NotPossible> {
    handshake::describe(record, Description::parse(text).unwrap(), moment)
}

/// The records that are not over yet, in every stage of every role.
fn open() -> impl Iterator<Item = (Connection, Standing)> {
    let all = ROLES.into_iter().flat_map(standings).filter(|to| !to.stage.is_closed());
    all.filter_map(|to| to.record.clone().map(|record| (record, to)))
}

/// Which decisions there were to repeat, so that none is left out.
#[test]
fn deciding_twice_is_deciding_once() {
    let mut repeated = std::collections::BTreeSet::new();
    for to in ROLES.into_iter().flat_map(standings) {
        let Some(record) = &to.record else { continue };
        for trigger in DECISIONS {
            let moment = || at(to.now()).by(admin("ada"));
            let moved_to = moved_to(record);
            let Ok(first) = decide_with(record, trigger, &moved_to, moment()) else { continue };
            let after = first.connection().unwrap_or(record);
            // After a crash, or a write whose outcome was unclear, it is read again.
            let later = at(to.now() + 60_000).by(admin("grace"));
            let second = decide_with(&stored(after), trigger, &moved_to, later);
            let what = format!("{:?} {:?}, {}: {trigger:?}", to.role, to.stage, to.how);
            let second = second.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert!(second.connection().is_none() && second.message().is_none(), "{what}");
            assert!(second.events().is_empty(), "{what}");
            repeated.insert(trigger);
        }
    }
    assert_eq!(repeated.len(), DECISIONS.len());
}

/// By a node, which goes on where it was with the same code.
#[test]
fn accepting_and_declining_a_code_twice_is_doing_it_once() {
    let absent = standings(Role::Destination).into_iter().filter(|to| to.stage == Stage::Absent);
    for to in absent {
        let (node, _) = desk(&to);
        let preview = || block_on(node.preview(&to.pair.scene.code)).unwrap();
        // What is said, and what has happened; how often nobody was reached is counted, of course.
        let kept = || {
            let record = desk::record(&node, to.pair.source.id()).unwrap();
            (handshake::due(&record), record.events().to_vec(), record.status(node.now()))
        };
        let accept = || {
            let form = complete(preview().form(), preview().asks());
            assert!(block_on(node.accept(&preview(), &form)).is_ok(), "{}", to.how);
            kept()
        };
        assert_eq!(accept(), accept(), "{}", to.how);
        let decline = || {
            assert!(block_on(node.decline_invitation(&preview())).is_ok(), "{}", to.how);
            kept()
        };
        assert_eq!(decline(), decline(), "{}", to.how);
    }
}

/// Labels are local: in every open stage, nothing else of the record changes, and nothing is sent.
#[test]
fn a_label_is_changed_on_this_side_only() {
    for (record, to) in open() {
        let what = format!("{:?} {:?}, {}", to.role, to.stage, to.how);
        let moment = || at(to.now()).by(admin("ada"));
        let renamed = rename(&record, "Another name", moment()).unwrap();
        assert_eq!((renamed.message(), renamed.to()), (None, None), "{what}");
        let renamed = renamed.into_connection().unwrap();
        let described = describe(&renamed, "Other words", moment()).unwrap().into_connection().unwrap();
        let labels = |info: &ConnectionInfo| (info.name().to_string(), info.description().to_string());
        assert_eq!(labels(described.info()), ("Another name".to_owned(), "Other words".to_owned()), "{what}");
        let kinds: Vec<EventKind> =
            described.events().iter().skip(record.events().len()).map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Renamed, EventKind::Described], "{what}");
        // What is due is the same, byte for byte, and so is all that is shown but these.
        assert_eq!(handshake::due(&described), handshake::due(&record), "{what}");
        let mut shown = described.view(at(to.now()));
        (shown.info, shown.events) = (record.info().clone(), record.events().to_vec());
        assert_eq!(shown, record.view(at(to.now())), "{what}");
        assert_eq!(described.info().source_short_name(), record.info().source_short_name(), "{what}");
        assert_eq!(
            described.info().destination_short_name(),
            record.info().destination_short_name(),
            "{what}"
        );
        assert_eq!(described.info().incoming_project(), record.info().incoming_project(), "{what}");
    }
}

/// Changing it back gives the labels that were there.
#[test]
fn a_label_can_be_changed_back() {
    for (record, to) in open() {
        let name = record.info().name().to_string();
        let renamed =
            rename(&record, "Another name", now().by(admin("ada"))).unwrap().into_connection().unwrap();
        let back = rename(&renamed, &name, now().by(admin("ada"))).unwrap().into_connection().unwrap();
        assert_eq!(back.info(), record.info(), "{}", to.how);
    }
}

/// The code says what it said, and still works; the peer keeps its own labels, and what it heard of ours.
#[test]
fn the_code_and_the_peer_keep_their_labels() {
    let pair = Pair::of(Origin::Plain).by_source(|record, moment| rename(record, "Renamed early", moment));
    let suggested = handclasp::Invitation::read(&pair.scene.code).unwrap();
    let preview = handclasp::Preview::new(suggested, &pair.scene.destination, UrlPolicy::public());
    assert_eq!(preview.form().name, pair.scene.pending.info().name().as_str());

    let pair = pair.accepted().taken().settled();
    assert_eq!(pair.source.info().name().as_str(), "Renamed early");
    let peer = pair.destination.clone().unwrap();
    let pair = pair.by_source(|record, moment| rename(record, "Renamed late", moment)).settled();
    assert_same(pair.destination.as_ref().unwrap(), &peer);
    let own = pair.source.clone();
    let pair = pair.by_destination(|record, moment| describe(record, "Over here", moment)).settled();
    assert_same(&pair.source, &own);
}

/// Whoever does what.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Off(Role),
    On(Role),
}

/// Every sequence of so many turns.
fn sequences(length: usize) -> Vec<Vec<Turn>> {
    let turns = [Role::Source, Role::Destination].map(|role| [Turn::Off(role), Turn::On(role)]).concat();
    (0..length).fold(vec![Vec::new()], |sequences, _| {
        let longer =
            |sequence: Vec<Turn>| turns.iter().map(move |turn| [sequence.clone(), vec![*turn]].concat());
        sequences.into_iter().flat_map(longer).collect()
    })
}

/// How it is shown to a side that has it on or off, and whose other side has.
fn shown(here: bool, there: bool) -> Status {
    match (here, there) {
        (true, true) => Status::Active { confirmed: true },
        (false, true) => Status::Deactivated { by: Side::Local },
        (true, false) => Status::Deactivated { by: Side::Remote },
        (false, false) => Status::Deactivated { by: Side::Both },
    }
}

#[track_caller]
fn check_shown(pair: &Pair, source: bool, destination: bool, what: &str) {
    let peer = pair.destination.as_ref().unwrap();
    let seen = (pair.source.status(at(pair.now)), peer.status(at(pair.now)));
    assert_eq!(seen, (shown(source, destination), shown(destination, source)), "{what}");
    // A key is given out only while both have it on, and then it is the same.
    let keys = [&pair.source, peer].map(|record| record.export_key("a").map(|key| *key.expose_bytes()));
    assert_eq!(keys.map(|key| key.is_some()), [source && destination; 2], "{what}");
    assert_eq!(keys[0], keys[1], "{what}");
}

/// Effectively active while both have it on, whoever switches in whatever order, and whether or not each turn is heard
/// of before the next.
#[test]
fn it_is_active_while_both_have_it_on() {
    for (origin, sequence) in [Origin::Plain, Origin::Fetching]
        .into_iter()
        .flat_map(|origin| sequences(3).into_iter().map(move |sequence| (origin, sequence)))
    {
        for heard_each in [true, false] {
            let mut pair = Pair::active(origin);
            let (mut source, mut destination) = (true, true);
            for turn in &sequence {
                let (role, on) = match *turn {
                    Turn::Off(role) => (role, false),
                    Turn::On(role) => (role, true),
                };
                let decide = |record: &Connection, moment: Moment| {
                    if on {
                        handshake::activate(record, moment)
                    } else {
                        handshake::deactivate(record, moment)
                    }
                };
                pair.now += 1000;
                let moment = at(pair.now).by(admin("ada"));
                if role == Role::Source {
                    let decided = decide(&pair.source, moment).unwrap();
                    assert_eq!(decided.connection().is_some(), source != on, "{sequence:?}");
                    pair.source = decided.into_connection().unwrap_or(pair.source);
                    source = on;
                } else {
                    let decided = decide(pair.destination.as_ref().unwrap(), moment).unwrap();
                    assert_eq!(decided.connection().is_some(), destination != on, "{sequence:?}");
                    pair.destination = decided.into_connection().or(pair.destination);
                    destination = on;
                }
                if heard_each {
                    pair = pair.settled();
                    check_shown(&pair, source, destination, &format!("{origin:?} {sequence:?}"));
                }
            }
            let pair = pair.settled();
            check_shown(&pair, source, destination, &format!("{origin:?} {sequence:?}, heard at the end"));
            assert!(pair.source.is_acknowledged(), "{origin:?} {sequence:?}");
            assert!(pair.destination.as_ref().unwrap().is_acknowledged(), "{origin:?} {sequence:?}");
        }
    }
}

/// Switched off before the destination had confirmed, it is off for both once it has.
#[test]
fn what_was_switched_off_early_is_off_for_both() {
    for origin in Origin::ALL {
        let pair = Pair::unconfirmed(origin).by_source(handshake::deactivate).settled();
        check_shown(&pair, false, true, &format!("{origin:?}"));
        let pair = pair.by_source(handshake::activate).settled();
        check_shown(&pair, true, true, &format!("{origin:?}"));
    }
}

/// Where a side calls, and what its admin is warned of.
fn called(record: &Connection) -> (Option<InstanceUrl>, bool) {
    let to = handshake::due(record).and_then(|due| due.to);
    (to, record.warnings().contains(&HealthWarning::Moved))
}

fn confirm_move(record: &Connection, moved_to: &InstanceUrl) -> Result<Outcome, NotPossible> {
    handshake::confirm_move(record, moved_to, UrlPolicy::public(), now().by(admin("ada")))
}

#[track_caller]
fn check_nothing_moved(record: &Connection, moved_to: &InstanceUrl) {
    let error = confirm_move(record, moved_to).unwrap_err();
    assert_eq!((error.trigger, error.denial), (Trigger::ConfirmMove, Denial::NothingMoved));
}

#[track_caller]
fn check_move(before: &Connection, after_news: &Connection, moved: &Instance) {
    let old = called(before).0;
    assert!(old.is_some() && old.as_ref() != moved.callable_url());
    // Nothing goes to the new address until an admin confirms it.
    assert_eq!(called(after_news), (old, true));
    assert_eq!(after_news.events().last().unwrap().kind, EventKind::Moved);
    assert!(after_news.events().last().unwrap().kind.is_security());
    let shown = after_news.health().moved_to.as_ref().unwrap();
    let confirmed = confirm_move(after_news, shown).unwrap();
    assert_eq!(confirmed.to(), moved.callable_url());
    let confirmed = confirmed.into_connection().unwrap();
    assert_eq!(called(&confirmed), (moved.callable_url().cloned(), false));
    assert_eq!(confirmed.remote().unwrap().uid(), before.remote().unwrap().uid());
    assert_eq!(confirmed.info(), before.info());
}

#[test]
fn a_move_is_followed_once_it_is_confirmed() {
    for origin in [Origin::Plain, Origin::Unbound, Origin::ByHand] {
        let pair = Pair::active(origin);
        let moved = pair.clone().destination_moved();
        check_move(&pair.source, &moved.source, &moved.places.1);
        let moved = pair.clone().source_moved();
        check_move(pair.destination.as_ref().unwrap(), moved.destination.as_ref().unwrap(), &moved.places.0);
    }
}

#[test]
fn who_never_moved_has_no_move_to_confirm() {
    let pair = Pair::active(Origin::Plain);
    for record in [&pair.source, pair.destination.as_ref().unwrap()] {
        check_nothing_moved(record, &url("https://elsewhere.example.com"));
    }
}

/// As whoever repeats it does.
#[test]
fn where_the_other_side_is_known_it_need_not_be_confirmed() {
    let pair = Pair::active(Origin::Plain);
    for record in [&pair.source, pair.destination.as_ref().unwrap()] {
        let known = record.remote().unwrap().callable_url().unwrap();
        let outcome = confirm_move(record, known).unwrap();
        assert!(outcome.connection().is_none() && outcome.message().is_none());
        assert_eq!(outcome.events(), []);
    }
}

/// What was looked at is no longer so: that is no reason to confirm something else.
#[test]
fn who_has_moved_on_is_not_where_it_had_moved() {
    let pair = Pair::active(Origin::Plain).destination_moved();
    let looked_at = pair.source.health().moved_to.clone().unwrap();
    let newer = instance("destination").node_url(url("https://node.fourth.example.com")).build().unwrap();
    let pair = destination_is_at(pair, &newer);
    check_nothing_moved(&pair.source, &looked_at);
    let confirmed = confirm_move(&pair.source, newer.callable_url().unwrap()).unwrap();
    assert_eq!(confirmed.connection().unwrap().remote().unwrap().callable_url(), newer.callable_url());
}

/// The destination says once more that it is elsewhere, and the source has heard of it.
fn destination_is_at(mut pair: Pair, place: &Instance) -> Pair {
    pair.places.1 = place.clone();
    pair.now += 1000;
    let announced = handshake::announce(pair.destination.as_ref().unwrap(), place, at(pair.now));
    pair.destination = announced.into_connection();
    pair.settled()
}

/// Who moves back is where it was, and there is nothing left to confirm.
#[test]
fn who_has_moved_back_has_no_move_to_confirm() {
    let pair = Pair::active(Origin::Plain).destination_moved();
    let looked_at = pair.source.health().moved_to.clone().unwrap();
    let home = pair.scene.destination.clone();
    let pair = destination_is_at(pair, &home);
    assert_eq!(pair.source.health().moved_to, None);
    check_nothing_moved(&pair.source, &looked_at);
}

/// Each event says who, when, and of which connection; a remote decision is the other side's.
#[test]
fn decisions_are_the_admins_here_and_the_other_sides_there() {
    let pair = Pair::active(Origin::Plain).by_source(handshake::deactivate).settled();
    let last = |record: &Connection| {
        let event = record.events().last().unwrap().clone();
        (event.connection, event.kind, event.actor, event.at)
    };
    let (id, time) = (pair.source.id(), at(pair.now));
    assert_eq!(last(&pair.source), (id, EventKind::Deactivated, admin("ada"), time));
    let remote = handclasp::Actor::Remote;
    assert_eq!(last(pair.destination.as_ref().unwrap()), (id, EventKind::Deactivated, remote, time));
}
