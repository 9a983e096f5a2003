//! What one portal bears: `cargo bench -p portal --bench load`, some fifteen minutes, or with `-- --quick` some seconds.
//!
//! It starts the portal's own binary with 1,000 connections in its store, and then with 100,000, on SQLite and on
//! PostgreSQL, and prints two tables: how many requests it answers, and what garbage does to it, which is nothing.
//! It needs Linux, where a process's memory can be read in `/proc`, and the programs of a PostgreSQL server. `LOAD.md`
//! has what it printed.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench fails like a test")]

mod client;
mod engine;
mod garbage;
mod portal;
mod random;
mod rate;
mod requests;
mod scene;
mod snapshot;

use std::env;
use std::fmt;
use std::fs;
use std::time::Duration;

use handclasp::{ConnectionStore, Phase};

use crate::client::Answer;
use crate::engine::Engine;
use crate::portal::{Portal, mebibytes};
use crate::random::Random;
use crate::rate::{Rate, Requests};
use crate::scene::Scene;

/// How many requests are under way at once when rates are measured.
const AT_ONCE: usize = 16;

/// The most that garbage may add to the resident memory.
const MOST_ADDED: u64 = 32 * 1024 * 1024;

/// How much is done.
struct Plan {
    sizes: &'static [usize],
    /// How long each rate is measured.
    rate: Duration,
    /// How long garbage is poured.
    garbage: Duration,
}

impl Plan {
    /// All of it; or with `--quick`, and when cargo runs the bench as a test, little. Other arguments are ignored.
    fn from_args() -> Self {
        let is_short = env::args().any(|argument| argument == "--quick");
        let is_bench = env::args().any(|argument| argument == "--bench");
        if is_bench && !is_short {
            Self { sizes: &[1000, 100_000], rate: Duration::from_secs(10), garbage: Duration::from_secs(30) }
        } else {
            Self { sizes: &[200], rate: Duration::from_millis(500), garbage: Duration::from_secs(3) }
        }
    }
}

/// What was found: two tables in Markdown, as they are in `LOAD.md`.
#[derive(Default)]
struct Tables {
    rates: Vec<String>,
    pours: Vec<String>,
}

impl fmt::Display for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {AT_ONCE} requests at once:\n", machine())?;
        writeln!(f, "| store | connections | asked for | requests/s | p50 ms | p99 ms | resident MiB |")?;
        writeln!(f, "|---|--:|---|--:|--:|--:|--:|")?;
        self.rates.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        writeln!(f, "\nGarbage:\n")?;
        writeln!(
            f,
            "| store | connections | requests | MiB sent | resident MiB before | peak | after | pages meanwhile | slowest ms |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        self.pours.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

#[tokio::main]
async fn main() {
    let plan = Plan::from_args();
    let mut tables = Tables::default();
    for &size in plan.sizes {
        let engine = Engine::sqlite();
        let portal = Portal::start(engine.flag()).await;
        let store = engine::sqlite_store(&portal).await;
        try_out(&plan, &format!("SQLite | {size}"), &portal, store, size, &mut tables).await;
        drop(portal);

        let engine = Engine::postgres();
        let portal = Portal::start(engine.flag()).await;
        let store = engine::postgres_store(&portal, engine.flag());
        try_out(&plan, &format!("PostgreSQL | {size}"), &portal, store, size, &mut tables).await;
    }
    print!("{tables}");
}

/// On what it runs: the client, too.
fn machine() -> String {
    let cores = std::thread::available_parallelism().unwrap();
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let model = model.map_or("a processor without a name", |(_, model)| model);
    format!("{cores} cores of {model}, Linux {}", kernel.trim())
}

/// All that is tried with one portal. What is not as it should be panics.
async fn try_out<S>(plan: &Plan, what: &str, portal: &Portal, store: S, size: usize, tables: &mut Tables)
where
    S: ConnectionStore + Clone + Send + Sync + 'static,
{
    eprintln!("{what}: filling");
    let scene = Scene::fill(portal.instance().clone(), store.clone(), size).await;
    let address = portal.address();
    let mut row = |name: &str, rate: &Rate| {
        let resident = mebibytes(portal.memory().resident);
        tables.rates.push(format!("| {what} | {name} | {rate} | {resident:.1} |"));
    };

    let before = snapshot::of(portal, &store).await;
    assert_eq!(before.connections, size, "all are stored");
    eprintln!("{what}: rates");
    let page = Requests::again_and_again(vec![portal.page()]);
    row("connections page", &rate::measure(address, AT_ONCE, plan.rate, page, portal::is_page).await);
    let garbage = requests::message(&Random::new(1).bytes(600));
    let requests = Requests::again_and_again(vec![garbage]);
    row("garbage", &rate::measure(address, AT_ONCE, plan.rate, requests, Answer::is_reply).await);
    let requests = Requests::again_and_again(requests::messages(&scene.unknown().await));
    row("unknown connections", &rate::measure(address, AT_ONCE, plan.rate, requests, Answer::is_reply).await);
    assert_eq!(before, snapshot::of(portal, &store).await, "nothing was changed");

    // Both sides of the handshake are here, and the portal is the source: an accept that is right makes it active.
    let mut accepts = requests::messages(scene.accepts());
    let again = vec![accepts.pop().expect("some are pending")];
    let rate =
        rate::measure(address, AT_ONCE, plan.rate, Requests::again_and_again(again), Answer::is_reply).await;
    row("one accept, again and again", &rate);
    let all = accepts.len();
    let rate =
        rate::measure(address, AT_ONCE, plan.rate, Requests::once_each(accepts), Answer::is_reply).await;
    row("accepts of different connections", &rate);
    let active = snapshot::count(&store, Phase::Active).await;
    assert_eq!(
        active,
        scene.active() + 1 + rate.count(),
        "of {all} accepts, each that was answered counts once"
    );

    eprintln!("{what}: garbage");
    let before = snapshot::of(portal, &store).await;
    let messages = [scene.unknown().await, scene.accepts().iter().take(64).cloned().collect()].concat();
    let poured = garbage::pour(portal, plan.garbage, messages).await;
    assert_eq!(before, snapshot::of(portal, &store).await, "garbage has changed nothing");
    tables.pours.push(format!("| {what} | {poured} |"));
    let added = poured.peak.saturating_sub(poured.before);
    assert!(added < MOST_ADDED, "garbage has added {:.1} MiB to the resident memory", mebibytes(added));

    portal.look().await;
}
