//! What the page of a connection shows.

use std::collections::HashMap;

use handclasp::lifecycle::{Cell, Denial, Trigger, cell};
use handclasp::{CloseReason, ConnectionMode, ConnectionView, Event, Role, Status, TextError, Timestamp};
use maud::{Markup, html};

use super::action::{DANGEROUS, Dangerous};
use super::{Shown, Typed, actor};
use crate::desk::Session;
use crate::web::shell::{Input, alert, form_token, sentence, warning};
use crate::web::{App, connections, said, words};

/// The field that says which new address was looked at.
pub(super) const MOVED_TO: &str = "moved-to";

/// The whole page.
pub(super) fn whole(
    app: &App,
    session: &Session,
    shown: &Shown,
    query: &HashMap<String, String>,
    typed: &Typed,
) -> Markup {
    let (view, now) = (&shown.view, app.node.now());
    let is_over = matches!(view.status, Status::Closed { .. });
    html! {
        div.heading { h1 { (view.info.name()) } (words::status(view.status)) }
        (done(query))
        div.panel data-state=(fingerprint(view)) data-state-url={ "/connections/" (view.id) "/state" } {
            p {
                (words::what_next(view)) @if let Some(reason) = why_over(view) { " " (reason) }
                @if shown.is_half_reissued {
                    " The new code was never made, because the program ended in between. Issue it once more."
                } @else if let Status::Closed { reason: CloseReason::Superseded { by } } = view.status {
                    " " a href={ "/connections/" (by) } { "See the one that took its place" } "."
                }
            }
            @if view.applicant.is_some() { (applicant(view)) }
            @if let Some(comparison) = &view.comparison {
                p.comparison {
                    "Comparison string: " code { (comparison) }
                    span.hint { " Read it to the other side's admin: if theirs is the same, nobody sits in between." }
                }
            }
            @for hint in &view.warnings { (warning(&sentence(&hint.to_string()))) }
            @if let Some(trouble) = view.health.trouble {
                p.notice.warn {
                    (sentence(&trouble.kind.to_string())) " "
                    span.age { (times(trouble.times)) ", last " (words::age(trouble.at, now)) }
                }
            }
            (actions(session, shown, now))
        }
        (details(view, now))
        @if !is_over { (labels(session, view, typed)) }
        (other_mode(session, view))
        (history(&view.events))
    }
}

/// What has changed when a page that is open has to be loaded anew.
pub(super) fn fingerprint(view: &ConnectionView) -> String {
    let last = view.events.last().map_or(0, |event| event.number);
    format!("{} {last} {}", view.status, view.health.trouble.is_some())
}

/// The page that asks first.
pub(super) fn question(session: &Session, shown: &Shown, action: &Dangerous, says: Option<&str>) -> Markup {
    let view = &shown.view;
    let moved_to = view.health.moved_to.as_ref().filter(|_| action.trigger == Trigger::ConfirmMove);
    html! {
        h1 { (action.question) }
        @if let Some(says) = says { (alert(says)) }
        p { strong { (view.info.name()) } " " (words::status(view.status)) }
        @if action.trigger == Trigger::Approve { (applicant(view)) }
        @if let Some(url) = moved_to { p { "The new address: " code { (url) } } }
        p { (action.what) }
        form method="post" action={ "/connections/" (view.id) "/" (action.path) } {
            (form_token(session))
            @if let Some(url) = moved_to { input type="hidden" name=(MOVED_TO) value=(url); }
            div.actions {
                button.danger[!action.is_good] type="submit" { (action.label) }
                a.button.quiet href={ "/connections/" (view.id) } { "Leave it as it is" }
            }
        }
    }
}

/// What has just been done, or why not.
fn done(query: &HashMap<String, String>) -> Markup {
    html! {
        @if let Some(denial) = query.get("why").and_then(|code| Denial::from_code(code)) {
            (alert(&format!("That is not possible: {}", sentence(&denial.to_string()))))
        }
        (said::shown(query))
    }
}

fn why_over(view: &ConnectionView) -> Option<String> {
    match view.status {
        Status::Closed { reason } => Some(sentence(&reason.to_string())),
        _ => None,
    }
}

fn applicant(view: &ConnectionView) -> Markup {
    html! {
        @if let Some(applicant) = &view.applicant {
            dl.facts {
                div { dt { "Who has accepted" } dd { code { (applicant.instance.uid()) } ", " (applicant.instance.platform().title()) } }
                div { dt { "From" } dd { code { (applicant.host().unwrap_or("nowhere: it can only call out")) } } }
                @if let Some(expected) = &applicant.expected {
                    div { dt { "Invited was" } dd { code { (expected.uid()) } @if let Some(url) = expected.node_url() { ", " code { (url.host()) } } } }
                }
            }
        }
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times in a row") }
}

fn actions(session: &Session, shown: &Shown, now: Timestamp) -> Markup {
    let view = &shown.view;
    let can_activate = matches!(cell(view.role, shown.stage, Trigger::Activate), Cell::Becomes(_));
    let can_refresh = view.next_refresh.is_some()
        || matches!(view.status, Status::Active { .. } | Status::Deactivated { .. });
    html! {
        div.actions {
            @if can_activate {
                form method="post" action={ "/connections/" (view.id) "/activate" } {
                    (form_token(session))
                    button type="submit" { "Activate" }
                }
            }
            @if can_refresh && view.role != Role::Local {
                form method="post" action={ "/connections/" (view.id) "/refresh" } {
                    (form_token(session))
                    button.quiet type="submit" { "Refresh" }
                }
            }
            @for action in DANGEROUS.iter().filter(|action| action.is_possible(shown, now)) {
                a.button.quiet[!action.is_good].danger[!action.is_good]
                    href={ "/connections/" (view.id) "/" (action.path) } { (action.label) }
            }
        }
    }
}

fn details(view: &ConnectionView, now: Timestamp) -> Markup {
    let role = match view.role {
        Role::Source => "This side initiated",
        Role::Destination => "This side accepted",
        Role::Local => "Both ends are this instance",
    };
    html! {
        section aria-labelledby="details" {
            h2 #details { "Details" }
            dl.facts {
                div { dt { "This side" } dd { (view.local_short_name()) } }
                div { dt { "Other side" } dd { (view.remote_short_name()) } }
                div { dt { "Remote" } dd { (connections::remote(view)) } }
                @if let Some(remote) = &view.remote { div { dt { "Remote instance" } dd { code { (remote.uid()) } ", " (remote.platform().title()) } } }
                div { dt { "Configuration type" } dd { (view.mode.to_string()) } }
                div { dt { "Reach" } dd { (words::kind(view.kind)) } }
                div { dt { "Role" } dd { (role) } }
                @if let Some(project) = view.info.incoming_project() { div { dt { "Incoming project" } dd { (project) } } }
                @if !view.info.description().as_str().is_empty() { div { dt { "Description" } dd.lines { (view.info.description()) } } }
                @if let Some(theirs) = &view.remote_info { div { dt { "Called there when it was accepted" } dd { (theirs.name()) } } }
                @if let Some(at) = view.expires_at {
                    div { dt { "Code expires" } dd { (words::time(at)) @if let Some(left) = words::time_left(at, now) { " (" (left) ")" } } }
                }
                div { dt { "Health" } dd { (words::health(view, now)) } }
                div { dt { "Created" } dd { (words::time(view.created_at)) } }
                div { dt { "Id" } dd { code { (view.id) } } }
            }
        }
    }
}

fn labels(session: &Session, view: &ConnectionView, typed: &Typed) -> Markup {
    let field = |name, label, typed: Option<&(String, TextError)>, stored: &str, lines| {
        let errors: Vec<String> = typed.iter().map(|(_, error)| error.message()).collect();
        let value = typed.map_or(stored, |(text, _)| text);
        Input { name, label, hint: None, value, required: lines == 1, lines, errors: &errors }.show()
    };
    html! {
        section aria-labelledby="labels" {
            h2 #labels { "Labels on this side" }
            form.narrow method="post" action={ "/connections/" (view.id) "/rename" } {
                (form_token(session))
                (field("connection-name", "Connection name", typed.name.as_ref(), view.info.name().as_str(), 1))
                div.actions { button.quiet type="submit" { "Rename" } }
            }
            form.narrow method="post" action={ "/connections/" (view.id) "/describe" } {
                (form_token(session))
                (field("description", "Description", typed.description.as_ref(), view.info.description().as_str(), 3))
                div.actions { button.quiet type="submit" { "Change the description" } }
            }
        }
    }
}

fn other_mode(session: &Session, view: &ConnectionView) -> Markup {
    let is_over = matches!(view.status, Status::Closed { .. });
    html! {
        section aria-labelledby="other-mode" {
            h2 #other-mode { @if is_over { "New connection" } @else { "New connection in another mode" } }
            p { "This one's mode never changes. A new wizard is filled in from it, and this connection stays as it is." }
            form method="post" action={ "/connections/" (view.id) "/new" } {
                (form_token(session))
                div.actions {
                    @for mode in ConnectionMode::ALL.iter().filter(|mode| is_over || **mode != view.mode) {
                        button.quiet type="submit" name="mode" value=(mode.code()) { "Start in " (mode.to_string()) " mode" }
                    }
                }
            }
        }
    }
}

fn history(events: &[Event]) -> Markup {
    html! {
        section aria-labelledby="history" {
            h2 #history { "History" }
            ol.history {
                @for event in events.iter().rev() {
                    li.security[event.kind.is_security()] data-event=(event.kind.code()) {
                        (words::time(event.at)) " "
                        strong { (sentence(&event.kind.to_string())) }
                        " " span.age { (actor(&event.actor)) }
                        @if event.kind.is_security() { " " span.badge.warn { "Security" } }
                    }
                }
            }
        }
    }
}
