//! What kind of system an instance runs on, and what that kind can do.

use serde::{Deserialize, Serialize};

use super::PlatformName;
use crate::codes::coded;
use crate::mode::{ConnectionMode, ModeSet};

/// The kind of tracker an instance runs on, and what it can do.
///
/// The known platforms come with a preset; a host overrides it, or names a platform of its own.
///
/// ```
/// use handclasp::{Capabilities, ConnectionMode, KnownPlatform, ModeSet, Platform, PlatformName};
///
/// let zendesk = Platform::from(KnownPlatform::Zendesk);
/// assert!(!zendesk.capabilities().projects);
///
/// let modes = ModeSet::from([ConnectionMode::Script]);
/// let own = Platform::new(PlatformName::parse("acme-desk")?, Capabilities::new(modes).with_projects());
/// assert!(own.capabilities().projects);
/// # Ok::<(), handclasp::TextError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Platform {
    name: PlatformName,
    capabilities: Capabilities,
}

impl Platform {
    /// A platform that the host describes: one that is not known here, or a known one with other capabilities.
    #[must_use]
    pub fn new(name: PlatformName, capabilities: Capabilities) -> Self {
        Self { name, capabilities }
    }

    /// The name by which the platform is known on the wire.
    #[must_use]
    pub fn name(&self) -> &PlatformName {
        &self.name
    }

    /// What people call it: see [`PlatformName::title`].
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.title()
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Which of the known platforms it is by its name, if any.
    #[must_use]
    pub fn known(&self) -> Option<KnownPlatform> {
        KnownPlatform::from_code(self.name.as_str())
    }
}

impl From<KnownPlatform> for Platform {
    fn from(known: KnownPlatform) -> Self {
        Self::new(PlatformName::from_known(known), known.capabilities())
    }
}

/// What a platform can do. What it cannot is `false`, or missing from the modes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// The modes it supports.
    pub modes: ModeSet,
    /// Whether it has projects (or repositories), one of which receives incoming items.
    pub projects: bool,
    /// Whether one of its instances can be connected with itself.
    pub local: bool,
}

impl Capabilities {
    /// These modes; no projects, no local connections.
    #[must_use]
    pub const fn new(modes: ModeSet) -> Self {
        Self { modes, projects: false, local: false }
    }

    /// With projects.
    #[must_use]
    pub const fn with_projects(self) -> Self {
        Self { projects: true, ..self }
    }

    /// With local connections.
    #[must_use]
    pub const fn with_local(self) -> Self {
        Self { local: true, ..self }
    }
}

coded! {
    /// A platform whose capabilities are known here; its code is its name on the wire.
    #[non_exhaustive]
    pub enum KnownPlatform {
        /// Jira Cloud.
        JiraCloud = "jira-cloud",
        /// Jira on-premise.
        JiraOnPremise = "jira-on-premise",
        /// Azure DevOps Services (in the cloud).
        AzureDevopsServices = "azure-devops-services",
        /// Azure DevOps Server (on-premise).
        AzureDevopsServer = "azure-devops-server",
        /// GitHub.
        GitHub = "github",
        /// Zendesk.
        Zendesk = "zendesk",
        /// ServiceNow.
        ServiceNow = "servicenow",
        /// Salesforce.
        Salesforce = "salesforce",
        /// Xurrent.
        Xurrent = "xurrent",
        /// Freshservice.
        Freshservice = "freshservice",
        /// Freshdesk.
        Freshdesk = "freshdesk",
        /// Asana.
        Asana = "asana",
        /// HP ALM/QC.
        HpAlm = "hp-alm",
    }
}

impl KnownPlatform {
    /// The product's name as people write it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.preset().0
    }

    /// What the platform can do.
    #[must_use]
    pub fn capabilities(self) -> Capabilities {
        self.preset().1
    }

    /// The table of presets: changing what a platform can do is changing its row.
    const fn preset(self) -> (&'static str, Capabilities) {
        const BVS: Capabilities = Capabilities::new(ModeSet::ALL);
        const BS: Capabilities =
            Capabilities::new(ModeSet::NONE.with(ConnectionMode::Basic).with(ConnectionMode::Script));
        const S: Capabilities = Capabilities::new(ModeSet::NONE.with(ConnectionMode::Script));
        match self {
            Self::JiraCloud => ("Jira Cloud", BVS.with_projects().with_local()),
            Self::JiraOnPremise => ("Jira on-premise", BVS.with_projects().with_local()),
            Self::AzureDevopsServices => ("Azure DevOps Services", BVS.with_projects()),
            Self::AzureDevopsServer => ("Azure DevOps Server", BS.with_projects()),
            Self::GitHub => ("GitHub", BS.with_projects()),
            Self::Zendesk => ("Zendesk", BVS.with_local()),
            Self::ServiceNow => ("ServiceNow", BS.with_local()),
            Self::Salesforce => ("Salesforce", BS.with_local()),
            Self::Xurrent => ("Xurrent", BS.with_local()),
            Self::Freshservice => ("Freshservice", BS),
            Self::Freshdesk => ("Freshdesk", BS),
            Self::Asana => ("Asana", BS),
            Self::HpAlm => ("HP ALM/QC", S.with_projects()),
        }
    }
}
