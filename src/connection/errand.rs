//! What a side has to say to the other, where it goes, and when to say it next.

use core::time::Duration;

use super::{Connection, Health, Role, State};
use crate::instance::{Instance, InstanceUrl};
use crate::time::Timestamp;

/// The message that is due to the other side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Errand {
    /// Ask the destination for its acceptance, because it cannot call.
    Fetch,
    /// The acceptance, as it is stored.
    Accept,
    /// The confirmation, as it is stored.
    Confirm,
    /// That this side, which accepted or was invited, does not want to.
    Withdraw,
    /// That the acceptance which was taken is refused after all.
    Refuse,
    /// Where this side stands.
    Report,
}

/// How a message gets to the other side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way<'a> {
    /// By a call to its node.
    Call(&'a InstanceUrl),
    /// By people, as text.
    ByHand,
}

impl Connection {
    /// Whether neither side can call the other, so that people carry the messages as text.
    #[must_use]
    pub fn is_relayed_by_hand(&self) -> bool {
        self.role != Role::Local && self.way() == Some(Way::ByHand)
    }

    /// How messages get to the other side; `None` if it has to call.
    pub(crate) fn way(&self) -> Option<Way<'_>> {
        match self.claimed_remote().and_then(Instance::callable_url) {
            Some(url) => Some(Way::Call(url)),
            None => (!self.callable).then_some(Way::ByHand),
        }
    }

    /// The other side as it describes itself, approved or not.
    pub(crate) fn claimed_remote(&self) -> Option<&Instance> {
        match &self.state {
            State::Awaiting(awaiting) => Some(&awaiting.remote),
            _ => self.remote.as_ref(),
        }
    }

    /// What is due, and how it gets there; `None` if there is nothing to say, or the other side has to call.
    pub(crate) fn errand(&self) -> Option<(Errand, Way<'_>)> {
        let way = self.way()?;
        self.errand_on(way).map(|errand| (errand, way))
    }

    /// What is due on this way.
    pub(crate) fn errand_on(&self, way: Way<'_>) -> Option<Errand> {
        Some(match &self.state {
            // Whoever can be called waits for that; and nobody asks by hand.
            State::Pending(_) | State::Awaiting(_) if self.callable || way == Way::ByHand => return None,
            State::Pending(_) | State::Awaiting(_) => Errand::Fetch,
            State::Accepting(_) => Errand::Accept,
            State::Linked(link) if self.role == Role::Source && !link.confirmed => Errand::Confirm,
            // A call finds out where the other side stands; a person is asked to carry only what is news.
            State::Linked(link) if way == Way::ByHand && link.ledger.ours.acknowledged => return None,
            State::Linked(_) => Errand::Report,
            State::Local { .. } => return None,
            State::Closed(closed) if closed.told => return None,
            State::Closed(closed) => match (self.role, &closed.parted) {
                (Role::Source, Some(parted)) if !parted.confirmed => Errand::Refuse,
                (_, Some(_)) => Errand::Report,
                (Role::Source, None) if closed.request.is_some() => Errand::Refuse,
                (Role::Source, None) if self.callable || way == Way::ByHand => return None,
                (Role::Source, None) => Errand::Fetch,
                (_, None) => Errand::Withdraw,
            },
        })
    }

    /// When to refresh next, if nothing else happens; `None` if a refresh would say nothing.
    ///
    /// News is tried again after 30 seconds, and after twice as long with each failure, up to an hour. A side that
    /// waits for people on the other asks once a minute in the first hour, then every five minutes. Once both know where
    /// the other stands, a side that cannot be called asks every quarter of an hour what has changed; one that can be
    /// called is told, and looks every six hours whether the other is still there. What is recommended to different
    /// connections is spread a little.
    #[must_use]
    pub fn next_refresh(&self) -> Option<Timestamp> {
        let (errand, Way::Call(_)) = self.errand()? else { return None };
        let Health { last_contact, last_attempt, trouble, .. } = &self.health;
        let last = last_contact.iter().chain(last_attempt).max().copied();
        let Some(last) = last else { return Some(self.id.created_at()) };
        let pause = match trouble {
            Some(trouble) => backed_off(trouble.times),
            None if self.waits_for_people() => {
                if last < self.id.created_at().saturating_add(HOUR) {
                    MINUTE
                } else {
                    5 * MINUTE
                }
            }
            None if errand == Errand::Report && self.is_acknowledged() => {
                if self.callable {
                    6 * HOUR
                } else {
                    15 * MINUTE
                }
            }
            None => FIRST_PAUSE,
        };
        let [.., spread] = *self.id.as_bytes();
        Some(last.saturating_add(pause + pause / 1024 * u32::from(spread)))
    }

    fn waits_for_people(&self) -> bool {
        match &self.state {
            State::Pending(_) | State::Awaiting(_) => true,
            State::Accepting(accepting) => accepting.waiting,
            State::Closed(closed) => closed.request.is_none(),
            State::Linked(_) | State::Local { .. } => false,
        }
    }
}

/// 30 seconds, and twice as long with each failure in a row, an hour at most.
fn backed_off(failures: u64) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX).min(7);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(HOUR)
}

const FIRST_PAUSE: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
