//! A set of modes.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ConnectionMode;
use crate::records::Value;

/// A set of modes: what a platform supports, or what an instance is licensed for.
///
/// ```
/// use handclasp::{ConnectionMode, ModeSet};
///
/// let modes = ModeSet::from([ConnectionMode::Script, ConnectionMode::Basic]);
/// assert!(modes.contains(ConnectionMode::Basic));
/// assert!(!modes.contains(ConnectionMode::Visual));
/// assert_eq!(modes.iter().count(), 2);
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct ModeSet(u8);

impl ModeSet {
    /// No mode.
    pub const NONE: Self = Self(0);
    /// Every mode.
    pub const ALL: Self = Self(0b111);

    /// This set and one mode more.
    #[must_use]
    pub const fn with(self, mode: ConnectionMode) -> Self {
        Self(self.0 | bit(mode))
    }

    /// Whether the mode is in the set.
    #[must_use]
    pub const fn contains(self, mode: ConnectionMode) -> bool {
        self.0 & bit(mode) != 0
    }

    /// The modes in the set, in the order of [`ConnectionMode::ALL`].
    pub fn iter(self) -> impl Iterator<Item = ConnectionMode> {
        ConnectionMode::ALL.iter().copied().filter(move |mode| self.contains(*mode))
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }
}

impl FromIterator<ConnectionMode> for ModeSet {
    fn from_iter<I: IntoIterator<Item = ConnectionMode>>(modes: I) -> Self {
        modes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl<const N: usize> From<[ConnectionMode; N]> for ModeSet {
    fn from(modes: [ConnectionMode; N]) -> Self {
        modes.into_iter().collect()
    }
}

impl fmt::Debug for ModeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ModeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.iter().collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ModeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<ConnectionMode>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl Value for ModeSet {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.bits());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        u8::read(bytes).and_then(Self::from_bits)
    }
}

const fn bit(mode: ConnectionMode) -> u8 {
    match mode {
        ConnectionMode::Basic => 0b001,
        ConnectionMode::Visual => 0b010,
        ConnectionMode::Script => 0b100,
    }
}
