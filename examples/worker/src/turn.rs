//! One connection's turn: a look at its record, and a refresh if that is due.

use core::time::Duration;

use handclasp::{ConnectionId, ConnectionStore, Node, RefreshError, RetryReason, Timestamp, Transport};
use tokio::time::{Instant, timeout_at};

use crate::due::{Due, Jitter};

/// What came of a turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Turn {
    /// Its stable kebab-case name: one of this package's, or that of the library's error.
    pub(crate) outcome: &'static str,
    pub(crate) next: Next,
}

/// When the connection has its next turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    /// A refresh would say nothing, or there is nothing to refresh.
    Never,
    /// Nothing was sent, because it is not due yet.
    Later(Due),
    /// It was refreshed, and this is what its record recommends now.
    Due(Due),
    /// It was refreshed, or should have been, and the record does not tell: the worker's own back-off has to do, for
    /// this long at least.
    Stalled { known: Option<Timestamp>, after: Duration },
    /// Its record could not even be read: the same, until it can be.
    Unread,
}

impl Turn {
    pub(crate) const REFRESHED: &'static str = "refreshed";
    pub(crate) const NOT_DUE: &'static str = "not-due";
    pub(crate) const NOTHING_DUE: &'static str = "nothing-due";
    pub(crate) const MISSING: &'static str = "missing";
    pub(crate) const STORE_FAILED: &'static str = "store-failed";
    pub(crate) const OVER_TIME: &'static str = "over-time";
    pub(crate) const PANICKED: &'static str = "panicked";

    /// A turn that came to no end of its own.
    pub(crate) const fn lost(outcome: &'static str, known: Option<Timestamp>) -> Self {
        Self { outcome, next: Next::Stalled { known, after: Duration::ZERO } }
    }

    const fn unread(outcome: &'static str) -> Self {
        Self { outcome, next: Next::Unread }
    }

    const fn over(outcome: &'static str) -> Self {
        Self { outcome, next: Next::Never }
    }

    /// Whether something was not as it should be.
    pub(crate) fn failed(&self) -> bool {
        ![Self::REFRESHED, Self::NOT_DUE, Self::NOTHING_DUE, Self::MISSING].contains(&self.outcome)
    }
}

/// Looks at the record, and refreshes it if it is due: whoever has refreshed it in the meantime, in a page or in another
/// process, has done the work.
///
/// The record that is still as the worker knows it is due whatever the node's clock says, because the worker has waited
/// by a clock that does not jump.
///
/// Look and refresh end within this limit, together.
pub(crate) async fn take<S: ConnectionStore, T: Transport>(
    node: &Node<S, T>,
    id: ConnectionId,
    known: Option<Timestamp>,
    jitter: &Jitter,
    limit: Duration,
) -> Turn {
    let end = Instant::now() + limit;
    let view = match timeout_at(end, node.get(id)).await {
        Ok(Ok(Some(view))) => view,
        Ok(Ok(None)) => return Turn::over(Turn::MISSING),
        Ok(Err(_)) => return Turn::unread(Turn::STORE_FAILED),
        Err(_) => return Turn::unread(Turn::OVER_TIME),
    };
    let Some(due) = Due::of(&view, node.now(), jitter) else { return Turn::over(Turn::NOTHING_DUE) };
    if !due.wait.is_zero() && known != Some(due.at) {
        return Turn { outcome: Turn::NOT_DUE, next: Next::Later(due) };
    }
    let refreshed = match timeout_at(end, node.refresh(id)).await {
        Ok(Ok(refreshed)) => refreshed,
        Ok(Err(RefreshError::Missing)) => return Turn::over(Turn::MISSING),
        Ok(Err(error)) => return Turn::unread(error.code()),
        Err(_) => return Turn::lost(Turn::OVER_TIME, Some(due.at)),
    };
    let (outcome, after) = match refreshed.retry {
        None => (Turn::REFRESHED, Duration::ZERO),
        Some(retry) if matches!(retry.why, RetryReason::Missing) => return Turn::over(Turn::MISSING),
        Some(retry) => (retry.why.code(), retry.after),
    };
    let next = match Due::of(&refreshed.connection, node.now(), jitter) {
        None => Next::Never,
        // Nothing was written, or it makes no difference: the store failed, say, or the contact before was a moment ago.
        Some(next) if next.at == due.at || next.wait.is_zero() => {
            Next::Stalled { known: Some(next.at), after }
        }
        Some(next) => Next::Due(Due { wait: next.wait.max(after), ..next }),
    };
    Turn { outcome, next }
}
