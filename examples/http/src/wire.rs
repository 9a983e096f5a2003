//! What both sides agree on: where, and which media type.

use handclasp::InstanceUrl;
use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;

/// Where instances are discovered: this path, followed by that of the URL.
///
/// So `https://acme.example.com/desk` is discovered at `https://acme.example.com/.well-known/handclasp/desk`, which is
/// how RFC 8414 (section 3.1) composes its well-known URLs.
pub const WELL_KNOWN: &str = "/.well-known/handclasp";

/// The media type of messages and of their replies.
pub const MESSAGE_TYPE: &str = "application/vnd.handclasp.message";

/// The media type of a discovered instance.
pub(crate) const INSTANCE_TYPE: &str = "application/json";

/// The path of a URL in a request, where the root is a slash.
pub(crate) fn path_of(url: &InstanceUrl) -> &str {
    if url.path().is_empty() { "/" } else { url.path() }
}

/// Whether a body is said to be of this media type, whatever its parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    let Some(Ok(found)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let essence = found.split_once(';').map_or(found, |(essence, _)| essence);
    essence.trim().eq_ignore_ascii_case(media_type)
}
