//! What holds in any life: over a network that loses, repeats, delays and misdirects, between sides that crash, whose
//! clocks jump, that move, and whose people decide whatever they like, at any time.

#![expect(clippy::panic, reason = "the helpers of a test fail like a test")]

#[path = "support/history.rs"]
mod history;
#[path = "support/handshake.rs"]
mod support;
#[path = "support/unruly.rs"]
mod unruly;

use handclasp::{Phase, Side, Status};
use history::Cast;
use proptest::prelude::*;
use support::{DAY, NOW};
use unruly::{Action, Fate, WISHES, Wish, World};

fn decide(side: usize, wish: Wish) -> Action {
    Action::Decide { side, wish, fate: Fate::Stored }
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![6 => Just(Fate::Stored), 1 => Just(Fate::LostBeforeStoring), 1 => Just(Fate::LostBeforeSending)]
}

fn actions() -> impl Strategy<Value = Action> {
    let expiry = NOW + 7 * DAY;
    let clocks = prop_oneof![
        Just(0),
        Just(NOW),
        Just(expiry),
        NOW - 40 * DAY..NOW + 40 * DAY,
        Just(handclasp::Timestamp::MAX.as_millis()),
    ];
    prop_oneof![
        4 => (0_usize..6, fates()).prop_map(|(side, fate)| Action::Speak { side, fate }),
        6 => fates().prop_map(|fate| Action::Deliver { fate }),
        5 => (any::<usize>(), 0_usize..6, fates())
            .prop_map(|(sent, side, fate)| Action::Arrive { sent, side, fate }),
        3 => (any::<usize>(), any::<Option<usize>>(), 0_usize..6, fates())
            .prop_map(|(sent, asked, side, fate)| Action::Confuse { sent, asked, side, fate }),
        5 => (0_usize..6, proptest::sample::select(&WISHES[..]), fates())
            .prop_map(|(side, wish, fate)| Action::Decide { side, wish, fate }),
        1 => (0_usize..6).prop_map(|side| Action::Restart { side }),
        1 => (0_usize..6, clocks).prop_map(|(side, millis)| Action::Clock { side, millis }),
        1 => (0_usize..6).prop_map(|side| Action::Move { side }),
    ]
}

fn histories() -> impl Strategy<Value = Vec<Action>> {
    proptest::collection::vec(actions(), 0..60)
}

fn casts() -> impl Strategy<Value = Cast> {
    proptest::sample::select(Cast::all().collect::<Vec<_>>())
}

/// Lets a history happen, and then lets the network work.
fn live(mut world: World, history: &[Action]) {
    for action in history {
        world.perform(action);
    }
    world.calm_down();
    check_agreement(&world);
}

/// What holds in the end: both sides agree whether it is open, and on who has it off.
fn check_agreement(world: &World) {
    let linked = |phase: Phase| matches!(phase, Phase::Active | Phase::Deactivated);
    let (source, destinations) = (world.source(), world.destinations());
    let open: Vec<_> = destinations.iter().filter(|it| it.phase() != Phase::Closed).collect();
    match source.phase() {
        Phase::Pending => assert_eq!(destinations.len(), world.refused_late(), "no answer to an acceptance"),
        Phase::Closed => assert!(open.is_empty(), "open on one side only: {open:?}"),
        Phase::AwaitingApproval => {
            let [waiting] = open[..] else { panic!("approval for {open:?}") };
            assert_eq!(waiting.status(world.now(waiting)), Status::Accepting { waiting: true });
        }
        phase => {
            assert!(linked(phase), "{phase:?}");
            let [other] = open[..] else { panic!("open with {open:?}") };
            assert!(linked(other.phase()), "{other:?}");
            let mirrored = match other.status(world.now(other)) {
                Status::Deactivated { by: Side::Local } => Status::Deactivated { by: Side::Remote },
                Status::Deactivated { by: Side::Remote } => Status::Deactivated { by: Side::Local },
                status => status,
            };
            assert_eq!(source.status(world.now(source)), mirrored);
            assert!(source.is_acknowledged() && other.is_acknowledged(), "unsaid things");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn one_destination(cast in casts(), history in histories()) {
        live(World::new(cast, false), &history);
    }

    #[test]
    fn two_destinations(cast in casts(), history in histories()) {
        live(World::new(Cast { bound: false, mode: handclasp::ConnectionMode::Script, ..cast }, true), &history);
    }

    /// The same instance twice, each with a store of its own: it was cloned, or its store was lost. Both have the
    /// same address, so a source that has to call would reach only one of them.
    #[test]
    fn a_destination_and_its_clone(cast in casts(), history in histories()) {
        live(World::new(Cast { bound: true, source_is_public: true, ..cast }, true), &history);
    }
}

/// Of two who hold the code, one declines, and the other is connected: when that is removed, the one that declined cannot
/// acknowledge it.
#[test]
fn only_the_other_side_acknowledges_a_removal() {
    let by_hand =
        Cast { bound: false, source_is_public: false, destination_is_public: false, ..Cast::STANDARD };
    let mut world = World::new(by_hand, true);
    world.perform(&decide(1, Wish::DeclineCode));
    world.perform(&Action::Speak { side: 2, fate: Fate::Stored });
    world.perform(&Action::Speak { side: 2, fate: Fate::Stored });
    for _ in 0..4 {
        world.perform(&Action::Deliver { fate: Fate::Stored });
    }
    assert_eq!(world.source().phase(), Phase::Active);
    world.perform(&decide(0, Wish::Remove));
    world.perform(&Action::Speak { side: 1, fate: Fate::Stored });
    world.perform(&Action::Deliver { fate: Fate::Stored });
    assert!(!world.source().is_acknowledged());
}

/// Each action does something somewhere: a law about histories in which nothing happens would hold, too.
#[test]
fn a_life_without_losses() {
    for cast in Cast::all() {
        let mut world = World::new(cast, false);
        let mut statuses = Vec::new();
        let mut act = |world: &mut World, action: &Action| {
            world.perform(action);
            world.calm_down();
            check_agreement(world);
            statuses.push(world.source().status(world.now(world.source())).code());
        };
        act(&mut world, &Action::Speak { side: 1, fate: Fate::Stored });
        act(&mut world, &decide(0, Wish::Approve));
        act(&mut world, &decide(0, Wish::Deactivate));
        act(&mut world, &decide(1, Wish::Deactivate));
        act(&mut world, &decide(0, Wish::Activate));
        act(&mut world, &Action::Move { side: 1 });
        act(&mut world, &decide(0, Wish::ConfirmMove));
        act(&mut world, &decide(1, Wish::Activate));
        act(&mut world, &decide(1, Wish::Remove));
        let first = if cast.by_hand { "awaiting-approval" } else { "active" };
        let off = "deactivated";
        assert_eq!(statuses, [first, "active", off, off, off, off, off, "active", "closed"], "{cast:?}");
    }
}
