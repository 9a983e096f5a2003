//! Rule 9.

use super::FAILURES;
use super::trial::Trial;
use crate::conformance::{RuleReport, TransportSetup, Violation};

/// How often it fails in turn.
const TURNS: usize = 4;

/// Rule 9: where there is no answer there is an error, and never an empty answer.
///
/// # Errors
/// If the rule does not hold.
pub async fn no_answer_is_an_error(setup: &impl TransportSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(FAILURES, setup).await;
    // It fails when it is told to, and has an empty answer for everything else.
    let node = trial.serve(|message| core::future::ready((message != b"fail").then(Vec::new))).await?;
    let nobody = setup.unreachable().await;
    for _ in 0..TURNS {
        trial.refused("an exchange with a node that failed", trial.exchange(&node.url, b"fail")).await?;
        trial.answered("an exchange with an empty answer", trial.exchange(&node.url, b"well"), b"").await?;
        trial.refused("an exchange with nobody", trial.exchange(&nobody, b"anybody?")).await?;
        trial.refused("an exchange of nothing with nobody", trial.exchange(&nobody, b"")).await?;
        trial.answered("an empty exchange", trial.exchange(&node.url, b""), b"").await?;
    }
    let (failing, fine) = (trial.exchange(&node.url, b"fail"), trial.exchange(&node.url, b"well"));
    let lost = trial.exchange(&nobody, b"anybody?");
    trial.answered("an exchange beside some that fail", fine, b"").await?;
    trial.refused("an exchange with a node that failed", failing).await?;
    trial.refused("an exchange with nobody", lost).await?;
    trial.done()
}
