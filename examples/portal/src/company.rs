//! One company: everything that runs for it, started and stopped together.

use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use handclasp::{
    ActorName, Instance, InstanceError, InstanceUrl, Node, Reachability, SystemEntropy, TextError, UrlError,
};
use handclasp_http::{HttpTransport, Receiving, ServeOptions, serve};
use handclasp_postgres::{Database, Limits, PostgresError};
use handclasp_sqlite::SqliteStore;
use handclasp_worker::{Pace, Worker};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::config::{AnyClock, Config, Engine};
use crate::desk::{Desk, DeskError};
use crate::jobs::Jobs;
use crate::passes::Passes;
use crate::store::Store;
use crate::web::{self, App, Clicks, CompanyNode, MOST_AT_ONCE, MOST_LARGE, MOST_STRANGERS};

/// The path of the node URL. The pages have the others.
const NODE_PATH: &str = "/node";

/// How many connections there may be at once. One that is held half open takes some 35 KiB of memory, and a file
/// descriptor, of which a process commonly has 1,024.
const CONNECTIONS: usize = 512;

/// How often the worker looks for what other processes have stored.
const RESCAN: Duration = Duration::from_secs(30);

/// A company that runs.
#[derive(Debug)]
pub struct Company {
    url: InstanceUrl,
    stopping: watch::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    working: JoinHandle<()>,
    /// Keeps other programs off its folder.
    _lock: File,
}

/// Why a company cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Its name cannot be used.
    #[error("a company's name has 1 to 40 characters, and a letter or digit among them")]
    Name,
    /// Its admin's name cannot be used.
    #[error("the admin's name cannot be used")]
    Admin(#[source] TextError),
    /// Its folder cannot be made.
    #[error("the folder {} cannot be made", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// Another program works with its folder.
    #[error("the folder {} is in use; stop the program that uses it, or choose another one", .0.display())]
    InUse(PathBuf),
    /// It cannot listen there.
    #[error("{0} cannot be listened on; stop what does, or choose another address")]
    Listen(SocketAddr, #[source] io::Error),
    /// Its address is no URL.
    #[error("{0} cannot be an address")]
    Url(String, #[source] UrlError),
    /// Its address has a path.
    #[error("the address {0} has a path; the pages need a host of their own: leave the path out")]
    Path(String),
    /// Its own database cannot be opened.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// Its connections cannot be opened.
    #[error(transparent)]
    Sqlite(#[from] handclasp_sqlite::OpenError),
    /// Its connections cannot be opened.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// It cannot be described.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The program is ending.
    #[error("the program is ending")]
    Ending(#[from] tokio::task::JoinError),
}

impl Company {
    /// Opens a company's stores, and starts its server and its worker.
    ///
    /// # Errors
    /// [`OpenError`]: its name, its address, its folder or one of its databases cannot be used.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let prefix = prefix(&config.name).ok_or(OpenError::Name)?;
        std::fs::create_dir_all(&config.folder)
            .map_err(|error| OpenError::Folder(config.folder.clone(), error))?;
        // First of all: a second program must change nothing of what the first one works with.
        let ground = Ground::take(&config).await?;
        let desk = {
            let admin = ActorName::parse(&config.admin).map_err(OpenError::Admin)?;
            let (file, password) = (config.folder.join("portal.db"), config.password.clone());
            tokio::task::spawn_blocking(move || {
                let desk = Desk::open(&file)?;
                desk.set_admin(&admin, &password)?;
                Ok::<_, DeskError>(desk)
            })
            .await??
        };
        let uid = desk.uid(&prefix)?;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let base = config.url.clone().unwrap_or_else(|| format!("{scheme}://{}", ground.address));
        let base = parse(base)?;
        if !base.path().is_empty() {
            return Err(OpenError::Path(base.to_string()));
        }
        let instance = instance(&config, uid.clone(), &base)?;

        let store = match &config.engine {
            Engine::Sqlite => {
                let file = config.folder.join("connections.db");
                Store::Sqlite(tokio::task::spawn_blocking(move || SqliteStore::open(file, uid)).await??)
            }
            Engine::Postgres(server) => {
                let database = Database::plain((**server).clone(), Limits::default())?;
                database.migrate().await?;
                Store::Postgres(database.store(uid))
            }
        };
        let mut transport = HttpTransport::new(config.policy).with_limits(config.limits);
        if let Some(roots) = &config.trust {
            transport = transport.trusting(roots.clone());
        }
        let clock = AnyClock(config.clock.clone());
        let node = Node::builder_with(instance, store, transport.clone(), clock, SystemEntropy)
            .policy(config.policy)
            .approval(config.approval)
            .validity(config.validity)
            .build();
        Ok(Self::run(&config, ground, base, node, transport, desk))
    }

    fn run(
        config: &Config,
        ground: Ground,
        url: InstanceUrl,
        node: CompanyNode,
        transport: HttpTransport,
        desk: Desk,
    ) -> Self {
        let Ground { lock, listener, address } = ground;
        let worker = Worker::new(node.clone()).with_pace(Pace::default().rescan(RESCAN));
        let tls = url.is_https();
        let app = Arc::new(App {
            company: config.name.trim().to_owned(),
            node: node.clone(),
            transport,
            desk,
            jobs: Jobs::default(),
            clicks: Clicks::default(),
            passes: Passes::default(),
            worker: worker.handle(),
            // Such a name is taken only from this very host, and only over TLS.
            cookie: if tls { "__Host-portal".to_owned() } else { format!("portal-{}", address.port()) },
            tls,
            places: Semaphore::new(MOST_AT_ONCE),
            strangers: Semaphore::new(MOST_STRANGERS),
            large: Semaphore::new(MOST_LARGE),
        });
        let receiving =
            Receiving::new(&node.instance().clone(), move |message| answer(node.clone(), message));
        let router = web::pages(app).merge(receiving.into_router());
        let mut options = ServeOptions::default().connections(CONNECTIONS);
        if let Some(tls) = &config.tls {
            options = options.tls(tls.clone());
        }
        let (stopping, stop) = watch::channel(());
        let serving = tokio::spawn(serve(listener, router, options, stopped(stop.clone())));
        let working = tokio::spawn(worker.run(stopped(stop)));
        Self { url, stopping, serving, working, _lock: lock }
    }

    /// Where its pages are.
    #[must_use]
    pub fn url(&self) -> &InstanceUrl {
        &self.url
    }

    /// Runs until `stop` ends, or its server fails; then stops.
    ///
    /// # Errors
    /// When its server has failed.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> io::Result<()> {
        tokio::select! {
            served = &mut self.serving => served.map_err(io::Error::other)?,
            () = stop => self.stop().await,
        }
    }

    /// Lets what is under way come to its end, and stops.
    ///
    /// # Errors
    /// When its server had failed.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.stopping);
        let served = self.serving.await;
        // A worker that panicked has nothing more to lose.
        let _ = self.working.await;
        served.map_err(io::Error::other)?
    }
}

/// Answers another node's message, and says in the log what came of it: security events are for somebody to see.
async fn answer(node: CompanyNode, message: Vec<u8>) -> Option<Vec<u8>> {
    match node.handle(&message).await {
        Ok(handled) => {
            for event in &handled.events {
                let (connection, code) = (event.connection, event.kind.code());
                if event.kind.is_security() {
                    tracing::warn!(%connection, event = code, "a security event");
                } else {
                    tracing::info!(%connection, event = code, "an event");
                }
            }
            Some(handled.reply)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a message was not answered");
            None
        }
    }
}

/// Ends when the company is to stop.
async fn stopped(mut stop: watch::Receiver<()>) {
    // Nothing is ever sent: it ends when the sender is gone.
    while stop.changed().await.is_ok() {}
}

/// The instance: people open the pages, and other nodes call the node URL, which only a public instance has.
fn instance(config: &Config, uid: handclasp::InstanceUid, base: &InstanceUrl) -> Result<Instance, OpenError> {
    let builder = Instance::builder(uid, config.platform)
        .tracker_url(base.clone())
        .accept_page(parse(format!("{base}/accept"))?)
        .licences(config.licences)
        .reachability(config.reachability);
    let builder = match config.reachability {
        Reachability::Public => builder.node_url(parse(format!("{base}{NODE_PATH}"))?),
        Reachability::Private => builder,
    };
    Ok(builder.build()?)
}

fn parse(url: String) -> Result<InstanceUrl, OpenError> {
    InstanceUrl::parse(&url).map_err(|error| OpenError::Url(url, error))
}

/// What a company has to itself, before it looks at anything in its folder.
struct Ground {
    /// Keeps other programs off the folder, until it is closed.
    lock: File,
    listener: TcpListener,
    address: SocketAddr,
}

impl Ground {
    async fn take(config: &Config) -> Result<Self, OpenError> {
        let lock = lock(&config.folder)?;
        let failed = |error| OpenError::Listen(config.listen, error);
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { lock, listener, address })
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let failed = |error| OpenError::Folder(folder.to_owned(), error);
    let file = File::create(folder.join("portal.lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// What a UID begins with: what is left of the name in small letters, digits and hyphens.
fn prefix(name: &str) -> Option<String> {
    let name = name.trim();
    if name.chars().count() > 40 {
        return None;
    }
    let plain: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .collect();
    let plain = plain.trim_matches('-').to_owned();
    (!plain.is_empty()).then_some(plain)
}
