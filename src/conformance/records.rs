//! Records to store, made by the pure transitions: in every phase, and in any number.

use core::error::Error;
use core::time::Duration;

use crate::connection::{Connection, ConnectionForm, ConnectionId, Phase};
use crate::entropy::{Entropy, EntropySource, SeededEntropy};
use crate::handshake;
use crate::instance::{Instance, InstanceUid, InstanceUrl, KnownPlatform, UrlPolicy};
use crate::invitation::Invitation;
use crate::mode::ConnectionMode;
use crate::time::Timestamp;
use crate::wizard::{Approval, Terms, Wizard};

/// What the suite makes for itself, which should never fail.
pub(super) type Made<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One connection as it is on both sides, step by step: for tests and benches of stores.
///
/// Records of different numbers have different ids, which are in the order of the numbers. Records of one number have
/// one id, so each may follow the other in an update.
///
/// ```
/// use handclasp::Phase;
/// use handclasp::conformance::Course;
///
/// let course = Course::of(7)?;
/// assert_eq!(course.active.id(), course.pending.id());
/// assert_eq!(course.in_phase(Phase::Closed).phase(), Phase::Closed);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Course {
    /// The source's record before anybody accepts.
    pub pending: Connection,
    /// The source's record when its admin has to approve.
    pub awaiting: Connection,
    /// The destination's record before the source answers.
    pub accepting: Connection,
    /// The source's record when its admin has approved.
    pub active: Connection,
    /// The source's record when it is switched off.
    pub deactivated: Connection,
    /// The destination's record when it was refused.
    pub closed: Connection,
}

impl Course {
    /// The connection with this number, begun so many milliseconds after a fixed moment. Takes as long as a handshake.
    ///
    /// # Errors
    /// Never, as far as is known: the records are made of constants.
    pub fn of(number: u64) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let entropy = SeededEntropy::new(number);
        let now = begun(number)?;
        Self::from_pending(Pending::new(ConnectionId::new(now, entropy.next()?), now, &entropy, |form| form)?)
    }

    /// A pending record alone, which takes some microseconds.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub fn pending(number: u64) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        let entropy = SeededEntropy::new(number);
        let now = begun(number)?;
        Ok(Pending::new(ConnectionId::new(now, entropy.next()?), now, &entropy, |form| form)?.record)
    }

    /// The record in this phase. A phase that nothing is stored in has the pending one.
    #[must_use]
    pub const fn in_phase(&self, phase: Phase) -> &Connection {
        match phase {
            Phase::AwaitingApproval => &self.awaiting,
            Phase::Accepting => &self.accepting,
            Phase::Active => &self.active,
            Phase::Deactivated => &self.deactivated,
            Phase::Closed => &self.closed,
            _ => &self.pending,
        }
    }

    /// With this id, and with these texts.
    pub(super) fn with(id: ConnectionId, fill: impl FnOnce(ConnectionForm) -> ConnectionForm) -> Made<Self> {
        let entropy = SeededEntropy::new(0);
        Self::from_pending(Pending::new(id, begun(0)?, &entropy, fill)?)
    }

    fn from_pending(begun: Pending<'_>) -> Made<Self> {
        let Pending { source, record: pending, code, now, entropy } = begun;
        let next = || -> Made<Entropy> { Ok(entropy.next()?) };
        let destination = instance("destination")?;
        let invitation = Invitation::read(&code)?;
        let form = ConnectionForm::from(pending.info());
        let accepted =
            handshake::accept(&invitation, &form, &destination, UrlPolicy::public(), now, next()?)?;
        let accepting = accepted.connection().ok_or("an acceptance is stored")?.clone();
        let request = accepted.message().ok_or("an acceptance is sent")?.to_vec();
        let (answer_entropy, late_entropy, conclude_entropy) = (next()?, next()?, next()?);
        let awaiting = handshake::answer(Some(&pending), &request, &source, now, answer_entropy)
            .into_connection()
            .ok_or("an answer is stored")?;
        let active = handshake::approve(&awaiting, now)?.into_connection().ok_or("an approval is stored")?;
        let deactivated =
            handshake::deactivate(&active, now)?.into_connection().ok_or("switching off is stored")?;
        let refusal = handshake::answer(Some(&pending), &request, &source, Timestamp::MAX, late_entropy);
        let refusal = refusal.message().ok_or("a late acceptance is refused")?;
        let closed = handshake::conclude(&accepting, &request, refusal, &destination, now, conclude_entropy)?
            .into_connection()
            .ok_or("a refusal is stored")?;
        Ok(Self { pending, awaiting, accepting, active, deactivated, closed })
    }
}

/// The bytes by which records are compared.
pub(super) fn bytes(connection: &Connection) -> Vec<u8> {
    connection.to_secret_bytes().expose_bytes().to_vec()
}

fn begun(number: u64) -> Made<Timestamp> {
    let noon = Timestamp::from_secs(1_800_000_000).ok_or("this moment is before the year 9999")?;
    Ok(noon.saturating_add(Duration::from_millis(number)))
}

fn instance(uid: &str) -> Made<Instance> {
    let url = InstanceUrl::parse(&format!("https://{uid}.example.com"))?;
    Ok(Instance::builder(InstanceUid::parse(uid)?, KnownPlatform::Freshdesk).node_url(url).build()?)
}

/// What the source has when it has initiated.
struct Pending<'a> {
    source: Instance,
    record: Connection,
    code: String,
    now: Timestamp,
    entropy: &'a SeededEntropy,
}

impl<'a> Pending<'a> {
    fn new(
        id: ConnectionId,
        now: Timestamp,
        entropy: &'a SeededEntropy,
        fill: impl FnOnce(ConnectionForm) -> ConnectionForm,
    ) -> Made<Self> {
        let source = instance("source")?;
        let terms = Terms::default().with_approval(Approval::ByHand);
        let wizard = Wizard::start_without_url(source.clone(), terms, id);
        let wizard = wizard.choose_mode(ConnectionMode::Basic).map_err(|_| "Basic is always there")?;
        let form = fill(wizard.form());
        let filled = wizard.fill(form).map_err(|_| "the form is complete")?;
        let (record, hand_over) = filled.initiate(now, entropy.next()?).into_parts();
        let code = hand_over.code().ok_or("there is a code")?.expose().to_owned();
        Ok(Self { source, record, code, now, entropy })
    }
}
