//! Rule 11.

use super::BYTES;
use super::trial::Trial;
use crate::conformance::records::{Made, bytes};
use crate::conformance::{Course, RuleReport, StoreSetup, Violation};
use crate::connection::{Connection, ConnectionForm, Phase};
use crate::handshake;
use crate::text::{ActorName, Description};
use crate::time::{Actor, Timestamp};

/// The largest record here has more bytes than that. The very largest that there can be has some 40 KiB.
const LARGE: usize = 32 * 1024;

/// What text may hold that databases, their languages and their encodings have stumbled over.
const HOSTILE: [&str; 15] = [
    "'; DROP TABLE connections; --",
    "\"quoted\" and \\escaped\\ and `back`",
    "100 % of _ and * and ? and [a-z]",
    "$1 :name @p1 {0} #{x} %s %n",
    "\\x00 \\0 \\u0000 &#0; %00",
    "NULL",
    "null",
    "1e400",
    "{\"$gt\": \"\"}",
    "<script>alert(1)</script>",
    "e\u{301} is not \u{e9}",
    "\u{fb01} \u{212b} \u{1e9e} \u{130} \u{131}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}",
    "\u{1f469}\u{200d}\u{1f4bb} \u{1f1e9}\u{1f1ea} \u{2764}\u{fe0f}",
    "\u{10fffd} \u{e000} \u{feff}x \u{fffd}",
];

/// Rule 11: records come back byte for byte, in every phase, with hostile text, and as large as they get.
///
/// # Errors
/// If the rule does not hold.
pub async fn bytes_are_kept_as_they_are(setup: &impl StoreSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(BYTES, setup)?;
    let (ours, theirs) = (trial.open().await, trial.open().await);
    let mut courses = vec![trial.made(Course::of(0))?];
    for text in HOSTILE {
        let filled = |mut form: ConnectionForm| {
            text.clone_into(&mut form.name);
            text.clone_into(&mut form.description);
            text.clone_into(&mut form.source_short_name);
            form
        };
        let id = trial.made(Course::pending(courses.len() as u64))?.id();
        courses.push(trial.made(Course::with(id, filled))?);
    }
    for course in &courses {
        let mut revision = trial.insert(&ours, &course.pending).await?;
        for phase in Phase::ALL {
            let record = course.in_phase(*phase);
            revision = trial.update(&ours, record, revision).await?;
            trial.stored(&theirs, record, revision).await?;
        }
        trial.remove(&ours, course.pending.id(), revision).await?;
    }
    let id = trial.made(Course::pending(courses.len() as u64))?.id();
    let largest = trial.made(largest(id))?;
    let length = largest.iter().map(|record| bytes(record).len()).max().unwrap_or(0);
    trial.check(length > LARGE, || format!("the suite's largest record has only {length} bytes"))?;
    for record in largest {
        let revision = trial.insert(&ours, &record).await?;
        trial.stored(&theirs, &record, revision).await?;
        trial.remove(&ours, id, revision).await?;
    }
    trial.done()
}

/// The largest texts, and as many events as a record keeps, each by somebody with the longest name: 34 KiB.
fn largest(id: crate::ConnectionId) -> Made<Vec<Connection>> {
    let wide = |characters: usize| "\u{1f980}".repeat(characters);
    let course = Course::with(id, |mut form| {
        form.source_short_name = wide(64);
        form.destination_short_name = wide(63) + "x";
        form.name = wide(255);
        form.description = wide(1000);
        form.incoming_project = wide(255);
        form
    })?;
    let by = Timestamp::MAX.by(Actor::Admin(ActorName::parse(&wide(128))?));
    let mut largest = Vec::new();
    for mut record in [course.pending, course.awaiting, course.accepting, course.active] {
        for edit in 0..64 {
            let last = if edit % 2 == 0 { "x" } else { "y" };
            let description = Description::parse(&(wide(999) + last))?;
            let described = handshake::describe(&record, description, by.clone())?;
            record = described.into_connection().ok_or("a description is stored")?;
        }
        largest.push(record);
    }
    Ok(largest)
}
