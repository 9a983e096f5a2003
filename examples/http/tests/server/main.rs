//! The server against clients that speak by the byte, most of them badly.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "../support/mod.rs"]
mod support;

mod connections;
mod discovery;
mod held;
mod messages;
mod stopping;

use handclasp_http::{ReceiveLimits, Receiving, ServeOptions};
use support::instance_at;
use support::server::Server;

/// An instance's node, at `/node`.
const NODE: &str = "https://a.example.com/node";

/// Says what it was told, with these limits.
async fn echo_with(limits: ReceiveLimits, options: ServeOptions) -> Server {
    let echo = Receiving::new(&instance_at(NODE), |message| async { Some(message) });
    Server::serving(echo.with_limits(limits).into_router(), options).await
}

/// Says what it was told.
async fn echo() -> Server {
    echo_with(ReceiveLimits::default(), ServeOptions::default()).await
}
