//! Cutting a typed address into its parts, strictly.
//!
//! URL parsers repair what they are given: they drop tabs, turn backslashes into slashes, add missing ones, and find
//! credentials before an `@`. This split runs before such a parser and lets nothing through that it would repair.

use core::net::Ipv6Addr;

use super::{HTTP, HTTPS, UrlError, UrlErrorKind};

/// The parts of an address as they were typed, without outer white space and with a scheme.
#[derive(Clone, Copy, Debug)]
pub(super) struct TypedUrl<'a> {
    pub(super) scheme: &'static str,
    pub(super) host: TypedHost<'a>,
    pub(super) port: Option<u16>,
    /// Without the first slash.
    pub(super) path: &'a str,
}

/// A host as it was typed.
#[derive(Clone, Copy, Debug)]
pub(super) enum TypedHost<'a> {
    /// What stands in the brackets of `[…]`.
    Bracketed(Part<'a>),
    /// A name or an IPv4 address; not empty.
    Plain(Part<'a>),
}

/// A piece of the typed text that knows where it stood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// In characters, from 0.
    pub(super) position: usize,
}

impl<'a> TypedUrl<'a> {
    pub(super) fn split(raw: &'a str) -> Result<Self, UrlError> {
        if raw.len() > MAX_TYPED_BYTES {
            return Err(UrlError::new(
                UrlErrorKind::TooLong { max: MAX_TYPED_BYTES, found: raw.len() },
                None,
            ));
        }
        let typed = Part::trimmed(raw);
        if typed.text.is_empty() {
            return Err(UrlError::new(UrlErrorKind::Empty, None));
        }
        if let Some((position, kind)) = typed.chars().find_map(|(at, c)| Some((at, refusal_anywhere(c)?))) {
            return Err(UrlError::new(kind, Some(position)));
        }

        let (scheme, rest) = split_scheme(typed)?;
        let (authority, path) = match rest.split_once('/') {
            Some((authority, _)) if authority.text.is_empty() => {
                return Err(rest.refuse(UrlErrorKind::Slashes));
            }
            Some((authority, path)) => (authority, path.text),
            None => (rest, ""),
        };
        let (host, port) = split_authority(authority)?;
        Ok(Self { scheme, host, port, path })
    }
}

impl<'a> Part<'a> {
    fn trimmed(raw: &'a str) -> Self {
        Self { text: raw.trim(), position: raw.chars().take_while(|c| c.is_whitespace()).count() }
    }

    /// Characters with their positions in the text as it was given.
    pub(super) fn chars(self) -> impl Iterator<Item = (usize, char)> + 'a {
        (self.position..).zip(self.text.chars())
    }

    /// A refusal of the whole part, which points to its start.
    pub(super) const fn refuse(self, kind: UrlErrorKind) -> UrlError {
        UrlError::new(kind, Some(self.position))
    }

    fn split_once(self, separator: char) -> Option<(Self, Self)> {
        self.text.split_once(separator).map(|(before, after)| self.cut(before, after))
    }

    /// The two pieces of this part, with their positions; what stands between them is no longer of interest.
    fn cut(self, before: &'a str, after: &'a str) -> (Self, Self) {
        let skipped = self.text.chars().count() - after.chars().count();
        (Self { text: before, ..self }, Self { text: after, position: self.position + skipped })
    }

    fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let text = self.text.strip_prefix(prefix)?;
        Some(Self { text, position: self.position + prefix.chars().count() })
    }
}

fn refusal_anywhere(c: char) -> Option<UrlErrorKind> {
    match c {
        '@' => Some(UrlErrorKind::Credentials),
        '#' => Some(UrlErrorKind::Fragment),
        '?' => Some(UrlErrorKind::Query),
        '\\' => Some(UrlErrorKind::Backslash),
        // The URL Standard came to encode it, so two versions of one parser write two addresses.
        '^' => Some(UrlErrorKind::Ambiguous(c)),
        '!'..='~' => None,
        // Before control characters, because tabs and line breaks are both and "white space" is the clearer word.
        _ if c.is_whitespace() => Some(UrlErrorKind::WhiteSpace(c)),
        _ if c.is_control() => Some(UrlErrorKind::Control(c)),
        _ => None,
    }
}

fn split_scheme(typed: Part<'_>) -> Result<(&'static str, Part<'_>), UrlError> {
    match typed.text.split_once("://").map(|(scheme, rest)| typed.cut(scheme, rest)) {
        // Behind a slash it is part of a path.
        Some((scheme, rest)) if !scheme.text.contains('/') => match scheme.text {
            name if name.eq_ignore_ascii_case(HTTPS) => Ok((HTTPS, rest)),
            name if name.eq_ignore_ascii_case(HTTP) => Ok((HTTP, rest)),
            _ => Err(scheme.refuse(UrlErrorKind::Scheme)),
        },
        _ => match typed.split_once(':') {
            // `https:host` and `https:/host`. A machine called `http` must be written with its scheme.
            Some((name, rest))
                if [HTTPS, HTTP].iter().any(|scheme| name.text.eq_ignore_ascii_case(scheme)) =>
            {
                Err(rest.refuse(UrlErrorKind::Slashes))
            }
            _ => Ok((HTTPS, typed)),
        },
    }
}

fn split_authority(authority: Part<'_>) -> Result<(TypedHost<'_>, Option<u16>), UrlError> {
    if let Some(opened) = authority.strip_prefix("[") {
        let (host, after) =
            opened.split_once(']').ok_or_else(|| authority.refuse(UrlErrorKind::IpSpelling))?;
        let port = match (after.strip_prefix(":"), after.text.chars().next()) {
            (Some(port), _) => Some(parse_port(port)?),
            (None, Some(c)) => return Err(after.refuse(UrlErrorKind::HostCharacter(c))),
            (None, None) => None,
        };
        return Ok((TypedHost::Bracketed(host), port));
    }

    let (host, port) = match authority.split_once(':') {
        Some(_) if authority.text.parse::<Ipv6Addr>().is_ok() => {
            return Err(authority.refuse(UrlErrorKind::IpSpelling));
        }
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if host.text.is_empty() {
        return Err(host.refuse(UrlErrorKind::NoHost));
    }
    Ok((TypedHost::Plain(host), port.map(parse_port).transpose()?))
}

fn parse_port(typed: Part<'_>) -> Result<u16, UrlError> {
    if let Some((position, _)) = typed.chars().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(UrlError::new(UrlErrorKind::Port, Some(position)));
    }
    // Port 0 begins with a zero, too.
    if typed.text.starts_with('0') {
        return Err(typed.refuse(UrlErrorKind::Port));
    }
    typed.text.parse().map_err(|_| typed.refuse(UrlErrorKind::Port))
}

/// Far above any address, and far below what would be work to look at.
const MAX_TYPED_BYTES: usize = 1024;
