//! One rule being checked: a store of its own, and calls that count as checks.

use core::fmt;

use crate::conformance::StoreSetup;
use crate::conformance::records::{Made, bytes};
use crate::conformance::report::{Checking, Rule, RuleReport, Violation};
use crate::connection::{Connection, ConnectionId, Phase};
use crate::entropy::{EntropySource, SystemEntropy};
use crate::instance::InstanceUid;
use crate::store::{ConnectionStore, InsertError, ListQuery, Order, Page, Revision, Stored, UpdateError};

pub(super) struct Trial<'a, C> {
    pub(super) setup: &'a C,
    /// The instance whose store it is; nobody else uses it.
    pub(super) instance: InstanceUid,
    checking: Checking,
}

impl<'a, C: StoreSetup> Trial<'a, C> {
    pub(super) fn of(rule: Rule, setup: &'a C) -> Result<Self, Violation> {
        let checking = Checking::of(rule);
        match a_new_instance() {
            Ok(instance) => Ok(Self { setup, instance, checking }),
            Err(error) => {
                Err(checking.violated(format!("the suite found no name for its instance: {error}")))
            }
        }
    }

    pub(super) fn done(self) -> Result<RuleReport, Violation> {
        self.checking.done()
    }

    /// Goes on with an instance without records.
    pub(super) fn renew(&mut self) -> Result<(), Violation> {
        let instance = a_new_instance();
        self.instance = self.made(instance)?;
        Ok(())
    }

    /// Another handle of the instance's store.
    pub(super) async fn open(&self) -> C::Store {
        self.setup.open(&self.instance).await
    }

    /// What the suite made for itself.
    pub(super) fn made<T, E: fmt::Display>(&self, made: Result<T, E>) -> Result<T, Violation> {
        made.map_err(|error| self.checking.violated(format!("the suite could not be set up: {error}")))
    }

    pub(super) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
        self.checking.check(holds, what)
    }

    /// What came of a call that should have worked.
    pub(super) fn must<T, E: fmt::Debug>(
        &mut self,
        call: &str,
        result: Result<T, E>,
    ) -> Result<T, Violation> {
        self.checking.worked(call, result)
    }

    pub(super) async fn get(
        &mut self,
        store: &C::Store,
        id: ConnectionId,
    ) -> Result<Option<Stored>, Violation> {
        self.checking.worked("get", store.get(id).await)
    }

    pub(super) async fn insert(
        &mut self,
        store: &C::Store,
        record: &Connection,
    ) -> Result<Revision, Violation> {
        self.checking.worked("insert of a new record", store.insert(record).await)
    }

    pub(super) async fn update(
        &mut self,
        store: &C::Store,
        record: &Connection,
        expected: Revision,
    ) -> Result<Revision, Violation> {
        self.checking.worked("update at the present revision", store.update(record, expected).await)
    }

    pub(super) async fn remove(
        &mut self,
        store: &C::Store,
        id: ConnectionId,
        expected: Revision,
    ) -> Result<(), Violation> {
        self.checking.worked("remove at the present revision", store.remove(id, expected).await)
    }

    pub(super) async fn page(
        &mut self,
        store: &C::Store,
        query: &ListQuery,
    ) -> Result<Page<Stored>, Violation> {
        self.checking.worked("list", store.list(query).await)
    }

    /// All pages of a list: in the order of ids, none too long, and each behind the one before.
    pub(super) async fn walk(
        &mut self,
        store: &C::Store,
        query: ListQuery,
    ) -> Result<Vec<Stored>, Violation> {
        let (mut all, mut query): (Vec<Stored>, _) = (Vec::new(), query);
        loop {
            let page = self.page(store, &query).await?;
            let (length, most) = (page.items.len(), query.page_size());
            self.check(length <= most, || format!("a page of at most {most} has {length} records"))?;
            let mut before = query.after;
            for stored in page.items {
                let id = stored.connection.id();
                let is_behind = before.is_none_or(|before| follows(query.order, before, id));
                self.check(is_behind, || {
                    format!("the {} list gives {id} behind {before:?}", query.order.code())
                })?;
                before = Some(id);
                all.push(stored);
            }
            let Some(next) = page.next else { return Ok(all) };
            let moves_on = before.is_none_or(|before| before == next || follows(query.order, before, next));
            self.check(moves_on && query.after != Some(next), || {
                format!("the next page is to begin behind {next}, which is not behind {before:?}")
            })?;
            query = query.after(next);
        }
    }

    /// The ids of all pages of a list.
    pub(super) async fn walk_ids(
        &mut self,
        store: &C::Store,
        query: ListQuery,
    ) -> Result<Vec<ConnectionId>, Violation> {
        Ok(self.walk(store, query).await?.iter().map(|stored| stored.connection.id()).collect())
    }

    /// The record is there as it was written, at this revision, whichever way one looks: alone, among all, and among
    /// those of its phase, and not among those of another.
    pub(super) async fn stored(
        &mut self,
        store: &C::Store,
        record: &Connection,
        revision: Revision,
    ) -> Result<(), Violation> {
        let id = record.id();
        let got = self.get(store, id).await?;
        self.same("get", got.as_ref(), record, revision)?;
        let all = self.walk(store, ListQuery::newest_first()).await?;
        self.same("list", only(&all, id), record, revision)?;
        for phase in Phase::ALL {
            let some = self.walk(store, ListQuery::newest_first().in_phase(*phase)).await?;
            if *phase == record.phase() {
                self.same("list of its phase", only(&some, id), record, revision)?;
            } else {
                self.check(only(&some, id).is_none(), || {
                    format!("a record that is {} is listed as {}", record.phase().code(), phase.code())
                })?;
            }
        }
        Ok(())
    }

    fn same(
        &mut self,
        call: &str,
        found: Option<&Stored>,
        record: &Connection,
        revision: Revision,
    ) -> Result<(), Violation> {
        self.check(found.is_some(), || format!("{call} does not give a record that was written"))?;
        let Some(found) = found else { return Ok(()) };
        self.check(bytes(&found.connection) == bytes(record), || {
            format!("{call} gives other bytes than were written")
        })?;
        self.check(found.revision == revision, || {
            format!("{call} gives {:?}, and the write gave {revision:?}", found.revision)
        })
    }

    /// There is no such record, whichever way one looks.
    pub(super) async fn absent(&mut self, store: &C::Store, id: ConnectionId) -> Result<(), Violation> {
        let got = self.get(store, id).await?;
        self.check(got.is_none(), || "get gives a record that is not there".to_owned())?;
        let queries = Phase::ALL.iter().map(|phase| ListQuery::newest_first().in_phase(*phase));
        for query in queries.chain([ListQuery::newest_first()]) {
            let all = self.walk(store, query).await?;
            self.check(only(&all, id).is_none(), || "list gives a record that is not there".to_owned())?;
        }
        Ok(())
    }

    pub(super) async fn refused_insert(
        &mut self,
        store: &C::Store,
        record: &Connection,
    ) -> Result<(), Violation> {
        let result = store.insert(record).await;
        self.check(matches!(result, Err(InsertError::AlreadyExists)), || {
            format!("insert of an id that is there gave {result:?} and not AlreadyExists")
        })
    }

    pub(super) async fn refused_update(
        &mut self,
        store: &C::Store,
        record: &Connection,
        (expected, why): (Revision, &str),
        refusal: Refusal,
    ) -> Result<(), Violation> {
        let result = store.update(record, expected).await.map(|revision| format!("{revision:?}"));
        self.check(refusal.is(&result), || format!("update {why} gave {result:?} and not {refusal:?}"))
    }

    pub(super) async fn refused_remove(
        &mut self,
        store: &C::Store,
        id: ConnectionId,
        (expected, why): (Revision, &str),
        refusal: Refusal,
    ) -> Result<(), Violation> {
        let result = store.remove(id, expected).await;
        self.check(refusal.is(&result), || format!("remove {why} gave {result:?} and not {refusal:?}"))
    }
}

/// How an update or a removal is to be refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Conflict,
    Missing,
}

impl Refusal {
    const fn is<T, E>(self, result: &Result<T, UpdateError<E>>) -> bool {
        match self {
            Self::Conflict => matches!(result, Err(UpdateError::Conflict)),
            Self::Missing => matches!(result, Err(UpdateError::Missing)),
        }
    }
}

fn follows(order: Order, before: ConnectionId, id: ConnectionId) -> bool {
    match order {
        Order::OldestFirst => before < id,
        Order::NewestFirst => before > id,
    }
}

fn only(all: &[Stored], id: ConnectionId) -> Option<&Stored> {
    // `walk` has made sure that there is at most one.
    all.iter().find(|stored| stored.connection.id() == id)
}

/// A UID that nobody has used before: the database may be an old one.
pub(super) fn a_new_instance() -> Made<InstanceUid> {
    let id = ConnectionId::new(crate::time::Timestamp::now(), SystemEntropy.next()?);
    Ok(InstanceUid::parse(&format!("suite-{id}"))?)
}
