//! The two sides: how a node is put together from an instance, a store and a network.

use handclasp::{
    ActorName, InProcess, Instance, InstanceUid, InstanceUrl, KnownPlatform, MemoryStore, ModeSet, Node,
};

use crate::Stop;

/// One side as the person at the screen has it: the company, its instance's node, and the admin who acts.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) company: &'static str,
    pub(crate) admin: ActorName,
    pub(crate) node: Node<MemoryStore, InProcess>,
}

impl Side {
    /// A side whose node is attached to the network, so that it can be discovered and called.
    pub(crate) fn attached_to(
        network: &InProcess,
        company: &'static str,
        platform: KnownPlatform,
        admin: &str,
    ) -> Result<Self, Stop> {
        let admin = ActorName::parse(admin)?;
        let instance = instance(company, platform)?;
        let node = Node::builder(instance, MemoryStore::new(), network.clone()).build();
        node.attach_to(network);
        Ok(Self { company, node: node.acting_as(admin.clone()), admin })
    }

    /// The same side with somebody else at the screen.
    pub(crate) fn used_by(self, admin: &ActorName) -> Self {
        Self { node: self.node.acting_as(admin.clone()), admin: admin.clone(), ..self }
    }

    pub(crate) fn instance(&self) -> &Instance {
        self.node.instance()
    }

    /// What this side's tracker is called.
    pub(crate) fn title(&self) -> &str {
        self.instance().platform().title()
    }

    /// How a sentence names the admin.
    pub(crate) fn first_name(&self) -> &str {
        self.admin.as_str().split(' ').next().unwrap_or_default()
    }

    /// The addresses at which it is known, as a person types them.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let instance = self.instance();
        [instance.tracker_url(), instance.node_url()].into_iter().flatten().map(InstanceUrl::host)
    }
}

/// Where people open the tracker, as they type it: without a scheme.
pub(crate) fn tracker_host(company: &str, platform: KnownPlatform) -> String {
    let domain = match platform {
        KnownPlatform::JiraCloud => "atlassian",
        other => other.code(),
    };
    format!("{}.{domain}.example.com", company.to_lowercase())
}

/// Where the node listens, which is another host than the tracker's.
pub(crate) fn node_host(company: &str) -> String {
    format!("connect.{}.example.com", company.to_lowercase())
}

fn instance(company: &str, platform: KnownPlatform) -> Result<Instance, Stop> {
    let node = node_host(company);
    let uid = format!("{}-{}", platform.code(), company.to_lowercase());
    let instance = Instance::builder(InstanceUid::parse(&uid)?, platform)
        .node_url(InstanceUrl::parse(&node)?)
        .tracker_url(InstanceUrl::parse(&tracker_host(company, platform))?)
        .accept_page(InstanceUrl::parse(&format!("{node}/accept"))?)
        .licences(ModeSet::ALL)
        .build()?;
    Ok(instance)
}
