//! What every public type can do without saying so: be sent, shared, moved, and survive a panic.

use core::panic::{RefUnwindSafe, UnwindSafe};

use handclasp::*;

/// Asks the compiler; there is nothing to run.
macro_rules! are_plain {
    ($test:ident: $($type:ty),+ $(,)?) => {
        #[test]
        fn $test() {
            const fn is_plain<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
            $(const { is_plain::<$type>() };)+
        }
    };
}

are_plain!(
    texts: ActorName, ConnectionName, Description, IncomingProject, InstanceUid, PlatformName, ShortName, TextError,
    TextField, TextRule,
);

are_plain!(
    instances: Capabilities, Instance, InstanceBuilder, InstanceError, InstanceUrl, KnownPlatform, Platform,
    PolicyError, ProtocolVersions, Reachability, UrlError, UrlErrorKind, UrlPolicy,
);

are_plain!(
    modes_and_offers: Ask, Availability, Complexity, Configured, ConnectionMode, Destination, Entities, ModeOffer,
    ModeProperties, ModeRules, ModeSet, Reason, ReasonKind, Side,
);

are_plain!(
    connections: AdminAccess, AdminEvidence, Applicant, CloseReason, ComparisonString, Connection, ConnectionForm, ConnectionId,
    ConnectionInfo, ConnectionKind, ConnectionView, DecodeRecordError, Event, EventKind, ExportedKey, FieldError,
    FieldProblem, FormError, FormField, Health, HealthWarning, ParseIdError, Phase, Refusal, Role, SecretBytes, Status,
    Trouble, TroubleKind, WhoActs,
);

are_plain!(
    invitations: Binding, Invitation, InvitationCode, InvitationField, LooksLike, Obstacle, Preview, ReadCodeError,
    Warning,
);

are_plain!(
    wizards: AcceptanceLink, AnyWizard, Approval, ChooseModeError, Draft, FillError, HandOver, InfoFilled, Initiated, ModeChosen,
    ResumeError, ResumeReason, StartError, StepKind, Terms, UrlEntered, Validity, ValidityError, Wizard<UrlEntered>,
    Wizard<ModeChosen>, Wizard<InfoFilled>, Wizard<Initiated>,
);

are_plain!(
    handshakes: handshake::AcceptError, handshake::ConcludeError, handshake::Outcome, handshake::Outgoing,
    handshake::ReadRelayError, handshake::RelayError, handshake::RelayText, handshake::RelayedMessage,
);

are_plain!(
    life_cycle: lifecycle::Cell, lifecycle::Denial, lifecycle::NotPossible, lifecycle::Reply, lifecycle::Stage,
    lifecycle::Trigger,
);

are_plain!(
    stores_and_transports: Fault, InProcess, InProcessError, InsertError<()>, ListQuery, MemoryStore, Order, Page<()>,
    Revision, Stored, UpdateError<()>,
);

are_plain!(
    nodes: Accepted<(), ()>, AcceptInvitationError<()>, DecideError<()>, DeriveKeyError<()>, EnterUrlError<()>,
    EnterUrlReason<()>, HandleError<()>, Handled, InitiateError, PreviewError<()>, RefreshError<()>,
    Refreshed<(), ()>, ReissueError<()>, RelayTextError<()>, Relayed, Remedy, Retry<(), ()>, RetryReason<(), ()>,
    StartFromError<()>, StoreFailure<()>, SubmitError<()>, Submitted<'static>,
);

are_plain!(times_and_entropy: Actor, Entropy, EntropyError, FixedClock, Moment, SeededEntropy, Timestamp);

#[cfg(feature = "os")]
are_plain!(operating_system: SystemClock, SystemEntropy);

/// A `Result` is as large as its error: large ones are copied on every way back.
#[test]
fn errors_are_small() {
    let sizes = [
        ("AcceptError", size_of::<handshake::AcceptError>()),
        ("ChooseModeError", size_of::<ChooseModeError>()),
        ("ConcludeError", size_of::<handshake::ConcludeError>()),
        ("DecodeRecordError", size_of::<DecodeRecordError>()),
        ("EntropyError", size_of::<EntropyError>()),
        ("FieldError", size_of::<FieldError>()),
        ("FillError", size_of::<FillError>()),
        ("FormError", size_of::<FormError>()),
        ("InstanceError", size_of::<InstanceError>()),
        ("NotPossible", size_of::<lifecycle::NotPossible>()),
        ("ParseIdError", size_of::<ParseIdError>()),
        ("PolicyError", size_of::<PolicyError>()),
        ("ReadCodeError", size_of::<ReadCodeError>()),
        ("ReadRelayError", size_of::<handshake::ReadRelayError>()),
        ("RelayError", size_of::<handshake::RelayError>()),
        ("ResumeError", size_of::<ResumeError>()),
        ("StartError", size_of::<StartError>()),
        ("TextError", size_of::<TextError>()),
        ("UrlError", size_of::<UrlError>()),
        ("ValidityError", size_of::<ValidityError>()),
    ];
    for (name, size) in sizes {
        assert!(size <= 128, "{name} has {size} bytes");
    }
}

/// Errors are errors: they go into a `Box<dyn Error + Send + Sync>`.
#[test]
fn errors_can_be_boxed() {
    const fn can_be_boxed<T: core::error::Error + Send + Sync + 'static>() {}
    const {
        can_be_boxed::<handshake::AcceptError>();
        can_be_boxed::<handshake::ConcludeError>();
        can_be_boxed::<ChooseModeError>();
        can_be_boxed::<DecodeRecordError>();
        can_be_boxed::<EntropyError>();
        can_be_boxed::<FillError>();
        can_be_boxed::<FormError>();
        can_be_boxed::<InstanceError>();
        can_be_boxed::<lifecycle::NotPossible>();
        can_be_boxed::<ParseIdError>();
        can_be_boxed::<PolicyError>();
        can_be_boxed::<ReadCodeError>();
        can_be_boxed::<handshake::ReadRelayError>();
        can_be_boxed::<handshake::RelayError>();
        can_be_boxed::<ResumeError>();
        can_be_boxed::<ResumeReason>();
        can_be_boxed::<StartError>();
        can_be_boxed::<TextError>();
        can_be_boxed::<UrlError>();
        can_be_boxed::<ValidityError>();
    }
}
