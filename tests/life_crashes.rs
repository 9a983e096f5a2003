//! Every step of a connection's life, with a crash of either side at every point of it, and at every pair of points:
//! people repeat what they wanted, both sides refresh, and then both agree as if nothing had happened.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/crash.rs"]
mod crash;
#[path = "support/mortals.rs"]
mod mortals;
#[path = "support/nodes.rs"]
mod support;
#[path = "support/survive.rs"]
mod survive;

use core::time::Duration;

use handclasp::{Fault, KnownPlatform, Status};

use crash::Who;
use crash::Who::{Destination, Source};
use mortals::{Pair, Plot, Seen, reissued};
use support::instance_at;
use survive::{survives, survives_alike};

const PLOTS: [(&str, Plot); 4] = [
    ("both public", Plot::PUBLIC),
    ("private source", Plot::FETCHING),
    ("private destination", Plot::CALLING),
    ("by hand", Plot::BY_HAND),
];

/// How both sides' records end, in their order.
#[track_caller]
fn assert_statuses(seen: &[Seen], expected: &[(Who, &str)]) {
    let statuses: Vec<_> = seen.iter().map(|seen| (seen.who, seen.status.as_str())).collect();
    assert_eq!(statuses, expected);
}

const ACTIVE: &str = "Active { confirmed: true }";

#[track_caller]
fn assert_connected(seen: &[Seen]) {
    assert_statuses(seen, &[(Source, ACTIVE), (Destination, ACTIVE)]);
}

/// One whose acceptance, or whatever is exchanged after it, meets with these faults.
fn disturbed(plot: Plot, faults: &[Fault]) -> Pair {
    let pair = Pair::invited(plot);
    for fault in faults {
        pair.world.network.inject(*fault);
    }
    pair.accept();
    pair
}

/// The source has confirmed, and nobody has heard it.
fn unheard(plot: Plot) -> Pair {
    disturbed(plot, &[Fault::LoseReply])
}

/// Both are active, and the source does not know it of the destination.
fn unreported(plot: Plot) -> Pair {
    disturbed(plot, &[Fault::None, Fault::LoseRequest])
}

/// A code whose hand-over a crash prevented is made anew, so there may be invitations that nobody ever saw.
fn without_superseded(seen: Vec<Seen>) -> Vec<Seen> {
    let kept = seen.into_iter().filter(|seen| seen.status != "superseded");
    kept.map(|seen| Seen {
        events: seen.events.into_iter().filter(|it| *it != "reissued" && *it != "initiated").collect(),
        ..seen
    })
    .collect()
}

#[test]
fn initiating() {
    for (name, plot) in [PLOTS[0], PLOTS[1]] {
        let name = format!("initiate and accept, {name}");
        let act = |pair: &mut Pair| {
            pair.invite();
            pair.accept();
        };
        assert_connected(&survives_alike(&name, &Pair::new(plot), act, without_superseded));
    }
}

#[test]
fn accepting() {
    for (name, plot) in PLOTS {
        assert_connected(&survives(&format!("accept, {name}"), &Pair::invited(plot), |pair| pair.accept()));
    }
}

#[test]
fn approving() {
    for (name, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            pair.accept();
            pair.wait_for(Source, Status::AwaitingApproval);
            pair.does(Source, async |node| node.approve(pair.id()).await.unwrap());
        };
        assert_connected(&survives(&format!("approve, {name}"), &Pair::invited(plot.approved()), act));
    }
}

#[test]
fn not_approving() {
    for (name, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            pair.accept();
            pair.wait_for(Source, Status::AwaitingApproval);
            pair.does(Source, async |node| node.decline(pair.id()).await.unwrap());
        };
        let seen = survives(&format!("decline, {name}"), &Pair::invited(plot.approved()), act);
        assert_statuses(
            &seen,
            &[
                (Source, "Closed { reason: Declined { by: Local } }"),
                (Destination, "Closed { reason: Refused { refusal: Declined } }"),
            ],
        );
    }
}

#[test]
fn revoking_before_an_acceptance() {
    for (name, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            pair.does(Source, async |node| node.revoke(pair.id()).await.unwrap());
            pair.accept();
        };
        let seen = survives(&format!("revoke, then accept, {name}"), &Pair::invited(plot), act);
        assert_statuses(
            &seen,
            &[
                (Source, "Closed { reason: Revoked }"),
                (Destination, "Closed { reason: Refused { refusal: Revoked } }"),
            ],
        );
    }
}

#[test]
fn reissuing() {
    for (name, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            let (_, code) = pair.does(Source, async |node| reissued(node, pair.id()).await);
            pair.accept();
            pair.accept_code(&code);
        };
        let seen = survives_alike(
            &format!("reissue, then accept both codes, {name}"),
            &Pair::invited(plot),
            act,
            without_superseded,
        );
        let refused = "Closed { reason: Refused { refusal: Superseded } }";
        assert_statuses(&seen, &[(Source, ACTIVE), (Destination, refused), (Destination, ACTIVE)]);
    }
}

const WITHDRAWN: [(Who, &str); 2] =
    [(Source, "Closed { reason: Declined { by: Remote } }"), (Destination, "Closed { reason: Cancelled }")];

fn cancel(pair: &mut Pair) {
    pair.does(Destination, async |node| node.cancel(pair.id()).await.unwrap());
}

#[test]
fn cancelling_an_acceptance_that_was_lost() {
    for (name, plot) in PLOTS {
        let prepared = disturbed(plot, &[Fault::LoseRequest]);
        assert_statuses(&survives(&format!("cancel, unasked, {name}"), &prepared, cancel), &WITHDRAWN);
    }
}

#[test]
fn cancelling_an_acceptance_whose_confirmation_was_lost() {
    for (name, plot) in [PLOTS[0], PLOTS[2]] {
        assert_statuses(&survives(&format!("cancel, unheard, {name}"), &unheard(plot), cancel), &WITHDRAWN);
    }
}

#[test]
fn cancelling_what_waits_for_approval() {
    for (name, plot) in PLOTS {
        let prepared = Pair::invited(plot.approved());
        prepared.accept();
        prepared.wait_for(Source, Status::AwaitingApproval);
        assert_statuses(&survives(&format!("cancel, waiting, {name}"), &prepared, cancel), &WITHDRAWN);
    }
}

#[test]
fn declining_an_invitation() {
    for (name, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            pair.does(Destination, async |node| {
                let preview = node.preview(&pair.code).await.unwrap();
                node.decline_invitation(&preview).await.unwrap();
            });
        };
        let seen = survives(&format!("decline an invitation, {name}"), &Pair::invited(plot), act);
        assert_statuses(
            &seen,
            &[
                (Source, "Closed { reason: Declined { by: Remote } }"),
                (Destination, "Closed { reason: Declined { by: Local } }"),
            ],
        );
    }
}

/// Switching on and off, which the other side may not hear of before it is over.
fn without_switching(seen: Vec<Seen>) -> Vec<Seen> {
    let is_kept = |event: &&str| !matches!(*event, "deactivated" | "reactivated");
    seen.into_iter()
        .map(|seen| Seen { events: seen.events.into_iter().filter(is_kept).collect(), ..seen })
        .collect()
}

/// Who switches what, one after the other, and how both end.
#[track_caller]
fn switching(switches: &[(Who, bool)], expected: [&str; 2]) {
    for (name, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            for (who, on) in switches {
                pair.does(*who, async |node| {
                    let id = pair.id();
                    if *on { node.activate(id).await.unwrap() } else { node.deactivate(id).await.unwrap() }
                });
            }
        };
        let name = format!("switch {switches:?}, {name}");
        let seen = survives_alike(&name, &Pair::connected(plot), act, without_switching);
        assert_statuses(&seen, &[(Source, expected[0]), (Destination, expected[1])]);
    }
}

const OFF_HERE: &str = "Deactivated { by: Local }";
const OFF_THERE: &str = "Deactivated { by: Remote }";
const OFF_BOTH: &str = "Deactivated { by: Both }";

#[test]
fn deactivating_at_the_source() {
    switching(&[(Source, false)], [OFF_HERE, OFF_THERE]);
}

#[test]
fn deactivating_at_the_destination() {
    switching(&[(Destination, false)], [OFF_THERE, OFF_HERE]);
}

#[test]
fn deactivating_at_both() {
    switching(&[(Source, false), (Destination, false)], [OFF_BOTH, OFF_BOTH]);
}

#[test]
fn activating_at_the_source() {
    switching(&[(Source, false), (Source, true)], [ACTIVE, ACTIVE]);
}

#[test]
fn activating_at_the_destination() {
    switching(&[(Destination, false), (Destination, true)], [ACTIVE, ACTIVE]);
}

#[test]
fn activating_one_of_both() {
    switching(&[(Destination, false), (Source, false), (Destination, true)], [OFF_HERE, OFF_THERE]);
}

#[test]
fn deactivating_what_the_destination_does_not_know_yet() {
    for (name, plot) in [PLOTS[0], PLOTS[2]] {
        let act = |pair: &mut Pair| {
            pair.does(Source, async |node| node.deactivate(pair.id()).await.unwrap());
        };
        let seen = survives(&format!("deactivate, unheard, {name}"), &unheard(plot), act);
        assert_statuses(&seen, &[(Source, OFF_HERE), (Destination, OFF_THERE)]);
    }
}

const REMOVED_HERE: &str = "Closed { reason: Removed { by: Local } }";
const REMOVED_THERE: &str = "Closed { reason: Removed { by: Remote } }";

fn remove(who: Who) -> impl Fn(&mut Pair) {
    move |pair| {
        pair.does(who, async |node| node.remove(pair.id()).await.unwrap());
    }
}

#[test]
fn removing_at_the_source() {
    for (name, plot) in PLOTS {
        let seen = survives(&format!("remove at the source, {name}"), &Pair::connected(plot), remove(Source));
        assert_statuses(&seen, &[(Source, REMOVED_HERE), (Destination, REMOVED_THERE)]);
    }
}

#[test]
fn removing_at_the_destination() {
    for (name, plot) in PLOTS {
        let name = format!("remove at the destination, {name}");
        let seen = survives(&name, &Pair::connected(plot), remove(Destination));
        assert_statuses(&seen, &[(Source, REMOVED_THERE), (Destination, REMOVED_HERE)]);
    }
}

#[test]
fn removing_what_is_unconfirmed_at_the_source() {
    for (name, plot) in [PLOTS[0], PLOTS[2]] {
        let name = format!("remove at the source, unreported, {name}");
        let seen = survives(&name, &unreported(plot), remove(Source));
        assert_statuses(&seen, &[(Source, REMOVED_HERE), (Destination, REMOVED_THERE)]);
    }
}

#[test]
fn removing_what_is_unconfirmed_at_the_destination() {
    for (name, plot) in [PLOTS[0], PLOTS[2]] {
        let name = format!("remove at the destination, unreported, {name}");
        let seen = survives(&name, &unreported(plot), remove(Destination));
        assert_statuses(&seen, &[(Source, REMOVED_THERE), (Destination, REMOVED_HERE)]);
    }
}

#[test]
fn removing_what_the_destination_does_not_know_yet() {
    for (name, plot) in [PLOTS[0], PLOTS[2]] {
        let name = format!("remove at the source, unheard, {name}");
        let seen = survives(&name, &unheard(plot), remove(Source));
        let refused = "Closed { reason: Refused { refusal: Removed } }";
        assert_statuses(&seen, &[(Source, REMOVED_HERE), (Destination, refused)]);
    }
}

#[test]
fn moving() {
    for who in Who::BOTH {
        let prepared = Pair::connected(Plot::PUBLIC);
        let moved = match who {
            Source => instance_at("salesforce", KnownPlatform::Salesforce, "https://elsewhere.example.com"),
            Destination => instance_at("jira", KnownPlatform::JiraCloud, "https://elsewhere.example.com"),
        };
        let act = |pair: &mut Pair| {
            pair.replace(who, moved.clone());
            pair.wait_until(who.other(), |view| view.health.moved_to.is_some());
            let moved_to = pair.view(who.other()).health.moved_to.unwrap();
            pair.does(who.other(), async |node| node.confirm_move(pair.id(), &moved_to).await.unwrap());
            assert_eq!(pair.view(who.other()).remote.unwrap().callable_url(), moved.callable_url());
        };
        assert_connected(&survives(&format!("confirm the move of the {who:?}"), &prepared, act));
    }
}

#[test]
fn purging() {
    for (name, plot) in PLOTS {
        let prepared = Pair::connected(plot);
        prepared.does(Source, async |node| node.remove(prepared.id()).await.unwrap());
        prepared.settle();
        prepared.world.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
        let act = |pair: &mut Pair| {
            for who in Who::BOTH {
                pair.does(who, async |node| node.purge(pair.id()).await.unwrap());
            }
        };
        assert_statuses(&survives(&format!("purge, {name}"), &prepared, act), &[]);
    }
}
