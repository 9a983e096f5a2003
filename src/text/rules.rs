//! The rules of one kind of text, and the one check that applies them.

use std::borrow::Cow;

use super::unicode;
use super::{TextError, TextField, TextRule};

/// What one kind of text may look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextRules {
    pub(crate) field: TextField,
    pub(crate) max_chars: usize,
    pub(crate) characters: Characters,
}

/// Which characters a text may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Characters {
    /// One line of any script; not empty.
    Line,
    /// Any number of lines of any script, none included.
    Lines,
    /// Only what the function allows; not empty.
    Only(fn(char) -> bool),
}

impl TextRules {
    /// Returns the canonical form of a text, borrowed from it where possible.
    ///
    /// One pass over the text; nothing is copied before the text is known to be allowed.
    pub(crate) fn canonical<'a>(&self, raw: &'a str) -> Result<Cow<'a, str>, TextError> {
        if self.is_plainly_canonical(raw.as_bytes()) {
            return Ok(Cow::Borrowed(raw));
        }
        let text = raw.trim();
        let refuse = |rule, position| Err(TextError::new(self.field, rule, position));

        let mut position = raw.chars().take_while(|c| c.is_whitespace()).count();
        let mut found = 0_usize;
        let mut visible = false;
        let mut has_pairs = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            // HTML forms submit every line break of a text area as CRLF, whatever the person typed.
            if c == '\r' && self.has_lines() && chars.peek() == Some(&'\n') {
                has_pairs = true;
            } else if let Some(rule) = self.refusal_of(c) {
                return refuse(rule, Some(position));
            } else {
                found += 1;
                visible = visible || unicode::is_visible(c);
            }
            position += 1;
        }

        if found > self.max_chars {
            let max = self.max_chars;
            return refuse(TextRule::TooLong { max, found }, None);
        }
        if found == 0 && !self.has_lines() {
            return refuse(TextRule::Empty, None);
        }
        if found > 0 && !visible {
            return refuse(TextRule::Invisible, None);
        }
        Ok(if has_pairs { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) })
    }

    /// Whether a text is short, and visible ASCII from its first character to its last, as most are.
    fn is_plainly_canonical(&self, raw: &[u8]) -> bool {
        let is_visible = |end: Option<&u8>| end.is_some_and(u8::is_ascii_graphic);
        let is_allowed = |byte: &u8| match self.characters {
            Characters::Only(allows) => byte.is_ascii() && allows(char::from(*byte)),
            Characters::Line | Characters::Lines => matches!(byte, b' '..=b'~'),
        };
        raw.len() <= self.max_chars
            && is_visible(raw.first())
            && is_visible(raw.last())
            && raw.iter().all(is_allowed)
    }

    const fn has_lines(&self) -> bool {
        matches!(self.characters, Characters::Lines)
    }

    fn refusal_of(&self, c: char) -> Option<TextRule> {
        match self.characters {
            Characters::Only(allows) => (!allows(c)).then_some(TextRule::NotInAlphabet(c)),
            Characters::Lines if c == '\n' => None,
            Characters::Line | Characters::Lines => refusal_in_prose(c),
        }
    }
}

fn refusal_in_prose(c: char) -> Option<TextRule> {
    match c {
        ' '..='~' => None,
        _ if c.is_control() => Some(TextRule::Control(c)),
        _ if unicode::is_bidi_control(c) => Some(TextRule::Bidi(c)),
        _ if unicode::is_separator(c) => Some(TextRule::Separator(c)),
        _ if unicode::is_noncharacter(c) => Some(TextRule::Noncharacter(c)),
        _ if unicode::is_tag(c) => Some(TextRule::Tag(c)),
        _ => None,
    }
}
