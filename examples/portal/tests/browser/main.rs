//! The pages in a real browser: what people do, and what they see.
//!
//! Needs Chromium and its driver (`apt-get install -y --no-install-recommends chromium chromium-driver`), and axe-core, which
//! the script `fetch-axe` fetches. Each test has companies and a browser of its own, on loopback.

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
