//! The id of a connection: a UUID of version 7.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::entropy::Entropy;
use crate::flat::flat;
use crate::records::Value;
use crate::time::Timestamp;

/// Which connection it is, on both sides: a UUID of version 7 (RFC 9562, section 5.7).
///
/// It begins with the time at which the wizard was started, so ids sort by age. Written as 32
/// lower-case hexadecimal digits in the groups 8-4-4-4-12, and read in that form only.
///
/// ```
/// use handclasp::ConnectionId;
///
/// let id = ConnectionId::parse("0193e0c4-8c00-7abc-9def-0123456789ab")?;
/// assert_eq!(id.created_at().to_string(), "2024-12-19T21:13:17.568Z");
/// assert_eq!(ConnectionId::parse(&id.to_string())?, id);
/// # Ok::<(), handclasp::ParseIdError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId([u8; Self::BYTES]);

impl ConnectionId {
    /// How many bytes an id has.
    pub const BYTES: usize = 16;

    /// A new id, of this time.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "entropy is used once: whoever passes it has none left"
    )]
    pub fn new(now: Timestamp, entropy: Entropy) -> Self {
        let [_, _, m0, m1, m2, m3, m4, m5] = now.as_millis().to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, ..] = *entropy.as_bytes();
        let (version, variant) = (0x70 | r0 & 0x0f, 0x80 | r2 & 0x3f);
        Self([m0, m1, m2, m3, m4, m5, version, r1, variant, r3, r4, r5, r6, r7, r8, r9])
    }

    /// The id with these bytes; `None` if they are no UUID of version 7, or one from beyond the year 9999.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let [.., version, _, variant, _, _, _, _, _, _, _] = bytes;
        let id = Self(bytes);
        (version >> 4 == 7 && variant >> 6 == 0b10 && id.millis() <= Timestamp::MAX.as_millis()).then_some(id)
    }

    /// The id written like this.
    ///
    /// # Errors
    /// [`ParseIdError`] for anything but the one canonical form of a UUID of version 7, such as one in
    /// capitals or in braces, or one of version 4.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        let mut bytes = [0; Self::BYTES];
        let digits = text.bytes().filter(|byte| *byte != b'-').collect::<Vec<_>>();
        if digits.len() != 2 * Self::BYTES {
            return Err(ParseIdError);
        }
        for (slot, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let &[high, low] = pair else { return Err(ParseIdError) };
            *slot = hex(high).zip(hex(low)).map(|(high, low)| high << 4 | low).ok_or(ParseIdError)?;
        }
        let id = Self::from_bytes(bytes).ok_or(ParseIdError)?;
        // The hyphens may still stand in the wrong places.
        if id.to_string() == text { Ok(id) } else { Err(ParseIdError) }
    }

    /// Its bytes, which sort as the ids do.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// When the wizard that made it was started.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        // Every constructor has checked that there is such a time.
        Timestamp::from_millis(self.millis()).unwrap_or(Timestamp::MAX)
    }

    fn millis(&self) -> u64 {
        let [m0, m1, m2, m3, m4, m5, ..] = self.0;
        u64::from_be_bytes([0, 0, m0, m1, m2, m3, m4, m5])
    }
}

impl FromStr for ConnectionId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for ConnectionId {
    type Error = ParseIdError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(36);
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 0x0f), 16).unwrap_or('0'));
        }
        f.pad(&text)
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({self})")
    }
}

impl Serialize for ConnectionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConnectionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Value for ConnectionId {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        <[u8; Self::BYTES]>::read(bytes).and_then(Self::from_bytes)
    }
}

/// The text is not a connection id in its canonical form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a connection id; one looks like 0193e0c4-8c00-7abc-9def-0123456789ab")]
#[non_exhaustive]
pub struct ParseIdError;

flat! { ParseIdError }

impl ParseIdError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "not-a-connection-id"
    }
}

/// The value of a lower-case hexadecimal digit.
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}
