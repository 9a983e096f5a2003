//! Nodes of [`handclasp`] that reach each other over HTTP and TLS: [`HttpTransport`] calls, [`Receiving`] answers, and
//! [`serve`] listens.
//!
//! A node is *discovered* with a `GET` of [`WELL_KNOWN`] followed by the path of its URL, or of its tracker's, which gives
//! the instance as JSON. A message is one `POST` to the node URL, of type [`MESSAGE_TYPE`]: opaque bytes each way. What keeps
//! each rule of [`Transport`](handclasp::Transport#contract):
//!
//! | rule | what keeps it |
//! |---|---|
//! | 1 bytes arrive as they are | bodies of a media type of their own, never compressed; what ends early is an error |
//! | 2 nothing is believed | TLS, verified for the name in the URL; `http` only where the policy says so |
//! | 3 the policy holds for addresses | a name is resolved once; one address that is not permitted refuses it; what is dialled was checked; no redirect is followed, and no proxy is asked |
//! | 4 losing and repeating are allowed | nothing is repeated once a byte of the request was written: only connecting is tried at the next address |
//! | 5 it comes to an end | one time-out over all of it, from the name to the last byte |
//! | 6 size is bounded | head and body of an answer are read up to a limit, whatever they announce |
//! | 7 a dropped future is a lost message | a connection lives in the future of its exchange, and closes with it |
//! | 8 each exchange has its own answer | a connection for each exchange |
//! | 9 no answer is an error | only a status of 200 with the media type is an answer |
//! | 10 discovery gives the instance | so does its media type, and it is parsed strictly |
//!
//! ```no_run
//! # use std::sync::Arc;
//! use handclasp::{Instance, MemoryStore, Node, UrlPolicy};
//! use handclasp_http::{HttpTransport, Receiving, ServeOptions, serve};
//! # fn certificate() -> Arc<handclasp_http::rustls::ServerConfig> { unimplemented!() }
//!
//! # async fn run(instance: Instance) -> std::io::Result<()> {
//! let node = Node::builder(instance, MemoryStore::new(), HttpTransport::new(UrlPolicy::public())).build();
//! let router = Receiving::of(node.clone()).into_router(); // add pages of your own
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:443").await?;
//! let options = ServeOptions::default().tls(certificate());
//! serve(listener, router, options, std::future::pending()).await // or until a signal
//! # }
//! ```

mod body;
mod client;
mod error;
mod receiving;
mod serving;
mod wire;

pub use axum;
pub use rustls;

pub use body::read_body;
pub use client::{ClientLimits, HttpTransport, Resolver, SystemResolver};
pub use error::{EndpointProblem, HttpError};
pub use receiving::{ReceiveLimits, Receiving};
pub use serving::{ServeOptions, serve};
pub use wire::{MESSAGE_TYPE, WELL_KNOWN};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct _Readme;
