//! *Choose the configuration type*.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use handclasp::{ConnectionMode, Destination, ModeOffer, UrlEntered, Wizard};
use maud::{Markup, html};

use super::{At, hidden, is_finished, overtaken, steps};
use crate::desk::{Session, WizardState};
use crate::web::failure::Failure;
use crate::web::shell::{alert, page, see_other, sentence, warning, with_status};
use crate::web::visitor::{Posted, Visitor};
use crate::web::{App, Shared, words};

pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, at: At) -> Result<Response, Failure> {
    let wizard = at.resume::<UrlEntered>(&app)?;
    let chosen = wizard.chosen_before();
    Ok(screen(&app, &visitor.session, &Screen { at: &at, wizard: &wizard, chosen, says: None }))
}

pub(crate) async fn choose(State(app): State<Shared>, at: At, posted: Posted) -> Result<Response, Failure> {
    let wizard = at.resume::<UrlEntered>(&app)?;
    let session = &posted.visitor.session;
    let back = posted.fields.get("action") == "previous";
    let chosen = ConnectionMode::from_code(posted.fields.get("mode"));
    let show = |at: &At, says: Markup, status| {
        let screen = screen(&app, session, &Screen { at, wizard: &wizard, chosen, says: Some(says) });
        with_status(status, screen)
    };
    let Some(mode) = chosen else {
        return Ok(if back {
            see_other(&at.page(""))
        } else {
            show(&at, alert("Choose one of the types."), StatusCode::UNPROCESSABLE_ENTITY)
        });
    };
    let draft = match wizard.clone().choose_mode(mode) {
        Ok(next) if back => next.previous().draft(),
        Ok(next) => next.draft(),
        Err(_) if back => return Ok(see_other(&at.page(""))),
        Err(_) => {
            let words = format!("{mode} cannot be chosen here; its card says why.");
            return Ok(show(&at, alert(&words), StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    // Nothing was typed here before, so nothing that was typed is wrong yet.
    let state = WizardState { draft: Some(draft.clone()), tried: false, ..at.saved.state.clone() };
    let theirs = at.keep(&app, &posted, state).await?;
    if let Some(theirs) = theirs.filter(|theirs| theirs.state.draft.as_ref() != Some(&draft)) {
        let state = theirs.state.clone();
        return Ok(show(&at.with(&theirs, state), overtaken(), StatusCode::CONFLICT));
    }
    Ok(see_other(&at.page(if back { "" } else { "/information" })))
}

struct Screen<'a> {
    at: &'a At,
    wizard: &'a Wizard<UrlEntered>,
    chosen: Option<ConnectionMode>,
    says: Option<Markup>,
}

fn screen(app: &App, session: &Session, screen: &Screen<'_>) -> Response {
    let Screen { at, wizard, chosen, says } = screen;
    let offers = wizard.offers();
    let main = html! {
        (steps(1))
        h1 { "Choose the configuration type" }
        (is_finished(&at.saved.state))
        @if let Some(says) = says { (says) }
        (destination(wizard))
        @if offers.iter().all(|offer| !offer.is_available()) {
            (alert("No type can be chosen for this destination. The cards say why, and on which side it can be changed."))
        }
        p { "Both sides use the same type, and it can never be changed; another type takes a new connection." }
        form method="post" action=(at.page("/mode")) {
            (hidden(session, at.saved.version))
            fieldset.cards {
                legend { "Configuration type" }
                @for offer in &offers { (card(offer, *chosen)) }
            }
            div.actions {
                button type="submit" name="action" value="next" { "Next" }
                button.quiet type="submit" name="action" value="previous" { "Previous" }
            }
        }
    };
    page(app, session, "Configuration type", &main)
}

/// Who the destination is, and what is to be known before going on.
fn destination(wizard: &Wizard<UrlEntered>) -> Markup {
    html! {
        @match wizard.destination() {
            Destination::Remote(remote) => {
                p { "Destination: " strong { (remote.platform().title()) } ", " code { (remote.uid()) } }
            }
            Destination::Local => { p { "Destination: " strong { "this instance itself" } } }
            _ => { p { "Destination: " strong { "unknown" } " – whoever accepts the invitation." } }
        }
        @if let Some(host) = wizard.other_host() {
            (warning(&format!("Its node is at another address than the one you entered: {host}. That is the one that will be called.")))
        }
    }
}

fn card(offer: &ModeOffer, chosen: Option<ConnectionMode>) -> Markup {
    let mode = offer.mode();
    let id = format!("mode-{}", mode.code());
    let is_chosen = chosen == Some(mode) && offer.is_available();
    html! {
        div.card.unavailable[!offer.is_available()] {
            div.choice {
                input type="radio" name="mode" id=(id) value=(mode.code()) checked[is_chosen]
                    disabled[!offer.is_available()] aria-describedby={ (id) "-about" };
                label for=(id) { (mode.to_string()) }
            }
            div id={ (id) "-about" } {
                dl {
                    @for (name, value) in words::properties(mode) { div { dt { (name) } dd { (value) } } }
                }
                @if !offer.is_available() {
                    p.error { "Not available:" }
                    ul.error { @for reason in offer.reasons() { li { (sentence(&reason.to_string())) } } }
                }
            }
        }
    }
}
