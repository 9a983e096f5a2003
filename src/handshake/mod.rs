//! The handshake, and the life after it, as pure transitions on records: no I/O, no clock, no randomness of their own.
//!
//! Three verbs cover it. The destination [`accept`]s an invitation, which gives a record and a message. Each
//! side [`answer`]s what it is sent, which gives a reply and perhaps a changed record. Whoever sent a message
//! [`conclude`]s from the reply. In each case: **store the record first, then send the message.** [`due`]
//! says what to send again after a loss, a restart or a time-out: the same bytes.
//!
//! What people decide are transitions too: [`approve`] and [`decline`], [`revoke`], [`cancel`], [`deactivate`] and
//! [`activate`], [`rename`] and [`describe`], [`confirm_move`], and [`remove`], which ends a connection wherever it
//! stands. What each does in each stage is one table: [`lifecycle`](crate::lifecycle). Where neither side can call the
//! other, people carry the same messages as text: [`due_text`] and [`relay`].
//!
//! What the messages look like, byte by byte, is in DESIGN.md.
//!
//! ```
//! use handclasp::{Entropy, Invitation, Preview, Timestamp, UrlPolicy, handshake};
//! # use handclasp::{ConnectionId, ConnectionMode, Instance, InstanceUid, InstanceUrl, KnownPlatform, Terms, Wizard};
//! # let instance = |uid: &str| -> Result<Instance, Box<dyn std::error::Error>> {
//! #     let url = InstanceUrl::parse(&format!("https://{uid}.example.com"))?;
//! #     Ok(Instance::builder(InstanceUid::parse(uid)?, KnownPlatform::Zendesk).node_url(url).build()?)
//! # };
//! # let (source, destination, policy) = (instance("source")?, instance("destination")?, UrlPolicy::public());
//! # let id = ConnectionId::new(Timestamp::now(), Entropy::generate()?);
//! # let wizard = Wizard::start_without_url(source.clone(), Terms::new(policy), id).choose_mode(ConnectionMode::Basic)?;
//! # let form = wizard.form();
//! # let (pending, hand_over) = wizard.fill(form)?.initiate(Timestamp::now(), Entropy::generate()?).into_parts();
//! # let code = hand_over.code().ok_or("a code")?.expose();
//!
//! // Destination: accept. Store the record, then send the message.
//! let invitation = Invitation::read(code)?;
//! let form = Preview::new(invitation.clone(), &destination, policy).at(Timestamp::now()).form();
//! let accepted =
//!     handshake::accept(&invitation, &form, &destination, policy, Timestamp::now(), Entropy::generate()?)?;
//! let (accepting, request) = accepted.connection().zip(accepted.message()).ok_or("always")?;
//!
//! // Source: answer. Store the record, then send the reply.
//! let answered = handshake::answer(Some(&pending), request, &source, Timestamp::now(), Entropy::generate()?);
//! let (active, reply) = answered.connection().zip(answered.message()).ok_or("not expired, nobody was faster")?;
//!
//! // Destination: conclude. Store the record, then send the report that confirms it.
//! let concluded =
//!     handshake::conclude(accepting, request, reply, &destination, Timestamp::now(), Entropy::generate()?)?;
//! let other = concluded.connection().ok_or("the reply is a confirmation")?;
//! assert_eq!(active.comparison(), other.comparison());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod answer;
mod close;
mod conclude;
mod decide;
mod destination;
mod due;
mod message;
mod outcome;
mod relay;
mod report;
mod source;

pub use accept::{AcceptError, accept, decline_invitation};
pub use answer::answer;
pub use conclude::{ConcludeError, attempted, conclude};
pub use decide::{
    activate, announce, approve, cancel, confirm_move, deactivate, decline, describe, may_purge, remove,
    rename, revoke, supersede,
};
pub use due::due;
pub use message::{MAX_MESSAGE_BYTES, connection_id};
pub use outcome::{Outcome, Outgoing};
pub use relay::{ReadRelayError, RelayError, RelayText, RelayedMessage, due_text, relay, reply_text};
