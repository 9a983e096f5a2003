//! Rule 5.

use core::future;

use super::ENDING;
use super::call::NoAnswer;
use super::trial::{Served, Trial};
use crate::conformance::waiting::within;
use crate::conformance::{RuleReport, TransportSetup, Violation};
use crate::unless::unless;

/// How often other exchanges may come too late to go on meanwhile: the machine may be slow.
const TRIES: usize = 3;
/// How many exchanges go on meanwhile.
const MEANWHILE: u8 = 8;

/// Rule 5: an exchange that gets no answer comes to an end, and others go on meanwhile.
///
/// # Errors
/// If the rule does not hold.
pub async fn it_comes_to_an_end(setup: &impl TransportSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(ENDING, setup).await;
    let echo = trial.echo().await?;
    let silent = trial.silent().await?;
    let exchange = trial.exchange(&silent, b"to nobody who speaks");
    let discovery = trial.discover(&silent);
    others_go_on(&mut trial, &echo).await?;
    trial.refused("an exchange with somebody who says nothing", exchange).await?;
    // Who knows an instance from elsewhere may say so; but it has to say something.
    let discovered = discovery.outcome().await;
    trial.check(matches!(discovered, Ok(_) | Err(NoAnswer::Failed(_))), || {
        format!("discovery of somebody who says nothing gave {discovered:?}")
    })?;
    trial.echoed("an exchange afterwards", &echo, b"afterwards").await?;
    trial.done()
}

/// While a node does not answer, another one does. A transport that has one exchange at a time fails this every time;
/// one that gave the first up early, because the others were slow, does not.
async fn others_go_on<C: TransportSetup>(trial: &mut Trial<'_, C>, echo: &Served) -> Result<(), Violation> {
    let mut have_gone_on = false;
    for _ in 0..TRIES {
        let mute = trial.serve(|_| future::pending()).await?;
        let waiting = trial.exchange(&mute.url, b"to a node that never answers");
        // A transport that fails at once has no message arrive.
        within(trial.setup.patience(), unless(waiting.ended(), mute.begun.wait())).await;
        trial.check(mute.begun.has_happened(), || {
            "a message did not arrive at a node that never answers".to_owned()
        })?;
        for number in 0..MEANWHILE {
            trial.echoed("an exchange beside one that is not answered", echo, &[number]).await?;
        }
        have_gone_on |= !waiting.has_ended();
        trial.refused("an exchange with a node that never answers", waiting).await?;
        if have_gone_on {
            break;
        }
    }
    trial.check(have_gone_on, || {
        "an exchange that is not answered held up the others until its end".to_owned()
    })
}
