//! Pages as trees. Whatever these pages never write is a mistake here: an element that is not closed in its turn, an
//! attribute without quotes, a character that should have been escaped.

use std::fmt;

/// Elements that have no end.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta"];

/// Part of a page.
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

/// An element of a page.
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

impl Element {
    /// Reads a whole document.
    #[track_caller]
    pub(crate) fn document(text: &str) -> Self {
        let rest = text.strip_prefix("<!DOCTYPE html>").unwrap_or_else(|| panic!("no document: {text}"));
        let mut reader = Reader { rest };
        assert!(reader.rest.starts_with("<html"), "{rest}");
        let document = reader.element();
        assert_eq!(reader.rest.trim(), "", "after the document");
        document
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split(' ').any(|other| other == class))
    }

    /// It, and all elements in it, in the order of the page.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let mut found = vec![self];
        for child in &self.children {
            if let Node::Element(element) = child {
                found.extend(element.all());
            }
        }
        found
    }

    /// All elements of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.is(name)).collect()
    }

    /// All of its text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            match child {
                Node::Text(words) => text.push_str(words),
                Node::Element(element) => text.push_str(&element.text()),
            }
        }
        text
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}={value:?}")?;
        }
        write!(f, ">{}", self.text())
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Everything before the first of these characters.
    #[track_caller]
    fn until(&mut self, ends: &[char]) -> &'a str {
        let at = self.rest.find(ends).unwrap_or_else(|| panic!("the page ends before {ends:?}"));
        let (text, rest) = self.rest.split_at(at);
        self.rest = rest;
        text
    }

    #[track_caller]
    fn expect(&mut self, text: &str) {
        self.rest = self.rest.strip_prefix(text).unwrap_or_else(|| {
            panic!("{text:?} should stand here: {}", self.rest.chars().take(100).collect::<String>())
        });
    }

    #[track_caller]
    fn element(&mut self) -> Element {
        self.expect("<");
        let name = self.until(&[' ', '>']).to_owned();
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "<{name}>");
        let mut attributes: Vec<(String, String)> = Vec::new();
        while self.rest.starts_with(' ') {
            self.expect(" ");
            let attribute = self.until(&['=', ' ', '>']).to_owned();
            let value = if self.rest.starts_with('=') {
                self.expect("=\"");
                let value = plain(self.until(&['"', '<']));
                self.expect("\"");
                value
            } else {
                String::new()
            };
            assert!(
                !attributes.iter().any(|(other, _)| *other == attribute),
                "<{name}> has {attribute} twice"
            );
            attributes.push((attribute, value));
        }
        self.expect(">");
        let mut element = Element { name, attributes, children: Vec::new() };
        if VOID.contains(&element.name.as_str()) {
            return element;
        }
        loop {
            let text = self.until(&['<', '>']);
            if !text.is_empty() {
                element.children.push(Node::Text(plain(text)));
            }
            if self.rest.starts_with("</") {
                self.expect(&format!("</{}>", element.name));
                return element;
            }
            element.children.push(Node::Element(self.element()));
        }
    }
}

/// Text without escapes.
#[track_caller]
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, escaped) = rest.split_at(at);
        plain.push_str(before);
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];
        let (escape, character) = known
            .into_iter()
            .find(|(escape, _)| escaped.starts_with(escape))
            .unwrap_or_else(|| panic!("not escaped: {escaped:.20}"));
        plain.push(character);
        rest = escaped.strip_prefix(escape).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}
