//! Servers that are played: what they say is up to the test, byte by byte.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// A server that reads a request, and then does what the test says. It ends with the test's runtime.
pub(crate) struct Played {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Played {
    /// After each request it does this, and closes the connection.
    pub(crate) async fn doing<F>(act: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (seen, act) = (requests.clone(), Arc::new(act));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, act) = (seen.clone(), act.clone());
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await?;
                    seen.lock().unwrap().push(request);
                    act(stream).await
                });
            }
        });
        Self { address, requests }
    }

    /// It says this, and closes the connection.
    pub(crate) async fn saying(bytes: impl AsRef<[u8]>) -> Self {
        let bytes: Arc<[u8]> = bytes.as_ref().into();
        Self::doing(move |mut stream| {
            let bytes = bytes.clone();
            async move { stream.write_all(&bytes).await }
        })
        .await
    }

    /// It says nothing.
    pub(crate) async fn silent() -> Self {
        Self::doing(|stream| async move {
            let _open = stream;
            std::future::pending().await
        })
        .await
    }

    /// It says this first, and then these bytes again and again, with a pause before each.
    pub(crate) async fn going_on(first: &'static str, then: &'static str, pause: Duration) -> Self {
        Self::doing(move |mut stream| async move {
            stream.write_all(first.as_bytes()).await?;
            loop {
                stream.write_all(then.as_bytes()).await?;
                // None is none: a sleep takes a millisecond at least.
                if !pause.is_zero() {
                    sleep(pause).await;
                }
            }
        })
        .await
    }

    pub(crate) fn url(&self) -> handclasp::InstanceUrl {
        super::url_of(self.address)
    }

    /// The heads of the requests that have come.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The first lines of the requests that have come.
    pub(crate) fn request_lines(&self) -> Vec<String> {
        self.requests().iter().filter_map(|request| Some(request.lines().next()?.to_owned())).collect()
    }
}

/// Reads head and body, and gives the head.
async fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    let head = loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let body = request.split_off(head);
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length - body.len()]).await?;
    Ok(head)
}
