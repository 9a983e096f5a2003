//! The bytes of DESIGN.md, written a second time: an oracle for what the crate sends, and a way to send what it never
//! would.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test fail like a test")]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

pub(crate) type Key = [u8; 32];

pub(crate) const ACCEPT: u8 = 1;
pub(crate) const WITHDRAW: u8 = 2;
pub(crate) const NOTED: u8 = 3;
pub(crate) const FETCH: u8 = 16;
pub(crate) const CONFIRM: u8 = 17;
pub(crate) const WAITING: u8 = 18;
pub(crate) const REFUSE: u8 = 19;
pub(crate) const REPORT: u8 = 32;

/// What every side answers to whatever it does not recognise.
pub(crate) const NOT_RECOGNISED: &[u8] = &[1, 255];

/// `H(label, parts…)`.
pub(crate) fn hash(label: &str, parts: &[&[u8]]) -> Key {
    let label = format!("handclasp/1 {label}");
    let input = core::iter::once(label.as_bytes()).chain(parts.iter().copied()).fold(
        Vec::new(),
        |mut input, part| {
            input.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            input.extend(part);
            input
        },
    );
    Sha256::digest(input).into()
}

pub(crate) fn hmac(key: &Key, bytes: &[u8]) -> Key {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(bytes).finalize().into_bytes().into()
}

/// `H("message", message)`.
pub(crate) fn digest(message: &[u8]) -> Key {
    hash("message", &[message])
}

/// The public half of the key that is made from these bytes of entropy.
pub(crate) fn public_key(entropy: Key) -> Key {
    x25519_dalek::x25519(entropy, x25519_dalek::X25519_BASEPOINT_BYTES)
}

/// The value that two halves share.
pub(crate) fn shared(entropy: Key, theirs: Key) -> Key {
    x25519_dalek::x25519(entropy, theirs)
}

/// What is made from a code.
#[derive(Clone, Copy)]
pub(crate) struct CodeKeys {
    pub(crate) secret: Key,
    pub(crate) digest: Key,
    pub(crate) accept: Key,
    pub(crate) confirm: Key,
    pub(crate) session: Key,
}

impl CodeKeys {
    pub(crate) fn of(code: &str) -> Self {
        let records = code_records(code);
        let secret: Key = parse(&records)[&4].as_slice().try_into().unwrap();
        let key = |label: &str| hmac(&secret, &hash("key", &[label.as_bytes()]));
        Self {
            secret,
            digest: hash("code", &[&records]),
            accept: key("accept"),
            confirm: key("confirm"),
            session: key("session"),
        }
    }

    pub(crate) fn connection_secret(&self, accept: &[u8], confirm: &[u8], shared: Key) -> Key {
        hmac(&self.session, &hash("session", &[accept, confirm, &shared]))
    }
}

/// The records in a code.
pub(crate) fn code_records(code: &str) -> Vec<u8> {
    let bytes = URL_SAFE_NO_PAD.decode(code.strip_prefix("clasp1_").unwrap()).unwrap();
    bytes[2..bytes.len() - 4].to_vec()
}

/// The code that holds these records.
pub(crate) fn code_of(records: &[u8]) -> String {
    armoured("clasp1_", records)
}

/// The text with this prefix that holds these bytes.
pub(crate) fn armoured(prefix: &str, body: &[u8]) -> String {
    let mut bytes = u16::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(body);
    let checksum = Sha256::digest([prefix.as_bytes(), bytes.as_slice()].concat());
    bytes.extend(&checksum[..4]);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The key under which the source (or the destination) reports.
pub(crate) fn report_key(connection_secret: &Key, from: &str) -> Key {
    hmac(connection_secret, &hash(&format!("from {from}"), &[]))
}

pub(crate) fn exported(connection_secret: &Key, label: &str) -> Key {
    hmac(connection_secret, &hash("export", &[label.as_bytes()]))
}

/// The comparison string: 80 bits, five at a time.
pub(crate) fn comparison(connection_secret: &Key) -> String {
    let bytes = hmac(connection_secret, &hash("compare", &[]));
    let bit = |index: usize| bytes[index / 8] >> (7 - index % 8) & 1;
    let digit = |index: usize| {
        let value = (0..5).fold(0, |value, next| value << 1 | bit(index * 5 + next));
        char::from(b"0123456789abcdefghjkmnpqrstvwxyz"[usize::from(value)])
    };
    let digits: Vec<char> = (0..16).map(digit).collect();
    digits.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// Records by their types.
pub(crate) fn parse(mut bytes: &[u8]) -> BTreeMap<u8, Vec<u8>> {
    let mut records = BTreeMap::new();
    while let [kind, high, low, rest @ ..] = bytes {
        let (value, behind) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        records.insert(*kind, value.to_vec());
        bytes = behind;
    }
    records
}

pub(crate) fn record(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    bytes.extend(value);
    bytes
}

pub(crate) fn write(records: &BTreeMap<u8, Vec<u8>>) -> Vec<u8> {
    records.iter().flat_map(|(kind, value)| record(*kind, value)).collect()
}

/// A message taken apart, to be changed and sealed again.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) kind: u8,
    pub(crate) records: BTreeMap<u8, Vec<u8>>,
}

impl Message {
    pub(crate) fn open(message: &[u8]) -> Self {
        Self { kind: message[1], records: parse(&message[2..message.len() - 32]) }
    }

    #[must_use]
    pub(crate) fn with(mut self, kind: u8, value: impl AsRef<[u8]>) -> Self {
        self.records.insert(kind, value.as_ref().to_vec());
        self
    }

    #[must_use]
    pub(crate) fn without(mut self, kind: u8) -> Self {
        self.records.remove(&kind);
        self
    }

    #[must_use]
    pub(crate) fn of_kind(self, kind: u8) -> Self {
        Self { kind, ..self }
    }

    /// With no more than what every message has but a report: id and h.
    #[must_use]
    pub(crate) fn bare(mut self) -> Self {
        self.records.retain(|kind, _| matches!(kind, 2 | 4));
        self
    }

    pub(crate) fn seal(&self, key: &Key) -> Vec<u8> {
        seal(&[&[1, self.kind], write(&self.records).as_slice()].concat(), key)
    }
}

/// Any bytes and their MAC.
pub(crate) fn seal(bytes: &[u8], key: &Key) -> Vec<u8> {
    [bytes, &hmac(key, bytes)].concat()
}
