//! *Admin pass*: for admins who initiate from the other side and have to show that they are admins here.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use handclasp_http::{MESSAGE_TYPE, read_body};
use http_body_util::Limited;
use maud::{Markup, html};
use tokio::time::timeout;

use super::Shared;
use super::failure::Failure;
use super::shell::{form_token, page};
use super::visitor::{Posted, SENDING, Visitor};
use crate::desk::Session;

/// Where other portals ask whose pass it is.
pub(crate) const CHECK_PATH: &str = "/admin-pass/check";

/// The most bytes of a pass, however it is typed.
const LONGEST: usize = 100;

pub(super) async fn show(State(app): State<Shared>, visitor: Visitor) -> Response {
    page(&app, &visitor.session, "Admin pass", &screen(&visitor.session, None))
}

pub(super) async fn make(State(app): State<Shared>, posted: Posted) -> Result<Response, Failure> {
    let session = &posted.visitor.session;
    let pass = app.passes.make(session.admin.clone()).map_err(|_| Failure::Store)?;
    Ok(page(&app, session, "Admin pass", &screen(session, Some(&pass))))
}

/// Tells another portal whose pass it is; nothing if it is nobody's.
pub(super) async fn check(State(app): State<Shared>, request: Request) -> Result<Response, Failure> {
    if request.headers().get(CONTENT_TYPE).is_none_or(|value| value.as_bytes() != MESSAGE_TYPE.as_bytes()) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let _turn = app.strangers.try_acquire().map_err(|_| Failure::Busy)?;
    let reading = read_body(Limited::new(request.into_body(), LONGEST));
    let pass = timeout(SENDING, reading).await.map_err(|_| Failure::TooSlow)?;
    // What is longer is no pass.
    let pass = pass.ok().and_then(|pass| String::from_utf8(pass).ok());
    let who = pass.and_then(|pass| app.passes.redeem(&pass)).map(|who| who.to_string()).unwrap_or_default();
    Ok(([(CONTENT_TYPE, MESSAGE_TYPE)], who).into_response())
}

fn screen(session: &Session, pass: Option<&str>) -> Markup {
    html! {
        h1 { "Admin pass" }
        p {
            "In Visual mode, both sides are configured from one interface, so whoever initiates on the other side has to "
            "show that they are an admin here, too. Make a pass, and enter it there. It is good for ten minutes and one use."
        }
        @if let Some(pass) = pass {
            div.field {
                label for="pass" { "Your admin pass" }
                input.code type="text" id="pass" readonly value=(pass);
            }
            div.actions {
                button type="button" data-copy="pass" hidden { "Copy admin pass" }
                span role="status" data-copied="pass" {}
            }
        }
        form method="post" action="/admin-pass" {
            (form_token(session))
            div.actions { button.quiet[pass.is_some()] type="submit" { @if pass.is_some() { "Make another" } @else { "Make a pass" } } }
        }
    }
}
