//! How a type becomes the value of a record.

/// Implements [`Value`] for a type whose value is records: what is written, and what is read.
macro_rules! value_of_records {
    ($type:ty, known: $known:expr, write: |$value:ident, $writer:ident| $write:block, read: |$records:ident| $read:block) => {
        impl Value for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let $value = self;
                let mut $writer = Writer::behind(core::mem::take(out));
                $write;
                *out = $writer.finish();
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                let read = |mut $records: Records<'_>| -> Result<Option<Self>, RecordsError> { $read };
                Records::parse(bytes, $known).and_then(read).ok().flatten()
            }
        }
    };
}

/// A number for each variant of an enum.
macro_rules! value_of_numbers {
    ($type:ident: $($variant:ident = $number:literal),+) => {
        impl Value for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number,)+ });
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                match bytes { $([$number] => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(super) use value_of_numbers;
pub(super) use value_of_records;
