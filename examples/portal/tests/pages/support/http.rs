//! HTTP by the byte: what is sent is what a test says, and nothing else.

use std::io;
use std::sync::Arc;

use handclasp::InstanceUrl;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A request as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// With this header, in the place of earlier ones of its name.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// With this body, and its length.
    #[must_use]
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("content-length", &length)
    }

    /// With this body in chunks, so that nobody knows beforehand how long it is.
    #[must_use]
    pub(crate) fn chunked(mut self, body: &[u8]) -> Self {
        self.body = Vec::new();
        for chunk in body.chunks(1000) {
            self.body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            self.body.extend(chunk);
            self.body.extend(b"\r\n");
        }
        self.body.extend(b"0\r\n\r\n");
        self.without("content-length").header("transfer-encoding", "chunked")
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let first = format!("{} {} HTTP/1.1", self.method, self.path);
        let head = format!("{first}\r\nhost: {host}\r\n{headers}connection: close\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    fn read(bytes: &[u8], has_body: bool) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, body) = bytes.split_at(end + 4);
        let head = str::from_utf8(head).ok()?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self { status, headers, body: body.to_vec() };
        if answer.header("transfer-encoding").is_some() {
            answer.body = dechunked(body)?;
        }
        let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
        (!has_body || length.is_none_or(|length| length == answer.body.len())).then_some(answer)
    }
}

fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(str::from_utf8(rest.get(..end)?).ok()?, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}

/// Sends a request on a connection of its own.
pub(crate) async fn send(
    url: &InstanceUrl,
    tls: Option<&Arc<ClientConfig>>,
    request: &Request,
) -> io::Result<Answer> {
    let host = format!("{}:{}", url.host(), url.port().unwrap());
    let has_body = request.method != "HEAD";
    exchange(url, tls, &request.bytes(&host), has_body).await
}

/// Sends these bytes, and reads until the other side has ended it.
pub(crate) async fn exchange(
    url: &InstanceUrl,
    tls: Option<&Arc<ClientConfig>>,
    bytes: &[u8],
    has_body: bool,
) -> io::Result<Answer> {
    // Companies of tests never have the usual ones.
    let stream = TcpStream::connect((url.host(), url.port().unwrap())).await?;
    match tls {
        None => speak(stream, bytes, has_body).await,
        Some(config) => {
            let name = ServerName::try_from(url.host().to_owned()).unwrap();
            let stream = TlsConnector::from(config.clone()).connect(name, stream).await?;
            speak(stream, bytes, has_body).await
        }
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite, bytes: &[u8], has_body: bool) -> io::Result<Answer> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut answer = Vec::new();
    let sending = async {
        // Whoever has answered before all of it was sent may take no more.
        let _ = writer.write_all(bytes).await;
        let _ = writer.flush().await;
        std::future::pending::<()>().await;
    };
    let end = tokio::select! {
        () = sending => Ok(0),
        end = reader.read_to_end(&mut answer) => end,
    };
    let problem = end.err();
    Answer::read(&answer, has_body).ok_or_else(|| {
        problem.unwrap_or_else(|| io::Error::other(String::from_utf8_lossy(&answer).into_owned()))
    })
}
