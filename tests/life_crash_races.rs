//! Two people who decide at once: one decision in the middle of the other, at every point of it, undisturbed and with a
//! crash of either side at every point. Whoever was faster, both sides agree, and nobody was told what does not hold.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/crash.rs"]
mod crash;
#[path = "support/mortals.rs"]
mod mortals;
#[path = "support/nodes.rs"]
mod support;

use std::sync::{Arc, Mutex};

use handclasp::{ConnectionId, DecideError, Fault, Status};

use crash::Who::{Destination, Source};
use crash::{Crashes, Mortal, Who, persist, run};
use mortals::{Pair, Plot, Snapshot};
use support::completed;

/// What somebody wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Deed {
    Accept,
    DeclineInvitation,
    Approve,
    Decline,
    Revoke,
    Cancel,
    Deactivate,
    Remove,
    Refresh,
}

impl Deed {
    /// Whether it was possible.
    async fn carry_out(self, node: &Mortal, id: ConnectionId, code: &str) -> bool {
        let decided = match self {
            Self::Accept => {
                let preview = node.preview(code).await.unwrap();
                return node.accept(&preview, &completed(&preview)).await.is_ok();
            }
            Self::DeclineInvitation => {
                let preview = node.preview(code).await.unwrap();
                return node.decline_invitation(&preview).await.is_ok();
            }
            Self::Refresh => return node.refresh(id).await.is_ok(),
            Self::Approve => node.approve(id).await,
            Self::Decline => node.decline(id).await,
            Self::Revoke => node.revoke(id).await,
            Self::Cancel => node.cancel(id).await,
            Self::Deactivate => node.deactivate(id).await,
            Self::Remove => node.remove(id).await,
        };
        match decided {
            Ok(_) => true,
            Err(DecideError::NotPossible(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether what was answered holds in the end.
    fn holds(self, was_possible: bool, in_the_end: Status) -> bool {
        let is_over = matches!(in_the_end, Status::Closed { .. });
        match self {
            Self::DeclineInvitation | Self::Decline | Self::Revoke | Self::Cancel => is_over == was_possible,
            Self::Remove => is_over && was_possible,
            Self::Deactivate => !was_possible || !in_the_end.is_active(),
            Self::Accept | Self::Approve | Self::Refresh => true,
        }
    }
}

/// One in the middle of the other, from where this stands, with these crashes; how many points there were within the
/// first, and in all. `None` if the first was over before the second began.
fn play(
    from: &Snapshot,
    outer: (Who, Deed),
    inner: (Who, Deed),
    at: usize,
    crashes: &[usize],
) -> Option<usize> {
    let pair = Pair::restored(from, Crashes::at(crashes));
    let (id, code) = (pair.id(), pair.code.clone());
    let said = Arc::new(Mutex::new(None));
    let interjected = {
        let (node, crashes, code, said) =
            (pair.node(inner.0), pair.crashes.clone(), code.clone(), said.clone());
        move || {
            let possible = persist(&crashes, inner.0, || run(inner.1.carry_out(&node, id, &code)));
            *said.lock().unwrap() = Some(possible);
        }
    };
    pair.crashes.interject(at, interjected);
    let outer_said = pair.does(outer.0, async |node| outer.1.carry_out(node, id, &code).await);
    if !pair.crashes.has_interjected() {
        return None;
    }
    pair.settle();
    pair.assert_agreed();
    let inner_said = said.lock().unwrap().unwrap();
    for ((who, deed), was_possible) in [(outer, outer_said), (inner, inner_said)] {
        let status = pair.view(who).status;
        assert!(
            deed.holds(was_possible, status),
            "{who:?} was told {was_possible} for {deed:?}, and has {status:?}; {inner:?} at {at}, crashes {crashes:?}"
        );
    }
    let tally = pair.crashes.tally();
    assert_eq!(tally.crashes, crashes.len(), "a planned crash did not happen");
    Some(tally.points)
}

/// Each in the middle of the other.
#[track_caller]
fn race(name: &str, prepared: &Pair, one: (Who, Deed), other: (Who, Deed)) {
    let from = prepared.snapshot();
    for (outer, inner) in [(one, other), (other, one)] {
        let (mut places, mut singles) = (0, 0);
        while let Some(points) = play(&from, outer, inner, places, &[]) {
            // A crash before the second begins may bring the first to its end without it.
            singles += (0..points).filter(|at| play(&from, outer, inner, places, &[*at]).is_some()).count();
            places += 1;
        }
        assert!(places >= 2, "{name}: {inner:?} is never in the middle of {outer:?}");
        println!("{name}: {inner:?} within {outer:?}: at {places} calls, {singles} crashes");
    }
}

const PLOTS: [(&str, Plot); 3] = [
    ("both public", Plot::PUBLIC),
    ("private source", Plot::FETCHING),
    ("private destination", Plot::CALLING),
];

#[test]
fn revoking_and_accepting() {
    for (name, plot) in PLOTS {
        race(name, &Pair::invited(plot), (Source, Deed::Revoke), (Destination, Deed::Accept));
    }
}

#[test]
fn revoking_and_declining_an_invitation() {
    for (name, plot) in PLOTS {
        race(name, &Pair::invited(plot), (Source, Deed::Revoke), (Destination, Deed::DeclineInvitation));
    }
}

/// Somebody has accepted, and an admin has to approve.
fn awaiting(plot: Plot) -> Pair {
    let pair = Pair::invited(plot.approved());
    pair.accept();
    pair.wait_for(Source, Status::AwaitingApproval);
    pair
}

#[test]
fn approving_and_cancelling() {
    for (name, plot) in PLOTS {
        race(name, &awaiting(plot), (Source, Deed::Approve), (Destination, Deed::Cancel));
    }
}

#[test]
fn declining_and_cancelling() {
    for (name, plot) in PLOTS {
        race(name, &awaiting(plot), (Source, Deed::Decline), (Destination, Deed::Cancel));
    }
}

#[test]
fn approving_and_asking_again() {
    for (name, plot) in PLOTS {
        race(name, &awaiting(plot), (Source, Deed::Approve), (Destination, Deed::Refresh));
    }
}

#[test]
fn confirming_and_cancelling() {
    for (name, plot) in [PLOTS[0], PLOTS[2]] {
        let pair = Pair::invited(plot);
        pair.world.network.inject(Fault::LoseReply);
        pair.accept();
        race(name, &pair, (Source, Deed::Refresh), (Destination, Deed::Cancel));
        race(name, &pair, (Source, Deed::Remove), (Destination, Deed::Cancel));
        race(name, &pair, (Source, Deed::Deactivate), (Destination, Deed::Cancel));
        race(name, &pair, (Source, Deed::Deactivate), (Destination, Deed::Refresh));
    }
}

#[test]
fn fetching_and_cancelling() {
    let pair = Pair::invited(Plot::FETCHING);
    pair.accept();
    race("private source", &pair, (Source, Deed::Refresh), (Destination, Deed::Cancel));
    race("private source", &pair, (Source, Deed::Revoke), (Destination, Deed::Cancel));
}

#[test]
fn switching_and_removing() {
    for (name, plot) in PLOTS {
        let pair = Pair::connected(plot);
        for (one, other) in [
            (Deed::Deactivate, Deed::Deactivate),
            (Deed::Deactivate, Deed::Remove),
            (Deed::Remove, Deed::Deactivate),
            (Deed::Remove, Deed::Remove),
        ] {
            race(name, &pair, (Source, one), (Destination, other));
        }
    }
}
