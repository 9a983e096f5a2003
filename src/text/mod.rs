//! Text that people type: names, labels and descriptions, checked once, when they are parsed.
//!
//! Every type here is a `String` that obeys its rules for as long as it lives. The only way in is `parse`; `FromStr`,
//! `TryFrom` and serde go through it, so a saved form or a message cannot bring in what a form would refuse.
//!
//! # Rules
//!
//! White space around the text is removed; nothing else is ever cut or repaired. Refused are
//!
//! - control characters (`Cc`), line and paragraph separators (U+2028, U+2029),
//! - direction controls (`Bidi_Control`), which can make a name read as another one,
//! - noncharacters, and tag characters (U+E0000 to U+E007F), which hide text from people,
//! - text in which nothing is visible, and text that is too long.
//!
//! Joiners, variation selectors and other format characters are allowed: scripts and emoji need them. A character is a
//! Unicode scalar value, and lengths are counted after trimming.
//!
//! # Examples
//!
//! ```
//! use handclasp::{ShortName, TextRule};
//!
//! let name = ShortName::parse("  Jira Berlin ")?;
//! assert_eq!(name.as_str(), "Jira Berlin");
//!
//! let refused = ShortName::parse("Jira\u{202e}Berlin").map_err(|error| (error.rule(), error.position()));
//! assert_eq!(refused, Err((TextRule::Bidi('\u{202e}'), Some(4))));
//! # Ok::<(), handclasp::TextError>(())
//! ```

mod newtype;
mod refusal;
mod rules;
pub(crate) mod unicode;

pub(crate) use self::newtype::text_type;
pub use self::refusal::{TextError, TextField, TextRule};
pub(crate) use self::rules::{Characters, TextRules};

text_type! {
    /// The label of one side within one connection: 1 to 64 characters, on one line.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::ShortName;
    ///
    /// let name: ShortName = " Salesforce ".parse()?;
    /// assert_eq!(name.as_str(), "Salesforce");
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    ShortName: 64, Characters::Line
}

text_type! {
    /// The name of a connection: 1 to 255 characters, on one line.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::ConnectionName;
    ///
    /// let name = ConnectionName::parse("Salesforce to Jira")?;
    /// assert_eq!(name.to_string(), "Salesforce to Jira");
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    ConnectionName: 255, Characters::Line
}

text_type! {
    /// The description of a connection: 0 to 1000 characters, on as many lines as that holds.
    ///
    /// Lines end in a line feed. A carriage return followed by a line feed is read as a line feed; any other carriage
    /// return is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::Description;
    ///
    /// let description = Description::parse("Incidents only.\r\nAsk the service desk first.")?;
    /// assert_eq!(description.as_str(), "Incidents only.\nAsk the service desk first.");
    /// assert!(Description::parse("")?.is_empty());
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    #[derive(Default)]
    Description: 1000, Characters::Lines
}

impl Description {
    /// Returns whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

text_type! {
    /// The project or repository that receives incoming items: 1 to 255 characters, on one line.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::IncomingProject;
    ///
    /// let project = IncomingProject::parse("SUPPORT")?;
    /// assert_eq!(project.as_str(), "SUPPORT");
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    IncomingProject: 255, Characters::Line
}

text_type! {
    /// Who acts, the name or account of a person: 1 to 128 characters, on one line.
    ///
    /// # Examples
    ///
    /// ```
    /// use handclasp::ActorName;
    ///
    /// let actor = ActorName::parse("grace.hopper@example.com")?;
    /// assert_eq!(actor.as_str(), "grace.hopper@example.com");
    /// # Ok::<(), handclasp::TextError>(())
    /// ```
    ActorName: 128, Characters::Line
}
