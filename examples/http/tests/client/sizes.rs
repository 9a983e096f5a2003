//! How much of an answer is read.

use std::time::Duration;

use handclasp::MAX_ANSWER_BYTES;
use handclasp_http::HttpError;

use crate::support::played::Played;
use crate::{answered_with, exchange_with, reply};

fn assert_too_large(outcome: &Result<Vec<u8>, HttpError>) {
    assert!(matches!(outcome, Err(HttpError::TooLarge { .. })), "it gave {outcome:?}");
}

/// The head of an answer whose length is told in another way, or not at all.
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\ntransfer-encoding: chunked\r\n\r\n";
const UNTIL_CLOSED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\n\r\n";

fn chunk(length: usize) -> String {
    format!("{length:x}\r\n{}\r\n", "x".repeat(length))
}

#[tokio::test]
async fn the_longest_answer_is_read() {
    let longest = "x".repeat(MAX_ANSWER_BYTES);
    assert_eq!(answered_with(reply(&longest)).await.unwrap(), longest.as_bytes());
}

#[tokio::test]
async fn the_longest_answer_is_read_in_chunks() {
    let answer = format!("{CHUNKED}{}{}0\r\n\r\n", chunk(1), chunk(MAX_ANSWER_BYTES - 1));
    assert_eq!(answered_with(answer).await.unwrap().len(), MAX_ANSWER_BYTES);
}

#[tokio::test]
async fn a_longer_answer_that_says_so_is_refused() {
    assert_too_large(&answered_with(reply(&"x".repeat(MAX_ANSWER_BYTES + 1))).await);
}

#[tokio::test]
async fn an_answer_that_says_it_is_longer_is_not_waited_for() {
    // Nothing of the body comes, and the connection stays open.
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\ncontent-length: 65537\r\n\r\n";
    let server = Played::doing(move |mut stream| async move {
        tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await?;
        std::future::pending().await
    })
    .await;
    assert_too_large(&exchange_with(&server).await);
}

#[tokio::test]
async fn a_longer_answer_in_chunks_is_refused() {
    assert_too_large(&answered_with(format!("{CHUNKED}{}0\r\n\r\n", chunk(MAX_ANSWER_BYTES + 1))).await);
}

#[tokio::test]
async fn a_longer_answer_whose_length_nobody_says_is_refused() {
    let body = "x".repeat(MAX_ANSWER_BYTES + 1);
    assert_too_large(&answered_with(format!("{UNTIL_CLOSED}{body}")).await);
}

#[tokio::test]
async fn an_endless_answer_in_chunks_is_refused() {
    let server = Played::going_on(CHUNKED, "5\r\nhello\r\n", Duration::ZERO).await;
    assert_too_large(&exchange_with(&server).await);
}

#[tokio::test]
async fn an_endless_answer_whose_length_nobody_says_is_refused() {
    let server = Played::going_on(UNTIL_CLOSED, "hello", Duration::ZERO).await;
    assert_too_large(&exchange_with(&server).await);
}

#[tokio::test]
async fn an_endless_header_is_refused() {
    let server = Played::going_on("HTTP/1.1 200 OK\r\nx: ", "hello", Duration::ZERO).await;
    assert_too_large(&exchange_with(&server).await);
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let server = Played::going_on(HEAD, "x: hello\r\n", Duration::ZERO).await;
    assert_too_large(&exchange_with(&server).await);
}

/// How an answer is taken whose head has this many bytes more than it needs.
async fn with_more_of_a_head(bytes: usize) -> Result<Vec<u8>, HttpError> {
    let header = format!("x: {}\r\n\r\n", "a".repeat(bytes));
    answered_with(reply("hello").replace("\r\n\r\n", &format!("\r\n{header}"))).await
}

#[tokio::test]
async fn a_long_head_is_read() {
    assert_eq!(with_more_of_a_head(12 * 1024).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_longer_head_is_refused() {
    assert_too_large(&with_more_of_a_head(32 * 1024).await);
}
