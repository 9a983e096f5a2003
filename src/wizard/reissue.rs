//! A new invitation in the place of another.

use super::info_filled::issue;
use super::url_entered::other_end;
use super::{Initiated, Kept, Terms, UrlEntered, Wizard};
use crate::connection::{CloseReason, Connection, EventKind};
use crate::entropy::Entropy;
use crate::instance::Instance;
use crate::offer::{ModeOffer, Reason};
use crate::time::Moment;

impl Wizard<Initiated> {
    /// Why no new invitation can take this one's place; empty if one can. To be asked before the old one is given up.
    #[must_use]
    pub fn reissue_obstacles(connection: &Connection, local: &Instance, terms: Terms) -> Vec<Reason> {
        ModeOffer::of(connection.mode(), local, &other_end(connection), terms.hand_relay).reasons().to_vec()
    }

    /// The new invitation that takes the place of one that was [superseded](crate::handshake::supersede): with the id
    /// that was given there, the same destination, mode and information, and a secret of its own.
    ///
    /// Store the superseded record first, then this one, and only then hand over its code. `None` if the record was not
    /// superseded.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "entropy is used once: whoever passes it has none left"
    )]
    pub fn reissue(
        superseded: &Connection,
        local: Instance,
        terms: Terms,
        moment: impl Into<Moment>,
        entropy: Entropy,
    ) -> Option<Self> {
        let CloseReason::Superseded { by } = superseded.closed()?.reason else { return None };
        let before = UrlEntered { destination: other_end(superseded), entered: None };
        let info = superseded.info().clone();
        let event = EventKind::Reissued { from: superseded.id() };
        let labels = (superseded.mode(), info);
        let step = issue(by, &local, terms, before, labels, event, &moment.into(), &entropy);
        Some(Self { id: by, local, terms, kept: Kept::default(), step })
    }
}
