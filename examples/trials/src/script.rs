//! A server that a script starts, and ends when its test does.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A script that runs a server for as long as its input is open, and obeys the commands that it reads from there.
///
/// Dropping it closes the input and waits for the script; if the test is killed, the system closes it.
#[derive(Debug)]
pub struct Script {
    process: Child,
    /// Taken to close it.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Script {
    /// Starts it.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let commands = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("it was piped"));
        Self { process, commands, answers }
    }

    /// The next line that it says; nothing if it has ended.
    ///
    /// # Panics
    /// If that is no text.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Has it do something.
    ///
    /// # Panics
    /// If it does not answer `ok`.
    pub fn command(&mut self, command: &str) {
        writeln!(self.commands.as_mut().expect("it is open until the end"), "{command}").unwrap();
        let answer = self.line();
        assert_eq!(answer, "ok", "{command}");
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.commands.take());
        // Whether it had ended before, or ends with an error: there is nobody to do anything about it.
        let _ = self.process.wait();
    }
}
