//! Why an address was refused.

use core::error::Error;
use core::fmt;

use crate::flat::flat;

/// Why an address was refused, and where.
///
/// The message is for people and says what to do; [`code`](Self::code) is for programs. Of the address itself, at most
/// one character is shown, as `U+XXXX`. In the message the first character is number 1; [`position`](Self::position)
/// counts from 0. Serialised, it is the flat structure `code`, `message`, `position`.
///
/// # Examples
///
/// ```
/// use handclasp::{InstanceUrl, UrlErrorKind};
///
/// let Err(error) = InstanceUrl::parse("https://example.com:port") else { unreachable!() };
/// assert_eq!(error.kind(), UrlErrorKind::Port);
/// assert_eq!(error.position(), Some(20));
/// assert_eq!(error.to_string(), "character 21: the port is not a number from 1 to 65535; correct or remove it");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UrlError {
    kind: UrlErrorKind,
    position: Option<usize>,
}

impl UrlError {
    pub(super) const fn new(kind: UrlErrorKind, position: Option<usize>) -> Self {
        Self { kind, position }
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn kind(&self) -> UrlErrorKind {
        self.kind
    }

    /// Returns where it is wrong: the index, in characters from 0, in the text as it was given.
    ///
    /// It points to the refused character, or to the start of the refused part. `None` when the text as a whole is
    /// refused.
    #[must_use]
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// Returns the stable code of what is wrong.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl Error for UrlError {}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "character {}", position.saturating_add(1))?;
            if let Some(c) = self.kind.character() {
                write!(f, " (U+{:04X})", u32::from(c))?;
            }
            f.write_str(": ")?;
        }
        f.write_str(match self.kind {
            UrlErrorKind::Ambiguous(_) => "programs write this character in different ways; write %5E in its place",
            UrlErrorKind::Backslash => "backslashes are not allowed; use slashes",
            UrlErrorKind::Control(_) => "control characters are not allowed; remove it",
            UrlErrorKind::Credentials => "@ is not allowed; remove user name and password",
            UrlErrorKind::Empty => "the address is empty; enter one, such as https://example.com",
            UrlErrorKind::EmptyLabel => "a part of the host between dots is empty; remove the extra dot",
            UrlErrorKind::Fragment => "fragments are not allowed; remove # and what follows",
            UrlErrorKind::HostCharacter(_) => "not allowed in a host; use letters, digits, hyphens and dots",
            UrlErrorKind::HostTooLong => "the host is longer than 253 characters in ASCII; shorten it",
            UrlErrorKind::Hyphen => "a part of the host starts or ends with a hyphen; remove the hyphen",
            UrlErrorKind::InvalidHost => "the host is not a valid domain name; correct it",
            UrlErrorKind::Invisible(_) => "invisible characters are not allowed in a host; remove it",
            UrlErrorKind::IpSpelling => {
                "the IP address is not in its usual form; write it like 192.0.2.1 or [2001:db8::1], in lower case and as short as possible"
            }
            UrlErrorKind::LabelTooLong => "a part of the host is longer than 63 characters in ASCII; shorten it",
            UrlErrorKind::NoHost => "the host is missing; enter one, such as example.com",
            UrlErrorKind::NumericLabel => "the host ends in a number but is no IP address; correct it",
            UrlErrorKind::Port => "the port is not a number from 1 to 65535; correct or remove it",
            UrlErrorKind::Query => "queries are not allowed; remove ? and what follows",
            UrlErrorKind::Scheme => "the scheme is neither https nor http; use https",
            UrlErrorKind::Slashes => "exactly two slashes stand before the host; write https:// and then the host",
            UrlErrorKind::TooLong { max, found } => {
                return write!(f, "the address has {found} bytes, at most {max} are allowed; shorten it");
            }
            UrlErrorKind::WhiteSpace(_) => "white space is not allowed in an address; remove it",
        })
    }
}

flat! { UrlError {
    Self { position, .. } => { position },
} }

/// What can be wrong with an address.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum UrlErrorKind {
    /// A character that parsers of URLs write in different ways: the `^` in `https://example.com/a^b`.
    Ambiguous(char),
    /// A backslash, as in `https:\\example.com`.
    Backslash,
    /// A control character, as in `"https://example.com/\u{7}"`.
    Control(char),
    /// An `@`, as in `https://user:password@example.com`.
    Credentials,
    /// Nothing but white space, such as `""`.
    Empty,
    /// An empty label in the host, as in `https://example..com`.
    EmptyLabel,
    /// A fragment, as in `https://example.com/#top`.
    Fragment,
    /// A character that is not for hosts, such as the underscore in `https://my_host.example.com`.
    HostCharacter(char),
    /// A host of more than 253 characters in ASCII.
    HostTooLong,
    /// A label of the host that starts or ends with a hyphen, as in `https://-a.example.com`.
    Hyphen,
    /// A host that IDNA refuses, such as `https://xn--a.example`.
    InvalidHost,
    /// An invisible character in the host, as in `"https://exam\u{ad}ple.com"`.
    Invisible(char),
    /// An IP address in another than its canonical spelling: `https://0x7f.1`, `https://[2001:DB8::1]`, or
    /// `https://2001:db8::1`, which lacks the brackets.
    IpSpelling,
    /// A label of the host of more than 63 characters in ASCII.
    LabelTooLong,
    /// No host, as in `https://` or `https://:8443`.
    NoHost,
    /// A last label that is a number, where the host is no IP address: `https://example.1`.
    NumericLabel,
    /// A port that is empty, not a number, has zeros before it, or is not from 1 to 65535: `https://example.com:0443`.
    Port,
    /// A query, as in `https://example.com/?a=b`.
    Query,
    /// Another scheme than `https` and `http`, as in `ftp://example.com`.
    Scheme,
    /// Slashes that are missing or too many, as in `https:/example.com`, `https:///example.com` and `//example.com`.
    Slashes,
    /// More than 255 bytes in canonical form, or a text too long to be looked at: more than 1024 bytes.
    TooLong {
        /// How many bytes are allowed.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// White space inside, tabs and line breaks included, as in `https://exa mple.com`.
    WhiteSpace(char),
}

impl UrlErrorKind {
    /// Returns the stable code: kebab-case, never changed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ambiguous(_) => "ambiguous-character",
            Self::Backslash => "backslash",
            Self::Control(_) => "control-character",
            Self::Credentials => "credentials",
            Self::Empty => "empty",
            Self::EmptyLabel => "empty-label",
            Self::Fragment => "fragment",
            Self::HostCharacter(_) => "host-character",
            Self::HostTooLong => "host-too-long",
            Self::Hyphen => "hyphen",
            Self::InvalidHost => "invalid-host",
            Self::Invisible(_) => "invisible-character",
            Self::IpSpelling => "ip-spelling",
            Self::LabelTooLong => "label-too-long",
            Self::NoHost => "no-host",
            Self::NumericLabel => "numeric-label",
            Self::Port => "port",
            Self::Query => "query",
            Self::Scheme => "scheme",
            Self::Slashes => "slashes",
            Self::TooLong { .. } => "too-long",
            Self::WhiteSpace(_) => "white-space",
        }
    }

    const fn character(self) -> Option<char> {
        match self {
            Self::Ambiguous(c)
            | Self::Control(c)
            | Self::HostCharacter(c)
            | Self::Invisible(c)
            | Self::WhiteSpace(c) => Some(c),
            _ => None,
        }
    }
}
