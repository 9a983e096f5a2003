//! The handshake as pure transitions on records: no I/O, no clock, no randomness of its own.
//!
//! Three verbs cover it. The destination [`accept`]s an invitation, which gives a record and a message. Each
//! side [`answer`]s what it is sent, which gives a reply and perhaps a changed record. Whoever sent a message
//! [`conclude`]s from the reply. In each case: **store the record first, then send the message.** [`due`]
//! says what to send again after a loss, a restart or a time-out: the same bytes.
//!
//! What the messages look like, byte by byte, is in DESIGN.md.

mod accept;
mod answer;
mod conclude;
mod message;
mod outcome;
mod report;

pub use accept::{AcceptError, accept};
pub use answer::answer;
pub use conclude::{ConcludeError, conclude, due};
pub use message::{MAX_MESSAGE_BYTES, connection_id};
pub use outcome::{Outcome, Outgoing};
