//! Transports that yield, that listen, and that answer something else.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use handclasp::{InProcess, InProcessError, Instance, InstanceUrl, Transport};

/// A network that lets others go first, before and after each call.
#[derive(Clone, Debug)]
pub(crate) struct YieldingNetwork(pub(crate) InProcess);

impl Transport for YieldingNetwork {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
        tokio::task::yield_now().await;
        let found = self.0.discover(url).await;
        tokio::task::yield_now().await;
        found
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, InProcessError> {
        tokio::task::yield_now().await;
        let reply = self.0.exchange(to, message).await;
        tokio::task::yield_now().await;
        reply
    }
}

/// One exchange that went through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) to: InstanceUrl,
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

impl Exchange {
    /// Whether it carried an acceptance: kind 1.
    pub(crate) fn is_acceptance(&self) -> bool {
        self.request.get(1) == Some(&1)
    }
}

/// Listens to what goes through, and puts other replies in the place of the next ones. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Tap<T> {
    inner: T,
    heard: Arc<Mutex<Vec<Exchange>>>,
    forged: Arc<Mutex<VecDeque<Vec<u8>>>>,
}

impl<T> Tap<T> {
    pub(crate) fn on(inner: T) -> Self {
        Self { inner, heard: Arc::default(), forged: Arc::default() }
    }

    /// All exchanges so far, with the true replies.
    pub(crate) fn heard(&self) -> Vec<Exchange> {
        self.heard.lock().unwrap().clone()
    }

    /// How many exchanges there were so far with this address.
    pub(crate) fn heard_by(&self, url: &InstanceUrl) -> usize {
        self.heard.lock().unwrap().iter().filter(|exchange| exchange.to == *url).count()
    }

    /// The next exchange that has no other reply yet does not reach anybody, and has this reply.
    pub(crate) fn forge(&self, reply: &[u8]) {
        self.forged.lock().unwrap().push_back(reply.to_vec());
    }
}

impl<T: Transport + Send + Sync> Transport for Tap<T> {
    type Error = T::Error;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, T::Error> {
        self.inner.discover(url).await
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, T::Error> {
        let forged = self.forged.lock().unwrap().pop_front();
        if let Some(reply) = forged {
            return Ok(reply);
        }
        let reply = self.inner.exchange(to, message).await?;
        let exchange = Exchange { to: to.clone(), request: message.to_vec(), reply: reply.clone() };
        self.heard.lock().unwrap().push(exchange);
        Ok(reply)
    }
}
