//! The saved form of a wizard that is not finished: for sessions, page reloads, and the next day.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{InfoFilled, Kept, ModeChosen, StartError, Step, StepKind, Terms, UrlEntered, Wizard};
use crate::connection::{AdminAccess, AdminEvidence, ConnectionForm, ConnectionId, FormError};
use crate::flat::flat;
use crate::instance::{Instance, InstanceUid, InstanceUrl};
use crate::mode::ConnectionMode;
use crate::offer::{Destination, Reason};

/// A wizard that is not finished, to be saved and resumed; with everything typed, valid or not.
///
/// It holds no secret, but it is **trusted**: who can change one can change the destination. Keep it on the
/// server, or sign it. Serialised it is an externally tagged enum with a format number:
/// `{"mode-chosen":{"format":1,…}}`.
///
/// ```
/// # use handclasp::{ConnectionId, Entropy, Instance, InstanceUid, InstanceUrl, KnownPlatform, Timestamp};
/// use handclasp::{ConnectionMode, Draft, ModeChosen, Terms, Wizard};
///
/// # let org = Instance::builder(InstanceUid::parse("org-1")?, KnownPlatform::GitHub)
/// #     .node_url(InstanceUrl::parse("https://org.example.com")?)
/// #     .build()?;
/// # let id = ConnectionId::new(Timestamp::now(), Entropy::generate()?);
/// let wizard = Wizard::start_without_url(org.clone(), Terms::default(), id).choose_mode(ConnectionMode::Basic)?;
/// let saved = serde_json::to_string(&wizard.draft())?;
///
/// let draft: Draft = serde_json::from_str(&saved)?;
/// let wizard = draft.resume_as::<ModeChosen>(&org, Terms::default())?;
/// assert_eq!(wizard.id(), id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Draft(Saved);

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Saved {
    UrlEntered(Answers<Option<ConnectionMode>, Option<ConnectionForm>>),
    ModeChosen(Answers<ConnectionMode, Option<ConnectionForm>>),
    InfoFilled(Answers<ConnectionMode, ConnectionForm>),
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Answers<M, F> {
    format: Format,
    /// Whose wizard it is.
    instance: InstanceUid,
    id: ConnectionId,
    destination: Destination,
    entered_url: Option<InstanceUrl>,
    mode: M,
    form: F,
    /// Apart from the form, from which nobody can read any.
    evidence: Option<AdminEvidence>,
}

impl Draft {
    /// The step at which the wizard was.
    #[must_use]
    pub fn kind(&self) -> StepKind {
        match &self.0 {
            Saved::UrlEntered(_) => StepKind::UrlEntered,
            Saved::ModeChosen(_) => StepKind::ModeChosen,
            Saved::InfoFilled(_) => StepKind::InfoFilled,
        }
    }

    /// The id that the connection will have.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.parts().id
    }

    /// The wizard at the step where it was, checked again against the instance and the terms as they are now.
    ///
    /// # Errors
    /// [`ResumeError`], with this draft: a mode is no longer to be had, say, because a licence has ended. An
    /// earlier step may still be had with [`resume_as`](Self::resume_as).
    pub fn resume(self, local: &Instance, terms: Terms) -> Result<AnyWizard, ResumeError> {
        match self.kind() {
            StepKind::UrlEntered => self.resume_as(local, terms).map(AnyWizard::UrlEntered),
            StepKind::ModeChosen => self.resume_as(local, terms).map(AnyWizard::ModeChosen),
            StepKind::InfoFilled | StepKind::Initiated => {
                self.resume_as(local, terms).map(AnyWizard::InfoFilled)
            }
        }
    }

    /// The wizard at the step `S`, which may be an earlier one than it was at; what was typed stays.
    ///
    /// # Errors
    /// [`ResumeError`], with this draft: as for [`resume`](Self::resume), and with
    /// [`ResumeReason::NotThere`] when the wizard had not come as far as `S`.
    pub fn resume_as<S: Resumable>(self, local: &Instance, terms: Terms) -> Result<Wizard<S>, ResumeError> {
        S::resume(&self, local, terms).map_err(|reason| ResumeError { draft: Box::new(self), reason })
    }

    fn parts(&self) -> Parts<'_> {
        match &self.0 {
            Saved::UrlEntered(saved) => saved.parts(saved.mode, saved.form.as_ref()),
            Saved::ModeChosen(saved) => saved.parts(Some(saved.mode), saved.form.as_ref()),
            Saved::InfoFilled(saved) => saved.parts(Some(saved.mode), Some(&saved.form)),
        }
    }
}

/// What every draft holds.
struct Parts<'a> {
    instance: &'a InstanceUid,
    id: ConnectionId,
    destination: &'a Destination,
    entered: Option<&'a InstanceUrl>,
    kept: Kept,
}

impl<M, F> Answers<M, F> {
    fn parts(&self, mode: Option<ConnectionMode>, form: Option<&ConnectionForm>) -> Parts<'_> {
        let form = form.cloned().map(|form| match &self.evidence {
            Some(evidence) => {
                ConnectionForm { admin_access: Some(AdminAccess::Verified(evidence.clone())), ..form }
            }
            None => form,
        });
        Parts {
            instance: &self.instance,
            id: self.id,
            destination: &self.destination,
            entered: self.entered_url.as_ref(),
            kept: Kept { mode, form },
        }
    }
}

impl<S: Step> Wizard<S> {
    fn answers<M, F>(&self, mode: M, form: F, evidence: Option<AdminEvidence>) -> Answers<M, F> {
        Answers {
            format: Format,
            instance: self.local.uid().clone(),
            id: self.id,
            destination: self.destination().clone(),
            entered_url: self.entered_url().cloned(),
            mode,
            form,
            evidence,
        }
    }
}

/// The form without evidence, and the evidence.
fn apart(form: ConnectionForm) -> (ConnectionForm, Option<AdminEvidence>) {
    match form.admin_access {
        Some(AdminAccess::Verified(evidence)) => {
            (ConnectionForm { admin_access: Some(AdminAccess::Claimed), ..form }, Some(evidence))
        }
        _ => (form, None),
    }
}

impl Wizard<UrlEntered> {
    /// The saved form.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let (form, evidence) = self.kept.form.clone().map(apart).unzip();
        Draft(Saved::UrlEntered(self.answers(self.kept.mode, form, evidence.flatten())))
    }
}

impl Wizard<ModeChosen> {
    /// The saved form, with what was [`remember`](Self::remember)ed.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let (form, evidence) = self.kept.form.clone().map(apart).unzip();
        Draft(Saved::ModeChosen(self.answers(self.mode(), form, evidence.flatten())))
    }
}

impl Wizard<InfoFilled> {
    /// The saved form.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let (form, evidence) = apart(self.kept.form.clone().unwrap_or_else(|| self.info().into()));
        Draft(Saved::InfoFilled(self.answers(self.mode(), form, evidence)))
    }
}

/// A wizard that was resumed, at the step where it was.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the three steps that can be saved")]
pub enum AnyWizard {
    /// The destination is known.
    UrlEntered(Wizard<UrlEntered>),
    /// The mode is chosen.
    ModeChosen(Wizard<ModeChosen>),
    /// Everything is filled in.
    InfoFilled(Wizard<InfoFilled>),
}

/// The steps that can be resumed: all but [`Initiated`](super::Initiated). It is sealed.
pub trait Resumable: Step + Sized {
    #[doc(hidden)]
    fn resume(draft: &Draft, local: &Instance, terms: Terms) -> Result<Wizard<Self>, ResumeReason>;
}

impl Resumable for UrlEntered {
    fn resume(draft: &Draft, local: &Instance, terms: Terms) -> Result<Wizard<Self>, ResumeReason> {
        let Parts { instance, id, destination, entered, kept } = draft.parts();
        if instance != local.uid() {
            return Err(ResumeReason::OtherInstance);
        }
        let wizard = Wizard::begin(local.clone(), terms, id, destination.clone(), entered.cloned())
            .map_err(ResumeReason::Start)?;
        Ok(Wizard { kept, ..wizard })
    }
}

impl Resumable for ModeChosen {
    fn resume(draft: &Draft, local: &Instance, terms: Terms) -> Result<Wizard<Self>, ResumeReason> {
        let wizard = UrlEntered::resume(draft, local, terms)?;
        let mode = wizard.kept.mode.filter(|_| draft.kind() >= StepKind::ModeChosen);
        let mode = mode.ok_or_else(|| ResumeReason::NotThere { saved: draft.kind(), wanted: Self::KIND })?;
        wizard.choose_mode(mode).map_err(|error| ResumeReason::Mode(error.reasons().to_vec()))
    }
}

impl Resumable for InfoFilled {
    fn resume(draft: &Draft, local: &Instance, terms: Terms) -> Result<Wizard<Self>, ResumeReason> {
        if draft.kind() < Self::KIND {
            return Err(ResumeReason::NotThere { saved: draft.kind(), wanted: Self::KIND });
        }
        let wizard = ModeChosen::resume(draft, local, terms)?;
        let form = wizard.form();
        wizard.fill(form).map_err(|error| ResumeReason::Form(error.errors().clone()))
    }
}

/// A draft that cannot be resumed as it is, and why.
///
/// Serialised, it is its reason with a message of its own, without the draft.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the draft cannot be resumed at this step: {reason}")]
pub struct ResumeError {
    draft: Box<Draft>,
    reason: ResumeReason,
}

flat! { ResumeError {
    Self { reason, .. } => ..reason,
} }

impl ResumeError {
    /// The stable kebab-case name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &ResumeReason {
        &self.reason
    }

    /// The draft as it was: an earlier step may still be had from it.
    #[must_use]
    pub fn into_draft(self) -> Draft {
        *self.draft
    }
}

/// Why a draft cannot be resumed at a step.
///
/// Serialised, it is the flat structure `code`, `message`, and what it has of a [`StartError`]'s details, `reasons`, the
/// form's `errors`, or `saved` and `wanted`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeReason {
    /// The destination is no longer one to start with.
    #[error(transparent)]
    Start(StartError),
    /// The mode is no longer to be had.
    #[error("the mode is no longer to be had: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mode(Vec<Reason>),
    /// What was filled in is no longer enough.
    #[error("the form is not valid: {0}")]
    Form(FormError),
    /// It is a draft of another instance.
    #[error("the draft is another instance's; resume it there")]
    OtherInstance,
    /// The wizard had not come so far.
    #[error("the wizard was saved at {} and has not reached {}", .saved.code(), .wanted.code())]
    NotThere {
        /// Where it was.
        saved: StepKind,
        /// Where it should go on.
        wanted: StepKind,
    },
}

flat! { ResumeReason {
    Self::Start(error) => ..error,
    Self::Mode(reasons) => { reasons },
    Self::Form(error) => { errors: error.errors() },
    Self::NotThere { saved, wanted } => { saved, wanted },
    Self::OtherInstance => {},
} }

impl ResumeReason {
    /// The stable kebab-case name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Start(error) => error.code(),
            Self::Mode(_) => "mode-unavailable",
            Self::Form(_) => "invalid-form",
            Self::OtherInstance => "other-instance",
            Self::NotThere { .. } => "not-there",
        }
    }
}

/// The number of the drafts' format: 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            1 => Ok(Self),
            other => {
                Err(serde::de::Error::custom(format_args!("drafts of format {other} are not known here")))
            }
        }
    }
}
