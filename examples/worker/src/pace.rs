//! How fast the worker goes.

use core::time::Duration;

/// How often the worker looks, how long it waits, and how much it does at once.
///
/// Durations below 100 milliseconds count as that, and those above a day as a day, so that no setting makes the loop spin.
///
/// ```
/// use core::time::Duration;
/// use handclasp_worker::Pace;
///
/// let pace = Pace::default().at_once(32).time_limit(Duration::from_secs(20));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Pace {
    pub(crate) rescan: Duration,
    pub(crate) least_pause: Duration,
    pub(crate) longest_back_off: Duration,
    pub(crate) jitter_percent: u8,
    pub(crate) at_once: usize,
    pub(crate) time_limit: Duration,
    pub(crate) grace: Duration,
}

impl Pace {
    /// How long after one look through the whole store the next begins: so long it takes at most until the worker knows
    /// what another process has stored. A minute, unless said otherwise.
    ///
    /// A store that is large is left alone for longer: nine times as long as looking through it took.
    pub fn rescan(self, pause: Duration) -> Self {
        Self { rescan: bounded(pause), ..self }
    }

    /// How long a connection is left alone after a refresh, whatever is due. Five seconds, unless said otherwise.
    pub fn least_pause(self, pause: Duration) -> Self {
        Self { least_pause: bounded(pause), ..self }
    }

    /// How long the worker's own back-off becomes at most. It begins with the least pause, doubles with each failure that
    /// the record does not know of, and ends here. An hour, unless said otherwise.
    pub fn longest_back_off(self, pause: Duration) -> Self {
        Self { longest_back_off: bounded(pause), ..self }
    }

    /// By how much pauses are lengthened at random: up to so many per cent, 100 at most. Ten, unless said otherwise.
    ///
    /// They are never shortened: what is due is for the record to say.
    pub fn jitter_percent(self, percent: u8) -> Self {
        Self { jitter_percent: percent.min(100), ..self }
    }

    /// How many connections are refreshed at once; 0 counts as 1. Eight, unless said otherwise.
    ///
    /// Those that are in trouble have half of these places at most, so that connections which hang do not take all.
    pub fn at_once(self, connections: usize) -> Self {
        Self { at_once: connections.max(1), ..self }
    }

    /// How long one refresh may take, and the reading of one page, before it is dropped. 30 seconds, unless said otherwise.
    ///
    /// A refresh exchanges up to eight messages, and a transport gives up each after some 15 seconds by itself. What is
    /// dropped is a lost message, and lost messages heal.
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { time_limit: bounded(limit), ..self }
    }

    /// How long the refreshes that are under way may go on when the worker is stopped; nothing, if it is zero. Ten seconds,
    /// unless said otherwise.
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace: grace.min(LONGEST), ..self }
    }

    /// How many of the places those in trouble may have.
    pub(crate) fn at_once_in_trouble(&self) -> usize {
        (self.at_once / 2).max(1)
    }

    /// How long to wait after so many failures in a row, the first of which is 1.
    pub(crate) fn back_off(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        // Not shorter than the least pause, even if that is longer than the longest back-off.
        self.least_pause.saturating_mul(doubled).min(self.longest_back_off.max(self.least_pause))
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            rescan: Duration::from_secs(60),
            least_pause: Duration::from_secs(5),
            longest_back_off: Duration::from_secs(60 * 60),
            jitter_percent: 10,
            at_once: 8,
            time_limit: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

fn bounded(duration: Duration) -> Duration {
    duration.clamp(SHORTEST, LONGEST)
}

const SHORTEST: Duration = Duration::from_millis(100);

/// Longer than any pause that a record recommends, and short enough to be added to any instant.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_back_off_doubles_from_the_least_pause_to_the_longest(
            (least, longest, failures) in (0..200_000_u64, 0..200_000_u64, 1..=u32::MAX),
        ) {
            let (least, longest) = (Duration::from_secs(least), Duration::from_secs(longest));
            let pace = Pace::default().least_pause(least).longest_back_off(longest);
            let (first, cap) = (pace.least_pause, pace.longest_back_off.max(pace.least_pause));
            prop_assert_eq!(pace.back_off(1), first);
            prop_assert_eq!(pace.back_off(u32::MAX), cap);
            let (now, then) = (pace.back_off(failures), pace.back_off(failures.saturating_add(1)));
            prop_assert_eq!(then, if failures == u32::MAX { now } else { (now * 2).min(cap) });
        }

        #[test]
        fn no_setting_makes_it_spin_or_overflow(millis in any::<u64>(), places in any::<usize>(), percent in any::<u8>()) {
            let duration = Duration::from_millis(millis);
            let pace = Pace::default().rescan(duration).least_pause(duration).time_limit(duration).grace(duration);
            let pace = pace.longest_back_off(duration).at_once(places).jitter_percent(percent);
            for bounded in [pace.rescan, pace.least_pause, pace.time_limit, pace.longest_back_off] {
                prop_assert!((SHORTEST..=LONGEST).contains(&bounded));
            }
            prop_assert!(pace.grace <= LONGEST && pace.jitter_percent <= 100);
            prop_assert!(pace.at_once >= 1 && (1..=pace.at_once).contains(&pace.at_once_in_trouble()));
        }
    }
}
