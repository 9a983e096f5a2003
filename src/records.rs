//! Records: the one binary form behind codes, messages and stored connections.
//!
//! A record is `type: u8 ‖ length: u16 big-endian ‖ value`. Types ascend strictly and no value is empty, so
//! there is exactly one byte string per meaning. **Even** types must be understood, else the whole is
//! refused; **odd** types that are unknown are passed over.

/// Something that is the value of a record.
pub(crate) trait Value: Sized {
    /// Appends the value's bytes; appending none leaves the record out.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads what [`Value::write`] wrote, and nothing else: a second spelling of a value is `None`.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// Writes records in ascending order of their types.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Goes on behind what the buffer holds.
    pub(crate) fn behind(buffer: Vec<u8>) -> Self {
        Self(buffer)
    }

    /// Writes one record, unless its value is empty.
    pub(crate) fn put(&mut self, kind: u8, value: &impl Value) -> &mut Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[kind, 0, 0]);
        value.write(&mut self.0);
        let length = self.0.len() - start - HEADER;
        if length == 0 {
            self.0.truncate(start);
            return self;
        }
        // The largest value is a stored list of events, of less than 32 KiB.
        debug_assert!(u16::try_from(length).is_ok(), "record {kind} is too long");
        let bytes = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        for (slot, byte) in self.0.iter_mut().skip(start + 1).zip(bytes) {
            *slot = byte;
        }
        self
    }

    /// Writes a record if there is a value for it.
    pub(crate) fn put_some(&mut self, kind: u8, value: Option<&impl Value>) -> &mut Self {
        if let Some(value) = value {
            self.put(kind, value);
        }
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Records that are well-formed, read in ascending order of their types.
#[derive(Clone)]
pub(crate) struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    /// Checks the form of all records, and that each even type is among the known ones.
    pub(crate) fn parse(bytes: &'a [u8], known: &[u8]) -> Result<Self, RecordsError> {
        let (mut rest, mut last, mut unknown) = (bytes, None, None);
        while !rest.is_empty() {
            let (kind, value, behind) = split(rest).ok_or(RecordsError::Malformed)?;
            if value.is_empty() || last >= Some(kind) {
                return Err(RecordsError::Malformed);
            }
            if kind % 2 == 0 && !known.contains(&kind) {
                unknown = unknown.or(Some(kind));
            }
            (rest, last) = (behind, Some(kind));
        }
        unknown.map_or(Ok(Self { rest: bytes }), |kind| Err(RecordsError::Unknown(kind)))
    }

    /// The value of a record that may be missing.
    pub(crate) fn optional<V: Value>(&mut self, wanted: u8) -> Result<Option<V>, RecordsError> {
        while let Some((kind, value, behind)) = split(self.rest) {
            if kind > wanted {
                break;
            }
            self.rest = behind;
            if kind == wanted {
                return V::read(value).map(Some).ok_or(RecordsError::Invalid(wanted));
            }
        }
        Ok(None)
    }

    /// The value of a record that must be there.
    pub(crate) fn required<V: Value>(&mut self, wanted: u8) -> Result<V, RecordsError> {
        self.optional(wanted)?.ok_or(RecordsError::Missing(wanted))
    }
}

/// The values of a list of records, all of type 0; `None` in place of what is no such record.
pub(crate) fn values(mut bytes: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    core::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let first = split(bytes);
        bytes = first.map_or(&[], |(_, _, behind)| behind);
        Some(first.filter(|(kind, _, _)| *kind == 0).map(|(_, value, _)| value))
    })
}

/// What is wrong with records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RecordsError {
    /// Not records, or not in their one canonical form.
    Malformed,
    /// A record that must be understood, and is not.
    Unknown(u8),
    /// A record that must be there, and is not.
    Missing(u8),
    /// A record whose value is none that its type can have.
    Invalid(u8),
}

/// The first record: its type, its value, and what comes behind it.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[kind, high, low], behind) = bytes.split_first_chunk::<HEADER>()?;
    let (value, rest) = behind.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
    Some((kind, value, rest))
}

const HEADER: usize = 3;

impl<const N: usize> Value for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok()
    }
}

impl Value for Vec<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

impl Value for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        <[Self; 1]>::read(bytes).map(|[byte]| byte)
    }
}

impl Value for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        <[u8; 8]>::read(bytes).map(Self::from_be_bytes)
    }
}

impl Value for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}
