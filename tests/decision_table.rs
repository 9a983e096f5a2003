//! What is asked after the mode, what happens without an answer, and what each way ends in: the whole table.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    Actor, ActorName, AdminAccess, Ask, ConnectionForm, ConnectionKind, ConnectionMode, Destination,
    EventKind, HandOver, InfoFilled, Initiated, Instance, Invitation, KnownPlatform, ModeChosen, Phase,
    Reachability, Role, Status, Terms, UrlEntered, Wizard,
};
use support::{built, entropy, id, now, private, public, url, verified};

use Access::{Claimed, No, Silent, Verified};
use ConnectionMode::{Basic, Script, Visual};
use End::{Active, Code, Link, Needs};
use To::{Known, Own, Unknown};

/// What was entered as the destination.
#[derive(Clone, Copy, Debug, PartialEq)]
enum To {
    Known,
    Unknown,
    Own,
}

/// How the question for admin access is answered, asked or not.
#[derive(Clone, Copy, Debug)]
enum Access {
    Silent,
    No,
    Claimed,
    Verified,
}

/// What one way through the wizard ends in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// The code is handed over.
    Code,
    /// An acceptance link.
    Link,
    /// Active at once, no invitation.
    Active,
    /// It goes on only when admin access is answered: the code of the error.
    Needs(&'static str),
}

const ACCESSES: [Access; 4] = [Silent, No, Claimed, Verified];

/// Destination, mode, what it asks about admin access; and where `ACCESSES` lead.
const TABLE: [(To, ConnectionMode, Option<Ask>, [End; 4]); 8] = [
    (Known, Basic, Some(Ask::AdminAccess), [Needs("not-answered"), Code, Link, Link]),
    (
        Known,
        Visual,
        Some(Ask::AdminEvidence),
        [Needs("not-answered"), Needs("evidence-missing"), Needs("evidence-missing"), Link],
    ),
    (Known, Script, None, [Code; 4]),
    (Unknown, Basic, None, [Code; 4]),
    (Unknown, Script, None, [Code; 4]),
    (Own, Basic, None, [Active; 4]),
    (Own, Visual, None, [Active; 4]),
    (Own, Script, None, [Active; 4]),
];

/// With projects, and without; both support every mode and local connections.
const PLATFORMS: [KnownPlatform; 2] = [KnownPlatform::JiraCloud, KnownPlatform::Zendesk];

fn here(platform: KnownPlatform) -> Instance {
    built(public("here", platform))
}

fn start(to: To, local: &Instance) -> Wizard<UrlEntered> {
    let (terms, id) = (Terms::default(), id(1));
    let (entered, discovered) = match to {
        Unknown => return Wizard::start_without_url(local.clone(), terms, id),
        Own => (url("here.example.com"), local.clone()),
        Known => (url("there.example.com"), built(public("there", KnownPlatform::JiraCloud))),
    };
    Wizard::start(local.clone(), terms, id, entered, discovered).expect("a destination to start with")
}

fn form(wizard: &Wizard<ModeChosen>, access: Access) -> ConnectionForm {
    let mut form = wizard.form();
    form.admin_access = match access {
        Silent => None,
        No => Some(AdminAccess::No),
        Claimed => Some(AdminAccess::Claimed),
        Verified => Some(verified()),
    };
    form
}

/// A destination, a mode, a platform, and an answer.
#[derive(Clone, Copy, Debug)]
struct Cell {
    to: To,
    mode: ConnectionMode,
    platform: KnownPlatform,
    access: Access,
}

impl Cell {
    fn mode_chosen(self) -> Wizard<ModeChosen> {
        start(self.to, &here(self.platform)).choose_mode(self.mode).expect("a mode that is offered")
    }

    fn form(self) -> ConnectionForm {
        let mut form = form(&self.mode_chosen(), self.access);
        form.incoming_project = String::from("SUPPORT");
        form
    }

    fn info_filled(self) -> Wizard<InfoFilled> {
        self.mode_chosen().fill(self.form()).expect("a complete form")
    }

    fn initiated(self) -> Wizard<Initiated> {
        self.info_filled().initiate(now(), entropy(2))
    }
}

/// Every cell with what it ends in.
fn cells() -> impl Iterator<Item = (Cell, End)> {
    TABLE.into_iter().flat_map(|(to, mode, _, ends)| {
        PLATFORMS.into_iter().flat_map(move |platform| {
            ACCESSES
                .into_iter()
                .zip(ends)
                .map(move |(access, end)| (Cell { to, mode, platform, access }, end))
        })
    })
}

/// The cells that can be initiated.
fn complete() -> impl Iterator<Item = (Cell, End)> {
    cells().filter(|(_, end)| !matches!(end, Needs(_)))
}

#[test]
fn the_table_has_every_mode_that_is_offered() {
    for platform in PLATFORMS {
        for to in [Known, Unknown, Own] {
            let offers = start(to, &here(platform)).offers();
            let offered: Vec<_> =
                offers.iter().filter(|offer| offer.is_available()).map(handclasp::ModeOffer::mode).collect();
            let listed: Vec<_> = TABLE.iter().filter(|row| row.0 == to).map(|row| row.1).collect();
            assert_eq!(offered, listed, "{to:?}");
        }
    }
}

#[test]
fn each_mode_asks_what_the_table_says() {
    for (to, mode, ask, _) in TABLE {
        for (platform, project) in PLATFORMS.into_iter().zip([Some(Ask::IncomingProject), None]) {
            let expected: Vec<_> = [Some(Ask::Information), project, ask].into_iter().flatten().collect();
            let cell = Cell { to, mode, platform, access: Silent };
            assert_eq!(cell.mode_chosen().asks(), expected, "{cell:?}");
        }
    }
}

#[test]
fn the_destinations_platform_asks_for_no_project_here() {
    let zendesk = here(KnownPlatform::Zendesk);
    assert_eq!(start(Known, &zendesk).choose_mode(Script).unwrap().asks(), [Ask::Information]);
}

#[test]
fn an_incoming_project_must_be_named_exactly_where_it_is_asked() {
    for (cell, _) in complete() {
        let mut form = cell.form();
        form.incoming_project.clear();
        let errors: Vec<_> = match cell.mode_chosen().fill(form) {
            Ok(_) => Vec::new(),
            Err(error) => {
                error.errors().errors().iter().map(|error| (error.field.code(), error.code())).collect()
            }
        };
        let asked = cell.platform == KnownPlatform::JiraCloud;
        let expected: &[_] = if asked { &[("incoming-project", "empty")] } else { &[] };
        assert_eq!(errors, expected, "{cell:?}");
    }
}

#[test]
fn admin_access_must_be_answered_as_the_mode_asks_it() {
    for (cell, end) in cells() {
        let errors: Vec<_> = match cell.mode_chosen().fill(cell.form()) {
            Ok(_) => Vec::new(),
            Err(error) => {
                error.errors().errors().iter().map(|error| (error.field.code(), error.code())).collect()
            }
        };
        let expected: Vec<_> = match end {
            Needs(code) => vec![("admin-access", code)],
            _ => Vec::new(),
        };
        assert_eq!(errors, expected, "{cell:?}");
    }
}

#[test]
fn every_ask_that_is_not_answered_is_an_error_at_once() {
    let cell = Cell { to: Known, mode: Visual, platform: KnownPlatform::JiraCloud, access: Silent };
    let error = cell.mode_chosen().fill(form(&cell.mode_chosen(), Silent)).unwrap_err();
    let expected = "the form is not valid: incoming project: empty; enter at least one character; \
                    admin access on the destination: not answered; choose an answer";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_answer_that_was_not_asked_is_kept_in_the_form_and_not_in_the_connection() {
    for (cell, _) in complete() {
        let (_, _, ask, _) = TABLE.into_iter().find(|row| (row.0, row.1) == (cell.to, cell.mode)).unwrap();
        let wizard = cell.info_filled();
        assert_eq!(wizard.info().admin_access().is_some(), ask.is_some(), "{cell:?}");
        let asked = cell.platform == KnownPlatform::JiraCloud;
        assert_eq!(wizard.info().incoming_project().is_some(), asked, "{cell:?}");
        assert_eq!(wizard.previous().form(), cell.form());
    }
}

#[test]
fn evidence_is_recorded_as_it_was_given() {
    let cell = Cell { to: Known, mode: Visual, platform: KnownPlatform::Zendesk, access: Verified };
    assert_eq!(cell.initiated().connection().info().admin_access(), Some(&verified()));
}

#[test]
fn each_way_hands_over_what_the_table_says() {
    for (cell, end) in complete() {
        let found = match cell.initiated().hand_over() {
            HandOver::Code(_) => Code,
            HandOver::AcceptanceLink(_) => Link,
            HandOver::Nothing => Active,
        };
        assert_eq!(found, end, "{cell:?}");
    }
}

#[test]
fn the_code_is_an_invitation_to_this_connection() {
    for (cell, end) in complete() {
        let wizard = cell.initiated();
        let Some(code) = wizard.hand_over().code() else {
            assert_eq!(end, Active);
            continue;
        };
        let invitation = Invitation::read(code.expose()).unwrap();
        assert_eq!((invitation.id(), invitation.mode()), (wizard.id(), cell.mode));
        assert_eq!(invitation.destination_uid().is_some(), cell.to == Known);
    }
}

#[test]
fn each_way_gives_a_record_of_its_kind() {
    for (cell, _) in complete() {
        let (role, kind, phase) = match cell.to {
            Known => (Role::Source, ConnectionKind::Public, Phase::Pending),
            Unknown => (Role::Source, ConnectionKind::Private, Phase::Pending),
            Own => (Role::Local, ConnectionKind::Local, Phase::Active),
        };
        let wizard = cell.initiated();
        let record = wizard.connection();
        assert_eq!((record.role(), record.kind(), record.phase()), (role, kind, phase), "{cell:?}");
        assert_eq!((record.id(), record.mode()), (id(1), cell.mode));
        assert_eq!(record.remote(), wizard.destination().remote());
        assert_eq!(record.info(), cell.info_filled().info());
    }
}

#[test]
fn a_local_connection_is_active_and_confirmed_at_once() {
    let cell = Cell { to: Own, mode: Basic, platform: KnownPlatform::Zendesk, access: Silent };
    let (record, _) = cell.initiated().into_parts();
    assert_eq!(record.status(now()), Status::Active { confirmed: true });
    assert_eq!(record.expires_at(), None);
}

#[test]
fn initiating_is_an_event_of_whoever_did_it() {
    let admin = Actor::Admin(ActorName::parse("grace").unwrap());
    for (to, expected) in
        [(Unknown, &[EventKind::Initiated][..]), (Own, &[EventKind::Initiated, EventKind::Activated])]
    {
        let cell = Cell { to, mode: Basic, platform: KnownPlatform::Zendesk, access: Silent };
        let wizard = cell.info_filled().initiate(now().by(admin.clone()), entropy(2));
        let events: Vec<_> = wizard.connection().events().iter().map(|event| event.kind).collect();
        assert_eq!(events, expected);
        assert!(wizard.connection().events().iter().all(|event| event.actor == admin && event.at == now()));
    }
}

/// Initiates in Basic mode, with admin access there, at a destination that is known so.
fn to_known(remote: Instance, entered: Option<&str>) -> Wizard<Initiated> {
    let (local, terms) = (here(KnownPlatform::Zendesk), Terms::default());
    let wizard = match entered {
        Some(text) => Wizard::start(local, terms, id(1), url(text), remote),
        None => Wizard::start_with(local, terms, id(1), remote),
    };
    let wizard =
        wizard.expect("a destination to start with").choose_mode(Basic).expect("a mode that is offered");
    let form = form(&wizard, Claimed);
    wizard.fill(form).expect("a complete form").initiate(now(), entropy(2))
}

#[track_caller]
fn check_way_there(wizard: &Wizard<Initiated>, remote_url: Option<&str>, link_page: Option<&str>) {
    assert_eq!(wizard.remote_url().map(handclasp::InstanceUrl::as_str), remote_url);
    match wizard.hand_over() {
        HandOver::AcceptanceLink(link) => {
            let page = link_page.expect("a link where a code was expected");
            assert_eq!(link.expose(), format!("{page}#{}", link.code().expose()));
        }
        other => assert!(link_page.is_none(), "{other:?}"),
    }
}

#[test]
fn the_way_there_is_the_accept_page() {
    let page = url("https://there.example.com/accept");
    let remote = built(public("there", KnownPlatform::JiraCloud).accept_page(page));
    let text = "https://there.example.com/accept";
    check_way_there(&to_known(remote, Some("t.example.com")), Some(text), Some(text));
}

#[test]
fn without_accept_page_the_way_there_is_the_node() {
    let remote = built(public("there", KnownPlatform::JiraCloud).tracker_url(url("tracker.example.com")));
    let text = "https://there.example.com";
    check_way_there(&to_known(remote, Some("tracker.example.com")), Some(text), Some(text));
}

#[test]
fn without_node_the_way_there_is_what_was_entered_and_the_code_is_handed_over() {
    let remote = built(private("there", KnownPlatform::JiraCloud).tracker_url(url("tracker.example.com")));
    check_way_there(
        &to_known(remote, Some("entered.example.com")),
        Some("https://entered.example.com"),
        None,
    );
}

#[test]
fn without_anything_entered_the_way_there_is_the_tracker() {
    let remote = built(private("there", KnownPlatform::JiraCloud).tracker_url(url("tracker.example.com")));
    check_way_there(&to_known(remote, None), Some("https://tracker.example.com"), None);
}

#[test]
fn without_any_address_there_is_no_way_there() {
    check_way_there(&to_known(built(private("there", KnownPlatform::JiraCloud)), None), None, None);
}

#[test]
fn there_is_no_way_to_an_unknown_or_a_local_destination() {
    for to in [Unknown, Own] {
        let cell = Cell { to, mode: Basic, platform: KnownPlatform::Zendesk, access: Silent };
        assert_eq!(cell.initiated().remote_url(), None);
    }
}

#[test]
fn a_private_destination_makes_the_connection_private() {
    let remote = public("there", KnownPlatform::JiraCloud).reachability(Reachability::Private);
    let wizard = to_known(built(remote), None);
    assert_eq!(wizard.connection().kind(), ConnectionKind::Private);
}

#[test]
fn an_unknown_destination_is_shown_as_unknown() {
    let cell = Cell { to: Unknown, mode: Basic, platform: KnownPlatform::Zendesk, access: Silent };
    assert_eq!(cell.initiated().destination(), &Destination::Unknown);
}

#[test]
fn what_is_handed_over_is_not_in_the_debug_form() {
    for (cell, _) in complete() {
        let wizard = cell.initiated();
        let Some(code) = wizard.hand_over().code() else { continue };
        let shown = format!("{wizard:?} {:?} {:?}", wizard.hand_over(), wizard.connection());
        assert!(!shown.contains(code.expose()), "{cell:?}");
    }
}
