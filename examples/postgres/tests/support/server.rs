//! The server, which the script `server` starts, and stops when the test ends, however it does.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tokio_postgres::Config;

use super::connect;

/// A PostgreSQL server of one's own.
pub(crate) struct Server {
    url: String,
    script: Child,
    /// Closing it stops the server; so does the end of this process.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// As it comes.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With arguments for the script.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("server");
        let mut script = Command::new(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = script.stdin.take();
        let answers = BufReader::new(script.stdout.take().unwrap());
        let mut server = Self { url: String::new(), script, commands, answers };
        server.url = server.line();
        assert!(server.url.starts_with("postgres://"), "{}", server.url);
        server
    }

    /// How to reach the database that is always there.
    pub(crate) fn config(&self) -> Config {
        self.url.parse().unwrap()
    }

    /// A new database, with settings as for `ALTER DATABASE … SET …`.
    pub(crate) async fn database(&self, name: &str, settings: &[&str]) -> Config {
        let client = connect(&self.config()).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        for setting in settings {
            client.batch_execute(&format!("ALTER DATABASE {name} SET {setting}")).await.unwrap();
        }
        let mut config = self.config();
        config.dbname(name);
        config
    }

    /// Stops it as for an upgrade: connections are ended, and what they had begun is rolled back.
    pub(crate) fn stop_fast(&mut self) {
        self.command("stop fast");
    }

    /// Stops it at once, without writing down what it holds in memory.
    pub(crate) fn stop_immediately(&mut self) {
        self.command("stop immediate");
    }

    /// Ends its first process with SIGKILL; the others follow.
    pub(crate) fn kill(&mut self) {
        self.command("kill");
    }

    /// Starts it again, at the same address, on what it had stored.
    pub(crate) fn start_again(&mut self) {
        self.command("start");
    }

    fn command(&mut self, command: &str) {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let answer = self.line();
        assert_eq!(answer, "ok", "{command}");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.script.wait();
    }
}
