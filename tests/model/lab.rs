//! The crate's transitions, each computed once: records and messages are numbered by their bytes, and what a transition
//! gives for them is remembered. They are pure, so nothing is lost by that.

use std::collections::HashMap;

use handclasp::handshake::{self, Outcome};
use handclasp::lifecycle::Stage;
use handclasp::{
    CloseReason, ComparisonString, Connection, ConnectionId, ConnectionKind, ConnectionMode, Entropy,
    Instance, InstanceUrl, Invitation, Preview, Status, Terms, Timestamp, UrlPolicy, Wizard,
};

use super::attacker::{self, Forged};
use super::bugs::Bug;
use super::message::Message;
use super::setup::{Decision, Party, Setup};
use super::world::{CODES, Cause, CodeId, Done, MessageId, RecordId, Shelf};
use crate::support::wire::{CodeKeys, Key};
use crate::support::{DAY, NOW, admin, at, complete, now};

/// A record as it is stored, and what can be seen of it.
pub(crate) struct Record {
    /// Read back from its bytes: every step begins like one after a restart.
    pub(crate) connection: Connection,
    pub(crate) comparison: Option<ComparisonString>,
    pub(crate) exported: Option<Key>,
    pub(crate) kind: ConnectionKind,
    pub(crate) mode: ConnectionMode,
    pub(crate) reason: Option<CloseReason>,
    /// Before and after the invitation expires.
    stages: [Stage; 2],
    due: Option<Done>,
}

impl Record {
    pub(crate) fn stage(&self, late: bool) -> Stage {
        self.stages[usize::from(late)]
    }
}

pub(crate) struct Code {
    pub(crate) invitation: Invitation,
    pub(crate) keys: CodeKeys,
}

/// A transition and everything that it depends on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Call {
    pub(crate) party: Party,
    pub(crate) record: Option<RecordId>,
    /// What a faulty program remembers of the record before.
    pub(crate) kept: Option<RecordId>,
    pub(crate) cause: Cause,
    pub(crate) late: bool,
    /// Entropy is fresh whenever it could be: after a restart, and for each handler.
    pub(crate) salt: u8,
}

/// What each message does to one record, as far as it was asked for. Most do nothing, and that is asked most often.
#[derive(Default)]
struct Desk {
    answers: Vec<Known>,
    /// By request, and then by reply.
    conclusions: Vec<Vec<Known>>,
    /// By all requests, and then by message: what can come of it as such, and as the reply to any of them.
    rows: Vec<(Vec<MessageId>, Row)>,
}

type Effect = (Cause, Done);

type Row = Vec<Option<Vec<Effect>>>;

/// What is known of what a message does.
#[derive(Clone, Copy, Default)]
enum Known {
    #[default]
    NotAsked,
    Nothing,
    Does(Done),
}

type DeskKey = (Party, Option<RecordId>, Option<RecordId>, bool, u8);

pub(crate) struct Lab {
    pub(crate) cast: Vec<Instance>,
    pub(crate) terms: Terms,
    pub(crate) bug: Option<Bug>,
    pub(crate) first: (RecordId, CodeId),
    ids: [ConnectionId; CODES],
    records: Vec<Record>,
    record_ids: HashMap<Vec<u8>, RecordId>,
    messages: Vec<Message>,
    message_ids: HashMap<(Party, Vec<u8>), MessageId>,
    codes: Vec<Code>,
    code_ids: HashMap<String, CodeId>,
    done: HashMap<Call, Option<Done>>,
    desks: Vec<Desk>,
    desk_ids: HashMap<DeskKey, usize>,
    pub(super) forged: HashMap<(Party, RecordId, MessageId, bool), Forged>,
    pub(super) minted: HashMap<(CodeId, MessageId), Vec<MessageId>>,
    pub(super) guessed: HashMap<(CodeId, MessageId, MessageId, RecordId), bool>,
    pub(super) calmed: HashMap<(Shelf, Shelf, bool), Shelf>,
}

impl Lab {
    pub(crate) fn new(setup: &Setup) -> Self {
        let (pending, code) = setup.initiated();
        let second = ConnectionId::new(now(), Entropy::from_bytes([0x66; 32]));
        let mut lab = Self {
            cast: setup.cast(),
            terms: setup.terms(),
            bug: setup.bug,
            first: (RecordId(0), CodeId(0)),
            ids: [pending.id(), second],
            records: Vec::new(),
            record_ids: HashMap::new(),
            messages: Vec::new(),
            message_ids: HashMap::new(),
            codes: Vec::new(),
            code_ids: HashMap::new(),
            done: HashMap::new(),
            desks: Vec::new(),
            desk_ids: HashMap::new(),
            forged: HashMap::new(),
            minted: HashMap::new(),
            guessed: HashMap::new(),
            calmed: HashMap::new(),
        };
        lab.first = (lab.store(&pending), lab.hand_over(&code));
        lab
    }

    pub(crate) fn record(&self, id: RecordId) -> &Record {
        &self.records[id.0 as usize]
    }

    pub(crate) fn stage(&self, id: Option<RecordId>, late: bool) -> Stage {
        id.map_or(Stage::Absent, |id| self.record(id).stage(late))
    }

    pub(crate) fn message(&self, id: MessageId) -> &Message {
        &self.messages[id.0 as usize]
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn code(&self, id: CodeId) -> &Code {
        &self.codes[id.0 as usize]
    }

    pub(crate) fn id_of(&self, code: usize) -> ConnectionId {
        self.ids[code]
    }

    /// The record's number. It is the same for the same bytes.
    pub(crate) fn store(&mut self, connection: &Connection) -> RecordId {
        let bytes = connection.to_secret_bytes().expose_bytes().to_vec();
        if let Some(id) = self.record_ids.get(&bytes) {
            return *id;
        }
        let connection = Connection::from_secret_bytes(&bytes).unwrap();
        let reason = match connection.status(now()) {
            Status::Closed { reason } => Some(reason),
            _ => None,
        };
        let record = Record {
            comparison: connection.comparison(),
            exported: connection.export_key("model").map(|key| *key.expose_bytes()),
            kind: connection.kind(),
            mode: connection.mode(),
            reason,
            stages: [false, true].map(|late| Stage::of(Some(&connection), time(late))),
            due: None,
            connection,
        };
        let id = RecordId(u32::try_from(self.records.len()).unwrap());
        self.records.push(record);
        self.record_ids.insert(bytes, id);
        id
    }

    /// The message's number; `None` for the answer that says nothing.
    pub(crate) fn post(&mut self, from: Party, bytes: &[u8]) -> Option<MessageId> {
        if let Some(id) = self.message_ids.get(&(from, bytes.to_vec())) {
            return Some(*id);
        }
        let connection = handshake::connection_id(bytes)?;
        let code = self.ids.iter().position(|id| *id == connection).unwrap();
        let id = MessageId(u32::try_from(self.messages.len()).unwrap());
        self.messages.push(Message::read(from, bytes.to_vec(), code));
        self.message_ids.insert((from, bytes.to_vec()), id);
        Some(id)
    }

    fn hand_over(&mut self, code: &str) -> CodeId {
        if let Some(id) = self.code_ids.get(code) {
            return *id;
        }
        let id = CodeId(u32::try_from(self.codes.len()).unwrap());
        self.codes.push(Code { invitation: Invitation::read(code).unwrap(), keys: CodeKeys::of(code) });
        self.code_ids.insert(code.to_owned(), id);
        id
    }

    /// What the transition gives; `None` if it is not possible, or does nothing.
    pub(crate) fn call(&mut self, call: Call) -> Option<Done> {
        if call.cause.message().is_some() {
            let desk = self.desk(call);
            return self.call_at(desk, call);
        }
        if let Some(done) = self.done.get(&call) {
            return *done;
        }
        let done = self.compute(call).filter(|done| *done != Done::default());
        self.done.insert(call, done);
        done
    }

    /// Where what messages do to this record is remembered.
    fn desk(&mut self, call: Call) -> usize {
        let key = (call.party, call.record, call.kept, call.late, call.salt);
        *self.desk_ids.entry(key).or_insert_with(|| {
            self.desks.push(Desk::default());
            self.desks.len() - 1
        })
    }

    fn call_at(&mut self, desk: usize, call: Call) -> Option<Done> {
        match *self.slot(desk, call.cause) {
            Known::NotAsked => {}
            Known::Nothing => return None,
            Known::Does(done) => return Some(done),
        }
        let done = self.compute(call).filter(|done| *done != Done::default());
        *self.slot(desk, call.cause) = done.map_or(Known::Nothing, Known::Does);
        done
    }

    fn slot(&mut self, desk: usize, cause: Cause) -> &mut Known {
        let desk = &mut self.desks[desk];
        let (row, message) = match cause {
            Cause::Answer(message) => (&mut desk.answers, message),
            Cause::Conclude { request, reply } => {
                let request = request.0 as usize;
                if desk.conclusions.len() <= request {
                    desk.conclusions.resize_with(request + 1, Vec::new);
                }
                (&mut desk.conclusions[request], reply)
            }
            Cause::Accept(_) | Cause::DeclineCode(_) | Cause::Decide(_) => unreachable!("no message"),
        };
        let message = message.0 as usize;
        if row.len() <= message {
            row.resize(message + 1, Known::NotAsked);
        }
        &mut row[message]
    }

    /// What can come of everything that may reach a record now: of each message that is for it, and of each as the reply
    /// to each of its own. What does nothing is left out.
    pub(crate) fn deliver(&mut self, call: Call, code: usize, sent: &[MessageId]) -> Vec<Effect> {
        let mut done = Vec::new();
        if call.record.is_none() {
            return done;
        }
        let desk = self.desk(call);
        let mut incoming = Vec::new();
        let mut requests = Vec::new();
        for id in sent {
            let message = self.message(*id);
            if message.code != code {
                continue;
            }
            if message.is_for(call.party) {
                incoming.push(*id);
            }
            if message.from == call.party && message.is_request() {
                requests.push(*id);
            }
        }
        let rows = &mut self.desks[desk].rows;
        let place = rows.iter().position(|(known, _)| *known == requests).unwrap_or_else(|| {
            rows.push((requests, Vec::new()));
            rows.len() - 1
        });
        for message in incoming {
            let known = self.desks[desk].rows[place].1.get(message.0 as usize);
            if let Some(Some(effects)) = known {
                done.extend_from_slice(effects);
                continue;
            }
            let requests = self.desks[desk].rows[place].0.clone();
            let conclusions = requests.into_iter().map(|request| Cause::Conclude { request, reply: message });
            let causes = core::iter::once(Cause::Answer(message)).chain(conclusions);
            let effects: Vec<Effect> = causes
                .filter_map(|cause| Some((cause, self.call_at(desk, Call { cause, ..call })?)))
                .collect();
            done.extend_from_slice(&effects);
            let row = &mut self.desks[desk].rows[place].1;
            if row.len() <= message.0 as usize {
                row.resize(message.0 as usize + 1, None);
            }
            row[message.0 as usize] = Some(effects);
        }
        done
    }

    fn compute(&mut self, call: Call) -> Option<Done> {
        match call.cause {
            Cause::Accept(_) | Cause::DeclineCode(_) if call.record.is_some() => None,
            Cause::Accept(code) => {
                let outcome = self.accept(call, code);
                Some(self.done(call, outcome))
            }
            Cause::DeclineCode(code) => {
                let invitation = &self.code(code).invitation;
                let (local, moment) = (&self.cast[call.party.index()], time(call.late).by(admin("grace")));
                let declined =
                    handshake::decline_invitation(invitation, local, UrlPolicy::public(), moment).unwrap();
                Some(self.done(call, declined))
            }
            Cause::Decide(decision) => {
                let outcome = self.decide(call, decision)?;
                Some(self.done(call, outcome))
            }
            Cause::Answer(message) => {
                let bytes = self.message(message).bytes.clone();
                self.answered(call, &bytes)
            }
            Cause::Conclude { request, reply } => {
                let [request, reply] = [request, reply].map(|id| self.message(id).bytes.clone());
                self.concluded(call, &request, &reply)
            }
        }
    }

    fn accept(&self, call: Call, code: CodeId) -> Outcome {
        let invitation = &self.code(code).invitation;
        let local = &self.cast[call.party.index()];
        let preview = Preview::new(invitation.clone(), local, UrlPolicy::public()).at(time(call.late));
        let form = complete(preview.form(), preview.asks());
        let moment = time(call.late).by(admin("grace"));
        handshake::accept(invitation, &form, local, UrlPolicy::public(), moment, self.entropy(call)).unwrap()
    }

    fn decide(&self, call: Call, decision: Decision) -> Option<Outcome> {
        let connection = &self.record(call.record?).connection;
        let moment = time(call.late).by(admin("ada"));
        match decision {
            Decision::Revoke => handshake::revoke(connection, moment),
            Decision::Supersede => handshake::supersede(connection, self.ids[1], moment),
            Decision::Approve => handshake::approve(connection, moment),
            Decision::Decline => handshake::decline(connection, moment),
            Decision::Cancel => handshake::cancel(connection, moment),
            Decision::Deactivate => handshake::deactivate(connection, moment),
            Decision::Activate => handshake::activate(connection, moment),
            Decision::Remove => handshake::remove(connection, moment),
        }
        .ok()
    }

    /// The second half of issuing a new invitation in the place of the first one.
    pub(crate) fn issue(&mut self, superseded: RecordId, late: bool) -> Option<(RecordId, CodeId)> {
        let (local, moment) = (self.cast[0].clone(), time(late).by(admin("ada")));
        let superseded = &self.record(superseded).connection;
        let entropy = Entropy::from_bytes([0x77; 32]);
        let wizard = Wizard::reissue(superseded, local, self.terms, moment, entropy)?;
        let (pending, hand_over) = wizard.into_parts();
        let code = hand_over.code()?.expose().to_owned();
        Some((self.store(&pending), self.hand_over(&code)))
    }

    pub(super) fn done(&mut self, call: Call, outcome: Outcome) -> Done {
        let to = outcome.to().and_then(|url| self.at(url));
        let message = outcome.message().map(<[u8]>::to_vec);
        let next =
            outcome.into_connection().map(|next| self.store(&next)).filter(|next| Some(*next) != call.record);
        let say = message.and_then(|bytes| self.post(call.party, &bytes));
        // A message of one's own that goes nowhere is carried by people, and there are none here.
        let say = say.filter(|_| to.is_some() || matches!(call.cause, Cause::Answer(_)));
        Done { next, say, to }
    }

    /// What is due to the other side, and to whom.
    pub(crate) fn due(&mut self, party: Party, id: RecordId) -> Done {
        if let Some(due) = self.record(id).due {
            return due;
        }
        let outgoing = handshake::due(&self.record(id).connection);
        let due = outgoing.map_or_else(Done::default, |outgoing| {
            let to = outgoing.to.and_then(|url| self.at(&url));
            Done { next: None, say: to.and_then(|_| self.post(party, &outgoing.message)), to }
        });
        let due = if self.is_silenced(due.say) { Done::default() } else { due };
        self.records[id.0 as usize].due = Some(due);
        due
    }

    pub(super) fn entropy(&self, call: Call) -> Entropy {
        let is_known = self.bug == Some(Bug::DrawsWhatOthersKnow) && call.party != Party::Source;
        Entropy::from_bytes(if is_known { attacker::SECRET } else { secret(call.party, call.salt) })
    }

    /// Who is at an address.
    fn at(&self, url: &InstanceUrl) -> Option<Party> {
        let parties = [Party::Source, Party::First, Party::Second];
        parties.into_iter().find(|party| self.cast[party.index()].callable_url() == Some(url))
    }
}

/// Before, or after the invitation expires.
pub(crate) fn time(late: bool) -> Timestamp {
    if late { at(NOW + 8 * DAY) } else { now() }
}

/// What a party draws.
pub(crate) fn secret(party: Party, salt: u8) -> Key {
    [0x80 | u8::try_from(party.index()).unwrap() << 5 | salt; 32]
}
