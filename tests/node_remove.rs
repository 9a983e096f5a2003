//! The end of a connection: either side removes it, the other learns it, what is left answers, and is forgotten later.

#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    Accepted, CloseReason, ConnectionMode, ConnectionStore, Fault, KnownPlatform, Refusal, Role, Side,
    Status, TroubleKind,
};
use pollster::block_on;
use support::{
    CONFIRMED, Linked, Plain, World, accept, assert_agreed, bearer_invitation, code, connect, denied, filled,
    happened, invitation, private_instance, url, view,
};

impl Linked {
    /// This side, and the other.
    fn sides(&self, role: Role) -> (&Plain, &Plain) {
        if role == Role::Source {
            (&self.source, &self.destination)
        } else {
            (&self.destination, &self.source)
        }
    }

    /// One side has removed it, the other knows, and both know that.
    async fn assert_removed_by(&self, role: Role) {
        let (here, there) = self.sides(role);
        for (node, by) in [(here, Side::Local), (there, Side::Remote)] {
            let view = view(node, self.id).await;
            assert_eq!(view.status, removed(by), "{role:?}");
            assert!(view.acknowledged && view.next_refresh.is_none(), "{role:?}");
        }
    }
}

const BOTH: [Role; 2] = [Role::Source, Role::Destination];
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const ALMOST_A_MONTH: Duration = Duration::from_millis(30 * 24 * 60 * 60 * 1000 - 1);

fn removed(by: Side) -> Status {
    Status::Closed { reason: CloseReason::Removed { by } }
}

#[test]
fn either_side_removes_it_and_the_other_learns_it_at_once() {
    block_on(async {
        for role in BOTH {
            let scene = Linked::new().await;
            let (here, there) = scene.sides(role);
            let removed = here.remove(scene.id).await.unwrap();
            assert!(removed.retry.is_none());
            assert_eq!(happened(&removed.connection)[2..].last(), Some(&"told"));
            assert_eq!(happened(&view(there, scene.id).await).last(), Some(&"removed"));
            scene.assert_removed_by(role).await;
        }
    });
}

#[test]
fn what_is_switched_off_can_be_removed() {
    block_on(async {
        for role in BOTH {
            let scene = Linked::new().await;
            scene.source.deactivate(scene.id).await.unwrap();
            scene.destination.deactivate(scene.id).await.unwrap();
            scene.sides(role).0.remove(scene.id).await.unwrap();
            scene.assert_removed_by(role).await;
        }
    });
}

#[test]
fn a_side_that_was_away_is_told_by_a_refresh() {
    block_on(async {
        for role in BOTH {
            let scene = Linked::new().await;
            let (here, there) = scene.sides(role);
            scene.world.network.detach(there.instance());
            let removed = here.remove(scene.id).await.unwrap();
            assert!(removed.retry.is_some() && !removed.connection.acknowledged);
            assert!(removed.connection.next_refresh.is_some());
            assert_eq!(view(there, scene.id).await.status, CONFIRMED);
            there.attach_to(&scene.world.network);
            here.refresh(scene.id).await.unwrap();
            scene.assert_removed_by(role).await;
        }
    });
}

#[test]
fn a_side_that_was_away_learns_it_when_it_asks() {
    block_on(async {
        for role in BOTH {
            let scene = Linked::new().await;
            let (here, there) = scene.sides(role);
            scene.world.network.inject(Fault::LoseRequest);
            here.remove(scene.id).await.unwrap();
            assert_eq!(there.refresh(scene.id).await.unwrap().connection.status, removed(Side::Remote));
            here.refresh(scene.id).await.unwrap();
            scene.assert_removed_by(role).await;
        }
    });
}

#[test]
fn that_the_reply_was_lost_does_not_matter() {
    block_on(async {
        for role in BOTH {
            let scene = Linked::new().await;
            scene.world.network.inject(Fault::LoseReply);
            let removed = scene.sides(role).0.remove(scene.id).await.unwrap();
            assert!(!removed.connection.acknowledged);
            scene.sides(role).0.refresh(scene.id).await.unwrap();
            scene.assert_removed_by(role).await;
        }
    });
}

#[test]
fn a_side_that_can_only_call_out_pulls_the_removal() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let destination = world.private("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        assert!(!source.remove(id).await.unwrap().connection.acknowledged);
        let pulled = destination.refresh(id).await.unwrap().connection;
        assert_eq!(pulled.status, removed(Side::Remote));
        assert!(view(&source, id).await.acknowledged);
    });
}

#[test]
fn a_removal_before_the_confirmation_was_heard_refuses_the_acceptance() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        world.network.inject(Fault::LoseReply);
        accept(&destination, &code).await;
        assert!(source.remove(id).await.unwrap().connection.acknowledged);
        let refused = CloseReason::Refused { refusal: Refusal::Removed };
        assert_eq!(view(&destination, id).await.status, Status::Closed { reason: refused });
        assert_eq!(view(&source, id).await.status, removed(Side::Local));
    });
}

#[test]
fn both_may_remove_it_at_once() {
    block_on(async {
        let scene = Linked::new().await;
        for role in BOTH {
            scene.world.network.inject(Fault::LoseRequest);
            scene.sides(role).0.remove(scene.id).await.unwrap();
        }
        for role in BOTH {
            scene.sides(role).0.refresh(scene.id).await.unwrap();
        }
        for role in BOTH {
            let view = view(scene.sides(role).0, scene.id).await;
            assert_eq!((view.status, view.acknowledged), (removed(Side::Local), true), "{role:?}");
        }
    });
}

#[test]
fn a_side_that_has_removed_it_too_need_not_be_told() {
    block_on(async {
        for role in BOTH {
            let scene = Linked::new().await;
            let (here, there) = scene.sides(role);
            scene.world.network.inject(Fault::LoseRequest);
            assert!(!here.remove(scene.id).await.unwrap().connection.acknowledged);
            // The other side's own removal reaches this one, and what it says after the answer does not.
            scene.world.network.inject(Fault::None);
            scene.world.network.inject(Fault::LoseRequest);
            there.remove(scene.id).await.unwrap();
            assert!(view(here, scene.id).await.acknowledged, "{role:?}");
        }
    });
}

#[test]
fn removing_twice_changes_nothing() {
    block_on(async {
        let scene = Linked::new().await;
        let first = scene.source.remove(scene.id).await.unwrap().connection;
        scene.world.clock.advance(Duration::from_secs(1));
        assert_eq!(scene.source.remove(scene.id).await.unwrap().connection, first);
        assert_eq!(
            scene.destination.remove(scene.id).await.unwrap().connection.status,
            removed(Side::Remote)
        );
    });
}

#[test]
fn nothing_can_be_done_with_what_is_over() {
    block_on(async {
        let scene = Linked::new().await;
        scene.source.remove(scene.id).await.unwrap();
        let (source, id) = (&scene.source, scene.id);
        let name = handclasp::ConnectionName::parse("Escalations").unwrap();
        assert_eq!(denied(source.activate(id).await), Denial::AlreadyClosed);
        assert_eq!(denied(source.deactivate(id).await), Denial::AlreadyClosed);
        assert_eq!(denied(source.approve(id).await), Denial::AlreadyClosed);
        assert_eq!(
            denied(source.confirm_move(id, &url("https://elsewhere.example.com")).await),
            Denial::AlreadyClosed
        );
        assert_eq!(denied(source.rename(id, name).await), Denial::AlreadyClosed);
    });
}

#[test]
fn no_secret_of_the_connection_is_left() {
    block_on(async {
        let scene = Linked::new().await;
        scene.source.remove(scene.id).await.unwrap();
        for node in [&scene.source, &scene.destination] {
            assert_eq!(node.derive_key(scene.id, "webhooks").await.unwrap_err().code(), "not-connected");
            assert!(view(node, scene.id).await.comparison.is_none());
        }
    });
}

#[test]
fn the_code_is_answered_by_what_is_left() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = bearer_invitation(&source).await;
        accept(&destination, &code).await;
        source.remove(id).await.unwrap();
        let other = world.node("zendesk", KnownPlatform::Zendesk);
        let refused = accept(&other, &code).await;
        let Accepted::Refused { refusal, .. } = refused else { panic!("{refused:?}") };
        assert_eq!(refusal, Refusal::Removed);
        // And the destination that was connected is shown what it has.
        let existing = accept(&destination, &code).await;
        assert_eq!(existing.connection().status, removed(Side::Remote));
    });
}

#[test]
fn it_is_forgotten_no_earlier_than_thirty_days_later() {
    block_on(async {
        let scene = Linked::new().await;
        scene.source.remove(scene.id).await.unwrap();
        scene.world.clock.advance(ALMOST_A_MONTH);
        for node in [&scene.source, &scene.destination] {
            assert_eq!(denied(node.purge(scene.id).await), Denial::TooEarly);
            assert_eq!(denied(node.purge_unacknowledged(scene.id).await), Denial::TooEarly);
        }
        scene.world.clock.advance(Duration::from_millis(1));
        for node in [&scene.source, &scene.destination] {
            node.purge(scene.id).await.unwrap();
            assert!(node.store().is_empty() && node.get(scene.id).await.unwrap().is_none());
            // Once more, as after a crash.
            node.purge(scene.id).await.unwrap();
        }
    });
}

#[test]
fn while_the_other_side_does_not_know_it_is_kept_unless_asked_otherwise() {
    block_on(async {
        let scene = Linked::new().await;
        scene.world.network.detach(scene.destination.instance());
        scene.source.remove(scene.id).await.unwrap();
        scene.world.clock.advance(MONTH);
        let refused = scene.source.purge(scene.id).await;
        assert_eq!(denied(refused), Denial::Unacknowledged);
        assert!(scene.source.store().get(scene.id).await.unwrap().is_some());
        scene.source.purge_unacknowledged(scene.id).await.unwrap();
        assert!(scene.source.store().is_empty());
        // The other side asks in vain, and sees that this will not heal by itself.
        let left = scene.destination.refresh(scene.id).await.unwrap();
        let trouble = left.connection.health.trouble.unwrap();
        assert_eq!((left.connection.status, trouble.kind), (CONFIRMED, TroubleKind::NotRecognised));
        assert!(!trouble.kind.heals_by_itself());
    });
}

#[test]
fn what_is_open_is_never_forgotten() {
    block_on(async {
        let scene = Linked::new().await;
        scene.world.clock.advance(12 * MONTH);
        assert_eq!(denied(scene.source.purge_unacknowledged(scene.id).await), Denial::StillOpen);
    });
}

#[test]
fn a_new_invitation_connects_them_again_from_either_side() {
    block_on(async {
        for by in BOTH {
            let scene = Linked::new().await;
            scene.source.remove(scene.id).await.unwrap();
            let (here, there) = scene.sides(by);
            let before = view(here, scene.id).await;
            let wizard = here.start_from(scene.id, ConnectionMode::Basic).await.unwrap();
            let wizard = here.initiate(filled(wizard, ConnectionMode::Basic)).unwrap();
            here.submit(&wizard).await.unwrap();
            let accepted = accept(there, &code(&wizard)).await;
            assert_agreed(&view(here, wizard.id()).await, accepted.connection());
            // It was Script: so the mode is changed, with a new connection.
            assert_eq!(
                (before.mode, accepted.connection().mode),
                (ConnectionMode::Script, ConnectionMode::Basic)
            );
            assert_eq!(view(here, scene.id).await, before);
        }
    });
}

#[test]
fn a_new_invitation_can_be_started_from_every_stage() {
    block_on(async {
        let world = World::new();
        let source = world.attached(|world| {
            let source = private_instance("salesforce", KnownPlatform::Salesforce);
            world.plain(source).approval(handclasp::Approval::ByHand)
        });
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let (id, code) = invitation(&source, "jira.example.com").await;
        let startable = async |node: &Plain| {
            let wizard = node.start_from(id, ConnectionMode::Basic).await.unwrap();
            assert_eq!(wizard.chosen_before(), Some(ConnectionMode::Basic));
        };
        startable(&source).await;
        accept(&destination, &code).await;
        startable(&destination).await;
        source.refresh(id).await.unwrap();
        startable(&source).await;
        source.approve(id).await.unwrap();
        startable(&source).await;
        destination.deactivate(id).await.unwrap();
        startable(&destination).await;
        source.remove(id).await.unwrap();
        startable(&source).await;
        startable(&destination).await;
    });
}
