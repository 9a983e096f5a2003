//! What people paste: what mail, chats and quotation marks may do to a code, what not, and what else it may be.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

#[path = "support/code.rs"]
mod code;
#[path = "support/invitation.rs"]
mod invitation;
mod support;

use ReadCodeError::{BadCharacter, Damaged, Empty, NotAnInvitation, TooLong};
use handclasp::{Invitation, InvitationCode, LooksLike, ReadCodeError};
use proptest::prelude::*;
use proptest::sample::select;

/// The characters that may stand anywhere.
const IGNORED: [char; 12] = [
    ' ', '\t', '\n', '\r', '\u{c}', '\u{a0}', '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}',
    '\u{feff}',
];

/// The characters that may stand around a code.
const SURROUNDING: [char; 11] =
    ['\'', '"', '`', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{ab}', '\u{bb}', '<', '>'];

/// Checks that a text is read as this code.
#[track_caller]
fn check_read_as(text: &str, code: &str) {
    let again = Invitation::read(text).map(|invitation| invitation.to_code().expose().to_owned());
    assert_eq!(again.as_deref(), Ok(code), "{text}");
}

#[track_caller]
fn check(text: &str, expected: ReadCodeError) {
    assert_eq!(Invitation::read(text).expect_err("it is refused"), expected, "{text}");
}

/// A code in lines of so many characters.
fn wrapped(code: &str, columns: usize, before: &str, line_break: &str) -> String {
    let lines = code.as_bytes().chunks(columns);
    let lines: Vec<_> = lines.map(|line| format!("{before}{}", String::from_utf8_lossy(line))).collect();
    lines.join(line_break)
}

#[test]
fn codes_may_be_wrapped() {
    for code in [invitation::full(), invitation::longest()] {
        for line_break in ["\n", "\r\n", "\r", "\n\n", " \n\t"] {
            check_read_as(&wrapped(&code, 72, "", line_break), &code);
        }
    }
}

#[test]
fn the_longest_code_fits_when_it_is_wrapped_and_quoted() {
    let code = invitation::longest();
    for quote in ["> ", "> > ", ">>> ", "  > "] {
        let text = wrapped(&code, 72, quote, "\r\n");
        assert!(text.len() <= InvitationCode::MAX_READ_BYTES);
        check_read_as(&text, &code);
    }
}

#[test]
fn codes_may_stand_in_quotation_marks() {
    let code = invitation::full();
    for [open, close] in [
        ["'", "'"],
        ["\"", "\""],
        ["`", "`"],
        ["```\n", "\n```"],
        ["\u{2018}", "\u{2019}"],
        ["\u{201c}", "\u{201d}"],
        ["\u{201d}", "\u{201d}"],
        ["\u{ab}", "\u{bb}"],
        ["\u{ab}\u{a0}", "\u{a0}\u{bb}"],
        ["<", ">"],
        ["<\"`", "`\">"],
        [" \" ", " \" "],
    ] {
        check_read_as(&format!("{open}{code}{close}"), &code);
    }
}

#[test]
fn one_quotation_mark_may_be_left_behind() {
    let code = invitation::full();
    for mark in SURROUNDING {
        check_read_as(&format!("{mark}{code}"), &code);
        check_read_as(&format!("{code}{mark}"), &code);
    }
}

#[test]
fn invisible_characters_may_stand_anywhere() {
    let code = invitation::short();
    for character in IGNORED {
        for index in 0..=code.len() {
            check_read_as(&format!("{}{character}{}", &code[..index], &code[index..]), &code);
        }
    }
}

#[test]
fn codes_may_stand_behind_a_link() {
    let code = invitation::full();
    for page in [
        "https://example.com",
        "https://example.com/",
        "http://example.com/accept",
        "HTTPS://EXAMPLE.COM/ACCEPT",
        "https://example.com:8443/accept?lang=en&x=%20",
        "https://b\u{fc}cher.example/\u{1F91D}",
        "https://example.com/#/accept",
        "https://",
    ] {
        check_read_as(&format!("{page}#{code}"), &code);
        check_read_as(&format!("<{page}#{code}>"), &code);
    }
}

#[test]
fn all_of_it_may_come_together() {
    let code = invitation::longest();
    let link = format!("<https://example.com/accept#{}\u{200b}{}>", &code[..40], &code[40..]);
    let text = wrapped(&link.replace('\u{200b}', "~"), 72, "> > ", "\r\n").replace('~', "\u{200b}\u{ad}");
    check_read_as(&format!("\u{feff}\u{201c}\n{text}\n\u{201d} "), &code);
}

#[test]
fn other_spaces_are_not_passed_over() {
    let code = invitation::short();
    for character in
        ['\u{2003}', '\u{3000}', '\u{1680}', '\u{2028}', '\u{85}', '\u{b}', '\u{180e}', '\u{202e}']
    {
        let text = format!("{}{character}{}", &code[..20], &code[20..]);
        check(&text, BadCharacter { position: 20, character });
    }
}

#[test]
fn punctuation_behind_a_code_is_not_passed_over() {
    let code = invitation::short();
    for character in [',', '.', ';', ')', '=', '!', '\u{2026}'] {
        check(&format!("{code}{character}"), BadCharacter { position: code.len(), character });
    }
}

#[test]
fn text_around_a_code_is_not_passed_over() {
    let code = invitation::short();
    let other = NotAnInvitation { looks_like: LooksLike::Text };
    check(&format!("Your code: {code}"), other);
    check(&format!("({code})"), other);
    check(&format!("Hello\n> {code}"), other);
    check(&format!("{code} thanks"), Damaged);
}

#[test]
fn a_link_of_another_kind_is_not_looked_into() {
    let code = invitation::short();
    let looks_like = LooksLike::Url;
    check(&format!("https://example.com/{code}"), NotAnInvitation { looks_like });
    check(&format!("https://example.com?code={code}"), NotAnInvitation { looks_like });
    check(&format!("https://example.com#{code}#top"), NotAnInvitation { looks_like });
    check(&format!("https://example.com#code={code}"), NotAnInvitation { looks_like });
    check(&format!("ftp://example.com#{code}"), NotAnInvitation { looks_like });
    check(&format!("see https://example.com#{code}"), NotAnInvitation { looks_like });
}

#[test]
fn what_is_written_in_capitals_is_not_passed_over() {
    check(&invitation::short().to_uppercase(), NotAnInvitation { looks_like: LooksLike::Text });
}

#[test]
fn without_its_prefix_a_code_is_text() {
    check(&invitation::short()[code::PREFIX.len()..], NotAnInvitation { looks_like: LooksLike::Text });
}

#[test]
fn nothing_is_nothing() {
    let ignored = String::from_iter(IGNORED);
    for text in ["", " ", "\r\n", "> \n> ", "\"\"", "<>", "\u{201c}\u{200b}\u{201d}", &ignored] {
        check(text, Empty);
    }
}

#[test]
fn other_texts_are_called_what_they_look_like() {
    for (text, looks_like) in [
        ("https://example.com", LooksLike::Url),
        ("https://example.com/#", LooksLike::Url),
        ("https://example.com/#top", LooksLike::Url),
        ("ftp://example.com", LooksLike::Url),
        ("www.example.com", LooksLike::Url),
        ("https://user@example.com", LooksLike::Url),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", LooksLike::Jwt),
        ("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----", LooksLike::Pem),
        ("{\"code\": \"x\"}", LooksLike::Json),
        ("[1, 2]", LooksLike::Json),
        ("grace@example.com", LooksLike::MailAddress),
        ("Grace <grace@example.com>", LooksLike::MailAddress),
        ("clasp1s_AAAA", LooksLike::Message),
        ("clasp1d_AAAA", LooksLike::Message),
        ("a poem", LooksLike::Text),
        ("eyJ", LooksLike::Text),
        ("01a3185c-5000-7101-8101-010101010101", LooksLike::Text),
        ("\u{1F91D}", LooksLike::Text),
    ] {
        check(text, NotAnInvitation { looks_like });
    }
}

#[test]
fn text_of_16_kib_is_looked_at_and_one_byte_more_is_not() {
    let code = invitation::short();
    let padded = format!("{code}{}", " ".repeat(InvitationCode::MAX_READ_BYTES - code.len()));
    check_read_as(&padded, &code);
    check(&format!("{padded} "), TooLong { bytes: 16_385 });
}

#[test]
fn size_is_counted_in_bytes_and_comes_first() {
    check(&"\u{200b}".repeat(5462), TooLong { bytes: 16_386 });
    check(&"\u{200b}".repeat(5461), Empty);
    check(&format!("{}!", "x".repeat(16_384)), TooLong { bytes: 16_385 });
}

#[test]
fn reading_the_same_text_again_gives_the_same() {
    let code = invitation::full();
    let (first, second) = (Invitation::read(&code).unwrap(), Invitation::read(&code).unwrap());
    assert_eq!(first.to_code().expose(), second.to_code().expose());
}

proptest! {
    #[test]
    fn what_is_tolerated_never_changes_what_is_read(
        inside in prop::collection::vec((any::<prop::sample::Index>(), select(&IGNORED[..])), 0..20),
        before in prop::collection::vec(select(&SURROUNDING[..]), 0..4),
        behind in prop::collection::vec(select(&SURROUNDING[..]), 0..4),
        page in prop::option::of("https?://[a-z]{1,9}/[a-z?=#\u{fc}]{0,9}#"),
    ) {
        let code = invitation::short();
        let mut characters: Vec<char> = code.chars().collect();
        for (index, character) in inside {
            characters.insert(index.index(characters.len() + 1), character);
        }
        let [before, code_text, behind] = [before, characters, behind].map(String::from_iter);
        let text = format!("{before}{}{code_text}{behind}", page.unwrap_or_default());
        let again = Invitation::read(&text).map(|invitation| invitation.to_code());
        prop_assert_eq!(again.as_ref().map(InvitationCode::expose), Ok(code.as_str()), "{}", text);
    }
}
