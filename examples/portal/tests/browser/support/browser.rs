//! Chromium, driven over `WebDriver`.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use handclasp_trials::Script;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// Browsers of earlier tests, which wait for the next: to start one takes as long as half a test. They end with the program,
/// which closes their drivers' input.
static IDLE: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// A browser that runs.
struct Running {
    /// Ends it when it is dropped.
    _driver: Script,
    url: String,
    session: String,
}

/// A browser for one test. If that fails, it ends with it.
pub(crate) struct Browser {
    client: Client,
    first: WindowHandle,
    running: Running,
    scripts: bool,
}

impl Browser {
    /// One in which no window but an empty one is open, with or without scripts in pages. What earlier tests have left in
    /// it belongs to companies at other addresses.
    pub(crate) async fn take(scripts: bool) -> Self {
        let idle = if scripts { idle().pop() } else { None };
        let (running, client) = match idle {
            Some(running) => {
                let (url, session) = (&running.url, &running.session);
                let client = Client::with_existing_session(url, session, HttpConnector::new()).await.unwrap();
                (running, client)
            }
            None => start(scripts).await,
        };
        // Without this, the session would end with the client.
        client.persist().await.unwrap();
        let first = client.windows().await.unwrap().swap_remove(0);
        client.switch_to_window(first.clone()).await.unwrap();
        Self { client, first, running, scripts }
    }

    /// Leaves it for the next test.
    pub(crate) async fn leave(self) {
        for window in self.client.windows().await.unwrap() {
            if window != self.first {
                self.client.switch_to_window(window).await.unwrap();
                self.client.close_window().await.unwrap();
            }
        }
        if self.scripts {
            idle().push(self.running);
        }
    }

    /// A new window.
    pub(crate) async fn window(&self, near: &str) -> WindowHandle {
        // The first window stays at an address on this machine, and with it stays the process that shows such pages.
        if self.client.current_url().await.is_ok_and(|url| url.scheme() != "http") {
            self.client.goto(&format!("{near}/favicon.svg")).await.unwrap();
        }
        self.client.new_window(true).await.unwrap().handle
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whatever pages wrote to the console, and the browser about them: refused by a policy, not found, failed.
    pub(crate) async fn console(&self) -> Vec<Value> {
        log(&self.client, "browser").await
    }

    /// What went over the network, as events of the `DevTools` protocol.
    pub(crate) async fn traffic(&self) -> Vec<Value> {
        let entries = log(&self.client, "performance").await;
        let event = |entry: &Value| serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        entries.iter().map(event).map(|mut event: Value| event["message"].take()).collect()
    }
}

fn idle() -> MutexGuard<'static, Vec<Running>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn start(scripts: bool) -> (Running, Client) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/driver");
    let mut driver = Script::start(&mut Command::new(script));
    let line = driver.line();
    let (url, browser) =
        line.split_once(' ').filter(|_| line.starts_with("http://")).unwrap_or_else(|| panic!("{line}"));
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities(browser, scripts))
        .connect(url)
        .await
        .unwrap_or_else(|error| panic!("Chromium did not start: {error}"));
    let session = client.session_id().await.unwrap().unwrap();
    let url = url.to_owned();
    (Running { _driver: driver, url, session }, client)
}

fn capabilities(browser: &str, scripts: bool) -> Capabilities {
    // Without a sandbox, because CI runs as root; and all that follows keeps it from calling anybody on its own.
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1440,900",
        // One process for all companies, which differ in their ports alone.
        "--process-per-site",
    ];
    let mut arguments = arguments.to_vec();
    if !scripts {
        // Those of the driver run all the same.
        arguments.push("--blink-settings=scriptEnabled=false");
    }
    let options = json!({ "args": arguments, "binary": browser });
    let all = json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    });
    all.as_object().unwrap().clone()
}

/// A command of the `DevTools` protocol, to the window that is driven.
pub(crate) async fn devtools(client: &Client, command: &str, parameters: Value) -> Value {
    let body = json!({ "cmd": command, "params": parameters });
    client.issue_cmd(Own { path: "goog/cdp/execute", body }).await.unwrap()
}

async fn log(client: &Client, of: &str) -> Vec<Value> {
    let entries = client.issue_cmd(Own { path: "se/log", body: json!({ "type": of }) }).await.unwrap();
    entries.as_array().unwrap().clone()
}

/// A command that is not part of the standard.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
