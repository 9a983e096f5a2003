//! What accepting through the façade comes to, when the network does what it should.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use core::time::Duration;

use handclasp::{
    AcceptInvitationError, Accepted, Clock, CloseReason, ConnectionForm, FormField, KnownPlatform,
    MemoryStore, Obstacle, PreviewError, ReadCodeError, Refusal, RetryReason, Status, UrlPolicy, Warning,
};
use pollster::block_on;
use support::{
    Plain, World, accept, assert_agreed, bearer_invitation, code, completed, filled, happened, instance,
    instance_at, invitation, noon, view,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What stands in the way of accepting this code as it is suggested; nothing may be stored or sent.
async fn obstacles(world: &World, node: &Plain, code: &str) -> Vec<Obstacle> {
    let before = (node.store().len(), world.network.exchanges());
    let preview = node.preview(code).await.unwrap();
    let error = node.accept(&preview, &completed(&preview)).await.unwrap_err();
    assert_eq!((node.store().len(), world.network.exchanges()), before);
    match error {
        AcceptInvitationError::Obstacles { obstacles } => obstacles,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_preview_has_no_effect() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        let before = view(&source, id).await;
        destination.preview(&code).await.unwrap();
        assert_eq!((destination.store().len(), world.network.exchanges()), (0, 0));
        assert_eq!(view(&source, id).await, before);
    });
}

#[test]
fn what_is_no_code_has_no_preview() {
    let error = block_on(World::new().node("jira", KnownPlatform::JiraCloud).preview("hello")).unwrap_err();
    assert!(matches!(error, PreviewError::Code(ReadCodeError::NotAnInvitation { .. })), "{error:?}");
}

#[test]
fn the_same_code_again_shows_what_exists() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        let first = accept(&destination, &code).await;
        let again = accept(&destination, &code).await;
        let Accepted::Existing(existing) = again else { panic!("{again:?}") };
        assert_eq!(existing, *first.connection());
    });
}

#[test]
fn the_same_code_again_ignores_the_form() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let preview = destination.preview(&code).await.unwrap();
        let again = destination.accept(&preview, &ConnectionForm::default()).await.unwrap();
        assert!(matches!(again, Accepted::Existing(_)), "{again:?}");
    });
}

#[test]
fn the_same_code_again_does_not_send_anything() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let before = world.network.exchanges();
        accept(&destination, &code).await;
        assert_eq!(world.network.exchanges(), before);
    });
}

/// Two codes with one id, as from a draft that was initiated twice.
async fn two_codes_with_one_id(source: &Plain) -> [String; 2] {
    let wizard = filled(source.start_without_url().unwrap(), handclasp::ConnectionMode::Script);
    let first = source.initiate(wizard.clone()).unwrap();
    source.submit(&first).await.unwrap();
    [code(&first), code(&source.initiate(wizard).unwrap())]
}

#[test]
fn another_code_with_the_same_id_is_refused() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let [first, other] = two_codes_with_one_id(&source).await;
        accept(&destination, &first).await;
        assert_eq!(obstacles(&world, &destination, &other).await, [Obstacle::IdTaken]);
    });
}

#[test]
fn the_preview_already_says_that_the_id_is_taken() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let [first, other] = two_codes_with_one_id(&source).await;
        accept(&destination, &first).await;
        assert_eq!(destination.preview(&other).await.unwrap().obstacles(), [Obstacle::IdTaken]);
    });
}

#[test]
fn a_code_that_is_not_the_stored_one_is_not_recognised() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let [_, other] = two_codes_with_one_id(&source).await;
        let accepted = accept(&destination, &other).await;
        let Accepted::Retry { retry, .. } = accepted else { panic!("{accepted:?}") };
        assert_eq!(retry.why.code(), "not-recognised");
    });
}

#[test]
fn an_own_invitation_is_not_accepted() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let (_, code) = bearer_invitation(&source).await;
        let elsewhere = world.builder(source.instance().clone(), MemoryStore::new(), world.network.clone());
        assert_eq!(obstacles(&world, &elsewhere.build(), &code).await, [Obstacle::OwnInvitation]);
    });
}

#[test]
fn an_own_invitation_is_not_accepted_where_it_is_stored() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let (_, code) = bearer_invitation(&source).await;
        assert_eq!(obstacles(&world, &source, &code).await, [Obstacle::OwnInvitation]);
    });
}

#[test]
fn an_invitation_for_another_instance_is_not_accepted() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        let other = world.node("asana", KnownPlatform::Asana);
        assert_eq!(obstacles(&world, &other, &code).await, [Obstacle::WrongRecipient]);
    });
}

#[test]
fn an_invitation_from_more_than_a_day_ahead_is_not_accepted() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        world.clock.set(noon().saturating_add(DAY + Duration::from_millis(1)));
        let (_, code) = invitation(&source, "jira.example.com").await;
        world.clock.set(noon());
        assert_eq!(obstacles(&world, &destination, &code).await, [Obstacle::FromTheFuture]);
    });
}

#[test]
fn an_invitation_from_a_day_ahead_is_accepted() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        world.clock.set(noon().saturating_add(DAY));
        let (_, code) = invitation(&source, "jira.example.com").await;
        world.clock.set(noon());
        let accepted = accept(&destination, &code).await;
        assert!(matches!(accepted, Accepted::Active(_)), "{accepted:?}");
    });
}

#[test]
fn a_form_with_errors_stores_and_sends_nothing() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (_, code) = invitation(&source, "jira.example.com").await;
        let preview = destination.preview(&code).await.unwrap();
        let error = destination.accept(&preview, &ConnectionForm::default()).await.unwrap_err();
        let AcceptInvitationError::Form(errors) = error else { panic!("{error:?}") };
        let fields: Vec<_> = errors.errors().iter().map(|error| error.field).collect();
        let required = [
            FormField::SourceShortName,
            FormField::DestinationShortName,
            FormField::ConnectionName,
            FormField::IncomingProject,
        ];
        assert_eq!(fields, required);
        assert_eq!((destination.store().len(), world.network.exchanges()), (0, 0));
    });
}

#[test]
fn a_form_with_errors_can_be_corrected() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        let preview = destination.preview(&code).await.unwrap();
        destination.accept(&preview, &ConnectionForm::default()).await.unwrap_err();
        let accepted = destination.accept(&preview, &completed(&preview)).await.unwrap();
        assert_agreed(&view(&source, id).await, accepted.connection());
    });
}

/// A source and a destination with clocks of their own, and an invitation that expires seven days after noon.
async fn apart() -> (World, Plain, World, Plain, handclasp::ConnectionId, String) {
    let (here, there) = (World::new(), World::new());
    let source = here.node("salesforce", KnownPlatform::Salesforce);
    let jira = instance("jira", KnownPlatform::JiraCloud);
    here.network.attach(&jira, |_| async { None });
    let destination = there.builder(jira, MemoryStore::new(), here.network.clone()).build();
    let (id, code) = invitation(&source, "jira.example.com").await;
    (here, source, there, destination, id, code)
}

const REFUSED: Status = Status::Closed { reason: CloseReason::Refused { refusal: Refusal::Expired } };

#[test]
fn the_destinations_clock_only_warns() {
    block_on(async {
        let (_here, _source, there, destination, _, code) = apart().await;
        there.clock.set(noon().saturating_add(7 * DAY));
        let preview = destination.preview(&code).await.unwrap();
        assert_eq!(preview.warnings(), [Warning::Expired]);
        let accepted = destination.accept(&preview, &completed(&preview)).await.unwrap();
        assert!(matches!(accepted, Accepted::Active(_)), "{accepted:?}");
    });
}

#[test]
fn at_its_expiry_the_source_refuses() {
    block_on(async {
        let (here, source, _there, destination, id, code) = apart().await;
        here.clock.set(view(&source, id).await.expires_at.unwrap());
        let accepted = accept(&destination, &code).await;
        let Accepted::Refused { connection, refusal } = accepted else { panic!("{accepted:?}") };
        assert_eq!((connection.status, refusal), (REFUSED, Refusal::Expired));
    });
}

#[test]
fn a_second_before_its_expiry_the_source_accepts() {
    block_on(async {
        let (here, source, _there, destination, id, code) = apart().await;
        let expires_at = view(&source, id).await.expires_at.unwrap().as_millis();
        here.clock.set(handclasp::Timestamp::from_millis(expires_at - 1).unwrap());
        let accepted = accept(&destination, &code).await;
        assert!(matches!(accepted, Accepted::Active(_)), "{accepted:?}");
    });
}

#[test]
fn a_refusal_for_expiry_is_recorded_on_both_sides() {
    block_on(async {
        let (here, source, _there, destination, id, code) = apart().await;
        here.clock.advance(7 * DAY);
        accept(&destination, &code).await;
        assert_eq!(happened(&view(&source, id).await), ["initiated", "expired-refused"]);
        assert_eq!(happened(&view(&destination, id).await), ["accepted", "refused"]);
    });
}

#[test]
fn an_invitation_once_refused_for_expiry_stays_expired_when_the_clock_goes_back() {
    block_on(async {
        let (here, source, _there, destination, id, code) = apart().await;
        here.clock.advance(7 * DAY);
        accept(&destination, &code).await;
        here.clock.set(noon());
        assert_eq!(view(&source, id).await.status, Status::Expired);
    });
}

#[test]
fn an_invitation_that_nobody_accepted_is_pending_again_when_the_clock_goes_back() {
    block_on(async {
        let (here, source, _there, _destination, id, _) = apart().await;
        here.clock.advance(7 * DAY);
        assert_eq!(view(&source, id).await.status, Status::Expired);
        here.clock.set(noon());
        assert_eq!(view(&source, id).await.status, Status::Pending);
    });
}

#[test]
fn a_refused_acceptance_stays_refused() {
    block_on(async {
        let (here, _source, _there, destination, id, code) = apart().await;
        here.clock.advance(7 * DAY);
        accept(&destination, &code).await;
        here.clock.set(noon());
        destination.refresh(id).await.unwrap();
        let again = accept(&destination, &code).await;
        assert!(matches!(again, Accepted::Existing(_)), "{again:?}");
        assert_eq!(again.connection().status, REFUSED);
    });
}

#[test]
fn a_source_whose_address_the_policy_forbids_is_no_source() {
    block_on(async {
        let world = World::new();
        let policy = UrlPolicy::public().allow_private();
        let at = instance_at("salesforce", KnownPlatform::Salesforce, "https://salesforce.internal");
        let source = world.builder(at, MemoryStore::new(), world.network.clone()).policy(policy).build();
        let destination = world.node("jira", KnownPlatform::JiraCloud);
        let (_, code) = bearer_invitation(&source).await;
        let found = obstacles(&world, &destination, &code).await;
        assert!(matches!(found[..], [Obstacle::AddressNotPermitted { .. }]), "{found:?}");
    });
}

#[test]
fn the_policy_is_asked_again_before_dialling() {
    block_on(async {
        let world = World::new();
        let policy = UrlPolicy::public().allow_private();
        let at = instance_at("salesforce", KnownPlatform::Salesforce, "https://salesforce.internal");
        let source = world.builder(at, MemoryStore::new(), world.network.clone()).policy(policy).build();
        let jira = world.node("jira", KnownPlatform::JiraCloud);
        let lax = world.builder(jira.instance().clone(), jira.store().clone(), world.network.clone());
        let (id, code) = bearer_invitation(&source).await;
        // Nobody is attached at the source's address yet, so the acceptance stays unanswered.
        accept(&lax.policy(policy).build(), &code).await;
        let before = world.network.exchanges();
        let refreshed = jira.refresh(id).await.unwrap();
        let why = refreshed.retry.unwrap().why;
        assert!(matches!(why, RetryReason::NotPermitted(_)), "{why:?}");
        assert_eq!((why.code(), world.network.exchanges()), ("special-name", before));
    });
}

#[test]
fn a_record_says_when_its_wizard_was_started() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        world.clock.advance(DAY);
        accept(&destination, &code).await;
        assert_eq!(view(&destination, id).await.created_at, noon());
        assert_ne!(world.clock.now(), noon());
    });
}
