//! The last step: the connection is initiated, and there is something to hand over.

use core::fmt;

use zeroize::Zeroizing;

use super::{HasUrl, Step, StepKind, UrlEntered, Wizard};
use crate::connection::{AdminAccess, Connection, ConnectionInfo};
use crate::instance::{Instance, InstanceUrl};
use crate::invitation::{Invitation, InvitationCode};
use crate::mode::ConnectionMode;

/// The last step. Store the connection, then show what is to be handed over: this once.
///
/// It cannot be saved, because it holds the code. Whoever loses the code reissues the invitation.
#[derive(Clone, Debug)]
pub struct Initiated {
    pub(super) before: UrlEntered,
    pub(super) connection: Connection,
    pub(super) hand_over: HandOver,
}

impl Step for Initiated {
    const KIND: StepKind = StepKind::Initiated;
}

impl HasUrl for Initiated {
    fn url_entered(&self) -> &UrlEntered {
        &self.before
    }
}

impl Wizard<Initiated> {
    /// The record to store before anything is handed over.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.step.connection
    }

    /// What to hand over to the other side.
    #[must_use]
    pub fn hand_over(&self) -> &HandOver {
        &self.step.hand_over
    }

    /// Where *Go to remote* leads: the destination's accept page, else an address at which it is known.
    #[must_use]
    pub fn remote_url(&self) -> Option<&InstanceUrl> {
        let remote = self.step.before.destination.remote()?;
        remote.accept_page().or_else(|| self.entered_url()).or_else(|| remote.tracker_url())
    }

    /// The record and what to hand over, by value.
    #[must_use]
    pub fn into_parts(self) -> (Connection, HandOver) {
        (self.step.connection, self.step.hand_over)
    }
}

/// What the source's admin hands over to the destination's.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an application must handle each case, or the invitation is lost"
)]
pub enum HandOver {
    /// The code, to be sent by any means.
    Code(InvitationCode),
    /// A link that the same person opens, as the destination's admin. It holds the code.
    AcceptanceLink(AcceptanceLink),
    /// Nothing: a local connection is active at once.
    Nothing,
}

impl HandOver {
    /// The code, in either form.
    #[must_use]
    pub fn code(&self) -> Option<&InvitationCode> {
        match self {
            Self::Code(code) => Some(code),
            Self::AcceptanceLink(link) => Some(&link.code),
            Self::Nothing => None,
        }
    }
}

/// The destination's accept page with the code behind a `#`: a fragment never reaches a server or its logs.
///
/// Whoever holds it can accept: it is as secret as the code, and shown as carefully.
#[derive(Clone)]
pub struct AcceptanceLink {
    code: InvitationCode,
    text: Zeroizing<String>,
}

impl AcceptanceLink {
    fn new(page: &InstanceUrl, code: InvitationCode) -> Self {
        let text = Zeroizing::new(format!("{page}#{}", code.expose()));
        Self { code, text }
    }

    /// The link, to be opened or shown this once; not for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The code in it, for who would rather hand that over.
    #[must_use]
    pub fn code(&self) -> &InvitationCode {
        &self.code
    }
}

impl fmt::Debug for AcceptanceLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcceptanceLink([redacted])")
    }
}

/// The table of DESIGN.md: a link where the same person can accept, else the code.
pub(super) fn hand_over(
    mode: ConnectionMode,
    info: &ConnectionInfo,
    remote: Option<&Instance>,
    invitation: Option<&Invitation>,
) -> HandOver {
    let Some(code) = invitation.map(Invitation::to_code) else { return HandOver::Nothing };
    let is_admin_there = match mode {
        ConnectionMode::Basic => !matches!(info.admin_access(), None | Some(AdminAccess::No)),
        ConnectionMode::Visual => true,
        ConnectionMode::Script => false,
    };
    match remote.and_then(Instance::accept_page).filter(|_| is_admin_there) {
        Some(page) => HandOver::AcceptanceLink(AcceptanceLink::new(page, code)),
        None => HandOver::Code(code),
    }
}
