//! A client that costs little, so that it is the server that is measured: HTTP/1.1 by hand, a request at a time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Whoever waits longer for an answer waits for nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether it is what a node answers to a message, whatever that was.
    pub(crate) fn is_reply(&self) -> bool {
        self.status == 200 && self.field("content-type") == Some(handclasp_http::MESSAGE_TYPE)
    }

    /// A field of its head.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

/// A connection that is kept, and made again when the server has closed it.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: Vec::new() }
    }

    /// Sends a request, and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        let is_old = self.stream.is_some();
        match timeout(PATIENCE, self.exchange(request)).await? {
            // The server ends connections that are old, or on which nothing comes.
            Err(_) if is_old => timeout(PATIENCE, self.exchange(request)).await?,
            answer => answer,
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        stream.write_all(request).await?;
        // Only the head of what a `GET` would give.
        let has_body = !request.starts_with(b"HEAD");
        let answer = read(&mut stream, &mut self.buffer, has_body).await?;
        if answer.field("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

pub(crate) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads one answer. Each has a length; the server sends nothing else.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>, has_body: bool) -> io::Result<Answer> {
    buffer.clear();
    let end = loop {
        more(stream, buffer).await?;
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let mut answer = Answer { status, head, body: Vec::new() };
    let length = answer.field("content-length").filter(|_| has_body);
    let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let body = end + 4;
    while buffer.len() < body + length {
        more(stream, buffer).await?;
    }
    answer.body = buffer.get(body..body + length).unwrap_or_default().to_vec();
    Ok(answer)
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(buffer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
