//! The primitive operations that floors are made of.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use url::Url;

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(black_box(part));
    }
    hasher.finalize().into()
}

pub(crate) fn hmac(bytes: &[u8]) -> [u8; 32] {
    let key = black_box([7; 64]);
    Hmac::<Sha256>::new(&key.into()).chain_update(black_box(bytes)).finalize().into_bytes().into()
}

/// One key from another: an HMAC of 32 bytes.
pub(crate) fn key() -> [u8; 32] {
    hmac(&[0; 32])
}

pub(crate) fn base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(black_box(text)).ok()
}

pub(crate) fn parse_url(url: &str) -> Option<Url> {
    Url::parse(black_box(url)).ok()
}

/// 32 bytes of the operating system.
pub(crate) fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    // Where there is none, the subject beside it does not run either.
    let _ = getrandom::fill(&mut bytes);
    bytes
}
