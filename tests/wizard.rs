//! The wizard's screens: what is suggested, what is refused, and that nothing typed is ever lost.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    AdminAccess, Ask, Capabilities, ConnectionForm, ConnectionMode, Destination, FormField, Instance,
    KnownPlatform, ModeSet, Platform, PlatformName, Terms, Wizard,
};
use proptest::prelude::*;
use support::{answered, built, id, public};

use ConnectionMode::{Basic, Script, Visual};
use KnownPlatform::{GitHub, JiraCloud, Salesforce};

fn here(platform: impl Into<Platform>) -> Instance {
    built(public("here", platform))
}

fn there(platform: impl Into<Platform>) -> Instance {
    built(public("there", platform))
}

fn between(local: Instance, remote: Instance) -> Wizard<handclasp::UrlEntered> {
    Wizard::start_with(local, Terms::default(), id(1), remote).unwrap()
}

/// A wizard for whose form everything can be asked: Visual, with projects.
fn visual() -> Wizard<handclasp::ModeChosen> {
    between(here(JiraCloud), there(JiraCloud)).choose_mode(Visual).unwrap()
}

fn form(source: &str, destination: &str, name: &str) -> ConnectionForm {
    let mut form = ConnectionForm::default();
    form.source_short_name = String::from(source);
    form.destination_short_name = String::from(destination);
    form.name = String::from(name);
    form
}

/// Checks all messages about a form, in the order of the screen.
#[track_caller]
fn check_messages(form: ConnectionForm, expected: &[&str]) {
    let error = visual().fill(form).unwrap_err();
    let messages: Vec<_> = error.errors().errors().iter().map(ToString::to_string).collect();
    assert_eq!(messages, expected);
}

#[test]
fn a_mode_that_is_not_offered_gives_the_wizard_back() {
    let mut wizard =
        Wizard::start_without_url(here(JiraCloud), Terms::default(), id(1)).choose_mode(Basic).unwrap();
    wizard.remember(form("typed", "", "\u{7}"));
    let wizard = wizard.previous();
    let before = wizard.draft();

    let error = wizard.choose_mode(Visual).unwrap_err();
    assert_eq!((error.mode(), error.reasons().len()), (Visual, 1));
    assert_eq!(error.into_wizard().draft(), before);
}

#[test]
fn a_mode_that_is_not_offered_says_why() {
    let wizard = Wizard::start_without_url(here(GitHub), Terms::default(), id(1));
    let expected = "the mode Visual cannot be chosen: the platform does not support this mode (this side); \
                    this mode needs a destination that is known by its URL (the other side)";
    assert_eq!(wizard.choose_mode(Visual).unwrap_err().to_string(), expected);
}

#[test]
fn a_form_that_is_refused_comes_back_as_it_was_typed() {
    let typed = form(" \u{202e}", "a\u{0}b", "");
    let error = visual().fill(typed.clone()).unwrap_err();
    assert_eq!(error.form(), typed);
    assert_eq!(error.into_wizard().form(), typed);
}

#[test]
fn a_form_that_is_refused_leaves_the_wizard_where_it_was() {
    let wizard = visual();
    let mut expected = wizard.clone();
    expected.remember(form("", "", ""));
    let found = wizard.fill(form("", "", "")).unwrap_err().into_wizard();
    assert_eq!(found.draft(), expected.draft());
}

#[test]
fn a_form_is_kept_as_it_was_typed_when_it_is_taken() {
    let mut typed = answered(form(" Jira ", "There", "Name"));
    typed.description = "one\r\ntwo".to_owned();
    let wizard = visual().fill(typed.clone()).unwrap();
    assert_eq!(wizard.info().description().as_str(), "one\ntwo");
    assert_eq!(wizard.previous().form(), typed);
}

#[test]
fn all_errors_of_a_form_come_at_once_in_the_order_of_the_screen() {
    let mut form = form("", &"x".repeat(65), "a\tb");
    form.description = String::from("a\u{2028}b");
    form.incoming_project = String::from("\u{200b}");
    check_messages(
        form,
        &[
            "source side short name: empty; enter at least one character",
            "destination side short name: 65 characters, at most 64 are allowed; shorten it",
            "connection name: character 2 (U+0009) is a control character; remove it",
            "description: character 2 (U+2028) is a line or paragraph separator; remove it",
            "incoming project: nothing in it is visible; enter at least one visible character",
            "admin access on the destination: not answered; choose an answer",
        ],
    );
}

#[test]
fn evidence_is_asked_for_by_name() {
    let mut form = answered(form("a", "b", "c"));
    form.admin_access = Some(AdminAccess::Claimed);
    check_messages(
        form,
        &["admin access on the destination: this mode needs admin access on the destination \
         that was verified; verify it first"],
    );
}

#[test]
fn equal_short_names_are_refused_beside_other_errors() {
    check_messages(
        answered(form("Same", " Same ", "")),
        &[
            "destination side short name: the same as the source side's; the two must differ, so change one of them",
            "connection name: empty; enter at least one character",
        ],
    );
}

#[test]
fn short_names_that_are_both_invalid_are_not_called_equal() {
    check_messages(
        answered(form("", "", "c")),
        &[
            "source side short name: empty; enter at least one character",
            "destination side short name: empty; enter at least one character",
        ],
    );
}

#[test]
fn the_errors_of_one_field_can_be_picked() {
    let error = visual().fill(form("a", "a", "")).unwrap_err();
    let codes: Vec<_> =
        error.errors().of(FormField::DestinationShortName).map(handclasp::FieldError::code).collect();
    assert_eq!(codes, ["same-short-names"]);
}

/// Checks the suggested short names.
#[track_caller]
fn check_suggestion(local: Instance, destination: Option<Instance>, expected: (&str, &str)) {
    let wizard = match destination {
        None => Wizard::start_without_url(local, Terms::default(), id(1)),
        Some(remote) => between(local, remote),
    };
    let form = wizard.choose_mode(Script).unwrap().form();
    assert_eq!((form.source_short_name.as_str(), form.destination_short_name.as_str()), expected);
    assert_eq!(form.name, format!("{} to {}", expected.0, expected.1));
    assert_eq!(
        (form.description.as_str(), form.incoming_project.as_str(), form.admin_access),
        ("", "", None)
    );
}

fn named(name: &str) -> Platform {
    let modes = Capabilities::new(ModeSet::ALL).with_local();
    Platform::new(PlatformName::parse(name).unwrap(), modes)
}

#[test]
fn sides_are_called_by_their_platforms() {
    check_suggestion(here(Salesforce), Some(there(JiraCloud)), ("Salesforce", "Jira Cloud"));
}

#[test]
fn sides_of_the_same_platform_are_told_apart() {
    check_suggestion(here(GitHub), Some(there(GitHub)), ("GitHub", "GitHub (remote)"));
}

#[test]
fn an_unknown_destination_is_called_remote() {
    check_suggestion(here(GitHub), None, ("GitHub", "Remote"));
}

#[test]
fn a_local_connection_is_called_local() {
    check_suggestion(here(Salesforce), Some(here(Salesforce)), ("Salesforce", "Salesforce (local)"));
}

#[test]
fn a_platform_of_the_host_is_called_by_its_name() {
    check_suggestion(here(named("acme-desk")), Some(there(GitHub)), ("acme-desk", "GitHub"));
}

#[test]
fn a_name_too_long_for_a_word_behind_it_gives_way() {
    let long = "a".repeat(64);
    check_suggestion(here(named(&long)), Some(there(named(&long))), ("Source", "Destination"));
    check_suggestion(here(named(&long)), Some(here(named(&long))), ("Source", "Destination"));
    check_suggestion(here(named(&long)), None, (&long, "Remote"));
}

fn platform() -> impl Strategy<Value = Platform> {
    prop_oneof![
        prop::sample::select(KnownPlatform::ALL).prop_map(|known| Platform::new(
            PlatformName::parse(known.code()).unwrap(),
            Capabilities::new(ModeSet::ALL).with_local()
        )),
        "[a-z0-9-]{1,64}".prop_map(|name| named(&name)),
    ]
}

proptest! {
    #[test]
    fn suggestions_are_complete_and_valid(local in platform(), remote in platform(), to in 0..3) {
        let local = here(local);
        let wizard = match to {
            0 => Wizard::start_without_url(local, Terms::default(), id(1)),
            1 => between(local.clone(), local),
            _ => between(local, there(remote)),
        };
        for offer in wizard.offers().into_iter().filter(handclasp::ModeOffer::is_available) {
            let form = wizard.clone().choose_mode(offer.mode()).unwrap().form();
            prop_assert!(form.check(&[Ask::Information]).is_ok(), "{:?}", form);
        }
    }
}

#[test]
fn suggestions_are_valid_for_all_pairs_of_known_platforms() {
    for local in KnownPlatform::ALL {
        for remote in KnownPlatform::ALL {
            let wizard = between(here(*local), there(*remote)).choose_mode(Script).unwrap();
            assert_eq!(wizard.form().check(&[Ask::Information]).err(), None);
        }
    }
}

#[test]
fn a_suggestion_follows_the_destination_until_somebody_types() {
    let earlier = between(here(GitHub), there(Salesforce)).choose_mode(Script).unwrap();
    let fresh = || between(here(GitHub), built(public("elsewhere", JiraCloud)));
    let mut suggested = earlier.clone();
    suggested.remember(earlier.form());
    let wizard = fresh().keeping(suggested.previous()).choose_mode(Script).unwrap();
    assert_eq!(wizard.form().destination_short_name, "Jira Cloud");

    let mut typed = earlier.clone();
    typed.remember(form("Typed", "", ""));
    let wizard = fresh().keeping(typed.previous()).choose_mode(Script).unwrap();
    assert_eq!(wizard.form(), form("Typed", "", ""));
}

#[test]
fn another_destination_is_reached_under_the_same_id() {
    let earlier = between(here(GitHub), there(Salesforce)).choose_mode(Script).unwrap().previous();
    let fresh = Wizard::start_without_url(here(GitHub), Terms::default(), id(9));
    let wizard = fresh.keeping(earlier);
    assert_eq!((wizard.id(), wizard.chosen_before()), (id(1), Some(Script)));
    assert_eq!(wizard.destination(), &Destination::Unknown);
}

#[test]
fn going_back_from_the_form_keeps_mode_and_form() {
    let mut wizard = visual();
    wizard.remember(form("\u{7}", "", ""));
    let wizard = wizard.previous();
    assert_eq!(wizard.chosen_before(), Some(Visual));
    assert_eq!(wizard.choose_mode(Basic).unwrap().form(), form("\u{7}", "", ""));
}

#[test]
fn going_back_from_the_summary_keeps_mode_and_form() {
    let typed = answered(form(" a ", "b", "c"));
    let wizard = visual().fill(typed.clone()).unwrap().previous();
    assert_eq!((wizard.mode(), wizard.form()), (Visual, typed));
}

#[test]
fn a_mode_is_chosen_before_only_once_it_was() {
    assert_eq!(between(here(GitHub), there(GitHub)).chosen_before(), None);
}

#[test]
fn another_mode_asks_its_own_questions_of_the_same_form() {
    let typed = answered(form("a", "b", "c"));
    let wizard = visual().fill(typed.clone()).unwrap().previous().previous().choose_mode(Script).unwrap();
    let script = wizard.clone().fill(wizard.form()).unwrap();
    assert_eq!(script.info().admin_access(), None);
    let wizard = script.previous().previous().choose_mode(Visual).unwrap();
    assert_eq!(wizard.form(), typed);
}
