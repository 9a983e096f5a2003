//! The rules of [`ConnectionStore`](crate::ConnectionStore), each as a function of its own, and all together.
//!
//! The functions are in the order of the rules' numbers. Each gives how many checks it made, or what it saw.

// A further rule is a number in the trait's documentation, a file here, its place in `RULES` and in `store`, and a store
// that breaks it in `tests/broken_stores.rs`. `tests/conformance_rules.rs` compares the first with the third.

mod bytes;
mod dropped;
mod failures;
mod instances;
mod length;
mod moving;
mod pages;
mod races;
mod reading;
mod revisions;
mod still;
mod trial;
mod writing;

pub use bytes::bytes_are_kept_as_they_are;
pub use dropped::a_dropped_future_does_all_or_nothing;
pub use failures::three_answers_to_a_write_are_not_one;
pub use instances::instances_are_apart;
pub use length::a_page_is_no_longer_than_asked;
pub use pages::pages_neither_repeat_nor_skip;
pub use races::one_writer_wins;
pub use reading::what_was_written_is_read;
pub use revisions::a_revision_never_comes_back;
pub use writing::{insert_never_overwrites, remove_is_one_too, update_is_a_compare_and_swap};

use crate::conformance::StoreSetup;
use crate::conformance::{Failure, Report, Rule};

const WRITTEN_IS_READ: Rule = Rule::new(1, "what was written is read", 756);
const INSERT: Rule = Rule::new(2, "insert never overwrites", 195);
const UPDATE: Rule = Rule::new(3, "update is a compare-and-swap", 600);
const REMOVE: Rule = Rule::new(4, "remove is one too", 600);
const REVISIONS: Rule = Rule::new(5, "a revision never comes back", 360);
const RACES: Rule = Rule::new(6, "one writer wins", 4_500);
const FAILURES: Rule = Rule::new(7, "three answers to a write are not one", 10);
const PAGES: Rule = Rule::new(8, "pages neither repeat nor skip", 3_400);
const PAGE_LENGTH: Rule = Rule::new(9, "a page is no longer than asked", 3_500);
const DROPPED: Rule = Rule::new(10, "a dropped future does all or nothing", 4_000);
const BYTES: Rule = Rule::new(11, "bytes are kept as they are", 3_200);
const INSTANCES: Rule = Rule::new(12, "instances are apart", 12_900);

/// The rules, in the order of their numbers.
pub const RULES: [Rule; 12] = [
    WRITTEN_IS_READ,
    INSERT,
    UPDATE,
    REMOVE,
    REVISIONS,
    RACES,
    FAILURES,
    PAGES,
    PAGE_LENGTH,
    DROPPED,
    BYTES,
    INSTANCES,
];

/// Checks a store against every rule, one after the other.
///
/// # Errors
/// If a rule does not hold, or was not run, or not enough of it. All rules are run, whatever the others say.
pub async fn store(setup: &impl StoreSetup) -> Result<Report, Failure> {
    let results = vec![
        what_was_written_is_read(setup).await,
        insert_never_overwrites(setup).await,
        update_is_a_compare_and_swap(setup).await,
        remove_is_one_too(setup).await,
        a_revision_never_comes_back(setup).await,
        one_writer_wins(setup).await,
        three_answers_to_a_write_are_not_one(setup).await,
        pages_neither_repeat_nor_skip(setup).await,
        a_page_is_no_longer_than_asked(setup).await,
        a_dropped_future_does_all_or_nothing(setup).await,
        bytes_are_kept_as_they_are(setup).await,
        instances_are_apart(setup).await,
    ];
    Report::of(&RULES, results)
}
