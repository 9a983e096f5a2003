//! Names of things that only live on pages: wizards, and calls that are under way.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 128 random bits as text, part of an address.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct PageId(String);

impl PageId {
    const CHARACTERS: usize = 22;

    /// A new one.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(random)))
    }

    /// One from an address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == Self::CHARACTERS
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
