//! Who asks, and what they sent.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use axum::http::request::Parts;
use cookie::Cookie;
use handclasp_http::read_body;
use http_body_util::Limited;
use tokio::time::timeout;

use super::failure::Failure;
use super::fields::{Fields, FieldsError};
use super::{FORM_TOKEN, Shared};
use crate::desk::{Session, Token};
use crate::web::CompanyNode;

/// The most that is read of somebody who is not signed in.
const SMALL: usize = 64 * 1024;

/// The most that is read of somebody who is: a megabyte in every field is shown back to them, and not lost.
const LARGE: usize = 24 * 1024 * 1024;

/// How many large bodies are read at once, so that memory stays within bounds. Further ones wait.
pub(crate) const MOST_LARGE: usize = 2;

/// How many bodies of strangers are read at once. Further ones are turned away, and so keep nobody from their work who is
/// signed in.
pub(crate) const MOST_STRANGERS: usize = 32;

/// How long sending a form may take.
pub(super) const SENDING: Duration = Duration::from_secs(30);

/// Somebody who is signed in.
pub(crate) struct Visitor {
    pub(crate) session: Session,
}

impl Visitor {
    /// The company's node with this person acting.
    pub(crate) fn node(&self, app: &Shared) -> CompanyNode {
        app.node.clone().acting_as(self.session.admin.clone())
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        if let Some(session) = session(parts, app).await? {
            return Ok(Self { session });
        }
        let back = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Err(Failure::SignIn { back })
    }
}

/// A form that somebody who is signed in has sent.
pub(crate) struct Posted {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl FromRequest<Shared> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let session = session(&parts, app).await?;
        let fields = fields(&parts, body, session.is_some(), app).await?;
        match session {
            Some(session) if session.sent(fields.get(FORM_TOKEN)) => {
                Ok(Self { visitor: Visitor { session }, fields })
            }
            Some(_) => Err(Failure::Forged),
            None => Err(Failure::SessionEnded { back: parts.uri.path().to_owned(), fields }),
        }
    }
}

/// A form of somebody who need not be signed in.
pub(crate) struct Sent(pub(crate) Fields);

impl FromRequest<Shared> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        fields(&parts, body, false, app).await.map(Self)
    }
}

/// The session that the browser's cookie names.
async fn session(parts: &Parts, app: &Shared) -> Result<Option<Session>, Failure> {
    // Another program on this host may have set cookies that are no text: they are not ours.
    let headers = parts.headers.get_all(COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let token = headers
        .flat_map(|cookies| Cookie::split_parse(cookies.into_owned()).collect::<Vec<_>>())
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == app.cookie)
        .map(|cookie| Token::read(cookie.value()));
    match token {
        Some(token) => Ok(app.desk.session(token).await?),
        None => Ok(None),
    }
}

async fn fields(parts: &Parts, body: Body, signed_in: bool, app: &Shared) -> Result<Fields, Failure> {
    let media_type =
        parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Failure::NotAForm);
    }
    let length =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let is_large = length.is_none_or(|length| length > SMALL) && signed_in;
    let limit = if is_large { LARGE } else { SMALL };
    if length.is_some_and(|length| length > limit) {
        return Err(Failure::TooLarge);
    }
    let reading = async {
        let _turn = match (signed_in, is_large) {
            (false, _) => Some(app.strangers.try_acquire().map_err(|_| Failure::Busy)?),
            (true, true) => Some(app.large.acquire().await.map_err(|_| Failure::Busy)?),
            (true, false) => None,
        };
        let body = read_body(Limited::new(body, limit)).await.map_err(|_| Failure::TooLarge)?;
        Fields::read(&body).map_err(|error| match error {
            FieldsError::NotText => {
                Failure::Malformed("Nothing was changed. What was sent is not text in UTF-8.")
            }
            FieldsError::Repeated => Failure::Malformed(
                "Nothing was changed. A field was sent twice; go back, and send the form again.",
            ),
            FieldsError::TooMany => Failure::Malformed(
                "Nothing was changed. There are more fields than any form here has; go back, and send the form again.",
            ),
        })
    };
    timeout(SENDING, reading).await.map_err(|_| Failure::TooSlow)?
}
