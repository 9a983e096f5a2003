//! The client against servers that are played, most of them badly.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test fail like a test")]

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod answers;
mod certificates;
mod discovery;
mod requests;
mod shown;
mod sizes;
mod times;

use handclasp::Transport;
use handclasp_http::HttpError;
use support::played::Played;
use support::{ends, transport};

/// How a server's answer to a message is taken.
async fn exchange_with(server: &Played) -> Result<Vec<u8>, HttpError> {
    ends(transport().exchange(&server.url(), b"a message")).await
}

/// How an exchange ends with a server that answers so.
async fn answered_with(answer: impl AsRef<[u8]>) -> Result<Vec<u8>, HttpError> {
    exchange_with(&Played::saying(answer).await).await
}

/// An answer to a message.
fn reply(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
