//! Stores with one defect each: the suite must find it, by the rule that was made for it.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::fmt;
use core::future::poll_fn;
use core::task::Poll;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use handclasp::conformance::{self, StoreSetup, Task};
use handclasp::{
    Connection, ConnectionId, ConnectionStore, InsertError, InstanceUid, ListQuery, Order, Page, Phase,
    Revision, Stored, UpdateError,
};

/// Lets each other task take one step. (Tokio's own lets them take many.)
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Defect {
    Nothing,
    /// A handle remembers what it has read or written.
    StaleRead,
    /// Each handle has a copy of its own from when it was opened.
    NotShared,
    /// An insert replaces what is there: the last write wins.
    LastWriteWins,
    /// An update succeeds at any revision.
    NoCompareAndSwap,
    /// An update inserts what is missing.
    Upsert,
    /// A removal succeeds at any revision.
    RemovesAnything,
    /// A removal of nothing is no error.
    RemovesNothing,
    /// A record's revision begins at one, so it comes back after a removal.
    AbaRevision,
    /// Each handle counts revisions by itself.
    CountsForItself,
    /// The revision is compared first, and the record written later.
    LostUpdate,
    /// Whether the id is there is asked first, and the record written later.
    DoubleInsert,
    /// A backend that fails is taken for an empty one.
    SwallowedReadError,
    /// A write that failed is told as if it had been done.
    SwallowedWriteError,
    /// A write that failed is told as if somebody else had been faster.
    FailureAsRefusal,
    /// Pages count from the beginning instead of from an id.
    OffsetPages,
    /// Newest first is sorted after the page was cut.
    SortsPages,
    /// A page begins with what it should begin behind.
    RepeatsTheCursor,
    /// The phase by which lists are filtered is the one at the insert.
    OldPhase,
    /// The phase is looked at after the page was cut.
    FiltersPages,
    /// The ids of a phase are looked up first, and their records read later.
    ReadsLater,
    /// A full page always claims that there is another.
    AlwaysNext,
    /// A page never tells of another.
    NeverNext,
    /// A page is one longer than asked.
    TooLong,
    /// The record and the list are written one after the other.
    Torn,
    /// A dropped write leaves its lock behind.
    KeepsItsLock,
    /// Records of more than 16 KiB are refused.
    SmallOnly,
    /// The setup does not show the store failing.
    NeverShownFailing,
    /// All instances have one table.
    OneTable,
    /// Instances are found whatever the case of their UID.
    CaseInsensitive,
    /// Records are listed by the beginning of a key that begins with the UID.
    PrefixOfUid,
}

#[derive(Debug, Eq, PartialEq)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the backend is lost")
    }
}

impl core::error::Error for Lost {}

#[derive(Clone, Debug)]
struct Row {
    bytes: Vec<u8>,
    phase: Phase,
    first_phase: Phase,
    revision: u64,
    is_listed: bool,
}

type Key = (String, ConnectionId);

#[derive(Clone, Default)]
struct Tables {
    rows: BTreeMap<Key, Row>,
    last_revision: u64,
    is_locked: bool,
}

/// A handle.
struct Broken {
    tables: Arc<Mutex<Tables>>,
    instance: String,
    defect: Defect,
    is_lost: bool,
    cache: Mutex<HashMap<ConnectionId, Option<Stored>>>,
    own_count: Mutex<u64>,
}

impl Broken {
    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn key(&self, id: ConnectionId) -> Key {
        (self.instance.clone(), id)
    }

    fn row(&self, id: ConnectionId) -> Option<Row> {
        self.tables.lock().unwrap().rows.get(&self.key(id)).cloned()
    }

    fn stored(row: &Row) -> Stored {
        Stored::new(Connection::from_secret_bytes(&row.bytes).unwrap(), Revision::new(row.revision))
    }

    /// Looks at the record, and writes it: at once, unless that is the defect.
    async fn write(
        &self,
        record: &Connection,
        defect: Defect,
        may: impl Fn(Option<&Row>) -> bool,
    ) -> Option<Revision> {
        if self.has(defect) {
            if !may(self.row(record.id()).as_ref()) {
                return None;
            }
            yield_now().await;
            return Some(self.put(&mut self.tables.lock().unwrap(), record));
        }
        if self.has(Defect::KeepsItsLock) {
            let mut has_locked = false;
            for _ in 0..10_000 {
                if !core::mem::replace(&mut self.tables.lock().unwrap().is_locked, true) {
                    yield_now().await;
                    self.tables.lock().unwrap().is_locked = false;
                    has_locked = true;
                    break;
                }
                yield_now().await;
            }
            if !has_locked {
                return None;
            }
        }
        let revision = {
            let mut tables = self.tables.lock().unwrap();
            if !may(tables.rows.get(&self.key(record.id()))) {
                return None;
            }
            self.put(&mut tables, record)
        };
        if self.has(Defect::Torn) {
            yield_now().await;
        }
        self.tables.lock().unwrap().rows.get_mut(&self.key(record.id())).unwrap().is_listed = true;
        Some(revision)
    }

    fn put(&self, tables: &mut Tables, record: &Connection) -> Revision {
        let old = tables.rows.get(&self.key(record.id()));
        let first_phase = old.map_or_else(|| record.phase(), |row| row.first_phase);
        let own = old.map_or(1, |row| row.revision + 1);
        tables.last_revision += 1;
        *self.own_count.lock().unwrap() += 1;
        let revision = match self.defect {
            Defect::AbaRevision => own,
            Defect::CountsForItself => *self.own_count.lock().unwrap(),
            _ => tables.last_revision,
        };
        let row = Row {
            bytes: record.to_secret_bytes().expose_bytes().to_vec(),
            phase: record.phase(),
            first_phase,
            revision,
            is_listed: !self.has(Defect::Torn),
        };
        if self.has(Defect::StaleRead) {
            self.cache.lock().unwrap().insert(record.id(), Some(Self::stored(&row)));
        }
        tables.rows.insert(self.key(record.id()), row);
        Revision::new(revision)
    }

    fn is_ours(&self, instance: &str) -> bool {
        if self.has(Defect::PrefixOfUid) {
            instance.starts_with(&self.instance)
        } else {
            instance == self.instance
        }
    }

    /// The ids and rows of a list, and where the next page begins.
    fn page(&self, query: &ListQuery) -> (Vec<Row>, Option<ConnectionId>) {
        let tables = self.tables.lock().unwrap();
        let phase = |row: &Row| if self.has(Defect::OldPhase) { row.first_phase } else { row.phase };
        let is_wanted = |row: &Row| query.phase.is_none_or(|wanted| phase(row) == wanted);
        let mut all: Vec<(ConnectionId, &Row)> = tables
            .rows
            .iter()
            .filter(|((instance, _), row)| self.is_ours(instance) && row.is_listed)
            .map(|((_, id), row)| (*id, row))
            .collect();
        all.sort_by_key(|(id, _)| *id);
        if !self.has(Defect::FiltersPages) {
            all.retain(|(_, row)| is_wanted(row));
        }
        let newest_first = query.order == Order::NewestFirst;
        if newest_first && !self.has(Defect::SortsPages) {
            all.reverse();
        }
        if let Some(after) = query.after {
            let is_behind =
                |id: ConnectionId| match (id == after, newest_first && !self.has(Defect::SortsPages)) {
                    (true, _) => self.has(Defect::RepeatsTheCursor),
                    (false, true) => id < after,
                    (false, false) => id > after,
                };
            if self.has(Defect::OffsetPages) {
                // What would be `OFFSET n`, of a client that remembers only how far it came.
                let before = all.iter().position(|(id, _)| *id == after);
                all.drain(..before.map_or_else(|| query.page_size().min(all.len()), |before| before + 1));
            } else {
                all.retain(|(id, _)| is_behind(*id));
            }
        }
        let asked = query.page_size() + usize::from(self.has(Defect::TooLong));
        let is_more = all.len() > asked || (self.has(Defect::AlwaysNext) && all.len() == asked);
        all.truncate(asked);
        if newest_first && self.has(Defect::SortsPages) {
            all.reverse();
        }
        let next = all.last().map(|(id, _)| *id).filter(|_| is_more && !self.has(Defect::NeverNext));
        if self.has(Defect::FiltersPages) {
            all.retain(|(_, row)| is_wanted(row));
        }
        (all.into_iter().map(|(_, row)| row.clone()).collect(), next)
    }
}

impl ConnectionStore for Broken {
    type Error = Lost;

    async fn get(&self, id: ConnectionId) -> Result<Option<Stored>, Lost> {
        if self.is_lost {
            return if self.has(Defect::SwallowedReadError) { Ok(None) } else { Err(Lost) };
        }
        let read = self.row(id).map(|row| Self::stored(&row));
        if self.has(Defect::StaleRead) {
            return Ok(self.cache.lock().unwrap().entry(id).or_insert(read).clone());
        }
        Ok(read)
    }

    async fn insert(&self, connection: &Connection) -> Result<Revision, InsertError<Lost>> {
        if self.is_lost {
            return match self.defect {
                Defect::SwallowedWriteError => Ok(Revision::new(1)),
                Defect::FailureAsRefusal => Err(InsertError::AlreadyExists),
                _ => Err(InsertError::Unclear(Lost)),
            };
        }
        if self.has(Defect::SmallOnly) && connection.to_secret_bytes().expose_bytes().len() > 16 * 1024 {
            return Err(InsertError::Failed(Lost));
        }
        let overwrites = self.has(Defect::LastWriteWins);
        let written = self.write(connection, Defect::DoubleInsert, |row| row.is_none() || overwrites).await;
        written.ok_or(InsertError::AlreadyExists)
    }

    async fn update(
        &self,
        connection: &Connection,
        expected: Revision,
    ) -> Result<Revision, UpdateError<Lost>> {
        if self.is_lost {
            return match self.defect {
                Defect::SwallowedWriteError => Ok(Revision::new(1)),
                Defect::FailureAsRefusal => Err(UpdateError::Conflict),
                _ => Err(UpdateError::Unclear(Lost)),
            };
        }
        if self.row(connection.id()).is_none() && !self.has(Defect::Upsert) {
            return Err(UpdateError::Missing);
        }
        let any = self.has(Defect::NoCompareAndSwap);
        let fits = |row: Option<&Row>| row.is_none_or(|row| any || row.revision == expected.number());
        self.write(connection, Defect::LostUpdate, fits).await.ok_or(UpdateError::Conflict)
    }

    async fn remove(&self, id: ConnectionId, expected: Revision) -> Result<(), UpdateError<Lost>> {
        if self.is_lost {
            return if self.has(Defect::SwallowedWriteError) {
                Ok(())
            } else {
                Err(UpdateError::Failed(Lost))
            };
        }
        let mut tables = self.tables.lock().unwrap();
        let Some(row) = tables.rows.get(&self.key(id)) else {
            return if self.has(Defect::RemovesNothing) { Ok(()) } else { Err(UpdateError::Missing) };
        };
        if row.revision != expected.number() && !self.has(Defect::RemovesAnything) {
            return Err(UpdateError::Conflict);
        }
        tables.rows.remove(&self.key(id));
        Ok(())
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Stored>, Lost> {
        if self.is_lost {
            return if self.has(Defect::SwallowedReadError) {
                Ok(Page::new(Vec::new(), None))
            } else {
                Err(Lost)
            };
        }
        let (mut rows, next) = self.page(query);
        if self.has(Defect::ReadsLater) {
            yield_now().await;
            let ids = rows.iter().map(|row| Self::stored(row).connection.id());
            rows = ids.filter_map(|id| self.row(id)).collect();
        }
        Ok(Page::new(rows.iter().map(Self::stored).collect(), next))
    }
}

struct Setup {
    tables: Arc<Mutex<Tables>>,
    defect: Defect,
}

impl Setup {
    fn with(defect: Defect) -> Self {
        Self { tables: Arc::default(), defect }
    }

    fn handle(&self, instance: &InstanceUid, is_lost: bool) -> Broken {
        let instance = match self.defect {
            Defect::OneTable => String::new(),
            Defect::CaseInsensitive => instance.as_str().to_lowercase(),
            _ => instance.as_str().to_owned(),
        };
        let tables = if self.defect == Defect::NotShared {
            Arc::new(Mutex::new(self.tables.lock().unwrap().clone()))
        } else {
            self.tables.clone()
        };
        let (cache, own_count) = Default::default();
        Broken { tables, instance, defect: self.defect, is_lost, cache, own_count }
    }
}

impl StoreSetup for Setup {
    type Store = Broken;

    async fn open(&self, instance: &InstanceUid) -> Broken {
        self.handle(instance, false)
    }

    async fn unreachable(&self, instance: &InstanceUid) -> Option<Broken> {
        (self.defect != Defect::NeverShownFailing).then(|| self.handle(instance, true))
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

/// The numbers of the rules that a store with this defect breaks.
fn broken_rules(defect: Defect) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let result = runtime.block_on(conformance::store(&Setup::with(defect)));
    let report = match &result {
        Ok(report) => report,
        Err(failure) => failure.report(),
    };
    println!("{defect:?}\n{report}");
    assert_eq!(report.rules.len(), conformance::store_rules::RULES.len());
    report.violations().map(|violation| violation.rule.number).collect()
}

#[test]
fn the_same_store_without_a_defect_passes() {
    assert_eq!(broken_rules(Defect::Nothing), []);
}

macro_rules! breaks {
    ($($name:ident: $defect:ident breaks $rule:expr,)+) => { $(
        #[test]
        fn $name() {
            let rules = broken_rules(Defect::$defect);
            assert!(rules.contains(&$rule), "{rules:?}");
        }
    )+ };
}

breaks! {
    a_stale_read_breaks_rule_1: StaleRead breaks 1,
    handles_that_share_nothing_break_rule_1: NotShared breaks 1,
    the_last_write_winning_breaks_rule_2: LastWriteWins breaks 2,
    no_compare_and_swap_breaks_rule_3: NoCompareAndSwap breaks 3,
    an_update_that_inserts_breaks_rule_3: Upsert breaks 3,
    a_removal_of_anything_breaks_rule_4: RemovesAnything breaks 4,
    a_removal_of_nothing_breaks_rule_4: RemovesNothing breaks 4,
    an_aba_revision_breaks_rule_5: AbaRevision breaks 5,
    handles_that_count_for_themselves_break_rule_5: CountsForItself breaks 5,
    a_lost_update_breaks_rule_6: LostUpdate breaks 6,
    a_double_insert_breaks_rule_6: DoubleInsert breaks 6,
    a_swallowed_read_error_breaks_rule_7: SwallowedReadError breaks 7,
    a_swallowed_write_error_breaks_rule_7: SwallowedWriteError breaks 7,
    a_failure_told_as_a_refusal_breaks_rule_7: FailureAsRefusal breaks 7,
    a_store_that_may_fail_and_is_not_shown_failing_breaks_rule_7: NeverShownFailing breaks 7,
    pages_by_offset_break_rule_8: OffsetPages breaks 8,
    pages_that_are_sorted_too_late_break_rule_8: SortsPages breaks 8,
    a_repeated_cursor_breaks_rule_8: RepeatsTheCursor breaks 8,
    a_phase_that_is_not_kept_up_breaks_rule_8: OldPhase breaks 8,
    pages_that_are_read_later_break_rule_8: ReadsLater breaks 8,
    pages_that_are_filtered_too_late_break_rule_9: FiltersPages breaks 9,
    a_next_page_behind_the_last_breaks_rule_9: AlwaysNext breaks 9,
    pages_that_end_too_early_break_rule_9: NeverNext breaks 9,
    a_page_that_is_too_long_breaks_rule_9: TooLong breaks 9,
    a_torn_write_breaks_rule_10: Torn breaks 10,
    a_lock_that_a_dropped_write_keeps_breaks_rule_10: KeepsItsLock breaks 10,
    records_of_one_size_only_break_rule_11: SmallOnly breaks 11,
    one_table_for_all_breaks_rule_12: OneTable breaks 12,
    instances_in_any_case_break_rule_12: CaseInsensitive breaks 12,
    instances_by_prefix_break_rule_12: PrefixOfUid breaks 12,
}
