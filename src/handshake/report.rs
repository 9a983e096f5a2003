//! Reports: how each side learns where the other stands.

use super::message::Report;
use super::{Outcome, close};
use crate::connection::{
    CloseReason, Closed, Connection, EventKind, Health, Heard, Ledger, Link, Parted, Role, State, Switch,
    fingerprint,
};
use crate::crypto::{Secret, message_digest};
use crate::instance::Instance;
use crate::offer::Side;
use crate::time::{Actor, Timestamp};

/// The key under which a side reports, if this record has it.
pub(super) fn key(connection: &Connection, from: Role) -> Option<Secret> {
    match &connection.state {
        State::Linked(link) => Some(link.secret.report_key(from)),
        State::Closed(closed) => closed.parted.as_ref().map(|parted| {
            if from == Role::Source { &parted.from_source } else { &parted.from_destination }.clone()
        }),
        _ => None,
    }
}

/// What both sides have said of themselves, once both ends agreed.
pub(super) fn ledger(connection: &Connection) -> Option<&Ledger> {
    match &connection.state {
        State::Linked(link) => Some(&link.ledger),
        State::Closed(closed) => closed.parted.as_ref().map(|parted| &parted.ledger),
        _ => None,
    }
}

/// Our own report, as a request or as the answer to a message.
pub(super) fn compose(connection: &Connection, answered: Option<&[u8]>) -> Option<Vec<u8>> {
    let ledger = ledger(connection)?;
    let report = Report {
        answers: answered.map(message_digest),
        uid: ledger.ours.uid.clone(),
        node_url: ledger.ours.node_url.clone(),
        switch: ledger.ours.switch,
        sequence: ledger.ours.sequence,
        seen: ledger.seen(),
    };
    Some(report.seal(connection.id, &key(connection, connection.role)?))
}

/// What a verified report changes. `fresh` is the highest number that we had seen when we asked, if the report answers
/// us: then an older one is no late copy, but the word of somebody whose store went back.
pub(super) fn take_note(
    connection: &Connection,
    report: &Report,
    fresh: Option<u64>,
    now: Timestamp,
) -> Outcome {
    match &connection.state {
        State::Linked(link) => linked(connection, link, report, fresh, now),
        State::Closed(closed) => match &closed.parted {
            Some(parted) => parted_from(connection, closed, parted, report, now),
            None => Outcome::nothing(),
        },
        _ => Outcome::nothing(),
    }
}

fn linked(
    connection: &Connection,
    link: &Link,
    report: &Report,
    fresh: Option<u64>,
    now: Timestamp,
) -> Outcome {
    let moment = now.by(Actor::Remote);
    let mut changed = Link { confirmed: true, ..link.clone() };
    let news = hear(&mut changed.ledger, report);
    let was_on = link.is_on_remotely();
    let mut events = Vec::new();
    if !link.confirmed {
        events.push(EventKind::Confirmed);
    }
    let health = examine(connection, &link.ledger, report, news, fresh, now, &mut events);
    if changed.is_on_remotely() != was_on && report.switch != Switch::Removed {
        events.push(if was_on { EventKind::Deactivated } else { EventKind::Reactivated });
    }
    let is_acknowledged = changed.ledger.ours.acknowledged != link.ledger.ours.acknowledged;
    if !(news || is_acknowledged || !link.confirmed || health.is_some()) {
        return Outcome::nothing();
    }
    let mut next = if news && report.switch == Switch::Removed {
        events.push(EventKind::Removed);
        // What it last said is kept, so that our report acknowledges it. One that asks gets that as the answer, or asks
        // again; one that was asked may not be able to, so the report is due until it is answered.
        let told = fresh.is_none();
        close::part(connection, &changed, CloseReason::Removed { by: Side::Remote }, told, now)
    } else {
        connection.with_state(State::Linked(Box::new(changed)))
    };
    if let Some(health) = health {
        next.health = health;
    }
    let events = events.into_iter().map(|kind| next.events.record(&moment, kind)).collect();
    Outcome { events, ..Outcome::becomes(next) }
}

/// After it is over, a report only says whether the other side knows.
fn parted_from(
    connection: &Connection,
    closed: &Closed,
    parted: &Parted,
    report: &Report,
    now: Timestamp,
) -> Outcome {
    let mut ledger = parted.ledger.clone();
    let news = hear(&mut ledger, report);
    // A side that has removed it too needs no word.
    let told = closed.told || ledger.ours.acknowledged || news && report.switch == Switch::Removed;
    if !news
        && told == closed.told
        && parted.confirmed
        && ledger.ours.acknowledged == parted.ledger.ours.acknowledged
    {
        return Outcome::nothing();
    }
    let parted = Parted { confirmed: true, ledger, ..parted.clone() };
    let next = Closed { told, parted: Some(Box::new(parted)), ..closed.clone() };
    let next = connection.with_state(State::Closed(Box::new(next)));
    // That whoever has removed it knows is no news.
    if told == closed.told || closed.reason == (CloseReason::Removed { by: Side::Remote }) {
        Outcome::becomes(next)
    } else {
        Outcome::happened(next, &now.by(Actor::Remote), EventKind::Told)
    }
}

/// Takes over what a report says, and tells whether it had news: a duplicated, late or replayed one has no higher number.
fn hear(ledger: &mut Ledger, report: &Report) -> bool {
    let news = report.sequence > ledger.seen();
    if news {
        ledger.theirs = Some(Heard {
            switch: report.switch,
            sequence: report.sequence,
            fingerprint: fingerprint(report.switch, &report.uid, report.node_url.as_ref()),
        });
    }
    ledger.ours.acknowledged |= report.seen >= ledger.ours.sequence;
    news
}

/// What a report says about how the connection is doing; `None` if nothing new.
fn examine(
    connection: &Connection,
    before: &Ledger,
    report: &Report,
    news: bool,
    fresh: Option<u64>,
    now: Timestamp,
    events: &mut Vec<EventKind>,
) -> Option<Health> {
    let mut health = connection.health.clone();
    let known = connection.remote.as_ref();
    let mut is_cloned = known.is_some_and(|known| *known.uid() != report.uid);
    if news {
        let known_url = known.and_then(Instance::callable_url);
        // One that can no longer be called has no new address; the old one just does not answer.
        if let Some(url) = &report.node_url {
            health.moved_to = Some(url.clone()).filter(|url| Some(url) != known_url);
        }
        let ahead = report.sequence.saturating_sub(now.as_millis()) / 1000;
        health.clock_ahead = Some(ahead).filter(|ahead| *ahead > CLOCKS_APART);
    } else if before.theirs.as_ref().is_some_and(|theirs| {
        theirs.sequence == report.sequence
            && theirs.fingerprint != fingerprint(report.switch, &report.uid, report.node_url.as_ref())
    }) {
        is_cloned = true;
    } else if fresh.is_some_and(|seen| report.sequence < seen) {
        // An address that answers with an older state than another one has told: both are alive.
        if health.moved_to.is_some() {
            is_cloned = true;
        } else {
            health.out_of_step = health.out_of_step.or(Some(Side::Remote));
        }
    }
    health.cloned |= is_cloned;
    if report.seen > before.ours.sequence {
        health.out_of_step = health.out_of_step.or(Some(Side::Local));
    }
    let earlier = &connection.health;
    if health.moved_to.is_some() && health.moved_to != earlier.moved_to {
        events.push(EventKind::Moved);
    }
    if health.cloned && !earlier.cloned {
        events.push(EventKind::Cloned);
    }
    if let (Some(side), None) = (health.out_of_step, earlier.out_of_step) {
        events.push(EventKind::OutOfStep { side });
    }
    (health != *earlier).then_some(health)
}

/// How many seconds two clocks may be apart before somebody should look.
const CLOCKS_APART: u64 = 5 * 60;
