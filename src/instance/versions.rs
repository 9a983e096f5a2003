//! Which versions of the handshake's protocol a side speaks.

use serde::{Deserialize, Serialize};

use crate::records::Value;

/// A range of protocol versions, both ends included.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct ProtocolVersions {
    lowest: u8,
    highest: u8,
}

impl ProtocolVersions {
    /// What this crate speaks: version 1.
    pub const SUPPORTED: Self = Self { lowest: 1, highest: 1 };

    /// The range from the lowest version to the highest; `None` if it is empty or has a version 0.
    #[must_use]
    pub const fn new(lowest: u8, highest: u8) -> Option<Self> {
        if lowest >= 1 && lowest <= highest { Some(Self { lowest, highest }) } else { None }
    }

    /// The lowest version.
    #[must_use]
    pub const fn lowest(self) -> u8 {
        self.lowest
    }

    /// The highest version.
    #[must_use]
    pub const fn highest(self) -> u8 {
        self.highest
    }

    /// The versions in both ranges, if there are any.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        Self::new(self.lowest.max(other.lowest), self.highest.min(other.highest))
    }
}

impl Value for ProtocolVersions {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.lowest, self.highest]);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        <[u8; 2]>::read(bytes).and_then(|[lowest, highest]| Self::new(lowest, highest))
    }
}

#[derive(Deserialize, Serialize)]
struct Bounds {
    lowest: u8,
    highest: u8,
}

impl From<ProtocolVersions> for Bounds {
    fn from(ProtocolVersions { lowest, highest }: ProtocolVersions) -> Self {
        Self { lowest, highest }
    }
}

impl TryFrom<Bounds> for ProtocolVersions {
    type Error = &'static str;

    fn try_from(Bounds { lowest, highest }: Bounds) -> Result<Self, Self::Error> {
        Self::new(lowest, highest)
            .ok_or("no such range of protocol versions: the lowest is 1, and not above the highest")
    }
}
