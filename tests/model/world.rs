//! The state of a model: what is stored, what is under way, and what was ever sent.

use super::setup::{Decision, Party};

/// How many codes there are at most: the first, and the one that takes its place.
pub(crate) const CODES: usize = 2;

/// A record, by its bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct RecordId(pub(crate) u32);

/// A message, by its bytes and its sender.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct MessageId(pub(crate) u32);

/// A code that was handed over.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct CodeId(pub(crate) u32);

/// A record for each party and code.
pub(crate) type Shelf = [[Option<RecordId>; CODES]; Party::COUNT];

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct World {
    /// What survives the end of a program.
    pub(crate) records: Shelf,
    /// What does not.
    pub(crate) tasks: Vec<Task>,
    /// The codes that were handed over.
    pub(crate) codes: [Option<CodeId>; CODES],
    /// Every message that was ever sent, in order of their numbers.
    pub(crate) sent: Vec<MessageId>,
    pub(crate) late: bool,
    pub(crate) leaked: bool,
    pub(crate) crashes: u8,
    pub(crate) switched: u8,
    /// What happened that never should.
    pub(crate) faults: Faults,
    /// The destination that was active first, by code.
    pub(crate) winner: [Option<Party>; CODES],
    /// The highest number of a report that was taken, by party and code.
    pub(crate) heard: [[u64; CODES]; Party::COUNT],
    /// What a faulty program remembers of the record before.
    pub(crate) kept: Shelf,
}

/// Something a program has begun.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Task {
    pub(crate) party: Party,
    pub(crate) code: usize,
    pub(crate) cause: Cause,
    /// The record that it was computed from.
    pub(crate) base: Option<RecordId>,
    /// What is to be written; `None` once it is.
    pub(crate) next: Option<RecordId>,
    /// What is to be sent; `None` once it is.
    pub(crate) say: Option<MessageId>,
}

/// Why a program does something.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Cause {
    Accept(CodeId),
    DeclineCode(CodeId),
    Decide(Decision),
    /// A message arrives.
    Answer(MessageId),
    /// A reply arrives.
    Conclude {
        request: MessageId,
        reply: MessageId,
    },
}

impl Cause {
    /// The message that it is about.
    pub(crate) const fn message(self) -> Option<MessageId> {
        match self {
            Self::Answer(message) | Self::Conclude { reply: message, .. } => Some(message),
            Self::Accept(_) | Self::DeclineCode(_) | Self::Decide(_) => None,
        }
    }
}

/// What a transition gives.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Done {
    /// The changed record.
    pub(crate) next: Option<RecordId>,
    /// The message to send.
    pub(crate) say: Option<MessageId>,
    /// Whose address it goes to; a reply goes to who asked.
    pub(crate) to: Option<Party>,
}

/// What happened that never should. A state remembers it, because the checker looks at states one by one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Faults(u16);

/// One thing that never should happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// A message without a key was taken for one with.
    Forged,
    /// A closed record was opened again.
    Reopened,
    /// An acceptance that was refused got a confirmation.
    ConfirmedAfterRefusal,
    /// There are two confirmations.
    SecondConfirmation,
    /// The same acceptance got another final answer while the connection was open.
    OtherAnswer,
    /// Two destinations were active with the same code.
    SecondDestination,
    /// A report that is not newer changed where the record stands.
    OldReport,
    /// Whoever found the code late changed where a record stands.
    LateLeak,
    /// The mode is another.
    OtherMode,
}

impl Faults {
    pub(crate) const fn has(self, fault: Fault) -> bool {
        self.0 & 1 << fault as u16 != 0
    }

    pub(crate) const fn add(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u16;
    }
}

impl World {
    pub(crate) fn record(&self, party: Party, code: usize) -> Option<RecordId> {
        self.records[party.index()][code]
    }

    pub(crate) fn is_sent(&self, message: MessageId) -> bool {
        self.sent.binary_search(&message).is_ok()
    }

    pub(crate) fn busy(&self, party: Party) -> usize {
        self.tasks.iter().filter(|task| task.party == party).count()
    }
}
