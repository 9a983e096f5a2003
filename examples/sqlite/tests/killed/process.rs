//! A process that is killed, as the one that kills it sees it.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use handclasp::Phase;

use super::books::Books;
use super::{RECORDS, WRITERS};

/// The variables by which a process knows that it is to write: where to, and which one of the two it is.
pub(crate) const FILE: &str = "HANDCLASP_KILLED_FILE";
pub(crate) const NUMBER: &str = "HANDCLASP_KILLED_NUMBER";

/// The numbers of the records that this process writes.
pub(crate) fn records(process: u64) -> Range<u64> {
    let each = WRITERS * RECORDS;
    process * each..(process + 1) * each
}

/// A line of its output.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// The record with this number is about to be in this phase, or to be gone.
    Tries(u64, Option<Phase>),
    /// The store has acknowledged it, and given this revision; 0 for a record that is gone.
    Did(u64, u64),
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tries(number, phase) => write!(f, "tries {number} {}", phase.map_or("gone", Phase::code)),
            Self::Did(number, revision) => write!(f, "did {number} {revision}"),
        }
    }
}

impl Said {
    fn read(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split(' ').collect();
        match *words.as_slice() {
            ["tries", number, "gone"] => Some(Self::Tries(number.parse().ok()?, None)),
            ["tries", number, phase] => {
                Some(Self::Tries(number.parse().ok()?, Some(Phase::from_code(phase)?)))
            }
            ["did", number, revision] => Some(Self::Did(number.parse().ok()?, revision.parse().ok()?)),
            _ => None,
        }
    }
}

pub(crate) struct Process {
    number: u64,
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    pub(crate) fn start(file: &Path, number: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(FILE, file)
            .env(NUMBER, number.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            loop {
                let mut line = String::new();
                output.read_line(&mut line).unwrap();
                // Without its end, a line was cut off, and nobody was told anything.
                let Some(line) = line.strip_suffix('\n') else { return };
                if sender.send(line.to_owned()).is_err() {
                    return;
                }
            }
        });
        Self { number, child, lines }
    }

    pub(crate) fn records(&self) -> Range<u64> {
        records(self.number)
    }

    /// Waits for so many acknowledged writes, and enters what it says.
    pub(crate) fn acknowledged(&self, writes: u64, books: &mut Books) {
        let mut left = writes;
        while left > 0 {
            let line = self.lines.recv().expect("a process that nobody has killed goes on");
            if books.enter(Said::read(&line).unwrap()) {
                left -= 1;
            }
        }
    }

    /// Kills it with SIGKILL, and enters what it had said before.
    pub(crate) fn kill(&mut self, books: &mut Books) {
        assert!(
            self.child.try_wait().unwrap().is_none(),
            "it has ended by itself: a write was refused or failed"
        );
        self.child.kill().unwrap();
        assert!(!self.child.wait().unwrap().success());
        while let Ok(line) = self.lines.recv() {
            books.enter(Said::read(&line).unwrap());
        }
    }
}

/// If the test fails, nothing goes on.
impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
