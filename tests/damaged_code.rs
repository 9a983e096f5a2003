//! Codes that were damaged on the way: each sort of damage is refused, and called what it is.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

#[path = "support/code.rs"]
mod code;
#[path = "support/invitation.rs"]
mod invitation;
mod support;

use ReadCodeError::{BadCharacter, Damaged, Incomplete, NewerFormat, NotAnInvitation, NotCanonical};
use code::{ALPHABET, PREFIX};
use handclasp::{Invitation, LooksLike, ReadCodeError};
use proptest::prelude::*;

/// Where the part in base64url begins; its first three characters hold the length.
const START: usize = PREFIX.len();

/// Three codes, whose last characters have no, two and four spare bits.
fn codes() -> [String; 3] {
    ["c", "cc", "ccc"].map(|name| {
        let code = invitation::short();
        let mut records = code::records(&code);
        for record in &mut records {
            if record.0 == 22 {
                record.1 = name.as_bytes().to_vec();
            }
        }
        code::code_of(&records)
    })
}

#[track_caller]
fn error(text: &str) -> ReadCodeError {
    Invitation::read(text).expect_err("it is damaged")
}

/// How many characters of base64url a code announces by its first three.
fn announced_characters(text: &str) -> usize {
    let value = |byte| ALPHABET.iter().position(|it| *it == byte).expect("a character of base64url");
    let length = text[START..].bytes().take(3).fold(0, |bits, byte| bits << 6 | value(byte)) >> 2;
    ((2 + length + 4) * 8).div_ceil(6)
}

/// What damage behind the prefix must be called: by the length first, then by the checksum.
fn expected_behind_prefix(text: &str) -> ReadCodeError {
    if text.len() - START < announced_characters(text) { Incomplete } else { Damaged }
}

#[track_caller]
fn check(text: &str, expected: ReadCodeError) {
    assert_eq!(error(text), expected, "{text}");
}

#[test]
fn the_three_codes_have_all_spare_bits() {
    let mut spare = codes().map(|code| (code.len() - START) * 6 % 8);
    spare.sort_unstable();
    assert_eq!(spare, [0, 2, 4]);
    assert!(codes().iter().all(|code| Invitation::read(code).is_ok()));
}

#[test]
fn every_proper_prefix_is_incomplete() {
    for code in codes() {
        for length in 1..code.len() {
            check(&code[..length], Incomplete);
        }
    }
    check("", ReadCodeError::Empty);
}

#[test]
fn every_changed_character_behind_the_length_is_damage() {
    for code in codes() {
        let spare = (code.len() - START) * 6 % 8;
        for index in START + 3..code.len() {
            for character in ALPHABET.iter().filter(|it| **it != code.as_bytes()[index]) {
                let changed = replaced(&code, index, *character);
                let is_spare =
                    index + 1 == code.len() && same_but_for(spare, code.as_bytes()[index], *character);
                check(&changed, if is_spare { NotCanonical } else { Damaged });
            }
        }
    }
}

/// Whether two characters of base64url differ in their lowest bits only.
fn same_but_for(bits: usize, one: u8, other: u8) -> bool {
    let value = |byte| ALPHABET.iter().position(|it| *it == byte).expect("a character of base64url");
    value(one) >> bits == value(other) >> bits
}

fn replaced(code: &str, index: usize, character: u8) -> String {
    format!("{}{}{}", &code[..index], char::from(character), &code[index + 1..])
}

#[test]
fn a_changed_length_is_incomplete_or_damaged() {
    for code in codes() {
        for index in START..START + 3 {
            for character in ALPHABET.iter().filter(|it| **it != code.as_bytes()[index]) {
                let changed = replaced(&code, index, *character);
                check(&changed, expected_behind_prefix(&changed));
            }
        }
    }
}

#[test]
fn every_dropped_character_behind_the_prefix_is_noticed() {
    for code in codes() {
        for index in START..code.len() {
            let dropped = format!("{}{}", &code[..index], &code[index + 1..]);
            let expected = if index >= START + 3 { Incomplete } else { expected_behind_prefix(&dropped) };
            check(&dropped, expected);
        }
    }
}

#[test]
fn every_doubled_character_behind_the_prefix_is_noticed() {
    for code in codes() {
        for index in START..code.len() {
            let doubled = format!("{}{}", &code[..=index], &code[index..]);
            let expected = if index >= START + 3 { Damaged } else { expected_behind_prefix(&doubled) };
            check(&doubled, expected);
        }
    }
}

#[test]
fn every_swap_of_different_neighbours_behind_the_prefix_is_noticed() {
    for code in codes() {
        for index in START..code.len() - 1 {
            let pair = [code.as_bytes()[index], code.as_bytes()[index + 1]];
            if pair[0] != pair[1] {
                let swapped = replaced(&replaced(&code, index, pair[1]), index + 1, pair[0]);
                let expected = if index >= START + 3 { Damaged } else { expected_behind_prefix(&swapped) };
                check(&swapped, expected);
            }
        }
    }
}

/// Checks what becomes of the prefix when it is replaced by another text.
#[track_caller]
fn check_prefix(prefix: &str, expected: ReadCodeError) {
    check(&format!("{prefix}{}", &codes()[0][START..]), expected);
}

const fn not_an_invitation(looks_like: LooksLike) -> ReadCodeError {
    NotAnInvitation { looks_like }
}

#[test]
fn damage_to_the_prefix_makes_other_text_of_it() {
    for index in 0..START {
        let dropped = format!("{}{}", &PREFIX[..index], &PREFIX[index + 1..]);
        let looks_like = if dropped.starts_with("clasp1") { LooksLike::OtherClasp } else { LooksLike::Text };
        check_prefix(&dropped, not_an_invitation(looks_like));
    }
    for (prefix, looks_like) in [
        ("clasp_1", LooksLike::Text),
        ("clas1p_", LooksLike::Text),
        ("lcasp1_", LooksLike::Text),
        ("claspl_", LooksLike::Text),
        ("CLASP1_", LooksLike::Text),
        ("Clasp1_", LooksLike::Text),
        ("cclasp1_", LooksLike::Text),
        ("clasp1-", LooksLike::OtherClasp),
        ("clasp1s_", LooksLike::Message),
        ("clasp1d_", LooksLike::Message),
        ("", LooksLike::Text),
    ] {
        check_prefix(prefix, not_an_invitation(looks_like));
    }
}

#[test]
fn a_higher_number_in_the_prefix_is_a_newer_format() {
    for (prefix, version) in
        [("clasp2_", 2), ("clasp9_", 9), ("clasp10_", 10), ("clasp11_", 11), ("clasp4294967296_", u32::MAX)]
    {
        check_prefix(prefix, NewerFormat { version });
        check(prefix, NewerFormat { version });
    }
}

#[test]
fn other_numbers_in_the_prefix_are_no_format() {
    for prefix in ["clasp0_", "clasp01_", "clasp02_", "clasp_", "clasp2s_", "clasp-2_", "clasp2.0_"] {
        check_prefix(prefix, not_an_invitation(LooksLike::Text));
    }
}

#[test]
fn a_doubled_underscore_announces_too_much() {
    check_prefix("clasp1__", Incomplete);
}

#[test]
fn two_codes_in_a_row_are_damaged() {
    let [one, other, _] = codes();
    check(&format!("{one}{other}"), Damaged);
    check(&format!("{one}\n{one}"), Damaged);
}

/// Checks that a character is found where it stands in the text as it was given.
#[track_caller]
fn check_character(text: &str, character: char) {
    let position = text.chars().position(|it| it == character).expect("the character");
    assert_eq!(error(text), BadCharacter { position, character }, "{text}");
}

#[test]
fn a_character_that_is_in_no_code_is_found_anywhere_in_it() {
    for code in codes() {
        for index in START..=code.len() {
            for character in ['+', '/', '=', '.', '!', '\u{e4}', '\u{1F91D}', '\u{0}', '\u{2003}'] {
                check_character(&format!("{}{character}{}", &code[..index], &code[index..]), character);
            }
        }
    }
}

#[test]
fn the_position_counts_what_was_pasted_before_it() {
    let [code, ..] = codes();
    let (head, tail) = code.split_at(60);
    for text in [
        format!("  \n{head}!{tail}"),
        format!("\u{201c}{head}!{tail}\u{201d}"),
        format!("`<{head}!{tail}>`"),
        format!("> {}\n> {}!{tail}", &head[..30], &head[30..]),
        format!("\u{feff}{}\r\n{}\u{ad}!{tail}", &head[..30], &head[30..]),
        format!("https://example.com/accept#{head}!{tail}"),
        format!("https://b\u{fc}cher.example/\u{1F91D}#{head}!{tail}"),
        format!("\u{ab}https://b\u{fc}cher.example/#\n> {head}!{tail}\u{bb}"),
    ] {
        check_character(&text, '!');
    }
}

#[test]
fn quotes_inside_a_code_are_bad_characters() {
    let [code, ..] = codes();
    for character in ['"', '\'', '`', '<', '>', '\u{ab}'] {
        check_character(&format!("{}{character}{}", &code[..60], &code[60..]), character);
    }
}

#[test]
fn a_bad_character_comes_before_what_is_missing() {
    check_character("clasp1_!", '!');
    check_character(&format!("{}*", &codes()[0][..20]), '*');
}

#[test]
fn messages_say_what_to_do() {
    for (error, expected) in [
        (ReadCodeError::Empty, "there is no code; paste the invitation code"),
        (
            ReadCodeError::TooLong { bytes: 16_385 },
            "16385 bytes are too long for an invitation code; paste the code alone",
        ),
        (
            not_an_invitation(LooksLike::Url),
            "not an invitation code, which begins with clasp1_, but a web address without a code; paste the code that was sent to you",
        ),
        (NewerFormat { version: 2 }, "the code has the newer format 2; update this side"),
        (
            BadCharacter { position: 7, character: '!' },
            "character 8 (U+0021) cannot be in an invitation code; copy the code again",
        ),
        (Incomplete, "the code is incomplete; copy all of it"),
        (Damaged, "the code is damaged; copy it again from where it was shown, or ask for a new one"),
        (NotCanonical, "the code is not in its canonical form; ask for a new one"),
        (
            ReadCodeError::UnknownRequired { record: 8 },
            "the code holds a record of the unknown type 8; update this side",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        prop_assert!(Invitation::read(&text).is_err());
    }

    #[test]
    fn no_text_behind_the_prefix_makes_reading_panic(text in "clasp[0-9]{0,3}[sd]?_[A-Za-z0-9_-]{0,99}\\PC{0,9}") {
        prop_assert!(Invitation::read(&text).is_err());
    }

    #[test]
    fn no_mutation_is_read_as_another_invitation(
        which in 0_usize..3,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<Option<char>>(), any::<bool>()), 1..5),
    ) {
        let code = codes()[which].clone();
        let mut characters: Vec<char> = code.chars().collect();
        for (index, character, replaces) in edits {
            let index = index.index(characters.len());
            match character {
                Some(character) if replaces => characters[index] = character,
                Some(character) => characters.insert(index, character),
                None => drop(characters.remove(index)),
            }
        }
        let text: String = characters.into_iter().collect();
        if let Ok(invitation) = Invitation::read(&text) {
            let again = invitation.to_code();
            prop_assert_eq!(again.expose(), code.as_str());
        }
    }

    #[test]
    fn no_error_shows_a_part_of_the_code(index in any::<prop::sample::Index>(), how in 0..3) {
        let [code, ..] = codes();
        let index = START + 3 + index.index(code.len() - START - 3);
        let text = match how {
            0 => code[..index].to_owned(),
            1 => format!("{}{}", &code[..index], &code[index - 1..]),
            _ => format!("{}!{}", &code[..index], &code[index..]),
        };
        let error = error(&text);
        let shown = format!("{error} {error:?}");
        for part in code.as_bytes()[START..].windows(6) {
            prop_assert!(!shown.as_bytes().windows(6).any(|it| it == part), "{}", shown);
        }
    }
}
