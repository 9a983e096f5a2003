//! What a form sends.

use std::borrow::Cow;

/// The fields of a form, as they were sent.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

/// Why what was sent is no form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FieldsError {
    /// Its bytes are not text in UTF-8.
    NotText,
    /// A field is there twice, and nobody knows which one was meant.
    Repeated,
    /// There are more fields than any form of these pages has.
    TooMany,
}

/// The most fields of a form. Each takes many times the memory of its few bytes, and so does a page that gives it back.
const MOST: usize = 100;

impl Fields {
    /// Reads the body of a form.
    pub(crate) fn read(body: &[u8]) -> Result<Self, FieldsError> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(body)
            .take(MOST + 1)
            .map(|(name, value)| (name.into_owned(), mended(value)))
            .collect();
        if fields.len() > MOST {
            return Err(FieldsError::TooMany);
        }
        // Bytes that are no text are replaced by this character; whoever sent the character itself wrote it so.
        let read = fields.iter().map(|(name, value)| replacements(name) + replacements(value)).sum::<usize>();
        if read > 0 && read > sent(body) {
            return Err(FieldsError::NotText);
        }
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            return Err(FieldsError::Repeated);
        }
        Ok(Self(fields))
    }

    /// Fields with these names and values.
    pub(crate) fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// A field; one that is missing is empty.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// All of them, without those that belong to the page they were on.
    pub(crate) fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_the_page = |name: &str| name == super::FORM_TOKEN;
        self.0
            .iter()
            .filter(move |(name, _)| !of_the_page(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn replacements(text: &str) -> usize {
    text.matches('\u{FFFD}').count()
}

/// How often the character itself is in a body, written either way.
fn sent(body: &[u8]) -> usize {
    body.windows(9).filter(|bytes| bytes.eq_ignore_ascii_case(b"%EF%BF%BD")).count()
        + body.windows(3).filter(|bytes| *bytes == "\u{FFFD}".as_bytes()).count()
}

/// A browser sends every line break of a text as two characters; people typed one.
fn mended(value: Cow<'_, str>) -> String {
    if value.contains('\r') { value.replace("\r\n", "\n") } else { value.into_owned() }
}
