//! What a page says about what was just done on another. Its address names it, so a reload says the same.

use std::collections::HashMap;

use maud::{Markup, html};

use super::shell::{alert, notice, warning};

/// One list holds everything: what can be said, its name in addresses, whether it is good news, and the words.
macro_rules! said {
    ($( $variant:ident = $code:literal, $tone:ident, $words:literal; )+) => {
        /// Something that was done, or was not.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Said { $( $variant, )+ }

        impl Said {
            const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            const fn row(self) -> (&'static str, fn(&str) -> Markup, &'static str) {
                match self { $( Self::$variant => ($code, $tone, $words), )+ }
            }
        }
    };
}

said! {
    Accepted = "accepted", notice, "You have accepted, and the connection is active on both sides.";
    AcceptedBefore = "accepted-before", notice, "You have accepted this invitation before. This is the connection.";
    Accepting = "accepting", notice, "You have accepted. The other side is asked to confirm.";
    Activated = "activated", notice, "This side is switched on.";
    Approved = "approved", notice, "Approved: the connection is active.";
    Cancelled = "cancelled", notice, "Your acceptance was withdrawn.";
    ChooseMode = "choose-mode", alert, "Choose a configuration type for the new connection.";
    CodeWasShown = "code-was-shown", alert, "The code was shown once, and is not shown again. Issue a new one if it is lost.";
    Connected = "connected", notice, "The connection is active.";
    Deactivated = "deactivated", notice, "This side is switched off.";
    Declined = "declined", notice, "Declined. The code can no longer be used.";
    Described = "described", notice, "The description was changed, on this side.";
    Discarded = "discarded", notice, "The unfinished connection was discarded.";
    Exists = "exists", alert, "This wizard has initiated this connection before. What you changed since then has no effect on it.";
    Forgotten = "forgotten", notice, "The connection was forgotten.";
    Interrupted = "interrupted", alert, "What was under way is no longer known. Look how things stand, and try again if need be.";
    MoveConfirmed = "move-confirmed", notice, "The other side's new address was confirmed.";
    NotAccepted = "not-accepted", alert, "The invitation was not accepted, because the store failed. Accept it again: it does no harm.";
    NotDeclined = "not-declined", alert, "The invitation was not declined, because the store failed. Decline it again: it does no harm.";
    NotNow = "not-now", notice, "The invitation is as it was: you can accept it later.";
    NotReissued = "not-reissued", alert, "No new code was issued: somebody has accepted, or the invitation is over.";
    NotStarted = "not-started", alert, "No new wizard could be started from this connection. Start one with the other side's URL.";
    Refreshed = "refreshed", notice, "The other side was asked how it stands, as far as there was anything to ask.";
    RefusedThere = "refused", alert, "The other side has refused your acceptance.";
    Removed = "removed", notice, "The connection was removed.";
    Renamed = "renamed", notice, "The connection was renamed, on this side.";
    Retrying = "retrying", notice, "You have accepted, and nothing is lost: the other side did not answer yet, and is asked again.";
    Revoked = "revoked", notice, "The invitation was revoked: its code no longer works.";
    StoreFailed = "store-failed", alert, "The store failed. Try again: doing the same twice does no harm.";
    Waiting = "waiting", notice, "You have accepted. It is the other side's turn now.";
}

impl Said {
    /// The address of a page that says it.
    pub(crate) fn at(self, page: &str) -> String {
        format!("{page}?did={}", self.row().0)
    }

    /// The same, and that the other side does not know yet.
    pub(crate) fn at_but_untold(self, page: &str) -> String {
        format!("{}&told=not-yet", self.at(page))
    }
}

/// What the page's address says, if anything.
pub(super) fn shown(query: &HashMap<String, String>) -> Markup {
    let said = query.get("did").and_then(|did| Said::ALL.iter().find(|said| said.row().0 == did));
    let untold = query.get("told").is_some_and(|told| told == "not-yet");
    html! {
        @if let Some(said) = said {
            @let (_, tone, words) = said.row();
            (tone(words))
            @if untold { (warning("The other side could not be told yet. It will be, as soon as it can be reached.")) }
        }
    }
}
