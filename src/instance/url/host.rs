//! Turning a typed host into the one ASCII text that stands for it.

use std::borrow::Cow;

use core::net::Ipv6Addr;

use url::{Host, ParseError};

use super::split::{Part, TypedHost};
use super::{UrlError, UrlErrorKind};
use crate::text::unicode;

/// Returns the host as the parser is to have it, which takes it in more spellings than are taken here.
pub(super) fn to_parse(typed: TypedHost<'_>) -> Result<Cow<'_, str>, UrlError> {
    match typed {
        TypedHost::Bracketed(part) => canonical_ipv6(part).map(Cow::Owned),
        TypedHost::Plain(part) => match part.chars().find_map(|(at, c)| Some((at, refusal_of(c)?))) {
            Some((position, kind)) => Err(UrlError::new(kind, Some(position))),
            None => Ok(Cow::Borrowed(part.text)),
        },
    }
}

/// Returns why the parser has refused a host.
pub(super) fn refusal_by_parser(typed: TypedHost<'_>, error: ParseError) -> UrlError {
    let (TypedHost::Bracketed(part) | TypedHost::Plain(part)) = typed;
    match error {
        ParseError::InvalidIpv4Address => part.refuse(UrlErrorKind::NumericLabel),
        _ => part.refuse(UrlErrorKind::InvalidHost),
    }
}

/// Checks what the parser has made of a host; returns what is to stand in its place if that is another.
pub(super) fn canonical_if_another(
    typed: TypedHost<'_>,
    parsed: Option<Host<&str>>,
) -> Result<Option<String>, UrlError> {
    match (typed, parsed) {
        (TypedHost::Bracketed(_), Some(Host::Ipv6(_))) => Ok(None),
        (TypedHost::Plain(part), Some(Host::Domain(name))) => {
            let canonical = canonical_domain(part, name)?;
            Ok((canonical != name).then(|| canonical.to_owned()))
        }
        (TypedHost::Plain(part), Some(Host::Ipv4(ip))) if part.text.parse() == Ok(ip) => Ok(None),
        (TypedHost::Bracketed(part) | TypedHost::Plain(part), _) => {
            Err(part.refuse(UrlErrorKind::IpSpelling))
        }
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
fn canonical_domain<'a>(typed: Part<'_>, name: &'a str) -> Result<&'a str, UrlError> {
    let name = name.strip_suffix('.').unwrap_or(name);
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
