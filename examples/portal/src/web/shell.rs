//! What every page has around it, and the parts that pages are made of.

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::failure::Failure;
use super::{App, FORM_TOKEN, sign_in};
use crate::desk::Session;

/// A page for somebody who is signed in.
pub(super) fn page(app: &App, session: &Session, title: &str, main: &Markup) -> Response {
    page_with(app, session, title, None, main)
}

/// A page that a browser without scripts asks for again after so many seconds.
pub(super) fn page_with(
    app: &App,
    session: &Session,
    title: &str,
    again_after: Option<u8>,
    main: &Markup,
) -> Response {
    html_response(StatusCode::OK, document(app, Some(session), title, again_after, main))
}

/// The same page, with another status than 200.
pub(super) fn with_status(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

/// A page for somebody who is not signed in.
pub(super) fn public_page(app: &App, status: StatusCode, title: &str, main: &Markup) -> Response {
    html_response(status, document(app, None, title, None, main))
}

/// The page that says why there is no other.
pub(super) fn explain(app: &App, failure: &Failure) -> Response {
    match failure {
        Failure::Elsewhere { path } => see_other(path),
        Failure::SignIn { back } => see_other(&sign_in::path(back)),
        Failure::SessionEnded { back, fields } => sign_in::again(app, back, fields),
        _ => {
            let (title, words) = failure.words();
            let main = html! {
                h1 { (title) }
                p { (words) }
                p { a.button href="/connections" { "Connections" } }
            };
            public_page(app, failure.status(), title, &main)
        }
    }
}

/// A redirect after a form, so that a reload does not send it again.
pub(super) fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response(),
        Err(_) => (StatusCode::SEE_OTHER, [(LOCATION, "/connections")]).into_response(),
    }
}

fn html_response(status: StatusCode, document: Markup) -> Response {
    (status, [("content-type", "text/html; charset=utf-8")], document.into_string()).into_response()
}

fn document(
    app: &App,
    session: Option<&Session>,
    title: &str,
    again_after: Option<u8>,
    main: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // With scripts, a script looks; a page that loads itself anew disturbs whoever has it read out.
                @if let Some(seconds) = again_after {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
                title { (title) " · " (app.company) }
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/portal.css";
                script src="/portal.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    div.bar {
                        span.company {
                            (app.company)
                            span.platform { (app.node.instance().platform().title()) }
                        }
                        @if let Some(session) = session {
                            nav aria-label="Pages" {
                                a href="/connections" { "Connections" }
                                a href="/initiate" { "Initiate connection" }
                                a href="/accept" { "Accept invitation" }
                                a href="/admin-pass" { "Admin pass" }
                            }
                            form.out method="post" action="/sign-out" {
                                (form_token(session))
                                span { (session.admin) }
                                button.quiet type="submit" { "Sign out" }
                            }
                        }
                    }
                }
                main #main tabindex="-1" { (main) }
            }
        }
    }
}

/// The field that says that a form is this session's.
pub(super) fn form_token(session: &Session) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(session.form_token()); }
}

/// A message about what has just happened.
pub(super) fn notice(words: &str) -> Markup {
    html! { p.notice.good role="status" { (words) } }
}

/// A message about what has to be considered.
pub(super) fn warning(words: &str) -> Markup {
    html! { p.notice.warn { (words) } }
}

/// A message about what went wrong.
pub(super) fn alert(words: &str) -> Markup {
    html! { p.notice.bad role="alert" { (words) } }
}

/// One field of a form to type into.
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) hint: Option<&'a str>,
    pub(super) value: &'a str,
    pub(super) required: bool,
    pub(super) lines: u8,
    pub(super) errors: &'a [String],
}

impl Input<'_> {
    /// The label, the hint, the field, and what is wrong with it.
    pub(super) fn show(&self) -> Markup {
        let hint_id = format!("{}-hint", self.name);
        let error_id = format!("{}-error", self.name);
        let described = match (self.hint.is_some(), self.errors.is_empty()) {
            (true, true) => Some(hint_id.clone()),
            (true, false) => Some(format!("{error_id} {hint_id}")),
            (false, true) => None,
            (false, false) => Some(error_id.clone()),
        };
        let invalid = (!self.errors.is_empty()).then_some("true");
        html! {
            div.field {
                label for=(self.name) {
                    (self.label)
                    @if self.required { " " span.required { "(required)" } }
                }
                @if let Some(hint) = self.hint { p.hint id=(hint_id) { (hint) } }
                @if !self.errors.is_empty() {
                    p.error id=(error_id) { @for error in self.errors { span { (sentence(error)) } " " } }
                }
                @if self.lines > 1 {
                    // The first line break behind the tag is not part of the text; its own may begin with one.
                    textarea id=(self.name) name=(self.name) rows=(self.lines)
                        aria-describedby=[described] aria-invalid=[invalid] { "\n" (self.value) }
                } @else {
                    input type="text" id=(self.name) name=(self.name) value=(self.value) autocomplete="off"
                        aria-describedby=[described] aria-invalid=[invalid] aria-required=[self.required.then_some("true")];
                }
            }
        }
    }
}

/// The list of what is wrong with a form, each leading to its field.
pub(super) fn summary<'a>(errors: impl Iterator<Item = (&'a str, &'a str, String)> + Clone) -> Markup {
    html! {
        @if errors.clone().next().is_some() {
            div.notice.bad role="alert" {
                p { "Please correct:" }
                ul { @for (field, label, message) in errors { li { a href={ "#" (field) } { (label) } ": " (message) } } }
            }
        }
    }
}

/// A message as a sentence: the crate's begin with a small letter and have no full stop.
pub(super) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}
