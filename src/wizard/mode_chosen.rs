//! The second step: the mode is chosen, and information is to be filled in.

use core::fmt;

use super::{HasUrl, InfoFilled, Kept, Step, StepKind, UrlEntered, Wizard};
use crate::connection::{ConnectionForm, FormError};
use crate::flat::flat;
use crate::instance::Instance;
use crate::mode::ConnectionMode;
use crate::offer::{Ask, Destination};
use crate::text::ShortName;

/// The step after *Choose the configuration type*: information is to be filled in.
#[derive(Clone, Debug)]
pub struct ModeChosen {
    pub(super) before: UrlEntered,
    pub(super) mode: ConnectionMode,
    pub(super) asks: Vec<Ask>,
}

impl Step for ModeChosen {
    const KIND: StepKind = StepKind::ModeChosen;
}

impl HasUrl for ModeChosen {
    fn url_entered(&self) -> &UrlEntered {
        &self.before
    }
}

impl Wizard<ModeChosen> {
    /// The mode that was chosen.
    #[must_use]
    pub fn mode(&self) -> ConnectionMode {
        self.step.mode
    }

    /// What has to be answered, in the order of the screens.
    #[must_use]
    pub fn asks(&self) -> &[Ask] {
        &self.step.asks
    }

    /// The form to show: as it was filled in before, else with suggestions, which are complete but for an
    /// incoming project and admin access where those are asked.
    #[must_use]
    pub fn form(&self) -> ConnectionForm {
        self.kept.form.clone().unwrap_or_else(|| suggestion(&self.local, &self.step.before.destination))
    }

    /// Keeps what was typed so far, valid or not, for a [`draft`](Self::draft) or a way back.
    pub fn remember(&mut self, form: ConnectionForm) {
        self.kept.form = Some(form);
    }

    /// Takes the form, if all of it is as it should be.
    ///
    /// # Errors
    /// [`FillError`], with this wizard, the form, and every field that is not as it should be; for example two
    /// equal short names, or a name with a line break in it.
    pub fn fill(self, form: ConnectionForm) -> Result<Wizard<InfoFilled>, FillError> {
        match form.check(&self.step.asks) {
            Err(errors) => {
                let mut wizard = self;
                wizard.remember(form);
                Err(FillError { wizard: Box::new(wizard), errors })
            }
            Ok(info) => {
                let Self { id, local, terms, kept, step } = self;
                let kept = Kept { form: Some(form), ..kept };
                Ok(Wizard { id, local, terms, kept, step: InfoFilled { before: step, info } })
            }
        }
    }

    /// Goes back; the mode and what was typed stay, and are there again on the way forth.
    pub fn previous(self) -> Wizard<UrlEntered> {
        let Self { id, local, terms, kept, step } = self;
        Wizard { id, local, terms, kept, step: step.before }
    }
}

impl Wizard<UrlEntered> {
    pub(super) fn suggestion(&self) -> ConnectionForm {
        suggestion(&self.local, &self.step.destination)
    }
}

/// What to call the two sides as long as nobody says otherwise: by their platforms.
fn suggestion(local: &Instance, destination: &Destination) -> ConnectionForm {
    let source = local.platform().title();
    let other = match destination {
        Destination::Unknown => "Remote".to_owned(),
        Destination::Remote(remote) => remote.platform().title().to_owned(),
        Destination::Local => format!("{source} (local)"),
    };
    let other = if other == source { format!("{other} (remote)") } else { other };
    // A platform's name is a valid short name, and with a word behind it may only be too long.
    match (ShortName::parse(source), ShortName::parse(&other)) {
        (Ok(source), Ok(other)) => ConnectionForm::suggested(source.as_str(), other.as_str()),
        _ => ConnectionForm::suggested("Source", "Destination"),
    }
}

/// A form that is not as it should be: with every error, the form, and the wizard as it was.
///
/// Serialised, it is the flat structure `code`, `message`, and `errors`, those of the fields, without the form.
#[derive(Clone, Debug)]
pub struct FillError {
    wizard: Box<Wizard<ModeChosen>>,
    errors: FormError,
}

impl FillError {
    /// What is wrong with each field.
    #[must_use]
    pub fn errors(&self) -> &FormError {
        &self.errors
    }

    /// The form as it was handed in.
    #[must_use]
    pub fn form(&self) -> ConnectionForm {
        self.wizard.form()
    }

    /// The wizard as it was, which remembers the form, and what is wrong with that.
    pub fn into_parts(self) -> (Wizard<ModeChosen>, FormError) {
        (*self.wizard, self.errors)
    }

    /// The wizard as it was, which remembers the form.
    pub fn into_wizard(self) -> Wizard<ModeChosen> {
        *self.wizard
    }
}

flat! { FillError {
    Self { errors, .. } => { errors: errors.errors() },
} }

impl FillError {
    /// The stable kebab-case name of the error: `invalid-form`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "invalid-form"
    }
}

impl fmt::Display for FillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the form is not valid: {}", self.errors)
    }
}

impl core::error::Error for FillError {}
