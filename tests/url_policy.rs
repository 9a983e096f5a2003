//! What the policy permits: names, IP addresses, every row of both special-purpose registries, and every form in which
//! an IPv6 address carries an IPv4 address.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use handclasp::{InstanceUrl, PolicyError, UrlPolicy};
use proptest::prelude::*;

const PUBLIC: UrlPolicy = UrlPolicy::public();
const PRIVATE: UrlPolicy = UrlPolicy::public().allow_private();
const LOOPBACK: UrlPolicy = UrlPolicy::public().allow_loopback();
const HTTP: UrlPolicy = UrlPolicy::public().allow_http();
const ALL: UrlPolicy = UrlPolicy::public().allow_private().allow_loopback().allow_http();

#[track_caller]
fn check(policy: UrlPolicy, text: &str) -> Result<(), PolicyError> {
    let url = InstanceUrl::parse(text).expect("an address");
    assert_eq!(policy.permits(&url), policy.check(&url).is_ok());
    policy.check(&url)
}

#[track_caller]
fn check_addr(policy: UrlPolicy, ip: impl Into<IpAddr>) -> Result<(), PolicyError> {
    let ip = ip.into();
    assert_eq!(policy.permits_addr(ip), policy.check_addr(ip).is_ok());
    policy.check_addr(ip)
}

#[test]
fn the_default_is_public() {
    assert_eq!(UrlPolicy::default(), PUBLIC);
}

#[test]
fn options_commute() {
    assert_eq!(HTTP.allow_loopback().allow_private(), ALL);
}

#[test]
fn public_names_are_permitted() {
    for text in [
        "https://example.net",
        "https://jira.example.com:8443/work",
        "https://jira.example",
        "https://bücher.example",
        // Not below a special name, though it looks so.
        "https://notlocalhost.net",
        "https://mylocal.net",
        "https://local.example.com",
        "https://a.xtest",
        "https://arpa.net",
    ] {
        assert_eq!(check(PUBLIC, text), Ok(()), "{text}");
    }
}

#[test]
fn http_needs_its_option() {
    assert_eq!(check(PUBLIC, "http://example.com"), Err(PolicyError::HttpNotAllowed));
    assert_eq!(check(HTTP, "http://example.com"), Ok(()));
}

#[test]
fn http_is_lifted_by_no_other_option() {
    let policy = PRIVATE.allow_loopback();
    assert_eq!(check(policy, "http://example.com"), Err(PolicyError::HttpNotAllowed));
}

#[test]
fn the_option_http_lifts_nothing_else() {
    for text in
        ["http://jira", "http://jira.internal", "http://localhost", "http://8.8.8.8", "http://10.0.0.1"]
    {
        assert!(check(HTTP, text).is_err(), "{text}");
    }
}

#[test]
fn names_without_a_dot_are_private() {
    assert_eq!(check(PUBLIC, "https://jira"), Err(PolicyError::SingleLabel));
    assert_eq!(check(PRIVATE, "https://jira"), Ok(()));
}

#[test]
fn names_of_private_networks_are_private() {
    for name in [
        "corp",
        "home",
        "home.arpa",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
        "private",
        "test",
    ] {
        for text in [name.to_owned(), format!("jira.{name}"), format!("a.b.{name}")] {
            assert_eq!(check(PUBLIC, &text), Err(PolicyError::SpecialName), "{text}");
            assert_eq!(check(LOOPBACK, &text), Err(PolicyError::SpecialName), "{text}");
            assert_eq!(check(PRIVATE, &text), Ok(()), "{text}");
        }
    }
}

#[test]
fn localhost_needs_its_option() {
    for text in ["https://localhost", "https://LocalHost.:8080", "https://jira.localhost"] {
        assert_eq!(check(PRIVATE, text), Err(PolicyError::LoopbackNotAllowed), "{text}");
        assert_eq!(check(LOOPBACK, text), Ok(()), "{text}");
    }
}

#[test]
fn some_names_are_never_permitted() {
    for name in [
        "invalid",
        "onion",
        "alt",
        "arpa",
        "in-addr.arpa",
        "ip6.arpa",
        "ipv4only.arpa",
        "metadata.google.internal",
    ] {
        for text in [name.to_owned(), format!("a.{name}")] {
            assert_eq!(check(ALL, &text), Err(PolicyError::NeverAllowed), "{text}");
        }
    }
}

#[test]
fn a_public_ip_literal_needs_the_private_option() {
    for text in ["https://8.8.8.8", "https://[2606:4700::1111]", "https://[64:ff9b::808:808]"] {
        assert_eq!(check(PUBLIC, text), Err(PolicyError::IpLiteral), "{text}");
        assert_eq!(check(LOOPBACK, text), Err(PolicyError::IpLiteral), "{text}");
        assert_eq!(check(PRIVATE, text), Ok(()), "{text}");
    }
}

#[test]
fn a_private_ip_literal_needs_the_private_option() {
    for text in ["https://10.0.0.1", "https://[fd12:3456::1]", "https://[::ffff:a00:1]"] {
        assert_eq!(check(LOOPBACK, text), Err(PolicyError::PrivateNotAllowed), "{text}");
        assert_eq!(check(PRIVATE, text), Ok(()), "{text}");
    }
}

#[test]
fn a_loopback_literal_needs_the_loopback_option() {
    for text in ["https://127.0.0.1", "https://[::1]:8080", "https://[::ffff:7f00:1]"] {
        assert_eq!(check(PRIVATE, text), Err(PolicyError::LoopbackNotAllowed), "{text}");
        assert_eq!(check(LOOPBACK, text), Ok(()), "{text}");
    }
}

#[test]
fn some_literals_are_never_permitted() {
    for text in ["https://169.254.169.254", "https://0.0.0.0", "https://[fe80::1]", "https://[::]"] {
        assert_eq!(check(ALL, text), Err(PolicyError::NeverAllowed), "{text}");
    }
}

/// What a block of addresses is expected to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Global,
    Loopback,
    Never,
    Private,
}

use Expected::{Global, Loopback, Never, Private};

impl Expected {
    #[track_caller]
    fn check(self, ip: impl Into<IpAddr>, what: &str) {
        let ip = ip.into();
        let (public, private, loopback) = match self {
            Global => (Ok(()), Ok(()), Ok(())),
            Loopback => {
                let refused = Err(PolicyError::LoopbackNotAllowed);
                (refused, refused, Ok(()))
            }
            Never => {
                let refused = Err(PolicyError::NeverAllowed);
                assert_eq!(check_addr(ALL, ip), refused, "{ip}, {what}");
                (refused, refused, refused)
            }
            Private => {
                let refused = Err(PolicyError::PrivateNotAllowed);
                (refused, Ok(()), refused)
            }
        };
        assert_eq!(check_addr(PUBLIC, ip), public, "{ip}, {what}");
        assert_eq!(check_addr(HTTP, ip), public, "{ip}, {what}");
        assert_eq!(check_addr(PRIVATE, ip), private, "{ip}, {what}");
        assert_eq!(check_addr(LOOPBACK, ip), loopback, "{ip}, {what}");
    }
}

/// Every row of <https://www.iana.org/assignments/iana-ipv4-special-registry>, and what else is special.
const IPV4: &[(&str, Expected)] = &[
    ("0.0.0.0/8", Never),
    ("0.0.0.0/32", Never),
    ("10.0.0.0/8", Private),
    ("100.64.0.0/11", Private), // The registry has /10; a metadata address stands in it.
    ("100.96.0.0/11", Private),
    ("127.0.0.0/8", Loopback),
    ("169.254.0.0/16", Never),
    ("172.16.0.0/12", Private),
    ("192.0.0.0/24", Never),
    ("192.0.0.0/29", Never),
    ("192.0.0.8/32", Never),
    ("192.0.0.9/32", Never),
    ("192.0.0.10/32", Never),
    ("192.0.0.170/32", Never),
    ("192.0.0.171/32", Never),
    ("192.0.2.0/24", Never),
    ("192.31.196.0/24", Never),
    ("192.52.193.0/24", Never),
    ("192.88.99.0/24", Never),
    ("192.88.99.2/32", Never),
    ("192.168.0.0/16", Private),
    ("192.175.48.0/24", Never),
    ("198.18.0.0/15", Never),
    ("198.51.100.0/24", Never),
    ("203.0.113.0/24", Never),
    ("240.0.0.0/4", Never),
    ("255.255.255.255/32", Never),
    // Multicast and metadata.
    ("224.0.0.0/4", Never),
    ("100.100.100.200/32", Never),
    ("168.63.129.16/32", Never),
    ("169.254.169.254/32", Never),
    ("192.0.0.192/32", Never),
    // Both sides of the blocks.
    ("1.0.0.0/32", Global),
    ("9.255.255.255/32", Global),
    ("11.0.0.0/32", Global),
    ("100.63.255.255/32", Global),
    ("100.128.0.0/32", Global),
    ("126.255.255.255/32", Global),
    ("128.0.0.0/32", Global),
    ("168.63.129.15/32", Global),
    ("168.63.129.17/32", Global),
    ("169.253.255.255/32", Global),
    ("169.255.0.0/32", Global),
    ("172.15.255.255/32", Global),
    ("172.32.0.0/32", Global),
    ("191.255.255.255/32", Global),
    ("192.0.1.0/32", Global),
    ("192.0.3.0/32", Global),
    ("192.31.195.255/32", Global),
    ("192.31.197.0/32", Global),
    ("192.52.192.255/32", Global),
    ("192.52.194.0/32", Global),
    ("192.88.98.255/32", Global),
    ("192.88.100.0/32", Global),
    ("192.167.255.255/32", Global),
    ("192.169.0.0/32", Global),
    ("192.175.47.255/32", Global),
    ("192.175.49.0/32", Global),
    ("198.17.255.255/32", Global),
    ("198.20.0.0/32", Global),
    ("198.51.99.255/32", Global),
    ("198.51.101.0/32", Global),
    ("203.0.112.255/32", Global),
    ("203.0.114.0/32", Global),
    ("223.255.255.255/32", Global),
];

/// Every row of <https://www.iana.org/assignments/iana-ipv6-special-registry> but those that carry IPv4 addresses, and
/// what else is special.
const IPV6: &[(&str, Expected)] = &[
    ("::1/128", Loopback),
    ("::/128", Never),
    ("64:ff9b:1::/48", Never),
    ("100::/64", Never),
    ("100:0:0:1::/64", Never),
    ("2001:1::/32", Never), // 2001::/23 begins with Teredo, which carries addresses.
    ("2001:100::/24", Never),
    ("2001:1::1/128", Never),
    ("2001:1::2/128", Never),
    ("2001:1::3/128", Never),
    ("2001:2::/48", Never),
    ("2001:3::/32", Never),
    ("2001:4:112::/48", Never),
    ("2001:10::/28", Never),
    ("2001:20::/28", Never),
    ("2001:30::/28", Never),
    ("2001:db8::/32", Never),
    ("2620:4f:8000::/48", Never),
    ("3fff::/20", Never),
    ("5f00::/16", Never),
    ("fc00::/7", Private),
    ("fe80::/10", Never),
    // Not global unicast.
    ("::1:0:0:0/80", Never),
    ("::fffe:0:0/96", Never),
    ("::ffff:0:0:0/96", Never),
    ("64:ff9b:0:1::/64", Never),
    ("100:0:0:2::/64", Never),
    ("1fff:ffff::/32", Never),
    ("4000::/3", Never),
    ("fbff::/16", Never),
    ("fe00::/9", Never),
    ("fec0::/10", Never),
    ("ff00::/8", Never),
    // Metadata.
    ("fd00:ec2::/32", Never),
    ("fd00:ec2::254/128", Never),
    ("fd00:ec2::23/128", Never),
    ("fd00:42::42/128", Never),
    ("fd00:c1::a9fe:a9fe/128", Never),
    ("fd00:100::100:200/128", Never),
    ("fd00:a9fe:a9fe::1/128", Never),
    ("fd20:ce::254/128", Never),
    ("fd20:ce::253/128", Private),
    ("fd00:ec3::/32", Private),
    // Both sides of the blocks in global unicast.
    ("2000::/16", Global),
    ("2001:200::/32", Global),
    ("2001:db7::/32", Global),
    ("2001:db9::/32", Global),
    ("2003::/16", Global),
    ("2620:4f:7fff::/48", Global),
    ("2620:4f:8001::/48", Global),
    ("2606:4700::1111/128", Global),
    ("3ffe::/16", Global),
    ("3fff:1000::/20", Global),
];

/// The first and the last address of a block.
fn ends<const BITS: u32>(block: &str) -> [u128; 2] {
    let (first, length) = block.split_once('/').expect("a prefix and a length");
    let first = match first.parse().expect("an address") {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    let length: u32 = length.parse().expect("a length");
    let hosts = u128::MAX.checked_shr(128 - (BITS - length)).unwrap_or(0);
    assert_eq!(first & hosts, 0, "{block} has bits behind its prefix");
    [first, first | hosts]
}

fn ipv4_ends(block: &str) -> [Ipv4Addr; 2] {
    ends::<32>(block).map(|bits| Ipv4Addr::from_bits(bits.try_into().expect("32 bits")))
}

#[test]
fn every_ipv4_block_has_its_reach() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(ip, block);
        }
    }
}

#[test]
fn every_ipv6_block_has_its_reach() {
    for (block, expected) in IPV6 {
        for bits in ends::<128>(block) {
            expected.check(Ipv6Addr::from_bits(bits), block);
        }
    }
}

/// An IPv6 address with IPv4 addresses at these bits.
fn carrying(prefix: &str, carried: &[(u32, Ipv4Addr)]) -> Ipv6Addr {
    let prefix: Ipv6Addr = prefix.parse().expect("an address");
    let bits = carried.iter().map(|(start, ip)| u128::from(ip.to_bits()) << (96 - start));
    Ipv6Addr::from_bits(bits.fold(prefix.to_bits(), |all, bits| all | bits))
}

const PUBLIC_IPV4: Ipv4Addr = Ipv4Addr::new(8, 8, 8, 8);

#[test]
fn mapped_addresses_are_unwrapped() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(carrying("::ffff:0:0", &[(96, ip)]), block);
        }
    }
}

#[test]
fn compatible_addresses_are_unwrapped() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(carrying("::", &[(96, ip)]), block);
        }
    }
}

#[test]
fn nat64_addresses_are_unwrapped() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(carrying("64:ff9b::", &[(96, ip)]), block);
        }
    }
}

#[test]
fn addresses_of_6to4_are_unwrapped() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(carrying("2002::", &[(16, ip)]), block);
            expected.check(carrying("2002::1:2:3:4:5", &[(16, ip)]), block);
        }
    }
}

#[test]
fn the_server_in_a_teredo_address_is_unwrapped() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(carrying("2001::", &[(32, ip), (96, !PUBLIC_IPV4)]), block);
        }
    }
}

#[test]
fn the_client_in_a_teredo_address_is_unwrapped() {
    for (block, expected) in IPV4 {
        for ip in ipv4_ends(block) {
            expected.check(carrying("2001::", &[(32, PUBLIC_IPV4), (96, !ip)]), block);
        }
    }
}

#[test]
fn messages_say_what_and_what_to_do() {
    for (error, message) in [
        (PolicyError::HttpNotAllowed, "http is not allowed; use https"),
        (PolicyError::IpLiteral, "an IP address in place of a name is not allowed; use the name of the host"),
        (
            PolicyError::LoopbackNotAllowed,
            "the address leads to the machine itself, which is not allowed; use a public address",
        ),
        (PolicyError::NeverAllowed, "the address is reserved and never allowed; use another one"),
        (
            PolicyError::PrivateNotAllowed,
            "the address leads to a private network, which is not allowed; use a public address",
        ),
        (PolicyError::SingleLabel, "a host name without a dot is not allowed; use the full name"),
        (
            PolicyError::SpecialName,
            "the host name is for private networks, which are not allowed; use a public name",
        ),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn an_error_has_a_stable_code() {
    for (error, code) in [
        (PolicyError::HttpNotAllowed, "http-not-allowed"),
        (PolicyError::IpLiteral, "ip-literal"),
        (PolicyError::LoopbackNotAllowed, "loopback-not-allowed"),
        (PolicyError::NeverAllowed, "never-allowed"),
        (PolicyError::PrivateNotAllowed, "private-not-allowed"),
        (PolicyError::SingleLabel, "single-label"),
        (PolicyError::SpecialName, "special-name"),
    ] {
        assert_eq!(error.code(), code);
    }
}

fn policies() -> impl Strategy<Value = UrlPolicy> {
    prop::sample::select(vec![PUBLIC, PRIVATE, LOOPBACK, HTTP, PRIVATE.allow_loopback(), ALL])
}

proptest! {
    #[test]
    fn an_option_never_takes_away(policy in policies(), ip in any::<IpAddr>()) {
        if policy.permits_addr(ip) {
            prop_assert!(policy.allow_private().permits_addr(ip));
            prop_assert!(policy.allow_loopback().permits_addr(ip));
        }
    }

    #[test]
    fn a_literal_is_never_permitted_where_the_address_is_not(policy in policies(), ip in any::<IpAddr>()) {
        let url = InstanceUrl::try_from(match ip {
            IpAddr::V4(ip) => format!("https://{ip}"),
            // As `url` writes it, which is never with dots.
            IpAddr::V6(ip) => format!("https://{}", url::Host::<String>::Ipv6(ip)),
        });
        let url = url.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(!policy.permits(&url) || policy.permits_addr(ip));
    }

    #[test]
    fn what_the_standard_library_calls_special_is_not_public(ip in any::<Ipv4Addr>()) {
        let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast()
            || ip.is_unspecified() || ip.is_broadcast() || ip.is_documentation();
        prop_assert!(!(special && PUBLIC.permits_addr(ip.into())));
    }
}
