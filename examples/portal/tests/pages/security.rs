//! What browsers are told about the pages, and who may read what.

use std::sync::Arc;

use handclasp::UrlPolicy;
use portal::Config;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::support::{Answer, Side, encoded, signing_in, story};

#[track_caller]
fn assert_protected(what: &str, answer: &Answer) {
    let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{what} has no {name}"));
    let content = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(content.contains(part), "{what}: {content}");
    }
    assert!(
        !content.contains("unsafe") && !content.contains('*') && !content.contains("data:"),
        "{what}: {content}"
    );
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "content-security-policy").count(), 1);
    if !["/portal.css", "/portal.js", "/favicon.svg"].contains(&what) {
        assert_eq!(header("cache-control"), "no-store", "{what}");
    }
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), None, "{what}");
    }
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_do_with_it() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let nobody = acme.browser();
    for path in [
        "/",
        "/connections",
        "/accept",
        "/accept/answer",
        "/admin-pass",
        "/initiate",
        "/sign-in",
        "/nothing",
        "/portal.css",
        "/portal.js",
        "/favicon.svg",
        "/working/aaaaaaaaaaaaaaaaaaaaaa",
        "/connections/%ff",
        &format!("/connections/{id}"),
        &format!("/connections/{id}/state"),
        &format!("/connections/{id}/remove"),
    ] {
        assert_protected(path, &ann.send(&ann.request("GET", path)).await);
        assert_protected(path, &nobody.send(&nobody.request("GET", path)).await);
        assert_protected(path, &ann.send(&ann.request("POST", path).body(encoded(&[("x", "y")]))).await);
        assert_protected(path, &ann.send(&ann.request("DELETE", path)).await);
    }
    let invitation = story::initiate(&ann, Some(globex.address())).await;
    assert_protected("the page with a code", &invitation.answer);
    let preview = story::preview(&bob, &story::code(&invitation)).await;
    assert_protected("the page with a preview", &preview.answer);
    let large = ann.send(&ann.request("POST", "/accept").header("content-length", "999999999")).await;
    assert_eq!(large.status, 413);
    assert_protected("what is too much", &large);
    let wrong = nobody.send(&nobody.request("POST", "/sign-in").body(encoded(&[("name", "x")]))).await;
    assert_eq!(wrong.status, 403);
    assert_protected("a wrong password", &wrong);
    let check = nobody
        .request("POST", "/admin-pass/check")
        .header("content-type", "application/vnd.handclasp.message");
    assert_protected("a check", &nobody.send(&check.body(b"x".to_vec())).await);
    let instance = nobody.send(&nobody.request("GET", "/.well-known/handclasp")).await;
    assert_eq!((instance.status, instance.header("cache-control")), (200, Some("no-store")));
}

#[tokio::test]
async fn the_cookie_is_for_nobody_but_the_server() {
    let acme = Side::open("Acme").await;
    let browser = acme.browser();
    let (_, pairs) = signing_in(&browser.get("/").await).press("");
    let answer = browser.send(&browser.request("POST", "/sign-in").body(encoded(&pairs))).await;
    let cookie = answer.header("set-cookie").unwrap();
    let parts: Vec<_> = cookie.split("; ").skip(1).collect();
    assert!(cookie.starts_with(&format!("portal-{}=", acme.config.listen.port())), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(parts.contains(&part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

/// Makes companies that speak TLS with certificates of an authority of the test's own.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    roots: RootCertStore,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(issuer.der().clone()).unwrap();
        Self { issuer, roots }
    }

    fn secure(&self, config: &mut Config) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.tls = Some(Arc::new(tls));
        config.trust = Some(self.roots.clone());
        config.policy = UrlPolicy::public().allow_loopback();
    }

    fn client(&self) -> Arc<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        Arc::new(client)
    }

    async fn open(&self, name: &str) -> Side {
        let mut side = Side::open_with(name, |config| self.secure(config)).await;
        side.tls = Some(self.client());
        side
    }
}

#[tokio::test]
async fn over_tls_companies_connect_and_browsers_never_go_without_again() {
    let authority = Authority::new();
    let (acme, globex) = (authority.open("Acme").await, authority.open("Globex").await);
    assert!(acme.address().starts_with("https://"));
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let page = ann.get(&format!("/connections/{id}")).await;
    assert_eq!(page.connection_status(), "active");
    assert_eq!(page.answer.header("strict-transport-security"), Some("max-age=31536000"));
    assert!(ann.cookies().starts_with("__Host-portal="), "{}", ann.cookies());
    let browser = acme.browser();
    let (_, pairs) = signing_in(&browser.get("/").await).press("");
    let answer = browser.send(&browser.request("POST", "/sign-in").body(encoded(&pairs))).await;
    let cookie = answer.header("set-cookie").unwrap();
    // What a browser asks of a name like this.
    assert!(
        cookie.contains("; Secure") && cookie.contains("; Path=/") && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_beside_the_field() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (acme, globex) = (ours.open("Acme").await, theirs.open("Globex").await);
    let ann = acme.admin().await;
    let form = ann.get("/initiate").await.form().with("url", globex.address());
    let page = ann.press(&form, "Next").await;
    assert!(page.error("url").contains("secure connection"), "{}", page.text());
    // A company that speaks plain HTTP is refused by the policy.
    let initech = Side::open("Initech").await;
    let page = ann.press(&page.form().with("url", initech.address()), "").await;
    assert!(page.error("url").contains("http"), "{}", page.text());
}
