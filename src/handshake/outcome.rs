//! What a transition gives.

use crate::connection::{Connection, Event, EventKind};
use crate::instance::InstanceUrl;
use crate::time::Moment;

/// What a transition gives: the changed record, the message to send, and what has happened.
///
/// **Store the record first, then send the message**: a message that is out cannot be taken back, but a
/// record that was stored and never spoken of does no harm.
#[derive(Clone, Debug)]
#[must_use = "a transition changes nothing by itself: store the record, then send the message"]
pub struct Outcome {
    pub(super) connection: Option<Connection>,
    pub(super) message: Option<Vec<u8>>,
    /// Where the message goes, if it is not a reply.
    pub(super) to: Option<InstanceUrl>,
    pub(super) events: Vec<Event>,
}

impl Outcome {
    /// Nothing to store, and this to send.
    pub(super) fn only(message: Vec<u8>) -> Self {
        Self { message: Some(message), ..Self::nothing() }
    }

    /// Nothing to store, and nothing to send.
    pub(crate) const fn nothing() -> Self {
        Self { connection: None, message: None, to: None, events: Vec::new() }
    }

    /// This to store, and nothing to send yet.
    pub(super) fn becomes(connection: Connection) -> Self {
        Self { connection: Some(connection), ..Self::nothing() }
    }

    /// This to store, to which this has happened, and nothing to send yet.
    pub(super) fn happened(mut next: Connection, moment: &Moment, kind: EventKind) -> Self {
        let event = next.events.record(moment, kind);
        Self { connection: Some(next), events: vec![event], ..Self::nothing() }
    }

    /// With this to send.
    pub(super) fn saying(self, message: Vec<u8>) -> Self {
        Self { message: Some(message), ..self }
    }

    /// With a message of our own, and where it goes.
    pub(super) fn sending(self, outgoing: Option<Outgoing>) -> Self {
        match outgoing {
            Some(Outgoing { to, message }) => Self { message: Some(message), to, ..self },
            None => Self { message: None, ..self },
        }
    }

    /// The record to store in place of the one before; `None` if it is unchanged.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// The same, by value.
    #[must_use]
    pub fn into_connection(self) -> Option<Connection> {
        self.connection
    }

    /// The message to send once the record is stored, at most
    /// [`MAX_MESSAGE_BYTES`](super::MAX_MESSAGE_BYTES); `None` if there is nothing to say.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        self.message.as_deref()
    }

    /// Where the message goes, if it is a message of our own; `None` for a reply, which goes back to who asked, and for
    /// what is relayed by hand.
    ///
    /// Check it against the policy before dialling.
    #[must_use]
    pub fn to(&self) -> Option<&InstanceUrl> {
        self.to.as_ref()
    }

    /// What has happened. The record keeps the same events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    pub(crate) fn into_parts(self) -> (Option<Connection>, Option<Vec<u8>>, Vec<Event>) {
        (self.connection, self.message, self.events)
    }
}

/// A message, and where it goes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Where it goes: the other side's node URL. Check it against the policy before dialling. `None` if neither side can
    /// call the other, so that people carry it as text.
    pub to: Option<InstanceUrl>,
    /// The message, at most [`MAX_MESSAGE_BYTES`](super::MAX_MESSAGE_BYTES).
    pub message: Vec<u8>,
}
