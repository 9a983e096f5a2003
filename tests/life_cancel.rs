//! Every decision of the façade, every refresh and every relayed text, dropped at every await there is, and at every pair
//! of awaits: doing it again ends as if nothing had been dropped, and what happened is recorded once.

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

use handclasp::{ConnectionName, Description, Fault, KnownPlatform, Status};

use crash::Who;
use crash::Who::{Destination, Source};
use mortals::{Pair, Plot, Seen, reissued};
use support::instance_at;
use survive::{at_every_point, survives_dropping};

const PLOTS: [(&str, Plot); 4] = [
    ("both public", Plot::PUBLIC),
    ("private source", Plot::FETCHING),
    ("private destination", Plot::CALLING),
    ("by hand", Plot::BY_HAND),
];

/// Drops what is done to every stage that it is possible in, with everybody's reachability.
#[track_caller]
fn dropped(name: &str, prepared: impl Fn(Plot) -> Pair, act: impl Fn(&mut Pair)) {
    for (reach, plot) in PLOTS {
        survives_dropping(&format!("{name}, {reach}"), &prepared(plot), &act);
    }
}

/// Somebody has accepted, and an admin has to approve.
fn awaiting(plot: Plot) -> Pair {
    let pair = Pair::invited(plot.approved());
    pair.accept();
    pair.wait_for(Source, Status::AwaitingApproval);
    pair
}

/// Accepted, and the source has not heard of it.
fn accepting(plot: Plot) -> Pair {
    let pair = Pair::invited(plot);
    pair.world.network.inject(Fault::LoseRequest);
    pair.accept();
    pair
}

/// The source has confirmed, and nobody has heard it.
fn unheard(plot: Plot) -> Pair {
    let pair = Pair::invited(plot);
    pair.world.network.inject(Fault::LoseReply);
    pair.accept();
    pair
}

/// Both have it off, and know it.
fn off(plot: Plot) -> Pair {
    let pair = Pair::connected(plot);
    for who in Who::BOTH {
        pair.does(who, async |node| node.deactivate(pair.id()).await.unwrap());
    }
    pair.settle();
    pair
}

/// Over for a month, and both know it.
fn over(plot: Plot) -> Pair {
    let pair = Pair::connected(plot);
    pair.does(Source, async |node| node.remove(pair.id()).await.unwrap());
    pair.settle();
    pair.world.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    pair
}

#[test]
fn approving() {
    dropped("approve", awaiting, |pair| {
        pair.does(Source, async |node| node.approve(pair.id()).await.unwrap());
    });
}

#[test]
fn declining() {
    dropped("decline", awaiting, |pair| {
        pair.does(Source, async |node| node.decline(pair.id()).await.unwrap());
    });
}

#[test]
fn revoking() {
    dropped("revoke", accepting, |pair| {
        pair.does(Source, async |node| node.revoke(pair.id()).await.unwrap());
    });
}

#[test]
fn cancelling() {
    for prepared in [accepting, awaiting] {
        dropped("cancel", prepared, |pair| {
            pair.does(Destination, async |node| node.cancel(pair.id()).await.unwrap());
        });
    }
}

#[test]
fn cancelling_what_is_confirmed() {
    for plot in [Plot::PUBLIC, Plot::CALLING] {
        survives_dropping("cancel, unheard", &unheard(plot), |pair| {
            pair.does(Destination, async |node| node.cancel(pair.id()).await.unwrap());
        });
    }
}

fn decline_invitation(pair: &mut Pair) {
    pair.does(Destination, async |node| {
        let preview = node.preview(&pair.code).await.unwrap();
        node.decline_invitation(&preview).await.unwrap();
    });
}

#[test]
fn declining_an_invitation() {
    dropped("decline an invitation", Pair::invited, decline_invitation);
}

#[test]
fn declining_an_invitation_that_was_accepted() {
    dropped("decline an accepted invitation", accepting, decline_invitation);
}

#[test]
fn deactivating() {
    for who in Who::BOTH {
        dropped(&format!("deactivate at the {who:?}"), Pair::connected, |pair| {
            pair.does(who, async |node| node.deactivate(pair.id()).await.unwrap());
        });
    }
}

#[test]
fn activating() {
    for who in Who::BOTH {
        dropped(&format!("activate at the {who:?}"), off, |pair| {
            pair.does(who, async |node| node.activate(pair.id()).await.unwrap());
        });
    }
}

#[test]
fn removing_at_the_source() {
    for prepared in [accepting, awaiting, Pair::connected, off] {
        dropped("remove at the source", prepared, |pair| {
            pair.does(Source, async |node| node.remove(pair.id()).await.unwrap());
        });
    }
}

#[test]
fn removing_at_the_destination() {
    for prepared in [accepting, awaiting, Pair::connected, off] {
        dropped("remove at the destination", prepared, |pair| {
            pair.does(Destination, async |node| node.remove(pair.id()).await.unwrap());
        });
    }
}

#[test]
fn renaming_and_describing() {
    for who in Who::BOTH {
        dropped(&format!("rename and describe at the {who:?}"), Pair::connected, |pair| {
            let (name, text) = ("Another name", "Another description");
            pair.does(who, async |node| {
                node.rename(pair.id(), ConnectionName::parse(name).unwrap()).await.unwrap();
            });
            pair.does(who, async |node| {
                node.describe(pair.id(), Description::parse(text).unwrap()).await.unwrap();
            });
            let view = pair.view(who);
            assert_eq!((view.info.name().as_str(), view.info.description().as_str()), (name, text));
        });
    }
}

#[test]
fn confirming_a_move() {
    for who in Who::BOTH {
        let mut prepared = Pair::connected(Plot::PUBLIC);
        prepared.replace(
            who,
            match who {
                Source => {
                    instance_at("salesforce", KnownPlatform::Salesforce, "https://elsewhere.example.com")
                }
                Destination => instance_at("jira", KnownPlatform::JiraCloud, "https://elsewhere.example.com"),
            },
        );
        prepared.wait_until(who.other(), |view| view.health.moved_to.is_some());
        let moved_to = prepared.view(who.other()).health.moved_to.unwrap();
        survives_dropping(&format!("confirm the move of the {who:?}"), &prepared, |pair| {
            pair.does(who.other(), async |node| node.confirm_move(pair.id(), &moved_to).await.unwrap());
            assert_eq!(
                pair.view(who.other()).remote.unwrap().callable_url(),
                pair.instance(who).callable_url()
            );
        });
    }
}

#[test]
fn purging() {
    for who in Who::BOTH {
        dropped(&format!("purge at the {who:?}"), over, |pair| {
            pair.does(who, async |node| node.purge(pair.id()).await.unwrap());
            assert!(pair.views(who).is_empty());
        });
    }
}

#[test]
fn purging_what_the_other_side_does_not_know() {
    let prepared = Pair::invited(Plot::FETCHING);
    prepared.does(Source, async |node| node.revoke(prepared.id()).await.unwrap());
    prepared.world.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    survives_dropping("purge, unacknowledged", &prepared, |pair| {
        if !pair.views(Source).is_empty() {
            let purged = pair.does(Source, async |node| node.purge(pair.id()).await.err());
            assert_eq!(purged.map(|error| error.code()), Some("unacknowledged"));
        }
        pair.does(Source, async |node| node.purge_unacknowledged(pair.id()).await.unwrap());
        assert!(pair.views(Source).is_empty());
    });
}

#[test]
fn reissuing() {
    for (reach, plot) in PLOTS {
        let act = |pair: &mut Pair| {
            let (_, code) = pair.does(Source, async |node| reissued(node, pair.id()).await);
            pair.accept_code(&code);
        };
        // A code that was never shown is superseded in its turn.
        let last = |seen: Vec<Seen>| -> Vec<_> {
            seen.into_iter()
                .filter(|seen| seen.status != "superseded")
                .map(|seen| (seen.who, seen.status))
                .collect()
        };
        at_every_point(crash::Fate::Drop, &format!("reissue, {reach}"), &Pair::invited(plot), act, last);
    }
}

/// What brings a pair to where something is tried.
type Prepared = fn(Plot) -> Pair;

/// A refresh of each side, from where something is left to be said.
#[test]
fn refreshing() {
    let stages: [(&str, Prepared); 4] =
        [("accepting", accepting), ("connected", Pair::connected), ("off", off), ("parting", parting)];
    for (stage, prepared) in stages {
        for who in Who::BOTH {
            dropped(&format!("refresh of {stage} at the {who:?}"), prepared, |pair| {
                pair.does(who, async |node| node.refresh(pair.id()).await.unwrap());
            });
        }
    }
}

/// The source has removed it, and nobody was told.
fn parting(plot: Plot) -> Pair {
    let pair = Pair::connected(plot);
    pair.world.network.inject(Fault::LoseRequest);
    pair.does(Source, async |node| node.remove(pair.id()).await.unwrap());
    pair
}

#[test]
fn refreshing_what_waits_for_approval() {
    dropped("refresh of what is to be approved", awaiting, |pair| {
        for who in Who::BOTH {
            pair.does(who, async |node| node.refresh(pair.id()).await.unwrap());
        }
        pair.does(Source, async |node| node.approve(pair.id()).await.unwrap());
    });
}

#[test]
fn refreshing_what_is_unconfirmed() {
    for plot in [Plot::PUBLIC, Plot::CALLING] {
        for who in Who::BOTH {
            survives_dropping(&format!("refresh of unheard at the {who:?}"), &unheard(plot), |pair| {
                pair.does(who, async |node| node.refresh(pair.id()).await.unwrap());
            });
        }
    }
}

#[test]
fn refreshing_before_anybody_accepts() {
    survives_dropping("refresh of pending", &Pair::invited(Plot::FETCHING), |pair| {
        pair.does(Source, async |node| node.refresh(pair.id()).await.unwrap());
        pair.accept();
    });
}

#[test]
fn refreshing_after_a_move() {
    for who in Who::BOTH {
        let mut prepared = Pair::connected(Plot::PUBLIC);
        prepared.replace(
            who,
            match who {
                Source => {
                    instance_at("salesforce", KnownPlatform::Salesforce, "https://elsewhere.example.com")
                }
                Destination => instance_at("jira", KnownPlatform::JiraCloud, "https://elsewhere.example.com"),
            },
        );
        let moved_to = prepared.instance(who).callable_url().unwrap().clone();
        survives_dropping(&format!("announce the move of the {who:?}"), &prepared, |pair| {
            pair.does(who, async |node| node.refresh(pair.id()).await.unwrap());
            pair.does(who.other(), async |node| drop(node.confirm_move(pair.id(), &moved_to).await));
        });
    }
}

/// Every text on the way from the code to active, and from there to over.
#[test]
fn relaying() {
    let by_hand = |name: &str, prepared: Pair, from: Who| {
        survives_dropping(&format!("relay {name}"), &prepared, |pair| pair.carry_due(from, pair.id()));
    };
    by_hand("an acceptance", accepting(Plot::BY_HAND), Destination);
    by_hand("an acceptance to approve", approved(Plot::BY_HAND), Source);
    by_hand("a removal", parting(Plot::BY_HAND), Source);
    let withdrawn = accepting(Plot::BY_HAND);
    withdrawn.does(Destination, async |node| node.cancel(withdrawn.id()).await.unwrap());
    by_hand("a withdrawal", withdrawn, Destination);
    let switched = Pair::connected(Plot::BY_HAND);
    switched.does(Destination, async |node| node.deactivate(switched.id()).await.unwrap());
    by_hand("a switch", switched, Destination);
}

/// Approved, and the destination does not know.
fn approved(plot: Plot) -> Pair {
    let pair = awaiting(plot);
    pair.world.network.inject(Fault::LoseRequest);
    pair.does(Source, async |node| node.approve(pair.id()).await.unwrap());
    pair
}
