//! The destination's first step: from an invitation to a record and a message.

use super::message::{Pledge, PledgedInstance, PledgedVersion};
use super::{Outcome, close, due};
use crate::connection::{
    Accepting, CloseReason, Connection, ConnectionForm, ConnectionInfo, EventKind, EventLog, FormError,
    Health, Role, State, session_key,
};
use crate::crypto::EphemeralKey;
use crate::entropy::Entropy;
use crate::flat::flat;
use crate::instance::{Instance, PlatformName, UrlPolicy};
use crate::invitation::{Invitation, Obstacle, Preview};
use crate::offer::Side;
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
    // Without obstacles there is a common version.
    let (Some(versions), []) = (local.spoken_versions(), preview.obstacles()) else {
        return Err(obstacles());
    };
    let info = form.check(preview.asks()).map_err(AcceptError::Form)?;
    let contents = invitation.contents();
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
    let accepting = Accepting {
        session: session_key(&contents.secret),
        keys,
        ephemeral,
        request,
        expires_at: contents.expires_at,
        versions,
        policy,
        waiting: false,
    };
    let next = destination(&preview, local, pledge.info, State::Accepting(Box::new(accepting)));
    let outcome = Outcome::happened(next, &moment, EventKind::Accepted);
    let outgoing = outcome.connection().and_then(due);
    Ok(outcome.sending(outgoing))
}

/// Declines an invitation: gives a new record, `Closed`, that tells the source so.
///
/// The record is to be **inserted** before the message is sent. Declining what was accepted here before is
/// [`cancel`](super::cancel)'s part.
///
/// # Errors
/// [`AcceptError::Obstacles`]: what the [`Preview`] shows in the way, but for what only concerns accepting, such as a
/// licence. Nothing has happened.
pub fn decline_invitation(
    invitation: &Invitation,
    local: &Instance,
    policy: UrlPolicy,
    moment: impl Into<Moment>,
) -> Result<Outcome, AcceptError> {
    let moment = moment.into();
    let preview = Preview::new(invitation.clone(), local, policy).at(moment.at());
    let obstacles: Vec<_> = preview
        .obstacles()
        .iter()
        .copied()
        .filter(|obstacle| !matches!(obstacle, Obstacle::Mode { .. }))
        .collect();
    if !obstacles.is_empty() {
        return Err(AcceptError::Obstacles { obstacles });
    }
    let contents = invitation.contents();
    let labels = ConnectionInfo::received(
        contents.source_short_name.clone(),
        contents.destination_short_name.clone(),
        contents.name.clone(),
        contents.description.clone(),
        None,
    );
    // Of a code that was read, the short names differ.
    let Some(labels) = labels else { return Err(AcceptError::Obstacles { obstacles }) };
    let reason = CloseReason::Declined { by: Side::Local };
    let state = close::never_accepted(&invitation.keys(), reason, moment.at());
    let next = destination(&preview, local, labels, state);
    let outcome = Outcome::happened(next, &moment, EventKind::Declined);
    let outgoing = outcome.connection().and_then(due);
    Ok(outcome.sending(outgoing))
}

/// A new record of a destination.
fn destination(preview: &Preview, local: &Instance, info: ConnectionInfo, state: State) -> Connection {
    let contents = preview.invitation().contents();
    let source = PledgedInstance {
        uid: contents.source_uid.clone(),
        node_url: contents.source_node_url.clone(),
        tracker_url: contents.source_tracker_url.clone(),
        platform: contents.source_platform.clone().unwrap_or_else(PlatformName::unknown),
    };
    Connection {
        id: contents.id,
        role: Role::Destination,
        kind: preview.kind(),
        mode: contents.mode,
        info,
        remote: Some(source.into_instance(None, contents.mode, contents.versions)),
        // A source that does not know whom it invites cannot call before it has the acceptance.
        callable: local.is_public() && contents.destination_uid.is_some(),
        health: Health::default(),
        state,
        events: EventLog::of(contents.id),
    }
}

/// Why an invitation was not accepted. Nothing has happened.
///
/// Serialised, it is the flat structure `code`, `message`, and its `obstacles` or the form's `errors`.
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

flat! { AcceptError {
    Self::Obstacles { obstacles } => { obstacles },
    Self::Form(error) => { errors: error.errors() },
} }

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
