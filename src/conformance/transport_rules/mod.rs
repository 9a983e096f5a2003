//! The rules of [`Transport`](crate::Transport) that bytes can show, each as a function of its own, and all together.
//!
//! The functions are in the order of the rules' numbers. Each gives how many checks it made, or what it saw. Rules 2
//! and 3 are about whom a transport believes and which addresses it dials, which no exchange of bytes shows: check them
//! by review. Rule 4 permits, and demands nothing; a message that arrives twice is never a violation here.

mod answers;
mod bytes;
mod call;
mod discovery;
mod dropping;
mod ending;
mod failures;
mod size;
mod trial;

pub use answers::each_exchange_has_its_own_answer;
pub use bytes::bytes_arrive_as_they_are;
pub use discovery::discovery_gives_the_instance;
pub use dropping::a_dropped_future_is_a_lost_message;
pub use ending::it_comes_to_an_end;
pub use failures::no_answer_is_an_error;
pub use size::size_is_bounded;

use super::TransportSetup;
use super::report::{Failure, Report, Rule};

const BYTES: Rule = Rule::new(1, "bytes arrive as they are", 1424);
const ENDING: Rule = Rule::new(5, "it comes to an end", 23);
const SIZE: Rule = Rule::new(6, "size is bounded", 12);
const DROPPED: Rule = Rule::new(7, "a dropped future is a lost message", 354);
const ANSWERS: Rule = Rule::new(8, "each exchange has its own answer", 578);
const FAILURES: Rule = Rule::new(9, "no answer is an error", 32);
const DISCOVERY: Rule = Rule::new(10, "discovery gives the instance", 47);

/// The rules that are checked, in the order of their numbers.
pub const RULES: [Rule; 7] = [BYTES, ENDING, SIZE, DROPPED, ANSWERS, FAILURES, DISCOVERY];

/// Checks a transport against every rule that bytes can show, one after the other, each with a new transport.
///
/// # Errors
/// If a rule does not hold, or was not run, or not enough of it. All rules are run, whatever the others say.
pub async fn transport(setup: &impl TransportSetup) -> Result<Report, Failure> {
    let results = vec![
        bytes_arrive_as_they_are(setup).await,
        it_comes_to_an_end(setup).await,
        size_is_bounded(setup).await,
        a_dropped_future_is_a_lost_message(setup).await,
        each_exchange_has_its_own_answer(setup).await,
        no_answer_is_an_error(setup).await,
        discovery_gives_the_instance(setup).await,
    ];
    Report::of(&RULES, results)
}
