//! What mail programs, chats and people put around and into a code, and how it is taken off again.
//!
//! Exactly this is tolerated, and nothing else: white space and line breaks (ASCII), no-break spaces,
//! zero-width characters, soft hyphens; quotation marks, angle brackets and backticks around the whole; and
//! the marks of quoted mail at the beginning of a line.

use zeroize::Zeroizing;

use crate::codes::coded;

/// The text without what is tolerated.
pub(super) fn compact(text: &str) -> Zeroizing<String> {
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    compact.extend(
        kept(text).map(|(_, character)| character).skip_while(|character| is_surrounding(*character)),
    );
    let end = compact.trim_end_matches(is_surrounding).len();
    compact.truncate(end);
    compact
}

/// Where a character of the compact text stands in the text it was made from; both are indices in characters.
pub(super) fn position_in_original(text: &str, compact_index: usize) -> usize {
    kept(text)
        .skip_while(|(_, character)| is_surrounding(*character))
        .nth(compact_index)
        .map_or(0, |(position, _)| position)
}

/// The characters that are not passed over, with their positions.
fn kept(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut at_line_start = true;
    text.chars().enumerate().filter(move |(_, character)| match character {
        '\n' | '\r' => {
            at_line_start = true;
            false
        }
        '>' if at_line_start => false,
        character if is_ignored(*character) => false,
        _ => {
            at_line_start = false;
            true
        }
    })
}

fn is_ignored(character: char) -> bool {
    character.is_ascii_whitespace()
        || matches!(character, '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_surrounding(character: char) -> bool {
    matches!(character, '\'' | '"' | '`' | '‘' | '’' | '“' | '”' | '«' | '»' | '<' | '>')
}

coded! {
    /// What a text that is no invitation code looks like instead.
    #[non_exhaustive]
    pub enum LooksLike {
        /// A web address without a code in it.
        Url = "url",
        /// A JSON Web Token.
        Jwt = "jwt",
        /// A key or certificate in PEM form.
        Pem = "pem",
        /// JSON.
        Json = "json",
        /// A mail address.
        MailAddress = "mail-address",
        /// An invitation code.
        Invitation = "invitation",
        /// A message that is relayed by hand.
        Message = "message",
        /// Another of this crate's texts.
        OtherClasp = "other-clasp",
        /// Nothing in particular.
        Text = "text",
    }
}

impl LooksLike {
    pub(super) fn guess(compact: &str) -> Self {
        if compact.starts_with("clasp1_") {
            Self::Invitation
        } else if compact.starts_with("clasp1s_") || compact.starts_with("clasp1d_") {
            Self::Message
        } else if compact.starts_with("clasp1") {
            Self::OtherClasp
        } else if compact.contains("://") || compact.starts_with("www.") {
            Self::Url
        } else if compact.starts_with("eyJ") && compact.matches('.').count() == 2 {
            Self::Jwt
        } else if compact.starts_with("-----BEGIN") {
            Self::Pem
        } else if compact.starts_with(['{', '[']) {
            Self::Json
        } else if compact.contains('@') {
            Self::MailAddress
        } else {
            Self::Text
        }
    }
}

impl core::fmt::Display for LooksLike {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Url => "a web address without a code",
            Self::Jwt => "a JSON Web Token",
            Self::Pem => "a key or a certificate",
            Self::Json => "JSON",
            Self::MailAddress => "a mail address",
            Self::Invitation => "an invitation code",
            Self::Message => "a message that belongs to a connection",
            Self::OtherClasp => "a text of another kind",
            Self::Text => "other text",
        })
    }
}
