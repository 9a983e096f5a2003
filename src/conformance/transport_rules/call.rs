//! One call of the transport: a task of its own, for which the suite waits as long as its patience lasts.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use crate::conformance::waiting::{Signal, within};
use crate::conformance::{Task, TransportSetup};
use crate::maybe::MaybeSend;
use crate::unless::unless;

/// A call that was begun. It is a task of its own because a transport may block, for ever perhaps, and the suite goes
/// on all the same.
pub(super) struct Call<T> {
    result: Arc<Mutex<Option<T>>>,
    ended: Signal,
    given_up: Signal,
    patience: Duration,
}

/// Says that a task has ended, however it did.
struct End(Signal);

impl Drop for End {
    fn drop(&mut self) {
        self.0.happen();
    }
}

/// Why there is nothing that a call has given.
pub(super) enum NoAnswer {
    /// The transport's error, as it shows itself.
    Failed(String),
    /// It panicked, or the setup dropped the task.
    Vanished,
    /// The suite has lost its patience.
    NeverEnded(Duration),
}

impl fmt::Debug for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => f.write_str(error),
            Self::Vanished => f.write_str("a panic"),
            Self::NeverEnded(patience) => write!(f, "nothing within {patience:?}"),
        }
    }
}

impl<T: MaybeSend + 'static> Call<T> {
    pub(super) fn begin(
        setup: &impl TransportSetup,
        future: impl Future<Output = T> + MaybeSend + 'static,
    ) -> Self {
        let call = Self {
            result: Arc::default(),
            ended: Signal::default(),
            given_up: Signal::default(),
            patience: setup.patience(),
        };
        let (result, given_up) = (call.result.clone(), call.given_up.clone());
        let end = End(call.ended.clone());
        let task: Task = Box::pin(async move {
            let given = unless(given_up.wait(), future).await;
            *result.lock().unwrap_or_else(PoisonError::into_inner) = given;
            drop(end);
        });
        setup.spawn(task);
        call
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.has_happened()
    }

    /// Waits until it has ended, for as long as it takes.
    pub(super) async fn ended(&self) {
        self.ended.wait().await;
    }

    /// What the task gave.
    pub(super) async fn end(self) -> Result<T, NoAnswer> {
        let in_time = within(self.patience, self.ended.wait()).await;
        self.given_up.happen();
        in_time.ok_or(NoAnswer::NeverEnded(self.patience))?;
        self.result.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(NoAnswer::Vanished)
    }
}

impl<T: MaybeSend + 'static> Call<Result<T, NoAnswer>> {
    /// What the transport gave.
    pub(super) async fn outcome(self) -> Result<T, NoAnswer> {
        self.end().await?
    }
}
