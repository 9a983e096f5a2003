//! What is an answer, and what is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use handclasp::Transport;
use handclasp_http::{EndpointProblem, HttpError};
use tokio::io::AsyncWriteExt;

use crate::support::played::Played;
use crate::support::{ends, transport};
use crate::{answered_with, exchange_with, reply};

fn assert_no_node<T: std::fmt::Debug>(outcome: &Result<T, HttpError>, why: EndpointProblem) {
    assert!(
        matches!(outcome, Err(HttpError::NotHandclasp { source, .. }) if *source == why),
        "it gave {outcome:?}"
    );
}

/// How an exchange ends when the status is this one, and everything else is as it should be.
async fn with_status(status: u16) -> Result<Vec<u8>, HttpError> {
    answered_with(reply("hello").replace("200 OK", &format!("{status} Something"))).await
}

/// How an exchange ends when the answer has these headers in place of its media type.
async fn with_headers(headers: &str) -> Result<Vec<u8>, HttpError> {
    answered_with(reply("hello").replace("content-type: application/vnd.handclasp.message\r\n", headers))
        .await
}

#[tokio::test]
async fn a_reply_is_an_answer() {
    assert_eq!(answered_with(reply("hello")).await.unwrap(), b"hello");
}

#[tokio::test]
async fn an_empty_reply_is_an_answer() {
    assert_eq!(answered_with(reply("")).await.unwrap(), b"");
}

#[tokio::test]
async fn a_media_type_may_have_parameters_and_capitals() {
    let outcome = with_headers("Content-Type: Application/VND.Handclasp.Message ; v=1\r\n").await;
    assert_eq!(outcome.unwrap(), b"hello");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Played::saying(reply("from elsewhere")).await;
    let (target, status) = (elsewhere.url(), Arc::new(AtomicU16::new(0)));
    let present = status.clone();
    let server = Played::doing(move |mut stream| {
        let (target, status) = (target.clone(), present.load(Ordering::Relaxed));
        async move {
            let head = format!("HTTP/1.1 {status} Go\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
    })
    .await;
    for code in 300..400 {
        status.store(code, Ordering::Relaxed);
        let exchanged = exchange_with(&server).await;
        assert!(
            matches!(exchanged, Err(HttpError::Redirected { status, .. }) if status == code),
            "{code} gave {exchanged:?}"
        );
        let discovered = ends(transport().discover(&server.url())).await;
        assert!(
            matches!(discovered, Err(HttpError::Redirected { status, .. }) if status == code),
            "{code} gave {discovered:?}"
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn where_nothing_of_the_kind_is_there_is_no_node() {
    for status in [404, 405, 410] {
        assert_no_node(&with_status(status).await, EndpointProblem::Status(status));
    }
}

#[tokio::test]
async fn other_successes_are_no_answer() {
    for status in [201, 202, 203, 206, 299] {
        assert_no_node(&with_status(status).await, EndpointProblem::Status(status));
    }
}

#[tokio::test]
async fn no_content_is_no_answer() {
    let outcome = answered_with("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_no_node(&outcome, EndpointProblem::Status(204));
}

#[tokio::test]
async fn other_statuses_are_refusals() {
    for code in [400, 401, 403, 408, 413, 415, 429, 500, 502, 503, 504, 599] {
        let outcome = with_status(code).await;
        assert!(
            matches!(outcome, Err(HttpError::Refused { status, .. }) if status == code),
            "{code} gave {outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_interim_answer_is_waited_out() {
    let outcome = answered_with(format!("HTTP/1.1 103 Early Hints\r\n\r\n{}", reply("hello"))).await;
    assert_eq!(outcome.unwrap(), b"hello");
}

#[tokio::test]
async fn another_protocol_is_not_spoken() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let outcome = answered_with(answer).await;
    assert!(outcome.is_err(), "it gave {outcome:?}");
}

#[tokio::test]
async fn a_page_is_no_answer() {
    assert_no_node(&with_headers("content-type: text/html\r\n").await, EndpointProblem::MediaType);
}

#[tokio::test]
async fn an_answer_without_media_type_is_none() {
    assert_no_node(&with_headers("").await, EndpointProblem::MediaType);
}

#[tokio::test]
async fn a_longer_media_type_is_another_one() {
    let outcome = with_headers("content-type: application/vnd.handclasp.message2\r\n").await;
    assert_no_node(&outcome, EndpointProblem::MediaType);
}

#[tokio::test]
async fn an_encoded_answer_is_none() {
    let headers = "content-type: application/vnd.handclasp.message\r\ncontent-encoding: gzip\r\n";
    assert_no_node(&with_headers(headers).await, EndpointProblem::MediaType);
}

#[tokio::test]
async fn who_speaks_no_http_is_no_node() {
    assert_no_node(&answered_with("SSH-2.0-OpenSSH_9.2\r\n").await, EndpointProblem::NotHttp);
}

/// The connection breaks before there is an answer, or all of it.
async fn breaks_with(answer: &str) {
    let outcome = answered_with(answer).await;
    assert!(matches!(outcome, Err(HttpError::Interrupted { .. })), "{answer:?} gave {outcome:?}");
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_broken() {
    breaks_with("").await;
}

#[tokio::test]
async fn a_connection_that_closes_within_the_head_is_broken() {
    breaks_with("HTTP/1.1 200 OK\r\ncontent-type: appl").await;
}

#[tokio::test]
async fn a_connection_that_closes_within_the_body_is_broken() {
    breaks_with(&reply("hello").replace("length: 5", "length: 6")).await;
}

#[tokio::test]
async fn a_connection_that_closes_before_the_last_chunk_is_broken() {
    breaks_with(&reply("5\r\nhello\r\n").replace("content-length: 10", "transfer-encoding: chunked")).await;
}

#[tokio::test]
async fn a_connection_that_is_reset_is_broken() {
    let server = Played::doing(|stream| async move { stream.set_zero_linger() }).await;
    let outcome = exchange_with(&server).await;
    assert!(matches!(outcome, Err(HttpError::Interrupted { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn nothing_is_sent_a_second_time() {
    let server = Played::saying("").await;
    exchange_with(&server).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}
