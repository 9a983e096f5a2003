//! The pages over HTTP, without a browser: what people, and what attackers send.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

mod away;
mod clock;
mod codes;
mod double;
mod flood;
mod forms;
mod outdated;
mod requests;
mod secrets;
mod security;
mod sessions;
mod site;
mod story;
mod support;
mod urls;
