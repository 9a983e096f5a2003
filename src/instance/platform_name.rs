//! What an instance runs on, by name.

use super::KnownPlatform;
use crate::text::{Characters, text_type};

text_type! {
    /// The name of the platform that an instance runs on: 1 to 64 of `a-z`, `0-9` and `-`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::PlatformName;
    ///
    /// let platform = PlatformName::parse("acme-helpdesk")?;
    /// assert_eq!(platform.as_str(), "acme-helpdesk");
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    PlatformName: 64, Characters::Only(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
}

impl PlatformName {
    /// What people call the platform: the product's name if it is a known one, else this name itself.
    #[must_use]
    pub fn title(&self) -> &str {
        match KnownPlatform::from_code(self.as_str()) {
            Some(known) => known.title(),
            None => self.as_str(),
        }
    }

    /// The name of a platform that is known here; the table of known platforms holds only valid names.
    pub(crate) fn from_known(known: KnownPlatform) -> Self {
        Self(known.code().to_owned())
    }

    /// Stands for the platform of an instance that does not name it.
    pub(crate) fn unknown() -> Self {
        Self("unknown".to_owned())
    }
}
