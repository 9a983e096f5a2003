//! The first step: the destination is known, or known to be unknown.

use core::fmt;

use super::{HasUrl, Kept, ModeChosen, Step, StepKind, Terms, Wizard};
use crate::connection::{Connection, ConnectionForm, ConnectionId, Role};
use crate::flat::flat;
use crate::instance::{Instance, InstanceUrl, PolicyError};
use crate::mode::ConnectionMode;
use crate::offer::{Availability, Destination, ModeOffer, Reason};

/// The step after *Destination instance URL*: a mode is to be chosen.
#[derive(Clone, Debug)]
pub struct UrlEntered {
    pub(super) destination: Destination,
    pub(super) entered: Option<InstanceUrl>,
}

impl Step for UrlEntered {
    const KIND: StepKind = StepKind::UrlEntered;
}

impl HasUrl for UrlEntered {
    fn url_entered(&self) -> &UrlEntered {
        self
    }
}

impl Wizard<UrlEntered> {
    /// Starts with a URL that was entered, and the instance that discovery found there.
    ///
    /// If that is this very instance, the connection will be a local one.
    ///
    /// # Errors
    /// - [`StartError::AddressNotPermitted`]: the policy forbids the URL, or an address of the instance.
    /// - [`StartError::OwnUidElsewhere`]: this instance's UID at a URL that is not this instance's.
    /// - [`StartError::OwnAddress`]: another UID at this instance's URL.
    pub fn start(
        local: Instance,
        terms: Terms,
        id: ConnectionId,
        entered: InstanceUrl,
        discovered: Instance,
    ) -> Result<Self, StartError> {
        Self::begin(local, terms, id, Destination::Remote(discovered), Some(entered))
    }

    /// Starts with "I don't have a URL": whoever accepts is the destination.
    pub fn start_without_url(local: Instance, terms: Terms, id: ConnectionId) -> Self {
        Self::assemble(local, terms, id, Destination::Unknown, None)
    }

    /// Starts with an instance that was described by hand, because it cannot be discovered.
    ///
    /// # Errors
    /// Those of [`start`](Self::start), for the addresses of the instance.
    pub fn start_with(
        local: Instance,
        terms: Terms,
        id: ConnectionId,
        instance: Instance,
    ) -> Result<Self, StartError> {
        Self::begin(local, terms, id, Destination::Remote(instance), None)
    }

    /// Starts anew from a connection, which is left as it is: the way to another mode.
    ///
    /// The destination is the connection's other side; mode and information are filled in.
    ///
    /// # Errors
    /// Those of [`start`](Self::start), for the addresses of the other side.
    pub fn start_from(
        connection: &Connection,
        mode: ConnectionMode,
        local: Instance,
        terms: Terms,
        id: ConnectionId,
    ) -> Result<Self, StartError> {
        let destination = other_end(connection);
        let mut form = ConnectionForm { admin_access: None, ..ConnectionForm::from(connection.info()) };
        if connection.role() == Role::Destination {
            // This side accepted then, and initiates now.
            core::mem::swap(&mut form.source_short_name, &mut form.destination_short_name);
        }
        let mut wizard = Self::begin(local, terms, id, destination, None)?;
        wizard.kept = Kept { mode: Some(mode), form: Some(form) };
        Ok(wizard)
    }

    /// Goes on with what was typed into another wizard, under its id: for who went back to the very first
    /// screen, and has entered another URL. Suggestions that nobody changed are made anew, and an answer about
    /// admin access is kept only for the instance that it was about.
    pub fn keeping(self, earlier: Self) -> Self {
        let suggestion = earlier.suggestion();
        let uid = |wizard: &Self| wizard.step.destination.remote().map(|remote| remote.uid().clone());
        let is_same_instance = uid(&self).is_some_and(|ours| uid(&earlier) == Some(ours));
        let form = earlier.kept.form.filter(|form| *form != suggestion).map(|form| ConnectionForm {
            admin_access: form.admin_access.filter(|_| is_same_instance),
            ..form
        });
        Self { id: earlier.id, kept: Kept { mode: earlier.kept.mode, form }, ..self }
    }

    /// Every mode: with what it asks, or with all reasons why it is not to be had.
    #[must_use]
    pub fn offers(&self) -> [ModeOffer; 3] {
        ModeOffer::all(&self.local, &self.step.destination, self.terms.hand_relay)
    }

    /// The mode that was chosen before, if one was: to be shown as chosen.
    #[must_use]
    pub fn chosen_before(&self) -> Option<ConnectionMode> {
        self.kept.mode
    }

    /// Chooses the mode, which will never change once the connection is initiated.
    ///
    /// # Errors
    /// [`ChooseModeError`], with this wizard and all reasons, when the mode is not to be had; for example
    /// Visual for an unknown destination.
    pub fn choose_mode(self, mode: ConnectionMode) -> Result<Wizard<ModeChosen>, ChooseModeError> {
        match ModeOffer::of(mode, &self.local, &self.step.destination, self.terms.hand_relay)
            .into_availability()
        {
            Availability::Unavailable { reasons } => {
                Err(ChooseModeError { wizard: Box::new(self), mode, reasons })
            }
            Availability::Available { asks } => {
                let Self { id, local, terms, kept, step } = self;
                let kept = Kept { mode: Some(mode), ..kept };
                Ok(Wizard { id, local, terms, kept, step: ModeChosen { before: step, mode, asks } })
            }
        }
    }

    /// Starts at a destination that is checked first.
    pub(super) fn begin(
        local: Instance,
        terms: Terms,
        id: ConnectionId,
        destination: Destination,
        entered: Option<InstanceUrl>,
    ) -> Result<Self, StartError> {
        let is_own = |url: &InstanceUrl| local.addresses().any(|own| own == url);
        let found = match destination {
            Destination::Remote(found) => found,
            // From a draft whose URL was this instance's own then.
            Destination::Local if !entered.iter().all(is_own) => return Err(StartError::OwnUidElsewhere),
            Destination::Local | Destination::Unknown => {
                return Ok(Self::assemble(local, terms, id, destination, entered));
            }
        };
        if found.uid() == local.uid() {
            let mut urls = entered.iter().chain(found.addresses()).peekable();
            let is_here = urls.peek().is_some() && urls.all(is_own);
            drop(urls);
            return if is_here {
                Ok(Self::assemble(local, terms, id, Destination::Local, entered))
            } else {
                Err(StartError::OwnUidElsewhere)
            };
        }
        if found.node_url().is_some_and(|url| local.node_url() == Some(url)) {
            return Err(StartError::OwnAddress);
        }
        if let Some(error) =
            entered.iter().chain(found.addresses()).find_map(|url| terms.policy.check(url).err())
        {
            return Err(StartError::AddressNotPermitted { error });
        }
        Ok(Self::assemble(local, terms, id, Destination::Remote(found), entered))
    }

    fn assemble(
        local: Instance,
        terms: Terms,
        id: ConnectionId,
        destination: Destination,
        entered: Option<InstanceUrl>,
    ) -> Self {
        Self { id, local, terms, kept: Kept::default(), step: UrlEntered { destination, entered } }
    }
}

/// The other end of a connection, as a destination to initiate to.
pub(super) fn other_end(connection: &Connection) -> Destination {
    match (connection.role(), connection.remote()) {
        (Role::Local, _) => Destination::Local,
        (_, Some(remote)) => Destination::Remote(remote.clone()),
        (_, None) => Destination::Unknown,
    }
}

/// Why a wizard cannot start at a destination.
///
/// Serialised, it is the flat structure `code`, `message`, and the policy's code as `error`, if it is the policy that forbids.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The policy forbids an address.
    #[error("an address of the destination is not permitted: {error}")]
    AddressNotPermitted {
        /// Why.
        error: PolicyError,
    },
    /// This instance's UID, at an address that is not this instance's: it was cloned or moved.
    #[error(
        "the destination has this instance's UID at another address; it is a clone, or was moved: give it a UID of its own"
    )]
    OwnUidElsewhere,
    /// Another UID, at this instance's address.
    #[error("another instance claims this instance's address; correct the address of one of them")]
    OwnAddress,
}

flat! { StartError {
    Self::AddressNotPermitted { error } => { error: error.code() },
    Self::OwnUidElsewhere | Self::OwnAddress => {},
} }

impl StartError {
    /// The stable kebab-case name of the error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AddressNotPermitted { .. } => "address-not-permitted",
            Self::OwnUidElsewhere => "own-uid-elsewhere",
            Self::OwnAddress => "own-address",
        }
    }
}

/// A mode that is not to be had, with all reasons, and the wizard as it was.
///
/// Serialised, it is the flat structure `code`, `message`, `mode`, `reasons`, without the wizard.
///
/// ```
/// # use handclasp::{ConnectionId, ConnectionMode, Entropy, Instance, InstanceUid, KnownPlatform, Terms, Timestamp, Wizard};
/// # let uid = InstanceUid::parse("jira-1")?;
/// # let local = Instance::builder(uid, KnownPlatform::JiraCloud).node_url("https://jira.example.com".parse()?).build()?;
/// # let id = ConnectionId::new(Timestamp::from_secs(1_800_000_000).ok_or("a time")?, Entropy::from_bytes([7; 32]));
/// let wizard = Wizard::start_without_url(local, Terms::default(), id);
/// let Err(error) = wizard.choose_mode(ConnectionMode::Script) else { unreachable!() };
/// assert_eq!(
///     serde_json::to_value(&error)?,
///     serde_json::json!({
///         "code": "mode-unavailable",
///         "message": "the mode Script cannot be chosen: there is no licence for this mode (this side)",
///         "mode": "script",
///         "reasons": [{ "code": "not-licensed", "side": "local" }],
///     }),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChooseModeError {
    wizard: Box<Wizard<UrlEntered>>,
    mode: ConnectionMode,
    reasons: Vec<Reason>,
}

impl ChooseModeError {
    /// The mode that was asked for.
    #[must_use]
    pub fn mode(&self) -> ConnectionMode {
        self.mode
    }

    /// All reasons; never empty.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The wizard as it was, and all reasons.
    pub fn into_parts(self) -> (Wizard<UrlEntered>, Vec<Reason>) {
        (*self.wizard, self.reasons)
    }

    /// The wizard as it was.
    pub fn into_wizard(self) -> Wizard<UrlEntered> {
        *self.wizard
    }
}

flat! { ChooseModeError {
    Self { mode, reasons, .. } => { mode, reasons },
} }

impl ChooseModeError {
    /// The stable kebab-case name of the error: `mode-unavailable`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "mode-unavailable"
    }
}

impl fmt::Display for ChooseModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<_> = self.reasons.iter().map(ToString::to_string).collect();
        write!(f, "the mode {} cannot be chosen: {}", self.mode, reasons.join("; "))
    }
}

impl core::error::Error for ChooseModeError {}
