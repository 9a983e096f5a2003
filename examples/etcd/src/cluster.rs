//! Asking a cluster: whichever node answers.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::uri::{InvalidUri, Scheme};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::EtcdError;
use crate::wire;

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(1);

/// How long a node may take to answer. Choosing a new leader takes a second or two, as etcd comes.
const ANSWERING: Duration = Duration::from_secs(5);

/// A reply has at most as many records as a transaction has operations, each of at most 64 KiB, and base64 makes four
/// bytes of three. No honest one is longer than this.
const LONGEST_REPLY: usize = 16 << 20;

/// A cluster of etcd nodes, and the connections to it. Clones share them, so make one for the program.
///
/// It goes on to the next node when one does not answer, and stays with one that does. With `C` you choose how nodes
/// are reached: a connector with TLS, say.
#[derive(Clone)]
pub struct Cluster<C = HttpConnector> {
    client: Client<C, Full<Bytes>>,
    nodes: Arc<[Node]>,
    /// Which of them is asked first. Shared, so that one that is down is waited for once.
    first: Arc<AtomicUsize>,
    answering: Duration,
}

/// A node's addresses.
struct Node {
    range: Uri,
    txn: Uri,
}

impl Cluster {
    /// The cluster whose nodes have these client URLs, without TLS. The first is asked first.
    ///
    /// # Errors
    /// [`EndpointError`] if there is none, or one of them is not like `http://10.0.0.1:2379`.
    pub fn new<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> Result<Self, EndpointError> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECTING));
        // Requests are small and wait for an answer each.
        connector.set_nodelay(true);
        Self::over(connector, endpoints)
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Cluster<C> {
    /// The same, reached through this connector. It should give up on a node after a second or so.
    ///
    /// # Errors
    /// As for [`new`](Cluster::new); `https` is welcome as well.
    pub fn over<'a>(
        connector: C,
        endpoints: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EndpointError> {
        let nodes = endpoints.into_iter().map(Node::at).collect::<Result<Arc<[_]>, _>>()?;
        if nodes.is_empty() {
            return Err(EndpointError::None);
        }
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, nodes, first: Arc::default(), answering: ANSWERING })
    }

    /// With another limit for a node's answer than five seconds. What is not answered by then is unclear.
    #[must_use]
    pub const fn answering_within(mut self, limit: Duration) -> Self {
        self.answering = limit;
        self
    }

    /// The keys of a range. Each node is asked until one can say.
    pub(crate) async fn range(&self, request: &Value) -> Result<wire::Range, EtcdError> {
        self.ask(|node| &node.range, request, EtcdError::may_pass).await
    }

    /// A transaction that only reads; as [`range`](Self::range).
    pub(crate) async fn read(&self, request: &Value) -> Result<wire::Transaction, EtcdError> {
        self.ask(|node| &node.txn, request, EtcdError::may_pass).await
    }

    /// A transaction that writes. It is sent once: if it was written and only the answer was lost, a second try would
    /// find the first one's effect in its way.
    pub(crate) async fn write(&self, request: &Value) -> Result<wire::Transaction, EtcdError> {
        self.ask(|node| &node.txn, request, EtcdError::was_not_sent).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        uri: impl Fn(&Node) -> &Uri,
        request: &Value,
        goes_on: impl Fn(&EtcdError) -> bool,
    ) -> Result<T, EtcdError> {
        let body = Bytes::from(request.to_string());
        let first = self.first.load(Ordering::Relaxed);
        let mut turn = 0;
        loop {
            let index = (first + turn) % self.nodes.len();
            #[expect(clippy::indexing_slicing, reason = "a remainder is less, and there is a node")]
            let reply = self.post(uri(&self.nodes[index]), body.clone()).await;
            turn += 1;
            match reply {
                Err(error) if error.may_pass() => {
                    self.move_on(index);
                    if turn == self.nodes.len() || !goes_on(&error) {
                        return Err(error);
                    }
                }
                reply => return serde_json::from_slice(&reply?).map_err(EtcdError::Reply),
            }
        }
    }

    /// Asks the next node first from now on, if nobody has moved on in the meantime.
    fn move_on(&self, from: usize) {
        let next = (from + 1) % self.nodes.len();
        // If somebody has, it is as well.
        let _ = self.first.compare_exchange(from, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// One request to one node.
    async fn post(&self, uri: &Uri, body: Bytes) -> Result<Bytes, EtcdError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let exchange = async {
            // If the connection that it had kept open was closed before a byte was sent, the client takes another one.
            // It repeats nothing else.
            let response = self.client.request(request).await.map_err(|error| {
                if error.is_connect() {
                    EtcdError::Unreachable(error.into())
                } else {
                    EtcdError::Broken(error.into())
                }
            })?;
            let status = response.status();
            let body = Limited::new(response.into_body(), LONGEST_REPLY).collect().await;
            let body = body.map_err(EtcdError::Broken)?.to_bytes();
            if status.is_success() { Ok(body) } else { Err(EtcdError::refused(status.as_u16(), &body)) }
        };
        let answer = tokio::time::timeout(self.answering, exchange).await;
        answer.unwrap_or(Err(EtcdError::TimedOut(self.answering)))
    }
}

impl Node {
    fn at(endpoint: &str) -> Result<Self, EndpointError> {
        let wrong = |source| EndpointError::Wrong { endpoint: endpoint.to_owned(), source };
        let uri: Uri = endpoint.parse().map_err(|error| wrong(Some(error)))?;
        let is_web = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
        if !is_web || uri.path() != "/" || uri.query().is_some() {
            return Err(wrong(None));
        }
        let base = endpoint.trim_end_matches('/');
        let at = |path| format!("{base}/v3/kv/{path}").parse().map_err(|error| wrong(Some(error)));
        Ok(Self { range: at("range")?, txn: at("txn")? })
    }
}

/// A cluster cannot be reached at such addresses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The list is empty.
    #[error("a cluster has at least one endpoint")]
    None,
    /// It is no address of a node.
    #[error("'{endpoint}' is no endpoint; one looks like http://10.0.0.1:2379")]
    Wrong {
        /// The text.
        endpoint: String,
        /// Why it is no URI, if that is what is wrong with it.
        #[source]
        source: Option<InvalidUri>,
    },
}

// The connector need not be `Debug`, and is nobody's business.
impl<C> fmt::Debug for Cluster<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.nodes.iter().filter_map(|node| node.range.authority())).finish()
    }
}
