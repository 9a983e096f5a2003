//! A node that answers when a test lets it.

use std::sync::Arc;
use std::time::Duration;

use handclasp_http::{ReceiveLimits, Receiving, ServeOptions};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::NODE;
use crate::support::server::{Server, post};
use crate::support::{ends, instance_at};

/// A served node that says what it was told, when it may.
pub(crate) struct Held {
    pub(crate) server: Server,
    /// A permit for each message that the handler has begun with.
    pub(crate) begun: Arc<Semaphore>,
    /// A permit for each message that it may answer.
    pub(crate) free: Arc<Semaphore>,
}

impl Held {
    pub(crate) async fn with(limits: ReceiveLimits, options: ServeOptions) -> Self {
        let (begun, free) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let signals = (begun.clone(), free.clone());
        let receiving = Receiving::new(&instance_at(NODE), move |message| {
            let (begun, free) = signals.clone();
            async move {
                begun.add_permits(1);
                free.acquire().await.unwrap().forget();
                Some(message)
            }
        });
        // It is given up by nobody.
        let limits = limits.handler(Duration::from_secs(600));
        let router = receiving.with_limits(limits).into_router();
        Self { server: Server::serving(router, options).await, begun, free }
    }

    /// Sends so many messages, and gives their connections when the handler has begun with all of them.
    pub(crate) async fn begin(&self, count: u32) -> Vec<TcpStream> {
        let mut streams = Vec::new();
        for _ in 0..count {
            let mut stream = self.server.connect().await;
            stream.write_all(post("/node", "hello").as_bytes()).await.unwrap();
            streams.push(stream);
        }
        ends(self.begun.acquire_many(count)).await.unwrap().forget();
        streams
    }
}
