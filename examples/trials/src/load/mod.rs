//! Writers that go on while the engine fails, and what must be true of what they were told.

mod answer;
mod clerk;
mod log;
mod mark;
mod own;
mod shared;
mod writer;
mod written;
mod wrong;

use std::sync::Arc;
use std::time::Duration;

use handclasp::conformance::StoreSetup;
use handclasp::{ConnectionStore, FixedClock, InProcess, InstanceUid, Node, SystemEntropy};
use tokio::task::JoinHandle;

use crate::scene::{instance, new_uid, noon};
use clerk::{Clerk, Filed};
use log::{Log, Progress};
use mark::Mark;
use shared::Shared;
use writer::{Known, Record, Writer};
pub use written::{Summary, Written};

/// How many writers call the store itself.
const WRITERS: usize = 28;
/// How many writers call a node.
const CLERKS: usize = 4;
/// How long the writers put up with a store that does not recover, or with a call that does not come back.
const PATIENCE: Duration = Duration::from_mins(1);

/// 32 writers of one instance, each on a handle of its own, that go on through faults and write down what they were
/// told. 28 call the store: each writes two records of its own, and three that all of them write. The other four call
/// [`Node::describe`], and see what a program would see.
///
/// ```
/// # use handclasp::conformance::StoreSetup;
/// # async fn test<S: StoreSetup>(setup: &S) {
/// use handclasp_trials::Load;
///
/// let load = Load::start(setup).await;
/// load.acknowledged(1000).await;
/// // Here the engine fails, or a part of it.
/// load.acknowledged(1000).await;
/// let summary = load.stop().await.verify(setup).await;
/// assert!(summary.failed + summary.unclear > 0, "the fault was felt");
/// # }
/// ```
#[derive(Debug)]
pub struct Load {
    instance: InstanceUid,
    progress: Arc<Progress>,
    writers: Vec<JoinHandle<Known>>,
    clerks: Vec<JoinHandle<(Filed, Log)>>,
}

impl Load {
    /// Opens the handles, stores what the writers share, and lets them begin.
    ///
    /// # Panics
    /// If the store fails before there was a fault.
    pub async fn start<S: StoreSetup>(setup: &S) -> Self {
        let uid = new_uid("load");
        let progress = Arc::new(Progress::new());
        let store = setup.open(&uid).await;
        for record in Record::<Shared>::shared() {
            store.insert(&Mark::FIRST.on(record.number)).await.expect("there was no fault yet");
        }
        let mut stores = Vec::new();
        for _ in 0..WRITERS + CLERKS {
            stores.push(setup.open(&uid).await);
        }
        let mut load = Self { instance: uid.clone(), progress, writers: Vec::new(), clerks: Vec::new() };
        for (number, handle) in (1..).zip(stores) {
            let progress = load.progress.clone();
            if number <= WRITERS {
                load.writers.push(tokio::spawn(Writer::new(handle, progress, number).run()));
                continue;
            }
            let connection = Filed::first(number);
            store.insert(&connection).await.expect("there was no fault yet");
            let (clock, entropy) = (FixedClock::at(noon()), SystemEntropy);
            let node = Node::builder_with(instance(&uid), handle, InProcess::new(), clock, entropy).build();
            load.clerks.push(tokio::spawn(Clerk::new(node, progress, number).run(connection.id())));
        }
        load
    }

    /// Waits until so many more writes were acknowledged.
    ///
    /// # Panics
    /// After a minute: the store does not recover.
    pub async fn acknowledged(&self, more: usize) {
        let waiting = self.progress.wait_for(more);
        let is_enough = tokio::time::timeout(PATIENCE, waiting).await.is_ok();
        let count = self.progress.so_far().count;
        assert!(is_enough, "only {count} writes were acknowledged in all; the store does not recover");
    }

    /// Lets the writers end what they are doing, and gives what they wrote down.
    ///
    /// # Panics
    /// If a writer's call to the store does not come back within a minute.
    pub async fn stop(self) -> Written {
        self.progress.end();
        let mut written = Written::new(self.instance);
        for writer in self.writers {
            written.add(joined(writer).await);
        }
        for clerk in self.clerks {
            let (filed, log) = joined(clerk).await;
            written.file(filed, log);
        }
        written.longest_gap(self.progress.so_far().longest_gap);
        written
    }
}

async fn joined<T>(task: JoinHandle<T>) -> T {
    let result = tokio::time::timeout(PATIENCE, task).await.expect("a call to the store comes back in time");
    result.expect("a writer does not panic")
}
