//! What the host decides about the connections it initiates, whoever walks the wizard.

use core::time::Duration;

use crate::instance::UrlPolicy;

/// What the host decides for every wizard: which addresses may be used, and how long an invitation is valid.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Terms {
    /// Which addresses may be used. It is stored when the connection is initiated, for the acceptance.
    pub policy: UrlPolicy,
    /// How long an invitation can be accepted.
    pub validity: Validity,
}

impl Terms {
    /// Terms with this policy, and invitations that are valid for seven days.
    #[must_use]
    pub fn new(policy: UrlPolicy) -> Self {
        Self { policy, validity: Validity::default() }
    }

    /// With invitations that are valid for so long.
    #[must_use]
    pub fn with_validity(self, validity: Validity) -> Self {
        Self { validity, ..self }
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

impl ValidityError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "validity-out-of-range"
    }
}
