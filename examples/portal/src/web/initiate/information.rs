//! *Connection information*, and whatever else the mode asks.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use handclasp::{
    AdminAccess, AdminEvidence, Ask, ConnectionForm, Destination, FormField, ModeChosen, Wizard,
};
use maud::{Markup, html};

use super::{At, hidden, is_finished, overtaken, problem, steps, version};
use crate::desk::{Problem, SaveError, Saved, Session, WizardState};
use crate::page_id::PageId;
use crate::passes;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::shell::{Input, page, see_other, sentence, with_status};
use crate::web::visitor::{Posted, Visitor};
use crate::web::{App, CompanyNode, Shared, labels, words, working};

/// The fields that say what the page was about.
const MODE: &str = "mode";
const DESTINATION: &str = "destination";

pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, at: At) -> Result<Response, Failure> {
    let wizard = at.resume::<ModeChosen>(&app)?;
    Ok(screen(&app, &visitor.session, &at, &wizard, false))
}

/// *Previous*, and *Verify*. What is typed stays.
pub(crate) async fn fill(State(app): State<Shared>, at: At, posted: Posted) -> Result<Response, Failure> {
    let mut wizard = at.resume::<ModeChosen>(&app)?;
    wizard.remember(read(&posted.fields, &wizard.form()));
    if !is_about(&posted.fields, &wizard) {
        return Ok(conflict(&app, &posted, &at, &wizard));
    }
    let draft = Some(wizard.draft());
    let state = WizardState { draft: draft.clone(), ..at.saved.state.clone() };
    let theirs = at.keep(&app, &posted, state.clone()).await?;
    if let Some(theirs) = theirs.filter(|theirs| theirs.state.draft != draft) {
        return Ok(conflict(&app, &posted, &at.with(&theirs, state), &wizard));
    }
    match posted.fields.get("action") {
        "verify" => verify(&app, &posted, &at, &wizard).await,
        _ => Ok(see_other(&at.page("/mode"))),
    }
}

/// Whether the page from which this was sent showed the mode and the destination that the wizard has now. What is typed fits any
/// wizard, and so does not tell.
pub(super) fn is_about(fields: &Fields, wizard: &Wizard<ModeChosen>) -> bool {
    fields.get(MODE) == wizard.mode().code() && fields.get(DESTINATION) == destination(wizard)
}

/// The screen with what was typed, for who was overtaken.
pub(super) fn conflict(app: &App, posted: &Posted, at: &At, wizard: &Wizard<ModeChosen>) -> Response {
    with_status(StatusCode::CONFLICT, screen(app, &posted.visitor.session, at, wizard, true))
}

fn destination(wizard: &Wizard<ModeChosen>) -> &str {
    wizard.destination().remote().map_or("", |remote| remote.uid().as_str())
}

/// The form as it was sent. Evidence never comes from a form: it stays what it was.
pub(super) fn read(fields: &Fields, before: &ConnectionForm) -> ConnectionForm {
    let mut form = labels::read(fields, before.clone());
    let is_verified = matches!(form.admin_access, Some(AdminAccess::Verified(_)));
    match fields.get(FormField::AdminAccess.code()) {
        "yes" if !is_verified => form.admin_access = Some(AdminAccess::Claimed),
        "no" => form.admin_access = Some(AdminAccess::No),
        _ => {}
    }
    form
}

/// Whether a pass was entered, and none is verified yet.
pub(super) fn wants_to_verify(fields: &Fields, wizard: &Wizard<ModeChosen>) -> bool {
    wizard.asks().contains(&Ask::AdminEvidence)
        && !matches!(wizard.form().admin_access, Some(AdminAccess::Verified(_)))
        && !fields.get("admin-pass").trim().is_empty()
}

/// Asks the destination whose pass it is.
pub(super) async fn verify(
    app: &Shared,
    posted: &Posted,
    at: &At,
    wizard: &Wizard<ModeChosen>,
) -> Result<Response, Failure> {
    let pass = posted.fields.get("admin-pass").trim().to_owned();
    let asked = wizard.destination().clone();
    let node = posted.visitor.node(app);
    let call = {
        let (app, id, back) = (app.clone(), at.id.clone(), at.page("/information"));
        Box::pin(async move {
            let page = asked.remote().and_then(|remote| remote.accept_page());
            let checked = match page {
                Some(page) => passes::ask(&app.transport, page, &pass).await,
                None => Err(passes::AskError::NoPage),
            };
            let checked = checked
                .map(|who| AdminEvidence::new(who, node.now()))
                .map_err(|error| problem(error.code(), &error.to_string(), true));
            note(&app, &node, &id, &asked, &checked).await;
            back
        })
    };
    let about = format!("pass {} {}", at.id, version(posted));
    let what = "Asking the destination whose pass it is";
    working::call(app, about, what, call).await
}

/// Writes down what the destination that was asked said, beside whatever was typed in the meantime; nothing if the wizard has
/// another one now, or is gone.
async fn note(
    app: &App,
    node: &CompanyNode,
    id: &PageId,
    asked: &Destination,
    checked: &Result<AdminEvidence, Problem>,
) {
    loop {
        let Ok(Saved { version, state }) = app.desk.wizard(id).await else { return };
        let Some(draft) = state.draft.clone() else { return };
        let Ok(mut wizard) = draft.resume_as::<ModeChosen>(node.instance(), node.terms()) else { return };
        if wizard.destination() != asked {
            return;
        }
        let next = match checked {
            Err(problem) => WizardState { pass_problem: Some(problem.clone()), ..state },
            Ok(evidence) => {
                let mut form = wizard.form();
                form.admin_access = Some(AdminAccess::Verified(evidence.clone()));
                wizard.remember(form);
                WizardState { draft: Some(wizard.draft()), pass_problem: None, ..state }
            }
        };
        match app.desk.save_wizard(id, version, next).await {
            Err(SaveError::Changed(_)) => {}
            Ok(_) | Err(SaveError::Desk(_)) => return,
        }
    }
}

/// The screen as it is shown; with what is wrong, once somebody has tried to initiate.
pub(super) fn screen(
    app: &App,
    session: &Session,
    at: &At,
    wizard: &Wizard<ModeChosen>,
    was_overtaken: bool,
) -> Response {
    let form = wizard.form();
    let saved = &at.saved;
    let errors = if saved.state.tried { form.check(wizard.asks()).err() } else { None };
    let main = html! {
        (steps(2))
        h1 { "Connection information" }
        (is_finished(&saved.state))
        @if was_overtaken { (overtaken()) }
        (labels::summary(errors.as_ref(), pass_problem(saved, wizard)))
        p { "Configuration type: " strong { (wizard.mode().to_string()) } }
        form.narrow method="post" action=(at.page("/information")) {
            (hidden(session, saved.version))
            input type="hidden" name=(MODE) value=(wizard.mode().code());
            input type="hidden" name=(DESTINATION) value=(destination(wizard));
            @if wizard.asks().contains(&Ask::AdminEvidence) {
                // Enter presses the first button of a form, and that would be *Verify*.
                button.away type="submit" formaction=(at.page("/invitation")) tabindex="-1" aria-hidden="true" {}
            }
            (labels::inputs(&form, wizard.asks(), errors.as_ref()))
            @if wizard.asks().contains(&Ask::AdminAccess) {
                (access(form.admin_access.as_ref(), &labels::messages(errors.as_ref(), FormField::AdminAccess)))
            }
            @if wizard.asks().contains(&Ask::AdminEvidence) {
                (evidence(saved, wizard, &labels::messages(errors.as_ref(), FormField::AdminAccess)))
            }
            div.actions {
                button type="submit" formaction=(at.page("/invitation")) { "Initiate" }
                button.quiet type="submit" name="action" value="previous" { "Previous" }
            }
        }
    };
    page(app, session, "Connection information", &main)
}

fn access(answer: Option<&AdminAccess>, errors: &[String]) -> Markup {
    let name = FormField::AdminAccess.code();
    let choice = |value: &str, label: &str, hint: &str, checked: bool| {
        html! {
            div.choice {
                input type="radio" name=(name) id={ (name) "-" (value) } value=(value) checked[checked]
                    aria-describedby={ (name) "-" (value) "-hint" };
                label for={ (name) "-" (value) } { (label) }
                p.hint id={ (name) "-" (value) "-hint" } { (hint) }
            }
        }
    };
    let error_id = format!("{name}-error");
    let described = (!errors.is_empty()).then_some(&error_id);
    html! {
        fieldset.field id=(name) aria-describedby=[described] {
            legend { "Do you have admin access on the destination? " span.required { "(required)" } }
            @if !errors.is_empty() { p.error id=(error_id) { @for error in errors { (sentence(error)) } } }
            (choice("yes", "Yes", "You get a link that you open there yourself.",
                matches!(answer, Some(AdminAccess::Claimed | AdminAccess::Verified(_)))))
            (choice("no", "No", "You get a code to send to the admin there.", matches!(answer, Some(AdminAccess::No))))
        }
    }
}

/// What the destination said of an admin pass, as long as there is no better one.
fn pass_problem<'a>(saved: &'a Saved, wizard: &Wizard<ModeChosen>) -> Option<&'a str> {
    let wants_one = wizard.asks().contains(&Ask::AdminEvidence)
        && !matches!(wizard.form().admin_access, Some(AdminAccess::Verified(_)));
    saved.state.pass_problem.as_ref().filter(|_| wants_one).map(|problem| problem.message.as_str())
}

fn evidence(saved: &Saved, wizard: &Wizard<ModeChosen>, errors: &[String]) -> Markup {
    let name = FormField::AdminAccess.code();
    // What the destination said says more than that an answer is missing.
    let errors: Vec<String> = match pass_problem(saved, wizard) {
        Some(problem) => vec![problem.to_owned()],
        None if errors.is_empty() => Vec::new(),
        None => vec!["enter an admin pass of the destination, and verify it".to_owned()],
    };
    let remote_page = wizard.destination().remote().and_then(|remote| remote.accept_page());
    html! {
        fieldset.field id=(name) {
            legend { "Admin access on the destination " span.required { "(required)" } }
            @if let Some(AdminAccess::Verified(evidence)) = wizard.form().admin_access {
                p.notice.good { "Verified: " strong { (evidence.who) } ", " (words::time(evidence.at)) }
            } @else {
                p {
                    "Both sides are configured from one interface, so you have to be an admin there, too. Open the page "
                    em { "Admin pass" } " on the destination, make a pass, and enter it here."
                }
                @if let Some(url) = remote_page {
                    p { a href=(passes::page_of(url)) target="_blank" rel="noreferrer" { "Open the destination in another window" } }
                }
                (Input { name: "admin-pass", label: "Admin pass", hint: Some("Twelve characters, good for ten minutes and one use."),
                    value: "", required: true, lines: 1, errors: &errors }.show())
                button.quiet type="submit" name="action" value="verify" { "Verify" }
            }
        }
    }
}
