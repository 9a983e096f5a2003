//! Where a wizard may start: which destinations are refused, which are this very instance, and starting anew.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::handshake;
use handclasp::{
    Connection, ConnectionForm, ConnectionMode, Destination, Instance, Invitation, KnownPlatform,
    PolicyError, StartError, Terms, UrlEntered, UrlPolicy, Wizard,
};
use support::{answered, built, entropy, id, now, private, public, url};

use ConnectionMode::{Basic, Script, Visual};
use KnownPlatform::{GitHub, JiraCloud, Salesforce};

/// This instance: node, tracker and accept page at addresses of their own.
fn here() -> Instance {
    let builder = public("here", JiraCloud).tracker_url(url("tracker.example.com"));
    built(builder.accept_page(url("accept.example.com")))
}

fn start(entered: &str, found: Instance) -> Result<Wizard<UrlEntered>, StartError> {
    Wizard::start(here(), Terms::default(), id(1), url(entered), found)
}

#[track_caller]
fn check(entered: &str, found: Instance, expected: &Result<Destination, StartError>) {
    let found = start(entered, found).map(|wizard| wizard.destination().clone());
    assert_eq!(found, *expected);
}

#[test]
fn a_destination_that_was_found_is_remote() {
    let there = built(public("there", GitHub));
    check("there.example.com", there.clone(), &Ok(Destination::Remote(there)));
}

#[test]
fn own_uid_at_any_own_address_is_a_local_connection() {
    for entered in ["here.example.com", "tracker.example.com", "accept.example.com"] {
        check(entered, here(), &Ok(Destination::Local));
    }
}

#[test]
fn own_uid_found_at_a_foreign_address_is_refused() {
    check("there.example.com", here(), &Err(StartError::OwnUidElsewhere));
}

#[test]
fn own_uid_described_without_any_address_is_not_local() {
    let nowhere = built(private("here", JiraCloud));
    let error = Wizard::start_with(here(), Terms::default(), id(1), nowhere).err();
    assert_eq!(error, Some(StartError::OwnUidElsewhere));
}

#[test]
fn own_uid_described_with_an_own_address_is_local() {
    let wizard = Wizard::start_with(here(), Terms::default(), id(1), built(public("here", JiraCloud)));
    assert_eq!(wizard.unwrap().destination(), &Destination::Local);
}

#[test]
fn own_uid_with_any_foreign_address_is_refused() {
    let foreign = || url("there.example.com");
    for clone in [
        public("here", JiraCloud).node_url(foreign()),
        public("here", JiraCloud).tracker_url(foreign()),
        public("here", JiraCloud).accept_page(foreign()),
    ] {
        check("here.example.com", built(clone), &Err(StartError::OwnUidElsewhere));
    }
}

#[test]
fn another_uid_at_the_own_node_is_refused() {
    let impostor = built(public("there", GitHub).node_url(url("here.example.com")));
    check("there.example.com", impostor, &Err(StartError::OwnAddress));
}

#[test]
fn two_trackers_may_share_an_address() {
    let neighbour = built(public("there", GitHub).tracker_url(url("tracker.example.com")));
    check("there.example.com", neighbour.clone(), &Ok(Destination::Remote(neighbour)));
}

#[test]
fn each_address_is_judged_by_the_policy() {
    let forbidden = || url("https://jira.internal");
    let error = Err(StartError::AddressNotPermitted { error: PolicyError::SpecialName });
    check("jira.internal", built(public("there", GitHub)), &error);
    for found in [
        public("there", GitHub).node_url(forbidden()),
        public("there", GitHub).tracker_url(forbidden()),
        public("there", GitHub).accept_page(forbidden()),
        private("there", GitHub).node_url(forbidden()),
    ] {
        check("there.example.com", built(found), &error);
    }
}

#[test]
fn the_terms_may_permit_more() {
    let there = built(public("there", GitHub).node_url(url("https://jira.internal")));
    let terms = Terms::new(UrlPolicy::public().allow_private());
    assert!(Wizard::start(here(), terms, id(1), url("jira.internal"), there).is_ok());
}

#[test]
fn an_instance_described_by_hand_is_judged_too() {
    let start = |instance| Wizard::start_with(here(), Terms::default(), id(1), built(instance)).err();
    let error = PolicyError::HttpNotAllowed;
    let http = public("there", GitHub).node_url(url("http://there.example.com"));
    assert_eq!(start(http), Some(StartError::AddressNotPermitted { error }));
    let clone = public("here", GitHub).node_url(url("there.example.com"));
    assert_eq!(start(clone), Some(StartError::OwnUidElsewhere));
}

#[test]
fn own_addresses_need_no_permission() {
    let local = built(public("here", JiraCloud).node_url(url("http://localhost:8080")));
    let wizard = Wizard::start(local.clone(), Terms::default(), id(1), url("http://localhost:8080"), local);
    assert_eq!(wizard.unwrap().destination(), &Destination::Local);
}

#[test]
fn start_errors_say_what_to_do() {
    let error = PolicyError::SingleLabel;
    for (error, expected) in [
        (
            StartError::AddressNotPermitted { error },
            "an address of the destination is not permitted: a host name without a dot is not allowed; use the full name",
        ),
        (
            StartError::OwnUidElsewhere,
            "the destination has this instance's UID at another address; it is a clone, or was moved: give it a UID of its own",
        ),
        (
            StartError::OwnAddress,
            "another instance claims this instance's address; correct the address of one of them",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

#[track_caller]
fn check_other_host(entered: &str, found: Instance, expected: Option<&str>) {
    assert_eq!(start(entered, found).expect("a destination").other_host(), expected);
}

#[test]
fn a_node_on_another_host_than_the_one_entered_is_shown() {
    check_other_host("t.example.com", built(public("there", GitHub)), Some("there.example.com"));
}

#[test]
fn another_path_or_port_is_no_other_host() {
    check_other_host("there.example.com:8443/jira", built(public("there", GitHub)), None);
}

#[test]
fn without_a_node_there_is_no_other_host() {
    check_other_host("t.example.com", built(private("there", GitHub)), None);
}

#[test]
fn without_anything_entered_there_is_no_other_host() {
    let wizard = Wizard::start_with(here(), Terms::default(), id(1), built(public("there", GitHub)));
    assert_eq!(wizard.unwrap().other_host(), None);
}

fn labelled(source: &str, destination: &str) -> ConnectionForm {
    let mut form = answered(ConnectionForm::default());
    form.source_short_name = String::from(source);
    form.destination_short_name = String::from(destination);
    form.name = String::from("Escalations");
    form.description = String::from("Only the urgent ones");
    form
}

/// A connection that was initiated here in Basic mode; with the invitation, if there is one.
fn initiated(start: Wizard<UrlEntered>) -> (Connection, Option<Invitation>) {
    let wizard = start.choose_mode(Basic).expect("a mode that is offered");
    let wizard = wizard.fill(labelled("Ours", "Theirs")).expect("a complete form");
    let (connection, hand_over) = wizard.initiate(now(), entropy(2)).into_parts();
    let invitation = hand_over.code().map(|code| Invitation::read(code.expose()).expect("a valid code"));
    (connection, invitation)
}

fn start_from(connection: &Connection, mode: ConnectionMode) -> Wizard<UrlEntered> {
    Wizard::start_from(connection, mode, here(), Terms::default(), id(9)).expect("a destination")
}

#[test]
fn starting_anew_fills_in_what_the_old_connection_says() {
    let (old, _) = initiated(start("t.example.com", built(public("there", JiraCloud))).unwrap());
    let wizard = start_from(&old, Script);
    assert_eq!((wizard.id(), wizard.chosen_before()), (id(9), Some(Script)));
    assert_eq!(wizard.destination().remote(), old.remote());
    let mut expected = labelled("Ours", "Theirs");
    expected.admin_access = None;
    assert_eq!(wizard.choose_mode(Script).unwrap().form(), expected);
}

#[test]
fn starting_anew_asks_for_admin_access_anew() {
    let (old, _) = initiated(start("t.example.com", built(public("there", JiraCloud))).unwrap());
    let wizard = start_from(&old, Visual).choose_mode(Visual).unwrap();
    let form = wizard.form();
    let error = wizard.fill(form).unwrap_err();
    let codes: Vec<_> = error.errors().errors().iter().map(handclasp::FieldError::code).collect();
    assert_eq!(codes, ["not-answered"]);
}

#[test]
fn starting_anew_leaves_the_old_connection_as_it_was() {
    let (old, _) = initiated(start("t.example.com", built(public("there", JiraCloud))).unwrap());
    let before = old.view(now());
    let wizard = start_from(&old, Script).choose_mode(Script).unwrap();
    let form = wizard.form();
    let new = wizard.fill(form).unwrap().initiate(now(), entropy(3));
    assert_eq!((old.view(now()), new.connection().mode()), (before, Script));
}

#[test]
fn starting_anew_from_a_local_connection_is_local() {
    let (old, _) = initiated(start("here.example.com", here()).unwrap());
    assert_eq!(start_from(&old, Visual).destination(), &Destination::Local);
}

#[test]
fn starting_anew_from_an_unknown_destination_is_unknown() {
    let (old, _) = initiated(Wizard::start_without_url(here(), Terms::default(), id(1)));
    assert_eq!(start_from(&old, Script).destination(), &Destination::Unknown);
}

#[test]
fn starting_anew_as_the_former_destination_swaps_the_labels() {
    let org = built(public("there", Salesforce));
    let wizard = Wizard::start_with(org, Terms::default(), id(1), here()).unwrap();
    let (_, invitation) = initiated(wizard);
    let form = labelled("Theirs", "Ours");
    let accepted =
        handshake::accept(&invitation.unwrap(), &form, &here(), UrlPolicy::public(), now(), entropy(4))
            .unwrap();
    let wizard = start_from(accepted.connection().unwrap(), Script).choose_mode(Script).unwrap();
    let mut expected = labelled("Ours", "Theirs");
    expected.admin_access = None;
    assert_eq!(wizard.form(), expected);
}

#[test]
fn starting_anew_checks_the_addresses_again() {
    let lenient = Terms::new(UrlPolicy::public().allow_http());
    let there = built(public("there", GitHub).node_url(url("http://there.example.com")));
    let (old, _) = initiated(Wizard::start_with(here(), lenient, id(1), there).unwrap());
    let error = Wizard::start_from(&old, Script, here(), Terms::default(), id(9)).unwrap_err();
    assert_eq!(error, StartError::AddressNotPermitted { error: PolicyError::HttpNotAllowed });
}

#[test]
fn admin_access_answered_for_one_destination_is_not_an_answer_for_another() {
    let wizard = start("t.example.com", built(public("there", JiraCloud))).unwrap();
    let mut wizard = wizard.choose_mode(Visual).unwrap();
    wizard.remember(labelled("Ours", "Theirs"));
    let elsewhere = start("elsewhere.example.com", built(public("elsewhere", JiraCloud))).unwrap();
    let form = elsewhere.keeping(wizard.previous()).choose_mode(Visual).unwrap().form();
    let mut expected = labelled("Ours", "Theirs");
    expected.admin_access = None;
    assert_eq!(form, expected);
}

#[test]
fn admin_access_stays_answered_when_the_same_destination_is_entered_anew() {
    let found = || start("t.example.com", built(public("there", JiraCloud))).unwrap();
    let mut wizard = found().choose_mode(Visual).unwrap();
    wizard.remember(labelled("Ours", "Theirs"));
    let form = found().keeping(wizard.previous()).choose_mode(Visual).unwrap().form();
    assert_eq!(form, labelled("Ours", "Theirs"));
}
