//! Submitting and accepting over a store that fails: each call ends right or with the right error, and calling
//! again completes it.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/stores.rs"]
mod stores;
#[path = "support/nodes.rs"]
mod support;

use handclasp::{
    ConnectionMode, HandOver, InProcess, InfoFilled, Initiated, KnownPlatform, Node, StoreFailure,
    SubmitError, Wizard,
};
use pollster::block_on;
use stores::{Broken, FlakyStore, Trouble};
use support::{Plain, World, accept, answered, assert_agreed, code, filled, initiated, instance, view};

type Flaky = Node<FlakyStore, InProcess>;

/// A node whose store fails when it is told to, attached to the network.
fn flaky(world: &World, uid: &str, platform: KnownPlatform) -> (Flaky, FlakyStore) {
    let store = FlakyStore::new();
    let node = world.builder(instance(uid, platform), store.clone(), world.network.clone()).build();
    node.attach_to(&world.network);
    (node, store)
}

#[test]
fn submitting_twice_stores_once() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let wizard = initiated(&source, "jira.example.com").await;
        let first = source.submit(&wizard).await.unwrap().connection;
        let second = source.submit(&wizard).await.unwrap().connection;
        assert_eq!(first, second);
        assert_eq!(source.store().len(), 1);
    });
}

#[test]
fn submitting_twice_gives_the_same_code() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let wizard = initiated(&source, "jira.example.com").await;
        let exposed = |hand_over: &HandOver| hand_over.code().unwrap().expose().to_owned();
        let first = exposed(source.submit(&wizard).await.unwrap().hand_over);
        let second = exposed(source.submit(&wizard).await.unwrap().hand_over);
        assert_eq!(first, second);
    });
}

#[test]
fn submitting_again_shows_what_has_become_of_it() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let wizard = initiated(&source, "jira.example.com").await;
        source.submit(&wizard).await.unwrap();
        accept(&destination, &code(&wizard)).await;
        let again = source.submit(&wizard).await.unwrap();
        assert_eq!(again.connection, view(&source, wizard.id()).await);
    });
}

#[test]
fn submitting_says_where_to_go() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let wizard = initiated(&source, "jira.example.com").await;
        let submitted = source.submit(&wizard).await.unwrap();
        assert_eq!(submitted.remote_url, destination.instance().accept_page());
    });
}

/// One draft that is initiated twice, by a double click, say.
fn twice(source: &Plain) -> [Wizard<Initiated>; 2] {
    let wizard = filled(source.start_without_url().unwrap(), ConnectionMode::Script);
    [wizard.clone(), wizard].map(|wizard| source.initiate(wizard).unwrap())
}

#[test]
fn of_a_draft_initiated_twice_the_second_is_shown_what_is_stored() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let [first, second] = twice(&source);
        let stored_first = source.submit(&first).await.unwrap().connection;
        let error = source.submit(&second).await.unwrap_err();
        assert!(matches!(error, SubmitError::AlreadyInitiated { stored } if *stored == stored_first));
    });
}

#[test]
fn of_a_draft_initiated_twice_the_first_code_works() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let [first, second] = twice(&source);
        source.submit(&first).await.unwrap();
        source.submit(&second).await.unwrap_err();
        let accepted = accept(&destination, &code(&first)).await;
        assert_agreed(&view(&source, first.id()).await, accepted.connection());
    });
}

#[test]
fn a_local_wizard_initiated_twice_makes_one_connection() {
    block_on(async {
        let world = World::new();
        let jira = world.node("jira", KnownPlatform::JiraCloud);
        let wizard = filled(jira.start("jira.example.com").await.unwrap(), ConnectionMode::Script);
        for wizard in [wizard.clone(), wizard] {
            jira.submit(&jira.initiate(wizard).unwrap()).await.unwrap();
        }
        assert_eq!(jira.store().len(), 1);
    });
}

/// Submits two wizards that come from one local draft, and checks that the second is shown the first.
#[track_caller]
fn check_already_initiated(jira: &Plain, [first, second]: [Wizard<InfoFilled>; 2]) {
    block_on(async {
        let [first, second] = [first, second].map(|wizard| jira.initiate(wizard).unwrap());
        let stored_first = jira.submit(&first).await.unwrap().connection;
        let error = jira.submit(&second).await.unwrap_err();
        assert!(matches!(error, SubmitError::AlreadyInitiated { stored } if *stored == stored_first));
    });
}

#[test]
fn of_a_local_draft_initiated_in_two_modes_the_second_is_shown_what_is_stored() {
    let world = World::new();
    let jira = world.node("jira", KnownPlatform::JiraCloud);
    let start = block_on(jira.start("jira.example.com")).unwrap();
    let modes = [ConnectionMode::Script, ConnectionMode::Visual];
    check_already_initiated(&jira, modes.map(|mode| filled(start.clone(), mode)));
}

#[test]
fn of_a_local_draft_initiated_with_two_names_the_second_is_shown_what_is_stored() {
    let world = World::new();
    let jira = world.node("jira", KnownPlatform::JiraCloud);
    let start = block_on(jira.start("jira.example.com")).unwrap();
    let wizard = start.choose_mode(ConnectionMode::Script).unwrap();
    let named = |name: &str| {
        let mut form = answered(wizard.form(), wizard.asks());
        name.clone_into(&mut form.name);
        wizard.clone().fill(form).unwrap()
    };
    check_already_initiated(&jira, ["Here", "Here, too"].map(named));
}

/// Submits once with trouble at these calls, and once without; gives the first outcome.
fn submitted(troubles: &[(usize, Trouble)]) -> Result<(), SubmitError<Broken>> {
    block_on(async {
        let world = World::new();
        world.node("jira", KnownPlatform::JiraCloud);
        let (source, store) = flaky(&world, "salesforce", KnownPlatform::Salesforce);
        let wizard = initiated(&source, "jira.example.com").await;
        for (call, trouble) in troubles {
            store.fail_call(*call, *trouble);
        }
        let outcome = source.submit(&wizard).await.map(|_| ());
        store.mend();
        source.submit(&wizard).await.unwrap();
        assert_eq!(store.inner.len(), 1);
        outcome
    })
}

#[test]
fn a_failed_write_is_reported_as_nothing_written() {
    let outcome = submitted(&[(0, Trouble::Failed)]);
    assert!(matches!(outcome, Err(SubmitError::Store(StoreFailure::Failed(Broken)))), "{outcome:?}");
}

#[test]
fn an_unclear_write_that_got_through_is_found() {
    submitted(&[(0, Trouble::UnclearWritten)]).unwrap();
}

#[test]
fn an_unclear_write_that_was_lost_is_repeated() {
    submitted(&[(0, Trouble::UnclearLost)]).unwrap();
}

#[test]
fn an_unclear_write_stays_unclear_when_it_cannot_be_looked_up() {
    for trouble in [Trouble::UnclearWritten, Trouble::UnclearLost] {
        let outcome = submitted(&[(0, trouble), (1, Trouble::Failed)]);
        assert!(matches!(outcome, Err(SubmitError::Store(StoreFailure::Unclear(Broken)))), "{outcome:?}");
    }
}

#[test]
fn an_unclear_write_stays_unclear_when_repeating_it_fails() {
    let outcome = submitted(&[(0, Trouble::UnclearLost), (2, Trouble::Failed)]);
    assert!(matches!(outcome, Err(SubmitError::Store(StoreFailure::Unclear(Broken)))), "{outcome:?}");
}

#[test]
fn a_record_that_is_there_and_not_there_is_tried_again() {
    submitted(&[(0, Trouble::Refused), (2, Trouble::Refused)]).unwrap();
}

#[test]
fn a_store_that_always_refuses_is_given_up() {
    block_on(async {
        let world = World::new();
        world.node("jira", KnownPlatform::JiraCloud);
        let (source, store) = flaky(&world, "salesforce", KnownPlatform::Salesforce);
        let wizard = initiated(&source, "jira.example.com").await;
        store.fail_writes(Trouble::Refused);
        let error = source.submit(&wizard).await.unwrap_err();
        assert!(matches!(error, SubmitError::Store(StoreFailure::Contended)), "{error:?}");
    });
}

#[test]
fn a_store_that_is_always_unclear_is_given_up_as_unclear() {
    block_on(async {
        let world = World::new();
        world.node("jira", KnownPlatform::JiraCloud);
        let (source, store) = flaky(&world, "salesforce", KnownPlatform::Salesforce);
        let wizard = initiated(&source, "jira.example.com").await;
        store.fail_writes(Trouble::UnclearLost);
        let error = source.submit(&wizard).await.unwrap_err();
        assert!(matches!(error, SubmitError::Store(StoreFailure::Unclear(Broken))), "{error:?}");
    });
}

#[test]
fn a_store_that_is_always_unclear_is_given_up_soon() {
    for trouble in [Trouble::UnclearLost, Trouble::UnclearWritten] {
        block_on(async {
            let world = World::new();
            world.node("jira", KnownPlatform::JiraCloud);
            let (source, store) = flaky(&world, "salesforce", KnownPlatform::Salesforce);
            let wizard = initiated(&source, "jira.example.com").await;
            store.fail_writes(trouble);
            _ = source.submit(&wizard).await;
            let calls = store.mend();
            assert!((1..=8).contains(&calls.len()), "{trouble:?}: {calls:?}");
        });
    }
}
