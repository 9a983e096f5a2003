//! One rule being checked: a transport of its own, nodes for it to call, and calls that count as checks.

use core::error::Error;
use core::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::{Call, NoAnswer};
use crate::conformance::report::{Checking, Rule, RuleReport, Violation};
use crate::conformance::waiting::Signal;
use crate::conformance::{Peer, TransportSetup};
use crate::instance::{Instance, InstanceUid, InstanceUrl, KnownPlatform};
use crate::maybe::{BoxFuture, MaybeSend, MaybeSync};
use crate::mode::ModeSet;
use crate::transport::Transport;

pub(super) struct Trial<'a, C: TransportSetup> {
    pub(super) setup: &'a C,
    transport: Arc<C::Transport>,
    checking: Checking,
    peers: usize,
}

/// An exchange that was begun.
pub(super) type Exchange = Call<Result<Vec<u8>, NoAnswer>>;

/// A node that is served, and what has arrived at it.
pub(super) struct Served {
    pub(super) url: InstanceUrl,
    pub(super) instance: Instance,
    arrived: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Happens when the first message has arrived.
    pub(super) begun: Signal,
}

impl Served {
    /// What has arrived so far. A transport may repeat, so anything may be in there twice.
    pub(super) fn arrived(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an [echo](Trial::echo) answers to a message: whose answer it is, and to what.
    pub(super) fn echo_of(&self, message: &[u8]) -> Vec<u8> {
        echo_of(self.instance.uid(), message)
    }
}

fn echo_of(who: &InstanceUid, message: &[u8]) -> Vec<u8> {
    [who.as_str().as_bytes(), b" was told: ", message].concat()
}

impl<'a, C: TransportSetup> Trial<'a, C> {
    pub(super) async fn of(rule: Rule, setup: &'a C) -> Self {
        let transport = Arc::new(setup.transport().await);
        Self { setup, transport, checking: Checking::of(rule), peers: 0 }
    }

    pub(super) fn done(self) -> Result<RuleReport, Violation> {
        self.checking.done()
    }

    pub(super) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
        self.checking.check(holds, what)
    }

    /// What came of a call that should have worked.
    pub(super) fn must<T, E: fmt::Debug>(
        &mut self,
        call: &str,
        result: Result<T, E>,
    ) -> Result<T, Violation> {
        self.checking.worked(call, result)
    }

    /// What the suite made for itself.
    fn made<T>(&self, made: Result<T, Box<dyn Error>>) -> Result<T, Violation> {
        made.map_err(|error| self.checking.violated(format!("the suite could not be set up: {error}")))
    }

    /// Serves a node that answers so.
    pub(super) async fn serve<F>(
        &mut self,
        answer: impl Fn(Vec<u8>) -> F + MaybeSend + MaybeSync + 'static,
    ) -> Result<Served, Violation>
    where
        F: Future<Output = Option<Vec<u8>>> + MaybeSend + 'static,
    {
        self.serve_named(move |_, message| answer(message)).await
    }

    /// Serves a node that answers with its name and what it was told, so that each answer is told from each other.
    pub(super) async fn echo(&mut self) -> Result<Served, Violation> {
        self.serve_named(|who, message| core::future::ready(Some(echo_of(who, &message)))).await
    }

    /// Serves a node that answers as an echo, when the future that is made for the message has ended.
    pub(super) async fn echo_after<F>(
        &mut self,
        wait: impl Fn(&[u8]) -> F + MaybeSend + MaybeSync + 'static,
    ) -> Result<Served, Violation>
    where
        F: Future<Output = ()> + MaybeSend + 'static,
    {
        self.serve_named(move |who, message| {
            let (wait, answer) = (wait(&message), echo_of(who, &message));
            async move {
                wait.await;
                Some(answer)
            }
        })
        .await
    }

    async fn serve_named<F>(
        &mut self,
        answer: impl Fn(&InstanceUid, Vec<u8>) -> F + MaybeSend + MaybeSync + 'static,
    ) -> Result<Served, Violation>
    where
        F: Future<Output = Option<Vec<u8>>> + MaybeSend + 'static,
    {
        let (arrived, begun) = (Arc::<Mutex<Vec<_>>>::default(), Signal::default());
        let (arrival, beginning) = (arrived.clone(), begun.clone());
        let peer = self.peer(move |who, message| {
            arrival.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
            beginning.happen();
            Box::pin(answer(who, message))
        })?;
        let url = self.setup.serve(peer.clone()).await;
        Ok(Served { instance: peer.instance(&url), url, arrived, begun })
    }

    /// A URL at which nobody says anything.
    pub(super) async fn silent(&mut self) -> Result<InstanceUrl, Violation> {
        let peer = self.peer(|_, _| Box::pin(core::future::pending()))?;
        Ok(self.setup.silent(peer).await)
    }

    /// An instance that no other peer of this trial is, and what it answers, which is told the instance's UID.
    fn peer(
        &mut self,
        answer: impl Fn(&InstanceUid, Vec<u8>) -> BoxFuture<Option<Vec<u8>>> + MaybeSend + MaybeSync + 'static,
    ) -> Result<Peer, Violation> {
        self.peers += 1;
        let number = self.peers;
        let uid = self.made(InstanceUid::parse(&format!("peer-{number}")).map_err(Into::into))?;
        let tracker = format!("https://bücher-{number}.example.com/tracker");
        let tracker = self.made(InstanceUrl::parse(&tracker).map_err(Into::into))?;
        let instance = Instance::builder(uid.clone(), KnownPlatform::JiraCloud)
            .tracker_url(tracker)
            .licences(ModeSet::ALL);
        Ok(Peer::new(instance, Box::new(move |message| answer(&uid, message))))
    }

    /// Begins something with the transport.
    pub(super) fn begin<T, F>(&self, call: impl FnOnce(Arc<C::Transport>) -> F) -> Call<T>
    where
        T: MaybeSend + 'static,
        F: Future<Output = T> + MaybeSend + 'static,
    {
        Call::begin(self.setup, call(self.transport.clone()))
    }

    /// Begins an exchange.
    pub(super) fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Exchange {
        let (to, message) = (to.clone(), message.to_vec());
        self.begin(move |transport| async move {
            transport.exchange(&to, &message).await.map_err(|error| NoAnswer::Failed(format!("{error:?}")))
        })
    }

    /// Begins a discovery.
    pub(super) fn discover(&self, url: &InstanceUrl) -> Call<Result<Instance, NoAnswer>> {
        let url = url.clone();
        self.begin(move |transport| async move {
            transport.discover(&url).await.map_err(|error| NoAnswer::Failed(format!("{error:?}")))
        })
    }

    /// An exchange that is answered with this.
    pub(super) async fn answered(
        &mut self,
        what: &str,
        exchange: Exchange,
        expected: &[u8],
    ) -> Result<(), Violation> {
        let answer = self.must(what, exchange.outcome().await)?;
        self.same(what, &answer, expected)
    }

    /// An echo answers this message, and nothing else.
    pub(super) async fn echoed(
        &mut self,
        what: &str,
        echo: &Served,
        message: &[u8],
    ) -> Result<(), Violation> {
        self.answered(what, self.exchange(&echo.url, message), &echo.echo_of(message)).await
    }

    /// An exchange that ends by itself with an error.
    pub(super) async fn refused(&mut self, what: &str, exchange: Exchange) -> Result<(), Violation> {
        let outcome = exchange.outcome().await.map(|answer| answer.len());
        self.check(matches!(outcome, Err(NoAnswer::Failed(_))), || match outcome {
            Ok(length) => format!("{what} gave an answer of {length} bytes and not an error"),
            Err(error) => format!("{what} gave {error:?}"),
        })
    }

    /// These are the same bytes.
    pub(super) fn same(&mut self, what: &str, found: &[u8], expected: &[u8]) -> Result<(), Violation> {
        self.check(found == expected, || {
            let at = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
            format!(
                "{what} gave {} bytes in place of {}, of which the first {at} are the same",
                found.len(),
                expected.len()
            )
        })
    }
}
