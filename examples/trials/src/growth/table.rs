//! What was measured, as a table.

use std::fmt;
use std::time::Duration;

use super::operation::Operation;
use super::plan::Layout;

/// What was measured. Prints as a table in Markdown: microseconds a call, and bytes a connection.
#[derive(Clone, Debug)]
pub struct Growth {
    pub(super) title: String,
    pub(super) layout: Layout,
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) size: usize,
    pub(super) bytes: u64,
    pub(super) filling: Duration,
    pub(super) samples: Vec<Samples>,
}

/// The time of one operation at one size.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    pub(super) operation: Operation,
    /// How many calls make a sample.
    pub(super) calls: usize,
    /// Microseconds a call.
    taken: Vec<f64>,
}

impl Samples {
    pub(super) fn new(operation: Operation, calls: usize) -> Self {
        Self { operation, calls, taken: Vec::new() }
    }

    pub(super) fn add(&mut self, taken: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "there are few calls")]
        self.taken.push(taken.as_secs_f64() * 1e6 / self.calls as f64);
    }

    fn cell(&self) -> String {
        let at = |part| short(quantile(self.taken.iter().copied(), part));
        format!("{} / {} / {}", at(0.5), at(0.99), at(1.0))
    }

    /// How many times as long it takes as another, by pairs of neighbours in time.
    fn over(&self, other: &Self) -> f64 {
        quantile(self.taken.iter().zip(&other.taken).map(|(ours, theirs)| ours / theirs), 0.5)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = match self.layout {
            Layout::OneInstance => "of one instance",
            Layout::Thousands => "of instances with 1000 each",
        };
        let samples = self.rows.first().and_then(|row| row.samples.first()).map_or(0, |one| one.taken.len());
        writeln!(f, "{}, connections {layout}; µs: median / p99 / worst of {samples} samples\n", self.title)?;
        write!(f, "| connections |")?;
        for operation in Operation::ALL {
            write!(f, " {} |", operation.title())?;
        }
        writeln!(f, " bytes each | filled in |")?;
        writeln!(f, "|--:|{}--:|--:|", "--:|".repeat(Operation::ALL.len()))?;
        for row in &self.rows {
            write!(f, "| {} |", row.size)?;
            for samples in &row.samples {
                write!(f, " {} |", samples.cell())?;
            }
            writeln!(f, " {} | {:.1} s |", row.bytes_each(), row.filling.as_secs_f64())?;
        }
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return Ok(()) };
        write!(f, "| {} over {} |", last.size, first.size)?;
        for (last, first) in last.samples.iter().zip(&first.samples) {
            write!(f, " × {:.2} |", last.over(first))?;
        }
        if last.bytes_each().min(first.bytes_each()) == 0 {
            return write!(f, " | |");
        }
        #[expect(clippy::cast_precision_loss, reason = "bytes of a record")]
        let bytes = last.bytes_each() as f64 / first.bytes_each() as f64;
        write!(f, " × {bytes:.2} | |")
    }
}

impl Row {
    fn bytes_each(&self) -> u64 {
        self.bytes / u64::try_from(self.size).map_or(1, |size| size.max(1))
    }
}

fn quantile(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "an index, and there are few values"
    )]
    let index = (values.len().saturating_sub(1) as f64 * part).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}

fn short(micros: f64) -> String {
    if micros < 10.0 { format!("{micros:.2}") } else { format!("{micros:.0}") }
}
