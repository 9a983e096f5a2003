//! From a URL to a connection: names, addresses that the policy permits, TCP, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use handclasp::{InstanceUrl, PolicyError, UrlPolicy};
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::Resolver;
use crate::error::HttpError;

/// More addresses than this are not dialled: the others of a name that has so many would get no time.
const MOST_DIALLED: usize = 8;

/// Either kind of stream.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Finds, checks and dials.
pub(super) struct Dialler<R> {
    policy: UrlPolicy,
    /// Whoever calls is told if rustls refuses its own settings, which are the same for all.
    tls: Result<TlsConnector, rustls::Error>,
    resolver: Arc<R>,
}

/// Addresses of a URL, all of which the policy permits. Nothing else is dialled.
pub(super) struct Permitted(Vec<SocketAddr>);

impl<R: Resolver> Dialler<R> {
    pub(super) fn new(policy: UrlPolicy, roots: RootCertStore, resolver: R) -> Self {
        Self { policy, tls: connector(roots), resolver: Arc::new(resolver) }
    }

    pub(super) fn trusting(self, roots: RootCertStore) -> Self {
        Self { tls: connector(roots), ..self }
    }

    pub(super) fn resolving_with<Q: Resolver>(self, resolver: Q) -> Dialler<Q> {
        Dialler { policy: self.policy, tls: self.tls, resolver: Arc::new(resolver) }
    }

    /// Finds the addresses of a URL, and checks all of them.
    pub(super) async fn find(&self, url: &InstanceUrl) -> Result<Permitted, HttpError> {
        let refused = |source: PolicyError| HttpError::NotPermitted { host: url.host().to_owned(), source };
        self.policy.check(url).map_err(refused)?;
        let mut found = match url.ip() {
            Some(ip) => vec![ip],
            None => self.resolve(url.host()).await?,
        };
        // One that is not permitted refuses all of them: the rest would only hide an attack, or a mistake.
        found.iter().try_for_each(|ip| self.policy.check_addr(*ip)).map_err(refused)?;
        found.truncate(MOST_DIALLED);
        let port = url.port_or_default();
        Ok(Permitted(found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()))
    }

    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, HttpError> {
        let lost = |error| HttpError::NameNotFound { host: host.to_owned(), source: Arc::new(error) };
        let found = self.resolver.resolve(host).await.map_err(lost)?;
        if found.is_empty() {
            return Err(lost(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
        }
        Ok(found)
    }

    /// Connects to one of the addresses, and secures the connection for the URL's host, within this time.
    pub(super) async fn connect(
        &self,
        url: &InstanceUrl,
        addresses: &Permitted,
        limit: Duration,
    ) -> Result<Box<dyn Stream>, HttpError> {
        let begun = Instant::now();
        let stream = addresses.connect(url.host(), limit).await?;
        // A request is written at once. Whether waiting for more would be any better does not decide about failing.
        let _ = stream.set_nodelay(true);
        if !url.is_https() {
            return Ok(Box::new(stream));
        }
        let failed = |error| HttpError::Tls { host: url.host().to_owned(), source: Arc::new(error) };
        let connector = self.tls.as_ref().map_err(|error| failed(io::Error::other(error.clone())))?;
        let name = server_name(url).map_err(|error| failed(io::Error::other(error)))?;
        match timeout(limit.saturating_sub(begun.elapsed()), connector.connect(name, stream)).await {
            Ok(secured) => Ok(Box::new(secured.map_err(failed)?)),
            Err(_) => Err(HttpError::TimedOut { host: url.host().to_owned() }),
        }
    }
}

impl<R> Dialler<R> {
    pub(super) fn policy(&self) -> UrlPolicy {
        self.policy
    }
}

impl<R> Clone for Dialler<R> {
    fn clone(&self) -> Self {
        Self { policy: self.policy, tls: self.tls.clone(), resolver: self.resolver.clone() }
    }
}

impl Permitted {
    /// Connects to the first that accepts. What is left of the time is shared by those that are left, so that a dead one
    /// does not take it all.
    async fn connect(&self, host: &str, limit: Duration) -> Result<TcpStream, HttpError> {
        let begun = Instant::now();
        let mut failure = HttpError::TimedOut { host: host.to_owned() };
        for (address, left) in self.0.iter().zip((1..=self.0.len()).rev()) {
            let remaining = limit.saturating_sub(begun.elapsed());
            let share = remaining / u32::try_from(left).unwrap_or(u32::MAX);
            failure = match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => HttpError::Unreachable { host: host.to_owned(), source: Arc::new(error) },
                Err(_) => HttpError::TimedOut { host: host.to_owned() },
            };
        }
        Err(failure)
    }
}

fn connector(roots: RootCertStore) -> Result<TlsConnector, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Every connection looks at the certificate, rather than at a ticket of an earlier one.
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name that the certificate has to be of.
fn server_name(url: &InstanceUrl) -> Result<ServerName<'static>, rustls::pki_types::InvalidDnsNameError> {
    match url.ip() {
        Some(ip) => Ok(ServerName::from(ip)),
        None => ServerName::try_from(url.host().to_owned()),
    }
}
