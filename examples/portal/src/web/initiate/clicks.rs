//! Clicks on *Initiate* at the same moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use handclasp::{ConnectionId, Initiated, Wizard};

/// The clicks that are being answered. Those that overlap share one wizard, and so one code: nobody knows which of the
/// answers will be the one on the screen.
#[derive(Default)]
pub(crate) struct Clicks(Mutex<HashMap<ConnectionId, Weak<Wizard<Initiated>>>>);

impl Clicks {
    /// The wizard of an earlier click that is still being answered, if it initiates the same; else this one.
    pub(super) fn join(&self, initiated: Wizard<Initiated>) -> Arc<Wizard<Initiated>> {
        let mut clicks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clicks.retain(|_, click| click.strong_count() > 0);
        let is_same = |earlier: &Arc<Wizard<Initiated>>| {
            let (one, other) = (earlier.connection(), initiated.connection());
            (one.mode(), one.info()) == (other.mode(), other.info())
        };
        if let Some(earlier) = clicks.get(&initiated.id()).and_then(Weak::upgrade).filter(is_same) {
            return earlier;
        }
        let first = Arc::new(initiated);
        clicks.insert(first.id(), Arc::downgrade(&first));
        first
    }
}
