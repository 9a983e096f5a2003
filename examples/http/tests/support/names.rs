//! Resolvers that say what a test wants.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use handclasp_http::Resolver;

pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const PRIVATE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Every name is on this machine.
pub(crate) struct Local;

impl Resolver for Local {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![LOOPBACK])
    }
}

/// No name is known.
pub(crate) struct Unknown;

impl Resolver for Unknown {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other("no such name"))
    }
}

/// It never answers.
pub(crate) struct Dead;

impl Resolver for Dead {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

/// One answer after the other, whatever the name. Clones are the same.
#[derive(Clone)]
pub(crate) struct Answers {
    left: Arc<Mutex<VecDeque<Vec<IpAddr>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Answers {
    pub(crate) fn of(answers: impl IntoIterator<Item = Vec<IpAddr>>) -> Self {
        Self { left: Arc::new(Mutex::new(answers.into_iter().collect())), asked: Arc::default() }
    }

    /// Which names were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Answers {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let answer = self.left.lock().unwrap().pop_front();
        answer.ok_or_else(|| io::Error::other("asked too often"))
    }
}
