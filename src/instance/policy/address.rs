//! Where an IP address leads, by the special-purpose registries.
//!
//! To change an entry, change its row in [`SPECIAL_IPV4`] or [`SPECIAL_IPV6`]; nothing else knows an address.

use core::iter;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an IP address leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    /// Anywhere on the Internet.
    Global,
    /// To this machine.
    Loopback,
    /// To no machine that could be an instance, or to one that must not be asked.
    Nowhere,
    /// Into a private network.
    Private,
}

/// Returns where an address leads; several answers, all of which count, if it carries other addresses.
pub(super) fn reaches(ip: IpAddr) -> impl Iterator<Item = Reach> {
    let (first, second) = match ip {
        IpAddr::V4(ip) => (reach_v4(ip), None),
        IpAddr::V6(ip) => match class_v6(ip) {
            Class::Leads(reach) => (reach, None),
            Class::CarriesLast => (reach_v4(ipv4_at(ip, 96)), None),
            Class::Carries6to4 => (reach_v4(ipv4_at(ip, 16)), None),
            // RFC 4380 §4: the server, then the client with all bits inverted.
            Class::CarriesTeredo => (reach_v4(ipv4_at(ip, 32)), Some(reach_v4(!ipv4_at(ip, 96)))),
        },
    };
    iter::once(first).chain(second)
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    let bits = u128::from(ip.to_bits()) << 96;
    longest_match(SPECIAL_IPV4, bits).unwrap_or(Reach::Global)
}

fn class_v6(ip: Ipv6Addr) -> Class {
    longest_match(SPECIAL_IPV6, ip.to_bits()).unwrap_or(NOWHERE)
}

/// Returns the 32 bits that start at this bit, counted from the left.
fn ipv4_at(ip: Ipv6Addr, start: u32) -> Ipv4Addr {
    let aligned = ip.to_bits() >> (96 - start);
    #[expect(clippy::cast_possible_truncation, reason = "the lowest 32 bits are wanted")]
    Ipv4Addr::from_bits(aligned as u32)
}

fn longest_match<T: Copy>(rows: &[Row<T>], bits: u128) -> Option<T> {
    rows.iter()
        .filter(|row| (row.prefix ^ bits).leading_zeros() >= row.length)
        .max_by_key(|row| row.length)
        .map(|row| row.class)
}

/// What an IPv6 address is.
#[derive(Clone, Copy, Debug)]
enum Class {
    Leads(Reach),
    /// Bits 16 to 47 are an IPv4 address.
    Carries6to4,
    /// The last 32 bits are an IPv4 address.
    CarriesLast,
    /// Two IPv4 addresses: a server and a client.
    CarriesTeredo,
}

/// A block of addresses.
struct Row<T> {
    /// Aligned to the left.
    prefix: u128,
    length: u32,
    class: T,
}

const fn v4(prefix: [u8; 4], length: u32, class: Reach) -> Row<Reach> {
    Row { prefix: (u32::from_be_bytes(prefix) as u128) << 96, length, class }
}

const fn v6(prefix: [u16; 8], length: u32, class: Class) -> Row<Class> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = prefix;
    Row { prefix: Ipv6Addr::new(s0, s1, s2, s3, s4, s5, s6, s7).to_bits(), length, class }
}

const GLOBAL: Class = Class::Leads(Reach::Global);
const LOOPBACK: Class = Class::Leads(Reach::Loopback);
const NOWHERE: Class = Class::Leads(Reach::Nowhere);
const PRIVATE: Class = Class::Leads(Reach::Private);

/// The IANA IPv4 Special-Purpose Address Registry, multicast, and cloud metadata; the longest prefix counts, and the
/// rest is global.
///
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>. Anycast services of the network itself (AS112, AMT,
/// PCP, TURN) are globally reachable by the registry, but no instance lives there.
#[rustfmt::skip]
const SPECIAL_IPV4: &[Row<Reach>] = &[
    v4([0, 0, 0, 0], 8, Reach::Nowhere),          // "This network", RFC 791
    v4([0, 0, 0, 0], 32, Reach::Nowhere),         // "This host on this network", RFC 1122
    v4([10, 0, 0, 0], 8, Reach::Private),         // Private-Use, RFC 1918
    v4([100, 64, 0, 0], 10, Reach::Private),      // Shared Address Space, RFC 6598
    v4([127, 0, 0, 0], 8, Reach::Loopback),       // Loopback, RFC 1122
    v4([169, 254, 0, 0], 16, Reach::Nowhere),     // Link Local, RFC 3927; metadata of most clouds
    v4([172, 16, 0, 0], 12, Reach::Private),      // Private-Use, RFC 1918
    v4([192, 0, 0, 0], 24, Reach::Nowhere),       // IETF Protocol Assignments, RFC 6890
    v4([192, 0, 0, 0], 29, Reach::Nowhere),       // IPv4 Service Continuity Prefix, RFC 7335
    v4([192, 0, 0, 8], 32, Reach::Nowhere),       // IPv4 dummy address, RFC 7600
    v4([192, 0, 0, 9], 32, Reach::Nowhere),       // Port Control Protocol Anycast, RFC 7723
    v4([192, 0, 0, 10], 32, Reach::Nowhere),      // TURN Anycast, RFC 8155
    v4([192, 0, 0, 170], 32, Reach::Nowhere),     // NAT64/DNS64 Discovery, RFC 8880
    v4([192, 0, 0, 171], 32, Reach::Nowhere),     // NAT64/DNS64 Discovery, RFC 8880
    v4([192, 0, 2, 0], 24, Reach::Nowhere),       // Documentation (TEST-NET-1), RFC 5737
    v4([192, 31, 196, 0], 24, Reach::Nowhere),    // AS112-v4, RFC 7535
    v4([192, 52, 193, 0], 24, Reach::Nowhere),    // AMT, RFC 7450
    v4([192, 88, 99, 0], 24, Reach::Nowhere),     // Deprecated (6to4 Relay Anycast), RFC 7526
    v4([192, 88, 99, 2], 32, Reach::Nowhere),     // 6a44-relay anycast address, RFC 6751
    v4([192, 168, 0, 0], 16, Reach::Private),     // Private-Use, RFC 1918
    v4([192, 175, 48, 0], 24, Reach::Nowhere),    // Direct Delegation AS112 Service, RFC 7534
    v4([198, 18, 0, 0], 15, Reach::Nowhere),      // Benchmarking, RFC 2544
    v4([198, 51, 100, 0], 24, Reach::Nowhere),    // Documentation (TEST-NET-2), RFC 5737
    v4([203, 0, 113, 0], 24, Reach::Nowhere),     // Documentation (TEST-NET-3), RFC 5737
    v4([240, 0, 0, 0], 4, Reach::Nowhere),        // Reserved, RFC 1112
    v4([255, 255, 255, 255], 32, Reach::Nowhere), // Limited Broadcast, RFC 919
    // Beside the registry.
    v4([100, 100, 100, 200], 32, Reach::Nowhere), // Metadata of Alibaba Cloud
    v4([168, 63, 129, 16], 32, Reach::Nowhere),   // Platform services of Azure
    v4([192, 0, 0, 192], 32, Reach::Nowhere),     // Metadata of Oracle Cloud Classic
    v4([224, 0, 0, 0], 4, Reach::Nowhere),        // Multicast, RFC 5771
];

/// The IANA IPv6 Special-Purpose Address Registry, what global unicast is, and cloud metadata; the longest prefix
/// counts, and the rest leads nowhere.
///
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>. As in IPv4, services of the network itself are refused.
/// Rows outside `2000::/3` that lead nowhere change nothing; they stand here so that the table can be compared with the registry.
#[rustfmt::skip]
const SPECIAL_IPV6: &[Row<Class>] = &[
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, LOOPBACK),                  // Loopback Address, RFC 4291
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, NOWHERE),                   // Unspecified Address, RFC 4291
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, Class::CarriesLast),    // IPv4-mapped Address, RFC 4291
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, Class::CarriesLast), // IPv4-IPv6 Translation (NAT64), RFC 6052
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, NOWHERE),            // IPv4-IPv6 Translation, RFC 8215
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, NOWHERE),                // Discard-Only Address Block, RFC 6666
    v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64, NOWHERE),                // Dummy IPv6 Prefix, RFC 9780
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, NOWHERE),               // IETF Protocol Assignments, RFC 2928
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, Class::CarriesTeredo),  // Teredo, RFC 4380
    v6([0x2001, 1, 0, 0, 0, 0, 0, 1], 128, NOWHERE),              // Port Control Protocol Anycast, RFC 7723
    v6([0x2001, 1, 0, 0, 0, 0, 0, 2], 128, NOWHERE),              // TURN Anycast, RFC 8155
    v6([0x2001, 1, 0, 0, 0, 0, 0, 3], 128, NOWHERE),              // DNS-SD SRP Anycast, RFC 9665
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, NOWHERE),               // Benchmarking, RFC 5180
    v6([0x2001, 3, 0, 0, 0, 0, 0, 0], 32, NOWHERE),               // AMT, RFC 7450
    v6([0x2001, 4, 0x112, 0, 0, 0, 0, 0], 48, NOWHERE),           // AS112-v6, RFC 7535
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, NOWHERE),            // Deprecated (ORCHID), RFC 4843
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, NOWHERE),            // ORCHIDv2, RFC 7343
    v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28, NOWHERE),            // Drone Remote ID (DETs), RFC 9374
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, NOWHERE),           // Documentation, RFC 3849
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Class::Carries6to4),    // 6to4, RFC 3056
    v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, NOWHERE),       // Direct Delegation AS112 Service, RFC 7534
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, NOWHERE),               // Documentation, RFC 9637
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, NOWHERE),               // Segment Routing (SRv6) SIDs, RFC 9602
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, PRIVATE),                // Unique-Local, RFC 4193
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, NOWHERE),               // Link-Local Unicast, RFC 4291
    // Beside the registry.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, Class::CarriesLast),         // IPv4-compatible (deprecated), RFC 4291
    v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, GLOBAL),                 // Global Unicast, RFC 4291
    v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128, NOWHERE),        // Metadata of Scaleway
    v6([0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128, NOWHERE), // Metadata of Oracle Cloud
    v6([0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200], 128, NOWHERE),  // Metadata of Alibaba Cloud
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32, NOWHERE),           // Metadata and instance services of AWS
    v6([0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1], 128, NOWHERE),    // Metadata of Akamai (Linode)
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, NOWHERE),       // Metadata of Google Cloud
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, NOWHERE),               // Site-Local (deprecated), RFC 3879
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, NOWHERE),                // Multicast, RFC 4291
];
