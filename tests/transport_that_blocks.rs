//! The suite needs no executor of its own, nor one that knows about time: a transport that blocks its thread is checked with
//! threads alone.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::time::Duration;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use handclasp::conformance::{self, Failure, Peer, Task, TransportSetup};
use handclasp::{Instance, InstanceUrl, Transport};
use pollster::block_on;

/// The most bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// What a request begins with.
const DISCOVER: u8 = 0;
const EXCHANGE: u8 = 1;

/// A transport whose futures block. A request ends when the stream does, and so does an answer, behind a byte that says
/// that there is one.
struct Blocking {
    time_out: Option<Duration>,
}

impl Blocking {
    fn ask(&self, url: &InstanceUrl, request: u8, message: &[u8]) -> Result<Vec<u8>> {
        let address = SocketAddr::new(url.ip().ok_or(ErrorKind::InvalidInput)?, url.port_or_default());
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(self.time_out)?;
        stream.write_all(&[request])?;
        stream.write_all(message)?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut there_is_one = [0];
        stream.read_exact(&mut there_is_one)?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER_BYTES + 1).read_to_end(&mut answer)?;
        if answer.len() as u64 > MAX_ANSWER_BYTES {
            return Err(Error::new(ErrorKind::InvalidData, "the answer is too long"));
        }
        Ok(answer)
    }
}

impl Transport for Blocking {
    type Error = Error;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance> {
        Ok(serde_json::from_slice(&self.ask(url, DISCOVER, &[])?)?)
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>> {
        self.ask(to, EXCHANGE, message)
    }
}

fn answer(mut stream: TcpStream, peer: &Peer, instance: &Instance) -> Result<()> {
    let mut request = Vec::new();
    stream.read_to_end(&mut request)?;
    let answer = match request.split_first() {
        Some((&DISCOVER, _)) => Some(serde_json::to_vec(instance)?),
        Some((_, message)) => block_on(peer.handle(message.to_vec())),
        None => None,
    };
    if let Some(answer) = answer {
        stream.write_all(&[1])?;
        stream.write_all(&answer)?;
    }
    Ok(())
}

/// Threads on this machine, until the program ends.
struct Threads {
    time_out: Option<Duration>,
    patience: Duration,
}

fn listen() -> (TcpListener, InstanceUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = InstanceUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, url)
}

impl TransportSetup for Threads {
    type Transport = Blocking;

    async fn transport(&self) -> Blocking {
        Blocking { time_out: self.time_out }
    }

    async fn serve(&self, peer: Peer) -> InstanceUrl {
        let (listener, url) = listen();
        let instance = peer.instance(&url);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, peer, instance) = (stream.unwrap(), peer.clone(), instance.clone());
                thread::spawn(move || answer(stream, &peer, &instance));
            }
        });
        url
    }

    async fn unreachable(&self) -> InstanceUrl {
        let (listener, url) = listen();
        // Whoever connects is sent away.
        thread::spawn(move || listener.incoming().for_each(drop));
        url
    }

    async fn silent(&self, _: Peer) -> InstanceUrl {
        let (listener, url) = listen();
        thread::spawn(move || listener.incoming().collect::<Vec<_>>());
        url
    }

    fn spawn(&self, task: Task) {
        thread::spawn(move || block_on(task));
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

#[test]
fn a_transport_that_blocks_keeps_the_contract() -> core::result::Result<(), Failure> {
    let setup = Threads { time_out: Some(Duration::from_secs(2)), patience: Duration::from_secs(60) };
    println!("{}", block_on(conformance::transport(&setup))?);
    Ok(())
}

#[test]
fn a_transport_that_blocks_for_ever_does_not_hold_up_the_suite() {
    let setup = Threads { time_out: None, patience: Duration::from_secs(3) };
    let failure = block_on(conformance::transport(&setup)).unwrap_err();
    let violated: Vec<_> = failure.report().violations().map(|violation| violation.rule.number).collect();
    assert_eq!(violated, [5]);
}
