//! What one node is enough to show: which keys there are, which revisions are nobody's, and a database that is full.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handclasp::conformance::{Course, StoreSetup};
use handclasp::{
    Connection, ConnectionStore, Description, InsertError, InstanceUid, ListQuery, Phase, Revision,
    Timestamp, UpdateError, handshake,
};
use handclasp_etcd::EtcdError;
use serde_json::Value;
use support::{Nodes, Setup, uid};

/// All keys of an instance.
fn keys(setup: &Setup, instance: &InstanceUid) -> Vec<String> {
    let (start, end) = (format!("handclasp/{instance}/"), format!("handclasp/{instance}0"));
    let request = format!(
        r#"{{"key":"{}","range_end":"{}","keys_only":true}}"#,
        STANDARD.encode(start),
        STANDARD.encode(end)
    );
    let range = setup.nodes.ask(0, "/v3/kv/range", &request).unwrap();
    let keys = range.get("kvs").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |key: &Value| STANDARD.decode(key.get("key")?.as_str()?).ok();
    keys.iter().map(|key| String::from_utf8(text(key).unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_has_one_key_for_itself_and_one_for_its_phase_and_leaves_none() {
    let setup = Setup::on(Nodes::start(1, &[]));
    let instance = uid("keys");
    let store = setup.open(&instance).await;
    let course = Course::of(1).unwrap();
    let id = course.pending.id();
    let mut revision = store.insert(&course.pending).await.unwrap();
    for phase in Phase::ALL {
        revision = store.update(course.in_phase(*phase), revision).await.unwrap();
        let in_phase = format!("handclasp/keys/p/{}/{id}", phase.code());
        assert_eq!(keys(&setup, &instance), [format!("handclasp/keys/c/{id}"), in_phase]);
    }
    store.remove(id, revision).await.unwrap();
    assert!(keys(&setup, &instance).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_no_record_can_have_writes_nothing() {
    let setup = Setup::on(Nodes::start(1, &[]));
    let store = setup.open(&uid("revisions")).await;
    let record = Course::pending(1).unwrap();
    let numbers = [0, u64::MAX, 1 << 63, (1 << 63) - 1];
    for revision in numbers.map(Revision::new) {
        let updated = store.update(&record, revision).await;
        assert!(matches!(updated, Err(UpdateError::Missing)), "{updated:?}");
        assert!(store.get(record.id()).await.unwrap().is_none());
    }
    let written = store.insert(&record).await.unwrap();
    for revision in numbers.map(Revision::new) {
        let updated = store.update(&record, revision).await;
        assert!(matches!(updated, Err(UpdateError::Conflict)), "{updated:?}");
        let removed = store.remove(record.id(), revision).await;
        assert!(matches!(removed, Err(UpdateError::Conflict)), "{removed:?}");
        assert_eq!(store.get(record.id()).await.unwrap().unwrap().revision, written);
    }
}

/// A list asks twice, for the keys and for the records, and the records are those of the first moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_of_one_phase_has_no_record_that_has_left_it() {
    let setup = Setup::on(Nodes::start(1, &[]));
    let instance = uid("moments");
    let writer = setup.open(&instance).await;
    let course = Course::of(1).unwrap();
    let mut revision = writer.insert(&course.pending).await.unwrap();
    let writing = tokio::spawn(async move {
        loop {
            revision = writer.update(&course.active, revision).await.unwrap();
            revision = writer.update(&course.pending, revision).await.unwrap();
        }
    });
    let store = setup.open(&instance).await;
    let mut pages = [0, 0];
    for _ in 0..500 {
        let page = store.list(&ListQuery::oldest_first().in_phase(Phase::Active)).await.unwrap();
        assert!(page.items.iter().all(|stored| stored.connection.phase() == Phase::Active));
        pages[page.items.len()] += 1;
    }
    assert!(pages.iter().all(|times| *times > 0), "the record was seen to come and go: {pages:?}");
    writing.abort();
}

/// A record of some four kilobytes.
fn large(number: u64) -> Connection {
    let description = Description::parse(&"\u{1f980}".repeat(1000)).unwrap();
    let now = Timestamp::from_secs(1_800_000_000).unwrap();
    let described = handshake::describe(&Course::pending(number).unwrap(), description, now).unwrap();
    described.into_connection().unwrap()
}

/// The write that fills the database is told the same as those that come after it, and yet it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_database_leaves_writes_unclear_and_what_failed_is_not_there() {
    let setup = Arc::new(Setup::on(Nodes::start(1, &["--quota-backend-bytes=4194304"])));
    let instance = uid("full");
    let fills = (0..32).map(|writer| {
        let (setup, instance) = (setup.clone(), instance.clone());
        tokio::spawn(async move {
            let store = setup.open(&instance).await;
            let mut answers = Vec::new();
            for number in 0..1000 {
                let record = large(writer * 1000 + number);
                let answer = store.insert(&record).await;
                let is_full = answer.is_err();
                answers.push((record, answer));
                if is_full {
                    break;
                }
            }
            answers
        })
    });
    let mut answers: Vec<(Connection, Result<Revision, InsertError<EtcdError>>)> = Vec::new();
    for fill in fills.collect::<Vec<_>>() {
        answers.extend(fill.await.unwrap());
    }
    let store = setup.open(&instance).await;
    let (mut unclear, mut landed) = (0, 0);
    for (record, answer) in &answers {
        let is_there = store.get(record.id()).await.unwrap().is_some();
        match answer {
            Ok(_) => assert!(is_there, "what was acknowledged is there"),
            Err(InsertError::Unclear(EtcdError::Refused { message, .. })) => {
                assert_eq!(message, "etcdserver: mvcc: database space exceeded");
                unclear += 1;
                landed += usize::from(is_there);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    println!("full after {} records: {unclear} unclear, of which {landed} landed", answers.len() - unclear);
    assert!(unclear > 0, "it was filled");
    store.list(&ListQuery::default()).await.expect("it can still be read");
}
