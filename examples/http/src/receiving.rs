//! The server's paths: where an instance is discovered, and where its messages arrive.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use handclasp::handshake::MAX_MESSAGE_BYTES;
use handclasp::{ConnectionStore, Instance, Node, Transport};
use http_body_util::{LengthLimitError, Limited};
use hyper::body::Body as _;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::body::read_body;
use crate::wire::{INSTANCE_TYPE, MESSAGE_TYPE, WELL_KNOWN, is_of_type, path_of};

/// After so many seconds, who was refused for want of room may try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

type Reply = Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send>>;
type Handler = Box<dyn Fn(Vec<u8>) -> Reply + Send + Sync>;

/// How much a server takes upon itself: 256 messages at once, each of which has 10 seconds to arrive, and 10 to be
/// answered.
///
/// The size is not for choosing: a message has [`MAX_MESSAGE_BYTES`] at most.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ReceiveLimits {
    concurrency: usize,
    body: Duration,
    handler: Duration,
}

impl ReceiveLimits {
    /// How many messages are handled at once. Further ones are refused with 503, and are sent again later.
    pub fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency, ..self }
    }

    /// How long a message may take to arrive, once its head is there. Then it is refused with 408.
    pub fn body(self, body: Duration) -> Self {
        Self { body, ..self }
    }

    /// How long the handler may take. Then its future is dropped, and the answer is 503.
    pub fn handler(self, handler: Duration) -> Self {
        Self { handler, ..self }
    }
}

impl Default for ReceiveLimits {
    fn default() -> Self {
        Self { concurrency: 256, body: Duration::from_secs(10), handler: Duration::from_secs(10) }
    }
}

/// What others find of an instance: its description, at the well-known path of each of its addresses, and its node, which
/// takes messages, if others may call it.
///
/// Only paths are looked at, whatever the host: a proxy in front may serve several hosts, and addresses of an instance may
/// have hosts of their own.
///
/// ```
/// use handclasp::{Instance, InstanceUid, InstanceUrl, KnownPlatform};
/// use handclasp_http::Receiving;
///
/// let jira = Instance::builder(InstanceUid::parse("jira-7f3a")?, KnownPlatform::JiraCloud)
///     .node_url(InstanceUrl::parse("https://acme.example.com/node")?)
///     .build()?;
/// // Usually `Receiving::of(node)`. This one says nothing to anybody.
/// let router = Receiving::new(&jira, |_message| async { Some(Vec::new()) }).into_router();
/// # let _ = router;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiving {
    instance: Instance,
    handler: Handler,
    limits: ReceiveLimits,
}

impl Receiving {
    /// Describes an instance, and gives the messages for it to a handler, which gives the reply; or `None` if it failed,
    /// which is answered with 503.
    ///
    /// The handler's future is dropped when its time is over, or when the other side has closed the connection.
    pub fn new<F>(instance: &Instance, handler: impl Fn(Vec<u8>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Vec<u8>>> + Send + 'static,
    {
        Self {
            instance: instance.clone(),
            handler: Box::new(move |message| Box::pin(handler(message))),
            limits: ReceiveLimits::default(),
        }
    }

    /// Gives the messages to a node.
    ///
    /// Nobody hears of the events that [`Node::handle`] gives, nor why it failed. To do something with them, call it in a
    /// handler of your own, with [`new`](Self::new).
    pub fn of<S, T>(node: Node<S, T>) -> Self
    where
        S: ConnectionStore + Send + Sync + 'static,
        T: Transport + Send + Sync + 'static,
    {
        let node = Arc::new(node);
        let instance = node.instance().clone();
        Self::new(&instance, move |message| {
            let node = node.clone();
            async move { node.handle(&message).await.ok().map(|handled| handled.reply) }
        })
    }

    /// Takes as much upon itself as this.
    #[must_use]
    pub fn with_limits(self, limits: ReceiveLimits) -> Self {
        Self { limits, ..self }
    }

    /// The routes, to be served as they are, or merged with pages of one's own: other paths, or other methods, are free.
    pub fn into_router(self) -> Router {
        // Two addresses may differ in their hosts only.
        let paths: BTreeSet<String> =
            self.instance.addresses().map(|url| format!("{WELL_KNOWN}{}", url.path())).collect();
        let node = self.instance.callable_url().map(|url| path_of(url).to_owned());
        let room = Semaphore::new(self.limits.concurrency.min(Semaphore::MAX_PERMITS));
        let server = Arc::new(Server { receiving: self, room });

        // A path of ours may have a segment that begins with a colon or an asterisk, and means just that.
        let mut router = Router::new().without_v07_checks();
        for path in paths {
            router = router.route(&path, get(describe));
        }
        if let Some(path) = node {
            router = router.route(&path, post(receive));
        }
        router.layer(map_response(uncached)).with_state(server)
    }
}

impl fmt::Debug for Receiving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiving")
            .field("instance", self.instance.uid())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

struct Server {
    receiving: Receiving,
    /// A permit for each message that is handled.
    room: Semaphore,
}

async fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn describe(State(server): State<Arc<Server>>) -> Response {
    match serde_json::to_vec(&server.receiving.instance) {
        Ok(description) => ([(CONTENT_TYPE, INSTANCE_TYPE)], description).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn receive(State(server): State<Arc<Server>>, request: Request) -> Response {
    if !is_of_type(request.headers(), MESSAGE_TYPE) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match server.message(request.into_body()).await {
        Ok(message) => server.answer(message).await,
        Err(refusal) => refusal.into_response(),
    }
}

impl Server {
    /// Reads a message. Who is slow about it takes no room from the others.
    async fn message(&self, body: Body) -> Result<Vec<u8>, Refusal> {
        // It says so itself; a client that waits for `100 Continue` need not send it.
        if body.size_hint().lower() > MAX_MESSAGE_BYTES as u64 {
            return Err(Refusal::TooLarge);
        }
        let reading = read_body(Limited::new(body, MAX_MESSAGE_BYTES));
        match timeout(self.receiving.limits.body, reading).await {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
            Ok(Err(_)) => Err(Refusal::Broken),
            Err(_) => Err(Refusal::Slow),
        }
    }

    async fn answer(&self, message: Vec<u8>) -> Response {
        let Ok(_room) = self.room.try_acquire() else {
            return Refusal::Busy.into_response();
        };
        let handling = (self.receiving.handler)(message);
        match timeout(self.receiving.limits.handler, handling).await {
            Ok(Some(reply)) => ([(CONTENT_TYPE, MESSAGE_TYPE)], reply).into_response(),
            Ok(None) | Err(_) => Refusal::Busy.into_response(),
        }
    }
}

/// Why a message is not answered.
enum Refusal {
    TooLarge,
    Broken,
    Slow,
    /// There is no room, or the handler failed: later there may be an answer.
    Busy,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Self::Broken => StatusCode::BAD_REQUEST.into_response(),
            // What else comes of the body is not the next request.
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, "close")]).into_response(),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, RETRY_SECONDS)]).into_response(),
        }
    }
}
