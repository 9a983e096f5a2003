//! The instances of the vectors, what they initiate, and a side that keeps its record.

use core::time::Duration;

use handclasp::{
    ActorName, AdminAccess, AdminEvidence, Connection, ConnectionId, ConnectionMode, Entropy, Instance,
    InstanceBuilder, InstanceUid, InstanceUrl, Invitation, KnownPlatform, ModeSet, Preview, Reachability,
    Terms, Timestamp, UrlPolicy, Wizard, handshake,
};
use handshake::Outcome;

/// What was initiated, and its code.
#[derive(Clone)]
pub(crate) struct Walked {
    pub(crate) connection: Connection,
    pub(crate) code: String,
}

pub(crate) fn walk(
    source: &Instance,
    destination: Option<Instance>,
    mode: ConnectionMode,
    description: &str,
) -> Walked {
    walk_with(source, destination, mode, description, Terms::default())
}

pub(crate) fn walk_with(
    source: &Instance,
    destination: Option<Instance>,
    mode: ConnectionMode,
    description: &str,
    terms: Terms,
) -> Walked {
    let id = ConnectionId::new(later(0), Entropy::from_bytes([1; 32]));
    let wizard = match destination {
        None => Wizard::start_without_url(source.clone(), terms, id),
        Some(instance) => Wizard::start_with(source.clone(), terms, id, instance).unwrap(),
    };
    let wizard = wizard.choose_mode(mode).unwrap();
    let mut form = wizard.form();
    form.description = description.to_owned();
    form.admin_access = Some(if mode == ConnectionMode::Visual {
        AdminAccess::Verified(AdminEvidence::new(ActorName::parse("admin").unwrap(), later(0)))
    } else {
        AdminAccess::No
    });
    let wizard = wizard.fill(form).unwrap().initiate(later(0), Entropy::from_bytes([2; 32]));
    let (connection, hand_over) = wizard.into_parts();
    Walked { connection, code: hand_over.code().unwrap().expose().to_owned() }
}

/// One side: its instance, its record, and the entropy that its private key is made of.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) instance: Instance,
    pub(crate) record: Connection,
    pub(crate) entropy: u8,
}

pub(crate) const DESTINATION_KEY: u8 = 3;
pub(crate) const SOURCE_KEY: u8 = 4;

impl Side {
    pub(crate) fn source(instance: Instance, walked: &Walked) -> Self {
        Self { instance, record: walked.connection.clone(), entropy: SOURCE_KEY }
    }

    /// A destination that has accepted, and its acceptance if that is for it to send.
    pub(crate) fn accepting(instance: Instance, code: &str, at: u64) -> (Self, Option<Vec<u8>>) {
        let (invitation, policy) = (Invitation::read(code).unwrap(), UrlPolicy::public());
        let mut form = Preview::new(invitation.clone(), &instance, policy).form();
        form.incoming_project = "SUPPORT".to_owned();
        let entropy = Entropy::from_bytes([DESTINATION_KEY; 32]);
        let outcome = handshake::accept(&invitation, &form, &instance, policy, later(at), entropy).unwrap();
        let message = outcome.message().map(<[u8]>::to_vec);
        let record = outcome.into_connection().unwrap();
        (Self { instance, record, entropy: DESTINATION_KEY }, message)
    }

    /// A destination that has declined, and its withdrawal if that is for it to send.
    pub(crate) fn declining(instance: Instance, code: &str, at: u64) -> (Self, Option<Vec<u8>>) {
        let (invitation, policy) = (Invitation::read(code).unwrap(), UrlPolicy::public());
        let outcome = handshake::decline_invitation(&invitation, &instance, policy, later(at)).unwrap();
        let message = outcome.message().map(<[u8]>::to_vec);
        let record = outcome.into_connection().unwrap();
        (Self { instance, record, entropy: DESTINATION_KEY }, message)
    }

    /// What it answers to a message.
    #[track_caller]
    pub(crate) fn answers(&mut self, message: &[u8], at: u64) -> Vec<u8> {
        let entropy = Entropy::from_bytes([self.entropy; 32]);
        let outcome = handshake::answer(Some(&self.record), message, &self.instance, later(at), entropy);
        self.keep(outcome).unwrap()
    }

    /// What it says next, after the reply to its own message.
    #[track_caller]
    pub(crate) fn concludes(&mut self, request: &[u8], reply: &[u8], at: u64) -> Option<Vec<u8>> {
        let entropy = Entropy::from_bytes([self.entropy; 32]);
        let outcome =
            handshake::conclude(&self.record, request, reply, &self.instance, later(at), entropy).unwrap();
        self.keep(outcome)
    }

    /// What it has to say.
    #[track_caller]
    pub(crate) fn due(&self) -> Vec<u8> {
        handshake::due(&self.record).unwrap().message
    }

    /// Keeps the record of an outcome, and gives its message.
    pub(crate) fn keep(&mut self, outcome: Outcome) -> Option<Vec<u8>> {
        let message = outcome.message().map(<[u8]>::to_vec);
        if let Some(record) = outcome.into_connection() {
            self.record = record;
        }
        message
    }
}

pub(crate) fn later(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000).unwrap().saturating_add(Duration::from_secs(seconds))
}

pub(crate) fn salesforce() -> Instance {
    let node = "salesforce.node.example.com";
    public("00D5g000004Tn1", KnownPlatform::Salesforce, node, "acme.my.example.com")
}

pub(crate) fn jira() -> Instance {
    let node = "jira.node.example.com:8443/clasp";
    public("jira-7f3a9c", KnownPlatform::JiraCloud, node, "globex.example.net")
}

pub(crate) fn zendesk() -> Instance {
    public("zendesk:42", KnownPlatform::Zendesk, "zendesk.node.example.com", "initech.example.org")
}

/// A source that nobody can call.
pub(crate) fn servicenow() -> Instance {
    let builder = instance("snow_dev.7", KnownPlatform::ServiceNow, "umbrella.example.com");
    builder.reachability(Reachability::Private).build().unwrap()
}

/// A destination that nobody can call.
pub(crate) fn indoor_jira() -> Instance {
    let builder = instance("jira-indoor", KnownPlatform::JiraOnPremise, "hooli.example.net");
    builder.reachability(Reachability::Private).build().unwrap()
}

fn public(uid: &str, platform: KnownPlatform, node: &str, tracker: &str) -> Instance {
    instance(uid, platform, tracker).node_url(InstanceUrl::parse(node).unwrap()).build().unwrap()
}

fn instance(uid: &str, platform: KnownPlatform, tracker: &str) -> InstanceBuilder {
    Instance::builder(InstanceUid::parse(uid).unwrap(), platform)
        .tracker_url(InstanceUrl::parse(tracker).unwrap())
        .licences(ModeSet::ALL)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
