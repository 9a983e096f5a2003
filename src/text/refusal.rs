//! Why a text was refused.

use core::error::Error;
use core::fmt;

use crate::flat::flat;

/// Why a text was refused: the field, the rule, and the place.
///
/// The message is for people and says what to do; [`code`](Self::code) is for programs. Of the text itself, at most one
/// character is shown, as `U+XXXX`. In the message the first character is number 1; [`position`](Self::position) counts
/// from 0. Serialised, it is the flat structure `code`, `message`, `field` (code), `position`.
///
/// # Examples
///
/// ```
/// use handclasp::{ConnectionName, TextField};
///
/// let Err(error) = ConnectionName::parse("Jira\u{7}") else { unreachable!() };
/// assert_eq!(error.field(), TextField::ConnectionName);
/// assert_eq!(error.code(), "control-character");
/// assert_eq!(error.to_string(), "connection name: character 5 (U+0007) is a control character; remove it");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TextError {
    field: TextField,
    rule: TextRule,
    position: Option<usize>,
}

impl TextError {
    pub(super) const fn new(field: TextField, rule: TextRule, position: Option<usize>) -> Self {
        Self { field, rule, position }
    }

    /// Returns which text was refused.
    #[must_use]
    pub const fn field(&self) -> TextField {
        self.field
    }

    /// Returns the rule that the text breaks. If it breaks several, a refused character comes first.
    #[must_use]
    pub const fn rule(&self) -> TextRule {
        self.rule
    }

    /// Returns where the refused character is: its index, in characters from 0, in the text as it was given.
    ///
    /// `None` when the text as a whole is refused.
    #[must_use]
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// Returns the stable code of the rule.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// What is wrong and what to do, without the field's name: to be shown beside the field.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.to_string();
        message.split_once(": ").map_or_else(String::new, |(_, problem)| problem.to_owned())
    }
}

impl Error for TextError {}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field.label())?;
        let (c, problem) = match self.rule {
            TextRule::Empty => return f.write_str("empty; enter at least one character"),
            TextRule::Invisible => {
                return f.write_str("nothing in it is visible; enter at least one visible character");
            }
            TextRule::TooLong { max, found } => {
                return write!(f, "{found} characters, at most {max} are allowed; shorten it");
            }
            TextRule::Bidi(c) => (c, "is an invisible direction control; remove it"),
            TextRule::Control(c) => (c, "is a control character; remove it"),
            TextRule::Noncharacter(c) => (c, "is a code point that is never text; remove it"),
            TextRule::NotInAlphabet(c) => (c, self.field.not_in_alphabet()),
            TextRule::Separator(c) => (c, "is a line or paragraph separator; remove it"),
            TextRule::Tag(c) => (c, "is an invisible tag character; remove it"),
        };
        f.write_str("character ")?;
        if let Some(position) = self.position {
            write!(f, "{} ", position.saturating_add(1))?;
        }
        write!(f, "(U+{:04X}) {problem}", u32::from(c))
    }
}

flat! { TextError {
    Self { field, position, .. } => { field: field.code(), position },
} }

/// A text that a person types, by its meaning.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TextField {
    /// An [`ActorName`](super::ActorName).
    ActorName,
    /// A [`ConnectionName`](super::ConnectionName).
    ConnectionName,
    /// A [`Description`](super::Description).
    Description,
    /// An [`IncomingProject`](super::IncomingProject).
    IncomingProject,
    /// An [`InstanceUid`](crate::instance::InstanceUid).
    InstanceUid,
    /// A [`PlatformName`](crate::instance::PlatformName).
    PlatformName,
    /// A [`ShortName`](super::ShortName).
    ShortName,
}

impl TextField {
    /// Returns the stable code of the field: kebab-case, never changed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ActorName => "actor-name",
            Self::ConnectionName => "connection-name",
            Self::Description => "description",
            Self::IncomingProject => "incoming-project",
            Self::InstanceUid => "instance-uid",
            Self::PlatformName => "platform-name",
            Self::ShortName => "short-name",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::ActorName => "actor name",
            Self::ConnectionName => "connection name",
            Self::Description => "description",
            Self::IncomingProject => "incoming project",
            Self::InstanceUid => "instance UID",
            Self::PlatformName => "platform name",
            Self::ShortName => "short name",
        }
    }

    const fn not_in_alphabet(self) -> &'static str {
        match self {
            Self::InstanceUid => "is not allowed; use only A-Z, a-z, 0-9 and . _ : -",
            Self::PlatformName => "is not allowed; use only a-z, 0-9 and -",
            Self::ActorName
            | Self::ConnectionName
            | Self::Description
            | Self::IncomingProject
            | Self::ShortName => "is not allowed; remove it",
        }
    }
}

/// A rule that a text can break.
///
/// White space around a text is removed; nothing else is ever cut or repaired, except that a carriage return
/// with a line feed in a description becomes a line feed. Joiners, variation selectors and other format
/// characters are allowed: scripts and emoji need them. A character is a Unicode scalar value, and lengths are
/// counted after trimming; there is no normalisation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TextRule {
    /// A `Bidi_Control` character, such as U+202E in `"Jira\u{202e}moc"`: what is shown is not what is there.
    Bidi(char),
    /// A control character, such as the tab in `"a\tb"`, or a carriage return that no line feed follows.
    Control(char),
    /// Nothing but white space, such as `" "`, where something is required.
    Empty,
    /// Nothing that a person could see, such as `"\u{200b}"`.
    Invisible,
    /// A code point that is never assigned, such as `"\u{ffff}"`.
    Noncharacter(char),
    /// A character outside the alphabet of an instance UID or a platform name, such as the space in `"a b"`.
    NotInAlphabet(char),
    /// A line or paragraph separator, as in `"a\u{2028}b"`.
    Separator(char),
    /// A tag character, as in `"a\u{e0041}"`: text that is hidden from people.
    Tag(char),
    /// More characters than allowed, such as 65 in a short name.
    TooLong {
        /// How many characters are allowed.
        max: usize,
        /// How many there are, after trimming.
        found: usize,
    },
}

impl TextRule {
    /// Returns the stable code of the rule: kebab-case, never changed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bidi(_) => "bidi-control",
            Self::Control(_) => "control-character",
            Self::Empty => "empty",
            Self::Invisible => "invisible",
            Self::Noncharacter(_) => "noncharacter",
            Self::NotInAlphabet(_) => "not-in-alphabet",
            Self::Separator(_) => "line-separator",
            Self::Tag(_) => "tag-character",
            Self::TooLong { .. } => "too-long",
        }
    }
}
