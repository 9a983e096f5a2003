//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite};
use form_urlencoded::byte_serialize;
use maud::{Markup, html};
use std::collections::HashMap;

use super::failure::Failure;
use super::fields::Fields;
use super::shell::{Input, alert, public_page, see_other};
use super::visitor::{Posted, Sent};
use super::{App, FORM_TOKEN, Shared};
use crate::desk::{SignInError, Token};

/// Before the names of what was typed before the session ended.
const KEPT: &str = "kept.";

/// The field that says that the session ended when a form was sent, be it one without anything to type.
const POSTED: &str = "posted";

/// The page for signing in, from which one comes back.
pub(super) fn path(back: &str) -> String {
    format!("/sign-in?back={}", byte_serialize(back.as_bytes()).collect::<String>())
}

pub(super) async fn show(
    State(app): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let back = query.get("back").map_or("/connections", |back| own_path(back));
    public_page(&app, StatusCode::OK, "Sign in", &form(back, "", None, None))
}

/// The page for whose session has ended while they typed. What they typed goes along.
pub(super) fn again(app: &App, back: &str, fields: &Fields) -> Response {
    let (_, words) = Failure::SessionEnded { back: String::new(), fields: Fields::default() }.words();
    let form = form(back, "", Some(words), Some(fields));
    public_page(app, StatusCode::UNAUTHORIZED, "Sign in again", &form)
}

pub(super) async fn enter(State(app): State<Shared>, Sent(fields): Sent) -> Result<Response, Failure> {
    let back = own_path(fields.get("back"));
    let kept = (!fields.get(POSTED).is_empty()).then(|| {
        Fields::from_pairs(fields.typed().filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?, value))))
    });
    let name = fields.get("name");
    let admin = match app.desk.check_password(name, fields.get("password").to_owned()).await {
        Ok(admin) => admin,
        Err(SignInError::Desk(error)) => return Err(error.into()),
        Err(error) => {
            let status = match error {
                SignInError::Busy => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::FORBIDDEN,
            };
            tracing::warn!("somebody was not signed in: {error}");
            let words = super::shell::sentence(&error.to_string());
            return Ok(public_page(&app, status, "Sign in", &form(back, name, Some(&words), kept.as_ref())));
        }
    };
    let token = app.desk.begin_session(admin).await?;
    let cookie = cookie(&app, &token);
    let response = match kept {
        None => see_other(back),
        Some(kept) => {
            let session = app.desk.session(token).await?.ok_or(Failure::Store)?;
            public_page(&app, StatusCode::OK, "Signed in", &go_on(back, &session.form_token(), &kept))
        }
    };
    Ok(([(SET_COOKIE, cookie.to_string())], response).into_response())
}

pub(super) async fn leave(State(app): State<Shared>, posted: Posted) -> Result<Response, Failure> {
    app.desk.end_session(posted.visitor.session.token()).await?;
    let mut gone = cookie(&app, &Token::read(""));
    gone.make_removal();
    Ok(([(SET_COOKIE, gone.to_string())], see_other("/sign-in")).into_response())
}

/// Not `Strict`: whoever follows an acceptance link from elsewhere is still signed in.
fn cookie(app: &App, token: &Token) -> Cookie<'static> {
    Cookie::build((app.cookie.clone(), token.expose().to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.tls)
        .build()
}

/// Only an address of these pages is one to go back to. Browsers read a backslash as a slash, and pass over tabs and line
/// breaks.
fn own_path(back: &str) -> &str {
    let is_strange = |character: char| character == '\\' || character.is_control();
    let is_own = back.starts_with('/') && !back.starts_with("//") && !back.contains(is_strange);
    if is_own { back } else { "/connections" }
}

fn form(back: &str, name: &str, error: Option<&str>, kept: Option<&Fields>) -> Markup {
    html! {
        h1 { "Sign in" }
        @if let Some(error) = error { (alert(error)) }
        form.narrow method="post" action="/sign-in" {
            input type="hidden" name="back" value=(back);
            @if let Some(kept) = kept {
                input type="hidden" name=(POSTED) value="yes";
                @for (name, value) in kept.typed() { input type="hidden" name={ (KEPT) (name) } value=(value); }
            }
            (Input { name: "name", label: "Name", hint: None, value: name, required: true, lines: 1, errors: &[] }.show())
            div.field {
                label for="password" { "Password" " " span.required { "(required)" } }
                input type="password" id="password" name="password" autocomplete="current-password" required;
            }
            div.actions { button type="submit" { "Sign in" } }
        }
    }
}

/// What was typed is sent again only when the person says so: they may have been away for long.
fn go_on(back: &str, form_token: &str, kept: &Fields) -> Markup {
    html! {
        h1 { "You are signed in again" }
        p { "What you typed before your session ended has been kept." }
        form method="post" action=(back) {
            input type="hidden" name=(FORM_TOKEN) value=(form_token);
            @for (name, value) in kept.typed() { input type="hidden" name=(name) value=(value); }
            div.actions {
                button type="submit" { "Go on where I was" }
                a.button.quiet href="/connections" { "Leave it" }
            }
        }
    }
}
