//! What the writers wrote down, and whether the store agrees.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use handclasp::conformance::StoreSetup;
use handclasp::{
    ConnectionId, ConnectionStore, FixedClock, InProcess, InstanceUid, ListQuery, Node, Stored, SystemEntropy,
};

use super::PATIENCE;
use super::answer::in_words;
use super::clerk::Filed;
use super::log::Log;
use super::own::Own;
use super::shared::Shared;
use super::writer::{Known, PAUSE, Record, gone, marked};
use super::wrong::Breach;
use crate::scene::{instance, noon};

/// What all writers wrote down.
#[derive(Debug)]
#[must_use = "nothing was checked yet"]
pub struct Written {
    instance: InstanceUid,
    own: Vec<Record<Own>>,
    shared: Vec<Record<Shared>>,
    filed: Vec<Filed>,
    log: Log,
    longest_gap: Duration,
}

/// What writers went through, in numbers. Prints in one line, and one for each kind of failure.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// How many writes were acknowledged. They are all there.
    pub acknowledged: usize,
    /// How many were refused, because another writer was faster, or an unclear write had landed.
    pub refused: usize,
    /// How many failed, and are not there.
    pub failed: usize,
    /// How many were unclear.
    pub unclear: usize,
    /// How many of the unclear ones have landed.
    pub landed: usize,
    /// How many reads failed.
    pub unread: usize,
    /// How long there was no acknowledgement at all, at most.
    pub longest_gap: Duration,
    /// What failures said, and how often.
    pub failures: BTreeMap<String, usize>,
}

impl Written {
    pub(super) fn new(instance: InstanceUid) -> Self {
        Self {
            instance,
            own: Vec::new(),
            shared: Record::shared(),
            filed: Vec::new(),
            log: Log::default(),
            longest_gap: Duration::ZERO,
        }
    }

    pub(super) fn add(&mut self, known: Known) {
        let Known { own, shared, log } = known;
        self.own.extend(own);
        self.log.join(log);
        for (all, one) in self.shared.iter_mut().zip(shared) {
            self.log.add_all(all.known.join(one.known));
        }
    }

    pub(super) fn file(&mut self, filed: Filed, log: Log) {
        self.filed.push(filed);
        self.log.join(log);
    }

    pub(super) fn longest_gap(&mut self, gap: Duration) {
        self.longest_gap = gap;
    }

    /// Reads everything back, in a list and one by one, on a new handle: what was acknowledged is there, or what came
    /// after it; what failed is not; what was unclear has landed or not; no revision stood for two states. Prints the
    /// summary.
    ///
    /// # Panics
    /// If any of it is not so, or was not so while the writers wrote, with all of it.
    pub async fn verify<S: StoreSetup>(mut self, setup: &S) -> Summary {
        let store = setup.open(&self.instance).await;
        let mut listed = listed(&store).await;
        for Record { id, known, .. } in &mut self.own {
            for stored in [listed.remove(id), get(&store, *id).await] {
                self.log.note(marked(stored.as_ref()).and_then(|seen| known.seen(seen)));
            }
        }
        for Record { id, known, .. } in &mut self.shared {
            for stored in [listed.remove(id), get(&store, *id).await] {
                let seen = marked(stored.as_ref()).and_then(|seen| seen.ok_or_else(gone));
                self.log.note(seen.and_then(|(revision, mark)| known.seen(revision, mark)));
            }
        }
        let mut landed = self.own.iter().map(|record| record.known.landed).sum();
        for record in &self.shared {
            let (wrong, shared) = record.known.closed();
            self.log.add_all(wrong);
            landed += shared;
        }
        let (clock, entropy) = (FixedClock::at(noon()), SystemEntropy);
        let node =
            Node::builder_with(instance(&self.instance), &store, InProcess::new(), clock, entropy).build();
        for filed in &mut self.filed {
            listed.remove(&filed.id);
            let view = patiently(async || node.get(filed.id).await).await;
            self.log.note(filed.seen(view.as_ref()));
            match view.map_or(Ok(0), |view| filed.landed(&view)) {
                Ok(filed) => landed += usize::try_from(filed).expect("it is one of the writes"),
                Err(wrong) => self.log.wrong.add(wrong),
            }
        }
        if !listed.is_empty() {
            self.log.wrong.add(Breach::Stranger.seen(format!("{} more records", listed.len())));
        }
        let Log { acknowledged, refused, failed, unclear, unread, failures, wrong } = self.log;
        let longest_gap = self.longest_gap;
        let summary =
            Summary { acknowledged, refused, failed, unclear, landed, unread, longest_gap, failures };
        println!("{summary}");
        assert!(wrong.is_empty(), "the store does not keep its contract:{wrong}");
        summary
    }
}

/// All records, page by page.
async fn listed<S: ConnectionStore>(store: &S) -> BTreeMap<ConnectionId, Stored> {
    let mut listed = BTreeMap::new();
    let mut query = ListQuery::oldest_first().limit(7);
    loop {
        let page = patiently(async || store.list(&query).await).await;
        listed.extend(page.items.into_iter().map(|stored| (stored.connection.id(), stored)));
        match page.next {
            Some(next) => query = query.after(next),
            None => return listed,
        }
    }
}

async fn get<S: ConnectionStore>(store: &S, id: ConnectionId) -> Option<Stored> {
    patiently(async || store.get(id).await).await
}

/// Tries until the engine has recovered from the last fault.
async fn patiently<T, E: std::error::Error>(call: impl AsyncFn() -> Result<T, E>) -> T {
    let mut last = String::new();
    let trying = async {
        loop {
            match call().await {
                Ok(value) => return value,
                Err(error) => last = in_words(&error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(PATIENCE, trying).await {
        Ok(value) => value,
        Err(elapsed) => panic!("{elapsed}: the store does not recover: {last}"),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, refused, failed, unclear, landed, unread, longest_gap, failures } = self;
        write!(
            f,
            "load: {acknowledged} acknowledged, {refused} refused, {failed} failed, {unclear} unclear of which \
             {landed} landed, {unread} reads failed, {} ms without an acknowledgement at most",
            longest_gap.as_millis()
        )?;
        for (words, times) in failures {
            write!(f, "\n  {times} × {words}")?;
        }
        Ok(())
    }
}
