//! A harness for noisy machines: subjects take slices in turn, each beside its floor.
//!
//! The floor of a subject is what any implementation of it must do: the sum of primitive operations, by the same
//! libraries, on as many bytes. A ratio is taken slice by slice, from two neighbours in time, so that whatever
//! slows the machine down slows both; all columns are medians over many slices.

pub(crate) mod floor;

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::AllocationInfo;
use handclasp::{
    ConnectionId, ConnectionMode, Entropy, EntropyError, InfoFilled, Instance, InstanceUid, InstanceUrl,
    KnownPlatform, ModeSet, Terms, Timestamp, Wizard,
};

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

/// The subjects of one program, and how much time they have.
pub(crate) struct Bench<'a> {
    title: &'static str,
    budget: Duration,
    subjects: Vec<Subject<'a>>,
}

impl<'a> Bench<'a> {
    /// Takes some seconds, or less with `--quick`, and when cargo runs it as a test. Other arguments are ignored.
    pub(crate) fn from_args(title: &'static str) -> Self {
        let is_short = env::args().any(|argument| argument == "--quick");
        let is_bench = env::args().any(|argument| argument == "--bench");
        let budget = if is_bench && !is_short { Duration::from_secs(12) } else { Duration::from_secs(1) };
        Self { title, budget, subjects: Vec::new() }
    }

    /// Measures what `run` does to what `prepare` gave it, and dropping its result; `prepare` itself does not count.
    pub(crate) fn subject<I, O, F>(
        &mut self,
        name: &'static str,
        floor_of: &'static str,
        mut prepare: impl FnMut() -> I + 'a,
        run: impl Fn(I) -> O + 'a,
        floor: impl Fn() -> F + 'a,
    ) {
        let input = prepare();
        let allocations = allocation_counter::measure(|| drop(black_box(run(black_box(input)))));
        let mut subject = Subject {
            name,
            floor_of,
            allocations,
            repetitions: 1,
            slice: Box::new(move |repetitions| {
                let inputs: Vec<I> = (0..repetitions).map(|_| prepare()).collect();
                time(|| inputs.into_iter().for_each(|input| drop(black_box(run(black_box(input))))))
            }),
            floor: Box::new(move |repetitions| {
                time(|| (0..repetitions).for_each(|_| drop(black_box(floor()))))
            }),
            taken: Vec::new(),
        };
        while (subject.slice)(subject.repetitions) < SLICE && subject.repetitions < MOST_REPETITIONS {
            subject.repetitions *= 2;
        }
        self.subjects.push(subject);
    }

    /// Takes slices in turn until the time is over, then prints the table.
    pub(crate) fn run(mut self) {
        let start = Instant::now();
        while start.elapsed() < self.budget {
            for subject in &mut self.subjects {
                let (slice, floor) =
                    ((subject.slice)(subject.repetitions), (subject.floor)(subject.repetitions));
                subject.taken.push((slice, floor));
            }
        }
        println!("\n{}", self.title);
        println!(
            "{:<28}{:>10}{:>10}{:>8}{:>8}{:>8}",
            "subject", "ns", "floor ns", "ratio", "allocs", "bytes"
        );
        for subject in &self.subjects {
            println!("{}", subject.row());
        }
        println!(
            "medians of {} slices; floors:",
            self.subjects.first().map_or(0, |subject| subject.taken.len())
        );
        for subject in &self.subjects {
            println!("  {:<26}{}", subject.name, subject.floor_of);
        }
    }
}

struct Subject<'a> {
    name: &'static str,
    floor_of: &'static str,
    allocations: AllocationInfo,
    /// How often it runs in a slice.
    repetitions: u32,
    slice: Box<dyn FnMut(u32) -> Duration + 'a>,
    floor: Box<dyn Fn(u32) -> Duration + 'a>,
    /// The subject's time beside its floor's.
    taken: Vec<(Duration, Duration)>,
}

impl Subject<'_> {
    fn row(&self) -> String {
        let nanos = |slice: Duration| slice.as_secs_f64() * 1e9 / f64::from(self.repetitions);
        let subject = median(self.taken.iter().map(|(slice, _)| nanos(*slice)));
        let floor = median(self.taken.iter().map(|(_, floor)| nanos(*floor)));
        let ratio = median(self.taken.iter().map(|(slice, floor)| nanos(*slice) / nanos(*floor)));
        // A floor of nothing is a loop that does nothing.
        let (floor, ratio) = if floor < 1.0 {
            ("-".to_owned(), "-".to_owned())
        } else {
            (format!("{floor:.0}"), format!("{ratio:.2}"))
        };
        let AllocationInfo { count_total, bytes_total, .. } = self.allocations;
        format!("{:<28}{subject:>10.0}{floor:>10}{ratio:>8}{count_total:>8}{bytes_total:>8}", self.name)
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Long beside the clock's resolution, short beside a scheduler's turn.
const SLICE: Duration = Duration::from_micros(200);

/// So that what is prepared for a slice stays in the cache.
const MOST_REPETITIONS: u32 = 512;

/// The side that initiates.
pub(crate) fn source() -> Fallible<Instance> {
    Ok(Instance::builder(InstanceUid::parse("00D5g000004Tn1")?, KnownPlatform::Salesforce)
        .node_url(InstanceUrl::parse(SOURCE_URL)?)
        .licences(ModeSet::ALL)
        .build()?)
}

/// The side that accepts.
pub(crate) fn destination() -> Fallible<Instance> {
    Ok(Instance::builder(InstanceUid::parse("jira-7f3a9c")?, KnownPlatform::JiraCloud)
        .node_url(InstanceUrl::parse(DESTINATION_URL)?)
        .licences(ModeSet::ALL)
        .build()?)
}

/// A wizard of the source's that has only to be initiated, for whoever gets the code.
pub(crate) fn filled() -> Fallible<Wizard<InfoFilled>> {
    let wizard =
        Wizard::start_without_url(source()?, Terms::default(), id()?).choose_mode(ConnectionMode::Script)?;
    let form = wizard.form();
    Ok(wizard.fill(form)?)
}

/// A new id, as a host makes one.
pub(crate) fn id() -> Result<ConnectionId, EntropyError> {
    Ok(ConnectionId::new(Timestamp::now(), Entropy::generate()?))
}

pub(crate) const SOURCE_URL: &str = "https://salesforce.connect.example.com";
pub(crate) const DESTINATION_URL: &str = "https://jira.connect.example.com";
