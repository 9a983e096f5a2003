//! A database in a folder that is gone after the test.

use std::path::PathBuf;

use handclasp::InstanceUid;
use handclasp::conformance::{StoreSetup, Task};
use handclasp_sqlite::SqliteStore;
use tempfile::TempDir;

/// One database, of any number of instances.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.path().join("connections.db")
    }
}

impl StoreSetup for Folder {
    type Store = SqliteStore;

    async fn open(&self, instance: &InstanceUid) -> SqliteStore {
        SqliteStore::open(self.file(), instance.clone()).unwrap()
    }

    async fn unreachable(&self, instance: &InstanceUid) -> Option<SqliteStore> {
        let file = self.0.path().join("spoilt.db");
        let store = SqliteStore::open(&file, instance.clone()).unwrap();
        let spoiler = rusqlite::Connection::open(&file).unwrap();
        spoiler.execute_batch("DROP TABLE IF EXISTS connections").unwrap();
        Some(store)
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}
