//! How it ends.

use std::sync::Arc;
use std::time::Duration;

use handclasp_http::{ReceiveLimits, Receiving, ServeOptions};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::held::Held;
use crate::support::authority::Authority;
use crate::support::server::{Server, head_of, post, rest_of, status};
use crate::support::{ends, instance_at};
use crate::{NODE, echo, echo_with};

/// A server that has begun with a message, its connection, and what lets it answer.
async fn at_work(options: ServeOptions) -> (Server, TcpStream, Arc<Semaphore>) {
    let held = Held::with(ReceiveLimits::default(), options).await;
    let stream = held.begin(1).await.remove(0);
    (held.server, stream, held.free)
}

#[tokio::test]
async fn a_server_that_does_nothing_stops() {
    ends(echo().await.stop()).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_under_way_is_answered() {
    let (server, mut stream, free) = at_work(ServeOptions::default()).await;
    let address = server.address;
    let stopping = server.stop();
    // It has stopped to accept before the answer is there.
    while TcpStream::connect(address).await.is_ok() {}
    free.add_permits(1);
    assert!(rest_of(&mut stream).await.ends_with("hello"));
    ends(stopping).await.unwrap().unwrap();
}

#[tokio::test]
async fn it_has_not_stopped_while_something_is_under_way() {
    let (server, _stream, free) = at_work(ServeOptions::default()).await;
    let address = server.address;
    let stopping = server.stop();
    while TcpStream::connect(address).await.is_ok() {}
    assert!(!stopping.is_finished());
    free.add_permits(1);
    ends(stopping).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_ended() {
    let (server, mut stream, _) = at_work(ServeOptions::default().grace(Duration::from_millis(100))).await;
    ends(server.stop()).await.unwrap().unwrap();
    assert_eq!(rest_of(&mut stream).await, "");
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_under_way_is_closed() {
    let long = Duration::from_secs(600);
    let options = ServeOptions::default().head(long).grace(long);
    let server = echo_with(ReceiveLimits::default(), options).await;
    let mut stream = server.connect().await;
    stream.write_all(post("/node", "").replace("connection: close\r\n", "").as_bytes()).await.unwrap();
    assert_eq!(status(&head_of(&mut stream).await), 200);
    ends(server.stop()).await.unwrap().unwrap();
    assert_eq!(rest_of(&mut stream).await, "");
}

#[tokio::test]
async fn a_handshake_is_not_waited_for() {
    let tls = Authority::new().server(&["a.example.com"]);
    let options = ServeOptions::default().tls(tls).handshake(Duration::from_secs(600));
    let server = echo_with(ReceiveLimits::default(), options).await;
    let mut stream = server.connect().await;
    ends(server.stop()).await.unwrap().unwrap();
    assert_eq!(rest_of(&mut stream).await, "");
}

#[tokio::test]
async fn a_server_that_is_dropped_lets_nobody_in() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Receiving::new(&instance_at(NODE), |_| async { None }).into_router();
    drop(handclasp_http::serve(listener, router, ServeOptions::default(), std::future::pending()));
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn connections_of_a_server_that_is_dropped_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Receiving::new(&instance_at(NODE), |message| async { Some(message) }).into_router();
    let serving = tokio::spawn(handclasp_http::serve(
        listener,
        router,
        ServeOptions::default(),
        std::future::pending(),
    ));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(post("/node", "").replace("connection: close\r\n", "").as_bytes()).await.unwrap();
    assert_eq!(status(&head_of(&mut stream).await), 200);
    serving.abort();
    assert_eq!(rest_of(&mut stream).await, "");
}
