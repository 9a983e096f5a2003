//! The transport and the server against each rule of the contract, over TLS and without.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use handclasp::conformance::{self, Failure, Peer, Task, TransportSetup};
use handclasp::{InstanceUrl, UrlPolicy};
use handclasp_http::{ClientLimits, HttpTransport, Receiving, ServeOptions};
use support::authority::Authority;
use support::names::Local;
use support::server::Server;
use support::{closed_port, local, url};
use tokio::net::{TcpListener, TcpSocket};

/// Servers on this machine, each with a name of its own.
struct Setup {
    /// With TLS if there is one.
    authority: Option<Authority>,
    names: AtomicUsize,
    taken: Mutex<Vec<TcpSocket>>,
}

impl Setup {
    fn with(authority: Option<Authority>) -> Self {
        Self { authority, names: AtomicUsize::new(0), taken: Mutex::default() }
    }

    fn name(&self) -> String {
        format!("node-{}.example.com", self.names.fetch_add(1, Ordering::Relaxed))
    }

    fn url(&self, name: &str, port: u16) -> InstanceUrl {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        url(&format!("{scheme}://{name}:{port}/connector"))
    }
}

impl TransportSetup for Setup {
    type Transport = HttpTransport<Local>;

    async fn transport(&self) -> HttpTransport<Local> {
        let limits = ClientLimits::default().whole(Duration::from_secs(3));
        match &self.authority {
            Some(authority) => {
                HttpTransport::new(UrlPolicy::public().allow_loopback()).trusting(authority.roots())
            }
            None => HttpTransport::new(local()),
        }
        .with_limits(limits)
        .resolving_with(Local)
    }

    async fn serve(&self, peer: Peer) -> InstanceUrl {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = self.name();
        let url = self.url(&name, listener.local_addr().unwrap().port());
        let options = match &self.authority {
            Some(authority) => ServeOptions::default().tls(authority.server(&[&name])),
            None => ServeOptions::default(),
        };
        let instance = peer.instance(&url);
        let router = Receiving::new(&instance, move |message| peer.handle(message)).into_router();
        Server::on(listener, router, options);
        url
    }

    async fn unreachable(&self) -> InstanceUrl {
        let (socket, address) = closed_port();
        self.taken.lock().unwrap().push(socket);
        self.url(&self.name(), address.port())
    }

    async fn silent(&self, _: Peer) -> InstanceUrl {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = self.url(&self.name(), listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.push(stream);
            }
        });
        url
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_transport_keeps_the_contract_over_tls() -> Result<(), Failure> {
    println!("{}", conformance::transport(&Setup::with(Some(Authority::new()))).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_transport_keeps_the_contract_without_tls() -> Result<(), Failure> {
    println!("{}", conformance::transport(&Setup::with(None)).await?);
    Ok(())
}
