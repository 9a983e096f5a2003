//! Rule 7.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use super::DROPPED;
use super::call::{Call, NoAnswer};
use super::trial::{Served, Trial};
use crate::conformance::tasks::dropped_after;
use crate::conformance::waiting::{Signal, within};
use crate::conformance::{RuleReport, TransportSetup, Violation};
use crate::instance::InstanceUrl;
use crate::transport::Transport;
use crate::unless::unless;

/// After so many polls at most, a future is dropped.
const POLLS: usize = 16;
/// How many are dropped while their nodes are at work, one after the other: more than a pool has connections.
const HELD: usize = 24;
/// So long an exchange that does not block has for being dropped.
const BLOCKED: Duration = Duration::from_millis(100);
/// How many are dropped at once, beside as many that are not.
const BESIDE: usize = 32;

/// Rule 7: an exchange that is dropped, at whichever of its awaits, leaves the transport as it was; and its answer is
/// not given to another.
///
/// # Errors
/// If the rule does not hold.
pub async fn a_dropped_future_is_a_lost_message(
    setup: &impl TransportSetup,
) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(DROPPED, setup).await;
    drop_at_each_await(&mut trial).await?;
    drop_while_the_node_is_at_work(&mut trial).await?;
    drop_beside_others(&mut trial).await?;
    trial.done()
}

/// Begins an exchange, and drops it after so many polls.
fn dropped<C: TransportSetup>(
    trial: &Trial<'_, C>,
    polls: usize,
    to: &InstanceUrl,
    message: &[u8],
) -> Call<Option<Result<Vec<u8>, NoAnswer>>> {
    let (to, message) = (to.clone(), message.to_vec());
    trial.begin(move |transport| async move {
        let ended = dropped_after(polls, transport.exchange(&to, &message)).await;
        ended.map(|result| result.map_err(|error| NoAnswer::Failed(format!("{error:?}"))))
    })
}

async fn drop_at_each_await<C: TransportSetup>(trial: &mut Trial<'_, C>) -> Result<(), Violation> {
    let echo = trial.echo().await?;
    for polls in 0..=POLLS {
        let message = format!("dropped after {polls} polls");
        let ended = dropped(trial, polls, &echo.url, message.as_bytes()).end().await;
        if let Some(result) = trial.must("an exchange that is dropped", ended)? {
            let answer = trial.must("an exchange that ended before it was dropped", result)?;
            trial.same(
                "an exchange that ended before it was dropped",
                &answer,
                &echo.echo_of(message.as_bytes()),
            )?;
        }
        trial.echoed("an exchange after a dropped one", &echo, message.to_uppercase().as_bytes()).await?;
        drop_a_discovery(trial, polls, &echo).await?;
    }
    Ok(())
}

async fn drop_a_discovery<C: TransportSetup>(
    trial: &mut Trial<'_, C>,
    polls: usize,
    echo: &Served,
) -> Result<(), Violation> {
    let url = echo.url.clone();
    let dropping = trial.begin(move |transport| async move {
        dropped_after(polls, transport.discover(&url)).await.is_some()
    });
    trial.must("a discovery that is dropped", dropping.end().await)?;
    let discovered = trial.discover(&echo.url).outcome().await;
    let discovered = trial.must("a discovery after a dropped one", discovered)?;
    trial.check(discovered == echo.instance, || {
        "a discovery after a dropped one gave another instance".to_owned()
    })?;
    trial.echoed("an exchange after a dropped discovery", echo, &[0]).await
}

/// What the node does with the messages that it is to hold.
#[derive(Clone, Default)]
struct Hold {
    arrived: Signal,
    released: Signal,
}

/// The message arrives, and the exchange is dropped while the node makes its answer. The answer comes all the same: before
/// the next exchange is begun, or after.
async fn drop_while_the_node_is_at_work<C: TransportSetup>(
    trial: &mut Trial<'_, C>,
) -> Result<(), Violation> {
    let present = Arc::new(Mutex::new(Hold::default()));
    let held = present.clone();
    let node = trial.echo_after(move |message| hold(&held, message.starts_with(b"hold"))).await?;
    for round in 0..HELD {
        let this = Hold::default();
        this.clone_into(&mut present.lock().unwrap_or_else(PoisonError::into_inner));
        let (to, message, arrived) = (node.url.clone(), format!("hold {round}"), this.arrived.clone());
        let dropping = trial.begin(move |transport| async move {
            unless(arrived.wait(), transport.exchange(&to, message.as_bytes())).await.is_some()
        });
        within(trial.setup.patience(), unless(dropping.ended(), this.arrived.wait())).await;
        // What blocks its thread is not dropped before it has its answer.
        within(BLOCKED, dropping.ended()).await;
        if round % 2 == 0 {
            this.released.happen();
        }
        let next = format!("next {round}");
        let exchange = trial.exchange(&node.url, next.as_bytes());
        this.released.happen();
        trial.must("an exchange that is dropped when its message has arrived", dropping.end().await)?;
        let expected = node.echo_of(next.as_bytes());
        trial.answered("an exchange after one that was dropped late", exchange, &expected).await?;
        trial.echoed("an exchange after that", &node, b"after that").await?;
    }
    Ok(())
}

fn hold(present: &Mutex<Hold>, is_to_be_held: bool) -> impl Future<Output = ()> + use<> {
    let hold = present.lock().unwrap_or_else(PoisonError::into_inner).clone();
    async move {
        if is_to_be_held {
            hold.arrived.happen();
            hold.released.wait().await;
        }
    }
}

async fn drop_beside_others<C: TransportSetup>(trial: &mut Trial<'_, C>) -> Result<(), Violation> {
    let echo = trial.echo().await?;
    let kept = |number| format!("kept {number}");
    let (mut dropping, mut keeping) = (Vec::new(), Vec::new());
    for number in 0..BESIDE {
        dropping.push(dropped(trial, number % POLLS, &echo.url, b"dropped"));
        keeping.push(trial.exchange(&echo.url, kept(number).as_bytes()));
    }
    for (number, exchange) in keeping.into_iter().enumerate() {
        let expected = echo.echo_of(kept(number).as_bytes());
        trial.answered("an exchange beside dropped ones", exchange, &expected).await?;
    }
    for dropping in dropping {
        trial.must("an exchange that is dropped", dropping.end().await)?;
    }
    trial.echoed("an exchange after many dropped ones", &echo, b"afterwards").await
}
