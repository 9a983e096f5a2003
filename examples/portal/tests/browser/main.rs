//! The pages in a real browser: what people do, and what they see.
//!
//! Needs Chromium, its driver, and npm for axe-core, of which the first run fetches one file:
//! `apt-get install -y --no-install-recommends chromium-headless-shell chromium-driver npm`. Each test has companies of its
//! own, on loopback.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

mod keyboard;
mod refusals;
mod returning;
mod screens;
mod secrets;
mod stories;
mod support;
