//! The style sheet, the script and the picture: files of this program.

use axum::response::{IntoResponse, Response};

/// For an hour: a new program may bring new ones.
const KEEP: (&str, &str) = ("cache-control", "public, max-age=3600");

pub(super) async fn style() -> Response {
    ([("content-type", "text/css; charset=utf-8"), KEEP], include_str!("../../assets/portal.css"))
        .into_response()
}

pub(super) async fn script() -> Response {
    ([("content-type", "text/javascript; charset=utf-8"), KEEP], include_str!("../../assets/portal.js"))
        .into_response()
}

pub(super) async fn icon() -> Response {
    ([("content-type", "image/svg+xml"), KEEP], include_str!("../../assets/favicon.svg")).into_response()
}
