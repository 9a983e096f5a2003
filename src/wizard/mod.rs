//! The wizard: the steps by which a person initiates a connection, as types.
//!
//! `UrlEntered → ModeChosen → InfoFilled → Initiated`. Each step has only the methods that make sense in it,
//! so a step cannot be skipped; each transition takes the wizard, so one cannot be used twice; and a transition
//! that fails gives it back inside its error, with everything that was typed.

mod draft;
mod info_filled;
mod initiated;
mod mode_chosen;
mod reissue;
mod terms;
mod url_entered;

use core::fmt;

pub use draft::{AnyWizard, Draft, Resumable, ResumeError, ResumeReason};
pub use info_filled::InfoFilled;
pub use initiated::{AcceptanceLink, HandOver, Initiated};
pub use mode_chosen::{FillError, ModeChosen};
pub use terms::{Approval, Terms, Validity, ValidityError};
pub use url_entered::{ChooseModeError, StartError, UrlEntered};

use crate::codes::coded;
use crate::connection::{ConnectionForm, ConnectionId};
use crate::instance::{Instance, InstanceUrl};
use crate::mode::ConnectionMode;
use crate::offer::Destination;
use sealed::HasUrl;

/// A wizard at the step `S`: [`UrlEntered`], [`ModeChosen`], [`InfoFilled`] or [`Initiated`].
///
/// The connection's id is fixed when the wizard starts, so initiating twice makes one connection.
///
/// ```
/// use handclasp::{ConnectionId, ConnectionMode, Entropy, Instance, InstanceUid, InstanceUrl, KnownPlatform, ModeSet};
/// use handclasp::{HandOver, Terms, Timestamp, Wizard};
///
/// let org = Instance::builder(InstanceUid::parse("org-1")?, KnownPlatform::Salesforce)
///     .node_url(InstanceUrl::parse("https://org.example.com")?)
///     .licences(ModeSet::ALL)
///     .build()?;
/// let now = Timestamp::now();
/// let id = ConnectionId::new(now, Entropy::generate()?);
///
/// let wizard = Wizard::start_without_url(org, Terms::default(), id);
/// let wizard = wizard.choose_mode(ConnectionMode::Script)?;
/// let mut form = wizard.form();
/// form.description = "Escalated cases".to_owned();
/// let wizard = wizard.fill(form)?;
/// let wizard = wizard.initiate(now, Entropy::generate()?);
/// assert!(matches!(wizard.hand_over(), HandOver::Code(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A step cannot be skipped:
///
/// ```compile_fail,E0599
/// # use handclasp::{UrlEntered, Wizard};
/// fn skip(wizard: Wizard<UrlEntered>, form: handclasp::ConnectionForm) {
///     let _ = wizard.fill(form);
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use handclasp::{Entropy, ModeChosen, Timestamp, Wizard};
/// fn skip(wizard: Wizard<ModeChosen>, now: Timestamp, entropy: Entropy) {
///     let _ = wizard.initiate(now, entropy);
/// }
/// ```
///
/// A wizard cannot be used again once it went on, so nothing is initiated twice:
///
/// ```compile_fail,E0382
/// # use handclasp::{Entropy, InfoFilled, Timestamp, Wizard};
/// fn twice(wizard: Wizard<InfoFilled>, now: Timestamp, first: Entropy, second: Entropy) {
///     let _ = wizard.initiate(now, first);
///     let _ = wizard.initiate(now, second);
/// }
/// ```
///
/// The mode of something initiated cannot be changed, nor can one go back and choose another:
///
/// ```compile_fail,E0599
/// # use handclasp::{ConnectionMode, Initiated, Wizard};
/// fn change(wizard: Wizard<Initiated>) {
///     let _ = wizard.choose_mode(ConnectionMode::Basic);
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use handclasp::{Initiated, Wizard};
/// fn back(wizard: Wizard<Initiated>) {
///     let _ = wizard.previous();
/// }
/// ```
///
/// Nor can either be saved or made by serde, which knows no rules:
///
/// ```compile_fail,E0277
/// # use handclasp::{Initiated, Wizard};
/// fn saved<T: serde::Serialize>() {}
/// saved::<Wizard<Initiated>>();
/// ```
///
/// ```compile_fail,E0277
/// # use handclasp::Connection;
/// fn made<T: serde::de::DeserializeOwned>() {}
/// made::<Connection>();
/// ```
///
/// ```compile_fail,E0616
/// # use handclasp::{Connection, ConnectionMode};
/// fn change(mut connection: Connection) {
///     connection.mode = ConnectionMode::Basic;
/// }
/// ```
#[derive(Clone)]
#[must_use = "a wizard that is dropped is a wizard that was left"]
pub struct Wizard<S> {
    id: ConnectionId,
    local: Instance,
    terms: Terms,
    /// What was typed into steps that come later.
    kept: Kept,
    step: S,
}

/// What stays typed while a person goes back and forth.
#[derive(Clone, Debug, Default)]
struct Kept {
    mode: Option<ConnectionMode>,
    form: Option<ConnectionForm>,
}

impl<S: Step> Wizard<S> {
    /// The id that the connection has, or will have.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The instance that initiates.
    #[must_use]
    pub fn local(&self) -> &Instance {
        &self.local
    }

    /// Which step this is.
    #[must_use]
    pub fn kind(&self) -> StepKind {
        S::KIND
    }

    /// The other end, as far as it is known.
    #[must_use]
    pub fn destination(&self) -> &Destination {
        &self.step.url_entered().destination
    }

    /// The URL that was entered, if the destination was found by one.
    #[must_use]
    pub fn entered_url(&self) -> Option<&InstanceUrl> {
        self.step.url_entered().entered.as_ref()
    }

    /// The host that will be contacted, if it is another than the one of the URL that was entered: to be
    /// shown before going on.
    #[must_use]
    pub fn other_host(&self) -> Option<&str> {
        let node_host = self.destination().remote()?.node_url()?.host();
        self.entered_url().map(InstanceUrl::host).filter(|host| *host != node_host).map(|_| node_host)
    }
}

impl<S: Step> fmt::Debug for Wizard<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wizard")
            .field("step", &S::KIND)
            .field("id", &self.id)
            .field("destination", self.destination())
            .field("entered_url", &self.entered_url())
            .field("chosen_before", &self.kept.mode)
            .finish_non_exhaustive()
    }
}

coded! {
    /// A step of the wizard.
    #[expect(clippy::exhaustive_enums, reason = "the four steps are the wizard")]
    pub enum StepKind {
        /// [`UrlEntered`].
        UrlEntered = "url-entered",
        /// [`ModeChosen`].
        ModeChosen = "mode-chosen",
        /// [`InfoFilled`].
        InfoFilled = "info-filled",
        /// [`Initiated`].
        Initiated = "initiated",
    }
}

/// The steps of a [`Wizard`]. It is sealed: there are no others.
pub trait Step: HasUrl {
    /// Which step it is.
    const KIND: StepKind;
}

mod sealed {
    /// Every step knows what the first one found out.
    #[expect(unnameable_types, reason = "this is what seals `Step`")]
    pub trait HasUrl {
        fn url_entered(&self) -> &super::UrlEntered;
    }
}
