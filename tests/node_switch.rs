//! Switching a connection off and on: each side decides for itself, and it works only while both have it on.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::lifecycle::Denial;
use handclasp::{
    Actor, ActorName, ConnectionMode, ConnectionName, DeriveKeyError, Description, ExportedKey, Fault,
    KnownPlatform, ListQuery, Phase, Role, Side, Status,
};
use pollster::block_on;
use support::{
    CONFIRMED, Linked, Plain, UNCONFIRMED, World, accept, bearer_invitation, connect, denied, filled,
    happened, invitation, url, view,
};

impl Linked {
    fn node(&self, role: Role) -> &Plain {
        if role == Role::Source { &self.source } else { &self.destination }
    }

    async fn switch(&self, role: Role, on: bool) {
        let node = self.node(role);
        if on {
            node.activate(self.id).await.unwrap()
        } else {
            node.deactivate(self.id).await.unwrap()
        };
    }

    async fn statuses(&self) -> (Status, Status) {
        (view(&self.source, self.id).await.status, view(&self.destination, self.id).await.status)
    }

    fn keys(&self) -> [Result<ExportedKey, &'static str>; 2] {
        let derived = |node: &Plain| block_on(node.derive_key(self.id, "webhooks")).map_err(|it| it.code());
        [derived(&self.source), derived(&self.destination)]
    }
}

/// What one side shows, when it and the other have it on or off.
fn shown(here: bool, there: bool) -> Status {
    match (here, there) {
        (true, true) => CONFIRMED,
        (false, true) => Status::Deactivated { by: Side::Local },
        (true, false) => Status::Deactivated { by: Side::Remote },
        (false, false) => Status::Deactivated { by: Side::Both },
    }
}

const STEPS: [(Role, bool); 4] =
    [(Role::Source, false), (Role::Source, true), (Role::Destination, false), (Role::Destination, true)];

#[test]
fn each_side_sees_what_both_have_decided() {
    block_on(async {
        let scene = Linked::new().await;
        let (mut source, mut destination) = (true, true);
        // Every pair of decisions, in one walk.
        for first in STEPS {
            for (role, on) in [first].into_iter().chain(STEPS) {
                scene.switch(role, on).await;
                *(if role == Role::Source { &mut source } else { &mut destination }) = on;
                let expected = (shown(source, destination), shown(destination, source));
                assert_eq!(scene.statuses().await, expected, "{role:?} {on}");
            }
        }
    });
}

#[test]
fn whatever_is_lost_both_agree_after_a_refresh() {
    block_on(async {
        for fault in [Fault::LoseRequest, Fault::LoseReply, Fault::Repeat, Fault::Delay] {
            for first in STEPS {
                for second in STEPS {
                    let scene = Linked::new().await;
                    let (mut source, mut destination) = (true, true);
                    for (role, on) in [first, second] {
                        *(if role == Role::Source { &mut source } else { &mut destination }) = on;
                        scene.world.network.inject(fault);
                        scene.switch(role, on).await;
                    }
                    scene.source.refresh(scene.id).await.unwrap();
                    scene.destination.refresh(scene.id).await.unwrap();
                    // What was held back is old by now.
                    scene.world.network.deliver_delayed().await;
                    let expected = (shown(source, destination), shown(destination, source));
                    assert_eq!(scene.statuses().await, expected, "{fault:?} {first:?} {second:?}");
                }
            }
        }
    });
}

#[test]
fn the_other_side_is_told_at_once() {
    block_on(async {
        let scene = Linked::new().await;
        let off = scene.source.deactivate(scene.id).await.unwrap();
        assert!(off.retry.is_none() && off.text.is_none() && off.connection.acknowledged);
        assert_eq!(happened(&view(&scene.destination, scene.id).await).last(), Some(&"deactivated"));
        let on = scene.source.activate(scene.id).await.unwrap();
        assert!(on.connection.acknowledged);
        assert_eq!(happened(&view(&scene.destination, scene.id).await).last(), Some(&"reactivated"));
    });
}

#[test]
fn whose_decision_it_was_is_in_the_event() {
    block_on(async {
        let scene = Linked::new().await;
        let ada = ActorName::parse("Ada").unwrap();
        scene.source.clone().acting_as(ada.clone()).deactivate(scene.id).await.unwrap();
        let last = |connection: handclasp::ConnectionView| connection.events.last().unwrap().actor.clone();
        assert_eq!(last(view(&scene.source, scene.id).await), Actor::Admin(ada));
        assert_eq!(last(view(&scene.destination, scene.id).await), Actor::Remote);
    });
}

#[test]
fn a_decision_is_kept_although_the_other_side_is_away() {
    block_on(async {
        let scene = Linked::new().await;
        scene.world.network.detach(scene.destination.instance());
        let off = scene.source.deactivate(scene.id).await.unwrap();
        assert!(off.retry.is_some() && !off.connection.acknowledged);
        assert_eq!(off.connection.status, Status::Deactivated { by: Side::Local });
        scene.destination.attach_to(&scene.world.network);
        assert!(scene.source.refresh(scene.id).await.unwrap().connection.acknowledged);
        let theirs = view(&scene.destination, scene.id).await.status;
        assert_eq!(theirs, Status::Deactivated { by: Side::Remote });
    });
}

#[test]
fn deciding_the_same_again_is_no_event() {
    block_on(async {
        let scene = Linked::new().await;
        for on in [true, false] {
            scene.switch(Role::Source, on).await;
            let before = view(&scene.source, scene.id).await;
            scene.switch(Role::Source, on).await;
            assert_eq!(happened(&view(&scene.source, scene.id).await), happened(&before));
        }
    });
}

#[test]
fn a_side_that_can_only_call_out_pulls_what_the_other_has_decided() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let destination = world.private("jira", KnownPlatform::JiraCloud);
        let id = connect(&source, &destination).await;
        let exchanges = world.network.exchanges();
        let off = source.deactivate(id).await.unwrap();
        assert!(off.retry.is_none() && !off.connection.acknowledged);
        assert_eq!(world.network.exchanges(), exchanges);
        assert_eq!(view(&destination, id).await.status, CONFIRMED);
        let pulled = destination.refresh(id).await.unwrap().connection;
        assert_eq!(pulled.status, Status::Deactivated { by: Side::Remote });
        // It says at once that it has heard.
        assert!(view(&source, id).await.acknowledged);
    });
}

#[test]
fn it_can_be_switched_off_before_the_other_side_is_known_to_be_active() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        world.network.inject(Fault::LoseReply);
        accept(&destination, &code).await;
        assert_eq!(view(&source, id).await.status, UNCONFIRMED);
        let off = source.deactivate(id).await.unwrap().connection;
        assert_eq!(off.status, Status::Deactivated { by: Side::Local });
        assert!(off.acknowledged);
        assert_eq!(view(&destination, id).await.status, Status::Deactivated { by: Side::Remote });
    });
}

#[test]
fn keys_are_the_same_on_both_sides_while_it_is_active() {
    block_on(async {
        let scene = Linked::new().await;
        let [ours, theirs] = scene.keys().map(Result::unwrap);
        assert_eq!(ours.expose_bytes(), theirs.expose_bytes());
    });
}

#[test]
fn while_either_side_has_it_off_there_is_no_key() {
    block_on(async {
        for role in [Role::Source, Role::Destination] {
            let scene = Linked::new().await;
            let before = scene.keys().map(Result::unwrap);
            scene.switch(role, false).await;
            for key in scene.keys() {
                assert_eq!(key.unwrap_err(), "not-connected", "{role:?}");
            }
            scene.switch(role, true).await;
            let after = scene.keys().map(Result::unwrap);
            assert_eq!(after.map(|key| *key.expose_bytes()), before.map(|key| *key.expose_bytes()));
        }
    });
}

#[test]
fn there_is_no_key_before_it_is_active() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = bearer_invitation(&source).await;
        let refused = source.derive_key(id, "webhooks").await.unwrap_err();
        assert!(matches!(refused, DeriveKeyError::NotConnected), "{refused:?}");
        world.network.inject(Fault::LoseRequest);
        accept(&destination, &code).await;
        let refused = destination.derive_key(id, "webhooks").await.unwrap_err();
        assert!(matches!(refused, DeriveKeyError::NotConnected), "{refused:?}");
    });
}

#[test]
fn lists_find_what_is_switched_off() {
    block_on(async {
        let scene = Linked::new().await;
        scene.switch(Role::Source, false).await;
        for node in [&scene.source, &scene.destination] {
            let found = async |phase| {
                let query = ListQuery::newest_first().in_phase(phase);
                node.list(&query).await.unwrap().items.len()
            };
            assert_eq!((found(Phase::Active).await, found(Phase::Deactivated).await), (0, 1));
        }
    });
}

#[test]
fn names_and_descriptions_are_each_sides_own() {
    block_on(async {
        let scene = Linked::new().await;
        let before = view(&scene.destination, scene.id).await;
        let exchanges = scene.world.network.exchanges();
        let name = ConnectionName::parse("Escalations").unwrap();
        scene.source.rename(scene.id, name.clone()).await.unwrap();
        let described = scene.source.describe(scene.id, Description::parse("Urgent").unwrap()).await.unwrap();
        assert_eq!((described.info.name(), described.info.description().as_str()), (&name, "Urgent"));
        assert_eq!(scene.world.network.exchanges(), exchanges);
        scene.source.refresh(scene.id).await.unwrap();
        let after = view(&scene.destination, scene.id).await;
        assert_eq!((after.info, after.remote_info), (before.info, before.remote_info));
    });
}

#[test]
fn nothing_that_belongs_to_an_invitation_can_be_done() {
    block_on(async {
        let scene = Linked::new().await;
        let (source, id) = (&scene.source, scene.id);
        assert_eq!(denied(source.revoke(id).await), Denial::AlreadyActive);
        assert_eq!(denied(source.decline(id).await), Denial::AlreadyActive);
        assert_eq!(denied(source.purge(id).await), Denial::StillOpen);
        assert_eq!(
            denied(source.confirm_move(id, &url("https://elsewhere.example.com")).await),
            Denial::NothingMoved
        );
        assert_eq!(source.reissue(id).await.unwrap_err().code(), Denial::AlreadyActive.code());
        assert_eq!(scene.statuses().await, (CONFIRMED, CONFIRMED));
    });
}

#[test]
fn a_connection_with_oneself_is_switched_without_a_message() {
    block_on(async {
        let world = World::new();
        let jira = world.node("jira", KnownPlatform::JiraCloud);
        let wizard = filled(jira.start("https://jira.example.com").await.unwrap(), ConnectionMode::Script);
        let wizard = jira.initiate(wizard).unwrap();
        jira.submit(&wizard).await.unwrap();
        let off = jira.deactivate(wizard.id()).await.unwrap().connection;
        assert_eq!(off.status, Status::Deactivated { by: Side::Local });
        world.clock.advance(Duration::from_secs(1));
        let on = jira.activate(wizard.id()).await.unwrap().connection;
        assert_eq!((on.status, on.next_refresh, world.network.exchanges()), (CONFIRMED, None, 0));
        for denial in [jira.revoke(wizard.id()).await, jira.cancel(wizard.id()).await] {
            assert_eq!(denied(denial), Denial::LocalConnection);
        }
    });
}
