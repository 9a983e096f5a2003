//! One connection: what it is, how it stands, and what can be done with it.

mod action;
mod screen;

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use handclasp::lifecycle::{Denial, Stage, Trigger};
use handclasp::{
    ActorName, CloseReason, Connection, ConnectionId, ConnectionMode, ConnectionName, ConnectionStore,
    ConnectionView, DecideError, Description, InstanceUrl, Status, TextError,
};

use self::action::{Action, DANGEROUS};
use super::failure::Failure;
use super::path::Path;
use super::said::Said;
use super::shell::{page, see_other, with_status};
use super::visitor::{Posted, Visitor};
use super::{CompanyNode, Shared, working};
use crate::desk::WizardState;
use crate::page_id::PageId;
use crate::store::StoreError;

/// A connection, and everything about it that its page shows.
struct Shown {
    view: ConnectionView,
    connection: Connection,
    stage: Stage,
    /// Whether the invitation that was to take this one's place was never made, because the program ended in between. To issue a
    /// new code once more makes it.
    is_half_reissued: bool,
}

/// What was typed into the page's own forms, and what is wrong with it.
#[derive(Default)]
struct Typed {
    name: Option<(String, TextError)>,
    description: Option<(String, TextError)>,
}

pub(super) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let shown = find(&app, &id).await?;
    let main = screen::whole(&app, &visitor.session, &shown, &query, &Typed::default());
    Ok(page(&app, &visitor.session, shown.view.info.name().as_str(), &main))
}

/// What a script asks, to know whether the page has to be loaded anew.
pub(super) async fn state(
    State(app): State<Shared>,
    _visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let shown = find(&app, &id).await?;
    Ok(([("content-type", "text/plain; charset=utf-8")], screen::fingerprint(&shown.view)).into_response())
}

/// Asks before something that cannot be taken back.
pub(super) async fn ask(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let shown = find(&app, &id).await?;
    let action = DANGEROUS.iter().find(|known| known.path == action).ok_or(Failure::NotFound)?;
    let main = screen::question(&visitor.session, &shown, action, None);
    Ok(page(&app, &visitor.session, action.label, &main))
}

pub(super) async fn act(
    State(app): State<Shared>,
    Path((id, action)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let shown = find(&app, &id).await?;
    let id = shown.view.id;
    let page = format!("/connections/{id}");
    let node = posted.visitor.node(&app);
    match action.as_str() {
        "rename" | "describe" => return edit(&app, &posted, &shown, &action).await,
        "new" => return anew(&app, &node, id, posted.fields.get("mode")).await,
        "reissue" => {
            let otherwise = see_other(&Said::NotReissued.at(&page));
            return super::initiate::invitation::reissued(
                &app,
                &posted.visitor.session,
                &node,
                id,
                otherwise,
            )
            .await;
        }
        "forget" => {
            return Ok(see_other(&match node.purge(id).await {
                Ok(()) => Said::Forgotten.at("/connections"),
                Err(error) => denied(id, &error)?,
            }));
        }
        _ => {}
    }
    let action = Action::parse(&action).ok_or(Failure::NotFound)?;
    let looked_at = InstanceUrl::parse(posted.fields.get(screen::MOVED_TO)).ok();
    if let Action::Decide(question) = action
        && question.trigger == Trigger::ConfirmMove
    {
        let moved_to = &shown.view.health.moved_to;
        if moved_to.is_none() {
            return Ok(see_other(&format!("{page}?why={}", Denial::NothingMoved.code())));
        }
        if *moved_to != looked_at {
            let session = &posted.visitor.session;
            let says = "The other side says now that it has moved to another address. Look again.";
            let main = screen::question(session, &shown, question, Some(says));
            return Ok(with_status(
                StatusCode::CONFLICT,
                super::shell::page(&app, session, question.label, &main),
            ));
        }
    }
    let worker = app.worker.clone();
    let about = format!("{} {id} {}", action.path(), posted.fields.get(screen::MOVED_TO));
    let call = Box::pin(async move {
        let decided = action.carry_out(&node, id, looked_at.as_ref()).await;
        worker.look_at(id);
        match decided {
            Ok(true) => action.said().at(&page),
            Ok(false) => action.said().at_but_untold(&page),
            Err(error) => denied(id, &error).unwrap_or_else(|_| Said::StoreFailed.at(&page)),
        }
    });
    working::call(&app, about, "Telling the other side", call).await
}

/// Changes the name, or the description. What cannot be is shown with what was typed.
async fn edit(app: &Shared, posted: &Posted, shown: &Shown, what: &str) -> Result<Response, Failure> {
    let id = shown.view.id;
    let node = posted.visitor.node(app);
    let mut typed = Typed::default();
    let edited = if what == "rename" {
        let text = posted.fields.get("connection-name");
        match ConnectionName::parse(text) {
            Ok(name) => Some(node.rename(id, name).await),
            Err(error) => {
                typed.name = Some((text.to_owned(), error));
                None
            }
        }
    } else {
        let text = posted.fields.get("description");
        match Description::parse(text) {
            Ok(description) => Some(node.describe(id, description).await),
            Err(error) => {
                typed.description = Some((text.to_owned(), error));
                None
            }
        }
    };
    match edited {
        Some(Ok(_)) => {
            let said = if what == "rename" { Said::Renamed } else { Said::Described };
            Ok(see_other(&said.at(&format!("/connections/{id}"))))
        }
        Some(Err(error)) => Ok(see_other(&denied(id, &error)?)),
        None => {
            let session = &posted.visitor.session;
            let main = screen::whole(app, session, shown, &HashMap::new(), &typed);
            let title = shown.view.info.name().as_str();
            Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, page(app, session, title, &main)))
        }
    }
}

/// A new wizard, filled in from this connection. The connection stays as it is.
async fn anew(app: &Shared, node: &CompanyNode, id: ConnectionId, mode: &str) -> Result<Response, Failure> {
    let Some(mode) = ConnectionMode::from_code(mode) else {
        return Ok(see_other(&Said::ChooseMode.at(&format!("/connections/{id}"))));
    };
    let wizard = match node.start_from(id, mode).await {
        Ok(wizard) => wizard,
        Err(error) => {
            tracing::info!(code = error.code(), "no wizard was started from a connection");
            return Ok(see_other(&Said::NotStarted.at(&format!("/connections/{id}"))));
        }
    };
    let url =
        wizard.destination().remote().and_then(|remote| remote.tracker_url().or_else(|| remote.node_url()));
    let state = WizardState {
        typed_url: url.map(ToString::to_string).unwrap_or_default(),
        no_url: wizard.destination() == &handclasp::Destination::Unknown,
        draft: Some(wizard.draft()),
        ..WizardState::default()
    };
    let wizard = PageId::new()?;
    match app.desk.save_wizard(&wizard, 0, state).await {
        Ok(_) => Ok(see_other(&format!("/initiate/{wizard}/mode"))),
        Err(crate::desk::SaveError::Changed(_)) => Err(Failure::Busy),
        Err(crate::desk::SaveError::Desk(error)) => Err(error.into()),
    }
}

/// Where the page says that it was not possible, and why.
fn denied(id: ConnectionId, error: &DecideError<StoreError>) -> Result<String, Failure> {
    match error {
        DecideError::NotPossible(error) => Ok(format!("/connections/{id}?why={}", error.code())),
        DecideError::Missing => Err(Failure::NotFound),
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a decision was not stored");
            Err(Failure::Store)
        }
    }
}

async fn find(app: &Shared, id: &str) -> Result<Shown, Failure> {
    let id = ConnectionId::parse(id).map_err(|_| Failure::NotFound)?;
    let connection = app.node.store().get(id).await?.ok_or(Failure::NotFound)?.connection;
    let now = app.node.now();
    let view = connection.view(now);
    let is_half_reissued = match view.status {
        Status::Closed { reason: CloseReason::Superseded { by } } => {
            app.node.store().get(by).await?.is_none()
        }
        _ => false,
    };
    Ok(Shown { view, stage: Stage::of(Some(&connection), now), connection, is_half_reissued })
}

/// Who did something, as it is shown.
fn actor(actor: &handclasp::Actor) -> String {
    match actor {
        handclasp::Actor::Admin(name) => ActorName::to_string(name),
        other => super::shell::sentence(&other.to_string()).trim_end_matches('.').to_owned(),
    }
}
