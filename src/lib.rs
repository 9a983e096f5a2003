//! Set up a connection between two separately run systems.

pub mod instance;
pub mod text;
