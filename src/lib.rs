// The README's pictures, for where its paths lead nowhere: of two definitions Markdown takes the first.
#![doc = include_str!("lifecycle/diagrams.md")]
#![doc = include_str!("../README.md")]

#[cfg(doc)]
#[doc = include_str!("../DESIGN.md")]
pub mod _design {}

mod codes;
#[cfg(feature = "conformance")]
pub mod conformance;
mod connection;
mod crypto;
mod entropy;
mod flat;
pub mod handshake;
mod instance;
mod invitation;
pub mod lifecycle;
mod maybe;
mod mode;
mod node;
mod offer;
mod records;
mod store;
mod text;
mod time;
mod transport;
mod unless;
mod wizard;

pub use connection::{
    AdminAccess, AdminEvidence, Applicant, CloseReason, ComparisonString, Connection, ConnectionForm,
    ConnectionId, ConnectionInfo, ConnectionKind, ConnectionView, DecodeRecordError, Event, EventKind,
    ExportedKey, FieldError, FieldProblem, FormError, FormField, Health, HealthWarning, ParseIdError, Phase,
    Refusal, Role, SecretBytes, Status, Trouble, TroubleKind, WhoActs,
};
#[cfg(feature = "os")]
pub use entropy::SystemEntropy;
pub use entropy::{Entropy, EntropyError, EntropySource, SeededEntropy};
pub use instance::{
    Capabilities, Instance, InstanceBuilder, InstanceError, InstanceUid, InstanceUrl, KnownPlatform,
    Platform, PlatformName, PolicyError, ProtocolVersions, Reachability, UrlError, UrlErrorKind, UrlPolicy,
};
pub use invitation::{
    Binding, Invitation, InvitationCode, InvitationField, LooksLike, Obstacle, Preview, ReadCodeError,
    Warning,
};
#[doc(no_inline)]
pub use maybe::{MaybeSend, MaybeSync};
pub use mode::{Complexity, Configured, ConnectionMode, Entities, ModeProperties, ModeRules, ModeSet};
pub use node::{
    AcceptInvitationError, Accepted, DecideError, DeriveKeyError, EnterUrlError, EnterUrlReason, HandleError,
    Handled, InitiateError, Node, NodeBuilder, PreviewError, RefreshError, Refreshed, ReissueError,
    RelayTextError, Relayed, Remedy, Retry, RetryReason, StartFromError, StoreFailure, SubmitError,
    Submitted,
};
pub use offer::{Ask, Availability, Destination, ModeOffer, Reason, ReasonKind, Side};
pub use store::{
    ConnectionStore, InsertError, ListQuery, MemoryStore, Order, Page, Revision, Stored, UpdateError,
};
pub use text::{
    ActorName, ConnectionName, Description, IncomingProject, ShortName, TextError, TextField, TextRule,
};
#[cfg(feature = "os")]
pub use time::SystemClock;
pub use time::{Actor, Clock, FixedClock, Moment, Timestamp};
pub use transport::{Fault, InProcess, InProcessError, MAX_ANSWER_BYTES, Transport};
pub use wizard::{
    AcceptanceLink, AnyWizard, Approval, ChooseModeError, Draft, FillError, HandOver, InfoFilled, Initiated,
    ModeChosen, Resumable, ResumeError, ResumeReason, StartError, Step, StepKind, Terms, UrlEntered,
    Validity, ValidityError, Wizard,
};
