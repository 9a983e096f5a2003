//! Which modes are offered: the presets of the platforms, each rule alone, and all of them together.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    Capabilities, ConnectionId, ConnectionMode, Destination, Instance, InstanceBuilder, Invitation,
    KnownPlatform, ModeOffer, ModeSet, Obstacle, Platform, PlatformName, Preview, ProtocolVersions,
    Reachability, ReasonKind, Side, Terms, UrlPolicy, Wizard,
};
use proptest::prelude::*;
use support::{answered, built, entropy, id, now, private, public, url};

use ConnectionMode::{Basic, Script, Visual};
use KnownPlatform::{
    Asana, AzureDevopsServer, AzureDevopsServices, Freshdesk, Freshservice, GitHub, HpAlm, JiraCloud,
    JiraOnPremise, Salesforce, ServiceNow, Xurrent, Zendesk,
};
use ReasonKind::{
    DestinationUnknown, LocalUnsupported, NoCommonProtocol, NobodyCanCall, NotLicensed, NotPublic,
    PlatformLacksMode,
};
use Side::{Both, Local, Remote};

const MODES: [ConnectionMode; 3] = [Basic, Visual, Script];

const YES: bool = true;
const NO: bool = false;

/// Platform, modes, has projects, can be connected with itself.
const PRESETS: [(KnownPlatform, &[ConnectionMode], bool, bool); 13] = [
    (JiraCloud, &MODES, YES, YES),
    (JiraOnPremise, &MODES, YES, YES),
    (AzureDevopsServices, &MODES, YES, NO),
    (AzureDevopsServer, &[Basic, Script], YES, NO),
    (GitHub, &[Basic, Script], YES, NO),
    (Zendesk, &MODES, NO, YES),
    (ServiceNow, &[Basic, Script], NO, YES),
    (Salesforce, &[Basic, Script], NO, YES),
    (Xurrent, &[Basic, Script], NO, YES),
    (Freshservice, &[Basic, Script], NO, NO),
    (Freshdesk, &[Basic, Script], NO, NO),
    (Asana, &[Basic, Script], NO, NO),
    (HpAlm, &[Script], YES, NO),
];

/// What stands in the way, and on whose side.
type Broken = &'static [(ReasonKind, Side)];

/// Builds an instance that differs from a capable one in one respect.
type Change = fn(InstanceBuilder) -> InstanceBuilder;

fn remote(builder: InstanceBuilder) -> Destination {
    Destination::Remote(built(builder))
}

/// Checks which reasons stand in the way of a mode; none: it can be chosen.
#[track_caller]
fn check(mode: ConnectionMode, local: InstanceBuilder, to: &Destination, expected: &[(ReasonKind, Side)]) {
    check_offer(&ModeOffer::of(mode, &built(local), to, false), expected);
}

#[track_caller]
fn check_offer(offer: &ModeOffer, expected: &[(ReasonKind, Side)]) {
    let reasons: Vec<_> = offer.reasons().iter().map(|reason| (reason.kind, reason.side)).collect();
    assert_eq!(reasons, expected);
    assert_eq!(offer.is_available(), expected.is_empty());
}

fn here(platform: KnownPlatform) -> InstanceBuilder {
    public("here", platform)
}

fn there(platform: KnownPlatform) -> InstanceBuilder {
    public("there", platform)
}

fn speaks(lowest: u8, highest: u8) -> impl Fn(InstanceBuilder) -> InstanceBuilder {
    let versions = ProtocolVersions::new(lowest, highest).unwrap_or(ProtocolVersions::SUPPORTED);
    move |instance| instance.protocol(versions)
}

#[test]
fn the_presets_are_a_table() {
    for (platform, modes, projects, local) in PRESETS {
        let preset = platform.capabilities();
        let expected: ModeSet = modes.iter().copied().collect();
        assert_eq!(
            (preset.modes, preset.projects, preset.local),
            (expected, projects, local),
            "{platform:?}"
        );
    }
}

#[test]
fn the_table_has_every_platform() {
    assert_eq!(PRESETS.map(|(platform, ..)| platform), KnownPlatform::ALL);
}

#[test]
fn a_platform_at_this_side_decides_which_modes_are_offered() {
    for (platform, modes, ..) in PRESETS {
        for mode in MODES {
            let lacks: &[_] = if modes.contains(&mode) { &[] } else { &[(PlatformLacksMode, Local)] };
            check(mode, here(platform), &remote(there(JiraCloud)), lacks);
        }
    }
}

#[test]
fn a_platform_at_the_other_side_decides_which_modes_are_offered() {
    for (platform, modes, ..) in PRESETS {
        for mode in MODES {
            let lacks: &[_] = if modes.contains(&mode) { &[] } else { &[(PlatformLacksMode, Remote)] };
            check(mode, here(JiraCloud), &remote(there(platform)), lacks);
        }
    }
}

#[test]
fn a_local_connection_takes_the_modes_and_the_permission_of_its_platform() {
    for (platform, modes, _, local) in PRESETS {
        for mode in MODES {
            let lacks = (!modes.contains(&mode)).then_some((PlatformLacksMode, Local));
            let forbidden = (!local).then_some((LocalUnsupported, Local));
            let expected: Vec<_> = lacks.into_iter().chain(forbidden).collect();
            check(mode, here(platform), &Destination::Local, &expected);
        }
    }
}

#[test]
fn a_mode_that_both_platforms_lack_is_the_fault_of_both() {
    check(Basic, here(HpAlm), &remote(there(HpAlm)), &[(PlatformLacksMode, Both)]);
}

#[test]
fn a_host_can_name_a_platform() {
    let script = Capabilities::new(ModeSet::from([Script]));
    let named = Platform::new(PlatformName::parse("acme-desk").unwrap(), script);
    check(Script, public("here", named.clone()), &remote(there(JiraCloud)), &[]);
    check(Basic, public("here", named), &remote(there(JiraCloud)), &[(PlatformLacksMode, Local)]);
}

#[test]
fn a_host_can_override_a_preset() {
    let all = Capabilities::new(ModeSet::ALL).with_local();
    let raised = Platform::new(PlatformName::parse("github").unwrap(), all);
    assert_eq!(raised.known(), Some(GitHub));
    check(Visual, public("here", raised.clone()), &remote(there(JiraCloud)), &[]);
    check(Visual, public("here", raised), &Destination::Local, &[]);
}

#[test]
fn basic_needs_no_licence() {
    check(Basic, here(JiraCloud).licences(ModeSet::NONE), &remote(there(JiraCloud)), &[]);
}

#[test]
fn each_licence_is_for_its_mode() {
    let to = remote(there(JiraCloud));
    for (licence, mode, expected) in [
        (Visual, Visual, &[][..]),
        (Visual, Script, &[(NotLicensed, Local)]),
        (Script, Script, &[]),
        (Script, Visual, &[(NotLicensed, Local)]),
        (Basic, Script, &[(NotLicensed, Local)]),
    ] {
        check(mode, here(JiraCloud).licences(ModeSet::from([licence])), &to, expected);
    }
}

#[test]
fn a_local_connection_needs_a_licence_too() {
    let unlicensed = here(JiraCloud).licences(ModeSet::NONE);
    check(Script, unlicensed, &Destination::Local, &[(NotLicensed, Local)]);
}

#[test]
fn licences_of_the_other_side_are_its_own_business() {
    let to = remote(there(JiraCloud).licences(ModeSet::NONE));
    for mode in MODES {
        check(mode, here(JiraCloud), &to, &[]);
    }
}

#[test]
fn only_visual_needs_a_known_destination() {
    for (mode, expected) in [(Basic, &[][..]), (Visual, &[(DestinationUnknown, Remote)]), (Script, &[])] {
        check(mode, here(JiraCloud), &Destination::Unknown, expected);
    }
}

#[test]
fn only_visual_needs_a_public_destination() {
    let to = remote(private("there", JiraCloud));
    for (mode, expected) in [(Basic, &[][..]), (Visual, &[(NotPublic, Remote)]), (Script, &[])] {
        check(mode, here(JiraCloud), &to, expected);
    }
}

#[test]
fn a_node_url_does_not_make_an_instance_public() {
    let to = remote(there(JiraCloud).reachability(Reachability::Private));
    check(Visual, here(JiraCloud), &to, &[(NotPublic, Remote)]);
}

#[test]
fn a_private_source_can_call_a_public_destination() {
    check(Script, private("here", JiraCloud), &remote(there(JiraCloud)), &[]);
}

#[test]
fn nobody_can_call_where_both_sides_are_private() {
    let to = remote(private("there", JiraCloud));
    check(Script, private("here", JiraCloud), &to, &[(NobodyCanCall, Both)]);
}

#[test]
fn a_private_source_cannot_call_whom_it_does_not_know() {
    check(Script, private("here", JiraCloud), &Destination::Unknown, &[(NobodyCanCall, Local)]);
}

#[test]
fn where_people_carry_the_messages_nobody_has_to_call() {
    let here = built(private("here", JiraCloud));
    for to in [remote(there(JiraCloud)), remote(private("there", JiraCloud)), Destination::Unknown] {
        check_offer(&ModeOffer::of(Script, &here, &to, true), &[]);
    }
}

#[test]
fn reachability_does_not_matter_to_a_local_connection() {
    for mode in MODES {
        check(mode, private("here", JiraCloud), &Destination::Local, &[]);
    }
}

#[test]
fn protocol_versions_must_overlap() {
    for (other, expected) in [((1, 1), &[][..]), ((1, 9), &[]), ((2, 9), &[(NoCommonProtocol, Both)])] {
        let to = remote(speaks(other.0, other.1)(there(JiraCloud)));
        check(Basic, here(JiraCloud), &to, expected);
    }
}

#[test]
fn versions_that_this_crate_does_not_speak_are_of_no_use() {
    for to in [remote(speaks(2, 9)(there(JiraCloud))), Destination::Unknown, Destination::Local] {
        check(Basic, speaks(2, 9)(here(JiraCloud)), &to, &[(NoCommonProtocol, Local)]);
    }
    check(Basic, speaks(1, 9)(here(JiraCloud)), &Destination::Unknown, &[]);
}

#[test]
fn all_reasons_are_given_for_an_unknown_destination() {
    let local = speaks(2, 9)(private("here", Freshdesk).licences(ModeSet::NONE));
    let expected = [
        (PlatformLacksMode, Local),
        (NotLicensed, Local),
        (DestinationUnknown, Remote),
        (NotPublic, Local),
        (NobodyCanCall, Local),
        (NoCommonProtocol, Local),
    ];
    check(Visual, local, &Destination::Unknown, &expected);
}

#[test]
fn all_reasons_are_given_for_a_known_destination() {
    let local = private("here", AzureDevopsServer).licences(ModeSet::NONE);
    let to = remote(speaks(2, 9)(private("there", Salesforce)));
    let expected = [
        (PlatformLacksMode, Both),
        (NotLicensed, Local),
        (NotPublic, Both),
        (NobodyCanCall, Both),
        (NoCommonProtocol, Both),
    ];
    check(Visual, local, &to, &expected);
}

#[test]
fn all_reasons_are_given_for_a_local_connection() {
    let local = speaks(2, 9)(private("here", GitHub).licences(ModeSet::NONE));
    let expected = [
        (PlatformLacksMode, Local),
        (NotLicensed, Local),
        (LocalUnsupported, Local),
        (NoCommonProtocol, Local),
    ];
    check(Visual, local, &Destination::Local, &expected);
}

/// An invitation from a capable Jira to an instance with the UID `there`, or to whoever holds it.
fn invitation(mode: ConnectionMode, known: bool) -> Invitation {
    let source = built(here(JiraCloud));
    let (terms, id): (Terms, ConnectionId) = (Terms::default(), id(1));
    let wizard = if known {
        Wizard::start_with(source, terms, id, built(there(JiraCloud))).unwrap()
    } else {
        Wizard::start_without_url(source, terms, id)
    };
    let wizard = wizard.choose_mode(mode).unwrap();
    let form = answered(wizard.form());
    let (_, hand_over) = wizard.fill(form).unwrap().initiate(now(), entropy(2)).into_parts();
    Invitation::read(hand_over.code().unwrap().expose()).unwrap()
}

#[test]
fn the_acceptor_is_given_the_same_reasons_for_its_side() {
    let rows: [(ConnectionMode, bool, Change, Broken); 7] = [
        (Visual, true, |it| it, &[]),
        (Visual, true, |_| there(Salesforce), &[(PlatformLacksMode, Local)]),
        (Basic, false, |_| there(HpAlm), &[(PlatformLacksMode, Local)]),
        (Script, false, |it| it.licences(ModeSet::NONE), &[(NotLicensed, Local)]),
        (Visual, true, |it| it.reachability(Reachability::Private), &[(NotPublic, Local)]),
        (Script, true, |it| it.reachability(Reachability::Private), &[]),
        (Basic, false, |it| speaks(2, 9)(it), &[(NoCommonProtocol, Local)]),
    ];
    for (mode, known, change, expected) in rows {
        let acceptor = built(change(there(JiraCloud)));
        let preview = Preview::new(invitation(mode, known), &acceptor, UrlPolicy::public());
        let reasons: Vec<_> = preview
            .obstacles()
            .iter()
            .map(|obstacle| match obstacle {
                Obstacle::Mode { reason } => (reason.kind, reason.side),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(reasons, expected, "{mode} {acceptor:?}");
    }
}

fn licences() -> impl Strategy<Value = ModeSet> {
    prop::sample::subsequence(&MODES[..], 0..=3).prop_map(ModeSet::from_iter)
}

fn instance(name: &'static str) -> impl Strategy<Value = Instance> {
    let platform = prop::sample::select(KnownPlatform::ALL);
    (platform, any::<bool>(), licences(), 1_u8..3).prop_map(
        move |(platform, is_public, licences, version)| {
            let base = if is_public { public(name, platform) } else { private(name, platform) };
            built(speaks(version, 3)(base.licences(licences).tracker_url(url("https://t.example.com"))))
        },
    )
}

fn destination() -> impl Strategy<Value = Destination> {
    prop_oneof![
        Just(Destination::Unknown),
        Just(Destination::Local),
        instance("there").prop_map(Destination::Remote)
    ]
}

proptest! {
    #[test]
    fn a_mode_can_be_chosen_exactly_when_it_is_offered(local in instance("here"), to in instance("there")) {
        let wizard = Wizard::start_with(local, Terms::default(), id(1), to).unwrap();
        for offer in wizard.offers() {
            match wizard.clone().choose_mode(offer.mode()) {
                Ok(wizard) => prop_assert_eq!(wizard.asks(), offer.asks()),
                Err(error) => prop_assert_eq!(error.reasons(), offer.reasons()),
            }
        }
    }

    #[test]
    fn an_offer_is_asks_or_reasons(local in instance("here"), to in destination(), by_hand in any::<bool>()) {
        for offer in ModeOffer::all(&local, &to, by_hand) {
            prop_assert_ne!(offer.asks().is_empty(), offer.reasons().is_empty());
        }
    }

    #[test]
    fn hand_relay_changes_nothing_but_that_nobody_has_to_call(local in instance("here"), to in destination()) {
        for mode in MODES {
            let [by_call, by_hand] = [false, true].map(|by_hand| ModeOffer::of(mode, &local, &to, by_hand));
            let others: Vec<_> =
                by_call.reasons().iter().filter(|reason| reason.kind != NobodyCanCall).copied().collect();
            prop_assert_eq!(by_hand.reasons(), others);
        }
    }

    #[test]
    fn who_starts_does_not_matter_to_public_sides(
        platforms in prop::array::uniform2(prop::sample::select(KnownPlatform::ALL)),
        licences in licences(),
    ) {
        let one = built(here(platforms[0]).licences(licences));
        let other = built(there(platforms[1]).licences(licences));
        let [forth, back] = [(&one, &other), (&other, &one)].map(|(local, remote)| {
            ModeOffer::all(local, &Destination::Remote(remote.clone()), false).map(|offer| offer.is_available())
        });
        prop_assert_eq!(forth, back);
    }
}
