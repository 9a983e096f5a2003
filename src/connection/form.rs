//! What people fill in about a connection: raw text, and what it becomes when all of it is valid.

use core::fmt;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::codes::coded;
use crate::offer::Ask;
use crate::text::{ActorName, ConnectionName, Description, IncomingProject, ShortName, TextError};
use crate::time::Timestamp;

/// What was typed into the screen *Connection information*, valid or not.
///
/// A wizard or a preview gives one that is filled in with suggestions; change what the person changed, and
/// hand it back. What the destination and the mode do not ask is kept, and not looked at.
///
/// It can be deserialised from what a browser sends: missing keys are empty fields, the keys are the codes of
/// [`FormField`], and evidence of admin access is refused there, because only the application can have it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ConnectionForm {
    /// The source side's short name, 1 to 64 characters. Required.
    pub source_short_name: String,
    /// The destination side's short name, 1 to 64 characters, different from the source's. Required.
    pub destination_short_name: String,
    /// The connection's name, 1 to 255 characters. Required. Its key is `connection-name`.
    #[serde(rename = "connection-name")]
    pub name: String,
    /// A description, up to 1000 characters.
    pub description: String,
    /// The project that receives incoming items, 1 to 255 characters. Required where it is asked.
    pub incoming_project: String,
    /// Whether the person has admin access on the destination. Required where it is asked.
    pub admin_access: Option<AdminAccess>,
}

impl ConnectionForm {
    /// The suggestion for two sides with these names: complete but for what only the person knows.
    pub(crate) fn suggested(source: &str, destination: &str) -> Self {
        let names = Self {
            source_short_name: source.to_owned(),
            destination_short_name: destination.to_owned(),
            ..Self::default()
        };
        Self { name: names.suggested_name(), ..names }
    }

    /// The name that follows from the short names as they are now: for a form whose short names were changed.
    #[must_use]
    pub fn suggested_name(&self) -> String {
        format!("{} to {}", self.source_short_name.trim(), self.destination_short_name.trim())
    }

    /// Checks everything that is asked. A screen that asks only for a part checks with that part.
    ///
    /// # Errors
    /// Every field that is not as it should be: text that breaks a rule of its type, equal short names, an
    /// ask without an answer, or admin access that was claimed where evidence is asked.
    pub fn check(&self, asks: &[Ask]) -> Result<ConnectionInfo, FormError> {
        let mut errors = Vec::new();
        let source = keep(&mut errors, FormField::SourceShortName, ShortName::parse(&self.source_short_name));
        let destination = keep(
            &mut errors,
            FormField::DestinationShortName,
            ShortName::parse(&self.destination_short_name),
        );
        if source.is_some() && source == destination {
            errors.push(FieldError::new(FormField::DestinationShortName, FieldProblem::SameShortNames));
        }
        let name = keep(&mut errors, FormField::ConnectionName, ConnectionName::parse(&self.name));
        let description = keep(&mut errors, FormField::Description, Description::parse(&self.description));
        let incoming_project = if asks.contains(&Ask::IncomingProject) {
            keep(&mut errors, FormField::IncomingProject, IncomingProject::parse(&self.incoming_project))
        } else {
            None
        };
        let asked = asks.iter().any(|ask| matches!(ask, Ask::AdminAccess | Ask::AdminEvidence));
        let admin_access = self.admin_access.clone().filter(|_| asked);
        if asked && admin_access.is_none() {
            errors.push(FieldError::new(FormField::AdminAccess, FieldProblem::NotAnswered));
        } else if asks.contains(&Ask::AdminEvidence)
            && !matches!(admin_access, Some(AdminAccess::Verified(_)))
        {
            errors.push(FieldError::new(FormField::AdminAccess, FieldProblem::EvidenceMissing));
        }
        match (source, destination, name, description) {
            (Some(source_short_name), Some(destination_short_name), Some(name), Some(description))
                if errors.is_empty() =>
            {
                Ok(ConnectionInfo {
                    source_short_name,
                    destination_short_name,
                    name,
                    description,
                    incoming_project,
                    admin_access,
                })
            }
            _ => Err(FormError { errors }),
        }
    }
}

impl From<&ConnectionInfo> for ConnectionForm {
    fn from(info: &ConnectionInfo) -> Self {
        Self {
            source_short_name: info.source_short_name.to_string(),
            destination_short_name: info.destination_short_name.to_string(),
            name: info.name.to_string(),
            description: info.description.to_string(),
            incoming_project: info.incoming_project.as_ref().map(ToString::to_string).unwrap_or_default(),
            admin_access: info.admin_access.clone(),
        }
    }
}

/// What is known about a connection's labels and answers once everything asked is answered validly.
///
/// Names are labels, never identity: nothing is looked up by one, and either side may change its own.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ConnectionInfo {
    pub(super) source_short_name: ShortName,
    pub(super) destination_short_name: ShortName,
    pub(super) name: ConnectionName,
    pub(super) description: Description,
    pub(super) incoming_project: Option<IncomingProject>,
    pub(super) admin_access: Option<AdminAccess>,
}

impl ConnectionInfo {
    /// Puts together what was received; `None` if the short names are equal.
    pub(crate) fn received(
        source_short_name: ShortName,
        destination_short_name: ShortName,
        name: ConnectionName,
        description: Description,
        incoming_project: Option<IncomingProject>,
    ) -> Option<Self> {
        (source_short_name != destination_short_name).then_some(Self {
            source_short_name,
            destination_short_name,
            name,
            description,
            incoming_project,
            admin_access: None,
        })
    }

    /// The same with another name.
    pub(crate) fn renamed(&self, name: ConnectionName) -> Self {
        Self { name, ..self.clone() }
    }

    /// The same with another description.
    pub(crate) fn described(&self, description: Description) -> Self {
        Self { description, ..self.clone() }
    }

    /// The label of the side that initiated.
    #[must_use]
    pub fn source_short_name(&self) -> &ShortName {
        &self.source_short_name
    }

    /// The label of the side that accepts.
    #[must_use]
    pub fn destination_short_name(&self) -> &ShortName {
        &self.destination_short_name
    }

    /// The connection's name.
    #[must_use]
    pub fn name(&self) -> &ConnectionName {
        &self.name
    }

    /// Its description, which may be empty.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The project that receives incoming items on this side, if its platform has projects.
    #[must_use]
    pub fn incoming_project(&self) -> Option<&IncomingProject> {
        self.incoming_project.as_ref()
    }

    /// Admin access on the destination, where it was asked.
    #[must_use]
    pub fn admin_access(&self) -> Option<&AdminAccess> {
        self.admin_access.as_ref()
    }
}

/// Whether the person who initiates has admin access on the destination.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AdminAccess {
    /// No: the code is handed over to somebody who has.
    No,
    /// Yes, the person says: an acceptance link leads to the destination, where it will show.
    Claimed,
    /// Yes, and the application has verified it. Never deserialised: a person's word is no evidence.
    #[serde(skip_deserializing)]
    Verified(AdminEvidence),
}

/// The record of verified admin access on the destination: whose, and when it was verified.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AdminEvidence {
    /// The account that has admin access.
    pub who: ActorName,
    /// When that was verified.
    pub at: Timestamp,
}

impl AdminEvidence {
    /// Records what the application has verified.
    #[must_use]
    pub const fn new(who: ActorName, at: Timestamp) -> Self {
        Self { who, at }
    }
}

/// Every field of a form that is not as it should be, in the order of the screen; never empty.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{}", list(.errors))]
pub struct FormError {
    errors: Vec<FieldError>,
}

impl FormError {
    /// The stable kebab-case name of the error: `invalid-form`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "invalid-form"
    }

    /// The errors, in the order of the screen.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The errors of one field.
    pub fn of(&self, field: FormField) -> impl Iterator<Item = &FieldError> {
        self.errors.iter().filter(move |error| error.field == field)
    }
}

/// What is wrong with one field of a form.
///
/// Serialised, it is the flat structure `field` (its code, which is the field's key in the form), `code`,
/// `position` (in characters, from 0 on, if one character is wrong) and `message`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field.
    pub field: FormField,
    /// What is wrong with it.
    pub problem: FieldProblem,
}

impl FieldError {
    fn new(field: FormField, problem: FieldProblem) -> Self {
        Self { field, problem }
    }

    /// The stable name of what is wrong.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.problem {
            FieldProblem::Text(error) => error.code(),
            FieldProblem::SameShortNames => "same-short-names",
            FieldProblem::NotAnswered => "not-answered",
            FieldProblem::EvidenceMissing => "evidence-missing",
        }
    }

    /// What is wrong and what to do, without the field's name: to be shown beside the field.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.problem {
            FieldProblem::Text(error) => return error.message(),
            FieldProblem::SameShortNames => {
                "the same as the source side's; the two must differ, so change one of them"
            }
            FieldProblem::NotAnswered => "not answered; choose an answer",
            FieldProblem::EvidenceMissing => {
                "this mode needs admin access on the destination that was verified; verify it first"
            }
        }
        .to_owned()
    }
}

impl Serialize for FieldError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = match &self.problem {
            FieldProblem::Text(error) => error.position(),
            _ => None,
        };
        let mut fields = serializer.serialize_struct("FieldError", 4)?;
        fields.serialize_field("field", &self.field)?;
        fields.serialize_field("code", self.code())?;
        fields.serialize_field("position", &position)?;
        fields.serialize_field("message", &self.message())?;
        fields.end()
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message())
    }
}

/// What can be wrong with a field.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The text breaks a rule of its type.
    Text(TextError),
    /// The destination's short name is the source's.
    SameShortNames,
    /// A question without an answer.
    NotAnswered,
    /// Admin access was not verified.
    EvidenceMissing,
}

coded! {
    /// A field of the form.
    #[non_exhaustive]
    pub enum FormField {
        /// The source side's short name.
        SourceShortName = "source-short-name",
        /// The destination side's short name.
        DestinationShortName = "destination-short-name",
        /// The connection's name.
        ConnectionName = "connection-name",
        /// The description.
        Description = "description",
        /// The project that receives incoming items.
        IncomingProject = "incoming-project",
        /// Admin access on the destination.
        AdminAccess = "admin-access",
    }
}

impl fmt::Display for FormField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SourceShortName => "source side short name",
            Self::DestinationShortName => "destination side short name",
            Self::ConnectionName => "connection name",
            Self::Description => "description",
            Self::IncomingProject => "incoming project",
            Self::AdminAccess => "admin access on the destination",
        })
    }
}

fn keep<T>(errors: &mut Vec<FieldError>, field: FormField, parsed: Result<T, TextError>) -> Option<T> {
    parsed.map_err(|error| errors.push(FieldError::new(field, FieldProblem::Text(error)))).ok()
}

fn list(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
