//! Which modes two instances can use together, what each still asks, and why one is not to be had.
//!
//! The rules are one table in `rules`, asked from both ends: by the wizard for the source, and by the
//! preview of an invitation for the destination.

mod rules;

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::codes::coded;
use crate::instance::Instance;
use crate::mode::ConnectionMode;

pub(crate) use rules::{Facts, Other, reasons};

/// The other end of a connection, as far as the source knows it when it initiates.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per wizard, and an `Instance` is what callers have"
)]
#[non_exhaustive]
pub enum Destination {
    /// "I don't have a URL": whoever accepts is the destination.
    Unknown,
    /// Another instance, known by discovery or described by hand.
    Remote(Instance),
    /// This very instance.
    Local,
}

impl Destination {
    /// The other instance, if it is known and another one.
    #[must_use]
    pub fn remote(&self) -> Option<&Instance> {
        match self {
            Self::Remote(instance) => Some(instance),
            Self::Unknown | Self::Local => None,
        }
    }
}

/// A mode, and whether it can be chosen.
///
/// ```
/// use handclasp::{Availability, ConnectionMode, Destination, Instance, InstanceUid, InstanceUrl, KnownPlatform, ModeOffer};
///
/// let org = Instance::builder(InstanceUid::parse("org-1")?, KnownPlatform::Salesforce)
///     .node_url(InstanceUrl::parse("https://org.example.com")?)
///     .build()?;
/// let [basic, visual, script] = ModeOffer::all(&org, &Destination::Unknown, false);
/// assert!(basic.is_available());
/// let codes: Vec<_> = visual.reasons().iter().map(|reason| reason.code()).collect();
/// assert_eq!(codes, ["platform-lacks-mode", "not-licensed", "destination-unknown"]);
/// assert_eq!(script.mode(), ConnectionMode::Script);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ModeOffer {
    mode: ConnectionMode,
    availability: Availability,
}

impl ModeOffer {
    /// Every mode, offered or not, in the order in which they are shown. With `hand_relay`, people may carry the
    /// messages where neither side can call the other.
    #[must_use]
    pub fn all(local: &Instance, destination: &Destination, hand_relay: bool) -> [Self; 3] {
        [ConnectionMode::Basic, ConnectionMode::Visual, ConnectionMode::Script]
            .map(|mode| Self::of(mode, local, destination, hand_relay))
    }

    /// One mode.
    #[must_use]
    pub fn of(mode: ConnectionMode, local: &Instance, destination: &Destination, hand_relay: bool) -> Self {
        let reasons = reasons(mode, &Facts::of_source(local, destination, hand_relay));
        let availability = if reasons.is_empty() {
            Availability::Available { asks: Ask::of_source(mode, local, destination) }
        } else {
            Availability::Unavailable { reasons }
        };
        Self { mode, availability }
    }

    /// The mode this is about.
    #[must_use]
    pub fn mode(&self) -> ConnectionMode {
        self.mode
    }

    /// Whether it can be chosen, and what follows from that.
    #[must_use]
    pub fn availability(&self) -> &Availability {
        &self.availability
    }

    /// The same, by value.
    #[must_use]
    pub fn into_availability(self) -> Availability {
        self.availability
    }

    /// Whether it can be chosen.
    #[must_use]
    pub fn is_available(&self) -> bool {
        matches!(self.availability, Availability::Available { .. })
    }

    /// What the mode asks; nothing if it cannot be chosen.
    #[must_use]
    pub fn asks(&self) -> &[Ask] {
        match &self.availability {
            Availability::Available { asks } => asks,
            Availability::Unavailable { .. } => &[],
        }
    }

    /// Why it cannot be chosen; nothing if it can.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match &self.availability {
            Availability::Available { .. } => &[],
            Availability::Unavailable { reasons } => reasons,
        }
    }
}

/// Whether a mode can be chosen.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "a mode can be chosen, or it cannot")]
pub enum Availability {
    /// It can.
    Available {
        /// What has to be answered once it is chosen, in the order of the screens.
        asks: Vec<Ask>,
    },
    /// It cannot.
    Unavailable {
        /// Every reason, not only the first.
        reasons: Vec<Reason>,
    },
}

coded! {
    /// Something that has to be answered after the mode is chosen.
    #[non_exhaustive]
    pub enum Ask {
        /// Short names, connection name and description; the suggestion is complete.
        Information = "information",
        /// Which project receives incoming items.
        IncomingProject = "incoming-project",
        /// Whether the same person has admin access on the destination: yes or no.
        AdminAccess = "admin-access",
        /// Admin access on the destination that was verified: who, and when.
        AdminEvidence = "admin-evidence",
    }
}

impl Ask {
    /// What a mode asks the source's admin.
    fn of_source(mode: ConnectionMode, local: &Instance, destination: &Destination) -> Vec<Self> {
        let access = match (destination, mode) {
            (Destination::Remote(_), ConnectionMode::Basic) => Some(Self::AdminAccess),
            (Destination::Remote(_), ConnectionMode::Visual) => Some(Self::AdminEvidence),
            _ => None,
        };
        Self::of_acceptor(local).into_iter().chain(access).collect()
    }

    /// What is asked of whoever accepts, in any mode.
    pub(crate) fn of_acceptor(local: &Instance) -> Vec<Self> {
        let project = local.platform().capabilities().projects.then_some(Self::IncomingProject);
        core::iter::once(Self::Information).chain(project).collect()
    }
}

/// One reason why a mode is not to be had, and whose side causes it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reason {
    /// What stands in the way.
    #[serde(rename = "code")]
    pub kind: ReasonKind,
    /// Where it can be changed.
    pub side: Side,
}

impl Reason {
    /// The stable name of what stands in the way.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.kind, self.side)
    }
}

coded! {
    /// What stands in the way of a mode.
    #[non_exhaustive]
    pub enum ReasonKind {
        /// The platform does not support the mode.
        PlatformLacksMode = "platform-lacks-mode",
        /// The instance is not licensed for the mode.
        NotLicensed = "not-licensed",
        /// The mode needs a destination that is known by its URL.
        DestinationUnknown = "destination-unknown",
        /// The mode needs nodes that can be called.
        NotPublic = "not-public",
        /// The platform does not support connecting an instance with itself.
        LocalUnsupported = "local-unsupported",
        /// Neither side could call the other, and no hand relay was chosen.
        NobodyCanCall = "nobody-can-call",
        /// No protocol version is spoken by both sides.
        NoCommonProtocol = "no-common-protocol",
    }
}

impl fmt::Display for ReasonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PlatformLacksMode => "the platform does not support this mode",
            Self::NotLicensed => "there is no licence for this mode",
            Self::DestinationUnknown => "this mode needs a destination that is known by its URL",
            Self::NotPublic => "this mode needs a node that can be called",
            Self::LocalUnsupported => "the platform does not support connecting an instance with itself",
            Self::NobodyCanCall => "neither side can call the other",
            Self::NoCommonProtocol => "there is no protocol version in common; update one of the sides",
        })
    }
}

coded! {
    /// Whose side something is on, seen from the instance at hand.
    #[expect(clippy::exhaustive_enums, reason = "a connection has two sides")]
    pub enum Side {
        /// This side.
        Local = "local",
        /// The other side.
        Remote = "remote",
        /// Both sides.
        Both = "both",
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Local => "this side",
            Self::Remote => "the other side",
            Self::Both => "both sides",
        })
    }
}
