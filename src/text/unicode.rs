//! The Unicode character classes that the standard library does not know.
//!
//! `White_Space` is [`char::is_whitespace`] and `Cc` is [`char::is_control`]. The classes here are short and grow rarely
//! or never, so they are written out instead of adding a dependency.

/// `Bidi_Control`: invisible characters that change the direction in which text is shown (UAX #9, `PropList.txt`).
pub(crate) const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Line and paragraph separators, `Zl` and `Zp`.
pub(crate) const fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// `Noncharacter_Code_Point`: U+FDD0 to U+FDEF, and the last two code points of every plane.
pub(crate) const fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || (c as u32) & 0xFFFE == 0xFFFE
}

/// Tag characters: an invisible copy of ASCII.
pub(crate) const fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0000}'..='\u{E007F}')
}

/// `Default_Ignorable_Code_Point`: shown as nothing (`DerivedCoreProperties.txt`, Unicode 16.0).
pub(crate) const fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether a person could see the character.
pub(crate) fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !is_default_ignorable(c)
}
