//! What several tests build: addresses, times, ids and instances.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::expect_used, reason = "the helpers of a test fail like a test")]

use handclasp::{
    ActorName, AdminAccess, AdminEvidence, ConnectionForm, ConnectionId, Entropy, Instance, InstanceBuilder,
    InstanceUid, InstanceUrl, ModeSet, Platform, Reachability, Timestamp,
};

/// 2027-01-15T08:00:00Z.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000).expect("before the year 9999")
}

pub(crate) fn entropy(byte: u8) -> Entropy {
    Entropy::from_bytes([byte; Entropy::BYTES])
}

pub(crate) fn id(byte: u8) -> ConnectionId {
    ConnectionId::new(now(), entropy(byte))
}

#[track_caller]
pub(crate) fn url(text: &str) -> InstanceUrl {
    InstanceUrl::parse(text).expect("a valid address")
}

#[track_caller]
pub(crate) fn uid(text: &str) -> InstanceUid {
    InstanceUid::parse(text).expect("a valid UID")
}

/// A public instance at `https://NAME.example.com` that is licensed for everything.
pub(crate) fn public(name: &str, platform: impl Into<Platform>) -> InstanceBuilder {
    Instance::builder(uid(name), platform)
        .node_url(url(&format!("https://{name}.example.com")))
        .licences(ModeSet::ALL)
}

/// An instance without any address that is licensed for everything.
pub(crate) fn private(name: &str, platform: impl Into<Platform>) -> InstanceBuilder {
    Instance::builder(uid(name), platform).reachability(Reachability::Private).licences(ModeSet::ALL)
}

#[track_caller]
pub(crate) fn built(builder: InstanceBuilder) -> Instance {
    builder.build().expect("a valid instance")
}

pub(crate) fn verified() -> AdminAccess {
    AdminAccess::Verified(AdminEvidence::new(ActorName::parse("grace").expect("a valid name"), now()))
}

/// The form with everything answered that may be asked.
pub(crate) fn answered(form: ConnectionForm) -> ConnectionForm {
    let mut form = form;
    form.incoming_project = String::from("SUPPORT");
    form.admin_access = Some(verified());
    form
}
