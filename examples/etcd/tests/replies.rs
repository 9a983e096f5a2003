//! What a node answers, or does not, decides whether a write certainly failed, and whether another node is asked.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use handclasp::conformance::Course;
use handclasp::{Connection, ConnectionStore, InsertError, ListQuery, Revision, UpdateError};
use handclasp_etcd::{Cluster, EtcdError, EtcdStore};
use support::{closed_port, uid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a node does with each request.
#[derive(Clone)]
enum Node {
    Answers(String),
    HangsUp,
    Waits,
}

/// A node, and how many requests it got.
struct Played {
    endpoint: String,
    requests: Arc<AtomicUsize>,
}

impl Node {
    fn answers(status: u16, body: &str) -> Self {
        Self::Answers(format!("HTTP/1.1 {status} Some\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    }

    fn refuses(status: u16, code: u8, message: &str) -> Self {
        Self::answers(status, &format!(r#"{{"error":"{message}","message":"{message}","code":{code}}}"#))
    }

    fn writes() -> Self {
        Self::answers(200, r#"{"header":{"revision":"7"},"succeeded":true,"responses":[]}"#)
    }

    fn has_nothing() -> Self {
        Self::answers(200, r#"{"header":{"revision":"7"}}"#)
    }

    async fn play(self) -> Played {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, self.clone(), counter.clone()));
            }
        });
        Played { endpoint, requests }
    }
}

async fn serve(mut stream: TcpStream, node: Node, requests: Arc<AtomicUsize>) {
    while request(&mut stream).await.is_some() {
        requests.fetch_add(1, Ordering::SeqCst);
        match &node {
            // Who has heard enough may be gone before the end.
            Node::Answers(answer) => drop(stream.write_all(answer.as_bytes()).await),
            Node::HangsUp => return,
            Node::Waits => tokio::time::sleep(Duration::from_mins(1)).await,
        }
    }
}

/// Reads a request, to the end of its body.
async fn request(stream: &mut TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    stream.read_exact(&mut vec![0; length.parse().unwrap()]).await.ok()?;
    Some(())
}

fn store(endpoints: &[&str]) -> EtcdStore {
    let cluster = Cluster::new(endpoints.iter().copied()).unwrap();
    EtcdStore::new(cluster.answering_within(Duration::from_millis(500)), &uid("played"))
}

fn record() -> Connection {
    Course::pending(1).unwrap()
}

/// What became of a write at a node that does this, of which a second one that would do it was not asked.
async fn written(node: Node) -> InsertError<EtcdError> {
    let (first, second) = (node.play().await, Node::writes().play().await);
    let store = store(&[&first.endpoint, &second.endpoint]);
    let inserted = store.insert(&record()).await.unwrap_err();
    assert_eq!(first.requests.load(Ordering::SeqCst), 1, "it was asked once");
    assert_eq!(second.requests.load(Ordering::SeqCst), 0, "nobody else was");
    inserted
}

#[tokio::test]
async fn a_request_that_etcd_will_not_look_at_twice_has_written_nothing() {
    for node in [
        Node::refuses(400, 3, "etcdserver: request is too large"),
        Node::refuses(403, 7, "etcdserver: permission denied"),
        Node::refuses(401, 16, "etcdserver: invalid auth token"),
    ] {
        let inserted = written(node).await;
        assert!(matches!(inserted, InsertError::Failed(EtcdError::Refused { .. })), "{inserted:?}");
    }
}

#[tokio::test]
async fn whatever_else_comes_behind_a_write_leaves_it_unclear_and_is_not_tried_again() {
    for node in [
        Node::refuses(503, 14, "etcdserver: request timed out"),
        Node::refuses(503, 14, "etcdserver: request timed out, possibly due to previous leader failure"),
        Node::refuses(503, 14, "etcdserver: leader changed"),
        Node::refuses(503, 14, "etcdserver: no leader"),
        Node::refuses(500, 2, "context deadline exceeded"),
        Node::refuses(429, 8, "etcdserver: mvcc: database space exceeded"),
        Node::answers(404, "Not Found"),
        Node::answers(502, "<html>a proxy in between</html>"),
        Node::answers(200, "not JSON"),
        Node::answers(200, "{}"),
        Node::Answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".to_owned()),
        Node::Answers("SSH-2.0-OpenSSH\r\n".to_owned()),
        Node::HangsUp,
        Node::Waits,
    ] {
        let inserted = written(node).await;
        assert!(matches!(inserted, InsertError::Unclear(_)), "{inserted:?}");
    }
}

#[tokio::test]
async fn a_write_goes_to_the_next_node_if_it_never_left() {
    let second = Node::writes().play().await;
    let store = store(&[&closed_port(), &second.endpoint]);
    assert_eq!(store.insert(&record()).await.unwrap().number(), 7);
    store.insert(&record()).await.unwrap();
    assert_eq!(second.requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_write_that_leaves_for_nobody_has_written_nothing() {
    let store = store(&[&closed_port(), &closed_port()]);
    let (record, revision) = (record(), Revision::new(1));
    let unreachable = |result| matches!(result, Err(UpdateError::Failed(EtcdError::Unreachable(_))));
    assert!(matches!(store.insert(&record).await, Err(InsertError::Failed(EtcdError::Unreachable(_)))));
    assert!(unreachable(store.update(&record, revision).await.map(drop)));
    assert!(unreachable(store.remove(record.id(), revision).await));
}

#[tokio::test]
async fn a_read_goes_on_to_the_next_node_whatever_became_of_it() {
    for node in [
        Node::refuses(503, 14, "etcdserver: request timed out"),
        Node::refuses(503, 14, "etcdserver: leader changed"),
        Node::answers(502, "<html>a proxy in between</html>"),
        Node::HangsUp,
        Node::Waits,
    ] {
        let (first, second) = (node.play().await, Node::has_nothing().play().await);
        let store = store(&[&first.endpoint, &second.endpoint]);
        assert!(store.get(record().id()).await.unwrap().is_none());
        assert!(store.list(&ListQuery::default()).await.unwrap().items.is_empty());
        assert_eq!(first.requests.load(Ordering::SeqCst), 1, "afterwards the other one is asked first");
        assert_eq!(second.requests.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn a_read_that_no_node_answers_ends() {
    let nodes = [Node::Waits.play().await, Node::HangsUp.play().await];
    let store = store(&[&nodes[0].endpoint, &nodes[1].endpoint, &closed_port()]);
    let read = store.get(record().id()).await;
    assert!(matches!(read, Err(EtcdError::Unreachable(_))), "what the last one did: {read:?}");
    assert!(nodes.iter().all(|node| node.requests.load(Ordering::SeqCst) == 1), "each was asked once");
}

#[tokio::test]
async fn a_read_that_etcd_refuses_is_not_tried_elsewhere() {
    let (first, second) = (
        Node::refuses(401, 16, "etcdserver: invalid auth token").play().await,
        Node::has_nothing().play().await,
    );
    let read = store(&[&first.endpoint, &second.endpoint]).get(record().id()).await.unwrap_err();
    assert_eq!(read.to_string(), "etcd answered with HTTP status 401: etcdserver: invalid auth token");
    assert_eq!(second.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_not_waited_for() {
    let node = Node::answers(200, &" ".repeat(17 << 20)).play().await;
    let cluster = Cluster::new([node.endpoint.as_str()]).unwrap();
    let inserted = EtcdStore::new(cluster, &uid("played")).insert(&record()).await;
    let Err(InsertError::Unclear(EtcdError::Broken(cause))) = inserted else { panic!("{inserted:?}") };
    assert_eq!(cause.to_string(), "length limit exceeded");
}

#[test]
fn what_is_no_endpoint_is_refused_at_once() {
    for endpoint in ["", "10.0.0.1:2379", "ftp://10.0.0.1:2379", "http://10.0.0.1:2379/v3", "http://a b"] {
        let refused = Cluster::new(["http://10.0.0.1:2379", endpoint]).unwrap_err().to_string();
        assert_eq!(refused, format!("'{endpoint}' is no endpoint; one looks like http://10.0.0.1:2379"));
    }
    assert_eq!(Cluster::new([]).unwrap_err().to_string(), "a cluster has at least one endpoint");
    let cluster = Cluster::new(["http://10.0.0.1:2379/", "http://etcd.example.com:2379"]).unwrap();
    assert_eq!(format!("{cluster:?}"), "[10.0.0.1:2379, etcd.example.com:2379]");
}
