//! A network between two companies that loses answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// A proxy on the loopback address. It passes everything on, and while it is told to, no answer to a message comes back.
pub(crate) struct Lossy {
    url: String,
    loses: Arc<AtomicBool>,
    lost: Arc<AtomicUsize>,
}

impl Lossy {
    /// One in front of a company that listens at this address.
    pub(crate) async fn before(company: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (loses, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let proxy = Self { url, loses: loses.clone(), lost: lost.clone() };
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (company, loses, lost) = (company.clone(), loses.clone(), lost.clone());
                // A connection that breaks is what this is about.
                tokio::spawn(async move { pass(client, &company, &loses, &lost).await });
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on answers to messages are lost, or no longer.
    pub(crate) fn lose(&self, loses: bool) {
        self.loses.store(loses, Ordering::SeqCst);
    }

    /// How many answers were lost.
    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

async fn pass(
    client: TcpStream,
    company: &str,
    loses: &AtomicBool,
    lost: &AtomicUsize,
) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_company, mut to_company) = TcpStream::connect(company).await?.into_split();
    let mut head = vec![0; 4];
    from_client.read_exact(&mut head).await?;
    to_company.write_all(&head).await?;
    let is_message = head == b"POST";
    let sending = tokio::spawn(async move { copy(&mut from_client, &mut to_company).await });
    if is_message && loses.load(Ordering::SeqCst) {
        // The company has taken the message, and answered it.
        let mut first = [0];
        from_company.read_exact(&mut first).await?;
        lost.fetch_add(1, Ordering::SeqCst);
        sending.abort();
        return Ok(());
    }
    copy(&mut from_company, &mut to_client).await?;
    sending.abort();
    Ok(())
}
