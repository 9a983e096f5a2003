//! Two companies that connect: [`Company`] is one of them, with its node, its pages, its stores and its worker on one port.
//!
//! `cargo run -p portal` starts two on one machine. See the README for how to run one, and `src/web` for the pages.

mod company;
mod config;
mod desk;
mod jobs;
mod page_id;
mod passes;
mod store;
mod web;

pub use company::{Company, OpenError};
pub use config::{Config, Engine};
pub use desk::DeskError;
