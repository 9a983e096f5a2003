//! Everything that can be seen from outside: spans and events with stable names. README.md has the table.

use core::time::Duration;

use handclasp::ConnectionId;
use tracing::{Span, debug, info, info_span, warn};

use crate::pace::Pace;
use crate::scan::Scanned;
use crate::turn::Turn;

/// The target of all spans and events of this package.
pub const TARGET: &str = "handclasp_worker";

pub(crate) fn started(pace: &Pace) {
    info!(target: TARGET, event = "started", at_once = pace.at_once);
}

/// The span of a connection's turn, in which the host's store and transport speak.
pub(crate) fn turn_span(id: ConnectionId, attempt: u64) -> Span {
    info_span!(target: TARGET, "refresh", connection = %id, attempt)
}

/// What is known of a turn when it is over.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) connection: ConnectionId,
    pub(crate) attempt: u64,
    pub(crate) took: Duration,
    pub(crate) backlog: usize,
    /// Until the next turn; `None` if there is none.
    pub(crate) next: Option<Duration>,
}

pub(crate) fn turn(turn: &Turn, Ended { connection, attempt, took, backlog, next }: &Ended) {
    let (outcome, millis, next_millis) = (turn.outcome, millis(*took), next.map(millis));
    if turn.failed() {
        warn!(target: TARGET, event = "refresh", %connection, outcome, attempt, millis, backlog, next_millis);
    } else {
        debug!(target: TARGET, event = "refresh", %connection, outcome, attempt, millis, backlog, next_millis);
    }
}

pub(crate) fn scanned(Scanned { connections, took, pause }: Scanned, queued: usize) {
    let (millis, next_millis) = (millis(took), millis(pause));
    debug!(target: TARGET, event = "scan", outcome = "scanned", connections, queued, millis, next_millis);
}

pub(crate) fn scan_failed(outcome: &'static str, attempt: u32, pause: Duration) {
    warn!(target: TARGET, event = "scan", outcome, attempt, next_millis = millis(pause));
}

pub(crate) fn stopping(under_way: usize) {
    info!(target: TARGET, event = "stopping", under_way);
}

pub(crate) fn stopped(dropped: usize, took: Duration) {
    info!(target: TARGET, event = "stopped", dropped, millis = millis(took));
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
