//! Garbage, as fast as it can be sent, by clients that behave badly in every way that they can think of.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use handclasp_http::MESSAGE_TYPE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::client::{Client, connect};
use crate::portal::{Portal, is_page, mebibytes};
use crate::random::Random;
use crate::requests::{self, FORM, post};

/// How often somebody who is signed in looks at the connections page meanwhile.
const LOOKS: Duration = Duration::from_millis(100);

/// What somebody does with a request.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Waits for the answer.
    Polite,
    /// Closes the connection, and waits for nothing.
    Gone,
    /// Sends a part of it, and waits for the server to lose its patience.
    Half,
    /// Sends it byte by byte.
    Drip,
    /// Sends one after another, and reads nothing.
    Deaf,
}

/// So many clients there are at once of each kind: fewer than the 512 connections that the portal takes, so that there is
/// room for who is signed in.
const CROWD: &[(Manner, usize)] =
    &[(Manner::Polite, 48), (Manner::Gone, 16), (Manner::Half, 192), (Manner::Drip, 16), (Manner::Deaf, 128)];

/// More than it takes. For as long as they are there, nobody else comes in.
const RUSH: &[(Manner, usize)] = &[(Manner::Half, 1000)];

/// What was poured, and what became of it. Prints as columns.
pub(crate) struct Poured {
    /// How many requests there were, whole or not.
    requests: u64,
    bytes: u64,
    /// The resident memory in bytes: before, at most, and after.
    pub(crate) before: u64,
    pub(crate) peak: u64,
    after: u64,
    /// How often the connections page was looked at meanwhile.
    looks: usize,
    slowest: Duration,
}

impl fmt::Display for Poured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, bytes, before, peak, after, looks, slowest } = self;
        let [bytes, before, peak, after] = [bytes, before, peak, after].map(|bytes| mebibytes(*bytes));
        let slowest = slowest.as_millis();
        write!(f, "{requests} | {bytes:.0} | {before:.1} | {peak:.1} | {after:.1} | {looks} | {slowest}")
    }
}

/// What all clients have done so far.
#[derive(Default)]
struct Tally {
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// Pours garbage for so long, while the connections page has to be seen; and then for a third of that through more
/// connections than the portal takes.
pub(crate) async fn pour(portal: &Portal, time: Duration, messages: Vec<Vec<u8>>) -> Poured {
    let before = portal.memory().resident;
    portal.forget_peak();
    let (tally, messages) = (Arc::new(Tally::default()), Arc::new(messages));
    let crowd = |manners: &[(Manner, usize)], end: Instant| {
        let mut crowd = JoinSet::new();
        let manners = manners.iter().flat_map(|(manner, count)| iter::repeat_n(*manner, *count));
        for (number, manner) in (0..).zip(manners) {
            let client = Vandal {
                address: portal.address(),
                manner,
                random: Random::new(number),
                messages: messages.clone(),
                tally: tally.clone(),
                end,
            };
            crowd.spawn(client.run());
        }
        crowd
    };
    let end = Instant::now() + time;
    let pouring = crowd(CROWD, end);
    let (mut looks, mut slowest) = (0, Duration::ZERO);
    let mut client = Client::new(portal.address());
    while Instant::now() < end {
        let asked = Instant::now();
        let answer = client.ask(&portal.page()).await.unwrap();
        assert!(is_page(&answer), "amid garbage, the connections page cannot be seen: {answer:?}");
        slowest = slowest.max(asked.elapsed());
        looks += 1;
        sleep(LOOKS).await;
    }
    check(pouring.join_all().await);
    check(crowd(RUSH, Instant::now() + time / 3).join_all().await);
    let memory = portal.memory();
    Poured {
        requests: tally.requests.load(Ordering::Relaxed),
        bytes: tally.bytes.load(Ordering::Relaxed),
        before,
        peak: memory.peak,
        after: memory.resident,
        looks,
        slowest,
    }
}

/// No answer says that the portal has failed.
fn check(answers: Vec<BTreeSet<u16>>) {
    let statuses: BTreeSet<u16> = answers.into_iter().flatten().collect();
    let is_meant = |status: &u16| matches!(status, 200 | 303 | 400..=499 | 503);
    assert!(statuses.iter().all(is_meant), "garbage was answered with one of {statuses:?}");
}

/// Somebody who sends garbage.
struct Vandal {
    address: SocketAddr,
    manner: Manner,
    random: Random,
    /// Messages that were right once.
    messages: Arc<Vec<Vec<u8>>>,
    tally: Arc<Tally>,
    end: Instant,
}

impl Vandal {
    /// Goes on until the end, and gives the statuses of the answers.
    async fn run(mut self) -> BTreeSet<u16> {
        let mut statuses = BTreeSet::new();
        let mut client = Client::new(self.address);
        // The server may close a connection at any time, and has every reason to.
        while let Ok(done) = timeout_at(self.end, self.one(&mut client)).await {
            if let Ok(Some(status)) = done {
                statuses.insert(status);
            }
        }
        statuses
    }

    /// One request, or the better part of it. Gives the status of its answer.
    async fn one(&mut self, client: &mut Client) -> io::Result<Option<u16>> {
        let request = self.request();
        match self.manner {
            Manner::Polite => {
                self.sent(request.len());
                return Ok(Some(client.ask(&request).await?.status));
            }
            Manner::Gone => {
                let mut stream = connect(self.address).await?;
                stream.write_all(&request).await?;
                self.sent(request.len());
            }
            Manner::Half => {
                let part = request.get(..self.random.below(request.len())).unwrap_or_default();
                let mut stream = connect(self.address).await?;
                stream.write_all(part).await?;
                self.sent(part.len());
                stream.read_to_end(&mut Vec::new()).await?;
            }
            Manner::Drip => {
                let mut stream = connect(self.address).await?;
                for byte in request {
                    stream.write_u8(byte).await?;
                    self.tally.bytes.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
                self.sent(0);
            }
            Manner::Deaf => {
                let mut stream = connect(self.address).await?;
                loop {
                    stream.write_all(&request).await?;
                    self.sent(request.len());
                }
            }
        }
        Ok(None)
    }

    fn sent(&self, bytes: usize) {
        self.tally.requests.fetch_add(1, Ordering::Relaxed);
        self.tally.bytes.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Something that nobody wants.
    fn request(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let length = random.pick(&[0, 1, 20, 600, 5000, 60_000]) + random.below(16);
        match random.below(10) {
            0 => requests::message(&random.bytes(length)),
            1 => {
                let mut message =
                    self.messages.get(random.below(self.messages.len())).cloned().unwrap_or_default();
                let spoilt = random.below(message.len());
                if let Some(byte) = message.get_mut(spoilt) {
                    *byte ^= 1 << random.below(8);
                }
                requests::message(&message)
            }
            2 => {
                let media_type = random.pick(&[
                    "application/json",
                    "text/plain",
                    "multipart/form-data; boundary=x",
                    FORM,
                    "",
                    "/",
                ]);
                post("/node", media_type, "", &random.bytes(length))
            }
            3 => in_chunks(random.pick(&["/node", "/sign-in", "/admin-pass/check"]), &random.bytes(length)),
            4 => requests::form(random.pick(&FORMS), "", &random.bytes(length)),
            // What has to be escaped is longer in a page.
            5 => requests::form(
                random.pick(&FORMS),
                FORGED,
                &[b"code=", vec![b'"'; length].as_slice()].concat(),
            ),
            6 => {
                let fields: Vec<_> = (0..length / 5).map(|number| format!("{number:x}")).collect();
                requests::form(random.pick(&FORMS), FORGED, fields.join("&").as_bytes())
            }
            7 => requests::form("/sign-in", "", format!("name=admin&password={length}").as_bytes()),
            8 => post("/admin-pass/check", MESSAGE_TYPE, "", &random.bytes(length)),
            _ => {
                let method = random.pick(&["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"]);
                let path =
                    random.pick(&["/", "/sign-in?back=", "/connections?after=", "/%", "/initiate/", "/..//"]);
                let tail = "%22".repeat(length / 6);
                format!("{method} {path}{tail} HTTP/1.1\r\nhost: portal\r\n\r\n").into_bytes()
            }
        }
    }
}

/// The pages that take forms.
const FORMS: [&str; 9] = [
    "/connections/refresh",
    "/connections/018f0000-0000-7000-8000-000000000000/remove",
    "/initiate/AAAAAAAAAAAAAAAAAAAAAA",
    "/initiate/AAAAAAAAAAAAAAAAAAAAAA/information",
    "/accept",
    "/accept/answer",
    "/admin-pass",
    "/sign-in",
    "/sign-out",
];

/// Of a session that there never was.
const FORGED: &str = "cookie: portal=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";

/// A request whose body comes in chunks of one byte each.
fn in_chunks(path: &str, body: &[u8]) -> Vec<u8> {
    let media_type = if path == "/node" { MESSAGE_TYPE } else { FORM };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: portal\r\ncontent-type: {media_type}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let chunks = body.iter().flat_map(|byte| [b'1', b'\r', b'\n', *byte, b'\r', b'\n']);
    head.bytes().chain(chunks).chain(*b"0\r\n\r\n").collect()
}
