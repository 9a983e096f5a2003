//! *Accept invitation*: paste, look, answer.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use handclasp::{
    AcceptInvitationError, Accepted, ConnectionForm, FormError, InstanceUrl, KnownPlatform, Obstacle,
    Preview, PreviewError, ReadCodeError, Timestamp,
};
use maud::{Markup, html};

use super::failure::Failure;
use super::fields::Fields;
use super::said::Said;
use super::shell::{Input, alert, form_token, page, see_other, sentence, summary, warning, with_status};
use super::visitor::{Posted, Visitor};
use super::{App, CompanyNode, Shared, labels, words, working};
use crate::desk::Session;
use crate::jobs::Call;

/// The field with the code. It is only ever in bodies of forms: a page that holds it is never stored.
const CODE: &str = "code";

pub(super) async fn paste(State(app): State<Shared>, visitor: Visitor) -> Response {
    paste_screen(&app, &visitor.session, "", &[])
}

/// Whoever comes to the answer's address without an invitation.
pub(super) async fn lost(_visitor: Visitor) -> Response {
    see_other("/accept")
}

pub(super) async fn preview(State(app): State<Shared>, posted: Posted) -> Result<Response, Failure> {
    let session = &posted.visitor.session;
    let text = posted.fields.get(CODE);
    Ok(match look(&app, session, text).await? {
        Ok(preview) => {
            let form = preview.form();
            preview_screen(
                &app,
                session,
                &Look { text, preview: &preview, form: &form, errors: None, says: None },
            )
        }
        Err(screen) => *screen,
    })
}

pub(super) async fn answer(State(app): State<Shared>, posted: Posted) -> Result<Response, Failure> {
    let session = &posted.visitor.session;
    let text = posted.fields.get(CODE);
    let preview = match look(&app, session, text).await? {
        Ok(preview) => preview,
        Err(screen) => return Ok(*screen),
    };
    match posted.fields.get("action") {
        "accept" => accept(&app, &posted, preview).await,
        "decline" => Ok(page(&app, session, "Decline", &decline_screen(session, &posted.fields, &preview))),
        "decline-for-good" => decline(&app, &posted, preview).await,
        "look" => {
            let form = labels::read(&posted.fields, preview.form());
            let look = Look { text, preview: &preview, form: &form, errors: None, says: None };
            Ok(preview_screen(&app, session, &look))
        }
        _ => Ok(see_other(&Said::NotNow.at("/connections"))),
    }
}

/// Reads the code; or shows what is wrong with it, with everything that was pasted.
async fn look(app: &App, session: &Session, text: &str) -> Result<Result<Preview, Box<Response>>, Failure> {
    match app.node.preview(text).await {
        Ok(preview) => Ok(Ok(preview)),
        Err(PreviewError::Code(error)) => {
            let message = match error {
                // Its beginning is never an accident.
                ReadCodeError::NotAnInvitation { .. } if text.contains("clasp1_") => {
                    "there is a code among other text; paste the code alone".to_owned()
                }
                error => error.to_string(),
            };
            let screen = paste_screen(app, session, text, &[message]);
            Ok(Err(Box::new(with_status(StatusCode::UNPROCESSABLE_ENTITY, screen))))
        }
        Err(PreviewError::Store(error)) => Err(error.into()),
        Err(_) => Err(Failure::Store),
    }
}

async fn accept(app: &Shared, posted: &Posted, preview: Preview) -> Result<Response, Failure> {
    let form = labels::read(&posted.fields, preview.form());
    // What is not as it should be is shown at once; the call is only made when all of it is.
    if let Err(errors) = form.check(preview.asks()) {
        let screen = preview_screen(
            app,
            &posted.visitor.session,
            &Look {
                text: posted.fields.get(CODE),
                preview: &preview,
                form: &form,
                errors: Some(&errors),
                says: None,
            },
        );
        return Ok(with_status(StatusCode::UNPROCESSABLE_ENTITY, screen));
    }
    if !preview.obstacles().is_empty() {
        return Ok(refused(app, posted, &preview, &form));
    }
    let id = preview.invitation().id();
    let node = posted.visitor.node(app);
    let worker = app.worker.clone();
    let call: Call = Box::pin(async move {
        match accepted(&node, &preview, &form).await {
            Some(said) => {
                worker.look_at(id);
                said.at(&format!("/connections/{id}"))
            }
            None => Said::NotAccepted.at("/connections"),
        }
    });
    working::call(app, format!("answer {id}"), "Asking the other side", call).await
}

/// What became of it, for the connection's page; `None` if nothing is stored.
async fn accepted(node: &CompanyNode, preview: &Preview, form: &ConnectionForm) -> Option<Said> {
    Some(match node.accept(preview, form).await {
        Ok(Accepted::Active(_)) => Said::Accepted,
        Ok(Accepted::Waiting(_)) => Said::Waiting,
        Ok(Accepted::Retry { .. }) => Said::Retrying,
        Ok(Accepted::Refused { .. }) => Said::RefusedThere,
        Ok(Accepted::Existing(_)) => Said::AcceptedBefore,
        Ok(_) => Said::Accepting,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an invitation was not accepted");
            return None;
        }
    })
}

async fn decline(app: &Shared, posted: &Posted, preview: Preview) -> Result<Response, Failure> {
    let id = preview.invitation().id();
    let node = posted.visitor.node(app);
    let worker = app.worker.clone();
    let call: Call = Box::pin(async move {
        let said = match node.decline_invitation(&preview).await {
            Ok(_) => Said::Declined,
            Err(AcceptInvitationError::NotPossible(_)) => Said::AcceptedBefore,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an invitation was not declined");
                return Said::NotDeclined.at("/connections");
            }
        };
        worker.look_at(id);
        said.at(&format!("/connections/{id}"))
    });
    working::call(app, format!("answer {id}"), "Telling the other side", call).await
}

fn refused(app: &App, posted: &Posted, preview: &Preview, form: &ConnectionForm) -> Response {
    let text = posted.fields.get(CODE);
    let says = Some("This invitation cannot be accepted here. Below is why.");
    let look = Look { text, preview, form, errors: None, says };
    with_status(StatusCode::UNPROCESSABLE_ENTITY, preview_screen(app, &posted.visitor.session, &look))
}

fn paste_screen(app: &App, session: &Session, text: &str, errors: &[String]) -> Response {
    let main = html! {
        h1 { "Accept invitation" }
        (summary(errors.iter().map(|error| (CODE, "Invitation code", sentence(error)))))
        form.narrow method="post" action="/accept" data-code-form {
            (form_token(session))
            (Input {
                name: CODE,
                label: "Invitation code",
                hint: Some("Paste the code that the other side's admin has sent you, or the link with it. Line breaks and quotation marks do no harm; any other text around it does."),
                value: text,
                required: true,
                lines: 6,
                errors,
            }.show())
            div.actions { button type="submit" { "Next" } }
        }
    };
    page(app, session, "Accept invitation", &main)
}

struct Look<'a> {
    text: &'a str,
    preview: &'a Preview,
    form: &'a ConnectionForm,
    errors: Option<&'a FormError>,
    says: Option<&'a str>,
}

fn preview_screen(app: &App, session: &Session, look: &Look<'_>) -> Response {
    let Look { text, preview, form, errors, says } = look;
    let can_accept = preview.obstacles().is_empty();
    let main = html! {
        h1 { "Accept invitation" }
        @if let Some(says) = says { (alert(says)) }
        (labels::summary(*errors, None))
        // Of one's own invitation nothing else is worth knowing.
        @let own = preview.obstacles().iter().find(|obstacle| **obstacle == Obstacle::OwnInvitation);
        @for obstacle in own.map_or_else(|| preview.obstacles(), std::slice::from_ref) {
            div.notice.bad role="alert" data-obstacle=(obstacle.code()) { p { (sentence(&obstacle.to_string())) } }
        }
        @for hint in preview.warnings() { (warning(&sentence(&hint.to_string()))) }
        (facts(preview, app.node.now()))
        form.narrow method="post" action="/accept/answer" {
            (form_token(session))
            input type="hidden" name=(CODE) value=(text);
            @if can_accept {
                h2 { "What it is called on your side" }
                p { "Change what you like: it has no effect on the other side." }
                (labels::inputs(form, preview.asks(), *errors))
            }
            div.actions {
                @if can_accept { button type="submit" name="action" value="accept" { "Accept" } }
                button.quiet type="submit" name="action" value="not-now" { "Not now" }
                @if can_accept { button.quiet.danger type="submit" name="action" value="decline" { "Decline" } }
            }
        }
    };
    page(app, session, "Accept invitation", &main)
}

fn facts(preview: &Preview, now: Timestamp) -> Markup {
    let invitation = preview.invitation();
    let platform = invitation.source_platform().map(|name| {
        KnownPlatform::from_code(name.as_str())
            .map_or_else(|| name.to_string(), |known| known.title().to_owned())
    });
    let binding = match preview.binding() {
        handclasp::Binding::Bearer => "Whoever holds the code",
        handclasp::Binding::ThisInstance => "Only this instance",
        handclasp::Binding::OtherInstance => "Another instance",
    };
    let contacted = match preview.host() {
        Some(host) => match invitation.source_node_url().and_then(InstanceUrl::port) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        },
        None => "Nobody: the other side calls out only, and comes for your answer".to_owned(),
    };
    let left = words::time_left(invitation.expires_at(), now);
    html! {
        dl.facts {
            div { dt { "Invited by" } dd { (invitation.source_short_name()) ", " code { (invitation.source_uid()) } } }
            @if let Some(platform) = platform { div { dt { "Platform" } dd { (platform) } } }
            div { dt { "Will be contacted" } dd { code { (contacted) } } }
            div { dt { "Configuration type" } dd { (invitation.mode().to_string()) " – fixed for the connection's life" } }
            div { dt { "Reach" } dd { (words::kind(preview.kind())) } }
            div { dt { "Who can use it" } dd { (binding) } }
            div {
                dt { "Expires" }
                dd {
                    "Unless it is taken back before, it can be accepted until " (words::time(invitation.expires_at()))
                    @if let Some(left) = left { " (" (left) ")" }
                }
            }
        }
    }
}

/// What was typed goes along, for whoever goes back.
fn decline_screen(session: &Session, fields: &Fields, preview: &Preview) -> Markup {
    let invitation = preview.invitation();
    html! {
        h1 { "Decline this invitation?" }
        p { "From " strong { (invitation.source_short_name()) } ", " code { (invitation.source_uid()) } "." }
        p { "The other side is told, and the code can never be accepted here again." }
        form method="post" action="/accept/answer" {
            (form_token(session))
            @for (name, value) in fields.typed().filter(|(name, _)| *name != "action") {
                input type="hidden" name=(name) value=(value);
            }
            div.actions {
                button.danger type="submit" name="action" value="decline-for-good" { "Decline" }
                button.quiet type="submit" name="action" value="look" { "Back to the invitation" }
            }
        }
    }
}
