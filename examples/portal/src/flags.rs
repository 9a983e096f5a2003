//! The command line.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use handclasp::{Approval, ConnectionMode, KnownPlatform, ModeSet, Reachability, UrlPolicy, Validity};
use portal::{Config, Engine};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};

/// The environment's variable with the admin's password: a flag would be seen by everybody on the machine.
pub(crate) const PASSWORD: &str = "PORTAL_PASSWORD";

/// Two companies on this machine that can be connected with each other; or one, for two machines.
///
/// The admin's password is taken from the variable `PORTAL_PASSWORD`, or made up and printed at each start.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Flags {
    /// The folder for everything that is kept.
    #[arg(long, default_value = "portal-data", global = true)]
    data: PathBuf,
    /// The port of the first of two companies; the second has the next one. 0: two free ones.
    #[arg(long, default_value_t = 7101)]
    port: u16,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One company of your own.
    One(Box<One>),
}

#[derive(Args, Debug)]
struct One {
    /// The company's name.
    #[arg(long, default_value = "Acme")]
    name: String,
    /// The tracker that it uses: jira-cloud, zendesk, servicenow, salesforce, github, …
    #[arg(long, default_value = "jira-cloud", value_parser = platform)]
    platform: KnownPlatform,
    /// A mode that it is licensed for besides basic: visual, script. May be repeated; both, unless said otherwise.
    #[arg(long = "licence", value_parser = mode)]
    licences: Vec<ConnectionMode>,
    /// Others cannot call it: it only calls out.
    #[arg(long)]
    private: bool,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:7101")]
    listen: SocketAddr,
    /// Where others reach it, if that is not where it listens: `https://acme.example.com`.
    #[arg(long)]
    url: Option<String>,
    /// The certificates that it speaks TLS with: a PEM file, its own first.
    #[arg(long, requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key to them: a PEM file.
    #[arg(long, requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The authorities that it trusts, instead of the public ones: a PEM file.
    #[arg(long)]
    trust: Option<PathBuf>,
    /// What it calls besides public addresses over TLS. May be repeated.
    #[arg(long = "allow", value_enum)]
    allowed: Vec<Allowed>,
    /// An admin has to approve whoever accepts.
    #[arg(long)]
    approve: bool,
    /// How many hours its invitations can be accepted.
    #[arg(long, default_value_t = 168)]
    hours: u64,
    /// Where it keeps its connections: `sqlite`, or the address of a PostgreSQL server, without TLS:
    /// `host=127.0.0.1 user=… dbname=…`.
    #[arg(long, default_value = "sqlite")]
    store: String,
    /// The name of its admin.
    #[arg(long, default_value = "admin")]
    admin: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Allowed {
    /// Plain http.
    Http,
    /// This machine.
    Loopback,
    /// Private networks.
    Private,
}

impl Flags {
    /// The companies to run.
    pub(crate) fn companies(self) -> Result<Vec<Config>, Box<dyn Error>> {
        match self.command {
            None => {
                let company = |name: &str, platform, folder, port| {
                    let mut config =
                        Config::on_this_machine(name, platform, self.data.join(folder), password()?);
                    config.listen = (Ipv4Addr::LOCALHOST, port).into();
                    Ok::<_, Box<dyn Error>>(config)
                };
                let next = if self.port == 0 {
                    0
                } else {
                    self.port.checked_add(1).ok_or("there is no port behind 65535")?
                };
                Ok(vec![
                    company("Acme", KnownPlatform::JiraCloud, "acme", self.port)?,
                    company("Globex", KnownPlatform::Zendesk, "globex", next)?,
                ])
            }
            Some(Command::One(one)) => Ok(vec![one.company(self.data)?]),
        }
    }
}

impl One {
    fn company(self, folder: PathBuf) -> Result<Config, Box<dyn Error>> {
        let mut config = Config::on_this_machine(&self.name, self.platform, folder, password()?);
        config.policy = self.policy();
        config.listen = self.listen;
        config.url = self.url;
        config.admin = self.admin;
        config.validity = Validity::new(Duration::from_secs(self.hours.saturating_mul(3600)))?;
        if !self.licences.is_empty() {
            config.licences = self.licences.into_iter().collect::<ModeSet>();
        }
        if self.private {
            config.reachability = Reachability::Private;
        }
        if self.approve {
            config.approval = Approval::ByHand;
        }
        if let (Some(certificates), Some(key)) = (&self.tls_certificate, &self.tls_key) {
            config.tls = Some(Arc::new(tls(certificates, key)?));
        }
        if let Some(file) = &self.trust {
            config.trust = Some(authorities(file)?);
        }
        if self.store != "sqlite" {
            config.engine = Engine::Postgres(Box::new(
                self.store.parse::<tokio_postgres::Config>().map_err(|error| format!("--store: {error}"))?,
            ));
        }
        Ok(config)
    }

    fn policy(&self) -> UrlPolicy {
        self.allowed.iter().fold(UrlPolicy::public(), |policy, allowed| match allowed {
            Allowed::Http => policy.allow_http(),
            Allowed::Loopback => policy.allow_loopback(),
            Allowed::Private => policy.allow_private(),
        })
    }
}

/// The password that was given, or a new one: 80 random bits.
fn password() -> Result<String, Box<dyn Error>> {
    match std::env::var(PASSWORD) {
        Ok(password) if password.is_empty() => Err(format!("the variable {PASSWORD} is empty").into()),
        Ok(password) => Ok(password),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the variable {PASSWORD} is not text").into()),
        Err(std::env::VarError::NotPresent) => {
            let mut random = [0; 10];
            getrandom::fill(&mut random)?;
            Ok(random.map(|byte| format!("{byte:02x}")).concat())
        }
    }
}

fn platform(code: &str) -> Result<KnownPlatform, String> {
    KnownPlatform::from_code(code).ok_or_else(|| {
        let known: Vec<_> = KnownPlatform::ALL.iter().map(|platform| platform.code()).collect();
        format!("there is none of this name; the known ones are {}", known.join(", "))
    })
}

fn mode(code: &str) -> Result<ConnectionMode, String> {
    ConnectionMode::from_code(code).ok_or_else(|| "the modes are basic, visual and script".to_owned())
}

fn tls(certificates: &Path, key: &Path) -> Result<ServerConfig, Box<dyn Error>> {
    let certificates = CertificateDer::pem_file_iter(certificates)
        .map_err(|error| format!("{}: {error}", certificates.display()))?
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?)
}

fn authorities(file: &Path) -> Result<RootCertStore, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(file).map_err(|error| format!("{}: {error}", file.display()))?
    {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        return Err(format!("{}: no certificate is in it", file.display()).into());
    }
    Ok(roots)
}
