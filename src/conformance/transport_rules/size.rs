//! Rule 6.

use super::SIZE;
use super::trial::Trial;
use crate::conformance::{RuleReport, TransportSetup, Violation};
use crate::transport::MAX_ANSWER_BYTES;

/// What no answer may have: one byte too much, twice the limit, and far more than any buffer.
const TOO_LONG: [usize; 4] = [MAX_ANSWER_BYTES + 1, 2 * MAX_ANSWER_BYTES, 1024 * 1024, 4 * 1024 * 1024];

/// Rule 6: an answer that is too long is an error, and what was left of it is nobody's answer.
///
/// # Errors
/// If the rule does not hold.
pub async fn size_is_bounded(setup: &impl TransportSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(SIZE, setup).await;
    // It is told how long its answer is to be.
    let node = trial
        .serve(|message| {
            let length = <[u8; 8]>::try_from(message).map(u64::from_be_bytes);
            core::future::ready(
                length.ok().and_then(|length| Some(vec![b'x'; usize::try_from(length).ok()?])),
            )
        })
        .await?;
    let longest = vec![b'x'; MAX_ANSWER_BYTES];
    for length in TOO_LONG {
        let told = (length as u64).to_be_bytes();
        let what = format!("an exchange for an answer of {length} bytes");
        trial.refused(&what, trial.exchange(&node.url, &told)).await?;
        let told = (MAX_ANSWER_BYTES as u64).to_be_bytes();
        let next = trial.exchange(&node.url, &told);
        trial.answered("an exchange after too long an answer", next, &longest).await?;
    }
    trial.done()
}
