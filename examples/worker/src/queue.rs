//! The connections that are due some time, in the order in which they are.

use std::collections::{BTreeSet, HashMap};

use handclasp::{ConnectionId, Timestamp};
use tokio::time::Instant;

/// What the worker remembers of a connection between two refreshes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// When to look at it, by the clock that does not jump.
    pub(crate) due: Instant,
    /// Not before this, whatever happens.
    pub(crate) earliest: Instant,
    /// The recommendation of the record that `due` was computed from; `None` if the record has to be asked again.
    pub(crate) known: Option<Timestamp>,
    /// How often in a row the other side could not be asked, as the record has it.
    pub(crate) failures: u64,
    /// How often in a row a refresh left no trace in the record.
    pub(crate) stalls: u32,
    /// Whether the last of these was that the record could not be read. A page that shows it ends the back-off.
    pub(crate) is_unread: bool,
    /// Whether the last refresh that is known of failed.
    pub(crate) in_trouble: bool,
}

/// A connection is in here at most once: waiting until it is due, or ready since it is.
///
/// It takes some 200 bytes each.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: HashMap<ConnectionId, Entry>,
    waiting: BTreeSet<(Instant, ConnectionId)>,
    ready: BTreeSet<(Instant, ConnectionId)>,
    /// Those of the ready that are in trouble are apart, because they have fewer places.
    ready_in_trouble: BTreeSet<(Instant, ConnectionId)>,
}

impl Queue {
    /// What is remembered of a connection; `None` if it is not in here.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<Entry> {
        self.entries.get(&id).copied()
    }

    /// Adds a connection, or replaces what is remembered of it.
    pub(crate) fn plan(&mut self, id: ConnectionId, entry: Entry) {
        self.remove(id);
        self.entries.insert(id, entry);
        self.waiting.insert((entry.due, id));
    }

    /// Makes ready what has become due, each once.
    pub(crate) fn ripen(&mut self, now: Instant) {
        while let Some(&key) = self.waiting.first().filter(|(due, _)| *due <= now) {
            self.waiting.remove(&key);
            let in_trouble = self.entries.get(&key.1).is_some_and(|entry| entry.in_trouble);
            if in_trouble { &mut self.ready_in_trouble } else { &mut self.ready }.insert(key);
        }
    }

    /// Takes out whichever of the ready became due first; without those in trouble, unless they may.
    pub(crate) fn pop(&mut self, also_in_trouble: bool) -> Option<(ConnectionId, Entry)> {
        let first = self.ready.first().copied();
        let in_trouble = self.ready_in_trouble.first().copied().filter(|_| also_in_trouble);
        let (_, id) = first.into_iter().chain(in_trouble).min()?;
        self.remove(id).map(|entry| (id, entry))
    }

    /// When the next of those that are not ready yet is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// How many are ready, and wait for a place.
    pub(crate) fn backlog(&self) -> usize {
        self.ready.len() + self.ready_in_trouble.len()
    }

    /// How many connections are in here.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn remove(&mut self, id: ConnectionId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        let key = (entry.due, id);
        let _ = self.waiting.remove(&key) || self.ready.remove(&key) || self.ready_in_trouble.remove(&key);
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use handclasp::Entropy;
    use proptest::prelude::*;

    use super::*;

    fn id(number: u8) -> ConnectionId {
        ConnectionId::new(Timestamp::MAX, Entropy::from_bytes([number; 32]))
    }

    fn entry(due: Instant, in_trouble: bool) -> Entry {
        Entry { due, earliest: due, known: None, failures: 0, stalls: 0, is_unread: false, in_trouble }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Plan { number: u8, second: u64, in_trouble: bool },
        Ripen { second: u64 },
        Pop { also_in_trouble: bool },
    }

    fn step() -> impl Strategy<Value = Step> {
        let plan = (0..8_u8, 0..20_u64, any::<bool>());
        prop_oneof![
            plan.prop_map(|(number, second, in_trouble)| Step::Plan { number, second, in_trouble }),
            (0..20_u64).prop_map(|second| Step::Ripen { second }),
            any::<bool>().prop_map(|also_in_trouble| Step::Pop { also_in_trouble }),
        ]
    }

    /// The same without any cleverness.
    #[derive(Default)]
    struct Model(Vec<(ConnectionId, Entry, bool)>);

    impl Model {
        fn pop(&mut self, also_in_trouble: bool) -> Option<(ConnectionId, Entry)> {
            let may =
                |(_, entry, ready): &&(_, Entry, bool)| *ready && (also_in_trouble || !entry.in_trouble);
            let first = *self.0.iter().filter(may).min_by_key(|(id, entry, _)| (entry.due, *id))?;
            self.0.retain(|(id, ..)| *id != first.0);
            Some((first.0, first.1))
        }
    }

    proptest! {
        #[test]
        fn the_queue_does_what_a_list_would(steps in proptest::collection::vec(step(), 0..60)) {
            let begun = Instant::now();
            let at = |second| begun + Duration::from_secs(second);
            let (mut queue, mut model) = (Queue::default(), Model::default());
            for step in steps {
                match step {
                    Step::Plan { number, second, in_trouble } => {
                        let (id, entry) = (id(number), entry(at(second), in_trouble));
                        queue.plan(id, entry);
                        model.0.retain(|(other, ..)| *other != id);
                        model.0.push((id, entry, false));
                    }
                    Step::Ripen { second } => {
                        queue.ripen(at(second));
                        for (_, entry, ready) in &mut model.0 {
                            *ready |= entry.due <= at(second);
                        }
                    }
                    Step::Pop { also_in_trouble } => {
                        prop_assert_eq!(queue.pop(also_in_trouble), model.pop(also_in_trouble));
                    }
                }
                let waiting = model.0.iter().filter(|(_, _, ready)| !ready);
                prop_assert_eq!(queue.next_due(), waiting.map(|(_, entry, _)| entry.due).min());
                prop_assert_eq!(queue.backlog(), model.0.iter().filter(|(_, _, ready)| *ready).count());
                prop_assert_eq!(queue.len(), model.0.len());
                for number in 0..8 {
                    let entry = model.0.iter().find(|(other, ..)| *other == id(number)).map(|(_, entry, _)| *entry);
                    prop_assert_eq!(queue.get(id(number)), entry);
                }
            }
        }
    }

    #[test]
    fn a_connection_takes_some_200_bytes() {
        let now = Instant::now();
        let mut queue = Queue::default();
        let ids: Vec<_> = (0..100_000_u64)
            .map(|millis| {
                ConnectionId::new(Timestamp::from_millis(millis).unwrap(), Entropy::from_bytes([7; 32]))
            })
            .collect();
        let allocated = allocation_counter::measure(|| {
            for (second, id) in (0..).zip(&ids) {
                queue.plan(*id, entry(now + Duration::from_secs(second % 1000), false));
            }
        });
        let each = allocated.bytes_current / 100_000;
        println!("{each} bytes for each connection");
        assert!((100..256).contains(&each), "{each}");
    }
}
