//! Every decision and every refresh over stores that fail: each call of either side's store in each way. The error is
//! typed, nothing is half done, and doing it again completes it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

#[path = "support/crash.rs"]
mod crash;
#[path = "support/mortals.rs"]
mod mortals;
#[path = "support/stores.rs"]
mod stores;
#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::{
    AcceptInvitationError, Clock as _, ConnectionId, ConnectionName, ConnectionStore, DecideError,
    Description, Fault, FixedClock, InProcess, InProcessError, KnownPlatform, ListQuery, Node, RefreshError,
    Refreshed, ReissueError, RelayTextError, SeededEntropy, Status, Stored,
};
use pollster::block_on;

use crash::Who;
use crash::Who::{Destination, Source};
use mortals::{Pair, Plot, Seen};
use stores::{Broken, FlakyStore, Trouble};
use support::{instance_at, url};

type Flaky = Node<FlakyStore, InProcess>;

const TROUBLES: [Trouble; 5] =
    [Trouble::Failed, Trouble::UnclearWritten, Trouble::UnclearLost, Trouble::Overtaken, Trouble::Refused];

/// Two nodes that go on from where a pair stands.
struct Scene {
    network: InProcess,
    nodes: [Flaky; 2],
    id: ConnectionId,
    code: String,
    text: Option<String>,
}

impl Scene {
    fn of(pair: &Pair) -> Self {
        let (network, clock) = (InProcess::new(), FixedClock::at(pair.world.clock.now()));
        let nodes = Who::BOTH.map(|who| {
            let store = FlakyStore::new();
            for record in pair.records(who) {
                block_on(store.inner.insert(&record)).unwrap();
            }
            let (instance, entropy) =
                (pair.instance(who).clone(), SeededEntropy::new(1_000_000 + who as u64));
            let node = Node::builder_with(instance, store, network.clone(), clock.clone(), entropy);
            let node = node.approval(pair.plot.approval).hand_relay().build();
            node.attach_to(&network);
            node
        });
        // What is to be carried to the source, if that is how they talk.
        let due = block_on(nodes[1].relay_text(pair.id())).unwrap();
        Self {
            network,
            nodes,
            id: pair.id(),
            code: pair.code.clone(),
            text: due.map(|text| text.to_string()),
        }
    }

    fn node(&self, who: Who) -> &Flaky {
        &self.nodes[who as usize]
    }

    fn mend(&self) -> [Vec<&'static str>; 2] {
        [self.nodes[0].store().mend(), self.nodes[1].store().mend()]
    }

    fn bytes(&self, who: Who) -> Vec<Vec<u8>> {
        let store = &self.node(who).store().inner;
        let page = block_on(store.list(&ListQuery::oldest_first())).unwrap();
        page.items.iter().map(|it| it.connection.to_secret_bytes().expose_bytes().to_vec()).collect()
    }

    /// What one side shows of each of its records, in one word.
    fn kept(&self, who: Who) -> Vec<String> {
        let store = &self.node(who).store().inner;
        let page = block_on(store.list(&ListQuery::oldest_first())).unwrap();
        let status = |it: &Stored| it.connection.status(self.node(who).now()).code().to_owned();
        page.items.iter().map(status).collect()
    }

    /// Where it ends once nothing fails any more.
    fn settled(&self) -> Vec<Seen> {
        self.mend();
        for _ in 0..3 {
            for who in Who::BOTH {
                for view in block_on(self.node(who).list(&ListQuery::newest_first())).unwrap().items {
                    block_on(self.node(who).refresh(view.id)).unwrap();
                }
            }
        }
        let views = |who| block_on(self.node(who).list(&ListQuery::oldest_first())).unwrap().items;
        let of = |who| views(who).into_iter().map(move |view| Seen::of(who, &view));
        Who::BOTH.into_iter().flat_map(of).filter(|seen| seen.status != "superseded").collect()
    }
}

/// Where whoever moves is afterwards.
const ELSEWHERE: &str = "https://elsewhere.example.com";

/// What somebody does, and what comes of it: the code of why to try again, or of the error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Deed {
    Approve,
    Decline,
    Revoke,
    Cancel,
    Deactivate,
    Activate,
    Remove,
    Rename,
    Describe,
    ConfirmMove,
    Purge,
    PurgeUnacknowledged,
    DeclineInvitation,
    Reissue,
    Relay,
    RelayText,
    Refresh,
}

/// Why to try again, if at all.
type Done = Result<Option<&'static str>, &'static str>;

fn retry(refreshed: Refreshed<Broken, InProcessError>) -> Option<&'static str> {
    refreshed.retry.map(|retry| retry.why.code())
}

impl Deed {
    async fn of(self, node: &Flaky, scene: &Scene) -> Done {
        let id = scene.id;
        let decided = match self {
            Self::Approve => node.approve(id).await,
            Self::Decline => node.decline(id).await,
            Self::Revoke => node.revoke(id).await,
            Self::Cancel => node.cancel(id).await,
            Self::Deactivate => node.deactivate(id).await,
            Self::Activate => node.activate(id).await,
            Self::Remove => node.remove(id).await,
            Self::ConfirmMove => node.confirm_move(id, &url(ELSEWHERE)).await,
            other => return other.otherwise(node, scene).await,
        };
        decided.map(retry).map_err(|error| typed(&error))
    }

    async fn otherwise(self, node: &Flaky, scene: &Scene) -> Done {
        let id = scene.id;
        match self {
            Self::Rename => {
                let name = ConnectionName::parse("Another name").unwrap();
                node.rename(id, name).await.map(|_| None).map_err(|error| typed(&error))
            }
            Self::Describe => {
                let text = Description::parse("Another description").unwrap();
                node.describe(id, text).await.map(|_| None).map_err(|error| typed(&error))
            }
            Self::Purge => node.purge(id).await.map(|()| None).map_err(|error| typed(&error)),
            Self::PurgeUnacknowledged => {
                node.purge_unacknowledged(id).await.map(|()| None).map_err(|error| typed(&error))
            }
            Self::DeclineInvitation => {
                let preview = match node.preview(&scene.code).await {
                    Ok(preview) => preview,
                    Err(error) => return Err(error.code()),
                };
                node.decline_invitation(&preview).await.map(retry).map_err(|error| match error {
                    AcceptInvitationError::Store(failure) => failure.code(),
                    error => panic!("{error}"),
                })
            }
            Self::Reissue => match node.reissue(id).await {
                Ok(_) | Err(ReissueError::AlreadyReissued { .. }) => Ok(None),
                Err(ReissueError::Store(failure)) => Err(failure.code()),
                Err(error) => panic!("{error}"),
            },
            Self::Relay => {
                node.relay(scene.text.as_ref().unwrap()).await.map(|_| None).map_err(|error| match error {
                    RelayTextError::Store(failure) => failure.code(),
                    error => panic!("{error}"),
                })
            }
            Self::RelayText => node.relay_text(id).await.map(|_| None).map_err(|Broken| "store-failed"),
            _ => node.refresh(id).await.map(retry).map_err(|error| match error {
                RefreshError::Store(Broken) => error.code(),
                error => panic!("{error}"),
            }),
        }
    }
}

fn typed(error: &DecideError<Broken>) -> &'static str {
    let DecideError::Store(failure) = error else { panic!("{error}") };
    failure.code()
}

/// Lets each call of each side's store go wrong in each way; done again without trouble, it ends where it ends without.
#[track_caller]
fn survives(prepared: &Pair, who: Who, deed: Deed) {
    let undisturbed = Scene::of(prepared);
    undisturbed.mend();
    assert_eq!(block_on(deed.of(undisturbed.node(who), &undisturbed)), Ok(None), "{deed:?}");
    let calls = undisturbed.mend();
    let decided = undisturbed.kept(who);
    let end = undisturbed.settled();
    let mut tried = 0;
    for flaky in Who::BOTH {
        for (call, name) in calls[flaky as usize].iter().enumerate() {
            for trouble in TROUBLES {
                let scene = Scene::of(prepared);
                scene.mend();
                let before = scene.bytes(who);
                scene.node(flaky).store().fail_call(call, trouble);
                let done = block_on(deed.of(scene.node(who), &scene));
                let context = format!(
                    "{deed:?} at the {who:?}: {done:?} with {trouble:?} at {name} {call} of the {flaky:?}"
                );
                // What is not written for certain is an error, or to be tried again; the rest is overcome at once.
                let expected: &[Done] = match (flaky == who, trouble, *name) {
                    (true, Trouble::Failed, _) | (true, _, "get" | "list") => {
                        &[Err("store-failed"), Ok(Some("store-failed"))]
                    }
                    (false, Trouble::Failed, _) | (false, _, "get" | "list") => &[Ok(Some("no-reply"))],
                    _ => &[Ok(None)],
                };
                assert!(expected.contains(&done), "{context}");
                if done.is_err() && deed != Deed::Reissue {
                    assert_eq!(scene.bytes(who), before, "half done: {context}");
                    assert_eq!(scene.network.exchanges(), 0, "sent before it was stored: {context}");
                }
                if done.is_ok() && deed != Deed::Refresh {
                    assert_eq!(scene.kept(who), decided, "said to be done, and is not: {context}");
                }
                scene.mend();
                assert_eq!(block_on(deed.of(scene.node(who), &scene)), Ok(None), "again: {context}");
                assert_eq!(scene.settled(), end, "{context}");
                tried += 1;
            }
        }
    }
    assert!(tried >= TROUBLES.len(), "no calls at all");
    println!("{deed:?} at the {who:?}: {tried} troubles at {} and {} calls", calls[0].len(), calls[1].len());
}

const PLOTS: [Plot; 3] = [Plot::PUBLIC, Plot::FETCHING, Plot::CALLING];

fn accepted(plot: Plot) -> Pair {
    let pair = Pair::invited(plot);
    pair.world.network.inject(Fault::LoseRequest);
    pair.accept();
    pair
}

fn awaiting(plot: Plot) -> Pair {
    let pair = Pair::invited(plot.approved());
    pair.accept();
    pair.wait_for(Source, Status::AwaitingApproval);
    pair
}

#[test]
fn before_it_is_active() {
    for plot in PLOTS {
        survives(&awaiting(plot), Source, Deed::Approve);
        survives(&awaiting(plot), Source, Deed::Decline);
        survives(&awaiting(plot), Destination, Deed::Cancel);
        survives(&accepted(plot), Source, Deed::Revoke);
        survives(&accepted(plot), Destination, Deed::Cancel);
        survives(&Pair::invited(plot), Destination, Deed::DeclineInvitation);
        survives(&accepted(plot), Destination, Deed::DeclineInvitation);
        survives(&Pair::invited(plot), Source, Deed::Reissue);
    }
}

#[test]
fn while_it_is_active() {
    for plot in PLOTS {
        let pair = Pair::connected(plot);
        for who in Who::BOTH {
            for deed in [Deed::Deactivate, Deed::Remove, Deed::Rename, Deed::Describe] {
                survives(&pair, who, deed);
            }
        }
        for who in Who::BOTH {
            let pair = Pair::connected(plot);
            pair.does(who, async |node| node.deactivate(pair.id()).await.unwrap());
            pair.settle();
            survives(&pair, who, Deed::Activate);
        }
    }
}

#[test]
fn after_a_move() {
    for who in Who::BOTH {
        let mut pair = Pair::connected(Plot::PUBLIC);
        pair.replace(
            who,
            match who {
                Source => instance_at("salesforce", KnownPlatform::Salesforce, ELSEWHERE),
                Destination => instance_at("jira", KnownPlatform::JiraCloud, ELSEWHERE),
            },
        );
        survives(&pair, who, Deed::Refresh);
        pair.wait_until(who.other(), |view| view.health.moved_to.is_some());
        survives(&pair, who.other(), Deed::ConfirmMove);
    }
}

#[test]
fn after_it_is_over() {
    for plot in PLOTS {
        let pair = Pair::connected(plot);
        pair.does(Source, async |node| node.remove(pair.id()).await.unwrap());
        pair.settle();
        pair.world.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
        for who in Who::BOTH {
            survives(&pair, who, Deed::Purge);
            survives(&pair, who, Deed::PurgeUnacknowledged);
        }
    }
}

#[test]
fn refreshing() {
    for plot in [Plot::PUBLIC, Plot::CALLING] {
        survives(&accepted(plot), Destination, Deed::Refresh);
        survives(&Pair::connected(plot), Destination, Deed::Refresh);
    }
    survives(&accepted(Plot::FETCHING), Source, Deed::Refresh);
    survives(&Pair::connected(Plot::FETCHING), Source, Deed::Refresh);
}

#[test]
fn relaying() {
    let pair = accepted(Plot::BY_HAND);
    survives(&pair, Source, Deed::Relay);
    survives(&pair, Destination, Deed::RelayText);
}

/// Nobody can be reached, and even that cannot be written down: nothing else changes.
#[test]
fn noting_that_nobody_replied() {
    for trouble in TROUBLES {
        let scene = Scene::of(&accepted(Plot::PUBLIC));
        scene.network.detach(scene.node(Source).instance());
        scene.mend();
        let before = block_on(scene.node(Destination).get(scene.id)).unwrap().unwrap();
        scene.mend();
        scene.node(Destination).store().fail_call(2, trouble);
        let refreshed = block_on(scene.node(Destination).refresh(scene.id)).unwrap();
        assert_eq!(scene.mend()[1][..3], ["get", "get", "update"]);
        let why = refreshed.retry.unwrap().why;
        assert_eq!(why.code(), "no-reply", "{trouble:?}");
        let mut after = block_on(scene.node(Destination).get(scene.id)).unwrap().unwrap();
        let is_written = trouble != Trouble::Failed;
        assert_eq!(after.health != before.health, is_written, "{trouble:?}");
        (after.health, after.next_refresh) = (before.health.clone(), before.next_refresh);
        assert_eq!(after, before, "{trouble:?}");
    }
}
