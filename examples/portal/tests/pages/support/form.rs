//! Forms as a browser fills them in and sends them.

use super::html::Element;

/// A form of a page, with what is in its fields.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) buttons: Vec<Button>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Hidden,
    Line,
    Lines,
    Password,
    /// A radio button or a checkbox, and whether it is chosen.
    Choice(bool),
}

#[derive(Clone, Debug)]
pub(crate) struct Button {
    pub(crate) words: String,
    pub(crate) pair: Option<(String, String)>,
    pub(crate) action: Option<String>,
}

impl Form {
    pub(super) fn read(form: &Element) -> Self {
        let attribute = |element: &Element, name| element.attribute(name).unwrap_or_default().to_owned();
        assert_eq!(form.attribute("method"), Some("post"), "{form:?}");
        let (mut fields, mut buttons) = (Vec::new(), Vec::new());
        for element in form.all() {
            if element.has("disabled") {
                continue;
            }
            let name = attribute(element, "name");
            match (element.name.as_str(), element.attribute("type")) {
                ("button", Some("submit")) => buttons.push(Button {
                    words: element.text(),
                    pair: (!name.is_empty()).then(|| (name, attribute(element, "value"))),
                    action: element.attribute("formaction").map(str::to_owned),
                }),
                ("button", Some("button")) => {}
                ("input", Some(kind)) if !name.is_empty() => {
                    let value = attribute(element, "value");
                    let kind = match kind {
                        "hidden" => Kind::Hidden,
                        "text" => Kind::Line,
                        "password" => Kind::Password,
                        "radio" | "checkbox" => Kind::Choice(element.has("checked")),
                        other => panic!("these pages have no fields of type {other}"),
                    };
                    // A browser takes line breaks out of what has one line.
                    let value = if kind == Kind::Line { value.replace(['\n', '\r'], "") } else { value };
                    fields.push(Field { name, value, kind });
                }
                ("textarea", _) if !name.is_empty() => {
                    // The first line break is not part of the text.
                    let text = element.text();
                    let value = text.strip_prefix('\n').unwrap_or(&text).to_owned();
                    fields.push(Field { name, value, kind: Kind::Lines });
                }
                ("button" | "input" | "select", _) if !element.has("readonly") => panic!("{element:?}"),
                _ => {}
            }
        }
        Self { action: attribute(form, "action"), fields, buttons }
    }

    /// What is in a field.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|field| field.name == name);
        &field.unwrap_or_else(|| panic!("no field {name} in {self:?}")).value
    }

    /// Types into a field; or chooses what has this value.
    #[must_use]
    #[track_caller]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        assert!(self.fields.iter().any(|field| field.name == name), "no field {name} in {self:?}");
        for field in self.fields.iter_mut().filter(|field| field.name == name) {
            if let Kind::Choice(chosen) = &mut field.kind {
                *chosen = field.value == value;
            } else {
                field.value = value.to_owned();
            }
        }
        self
    }

    /// What is sent, and where to, when a button is pressed; the first one, if it is empty.
    #[track_caller]
    pub(crate) fn press(&self, words: &str) -> (String, Vec<(String, String)>) {
        let pressed = self.buttons.iter().find(|button| words.is_empty() || button.words == words);
        let button = pressed.unwrap_or_else(|| panic!("no button {words} in {self:?}"));
        let mut pairs: Vec<_> = self
            .fields
            .iter()
            .filter(|field| field.kind != Kind::Choice(false))
            // A browser sends each line break as two characters.
            .map(|field| (field.name.clone(), field.value.replace("\r\n", "\n").replace('\n', "\r\n")))
            .collect();
        pairs.extend(button.pair.clone());
        (button.action.clone().unwrap_or_else(|| self.action.clone()), pairs)
    }
}

/// The body of a form.
pub(crate) fn encoded<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}
