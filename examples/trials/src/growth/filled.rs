//! Filling a database, and where in it to measure.

use std::ops::Range;
use std::sync::Arc;

use handclasp::conformance::{Course, StoreSetup};
use handclasp::{Connection, ConnectionId, ConnectionStore, InstanceUid};
use tokio::task::JoinSet;

use super::plan::{Layout, Plan};
use crate::scene::new_uid;

/// How many connections an instance has in the layout of thousands, and how many are inserted in a row.
const THOUSAND: usize = 1000;
/// How many instances are measured, in the layout of thousands.
const SAMPLED: usize = 8;

/// A database that holds so many connections.
pub(super) struct Filled<S> {
    pub(super) size: usize,
    pub(super) bytes: u64,
    /// Handles of instances that are spread evenly over the database.
    handles: Vec<(Arc<S>, Range<usize>)>,
}

impl<S: ConnectionStore + Send + Sync + 'static> Filled<S> {
    /// Fills it: every tenth connection is active, and the others are pending.
    pub(super) async fn new<D: StoreSetup<Store = S>>(
        plan: &Plan,
        database: &D,
        size: usize,
        bytes: &impl AsyncFn(&D) -> u64,
    ) -> Self {
        let before = bytes(database).await;
        let instances = match plan.layout {
            Layout::OneInstance => 1,
            Layout::Thousands => size / THOUSAND,
        };
        let uids: Vec<InstanceUid> = (0..instances).map(|_| new_uid("growth")).collect();
        let each = size / instances;
        let mut filling = JoinSet::new();
        let mut shared = Vec::new();
        for begin in (0..size).step_by(THOUSAND) {
            if filling.len() == plan.writers {
                filling.join_next().await.expect("there is one").expect("filling does not fail");
            }
            let uid = uids.get(begin / each).expect("there are enough");
            let store = match plan.layout {
                Layout::Thousands => Arc::new(database.open(uid).await),
                Layout::OneInstance if shared.len() < plan.writers => {
                    shared.push(Arc::new(database.open(uid).await));
                    shared.last().expect("it was just put there").clone()
                }
                Layout::OneInstance => {
                    shared.get(begin / THOUSAND % plan.writers).expect("it is one").clone()
                }
            };
            filling.spawn(fill(store, begin..size.min(begin + THOUSAND)));
        }
        while let Some(filled) = filling.join_next().await {
            filled.expect("filling does not fail");
        }
        let bytes = bytes(database).await.saturating_sub(before);
        let mut handles = Vec::new();
        for sample in 0..instances.min(SAMPLED) {
            let index = sample * instances / instances.min(SAMPLED);
            let uid = uids.get(index).expect("it is one of them");
            handles.push((Arc::new(database.open(uid).await), index * each..(index + 1) * each));
        }
        Self { size, bytes, handles }
    }

    /// One of the handles, in turn, with the numbers of the connections that it has.
    pub(super) fn handle(&self, turn: usize) -> (&S, Range<usize>) {
        let (store, range) = self.handles.get(turn % self.handles.len()).expect("there is a handle");
        (store, range.clone())
    }
}

async fn fill<S: ConnectionStore>(store: Arc<S>, range: Range<usize>) {
    for number in range {
        store.insert(&connection(number)).await.expect("an engine that is measured does not fail");
        // An engine that never waits would let nobody else fill.
        tokio::task::yield_now().await;
    }
}

fn connection(number: usize) -> Connection {
    let counted = u64::try_from(number).expect("there are not so many");
    if number.is_multiple_of(10) {
        Course::of(counted).unwrap().active
    } else {
        Course::pending(counted).unwrap()
    }
}

/// The id of the connection with this number.
pub(super) fn id(number: usize) -> ConnectionId {
    Course::pending(u64::try_from(number).expect("there are not so many")).unwrap().id()
}
