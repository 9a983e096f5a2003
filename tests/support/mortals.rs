//! Two sides that crash as a plan says, their people who repeat what they wanted, and what both must agree on.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use handclasp::{
    Approval, Clock as _, CloseReason, Connection, ConnectionId, ConnectionMode, ConnectionStore,
    ConnectionView, EventKind, Health, InfoFilled, Instance, KnownPlatform, ListQuery, Node, ReissueError,
    SeededEntropy, Side, Status, SubmitError, Timestamp, handshake,
};
use handshake::Outgoing;

use crate::crash::{Crashes, Mortal, MortalStore, MortalWire, Who, attach, persist, run};
use crate::support::{World, completed, filled, instance, private_instance};

/// Who can be called, and who approves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plot {
    pub(crate) source_is_public: bool,
    pub(crate) destination_is_public: bool,
    pub(crate) approval: Approval,
}

impl Plot {
    pub(crate) const PUBLIC: Self =
        Self { source_is_public: true, destination_is_public: true, approval: Approval::Automatic };
    /// The source fetches.
    pub(crate) const FETCHING: Self = Self { source_is_public: false, ..Self::PUBLIC };
    /// The destination calls, always.
    pub(crate) const CALLING: Self = Self { destination_is_public: false, ..Self::PUBLIC };
    /// People carry the messages.
    pub(crate) const BY_HAND: Self = Self { source_is_public: false, ..Self::CALLING };

    pub(crate) const fn approved(self) -> Self {
        Self { approval: Approval::ByHand, ..self }
    }
}

/// Two sides, and one invitation between them.
pub(crate) struct Pair {
    pub(crate) plot: Plot,
    pub(crate) world: World,
    /// Entropy never repeats, whatever crashes and however often a snapshot is played.
    seeds: AtomicU64,
    pub(crate) crashes: Crashes,
    instances: [Instance; 2],
    pub(crate) id: Option<ConnectionId>,
    pub(crate) code: String,
}

/// Where a pair stands, to go on from again and again.
pub(crate) struct Snapshot {
    plot: Plot,
    now: Timestamp,
    seeds: u64,
    instances: [Instance; 2],
    records: [Vec<Connection>; 2],
    id: Option<ConnectionId>,
    code: String,
}

impl Pair {
    pub(crate) fn new(plot: Plot) -> Self {
        let sided = |is_public, uid, platform| {
            if is_public { instance(uid, platform) } else { private_instance(uid, platform) }
        };
        let instances = [
            sided(plot.source_is_public, "salesforce", KnownPlatform::Salesforce),
            sided(plot.destination_is_public, "jira", KnownPlatform::JiraCloud),
        ];
        let world = World::new();
        let start = Snapshot {
            plot,
            now: world.clock.now(),
            seeds: 0,
            instances,
            records: Default::default(),
            id: None,
            code: String::new(),
        };
        Self::restored(&start, Crashes::default())
    }

    /// With an invitation that is stored, and nobody has accepted.
    pub(crate) fn invited(plot: Plot) -> Self {
        let mut pair = Self::new(plot);
        pair.invite();
        pair
    }

    /// With a connection on which both agree.
    pub(crate) fn connected(plot: Plot) -> Self {
        let pair = Self::invited(plot);
        pair.accept();
        pair.settle();
        pair
    }

    pub(crate) fn restored(snapshot: &Snapshot, crashes: Crashes) -> Self {
        let world = World::new();
        world.clock.set(snapshot.now);
        let pair = Self {
            plot: snapshot.plot,
            world,
            seeds: AtomicU64::new(snapshot.seeds),
            crashes,
            instances: snapshot.instances.clone(),
            id: snapshot.id,
            code: snapshot.code.clone(),
        };
        for who in Who::BOTH {
            for record in &snapshot.records[who as usize] {
                run(pair.crashes.store(who).insert(record)).unwrap().unwrap();
            }
            attach(&pair.node(who), &pair.world.network);
        }
        pair
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            plot: self.plot,
            now: self.world.clock.now(),
            seeds: self.seeds.load(Ordering::SeqCst),
            instances: self.instances.clone(),
            records: Who::BOTH.map(|who| self.records(who)),
            id: self.id,
            code: self.code.clone(),
        }
    }

    /// A side as it starts: with nothing but its store.
    pub(crate) fn node(&self, who: Who) -> Mortal {
        let (store, wire) = (
            MortalStore { who, inner: self.crashes.store(who), crashes: self.crashes.clone() },
            MortalWire { who, inner: self.world.network.clone(), crashes: self.crashes.clone() },
        );
        let entropy = SeededEntropy::new(self.seeds.fetch_add(1, Ordering::SeqCst));
        let instance = self.instances[who as usize].clone();
        let builder = Node::builder_with(instance, store, wire, self.world.clock.clone(), entropy);
        builder.approval(self.plot.approval).hand_relay().build()
    }

    /// Another instance in the place of this side's: it has moved, say.
    pub(crate) fn replace(&mut self, who: Who, instance: Instance) {
        self.world.network.detach(&self.instances[who as usize]);
        self.instances[who as usize] = instance;
        attach(&self.node(who), &self.world.network);
    }

    pub(crate) fn instance(&self, who: Who) -> &Instance {
        &self.instances[who as usize]
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.id.unwrap()
    }

    /// What one side does, again from the beginning after each crash of it.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a closure reads better by value")]
    pub(crate) fn does<T>(&self, who: Who, what: impl AsyncFn(&Mortal) -> T) -> T {
        persist(&self.crashes, who, || {
            self.world.clock.advance(Duration::from_secs(1));
            run(what(&self.node(who)))
        })
    }

    /// What is stored on one side, the oldest first.
    pub(crate) fn records(&self, who: Who) -> Vec<Connection> {
        let query = ListQuery::oldest_first().limit(ListQuery::MAX_LIMIT);
        let page = run(self.crashes.store(who).list(&query)).unwrap().unwrap();
        page.items.into_iter().map(|stored| stored.connection).collect()
    }

    pub(crate) fn views(&self, who: Who) -> Vec<ConnectionView> {
        self.records(who).iter().map(|record| record.view(self.world.clock.now())).collect()
    }

    /// One side's record of the invitation; it must be there.
    #[track_caller]
    pub(crate) fn view(&self, who: Who) -> ConnectionView {
        self.views(who).into_iter().find(|view| view.id == self.id()).unwrap()
    }

    /// The source initiates. Its wizard survives a crash as a draft; what was initiated with it does not.
    pub(crate) fn invite(&mut self) {
        let url = if self.plot.destination_is_public { Some("jira.example.com") } else { None };
        let draft = self.does(Who::Source, async |node| {
            let started = match url {
                Some(url) => node.start(url).await.unwrap(),
                None => node.start_without_url().unwrap(),
            };
            filled(started, ConnectionMode::Script).draft()
        });
        let (id, code) = self.does(Who::Source, async |node| {
            let terms = node.terms();
            let wizard = draft.clone().resume_as::<InfoFilled>(node.instance(), terms).unwrap();
            let wizard = node.initiate(wizard).unwrap();
            match node.submit(&wizard).await {
                Ok(_) => (wizard.id(), crate::support::code(&wizard)),
                // Its code was never shown.
                Err(SubmitError::AlreadyInitiated { stored }) => reissued(node, stored.id).await,
                Err(error) => panic!("{error}"),
            }
        });
        (self.id, self.code) = (Some(id), code);
    }

    /// The destination accepts the code.
    pub(crate) fn accept(&self) {
        self.accept_code(&self.code);
    }

    pub(crate) fn accept_code(&self, code: &str) {
        self.does(Who::Destination, async |node| {
            let preview = node.preview(code).await.unwrap();
            node.accept(&preview, &completed(&preview)).await.unwrap();
        });
    }

    /// Both sides refresh until one of them shows this.
    #[track_caller]
    pub(crate) fn wait_for(&self, who: Who, status: Status) {
        self.wait_until(who, |view| view.status == status);
    }

    /// Both sides refresh until one of them shows this.
    #[track_caller]
    pub(crate) fn wait_until(&self, who: Who, shows: impl Fn(&ConnectionView) -> bool) {
        for _ in 0..6 {
            if shows(&self.view(who)) {
                return;
            }
            self.refresh_all();
        }
        panic!("never comes: {:#?}", self.seen());
    }

    /// Everybody refreshes, and carries what is to be carried, until nothing changes any more.
    #[track_caller]
    pub(crate) fn settle(&self) {
        for _ in 0..6 {
            let before = self.standing();
            if self.refresh_all() && self.standing() == before {
                return;
            }
        }
        panic!("never quiet: {:#?}", self.standing());
    }

    /// Everybody refreshes, and carries what is to be carried, once; gives whether nothing is to be tried again.
    fn refresh_all(&self) -> bool {
        let mut is_quiet = true;
        for who in Who::BOTH {
            for id in self.records(who).iter().map(Connection::id) {
                let refreshed = self.does(who, async |node| node.refresh(id).await.unwrap());
                is_quiet &= refreshed.retry.is_none();
                self.carry_due(who, id);
            }
        }
        is_quiet
    }

    /// People carry what this side has to say, and the answers to it, until one is the last.
    pub(crate) fn carry_due(&self, from: Who, id: ConnectionId) {
        if !self.records(from).iter().any(|record| record.id() == id && record.is_relayed_by_hand()) {
            return;
        }
        let mut to = from.other();
        let mut text = self.does(from, async |node| node.relay_text(id).await.unwrap());
        for _ in 0..8 {
            let Some(carried) = text else { return };
            let taken = self.does(to, async |node| node.relay(carried.as_str()).await);
            text = taken.ok().and_then(|relayed| relayed.text);
            to = to.other();
        }
        panic!("people carry answers to answers for ever");
    }

    /// What each side shows, but for how it is doing, and what it says next: that also tells what it has heard.
    fn standing(&self) -> Vec<(ConnectionView, Option<Outgoing>)> {
        let records = Who::BOTH.into_iter().flat_map(|who| self.records(who));
        let of = |record: Connection| {
            let mut view = record.view(self.world.clock.now());
            (view.health, view.next_refresh) = (Health::default(), None);
            (view, handshake::due(&record))
        };
        records.map(of).collect()
    }

    /// What each side shows of each of its records.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let of = |who| self.views(who).into_iter().map(move |view| Seen::of(who, &view));
        Who::BOTH.into_iter().flat_map(of).collect()
    }

    /// Both sides say the same of every connection, nothing is pending, and each knows that the other knows.
    #[track_caller]
    pub(crate) fn assert_agreed(&self) {
        for who in Who::BOTH {
            for view in self.views(who) {
                let theirs = self.views(who.other()).into_iter().find(|theirs| theirs.id == view.id);
                assert_whole(who, &view);
                // A source that cannot be called asks for an acceptance, and is never told that there will be none.
                let is_heard = theirs.is_some() || self.plot.source_is_public;
                assert!(view.acknowledged || !is_heard, "{who:?} is not acknowledged: {:#?}", self.seen());
                match theirs {
                    Some(theirs) => assert_mirrored(&view, &theirs),
                    None => assert!(
                        matches!(view.status, Status::Closed { .. }),
                        "{who:?} alone: {:#?}",
                        self.seen()
                    ),
                }
            }
        }
        let open = |who| self.views(who).iter().filter(|view| view.comparison.is_some()).count();
        assert!(open(Who::Source) <= 1, "one invitation, and several connections");
    }
}

/// Reissues what was superseded, and whatever took its place, until there is a code to hand over.
pub(crate) async fn reissued(node: &Mortal, mut id: ConnectionId) -> (ConnectionId, String) {
    loop {
        match node.reissue(id).await {
            Ok(wizard) => return (wizard.id(), crate::support::code(&wizard)),
            Err(ReissueError::AlreadyReissued { by }) => id = by,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What is to be the same however often a side has crashed on the way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) who: Who,
    pub(crate) status: String,
    pub(crate) acknowledged: bool,
    /// Sorted: what each side learns first is a matter of chance. So is whether it learns at all that the other waits,
    /// or knows, before something else makes that plain.
    pub(crate) events: Vec<&'static str>,
}

impl Seen {
    pub(crate) fn of(who: Who, view: &ConnectionView) -> Self {
        let status = match view.status {
            Status::Closed { reason: CloseReason::Superseded { .. } } => String::from("superseded"),
            status => format!("{status:?}"),
        };
        let codes = view.events.iter().map(|event| event.kind.code());
        let mut events: Vec<_> = codes.filter(|code| !matches!(*code, "waiting" | "told")).collect();
        events.sort_unstable();
        Self { who, status, acknowledged: view.acknowledged, events }
    }
}

/// The record as such: numbered events, nothing pending, nobody suspected.
#[track_caller]
fn assert_whole(who: Who, view: &ConnectionView) {
    let numbers: Vec<_> = view.events.iter().map(|event| event.number).collect();
    let expected: Vec<_> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected, "{who:?}: {view:#?}");
    // That the other side has moved is for people to look at, and here it has.
    let suspicious = |kind: EventKind| kind.is_security() && kind != EventKind::Moved;
    assert!(!view.events.iter().any(|event| suspicious(event.kind)), "{who:?}: {:#?}", view.events);
    assert!(view.warnings.is_empty(), "{who:?}: {:?}", view.warnings);
    let is_done = matches!(
        view.status,
        Status::Active { confirmed: true } | Status::Deactivated { .. } | Status::Closed { .. }
    );
    assert!(is_done, "{who:?}: {:?}", view.status);
}

/// Both say the same of the connection, each from its side.
#[track_caller]
fn assert_mirrored(ours: &ConnectionView, theirs: &ConnectionView) {
    let agreed = match (ours.status, theirs.status) {
        (Status::Active { .. }, Status::Active { .. }) | (Status::Closed { .. }, Status::Closed { .. }) => {
            true
        }
        (Status::Deactivated { by: ours }, Status::Deactivated { by: theirs }) => {
            matches!(
                (ours, theirs),
                (Side::Local, Side::Remote) | (Side::Remote, Side::Local) | (Side::Both, Side::Both)
            )
        }
        _ => false,
    };
    assert!(agreed, "{:?}, and the other side {:?}", ours.status, theirs.status);
    assert_eq!(ours.comparison, theirs.comparison);
    let is_open = !matches!(ours.status, Status::Closed { .. });
    assert_eq!(ours.comparison.is_some(), is_open);
    assert_eq!((ours.mode, ours.id), (theirs.mode, theirs.id));
}
