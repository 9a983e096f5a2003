//! Turning a typed host into the one ASCII text that stands for it.

use core::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, ParseError};

use super::split::{Part, TypedHost};
use super::{UrlError, UrlErrorKind};
use crate::text::unicode;

/// Returns the host as it stands in a URL, in ASCII.
pub(super) fn canonical(typed: TypedHost<'_>) -> Result<String, UrlError> {
    match typed {
        TypedHost::Bracketed(part) => canonical_ipv6(part),
        TypedHost::Plain(part) => canonical_name(part),
    }
}

fn canonical_ipv6(typed: Part<'_>) -> Result<String, UrlError> {
    let spelling = || typed.refuse(UrlErrorKind::IpSpelling);
    let ip: Ipv6Addr = typed.text.parse().map_err(|_| spelling())?;
    // `url` writes all of them in hexadecimal, `core` writes some of them with an IPv4 address at the end.
    let canonical = Host::<String>::Ipv6(ip).to_string();
    let inner = canonical.trim_start_matches('[').trim_end_matches(']');
    if inner == typed.text { Ok(canonical) } else { Err(spelling()) }
}

fn canonical_name(typed: Part<'_>) -> Result<String, UrlError> {
    if let Some((position, kind)) = typed.chars().find_map(|(at, c)| Some((at, refusal_of(c)?))) {
        return Err(UrlError::new(kind, Some(position)));
    }
    match Host::parse(typed.text) {
        Ok(Host::Domain(name)) => canonical_domain(typed, name),
        Ok(Host::Ipv4(ip)) if typed.text.parse() == Ok::<Ipv4Addr, _>(ip) => Ok(ip.to_string()),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Err(typed.refuse(UrlErrorKind::IpSpelling)),
        Err(ParseError::InvalidIpv4Address) => Err(typed.refuse(UrlErrorKind::NumericLabel)),
        Err(_) => Err(typed.refuse(UrlErrorKind::InvalidHost)),
    }
}

fn refusal_of(c: char) -> Option<UrlErrorKind> {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' => None,
        _ if c.is_ascii() => Some(UrlErrorKind::HostCharacter(c)),
        // IDNA has rules for these two: allowed where a script needs them, an error elsewhere, never dropped.
        '\u{200C}' | '\u{200D}' => None,
        // IDNA drops most of these, so that two texts which differ would be one address.
        _ if unicode::is_default_ignorable(c) => Some(UrlErrorKind::Invisible(c)),
        _ => None,
    }
}

/// Applies the rules of DNS, on which IDNA as URLs use it does not insist (RFC 1123 §2.1, RFC 1035 §2.3.4).
fn canonical_domain(typed: Part<'_>, mut name: String) -> Result<String, UrlError> {
    if name.ends_with('.') {
        name.pop();
    }
    if name.is_empty() {
        return Err(typed.refuse(UrlErrorKind::NoHost));
    }
    for (index, label) in name.split('.').enumerate() {
        if let Some(kind) = refusal_of_label(label) {
            return Err(typed_label(typed, index).refuse(kind));
        }
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(typed.refuse(UrlErrorKind::HostTooLong));
    }
    Ok(name)
}

fn refusal_of_label(label: &str) -> Option<UrlErrorKind> {
    if label.is_empty() {
        return Some(UrlErrorKind::EmptyLabel);
    }
    if label.len() > MAX_LABEL_BYTES {
        return Some(UrlErrorKind::LabelTooLong);
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Some(UrlErrorKind::Hyphen);
    }
    // Unicode that maps to other ASCII than this was typed: a full-width low line, say.
    label.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')).map(UrlErrorKind::HostCharacter)
}

/// Returns the typed label with this index, by the dots that IDNA knows (UTS #46 §2.3); else the whole host.
fn typed_label(host: Part<'_>, index: usize) -> Part<'_> {
    let is_dot = |c: char| matches!(c, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}');
    let mut position = host.position;
    for (at, text) in host.text.split(is_dot).enumerate() {
        if at == index {
            return Part { text, position };
        }
        position += text.chars().count() + 1;
    }
    host
}

const MAX_LABEL_BYTES: usize = 63;

/// Without the dot at the end.
const MAX_NAME_BYTES: usize = 253;
