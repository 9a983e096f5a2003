//! One macro for all types that are a checked text, so that each has the same ways in and out.

/// Defines a text type: `/// docs` `Name: max_chars, Characters`.
///
/// The name must also be a variant of [`TextField`](super::TextField).
macro_rules! text_type {
    ($(#[$attribute:meta])* $name:ident: $max_chars:literal, $characters:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("The most characters a `", stringify!($name), "` has: ", stringify!($max_chars), " Unicode scalar values.")]
            pub const MAX_CHARS: usize = $max_chars;

            const RULES: $crate::text::TextRules = $crate::text::TextRules {
                field: $crate::text::TextField::$name,
                max_chars: Self::MAX_CHARS,
                characters: $characters,
            };

            /// Trims and checks what was typed.
            ///
            /// # Errors
            ///
            /// [`TextError`](crate::text::TextError), which says what is wrong and where. Its
            /// [`TextRule`](crate::text::TextRule) has an example of each case.
            pub fn parse(text: &str) -> Result<Self, $crate::text::TextError> {
                Self::RULES.canonical(text).map(|text| Self(text.into_owned()))
            }

            /// Takes a text that is canonical already; `None` if parsing would refuse or change it.
            pub(crate) fn parse_exact(text: &str) -> Option<Self> {
                Self::parse(text).ok().filter(|parsed| parsed.as_str() == text)
            }

            /// Returns the text, trimmed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl $crate::records::Value for $name {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.as_str().as_bytes());
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                core::str::from_utf8(bytes).ok().and_then(Self::parse_exact)
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::text::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::text::TextError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                // Only outer white space and CRLF pairs change a text, and both make it shorter.
                let canonical = Self::RULES.canonical(&text)?;
                if canonical.len() == text.len() {
                    Ok(Self(text))
                } else {
                    Ok(Self(canonical.into_owned()))
                }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::try_from(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use text_type;

#[cfg(test)]
mod tests {
    use crate::text::{Description, ShortName};

    #[test]
    fn exact_takes_canonical_text() {
        assert_eq!(ShortName::parse_exact("Jira"), ShortName::parse("Jira").ok());
    }

    #[test]
    fn exact_refuses_what_parsing_would_trim() {
        assert_eq!(ShortName::parse_exact("Jira "), None);
    }

    #[test]
    fn exact_refuses_what_parsing_would_rewrite() {
        assert_eq!(Description::parse_exact("a\r\nb"), None);
    }

    #[test]
    fn exact_refuses_what_parsing_refuses() {
        assert_eq!(ShortName::parse_exact(""), None);
    }
}
