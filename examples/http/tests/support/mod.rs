//! What the tests have in common: certificates, names, servers that are played by the byte, and servers that are ours.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail like a test"
)]

pub(crate) mod authority;
pub(crate) mod names;
pub(crate) mod played;
pub(crate) mod server;

use std::net::SocketAddr;
use std::time::Duration;

use handclasp::{Instance, InstanceUid, InstanceUrl, KnownPlatform, UrlPolicy};
use handclasp_http::{ClientLimits, HttpTransport};
use tokio::net::TcpSocket;
use tokio::time::timeout;

/// For what ends by itself, on a machine however slow. A test that hangs fails.
pub(crate) async fn ends<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), future).await.unwrap_or_else(|_| panic!("it does not come to an end"))
}

pub(crate) fn url(text: &str) -> InstanceUrl {
    InstanceUrl::parse(text).unwrap()
}

pub(crate) fn url_of(address: SocketAddr) -> InstanceUrl {
    url(&format!("http://{address}"))
}

/// An instance whose node is at this URL.
pub(crate) fn instance_at(node_url: &str) -> Instance {
    Instance::builder(InstanceUid::parse("jira-1").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url(node_url))
        .build()
        .unwrap()
}

/// What a test permits: servers of its own, on this machine.
pub(crate) fn local() -> UrlPolicy {
    UrlPolicy::public().allow_http().allow_loopback()
}

/// A transport for servers of the test.
pub(crate) fn transport() -> HttpTransport {
    HttpTransport::new(local())
}

/// A transport that does not wait for long.
pub(crate) fn impatient() -> HttpTransport {
    transport().with_limits(short())
}

pub(crate) fn short() -> ClientLimits {
    ClientLimits::default().connect(Duration::from_millis(300)).whole(Duration::from_millis(300))
}

/// A port that is taken, so that nobody else gets it, and that nobody listens at.
pub(crate) fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
