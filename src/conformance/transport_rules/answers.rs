//! Rule 8.

use core::time::Duration;

use super::ANSWERS;
use super::trial::{Served, Trial};
use crate::conformance::waiting::after;
use crate::conformance::{RuleReport, TransportSetup, Violation};

/// How many exchanges there are at once.
const AT_ONCE: u8 = 64;
/// How many messages go to two nodes by turns.
const TURNS: u8 = 16;

/// Rule 8: each exchange is answered by the node that it was addressed to, with the answer to its own message.
///
/// # Errors
/// If the rule does not hold.
pub async fn each_exchange_has_its_own_answer(setup: &impl TransportSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(ANSWERS, setup).await;
    let nodes = [trial.echo().await?, trial.echo().await?];
    for turn in 0..TURNS {
        for node in &nodes {
            trial.echoed("an exchange by turns with another node", node, &message(node, turn)).await?;
        }
    }
    all_at_once(&mut trial, &[&nodes[0]]).await?;
    all_at_once(&mut trial, &[&nodes[0], &nodes[1]]).await?;
    for node in &nodes {
        only_its_own(&mut trial, node)?;
    }
    // The later a message is sent, the sooner it is answered.
    let delay = |message: &[u8]| {
        let number = message.first().copied().unwrap_or_default();
        after(Duration::from_millis(1) * u32::from(AT_ONCE.saturating_sub(number)))
    };
    let (slow, other) = (trial.echo_after(delay).await?, trial.echo_after(delay).await?);
    all_at_once(&mut trial, &[&slow]).await?;
    all_at_once(&mut trial, &[&slow, &other]).await?;
    trial.done()
}

/// Exchanges at once, with these nodes by turns. Each has its own answer.
async fn all_at_once<C: TransportSetup>(
    trial: &mut Trial<'_, C>,
    nodes: &[&Served],
) -> Result<(), Violation> {
    let addressed: Vec<_> = (0..AT_ONCE).zip(nodes.iter().cycle()).collect();
    let mut exchanges = Vec::new();
    for (number, node) in &addressed {
        exchanges.push(trial.exchange(&node.url, &message(node, *number)));
    }
    for (exchange, (number, node)) in exchanges.into_iter().zip(addressed) {
        let expected = node.echo_of(&message(node, number));
        trial.answered("one exchange of many at once", exchange, &expected).await?;
    }
    Ok(())
}

/// A message that says which it is and whom it is for. Each is longer than the one before.
fn message(to: &Served, number: u8) -> Vec<u8> {
    let mut message = vec![number];
    message.extend_from_slice(to.url.as_str().as_bytes());
    message.resize(message.len() + usize::from(number) * 200, b'.');
    message
}

/// What has arrived at a node is what was sent to it.
fn only_its_own<C: TransportSetup>(trial: &mut Trial<'_, C>, node: &Served) -> Result<(), Violation> {
    let is_its_own =
        |arrived: &Vec<u8>| arrived.first().is_some_and(|number| *arrived == message(node, *number));
    trial.check(node.arrived().iter().all(is_its_own), || {
        "a message arrived at a node that it was not addressed to".to_owned()
    })
}
