//! One request and its answer, over a connection that lives no longer.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use handclasp::{InstanceUrl, MAX_ANSWER_BYTES};
use http_body_util::{Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::Resolver;
use super::dial::{Dialler, Permitted};
use crate::body::read_body;
use crate::error::{EndpointProblem, HttpError};
use crate::wire::is_of_type;

/// The most bytes of an answer's head, which is everything before its body.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// What is asked.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) path: String,
    /// Of the answer, and of the body if there is one.
    pub(super) media_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// Whom to ask: a URL whose addresses were found and checked.
pub(super) struct Call<'a, R> {
    dialler: &'a Dialler<R>,
    url: &'a InstanceUrl,
    addresses: Permitted,
    connect: Duration,
}

impl<'a, R: Resolver> Call<'a, R> {
    /// Finds the addresses, once for all that is asked.
    pub(super) async fn prepare(
        dialler: &'a Dialler<R>,
        url: &'a InstanceUrl,
        connect: Duration,
    ) -> Result<Self, HttpError> {
        let late = |_| Err(HttpError::TimedOut { host: url.host().to_owned() });
        let addresses = timeout(connect, dialler.find(url)).await.unwrap_or_else(late)?;
        Ok(Self { dialler, url, addresses, connect })
    }

    /// Asks, over a connection of its own, and gives the body of the answer.
    pub(super) async fn ask(&self, question: Question) -> Result<Vec<u8>, HttpError> {
        let media_type = question.media_type;
        let request = self.request(question)?;
        let stream = self.dialler.connect(self.url, &self.addresses, self.connect).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.failed(error))?;
        let asking = async {
            let answer = sender.send_request(request).await.map_err(|error| self.failed(error))?;
            self.check(&answer, media_type)?;
            self.read(answer.into_body()).await
        };
        beside(connection, asking).await
    }

    fn request(&self, question: Question) -> Result<Request<Full<Bytes>>, HttpError> {
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.url.host()),
            None => self.url.host().to_owned(),
        };
        let request = Request::builder()
            .uri(question.path)
            .header(HOST, host)
            .header(ACCEPT, question.media_type)
            .header(ACCEPT_ENCODING, "identity")
            .header(CONNECTION, "close");
        let request = match question.method {
            Method::POST => request.header(CONTENT_TYPE, question.media_type),
            _ => request,
        };
        request
            .method(question.method)
            .body(Full::from(question.body))
            .map_err(|_| self.no_node(EndpointProblem::NotHttp))
    }

    /// Whether the answer is one, by its head.
    fn check(&self, answer: &Response<Incoming>, media_type: &str) -> Result<(), HttpError> {
        let (host, status) = (self.url.host().to_owned(), answer.status());
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
                return Err(self.no_node(EndpointProblem::Status(status.as_u16())));
            }
            _ if status.is_redirection() => {
                return Err(HttpError::Redirected { host, status: status.as_u16() });
            }
            _ if status.is_success() => {
                return Err(self.no_node(EndpointProblem::Status(status.as_u16())));
            }
            _ => return Err(HttpError::Refused { host, status: status.as_u16() }),
        }
        // Nobody was told that an encoding is welcome, and decoding would undo the limit of the size.
        if !is_of_type(answer.headers(), media_type) || answer.headers().contains_key(CONTENT_ENCODING) {
            return Err(self.no_node(EndpointProblem::MediaType));
        }
        // It says so itself; there is no need to read up to there.
        if answer.body().size_hint().lower() > MAX_ANSWER_BYTES as u64 {
            return Err(HttpError::TooLarge { host });
        }
        Ok(())
    }

    async fn read(&self, body: Incoming) -> Result<Vec<u8>, HttpError> {
        match read_body(Limited::new(body, MAX_ANSWER_BYTES)).await {
            Ok(body) => Ok(body),
            Err(error) => Err(match error.downcast::<hyper::Error>() {
                Ok(error) => self.failed(*error),
                Err(_) => HttpError::TooLarge { host: self.url.host().to_owned() },
            }),
        }
    }

    fn no_node(&self, source: EndpointProblem) -> HttpError {
        HttpError::NotHandclasp { host: self.url.host().to_owned(), source }
    }

    fn failed(&self, error: hyper::Error) -> HttpError {
        let host = self.url.host().to_owned();
        if error.is_parse_too_large() {
            HttpError::TooLarge { host }
        } else if error.is_parse() {
            self.no_node(EndpointProblem::NotHttp)
        } else {
            HttpError::Interrupted { host, source: Arc::new(error) }
        }
    }
}

/// Drives a connection for as long as somebody asks over it. Whoever drops this closes the connection.
async fn beside<T>(connection: impl Future, asking: impl Future<Output = T>) -> T {
    let (mut connection, mut asking) = (pin!(connection), pin!(asking));
    let mut is_open = true;
    poll_fn(|context| {
        // However it ends, who asks is told.
        is_open = is_open && connection.as_mut().poll(context).is_pending();
        asking.as_mut().poll(context)
    })
    .await
}
