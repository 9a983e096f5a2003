//! Requests as bytes.

use handclasp_http::MESSAGE_TYPE;

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A request with a body. What else is in its head is lines, each with its end.
pub(crate) fn post(path: &str, media_type: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: portal\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n{more}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A form, by whomever the cookie says.
pub(crate) fn form(path: &str, more: &str, fields: &[u8]) -> Vec<u8> {
    post(path, FORM, more, fields)
}

/// A message to the node.
pub(crate) fn message(message: &[u8]) -> Vec<u8> {
    post("/node", MESSAGE_TYPE, "", message)
}

/// Messages to the node.
pub(crate) fn messages(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    messages.iter().map(|bytes| message(bytes)).collect()
}
