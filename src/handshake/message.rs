//! The messages: a kind, records, and a MAC. DESIGN.md has them byte by byte.

use crate::connection::{ConnectionId, ConnectionInfo, Refusal, Switch};
use crate::crypto::{Digest, MAC_BYTES, Secret};
use crate::instance::{
    Capabilities, Instance, InstanceUid, InstanceUrl, KnownPlatform, Platform, PlatformName, ProtocolVersions,
};
use crate::invitation::Seconds;
use crate::mode::{ConnectionMode, ModeSet};
use crate::records::{Records, RecordsError, Value, Writer};
use crate::time::Timestamp;

/// The most bytes that a message has: 16 KiB.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Which connection a message is about, so that its record can be fetched; `None` if it is no message.
///
/// Nothing is verified here: that is [`answer`](super::answer)'s part.
#[must_use]
pub fn connection_id(message: &[u8]) -> Option<ConnectionId> {
    Frame::parse(message).map(|frame| frame.id)
}

/// What a message is for. The number says who sends it: below 16 the destination, from 16 on the source, from 32 on
/// either.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Accept,
    Withdraw,
    Noted,
    Fetch,
    Confirm,
    Waiting,
    Refuse,
    Report,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Accept,
        Self::Withdraw,
        Self::Noted,
        Self::Fetch,
        Self::Confirm,
        Self::Waiting,
        Self::Refuse,
        Self::Report,
    ];

    const fn number(self) -> u8 {
        match self {
            Self::Accept => 1,
            Self::Withdraw => 2,
            Self::Noted => 3,
            Self::Fetch => 16,
            Self::Confirm => 17,
            Self::Waiting => 18,
            Self::Refuse => 19,
            Self::Report => 32,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The even records that a message of this kind may have.
    const fn known(self) -> &'static [u8] {
        match self {
            Self::Accept => &[2, 4, 8, 10, 12, 14, 26, 28, 30, 32, 34],
            Self::Withdraw => &[2, 4, 6, 38],
            Self::Noted | Self::Waiting => &[2, 4, 6],
            Self::Fetch => &[2, 4],
            Self::Confirm => &[2, 4, 6, 8, 10, 12, 16, 26, 28, 30, 32, 34],
            Self::Refuse => &[2, 4, 6, 18],
            Self::Report => &[2, 6, 10, 12, 20, 22, 24],
        }
    }
}

/// The answer to whatever is not recognised: it ends nothing, and says nothing.
pub(super) fn not_recognised() -> Vec<u8> {
    NOT_RECOGNISED.to_vec()
}

pub(super) fn is_not_recognised(message: &[u8]) -> bool {
    message == NOT_RECOGNISED
}

/// A message taken apart as far as that goes before its MAC is verified.
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) id: ConnectionId,
    records: &'a [u8],
    authenticated: &'a [u8],
    mac: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Option<Self> {
        if message.len() > MAX_MESSAGE_BYTES {
            return None;
        }
        let (authenticated, mac) = message.split_last_chunk::<MAC_BYTES>()?;
        let (&[format, kind], records) = authenticated.split_first_chunk::<2>()?;
        if format != FORMAT {
            return None;
        }
        // The id is the first record of every message: type 2, sixteen bytes.
        let (&[2, 0, 16], value) = records.split_first_chunk::<3>()? else { return None };
        let id = ConnectionId::read(value.get(..ConnectionId::BYTES)?)?;
        Some(Self { kind: Kind::from_number(kind)?, id, records, authenticated, mac })
    }

    pub(super) fn is_from(&self, key: &Secret) -> bool {
        key.verifies(self.authenticated, self.mac)
    }

    /// The message that this one names, if it names one.
    pub(super) fn names(&self) -> Option<Digest> {
        self.digest(6)
    }

    /// The sender's half of the key agreement, if it is a pledge.
    pub(super) fn public_key(&self) -> Option<Digest> {
        self.digest(8)
    }

    /// The highest number that the sender of a report had seen.
    pub(super) fn seen(&self) -> Option<u64> {
        self.records().and_then(|mut records| records.required(24)).ok()
    }

    /// Whether it says where its sender is called.
    pub(super) fn is_from_a_public_node(&self) -> bool {
        let url = self.records().and_then(|mut records| records.optional::<InstanceUrl>(12));
        url.ok().flatten().is_some()
    }

    fn digest(&self, record: u8) -> Option<Digest> {
        self.records().and_then(|mut records| records.optional(record)).ok().flatten()
    }

    fn records(&self) -> Result<Records<'a>, RecordsError> {
        Records::parse(self.records, self.kind.known())
    }
}

/// An acceptance, or the confirmation of one: both carry a side's whole part of the agreement.
pub(super) struct Pledge {
    /// The sender's digest of the code.
    pub(super) code: Digest,
    /// The acceptance that a confirmation answers.
    pub(super) answers: Option<Digest>,
    pub(super) key: Digest,
    pub(super) instance: PledgedInstance,
    pub(super) version: PledgedVersion,
    pub(super) info: ConnectionInfo,
    pub(super) sent_at: Timestamp,
}

/// What a pledge says about its sender's instance.
pub(super) struct PledgedInstance {
    pub(super) uid: InstanceUid,
    /// Present exactly when the instance is public.
    pub(super) node_url: Option<InstanceUrl>,
    pub(super) tracker_url: Option<InstanceUrl>,
    pub(super) platform: PlatformName,
}

/// The versions an acceptance offers, or the one that a confirmation chooses.
pub(super) enum PledgedVersion {
    Offered(ProtocolVersions),
    Chosen(u8),
}

impl Pledge {
    pub(super) fn seal(&self, id: ConnectionId, key: &Secret) -> Vec<u8> {
        let (kind, offered, chosen) = match self.version {
            PledgedVersion::Offered(versions) => (Kind::Accept, Some(versions), None),
            PledgedVersion::Chosen(version) => (Kind::Confirm, None, Some(version)),
        };
        seal(kind, id, key, |writer| {
            writer
                .put(4, &self.code)
                .put_some(6, self.answers.as_ref())
                .put(8, &self.key)
                .put(10, &self.instance.uid)
                .put_some(12, self.instance.node_url.as_ref())
                .put_some(14, offered.as_ref())
                .put_some(16, chosen.as_ref())
                .put(26, &self.instance.platform)
                .put(28, self.info.source_short_name())
                .put(30, self.info.destination_short_name())
                .put(32, self.info.name())
                .put(34, &Seconds(self.sent_at))
                .put_some(35, self.instance.tracker_url.as_ref())
                .put(37, self.info.description())
                .put_some(39, self.info.incoming_project());
        })
    }

    /// `None` for a message that is authentic, and not understood.
    pub(super) fn read(frame: &Frame<'_>) -> Option<Self> {
        Self::from_records(frame.kind, frame.records().ok()?).ok().flatten()
    }

    fn from_records(kind: Kind, mut records: Records<'_>) -> Result<Option<Self>, RecordsError> {
        let code = records.required(4)?;
        let answers = if kind == Kind::Confirm { Some(records.required(6)?) } else { None };
        let key = records.required(8)?;
        let uid = records.required(10)?;
        let node_url = records.optional(12)?;
        let version = if kind == Kind::Confirm {
            PledgedVersion::Chosen(records.required(16)?)
        } else {
            PledgedVersion::Offered(records.required(14)?)
        };
        let platform = records.required(26)?;
        let (source, destination, name) =
            (records.required(28)?, records.required(30)?, records.required(32)?);
        let sent_at = records.required::<Seconds>(34)?.0;
        let tracker_url = records.optional(35)?;
        let description = records.optional(37)?.unwrap_or_default();
        let info = ConnectionInfo::received(source, destination, name, description, records.optional(39)?);
        let instance = PledgedInstance { uid, node_url, tracker_url, platform };
        Ok(info.map(|info| Self { code, answers, key, instance, version, info, sent_at }))
    }
}

impl PledgedInstance {
    pub(super) fn of(instance: &Instance) -> Self {
        Self {
            uid: instance.uid().clone(),
            node_url: instance.callable_url().cloned(),
            tracker_url: instance.tracker_url().cloned(),
            platform: instance.platform().name().clone(),
        }
    }

    /// What is now known about the other side, with what was known about the same instance before: discovery
    /// tells more than a message. Of a platform that is known from neither, it is known that it supports the mode.
    pub(super) fn into_instance(
        self,
        earlier: Option<&Instance>,
        mode: ConnectionMode,
        versions: ProtocolVersions,
    ) -> Instance {
        let earlier = earlier.filter(|earlier| *earlier.uid() == self.uid);
        let platform =
            match earlier.map(Instance::platform).filter(|earlier| *earlier.name() == self.platform) {
                Some(platform) => platform.clone(),
                None => match KnownPlatform::from_code(self.platform.as_str()) {
                    Some(known) => Platform::from(known),
                    None => Platform::new(self.platform, Capabilities::new(ModeSet::NONE.with(mode))),
                },
            };
        let mut builder = Instance::builder(self.uid, platform).protocol(versions);
        if let Some(earlier) = earlier {
            builder = builder.licences(earlier.licences());
        }
        if let Some(page) = earlier.and_then(Instance::own_accept_page) {
            builder = builder.accept_page(page.clone());
        }
        if let Some(url) = self.node_url {
            builder = builder.node_url(url);
        }
        if let Some(url) = self.tracker_url {
            builder = builder.tracker_url(url);
        }
        builder.public_if_it_has_a_node_url()
    }
}

/// A message that says no more than its kind, and which message it is about.
pub(super) struct Note {
    pub(super) kind: Kind,
    /// The sender's digest of the code.
    pub(super) code: Digest,
    /// The message that it answers; a request for one answers none.
    pub(super) names: Option<Digest>,
}

impl Note {
    pub(super) fn seal(&self, id: ConnectionId, key: &Secret) -> Vec<u8> {
        seal(self.kind, id, key, |writer| {
            writer.put(4, &self.code).put_some(6, self.names.as_ref());
        })
    }

    /// The same message read back; `None` if it is not understood.
    pub(super) fn read(frame: &Frame<'_>) -> Option<Self> {
        let read = |mut records: Records<'_>| {
            let code = records.required(4)?;
            let names = if frame.kind == Kind::Fetch { None } else { Some(records.required(6)?) };
            Ok(Self { kind: frame.kind, code, names })
        };
        frame.records().and_then(read).ok()
    }
}

/// The source's refusal of an acceptance, or its acknowledgement of a withdrawal.
pub(super) struct Refuse {
    pub(super) code: Digest,
    pub(super) names: Digest,
    pub(super) refusal: Refusal,
}

impl Refuse {
    pub(super) fn seal(&self, id: ConnectionId, key: &Secret) -> Vec<u8> {
        seal(Kind::Refuse, id, key, |writer| {
            writer.put(4, &self.code).put(6, &self.names).put(18, &self.refusal);
        })
    }

    pub(super) fn read(frame: &Frame<'_>) -> Option<Self> {
        let read = |mut records: Records<'_>| {
            Ok(Self {
                code: records.required(4)?,
                names: records.required(6)?,
                refusal: records.required(18)?,
            })
        };
        frame.records().and_then(read).ok()
    }
}

/// The destination's word that it does not want to, or not with this source.
pub(super) struct Withdraw {
    pub(super) code: Digest,
    /// The acceptance that it takes back, if it made one; or the confirmation that it turns down.
    pub(super) names: Option<Digest>,
    pub(super) why: Withdrawal,
}

/// Why a destination withdraws.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Withdrawal {
    /// It never accepted.
    Declined,
    /// It accepted, and then no longer wanted to wait.
    Cancelled,
    /// It has confirmed with another source.
    AlreadyConfirmed,
}

impl Withdraw {
    pub(super) fn seal(&self, id: ConnectionId, key: &Secret) -> Vec<u8> {
        seal(Kind::Withdraw, id, key, |writer| {
            writer.put(4, &self.code).put_some(6, self.names.as_ref()).put(38, &self.why);
        })
    }

    pub(super) fn read(frame: &Frame<'_>) -> Option<Self> {
        let read = |mut records: Records<'_>| {
            Ok(Self { code: records.required(4)?, names: records.optional(6)?, why: records.required(38)? })
        };
        frame.records().and_then(read).ok()
    }
}

impl Value for Withdrawal {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Declined => 1,
            Self::Cancelled => 2,
            Self::AlreadyConfirmed => 3,
        });
    }

    /// Whatever a newer version means by another number, the destination does not want to.
    fn read(bytes: &[u8]) -> Option<Self> {
        u8::read(bytes).map(|number| match number {
            1 => Self::Declined,
            3 => Self::AlreadyConfirmed,
            _ => Self::Cancelled,
        })
    }
}

/// A side's whole state, as it tells the other.
pub(super) struct Report {
    /// The message that this one answers. A report with it is never answered.
    pub(super) answers: Option<Digest>,
    pub(super) uid: InstanceUid,
    /// Present exactly when the instance is public.
    pub(super) node_url: Option<InstanceUrl>,
    pub(super) switch: Switch,
    /// Counts the changes of the sender's state.
    pub(super) sequence: u64,
    /// The highest sequence number that the sender has seen from the other side.
    pub(super) seen: u64,
}

impl Report {
    pub(super) fn seal(&self, id: ConnectionId, key: &Secret) -> Vec<u8> {
        seal(Kind::Report, id, key, |writer| {
            writer
                .put_some(6, self.answers.as_ref())
                .put(10, &self.uid)
                .put_some(12, self.node_url.as_ref())
                .put(20, &self.switch.number())
                .put(22, &self.sequence)
                .put(24, &self.seen);
        })
    }

    pub(super) fn read(frame: &Frame<'_>) -> Option<Self> {
        let read = |mut records: Records<'_>| {
            let answers = records.optional(6)?;
            let (uid, node_url) = (records.required(10)?, records.optional(12)?);
            let switch = Switch::from_number(records.required(20)?).ok_or(RecordsError::Invalid(20))?;
            let (sequence, seen) = (records.required(22)?, records.required(24)?);
            // 0 stands for "none seen", so no state has that number.
            if sequence == 0 {
                Err(RecordsError::Invalid(22))
            } else {
                Ok(Self { answers, uid, node_url, switch, sequence, seen })
            }
        };
        frame.records().and_then(read).ok()
    }
}

fn seal(kind: Kind, id: ConnectionId, key: &Secret, fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut message = Vec::with_capacity(1024);
    message.extend_from_slice(&[FORMAT, kind.number()]);
    let mut writer = Writer::behind(message);
    writer.put(2, &id);
    fill(&mut writer);
    let mut message = writer.finish();
    let mac = key.mac(&message);
    message.extend_from_slice(&mac);
    message
}

const FORMAT: u8 = 1;
const NOT_RECOGNISED: &[u8] = &[FORMAT, 255];
