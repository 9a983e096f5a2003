//! A portal in a process of its own, and how much memory that takes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use handclasp::{Instance, InstanceUrl, Transport, UrlPolicy};
use handclasp_http::HttpTransport;
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::requests;

const PASSWORD: &str = "correct horse battery staple";

/// A portal that runs, with its admin signed in. It is stopped when this is dropped, whatever the reason.
pub(crate) struct Portal {
    process: Process,
    address: SocketAddr,
    instance: Instance,
    cookie: String,
    folder: TempDir,
}

impl Portal {
    /// Starts it on this store, as the command line names it.
    pub(crate) async fn start(store: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start(folder.path(), store);
        let address = process.address();
        let policy = UrlPolicy::public().allow_loopback().allow_http();
        let url = InstanceUrl::parse(&format!("http://{address}")).unwrap();
        let instance = HttpTransport::new(policy).discover(&url).await.unwrap();
        let form = format!("name=admin&password={}", PASSWORD.replace(' ', "+"));
        let answer =
            Client::new(address).ask(&requests::form("/sign-in", "", form.as_bytes())).await.unwrap();
        assert_eq!(answer.status, 303, "signed in");
        let cookie = answer.field("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.expect("a session has a cookie").to_owned();
        let portal = Self { process, address, instance, cookie, folder };
        portal.look().await;
        portal
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it describes itself.
    pub(crate) fn instance(&self) -> &Instance {
        &self.instance
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The request for the connections page, by its admin.
    pub(crate) fn page(&self) -> Vec<u8> {
        let cookie = &self.cookie;
        format!("GET /connections HTTP/1.1\r\nhost: portal\r\ncookie: {cookie}\r\n\r\n").into_bytes()
    }

    /// Looks at the connections page.
    pub(crate) async fn look(&self) {
        let answer = Client::new(self.address).ask(&self.page()).await.unwrap();
        assert!(is_page(&answer), "the connections page cannot be seen: {answer:?}");
    }

    /// How much memory it takes.
    pub(crate) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.child.id())).unwrap();
        let bytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
            let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
            kibibytes * 1024
        };
        Memory { resident: bytes("VmRSS:"), peak: bytes("VmHWM:") }
    }

    /// Lets the peak begin anew.
    pub(crate) fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.process.child.id()), "5").unwrap();
    }
}

/// Whether it is the connections page of who is signed in.
pub(crate) fn is_page(answer: &Answer) -> bool {
    let title = b"<h1>Connections</h1>";
    answer.status == 200 && answer.body.windows(title.len()).any(|bytes| bytes == title)
}

/// What a process takes of the memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    /// The most that it has been.
    pub(crate) peak: u64,
}

#[expect(clippy::cast_precision_loss, reason = "there are less than 2⁵² bytes")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

struct Process {
    child: Child,
    /// Kept open: the process may still say something.
    said: BufReader<ChildStdout>,
}

impl Process {
    fn start(folder: &Path, store: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portal"))
            .args(["--data".as_ref(), folder.as_os_str()])
            .args(["one", "--platform", "zendesk", "--listen", "127.0.0.1:0"])
            .args(["--allow", "http", "--allow", "loopback", "--store", store])
            .env("PORTAL_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().expect("it was piped"));
        Self { child, said }
    }

    /// Where it listens, which is on its first line.
    fn address(&mut self) -> SocketAddr {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit("http://").next().unwrap_or_default();
        address.parse().unwrap_or_else(|_| panic!("the portal has not started: {line:?}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What it stores is thrown away in any case, so it need not take its leave. If it has ended already, that is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
