//! Bytes as text that survives mail and chat: written in exactly one way, read with patience.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::paste::{compact, position_in_original};
use super::{LooksLike, ReadCodeError};

/// What a text of one kind begins with, and how large it may be.
pub(crate) struct Armor {
    /// Ends in `_`; the digits before it are the format's version.
    pub(crate) prefix: &'static str,
    /// The most bytes of text, read before anything is decoded.
    pub(crate) max_text: usize,
    /// The most bytes of the body.
    pub(crate) max_body: usize,
}

impl Armor {
    /// The one canonical text: prefix, then base64url of `length ‖ body ‖ checksum`.
    pub(crate) fn seal(&self, body: &[u8]) -> Zeroizing<String> {
        let mut frame = Zeroizing::new(Vec::with_capacity(LENGTH + body.len() + CHECKSUM));
        // A body has at most `max_body` bytes: what is written here is written by this crate, within its limits.
        frame.extend_from_slice(&u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes());
        frame.extend_from_slice(body);
        let checksum = self.checksum(&frame);
        frame.extend_from_slice(&checksum);
        let mut text = Zeroizing::new(String::with_capacity(self.prefix.len() + frame.len().div_ceil(3) * 4));
        text.push_str(self.prefix);
        BASE64URL.encode_string(&*frame, &mut text);
        text
    }

    /// The body of a text, however it was wrapped, quoted or linked.
    pub(crate) fn open(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, ReadCodeError> {
        if text.len() > self.max_text {
            return Err(ReadCodeError::TooLong { bytes: text.len() });
        }
        // Most texts are as they were written. What is wrong with the others is looked for only then.
        if let Some(Ok(body)) = text.strip_prefix(self.prefix).map(|encoded| self.body(encoded)) {
            return Ok(body);
        }
        let compact = compact(text);
        let encoded = self.encoded_part(&compact)?;
        self.body(encoded).map_err(|error| {
            let bad = encoded.chars().enumerate().find(|(_, character)| !is_base64url(*character));
            bad.map_or(error, |(index, character)| {
                let before = compact.chars().count() - encoded.chars().count() + index;
                ReadCodeError::BadCharacter { position: position_in_original(text, before), character }
            })
        })
    }

    /// What stands behind the prefix, and behind the `#` of a link.
    fn encoded_part<'t>(&self, compact: &'t str) -> Result<&'t str, ReadCodeError> {
        if compact.is_empty() {
            return Err(ReadCodeError::Empty);
        }
        let (is_link, code) = match compact.split_once("://") {
            Some((scheme, _))
                if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") =>
            {
                (true, compact.rsplit_once('#').map_or("", |(_, fragment)| fragment))
            }
            _ => (false, compact),
        };
        if let Some(encoded) = code.strip_prefix(self.prefix) {
            return Ok(encoded);
        }
        if !code.is_empty() && self.prefix.starts_with(code) {
            return Err(ReadCodeError::Incomplete);
        }
        match self.newer_version(code) {
            Some(version) => Err(ReadCodeError::NewerFormat { version }),
            None if is_link => Err(ReadCodeError::NotAnInvitation { looks_like: LooksLike::Url }),
            None => Err(ReadCodeError::NotAnInvitation { looks_like: LooksLike::guess(compact) }),
        }
    }

    /// The version of a text that has the same prefix but for a higher number.
    fn newer_version(&self, code: &str) -> Option<u32> {
        let split = |text: &str| -> Option<(String, u32, String)> {
            let (head, _) = text.split_once('_')?;
            let (name, rest) = head.split_at_checked(head.find(|c: char| c.is_ascii_digit())?)?;
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, suffix) = rest.split_at_checked(digits)?;
            let is_number = !digits.is_empty();
            // A number that is too large to be read is newer than any.
            let version = digits.parse().unwrap_or(u32::MAX);
            (is_number && !digits.starts_with('0')).then(|| (name.to_owned(), version, suffix.to_owned()))
        };
        let (own_name, own_version, own_suffix) = split(self.prefix)?;
        let (name, version, suffix) = split(code)?;
        (name == own_name && suffix == own_suffix && version > own_version).then_some(version)
    }

    fn body(&self, encoded: &str) -> Result<Zeroizing<Vec<u8>>, ReadCodeError> {
        // The first three characters hold the 16 bits of the length, and two bits of what follows.
        let head = encoded.get(..3).ok_or(ReadCodeError::Incomplete)?;
        let mut announced = [0; 3];
        let Ok(LENGTH) = BASE64URL_LENIENT.decode_slice(head, &mut announced) else {
            return Err(ReadCodeError::Incomplete);
        };
        let [high, low, _] = announced;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let expected = ((LENGTH + length + CHECKSUM) * 8).div_ceil(6);
        if encoded.len() < expected {
            return Err(ReadCodeError::Incomplete);
        }
        if encoded.len() > expected {
            return Err(ReadCodeError::Damaged);
        }
        if length > self.max_body {
            return Err(ReadCodeError::TooLong { bytes: encoded.len() });
        }
        let mut frame =
            Zeroizing::new(BASE64URL_LENIENT.decode(encoded).map_err(|_| ReadCodeError::Damaged)?);
        let Some((framed, checksum)) = frame.split_last_chunk::<CHECKSUM>() else {
            return Err(ReadCodeError::Incomplete);
        };
        if self.checksum(framed) != *checksum {
            return Err(ReadCodeError::Damaged);
        }
        // Spare bits of the last character must be zero, or two texts would mean the same.
        let tail = encoded.get(encoded.len() - encoded.len() % 4..).unwrap_or_default();
        if BASE64URL.decode_slice(tail, &mut [0; 3]).is_err() {
            return Err(ReadCodeError::NotCanonical);
        }
        frame.truncate(LENGTH + length);
        // There are more bytes than that: as many characters as they take were counted.
        frame.drain(..LENGTH);
        Ok(frame)
    }

    fn checksum(&self, framed: &[u8]) -> [u8; CHECKSUM] {
        let [first, second, third, fourth, ..]: [u8; 32] =
            Sha256::new().chain_update(self.prefix).chain_update(framed).finalize().into();
        [first, second, third, fourth]
    }
}

fn is_base64url(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

const LENGTH: usize = 2;
const CHECKSUM: usize = 4;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone);

const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// For reading: spare bits are judged after the checksum, so that damage is called damage.
const BASE64URL_LENIENT: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, CONFIG.with_decode_allow_trailing_bits(true));
