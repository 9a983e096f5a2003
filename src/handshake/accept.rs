//! The destination's first step: from an invitation to a record and a message.

use super::message::{Pledge, PledgedInstance, PledgedVersion};
use super::outcome::Outcome;
use crate::connection::{
    Accepting, Connection, ConnectionForm, EventKind, EventLog, FormError, Role, State, session_key,
};
use crate::crypto::EphemeralKey;
use crate::entropy::Entropy;
use crate::instance::{Instance, PlatformName, UrlPolicy};
use crate::invitation::{Invitation, Obstacle, Preview};
use crate::time::Moment;

/// Accepts an invitation: gives a new record, `Accepting`, and the message for the source.
///
/// The record is to be **inserted** (it must not exist yet) before the message is sent; whoever finds it
/// there already has accepted before, and goes on with [`due`](super::due).
///
/// # Errors
/// Nothing has happened, and the form is still the caller's:
/// - [`AcceptError::Obstacles`]: what the [`Preview`] shows in the way, such as an own invitation, one for
///   another instance, or one whose mode this side has no licence for.
/// - [`AcceptError::Form`]: every field of the form that is not as it should be.
///
/// # Examples
/// The documentation of the [module](super) has a whole handshake by hand.
#[expect(clippy::needless_pass_by_value, reason = "entropy is used once: whoever passes it has none left")]
pub fn accept(
    invitation: &Invitation,
    form: &ConnectionForm,
    local: &Instance,
    policy: UrlPolicy,
    moment: impl Into<Moment>,
    entropy: Entropy,
) -> Result<Outcome, AcceptError> {
    let moment = moment.into();
    let preview = Preview::new(invitation.clone(), local, policy).at(moment.at());
    let obstacles = || AcceptError::Obstacles { obstacles: preview.obstacles().to_vec() };
    // Without obstacles there is a common version, and a source that can be called.
    let offered = local.spoken_versions();
    let (Some(to), Some(versions), []) = (invitation.source_node_url(), offered, preview.obstacles()) else {
        return Err(obstacles());
    };
    let info = form.check(preview.asks()).map_err(AcceptError::Form)?;
    let contents = invitation.contents();
    let source = PledgedInstance {
        uid: contents.source_uid.clone(),
        node_url: contents.source_node_url.clone(),
        tracker_url: contents.source_tracker_url.clone(),
        platform: contents.source_platform.clone().unwrap_or_else(PlatformName::unknown),
    };
    let keys = invitation.keys();
    let ephemeral = EphemeralKey::from_entropy(&entropy);
    let pledge = Pledge {
        code: keys.digest,
        answers: None,
        key: ephemeral.public(),
        instance: PledgedInstance::of(local),
        version: PledgedVersion::Offered(versions),
        info,
        sent_at: moment.at(),
    };
    let request = pledge.seal(contents.id, &keys.accept);
    let mut events = EventLog::default();
    let event = events.record(&moment, EventKind::Accepted);
    let accepting = Accepting {
        session: session_key(&contents.secret),
        keys,
        ephemeral,
        request: request.clone(),
        to: to.clone(),
        expires_at: contents.expires_at,
        versions,
        policy,
    };
    let connection = Connection {
        id: contents.id,
        role: Role::Destination,
        kind: preview.kind(),
        mode: contents.mode,
        info: pledge.info,
        remote: Some(source.into_instance(None, contents.mode, contents.versions)),
        state: State::Accepting(Box::new(accepting)),
        events,
    };
    Ok(Outcome {
        connection: Some(connection),
        message: Some(request),
        to: Some(to.clone()),
        events: vec![event],
    })
}

/// Why an invitation was not accepted. Nothing has happened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// Something stands in the way.
    #[error("the invitation cannot be accepted here: {}", .obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Obstacles {
        /// All of it; never empty.
        obstacles: Vec<Obstacle>,
    },
    /// The form is not as it should be.
    #[error("the form is not valid: {0}")]
    Form(FormError),
}

impl AcceptError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Obstacles { .. } => "obstacles",
            Self::Form(_) => "invalid-form",
        }
    }
}
