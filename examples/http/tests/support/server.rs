//! Servers of ours, and clients of them that speak by the byte.

use std::io;
use std::net::SocketAddr;

use handclasp_http::axum::Router;
use handclasp_http::{ServeOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::ends;

/// A server, until the runtime ends or it is told to stop.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<io::Result<()>>,
}

impl Server {
    pub(crate) async fn serving(router: Router, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, router, options)
    }

    pub(crate) fn on(listener: TcpListener, router: Router, options: ServeOptions) -> Self {
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        // A server that a test has dropped goes on.
        let stopped = async {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        Self { address, stop, ended: tokio::spawn(serve(listener, router, options, stopped)) }
    }

    /// Tells it to stop, and gives what ends when it has.
    pub(crate) fn stop(self) -> JoinHandle<io::Result<()>> {
        self.stop.send(()).unwrap();
        self.ended
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Says this, and gives all that comes until the server closes the connection.
    pub(crate) async fn told(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        rest_of(&mut stream).await
    }
}

/// What comes until the other side closes the connection, by whichever means.
pub(crate) async fn rest_of(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    match ends(stream.read_to_end(&mut rest)).await {
        Ok(_) => {}
        // It had not read all that was said to it.
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
    String::from_utf8(rest).unwrap()
}

/// What comes until the end of a head.
pub(crate) async fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(ends(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The status of an answer.
pub(crate) fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("this is no answer: {answer:?}"));
    status[..3].parse().unwrap()
}

/// A message that is posted to a path, in a request of its own connection.
pub(crate) fn post(path: &str, message: &str) -> String {
    let length = message.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: a.example.com\r\nconnection: close\r\n\
         content-type: application/vnd.handclasp.message\r\ncontent-length: {length}\r\n\r\n{message}"
    )
}

/// A request without body, on its own connection.
pub(crate) fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: a.example.com\r\nconnection: close\r\n\r\n")
}
