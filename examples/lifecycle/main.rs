//! The life of a connection: a Salesforce org and a Jira Cloud site, and all that may happen to them.
//!
//! Replies are lost, programs end, invitations are replaced, declined and approved; the connection is switched off and
//! on, an instance is cloned, and in the end one side removes it and is invited again. Run it with
//! `cargo run --example lifecycle`; `cargo run --example initiate` has the screens before it.
//!
//! - `story`: what happens, section by section. **Begin here**: these are the calls into the crate.
//! - `sides`: how a node is put together, ends and begins again.
//! - `disk`: a store that keeps bytes, as one on a disk or in a database does.
//! - `layout`: the lines on the terminal.

mod disk;
mod layout;
mod sides;
mod story;

use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let text = pollster::block_on(story::tell())?;
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // A reader that has seen enough (`| head -1`) is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
