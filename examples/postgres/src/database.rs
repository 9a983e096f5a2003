//! The database: a pool of connections, and how long to wait for what.

use std::fmt;
use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod};
use handclasp::InstanceUid;
use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, NoTls, Socket};

use crate::{PostgresError, PostgresStore, migration};

/// A PostgreSQL database that holds the connections of any number of instances. Clones share their pool.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    limits: Limits,
}

/// How many connections to the database there are, and how long a call waits, so that nothing waits for ever.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The most connections of the pool; 16 by default, and at least 1. Those of all pools together must be fewer than
    /// the server's `max_connections`.
    pub connections: usize,
    /// How long a call waits for a connection, be it until one comes free or until one is made; by default 5 seconds.
    pub connect: Duration,
    /// How long the server works on a statement; by default 5 seconds. What takes longer ends there, as a clear failure.
    pub statement: Duration,
    /// How long a call waits for an answer; by default 10 seconds. Longer than the server works: only when nothing comes
    /// over the network it is this limit that ends a call, and then it is unclear what became of a write.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16,
            connect: Duration::from_secs(5),
            statement: Duration::from_secs(5),
            answer: Duration::from_secs(10),
        }
    }
}

impl Database {
    /// The database that is reached like this, over TLS and not without it, whatever `sslmode` says. Connects with the
    /// first call.
    ///
    /// Which certificates are trusted is decided by `tls`.
    ///
    /// # Errors
    /// [`PostgresError::Pool`], if the pool was not built.
    pub fn over_tls<T>(mut config: Config, tls: T, limits: Limits) -> Result<Self, PostgresError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        // The client's default is to go on in the clear if the server, or whoever answers for it, has no TLS.
        config.ssl_mode(SslMode::Require);
        Self::new(config, tls, limits)
    }

    /// The database that is reached like this, in the clear: through a Unix socket, or within one machine. Connects with
    /// the first call.
    ///
    /// # Errors
    /// [`PostgresError::Pool`], if the pool was not built.
    pub fn plain(config: Config, limits: Limits) -> Result<Self, PostgresError> {
        Self::new(config, NoTls, limits)
    }

    fn new<T>(mut config: Config, tls: T, limits: Limits) -> Result<Self, PostgresError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        // A standby answers reads with what was true some time ago, which a store must not.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        // Of two settings the last one counts: the caller's. Stricter levels than this one would only roll back more, as
        // each statement is a transaction of its own and decides by a single row.
        let own = config.get_options().unwrap_or_default();
        let options = format!(
            "-c statement_timeout={} -c default_transaction_isolation=read\\ committed {own}",
            limits.statement.as_millis()
        );
        config.options(options);
        // `Fast` asks the client, and not the server, whether a connection has ended. One that has ended unnoticed fails
        // a single call, which takes it out of the pool.
        let manager =
            Manager::from_config(config, tls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager).max_size(limits.connections.max(1)).build()?;
        Ok(Self { pool, limits })
    }

    /// Makes the tables, or brings them up to date. Any number of processes may do that at once, whenever they start.
    ///
    /// The user of the database must be allowed to make tables, unless there is nothing left to do.
    ///
    /// # Errors
    /// When the database failed. Nothing is left half done.
    pub async fn migrate(&self) -> Result<(), PostgresError> {
        migration::run(self.client().await?).await
    }

    /// The store of this instance.
    #[must_use]
    pub fn store(&self, instance: InstanceUid) -> PostgresStore {
        PostgresStore::new(self.clone(), instance)
    }

    /// A connection of the pool.
    pub(crate) async fn client(&self) -> Result<Client, PostgresError> {
        let limit = self.limits.connect;
        Ok(timeout(limit, self.pool.get()).await.map_err(|_| PostgresError::ConnectTimeout(limit))??)
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.pool.status();
        f.debug_struct("Database").field("limits", &self.limits).field("pool", &status).finish()
    }
}
