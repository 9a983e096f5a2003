//! What holds for every page: how many at once, where forms come from, and what browsers may do with the answer.

use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::{Shared, admin_pass, shell};

/// How many requests are answered at once.
pub(crate) const MOST_AT_ONCE: usize = 64;

/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// Scripts, styles and pictures are this server's own files; nothing is inline, and nobody shows these pages in a frame.
const CONTENT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                       form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Goes around every page.
pub(super) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    // Paths hold no secret: codes and passwords only ever come in bodies.
    let path = request.uri().path().to_owned();
    let turn = tokio::time::timeout(TURN, app.places.acquire()).await;
    let mut response = match turn {
        Ok(Ok(_turn)) if is_own(&method, &path, request.headers()) => next.run(request).await,
        Ok(Ok(_)) => Failure::Forged.into_response(),
        Ok(Err(_)) | Err(_) => Failure::Busy.into_response(),
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let allowed = response.headers_mut().remove(ALLOW);
        response = shell::explain(&app, &failure);
        if let Some(allowed) = allowed {
            response.headers_mut().insert(ALLOW, allowed);
        }
    }
    tracing::debug!(%method, path, status = response.status().as_u16(), millis = begun.elapsed().as_millis(), "answered");
    protect(response.headers_mut(), app.tls);
    response
}

/// Whether a form comes from these pages. Browsers say so themselves; what is no browser has no session to abuse.
fn is_own(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    if *method == Method::GET || *method == Method::HEAD || path == admin_pass::CHECK_PATH {
        return true;
    }
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => text(ORIGIN)
            .is_none_or(|origin| origin.split_once("://").map(|(_, authority)| authority) == text(HOST)),
    }
}

fn protect(headers: &mut HeaderMap, tls: bool) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT));
    // Not `no-referrer`: browsers would leave out the origin of forms, too.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    // Whatever says nothing else is a page, and pages hold codes, or what belongs to who is signed in.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
