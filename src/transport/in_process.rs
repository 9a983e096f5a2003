//! A network within one program: for tests, for trying things out, and for losing messages on purpose.

use core::fmt;
use core::future::Future;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{MAX_ANSWER_BYTES, Transport};
use crate::codes::coded;
use crate::flat::flat;
use crate::instance::{Instance, InstanceUrl};
use crate::maybe::{BoxHandler, BoxTimer, MaybeSend, MaybeSync};
use crate::unless::unless;

/// A network that connects the nodes of one program. Clones are the same network.
///
/// Nodes are [`attach`](Self::attach)ed by the URLs of their instance. To try out what may go wrong,
/// [`inject`](Self::inject) faults: each befalls one exchange, in the order in which they were injected.
///
/// It has no clock and no threads. A node that never answers is therefore waited for, until the exchange is dropped;
/// for an end by itself (rule 5 of the contract) bring the clock, with [`give_up_after`](Self::give_up_after).
#[derive(Clone, Default)]
pub struct InProcess(Arc<Mutex<Wires>>);

#[derive(Default)]
struct Wires {
    nodes: BTreeMap<InstanceUrl, Attached>,
    faults: VecDeque<Fault>,
    held: Vec<(InstanceUrl, Vec<u8>)>,
    exchanges: usize,
    timer: Option<Arc<BoxTimer>>,
}

#[derive(Clone)]
struct Attached {
    instance: Instance,
    handler: Arc<BoxHandler<Option<Vec<u8>>>>,
}

impl InProcess {
    /// A network without nodes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Connects a node: its instance is discovered at all its addresses, and if it is public, messages to
    /// its node URL go to the handler, which gives the reply, or `None` if it failed.
    ///
    /// A later node at the same address replaces an earlier one. The network keeps the handler: to let go of
    /// both, [`detach`](Self::detach) it.
    pub fn attach<F>(
        &self,
        instance: &Instance,
        handler: impl Fn(Vec<u8>) -> F + MaybeSend + MaybeSync + 'static,
    ) where
        F: Future<Output = Option<Vec<u8>>> + MaybeSend + 'static,
    {
        let handler: BoxHandler<Option<Vec<u8>>> = Box::new(move |message| Box::pin(handler(message)));
        let attached = Attached { instance: instance.clone(), handler: Arc::new(handler) };
        let mut wires = self.wires();
        for url in instance.addresses() {
            wires.nodes.insert(url.clone(), attached.clone());
        }
    }

    /// Takes an instance off the network: nothing reaches it any more.
    pub fn detach(&self, instance: &Instance) {
        let mut wires = self.wires();
        for url in instance.addresses() {
            wires.nodes.remove(url);
        }
    }

    /// Lets something befall the next exchange that nothing befalls yet.
    pub fn inject(&self, fault: Fault) {
        self.wires().faults.push_back(fault);
    }

    /// Delivers all messages that were [held back](Fault::Delay), and says how many. Nobody waits for the
    /// replies any more.
    pub async fn deliver_delayed(&self) -> usize {
        let held = core::mem::take(&mut self.wires().held);
        let count = held.len();
        for (to, message) in held {
            // Whether the node is gone, or fails: nobody would hear of it.
            let _ = self.deliver(&to, message).await;
        }
        count
    }

    /// Gives up each later exchange whose node has not answered when the future that this makes for it ends.
    ///
    /// ```
    /// # use handclasp::InProcess;
    /// let network = InProcess::new();
    /// network.give_up_after(|| tokio::time::sleep(std::time::Duration::from_secs(15)));
    /// ```
    pub fn give_up_after<F>(&self, timer: impl Fn() -> F + MaybeSend + MaybeSync + 'static)
    where
        F: Future<Output = ()> + MaybeSend + 'static,
    {
        let timer: BoxTimer = Box::new(move || Box::pin(timer()));
        self.wires().timer = Some(Arc::new(timer));
    }

    /// How many exchanges were begun.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.wires().exchanges
    }

    async fn deliver(&self, to: &InstanceUrl, message: Vec<u8>) -> Result<Vec<u8>, InProcessError> {
        let attached = self.attached(to).ok_or(InProcessError::Unreachable)?;
        if attached.instance.callable_url() != Some(to) {
            return Err(InProcessError::Unreachable);
        }
        let timer = self.wires().timer.clone();
        let answering = (attached.handler)(message);
        let answer = match timer {
            Some(timer) => unless(timer(), answering).await.ok_or(InProcessError::TimedOut)?,
            None => answering.await,
        };
        let answer = answer.ok_or(InProcessError::Failed)?;
        if answer.len() > MAX_ANSWER_BYTES { Err(InProcessError::TooLarge) } else { Ok(answer) }
    }

    fn attached(&self, url: &InstanceUrl) -> Option<Attached> {
        self.wires().nodes.get(url).cloned()
    }

    fn wires(&self) -> MutexGuard<'_, Wires> {
        // Nothing in here can panic half way through a change, so it is whole even then.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for InProcess {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, Self::Error> {
        self.attached(url).map(|attached| attached.instance).ok_or(InProcessError::Unreachable)
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, Self::Error> {
        let fault = {
            let mut wires = self.wires();
            wires.exchanges += 1;
            wires.faults.pop_front().unwrap_or(Fault::None)
        };
        match fault {
            Fault::None => self.deliver(to, message.to_vec()).await,
            Fault::LoseRequest => Err(InProcessError::TimedOut),
            Fault::LoseReply => {
                self.deliver(to, message.to_vec()).await?;
                Err(InProcessError::TimedOut)
            }
            Fault::Repeat => {
                self.deliver(to, message.to_vec()).await?;
                self.deliver(to, message.to_vec()).await
            }
            Fault::Delay => {
                self.wires().held.push((to.clone(), message.to_vec()));
                Err(InProcessError::TimedOut)
            }
        }
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("addresses", &self.wires().nodes.len()).finish_non_exhaustive()
    }
}

coded! {
    /// What befalls an exchange.
    #[non_exhaustive]
    pub enum Fault {
        /// Nothing: the exchange goes through, and a later one has the next fault.
        None = "none",
        /// The message is lost.
        LoseRequest = "lose-request",
        /// The message arrives, and the reply is lost.
        LoseReply = "lose-reply",
        /// The message arrives twice; the second reply comes back.
        Repeat = "repeat",
        /// The message is held back until [`InProcess::deliver_delayed`]; its sender gives up waiting.
        Delay = "delay",
    }
}

/// Why an exchange within the program failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InProcessError {
    /// No node is attached at the address, or none that can be called.
    #[error("no node can be reached at this address")]
    Unreachable,
    /// The message or its reply was lost or held back, or the node was given up.
    #[error("no reply came in time")]
    TimedOut,
    /// The node was reached, and failed.
    #[error("the node failed")]
    Failed,
    /// The node answered with more than 64 KiB.
    #[error("the answer is longer than 64 KiB")]
    TooLarge,
}

flat! { InProcessError }

impl InProcessError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Failed => "failed",
            Self::TooLarge => "too-large",
        }
    }
}
