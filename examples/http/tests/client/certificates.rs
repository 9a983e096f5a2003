//! Whom it believes.

use std::sync::Arc;

use handclasp::{Transport, UrlPolicy};
use handclasp_http::rustls::{self, CertificateError, HandshakeKind, ServerConfig};
use handclasp_http::{HttpError, HttpTransport, Receiving, ServeOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::reply;
use crate::support::authority::Authority;
use crate::support::names::Local;
use crate::support::played::Played;
use crate::support::server::Server;
use crate::support::{ends, instance_at, transport, url};

const NAME: &str = "acme.example.com";

/// How an exchange with a host ends, when its server shows this, and this authority is trusted.
async fn exchange(host: &str, shown: Arc<ServerConfig>, trusted: &Authority) -> Result<Vec<u8>, HttpError> {
    let node = instance_at("https://acme.example.com");
    let router = Receiving::new(&node, |_| async { Some(b"hello".to_vec()) }).into_router();
    let server = Server::serving(router, ServeOptions::default().tls(shown)).await;
    let transport = HttpTransport::new(UrlPolicy::public().allow_loopback())
        .trusting(trusted.roots())
        .resolving_with(Local);
    ends(transport.exchange(&url(&format!("https://{host}:{}", server.address.port())), b"")).await
}

/// What rustls says of the certificate.
fn problem(outcome: Result<Vec<u8>, HttpError>) -> CertificateError {
    let Err(HttpError::Tls { source, .. }) = outcome else { panic!("it gave {outcome:?}") };
    let cause = source.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(problem)) = cause else { panic!("it is {source:?}") };
    problem.clone()
}

#[tokio::test]
async fn who_shows_a_certificate_of_its_name_is_believed() {
    let authority = Authority::new();
    let outcome = exchange(NAME, authority.server(&[NAME]), &authority).await;
    assert_eq!(outcome.unwrap(), b"hello");
}

#[tokio::test]
async fn an_address_as_host_needs_a_certificate_of_the_address() {
    let authority = Authority::new();
    let outcome = exchange("127.0.0.1", authority.server(&["127.0.0.1"]), &authority).await;
    assert_eq!(outcome.unwrap(), b"hello");
}

#[tokio::test]
async fn a_certificate_of_a_name_is_none_of_its_address() {
    let authority = Authority::new();
    let problem = problem(exchange("127.0.0.1", authority.server(&[NAME]), &authority).await);
    assert!(matches!(problem, CertificateError::NotValidForNameContext { .. }), "it is {problem:?}");
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let authority = Authority::new();
    let problem = problem(exchange(NAME, authority.server(&["other.example.com"]), &authority).await);
    assert!(matches!(problem, CertificateError::NotValidForNameContext { .. }), "it is {problem:?}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let unknown = Authority::named("another authority");
    let outcome = exchange(NAME, unknown.server(&[NAME]), &Authority::new()).await;
    assert_eq!(problem(outcome), CertificateError::UnknownIssuer);
}

#[tokio::test]
async fn an_authority_is_not_believed_for_its_name() {
    let outcome = exchange(NAME, Authority::new().server(&[NAME]), &Authority::new()).await;
    assert_eq!(problem(outcome), CertificateError::BadSignature);
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_refused() {
    let authority = Authority::new();
    let problem = problem(exchange(NAME, authority.expired(&[NAME]), &authority).await);
    assert!(matches!(problem, CertificateError::ExpiredContext { .. }), "it is {problem:?}");
}

#[tokio::test]
async fn an_authority_of_ones_own_is_not_trusted_by_itself() {
    let authority = Authority::new();
    let node = instance_at("https://acme.example.com");
    let router = Receiving::new(&node, |_| async { Some(Vec::new()) }).into_router();
    let server = Server::serving(router, ServeOptions::default().tls(authority.server(&[NAME]))).await;
    let to = url(&format!("https://{NAME}:{}", server.address.port()));
    let outcome = ends(transport().resolving_with(Local).exchange(&to, b"")).await;
    assert_eq!(problem(outcome), CertificateError::UnknownIssuer);
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_nothing() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = url(&format!("https://{}", server.local_addr().unwrap()));
    let hearing = tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        // Whether the client closes or resets the connection is the same here.
        let _ = stream.read_to_end(&mut heard).await;
        heard
    });
    let outcome = ends(transport().exchange(&to, b"a secret message")).await;
    assert!(matches!(outcome, Err(HttpError::Tls { .. })), "it gave {outcome:?}");
    let heard = ends(hearing).await.unwrap();
    assert!(!heard.windows(16).any(|window| window == b"a secret message"));
}

#[tokio::test]
async fn who_closes_the_connection_in_the_handshake_speaks_no_tls() {
    // It waits for a request, which never comes: what comes is a handshake.
    let server = Played::saying("").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    drop(server);
    let to = url(&format!("https://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
    });
    let outcome = ends(transport().exchange(&to, b"")).await;
    assert!(matches!(outcome, Err(HttpError::Tls { .. })), "it gave {outcome:?}");
}

/// An answer whose length nobody says, over TLS: only TLS can say that it is complete.
async fn until_closed(says_goodbye: bool) -> Result<Vec<u8>, HttpError> {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.server(&["127.0.0.1"]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = url(&format!("https://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        stream.read_u8().await.unwrap();
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.message\r\n\r\nhello";
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        if says_goodbye {
            stream.shutdown().await.unwrap();
        } else {
            stream.get_mut().0.shutdown().await.unwrap();
        }
        // So that nothing is reset.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let transport = HttpTransport::new(UrlPolicy::public().allow_loopback()).trusting(authority.roots());
    ends(transport.exchange(&to, b"")).await
}

#[tokio::test]
async fn an_answer_that_ends_with_the_connection_is_complete_if_tls_says_so() {
    assert_eq!(until_closed(true).await.unwrap(), b"hello");
}

#[tokio::test]
async fn an_answer_that_somebody_cut_off_is_broken() {
    let outcome = until_closed(false).await;
    assert!(matches!(outcome, Err(HttpError::Interrupted { .. })), "it gave {outcome:?}");
}

#[tokio::test]
async fn no_connection_relies_on_the_certificate_of_an_earlier_one() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.server(&["127.0.0.1"]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = url(&format!("https://{}", listener.local_addr().unwrap()));
    let serving = tokio::spawn(async move {
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.read_u8().await.unwrap();
            stream.write_all(reply("hello").as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            kinds.push(stream.get_ref().1.handshake_kind());
            // So that nothing is reset.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        kinds
    });
    let transport = HttpTransport::new(UrlPolicy::public().allow_loopback()).trusting(authority.roots());
    for _ in 0..2 {
        ends(transport.exchange(&to, b"")).await.unwrap();
    }
    assert_eq!(ends(serving).await.unwrap(), [Some(HandshakeKind::Full); 2]);
}
