//! *Connections*: the list.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use handclasp::{ConnectionId, ConnectionView, Draft, ListQuery, Phase, Timestamp};
use maud::{Markup, html};

use super::failure::Failure;
use super::shell::{form_token, page};
use super::visitor::{Posted, Visitor};
use super::{Shared, said, words, working};
use crate::desk::{Session, WizardState};
use crate::page_id::PageId;

/// How many are on a page.
const ON_A_PAGE: u16 = 20;

/// How many are refreshed at once.
const AT_ONCE: usize = 4;

pub(super) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let view = View::read(&query);
    let page_of = app.node.list(&view.query()).await?;
    let unfinished = if view.is_first() { app.desk.unfinished_wizards().await? } else { Vec::new() };
    let now = app.node.now();
    let session = &visitor.session;
    let main = html! {
        div.heading {
            h1 { "Connections" }
            div.actions {
                a.button href="/initiate" { "Initiate connection" }
                a.button.quiet href="/accept" { "Accept invitation" }
            }
        }
        (said::shown(&query))
        (filter(view.phase))
        @if page_of.items.is_empty() {
            (empty(&view))
        } @else {
            (table(&page_of.items, now))
            div.actions {
                form method="post" action="/connections/refresh" {
                    (form_token(session))
                    @for (name, value) in view.pairs() { input type="hidden" name=(name) value=(value); }
                    button.quiet type="submit" { "Refresh" }
                }
                @if !view.is_first() { a.button.quiet href=(view.first().path()) { "Newest" } }
                @if let Some(next) = page_of.next { a.button.quiet href=(view.behind(next).path()) { "Older" } }
            }
        }
        (unfinished_wizards(&unfinished, session))
    };
    Ok(page(&app, session, "Connections", &main))
}

/// Asks the other sides of what is on the page.
pub(super) async fn refresh(State(app): State<Shared>, posted: Posted) -> Result<Response, Failure> {
    let fields = &posted.fields;
    let query = ["phase", "after"].map(|name| (name.to_owned(), fields.get(name).to_owned()));
    let view = View::read(&query.into_iter().collect());
    let ids: Vec<_> = app.node.list(&view.query()).await?.items.into_iter().map(|item| item.id).collect();
    let back = view.path();
    let node = posted.visitor.node(&app);
    let call = Box::pin(async move {
        let mut waiting = ids.into_iter();
        let mut calls = tokio::task::JoinSet::new();
        loop {
            while calls.len() < AT_ONCE {
                let Some(id) = waiting.next() else { break };
                let node = node.clone();
                calls.spawn(async move { node.refresh(id).await.map(drop) });
            }
            match calls.join_next().await {
                // What each one came to is in its record.
                Some(_) => {}
                None => break back,
            }
        }
    });
    let about = format!("refresh {}", view.path());
    working::call(&app, about, "Asking the other sides how they stand", call).await
}

/// Which part of the list is shown.
struct View {
    phase: Option<Phase>,
    after: Option<ConnectionId>,
}

impl View {
    /// What is not understood is not asked for.
    fn read(query: &HashMap<String, String>) -> Self {
        Self {
            phase: query.get("phase").and_then(|code| Phase::from_code(code)),
            after: query.get("after").and_then(|id| ConnectionId::parse(id).ok()),
        }
    }

    fn query(&self) -> ListQuery {
        let query = ListQuery::newest_first().limit(ON_A_PAGE);
        let query = self.phase.map_or(query, |phase| query.in_phase(phase));
        self.after.map_or(query, |after| query.after(after))
    }

    fn is_first(&self) -> bool {
        self.after.is_none()
    }

    fn first(&self) -> Self {
        Self { after: None, phase: self.phase }
    }

    fn behind(&self, id: ConnectionId) -> Self {
        Self { after: Some(id), phase: self.phase }
    }

    fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let phase = self.phase.map(|phase| ("phase", phase.code().to_owned()));
        phase.into_iter().chain(self.after.map(|id| ("after", id.to_string())))
    }

    fn path(&self) -> String {
        let pairs: Vec<_> = self.pairs().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { "/connections".to_owned() } else { format!("/connections?{}", pairs.join("&")) }
    }
}

fn filter(chosen: Option<Phase>) -> Markup {
    let phases = Phase::ALL.iter().map(|phase| Some(*phase));
    html! {
        nav.filter aria-label="Filter by status" {
            @for phase in std::iter::once(None).chain(phases) {
                @let view = View { phase, after: None };
                a href=(view.path()) aria-current=[(phase == chosen).then_some("true")] { (phase_name(phase)) }
            }
        }
    }
}

fn phase_name(phase: Option<Phase>) -> &'static str {
    match phase {
        None => "All",
        Some(Phase::Pending) => "Pending",
        Some(Phase::AwaitingApproval) => "Awaiting approval",
        Some(Phase::Accepting) => "Accepting",
        Some(Phase::Active) => "Active",
        Some(Phase::Deactivated) => "Deactivated",
        Some(Phase::Closed) => "Closed",
        Some(other) => other.code(),
    }
}

fn empty(view: &View) -> Markup {
    html! {
        div.empty {
            @if view.phase.is_some() || !view.is_first() {
                p { "There are no such connections." }
                p { a href="/connections" { "Show all connections" } }
            } @else {
                h2 { "No connections yet" }
                p { "To connect with another company, initiate a connection, and send its admin the invitation code." }
                p { "If you were sent a code, " a href="/accept" { "accept it" } "." }
            }
        }
    }
}

fn table(connections: &[ConnectionView], now: Timestamp) -> Markup {
    html! {
        div.wide {
            table.connections {
                thead {
                    tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Sides" }
                        th scope="col" { "Mode" }
                        th scope="col" { "Remote" }
                        th scope="col" { "Status" }
                        th scope="col" { "Health" }
                    }
                }
                tbody {
                    @for connection in connections {
                        tr data-id=(connection.id) {
                            th scope="row" data-label="Name" {
                                a href={ "/connections/" (connection.id) } { (connection.info.name()) }
                            }
                            td data-label="Sides" {
                                (connection.local_short_name()) " – " (connection.remote_short_name())
                            }
                            td data-label="Mode" { (connection.mode.to_string()) }
                            td data-label="Remote" { (remote(connection)) }
                            td data-label="Status" {
                                (words::status(connection.status)) " "
                                span.age { (words::age(words::since(connection), now)) }
                            }
                            td data-label="Health" { (words::health(connection, now)) }
                        }
                    }
                }
            }
        }
    }
}

/// Who is at the other end, by its host if it has one.
pub(super) fn remote(connection: &ConnectionView) -> String {
    if connection.role == handclasp::Role::Local {
        return "This instance".to_owned();
    }
    let Some(remote) = &connection.remote else { return "Unknown".to_owned() };
    let url = remote.node_url().or_else(|| remote.tracker_url());
    url.map_or_else(
        || remote.uid().to_string(),
        |url| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}", url.host())
        },
    )
}

fn unfinished_wizards(wizards: &[(PageId, WizardState)], session: &Session) -> Markup {
    html! {
        @if !wizards.is_empty() {
            section.unfinished aria-labelledby="unfinished" {
                h2 #unfinished { "Not finished" }
                ul {
                    @for (id, state) in wizards {
                        li {
                            a href=(super::initiate::where_it_stands(id, state)) { (unfinished_name(state)) }
                            form method="post" action={ "/initiate/" (id) "/discard" } {
                                (form_token(session))
                                button.quiet type="submit" { "Discard" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn unfinished_name(state: &WizardState) -> String {
    let created = state.draft.as_ref().map(Draft::id).map(|id| id.created_at().to_string());
    let day = created.as_deref().and_then(|at| at.split('T').next());
    let is_unknown = state.no_url || state.typed_url.is_empty();
    let to = if is_unknown { "an unknown destination" } else { &state.typed_url };
    let to: String = to.chars().take(80).collect();
    day.map_or_else(|| format!("To {to}"), |day| format!("To {to}, begun on {day}"))
}
