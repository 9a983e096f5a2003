//! With a connector of one's own, the nodes are reached with TLS, both sides showing their certificates.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use handclasp::conformance::Course;
use handclasp::{ConnectionStore, InsertError};
use handclasp_etcd::{Cluster, EtcdError, EtcdStore};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use support::{Nodes, uid};

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

/// What a company does for its cluster: an authority of its own, which vouches for nodes and clients.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn vouches_for(&self, uses: &[ExtendedKeyUsagePurpose]) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = uses.to_vec();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// What a client needs, with or without a certificate of its own.
    fn connector(&self, identity: Option<Identity>) -> HttpsConnector<HttpConnector> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            Some((certificate, key)) => config.with_client_auth_cert(vec![certificate], key).unwrap(),
            None => config.with_no_client_auth(),
        };
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(Duration::from_secs(1)));
        // What is `https` is the business of what is around it.
        tcp.enforce_http(false);
        HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1().wrap_connector(tcp)
    }
}

/// A folder for the files that etcd reads, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("handclasp-etcd-tls-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn with(&self, name: &str, text: &str) -> String {
        let path: &Path = &self.0.join(name);
        fs::write(path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_a_certificate_of_the_authority_reads_and_writes() {
    let (authority, folder) = (Authority::new(), Folder::new());
    // A node's gateway is a client of the node, and shows the node's certificate.
    let both = [ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let (node, node_key) = authority.vouches_for(&both);
    let nodes = Nodes::start_at(
        "https",
        1,
        &[
            &format!("--cert-file={}", folder.with("node.pem", &node.pem())),
            &format!("--key-file={}", folder.with("node.key", &node_key.serialize_pem())),
            &format!("--trusted-ca-file={}", folder.with("authority.pem", &authority.0.pem())),
            "--client-cert-auth",
        ],
    );
    let store = |identity| {
        let endpoints = nodes.endpoints.iter().map(String::as_str);
        EtcdStore::new(Cluster::over(authority.connector(identity), endpoints).unwrap(), &uid("tls"))
    };
    let record = Course::pending(1).unwrap();

    let (client, client_key) = authority.vouches_for(&[ExtendedKeyUsagePurpose::ClientAuth]);
    let identity = (client.der().clone(), PrivateKeyDer::try_from(client_key.serialize_der()).unwrap());
    let known = store(Some(identity));
    let revision = known.insert(&record).await.unwrap();
    assert_eq!(known.get(record.id()).await.unwrap().unwrap().revision, revision);

    let stranger = store(None);
    stranger.get(record.id()).await.expect_err("the node wants a certificate");
    let other = Course::pending(2).unwrap();
    let inserted = stranger.insert(&other).await;
    assert!(matches!(inserted, Err(InsertError::Failed(_) | InsertError::Unclear(EtcdError::Broken(_)))));
    assert!(known.get(other.id()).await.unwrap().is_none());
}
