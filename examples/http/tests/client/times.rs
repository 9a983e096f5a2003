//! It comes to an end, however slow the other side is.

use std::time::Duration;

use handclasp::Transport;
use handclasp_http::{ClientLimits, HttpError};

use crate::support::played::Played;
use crate::support::{ends, impatient, transport, url};

const PAUSE: Duration = Duration::from_millis(20);

async fn is_given_up(server: Played) {
    let exchanged = ends(impatient().exchange(&server.url(), b"a message")).await;
    assert!(matches!(exchanged, Err(HttpError::TimedOut { .. })), "it gave {exchanged:?}");
    // The answer has come, or would have.
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn silence_is_given_up() {
    is_given_up(Played::silent().await).await;
}

#[tokio::test]
async fn a_slow_head_is_given_up() {
    is_given_up(Played::going_on("HTTP/1.1 200 OK\r\nx: ", "a", PAUSE).await).await;
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\ncontent-length: 60000\r\n\r\n";
    is_given_up(Played::going_on(head, "a", PAUSE).await).await;
}

#[tokio::test]
async fn slow_chunks_are_given_up() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\ntransfer-encoding: chunked\r\n\r\n";
    is_given_up(Played::going_on(head, "1\r\na\r\n", PAUSE).await).await;
}

#[tokio::test]
async fn interim_answers_without_end_are_given_up() {
    is_given_up(Played::going_on("", "HTTP/1.1 100 Continue\r\n\r\n", Duration::ZERO).await).await;
}

#[tokio::test]
async fn a_discovery_is_given_up() {
    let server = Played::silent().await;
    let outcome = ends(impatient().discover(&server.url())).await;
    assert!(matches!(outcome, Err(HttpError::TimedOut { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn who_never_begins_with_tls_is_given_up_as_not_connected() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = url(&format!("https://{}", silent.local_addr().unwrap()));
    let limits = ClientLimits::default().connect(Duration::from_millis(300)).whole(Duration::from_secs(600));
    let outcome = ends(transport().with_limits(limits).exchange(&to, b"")).await;
    assert!(matches!(outcome, Err(HttpError::TimedOut { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn an_exchange_that_is_dropped_closes_its_connection() {
    let (closed, is_closed) = tokio::sync::mpsc::unbounded_channel();
    let server = Played::doing(move |mut stream| {
        let closed = closed.clone();
        async move {
            let end = tokio::io::AsyncReadExt::read(&mut stream, &mut [0]).await?;
            closed.send(end).map_err(std::io::Error::other)
        }
    })
    .await;
    let mut is_closed = is_closed;
    let (transport, to) = (transport(), server.url());
    let exchange = tokio::spawn(async move { transport.exchange(&to, b"a message").await });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    exchange.abort();
    assert_eq!(ends(is_closed.recv()).await, Some(0));
}
