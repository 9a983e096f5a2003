//! Which addresses are dialled.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use handclasp::{PolicyError, Transport, UrlPolicy};
use handclasp_http::{ClientLimits, HttpError, HttpTransport, Resolver, SystemResolver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::support::authority::Authority;
use crate::support::names::{Answers, Dead, LOOPBACK, PRIVATE, Unknown};
use crate::support::played::Played;
use crate::support::{closed_port, ends, local, short, url};
use crate::{reply, transport};

/// How an exchange ends when the name leads to these addresses, with somebody listening on this machine; and whether that
/// was dialled.
async fn with_addresses(addresses: Vec<IpAddr>) -> (Result<Vec<u8>, HttpError>, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = url(&format!("http://acme.example.com:{}", listener.local_addr().unwrap().port()));
    let transport = HttpTransport::new(local()).with_limits(short()).resolving_with(Answers::of([addresses]));
    let outcome = ends(transport.exchange(&to, b"a message")).await;
    (outcome, was_dialled(&listener).await)
}

/// Whether somebody else is before us in the queue.
async fn was_dialled(listener: &TcpListener) -> bool {
    let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    first != ours.local_addr().unwrap()
}

fn assert_refused(outcome: &Result<Vec<u8>, HttpError>, why: PolicyError) {
    assert!(
        matches!(outcome, Err(HttpError::NotPermitted { source, .. }) if *source == why),
        "it gave {outcome:?}"
    );
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_dialled() {
    // The listener never answers.
    let (outcome, dialled) = with_addresses(vec![LOOPBACK]).await;
    assert!(matches!(outcome, Err(HttpError::TimedOut { .. })), "it gave {outcome:?}");
    assert!(dialled);
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_refused() {
    let (outcome, _) = with_addresses(vec![PRIVATE]).await;
    assert_refused(&outcome, PolicyError::PrivateNotAllowed);
}

#[tokio::test]
async fn one_address_that_is_not_permitted_refuses_those_before_it() {
    let (outcome, dialled) = with_addresses(vec![LOOPBACK, PRIVATE]).await;
    assert_refused(&outcome, PolicyError::PrivateNotAllowed);
    assert!(!dialled);
}

#[tokio::test]
async fn one_address_that_is_not_permitted_refuses_those_after_it() {
    let (outcome, dialled) = with_addresses(vec![PRIVATE, LOOPBACK]).await;
    assert_refused(&outcome, PolicyError::PrivateNotAllowed);
    assert!(!dialled);
}

#[tokio::test]
async fn an_address_is_checked_even_where_it_would_not_be_dialled_any_more() {
    let many = (1..=20).map(|last| IpAddr::from([127, 0, 0, last])).chain([PRIVATE]).collect();
    let (outcome, dialled) = with_addresses(many).await;
    assert_refused(&outcome, PolicyError::PrivateNotAllowed);
    assert!(!dialled);
}

#[tokio::test]
async fn an_ipv4_address_within_an_ipv6_address_is_checked() {
    let (outcome, _) = with_addresses(vec!["::ffff:10.0.0.1".parse().unwrap()]).await;
    assert_refused(&outcome, PolicyError::PrivateNotAllowed);
}

#[tokio::test]
async fn a_metadata_address_is_refused_whatever_is_allowed() {
    let names = Answers::of([vec!["169.254.169.254".parse().unwrap()]]);
    let transport = HttpTransport::new(local().allow_private()).resolving_with(names);
    let outcome = transport.exchange(&url("https://acme.example.com"), b"").await;
    assert_refused(&outcome, PolicyError::NeverAllowed);
}

#[tokio::test]
async fn a_url_that_is_not_permitted_is_not_even_resolved() {
    let names = Answers::of([vec![LOOPBACK]]);
    let transport = HttpTransport::new(UrlPolicy::public()).resolving_with(names.clone());
    let outcome = transport.exchange(&url("http://acme.example.com"), b"").await;
    assert_refused(&outcome, PolicyError::HttpNotAllowed);
    assert!(names.asked().is_empty());
}

#[tokio::test]
async fn a_private_address_as_host_is_refused() {
    let outcome = transport().exchange(&url("http://10.0.0.1"), b"").await;
    assert_refused(&outcome, PolicyError::PrivateNotAllowed);
}

#[tokio::test]
async fn an_address_as_host_is_not_resolved() {
    let server = Played::saying(reply("hello")).await;
    let names = Answers::of([]);
    let transport = transport().resolving_with(names.clone());
    assert_eq!(ends(transport.exchange(&server.url(), b"")).await.unwrap(), b"hello");
    assert!(names.asked().is_empty());
}

#[tokio::test]
async fn a_discovery_is_refused_as_well() {
    let transport = transport().resolving_with(Answers::of([vec![LOOPBACK, PRIVATE]]));
    let outcome = transport.discover(&url("https://acme.example.com")).await;
    assert!(matches!(outcome, Err(HttpError::NotPermitted { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn a_second_answer_of_the_resolver_is_not_asked_for() {
    let server = Played::saying(reply("hello")).await;
    let to = url(&format!("http://acme.example.com:{}", server.address.port()));
    let names = Answers::of([vec![LOOPBACK], vec![PRIVATE]]);
    let transport = transport().resolving_with(names.clone());
    assert_eq!(ends(transport.exchange(&to, b"")).await.unwrap(), b"hello");
    assert_eq!(names.asked(), ["acme.example.com"]);
}

#[tokio::test]
async fn the_next_exchange_checks_what_the_name_leads_to_by_then() {
    let server = Played::saying(reply("hello")).await;
    let to = url(&format!("http://acme.example.com:{}", server.address.port()));
    let transport = transport().resolving_with(Answers::of([vec![LOOPBACK], vec![PRIVATE]]));
    ends(transport.exchange(&to, b"")).await.unwrap();
    assert_refused(&ends(transport.exchange(&to, b"")).await, PolicyError::PrivateNotAllowed);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_discovery_that_asks_twice_resolves_once() {
    let server = Played::saying("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let to = url(&format!("http://acme.example.com:{}/page", server.address.port()));
    let names = Answers::of([vec![LOOPBACK], vec![PRIVATE]]);
    ends(transport().resolving_with(names.clone()).discover(&to)).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
    assert_eq!(names.asked().len(), 1);
}

#[tokio::test]
async fn a_name_that_is_not_known_is_not_found() {
    let outcome = transport().resolving_with(Unknown).exchange(&url("https://acme.example.com"), b"").await;
    assert!(matches!(outcome, Err(HttpError::NameNotFound { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn a_name_without_addresses_is_not_found() {
    let transport = transport().resolving_with(Answers::of([vec![]]));
    let outcome = transport.exchange(&url("https://acme.example.com"), b"").await;
    assert!(matches!(outcome, Err(HttpError::NameNotFound { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn the_system_does_not_find_what_is_no_name() {
    // Nobody is asked: a label has 63 characters at most.
    let found = ends(SystemResolver.resolve(&"a".repeat(64))).await;
    assert!(found.is_err(), "it gave {found:?}");
}

#[tokio::test]
async fn the_system_finds_this_machine() {
    let server = Played::saying(reply("hello")).await;
    let to = url(&format!("http://localhost:{}", server.address.port()));
    assert_eq!(ends(transport().exchange(&to, b"")).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_resolver_that_never_answers_is_given_up() {
    let limits = ClientLimits::default().connect(Duration::from_millis(300)).whole(Duration::from_secs(600));
    let transport = transport().with_limits(limits).resolving_with(Dead);
    let outcome = ends(transport.exchange(&url("https://acme.example.com"), b"")).await;
    assert!(matches!(outcome, Err(HttpError::TimedOut { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn nobody_who_listens_is_unreachable() {
    let (_taken, address) = closed_port();
    let outcome = transport().exchange(&crate::support::url_of(address), b"").await;
    assert!(matches!(outcome, Err(HttpError::Unreachable { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn after_an_address_that_refuses_the_next_is_dialled() {
    let server = Played::saying(reply("hello")).await;
    let to = url(&format!("http://acme.example.com:{}", server.address.port()));
    // Nobody listens at the same port of the first.
    let names = Answers::of([vec![IpAddr::from([127, 0, 0, 2]), LOOPBACK]]);
    assert_eq!(ends(transport().resolving_with(names).exchange(&to, b"")).await.unwrap(), b"hello");
}

#[tokio::test]
async fn an_address_that_does_not_react_leaves_time_for_the_next() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.server(&["acme.example.com"]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // It takes a while for its handshake.
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        sleep(Duration::from_millis(100)).await;
        let mut stream = acceptor.accept(stream).await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(reply("hello").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        stream.read_to_end(&mut Vec::new()).await
    });
    let (_full, _queue) = full_listener(SocketAddr::from(([127, 0, 0, 2], port))).await;
    let names = Answers::of([vec![IpAddr::from([127, 0, 0, 2]), LOOPBACK]]);
    let transport = transport()
        .trusting(authority.roots())
        .with_limits(ClientLimits::default().connect(Duration::from_secs(2)).whole(Duration::from_secs(60)))
        .resolving_with(names);
    let to = url(&format!("https://acme.example.com:{port}"));
    assert_eq!(ends(transport.exchange(&to, b"")).await.unwrap(), b"hello");
}

#[tokio::test]
async fn addresses_that_do_not_react_are_given_up() {
    let (full, _queue) = full_listener("127.0.0.1:0".parse().unwrap()).await;
    let to = crate::support::url_of(full.local_addr().unwrap());
    let limits = ClientLimits::default().connect(Duration::from_millis(300)).whole(Duration::from_secs(600));
    let outcome = ends(transport().with_limits(limits).exchange(&to, b"")).await;
    assert!(matches!(outcome, Err(HttpError::TimedOut { .. })), "it gave {outcome:?}");
}

/// Somebody who accepts nothing, and whose queue is full: who connects hears nothing.
async fn full_listener(at: SocketAddr) -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(at).unwrap();
    let listener = socket.listen(1).unwrap();
    let (at, mut queue) = (listener.local_addr().unwrap(), Vec::new());
    while let Ok(stream) = timeout(Duration::from_millis(200), TcpStream::connect(at)).await {
        queue.push(stream.unwrap());
    }
    (listener, queue)
}
