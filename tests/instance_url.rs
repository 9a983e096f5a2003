//! Addresses of instances: what is mended, what is refused and where, and the laws of the type.

#![expect(clippy::panic, reason = "the helpers of a test fail like a test")]

use core::net::IpAddr;
use std::collections::HashSet;

use handclasp::{InstanceUrl, UrlError, UrlErrorKind as Kind};
use proptest::prelude::*;
use url::Url;

#[track_caller]
fn canonical(text: &str) -> String {
    match InstanceUrl::parse(text) {
        Ok(url) => url.into(),
        Err(error) => panic!("{text:?} is refused: {error}"),
    }
}

#[track_caller]
fn refused(text: &str) -> (Kind, Option<usize>) {
    match InstanceUrl::parse(text) {
        Ok(url) => panic!("{text:?} is accepted as {url}"),
        Err(error) => (error.kind(), error.position()),
    }
}

#[test]
fn canonical_text_is_kept() {
    let label = "a".repeat(63);
    let long = format!("https://{label}.{label}.{label}.com");
    for text in [
        "https://example.com",
        "http://example.com",
        "https://example.com:8443",
        "http://example.com:443",
        "https://example.com/work",
        "https://example.com/a//b",
        "https://example.com/%C3%BC/%zz",
        "https://example.com/a:b,c;d=e",
        "https://example.com:1/x://y",
        "https://jira",
        "https://a-b.c--d.x1",
        "https://1.example",
        "https://127.0.0.1",
        "https://[::1]:65535/x",
        "https://[2001:db8::1]",
        "https://[::ffff:102:304]",
        "https://xn--bcher-kva.example",
        &long,
    ] {
        assert_eq!(canonical(text), text);
    }
}

#[test]
fn what_people_type_is_mended() {
    for (typed, expected) in [
        ("example.com", "https://example.com"),
        ("example.com:8443/work", "https://example.com:8443/work"),
        ("example.com/x://y", "https://example.com/x://y"),
        ("localhost:8080", "https://localhost:8080"),
        ("[::1]:8080", "https://[::1]:8080"),
        (" \t\r\n\u{3000}example.com\n", "https://example.com"),
        ("HTTPS://EXAMPLE.COM", "https://example.com"),
        ("hTTp://Example.Com/Work", "http://example.com/Work"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("https://example.com.", "https://example.com"),
        ("https://example.com.:443/", "https://example.com"),
        ("https://example.com/", "https://example.com"),
        ("https://example.com//", "https://example.com"),
        ("https://example.com/desk///", "https://example.com/desk"),
        ("https://example.com/a/../b/./", "https://example.com/b"),
        ("https://example.com/a/..", "https://example.com"),
        ("https://example.com/%2e%2e/a", "https://example.com/a"),
        ("https://example.com/ü", "https://example.com/%C3%BC"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://bu\u{308}cher.example", "https://xn--bcher-kva.example"),
        ("https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example"),
        ("https://例え。テスト", "https://xn--r8jz45g.xn--zckzah"),
        ("https://例え．テスト。", "https://xn--r8jz45g.xn--zckzah"),
        ("https://ｅｘａｍｐｌｅ.com", "https://example.com"),
    ] {
        assert_eq!(canonical(typed), expected, "{typed:?}");
    }
}

/// What is refused, with the kind and position of the error.
type Refusals<'a> = &'a [(&'a str, Kind, Option<usize>)];

#[track_caller]
fn check_refusals(refusals: Refusals<'_>) {
    for (text, kind, position) in refusals {
        assert_eq!(refused(text), (*kind, *position), "{text:?}");
    }
}

#[test]
fn an_address_is_required() {
    check_refusals(&[("", Kind::Empty, None), (" \r\n", Kind::Empty, None)]);
}

#[test]
fn characters_that_stand_nowhere_are_refused() {
    check_refusals(&[
        ("https://exam\tple.com", Kind::WhiteSpace('\t'), Some(12)),
        ("https://exam\nple.com", Kind::WhiteSpace('\n'), Some(12)),
        ("https://example.com/a b", Kind::WhiteSpace(' '), Some(21)),
        (" https://example .com", Kind::WhiteSpace(' '), Some(16)),
        ("https://example.com/\u{a0}x", Kind::WhiteSpace('\u{a0}'), Some(20)),
        ("https://example.com/\0", Kind::Control('\0'), Some(20)),
        ("\u{1b}https://example.com", Kind::Control('\u{1b}'), Some(0)),
        ("https://example.com/a^b", Kind::Ambiguous('^'), Some(21)),
        ("https:\\\\example.com", Kind::Backslash, Some(6)),
        ("https://example.com\\@evil.example", Kind::Backslash, Some(19)),
        ("https://user@example.com", Kind::Credentials, Some(12)),
        ("https://user:password@example.com", Kind::Credentials, Some(21)),
        ("https://example.com/@me", Kind::Credentials, Some(20)),
        ("https://example.com?", Kind::Query, Some(19)),
        ("https://example.com/?a=b", Kind::Query, Some(20)),
        ("https://example.com/#", Kind::Fragment, Some(20)),
    ]);
}

#[test]
fn other_schemes_and_slashes_are_refused() {
    check_refusals(&[
        ("ftp://example.com", Kind::Scheme, Some(0)),
        (" file:///etc/passwd", Kind::Scheme, Some(1)),
        ("://example.com", Kind::Scheme, Some(0)),
        ("https:example.com", Kind::Slashes, Some(6)),
        ("https:/example.com", Kind::Slashes, Some(6)),
        ("https:///example.com", Kind::Slashes, Some(8)),
        ("https:////example.com", Kind::Slashes, Some(8)),
        ("//example.com", Kind::Slashes, Some(0)),
        ("/example.com", Kind::Slashes, Some(0)),
        ("http:8080", Kind::Slashes, Some(5)),
        ("HTTP:example.com", Kind::Slashes, Some(5)),
    ]);
}

#[test]
fn a_host_must_be_there() {
    check_refusals(&[
        ("https://", Kind::NoHost, Some(8)),
        ("https://:8443", Kind::NoHost, Some(8)),
        (":8443", Kind::NoHost, Some(0)),
        ("https://.", Kind::NoHost, Some(8)),
    ]);
}

#[test]
fn ports_are_plain_numbers() {
    check_refusals(&[
        ("https://example.com:", Kind::Port, Some(20)),
        ("https://example.com:/", Kind::Port, Some(20)),
        ("https://example.com:0", Kind::Port, Some(20)),
        ("https://example.com:0443", Kind::Port, Some(20)),
        ("https://example.com:65536", Kind::Port, Some(20)),
        ("https://example.com:99999999999999999999", Kind::Port, Some(20)),
        ("https://example.com:+443", Kind::Port, Some(20)),
        ("https://example.com:44x", Kind::Port, Some(22)),
        ("https://example.com:４４３", Kind::Port, Some(20)),
        ("https://example.com:1:2", Kind::Port, Some(21)),
        ("mailto:someone", Kind::Port, Some(7)),
        ("https://[::1]:", Kind::Port, Some(14)),
    ]);
}

#[test]
fn ip_addresses_have_one_spelling() {
    check_refusals(&[
        ("https://0x7f.1", Kind::IpSpelling, Some(8)),
        ("https://127.1", Kind::IpSpelling, Some(8)),
        ("https://2130706433", Kind::IpSpelling, Some(8)),
        ("https://0177.0.0.1", Kind::IpSpelling, Some(8)),
        ("https://127.0.0.01", Kind::IpSpelling, Some(8)),
        ("https://127.0.0.1.", Kind::IpSpelling, Some(8)),
        ("1/2", Kind::IpSpelling, Some(0)),
        ("https://１27.0.0.1", Kind::IpSpelling, Some(8)),
        ("https://127。0。0。1", Kind::IpSpelling, Some(8)),
        ("https://[::FFFF:1.2.3.4]", Kind::IpSpelling, Some(9)),
        ("https://[::ffff:1.2.3.4]", Kind::IpSpelling, Some(9)),
        ("https://[2001:DB8::1]", Kind::IpSpelling, Some(9)),
        ("https://[2001:db8:0::1]", Kind::IpSpelling, Some(9)),
        ("https://[fe80::1%25eth0]", Kind::IpSpelling, Some(9)),
        ("https://[v1.x]", Kind::IpSpelling, Some(9)),
        ("https://[]", Kind::IpSpelling, Some(9)),
        ("https://[::1", Kind::IpSpelling, Some(8)),
        ("https://2001:db8::1", Kind::IpSpelling, Some(8)),
        ("::1", Kind::IpSpelling, Some(0)),
    ]);
}

#[test]
fn hosts_have_their_alphabet() {
    check_refusals(&[
        ("https://[::1]x", Kind::HostCharacter('x'), Some(13)),
        ("https://a[1]", Kind::HostCharacter('['), Some(9)),
        ("https://my_host.example.com", Kind::HostCharacter('_'), Some(10)),
        ("https://exam%70le.com", Kind::HostCharacter('%'), Some(12)),
        ("https://example.com%00", Kind::HostCharacter('%'), Some(19)),
        ("https://exa!mple.com", Kind::HostCharacter('!'), Some(11)),
        ("https://example.com|x", Kind::HostCharacter('|'), Some(19)),
        ("https://a.b＿c", Kind::HostCharacter('_'), Some(10)),
    ]);
}

#[test]
fn invisible_characters_are_refused_in_hosts() {
    check_refusals(&[
        ("https://exam\u{ad}ple.com", Kind::Invisible('\u{ad}'), Some(12)),
        ("https://exam\u{200b}ple.com", Kind::Invisible('\u{200b}'), Some(12)),
        ("https://exam\u{2060}ple.com", Kind::Invisible('\u{2060}'), Some(12)),
        ("https://exam\u{fe0f}ple.com", Kind::Invisible('\u{fe0f}'), Some(12)),
        ("https://exam\u{e0100}ple.com", Kind::Invisible('\u{e0100}'), Some(12)),
        ("https://\u{feff}example.com", Kind::Invisible('\u{feff}'), Some(8)),
        ("https://exam\u{202e}ple.com", Kind::Invisible('\u{202e}'), Some(12)),
    ]);
}

#[test]
fn hosts_obey_idna() {
    check_refusals(&[
        ("https://exam\u{200d}ple.com", Kind::InvalidHost, Some(8)),
        ("https://exam\u{200c}ple.com", Kind::InvalidHost, Some(8)),
        ("https://example.com／x", Kind::InvalidHost, Some(8)),
        ("https://user＠example.com", Kind::InvalidHost, Some(8)),
        ("https://exam％70le.com", Kind::InvalidHost, Some(8)),
        ("https://xn--a.example", Kind::InvalidHost, Some(8)),
        ("https://xn--.example", Kind::InvalidHost, Some(8)),
    ]);
}

#[test]
fn labels_obey_dns() {
    check_refusals(&[
        ("https://.example.com", Kind::EmptyLabel, Some(8)),
        ("https://example..com", Kind::EmptyLabel, Some(16)),
        ("https://例。。com", Kind::EmptyLabel, Some(10)),
        ("https://example.com..", Kind::EmptyLabel, Some(20)),
        ("https://-a.example.com", Kind::Hyphen, Some(8)),
        ("https://www.a-.example.com", Kind::Hyphen, Some(12)),
        ("https://example.1", Kind::NumericLabel, Some(8)),
        ("https://example.0x1f", Kind::NumericLabel, Some(8)),
        ("https://1.2.3.256", Kind::NumericLabel, Some(8)),
        ("https://1.2.3.4.5", Kind::NumericLabel, Some(8)),
    ]);
}

#[test]
fn labels_have_at_most_63_characters() {
    let text = format!("https://www.{}.com", "a".repeat(64));
    assert_eq!(refused(&text), (Kind::LabelTooLong, Some(12)));
}

#[test]
fn labels_are_measured_in_ascii() {
    let text = format!("https://{}.com", "ü".repeat(60));
    assert_eq!(refused(&text), (Kind::LabelTooLong, Some(8)));
}

#[test]
fn hosts_have_at_most_253_characters() {
    let text = format!("{}com", "abcdefghi.".repeat(25) + "a");
    assert_eq!(refused(&text), (Kind::HostTooLong, Some(0)));
}

#[test]
fn addresses_have_at_most_255_bytes() {
    let longest = format!("https://example.com/{}", "a".repeat(235));
    assert_eq!(canonical(&longest).len(), InstanceUrl::MAX_BYTES);
    let expected = Kind::TooLong { max: 255, found: 256 };
    assert_eq!(refused(&(longest + "a")), (expected, None));
}

#[test]
fn addresses_are_measured_in_their_canonical_form() {
    let typed = format!("https://example.com/{}", "ü".repeat(40));
    let expected = Kind::TooLong { max: 255, found: 260 };
    assert_eq!(refused(&typed), (expected, None));
}

#[test]
fn text_that_is_far_too_long_is_not_looked_at() {
    let text = "@".repeat(1025);
    let expected = Kind::TooLong { max: 1024, found: 1025 };
    assert_eq!(refused(&text), (expected, None));
}

/// Characters that IDNA drops are refused, whatever the tables of IDNA grow to.
#[test]
fn nothing_is_dropped_from_a_host() {
    for c in ('\u{80}'..='\u{ffff}')
        .chain('\u{1bc00}'..='\u{1bcff}')
        .chain('\u{1d100}'..='\u{1d1ff}')
        .chain('\u{e0000}'..='\u{e01ff}')
    {
        if let Ok(url) = InstanceUrl::parse(&format!("https://ab{c}cd.example")) {
            assert_ne!(url.host(), "abcd.example", "{c:?}");
        }
    }
}

#[test]
fn messages_say_what_where_and_what_to_do() {
    for (text, message) in [
        ("", "the address is empty; enter one, such as https://example.com"),
        ("https:\\\\a", "character 7: backslashes are not allowed; use slashes"),
        ("https://a/\u{7}", "character 11 (U+0007): control characters are not allowed; remove it"),
        ("https://a@b", "character 10: @ is not allowed; remove user name and password"),
        ("https://a..b", "character 11: a part of the host between dots is empty; remove the extra dot"),
        ("https://a/#b", "character 11: fragments are not allowed; remove # and what follows"),
        ("https://a/?b", "character 11: queries are not allowed; remove ? and what follows"),
        (
            "https://a_b",
            "character 10 (U+005F): not allowed in a host; use letters, digits, hyphens and dots",
        ),
        ("https://-a", "character 9: a part of the host starts or ends with a hyphen; remove the hyphen"),
        ("https://xn--a", "character 9: the host is not a valid domain name; correct it"),
        (
            "https://a\u{ad}b",
            "character 10 (U+00AD): invisible characters are not allowed in a host; remove it",
        ),
        (
            "https://127.1",
            "character 9: the IP address is not in its usual form; write it like 192.0.2.1 or [2001:db8::1], in lower case and as short as possible",
        ),
        ("https://", "character 9: the host is missing; enter one, such as example.com"),
        ("https://a.1", "character 9: the host ends in a number but is no IP address; correct it"),
        ("https://a:x", "character 11: the port is not a number from 1 to 65535; correct or remove it"),
        ("ftp://a", "character 1: the scheme is neither https nor http; use https"),
        (
            "https:a",
            "character 7: exactly two slashes stand before the host; write https:// and then the host",
        ),
        ("https://a b", "character 10 (U+0020): white space is not allowed in an address; remove it"),
    ] {
        let found = InstanceUrl::parse(text).map_err(|error| error.to_string());
        assert_eq!(found, Err(message.to_owned()), "{text:?}");
    }
}

#[test]
fn messages_about_length_name_the_limit() {
    let label = InstanceUrl::parse(&"a".repeat(64)).map_err(|error| error.to_string());
    let expected = "character 1: a part of the host is longer than 63 characters in ASCII; shorten it";
    assert_eq!(label, Err(expected.to_owned()));

    let host = InstanceUrl::parse(&"a.".repeat(200)).map_err(|error| error.to_string());
    let expected = "character 1: the host is longer than 253 characters in ASCII; shorten it";
    assert_eq!(host, Err(expected.to_owned()));

    let whole = InstanceUrl::parse(&"a".repeat(2000)).map_err(|error| error.to_string());
    let expected = "the address has 2000 bytes, at most 1024 are allowed; shorten it";
    assert_eq!(whole, Err(expected.to_owned()));
}

#[test]
fn codes_are_pinned() {
    for (kind, code) in [
        (Kind::Ambiguous('^'), "ambiguous-character"),
        (Kind::Backslash, "backslash"),
        (Kind::Control('x'), "control-character"),
        (Kind::Credentials, "credentials"),
        (Kind::Empty, "empty"),
        (Kind::EmptyLabel, "empty-label"),
        (Kind::Fragment, "fragment"),
        (Kind::HostCharacter('x'), "host-character"),
        (Kind::HostTooLong, "host-too-long"),
        (Kind::Hyphen, "hyphen"),
        (Kind::InvalidHost, "invalid-host"),
        (Kind::Invisible('x'), "invisible-character"),
        (Kind::IpSpelling, "ip-spelling"),
        (Kind::LabelTooLong, "label-too-long"),
        (Kind::NoHost, "no-host"),
        (Kind::NumericLabel, "numeric-label"),
        (Kind::Port, "port"),
        (Kind::Query, "query"),
        (Kind::Scheme, "scheme"),
        (Kind::Slashes, "slashes"),
        (Kind::TooLong { max: 1, found: 2 }, "too-long"),
        (Kind::WhiteSpace(' '), "white-space"),
    ] {
        assert_eq!(kind.code(), code);
    }
}

#[test]
fn an_address_has_parts() -> Result<(), UrlError> {
    let url = InstanceUrl::parse("https://Bücher.example:8443/desk/")?;
    assert_eq!(url.scheme(), "https");
    assert!(url.is_https());
    assert_eq!(url.host(), "xn--bcher-kva.example");
    assert_eq!(url.host_unicode().as_deref(), Some("bücher.example"));
    assert_eq!(url.ip(), None);
    assert_eq!(url.port(), Some(8443));
    assert_eq!(url.port_or_default(), 8443);
    assert_eq!(url.path(), "/desk");
    Ok(())
}

#[test]
fn an_address_has_defaults() -> Result<(), UrlError> {
    let url = InstanceUrl::parse("http://example.com:80/")?;
    assert!(!url.is_https());
    assert_eq!(url.host_unicode(), None);
    assert_eq!(url.port(), None);
    assert_eq!(url.port_or_default(), 80);
    assert_eq!(InstanceUrl::parse("example.com")?.port_or_default(), 443);
    assert_eq!(url.path(), "");
    Ok(())
}

#[test]
fn an_ip_address_is_known_as_one() -> Result<(), Box<dyn std::error::Error>> {
    for (text, host, ip) in [
        ("https://192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("https://[2001:db8::1]", "[2001:db8::1]", "2001:db8::1"),
    ] {
        let url = InstanceUrl::parse(text)?;
        assert_eq!(url.host(), host);
        assert_eq!(url.ip(), Some(ip.parse::<IpAddr>()?));
        assert_eq!(url.host_unicode(), None);
    }
    Ok(())
}

#[test]
fn debug_shows_type_and_text() -> Result<(), UrlError> {
    let url = InstanceUrl::parse("example.com/")?;
    assert_eq!(format!("{url:?}"), r#"InstanceUrl("https://example.com")"#);
    Ok(())
}

#[test]
fn display_obeys_width() -> Result<(), UrlError> {
    assert_eq!(format!("{:>12}|", InstanceUrl::parse("a.b")?), " https://a.b|");
    Ok(())
}

#[test]
fn order_is_the_order_of_the_texts() -> Result<(), UrlError> {
    // The other way round in `Url`, which writes a slash behind the host.
    assert!(InstanceUrl::parse("https://a")? < InstanceUrl::parse("https://a.b")?);
    Ok(())
}

#[test]
fn equal_addresses_are_one_key() -> Result<(), UrlError> {
    let typed = ["a.b", "https://A.B/", "https://a.b.:443"];
    let keys = typed.iter().map(|text| InstanceUrl::parse(text)).collect::<Result<HashSet<_>, _>>()?;
    assert_eq!(keys.len(), 1);
    Ok(())
}

#[test]
fn a_url_goes_in_and_out() -> Result<(), Box<dyn std::error::Error>> {
    let url = InstanceUrl::try_from(Url::parse("https://example.com/a/")?)?;
    assert_eq!(Url::from(url), Url::parse("https://example.com/a")?);
    Ok(())
}

#[test]
fn a_url_is_checked_like_text() -> Result<(), url::ParseError> {
    for text in ["https://user@example.com", "https://example.com/?", "https://a_b.com", "ftp://example.com"]
    {
        assert!(InstanceUrl::try_from(Url::parse(text)?).is_err(), "{text:?}");
    }
    Ok(())
}

/// Text that is close to an address.
fn typed() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![4 => Just("https://"), 2 => Just(""), 1 => "[a-zHTPS]{0,5}:?/{0,3}".prop_map(|s| s.leak() as &str)];
    let host = prop_oneof![
        4 => "[a-zA-Z0-9-]{1,6}(\\.[a-zA-Z0-9-]{1,6}){0,3}\\.?",
        2 => "[a-z0-9.üß例。ｅ１\u{ad}\u{200d}\u{5d0}_%-]{1,9}",
        1 => "[0-9]{1,3}(\\.[0-9]{1,3}){0,4}",
        1 => "\\[[0-9a-fA-F:.]{0,12}\\]",
        1 => "xn--[a-z0-9-]{1,8}\\.com",
    ];
    let port = prop_oneof![3 => Just(String::new()), 1 => ":[0-9]{0,6}"];
    let path = prop_oneof![2 => Just(String::new()), 2 => "/[a-zA-Z0-9./%ü~'|^\"<>`{}-]{0,12}", 1 => "[/.%2eE]{0,9}", 1 => "\\PC{0,9}"];
    prop_oneof![
        9 => (scheme, host, port, path).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}")),
        1 => any::<String>(),
    ]
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` wants")]
fn failed<E: ToString>(error: E) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn canonical_text_parses_to_itself(text in typed()) {
        if let Ok(url) = InstanceUrl::parse(&text) {
            prop_assert_eq!(InstanceUrl::parse(url.as_str()), Ok(url.clone()));
        }
    }

    #[test]
    fn canonical_text_has_its_form(text in typed()) {
        if let Ok(url) = InstanceUrl::parse(&text) {
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            let built = format!("{}://{}{port}{}", url.scheme(), url.host(), url.path());
            prop_assert_eq!(url.as_str(), built.as_str());
            prop_assert!(built.is_ascii() && built.len() <= InstanceUrl::MAX_BYTES && !built.ends_with('/'));
        }
    }

    #[test]
    fn all_ways_in_agree(text in typed()) {
        let parsed = InstanceUrl::parse(&text);
        prop_assert_eq!(&text.parse(), &parsed);
        prop_assert_eq!(&InstanceUrl::try_from(text.as_str()), &parsed);
        prop_assert_eq!(&InstanceUrl::try_from(text.clone()), &parsed);
        let json = serde_json::to_string(&text).map_err(failed)?;
        prop_assert_eq!(serde_json::from_str(&json).ok(), parsed.clone().ok());
        let bytes = postcard::to_stdvec(&text).map_err(failed)?;
        prop_assert_eq!(postcard::from_bytes(&bytes).ok(), parsed.ok());
    }

    #[test]
    fn all_ways_out_agree(text in typed()) {
        if let Ok(url) = InstanceUrl::parse(&text) {
            prop_assert_eq!(url.to_string(), url.as_str());
            prop_assert_eq!(url.as_ref(), url.as_str());
            prop_assert_eq!(String::from(url.clone()), url.as_str());
            prop_assert_eq!(InstanceUrl::try_from(Url::from(url.clone())), Ok(url.clone()));
            let json = serde_json::to_string(&url).map_err(failed)?;
            prop_assert_eq!(json, format!("{:?}", url.as_str()));
            let bytes = postcard::to_stdvec(&url).map_err(failed)?;
            prop_assert_eq!(postcard::from_bytes(&bytes).ok(), Some(url));
        }
    }

    #[test]
    fn a_url_parser_reads_the_same_address(text in typed()) {
        if let Ok(url) = InstanceUrl::parse(&text) {
            let read = Url::parse(url.as_str()).map_err(failed)?;
            prop_assert_eq!(read, Url::from(url));
        }
    }

    #[test]
    fn equal_however_typed(name in "[a-z]{1,8}", path in "(/[a-z]{1,4}){0,2}") {
        let plain = InstanceUrl::parse(&format!("https://{name}.example{path}"));
        for typed in [
            format!("{name}.example{path}"),
            format!("  {name}.EXAMPLE{path}/\n"),
            format!("HTTPS://{}.example:443{path}//", name.to_uppercase()),
            format!("https://{name}.example.{path}"),
            format!("https://{name}。ｅxample:443{path}"),
        ] {
            prop_assert_eq!(InstanceUrl::parse(&typed), plain.clone());
        }
    }
}
