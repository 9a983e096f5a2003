//! Where things are. For the connection `ID` of the instance `UID` there are two keys:
//!
//! | key | value |
//! |---|---|
//! | `handclasp/UID/c/ID` | the record's bytes |
//! | `handclasp/UID/p/PHASE/ID` | nothing: it says which phase the record is in, so that a phase is listed without the others |
//!
//! A UID has no `/`, so no instance's prefix begins another's; ids are written so that they sort as they are.

use handclasp::{ConnectionId, InstanceUid, ListQuery, Order, Phase};

/// The keys of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// `handclasp/UID/`
    instance: String,
}

impl Keys {
    pub(crate) fn of(instance: &InstanceUid) -> Self {
        Self { instance: format!("handclasp/{}/", instance.as_str()) }
    }

    /// The key of a record.
    pub(crate) fn record(&self, id: ConnectionId) -> String {
        format!("{}{id}", self.records())
    }

    /// The key that says that a record is in this phase.
    pub(crate) fn in_phase(&self, phase: Phase, id: ConnectionId) -> String {
        format!("{}{id}", self.phase(phase))
    }

    /// The keys that a list goes through: from the first one up to, and without, the second.
    pub(crate) fn listed(&self, query: &ListQuery) -> (String, String) {
        let prefix = query.phase.map_or_else(|| self.records(), |phase| self.phase(phase));
        let behind = query.after.map(|id| format!("{prefix}{id}"));
        match query.order {
            // The least key that is greater than another has one more byte, which is zero.
            Order::OldestFirst => (behind.map_or_else(|| prefix.clone(), |key| key + "\0"), end(&prefix)),
            Order::NewestFirst => (prefix.clone(), behind.unwrap_or_else(|| end(&prefix))),
        }
    }

    /// The id that a key of either sort ends with.
    pub(crate) fn id(key: &[u8]) -> Option<ConnectionId> {
        let id = key.rsplit(|byte| *byte == b'/').next()?;
        ConnectionId::parse(core::str::from_utf8(id).ok()?).ok()
    }

    fn records(&self) -> String {
        format!("{}c/", self.instance)
    }

    fn phase(&self, phase: Phase) -> String {
        format!("{}p/{}/", self.instance, phase.code())
    }
}

/// The least key that is greater than all that begin with this prefix, which ends with a slash: `0` comes after `/`.
fn end(prefix: &str) -> String {
    prefix.trim_end_matches('/').to_owned() + "0"
}
