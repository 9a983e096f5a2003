//! Plays something with every crash, or with every drop of a future, and with every pair of them.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::crash::{Crashes, Fate, Tally};
use crate::mortals::{Pair, Seen, Snapshot};

/// What comes of it when this happens at these points, and which points there were.
fn play(from: &Snapshot, fate: Fate, crashes: &[usize], act: &impl Fn(&mut Pair)) -> (Vec<Seen>, Tally) {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut pair = Pair::restored(from, Crashes::befalling(fate, crashes));
        act(&mut pair);
        pair.settle();
        let tally = pair.crashes.tally();
        assert_eq!(tally.crashes, crashes.len(), "a planned crash did not happen");
        pair.assert_agreed();
        (pair.seen(), tally)
    }));
    played.unwrap_or_else(|panic| {
        eprintln!("with {fate:?} at {crashes:?}");
        resume_unwind(panic)
    })
}

/// Plays it with a crash at every point, and at every pair of points, the second in the course of the recovery from the
/// first. What comes of it is the same each time, and given.
#[track_caller]
pub(crate) fn survives(name: &str, prepared: &Pair, act: impl Fn(&mut Pair)) -> Vec<Seen> {
    survives_alike(name, prepared, act, |seen| seen)
}

/// The same, where only a part of what comes of it is the same each time.
#[track_caller]
pub(crate) fn survives_alike<X: PartialEq + core::fmt::Debug>(
    name: &str,
    prepared: &Pair,
    act: impl Fn(&mut Pair),
    part: impl Fn(Vec<Seen>) -> X,
) -> X {
    at_every_point(Fate::Crash, name, prepared, act, part)
}

/// The same for futures that are dropped at an await, and repeated.
#[track_caller]
pub(crate) fn survives_dropping(name: &str, prepared: &Pair, act: impl Fn(&mut Pair)) -> Vec<Seen> {
    at_every_point(Fate::Drop, name, prepared, act, |seen| seen)
}

/// Plays it with this at every point, and at every pair of points.
#[track_caller]
pub(crate) fn at_every_point<X: PartialEq + core::fmt::Debug>(
    fate: Fate,
    name: &str,
    prepared: &Pair,
    act: impl Fn(&mut Pair),
    part: impl Fn(Vec<Seen>) -> X,
) -> X {
    let from = prepared.snapshot();
    let (seen, Tally { passed, points, .. }) = play(&from, fate, &[], &act);
    let undisturbed = part(seen);
    assert!(points > 0, "nothing to crash at");
    let mut pairs = 0;
    for first in 0..points {
        let (seen, again) = play(&from, fate, &[first], &act);
        assert_eq!(part(seen), undisturbed, "{name}, with {fate:?} at {first}");
        for second in first + 1..again.points {
            let (seen, _) = play(&from, fate, &[first, second], &act);
            assert_eq!(part(seen), undisturbed, "{name}, with {fate:?} at {first} and {second}");
            pairs += 1;
        }
    }
    println!("{name}: {points} points ({passed} before and after calls), {pairs} pairs");
    undisturbed
}
