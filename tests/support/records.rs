//! Records in every phase, made by the pure transitions: cheap, and in any number.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::time::Duration;

use handclasp::{
    Approval, Connection, ConnectionId, ConnectionMode, Entropy, EntropySource, Instance, InstanceUid,
    InstanceUrl, Invitation, KnownPlatform, Phase, SeededEntropy, Terms, Timestamp, UrlPolicy, Wizard,
    handshake,
};

fn noon() -> Timestamp {
    Timestamp::from_secs(1_800_000_000).unwrap()
}

fn instance(uid: &str) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), KnownPlatform::Freshdesk)
        .node_url(InstanceUrl::parse(&format!("https://{uid}.example.com")).unwrap())
        .build()
        .unwrap()
}

/// The bytes that tell whether two records are the same.
pub(crate) fn bytes(connection: &Connection) -> Vec<u8> {
    connection.to_secret_bytes().expose_bytes().to_vec()
}

/// One connection as it is on both sides, step by step.
#[derive(Debug)]
pub(crate) struct Course {
    /// The source's record before anybody accepts.
    pub(crate) pending: Connection,
    /// The destination's record before the source answers.
    pub(crate) accepting: Connection,
    /// The source's record when its admin has to approve.
    pub(crate) awaiting: Connection,
    /// The source's record when its admin has approved.
    pub(crate) active: Connection,
    /// The source's record when it is switched off.
    pub(crate) deactivated: Connection,
    /// The destination's record when it was refused.
    pub(crate) closed: Connection,
}

impl Course {
    /// The connection that was begun so many milliseconds after noon.
    pub(crate) fn begun_at(millis: u64) -> Self {
        let entropy = SeededEntropy::new(millis);
        let draw = || -> Entropy { entropy.next().unwrap() };
        let now = noon().saturating_add(Duration::from_millis(millis));
        let (source, destination) = (instance("source"), instance("destination"));
        let terms = Terms::default().with_approval(Approval::ByHand);
        let wizard = Wizard::start_without_url(source.clone(), terms, ConnectionId::new(now, draw()));
        let wizard = wizard.choose_mode(ConnectionMode::Basic).unwrap();
        let form = wizard.form();
        let (pending, hand_over) = wizard.fill(form).unwrap().initiate(now, draw()).into_parts();
        let invitation = Invitation::read(hand_over.code().unwrap().expose()).unwrap();
        let form = handclasp::ConnectionForm::from(pending.info());
        let policy = UrlPolicy::public();
        let accepted = handshake::accept(&invitation, &form, &destination, policy, now, draw()).unwrap();
        let (accepting, request) = (accepted.connection().unwrap().clone(), accepted.message().unwrap());
        let answer = |at| handshake::answer(Some(&pending), request, &source, at, draw());
        let awaiting = answer(now).into_connection().unwrap();
        let active = handshake::approve(&awaiting, now).unwrap().into_connection().unwrap();
        let deactivated = handshake::deactivate(&active, now).unwrap().into_connection().unwrap();
        let refusal = answer(Timestamp::MAX);
        let concluded =
            handshake::conclude(&accepting, request, refusal.message().unwrap(), &destination, now, draw())
                .unwrap();
        let closed = concluded.into_connection().unwrap();
        Self { pending, accepting, awaiting, active, deactivated, closed }
    }
}

impl Course {
    /// The record in this phase.
    pub(crate) fn in_phase(&self, phase: Phase) -> &Connection {
        match phase {
            Phase::Pending => &self.pending,
            Phase::AwaitingApproval => &self.awaiting,
            Phase::Accepting => &self.accepting,
            Phase::Active => &self.active,
            Phase::Deactivated => &self.deactivated,
            Phase::Closed => &self.closed,
            other => panic!("no record is {other:?}"),
        }
    }
}

/// A source's record that was begun so many milliseconds after noon.
pub(crate) fn pending(millis: u64) -> Connection {
    let entropy = SeededEntropy::new(millis);
    let now = noon().saturating_add(Duration::from_millis(millis));
    let id = ConnectionId::new(now, entropy.next().unwrap());
    let wizard = Wizard::start_without_url(instance("source"), Terms::default(), id);
    let wizard = wizard.choose_mode(ConnectionMode::Basic).unwrap();
    let form = wizard.form();
    wizard.fill(form).unwrap().initiate(now, entropy.next().unwrap()).into_parts().0
}
