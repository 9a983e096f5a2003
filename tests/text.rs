//! Text that people type: what is refused, where and with which words, and the laws of the types.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

use handclasp::{
    ActorName, ConnectionName, Description, IncomingProject, ShortName, TextError, TextField, TextRule,
};
use handclasp::{InstanceUid, PlatformName};
use proptest::prelude::*;

/// Parsing, for tables over all types.
type Parse = fn(&str) -> Result<String, TextError>;

fn parse<T>(text: &str) -> Result<String, TextError>
where
    T: for<'a> TryFrom<&'a str, Error = TextError> + Into<String>,
{
    T::try_from(text).map(Into::into)
}

/// The types of one line of prose.
const NAMES: [(Parse, TextField, usize); 4] = [
    (parse::<ShortName>, TextField::ShortName, 64),
    (parse::<ConnectionName>, TextField::ConnectionName, 255),
    (parse::<IncomingProject>, TextField::IncomingProject, 255),
    (parse::<ActorName>, TextField::ActorName, 128),
];

/// The types with an alphabet.
const IDENTIFIERS: [(Parse, TextField, usize); 2] = [
    (parse::<InstanceUid>, TextField::InstanceUid, 64),
    (parse::<PlatformName>, TextField::PlatformName, 64),
];

fn all() -> Vec<(Parse, TextField, usize)> {
    let description: (Parse, _, _) = (parse::<Description>, TextField::Description, 1000);
    [&NAMES[..], &IDENTIFIERS[..], &[description]].concat()
}

#[track_caller]
fn refused(parse: Parse, text: &str) -> (TextField, TextRule, Option<usize>) {
    let error = parse(text).expect_err(&format!("accepted {text:?}"));
    (error.field(), error.rule(), error.position())
}

#[test]
fn every_type_has_its_maximum() {
    for (parse, field, max) in all() {
        assert_eq!(parse(&"a".repeat(max)).map(|text| text.len()), Ok(max), "{field:?}");
        let found = max + 1;
        let rule = TextRule::TooLong { max, found };
        assert_eq!(refused(parse, &"a".repeat(found)), (field, rule, None));
    }
}

#[test]
fn maxima_are_public() {
    let maxima = [
        ShortName::MAX_CHARS,
        ConnectionName::MAX_CHARS,
        Description::MAX_CHARS,
        IncomingProject::MAX_CHARS,
        ActorName::MAX_CHARS,
        InstanceUid::MAX_CHARS,
        PlatformName::MAX_CHARS,
    ];
    assert_eq!(maxima, [64, 255, 1000, 255, 128, 64, 64]);
}

#[test]
fn length_counts_scalar_values() {
    assert_eq!(parse::<ShortName>(&"\u{1F600}".repeat(64)).map(|text| text.len()), Ok(256));
}

#[test]
fn length_is_counted_after_trimming() {
    let padded = format!("{}{}{}", " ".repeat(99), "a".repeat(64), "\u{3000}".repeat(99));
    assert_eq!(parse::<ShortName>(&padded), Ok("a".repeat(64)));
}

#[test]
fn every_type_is_trimmed() {
    for (parse, field, _) in all() {
        assert_eq!(parse(" \t\r\n\u{85}\u{a0}\u{2028}abc\u{3000}\n ").as_deref(), Ok("abc"), "{field:?}");
    }
}

#[test]
fn required_text_is_not_empty() {
    for (parse, field, _) in NAMES.into_iter().chain(IDENTIFIERS) {
        for text in ["", " ", "\r\n\t\u{2029}"] {
            assert_eq!(refused(parse, text), (field, TextRule::Empty, None), "{text:?}");
        }
    }
}

#[test]
fn a_description_may_be_empty() {
    for text in ["", " ", "\r\n"] {
        assert_eq!(Description::parse(text), Ok(Description::default()), "{text:?}");
    }
}

#[test]
fn an_empty_description_says_so() {
    assert!(Description::default().is_empty());
}

#[test]
fn a_written_description_is_not_empty() -> Result<(), TextError> {
    assert!(!Description::parse("x")?.is_empty());
    Ok(())
}

#[test]
fn text_must_show_something() {
    // A joiner, a variation selector, a soft hyphen, a filler, and all of them with white space between.
    for text in ["\u{200d}", "\u{fe0f}", "\u{ad}", "\u{3164}", "\u{feff} \u{2060}\u{e0100}"] {
        for (parse, field, _) in NAMES {
            assert_eq!(refused(parse, text), (field, TextRule::Invisible, None), "{text:?}");
        }
        assert_eq!(refused(parse::<Description>, text), (TextField::Description, TextRule::Invisible, None));
    }
}

type RuleOf = fn(char) -> TextRule;

/// Refused characters, in the middle of otherwise good text.
const REFUSED_CHARACTERS: [(&str, RuleOf); 5] = [
    ("\0\t\u{1b}\u{1f}\u{7f}\u{80}\u{85}\u{9f}\r\u{b}\u{c}", TextRule::Control),
    (
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}",
        TextRule::Bidi,
    ),
    ("\u{2028}\u{2029}", TextRule::Separator),
    (
        "\u{fdd0}\u{fdef}\u{fffe}\u{ffff}\u{1fffe}\u{1ffff}\u{8fffe}\u{10fffe}\u{10ffff}",
        TextRule::Noncharacter,
    ),
    ("\u{e0000}\u{e0001}\u{e0041}\u{e007f}", TextRule::Tag),
];

#[test]
fn characters_that_deceive_are_refused() {
    let description: (Parse, _, _) = (parse::<Description>, TextField::Description, 1000);
    for (parse, field, _) in NAMES.into_iter().chain([description]) {
        for (characters, rule) in &REFUSED_CHARACTERS {
            for c in characters.chars() {
                assert_eq!(refused(parse, &format!("ab{c}d")), (field, rule(c), Some(2)), "{c:?}");
            }
        }
    }
}

#[test]
fn neighbours_of_refused_characters_are_allowed() {
    for c in
        "\u{a0}\u{ad}\u{61b}\u{200d}\u{2010}\u{2027}\u{202f}\u{2065}\u{206a}\u{fdcf}\u{fdf0}\u{fffd}\u{e0080}"
            .chars()
    {
        let text = format!("ab{c}d");
        assert_eq!(parse::<ShortName>(&text), Ok(text));
    }
}

#[test]
fn joiners_that_scripts_and_emoji_need_are_allowed() {
    for text in
        ["می\u{200c}خواهم", "ශ්\u{200d}රී ලංකාව", "👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "ᠮᠣᠩᠭᠣᠯ\u{180e}"]
    {
        assert_eq!(parse::<ShortName>(text).as_deref(), Ok(text));
    }
}

#[test]
fn only_a_description_has_lines() {
    for (parse, field, _) in NAMES {
        assert_eq!(refused(parse, "a\nb"), (field, TextRule::Control('\n'), Some(1)));
    }
    assert_eq!(parse::<Description>("a\n\nb").as_deref(), Ok("a\n\nb"));
}

#[test]
fn line_breaks_of_forms_become_line_feeds() {
    assert_eq!(parse::<Description>("a\r\nb\r\n\r\nc\r\n").as_deref(), Ok("a\nb\n\nc"));
}

#[test]
fn a_line_break_counts_once() {
    let text = "a\r\n".repeat(499) + "bcd";
    let found = 1001;
    let rule = TextRule::TooLong { max: 1000, found };
    assert_eq!(refused(parse::<Description>, &text), (TextField::Description, rule, None));
    assert_eq!(parse::<Description>(&text[..text.len() - 1]).map(|text| text.len()), Ok(1000));
}

#[test]
fn a_lone_carriage_return_is_refused() {
    for (text, position) in [("a\rb", 1), ("a\r\r\nb", 1), ("a\n\rb", 2), ("a\r\nb\rc", 4)] {
        let expected = (TextField::Description, TextRule::Control('\r'), Some(position));
        assert_eq!(refused(parse::<Description>, text), expected, "{text:?}");
    }
}

#[test]
fn positions_count_characters_of_the_text_as_given() {
    let expected = (TextField::ShortName, TextRule::Bidi('\u{202e}'), Some(6));
    assert_eq!(refused(parse::<ShortName>, "\u{3000} \tüß\u{1F600}\u{202e}x"), expected);
}

#[test]
fn a_refused_character_comes_before_length() {
    let text = "a".repeat(300) + "\u{7}";
    let expected = (TextField::ConnectionName, TextRule::Control('\u{7}'), Some(300));
    assert_eq!(refused(parse::<ConnectionName>, &text), expected);
}

#[test]
fn an_instance_uid_has_its_alphabet() {
    let all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    for text in [&all[..64], "_", ":", "-", "."] {
        assert_eq!(parse::<InstanceUid>(text).as_deref(), Ok(text));
    }
    for c in (0..=0x2ff).filter_map(char::from_u32) {
        let allowed = c.is_ascii_alphanumeric() || "._:-".contains(c);
        let expected = (TextField::InstanceUid, TextRule::NotInAlphabet(c), Some(1));
        let text = format!("a{c}a");
        match parse::<InstanceUid>(&text) {
            Ok(_) => assert!(allowed, "{c:?}"),
            Err(_) => assert_eq!(refused(parse::<InstanceUid>, &text), expected),
        }
    }
}

#[test]
fn a_platform_name_has_its_alphabet() {
    for c in (0..=0x2ff).filter_map(char::from_u32) {
        let allowed = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let expected = (TextField::PlatformName, TextRule::NotInAlphabet(c), Some(1));
        let text = format!("a{c}a");
        match parse::<PlatformName>(&text) {
            Ok(_) => assert!(allowed, "{c:?}"),
            Err(_) => assert_eq!(refused(parse::<PlatformName>, &text), expected),
        }
    }
}

#[test]
fn messages_say_what_where_and_what_to_do() {
    let long = "a".repeat(300);
    let cases: &[(Parse, &str, &str)] = &[
        (parse::<ShortName>, "", "short name: empty; enter at least one character"),
        (
            parse::<ActorName>,
            "\u{200b}",
            "actor name: nothing in it is visible; enter at least one visible character",
        ),
        (
            parse::<ConnectionName>,
            &long,
            "connection name: 300 characters, at most 255 are allowed; shorten it",
        ),
        (
            parse::<ShortName>,
            "Jira\u{202e}x",
            "short name: character 5 (U+202E) is an invisible direction control; remove it",
        ),
        (parse::<Description>, "a\rb", "description: character 2 (U+000D) is a control character; remove it"),
        (
            parse::<IncomingProject>,
            "a\u{2028}b",
            "incoming project: character 2 (U+2028) is a line or paragraph separator; remove it",
        ),
        (
            parse::<ShortName>,
            "\u{10ffff}a",
            "short name: character 1 (U+10FFFF) is a code point that is never text; remove it",
        ),
        (
            parse::<ShortName>,
            "a\u{e0041}",
            "short name: character 2 (U+E0041) is an invisible tag character; remove it",
        ),
        (
            parse::<InstanceUid>,
            "a b",
            "instance UID: character 2 (U+0020) is not allowed; use only A-Z, a-z, 0-9 and . _ : -",
        ),
        (
            parse::<PlatformName>,
            "Jira",
            "platform name: character 1 (U+004A) is not allowed; use only a-z, 0-9 and -",
        ),
    ];
    for (parse, text, message) in cases {
        assert_eq!(parse(text).map_err(|error| error.to_string()), Err((*message).to_owned()));
    }
}

#[test]
fn rule_codes_are_pinned() {
    let codes = [
        TextRule::Bidi('x'),
        TextRule::Control('x'),
        TextRule::Empty,
        TextRule::Invisible,
        TextRule::Noncharacter('x'),
        TextRule::NotInAlphabet('x'),
        TextRule::Separator('x'),
        TextRule::Tag('x'),
        TextRule::TooLong { max: 1, found: 2 },
    ]
    .map(TextRule::code);
    let expected = [
        "bidi-control",
        "control-character",
        "empty",
        "invisible",
        "noncharacter",
        "not-in-alphabet",
        "line-separator",
        "tag-character",
        "too-long",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn field_codes_are_pinned() {
    let codes: Vec<_> = all().into_iter().map(|(_, field, _)| field.code()).collect();
    let expected = [
        "short-name",
        "connection-name",
        "incoming-project",
        "actor-name",
        "instance-uid",
        "platform-name",
        "description",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn an_error_has_the_code_of_its_rule() {
    assert_eq!(ShortName::parse(" ").map_err(|error| error.code()), Err("empty"));
}

#[test]
fn debug_shows_type_and_text() -> Result<(), TextError> {
    assert_eq!(format!("{:?}", ShortName::parse("x")?), r#"ShortName("x")"#);
    Ok(())
}

#[test]
fn display_obeys_width() -> Result<(), TextError> {
    assert_eq!(format!("{:>4}|", ShortName::parse("ab")?), "  ab|");
    Ok(())
}

#[test]
fn a_string_that_is_canonical_is_kept() -> Result<(), TextError> {
    let text = String::from("Jira");
    let before = text.as_ptr();
    let after = String::from(ShortName::try_from(text)?);
    assert_eq!(after.as_ptr(), before);
    Ok(())
}

#[test]
fn a_megabyte_is_refused() {
    let text = "a".repeat(1 << 20);
    for (parse, field, max) in all() {
        let rule = TextRule::TooLong { max, found: 1 << 20 };
        assert_eq!(refused(parse, &text), (field, rule, None));
    }
}

#[test]
fn json_is_the_text() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(serde_json::to_string(&ShortName::parse("Jira")?)?, r#""Jira""#);
    Ok(())
}

/// Text in which everything that is refused turns up often.
fn typed() -> impl Strategy<Value = String> {
    let special = REFUSED_CHARACTERS.iter().flat_map(|(characters, _)| characters.chars());
    let special: Vec<char> = special.chain(" \n\r\u{200b}\u{3000}".chars()).collect();
    let char = prop_oneof![
        6 => prop::char::range('a', 'z'),
        2 => any::<char>(),
        1 => prop::sample::select(special),
    ];
    let chars = prop::collection::vec(char, 0..80).prop_map(String::from_iter);
    prop_oneof![chars, "[a-zA-Z0-9._:-]{0,70}", "[ \r\n]{0,3}([a-z ]{1,9}\r?\n){0,9}"]
}

/// The laws that hold for every type.
fn check_laws<T>(text: &str) -> Result<(), TestCaseError>
where
    T: AsRef<str> + Clone + core::fmt::Debug + core::fmt::Display + PartialEq,
    T: for<'a> TryFrom<&'a str, Error = TextError> + TryFrom<String, Error = TextError>,
    T: core::str::FromStr<Err = TextError> + serde::Serialize + serde::de::DeserializeOwned + Into<String>,
{
    let parsed = T::try_from(text);
    prop_assert_eq!(&text.parse::<T>(), &parsed);
    prop_assert_eq!(&T::try_from(text.to_owned()), &parsed);

    let json = serde_json::to_string(text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(serde_json::from_str::<T>(&json).ok(), parsed.clone().ok());
    let bytes = postcard::to_stdvec(text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(postcard::from_bytes::<T>(&bytes).ok(), parsed.clone().ok());

    if let Ok(value) = parsed {
        prop_assert_eq!(value.as_ref(), value.as_ref().trim());
        prop_assert_eq!(&T::try_from(value.to_string().as_str()), &Ok(value.clone()));
        let json = serde_json::to_string(&value).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(serde_json::from_str::<T>(&json).ok(), Some(value.clone()));
        let bytes = postcard::to_stdvec(&value).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(postcard::from_bytes::<T>(&bytes).ok(), Some(value));
    }
    Ok(())
}

proptest! {
    #[test]
    fn all_ways_in_and_out_agree(text in typed()) {
        check_laws::<ShortName>(&text)?;
        check_laws::<ConnectionName>(&text)?;
        check_laws::<Description>(&text)?;
        check_laws::<IncomingProject>(&text)?;
        check_laws::<ActorName>(&text)?;
        check_laws::<InstanceUid>(&text)?;
        check_laws::<PlatformName>(&text)?;
    }

    #[test]
    fn outer_white_space_never_matters(text in "[ \t\r\n]{0,3}[a-z]{1,9}[ \t\r\n]{0,3}") {
        prop_assert_eq!(ShortName::parse(&text), ShortName::parse(text.trim()));
    }

    #[test]
    fn a_position_points_to_the_refused_character(text in typed()) {
        if let Err(error) = ShortName::parse(&text) {
            let found = error.position().and_then(|position| text.chars().nth(position));
            let expected = match error.rule() {
                TextRule::Bidi(c)
                | TextRule::Control(c)
                | TextRule::Noncharacter(c)
                | TextRule::Separator(c)
                | TextRule::Tag(c) => Some(c),
                _ => None,
            };
            prop_assert_eq!(found, expected);
        }
    }
}
