//! A network between a store and its server, which loses what the server says.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Config;

/// Passes everything on, until it is told to be silent.
pub(crate) struct Proxy {
    address: SocketAddr,
    is_silent: Arc<AtomicBool>,
}

impl Proxy {
    /// In front of this server.
    pub(crate) async fn before(server: &Config) -> Self {
        let port = server.get_ports()[0];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_silent = Arc::new(AtomicBool::new(false));
        let silence = is_silent.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(pass_on(client, server, silence.clone()));
            }
        });
        Self { address, is_silent }
    }

    /// The server, as it is reached through here.
    pub(crate) fn config(&self, server: &Config) -> Config {
        let user = server.get_user().unwrap();
        format!("postgres://{user}@{}/{}", self.address, server.get_dbname().unwrap()).parse().unwrap()
    }

    /// Whether what the server says is lost from now on.
    pub(crate) fn be_silent(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }
}

async fn pass_on(client: TcpStream, server: TcpStream, is_silent: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
        if !is_silent.load(Ordering::SeqCst) && to_client.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
