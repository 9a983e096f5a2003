//! Requests that cannot be answered with the page that was wanted.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::fields::Fields;
use crate::desk::DeskError;
use crate::store::StoreError;

/// Why a request gets another page than it wanted. [`super::shell::explain`] makes a page of it.
#[derive(Clone)]
pub(crate) enum Failure {
    /// Another page comes before this one.
    Elsewhere { path: String },
    /// Nobody is signed in: sign in, and come back here.
    SignIn { back: String },
    /// The session has ended, and something was typed.
    SessionEnded { back: String, fields: Fields },
    /// There is no such page, or no such connection.
    NotFound,
    /// There is such a page, but it is not asked for in this way.
    NotThatWay,
    /// A form of another site, or of another session.
    Forged,
    /// What was sent is no form of these pages.
    Malformed(&'static str),
    /// It is no form at all.
    NotAForm,
    /// It is too much.
    TooLarge,
    /// It came too slowly.
    TooSlow,
    /// Too many requests at once.
    Busy,
    /// The store, or the portal's own database, failed.
    Store,
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Elsewhere { .. } | Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::SessionEnded { .. } => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotThatWay => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Store => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What happened, and what to do.
    pub(crate) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Elsewhere { .. } => ("Another page comes first", "You are taken there."),
            Self::SignIn { .. } | Self::SessionEnded { .. } => {
                ("Sign in again", "Your session has ended. What you typed is kept: sign in, and go on.")
            }
            Self::NotFound => (
                "There is nothing here",
                "The page or the connection does not exist, or not any more. Go back to the list of connections.",
            ),
            Self::NotThatWay => (
                "This page is not asked for in this way",
                "Nothing was changed. Open it by a link or a form of these pages.",
            ),
            Self::Forged => (
                "This form is not from your session",
                "Nothing was changed. It may be from before you signed in: go back, reload the page, and send it again.",
            ),
            Self::Malformed(what) => ("This request is not understood", what),
            Self::NotAForm => (
                "This request is no form",
                "Nothing was changed. These pages send forms as application/x-www-form-urlencoded.",
            ),
            Self::TooLarge => (
                "That is too much",
                "Nothing was changed. Go back: your browser still has what you typed; shorten it, and send it again.",
            ),
            Self::TooSlow => ("That took too long", "Nothing was changed. Go back, and send it again."),
            Self::Busy => (
                "Too much is going on at this moment",
                "Nothing was changed. Go back, and try again in a few seconds.",
            ),
            Self::Store => (
                "The store cannot be reached",
                "Whether anything was changed is not known. Go back, and try again: doing the same twice does no harm.",
            ),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the portal's own database failed");
        Self::Store
    }
}

impl From<getrandom::Error> for Failure {
    fn from(error: getrandom::Error) -> Self {
        DeskError::Entropy(error).into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::Store
    }
}
