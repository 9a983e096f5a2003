//! The address of an instance: syntax only.

mod host;
mod refusal;
mod split;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::net::IpAddr;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use url::{Host, Url};

pub use self::refusal::{UrlError, UrlErrorKind};
use self::split::TypedUrl;
use crate::records::Value;

/// The address of an instance: `scheme://host[:port][path]`, at most 255 bytes.
///
/// Equal addresses are equal values, however they were typed. Upper case, the default port, one dot behind the host,
/// slashes at the end, Unicode in the host, white space around the text and a missing scheme (`https` is meant) are
/// mended. Everything else is refused rather than repaired, because a repaired address is one that nobody typed.
///
/// This type is syntax only: it may name any machine. Whether an address may be used is for
/// [`UrlPolicy`](crate::instance::UrlPolicy) to say.
///
/// # Examples
///
/// ```
/// use handclasp::InstanceUrl;
///
/// let url = InstanceUrl::parse("Jira.Example.net./desk/")?;
/// assert_eq!(url.as_str(), "https://jira.example.net/desk");
/// assert_eq!(url, InstanceUrl::parse("https://jira.example.net:443/desk")?);
/// # Ok::<(), handclasp::UrlError>(())
/// ```
#[derive(Clone)]
pub struct InstanceUrl(Url);

impl InstanceUrl {
    /// The longest address, in bytes of its canonical text.
    pub const MAX_BYTES: usize = 255;

    /// Reads what was typed.
    ///
    /// # Errors
    ///
    /// [`UrlError`], which says what is wrong and where. Its [`UrlErrorKind`] has an example of each case.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::{InstanceUrl, UrlErrorKind};
    ///
    /// assert_eq!(InstanceUrl::parse("bücher.example:8443")?.as_str(), "https://xn--bcher-kva.example:8443");
    /// assert_eq!(InstanceUrl::parse("https://0x7f.1").map_err(|error| error.kind()), Err(UrlErrorKind::IpSpelling));
    /// # Ok::<(), handclasp::UrlError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let typed = TypedUrl::split(text)?;
        let mut text = String::with_capacity(text.len() + SYNTAX_BYTES);
        text.extend([typed.scheme, "://", &host::to_parse(typed.host)?]);
        if let Some(port) = typed.port {
            text.extend([":", &port.to_string()]);
        }
        text.extend(["/", typed.path]);

        // The parts were checked one by one, so what is left to this parser is the host's name and numbers, and to
        // write the path its way.
        let mut url = Url::parse(&text).map_err(|error| host::refusal_by_parser(typed.host, error))?;
        if let Some(name) = host::canonical_if_another(typed.host, url.host())? {
            url.set_host(Some(&name)).map_err(|error| host::refusal_by_parser(typed.host, error))?;
        }
        if url.path() != "/" && url.path().ends_with('/') {
            let path = url.path().trim_end_matches('/').to_owned();
            url.set_path(&path);
        }

        let url = Self(url);
        let found = url.as_str().len();
        if found > Self::MAX_BYTES {
            return Err(UrlError::new(UrlErrorKind::TooLong { max: Self::MAX_BYTES, found }, None));
        }
        Ok(url)
    }

    /// Takes an address in its canonical text; `None` if parsing would refuse or change it.
    pub(crate) fn parse_exact(text: &str) -> Option<Self> {
        Self::parse(text).ok().filter(|parsed| parsed.as_str() == text)
    }

    /// Returns the canonical text: `scheme://host[:port][path]`, ASCII, without default port or slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The parser writes the root path as a slash, and a path of ours never ends in one.
        self.0.as_str().trim_end_matches('/')
    }

    /// Returns the scheme, `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// Returns whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme() == HTTPS
    }

    /// Returns the host in ASCII: a DNS name without dot at the end, or an IP address, with brackets if it is IPv6.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns the host in Unicode if that differs, to be shown beside the ASCII form and never in place of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::InstanceUrl;
    ///
    /// let url = InstanceUrl::parse("xn--bcher-kva.example")?;
    /// assert_eq!(url.host_unicode().as_deref(), Some("bücher.example"));
    /// assert_eq!(InstanceUrl::parse("books.example")?.host_unicode(), None);
    /// # Ok::<(), handclasp::UrlError>(())
    /// ```
    #[must_use]
    pub fn host_unicode(&self) -> Option<String> {
        let unicode = url::quirks::domain_to_unicode(self.0.domain()?);
        (unicode != self.host()).then_some(unicode)
    }

    /// Returns the host if it is an IP address.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(ip.into()),
            Host::Ipv6(ip) => Some(ip.into()),
        }
    }

    /// Returns the port if it is not the scheme's default.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// Returns the port to connect to.
    #[must_use]
    pub fn port_or_default(&self) -> u16 {
        let default = if self.is_https() { 443 } else { 80 };
        self.port().unwrap_or(default)
    }

    /// Returns the path, percent-encoded, from its slash on; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

impl Value for InstanceUrl {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_str().as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().and_then(Self::parse_exact)
    }
}

impl FromStr for InstanceUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for InstanceUrl {
    type Error = UrlError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl TryFrom<String> for InstanceUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

/// A `Url` was repaired when it was parsed; prefer [`InstanceUrl::parse`] for what people type.
impl TryFrom<Url> for InstanceUrl {
    type Error = UrlError;

    fn try_from(url: Url) -> Result<Self, Self::Error> {
        Self::parse(url.as_str())
    }
}

impl From<InstanceUrl> for Url {
    fn from(url: InstanceUrl) -> Self {
        url.0
    }
}

impl From<InstanceUrl> for String {
    fn from(url: InstanceUrl) -> Self {
        url.as_str().to_owned()
    }
}

impl AsRef<str> for InstanceUrl {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for InstanceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InstanceUrl").field(&self.as_str()).finish()
    }
}

impl fmt::Display for InstanceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Eq for InstanceUrl {}

impl PartialEq for InstanceUrl {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Hash for InstanceUrl {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Ord for InstanceUrl {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for InstanceUrl {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for InstanceUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for InstanceUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// What is put around what was typed, at most: scheme and slashes.
const SYNTAX_BYTES: usize = "https:///".len();

const HTTP: &str = "http";
const HTTPS: &str = "https";

#[cfg(test)]
mod tests {
    use super::InstanceUrl;

    #[test]
    fn exact_takes_the_canonical_text() {
        assert_eq!(InstanceUrl::parse_exact("https://example.com"), InstanceUrl::parse("example.com").ok());
    }

    #[test]
    fn exact_refuses_what_parsing_would_mend() {
        assert_eq!(InstanceUrl::parse_exact("https://example.com/"), None);
    }

    #[test]
    fn exact_refuses_what_parsing_refuses() {
        assert_eq!(InstanceUrl::parse_exact("https://user@example.com"), None);
    }
}
