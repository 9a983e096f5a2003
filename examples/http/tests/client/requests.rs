//! What is said.

use handclasp::Transport;

use crate::reply;
use crate::support::names::Local;
use crate::support::played::Played;
use crate::support::{ends, transport, url};

/// The head of a request, with its lines in order of the alphabet.
fn lines(head: &str) -> Vec<&str> {
    let (first, headers) = head.split_once("\r\n").unwrap();
    let mut lines: Vec<_> = headers.lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.insert(0, first);
    lines
}

#[tokio::test]
async fn a_message_is_posted_with_what_is_needed_and_no_more() {
    let server = Played::saying(reply("")).await;
    let port = server.address.port();
    let to = url(&format!("http://acme.example.com:{port}/node"));
    ends(transport().resolving_with(Local).exchange(&to, b"a message")).await.unwrap();
    assert_eq!(
        lines(&server.requests()[0]),
        [
            "POST /node HTTP/1.1",
            "accept-encoding: identity",
            "accept: application/vnd.handclasp.message",
            "connection: close",
            "content-length: 9",
            "content-type: application/vnd.handclasp.message",
            &format!("host: acme.example.com:{port}"),
        ]
    );
}

#[tokio::test]
async fn a_discovery_asks_for_json_and_says_nothing() {
    let server = Played::saying("").await;
    ends(transport().discover(&server.url())).await.unwrap_err();
    assert_eq!(
        lines(&server.requests()[0]),
        [
            "GET /.well-known/handclasp HTTP/1.1",
            "accept-encoding: identity",
            "accept: application/json",
            "connection: close",
            &format!("host: {}", server.address),
        ]
    );
}

#[tokio::test]
async fn the_root_is_a_slash() {
    let server = Played::saying(reply("")).await;
    ends(transport().exchange(&server.url(), b"")).await.unwrap();
    assert_eq!(server.request_lines(), ["POST / HTTP/1.1"]);
}

#[tokio::test]
async fn every_path_that_an_address_can_have_is_a_path_of_a_request() {
    let server = Played::saying(reply("")).await;
    for character in ('!'..='~').filter(|character| !"@#?\\^".contains(*character)) {
        for path in [format!("/a{character}b"), format!("/{character}b")] {
            let to = url(&format!("http://{}{path}", server.address));
            ends(transport().exchange(&to, b"")).await.unwrap();
            assert_eq!(*server.request_lines().last().unwrap(), format!("POST {} HTTP/1.1", to.path()));
        }
    }
}
