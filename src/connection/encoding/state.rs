//! What each phase keeps.

use super::macros::{value_of_numbers, value_of_records};
use crate::connection::ledger::Announced;
use crate::connection::{
    Accepting, Awaiting, CloseReason, Closed, ConnectionId, ConnectionSecret, Contested, Heard, Ledger, Link,
    Parted, Pending, Refusal, Sealed, Switch,
};
use crate::crypto::MAC_BYTES;
use crate::offer::Side;
use crate::records::{Records, RecordsError, Value, Writer};

value_of_records!(Pending, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18],
    write: |pending, writer| {
        writer
            .put(2, &pending.keys)
            .put(4, &pending.session)
            .put(6, &pending.expires_at)
            .put_some(8, pending.bound_to.as_ref())
            .put(10, &pending.policy)
            .put(12, &pending.versions)
            .put(14, &pending.refused_late)
            .put(16, &pending.source_uid)
            .put(18, &pending.by_hand);
    },
    read: |records| {
        Ok(Some(Self {
            keys: records.required(2)?,
            session: records.required(4)?,
            expires_at: records.required(6)?,
            bound_to: records.optional(8)?,
            policy: records.required(10)?,
            versions: records.required(12)?,
            refused_late: records.required(14)?,
            source_uid: records.required(16)?,
            by_hand: records.required(18)?,
        }))
    }
);

value_of_records!(Awaiting, known: &[2, 4, 6],
    write: |awaiting, writer| {
        writer.put(2, &awaiting.link).put(4, &awaiting.remote).put(6, &awaiting.kind);
    },
    read: |records| {
        Ok(Some(Self { link: records.required(2)?, remote: records.required(4)?, kind: records.required(6)? }))
    }
);

value_of_records!(Accepting, known: &[2, 4, 6, 8, 10, 12, 14, 16],
    write: |accepting, writer| {
        writer
            .put(2, &accepting.keys)
            .put(4, &accepting.session)
            .put(6, &accepting.ephemeral)
            .put(8, &accepting.request)
            .put(10, &accepting.waiting)
            .put(12, &accepting.expires_at)
            .put(14, &accepting.versions)
            .put(16, &accepting.policy);
    },
    read: |records| {
        Ok(Some(Self {
            keys: records.required(2)?,
            session: records.required(4)?,
            ephemeral: records.required(6)?,
            request: records.required(8)?,
            waiting: records.required(10)?,
            expires_at: records.required(12)?,
            versions: records.required(14)?,
            policy: records.required(16)?,
        }))
    }
);

impl Accepting {
    /// Whether the stored request is an acceptance for this connection that the source can verify.
    pub(super) fn is_request_for(&self, id: ConnectionId) -> bool {
        let start = [&[1, 1, 2, 0, 16], id.as_bytes().as_slice()].concat();
        self.request
            .split_last_chunk::<MAC_BYTES>()
            .is_some_and(|(signed, mac)| signed.starts_with(&start) && self.keys.accept.verifies(signed, mac))
    }
}

value_of_records!(Link, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24],
    write: |link, writer| {
        writer
            .put(2, &link.keys)
            .put(4, link.secret.as_stored())
            .put(6, &link.version)
            .put(8, &link.remote_info)
            .put(10, &link.confirmed)
            .put(12, &link.ledger);
        match &link.sealed {
            Sealed::Source { request, response, contested } => writer
                .put(14, request)
                .put(16, response)
                .put(18, &contested.by_same)
                .put(20, &contested.by_other),
            Sealed::Destination { request, confirm, contested } => {
                writer.put(14, request).put(22, confirm).put(24, contested)
            }
        };
    },
    read: |records| {
        let keys = records.required(2)?;
        let secret = ConnectionSecret::of(records.required(4)?);
        let version = records.required(6)?;
        let remote_info = records.required(8)?;
        let confirmed = records.required(10)?;
        let ledger = records.required(12)?;
        let request = records.required(14)?;
        let (response, by_same, by_other) = (records.optional(16)?, records.optional(18)?, records.optional(20)?);
        let (confirm, contested) = (records.optional(22)?, records.optional(24)?);
        let sealed = match (response, by_same, by_other, confirm, contested) {
            (Some(response), Some(by_same), Some(by_other), None, None) => {
                Sealed::Source { request, response, contested: Contested { by_same, by_other } }
            }
            (None, None, None, Some(confirm), Some(contested)) => {
                Sealed::Destination { request, confirm, contested }
            }
            _ => return Ok(None),
        };
        // 0 stands for "no version".
        if version == 0 {
            return Ok(None);
        }
        Ok(Some(Self { keys, secret, version, sealed, remote_info, confirmed, ledger }))
    }
);

value_of_records!(Ledger, known: &[2, 4, 6, 8, 10, 12, 14, 16],
    write: |ledger, writer| {
        let ours = &ledger.ours;
        writer
            .put(2, &ours.switch)
            .put(4, &ours.sequence)
            .put(6, &ours.uid)
            .put_some(8, ours.node_url.as_ref())
            .put(10, &ours.acknowledged);
        if let Some(theirs) = &ledger.theirs {
            writer.put(12, &theirs.switch).put(14, &theirs.sequence).put(16, &theirs.fingerprint);
        }
    },
    read: |records| {
        let ours = Announced {
            switch: records.required(2)?,
            sequence: records.required(4)?,
            uid: records.required(6)?,
            node_url: records.optional(8)?,
            acknowledged: records.required(10)?,
        };
        let (switch, sequence, fingerprint) = (records.optional(12)?, records.optional(14)?, records.optional(16)?);
        let theirs = match (switch, sequence, fingerprint) {
            (None, None, None) => None,
            (Some(switch), Some(sequence), Some(fingerprint)) => Some(Heard { switch, sequence, fingerprint }),
            _ => return Ok(None),
        };
        // 0 stands for "none seen".
        let is_zero = ours.sequence == 0 || theirs.as_ref().is_some_and(|theirs| theirs.sequence == 0);
        Ok((!is_zero).then_some(Self { ours, theirs }))
    }
);

value_of_records!(Closed, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18],
    write: |closed, writer| {
        let (reason, refusal, by, id) = match closed.reason {
            CloseReason::Refused { refusal } => (1_u8, Some(refusal), None, None),
            CloseReason::Revoked => (2, None, None, None),
            CloseReason::Superseded { by } => (3, None, None, Some(by)),
            CloseReason::Declined { by } => (4, None, Some(by), None),
            CloseReason::Cancelled => (5, None, None, None),
            CloseReason::Removed { by } => (6, None, Some(by), None),
            CloseReason::AlreadyConfirmed => (7, None, None, None),
        };
        writer
            .put_some(2, closed.keys.as_ref())
            .put(4, &reason)
            .put_some(6, refusal.as_ref())
            .put_some(8, by.as_ref())
            .put_some(10, id.as_ref())
            .put(12, &closed.at)
            .put_some(14, closed.request.as_ref())
            .put(16, &closed.told)
            .put_some(18, closed.parted.as_deref());
    },
    read: |records| {
        let keys = records.optional(2)?;
        let reason: u8 = records.required(4)?;
        let refusal: Option<Refusal> = records.optional(6)?;
        let by: Option<Side> = records.optional(8)?.filter(|side| *side != Side::Both);
        let id: Option<ConnectionId> = records.optional(10)?;
        let reason = match (reason, refusal, by, id) {
            (1, Some(refusal), None, None) => CloseReason::Refused { refusal },
            (2, None, None, None) => CloseReason::Revoked,
            (3, None, None, Some(by)) => CloseReason::Superseded { by },
            (4, None, Some(by), None) => CloseReason::Declined { by },
            (5, None, None, None) => CloseReason::Cancelled,
            (6, None, Some(by), None) => CloseReason::Removed { by },
            (7, None, None, None) => CloseReason::AlreadyConfirmed,
            _ => return Ok(None),
        };
        Ok(Some(Self {
            keys,
            reason,
            at: records.required(12)?,
            request: records.optional(14)?,
            told: records.required(16)?,
            parted: records.optional(18)?.map(Box::new),
        }))
    }
);

value_of_records!(Parted, known: &[2, 4, 6, 8, 10],
    write: |parted, writer| {
        writer
            .put(2, &parted.from_source)
            .put(4, &parted.from_destination)
            .put(6, &parted.confirmed)
            .put(8, &parted.confirm)
            .put(10, &parted.ledger);
    },
    read: |records| {
        Ok(Some(Self {
            from_source: records.required(2)?,
            from_destination: records.required(4)?,
            confirmed: records.required(6)?,
            confirm: records.required(8)?,
            ledger: records.required(10)?,
        }))
    }
);

value_of_numbers!(Switch: On = 1, Off = 2, Removed = 3);
