//! Companies of a test, with folders that are gone after it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use handclasp::{Clock, InstanceUrl, KnownPlatform, SystemClock, Timestamp};
use portal::{Company, Config};
use rustls::ClientConfig;
use tempfile::TempDir;

use super::browser::Browser;

/// The password of each admin.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A company that can be stopped and started.
pub(crate) struct Side {
    pub(crate) config: Config,
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    company: Option<Company>,
    url: InstanceUrl,
    listens: SocketAddr,
    _folder: TempDir,
}

impl Side {
    /// A company on this machine that uses Jira Cloud.
    pub(crate) async fn open(name: &str) -> Self {
        Self::open_with(name, |_| {}).await
    }

    pub(crate) async fn open_with(name: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(ShiftedClock::default());
        let mut config = Config::on_this_machine(
            name,
            KnownPlatform::JiraCloud,
            folder.path().join("data"),
            PASSWORD.to_owned(),
        );
        config.clock = clock.clone();
        change(&mut config);
        if config.listen.port() == 0 {
            config.listen.set_port(free_port());
        }
        let company = Company::open(config.clone()).await.unwrap();
        let (url, listens) = (company.url().clone(), config.listen);
        Self { config, clock, tls: None, company: Some(company), url, listens, _folder: folder }
    }

    pub(crate) fn url(&self) -> &InstanceUrl {
        &self.url
    }

    /// Its address as people type it.
    pub(crate) fn address(&self) -> &str {
        self.url.as_str()
    }

    /// One of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.config.folder.join(name)
    }

    pub(crate) async fn stop(&mut self) {
        self.company.take().unwrap().stop().await.unwrap();
    }

    /// Starts it again, where it was.
    pub(crate) async fn start(&mut self) {
        self.company = Some(Company::open(self.config.clone()).await.unwrap());
    }

    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Somebody who is not signed in.
    pub(crate) fn browser(&self) -> Browser {
        let listens = format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.listens);
        Browser::new(&InstanceUrl::parse(&listens).unwrap(), self.tls.clone())
    }

    /// Its admin, signed in.
    pub(crate) async fn admin(&self) -> Browser {
        let browser = self.browser();
        let page = browser.get("/").await;
        let page = browser.press(&signing_in(&page), "Sign in").await;
        assert_eq!(page.h1(), "Connections", "{}", page.text());
        browser
    }

    /// Its own database, as somebody reads it who has the file.
    pub(crate) fn desk(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file("portal.db")).unwrap()
    }
}

/// A port that nobody listens on, and that the system gives to nobody who calls out, so that it stays free while a company
/// is stopped.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(97);
    loop {
        let next = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let port = u16::try_from(10_000 + next).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The form for signing in, filled in.
#[track_caller]
pub(crate) fn signing_in(page: &super::browser::Page) -> super::form::Form {
    page.form_to("/sign-in").with("name", "admin").with("password", PASSWORD)
}

/// A clock that is off by as many seconds as a test says.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    pub(crate) fn shift(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let (now, shift) = (SystemClock.now(), self.0.load(Ordering::SeqCst));
        let by = Duration::from_secs(shift.unsigned_abs());
        if shift < 0 {
            Timestamp::from_secs(now.as_secs() - by.as_secs()).unwrap()
        } else {
            now.saturating_add(by)
        }
    }
}
