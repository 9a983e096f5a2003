//! A call that takes long: that it is under way, and that one need not wait for it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::failure::Failure;
use super::path::Path;
use super::said::Said;
use super::shell::{page_with, see_other};
use super::visitor::Visitor;
use super::{App, Shared};
use crate::jobs::{Call, Look, Progress};
use crate::page_id::PageId;

/// The state of a call that has not ended.
const UNDER_WAY: &str = "under way";

/// After how many seconds the page looks again.
const AGAIN: u8 = 2;

/// Makes a call about something. If it takes long, the answer is the page that says so.
pub(super) async fn call(
    app: &App,
    about: String,
    what: &'static str,
    call: Call,
) -> Result<Response, Failure> {
    Ok(match app.jobs.run(about, PageId::new()?, what, call).await {
        Progress::Done(to) => see_other(&to),
        Progress::UnderWay(id) => see_other(&format!("/working/{id}")),
    })
}

pub(super) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = PageId::parse(&id).ok_or(Failure::NotFound)?;
    Ok(match app.jobs.look(&id) {
        Look::Done(to) => see_other(&to),
        Look::Unknown => see_other(&Said::Interrupted.at("/connections")),
        Look::UnderWay(what) => {
            let main = html! {
                h1 { "Under way" }
                div data-state=(UNDER_WAY) data-state-url={ "/working/" (id) "/state" } data-state-every="1000" {
                    p role="status" { (what) " …" }
                    div.progress aria-hidden="true" { div {} }
                }
                p {
                    "This page goes on by itself. You need not wait: the call goes on without you, and comes to an end "
                    "within some minutes, whatever the other side does."
                }
                p { a.button.quiet href="/connections" { "Leave it running" } }
            };
            page_with(&app, &visitor.session, "Under way", Some(AGAIN), &main)
        }
    })
}

/// What a script asks, to know whether to go on.
pub(super) async fn state(State(app): State<Shared>, _visitor: Visitor, Path(id): Path<String>) -> Response {
    let look = PageId::parse(&id).map(|id| app.jobs.look(&id));
    let state = if matches!(look, Some(Look::UnderWay(_))) { UNDER_WAY } else { "over" };
    ([("content-type", "text/plain; charset=utf-8")], state).into_response()
}
