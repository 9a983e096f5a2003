//! Two instances that can only call out: people carry every message as text, from the code to the removal.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use handclasp::{
    Accepted, Approval, CloseReason, ConnectionId, ConnectionMode, ConnectionView, KnownPlatform, ModeOffer,
    ReasonKind, Refusal, Relayed, Side, Status, handshake::RelayText,
};
use pollster::block_on;
use support::{
    CONFIRMED, Invited, Plain, UNCONFIRMED, World, accept, answered, assert_agreed, bearer_invitation, code,
    filled, invitation, private_instance, view,
};

impl Invited {
    /// Two sides of which neither can be called, and an invitation between them.
    async fn by_hand() -> Self {
        let world = World::new();
        let source = world.relaying("salesforce", KnownPlatform::Salesforce);
        let destination = world.relaying("jira", KnownPlatform::JiraCloud);
        Self::between(world, source, destination).await
    }

    /// The acceptance, as the destination's admin gets it.
    async fn accepted(&self) -> RelayText {
        match accept(&self.destination, &self.code).await {
            Accepted::Relay { text, .. } => text,
            other => panic!("nothing to carry: {other:?}"),
        }
    }

    async fn connected() -> Self {
        let scene = Self::by_hand().await;
        let text = scene.accepted().await;
        carry(&scene.source, &scene.destination, Some(text)).await;
        scene
    }

    async fn views(&self) -> (ConnectionView, ConnectionView) {
        (view(&self.source, self.id).await, view(&self.destination, self.id).await)
    }

    async fn statuses(&self) -> (Status, Status) {
        let (source, destination) = self.views().await;
        (source.status, destination.status)
    }
}

/// Types a text in, twice, because people do: the second time it must give the same.
async fn typed(node: &Plain, text: &RelayText) -> Relayed {
    let relayed = node.relay(text.as_str()).await.unwrap();
    let again = node.relay(text.as_str()).await.unwrap();
    assert_eq!(again.text, relayed.text, "the same text twice");
    assert_eq!(again.connection, relayed.connection, "the same text twice");
    assert!(again.events.is_empty(), "{:?}", again.events);
    relayed
}

/// Carries a text to one side, its answer to the other, and so on until nobody has anything to say: how many there were.
async fn carry(first: &Plain, second: &Plain, text: Option<RelayText>) -> usize {
    let (mut text, mut carried) = (text, 0);
    while let Some(next) = text {
        let to = if carried % 2 == 0 { first } else { second };
        text = typed(to, &next).await.text;
        carried += 1;
        assert!(carried < 8, "two sides that talk for ever");
    }
    carried
}

#[test]
fn without_hand_relay_no_mode_is_offered() {
    block_on(async {
        let world = World::new();
        let source = world.private("salesforce", KnownPlatform::Salesforce);
        world.private("jira", KnownPlatform::JiraCloud);
        let wizard = source.start("jira.example.com").await.unwrap();
        for offer in wizard.offers() {
            let kinds: Vec<_> = offer.reasons().iter().map(|reason| reason.kind).collect();
            assert!(kinds.contains(&ReasonKind::NobodyCanCall), "{offer:?}");
        }
    });
}

#[test]
fn with_hand_relay_the_modes_that_need_no_call_are_offered() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let wizard = scene.source.start("jira.example.com").await.unwrap();
        let offered: Vec<_> =
            wizard.offers().into_iter().filter(ModeOffer::is_available).map(|offer| offer.mode()).collect();
        assert_eq!(offered, [ConnectionMode::Basic, ConnectionMode::Script]);
    });
}

#[test]
fn the_preview_says_that_people_carry_the_messages() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        assert!(preview.is_relayed_by_hand());
        assert!(view(&scene.source, scene.id).await.by_hand);
    });
}

#[test]
fn four_texts_connect_both_sides() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let accept = scene.accepted().await;
        assert!(accept.as_str().starts_with("clasp1s_"), "{accept}");
        assert_eq!(scene.statuses().await, (Status::Pending, Status::Accepting { waiting: false }));

        let confirmed = typed(&scene.source, &accept).await;
        assert_eq!(confirmed.connection.status, UNCONFIRMED);
        let confirm = confirmed.text.unwrap();
        assert!(confirm.as_str().starts_with("clasp1d_"), "{confirm}");

        let activated = typed(&scene.destination, &confirm).await;
        assert_eq!((activated.connection.status, activated.connection.acknowledged), (CONFIRMED, false));

        let reported = typed(&scene.source, &activated.text.unwrap()).await;
        let (source, destination) = scene.views().await;
        assert_agreed(&source, &destination);

        let last = typed(&scene.destination, &reported.text.unwrap()).await;
        assert!(last.text.is_none() && last.connection.acknowledged);
    });
}

#[test]
fn nothing_of_it_goes_through_the_network() {
    block_on(async {
        let scene = Invited::connected().await;
        scene.source.refresh(scene.id).await.unwrap();
        scene.destination.deactivate(scene.id).await.unwrap();
        assert_eq!(scene.world.network.exchanges(), 0);
    });
}

#[test]
fn nothing_is_to_be_refreshed_by_a_clock() {
    block_on(async {
        let scene = Invited::by_hand().await;
        scene.accepted().await;
        let (source, destination) = scene.views().await;
        assert_eq!((source.next_refresh, destination.next_refresh), (None, None));
    });
}

#[test]
fn each_side_switches_it_off_and_on() {
    block_on(async {
        let scene = Invited::connected().await;
        let (source, destination) = (&scene.source, &scene.destination);
        for (here, there) in [(source, destination), (destination, source)] {
            let off = here.deactivate(scene.id).await.unwrap();
            assert_eq!(carry(there, here, off.text).await, 2);
            assert_eq!(view(here, scene.id).await.status, Status::Deactivated { by: Side::Local });
            assert_eq!(view(there, scene.id).await.status, Status::Deactivated { by: Side::Remote });
            assert!(view(here, scene.id).await.acknowledged);

            let on = here.activate(scene.id).await.unwrap();
            assert_eq!(carry(there, here, on.text).await, 2);
            assert_eq!(scene.statuses().await, (CONFIRMED, CONFIRMED));
        }
    });
}

#[test]
fn what_one_side_removes_the_other_learns_from_the_text() {
    block_on(async {
        for by_source in [true, false] {
            let scene = Invited::connected().await;
            let (here, there) = if by_source {
                (&scene.source, &scene.destination)
            } else {
                (&scene.destination, &scene.source)
            };
            let removed = here.remove(scene.id).await.unwrap();
            assert!(!removed.connection.acknowledged);
            assert_eq!(carry(there, here, removed.text).await, 2);
            let removed_by = |by| Status::Closed { reason: CloseReason::Removed { by } };
            assert_eq!(view(here, scene.id).await.status, removed_by(Side::Local));
            assert_eq!(view(there, scene.id).await.status, removed_by(Side::Remote));
            assert!(view(here, scene.id).await.acknowledged);
            assert_eq!(here.relay_text(scene.id).await.unwrap(), None);
        }
    });
}

#[test]
fn after_the_removal_a_new_invitation_connects_them_again() {
    block_on(async {
        let scene = Invited::connected().await;
        let removed = scene.source.remove(scene.id).await.unwrap();
        carry(&scene.destination, &scene.source, removed.text).await;
        let wizard = scene.source.start_from(scene.id, ConnectionMode::Script).await.unwrap();
        let wizard = scene.source.initiate(filled(wizard, ConnectionMode::Script)).unwrap();
        scene.source.submit(&wizard).await.unwrap();
        let Accepted::Relay { text, .. } = accept(&scene.destination, &code(&wizard)).await else {
            panic!("nothing to carry");
        };
        carry(&scene.source, &scene.destination, Some(text)).await;
        let source = view(&scene.source, wizard.id()).await;
        assert_agreed(&source, &view(&scene.destination, wizard.id()).await);
    });
}

#[test]
fn a_refusal_is_carried_too() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let text = scene.accepted().await;
        scene.source.revoke(scene.id).await.unwrap();
        let refused = typed(&scene.source, &text).await;
        carry(&scene.destination, &scene.source, refused.text).await;
        let reason = CloseReason::Refused { refusal: Refusal::Revoked };
        assert_eq!(view(&scene.destination, scene.id).await.status, Status::Closed { reason });
    });
}

/// Two sides that relay by hand, whose source asks an admin, and the acceptance on its way there.
async fn asked() -> Invited {
    let world = World::new();
    let source = world.attached(|world| {
        let source = private_instance("salesforce", KnownPlatform::Salesforce);
        world.plain(source).hand_relay().approval(Approval::ByHand)
    });
    let destination = world.relaying("jira", KnownPlatform::JiraCloud);
    let (id, code) = invitation(&source, "jira.example.com").await;
    let scene = Invited { world, source, destination, id, code };
    let text = scene.accepted().await;
    carry(&scene.source, &scene.destination, Some(text)).await;
    scene
}

#[test]
fn that_somebody_has_to_approve_is_carried_too() {
    block_on(async {
        let scene = asked().await;
        assert_eq!(scene.statuses().await, (Status::AwaitingApproval, Status::Accepting { waiting: true }));
        let approved = scene.source.approve(scene.id).await.unwrap();
        carry(&scene.destination, &scene.source, approved.text).await;
        let (source, destination) = scene.views().await;
        assert_agreed(&source, &destination);
        assert!(destination.acknowledged);
    });
}

#[test]
fn that_nobody_approved_is_carried_too() {
    block_on(async {
        let scene = asked().await;
        let declined = scene.source.decline(scene.id).await.unwrap();
        assert!(!declined.connection.acknowledged);
        carry(&scene.destination, &scene.source, declined.text).await;
        let (source, destination) = scene.views().await;
        let refused = CloseReason::Refused { refusal: Refusal::Declined };
        assert_eq!(destination.status, Status::Closed { reason: refused });
        assert!(source.acknowledged);
    });
}

#[test]
fn a_cancelled_acceptance_is_withdrawn_by_text() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let accept = scene.accepted().await;
        typed(&scene.source, &accept).await;
        let cancelled = scene.destination.cancel(scene.id).await.unwrap();
        carry(&scene.source, &scene.destination, cancelled.text).await;
        let (source, destination) = scene.views().await;
        assert_eq!(source.status, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert!(destination.acknowledged);
    });
}

#[test]
fn whoever_declines_says_so_by_text() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let preview = scene.destination.preview(&scene.code).await.unwrap();
        let declined = scene.destination.decline_invitation(&preview).await.unwrap();
        carry(&scene.source, &scene.destination, declined.text).await;
        let (source, destination) = scene.views().await;
        assert_eq!(source.status, Status::Closed { reason: CloseReason::Declined { by: Side::Remote } });
        assert!(destination.acknowledged);
    });
}

#[test]
fn any_text_that_was_lost_is_shown_again() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let accept = scene.accepted().await;
        let again = |node: &Plain| block_on(node.relay_text(scene.id)).unwrap();
        assert_eq!(again(&scene.source), None);
        assert_eq!(again(&scene.destination), Some(accept.clone()));
        let confirm = typed(&scene.source, &accept).await.text;
        assert_eq!(again(&scene.source), confirm);
        let report = typed(&scene.destination, &confirm.unwrap()).await.text;
        assert_eq!(again(&scene.destination), report);
        // What answers a report is got by carrying the report again.
        let reply = typed(&scene.source, &report.clone().unwrap()).await.text;
        assert_eq!(again(&scene.source), None);
        assert_eq!(typed(&scene.source, &report.unwrap()).await.text, reply);
        typed(&scene.destination, &reply.unwrap()).await;
        assert_eq!(again(&scene.destination), None);
    });
}

#[test]
fn accepting_again_shows_the_text_again() {
    block_on(async {
        let scene = Invited::by_hand().await;
        let text = scene.accepted().await;
        assert_eq!(scene.accepted().await, text);
    });
}

#[test]
fn whoever_holds_a_code_without_a_recipient_relays_by_hand() {
    block_on(async {
        let world = World::new();
        let source = world.relaying("salesforce", KnownPlatform::Salesforce);
        // Nobody has told the source whom to fetch from.
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let (id, code) = bearer_invitation(&source).await;
        let Accepted::Relay { text, .. } = accept(&destination, &code).await else {
            panic!("nothing to carry");
        };
        carry(&source, &destination, Some(text)).await;
        assert_agreed(&view(&source, id).await, &view(&destination, id).await);
    });
}

/// The source was told that the destination can only call out, but it can be called: each waits for the other.
async fn mismatched() -> (World, Plain, Plain, ConnectionId) {
    let world = World::new();
    let source = world.relaying("salesforce", KnownPlatform::Salesforce);
    let described = private_instance("jira", KnownPlatform::JiraCloud);
    let wizard = source.start_with(described).unwrap().choose_mode(ConnectionMode::Script).unwrap();
    let form = answered(wizard.form(), wizard.asks());
    let wizard = source.initiate(wizard.fill(form).unwrap()).unwrap();
    source.submit(&wizard).await.unwrap();
    let destination = world.node("jira", KnownPlatform::JiraCloud);
    let accepted = accept(&destination, &code(&wizard)).await;
    assert!(matches!(accepted, Accepted::Waiting(_)), "{accepted:?}");
    (world, source, destination, wizard.id())
}

#[test]
fn where_each_waits_for_the_other_nothing_is_due() {
    block_on(async {
        let (world, source, destination, id) = mismatched().await;
        source.refresh(id).await.unwrap();
        destination.refresh(id).await.unwrap();
        assert_eq!(world.network.exchanges(), 0);
        assert_eq!(source.relay_text(id).await.unwrap(), None);
    });
}

#[test]
fn where_each_waits_for_the_other_a_text_is_the_way_out() {
    block_on(async {
        let (_, source, destination, id) = mismatched().await;
        let text = destination.relay_text(id).await.unwrap();
        carry(&source, &destination, text).await;
        assert_agreed(&view(&source, id).await, &view(&destination, id).await);
    });
}

#[test]
fn after_that_text_the_source_knows_where_to_call() {
    block_on(async {
        let (world, source, destination, id) = mismatched().await;
        let text = destination.relay_text(id).await.unwrap().unwrap();
        source.relay(text.as_str()).await.unwrap();
        source.refresh(id).await.unwrap();
        assert!(world.network.exchanges() > 0);
        assert_agreed(&view(&source, id).await, &view(&destination, id).await);
    });
}
