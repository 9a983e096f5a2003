//! From names to addresses.

use std::future::Future;
use std::io;
use std::net::IpAddr;

use tokio::net::lookup_host;

/// Finds the addresses of a name.
///
/// What it gives is checked, each address of it, and dialled in its order; so a resolver decides nothing about who may be
/// reached. It is asked once for each exchange or discovery, and not at all for a URL whose host is an IP address.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host, of which the first are dialled first.
    ///
    /// # Errors
    /// When the name does not exist, or nobody can say. No address at all is taken for the same.
    fn resolve(&self, host: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// The operating system's resolver: its hosts file, its name servers, its order of addresses.
///
/// It waits on one of tokio's threads for blocking calls, of which there are 512; a lookup that was given up goes on there
/// until the system gives up, too.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to configure")]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        // The port is for the system's form of the question; the answer's is not used.
        Ok(lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}
