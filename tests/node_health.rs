//! How a connection is doing: contact, trouble, when to refresh next, and what an admin should look at.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;
#[path = "support/transports.rs"]
mod transports;
#[path = "support/wire.rs"]
mod wire;

use core::time::Duration;
use std::sync::{Arc, Mutex};

use handclasp::{
    ConnectionId, ConnectionStore, ConnectionView, FixedClock, HealthWarning, InProcess, KnownPlatform,
    MemoryStore, Node, RetryReason, SeededEntropy, Status, TroubleKind, UrlPolicy, WhoActs,
};
use pollster::block_on;
use support::{
    CONFIRMED, Linked, Plain, UNCONFIRMED, World, accept, connect, instance, instance_at, invitation, noon,
    view,
};
use transports::Tap;

impl Linked {
    async fn refreshed(&self) -> ConnectionView {
        self.source.refresh(self.id).await.unwrap().connection
    }

    fn later(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    fn unplug(&self) {
        self.world.network.detach(self.destination.instance());
    }

    /// In how many milliseconds to refresh, as it is recommended now.
    fn pause(&self, view: &ConnectionView) -> u64 {
        view.next_refresh.unwrap().as_millis() - self.source.now().as_millis()
    }
}

/// A pause of so many seconds, and what it is spread by: less than a quarter.
#[track_caller]
fn assert_about(pause: u64, seconds: u64) {
    let range = seconds * 1000..=seconds * 1250;
    assert!(range.contains(&pause), "{pause} ms is not {seconds} s");
}

const HOUR: u64 = 60 * 60;

#[test]
fn contact_is_kept_to_the_minute() {
    block_on(async {
        let scene = Linked::new().await;
        let revision = || block_on(scene.source.store().get(scene.id)).unwrap().unwrap().revision;
        let before = revision();
        scene.later(59);
        assert_eq!(scene.refreshed().await.health.last_contact, Some(noon()));
        // Polling is not writing.
        assert_eq!(revision(), before);
        scene.later(1);
        let contact = scene.refreshed().await.health.last_contact;
        assert_eq!(contact, Some(noon().saturating_add(Duration::from_secs(60))));
    });
}

#[test]
fn being_called_is_no_contact() {
    block_on(async {
        let scene = Linked::new().await;
        scene.later(HOUR);
        scene.destination.refresh(scene.id).await.unwrap();
        assert_eq!(view(&scene.source, scene.id).await.health.last_contact, Some(noon()));
    });
}

#[test]
fn trouble_is_counted_and_gone_with_the_next_contact() {
    block_on(async {
        let scene = Linked::new().await;
        scene.unplug();
        for times in 1..=3 {
            scene.later(HOUR);
            let health = scene.refreshed().await.health;
            let trouble = health.trouble.unwrap();
            assert_eq!((trouble.kind, trouble.times), (TroubleKind::NoReply, times));
            assert_eq!((trouble.at, health.last_attempt), (scene.source.now(), Some(scene.source.now())));
            assert_eq!(health.last_contact, Some(noon()));
        }
        scene.destination.attach_to(&scene.world.network);
        let healed = scene.refreshed().await;
        assert_eq!((healed.health.trouble, healed.health.last_attempt), (None, None));
        assert_eq!((healed.health.last_contact, healed.status), (Some(scene.source.now()), CONFIRMED));
    });
}

#[test]
fn trouble_is_no_event_and_changes_no_status() {
    block_on(async {
        let scene = Linked::new().await;
        let before = view(&scene.source, scene.id).await;
        scene.unplug();
        let after = scene.refreshed().await;
        assert_eq!((after.events, after.status), (before.events, before.status));
    });
}

#[test]
fn whether_it_heals_by_itself_depends_on_what_went_wrong() {
    let healing: Vec<_> =
        TroubleKind::ALL.iter().filter(|kind| kind.heals_by_itself()).map(|kind| kind.code()).collect();
    assert_eq!(healing, ["no-reply", "unverified"]);
}

#[test]
fn somebody_in_between_is_trouble_that_heals() {
    block_on(async {
        let world = World::new();
        let tap = Tap::on(world.network.clone());
        let local = instance("salesforce", KnownPlatform::Salesforce);
        let source = world.builder(local, MemoryStore::new(), tap.clone()).build();
        source.attach_to(&world.network);
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        tap.forge(b"503");
        let refreshed = source.refresh(id).await.unwrap().connection;
        assert_eq!(refreshed.health.trouble.unwrap().kind, TroubleKind::Unverified);
        assert_eq!(source.refresh(id).await.unwrap().connection.health.trouble, None);
    });
}

#[test]
fn an_address_that_is_no_longer_permitted_is_the_admins_to_permit() {
    block_on(async {
        let world = World::new();
        let lenient = UrlPolicy::public().allow_private();
        let local = instance("salesforce", KnownPlatform::Salesforce);
        let source = world.attached(|world| world.plain(local.clone()).policy(lenient));
        let intranet = instance_at("jira", KnownPlatform::JiraCloud, "https://jira.intranet");
        let destination = world.attached(|world| world.plain(intranet).policy(lenient));
        let id = connect(&source, &destination).await;
        let strict = world.builder(local, source.store().clone(), world.network.clone()).build();
        let exchanges = world.network.exchanges();
        let refreshed = strict.refresh(id).await.unwrap();
        let retry = refreshed.retry.unwrap();
        assert!(matches!(retry.why, RetryReason::NotPermitted(_)) && !retry.why.retry_helps());
        assert_eq!(retry.why.who_acts(refreshed.connection.role), WhoActs::SourceAdmin);
        assert_eq!(refreshed.connection.health.trouble.unwrap().kind, TroubleKind::NotPermitted);
        assert_eq!((refreshed.connection.status, world.network.exchanges()), (CONFIRMED, exchanges));
    });
}

#[test]
fn failures_in_a_row_are_tried_again_ever_later_up_to_an_hour() {
    block_on(async {
        let scene = Linked::new().await;
        scene.unplug();
        let mut first = None;
        for seconds in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600] {
            let refreshed = scene.source.refresh(scene.id).await.unwrap();
            let pause = scene.pause(&refreshed.connection);
            assert_about(pause, seconds);
            // All are spread in the same proportion, but for parts of milliseconds.
            let first = *first.get_or_insert(pause);
            assert!((pause * 30).abs_diff(first * seconds) <= seconds + 30, "{pause} {first} {seconds}");
            assert_eq!(refreshed.retry.unwrap().after, Duration::from_millis(pause));
            scene.world.clock.advance(Duration::from_millis(pause));
        }
    });
}

#[test]
fn after_a_contact_the_pauses_begin_anew() {
    block_on(async {
        let scene = Linked::new().await;
        scene.unplug();
        for _ in 0..5 {
            scene.refreshed().await;
        }
        scene.destination.attach_to(&scene.world.network);
        scene.refreshed().await;
        scene.unplug();
        assert_about(scene.pause(&scene.refreshed().await), 30);
    });
}

#[test]
fn different_connections_are_not_refreshed_at_the_same_time() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let mut times = Vec::new();
        for _ in 0..8 {
            let id = connect(&source, &destination).await;
            times.push(view(&source, id).await.next_refresh.unwrap());
        }
        times.sort_unstable();
        times.dedup();
        assert!(times.len() > 4, "{times:?}");
    });
}

#[test]
fn whoever_is_told_the_news_looks_every_six_hours() {
    block_on(async {
        let scene = Linked::new().await;
        assert_about(scene.pause(&view(&scene.source, scene.id).await), 6 * HOUR);
        // Contact is written down once a minute only, and the pause counts from there.
        scene.later(10 * 60);
        assert_about(scene.pause(&scene.refreshed().await), 6 * HOUR);
    });
}

#[test]
fn whoever_has_to_ask_for_the_news_asks_every_quarter_of_an_hour() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let destination = world.private("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        let next = view(&destination, id).await.next_refresh.unwrap();
        assert_about(next.as_millis() - destination.now().as_millis(), 15 * 60);
    });
}

#[test]
fn whoever_waits_for_people_asks_each_minute_and_after_an_hour_every_five() {
    block_on(async {
        let world = World::new();
        let source = world.private("salesforce", KnownPlatform::Salesforce);
        world.node("jira", KnownPlatform::JiraCloud);
        let (id, _) = invitation(&source, "jira.example.com").await;
        for (minutes, seconds) in [(0, 60), (30, 60), (29, 60), (1, 5 * 60), (24 * 60, 5 * 60)] {
            world.clock.advance(Duration::from_secs(minutes * 60));
            let next = source.refresh(id).await.unwrap().connection.next_refresh.unwrap();
            assert_about(next.as_millis() - source.now().as_millis(), seconds);
        }
    });
}

#[test]
fn whoever_has_to_be_called_need_not_refresh() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let destination = world.private("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        assert_eq!(view(&source, id).await.next_refresh, None);
        assert!(view(&destination, id).await.next_refresh.is_some());
        let (pending, _) = invitation(&source, "jira.example.com").await;
        assert_eq!(view(&source, pending).await.next_refresh, None);
    });
}

/// A connection whose destination's clock is ahead by so much.
async fn ahead(seconds: u64) -> (World, Plain, Plain, FixedClock, ConnectionId) {
    let world = World::new();
    let source = world.node("salesforce", KnownPlatform::Salesforce);
    let clock = FixedClock::at(noon().saturating_add(Duration::from_secs(seconds)));
    let jira = instance("jira", KnownPlatform::JiraCloud);
    let (network, entropy) = (world.network.clone(), SeededEntropy::new(77));
    let destination: Node<MemoryStore, InProcess> =
        Node::builder_with(jira, MemoryStore::new(), network, clock.clone(), entropy).build();
    destination.attach_to(&world.network);
    let id = connect(&source, &destination).await;
    (world, source, destination, clock, id)
}

#[test]
fn a_clock_more_than_five_minutes_ahead_is_a_warning() {
    block_on(async {
        for (seconds, known) in [(0, None), (300, None), (301, Some(301)), (86_400, Some(86_400))] {
            let (_, source, destination, _, id) = ahead(seconds).await;
            let view = view(&source, id).await;
            assert_eq!(view.health.clock_ahead, known, "{seconds}");
            let warned = view.warnings.contains(&HealthWarning::ClockAhead);
            assert_eq!((warned, view.status), (known.is_some(), CONFIRMED), "{seconds}");
            // The other side is behind, which nobody can tell from slowness.
            assert!(support::view(&destination, id).await.warnings.is_empty());
        }
    });
}

#[test]
fn once_the_clocks_agree_the_warning_goes_with_the_next_news() {
    block_on(async {
        let (world, source, destination, _, id) = ahead(HOUR).await;
        world.clock.advance(Duration::from_secs(HOUR));
        source.refresh(id).await.unwrap();
        assert!(view(&source, id).await.health.clock_ahead.is_some());
        destination.deactivate(id).await.unwrap();
        assert!(view(&source, id).await.warnings.is_empty());
    });
}

#[test]
fn a_destination_that_speaks_more_than_this_side_is_a_warning() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let sink = Arc::clone(&heard);
        world.network.attach(source.instance(), move |message| {
            sink.lock().unwrap().push(message);
            async { None }
        });
        accept(&destination, &code).await;
        let accepted = heard.lock().unwrap()[0].clone();
        // 14 is the range of versions that it speaks.
        let newer = wire::Message::open(&accepted).with(14, [1, 9]);
        source.handle(&newer.seal(&wire::CodeKeys::of(&code).accept)).await.unwrap();
        let view = view(&source, id).await;
        assert_eq!((view.status, view.warnings), (UNCONFIRMED, vec![HealthWarning::NewerVersion]));
    });
}

#[test]
fn an_invitation_has_no_warnings() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let (id, _) = invitation(&source, "jira.example.com").await;
        let view = view(&source, id).await;
        assert_eq!((view.status, view.warnings), (Status::Pending, Vec::new()));
    });
}
