//! The pages: which address shows what.

mod accept;
mod admin_pass;
mod assets;
mod connection;
mod connections;
mod failure;
mod fields;
mod guard;
mod initiate;
mod labels;
mod path;
mod said;
mod shell;
mod sign_in;
mod visitor;
mod words;
mod working;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{get, post};
use handclasp::Node;
use handclasp_http::HttpTransport;
use handclasp_worker::Handle;
use tokio::sync::Semaphore;

use crate::desk::Desk;
use crate::jobs::Jobs;
use crate::passes::Passes;
use crate::store::Store;

pub(crate) use admin_pass::CHECK_PATH;
pub(crate) use guard::MOST_AT_ONCE;
pub(crate) use initiate::Clicks;
pub(crate) use visitor::{MOST_LARGE, MOST_STRANGERS};

/// The field in which each form says that it is one of this session's.
const FORM_TOKEN: &str = "form-token";

/// A company's node.
pub(crate) type CompanyNode = Node<Store, HttpTransport>;

/// What all pages of one company share.
pub(crate) struct App {
    /// The company's name.
    pub(crate) company: String,
    pub(crate) node: CompanyNode,
    pub(crate) transport: HttpTransport,
    pub(crate) desk: Desk,
    pub(crate) jobs: Jobs,
    pub(crate) clicks: Clicks,
    pub(crate) passes: Passes,
    pub(crate) worker: Handle,
    /// Two companies on one machine have one host for the browser, and so need two cookies.
    pub(crate) cookie: String,
    /// Whether the pages are reached over TLS, so that the cookie never goes without.
    pub(crate) tls: bool,
    /// How many requests may be answered at once.
    pub(crate) places: Semaphore,
    /// How many bodies of people who are not signed in may be read at once.
    pub(crate) strangers: Semaphore,
    /// How many large bodies may be read at once.
    pub(crate) large: Semaphore,
}

type Shared = Arc<App>;

/// All pages of a company.
pub(crate) fn pages(app: Shared) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/connections") }))
        .route("/connections", get(connections::show))
        .route("/connections/refresh", post(connections::refresh))
        .route("/connections/{id}", get(connection::show))
        .route("/connections/{id}/state", get(connection::state))
        .route("/connections/{id}/{action}", get(connection::ask).post(connection::act))
        .route("/initiate", get(initiate::begin))
        .route("/initiate/{wizard}", get(initiate::destination::show).post(initiate::destination::enter))
        .route("/initiate/{wizard}/mode", get(initiate::mode::show).post(initiate::mode::choose))
        .route(
            "/initiate/{wizard}/information",
            get(initiate::information::show).post(initiate::information::fill),
        )
        .route(
            "/initiate/{wizard}/invitation",
            get(initiate::invitation::again).post(initiate::invitation::initiate),
        )
        .route("/initiate/{wizard}/discard", post(initiate::discard))
        .route("/accept", get(accept::paste).post(accept::preview))
        .route("/accept/answer", get(accept::lost).post(accept::answer))
        .route("/admin-pass", get(admin_pass::show).post(admin_pass::make))
        .route(CHECK_PATH, post(admin_pass::check))
        .route("/working/{id}", get(working::show))
        .route("/working/{id}/state", get(working::state))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/portal.css", get(assets::style))
        .route("/portal.js", get(assets::script))
        .route("/favicon.svg", get(assets::icon))
        .fallback(|| async { failure::Failure::NotFound })
        .method_not_allowed_fallback(|| async { failure::Failure::NotThatWay })
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}
