//! Randomness, which enters the crate only as a value.

use core::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::flat::flat;

/// 32 unpredictable bytes, used once.
///
/// Everything secret is made from such a value, so whoever passes the same one twice makes the same
/// secret twice: it is therefore not `Clone`, and every transition that needs one takes it by value.
/// It is wiped from memory when dropped, and `Debug` does not show it.
pub struct Entropy(Zeroizing<[u8; Self::BYTES]>);

impl Entropy {
    /// How many bytes it is.
    pub const BYTES: usize = 32;

    /// Takes bytes from a cryptographically secure source that the caller has; in tests, any.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Takes bytes from the operating system. Needs the feature `os`.
    ///
    /// # Errors
    /// When the operating system has none to give, as in a sandbox that forbids asking. Nothing has
    /// happened; it may work later.
    #[cfg(feature = "os")]
    pub fn generate() -> Result<Self, EntropyError> {
        let mut entropy = Self::from_bytes([0; Self::BYTES]);
        getrandom::fill(&mut *entropy.0).map_err(|_| EntropyError::new())?;
        Ok(entropy)
    }

    /// The bytes, for the one use they have.
    pub(crate) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy([redacted])")
    }
}

/// No entropy could be had; nothing has happened, and it may work later.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the source of entropy gave none; try again")]
#[non_exhaustive]
pub struct EntropyError;

flat! { EntropyError }

impl EntropyError {
    /// For sources of entropy that the host brings.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// The stable name of this error: `no-entropy`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "no-entropy"
    }
}

impl Default for EntropyError {
    fn default() -> Self {
        Self::new()
    }
}

/// Gives a [`Node`](crate::Node) its entropy.
///
/// A source that repeats itself makes secrets repeat: outside tests it must be cryptographically secure.
pub trait EntropySource {
    /// The next 32 bytes, never the same twice.
    ///
    /// # Errors
    /// When there is none to be had now.
    fn next(&self) -> Result<Entropy, EntropyError>;
}

/// The operating system's entropy.
#[cfg(feature = "os")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to configure")]
pub struct SystemEntropy;

#[cfg(feature = "os")]
impl EntropySource for SystemEntropy {
    fn next(&self) -> Result<Entropy, EntropyError> {
        Entropy::generate()
    }
}

/// Entropy that follows from a number, **for tests only**: the same seed gives the same bytes.
/// Clones go on in one sequence.
#[derive(Clone, Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: std::sync::Arc<core::sync::atomic::AtomicU64>,
}

impl SeededEntropy {
    /// The sequence that belongs to this seed, from its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: std::sync::Arc::default() }
    }
}

impl EntropySource for SeededEntropy {
    fn next(&self) -> Result<Entropy, EntropyError> {
        let number = self.drawn.fetch_add(1, core::sync::atomic::Ordering::SeqCst);
        let digest =
            Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(number.to_be_bytes()).finalize();
        Ok(Entropy::from_bytes(digest.into()))
    }
}
