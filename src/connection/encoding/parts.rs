//! The parts of a record that every phase has.

use super::macros::{value_of_numbers, value_of_records};
use crate::connection::{AdminAccess, AdminEvidence, CodeKeys, ConnectionInfo, Health, Trouble, TroubleKind};
use crate::instance::{Capabilities, Instance, Platform, Reachability};
use crate::offer::Side;
use crate::records::{Records, RecordsError, Value, Writer};

value_of_records!(CodeKeys, known: &[2, 4, 6],
    write: |keys, writer| {
        writer.put(2, &keys.digest).put(4, &keys.accept).put(6, &keys.confirm);
    },
    read: |records| {
        Ok(Some(Self { digest: records.required(2)?, accept: records.required(4)?, confirm: records.required(6)? }))
    }
);

value_of_records!(ConnectionInfo, known: &[2, 4, 6],
    write: |info, writer| {
        writer
            .put(2, &info.source_short_name)
            .put(4, &info.destination_short_name)
            .put(6, &info.name)
            .put(7, &info.description)
            .put_some(9, info.incoming_project.as_ref())
            .put_some(11, info.admin_access.as_ref());
    },
    read: |records| {
        let info = Self::received(
            records.required(2)?,
            records.required(4)?,
            records.required(6)?,
            records.optional(7)?.unwrap_or_default(),
            records.optional(9)?,
        );
        let admin_access = records.optional(11)?;
        Ok(info.map(|info| Self { admin_access, ..info }))
    }
);

value_of_records!(AdminAccess, known: &[2, 4, 6],
    write: |access, writer| {
        match access {
            Self::No => writer.put(2, &false),
            Self::Claimed => writer.put(2, &true),
            Self::Verified(AdminEvidence { who, at }) => writer.put(2, &true).put(4, who).put(6, at),
        };
    },
    read: |records| {
        let has_access: bool = records.required(2)?;
        let who = records.optional(4)?;
        let at = records.optional(6)?;
        Ok(match (has_access, who, at) {
            (false, None, None) => Some(Self::No),
            (true, None, None) => Some(Self::Claimed),
            (true, Some(who), Some(at)) => Some(Self::Verified(AdminEvidence { who, at })),
            _ => None,
        })
    }
);

value_of_records!(Instance, known: &[2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
    write: |instance, writer| {
        let Capabilities { modes, projects, local } = instance.platform().capabilities();
        writer
            .put(2, instance.uid())
            .put(4, instance.platform().name())
            .put(6, &modes)
            .put(8, &projects)
            .put(10, &local)
            .put(12, &instance.is_public())
            .put_some(14, instance.node_url())
            .put_some(16, instance.tracker_url())
            .put_some(18, instance.own_accept_page())
            .put(20, &instance.licences())
            .put(22, &instance.protocol());
    },
    read: |records| {
        let uid = records.required(2)?;
        let name = records.required(4)?;
        let capabilities =
            Capabilities { modes: records.required(6)?, projects: records.required(8)?, local: records.required(10)? };
        let public: bool = records.required(12)?;
        let mut builder = Self::builder(uid, Platform::new(name, capabilities))
            .reachability(if public { Reachability::Public } else { Reachability::Private });
        if let Some(url) = records.optional(14)? {
            builder = builder.node_url(url);
        }
        if let Some(url) = records.optional(16)? {
            builder = builder.tracker_url(url);
        }
        if let Some(url) = records.optional(18)? {
            builder = builder.accept_page(url);
        }
        Ok(builder.licences(records.required(20)?).protocol(records.required(22)?).build().ok())
    }
);

value_of_records!(Health, known: &[2, 4, 6, 8, 10, 12, 14],
    write: |health, writer| {
        writer
            .put_some(2, health.last_contact.as_ref())
            .put_some(4, health.last_attempt.as_ref())
            .put_some(6, health.trouble.as_ref())
            .put_some(8, health.moved_to.as_ref())
            .put(10, &health.cloned)
            .put_some(12, health.out_of_step.as_ref())
            .put_some(14, health.clock_ahead.as_ref());
    },
    read: |records| {
        Ok(Some(Self {
            last_contact: records.optional(2)?,
            last_attempt: records.optional(4)?,
            trouble: records.optional(6)?,
            moved_to: records.optional(8)?,
            cloned: records.required(10)?,
            out_of_step: records.optional(12)?,
            clock_ahead: records.optional(14)?,
        }))
    }
);

value_of_records!(Trouble, known: &[2, 4, 6],
    write: |trouble, writer| {
        writer.put(2, &trouble.kind).put(4, &trouble.at).put(6, &trouble.times);
    },
    read: |records| {
        Ok(Some(Self { kind: records.required(2)?, at: records.required(4)?, times: records.required(6)? }))
    }
);

value_of_numbers!(TroubleKind: NoReply = 1, NotRecognised = 2, Unverified = 3, NotPermitted = 4);
value_of_numbers!(Side: Local = 1, Remote = 2, Both = 3);
