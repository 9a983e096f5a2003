//! Which addresses may be used and dialled.

mod address;
mod name;

use core::net::IpAddr;

use self::address::Reach;
use self::name::NameReach;
use super::InstanceUrl;
use crate::flat::flat;
use crate::records::Value;

/// Which addresses may be used and dialled.
///
/// [`public`](Self::public), also the default, permits `https`, DNS names with a dot that are not special-use names, and
/// globally reachable IP addresses behind them. The options widen that; some addresses are refused whatever is
/// allowed: link-local and cloud metadata addresses, multicast, unspecified, reserved and documentation addresses, and
/// names such as `.invalid` and `.onion`.
///
/// [`check`](Self::check) judges an address as it is written. A name says nothing about where it leads, so whoever
/// connects must also call [`check_addr`](Self::check_addr) on every IP address that the name resolves to, and connect
/// to exactly the address that was checked.
///
/// # Examples
///
/// ```
/// use handclasp::{InstanceUrl, PolicyError, UrlPolicy};
///
/// let public = UrlPolicy::public();
/// let url = InstanceUrl::parse("https://jira.internal")?;
/// assert_eq!(public.check(&url), Err(PolicyError::SpecialName));
/// assert!(public.allow_private().permits(&url));
/// assert!(!public.permits_addr("::ffff:10.0.0.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct UrlPolicy {
    http: bool,
    loopback: bool,
    private: bool,
}

impl UrlPolicy {
    /// Permits what is public on the Internet, and nothing else.
    #[must_use]
    pub const fn public() -> Self {
        Self { http: false, loopback: false, private: false }
    }

    /// Permits `http` as well. Everything sent over it can be read and changed on the way.
    #[must_use]
    pub const fn allow_http(self) -> Self {
        Self { http: true, ..self }
    }

    /// Permits this machine as well: `localhost`, `*.localhost`, 127.0.0.0/8 and `::1`.
    #[must_use]
    pub const fn allow_loopback(self) -> Self {
        Self { loopback: true, ..self }
    }

    /// Permits private networks as well.
    ///
    /// That is names without a dot; `.local`, `.internal`, `.home.arpa`, `.lan`, `.home`, `.corp`, `.intranet`,
    /// `.private`, `.localdomain` and `.test`; 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 and `fc00::/7`;
    /// and URLs whose host is an IP address, private or public.
    #[must_use]
    pub const fn allow_private(self) -> Self {
        Self { private: true, ..self }
    }

    /// Judges an address as it is written.
    ///
    /// # Errors
    ///
    /// By [`public`](Self::public), for instance:
    ///
    /// - [`HttpNotAllowed`](PolicyError::HttpNotAllowed): `http://example.com`
    /// - [`SingleLabel`](PolicyError::SingleLabel): `https://jira`
    /// - [`SpecialName`](PolicyError::SpecialName): `https://jira.internal`
    /// - [`IpLiteral`](PolicyError::IpLiteral): `https://8.8.8.8`
    /// - [`PrivateNotAllowed`](PolicyError::PrivateNotAllowed): `https://10.0.0.1`
    /// - [`LoopbackNotAllowed`](PolicyError::LoopbackNotAllowed): `https://localhost`, `https://[::1]`
    /// - [`NeverAllowed`](PolicyError::NeverAllowed): `https://169.254.169.254`, `https://example.onion`
    pub fn check(&self, url: &InstanceUrl) -> Result<(), PolicyError> {
        if !url.is_https() && !self.http {
            return Err(PolicyError::HttpNotAllowed);
        }
        match url.ip() {
            Some(ip) => self.check_literal(ip),
            None => self.check_name(url.host()),
        }
    }

    /// Returns whether [`check`](Self::check) permits an address as it is written.
    #[must_use]
    pub fn permits(&self, url: &InstanceUrl) -> bool {
        self.check(url).is_ok()
    }

    /// Judges an IP address that a name resolved to, right before it is dialled.
    ///
    /// An IPv6 address that carries IPv4 addresses (mapped, compatible, NAT64, 6to4, Teredo) is permitted only if each
    /// of them is. A NAT64 prefix of one's own network cannot be recognised: translators there must filter themselves.
    ///
    /// # Errors
    ///
    /// By [`public`](Self::public), for instance:
    ///
    /// - [`PrivateNotAllowed`](PolicyError::PrivateNotAllowed): 10.0.0.1, `fd12:3456::1`
    /// - [`LoopbackNotAllowed`](PolicyError::LoopbackNotAllowed): 127.0.0.1, `::ffff:127.0.0.1`
    /// - [`NeverAllowed`](PolicyError::NeverAllowed): 169.254.169.254, 224.0.0.1, `fe80::1`
    pub fn check_addr(&self, ip: IpAddr) -> Result<(), PolicyError> {
        address::reaches(ip).try_for_each(|reach| self.check_reach(reach))
    }

    /// Returns whether [`check_addr`](Self::check_addr) permits an IP address.
    #[must_use]
    pub fn permits_addr(&self, ip: IpAddr) -> bool {
        self.check_addr(ip).is_ok()
    }

    /// The options as bits, for the record encoding.
    pub(crate) const fn bits(self) -> u8 {
        (self.private as u8) | (self.loopback as u8) << 1 | (self.http as u8) << 2
    }

    /// Reads [`bits`](Self::bits) back; `None` if there are bits that have no meaning.
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        if bits > 0b111 {
            return None;
        }
        Some(Self { private: bits & 1 != 0, loopback: bits & 2 != 0, http: bits & 4 != 0 })
    }

    fn check_literal(self, ip: IpAddr) -> Result<(), PolicyError> {
        address::reaches(ip).try_for_each(|reach| match reach {
            Reach::Global if !self.private => Err(PolicyError::IpLiteral),
            _ => self.check_reach(reach),
        })
    }

    const fn check_reach(self, reach: Reach) -> Result<(), PolicyError> {
        match reach {
            Reach::Loopback if !self.loopback => Err(PolicyError::LoopbackNotAllowed),
            Reach::Private if !self.private => Err(PolicyError::PrivateNotAllowed),
            Reach::Nowhere => Err(PolicyError::NeverAllowed),
            Reach::Global | Reach::Loopback | Reach::Private => Ok(()),
        }
    }

    fn check_name(self, host: &str) -> Result<(), PolicyError> {
        match name::reach(host) {
            NameReach::Loopback if !self.loopback => Err(PolicyError::LoopbackNotAllowed),
            NameReach::Never => Err(PolicyError::NeverAllowed),
            NameReach::Private if !self.private => Err(PolicyError::SpecialName),
            NameReach::SingleLabel if !self.private => Err(PolicyError::SingleLabel),
            NameReach::Loopback | NameReach::Ordinary | NameReach::Private | NameReach::SingleLabel => Ok(()),
        }
    }
}

/// Why a [`UrlPolicy`] refused an address.
///
/// Serialised, it is the flat structure `code`, `message`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The scheme is `http`; lifted by [`UrlPolicy::allow_http`].
    #[error("http is not allowed; use https")]
    HttpNotAllowed,
    /// The host is a public IP address; lifted by [`UrlPolicy::allow_private`].
    #[error("an IP address in place of a name is not allowed; use the name of the host")]
    IpLiteral,
    /// The host is this machine; lifted by [`UrlPolicy::allow_loopback`].
    #[error("the address leads to the machine itself, which is not allowed; use a public address")]
    LoopbackNotAllowed,
    /// The host is an address that no instance can have, such as a link-local or metadata address; never lifted.
    #[error("the address is reserved and never allowed; use another one")]
    NeverAllowed,
    /// The host is an address in a private network; lifted by [`UrlPolicy::allow_private`].
    #[error("the address leads to a private network, which is not allowed; use a public address")]
    PrivateNotAllowed,
    /// The host is a name without a dot; lifted by [`UrlPolicy::allow_private`].
    #[error("a host name without a dot is not allowed; use the full name")]
    SingleLabel,
    /// The host is a name that means something in private networks only; lifted by [`UrlPolicy::allow_private`].
    #[error("the host name is for private networks, which are not allowed; use a public name")]
    SpecialName,
}

impl PolicyError {
    /// Returns the stable code: kebab-case, never changed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HttpNotAllowed => "http-not-allowed",
            Self::IpLiteral => "ip-literal",
            Self::LoopbackNotAllowed => "loopback-not-allowed",
            Self::NeverAllowed => "never-allowed",
            Self::PrivateNotAllowed => "private-not-allowed",
            Self::SingleLabel => "single-label",
            Self::SpecialName => "special-name",
        }
    }
}

flat! { PolicyError }

impl Value for UrlPolicy {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.bits());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        u8::read(bytes).and_then(Self::from_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::UrlPolicy;

    #[test]
    fn bits_are_pinned() {
        let public = UrlPolicy::public();
        let all = [public, public.allow_private(), public.allow_loopback(), public.allow_http()];
        assert_eq!(all.map(UrlPolicy::bits), [0, 1, 2, 4]);
    }

    #[test]
    fn bits_are_read_back() {
        for bits in 0..=0b111 {
            assert_eq!(UrlPolicy::from_bits(bits).map(UrlPolicy::bits), Some(bits));
        }
    }

    #[test]
    fn unknown_bits_are_refused() {
        assert_eq!(UrlPolicy::from_bits(0b1000), None);
    }
}
