//! Two companies on one network, a clock that follows tokio's, and stores and transports with moods.

#![allow(dead_code, unused_imports, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod clock;
mod sides;
mod store;
mod transport;

pub(crate) use clock::TestClock;
pub(crate) use sides::{Plain, World, view};
pub(crate) use store::Moody;
pub(crate) use transport::Watched;

use core::time::Duration;

use handclasp::ConnectionId;
use handclasp_worker::{Handle, Pace, Worker};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// Without jitter, so that a test can say when something happens.
pub(crate) fn exact() -> Pace {
    Pace::default().jitter_percent(0)
}

/// A worker that runs, until it is stopped or the test is over.
pub(crate) struct Running {
    pub(crate) handle: Handle,
    pub(crate) task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Running {
    pub(crate) fn begin(node: &Plain, pace: Pace) -> Self {
        let worker = Worker::new(node.clone()).with_pace(pace);
        let handle = worker.handle();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(worker.run(async move { stopped.await.unwrap_or_default() }));
        Self { handle, task, stop }
    }

    /// Tells it to stop, and gives the task that does.
    pub(crate) fn stopping(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.task
    }

    pub(crate) async fn stop(self) {
        self.stopping().await.unwrap();
    }
}

/// Waits until it is so, and fails if it is not in this time.
pub(crate) async fn eventually(limit: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + limit;
    while !is_so().await {
        assert!(Instant::now() < end, "it is not so after {limit:?}");
        sleep(SECOND).await;
    }
}

/// The times at which these connections were refreshed: what one refresh sends takes no time here.
pub(crate) fn refreshes(log: &[(Instant, ConnectionId)], id: ConnectionId) -> Vec<Instant> {
    let mut times: Vec<_> = log.iter().filter(|(_, of)| *of == id).map(|(at, _)| *at).collect();
    times.dedup();
    times
}

/// How long it was from each of these times to the next.
pub(crate) fn gaps(times: &[Instant]) -> Vec<Duration> {
    times.iter().zip(times.iter().skip(1)).map(|(one, next)| *next - *one).collect()
}
