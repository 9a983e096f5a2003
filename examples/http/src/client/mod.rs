//! The client: a transport over HTTP and TLS.

mod call;
mod dial;
mod limits;
mod resolver;

use std::fmt;

use handclasp::{Instance, InstanceUrl, Transport, UrlPolicy};
use hyper::Method;
use rustls::RootCertStore;
use tokio::time::timeout;

use self::call::{Call, Question};
use self::dial::Dialler;
pub use self::limits::ClientLimits;
pub use self::resolver::{Resolver, SystemResolver};
use crate::error::{EndpointProblem, HttpError};
use crate::wire::{INSTANCE_TYPE, MESSAGE_TYPE, WELL_KNOWN, path_of};

/// Reaches other instances' nodes over HTTP/1.1 and TLS.
///
/// Each exchange has a connection of its own. Clones share nothing that changes, and cost nothing.
///
/// It resolves a name once, and checks **every** address with the policy. If one is not permitted, nothing is dialled: a
/// name that leads both to the Internet and into a private network is an attack, or a mistake that the other addresses
/// would only hide. Then it connects to the addresses that were checked, one after the other, until one of them accepts.
/// From there on nothing is tried twice: once a byte was written, the message may have arrived, and to send it again is
/// the business of [`Node::refresh`](handclasp::Node::refresh).
///
/// No redirect is followed. Proxies of the environment (`HTTPS_PROXY`) are not used: a proxy resolves names itself, so
/// nobody would check the address.
///
/// It must be used on tokio, with its clock and its sockets enabled.
///
/// ```
/// use std::time::Duration;
///
/// use handclasp::UrlPolicy;
/// use handclasp_http::{ClientLimits, HttpTransport};
///
/// let transport = HttpTransport::new(UrlPolicy::public())
///     .with_limits(ClientLimits::default().whole(Duration::from_secs(10)));
/// ```
pub struct HttpTransport<R = SystemResolver> {
    dialler: Dialler<R>,
    limits: ClientLimits,
}

impl HttpTransport {
    /// A transport that reaches what the policy permits, trusts the authorities that Mozilla's browsers trust, and asks
    /// the operating system for names.
    #[must_use]
    pub fn new(policy: UrlPolicy) -> Self {
        let public = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self { dialler: Dialler::new(policy, public, SystemResolver), limits: ClientLimits::default() }
    }
}

impl<R: Resolver> HttpTransport<R> {
    /// Trusts these authorities, and no others: those of a company, say.
    #[must_use]
    pub fn trusting(self, roots: RootCertStore) -> Self {
        Self { dialler: self.dialler.trusting(roots), ..self }
    }

    /// Waits as long as this.
    #[must_use]
    pub fn with_limits(self, limits: ClientLimits) -> Self {
        Self { limits, ..self }
    }

    /// Asks another resolver for names.
    #[must_use]
    pub fn resolving_with<Q: Resolver>(self, resolver: Q) -> HttpTransport<Q> {
        HttpTransport { dialler: self.dialler.resolving_with(resolver), limits: self.limits }
    }

    /// Calls a URL, for as long as all of it may take.
    async fn calling<T>(
        &self,
        url: &InstanceUrl,
        calling: impl Future<Output = Result<T, HttpError>>,
    ) -> Result<T, HttpError> {
        let late = |_| Err(HttpError::TimedOut { host: url.host().to_owned() });
        // A TLS connection is large, and would make everything large that waits for it.
        timeout(self.limits.whole, Box::pin(calling)).await.unwrap_or_else(late)
    }
}

impl<R: Resolver> Transport for HttpTransport<R> {
    type Error = HttpError;

    /// Asks at [`WELL_KNOWN`] with the path of the URL. If nothing is there (404) it asks without the path as well: people
    /// paste the address of whichever page of a tracker they have before them.
    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, HttpError> {
        let question = |path| Question {
            method: Method::GET,
            path: format!("{WELL_KNOWN}{path}"),
            media_type: INSTANCE_TYPE,
            body: Vec::new(),
        };
        self.calling(url, async {
            let call = Call::prepare(&self.dialler, url, self.limits.connect).await?;
            let answer = match call.ask(question(url.path())).await {
                Err(HttpError::NotHandclasp { source: EndpointProblem::Status(404), .. })
                    if !url.path().is_empty() =>
                {
                    call.ask(question("")).await
                }
                answer => answer,
            }?;
            // What is wrong with it is not passed on: that would quote the answer.
            serde_json::from_slice(&answer).map_err(|_| HttpError::NotHandclasp {
                host: url.host().to_owned(),
                source: EndpointProblem::NotAnInstance,
            })
        })
        .await
    }

    /// Posts the message to the URL.
    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, HttpError> {
        self.calling(to, async {
            let call = Call::prepare(&self.dialler, to, self.limits.connect).await?;
            call.ask(Question {
                method: Method::POST,
                path: path_of(to).to_owned(),
                media_type: MESSAGE_TYPE,
                body: message.to_vec(),
            })
            .await
        })
        .await
    }
}

impl<R> Clone for HttpTransport<R> {
    fn clone(&self) -> Self {
        Self { dialler: self.dialler.clone(), limits: self.limits }
    }
}

impl<R> fmt::Debug for HttpTransport<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("policy", &self.dialler.policy())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
