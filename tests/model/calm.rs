//! What becomes of a world in which nothing else happens: messages flow, and everybody refreshes.

use handclasp::lifecycle::Stage;
use handclasp::{CloseReason, Refusal};

use super::lab::{Call, Lab};
use super::setup::{Party, Setup};
use super::world::{CODES, Cause, Done, Shelf, World};

/// In the third round nothing is left to be said: two refreshes of everybody are enough.
const ROUNDS: usize = 4;

/// How many messages one refresh sends at most, as the façade does it.
const EXCHANGES: usize = 8;

/// The records after everybody has refreshed until nothing changes.
///
/// What was under way has ended by then, one way or the other; what has not been written is as if it had never been.
pub(crate) fn calm(lab: &mut Lab, setup: &Setup, world: &World) -> Shelf {
    let key = (world.records, world.kept, world.late);
    if let Some(calmed) = lab.calmed.get(&key) {
        return *calmed;
    }
    let mut room = Room { lab, records: world.records, kept: world.kept, late: world.late };
    let mut rounds = 0;
    loop {
        let before = room.records;
        for code in 0..CODES {
            for party in setup.parties() {
                room.refresh(*party, code);
            }
        }
        rounds += 1;
        if room.records == before || rounds == ROUNDS {
            break;
        }
    }
    assert!(rounds < ROUNDS, "two refreshes of everybody were not enough");
    let calmed = room.records;
    lab.calmed.insert(key, calmed);
    calmed
}

struct Room<'a> {
    lab: &'a mut Lab,
    records: Shelf,
    kept: Shelf,
    late: bool,
}

impl Room<'_> {
    /// What the façade does: send what is due, conclude from the reply, send what that gives.
    fn refresh(&mut self, party: Party, code: usize) {
        let Some(record) = self.records[party.index()][code] else { return };
        let mut next = self.lab.due(party, record);
        for _ in 0..EXCHANGES {
            let (Some(request), Some(to)) = (next.say, next.to) else { return };
            let Some(reply) = self.take(to, code, Cause::Answer(request)).say else { return };
            next = self.take(party, code, Cause::Conclude { request, reply });
        }
    }

    fn take(&mut self, party: Party, code: usize, cause: Cause) -> Done {
        let record = self.records[party.index()][code];
        let kept = self.kept[party.index()][code];
        if record.is_none() {
            return Done::default();
        }
        let done = self.lab.call(Call { party, record, kept, cause, late: self.late, salt: 15 });
        let done = done.unwrap_or_default();
        if done.next.is_some() {
            self.records[party.index()][code] = done.next;
        }
        done
    }
}

/// Whether the source and all destinations agree whether there is a connection, and with whom.
pub(crate) fn agree(lab: &Lab, setup: &Setup, records: &Shelf, late: bool) -> bool {
    (0..CODES).all(|code| {
        let source = records[Party::Source.index()][code];
        let Some(source) = source.map(|id| lab.record(id)) else { return true };
        let stage = source.stage(late);
        let others = setup.destinations().iter().filter_map(|party| records[party.index()][code]);
        let others: Vec<_> = others.map(|id| lab.record(id)).collect();
        let linked = others.iter().filter(|other| other.stage(late).is_linked());
        let accepting = others.iter().filter(|other| other.stage(late) == Stage::Accepting).count();
        match stage {
            stage if stage.is_linked() => {
                let partners: Vec<_> = linked.collect();
                accepting == 0 && partners.len() == 1 && partners[0].comparison == source.comparison
            }
            Stage::AwaitingApproval => accepting == 1 && linked.count() == 0,
            // Nobody has accepted, or in vain; who has withdrawn has said so.
            Stage::Pending | Stage::Expired => others.iter().all(|other| {
                matches!(other.reason, Some(CloseReason::Refused { refusal: Refusal::Expired }))
            }),
            _ => accepting == 0 && linked.count() == 0,
        }
    })
}

/// Whether both sides of every connection agree who has it off.
pub(crate) fn agree_on_switches(lab: &Lab, setup: &Setup, records: &Shelf, late: bool) -> bool {
    (0..CODES).all(|code| {
        let stage = |party: Party| lab.stage(records[party.index()][code], late);
        let mirrored = match stage(Party::Source) {
            Stage::OffHere => Stage::OffThere,
            Stage::OffThere => Stage::OffHere,
            stage => stage,
        };
        setup.destinations().iter().all(|party| {
            let other = stage(*party);
            !other.is_linked() || !mirrored.is_linked() || other == mirrored
        })
    })
}
