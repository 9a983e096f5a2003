//! A transport over real sockets keeps the contract: frames over TCP, with a connection for each exchange.
//!
//! Not one for production: whom it talks to it does not know, and everybody can read what it says.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::time::Duration;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Mutex;

use handclasp::conformance::{self, Failure, Peer, Task, TransportSetup};
use handclasp::{Instance, InstanceUrl, Transport, UrlPolicy, handshake};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

/// The most bytes of an answer.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What a request begins with.
const DISCOVER: u8 = 0;
const EXCHANGE: u8 = 1;

/// Writes the length in four bytes, and the bytes.
async fn write_frame(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| ErrorKind::InvalidInput)?;
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(bytes).await
}

/// Reads a frame of at most so many bytes. One that is cut is an error, and so is none.
async fn read_frame(stream: &mut TcpStream, most: usize) -> Result<Vec<u8>> {
    let length = usize::try_from(stream.read_u32().await?).map_err(|_| ErrorKind::InvalidData)?;
    if length > most {
        return Err(Error::new(ErrorKind::InvalidData, "the frame is too long"));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// The client.
struct Tcp {
    policy: UrlPolicy,
    time_out: Duration,
}

impl Tcp {
    async fn ask(&self, url: &InstanceUrl, request: u8, message: &[u8]) -> Result<Vec<u8>> {
        let asking = async {
            let mut stream = self.connect(url).await?;
            stream.write_u8(request).await?;
            write_frame(&mut stream, message).await?;
            read_frame(&mut stream, MAX_ANSWER_BYTES).await
        };
        timeout(self.time_out, asking).await?
    }

    /// Connects to an address that the policy permits, and not to what the name resolves to later.
    async fn connect(&self, url: &InstanceUrl) -> Result<TcpStream> {
        let addresses = lookup_host((url.host(), url.port_or_default())).await?;
        let permitted: Vec<_> = addresses.filter(|address| self.policy.permits_addr(address.ip())).collect();
        TcpStream::connect(permitted.as_slice()).await
    }
}

impl Transport for Tcp {
    type Error = Error;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance> {
        Ok(serde_json::from_slice(&self.ask(url, DISCOVER, &[]).await?)?)
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>> {
        self.ask(to, EXCHANGE, message).await
    }
}

/// The server: one request for each connection. A node that fails answers nothing, and the connection is closed.
async fn serve(listener: TcpListener, peer: Peer, instance: Instance) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream, peer.clone(), instance.clone()));
    }
}

async fn answer(mut stream: TcpStream, peer: Peer, instance: Instance) -> Result<()> {
    let request = stream.read_u8().await?;
    let message = read_frame(&mut stream, handshake::MAX_MESSAGE_BYTES).await?;
    let answer = match request {
        DISCOVER => Some(serde_json::to_vec(&instance)?),
        _ => peer.handle(message).await,
    };
    match answer {
        Some(answer) => write_frame(&mut stream, &answer).await,
        None => Ok(()),
    }
}

/// Servers on this machine, until the runtime ends.
#[derive(Default)]
struct Loopback {
    taken: Mutex<Vec<TcpSocket>>,
}

impl Loopback {
    async fn listen() -> (TcpListener, InstanceUrl) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url_of(listener.local_addr().unwrap());
        (listener, url)
    }
}

fn url_of(address: SocketAddr) -> InstanceUrl {
    InstanceUrl::parse(&format!("http://{address}")).unwrap()
}

impl TransportSetup for Loopback {
    type Transport = Tcp;

    async fn transport(&self) -> Tcp {
        Tcp { policy: UrlPolicy::public().allow_loopback(), time_out: Duration::from_secs(2) }
    }

    async fn serve(&self, peer: Peer) -> InstanceUrl {
        let (listener, url) = Self::listen().await;
        let instance = peer.instance(&url);
        tokio::spawn(serve(listener, peer, instance));
        url
    }

    async fn unreachable(&self) -> InstanceUrl {
        // A port that is taken, so that nobody else gets it, and that nobody listens at.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = url_of(socket.local_addr().unwrap());
        self.taken.lock().unwrap().push(socket);
        url
    }

    async fn silent(&self, _: Peer) -> InstanceUrl {
        let (listener, url) = Self::listen().await;
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
async fn a_transport_over_tcp_keeps_the_contract() -> core::result::Result<(), Failure> {
    println!("{}", conformance::transport(&Loopback::default()).await?);
    Ok(())
}
