//! The third step: everything is answered, and the connection can be initiated.

use super::initiated::hand_over;
use super::{Approval, HasUrl, Initiated, ModeChosen, Step, StepKind, Terms, UrlEntered, Wizard};
use crate::connection::{
    Connection, ConnectionId, ConnectionInfo, ConnectionKind, EventKind, EventLog, Health, Pending, Role,
    State, session_key,
};
use crate::crypto::Secret;
use crate::entropy::Entropy;
use crate::instance::{Instance, ProtocolVersions};
use crate::invitation::{Contents, Invitation};
use crate::mode::ConnectionMode;
use crate::offer::Destination;
use crate::time::{Moment, Timestamp};

/// The step after *Connection information*: all of it is valid, and everything that was asked is answered.
#[derive(Clone, Debug)]
pub struct InfoFilled {
    pub(super) before: ModeChosen,
    pub(super) info: ConnectionInfo,
}

impl Step for InfoFilled {
    const KIND: StepKind = StepKind::InfoFilled;
}

impl HasUrl for InfoFilled {
    fn url_entered(&self) -> &UrlEntered {
        &self.before.before
    }
}

impl Wizard<InfoFilled> {
    /// The mode that was chosen.
    #[must_use]
    pub fn mode(&self) -> ConnectionMode {
        self.step.before.mode
    }

    /// What was filled in.
    #[must_use]
    pub fn info(&self) -> &ConnectionInfo {
        &self.step.info
    }

    /// Goes back; what was typed stays.
    pub fn previous(self) -> Wizard<ModeChosen> {
        let Self { id, local, terms, kept, step } = self;
        Wizard { id, local, terms, kept, step: step.before }
    }

    /// Initiates the connection: gives the record to store, and what to hand over.
    ///
    /// It cannot fail, and changes nothing anywhere: whoever drops the result has initiated nothing.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "entropy is used once: whoever passes it has none left"
    )]
    pub fn initiate(self, moment: impl Into<Moment>, entropy: Entropy) -> Wizard<Initiated> {
        let Self { id, local, terms, kept, step: InfoFilled { before, info } } = self;
        let ModeChosen { before, mode, .. } = before;
        let step =
            issue(id, &local, terms, before, (mode, info), EventKind::Initiated, &moment.into(), &entropy);
        Wizard { id, local, terms, kept, step }
    }
}

/// Makes the record, and what to hand over.
#[expect(clippy::too_many_arguments, reason = "everything that was decided in four steps meets here")]
pub(super) fn issue(
    id: ConnectionId,
    local: &Instance,
    terms: Terms,
    before: UrlEntered,
    (mode, info): (ConnectionMode, ConnectionInfo),
    event: EventKind,
    moment: &Moment,
    entropy: &Entropy,
) -> Initiated {
    let mut events = EventLog::of(id);
    events.record(moment, event);
    let (role, kind) = match &before.destination {
        Destination::Local => (Role::Local, ConnectionKind::Local),
        Destination::Remote(remote) => {
            (Role::Source, ConnectionKind::between(local.is_public(), remote.is_public()))
        }
        Destination::Unknown => (Role::Source, ConnectionKind::between(local.is_public(), false)),
    };
    let remote = before.destination.remote().cloned();
    let (state, invitation) = if role == Role::Local {
        events.record(moment, EventKind::Activated);
        (State::Local { on: true }, None)
    } else {
        let issued_at = moment.at().whole_seconds();
        let expires_at = issued_at.saturating_add(terms.validity.as_duration()).whole_seconds();
        let secret = Secret::from_entropy(entropy);
        let contents = contents(id, secret, mode, (issued_at, expires_at), local, remote.as_ref(), &info);
        let invitation = Invitation::issue(contents);
        let pending = Pending {
            keys: invitation.keys(),
            session: session_key(&invitation.contents().secret),
            expires_at,
            bound_to: invitation.destination_uid().cloned(),
            policy: terms.policy,
            versions: invitation.versions(),
            by_hand: terms.approval == Approval::ByHand,
            refused_late: false,
            source_uid: local.uid().clone(),
        };
        (State::Pending(Box::new(pending)), Some(invitation))
    };
    let hand_over = hand_over(mode, &info, remote.as_ref(), invitation.as_ref());
    let callable = local.is_public() && role != Role::Local;
    let health = Health::default();
    let connection = Connection { id, role, kind, mode, info, remote, callable, health, state, events };
    Initiated { before, connection, hand_over }
}

fn contents(
    id: ConnectionId,
    secret: Secret,
    mode: ConnectionMode,
    (issued_at, expires_at): (Timestamp, Timestamp),
    local: &Instance,
    remote: Option<&Instance>,
    info: &ConnectionInfo,
) -> Contents {
    Contents {
        id,
        secret,
        mode,
        expires_at,
        source_uid: local.uid().clone(),
        source_node_url: local.callable_url().cloned(),
        destination_uid: remote.map(Instance::uid).cloned(),
        source_short_name: info.source_short_name().clone(),
        destination_short_name: info.destination_short_name().clone(),
        name: info.name().clone(),
        // No mode is offered where there is no version in common, so there is one.
        versions: local.spoken_versions().unwrap_or(ProtocolVersions::SUPPORTED),
        issued_at: Some(issued_at),
        source_platform: Some(local.platform().name().clone()),
        source_tracker_url: local.tracker_url().cloned(),
        destination_tracker_url: remote.and_then(Instance::tracker_url).cloned(),
        description: info.description().clone(),
    }
}
