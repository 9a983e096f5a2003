//! When a connection is due, by its record.

use core::hash::BuildHasher;
use core::time::Duration;
use std::hash::RandomState;

use handclasp::{ConnectionId, ConnectionView, Health, Timestamp};

use crate::pace::LONGEST;

/// When a connection is due, as its record has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Due {
    /// What the record recommends, by the node's clock. Whoever finds it unchanged knows that nothing was written since
    /// that matters here.
    pub(crate) at: Timestamp,
    /// How long it is until then, jitter included; zero if it is due.
    pub(crate) wait: Duration,
    /// How often in a row the other side could not be asked.
    pub(crate) failures: u64,
}

impl Due {
    /// `None` if a refresh would say nothing.
    ///
    /// The wait is never longer than the pause that was meant, from the last contact or attempt to the next: a clock that
    /// was set back would make it so.
    pub(crate) fn of(view: &ConnectionView, now: Timestamp, jitter: &Jitter) -> Option<Self> {
        let at = view.next_refresh?;
        let Health { last_contact, last_attempt, trouble, .. } = &view.health;
        let last = last_contact.iter().chain(last_attempt).max().copied();
        let pause = last.map_or(Duration::ZERO, |last| between(last, at)).min(LONGEST);
        let later = jitter.of(view.id, at.as_millis(), pause);
        let wait = between(now, at.saturating_add(later)).min(pause + later);
        Some(Self { at, wait, failures: trouble.map_or(0, |trouble| trouble.times) })
    }
}

/// From one point in time to another; zero if that is earlier.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(to.as_millis().saturating_sub(from.as_millis()))
}

/// Lengthens pauses a little, each connection's and each pause's in its own way.
///
/// It follows from the connection and the pause, so that whoever looks at a record again comes to the same time; and from
/// a seed of the worker's own, so that two processes do not call at the same moments.
#[derive(Debug)]
pub(crate) struct Jitter {
    seed: RandomState,
    percent: u8,
}

impl Jitter {
    pub(crate) fn new(percent: u8) -> Self {
        Self { seed: RandomState::new(), percent }
    }

    /// By how much to lengthen the pause that has this number.
    pub(crate) fn of(&self, id: ConnectionId, number: u64, pause: Duration) -> Duration {
        // 32 bits of 64, as a fraction of one.
        let fraction = self.seed.hash_one((id.as_bytes(), number)) >> 32;
        let millis = ((pause.as_millis() * u128::from(self.percent) * u128::from(fraction)) >> 32) / 100;
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use handclasp::Entropy;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn jitter_lengthens_by_no_more_than_its_share_and_always_by_the_same(
            (percent, number, seconds, of) in (0..=100_u8, any::<u64>(), 0..86_400_u64, any::<[u8; 32]>()),
        ) {
            let (jitter, pause) = (Jitter::new(percent), Duration::from_secs(seconds));
            let id = ConnectionId::new(Timestamp::MAX, Entropy::from_bytes(of));
            let later = jitter.of(id, number, pause);
            prop_assert!(later <= pause * u32::from(percent) / 100);
            prop_assert_eq!(jitter.of(id, number, pause), later);
        }
    }

    #[test]
    fn jitter_spreads_over_all_of_its_share_in_each_worker_s_own_way() {
        let (one, other) = (Jitter::new(100), Jitter::new(100));
        let id = ConnectionId::new(Timestamp::MAX, Entropy::from_bytes([7; 32]));
        let tenths = |jitter: &Jitter| -> Vec<u64> {
            (0..1000).map(|number| jitter.of(id, number, Duration::from_secs(10)).as_secs()).collect()
        };
        let (ones, others) = (tenths(&one), tenths(&other));
        for tenth in 0..10 {
            assert!(ones.contains(&tenth), "{ones:?}");
        }
        assert_ne!(ones, others);
    }
}
