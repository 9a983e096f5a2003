//! Calls that may take long: they go on in the background, whether or not anybody waits for them.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::page_id::PageId;

/// How long a page waits for a call before it says that it is under way.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How long the end of a call is remembered for the page that waits for it.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// The most calls that are remembered.
const MOST: usize = 1000;

/// The calls of one portal that are under way, or were a moment ago. Clones are the same.
///
/// Two clicks are one call: a second call about the same thing joins the first.
#[derive(Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<HashMap<PageId, Job>>>);

/// A call: it gives the address to go to when it is done.
pub(crate) type Call = Pin<Box<dyn Future<Output = String> + Send>>;

struct Job {
    about: String,
    what: &'static str,
    begun: Instant,
    /// Where to go when it is done.
    done: watch::Receiver<Option<String>>,
}

/// How far a call is.
pub(crate) enum Progress {
    /// It has come to an end: go there.
    Done(String),
    /// It is under way; its page is at this id.
    UnderWay(PageId),
}

/// What the page of a call shows.
pub(crate) enum Look {
    /// It has come to an end: go there.
    Done(String),
    /// It is under way: this is what is done.
    UnderWay(&'static str),
    /// It is not known (any more).
    Unknown,
}

impl Jobs {
    /// Runs a call about something, and waits for a moment.
    pub(crate) async fn run(&self, about: String, id: PageId, what: &'static str, call: Call) -> Progress {
        let (id, mut done) = self.begin(about, id, what, call);
        match tokio::time::timeout(PATIENCE, done.wait_for(Option::is_some)).await {
            Ok(Ok(to)) => to.clone().map_or(Progress::UnderWay(id), Progress::Done),
            // It goes on, or has failed, which its page says.
            Ok(Err(_)) | Err(_) => Progress::UnderWay(id),
        }
    }

    /// Looks how far a call is.
    pub(crate) fn look(&self, id: &PageId) -> Look {
        let jobs = self.jobs();
        let Some(job) = jobs.get(id) else { return Look::Unknown };
        // Before its end is looked for: it may come in between.
        let has_ended = job.done.has_changed().is_err();
        let to = job.done.borrow().clone();
        match to {
            Some(to) => Look::Done(to),
            None if has_ended => Look::Unknown,
            None => Look::UnderWay(job.what),
        }
    }

    fn begin(
        &self,
        about: String,
        id: PageId,
        what: &'static str,
        call: Call,
    ) -> (PageId, watch::Receiver<Option<String>>) {
        let mut jobs = self.jobs();
        jobs.retain(|_, job| is_under_way(job) || job.begun.elapsed() < REMEMBERED);
        if let Some((id, job)) = jobs.iter().find(|(_, job)| job.about == about && is_under_way(job)) {
            return (id.clone(), job.done.clone());
        }
        if jobs.len() >= MOST {
            jobs.retain(|_, job| is_under_way(job));
        }
        let (end, done) = watch::channel(None);
        tokio::spawn(async move {
            // Nobody may be waiting any more.
            let _ = end.send(Some(call.await));
        });
        jobs.insert(id.clone(), Job { about, what, begun: Instant::now(), done: done.clone() });
        (id, done)
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<PageId, Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_under_way(job: &Job) -> bool {
    job.done.borrow().is_none() && job.done.has_changed().is_ok()
}
