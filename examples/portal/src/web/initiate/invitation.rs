//! *Initiate*, and the invitation: shown once.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use handclasp::{
    ConnectionId, ConnectionView, HandOver, Initiated, ModeChosen, ReissueError, Status, SubmitError, Wizard,
};
use maud::{Markup, html};

use super::{At, information, steps};
use crate::desk::{Saved, Session, WizardState};
use crate::web::failure::Failure;
use crate::web::said::Said;
use crate::web::shell::{notice, page, see_other, warning};
use crate::web::visitor::{Posted, Visitor};
use crate::web::{App, CompanyNode, Shared, words};

/// How long after the first click another one is its double, and not a page that is loaded anew.
const SECOND_CLICK: Duration = Duration::from_secs(10);

/// How many invitations in a row may have taken each other's place.
const CHAIN: usize = 16;

/// Whoever comes back to this address by themselves: the code is not shown again.
pub(crate) async fn again(_visitor: Visitor, at: At) -> Result<Response, Failure> {
    let state = at.saved.state.clone();
    Ok(match state.draft.filter(|_| state.initiated) {
        Some(draft) => see_other(&Said::CodeWasShown.at(&format!("/connections/{}", draft.id()))),
        None => see_other(&at.page("/information")),
    })
}

pub(crate) async fn initiate(State(app): State<Shared>, at: At, posted: Posted) -> Result<Response, Failure> {
    let mut wizard = at.resume::<ModeChosen>(&app)?;
    let session = &posted.visitor.session;
    wizard.remember(information::read(&posted.fields, &wizard.form()));
    if !information::is_about(&posted.fields, &wizard) {
        return Ok(information::conflict(&app, &posted, &at, &wizard));
    }
    let draft = Some(wizard.draft());
    let state = WizardState { draft: draft.clone(), tried: true, ..at.saved.state.clone() };
    let theirs = at.keep(&app, &posted, state.clone()).await?;
    // A second click finds what the first one has saved.
    if let Some(theirs) = theirs.filter(|theirs| theirs.state.draft != draft) {
        return Ok(information::conflict(&app, &posted, &at.with(&theirs, state), &wizard));
    }
    if information::wants_to_verify(&posted.fields, &wizard) {
        return information::verify(&app, &posted, &at, &wizard).await;
    }
    let form = wizard.form();
    let Ok(filled) = wizard.fill(form) else { return Ok(see_other(&at.page("/information"))) };
    let node = posted.visitor.node(&app);
    let Ok(initiated) = node.initiate(filled) else { return Err(Failure::Store) };
    let initiated = app.clicks.join(initiated);
    let response = match node.submit(&initiated).await {
        Ok(_) => Ok(shown(&app, session, &initiated, None)),
        Err(SubmitError::AlreadyInitiated { stored }) => {
            once_more(&app, session, &node, &initiated, &stored).await
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "nothing was initiated");
            Err(Failure::Store)
        }
    }?;
    app.worker.look_at(initiated.id());
    note(&app, &at).await;
    Ok(response)
}

/// Writes down that the wizard has come to its end. Nothing depends on it: the next click is recognised by the connection's id,
/// and the page with the code must come whatever happens here.
async fn note(app: &App, at: &At) {
    if let Ok(Saved { version: version @ 1.., state }) = app.desk.wizard(&at.id).await {
        let _ = app.desk.save_wizard(&at.id, version, WizardState { initiated: true, ..state }).await;
    }
}

/// A click after another: the code of the first is on no screen any more, so this one gets a code that works. If something else
/// was changed, if somebody has accepted already, or if the first click is so long ago that its code may have been sent,
/// what exists is shown.
async fn once_more(
    app: &App,
    session: &Session,
    node: &CompanyNode,
    initiated: &Wizard<Initiated>,
    stored: &ConnectionView,
) -> Result<Response, Failure> {
    let ours = initiated.connection();
    let is_same = (stored.mode, &stored.info) == (ours.mode(), ours.info());
    let page = format!("/connections/{}", stored.id);
    if !is_same {
        return Ok(see_other(&Said::Exists.at(&page)));
    }
    let initiated_at = stored.events.first().map_or(stored.created_at, |event| event.at);
    let shown = see_other(&Said::CodeWasShown.at(&page));
    if app.node.now() >= initiated_at.saturating_add(SECOND_CLICK) {
        return Ok(shown);
    }
    reissued(app, session, node, stored.id, shown).await
}

/// Issues anew, whichever invitation is the newest in this one's place.
pub(crate) async fn reissued(
    app: &App,
    session: &Session,
    node: &CompanyNode,
    id: ConnectionId,
    otherwise: Response,
) -> Result<Response, Failure> {
    let mut id = id;
    for _ in 0..CHAIN {
        // It writes twice, and goes on when the browser goes away in between.
        let node = node.clone();
        let Ok(issued) = tokio::spawn(async move { node.reissue(id).await }).await else {
            return Err(Failure::Store);
        };
        match issued {
            Ok(initiated) => {
                app.worker.look_at(initiated.id());
                let words = "An earlier code for this connection no longer works. This one takes its place.";
                return Ok(shown(app, session, &initiated, Some(words)));
            }
            Err(ReissueError::AlreadyReissued { by }) => id = by,
            Err(ReissueError::Store(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no invitation was issued anew");
                return Err(Failure::Store);
            }
            Err(_) => break,
        }
    }
    Ok(otherwise)
}

/// What is handed over, this once.
fn shown(app: &App, session: &Session, initiated: &Wizard<Initiated>, says: Option<&str>) -> Response {
    let connection = initiated.connection().view(app.node.now());
    if matches!(initiated.hand_over(), HandOver::Nothing) {
        return see_other(&Said::Connected.at(&format!("/connections/{}", connection.id)));
    }
    let remote = initiated.remote_url().map(ToString::to_string);
    let main = html! {
        (steps(3))
        h1 { "Invitation" }
        @if let Some(says) = says { (warning(says)) } @else { (notice("The connection was initiated.")) }
        div.panel {
        (hand_over(initiated.hand_over()))
        (expiry(app, &connection))
        p {
            "It is shown this once, and is as secret as a password: whoever holds it can accept. If it gets lost, "
            "issue a new one on the connection's page."
        }
        }
        div.actions {
            a.button href={ "/connections/" (connection.id) } { "Done" }
            @if let Some(url) = remote {
                a.button.quiet href=(url) target="_blank" rel="noreferrer" { "Go to remote" }
            }
        }
    };
    page(app, session, "Invitation", &main)
}

fn hand_over(hand_over: &HandOver) -> Markup {
    let code = hand_over.code().map(|code| code.expose().to_owned()).unwrap_or_default();
    html! {
        @if let HandOver::AcceptanceLink(link) = hand_over {
            p { "You are an admin of the destination: open it there, and accept." }
            p { a.button id="acceptance-link" href=(link.expose()) target="_blank" rel="noreferrer" { "Open the acceptance link" } }
            details {
                summary { "Show the code instead" }
                (code_box(&code))
            }
        } @else {
            p { "Send this code to the admin of the other side." }
            (code_box(&code))
        }
    }
}

fn code_box(code: &str) -> Markup {
    html! {
        div.field {
            label for="code" { "Invitation code" }
            textarea.code id="code" readonly rows="6" spellcheck="false" { (code) }
        }
        div.actions {
            button type="button" data-copy="code" hidden { "Copy invitation code" }
            span role="status" data-copied="code" {}
        }
    }
}

fn expiry(app: &App, connection: &ConnectionView) -> Markup {
    let left = connection.expires_at.and_then(|at| words::time_left(at, app.node.now()));
    html! {
        @if let (Some(at), Status::Pending) = (connection.expires_at, connection.status) {
            p { "It can be accepted until " (words::time(at)) @if let Some(left) = left { " (" (left) ")" } "." }
        }
    }
}
