//! What whoever gets an invitation is shown before they decide.

use core::fmt;
use core::time::Duration;

use serde::{Serialize, Serializer};

use super::Invitation;
use crate::codes::coded;
use crate::connection::{Connection, ConnectionForm, ConnectionId, ConnectionKind, WhoActs};
use crate::flat::flat;
use crate::instance::{Instance, InstanceUid, InstanceUrl, PlatformName, PolicyError, UrlPolicy};
use crate::mode::ConnectionMode;
use crate::offer::{Ask, Facts, Other, Reason, Side, reasons};
use crate::time::Timestamp;

/// An invitation as it is shown to whoever may accept it: facts, warnings, and what stands in the way.
///
/// Making one has no effect anywhere. It carries the code's secret, which `Debug` and `Serialize` leave out.
#[derive(Clone, Debug)]
pub struct Preview {
    invitation: Invitation,
    kind: ConnectionKind,
    by_hand: bool,
    binding: Binding,
    asks: Vec<Ask>,
    obstacles: Vec<Obstacle>,
    warnings: Vec<Warning>,
}

impl Preview {
    /// Looks at an invitation as this instance, under this policy. It needs no clock: see
    /// [`at`](Self::at) for what does.
    #[must_use]
    pub fn new(invitation: Invitation, local: &Instance, policy: UrlPolicy) -> Self {
        let binding = match invitation.destination_uid() {
            None => Binding::Bearer,
            Some(uid) if uid == local.uid() => Binding::ThisInstance,
            Some(_) => Binding::OtherInstance,
        };
        let kind = ConnectionKind::between(invitation.source_node_url().is_some(), local.is_public());
        let obstacles = obstacles(&invitation, local, policy, binding);
        let mut warnings = Vec::new();
        if binding == Binding::Bearer {
            warnings.push(Warning::Unbound);
        }
        if invitation.source_node_url().is_some_and(|url| url.host_unicode().is_some()) {
            warnings.push(Warning::InternationalHost);
        }
        // A source that cannot be called knows whom to ask only if it knows whom it has invited.
        let by_hand = invitation.source_node_url().is_none()
            && (invitation.destination_uid().is_none() || !local.is_public());
        Self { kind, by_hand, binding, asks: Ask::of_acceptor(local), obstacles, warnings, invitation }
    }

    /// Adds what only a clock tells: that the invitation seems to have expired (a warning, because the
    /// source's clock decides), or comes from more than a day ahead (an obstacle).
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.warnings.retain(|warning| *warning != Warning::Expired);
        self.obstacles.retain(|obstacle| *obstacle != Obstacle::FromTheFuture);
        if now >= self.invitation.expires_at() {
            self.warnings.push(Warning::Expired);
        }
        if self.invitation.id().created_at() > now.saturating_add(ID_AHEAD) {
            self.obstacles.push(Obstacle::FromTheFuture);
        }
        self
    }

    /// Adds what only the store tells: that another connection has the id (an obstacle).
    #[must_use]
    pub fn beside(mut self, existing: Option<&Connection>) -> Self {
        self.obstacles.retain(|obstacle| *obstacle != Obstacle::IdTaken);
        let digest = self.invitation.keys().digest;
        if existing.is_some_and(|existing| existing.keys().is_none_or(|keys| keys.digest != digest)) {
            self.obstacles.push(Obstacle::IdTaken);
        }
        self
    }

    /// The invitation itself.
    #[must_use]
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// How the two sides will reach each other.
    #[must_use]
    pub fn kind(&self) -> ConnectionKind {
        self.kind
    }

    /// Whether neither side can call the other, so that people have to carry the messages as text.
    #[must_use]
    pub fn is_relayed_by_hand(&self) -> bool {
        self.by_hand
    }

    /// How strongly the code is bound to this instance.
    #[must_use]
    pub fn binding(&self) -> Binding {
        self.binding
    }

    /// The host that accepting will contact, in ASCII; `None` if the source can only call out.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.invitation.source_node_url().map(InstanceUrl::host)
    }

    /// What is asked before it can be accepted.
    #[must_use]
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// What stands in the way of accepting, as far as it was looked at: see [`at`](Self::at) and
    /// [`beside`](Self::beside).
    #[must_use]
    pub fn obstacles(&self) -> &[Obstacle] {
        &self.obstacles
    }

    /// What should be considered before accepting.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The form, filled in with what the source suggests.
    #[must_use]
    pub fn form(&self) -> ConnectionForm {
        ConnectionForm {
            source_short_name: self.invitation.source_short_name().to_string(),
            destination_short_name: self.invitation.destination_short_name().to_string(),
            name: self.invitation.name().to_string(),
            description: self.invitation.description().to_string(),
            ..ConnectionForm::default()
        }
    }
}

/// Everything that is shown, and nothing secret.
impl Serialize for Preview {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            id: ConnectionId,
            mode: ConnectionMode,
            kind: ConnectionKind,
            by_hand: bool,
            binding: Binding,
            source_uid: &'a InstanceUid,
            source_platform: Option<&'a PlatformName>,
            source_node_url: Option<&'a InstanceUrl>,
            source_tracker_url: Option<&'a InstanceUrl>,
            host: Option<&'a str>,
            issued_at: Option<Timestamp>,
            expires_at: Timestamp,
            asks: &'a [Ask],
            obstacles: &'a [Obstacle],
            warnings: &'a [Warning],
            form: ConnectionForm,
        }
        Shown {
            id: self.invitation.id(),
            mode: self.invitation.mode(),
            kind: self.kind,
            by_hand: self.by_hand,
            binding: self.binding,
            source_uid: self.invitation.source_uid(),
            source_platform: self.invitation.source_platform(),
            source_node_url: self.invitation.source_node_url(),
            source_tracker_url: self.invitation.source_tracker_url(),
            host: self.host(),
            issued_at: self.invitation.issued_at(),
            expires_at: self.invitation.expires_at(),
            asks: &self.asks,
            obstacles: &self.obstacles,
            warnings: &self.warnings,
            form: self.form(),
        }
        .serialize(serializer)
    }
}

coded! {
    /// For whom a code works. Binding one to an instance catches mistakes, not thieves.
    #[expect(clippy::exhaustive_enums, reason = "the three cases cover all codes")]
    pub enum Binding {
        /// Whoever holds it.
        Bearer = "bearer",
        /// This instance.
        ThisInstance = "this-instance",
        /// Another instance.
        OtherInstance = "other-instance",
    }
}

/// Why an invitation cannot be accepted here.
///
/// Serialised, it is the flat structure `code`, `message`, and the policy's code as `error`, or the `side` of a mode's
/// [`Reason`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Obstacle {
    /// This very instance has issued it.
    OwnInvitation,
    /// It is for another instance.
    WrongRecipient,
    /// The policy forbids an address in it.
    AddressNotPermitted {
        /// Why.
        error: PolicyError,
    },
    /// A rule for its mode is broken; the same reasons as the source is given.
    Mode {
        /// Which, and on which side.
        reason: Reason,
    },
    /// Another connection here has its id.
    IdTaken,
    /// Its id is from more than a day ahead of this side's clock, and would stay on top of every list.
    FromTheFuture,
}

flat! { Obstacle {
    Self::AddressNotPermitted { error } => { error: error.code() },
    Self::Mode { reason } => { side: &reason.side },
    Self::OwnInvitation | Self::WrongRecipient | Self::IdTaken | Self::FromTheFuture => {},
} }

impl Obstacle {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OwnInvitation => "own-invitation",
            Self::WrongRecipient => "wrong-recipient",
            Self::AddressNotPermitted { .. } => "address-not-permitted",
            Self::Mode { reason } => reason.code(),
            Self::IdTaken => "id-taken",
            Self::FromTheFuture => "from-the-future",
        }
    }

    /// Who has to act before the invitation, or a new one, can be accepted.
    #[must_use]
    pub const fn who_acts(&self) -> WhoActs {
        match self {
            Self::AddressNotPermitted { .. } | Self::Mode { reason: Reason { side: Side::Local, .. } } => {
                WhoActs::DestinationAdmin
            }
            Self::OwnInvitation | Self::WrongRecipient | Self::IdTaken | Self::Mode { .. } => {
                WhoActs::SourceAdmin
            }
            Self::FromTheFuture => WhoActs::Nobody,
        }
    }

    /// Whether accepting the same invitation later may work, without anybody deciding anything: only time heals a
    /// clock that is behind.
    #[must_use]
    pub const fn retry_helps(&self) -> bool {
        matches!(self, Self::FromTheFuture)
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnInvitation => {
                f.pad("this instance has issued the invitation itself; send it to the other side")
            }
            Self::WrongRecipient => {
                f.pad("the invitation is for another instance; accept it there, or ask for a new one")
            }
            Self::AddressNotPermitted { error } => {
                write!(f, "an address in the invitation is not permitted: {error}")
            }
            Self::Mode { reason } => write!(f, "{reason}"),
            Self::IdTaken => f.pad("another connection has the id of this invitation; ask for a new one"),
            Self::FromTheFuture => {
                f.pad("the invitation is from more than a day ahead; check both sides' clocks")
            }
        }
    }
}

coded! {
    /// What should be considered before accepting.
    #[non_exhaustive]
    pub enum Warning {
        /// The code works for whoever holds it.
        Unbound = "unbound",
        /// By this side's clock the invitation has expired; the source's decides.
        Expired = "expired",
        /// The host's name has characters beyond ASCII, and may look like another.
        InternationalHost = "international-host",
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unbound => "the code works for whoever holds it",
            Self::Expired => "by this side's clock the invitation has expired",
            Self::InternationalHost => "the host's name has letters beyond ASCII and may look like another's",
        })
    }
}

fn obstacles(
    invitation: &Invitation,
    local: &Instance,
    policy: UrlPolicy,
    binding: Binding,
) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    if invitation.source_uid() == local.uid() {
        obstacles.push(Obstacle::OwnInvitation);
    }
    if binding == Binding::OtherInstance {
        obstacles.push(Obstacle::WrongRecipient);
    }
    let urls = [invitation.source_node_url(), invitation.source_tracker_url()];
    if let Some(error) = urls.into_iter().flatten().find_map(|url| policy.check(url).err()) {
        obstacles.push(Obstacle::AddressNotPermitted { error });
    }
    let source = Other::Known {
        capabilities: None,
        public: invitation.source_node_url().is_some(),
        protocol: invitation.versions(),
    };
    let facts = Facts::of_acceptor(local, source, invitation.destination_uid().is_some());
    obstacles.extend(reasons(invitation.mode(), &facts).into_iter().map(|reason| Obstacle::Mode { reason }));
    obstacles
}

/// How far ahead of this side's clock an id may be.
const ID_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);
