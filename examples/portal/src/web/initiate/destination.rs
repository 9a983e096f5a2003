//! *Destination instance URL*.

use std::error::Error;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use handclasp::{EnterUrlError, EnterUrlReason, Remedy, UrlEntered};
use handclasp_http::HttpError;
use maud::html;

use super::{At, hidden, is_finished, overtaken, problem, steps, version, where_it_stands};
use crate::desk::{Problem, SaveError, Saved, Session, WizardState};
use crate::page_id::PageId;
use crate::web::failure::Failure;
use crate::web::shell::{Input, page, see_other, sentence, with_status};
use crate::web::visitor::{Posted, Visitor};
use crate::web::{App, CompanyNode, Shared, working};

pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, at: At) -> Result<Response, Failure> {
    Ok(screen(&app, &visitor.session, &at, false))
}

pub(crate) async fn enter(State(app): State<Shared>, at: At, posted: Posted) -> Result<Response, Failure> {
    let typed = posted.fields.get("url").to_owned();
    let no_url = !posted.fields.get("no-url").is_empty();
    let node = posted.visitor.node(&app);
    let state = WizardState { typed_url: typed.clone(), no_url, problem: None, ..at.saved.state.clone() };

    // What was typed is saved before anybody is asked.
    if let Some(theirs) = at.keep(&app, &posted, state.clone()).await? {
        let is_same = theirs.state.typed_url == typed && theirs.state.no_url == no_url;
        if is_same && (theirs.state.draft.is_some() || theirs.state.problem.is_some()) {
            return Ok(see_other(&where_it_stands(&at.id, &theirs.state)));
        }
        let screen = screen(&app, &posted.visitor.session, &at.with(&theirs, state), true);
        return Ok(with_status(StatusCode::CONFLICT, screen));
    }
    let call = {
        let (app, id) = (app.clone(), at.id.clone());
        Box::pin(async move { find(&app, &node, &id, &typed, no_url).await })
    };
    let about = format!("destination {} {}", at.id, version(&posted));
    let what = "Asking the destination who it is";
    working::call(&app, about, what, call).await
}

/// Finds out who the destination is, and saves that. Gives the page to go to.
async fn find(app: &App, node: &CompanyNode, id: &PageId, typed: &str, no_url: bool) -> String {
    let found = if no_url {
        node.start_without_url().map_err(|error| problem(error.code(), &error.to_string(), true))
    } else {
        node.start(typed).await.map_err(|error| wrong(&error))
    };
    loop {
        let Ok(Saved { version, state }) = app.desk.wizard(id).await else { break };
        if version == 0 || state.typed_url != typed || state.no_url != no_url {
            // Another URL was entered in the meantime, and that one counts; or the wizard was discarded.
            return where_it_stands(id, &state);
        }
        let next = match &found {
            Ok(wizard) => {
                let (local, terms) = (node.instance(), node.terms());
                let earlier = state.draft.clone();
                let earlier = earlier.and_then(|draft| draft.resume_as::<UrlEntered>(local, terms).ok());
                let wizard = match earlier {
                    Some(earlier) => wizard.clone().keeping(earlier),
                    None => wizard.clone(),
                };
                WizardState { draft: Some(wizard.draft()), problem: None, pass_problem: None, ..state }
            }
            Err(problem) => WizardState { problem: Some(problem.clone()), ..state },
        };
        match app.desk.save_wizard(id, version, next.clone()).await {
            Ok(_) => return where_it_stands(id, &next),
            // Once more, with what the other one saved.
            Err(SaveError::Changed(_)) => {}
            Err(SaveError::Desk(_)) => break,
        }
    }
    format!("/initiate/{id}")
}

fn wrong(error: &EnterUrlError<HttpError>) -> Problem {
    let message = match error.reason() {
        EnterUrlReason::Discovery(error) => {
            // The cause is what an admin can do something about: a certificate that has expired, say.
            let cause = error.source().map(|cause| format!(" ({cause})")).unwrap_or_default();
            format!("{error}{cause}; try again, or go on without a URL")
        }
        reason => reason.to_string(),
    };
    problem(error.code(), &message, error.remedies().contains(&Remedy::TryAgain))
}

fn screen(app: &App, session: &Session, at: &At, was_overtaken: bool) -> Response {
    let Saved { version, state } = &at.saved;
    let errors: Vec<String> = state.problem.iter().map(|problem| problem.message.clone()).collect();
    let hint =
        "Its address as in the browser, or that of its node: https://example.exalate.net, for example.";
    let main = html! {
        (steps(0))
        h1 { "Initiate connection" }
        (is_finished(state))
        @if was_overtaken { (overtaken()) }
        @if let Some(problem) = &state.problem {
            div.notice.bad role="alert" {
                p { a href="#url" { "Destination instance URL" } ": " (sentence(&problem.message)) }
            }
        }
        form.narrow method="post" action=(at.page("")) {
            (hidden(session, *version))
            (Input {
                name: "url",
                label: "Destination instance URL",
                hint: Some(hint),
                value: &state.typed_url,
                required: false,
                lines: 1,
                errors: &errors,
            }.show())
            div.field.check {
                input type="checkbox" id="no-url" name="no-url" value="yes" checked[state.no_url]
                    aria-describedby="no-url-hint";
                label for="no-url" { "I don't have a URL" }
                p.hint #no-url-hint { "Whoever accepts the invitation is the destination." }
            }
            div.actions {
                button type="submit" { "Next" }
                a.button.quiet href="/connections" { "Save and leave" }
            }
        }
    };
    page(app, session, "Destination", &main)
}
