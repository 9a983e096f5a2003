//! The server, which the script `server` starts, and stops when the test ends, however it does.

use std::path::Path;
use std::process::Command;

use handclasp_trials::Script;
use tokio_postgres::Config;

use super::connect;

/// A PostgreSQL server of one's own.
pub(crate) struct Server {
    url: String,
    script: Script,
}

impl Server {
    /// As it comes.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With arguments for the script.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("server");
        let mut script = Script::start(Command::new(script).args(arguments));
        let server = Self { url: script.line(), script };
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
        self.script.command("stop fast");
    }

    /// Stops it at once, without writing down what it holds in memory.
    pub(crate) fn stop_immediately(&mut self) {
        self.script.command("stop immediate");
    }

    /// Ends its first process with SIGKILL; the others follow.
    pub(crate) fn kill(&mut self) {
        self.script.command("kill");
    }

    /// Starts it again, at the same address, on what it had stored.
    pub(crate) fn start_again(&mut self) {
        self.script.command("start");
    }
}
