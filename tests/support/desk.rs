//! What people decide, by its trigger: through the pure transitions, and through a node where the store has a say.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::time::Duration;

use handclasp::handshake::{self, Outcome};
use handclasp::lifecycle::{Cell, Denial, NotPossible, Stage, Trigger};
use handclasp::{
    AcceptInvitationError, Connection, ConnectionId, ConnectionMode, ConnectionName, ConnectionStore,
    ConnectionView, DecideError, EventKind, FixedClock, Health, InProcess, Initiated, InstanceUrl,
    MemoryStore, Moment, Node, Obstacle, ReissueError, Role, SeededEntropy, SubmitError, Terms, Timestamp,
    UrlPolicy, Wizard,
};
use pollster::block_on;

use crate::stages::Standing;
use crate::support::{at, complete, entropy, now, url};

/// The connection that takes the place of a re-issued one.
pub(crate) fn successor() -> ConnectionId {
    ConnectionId::new(now(), entropy(0x78))
}

/// Where the other side says that it has moved; where it has never been, if it does not.
pub(crate) fn moved_to(record: &Connection) -> InstanceUrl {
    record.health().moved_to.clone().unwrap_or_else(|| url("https://elsewhere.example.com"))
}

/// A decision about a record that is there.
pub(crate) fn decide(record: &Connection, trigger: Trigger, moment: Moment) -> Result<Outcome, NotPossible> {
    decide_with(record, trigger, &moved_to(record), moment)
}

/// A decision about a record that is there; if it is about a move, about the one to this address.
pub(crate) fn decide_with(
    record: &Connection,
    trigger: Trigger,
    moved_to: &InstanceUrl,
    moment: Moment,
) -> Result<Outcome, NotPossible> {
    match trigger {
        Trigger::Reissue => handshake::supersede(record, successor(), moment),
        Trigger::Revoke => handshake::revoke(record, moment),
        Trigger::Approve => handshake::approve(record, moment),
        Trigger::Decline => handshake::decline(record, moment),
        Trigger::Cancel => handshake::cancel(record, moment),
        Trigger::Edit => rename(record, "Another name", moment),
        Trigger::Deactivate => handshake::deactivate(record, moment),
        Trigger::Activate => handshake::activate(record, moment),
        Trigger::Remove => handshake::remove(record, moment),
        Trigger::ConfirmMove => handshake::confirm_move(record, moved_to, UrlPolicy::public(), moment),
        _ => panic!("not decided about a record: {trigger:?}"),
    }
}

pub(crate) fn rename(record: &Connection, name: &str, moment: Moment) -> Result<Outcome, NotPossible> {
    handshake::rename(record, ConnectionName::parse(name).unwrap(), moment)
}

/// What has happened once a decision has changed the stage.
pub(crate) fn decision_events(to: &Standing, trigger: Trigger) -> Vec<EventKind> {
    match (trigger, to.stage) {
        (Trigger::Reissue, _) => vec![EventKind::Superseded { by: successor() }],
        (Trigger::Approve, _) => vec![EventKind::Approved, EventKind::Activated],
        (Trigger::Deactivate, _) => vec![EventKind::Deactivated],
        (Trigger::Activate, _) => vec![EventKind::Reactivated],
        // Removing what was never active is revoking, declining or cancelling it.
        (Trigger::Revoke, _) | (Trigger::Remove, Stage::Pending | Stage::Expired) => vec![EventKind::Revoked],
        (Trigger::Decline, _) | (Trigger::Remove, Stage::AwaitingApproval) => vec![EventKind::Declined],
        (Trigger::Cancel, _) | (Trigger::Remove, Stage::Accepting) => vec![EventKind::Cancelled],
        (Trigger::Remove, _) => vec![EventKind::Removed],
        _ => panic!("changes no stage: {trigger:?}"),
    }
}

pub(crate) type Desk = Node<MemoryStore, InProcess>;

/// A node that has this record and reaches nobody.
pub(crate) fn desk(to: &Standing) -> (Desk, FixedClock) {
    let store = MemoryStore::new();
    if let Some(record) = &to.record {
        block_on(store.insert(record)).unwrap();
    }
    let clock = FixedClock::at(at(to.now()));
    let entropy = SeededEntropy::new(1);
    let node =
        Node::builder_with(to.local().clone(), store, InProcess::new(), clock.clone(), entropy).build();
    (node, clock)
}

/// The record that the node has.
pub(crate) fn record(node: &Desk, id: ConnectionId) -> Option<Connection> {
    block_on(node.store().get(id)).unwrap().map(|stored| stored.connection)
}

fn id(to: &Standing) -> ConnectionId {
    to.pair.source.id()
}

/// Lets a node decide it, and checks what the store has afterwards.
#[track_caller]
pub(crate) fn check(to: &Standing, trigger: Trigger, expected: Cell) {
    match trigger {
        Trigger::Initiate => check_initiate(to, expected),
        Trigger::AcceptCode => check_accept(to, expected),
        Trigger::DeclineCode => check_decline(to, expected),
        Trigger::Purge => check_purge(to, expected),
        _ => check_missing(to, trigger, expected),
    }
}

#[track_caller]
fn check_unchanged(to: &Standing, node: &Desk) {
    let bytes = |record: &Connection| record.to_secret_bytes().expose_bytes().to_vec();
    let after = record(node, id(to));
    assert!(after.as_ref().map(bytes) == to.record.as_ref().map(bytes), "changed: {:?}", to.how);
}

/// Checks that nothing has changed but how often the other side was called in vain.
#[track_caller]
fn check_same_but_health(to: &Standing, node: &Desk) {
    let now = at(to.now());
    let shown = |record: &Connection| -> ConnectionView {
        let mut view = record.view(now);
        (view.health, view.next_refresh) = (Health::default(), None);
        view
    };
    let (before, after) = (to.record.as_ref().unwrap(), record(node, id(to)).unwrap());
    assert_eq!(shown(&after), shown(before), "{}", to.how);
    assert_eq!(handshake::due(&after), handshake::due(before), "{}", to.how);
}

fn stage(node: &Desk, to: &Standing) -> Stage {
    Stage::of(record(node, id(to)).as_ref(), node.now())
}

/// A wizard of this instance whose connection has this record's id, and a code or a name of its own.
fn wizard(to: &Standing) -> Wizard<Initiated> {
    let (local, terms) = (to.local().clone(), Terms::new(UrlPolicy::public()));
    let start = if to.role == Role::Local {
        let own = url("node.source.example.com");
        Wizard::start(local.clone(), terms, id(to), own, local).unwrap()
    } else if local.is_public() {
        Wizard::start_without_url(local, terms, id(to))
    } else {
        Wizard::start_with(local, terms, id(to), to.pair.scene.destination.clone()).unwrap()
    };
    let wizard = start.choose_mode(ConnectionMode::Basic).unwrap();
    let mut form = complete(wizard.form(), wizard.asks());
    "Initiated once more".clone_into(&mut form.name);
    wizard.fill(form).unwrap().initiate(at(to.now()), entropy(0x66))
}

#[track_caller]
fn check_initiate(to: &Standing, expected: Cell) {
    let (node, _) = desk(to);
    let wizard = wizard(to);
    let submitted = block_on(node.submit(&wizard)).map(drop);
    match (submitted, expected) {
        (Ok(()), Cell::Becomes(next)) => {
            assert_eq!(stage(&node, to), next);
            assert_eq!(record(&node, id(to)).unwrap().role(), to.role);
        }
        // Who initiates is a source: the cell of a destination is that there is none.
        (Ok(()), Cell::Denied(Denial::Missing)) if to.role == Role::Destination => {
            assert_eq!(record(&node, id(to)).unwrap().role(), Role::Source);
        }
        (Err(SubmitError::AlreadyInitiated { stored }), Cell::Denied(Denial::Exists)) => {
            assert_eq!(stored.id, id(to));
            check_unchanged(to, &node);
        }
        (submitted, expected) => panic!("{:?} {}: {expected:?}, but {submitted:?}", to.stage, to.how),
    }
}

#[track_caller]
fn check_accept(to: &Standing, expected: Cell) {
    let (node, _) = desk(to);
    let preview = block_on(node.preview(&to.pair.scene.code)).unwrap();
    let form = complete(preview.form(), preview.asks());
    let accepted = block_on(node.accept(&preview, &form));
    match (accepted, expected) {
        (Err(AcceptInvitationError::Obstacles { .. }), Cell::Denied(Denial::OwnInvitation)) => {
            assert!(preview.obstacles().contains(&Obstacle::OwnInvitation), "{:?}", preview.obstacles());
            check_unchanged(to, &node);
        }
        (Ok(_), Cell::Becomes(next)) => assert_eq!(stage(&node, to), next),
        // It is asked for again, in vain: that is all that is written down.
        (Ok(_), Cell::Stays) if to.stage == Stage::Accepting => check_same_but_health(to, &node),
        (Ok(_), Cell::Stays) => check_unchanged(to, &node),
        (accepted, expected) => panic!("{:?} {}: {expected:?}, but {accepted:?}", to.stage, to.how),
    }
}

#[track_caller]
fn check_decline(to: &Standing, expected: Cell) {
    let (node, _) = desk(to);
    let preview = block_on(node.preview(&to.pair.scene.code)).unwrap();
    let declined = block_on(node.decline_invitation(&preview)).map(drop);
    match (declined, expected) {
        (Err(AcceptInvitationError::Obstacles { .. }), Cell::Denied(Denial::OwnInvitation)) => {
            assert!(preview.obstacles().contains(&Obstacle::OwnInvitation), "{:?}", preview.obstacles());
            check_unchanged(to, &node);
        }
        (Err(AcceptInvitationError::NotPossible(error)), Cell::Denied(denial)) => {
            let said = (error.trigger, error.role, error.stage, error.denial);
            assert_eq!(said, (Trigger::DeclineCode, to.role, to.stage, denial), "{}", to.how);
            check_unchanged(to, &node);
        }
        (Ok(()), Cell::Becomes(next)) => assert_eq!(stage(&node, to), next),
        (Ok(()), Cell::Stays) => check_same_but_health(to, &node),
        (declined, expected) => panic!("{:?} {}: {expected:?}, but {declined:?}", to.stage, to.how),
    }
}

const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Too early first, then when it is time: at once if the other side knows, else only on request.
#[track_caller]
fn check_purge(to: &Standing, expected: Cell) {
    let (node, clock) = desk(to);
    let denied = |result: Result<(), DecideError<_>>, denial| match result {
        Err(DecideError::NotPossible(error)) => {
            let said = (error.trigger, error.role, error.stage, error.denial);
            assert_eq!(said, (Trigger::Purge, to.role, to.stage, denial), "{}", to.how);
            check_unchanged(to, &node);
        }
        result => panic!("{:?} {}: {result:?}", to.stage, to.how),
    };
    let purge = || block_on(node.purge(id(to)));
    match expected {
        Cell::Stays => {
            purge().unwrap();
            check_unchanged(to, &node);
        }
        Cell::Denied(denial) => denied(purge(), denial),
        Cell::Becomes(next) => {
            let record = to.record.as_ref().unwrap();
            let time: Timestamp = record.closed_at().unwrap().saturating_add(KEPT);
            clock.set(at(time.as_millis() - 1));
            denied(purge(), Denial::TooEarly);
            denied(block_on(node.purge_unacknowledged(id(to))), Denial::TooEarly);
            clock.set(time);
            if record.is_acknowledged() {
                purge().unwrap();
            } else {
                denied(purge(), Denial::Unacknowledged);
                block_on(node.purge_unacknowledged(id(to))).unwrap();
            }
            assert_eq!(stage(&node, to), next, "{}", to.how);
            purge().unwrap();
        }
        expected => panic!("{:?} {}: {expected:?}", to.stage, to.how),
    }
}

/// Checks that nothing can be decided about what is not there.
#[track_caller]
fn check_missing(to: &Standing, trigger: Trigger, expected: Cell) {
    assert_eq!(expected, Cell::Denied(Denial::Missing), "{trigger:?}");
    let ((node, _), id) = (desk(to), id(to));
    let error = match trigger {
        Trigger::Reissue => block_on(node.reissue(id)).map(drop).map_err(|error| match error {
            ReissueError::Missing => DecideError::Missing,
            error => panic!("{error:?}"),
        }),
        Trigger::Revoke => block_on(node.revoke(id)).map(drop),
        Trigger::Approve => block_on(node.approve(id)).map(drop),
        Trigger::Decline => block_on(node.decline(id)).map(drop),
        Trigger::Cancel => block_on(node.cancel(id)).map(drop),
        Trigger::Edit => block_on(node.rename(id, ConnectionName::parse("Another name").unwrap())).map(drop),
        Trigger::Deactivate => block_on(node.deactivate(id)).map(drop),
        Trigger::Activate => block_on(node.activate(id)).map(drop),
        Trigger::Remove => block_on(node.remove(id)).map(drop),
        Trigger::ConfirmMove => {
            block_on(node.confirm_move(id, &url("https://elsewhere.example.com"))).map(drop)
        }
        _ => panic!("not decided by a node: {trigger:?}"),
    };
    assert!(matches!(error, Err(DecideError::Missing)), "{trigger:?}: {error:?}");
    check_unchanged(to, &node);
}
