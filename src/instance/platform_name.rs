//! What an instance runs on, by name.

use crate::text::{Characters, text_type};

text_type! {
    /// The name of the platform that an instance runs on: 1 to 64 of `a-z`, `0-9` and `-`.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::instance::PlatformName;
    ///
    /// let platform = PlatformName::parse("acme-helpdesk")?;
    /// assert_eq!(platform.as_str(), "acme-helpdesk");
    /// # Ok::<(), handclasp::text::TextError>(())
    /// ```
    PlatformName: 64, Characters::Only(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
}
