//! Invitation codes, written and read: the layout, the limits, and that nothing is lost between the two.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/code.rs"]
mod code;
#[path = "support/invitation.rs"]
mod invitation;
mod support;

use std::time::Duration;

use handclasp::{
    ConnectionForm, ConnectionId, ConnectionMode, Entropy, Instance, InstanceUid, InstanceUrl, Invitation,
    InvitationCode, KnownPlatform, ModeSet, Platform, PlatformName, ProtocolVersions, Reachability, Terms,
    Timestamp, UrlPolicy, Validity, Wizard,
};
use proptest::prelude::*;
use proptest::sample::select;
use support::{id, now, uid, url};

/// The golden code: its id, time and entropy are fixed, so its text must never change.
const GOLDEN: &str = "clasp1_AQgCABABoxhcUABxAYEBAQEBAQEBBAAgAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIGAAEDCgAIAA\
    AAAGtTDIAMAAVvcmctMQ4AGWh0dHBzOi8vb3JnLTEuZXhhbXBsZS5jb20QAAZqaXJhLTcSAApTYWxlc2ZvcmNlFAAESmlyYRYAC0VzY2FsYXRpb25z\
    GAACAQEZAAgAAAAAa0nSABsACnNhbGVzZm9yY2UdACFodHRwczovL29yZy5leGFtcGxlLmNvbS9saWdodG5pbmcfABhodHRwczovL2FjbWUuZXhhbX\
    BsZS5jb20hABVVcmdlbnQgb25lcwpvbmx5IPCfpJ3szQJS";

#[test]
fn a_code_is_written_as_this_text() {
    assert_eq!(invitation::full(), GOLDEN);
}

#[test]
fn a_code_is_read_from_this_text() {
    let read = Invitation::read(GOLDEN).unwrap();
    let seven_days = Duration::from_secs(7 * 24 * 60 * 60);
    assert_eq!(read.id(), id(1));
    assert_eq!(read.mode(), ConnectionMode::Script);
    assert_eq!(read.expires_at(), now().saturating_add(seven_days));
    assert_eq!(read.issued_at(), Some(now()));
    assert_eq!(read.source_uid(), &uid("org-1"));
    assert_eq!(read.source_platform().map(PlatformName::as_str), Some("salesforce"));
    assert_eq!(read.source_node_url(), Some(&url("https://org-1.example.com")));
    assert_eq!(read.source_tracker_url(), Some(&url("https://org.example.com/lightning")));
    assert_eq!(read.destination_uid(), Some(&uid("jira-7")));
    assert_eq!(read.destination_tracker_url(), Some(&url("https://acme.example.com")));
    assert_eq!(read.source_short_name().as_str(), "Salesforce");
    assert_eq!(read.destination_short_name().as_str(), "Jira");
    assert_eq!(read.name().as_str(), "Escalations");
    assert_eq!(read.description().as_str(), "Urgent ones\nonly \u{1F91D}");
    assert_eq!(read.versions(), ProtocolVersions::SUPPORTED);
}

/// Checks one record of the golden code.
#[track_caller]
fn check_record(kind: u8, expected: &[u8]) {
    let records = code::records(GOLDEN);
    let found = records.iter().find(|record| record.0 == kind).map(|record| &record.1[..]);
    assert_eq!(found, Some(expected), "record {kind}");
}

#[test]
fn each_record_holds_its_field() {
    check_record(2, b"\x01\xa3\x18\x5c\x50\x00\x71\x01\x81\x01\x01\x01\x01\x01\x01\x01");
    check_record(4, &[2; 32]);
    check_record(6, &[3]);
    check_record(10, &1_800_604_800_u64.to_be_bytes());
    check_record(12, b"org-1");
    check_record(14, b"https://org-1.example.com");
    check_record(16, b"jira-7");
    check_record(18, b"Salesforce");
    check_record(20, b"Jira");
    check_record(22, b"Escalations");
    check_record(24, &[1, 1]);
    check_record(25, &1_800_000_000_u64.to_be_bytes());
    check_record(27, b"salesforce");
    check_record(29, b"https://org.example.com/lightning");
    check_record(31, b"https://acme.example.com");
    check_record(33, b"Urgent ones\nonly \xf0\x9f\xa4\x9d");
}

#[test]
fn there_are_no_other_records() {
    let kinds: Vec<_> = code::records(GOLDEN).iter().map(|record| record.0).collect();
    assert_eq!(kinds, [2, 4, 6, 10, 12, 14, 16, 18, 20, 22, 24, 25, 27, 29, 31, 33]);
}

#[test]
fn what_is_not_there_has_no_record() {
    let kinds: Vec<_> = code::records(&invitation::short()).iter().map(|record| record.0).collect();
    assert_eq!(kinds, [2, 4, 6, 10, 12, 14, 18, 20, 22, 24, 25, 27]);
}

#[test]
fn length_and_checksum_stand_around_the_records() {
    let framed = code::framed(GOLDEN);
    let records = code::bytes_of(&code::records(GOLDEN));
    assert_eq!(framed[..2], u16::try_from(records.len()).unwrap().to_be_bytes());
    assert_eq!(framed[2..framed.len() - 4], records);
    // The first four bytes of the SHA-256 of all that stands before them.
    assert_eq!(framed[framed.len() - 4..], [0xec, 0xcd, 0x02, 0x52]);
    assert_eq!(code::code_of_bytes(&records), GOLDEN);
}

#[test]
fn each_mode_has_its_number() {
    for (mode, number) in ConnectionMode::ALL.iter().zip(1_u8..) {
        let mut records = code::records(GOLDEN);
        records[2].1 = vec![number];
        assert_eq!(Invitation::read(&code::code_of(&records)).unwrap().mode(), *mode);
    }
}

#[test]
fn a_usual_code_is_short() {
    assert_eq!((GOLDEN.len(), invitation::short().len()), (367, 194));
}

#[test]
fn the_largest_invitation_fits() {
    let longest = invitation::longest();
    let framed = code::framed(&longest);
    assert_eq!((longest.len(), framed.len() - 6), (8821, 6604));
    assert!(
        longest.len() <= InvitationCode::MAX_READ_BYTES && framed.len() - 6 <= Invitation::MAX_RECORD_BYTES
    );
    assert_eq!(Invitation::read(&longest).unwrap().to_code().expose(), longest);
}

#[test]
fn the_largest_invitation_is_as_large_as_it_can_be() {
    let lengths: Vec<_> = code::records(&invitation::longest()).iter().map(|it| (it.0, it.1.len())).collect();
    let texts = [(12, 64), (14, 255), (16, 64), (18, 256), (20, 256), (22, 1020)];
    let more = [(24, 2), (25, 8), (27, 64), (29, 255), (31, 255), (33, 4000)];
    assert_eq!(lengths, [&[(2, 16), (4, 32), (6, 1), (10, 8)][..], &texts, &more].concat());
}

#[test]
fn the_limits_are_public() {
    assert_eq!((InvitationCode::MAX_READ_BYTES, Invitation::MAX_RECORD_BYTES), (16_384, 8_192));
}

#[test]
fn a_code_and_its_secret_are_not_in_the_debug_form() {
    let invitation = Invitation::read(GOLDEN).unwrap();
    let shown = format!("{invitation:?} {:?}", invitation.to_code());
    assert!(!shown.contains("AgIC") && !shown.contains("2, 2, 2") && !shown.contains("0202"), "{shown}");
}

#[test]
fn a_code_is_parsed_like_any_text() {
    assert_eq!(GOLDEN.parse::<Invitation>().unwrap().to_code().expose(), GOLDEN);
}

/// What a wizard is given.
#[derive(Clone, Debug)]
struct Given {
    local: Instance,
    remote: Option<Instance>,
    mode: ConnectionMode,
    form: ConnectionForm,
    validity: u64,
    at: u64,
    entropy: ([u8; 32], [u8; 32]),
}

/// Any text of at most so many characters that a label may have.
fn text(max: usize) -> impl Strategy<Value = String> {
    let is_allowed = |c: &char| handclasp::ConnectionName::parse(&format!("a{c}a")).is_ok();
    let char = prop_oneof![
        any::<char>().prop_filter("a character of a label", is_allowed),
        select(&['\u{200d}', '\u{1F91D}', '\u{FE0F}', 'a', ' ', '"', '\u{feff}', '\u{a0}'][..]),
    ];
    // A visible character at either end keeps what is typed as it is.
    let inner = prop::collection::vec(char, 0..max - 2).prop_map(String::from_iter);
    (inner, select(&["a", "\u{1F600}", "\u{5d0}"][..])).prop_map(|(inner, end)| format!("{end}{inner}{end}"))
}

fn address() -> impl Strategy<Value = InstanceUrl> {
    let text =
        ("https?", "[a-z]{1,9}", "(:[1-9][0-9]{0,3})?", "(/[a-zA-Z0-9\u{e4}\u{1F91D} ;=~-]{1,20}){0,4}");
    text.prop_filter_map("an address", |(scheme, name, port, path)| {
        InstanceUrl::parse(&format!("{scheme}://{name}.b\u{fc}cher.example.com{port}{}", path.trim())).ok()
    })
}

fn instance(names: &'static str) -> impl Strategy<Value = Instance> {
    let platform = prop_oneof![
        select(KnownPlatform::ALL).prop_map(|known| PlatformName::parse(known.code()).unwrap()),
        "[a-z0-9-]{1,64}".prop_map(|name| PlatformName::parse(&name).unwrap()),
    ];
    let all = handclasp::Capabilities::new(ModeSet::ALL).with_projects();
    (names, platform, address(), prop::option::of(address())).prop_map(
        move |(name, platform, node, tracker)| {
            let uid = InstanceUid::parse(&name).unwrap();
            let builder =
                Instance::builder(uid, Platform::new(platform, all)).licences(ModeSet::ALL).node_url(node);
            let builder = match tracker {
                Some(tracker) => builder.tracker_url(tracker),
                None => builder,
            };
            builder.build().unwrap()
        },
    )
}

fn given() -> impl Strategy<Value = Given> {
    let texts = (text(64), text(64), text(255), prop_oneof![Just(String::new()), text(1000)]);
    let form = texts.prop_filter_map("different short names", |(source, destination, name, description)| {
        (source != destination).then(|| {
            let description = description.replace(' ', "\n").trim().to_owned();
            invitation::form(&source, &destination, &name, &description)
        })
    });
    let other = prop::option::of(instance("r[A-Za-z0-9._:-]{0,63}"));
    let seconds = (600_u64..=2_592_000, 0..=Timestamp::MAX.as_millis());
    let entropy = (any::<[u8; 32]>(), any::<[u8; 32]>());
    (instance("l[A-Za-z0-9._:-]{0,63}"), other, select(ConnectionMode::ALL), form, seconds, entropy).prop_map(
        |(local, remote, mode, form, (validity, at), entropy)| {
            let is_visual = mode == ConnectionMode::Visual && remote.is_none();
            let mode = if is_visual { ConnectionMode::Script } else { mode };
            Given { local, remote, mode, form, validity, at, entropy }
        },
    )
}

impl Given {
    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.at).unwrap()
    }

    fn code(&self) -> InvitationCode {
        let policy = UrlPolicy::public().allow_http();
        let terms =
            Terms::new(policy).with_validity(Validity::new(Duration::from_secs(self.validity)).unwrap());
        let id = ConnectionId::new(self.at(), Entropy::from_bytes(self.entropy.0));
        let wizard = match self.remote.clone() {
            Some(remote) => Wizard::start_with(self.local.clone(), terms, id, remote).unwrap(),
            None => Wizard::start_without_url(self.local.clone(), terms, id),
        };
        let wizard = wizard.choose_mode(self.mode).unwrap().fill(self.form.clone()).unwrap();
        let wizard = wizard.initiate(self.at(), Entropy::from_bytes(self.entropy.1));
        wizard.hand_over().code().cloned().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn reading_and_writing_again_gives_the_same_text(given in given()) {
        let code = given.code();
        let again = Invitation::read(code.expose()).unwrap().to_code();
        prop_assert_eq!(again.expose(), code.expose());
    }

    #[test]
    fn a_code_says_what_was_filled_in(given in given()) {
        let read = Invitation::read(given.code().expose()).unwrap();
        let issued = Timestamp::from_secs(given.at().as_secs()).unwrap();
        let expires = issued.saturating_add(Duration::from_secs(given.validity)).as_secs();
        prop_assert_eq!(read.mode(), given.mode);
        prop_assert_eq!((read.issued_at(), read.expires_at().as_secs()), (Some(issued), expires));
        prop_assert_eq!(read.id().created_at(), given.at());
        prop_assert_eq!(read.source_short_name().as_str(), given.form.source_short_name.as_str());
        prop_assert_eq!(read.destination_short_name().as_str(), given.form.destination_short_name.as_str());
        prop_assert_eq!(read.name().as_str(), given.form.name.as_str());
        prop_assert_eq!(read.description().as_str(), given.form.description.as_str());
    }

    #[test]
    fn a_code_says_who_invites_whom(given in given()) {
        let read = Invitation::read(given.code().expose()).unwrap();
        prop_assert_eq!(given.local.reachability(), Reachability::Public);
        prop_assert_eq!(read.source_uid(), given.local.uid());
        prop_assert_eq!(read.source_platform(), Some(given.local.platform().name()));
        prop_assert_eq!(read.source_node_url(), given.local.node_url());
        prop_assert_eq!(read.source_tracker_url(), given.local.tracker_url());
        prop_assert_eq!(read.destination_uid(), given.remote.as_ref().map(Instance::uid));
        let tracker = given.remote.as_ref().and_then(Instance::tracker_url);
        prop_assert_eq!(read.destination_tracker_url(), tracker);
    }

    #[test]
    fn the_layout_is_the_one_that_is_written_down(given in given()) {
        let text = given.code().expose().to_owned();
        let records = code::records(&text);
        prop_assert!(records.windows(2).all(|pair| pair[0].0 < pair[1].0));
        prop_assert!(records.iter().all(|record| !record.1.is_empty()));
        prop_assert_eq!(records.iter().find(|record| record.0 == 4).map(|it| it.1.as_slice()), Some(&given.entropy.1[..]));
        prop_assert_eq!(code::code_of(&records), text);
    }
}
