//! *Initiate connection*: the wizard, screen by screen.

mod clicks;
pub(super) mod destination;
pub(super) mod information;
pub(super) mod invitation;
pub(super) mod mode;

pub(crate) use clicks::Clicks;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use handclasp::{Draft, Resumable, ResumeReason, StepKind, Wizard};
use maud::{Markup, html};

use super::failure::Failure;
use super::said::Said;
use super::shell::see_other;
use super::visitor::Posted;
use super::{App, Shared};
use crate::desk::{Problem, SaveError, Saved, Session, WizardState};
use crate::page_id::PageId;

/// The version at which a page was made, in its form.
const VERSION: &str = "version";

/// A new wizard. Nothing is stored before something is typed.
pub(super) async fn begin(_visitor: super::visitor::Visitor) -> Result<Response, Failure> {
    Ok(see_other(&format!("/initiate/{}", PageId::new()?)))
}

/// Throws a wizard away that is not finished.
pub(super) async fn discard(State(app): State<Shared>, at: At, _posted: Posted) -> Result<Response, Failure> {
    app.desk.discard_wizard(&at.id).await?;
    Ok(see_other(&Said::Discarded.at("/connections")))
}

/// The page on which a wizard goes on.
pub(super) fn where_it_stands(id: &PageId, state: &WizardState) -> String {
    let step = match state.draft.as_ref().map(Draft::kind) {
        None => "",
        Some(StepKind::UrlEntered) => "/mode",
        Some(_) => "/information",
    };
    // A URL that was typed since then, and is wrong, comes first.
    if state.problem.is_some() { format!("/initiate/{id}") } else { format!("/initiate/{id}{step}") }
}

/// The wizard that an address names.
pub(crate) struct At {
    id: PageId,
    saved: Saved,
}

impl FromRequestParts<Shared> for At {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        let path = Path::<String>::from_request_parts(parts, app).await.map_err(|_| Failure::NotFound)?;
        let id = PageId::parse(&path).ok_or(Failure::NotFound)?;
        let saved = app.desk.wizard(&id).await?;
        Ok(Self { id, saved })
    }
}

impl At {
    /// The address of one of its pages.
    fn page(&self, step: &str) -> String {
        format!("/initiate/{}{step}", self.id)
    }

    /// The same wizard with something else in it, on top of what somebody else has saved.
    fn with(self, theirs: &Saved, state: WizardState) -> Self {
        Self { saved: Saved { version: theirs.version, state }, ..self }
    }

    /// Saves what a form has made of it. If somebody was faster than whoever sent the form, gives what they have saved.
    async fn keep(
        &self,
        app: &App,
        posted: &Posted,
        state: WizardState,
    ) -> Result<Option<Box<Saved>>, Failure> {
        match app.desk.save_wizard(&self.id, version(posted), state).await {
            Ok(_) => Ok(None),
            Err(SaveError::Changed(theirs)) => Ok(Some(theirs)),
            Err(SaveError::Desk(error)) => Err(error.into()),
        }
    }

    /// The wizard at a step; else the page that comes before, if it is not that far or can no longer be.
    fn resume<S: Resumable>(&self, app: &App) -> Result<Wizard<S>, Failure> {
        let Some(draft) = self.saved.state.draft.clone() else {
            return Err(Failure::Elsewhere { path: self.page("") });
        };
        draft.resume_as::<S>(app.node.instance(), app.node.terms()).map_err(|error| {
            let step = match error.reason() {
                ResumeReason::Mode(_) | ResumeReason::NotThere { saved: StepKind::UrlEntered, .. } => "/mode",
                ResumeReason::Form(_) | ResumeReason::NotThere { .. } => "/information",
                // The destination is no longer one to start with.
                _ => "",
            };
            Failure::Elsewhere { path: self.page(step) }
        })
    }
}

/// The version that a form names.
fn version(posted: &Posted) -> i64 {
    posted.fields.get(VERSION).parse().unwrap_or_default()
}

/// What is said to whoever was overtaken.
fn overtaken() -> Markup {
    super::shell::alert(
        "This wizard was changed in another window, or by somebody else, after you opened this page. What you see is \
         what you entered; it is not saved yet. Send it again to put it in the place of theirs.",
    )
}

/// What is said where a wizard has come to its end.
fn is_finished(state: &WizardState) -> Markup {
    let connection = state.draft.as_ref().map(Draft::id).filter(|_| state.initiated);
    html! {
        @if let Some(id) = connection {
            div.notice.warn {
                p {
                    "This wizard has initiated its connection. What you change here has no effect on it: "
                    a href={ "/connections/" (id) } { "see the connection" } ", or "
                    a href="/initiate" { "start a new wizard" } "."
                }
            }
        }
    }
}

/// Where one is in the wizard.
fn steps(current: usize) -> Markup {
    let names = ["Destination", "Configuration type", "Connection information", "Invitation"];
    html! {
        ol.steps aria-label="Steps" {
            @for (index, name) in names.iter().enumerate() {
                li aria-current=[(index == current).then_some("step")] { (name) }
            }
        }
    }
}

/// The fields that each form of a wizard has.
fn hidden(session: &Session, version: i64) -> Markup {
    html! {
        (super::shell::form_token(session))
        input type="hidden" name=(VERSION) value=(version);
    }
}

/// A problem with a URL, to be stored with it.
fn problem(code: &str, message: &str, try_again: bool) -> Problem {
    Problem { code: code.to_owned(), message: message.to_owned(), try_again }
}
