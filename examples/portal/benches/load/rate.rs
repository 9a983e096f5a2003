//! How many requests are answered, and how fast.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Answer, Client};

/// What is asked for.
pub(crate) struct Requests {
    bytes: Vec<Vec<u8>>,
    once: bool,
    next: AtomicUsize,
}

impl Requests {
    /// In turn, from the beginning again after the last.
    pub(crate) fn again_and_again(bytes: Vec<Vec<u8>>) -> Self {
        Self { bytes, once: false, next: AtomicUsize::new(0) }
    }

    /// Until there is none left.
    pub(crate) fn once_each(bytes: Vec<Vec<u8>>) -> Self {
        Self { bytes, once: true, next: AtomicUsize::new(0) }
    }

    fn next(&self) -> Option<&[u8]> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let number = if self.once { number } else { number % self.bytes.len() };
        self.bytes.get(number).map(Vec::as_slice)
    }
}

/// What was measured. Prints as three columns: requests a second, and two percentiles of milliseconds.
pub(crate) struct Rate {
    /// How long each answer took, the fastest first.
    taken: Vec<Duration>,
    /// How long all of it took.
    time: Duration,
}

impl Rate {
    /// How many were answered.
    pub(crate) fn count(&self) -> usize {
        self.taken.len()
    }

    fn percentile(&self, percent: usize) -> f64 {
        let index = self.taken.len() * percent / 100;
        self.taken.get(index).map_or(f64::NAN, |taken| taken.as_secs_f64() * 1e3)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "there are few")]
        let rate = self.count() as f64 / self.time.as_secs_f64();
        write!(f, "{rate:.0} | {:.2} | {:.2}", self.percentile(50), self.percentile(99))
    }
}

/// Asks for so long, on so many connections at once. Every answer has to be right, and none may be missing.
pub(crate) async fn measure(
    address: SocketAddr,
    at_once: usize,
    time: Duration,
    requests: Requests,
    is_right: fn(&Answer) -> bool,
) -> Rate {
    let requests = Arc::new(requests);
    let ask = async |time| {
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..at_once {
            clients.spawn(client(address, begun + time, requests.clone(), is_right));
        }
        let mut taken = clients.join_all().await.concat();
        let time = begun.elapsed();
        taken.sort_unstable();
        Rate { taken, time }
    };
    if !requests.once {
        // Threads, caches and connections to the database come to be with the first requests.
        ask(time / 10).await;
    }
    ask(time).await
}

/// Asks until then, and gives how long each answer took.
async fn client(
    address: SocketAddr,
    end: Instant,
    requests: Arc<Requests>,
    is_right: fn(&Answer) -> bool,
) -> Vec<Duration> {
    let mut client = Client::new(address);
    let mut taken = Vec::new();
    while Instant::now() < end {
        let Some(request) = requests.next() else { break };
        let asked = Instant::now();
        let answer = client.ask(request).await.unwrap();
        taken.push(asked.elapsed());
        assert!(is_right(&answer), "{answer:?}");
    }
    taken
}
