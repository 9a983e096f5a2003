//! Listening: connections, their number, and how long each of them may take.

use std::fmt;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// The most bytes of a request's head.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// So long a listener rests when no connection can be accepted: there may be no file descriptors left.
const REST: Duration = Duration::from_millis(200);
/// So often in a row, and it will not be any better.
const MOST_FAILURES: u32 = 300;

/// How to listen: without TLS, 512 connections at once, 10 seconds for TLS and as long for the head of each request,
/// 5 minutes for a connection, and 10 seconds for what is under way when it is to stop.
#[derive(Clone)]
#[must_use]
pub struct ServeOptions {
    tls: Option<Arc<ServerConfig>>,
    connections: usize,
    handshake: Duration,
    head: Duration,
    age: Duration,
    grace: Duration,
}

impl ServeOptions {
    /// Speaks TLS. Without it, let nobody connect but a proxy on the same machine that does.
    pub fn tls(self, tls: Arc<ServerConfig>) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// How many connections there may be at once; at least one. Further ones wait in the queue of the operating system. Each
    /// takes a file descriptor, of which a process commonly has 1,024.
    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// How long the handshake of TLS may take.
    pub fn handshake(self, handshake: Duration) -> Self {
        Self { handshake, ..self }
    }

    /// How long the head of a request may take; a connection on which no request comes ends after the same time.
    pub fn head(self, head: Duration) -> Self {
        Self { head, ..self }
    }

    /// How long a connection may last. Then it ends as if the server was to stop, so that nobody who takes no answers
    /// keeps one for ever.
    pub fn age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    /// How long a request that is under way may go on when the server is to stop.
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            tls: None,
            connections: 512,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            age: Duration::from_secs(300),
            grace: Duration::from_secs(10),
        }
    }
}

impl fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeOptions")
            // There is a private key in it.
            .field("tls", &self.tls.is_some())
            .field("connections", &self.connections)
            .field("handshake", &self.handshake)
            .field("head", &self.head)
            .field("age", &self.age)
            .field("grace", &self.grace)
            .finish()
    }
}

/// Serves HTTP/1.1, over TLS or without, until `stop` ends; then accepts nothing more, and lets what is under way come to
/// its end, for as long as the grace lasts.
///
/// It does what `axum::serve` leaves to others: every stage of a connection has a time after which it ends. If the future
/// is dropped, connections end in the same way, and nobody waits for them.
///
/// # Errors
/// When no connection can be accepted for a minute, unless it is for want of file descriptors or memory: then it waits for
/// others to end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(options.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let (running, stopping) = watch::channel(());
    let accepting = async {
        loop {
            // Nobody closes the semaphore.
            let Ok(permit) = room.clone().acquire_owned().await else { return Ok(()) };
            let stream = accept(&listener).await?;
            let connection =
                Connection { router: router.clone(), options: options.clone(), stopping: stopping.clone() };
            tokio::spawn(async move {
                connection.serve(stream).await;
                drop(permit);
            });
        }
    };
    let ended = tokio::select! {
        ended = accepting => ended,
        () = stop => Ok(()),
    };
    drop(listener);
    drop(stopping);
    running.send_replace(());
    // Each connection holds a receiver.
    running.closed().await;
    ended
}

/// Accepts a connection, and rests a while when that fails: others have to end first, perhaps.
async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let mut failures = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Ok(stream),
            Err(error) if is_of_one_connection(&error) => {}
            // It may be somebody else who holds what is wanting; they must not be able to end this program.
            Err(error) if is_want_of_resources(&error) => sleep(REST).await,
            Err(error) if failures == MOST_FAILURES => return Err(error),
            Err(_) => {
                failures += 1;
                sleep(REST).await;
            }
        }
    }
}

/// Whether it is the connection that failed, and not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

/// Whether there is no file descriptor or no memory left, in this program or on this machine.
fn is_want_of_resources(error: &io::Error) -> bool {
    // The numbers of EMFILE, ENFILE, ENOMEM and ENOBUFS: the first three are the same on all Unixes, the last one is 105 on
    // Linux and 55 on the others. On Windows it is WSAEMFILE and WSAENOBUFS.
    let numbers: &[i32] = if cfg!(windows) {
        &[10_024, 10_055]
    } else if cfg!(any(target_os = "linux", target_os = "android")) {
        &[24, 23, 12, 105]
    } else {
        &[24, 23, 12, 55]
    };
    error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

struct Connection {
    router: Router,
    options: ServeOptions,
    stopping: watch::Receiver<()>,
}

impl Connection {
    async fn serve(mut self, stream: TcpStream) {
        // Answers are written at once. Whether waiting for more would be any better does not decide about failing.
        let _ = stream.set_nodelay(true);
        let Some(tls) = self.options.tls.take() else { return self.speak(stream).await };
        let securing = timeout(self.options.handshake, TlsAcceptor::from(tls).accept(stream));
        tokio::select! {
            // Nothing is under way yet.
            _ = self.stopping.changed() => {}
            // Who fails here is nobody whom one could tell.
            secured = securing => if let Ok(Ok(stream)) = secured {
                self.speak(stream).await;
            }
        }
    }

    /// Speaks HTTP until the other side ends it, it is old, or the server is to stop.
    async fn speak(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.options.head)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(self.router));
        let mut connection = pin!(connection);
        tokio::select! {
            // However it ended: who was to have an answer has it, or is gone.
            _ = connection.as_mut() => return,
            _ = self.stopping.changed() => {}
            () = sleep(self.options.age) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = timeout(self.options.grace, connection).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn want_of_resources_is_told_from_what_will_not_be_any_better() {
        let of = |number| is_want_of_resources(&io::Error::from_raw_os_error(number));
        if cfg!(target_os = "linux") {
            assert!([24, 23, 12, 105].into_iter().all(of));
            // EBADF, EINVAL, ENOTSOCK.
            assert!(![9, 22, 88].into_iter().any(of));
        }
        assert!(!is_want_of_resources(&ErrorKind::Other.into()));
    }
}
