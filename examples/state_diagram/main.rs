//! The life of a connection as pictures, from the table that the crate itself decides by.
//!
//! `cargo run --example state_diagram` prints Mermaid; with `-- --help` it says what else it can do. Nothing is
//! drawn that [`cell`](handclasp::lifecycle::cell) does not say, so a picture cannot say one thing and the crate do
//! another. What leaves a stage as it is, and what is denied, is in `--table` only.
//!
//! - `graph`: the edges, as they follow from the table. **Begin here.**
//! - `mermaid`, `dot`, `table`: the forms of text.
//! - `layout`: where the stages of a picture stand, and how its edges run. A new stage needs a place there.
//! - `drawing`, `checks`, `svg`, `geometry`: from graph and layout to a picture in which nothing covers anything.
//! - `files`: the pictures that are committed, for the README and the crate's documentation.
//! - `flags`: the command line.

mod checks;
mod dot;
mod drawing;
mod files;
mod flags;
mod geometry;
mod graph;
mod layout;
mod mermaid;
mod svg;
mod table;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use flags::Request;
use graph::Graph;

fn main() -> ExitCode {
    let stop = match run().and_then(|text| print(&text)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(stop) => stop,
    };
    let (message, code) = match stop {
        Stop::Usage(message) => (format!("{message}\nSee --help for all flags."), ExitCode::from(2)),
        Stop::Failed(error) => (error.to_string(), ExitCode::FAILURE),
    };
    // If not even that can be written, the exit code says it.
    let _ = writeln!(io::stderr().lock(), "error: {message}");
    code
}

/// The whole text to be printed.
fn run() -> Result<String, Stop> {
    match flags::parse(std::env::args_os().skip(1))? {
        Request::Help => Ok(flags::help()),
        Request::Mermaid(roles) => Ok(all(&roles, mermaid::print)),
        Request::Dot(roles) => Ok(all(&roles, dot::print)),
        Request::Table(roles) => Ok(table::print(&roles)),
        Request::Write(folder) => files::write(&folder),
        Request::Check(folder) => files::check(&folder),
    }
}

fn all(roles: &[handclasp::Role], print: impl Fn(&Graph) -> String) -> String {
    roles.iter().map(|role| print(&Graph::of(*role))).collect::<Vec<_>>().join("\n")
}

/// Prints the text. A reader that has seen enough (`| head -1`) is no error.
fn print(text: &str) -> Result<(), Stop> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Why there is nothing to print.
enum Stop {
    /// Another command line helps: exit code 2.
    Usage(String),
    /// It does not: exit code 1.
    Failed(Box<dyn Error>),
}

impl<E: Into<Box<dyn Error>>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
