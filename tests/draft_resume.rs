//! Resuming a saved wizard: where it may go on, and what happens when circumstances have changed.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    AnyWizard, ConnectionForm, ConnectionMode, Destination, Draft, FormField, InfoFilled, Instance,
    InstanceUid, KnownPlatform, ModeChosen, ModeSet, PolicyError, ReasonKind, Resumable, ResumeReason, Side,
    StartError, StepKind, Terms, UrlEntered, UrlPolicy, Wizard,
};
use serde_json::{Value, json};
use support::{answered, built, id, public, url};

use ConnectionMode::{Script, Visual};
use KnownPlatform::{JiraCloud, Salesforce, Zendesk};

fn here() -> Instance {
    built(public("here", JiraCloud))
}

fn url_entered() -> Wizard<UrlEntered> {
    let there = built(public("there", JiraCloud));
    Wizard::start(here(), Terms::default(), id(1), url("t.example.com"), there).expect("a destination")
}

fn mode_chosen() -> Wizard<ModeChosen> {
    url_entered().choose_mode(Visual).expect("a mode that is offered")
}

fn complete() -> ConnectionForm {
    answered(mode_chosen().form())
}

fn info_filled() -> Wizard<InfoFilled> {
    mode_chosen().fill(complete()).expect("a complete form")
}

/// Checks why a draft cannot be resumed at a step, and that it comes back as it was.
#[track_caller]
fn check_refused<S: Resumable>(draft: &Draft, local: &Instance, terms: Terms) -> ResumeReason {
    let error = draft.clone().resume_as::<S>(local, terms).expect_err("it cannot be resumed");
    let reason = error.reason().clone();
    assert_eq!(error.into_draft(), *draft);
    reason
}

/// A complete draft with one value exchanged.
#[track_caller]
fn tampered(pointer: &str, value: Value) -> Draft {
    let mut json = serde_json::to_value(info_filled().draft()).expect("JSON");
    *json.pointer_mut(&format!("/info-filled/{pointer}")).expect("a value to exchange") = value;
    serde_json::from_value(json).expect("a draft")
}

#[test]
fn a_draft_is_resumed_where_it_was_saved() {
    let resume = |draft: Draft| draft.resume(&here(), Terms::default()).unwrap();
    assert!(
        matches!(resume(url_entered().draft()), AnyWizard::UrlEntered(it) if it.draft() == url_entered().draft())
    );
    assert!(
        matches!(resume(mode_chosen().draft()), AnyWizard::ModeChosen(it) if it.draft() == mode_chosen().draft())
    );
    assert!(
        matches!(resume(info_filled().draft()), AnyWizard::InfoFilled(it) if it.draft() == info_filled().draft())
    );
}

#[test]
fn an_earlier_step_can_be_had_and_keeps_what_was_typed() {
    let draft = info_filled().draft();
    let wizard = draft.clone().resume_as::<ModeChosen>(&here(), Terms::default()).unwrap();
    assert_eq!(wizard.form(), complete());
    let wizard = draft.resume_as::<UrlEntered>(&here(), Terms::default()).unwrap();
    assert_eq!(wizard.chosen_before(), Some(Visual));
    assert_eq!(wizard.choose_mode(Script).unwrap().form(), complete());
}

#[test]
fn a_later_step_than_it_was_saved_at_is_not_there() {
    use StepKind as Step;
    let terms = Terms::default();
    // Having been further once is not being there.
    let back = info_filled().previous();
    for (found, saved, wanted) in [
        (
            check_refused::<ModeChosen>(&url_entered().draft(), &here(), terms),
            Step::UrlEntered,
            Step::ModeChosen,
        ),
        (
            check_refused::<InfoFilled>(&url_entered().draft(), &here(), terms),
            Step::UrlEntered,
            Step::InfoFilled,
        ),
        (check_refused::<InfoFilled>(&back.draft(), &here(), terms), Step::ModeChosen, Step::InfoFilled),
        (
            check_refused::<ModeChosen>(&back.previous().draft(), &here(), terms),
            Step::UrlEntered,
            Step::ModeChosen,
        ),
    ] {
        assert_eq!(found, ResumeReason::NotThere { saved, wanted });
    }
}

#[test]
fn a_step_that_is_not_there_is_named() {
    let reason = check_refused::<InfoFilled>(&url_entered().draft(), &here(), Terms::default());
    assert_eq!(reason.to_string(), "the wizard was saved at url-entered and has not reached info-filled");
}

#[track_caller]
fn check_mode_gone(draft: &Draft, local: &Instance, expected: (ReasonKind, Side)) {
    match check_refused::<InfoFilled>(draft, local, Terms::default()) {
        ResumeReason::Mode(reasons) => {
            let found: Vec<_> = reasons.iter().map(|reason| (reason.kind, reason.side)).collect();
            assert_eq!(found, [expected]);
        }
        other => assert_eq!(other.code(), "mode-unavailable"),
    }
}

#[test]
fn a_mode_whose_licence_has_ended_is_gone() {
    let unlicensed = built(public("here", JiraCloud).licences(ModeSet::NONE));
    check_mode_gone(&info_filled().draft(), &unlicensed, (ReasonKind::NotLicensed, Side::Local));
}

#[test]
fn a_mode_that_the_platform_no_longer_supports_is_gone() {
    let moved = built(public("here", Salesforce));
    check_mode_gone(&info_filled().draft(), &moved, (ReasonKind::PlatformLacksMode, Side::Local));
}

#[test]
fn a_draft_whose_mode_is_gone_can_go_on_with_another() {
    let unlicensed = built(public("here", JiraCloud).licences(ModeSet::from([Script])));
    let error = info_filled().draft().resume(&unlicensed, Terms::default()).unwrap_err();
    let wizard = error.into_draft().resume_as::<UrlEntered>(&unlicensed, Terms::default()).unwrap();
    assert_eq!((wizard.id(), wizard.chosen_before()), (id(1), Some(Visual)));
    let wizard = wizard.choose_mode(Script).unwrap();
    assert_eq!(wizard.form(), complete());
}

#[test]
fn a_platform_that_lost_its_projects_asks_for_none() {
    let zendesk = built(public("here", Zendesk));
    let wizard = info_filled().draft().resume_as::<InfoFilled>(&zendesk, Terms::default()).unwrap();
    assert_eq!(wizard.info().incoming_project(), None);
    assert_eq!(wizard.previous().form(), complete());
}

#[test]
fn a_platform_that_got_projects_asks_for_one() {
    let mut form = complete();
    form.incoming_project.clear();
    let zendesk = built(public("here", Zendesk));
    let there = built(public("there", JiraCloud));
    let wizard = Wizard::start_with(zendesk, Terms::default(), id(1), there).unwrap();
    let draft = wizard.choose_mode(Visual).unwrap().fill(form).unwrap().draft();
    match check_refused::<InfoFilled>(&draft, &here(), Terms::default()) {
        ResumeReason::Form(errors) => {
            let fields: Vec<_> = errors.errors().iter().map(|error| error.field).collect();
            assert_eq!(fields, [FormField::IncomingProject]);
        }
        other => panic!("{other}"),
    }
    assert!(draft.resume_as::<ModeChosen>(&here(), Terms::default()).is_ok());
}

#[test]
fn a_policy_that_became_stricter_refuses_the_destination() {
    let lenient = Terms::new(UrlPolicy::public().allow_http());
    let there = built(public("there", JiraCloud).node_url(url("http://there.example.com")));
    let draft = Wizard::start_with(here(), lenient, id(1), there).unwrap().draft();
    let error = StartError::AddressNotPermitted { error: PolicyError::HttpNotAllowed };
    assert_eq!(check_refused::<UrlEntered>(&draft, &here(), Terms::default()), ResumeReason::Start(error));
    assert!(draft.resume(&here(), lenient).is_ok());
}

#[test]
fn an_instance_that_took_the_destinations_address_is_refused() {
    let moved = built(public("here", JiraCloud).node_url(url("there.example.com")));
    let reason = check_refused::<UrlEntered>(&url_entered().draft(), &moved, Terms::default());
    assert_eq!(reason, ResumeReason::Start(StartError::OwnAddress));
}

#[test]
fn a_draft_of_another_instance_is_refused() {
    let elsewhere = built(public("elsewhere", JiraCloud));
    for draft in [url_entered().draft(), mode_chosen().draft(), info_filled().draft()] {
        let reason = check_refused::<UrlEntered>(&draft, &elsewhere, Terms::default());
        assert_eq!(reason, ResumeReason::OtherInstance);
    }
}

/// A local connection, with this instance's URL entered.
fn local_draft() -> Draft {
    let entered = url("here.example.com");
    Wizard::start(here(), Terms::default(), id(1), entered, here()).expect("a local connection").draft()
}

#[test]
fn a_local_draft_stays_local_while_the_url_that_was_entered_is_ours() {
    let moved = built(public("here", JiraCloud).tracker_url(url("tracker.example.com")));
    let wizard = local_draft().resume_as::<UrlEntered>(&moved, Terms::default()).unwrap();
    assert_eq!(wizard.destination(), &Destination::Local);
}

#[test]
fn a_local_draft_whose_url_is_no_longer_ours_is_refused() {
    let moved = built(public("here", JiraCloud).node_url(url("moved.example.com")));
    let reason = check_refused::<UrlEntered>(&local_draft(), &moved, Terms::default());
    assert_eq!(reason, ResumeReason::Start(StartError::OwnUidElsewhere));
}

#[test]
fn a_draft_with_the_own_uid_elsewhere_is_refused() {
    let draft = tampered("destination/remote/uid", json!(InstanceUid::parse("here").unwrap()));
    let reason = check_refused::<InfoFilled>(&draft, &here(), Terms::default());
    assert_eq!(reason, ResumeReason::Start(StartError::OwnUidElsewhere));
}

#[test]
fn a_draft_with_a_forbidden_address_is_refused() {
    let error = PolicyError::NeverAllowed;
    for pointer in ["entered_url", "destination/remote/node_url"] {
        let draft = tampered(pointer, json!("https://169.254.169.254"));
        let reason = check_refused::<InfoFilled>(&draft, &here(), Terms::default());
        assert_eq!(reason, ResumeReason::Start(StartError::AddressNotPermitted { error }), "{pointer}");
    }
}

#[test]
fn a_draft_with_a_mode_that_was_never_offered_is_refused() {
    let draft = tampered("destination", json!("unknown"));
    check_mode_gone(&draft, &here(), (ReasonKind::DestinationUnknown, Side::Remote));
}

#[test]
fn a_complete_draft_with_an_invalid_form_is_refused_and_can_be_corrected() {
    let draft = tampered("form/connection-name", json!("\u{7}"));
    match check_refused::<InfoFilled>(&draft, &here(), Terms::default()) {
        ResumeReason::Form(errors) => assert_eq!(errors.of(FormField::ConnectionName).count(), 1),
        other => panic!("{other}"),
    }
    let wizard = draft.resume_as::<ModeChosen>(&here(), Terms::default()).unwrap();
    assert_eq!(wizard.form().name, "\u{7}");
}

#[test]
fn a_draft_that_lost_its_evidence_is_refused() {
    let draft = tampered("evidence", json!(null));
    let reason = check_refused::<InfoFilled>(&draft, &here(), Terms::default());
    assert_eq!(reason.code(), "invalid-form");
}
