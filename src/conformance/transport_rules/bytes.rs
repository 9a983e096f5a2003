//! Rule 1.

use std::sync::{Arc, Mutex, PoisonError};

use super::BYTES;
use super::trial::{Served, Trial};
use crate::conformance::{RuleReport, TransportSetup, Violation};
use crate::handshake::MAX_MESSAGE_BYTES;
use crate::transport::MAX_ANSWER_BYTES;

/// Around what buffers, packets and limits tend to be.
const LENGTHS: [usize; 15] = [
    0,
    1,
    2,
    255,
    256,
    1023,
    1024,
    1025,
    1460,
    4095,
    4096,
    4097,
    8192,
    MAX_MESSAGE_BYTES - 1,
    MAX_MESSAGE_BYTES,
];
/// What answers may have and messages may not.
const LONG_ANSWERS: [usize; 5] =
    [MAX_MESSAGE_BYTES + 1, 32 * 1024 + 1, 65_534, MAX_ANSWER_BYTES - 1, MAX_ANSWER_BYTES];
/// What messages need not arrive with.
const LONG_MESSAGES: [usize; 4] =
    [MAX_MESSAGE_BYTES + 1, MAX_ANSWER_BYTES, MAX_ANSWER_BYTES + 1, 1024 * 1024];

/// What something on the way might take for its own.
const LOOKALIKES: [&[u8]; 24] = [
    b"\0\0\0\0",
    b"ends with a zero\0",
    b"\xff\xff\xff\xff",
    b"\x80 \xc3( \xed\xa0\x80 \xf0\x9f is not UTF-8",
    b"\xef\xbb\xbfbegins with a byte order mark",
    b"\xff\xfeU\0T\0F\0",
    "not only ASCII: é, ß, 漢字, 🤝".as_bytes(),
    b"\r\n",
    b"\n\n",
    b"\r\n\r\n",
    b"line\rline\nline\r\nline\n",
    b" \t around \t ",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"aGVsbG8gd29ybGQ=",
    b"{\"message\": null}",
    b"null",
    b"\"quoted\"",
    b"%00%0d%0a+a=b&c",
    b"--boundary\r\n.\r\n",
    // The magic numbers of gzip and of zstd.
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    b"\x28\xb5\x2f\xfd\x04\0",
];

/// Rule 1: what arrives is what was sent, both ways.
///
/// # Errors
/// If the rule does not hold.
pub async fn bytes_arrive_as_they_are(setup: &impl TransportSetup) -> Result<RuleReport, Violation> {
    let mut trial = Trial::of(BYTES, setup).await;
    let mut letters = Letters::served(&mut trial).await?;
    for length in LENGTHS {
        letters.carried(&mut trial, &bytes(length), b"an answer").await?;
        letters.carried(&mut trial, b"a message", &bytes(length)).await?;
        letters.carried(&mut trial, &bytes(length), &bytes(length)).await?;
    }
    for length in LONG_ANSWERS {
        letters.carried(&mut trial, b"a message", &bytes(length)).await?;
    }
    for byte in 0..=u8::MAX {
        letters.carried(&mut trial, &[byte], &[byte]).await?;
    }
    for lookalike in LOOKALIKES {
        letters.carried(&mut trial, lookalike, lookalike).await?;
        // Many times over, so that it also meets the ends of buffers.
        let often = lookalike.repeat(MAX_MESSAGE_BYTES / lookalike.len());
        letters.carried(&mut trial, &often, &often).await?;
    }
    for length in LONG_MESSAGES {
        letters.whole_or_not_at_all(&mut trial, &bytes(length)).await?;
    }
    trial.done()
}

/// So many bytes, of all values, in an order that does not repeat at the ends of buffers. They begin with their number, so
/// that none is the beginning of another.
fn bytes(length: usize) -> Vec<u8> {
    let all = (0..=u8::MAX).chain([7]).cycle();
    length.to_le_bytes().into_iter().chain(all).take(length).collect()
}

/// A node that answers what it is set to, and what was sent to it so far.
struct Letters {
    node: Served,
    answer: Arc<Mutex<Vec<u8>>>,
    sent: Vec<Vec<u8>>,
    /// So many of the messages that arrived were looked at.
    seen: usize,
}

impl Letters {
    async fn served<C: TransportSetup>(trial: &mut Trial<'_, C>) -> Result<Self, Violation> {
        let answer = Arc::<Mutex<Vec<u8>>>::default();
        let present = answer.clone();
        let give = move |_| {
            core::future::ready(Some(present.lock().unwrap_or_else(PoisonError::into_inner).clone()))
        };
        Ok(Self { node: trial.serve(give).await?, answer, sent: Vec::new(), seen: 0 })
    }

    /// The message arrives as it is, and so does the answer.
    async fn carried<C: TransportSetup>(
        &mut self,
        trial: &mut Trial<'_, C>,
        message: &[u8],
        answer: &[u8],
    ) -> Result<(), Violation> {
        answer.clone_into(&mut self.answer.lock().unwrap_or_else(PoisonError::into_inner));
        self.sent.push(message.to_vec());
        let what = format!("an exchange of {} bytes for {}", message.len(), answer.len());
        trial.answered(&what, trial.exchange(&self.node.url, message), answer).await?;
        let has_arrived = self.node.arrived().iter().any(|arrived| arrived == message);
        trial.check(has_arrived, || {
            format!("{what} was answered, and the message did not arrive as it was sent")
        })?;
        self.nothing_else(trial)
    }

    /// The message arrives as it is, or the exchange fails.
    async fn whole_or_not_at_all<C: TransportSetup>(
        &mut self,
        trial: &mut Trial<'_, C>,
        message: &[u8],
    ) -> Result<(), Violation> {
        self.sent.push(message.to_vec());
        let outcome = trial.exchange(&self.node.url, message).outcome().await;
        let has_arrived = self.node.arrived().iter().any(|arrived| arrived == message);
        trial.check(outcome.is_err() || has_arrived, || {
            format!("a message of {} bytes was answered, and did not arrive", message.len())
        })?;
        self.nothing_else(trial)
    }

    /// Nothing has arrived that was not sent: no half of a message, say.
    fn nothing_else<C: TransportSetup>(&mut self, trial: &mut Trial<'_, C>) -> Result<(), Violation> {
        let arrived = self.node.arrived();
        let stranger = arrived.iter().skip(self.seen).find(|arrived| !self.sent.contains(arrived));
        let last = self.sent.last().map_or(0, Vec::len);
        self.seen = arrived.len();
        trial.check(stranger.is_none(), || {
            let length = stranger.map_or(0, Vec::len);
            format!("{length} bytes arrived that nobody had sent, after a message of {last} bytes")
        })
    }
}
