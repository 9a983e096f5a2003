//! The straight path through the façade: every mode, every kind of destination, what is listed and what happened.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use handclasp::{
    Accepted, Actor, ActorName, ConnectionKind, ConnectionMode, DeriveKeyError, Destination, HandOver,
    KnownPlatform, ListQuery, Role, Status,
};
use pollster::block_on;
use support::{
    CONFIRMED, World, accept, answered, assert_agreed, bearer_invitation, code, filled, happened, initiated,
    instance, invitation, private_instance, view,
};

/// From a wizard of the source to two active sides, whatever is handed over.
async fn story(mode: ConnectionMode, platforms: [KnownPlatform; 2]) -> HandOver {
    let world = World::new();
    let (source, destination) = (world.node("source", platforms[0]), world.node("destination", platforms[1]));
    let wizard = filled(source.start("destination.example.com").await.unwrap(), mode);
    let wizard = source.initiate(wizard).unwrap();
    let submitted = source.submit(&wizard).await.unwrap();
    assert_eq!(submitted.connection.status, Status::Pending);
    let accepted = accept(&destination, &code(&wizard)).await;
    assert!(matches!(accepted, Accepted::Active(_)), "{accepted:?}");
    assert_eq!(accepted.connection().mode, mode);
    assert_agreed(&view(&source, wizard.id()).await, accepted.connection());
    wizard.hand_over().clone()
}

#[test]
fn basic_by_url_hands_over_a_link() {
    let hand_over =
        block_on(story(ConnectionMode::Basic, [KnownPlatform::JiraCloud, KnownPlatform::Salesforce]));
    assert!(matches!(hand_over, HandOver::AcceptanceLink(_)));
}

#[test]
fn visual_by_url_hands_over_a_link() {
    let hand_over =
        block_on(story(ConnectionMode::Visual, [KnownPlatform::JiraCloud, KnownPlatform::Zendesk]));
    assert!(matches!(hand_over, HandOver::AcceptanceLink(_)));
}

#[test]
fn script_by_url_hands_over_the_code() {
    let hand_over =
        block_on(story(ConnectionMode::Script, [KnownPlatform::Salesforce, KnownPlatform::JiraCloud]));
    assert!(matches!(hand_over, HandOver::Code(_)));
}

#[test]
fn it_does_not_matter_which_side_starts() {
    block_on(story(ConnectionMode::Script, [KnownPlatform::JiraCloud, KnownPlatform::Salesforce]));
}

#[test]
fn without_a_url_the_acceptor_becomes_the_destination() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = bearer_invitation(&source).await;
        assert!(view(&source, id).await.remote.is_none());
        accept(&destination, &code).await;
        let source = view(&source, id).await;
        assert_eq!(source.remote.unwrap().uid(), destination.instance().uid());
    });
}

#[test]
fn without_a_url_basic_connects_too() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let wizard = filled(source.start_without_url().unwrap(), ConnectionMode::Basic);
        let wizard = source.initiate(wizard).unwrap();
        source.submit(&wizard).await.unwrap();
        let accepted = accept(&destination, &code(&wizard)).await;
        assert_agreed(&view(&source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn an_instance_described_by_hand_can_be_the_destination() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let wizard = source.start_with(instance("jira", KnownPlatform::JiraCloud)).unwrap();
        let wizard = source.initiate(filled(wizard, ConnectionMode::Script)).unwrap();
        source.submit(&wizard).await.unwrap();
        let accepted = accept(&destination, &code(&wizard)).await;
        assert_agreed(&view(&source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn a_private_destination_accepts_and_is_never_called() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let destination = world.node_of(private_instance("jira", KnownPlatform::JiraCloud));
        let (id, code) = invitation(&source, "jira.example.com").await;
        let accepted = accept(&destination, &code).await;
        assert_eq!(accepted.connection().kind, ConnectionKind::Private);
        let before = world.network.exchanges();
        assert!(source.refresh(id).await.unwrap().retry.is_none());
        assert_eq!(world.network.exchanges(), before);
        assert_agreed(&view(&source, id).await, accepted.connection());
    });
}

#[test]
fn the_own_url_makes_a_local_connection_without_an_exchange() {
    block_on(async {
        let world = World::new();
        let jira = world.node("jira", KnownPlatform::JiraCloud);
        let wizard = filled(jira.start("https://jira.example.com").await.unwrap(), ConnectionMode::Script);
        let wizard = jira.initiate(wizard).unwrap();
        let submitted = jira.submit(&wizard).await.unwrap();
        assert!(matches!(submitted.hand_over, HandOver::Nothing));
        assert_eq!(submitted.connection.status, CONFIRMED);
        assert_eq!(
            (submitted.connection.role, submitted.connection.kind),
            (Role::Local, ConnectionKind::Local)
        );
        jira.refresh(wizard.id()).await.unwrap();
        assert_eq!((world.network.exchanges(), jira.store().len()), (0, 1));
    });
}

#[test]
fn at_the_own_url_nobody_is_asked() {
    let world = World::new();
    let jira = world.node("jira", KnownPlatform::JiraCloud);
    world.network.detach(jira.instance());
    let wizard = block_on(jira.start("https://jira.example.com")).unwrap();
    assert_eq!(*wizard.destination(), Destination::Local);
}

#[test]
fn another_mode_takes_a_new_connection_and_leaves_the_old_one() {
    block_on(async {
        let world = World::new();
        let (source, destination) =
            (world.node("zendesk", KnownPlatform::Zendesk), world.node("jira", KnownPlatform::JiraCloud));
        let (old, code_of_old) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code_of_old).await;
        let before = view(&source, old).await;
        let wizard = source.start_from(old, ConnectionMode::Visual).await.unwrap();
        assert_eq!(wizard.chosen_before(), Some(ConnectionMode::Visual));
        let wizard = source.initiate(filled(wizard, ConnectionMode::Visual)).unwrap();
        source.submit(&wizard).await.unwrap();
        let accepted = accept(&destination, &code(&wizard)).await;
        assert_eq!(accepted.connection().mode, ConnectionMode::Visual);
        assert_eq!(view(&source, old).await, before);
    });
}

#[test]
fn the_destination_can_start_the_next_connection() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (old, code_of_old) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code_of_old).await;
        let wizard = destination.start_from(old, ConnectionMode::Basic).await.unwrap();
        let wizard = destination.initiate(filled(wizard, ConnectionMode::Basic)).unwrap();
        destination.submit(&wizard).await.unwrap();
        let accepted = accept(&source, &code(&wizard)).await;
        assert_agreed(&view(&destination, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn a_draft_goes_on_with_the_instance_and_the_terms_of_the_node() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let wizard = filled(source.start("jira.example.com").await.unwrap(), ConnectionMode::Script);
        let saved = serde_json::to_string(&wizard.draft()).unwrap();
        let draft: handclasp::Draft = serde_json::from_str(&saved).unwrap();
        let resumed = draft.resume_as(source.instance(), source.terms()).unwrap();
        let resumed = source.initiate(resumed).unwrap();
        assert_eq!(resumed.id(), wizard.id());
        source.submit(&resumed).await.unwrap();
        let accepted = accept(&destination, &code(&resumed)).await;
        assert_agreed(&view(&source, wizard.id()).await, accepted.connection());
    });
}

#[test]
fn lists_show_the_newest_first() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(bearer_invitation(&source).await.0);
            world.clock.advance(core::time::Duration::from_millis(1));
        }
        ids.reverse();
        let page = source.list(&ListQuery::newest_first()).await.unwrap();
        assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
    });
}

#[test]
fn a_list_shows_what_get_shows() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let (id, _) = bearer_invitation(&source).await;
        let page = source.list(&ListQuery::newest_first()).await.unwrap();
        assert_eq!(page.items, [view(&source, id).await]);
    });
}

#[test]
fn nothing_is_got_with_an_unknown_id() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, _) = bearer_invitation(&source).await;
        assert_eq!(destination.get(id).await.unwrap(), None);
    });
}

#[test]
fn events_name_who_acted_on_each_side() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let admin = |name| Actor::Admin(ActorName::parse(name).unwrap());
        let source = source.acting_as(ActorName::parse("ada").unwrap());
        let destination = destination.acting_as(ActorName::parse("grace").unwrap());
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let actors = |view: handclasp::ConnectionView| {
            view.events.into_iter().map(|event| event.actor).collect::<Vec<_>>()
        };
        assert_eq!(actors(view(&source, id).await), [admin("ada"), Actor::Remote, Actor::Remote]);
        assert_eq!(actors(view(&destination, id).await), [admin("grace"), Actor::Remote]);
    });
}

#[test]
fn events_tell_the_story_of_each_side() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        assert_eq!(happened(&view(&source, id).await), ["initiated", "activated", "confirmed"]);
        assert_eq!(happened(&view(&destination, id).await), ["accepted", "activated"]);
    });
}

#[test]
fn what_the_acceptor_calls_things_is_a_suggestion_to_the_source() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        let preview = destination.preview(&code).await.unwrap();
        let mut form = answered(preview.form(), preview.asks());
        form.name = "Escalations".to_owned();
        destination.accept(&preview, &form).await.unwrap();
        let source = view(&source, id).await;
        assert_eq!(source.info.name().as_str(), "Salesforce to Jira Cloud");
        assert_eq!(source.remote_info.unwrap().name().as_str(), "Escalations");
    });
}

#[test]
fn both_sides_derive_the_same_key() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let ours = source.derive_key(id, "webhooks").await.unwrap();
        let theirs = destination.derive_key(id, "webhooks").await.unwrap();
        assert_eq!(ours.expose_bytes(), theirs.expose_bytes());
    });
}

#[test]
fn each_label_has_a_key_of_its_own() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, code) = invitation(&source, "jira.example.com").await;
        accept(&destination, &code).await;
        let one = source.derive_key(id, "webhooks").await.unwrap();
        let other = source.derive_key(id, "attachments").await.unwrap();
        assert_ne!(one.expose_bytes(), other.expose_bytes());
    });
}

#[test]
fn a_pending_connection_has_no_key() {
    block_on(async {
        let world = World::new();
        let (source, _) = world.pair();
        let (id, _) = invitation(&source, "jira.example.com").await;
        let error = source.derive_key(id, "webhooks").await.unwrap_err();
        assert!(matches!(error, DeriveKeyError::NotConnected), "{error:?}");
    });
}

#[test]
fn a_local_connection_has_no_key() {
    block_on(async {
        let world = World::new();
        let jira = world.node("jira", KnownPlatform::JiraCloud);
        let wizard = initiated(&jira, "jira.example.com").await;
        jira.submit(&wizard).await.unwrap();
        let error = jira.derive_key(wizard.id(), "webhooks").await.unwrap_err();
        assert!(matches!(error, DeriveKeyError::NotConnected), "{error:?}");
    });
}

#[test]
fn an_unknown_connection_has_no_key() {
    block_on(async {
        let world = World::new();
        let (source, destination) = world.pair();
        let (id, _) = invitation(&source, "jira.example.com").await;
        let error = destination.derive_key(id, "webhooks").await.unwrap_err();
        assert!(matches!(error, DeriveKeyError::Missing), "{error:?}");
    });
}
