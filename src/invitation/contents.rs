//! What an invitation says, as records.

use core::fmt;

use zeroize::Zeroizing;

use super::ReadCodeError;
use crate::codes::coded;
use crate::connection::{CodeKeys, ConnectionId};
use crate::crypto::{Secret, hash};
use crate::instance::{InstanceUid, InstanceUrl, PlatformName, ProtocolVersions};
use crate::mode::ConnectionMode;
use crate::records::{Records, RecordsError, Value, Writer};
use crate::text::{ConnectionName, Description, ShortName};
use crate::time::Timestamp;

/// What an invitation code says. It holds the code's secret, which `Debug` leaves out.
///
/// One is made by [`Wizard::initiate`](crate::Wizard::initiate), or read from a code; either way it is valid.
#[derive(Clone)]
pub struct Invitation {
    contents: Contents,
    /// The records as they are in the code: those of an unknown odd type included, which every digest covers.
    records: Zeroizing<Vec<u8>>,
}

/// The fields of an invitation, in the order of their records.
#[derive(Clone)]
pub(crate) struct Contents {
    pub(crate) id: ConnectionId,
    pub(crate) secret: Secret,
    pub(crate) mode: ConnectionMode,
    pub(crate) expires_at: Timestamp,
    pub(crate) source_uid: InstanceUid,
    pub(crate) source_node_url: Option<InstanceUrl>,
    pub(crate) destination_uid: Option<InstanceUid>,
    pub(crate) source_short_name: ShortName,
    pub(crate) destination_short_name: ShortName,
    pub(crate) name: ConnectionName,
    pub(crate) versions: ProtocolVersions,
    pub(crate) issued_at: Option<Timestamp>,
    pub(crate) source_platform: Option<PlatformName>,
    pub(crate) source_tracker_url: Option<InstanceUrl>,
    pub(crate) destination_tracker_url: Option<InstanceUrl>,
    pub(crate) description: Description,
}

impl Invitation {
    /// The most bytes of records that a code has: 8 KiB. The largest valid invitation has fewer.
    pub const MAX_RECORD_BYTES: usize = 8 * 1024;

    /// Writes the records. The times are whole seconds, the short names differ, and so do the UIDs.
    pub(crate) fn issue(contents: Contents) -> Self {
        // Large enough from the start: a buffer that grew would leave the secret behind where it was.
        let mut writer = Writer::behind(Vec::with_capacity(contents.most_bytes()));
        writer
            .put(2, &contents.id)
            .put(4, &contents.secret)
            .put(6, &contents.mode)
            .put(10, &Seconds(contents.expires_at))
            .put(12, &contents.source_uid)
            .put_some(14, contents.source_node_url.as_ref())
            .put_some(16, contents.destination_uid.as_ref())
            .put(18, &contents.source_short_name)
            .put(20, &contents.destination_short_name)
            .put(22, &contents.name)
            .put(24, &contents.versions)
            .put_some(25, contents.issued_at.map(Seconds).as_ref())
            .put_some(27, contents.source_platform.as_ref())
            .put_some(29, contents.source_tracker_url.as_ref())
            .put_some(31, contents.destination_tracker_url.as_ref())
            .put(33, &contents.description);
        Self { contents, records: Zeroizing::new(writer.finish()) }
    }

    pub(super) fn from_records(bytes: Zeroizing<Vec<u8>>) -> Result<Self, ReadCodeError> {
        let contents = Records::parse(&bytes, KNOWN).and_then(Contents::from_records).map_err(explain)?;
        if contents.source_short_name == contents.destination_short_name {
            return Err(ReadCodeError::InvalidField { field: InvitationField::DestinationShortName });
        }
        if contents.destination_uid.as_ref() == Some(&contents.source_uid) {
            return Err(ReadCodeError::InvalidField { field: InvitationField::DestinationUid });
        }
        Ok(Self { contents, records: bytes })
    }

    pub(super) fn records(&self) -> &[u8] {
        &self.records
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The keys made from it.
    pub(crate) fn keys(&self) -> CodeKeys {
        CodeKeys::derive(hash("code", &[self.records()]), &self.contents.secret)
    }

    /// Which connection it is for.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.contents.id
    }

    /// How the connection will be configured.
    #[must_use]
    pub fn mode(&self) -> ConnectionMode {
        self.contents.mode
    }

    /// When it expires, by the source's clock.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.contents.expires_at
    }

    /// When it was issued, by the source's clock.
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.contents.issued_at
    }

    /// Who invites.
    #[must_use]
    pub fn source_uid(&self) -> &InstanceUid {
        &self.contents.source_uid
    }

    /// The platform of who invites.
    #[must_use]
    pub fn source_platform(&self) -> Option<&PlatformName> {
        self.contents.source_platform.as_ref()
    }

    /// Where the source is called; `None` if it can only call out.
    #[must_use]
    pub fn source_node_url(&self) -> Option<&InstanceUrl> {
        self.contents.source_node_url.as_ref()
    }

    /// Where people open the source's tracker.
    #[must_use]
    pub fn source_tracker_url(&self) -> Option<&InstanceUrl> {
        self.contents.source_tracker_url.as_ref()
    }

    /// Who is invited; `None` if whoever holds the code is.
    #[must_use]
    pub fn destination_uid(&self) -> Option<&InstanceUid> {
        self.contents.destination_uid.as_ref()
    }

    /// Where people open the tracker of who is invited, as far as the source knew.
    #[must_use]
    pub fn destination_tracker_url(&self) -> Option<&InstanceUrl> {
        self.contents.destination_tracker_url.as_ref()
    }

    /// The source's label.
    #[must_use]
    pub fn source_short_name(&self) -> &ShortName {
        &self.contents.source_short_name
    }

    /// The destination's label.
    #[must_use]
    pub fn destination_short_name(&self) -> &ShortName {
        &self.contents.destination_short_name
    }

    /// The connection's name.
    #[must_use]
    pub fn name(&self) -> &ConnectionName {
        &self.contents.name
    }

    /// The connection's description, which may be empty.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.contents.description
    }

    /// The protocol versions that the source speaks.
    #[must_use]
    pub fn versions(&self) -> ProtocolVersions {
        self.contents.versions
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("id", &self.id())
            .field("mode", &self.mode())
            .field("expires_at", &self.expires_at())
            .field("source_uid", self.source_uid())
            .field("destination_uid", &self.destination_uid())
            .field("name", self.name())
            .finish_non_exhaustive()
    }
}

impl Contents {
    /// At least as many bytes as the records have.
    fn most_bytes(&self) -> usize {
        let url = |url: &Option<InstanceUrl>| url.as_ref().map_or(0, |url| url.as_str().len());
        FIXED_BYTES
            + self.source_uid.as_str().len()
            + self.destination_uid.as_ref().map_or(0, |uid| uid.as_str().len())
            + url(&self.source_node_url)
            + url(&self.source_tracker_url)
            + url(&self.destination_tracker_url)
            + self.source_short_name.as_str().len()
            + self.destination_short_name.as_str().len()
            + self.name.as_str().len()
            + self.source_platform.as_ref().map_or(0, |platform| platform.as_str().len())
            + self.description.as_str().len()
    }

    fn from_records(mut records: Records<'_>) -> Result<Self, RecordsError> {
        Ok(Self {
            id: records.required(2)?,
            secret: records.required(4)?,
            mode: records.required(6)?,
            expires_at: records.required::<Seconds>(10)?.0,
            source_uid: records.required(12)?,
            source_node_url: records.optional(14)?,
            destination_uid: records.optional(16)?,
            source_short_name: records.required(18)?,
            destination_short_name: records.required(20)?,
            name: records.required(22)?,
            versions: records.required(24)?,
            issued_at: records.optional::<Seconds>(25)?.map(|seconds| seconds.0),
            source_platform: records.optional(27)?,
            source_tracker_url: records.optional(29)?,
            destination_tracker_url: records.optional(31)?,
            description: records.optional(33)?.unwrap_or_default(),
        })
    }
}

/// More than the sixteen headers, and the values that are not text, have.
const FIXED_BYTES: usize = 160;

/// The even types that are understood. Type 8 is reserved, so it is not among them.
const KNOWN: &[u8] = &[2, 4, 6, 10, 12, 14, 16, 18, 20, 22, 24];

fn explain(error: RecordsError) -> ReadCodeError {
    match error {
        RecordsError::Malformed => ReadCodeError::NotCanonical,
        RecordsError::Unknown(record) => ReadCodeError::UnknownRequired { record },
        RecordsError::Missing(record) => ReadCodeError::MissingField { field: InvitationField::of(record) },
        RecordsError::Invalid(record) => ReadCodeError::InvalidField { field: InvitationField::of(record) },
    }
}

coded! {
    /// A field of an invitation code.
    #[non_exhaustive]
    pub enum InvitationField {
        /// Record 2.
        ConnectionId = "connection-id",
        /// Record 4.
        Secret = "secret",
        /// Record 6.
        Mode = "mode",
        /// Record 10.
        ExpiresAt = "expires-at",
        /// Record 12.
        SourceUid = "source-uid",
        /// Record 14.
        SourceNodeUrl = "source-node-url",
        /// Record 16.
        DestinationUid = "destination-uid",
        /// Record 18.
        SourceShortName = "source-short-name",
        /// Record 20.
        DestinationShortName = "destination-short-name",
        /// Record 22.
        ConnectionName = "connection-name",
        /// Record 24.
        ProtocolVersions = "protocol-versions",
        /// Record 25.
        IssuedAt = "issued-at",
        /// Record 27.
        SourcePlatform = "source-platform",
        /// Record 29.
        SourceTrackerUrl = "source-tracker-url",
        /// Record 31.
        DestinationTrackerUrl = "destination-tracker-url",
        /// Record 33.
        Description = "description",
    }
}

impl InvitationField {
    fn of(record: u8) -> Self {
        match record {
            2 => Self::ConnectionId,
            4 => Self::Secret,
            6 => Self::Mode,
            10 => Self::ExpiresAt,
            12 => Self::SourceUid,
            14 => Self::SourceNodeUrl,
            16 => Self::DestinationUid,
            18 => Self::SourceShortName,
            20 => Self::DestinationShortName,
            22 => Self::ConnectionName,
            24 => Self::ProtocolVersions,
            25 => Self::IssuedAt,
            27 => Self::SourcePlatform,
            29 => Self::SourceTrackerUrl,
            31 => Self::DestinationTrackerUrl,
            _ => Self::Description,
        }
    }
}

impl fmt::Display for InvitationField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.code().replace('-', " "))
    }
}

/// A time as codes and messages carry it: whole seconds since 1970.
pub(crate) struct Seconds(pub(crate) Timestamp);

impl Value for Seconds {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.as_secs().write(out);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        u64::read(bytes).and_then(Timestamp::from_secs).map(Self)
    }
}
