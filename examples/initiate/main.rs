//! A connection from the first screen to the last: a Salesforce org and a Jira Cloud site in one process.
//!
//! Two nodes, each with a store in memory, on one network within the program; the admin of each walks through
//! the screens of a product that embeds this crate. Run it with `cargo run --example initiate`, and with
//! `-- --help` for other platforms, modes and ways.
//!
//! - `story`: what the two admins do, in order. **Begin here**: these are the calls into the crate.
//! - `sides`: how a node is put together.
//! - `screens`: what an application shows of what the crate gives it.
//! - `layout`, `flags`: the terminal, and the command line.

mod flags;
mod layout;
mod screens;
mod sides;
mod story;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use flags::Request;

fn main() -> ExitCode {
    let stop = match run().and_then(|text| print(&text)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(stop) => stop,
    };
    let (message, code) = match stop {
        Stop::Usage(message) => (format!("{message}\nSee --help for all flags."), ExitCode::from(2)),
        Stop::Failed(error) => (with_sources(error.as_ref()), ExitCode::FAILURE),
    };
    // If not even that can be written, the exit code says it.
    let _ = writeln!(io::stderr().lock(), "error: {message}");
    code
}

/// The whole text to be printed: nothing is, if something is wrong with the flags.
fn run() -> Result<String, Stop> {
    match flags::parse(std::env::args_os().skip(1))? {
        Request::Help => Ok(flags::help()),
        Request::Walk(flags) => pollster::block_on(story::tell(&flags)),
    }
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

/// An error, and what lies behind it.
fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
