//! Over TLS, with a server that shows a certificate of one's own authority; and not at all otherwise.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail like a test"
)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, InsertError};
use handclasp_postgres::{Database, Limits, PostgresError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use support::{Server, connect, uid};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// TLS that trusts this authority.
fn trusting(authority: &Authority) -> MakeRustlsConnect {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

/// A server of this name, certified by this authority.
fn server(name: &str, authority: &Authority) -> Server {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let files = Files::new();
    let (certificate_file, key_file) = (files.0.join("server.crt"), files.0.join("server.key"));
    fs::write(&certificate_file, certificate.pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    Server::start_with(&["--tls", certificate_file.to_str().unwrap(), key_file.to_str().unwrap()])
}

/// A folder of one's own, until the server has its copies.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let folder = format!("{}-{:?}", std::process::id(), std::thread::current().id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The server's address, under this name.
fn named(server: &Server, name: &str) -> Config {
    let port = server.config().get_ports()[0];
    // As many a URL is written, which means: with TLS, or else without.
    format!("postgres://postgres@{name}:{port}/postgres?hostaddr=127.0.0.1&sslmode=prefer").parse().unwrap()
}

async fn inserted(config: Config, tls: MakeRustlsConnect) -> Result<(), InsertError<PostgresError>> {
    let store = Database::over_tls(config, tls, Limits::default()).unwrap().store(uid("instance"));
    store.insert(&Course::pending(1).unwrap()).await.map(drop)
}

/// Nothing was written, for this reason.
#[track_caller]
fn assert_refused(result: Result<(), InsertError<PostgresError>>, reason: &str) {
    let Err(InsertError::Failed(error)) = result else { panic!("it is {result:?}") };
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    assert!(words.contains(reason), "{words}");
}

#[tokio::test]
async fn the_server_is_verified_and_what_is_said_is_encrypted() {
    let authority = authority("ours");
    let server = server("db.example.com", &authority);
    let config = named(&server, "db.example.com");
    let database = Database::over_tls(config.clone(), trusting(&authority), Limits::default()).unwrap();
    database.migrate().await.unwrap();
    inserted(config, trusting(&authority)).await.unwrap();
    let store = database.store(uid("instance"));
    assert!(store.get(Course::pending(1).unwrap().id()).await.unwrap().is_some());

    let others =
        "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let row = connect(&server.config()).await.query_one(others, &[]).await.unwrap();
    let (encrypted, all): (i64, i64) = (row.get(0), row.get(1));
    assert!(encrypted > 0 && encrypted == all, "{encrypted} of {all} connections are encrypted");
}

#[tokio::test]
async fn a_server_of_another_authority_or_another_name_is_refused() {
    let authority = authority("ours");
    let server = server("db.example.com", &authority);
    for (name, reason) in [("another", "UnknownIssuer"), ("ours", "BadSignature")] {
        let stranger = self::authority(name);
        let result = inserted(named(&server, "db.example.com"), trusting(&stranger)).await;
        assert_refused(result, reason);
    }
    let result = inserted(named(&server, "db.example.org"), trusting(&authority)).await;
    assert_refused(result, "not valid for name");
}

#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let server = Server::start();
    let result = inserted(named(&server, "db.example.com"), trusting(&authority("ours"))).await;
    assert_refused(result, "server does not support TLS");
}
