//! What to measure, and for how long.

use std::env;
use std::time::Duration;

/// What to measure, and for how long.
#[derive(Clone, Debug)]
#[must_use]
pub struct Plan {
    pub(super) title: String,
    pub(super) sizes: Vec<usize>,
    pub(super) layout: Layout,
    pub(super) writers: usize,
    pub(super) budget: Duration,
}

/// Whose the connections are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Layout {
    /// All are one instance's.
    OneInstance,
    /// Each instance has a thousand.
    Thousands,
}

impl Plan {
    /// A thousand connections, ten times as many, and so on to a million, all of one instance. With `--quick`, and when
    /// cargo runs the bench as a test, no more than ten thousand. Other arguments are ignored.
    pub fn from_args(title: &str) -> Self {
        let is_short = env::args().any(|argument| argument == "--quick");
        let is_bench = env::args().any(|argument| argument == "--bench");
        let (decades, budget) = if is_bench && !is_short { (3..=6, 20) } else { (3..=4, 1) };
        Self {
            title: title.to_owned(),
            sizes: decades.map(|decade| 10_usize.pow(decade)).collect(),
            layout: Layout::OneInstance,
            writers: 1,
            budget: Duration::from_secs(budget),
        }
    }

    /// No size above this one.
    pub fn up_to(mut self, most: usize) -> Self {
        self.sizes.retain(|size| *size <= most);
        self
    }

    /// Whose the connections are.
    pub fn layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// How many handles fill the database at once: 1, if not said otherwise.
    pub fn writers(self, writers: usize) -> Self {
        Self { writers: writers.max(1), ..self }
    }

    /// How many connections there are to be, smallest first: there is a database for each.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }
}
