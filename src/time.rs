//! Points in time, who acts at them, and where a program gets them from.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::records::Value;
use crate::text::ActorName;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// It reaches to the end of the year 9999, so it always prints as RFC 3339 and always fits into the
/// 48 bits that a UUID of version 7 has for it. Serialised as the number of milliseconds.
///
/// ```
/// use handclasp::Timestamp;
///
/// let noon = Timestamp::from_secs(1_800_000_000).ok_or("beyond the year 9999")?;
/// assert_eq!(noon.to_string(), "2027-01-15T08:00:00.000Z");
/// assert_eq!(noon.as_millis(), 1_800_000_000_000);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest point in time there is: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The point this many milliseconds after 1970-01-01T00:00:00Z; `None` beyond [`Timestamp::MAX`].
    #[must_use]
    pub const fn from_millis(millis: u64) -> Option<Self> {
        if millis <= Self::MAX.0 { Some(Self(millis)) } else { None }
    }

    /// The point this many seconds after 1970-01-01T00:00:00Z; `None` beyond [`Timestamp::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Option<Self> {
        match secs.checked_mul(1000) {
            Some(millis) => Self::from_millis(millis),
            None => None,
        }
    }

    /// What the operating system's clock says. Needs the feature `os`.
    ///
    /// A clock set before 1970 reads as 1970, one beyond the year 9999 as [`Timestamp::MAX`].
    #[cfg(feature = "os")]
    #[must_use]
    pub fn now() -> Self {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = since_epoch.map_or(0, |elapsed| elapsed.as_millis());
        u64::try_from(millis).ok().and_then(Self::from_millis).unwrap_or(Self::MAX)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// The point this much later, [`Timestamp::MAX`] at most.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis).min(Self::MAX.0))
    }

    /// This point in time together with who acts at it.
    #[must_use]
    pub fn by(self, actor: Actor) -> Moment {
        Moment { at: self, by: actor }
    }

    /// The same point without its fraction of a second, as codes and messages carry it.
    pub(crate) const fn whole_seconds(self) -> Self {
        Self(self.0 - self.0 % 1000)
    }
}

/// RFC 3339 in UTC with milliseconds: `2027-01-15T08:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.as_secs() / 86_400, self.as_secs() % 86_400);
        let (year, month, day) = civil_from_days(days);
        let (hour, minute) = (second / 3600, second % 3600 / 60);
        f.pad(&format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{:03}Z",
            second % 60,
            self.0 % 1000
        ))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let millis = u64::deserialize(deserializer)?;
        Self::from_millis(millis).ok_or_else(|| serde::de::Error::custom("a time beyond the year 9999"))
    }
}

/// Who makes something happen.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Actor {
    /// The program itself, without a person's order.
    #[default]
    System,
    /// A person on this side.
    Admin(ActorName),
    /// The other side, by a message that was verified.
    Remote,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.pad("the system"),
            Self::Admin(name) => fmt::Display::fmt(name, f),
            Self::Remote => f.pad("the other side"),
        }
    }
}

/// When something happens, and who makes it happen: what every transition is told.
///
/// A bare [`Timestamp`] converts into one whose actor is [`Actor::System`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moment {
    at: Timestamp,
    by: Actor,
}

impl Moment {
    /// When it happens.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Who makes it happen.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.by
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        at.by(Actor::System)
    }
}

/// Tells the time to a [`Node`](crate::Node).
pub trait Clock {
    /// The present time. It may jump either way and nothing breaks, but expiry, the order of lists and the times
    /// of events follow it.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[cfg(feature = "os")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to configure")]
pub struct SystemClock;

#[cfg(feature = "os")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is set: for tests. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct FixedClock(std::sync::Arc<core::sync::atomic::AtomicU64>);

impl FixedClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(std::sync::Arc::new(core::sync::atomic::AtomicU64::new(now.0)))
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, core::sync::atomic::Ordering::SeqCst);
    }

    /// Moves the clock forwards.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().saturating_add(by));
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(core::sync::atomic::Ordering::SeqCst))
    }
}

/// Milliseconds.
impl Value for Timestamp {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_millis().write(out);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        u64::read(bytes).and_then(Self::from_millis)
    }
}

/// One byte 0 for the other side, else the name of an admin; the program itself is no record at all.
impl Value for Actor {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::System => {}
            Self::Remote => out.push(0),
            Self::Admin(name) => name.write(out),
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        // No name is one control character.
        if bytes == [0] { Some(Self::Remote) } else { Value::read(bytes).map(Self::Admin) }
    }
}

/// Year, month and day of the proleptic Gregorian calendar, from days since 1970-01-01.
///
/// Counts in years that begin in March, so that the leap day comes last and needs no special case.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}
