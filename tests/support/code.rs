//! Invitation codes taken apart and put together by hand, independently of the crate's own encoder.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "the helpers of a test fail like a test")]

use sha2::{Digest as _, Sha256};

pub(crate) const PREFIX: &str = "clasp1_";

/// The alphabet of base64url, in the order of the values.
pub(crate) const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The code of these records: `clasp1_` and base64url of length, records and checksum.
pub(crate) fn code_of_bytes(records: &[u8]) -> String {
    let length = u16::try_from(records.len()).expect("records of less than 64 KiB");
    let framed = [&length.to_be_bytes()[..], records].concat();
    let checksum = Sha256::new().chain_update(PREFIX).chain_update(&framed).finalize();
    format!("{PREFIX}{}", base64url(&[&framed[..], &checksum[..4]].concat()))
}

/// The code of these records, in this order.
pub(crate) fn code_of(records: &[(u8, Vec<u8>)]) -> String {
    code_of_bytes(&bytes_of(records))
}

/// Type, length and value of each.
pub(crate) fn bytes_of(records: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, value) in records {
        bytes.push(*kind);
        bytes.extend(u16::try_from(value.len()).expect("a value of less than 64 KiB").to_be_bytes());
        bytes.extend(value);
    }
    bytes
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..=chunk.len() {
            let value = bits >> (18 - 6 * index) & 0x3f;
            text.push(char::from(ALPHABET[usize::try_from(value).expect("six bits")]));
        }
    }
    text
}

/// The bytes behind the prefix of a code: length, records, checksum.
pub(crate) fn framed(code: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for character in code.strip_prefix(PREFIX).expect("the prefix").bytes() {
        let value = ALPHABET.iter().position(|it| *it == character).expect("a character of base64url");
        bits = bits << 6 | u32::try_from(value).expect("six bits");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("eight bits"));
        }
    }
    bytes
}

/// The records of a code: their types and values.
pub(crate) fn records(code: &str) -> Vec<(u8, Vec<u8>)> {
    let framed = framed(code);
    let mut rest = &framed[2..framed.len() - 4];
    let mut records = Vec::new();
    while let [kind, high, low, behind @ ..] = rest {
        let (value, next) = behind.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        records.push((*kind, value.to_vec()));
        rest = next;
    }
    records
}
