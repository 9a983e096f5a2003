//! The secret that two connected sides share, and what may leave it.

use core::fmt;

use serde::Serialize;
use zeroize::Zeroizing;

use super::Role;
use crate::crypto::{Digest, Secret, hash};

/// The keys made from a code that outlive the handshake, and the digest that tells one code from another.
#[derive(Clone, Debug)]
pub(crate) struct CodeKeys {
    /// `h`: the digest of the code's records.
    pub(crate) digest: Digest,
    /// Authenticates messages from the destination.
    pub(crate) accept: Secret,
    /// Authenticates messages from the source.
    pub(crate) confirm: Secret,
}

impl CodeKeys {
    pub(crate) fn derive(digest: Digest, secret: &Secret) -> Self {
        Self { digest, accept: code_key(secret, "accept"), confirm: code_key(secret, "confirm") }
    }
}

/// The key from which the connection secret is made; the code's own secret is forgotten.
pub(crate) fn session_key(secret: &Secret) -> Secret {
    code_key(secret, "session")
}

fn code_key(secret: &Secret, label: &str) -> Secret {
    secret.derive(hash("key", &[label.as_bytes()]))
}

/// What both sides hold once they are connected, and nobody else can compute. It has no accessor.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSecret(Secret);

impl ConnectionSecret {
    /// From the session key, both messages as they were sent, and the value that X25519 gives.
    pub(crate) fn agree(session: &Secret, accept: &[u8], confirm: &[u8], shared: &[u8; 32]) -> Self {
        let digest = Zeroizing::new(hash("session", &[accept, confirm, shared]));
        Self(session.derive(*digest))
    }

    pub(crate) fn of(secret: Secret) -> Self {
        Self(secret)
    }

    pub(super) fn as_stored(&self) -> &Secret {
        &self.0
    }

    /// The key that authenticates reports from one side.
    pub(crate) fn report_key(&self, from: Role) -> Secret {
        self.0.derive(hash(if from == Role::Source { "from source" } else { "from destination" }, &[]))
    }

    pub(crate) fn comparison(&self) -> ComparisonString {
        let derived = self.0.derive(hash("compare", &[]));
        let mut bits =
            derived.expose_bytes().iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut characters = ['0'; 16];
        for slot in characters.iter_mut().rev() {
            let index = usize::try_from(bits & 0x1f).unwrap_or_default();
            *slot = CROCKFORD.get(index).copied().map_or('0', char::from);
            bits >>= 5;
        }
        ComparisonString(characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
    }

    pub(crate) fn export(&self, label: &str) -> ExportedKey {
        ExportedKey(Zeroizing::new(*self.0.derive(hash("export", &[label.as_bytes()])).expose_bytes()))
    }
}

/// Sixteen characters that are equal on both sides if, and only if, nobody sits in between.
///
/// Two people who compare them over the telephone know that the connection is theirs. They are no secret.
/// Written in Crockford's base32 in lower case, in groups of four: `9f3k-0v2m-ab7x-q4ht`.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize)]
pub struct ComparisonString(String);

impl ComparisonString {
    /// The characters with their hyphens, 19 in all.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ComparisonString {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComparisonString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A key for the host's own use, the same on both sides of a connection. Wiped when dropped, never shown.
pub struct ExportedKey(Zeroizing<[u8; Self::BYTES]>);

impl ExportedKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 32;

    /// The key itself: for a cipher or a MAC, not for a log.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for ExportedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExportedKey([redacted])")
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
