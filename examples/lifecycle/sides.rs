//! The two sides: how a node is put together, ends, and begins again with what its disk has.

use std::error::Error;

use handclasp::{
    Accepted, ActorName, AdminAccess, Approval, Ask, ConnectionForm, ConnectionId, ConnectionMode,
    ConnectionStore, ConnectionView, InProcess, Initiated, Instance, InstanceUid, InstanceUrl, KnownPlatform,
    ModeSet, Node, Refreshed, Transport, Wizard,
};

use crate::disk::Disk;

/// What stops the story.
pub(crate) type Stop = Box<dyn Error>;

/// What came of an acceptance.
pub(crate) type Outcome = Accepted<<Disk as ConnectionStore>::Error, <InProcess as Transport>::Error>;

/// A connection after a refresh or a decision.
pub(crate) type Done = Refreshed<<Disk as ConnectionStore>::Error, <InProcess as Transport>::Error>;

/// One side: its name, its instance's node, and the network that this is on.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    pub(crate) node: Node<Disk, InProcess>,
    admin: ActorName,
    network: InProcess,
}

impl Side {
    /// A side with an empty disk, attached to the network at `https://HOST`.
    pub(crate) fn new(
        network: &InProcess,
        name: &'static str,
        platform: KnownPlatform,
        host: &str,
        admin: &str,
    ) -> Result<Self, Stop> {
        let uid = InstanceUid::parse(&format!("{}-1", platform.code()))?;
        let instance = Instance::builder(uid, platform)
            .node_url(InstanceUrl::parse(host)?)
            .licences(ModeSet::ALL)
            .build()?;
        let admin = ActorName::parse(admin)?;
        Ok(Self::begun(network, name, instance, Disk::default(), admin, Approval::Automatic))
    }

    /// A program that begins with what is on the disk.
    fn begun(
        network: &InProcess,
        name: &'static str,
        instance: Instance,
        disk: Disk,
        admin: ActorName,
        approval: Approval,
    ) -> Self {
        let node = Node::builder(instance, disk, network.clone()).approval(approval).build();
        node.attach_to(network);
        Self { name, node: node.acting_as(admin.clone()), admin, network: network.clone() }
    }

    /// The program ends, and another one begins with the bytes that it has left on its disk.
    pub(crate) fn restarted(self) -> Self {
        let Self { name, node, admin, network } = self;
        let (instance, bytes) = (node.instance().clone(), node.store().copy());
        network.detach(&instance);
        drop(node);
        Self::begun(&network, name, instance, bytes, admin, Approval::Automatic)
    }

    /// The same side, whose admins approve whoever accepts.
    pub(crate) fn approving(&self) -> Self {
        let (instance, disk) = (self.node.instance().clone(), self.node.store().clone());
        Self::begun(&self.network, self.name, instance, disk, self.admin.clone(), Approval::ByHand)
    }

    /// A clone of its machine, that runs elsewhere.
    pub(crate) fn cloned_to(&self, name: &'static str, host: &str) -> Result<Self, Stop> {
        let local = self.node.instance();
        let instance = Instance::builder(local.uid().clone(), local.platform().clone())
            .node_url(InstanceUrl::parse(host)?)
            .licences(local.licences())
            .build()?;
        let disk = self.node.store().copy();
        Ok(Self::begun(&self.network, name, instance, disk, self.admin.clone(), Approval::Automatic))
    }

    /// Invites the other side into this mode, and stores that: the connection, and the code for its admin.
    pub(crate) async fn invite(
        &self,
        other: &Self,
        mode: ConnectionMode,
    ) -> Result<(ConnectionId, String), Stop> {
        let host = other.node.instance().node_url().map(InstanceUrl::host).ok_or("a public instance")?;
        let wizard = self.node.start(host).await?.choose_mode(mode)?;
        let form = answered(wizard.form(), wizard.asks());
        let wizard = self.node.initiate(wizard.fill(form)?)?;
        self.node.submit(&wizard).await?;
        Ok((wizard.id(), code(&wizard)?))
    }

    /// Invites again whom this connection is with, in another mode.
    pub(crate) async fn invite_again(
        &self,
        id: ConnectionId,
        mode: ConnectionMode,
    ) -> Result<(ConnectionId, String), Stop> {
        let wizard = self.node.start_from(id, mode).await?.choose_mode(mode)?;
        let form = answered(wizard.form(), wizard.asks());
        let wizard = self.node.initiate(wizard.fill(form)?)?;
        self.node.submit(&wizard).await?;
        Ok((wizard.id(), code(&wizard)?))
    }

    /// Accepts a code as it is suggested.
    pub(crate) async fn accept(&self, code: &str) -> Result<Outcome, Stop> {
        let preview = self.node.preview(code).await?;
        let form = answered(preview.form(), preview.asks());
        Ok(self.node.accept(&preview, &form).await?)
    }

    /// Declines a code.
    pub(crate) async fn decline(&self, code: &str) -> Result<Done, Stop> {
        let preview = self.node.preview(code).await?;
        Ok(self.node.decline_invitation(&preview).await?)
    }

    pub(crate) async fn connection(&self, id: ConnectionId) -> Result<ConnectionView, Stop> {
        Ok(self.node.get(id).await?.ok_or("the connection is gone")?)
    }

    /// How many records are on its disk, and how many bytes they have.
    pub(crate) fn disk_size(&self) -> (usize, usize) {
        self.node.store().size()
    }
}

/// The code that is handed over.
pub(crate) fn code(wizard: &Wizard<Initiated>) -> Result<String, Stop> {
    Ok(wizard.hand_over().code().ok_or("a remote connection has a code")?.expose().to_owned())
}

fn answered(mut form: ConnectionForm, asks: &[Ask]) -> ConnectionForm {
    for ask in asks {
        match ask {
            Ask::IncomingProject => form.incoming_project = "SUPPORT".to_owned(),
            Ask::AdminAccess => form.admin_access = Some(AdminAccess::No),
            _ => {}
        }
    }
    form
}
