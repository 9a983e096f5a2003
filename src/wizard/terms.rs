//! What the host decides about the connections it initiates, whoever walks the wizard.

use core::time::Duration;

use crate::codes::coded;
use crate::flat::flat;
use crate::instance::UrlPolicy;

/// What the host decides for every wizard: which addresses may be used, and how long an invitation is valid.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Terms {
    /// Which addresses may be used. It is stored when the connection is initiated, for the acceptance.
    pub policy: UrlPolicy,
    /// How long an invitation can be accepted.
    pub validity: Validity,
    /// Whether an admin has to approve whoever accepts. It is stored when the connection is initiated.
    pub approval: Approval,
    /// Whether people may carry the messages as text where neither side can call the other.
    pub hand_relay: bool,
}

impl Terms {
    /// Terms with this policy, invitations that are valid for seven days, no approval by hand, and no hand relay.
    #[must_use]
    pub fn new(policy: UrlPolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// With invitations that are valid for so long.
    #[must_use]
    pub fn with_validity(self, validity: Validity) -> Self {
        Self { validity, ..self }
    }

    /// With an admin who approves, or not.
    #[must_use]
    pub fn with_approval(self, approval: Approval) -> Self {
        Self { approval, ..self }
    }

    /// With messages that people carry as text where neither side can call the other.
    #[must_use]
    pub fn with_hand_relay(self) -> Self {
        Self { hand_relay: true, ..self }
    }
}

coded! {
    /// Whether an admin of the source has to approve whoever accepts.
    #[derive(Default)]
    #[expect(clippy::exhaustive_enums, reason = "somebody approves, or nobody does")]
    pub enum Approval {
        /// Nobody has to, unless the acceptance names another address than the one at which the destination was found.
        #[default]
        Automatic = "automatic",
        /// Somebody has to, always.
        ByHand = "by-hand",
    }
}

/// How long an invitation can be accepted: 10 minutes to 30 days, in whole seconds; by default 7 days.
///
/// ```
/// use core::time::Duration;
/// use handclasp::Validity;
///
/// let one_hour = Validity::new(Duration::from_secs(3600))?;
/// assert!(one_hour < Validity::default());
/// assert!(Validity::new(Duration::from_secs(1)).is_err());
/// # Ok::<(), handclasp::ValidityError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Validity(Duration);

impl Validity {
    /// The shortest: 10 minutes.
    pub const MIN: Self = Self(Duration::from_secs(10 * 60));
    /// The longest: 30 days.
    pub const MAX: Self = Self(Duration::from_secs(30 * 24 * 60 * 60));

    /// A validity of so long; parts of a second are dropped.
    ///
    /// # Errors
    /// [`ValidityError`] for less than 10 minutes, or more than 30 days.
    pub const fn new(duration: Duration) -> Result<Self, ValidityError> {
        let seconds = duration.as_secs();
        if Self::MIN.0.as_secs() <= seconds && seconds <= Self::MAX.0.as_secs() {
            Ok(Self(Duration::from_secs(seconds)))
        } else {
            Err(ValidityError)
        }
    }

    /// How long that is.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        self.0
    }
}

impl Default for Validity {
    fn default() -> Self {
        Self(Duration::from_secs(7 * 24 * 60 * 60))
    }
}

/// An invitation cannot be valid for so short or so long.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an invitation is valid for 10 minutes to 30 days; choose a time in between")]
#[non_exhaustive]
pub struct ValidityError;

flat! { ValidityError }

impl ValidityError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "validity-out-of-range"
    }
}
