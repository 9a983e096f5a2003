//! Where a test plays.

use std::cell::RefCell;
use std::sync::{Condvar, Mutex, PoisonError};

use fantoccini::wd::WindowHandle;
use handclasp::KnownPlatform;
use portal::Config;
use tempfile::TempDir;

use super::browser::Browser;
use super::company::{PASSWORD, Place};
use super::window::Window;

/// How many tests play at once: more than the machine has processors, because each waits most of its time.
const AT_ONCE: usize = 3;

static PLAYING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// A test's place among those that play.
struct Turn;

impl Turn {
    fn wait_for() -> Self {
        let playing = PLAYING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut playing =
            ENDED.wait_while(playing, |playing| *playing >= AT_ONCE).unwrap_or_else(PoisonError::into_inner);
        *playing += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *PLAYING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

/// A browser, and a folder for companies.
pub(crate) struct Stage {
    browser: Browser,
    folder: TempDir,
    /// What is in no address. It ends with the test.
    secrets: RefCell<Vec<String>>,
}

/// Plays a test; at its end, looks at what is looked at in each.
pub(crate) fn play(act: impl AsyncFnOnce(&Stage)) {
    play_in(true, act);
}

/// The same, in a browser that runs no scripts.
pub(crate) fn play_without_scripts(act: impl AsyncFnOnce(&Stage)) {
    play_in(false, act);
}

fn play_in(scripts: bool, act: impl AsyncFnOnce(&Stage)) {
    let _turn = Turn::wait_for();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let stage = Stage {
            browser: Browser::take(scripts).await,
            folder: tempfile::tempdir().unwrap(),
            secrets: RefCell::default(),
        };
        act(&stage).await;
        stage.look_back().await;
        stage.browser.leave().await;
    });
}

impl Stage {
    /// The configuration of a company, to be changed before it is opened.
    pub(crate) fn plan(&self, name: &str, platform: KnownPlatform) -> Config {
        Place::plan(self.folder.path(), name, platform)
    }

    /// Acme, which uses Jira Cloud.
    pub(crate) async fn acme(&self) -> Place {
        Place::open(self.plan("Acme", KnownPlatform::JiraCloud)).await
    }

    /// Globex, which uses Zendesk.
    pub(crate) async fn globex(&self) -> Place {
        Place::open(self.plan("Globex", KnownPlatform::Zendesk)).await
    }

    /// A new window, in which nobody is signed in yet.
    pub(crate) async fn window(&self, company: &Place) -> Window {
        let handle = self.browser.window(company.url()).await;
        Window::new(self.browser.client().clone(), handle, company.url())
    }

    /// A new window in which the company's admin is signed in, and sees the connections.
    pub(crate) async fn admin(&self, company: &Place) -> Window {
        let window = self.window(company).await;
        window.open("/").await;
        window.sign_in("admin", PASSWORD).await;
        window.is_at("Connections").await;
        window
    }

    /// The window that opens when somebody does that.
    pub(crate) async fn opened_by(&self, company: &Place, act: impl AsyncFnOnce()) -> Window {
        let client = self.browser.client();
        let before = client.windows().await.unwrap();
        act().await;
        let now: Vec<WindowHandle> = client.windows().await.unwrap();
        let fresh: Vec<_> = now.into_iter().filter(|handle| !before.contains(handle)).collect();
        let [handle] = fresh.as_slice() else { panic!("{} windows opened", fresh.len()) };
        Window::new(client.clone(), handle.clone(), company.url())
    }

    /// Something that must be in no address, besides codes and passwords.
    pub(crate) fn is_secret(&self, text: &str) {
        self.secrets.borrow_mut().push(text.to_owned());
    }

    /// In no test does a page try what its own policy forbids, or is there a secret in an address.
    async fn look_back(&self) {
        for entry in self.browser.console().await {
            // That a page is an answer of 4xx is not the page's fault.
            let is_status = entry["source"] == "network";
            assert!(is_status, "in the console: {entry}");
        }
        for event in self.browser.traffic().await {
            if event["method"] == "Network.requestWillBeSent" {
                self.is_without_secrets(event["params"]["request"]["url"].as_str().unwrap());
            }
        }
    }

    /// Codes and passwords are in no address: servers and proxies write addresses to their logs.
    fn is_without_secrets(&self, url: &str) {
        let own = self.secrets.borrow();
        for secret in ["clasp1_", "horse"].into_iter().chain(own.iter().map(String::as_str)) {
            assert!(!url.contains(secret), "a secret is in an address");
        }
    }
}
