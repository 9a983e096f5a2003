//! The nodes, which the script `cluster` starts, and ends when the test does, however it does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use handclasp_trials::Script;
use serde_json::Value;

/// Nodes of a cluster, by their numbers from 0.
pub(crate) struct Nodes {
    pub(crate) endpoints: Vec<String>,
    script: Script,
}

impl Nodes {
    /// Three, as they come.
    pub(crate) fn three() -> Self {
        Self::start(3, &[])
    }

    /// So many, with further arguments for etcd.
    pub(crate) fn start(count: usize, arguments: &[&str]) -> Self {
        Self::start_at("http", count, arguments)
    }

    /// The same, whose clients come with this scheme.
    pub(crate) fn start_at(scheme: &str, count: usize, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster");
        let mut command = Command::new(script);
        command.args(arguments).env("NODES", count.to_string()).env("SCHEME", scheme);
        let mut nodes = Self { endpoints: Vec::new(), script: Script::start(&mut command) };
        loop {
            let line = nodes.script.line();
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["endpoint", _, url] => nodes.endpoints.push((*url).to_owned()),
                ["ready"] => return nodes,
                _ => panic!("the cluster does not start: {line}"),
            }
        }
    }

    /// Ends a node as a power cut would.
    pub(crate) fn kill(&mut self, node: usize) {
        self.command("kill", node);
    }

    /// Starts it again, on what it had stored, and waits until it is one of the cluster again.
    pub(crate) fn start_again(&mut self, node: usize) {
        self.command("start", node);
        self.wait_until("a node that was started again has a leader", |nodes| nodes.leads(node).is_some());
    }

    /// Its connections stay, and nobody answers.
    pub(crate) fn freeze(&mut self, node: usize) {
        self.command("freeze", node);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&mut self, node: usize) {
        self.command("thaw", node);
    }

    /// The node that leads.
    pub(crate) fn leader(&self) -> usize {
        let mut leader = None;
        self.wait_until("there is a leader", |nodes| {
            leader = (0..nodes.endpoints.len()).find(|node| nodes.leads(*node) == Some(true));
            leader.is_some()
        });
        leader.unwrap()
    }

    /// Whether it leads; `None` if it does not answer, or knows of no leader.
    fn leads(&self, node: usize) -> Option<bool> {
        let status = self.ask(node, "/v3/maintenance/status", "{}")?;
        let leader = status.get("leader")?;
        Some(leader == status.pointer("/header/member_id")?)
    }

    /// The bytes that its database takes, without those that are free again.
    pub(crate) fn bytes_in_use(&self, node: usize) -> u64 {
        let status = self.ask(node, "/v3/maintenance/status", "{}").unwrap();
        status.get("dbSizeInUse").and_then(Value::as_str).unwrap().parse().unwrap()
    }

    /// A request to the JSON gateway, by hand.
    pub(crate) fn ask(&self, node: usize, path: &str, body: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(self.endpoints[node].strip_prefix("http://").unwrap()).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(stream, "POST {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    fn wait_until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        for _ in 0..300 {
            if holds(self) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("half a minute later, not even {what}");
    }

    fn command(&mut self, command: &str, node: usize) {
        self.script.command(&format!("{command} {node}"));
    }
}
