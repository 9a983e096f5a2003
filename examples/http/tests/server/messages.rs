//! What is done with a message.

use std::sync::Arc;
use std::time::Duration;

use handclasp_http::{ReceiveLimits, Receiving, ServeOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use crate::held::Held;
use crate::support::instance_at;
use crate::support::server::{Server, post, request, rest_of, status};
use crate::{NODE, echo, echo_with};

/// What comes between the head and the end.
fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

/// A message in these chunks.
fn chunked(chunks: &str) -> String {
    post("/node", "").replace("content-length: 0", "transfer-encoding: chunked") + chunks
}

#[tokio::test]
async fn a_message_is_answered_with_what_the_handler_gives() {
    let answer = echo().await.told(post("/node", "hello")).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(body(&answer), "hello");
}

#[tokio::test]
async fn a_reply_is_of_the_media_type_of_messages() {
    let answer = echo().await.told(post("/node", "hello")).await;
    assert!(answer.contains("\r\ncontent-type: application/vnd.handclasp.message\r\n"), "{answer}");
}

#[tokio::test]
async fn an_empty_message_may_have_an_empty_reply() {
    let answer = echo().await.told(post("/node", "")).await;
    assert_eq!((status(&answer), body(&answer)), (200, ""));
}

#[tokio::test]
async fn a_message_may_come_in_chunks() {
    let message = chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    assert_eq!(body(&echo().await.told(message).await), "hello");
}

#[tokio::test]
async fn the_media_type_of_a_message_may_have_parameters_and_capitals() {
    let message = post("/node", "hello").replace("message\r\n", "MESSAGE; v=1\r\n");
    assert_eq!(status(&echo().await.told(message).await), 200);
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let server = echo().await;
    for other in ["text/plain", "application/json", "application/x-www-form-urlencoded", "", "é"] {
        let message = post("/node", "hello").replace("application/vnd.handclasp.message", other);
        assert_eq!(status(&server.told(message).await), 415, "{other}");
    }
}

#[tokio::test]
async fn a_message_without_media_type_is_refused() {
    let message = post("/node", "hello").replace("content-type: application/vnd.handclasp.message\r\n", "");
    assert_eq!(status(&echo().await.told(message).await), 415);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = echo().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MESSAGE"] {
        let answer = server.told(request(method, "/node")).await;
        assert_eq!(status(&answer), 405, "{method}");
        assert!(answer.contains("\r\nallow: POST\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_message_to_another_path_finds_nothing() {
    let server = echo().await;
    for path in ["/", "/nod", "/node2", "/node/", "/node/x", "/NODE", "//node", "/./node", "/%6eode"] {
        assert_eq!(status(&server.told(post(path, "hello")).await), 404, "{path}");
    }
}

#[tokio::test]
async fn the_longest_message_is_handled() {
    let message = "x".repeat(16 * 1024);
    assert_eq!(body(&echo().await.told(post("/node", &message)).await), message);
}

#[tokio::test]
async fn a_longer_message_is_refused() {
    let message = "x".repeat(16 * 1024 + 1);
    assert_eq!(status(&echo().await.told(post("/node", &message)).await), 413);
}

#[tokio::test]
async fn a_message_that_says_it_is_longer_is_not_waited_for() {
    let head = post("/node", "").replace("content-length: 0", "content-length: 16385");
    assert_eq!(status(&echo().await.told(head).await), 413);
}

#[tokio::test]
async fn a_longer_message_in_chunks_is_refused() {
    let message = chunked(&format!("4001\r\n{}\r\n0\r\n\r\n", "x".repeat(16 * 1024 + 1)));
    assert_eq!(status(&echo().await.told(message).await), 413);
}

#[tokio::test]
async fn a_message_without_end_is_refused() {
    let server = echo().await;
    let (mut hearing, mut saying) = server.connect().await.into_split();
    let head = chunked("");
    let talking = tokio::spawn(async move {
        saying.write_all(head.as_bytes()).await?;
        loop {
            saying.write_all(b"5\r\nhello\r\n").await?;
        }
    });
    let mut first = [0; 12];
    crate::support::ends(tokio::io::AsyncReadExt::read_exact(&mut hearing, &mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 413");
    // Nobody listens any more.
    let end: Result<(), std::io::Error> = crate::support::ends(talking).await.unwrap();
    end.unwrap_err();
}

#[tokio::test]
async fn a_message_that_breaks_off_is_not_handled() {
    let handled = Arc::new(Semaphore::new(0));
    let count = handled.clone();
    let receiving = Receiving::new(&instance_at(NODE), move |_| {
        count.add_permits(1);
        async { Some(Vec::new()) }
    });
    let server = Server::serving(receiving.into_router(), ServeOptions::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(post("/node", "hello").replace("length: 5", "length: 6").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    rest_of(&mut stream).await;
    assert_eq!(handled.available_permits(), 0);
}

#[tokio::test]
async fn a_slow_message_is_given_up() {
    let limits = ReceiveLimits::default().body(Duration::from_millis(100));
    let server = echo_with(limits, ServeOptions::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(post("/node", "hello").replace("length: 5", "length: 6").as_bytes()).await.unwrap();
    let answer = rest_of(&mut stream).await;
    assert_eq!(status(&answer), 408);
}

#[tokio::test]
async fn who_is_slow_takes_no_room_from_others() {
    let server = echo_with(ReceiveLimits::default().concurrency(1), ServeOptions::default()).await;
    let mut slow = server.connect().await;
    slow.write_all(post("/node", "hello").replace("length: 5", "length: 6").as_bytes()).await.unwrap();
    assert_eq!(status(&server.told(post("/node", "hello")).await), 200);
    slow.write_all(b"!").await.unwrap();
    assert_eq!(body(&rest_of(&mut slow).await), "hello!");
}

#[tokio::test]
async fn a_slow_handler_is_given_up() {
    let receiving = Receiving::new(&instance_at(NODE), |_| std::future::pending())
        .with_limits(ReceiveLimits::default().handler(Duration::from_millis(100)));
    let server = Server::serving(receiving.into_router(), ServeOptions::default()).await;
    assert_eq!(status(&server.told(post("/node", "hello")).await), 503);
}

#[tokio::test]
async fn a_handler_that_fails_is_no_answer_for_now() {
    let receiving = Receiving::new(&instance_at(NODE), |_| async { None });
    let server = Server::serving(receiving.into_router(), ServeOptions::default()).await;
    let answer = server.told(post("/node", "hello")).await;
    assert_eq!(status(&answer), 503);
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
}

#[tokio::test]
async fn a_handler_that_panics_closes_the_connection_and_others_go_on() {
    let receiving = Receiving::new(&instance_at(NODE), |message| async move {
        assert_ne!(message, b"panic");
        Some(message)
    });
    let server = Server::serving(receiving.into_router(), ServeOptions::default()).await;
    assert_eq!(server.told(post("/node", "panic")).await, "");
    assert_eq!(body(&server.told(post("/node", "hello")).await), "hello");
}

#[tokio::test]
async fn more_messages_than_there_is_room_for_are_refused() {
    let held = Held::with(ReceiveLimits::default().concurrency(2), ServeOptions::default()).await;
    let _two = held.begin(2).await;
    let answer = held.server.told(post("/node", "hello")).await;
    assert_eq!(status(&answer), 503);
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
}

#[tokio::test]
async fn what_was_begun_is_answered_all_the_same() {
    let held = Held::with(ReceiveLimits::default().concurrency(2), ServeOptions::default()).await;
    let two = held.begin(2).await;
    held.server.told(post("/node", "hello")).await;
    held.free.add_permits(2);
    for mut stream in two {
        assert_eq!(body(&rest_of(&mut stream).await), "hello");
    }
}

#[tokio::test]
async fn when_there_is_room_again_messages_are_handled_again() {
    let held = Held::with(ReceiveLimits::default().concurrency(2), ServeOptions::default()).await;
    let two = held.begin(2).await;
    held.free.add_permits(3);
    for mut stream in two {
        rest_of(&mut stream).await;
    }
    assert_eq!(status(&held.server.told(post("/node", "hello")).await), 200);
}

#[tokio::test]
async fn a_message_whose_sender_has_gone_leaves_its_room() {
    let held = Held::with(ReceiveLimits::default().concurrency(1), ServeOptions::default()).await;
    drop(held.begin(1).await);
    // The server may not have seen yet that it is gone.
    loop {
        let mut next = held.server.connect().await;
        next.write_all(post("/node", "hello").as_bytes()).await.unwrap();
        tokio::select! {
            begun = held.begun.acquire() => return begun.unwrap().forget(),
            answer = rest_of(&mut next) => assert_eq!(status(&answer), 503),
        }
    }
}

#[tokio::test]
async fn there_is_room_for_128_messages_unless_said_otherwise() {
    let held = Held::with(ReceiveLimits::default(), ServeOptions::default()).await;
    assert_eq!(held.begin(128).await.len(), 128);
}
