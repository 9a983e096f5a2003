//! Names that do not mean a machine on the Internet.

/// Where a DNS name leads, as far as it says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NameReach {
    /// To this machine.
    Loopback,
    /// Nowhere that an instance could be.
    Never,
    /// Wherever DNS says.
    Ordinary,
    /// Into a private network.
    Private,
    /// Wherever the search list of the resolver says: the name has no dot.
    SingleLabel,
}

/// Judges a host name in canonical form: ASCII, lower case, no dot at the end.
pub(super) fn reach(host: &str) -> NameReach {
    let listed = SPECIAL_NAMES.iter().find(|(name, _)| is_or_is_below(host, name));
    match listed {
        Some((_, reach)) => *reach,
        None if !host.contains('.') => NameReach::SingleLabel,
        None => NameReach::Ordinary,
    }
}

fn is_or_is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Special-use names; the first that matches counts.
///
/// From the IANA registry (<https://www.iana.org/assignments/special-use-domain-names>) and what stands beside each.
/// `example` and `example.com` are left out: by RFC 6761 §6.5 applications do not treat them as special.
const SPECIAL_NAMES: &[(&str, NameReach)] = &[
    ("metadata.google.internal", NameReach::Never), // Google Cloud's metadata server
    ("home.arpa", NameReach::Private),              // RFC 8375
    ("alt", NameReach::Never),                      // RFC 9476
    ("arpa", NameReach::Never),                     // RFC 3172: infrastructure, reverse lookup
    ("corp", NameReach::Private),                   // RFC 6762, appendix G
    ("home", NameReach::Private),                   // RFC 6762, appendix G
    ("internal", NameReach::Private),               // ICANN board resolution 2024.07.29.06
    ("intranet", NameReach::Private),               // RFC 6762, appendix G
    ("invalid", NameReach::Never),                  // RFC 6761 §6.4
    ("lan", NameReach::Private),                    // RFC 6762, appendix G
    ("local", NameReach::Private),                  // RFC 6762 §3
    ("localdomain", NameReach::Private),            // In the hosts file of many systems
    ("localhost", NameReach::Loopback),             // RFC 6761 §6.3
    ("onion", NameReach::Never),                    // RFC 7686
    ("private", NameReach::Private),                // RFC 6762, appendix G
    ("test", NameReach::Private),                   // RFC 6761 §6.2
];
