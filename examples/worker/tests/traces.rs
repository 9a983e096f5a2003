//! What can be seen from outside: the names and fields of README.md's table, and no secret in any of them.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

mod support;

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use handclasp_worker::TARGET;
use support::{HOUR, MINUTE, Running, SECOND, World, exact};
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// A span's or an event's name, level and fields.
#[derive(Clone, Debug)]
struct Seen {
    kind: &'static str,
    level: Level,
    fields: BTreeMap<&'static str, String>,
    within: Option<&'static str>,
}

impl Seen {
    fn names(&self) -> Vec<&'static str> {
        self.fields.keys().copied().collect()
    }

    fn number(&self, field: &str) -> u64 {
        self.fields[field].parse().unwrap()
    }
}

#[derive(Clone, Debug, Default)]
struct Capture(Arc<Mutex<Vec<Seen>>>);

impl Capture {
    /// All events of this name.
    fn events(&self, name: &str) -> Vec<Seen> {
        let all = self.0.lock().unwrap();
        all.iter()
            .filter(|seen| seen.fields.get("event").is_some_and(|event| event == name))
            .cloned()
            .collect()
    }

    /// The first event of this name with this outcome.
    fn first(&self, name: &str, outcome: &str) -> Seen {
        let mut events = self.events(name).into_iter();
        events
            .find(|seen| seen.fields["outcome"] == outcome)
            .unwrap_or_else(|| panic!("no {name} is {outcome}"))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let metadata = attributes.metadata();
        if metadata.target() == TARGET {
            let (kind, level) = (metadata.name(), *metadata.level());
            self.0.lock().unwrap().push(Seen { kind, level, fields: fields.0, within: None });
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        if metadata.target() == TARGET {
            let within = context.event_span(event).map(|span| span.name());
            let level = *metadata.level();
            self.0.lock().unwrap().push(Seen { kind: "event", level, fields: fields.0, within });
        }
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

/// Everything that the worker says while this world's story is told.
async fn captured(story: impl AsyncFnOnce(&World)) -> Capture {
    let capture = Capture::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(capture.clone()));
    story(&World::new()).await;
    capture
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_calm_life_have_the_names_and_fields_of_the_table() {
    let capture = captured(async |world| {
        let id = world.accepted().await;
        let worker = Running::begin(&world.source, exact());
        sleep(HOUR).await;
        worker.handle.look_at(id);
        sleep(SECOND).await;
        world.source.remove(id).await.unwrap();
        worker.handle.look_at(id);
        sleep(SECOND).await;
        worker
            .handle
            .look_at(handclasp::ConnectionId::parse("0193e0c4-8c00-7abc-9def-0123456789ab").unwrap());
        sleep(SECOND).await;
        worker.stop().await;
    })
    .await;

    let started = &capture.events("started")[0];
    assert_eq!((started.names(), started.number("at_once")), (vec!["at_once", "event"], 8));

    let all = ["attempt", "backlog", "connection", "event", "millis", "next_millis", "outcome"];
    let last = ["attempt", "backlog", "connection", "event", "millis", "outcome"];
    let refreshed = capture.first("refresh", "refreshed");
    assert_eq!((refreshed.names(), refreshed.level), (all.to_vec(), Level::DEBUG));
    assert_eq!((refreshed.number("attempt"), refreshed.number("backlog")), (1, 0));
    // A quarter of an hour, and a quarter of that at most.
    assert!((900_000..1_125_000).contains(&refreshed.number("next_millis")), "{refreshed:?}");
    assert_eq!(capture.first("refresh", "not-due").names(), all);
    assert_eq!(capture.first("refresh", "nothing-due").names(), last);
    assert_eq!(capture.first("refresh", "missing").names(), last);

    let scanned = capture.first("scan", "scanned");
    assert_eq!(scanned.names(), ["connections", "event", "millis", "next_millis", "outcome", "queued"]);
    assert_eq!(
        (scanned.number("connections"), scanned.number("queued"), scanned.level),
        (1, 1, Level::DEBUG)
    );

    assert_eq!(capture.events("stopping")[0].names(), ["event", "under_way"]);
    let stopped = &capture.events("stopped")[0];
    assert_eq!((stopped.names(), stopped.number("dropped")), (vec!["dropped", "event", "millis"], 0));
}

#[tokio::test(start_paused = true)]
async fn failures_warn_with_the_code_of_the_failure_and_count_their_attempts() {
    let capture = captured(async |world| {
        let ids = world.many_accepted(3).await;
        world.calls.hang(ids[0]);
        world.network.detach(world.destination.instance());
        world.store.panic_at(ids[1]);
        let worker = Running::begin(&world.source, exact().at_once(1));
        sleep(HOUR).await;
        world.store.set_reads_fail(true);
        sleep(2 * HOUR).await;
        worker.stop().await;
    })
    .await;
    for outcome in ["over-time", "panicked", "no-reply", "store-failed"] {
        assert_eq!(capture.first("refresh", outcome).level, Level::WARN, "{outcome}");
    }
    let over = capture.first("refresh", "over-time");
    assert_eq!(
        (over.number("attempt"), over.number("millis"), over.number("next_millis")),
        (1, 30_000, 5000)
    );
    // The two others wait for the one place, and the first hangs.
    assert_eq!(capture.events("refresh").iter().map(|seen| seen.number("backlog")).max(), Some(2));
    let silent = capture.events("refresh").into_iter().filter(|seen| seen.fields["outcome"] == "no-reply");
    let attempts: Vec<_> = silent.map(|seen| seen.number("attempt")).collect();
    assert!(attempts.len() > 4 && attempts.iter().copied().eq(1..=attempts.len() as u64), "{attempts:?}");

    let scan = capture.first("scan", "store-failed");
    assert_eq!((scan.names(), scan.level), (vec!["attempt", "event", "next_millis", "outcome"], Level::WARN));
}

#[tokio::test(start_paused = true)]
async fn what_store_and_transport_say_is_within_the_span_of_the_refresh() {
    let capture = captured(async |world| {
        let id = world.accepted().await;
        world.store.speak_up();
        let worker = Running::begin(&world.source, exact());
        sleep(SECOND).await;
        worker.stop().await;
        assert!(world.is_active(id).await);
    })
    .await;
    let all = capture.0.lock().unwrap();
    let span = all.iter().find(|seen| seen.kind == "refresh").unwrap();
    assert_eq!((span.names(), span.level), (vec!["attempt", "connection"], Level::INFO));
    let spoken: Vec<_> = all.iter().filter(|seen| seen.fields.contains_key("spoken")).collect();
    assert!(!spoken.is_empty() && spoken.iter().all(|seen| seen.within == Some("refresh")));
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_when_it_stops_is_counted() {
    let capture = captured(async |world| {
        for id in world.many_accepted(3).await {
            world.calls.hang(id);
        }
        let worker = Running::begin(&world.source, exact());
        sleep(SECOND).await;
        worker.stop().await;
    })
    .await;
    assert_eq!(capture.events("stopping")[0].number("under_way"), 3);
    let stopped = &capture.events("stopped")[0];
    assert_eq!((stopped.number("dropped"), stopped.number("millis")), (3, 10_000));
}

#[tokio::test(start_paused = true)]
async fn every_field_is_in_the_table_and_holds_a_number_an_id_or_a_code() {
    let capture = captured(async |world| {
        world.accepted().await;
        let worker = Running::begin(&world.source, exact());
        sleep(MINUTE).await;
        world.network.detach(world.destination.instance());
        sleep(HOUR).await;
        worker.stop().await;
    })
    .await;
    let known = ["attempt", "at_once", "backlog", "connection", "connections", "dropped", "event", "millis"];
    let known = [&known[..], &["next_millis", "outcome", "queued", "under_way"]].concat();
    let all = capture.0.lock().unwrap();
    assert!(all.len() > 10);
    for (name, value) in all.iter().flat_map(|seen| &seen.fields) {
        assert!(known.contains(name), "{name} is not in the table");
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        let is_id = handclasp::ConnectionId::parse(value).is_ok();
        // The codes of this package and of the library: short, and nothing is ever computed for one.
        let is_code =
            value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_right = match *name {
            "connection" => is_id,
            "event" | "outcome" => is_code,
            _ => is_number,
        };
        assert!(is_right, "{name} is {value}");
    }
}
