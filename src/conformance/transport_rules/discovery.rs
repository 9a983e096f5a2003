//! Rule 10.

use super::DISCOVERY;
use super::call::NoAnswer;
use super::trial::{Served, Trial};
use crate::conformance::{RuleReport, TransportSetup, Violation};

/// How many discoveries there are at once.
const AT_ONCE: usize = 16;

/// Rule 10: who discovers a URL is told which instance is served there, or gets an error.
///
/// # Errors
/// If the rule does not hold.
pub async fn discovery_gives_the_instance(setup: &impl TransportSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(DISCOVERY, setup).await;
    let nodes = [trial.echo().await?, trial.echo().await?];
    for node in &nodes {
        discovered(&mut trial, node).await?;
        trial.echoed("an exchange after a discovery", node, b"after").await?;
        discovered(&mut trial, node).await?;
    }
    let discoveries: Vec<_> =
        nodes.iter().cycle().take(AT_ONCE).map(|node| (node, trial.discover(&node.url))).collect();
    for (node, discovery) in discoveries {
        let found = trial.must("one discovery of many at once", discovery.outcome().await)?;
        trial.check(found == node.instance, || {
            "a discovery of many at once gave another instance".to_owned()
        })?;
    }
    let nobody = setup.unreachable().await;
    let found = trial.discover(&nobody).outcome().await;
    trial
        .check(matches!(found, Err(NoAnswer::Failed(_))), || format!("discovery of nobody gave {found:?}"))?;
    // A node that was discovered has not been sent anything.
    for node in &nodes {
        trial.check(node.arrived().iter().all(|message| message == b"after"), || {
            "a discovery arrived at a node as a message".to_owned()
        })?;
    }
    trial.done()
}

async fn discovered<C: TransportSetup>(trial: &mut Trial<'_, C>, node: &Served) -> Result<(), Violation> {
    let found = trial.must("discovery", trial.discover(&node.url).outcome().await)?;
    trial.check(found == node.instance, || {
        format!("discovery gave {found:?}, and {:?} is served there", node.instance)
    })
}
