//! Who an instance is.

use crate::text::{Characters, text_type};

text_type! {
    /// Who an instance is, wherever it is reached: 1 to 64 of `A-Z`, `a-z`, `0-9`, `.`, `_`, `:` and `-`.
    ///
    /// Upper and lower case differ. A URL is only an address; the same UID at another URL means that the instance was
    /// moved or cloned.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::InstanceUid;
    ///
    /// let uid = InstanceUid::parse("4d1c9f0e-0b5a-4a57-9a3c-6f2b8d1e7c90")?;
    /// assert_eq!(uid.as_str(), "4d1c9f0e-0b5a-4a57-9a3c-6f2b8d1e7c90");
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    InstanceUid: 64, Characters::Only(|c| matches!(c, 'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '_' | ':' | '-'))
}
