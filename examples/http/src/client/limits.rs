//! How long the client waits.

use std::time::Duration;

/// How long an exchange or a discovery may take: 5 seconds to connect, 15 seconds in all.
///
/// Sizes are not for choosing: an answer has [`MAX_ANSWER_BYTES`](handclasp::MAX_ANSWER_BYTES) at most, and its head 16 KiB.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ClientLimits {
    pub(super) connect: Duration,
    pub(super) whole: Duration,
}

impl ClientLimits {
    /// How long it may take to connect, TLS included; and before that, to find the addresses of the name.
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// How long all of it may take, from the name to the last byte of the answer.
    pub fn whole(self, whole: Duration) -> Self {
        Self { whole, ..self }
    }
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(15) }
    }
}
