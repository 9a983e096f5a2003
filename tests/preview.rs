//! What a preview warns of and what it says is in the way, each beside the invitation that is all right.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/handshake.rs"]
mod support;

use handclasp::handshake::{self, AcceptError};
use handclasp::{
    Connection, ConnectionMode, Entropy, Instance, Invitation, ModeSet, Obstacle, Phase, PolicyError,
    Preview, ReasonKind, Side, UrlPolicy, Warning, WhoActs,
};
use support::wire;
use support::{DAY, DESTINATION_ENTROPY, NOW, Plot, Scene, at, complete, instance, local_connection, now};

const SOURCE_NODE_URL: u8 = 14;
const SOURCE_TRACKER_URL: u8 = 29;

/// The code as the destination of the standard scene sees it.
fn preview_of(code: &str) -> Preview {
    preview_as(code, &instance("destination").build().unwrap())
}

fn preview_as(code: &str, local: &Instance) -> Preview {
    Preview::new(Invitation::read(code).unwrap(), local, UrlPolicy::public())
}

fn standard() -> Preview {
    preview_of(&Scene::standard().code)
}

/// The standard code with another value in one record, or without the record.
fn code_with(kind: u8, value: Option<&str>) -> String {
    let mut records = wire::parse(&wire::code_records(&Scene::standard().code));
    assert!(records.remove(&kind).is_some(), "no record {kind}");
    if let Some(value) = value {
        records.insert(kind, value.as_bytes().to_vec());
    }
    wire::code_of(&wire::write(&records))
}

fn json(preview: &Preview) -> String {
    serde_json::to_string(preview).unwrap()
}

#[test]
fn nothing_is_in_the_way_of_an_invitation_for_this_instance() {
    assert_eq!(standard().at(now()).beside(None).obstacles(), []);
}

#[test]
fn an_own_invitation_is_not_accepted() {
    let scene = Plot::UNBOUND.scene();
    assert_eq!(preview_as(&scene.code, &scene.source).obstacles(), [Obstacle::OwnInvitation]);
}

#[test]
fn an_invitation_for_whoever_holds_it_is_no_own_one_elsewhere() {
    let scene = Plot::UNBOUND.scene();
    assert_eq!(preview_as(&scene.code, &scene.destination).obstacles(), []);
}

#[test]
fn an_invitation_for_another_instance_is_not_accepted() {
    let anybody = instance("anybody").build().unwrap();
    assert_eq!(preview_as(&Scene::standard().code, &anybody).obstacles(), [Obstacle::WrongRecipient]);
}

#[test]
fn an_invitation_for_whoever_holds_it_is_for_anybody() {
    let anybody = instance("anybody").build().unwrap();
    assert_eq!(preview_as(&Plot::UNBOUND.scene().code, &anybody).obstacles(), []);
}

#[test]
fn each_address_of_the_source_is_judged_by_the_policy() {
    for kind in [SOURCE_NODE_URL, SOURCE_TRACKER_URL] {
        let preview = preview_of(&code_with(kind, Some("https://source.internal")));
        let error = PolicyError::SpecialName;
        assert_eq!(preview.obstacles(), [Obstacle::AddressNotPermitted { error }], "{kind}");
    }
}

#[test]
fn an_address_that_the_policy_permits_is_not_in_the_way() {
    for kind in [SOURCE_NODE_URL, SOURCE_TRACKER_URL] {
        let invitation = Invitation::read(&code_with(kind, Some("https://source.internal"))).unwrap();
        let local = instance("destination").build().unwrap();
        let preview = Preview::new(invitation, &local, UrlPolicy::public().allow_private());
        assert_eq!(preview.obstacles(), [], "{kind}");
    }
}

#[test]
fn exactly_one_day_ahead_is_not_the_future() {
    assert_eq!(standard().at(at(NOW - DAY)).obstacles(), []);
}

#[test]
fn a_millisecond_more_than_a_day_ahead_is_the_future() {
    assert_eq!(standard().at(at(NOW - DAY - 1)).obstacles(), [Obstacle::FromTheFuture]);
}

#[track_caller]
fn check_beside(existing: &Connection, expected: &[Obstacle]) {
    let preview = standard();
    assert_eq!(existing.id(), preview.invitation().id());
    assert_eq!(preview.beside(Some(existing)).obstacles(), expected);
}

#[test]
fn the_id_of_a_connection_from_another_code_is_taken() {
    let Scene { source, destination, .. } = Scene::standard();
    let other = Plot::STANDARD.scene_with(source, destination, [0x77; 32]);
    check_beside(&other.accept().0, &[Obstacle::IdTaken]);
}

#[test]
fn the_id_of_a_local_connection_is_taken() {
    check_beside(&local_connection(ConnectionMode::Script), &[Obstacle::IdTaken]);
}

#[test]
fn the_id_of_what_this_code_has_become_is_not_taken() {
    let played = Scene::standard().play();
    for record in [played.accepting, played.destination, played.settled] {
        check_beside(&record, &[]);
    }
}

#[test]
fn a_source_that_cannot_be_called_is_not_in_the_way() {
    assert_eq!(preview_of(&code_with(SOURCE_NODE_URL, None)).obstacles(), []);
}

#[test]
fn an_acceptance_waits_for_a_source_that_cannot_be_called() {
    let preview = preview_of(&code_with(SOURCE_NODE_URL, None));
    let form = complete(preview.form(), preview.asks());
    let (local, entropy) =
        (instance("destination").build().unwrap(), Entropy::from_bytes(DESTINATION_ENTROPY));
    let accepted =
        handshake::accept(preview.invitation(), &form, &local, UrlPolicy::public(), now(), entropy).unwrap();
    assert_eq!(
        (accepted.connection().map(Connection::phase), accepted.message()),
        (Some(Phase::Accepting), None)
    );
}

/// The preview of an invitation to Visual from a source that cannot be called.
fn impossible() -> Preview {
    let visual = Plot { mode: ConnectionMode::Visual, ..Plot::STANDARD }.scene();
    let mut records = wire::parse(&wire::code_records(&visual.code));
    records.remove(&SOURCE_NODE_URL);
    preview_of(&wire::code_of(&wire::write(&records)))
}

#[test]
fn a_source_that_cannot_be_called_is_in_the_way_of_visual() {
    let preview = impossible();
    let found: Vec<_> = preview
        .obstacles()
        .iter()
        .map(|obstacle| match obstacle {
            Obstacle::Mode { reason } => (reason.kind, reason.side),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(found, [(ReasonKind::NotPublic, Side::Remote)]);
}

#[test]
fn what_is_in_the_way_says_who_has_to_act() {
    let unlicensed = instance("destination").licences(ModeSet::NONE).build().unwrap();
    let here = preview_as(&Scene::standard().code, &unlicensed).obstacles().to_vec();
    let there = impossible().obstacles().to_vec();
    let [Obstacle::Mode { reason: here }] = here[..] else { panic!("{here:?}") };
    let [Obstacle::Mode { reason: there }] = there[..] else { panic!("{there:?}") };
    let error = PolicyError::SingleLabel;
    let expected = [
        (Obstacle::OwnInvitation, WhoActs::SourceAdmin, false),
        (Obstacle::WrongRecipient, WhoActs::SourceAdmin, false),
        (Obstacle::AddressNotPermitted { error }, WhoActs::DestinationAdmin, false),
        (Obstacle::Mode { reason: here }, WhoActs::DestinationAdmin, false),
        (Obstacle::Mode { reason: there }, WhoActs::SourceAdmin, false),
        (Obstacle::IdTaken, WhoActs::SourceAdmin, false),
        (Obstacle::FromTheFuture, WhoActs::Nobody, true),
    ];
    for (obstacle, who, retry) in expected {
        assert_eq!((obstacle.who_acts(), obstacle.retry_helps()), (who, retry), "{obstacle:?}");
    }
}

#[test]
fn refusing_to_accept_says_what_is_in_the_way() {
    let local = instance("destination").build().unwrap();
    let preview = impossible();
    let form = complete(preview.form(), preview.asks());
    let entropy = Entropy::from_bytes(DESTINATION_ENTROPY);
    let error = handshake::accept(preview.invitation(), &form, &local, UrlPolicy::public(), now(), entropy)
        .unwrap_err();
    assert!(
        matches!(&error, AcceptError::Obstacles { obstacles } if obstacles == preview.obstacles()),
        "{error:?}"
    );
}

#[test]
fn nothing_is_to_be_considered_about_a_bound_and_fresh_invitation() {
    assert_eq!(standard().at(now()).warnings(), []);
}

#[test]
fn that_a_code_works_for_whoever_holds_it_is_to_be_considered() {
    assert_eq!(preview_of(&Plot::UNBOUND.scene().code).warnings(), [Warning::Unbound]);
}

#[test]
fn an_invitation_has_expired_exactly_when_it_says() {
    assert_eq!(standard().at(at(Scene::standard().expires_at())).warnings(), [Warning::Expired]);
}

#[test]
fn a_millisecond_before_an_invitation_has_not_expired() {
    assert_eq!(standard().at(at(Scene::standard().expires_at() - 1)).warnings(), []);
}

#[test]
fn that_an_invitation_has_expired_is_not_in_the_way() {
    assert_eq!(standard().at(at(Scene::standard().expires_at())).obstacles(), []);
}

#[test]
fn letters_beyond_ascii_in_the_host_are_to_be_considered() {
    let preview = preview_of(&code_with(SOURCE_NODE_URL, Some("https://xn--bcher-kva.example.com")));
    assert_eq!(preview.warnings(), [Warning::InternationalHost]);
}

#[test]
fn letters_beyond_ascii_in_the_path_are_nothing_to_consider() {
    let preview = preview_of(&code_with(SOURCE_NODE_URL, Some("https://source.example.com/b%C3%BCcher")));
    assert_eq!(preview.warnings(), []);
}

#[test]
fn looking_at_the_clock_twice_is_looking_once() {
    for millis in [NOW, NOW - 2 * DAY, Scene::standard().expires_at()] {
        let once = standard().at(at(millis));
        assert_eq!(json(&once.clone().at(at(millis))), json(&once), "{millis}");
    }
}

#[test]
fn only_the_last_look_at_the_clock_counts() {
    for millis in [NOW - 2 * DAY, Scene::standard().expires_at()] {
        assert_eq!(json(&standard().at(at(millis)).at(now())), json(&standard().at(now())), "{millis}");
    }
}

#[test]
fn looking_into_the_store_twice_is_looking_once() {
    let taken = local_connection(ConnectionMode::Script);
    let once = standard().beside(Some(&taken));
    assert_eq!(json(&once.clone().beside(Some(&taken))), json(&once));
}

#[test]
fn only_the_last_look_into_the_store_counts() {
    let taken = local_connection(ConnectionMode::Script);
    assert_eq!(json(&standard().beside(Some(&taken)).beside(None)), json(&standard()));
}

#[test]
fn the_clock_and_the_store_do_not_undo_each_other() {
    let taken = local_connection(ConnectionMode::Script);
    let preview = standard().at(at(NOW - 2 * DAY)).beside(Some(&taken)).at(at(NOW - 2 * DAY));
    let mut found: Vec<_> = preview.obstacles().iter().map(Obstacle::code).collect();
    found.sort_unstable();
    assert_eq!(found, ["from-the-future", "id-taken"]);
}
