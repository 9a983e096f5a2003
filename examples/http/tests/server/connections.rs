//! Connections: how many, and for how long.

use std::time::Duration;

use handclasp_http::axum::Router;
use handclasp_http::axum::routing::get;
use handclasp_http::{ReceiveLimits, ServeOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use crate::support::authority::Authority;
use crate::support::server::{Server, head_of, post, request, rest_of, status};
use crate::{echo, echo_with};

const SHORT: Duration = Duration::from_millis(100);

async fn with(options: ServeOptions) -> Server {
    echo_with(ReceiveLimits::default(), options).await
}

/// A message on a connection that goes on.
fn kept_open() -> String {
    post("/node", "hello").replace("connection: close\r\n", "")
}

#[tokio::test]
async fn a_connection_may_carry_one_message_after_the_other() {
    let server = echo().await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(kept_open().as_bytes()).await.unwrap();
        assert_eq!(status(&head_of(&mut stream).await), 200);
        let mut body = [0; 5];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"hello");
    }
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let server = with(ServeOptions::default().head(SHORT)).await;
    assert_eq!(rest_of(&mut server.connect().await).await, "");
}

#[tokio::test]
async fn who_says_nothing_more_is_not_waited_for() {
    let server = with(ServeOptions::default().head(SHORT)).await;
    let mut stream = server.connect().await;
    stream.write_all(kept_open().as_bytes()).await.unwrap();
    assert!(rest_of(&mut stream).await.ends_with("hello"));
}

#[tokio::test]
async fn a_head_that_comes_slowly_is_not_waited_for() {
    let server = with(ServeOptions::default().head(SHORT)).await;
    let (mut hearing, mut saying) = server.connect().await.into_split();
    let dripping = tokio::spawn(async move {
        saying.write_all(b"POST /node HTTP/1.1\r\n").await?;
        loop {
            saying.write_all(b"x: y\r\n").await?;
            sleep(Duration::from_millis(10)).await;
        }
    });
    // Reset or closed: what it says beyond is not read.
    let _ = crate::support::ends(hearing.read_to_end(&mut Vec::new())).await;
    let end: Result<(), std::io::Error> = crate::support::ends(dripping).await.unwrap();
    end.unwrap_err();
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let answer = echo().await.told(format!("GET /{} HTTP/1.1\r\n", "a".repeat(40_000))).await;
    assert!([414, 431].contains(&status(&answer)), "{answer}");
}

#[tokio::test]
async fn many_headers_are_refused() {
    let answer = echo().await.told(format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(1000))).await;
    assert_eq!(status(&answer), 431);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_others_go_on() {
    let server = echo().await;
    for garbage in ["\0\0\0\0", "hello\r\n\r\n", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03", "GET\r\n\r\n"]
    {
        assert_eq!(status(&server.told(garbage).await), 400, "{garbage:?}");
    }
    assert_eq!(status(&server.told(post("/node", "hello")).await), 200);
}

#[tokio::test]
async fn two_lengths_are_refused() {
    let smuggled =
        post("/node", "hello").replace("content-length: 5", "content-length: 5\r\ncontent-length: 6");
    assert_eq!(status(&echo().await.told(smuggled).await), 400);
}

fn secured(options: ServeOptions) -> ServeOptions {
    options.tls(Authority::new().server(&["a.example.com"]))
}

#[tokio::test]
async fn what_is_no_tls_is_not_answered() {
    let server = with(secured(ServeOptions::default())).await;
    // An alert, at most.
    let mut stream = server.connect().await;
    stream.write_all(post("/node", "hello").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = crate::support::ends(stream.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn who_does_not_begin_with_tls_is_not_waited_for() {
    let server = with(secured(ServeOptions::default().handshake(SHORT))).await;
    assert_eq!(rest_of(&mut server.connect().await).await, "");
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait_for_their_turn() {
    let server = with(ServeOptions::default().connections(1)).await;
    let mut first = server.connect().await;
    first.write_all(kept_open().as_bytes()).await.unwrap();
    head_of(&mut first).await;
    let mut second = server.connect().await;
    second.write_all(post("/node", "hello").as_bytes()).await.unwrap();
    // Only the end of the first lets the second in; that it was not let in before, nothing shows but its silence.
    let mut byte = [0];
    let heard = tokio::time::timeout(SHORT, second.read(&mut byte)).await;
    assert!(heard.is_err(), "it was let in: {heard:?}");
    drop(first);
    assert_eq!(status(&rest_of(&mut second).await), 200);
}

#[tokio::test]
async fn no_connections_at_all_are_one() {
    let server = with(ServeOptions::default().connections(0)).await;
    assert_eq!(status(&server.told(post("/node", "hello")).await), 200);
}

#[tokio::test]
async fn who_does_not_take_the_answer_is_not_waited_for() {
    // More than all buffers on the way hold.
    let pages = Router::new().route("/", get(async || vec![0; 64 * 1024 * 1024]));
    let options = ServeOptions::default().connections(1).age(SHORT).grace(SHORT);
    let server =
        Server::serving(pages.merge(Router::new().route("/small", get(async || "small"))), options).await;
    let mut stuck = server.connect().await;
    stuck.write_all(request("GET", "/").as_bytes()).await.unwrap();
    // There is room for one, so who is next is served when that one was ended.
    assert_eq!(status(&server.told(request("GET", "/small")).await), 200);
}

#[test]
fn options_show_that_there_is_tls_and_not_its_key() {
    assert_eq!(
        format!("{:?}", secured(ServeOptions::default())),
        "ServeOptions { tls: true, connections: 512, handshake: 10s, head: 10s, age: 300s, grace: 10s }"
    );
}
