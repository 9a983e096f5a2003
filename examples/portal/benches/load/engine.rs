//! Where the portal keeps its connections, and a second way to the same place.

use std::path::Path;
use std::process::Command;

use handclasp_postgres::{Database, Limits, PostgresStore};
use handclasp_sqlite::SqliteStore;
use handclasp_trials::Script;

use crate::portal::Portal;

/// An engine, and what it is called on the portal's command line.
pub(crate) struct Engine {
    flag: String,
    /// Its server ends with it.
    _server: Option<Script>,
}

impl Engine {
    pub(crate) fn sqlite() -> Self {
        Self { flag: "sqlite".to_owned(), _server: None }
    }

    /// With a server of its own.
    pub(crate) fn postgres() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../postgres/server");
        let mut script = Script::start(&mut Command::new(script));
        let flag = script.line();
        assert!(flag.starts_with("postgres://"), "{flag}");
        Self { flag, _server: Some(script) }
    }

    pub(crate) fn flag(&self) -> &str {
        &self.flag
    }
}

/// The portal's store, in its folder.
pub(crate) async fn sqlite_store(portal: &Portal) -> SqliteStore {
    let (file, uid) = (portal.folder().join("connections.db"), portal.instance().uid().clone());
    tokio::task::spawn_blocking(move || SqliteStore::open(file, uid)).await.unwrap().unwrap()
}

/// The portal's store, on this server.
pub(crate) fn postgres_store(portal: &Portal, url: &str) -> PostgresStore {
    let database = Database::plain(url.parse().unwrap(), Limits::default()).unwrap();
    database.store(portal.instance().uid().clone())
}
