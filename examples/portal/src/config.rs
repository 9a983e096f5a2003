//! What there is to decide about a company.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use handclasp::{
    Approval, Clock, KnownPlatform, ModeSet, Reachability, SystemClock, Timestamp, UrlPolicy, Validity,
};
use handclasp_http::ClientLimits;
use rustls::{RootCertStore, ServerConfig};

/// A company that is to be run: who it is, where it listens, where it keeps things, and whom it trusts.
///
/// ```no_run
/// use portal::{Company, Config};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::on_this_machine("Acme", handclasp::KnownPlatform::JiraCloud, "a-folder", "a password".to_owned());
/// let company = Company::open(config).await?;
/// println!("{}", company.url());
/// company.stop().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The company's name: 1 to 40 characters, at least one of them a letter or a digit of ASCII.
    pub name: String,
    /// The tracker that it uses.
    pub platform: KnownPlatform,
    /// The modes that it is licensed for.
    pub licences: ModeSet,
    /// Whether other companies can call it.
    pub reachability: Reachability,
    /// Where it listens. Port 0 is a free one.
    pub listen: SocketAddr,
    /// Where others reach it, without a path; `None` if that is where it listens.
    pub url: Option<String>,
    /// What it speaks TLS with; `None` for plain HTTP.
    pub tls: Option<Arc<ServerConfig>>,
    /// The authorities that it trusts; `None` for the public ones.
    pub trust: Option<RootCertStore>,
    /// Which addresses it uses and calls.
    pub policy: UrlPolicy,
    /// How long it waits for others.
    pub limits: ClientLimits,
    /// Whether its admin approves whoever accepts.
    pub approval: Approval,
    /// How long its invitations can be accepted.
    pub validity: Validity,
    /// The folder of its files, which is made if it is not there.
    pub folder: PathBuf,
    /// Where it keeps its connections.
    pub engine: Engine,
    /// The name of its admin: 1 to 128 characters.
    pub admin: String,
    /// The admin's password. It takes the place of an earlier one.
    pub password: String,
    /// What tells it the time.
    pub clock: Arc<dyn Clock + Send + Sync>,
}

/// Where a company keeps its connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Engine {
    /// In a file in its folder.
    Sqlite,
    /// In a database on a PostgreSQL server, without TLS: on this machine, or in a network that is trusted.
    Postgres(Box<tokio_postgres::Config>),
}

impl Config {
    /// A company on this machine alone: plain HTTP on loopback at a free port, all licences, SQLite.
    #[must_use]
    pub fn on_this_machine(
        name: &str,
        platform: KnownPlatform,
        folder: impl Into<PathBuf>,
        password: String,
    ) -> Self {
        Self {
            name: name.to_owned(),
            platform,
            licences: ModeSet::ALL,
            reachability: Reachability::Public,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            url: None,
            tls: None,
            trust: None,
            policy: UrlPolicy::public().allow_loopback().allow_http(),
            limits: ClientLimits::default(),
            approval: Approval::Automatic,
            validity: Validity::default(),
            folder: folder.into(),
            engine: Engine::Sqlite,
            admin: "admin".to_owned(),
            password,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("name", &self.name)
            .field("platform", &self.platform)
            .field("listen", &self.listen)
            .field("url", &self.url)
            .field("policy", &self.policy)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// A clock that is chosen at run time.
pub(crate) struct AnyClock(pub(crate) Arc<dyn Clock + Send + Sync>);

impl Clock for AnyClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}
