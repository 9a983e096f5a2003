//! Who takes part: instances that were never there before, and when it all takes place.

use handclasp::{ConnectionId, Entropy, Instance, InstanceUid, InstanceUrl, KnownPlatform, Timestamp};

/// The UID of an instance that no database has seen.
pub(crate) fn new_uid(name: &str) -> InstanceUid {
    let unique = ConnectionId::new(Timestamp::now(), Entropy::generate().unwrap());
    InstanceUid::parse(&format!("{name}-{unique}")).unwrap()
}

/// A public instance with this UID.
pub(crate) fn instance(uid: &InstanceUid) -> Instance {
    let url = InstanceUrl::parse(&format!("https://{uid}.example.com")).unwrap();
    Instance::builder(uid.clone(), KnownPlatform::Freshdesk).node_url(url).build().unwrap()
}

/// When everything takes place.
pub(crate) fn noon() -> Timestamp {
    Timestamp::from_secs(1_800_000_000).unwrap()
}
