//! The few constructions that the protocol is built from: a labelled hash, keys, MACs and key agreement.
//!
//! Nothing here is an algorithm of our own: SHA-256, HMAC (RFC 2104) and X25519 (RFC 7748) come from
//! libraries, and DESIGN.md says how they are put together.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac, digest::Key};
use sha2::{Digest as _, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize as _, Zeroizing};

use crate::entropy::Entropy;
use crate::records::Value;

/// A SHA-256 digest, or the public half of a key. Of secrets it is the caller's to protect.
pub(crate) type Digest = [u8; 32];

/// How many bytes a MAC has.
pub(crate) const MAC_BYTES: usize = 32;

/// `H(label, parts…)` of DESIGN.md: SHA-256 over the label and each part, each preceded by its length, so
/// that no two different lists give the same input.
pub(crate) fn hash(label: &str, parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    let length = |hasher: &mut Sha256, bytes: usize| {
        // Nothing that is hashed here comes near 4 GiB: messages end at 16 KiB, and labels are a program's own.
        hasher.update(u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes());
    };
    length(&mut hasher, PROTOCOL.len() + label.len());
    hasher.update(PROTOCOL);
    hasher.update(label);
    for part in parts {
        length(&mut hasher, part.len());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The digest by which an answer names the message it answers.
pub(crate) fn message_digest(message: &[u8]) -> Digest {
    hash("message", &[message])
}

/// 32 secret bytes: a key, or what keys are made from. Wiped when dropped, never shown.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn from_entropy(entropy: &Entropy) -> Self {
        Self::from_bytes(*entropy.as_bytes())
    }

    pub(crate) fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `HMAC(self, digest)`: another key, from which this one cannot be computed.
    pub(crate) fn derive(&self, digest: Digest) -> Self {
        let mut output = self.hmac(&digest).finalize().into_bytes();
        let derived = Self::from_bytes(output.into());
        output.zeroize();
        derived
    }

    /// The MAC under this key.
    pub(crate) fn mac(&self, bytes: &[u8]) -> [u8; MAC_BYTES] {
        self.hmac(bytes).finalize().into_bytes().into()
    }

    /// Whether this is the MAC under this key, compared in constant time.
    pub(crate) fn verifies(&self, bytes: &[u8], mac: &[u8]) -> bool {
        self.hmac(bytes).verify_slice(mac).is_ok()
    }

    fn hmac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        // A key of HMAC's block size needs no error case; shorter keys are padded with zeros by definition.
        let mut key = Key::<Hmac<Sha256>>::default();
        for (slot, byte) in key.iter_mut().zip(*self.0) {
            *slot = byte;
        }
        let hmac = Hmac::<Sha256>::new(&key).chain_update(bytes);
        key.zeroize();
        hmac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl Value for Secret {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.expose_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Value::read(bytes).map(Self::from_bytes)
    }
}

/// One side's half of a key agreement, used for one handshake.
#[derive(Clone)]
pub(crate) struct EphemeralKey(StaticSecret);

impl EphemeralKey {
    pub(crate) fn from_entropy(entropy: &Entropy) -> Self {
        Self(StaticSecret::from(*entropy.as_bytes()))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(StaticSecret::from(bytes))
    }

    pub(crate) fn expose_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn public(&self) -> Digest {
        PublicKey::from(&self.0).to_bytes()
    }

    /// The value both sides share; `None` if the other half is an echo of ours, or a point that makes the
    /// result all zeros: whoever sends such a thing does not want a secret.
    ///
    /// `ours` is this key's [`public`](Self::public) half, which costs a third of an agreement to compute.
    pub(crate) fn agree(&self, ours: Digest, theirs: Digest) -> Option<Zeroizing<[u8; 32]>> {
        // X25519 ignores the last bit of a public key, so an echo may have it set.
        let mut seen = theirs;
        if let Some(last) = seen.last_mut() {
            *last &= 0x7f;
        }
        if seen == ours {
            return None;
        }
        let shared = self.0.diffie_hellman(&PublicKey::from(theirs));
        shared.was_contributory().then(|| Zeroizing::new(shared.to_bytes()))
    }
}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralKey([redacted])")
    }
}

impl Value for EphemeralKey {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.expose_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Value::read(bytes).map(Self::from_bytes)
    }
}

/// Names the protocol in every hash: nothing made for another one means anything here.
const PROTOCOL: &str = "handclasp/1 ";
