//! Codes that are intact and were put together by other hands: which records are taken, and which are refused.

#![expect(clippy::expect_used, reason = "the helpers of a test fail like a test")]

#[path = "support/code.rs"]
mod code;
#[path = "support/invitation.rs"]
mod invitation;
mod support;

use handclasp::{ConnectionMode, Invitation, InvitationField, ReadCodeError};
use proptest::prelude::*;

use InvitationField as Field;
use ReadCodeError::NotCanonical;

type Records = Vec<(u8, Vec<u8>)>;

/// The records of a code with every field.
fn full() -> Records {
    code::records(&invitation::full())
}

/// The same with one record set to this value, in its place.
fn with(kind: u8, value: &[u8]) -> Records {
    let mut records = without(kind);
    let place = records.iter().position(|record| record.0 > kind).unwrap_or(records.len());
    records.insert(place, (kind, value.to_vec()));
    records
}

fn without(kind: u8) -> Records {
    full().into_iter().filter(|record| record.0 != kind).collect()
}

fn read(records: &Records) -> Result<Invitation, ReadCodeError> {
    Invitation::read(&code::code_of(records))
}

#[track_caller]
fn check(records: &Records, expected: ReadCodeError) {
    assert_eq!(read(records).err(), Some(expected));
}

/// Checks that a record with this value makes a valid code, which is written again as it was.
#[track_caller]
fn check_valid(kind: u8, value: &[u8]) -> Invitation {
    let text = code::code_of(&with(kind, value));
    let invitation = Invitation::read(&text).expect("a valid code");
    assert_eq!(invitation.to_code().expose(), text);
    invitation
}

/// Checks that a record with each of these values is called invalid by its name.
#[track_caller]
fn check_invalid(kind: u8, field: InvitationField, values: &[&[u8]]) {
    for value in values {
        assert_eq!(read(&with(kind, value)).err(), Some(ReadCodeError::InvalidField { field }), "{value:?}");
    }
}

#[test]
fn unknown_odd_records_are_passed_over_and_kept() {
    for kind in [1, 3, 7, 9, 11, 23, 35, 37, 255] {
        check_valid(kind, b"from the future");
    }
}

#[test]
fn unknown_even_records_are_refused_by_number() {
    for record in [0, 8, 26, 28, 34, 254] {
        check(&with(record, b"from the future"), ReadCodeError::UnknownRequired { record });
    }
}

#[test]
fn the_first_unknown_record_is_named() {
    let mut records = with(8, b"x");
    records.push((34, b"x".to_vec()));
    check(&records, ReadCodeError::UnknownRequired { record: 8 });
}

#[test]
fn what_must_be_understood_comes_before_what_is_missing_or_invalid() {
    let mut records = with(34, b"x");
    records.retain(|record| record.0 != 2);
    check(&records, ReadCodeError::UnknownRequired { record: 34 });
}

#[test]
fn form_comes_before_what_must_be_understood() {
    let mut records = with(8, b"x");
    records.push((33, b"twice".to_vec()));
    check(&records, NotCanonical);
}

#[test]
fn duplicates_are_refused() {
    for index in 0..full().len() {
        let mut records = full();
        let twice = records[index].clone();
        records.insert(index, twice);
        check(&records, NotCanonical);
    }
}

#[test]
fn another_order_is_refused() {
    for index in 1..full().len() {
        let mut records = full();
        records.swap(index - 1, index);
        check(&records, NotCanonical);
    }
}

#[test]
fn empty_values_are_refused() {
    for (kind, _) in full() {
        check(&with(kind, b""), NotCanonical);
    }
    check(&with(35, b""), NotCanonical);
}

#[test]
fn bytes_behind_the_records_are_refused() {
    for tail in [&[0][..], &[35], &[35, 0], &[35, 0, 0], &[35, 0, 2, 9]] {
        let bytes = [&code::bytes_of(&full())[..], tail].concat();
        assert_eq!(Invitation::read(&code::code_of_bytes(&bytes)).err(), Some(NotCanonical), "{tail:?}");
    }
}

#[test]
fn records_cut_off_anywhere_are_refused() {
    let bytes = code::bytes_of(&full());
    for length in 0..bytes.len() {
        let error = Invitation::read(&code::code_of_bytes(&bytes[..length])).err();
        // Behind a whole record the rest is missing; inside one it is cut off. Records from 25 on are optional.
        let is_whole =
            code::bytes_of(&full()[..full().iter().filter(|it| it.0 <= 24).count()]).len() <= length;
        match error {
            Some(NotCanonical | ReadCodeError::MissingField { .. }) => {}
            None => assert!(is_whole, "{length}"),
            other => panic!("{length}: {other:?}"),
        }
    }
}

#[test]
fn no_records_are_no_invitation() {
    check(&Vec::new(), ReadCodeError::MissingField { field: Field::ConnectionId });
}

#[test]
fn each_required_field_is_missed_by_name() {
    for (kind, field) in [
        (2, Field::ConnectionId),
        (4, Field::Secret),
        (6, Field::Mode),
        (10, Field::ExpiresAt),
        (12, Field::SourceUid),
        (18, Field::SourceShortName),
        (20, Field::DestinationShortName),
        (22, Field::ConnectionName),
        (24, Field::ProtocolVersions),
    ] {
        check(&without(kind), ReadCodeError::MissingField { field });
    }
}

#[test]
fn each_other_field_may_be_missing() {
    for kind in [14, 16, 25, 27, 29, 31, 33] {
        let text = code::code_of(&without(kind));
        assert_eq!(Invitation::read(&text).unwrap().to_code().expose(), text, "{kind}");
    }
}

#[test]
fn a_missing_field_reads_as_none() {
    let invitation = |kind| read(&without(kind)).unwrap();
    assert_eq!(invitation(14).source_node_url(), None);
    assert_eq!(invitation(16).destination_uid(), None);
    assert_eq!(invitation(25).issued_at(), None);
    assert_eq!(invitation(27).source_platform(), None);
    assert_eq!(invitation(29).source_tracker_url(), None);
    assert_eq!(invitation(31).destination_tracker_url(), None);
    assert!(invitation(33).description().is_empty());
}

#[test]
fn connection_ids_are_uuids_of_version_7() {
    let id = full()[0].1.clone();
    let changed = |index: usize, byte: u8| {
        let mut id = id.clone();
        id[index] = byte;
        id
    };
    check_valid(2, &changed(6, 0x7f));
    check_invalid(2, Field::ConnectionId, &[&changed(6, 0x41), &changed(8, 0x01), &changed(8, 0xc1)]);
    check_invalid(2, Field::ConnectionId, &[&id[..15], &[&id[..], &[0]].concat(), &changed(0, 0xff)]);
}

#[test]
fn secrets_have_32_bytes() {
    check_invalid(4, Field::Secret, &[&[2; 31], &[2; 33]]);
}

#[test]
fn modes_are_one_two_and_three() {
    assert_eq!(check_valid(6, &[1]).mode(), ConnectionMode::Basic);
    check_invalid(6, Field::Mode, &[&[0], &[4], &[255], &[0, 1], &[1, 0]]);
}

#[test]
fn times_are_seconds_up_to_the_year_9999() {
    const LAST: u64 = 253_402_300_799;
    let beyond = (LAST + 1).to_be_bytes();
    check_valid(10, &LAST.to_be_bytes());
    check_valid(25, &0_u64.to_be_bytes());
    let invalid: [&[u8]; 5] =
        [&beyond, &u64::MAX.to_be_bytes(), &(u64::MAX / 1000 + 1).to_be_bytes(), &[1; 7], &[0; 9]];
    check_invalid(10, Field::ExpiresAt, &invalid);
    check_invalid(25, Field::IssuedAt, &invalid);
}

#[test]
fn uids_have_their_alphabet() {
    let long = [b'a'; 65];
    let invalid: [&[u8]; 6] = [b" org", b"org ", b"o rg", "\u{fc}".as_bytes(), &long, b"\xff"];
    check_valid(12, &long[1..]);
    check_invalid(12, Field::SourceUid, &invalid);
    check_invalid(16, Field::DestinationUid, &invalid);
}

#[test]
fn platforms_have_their_alphabet() {
    check_valid(27, b"acme-desk");
    check_invalid(27, Field::SourcePlatform, &[b"Jira", b"jira cloud", &[b'a'; 65], b"\xff"]);
}

#[test]
fn addresses_are_canonical() {
    let long = format!("https://a.example.com/{}", "p".repeat(255));
    let invalid: [&[u8]; 11] = [
        b"a.example.com",
        b"https://a.example.com/",
        b"https://a.example.com:443",
        b"https://A.example.com",
        b"https://a.example.com.",
        " https://a.example.com".as_bytes(),
        "https://b\u{fc}cher.example.com".as_bytes(),
        b"https://user@a.example.com",
        b"ftp://a.example.com",
        long.as_bytes(),
        b"https://\xff.example.com",
    ];
    for (kind, field) in
        [(14, Field::SourceNodeUrl), (29, Field::SourceTrackerUrl), (31, Field::DestinationTrackerUrl)]
    {
        check_valid(kind, b"http://xn--bcher-kva.example:8443/%C3%BC");
        check_invalid(kind, field, &invalid);
    }
}

#[test]
fn short_names_are_trimmed_and_valid() {
    let long = "x".repeat(65);
    let invalid: [&[u8]; 6] = [b" a", b"a\n", b"a\tb", "\u{200b}".as_bytes(), long.as_bytes(), b"a\xff"];
    for (kind, field) in [(18, Field::SourceShortName), (20, Field::DestinationShortName)] {
        check_valid(kind, "\u{1F91D}".as_bytes());
        check_invalid(kind, field, &invalid);
    }
}

#[test]
fn connection_names_are_trimmed_and_valid() {
    let long = "x".repeat(256);
    check_valid(22, &long.as_bytes()[1..]);
    check_invalid(
        22,
        Field::ConnectionName,
        &[b" a", b"a\r", "a\u{202e}".as_bytes(), long.as_bytes(), b"\xc3"],
    );
}

#[test]
fn descriptions_are_trimmed_and_valid() {
    let long = "x".repeat(1001);
    check_valid(33, b"one\ntwo");
    let invalid: [&[u8]; 6] = [b"one\r\ntwo", b"one\n", b" ", b"a\0", long.as_bytes(), b"\xed\xa0\x80"];
    check_invalid(33, Field::Description, &invalid);
}

#[test]
fn protocol_versions_are_a_range_from_one_on() {
    assert_eq!(check_valid(24, &[1, 255]).versions().highest(), 255);
    check_valid(24, &[9, 9]);
    let invalid: [&[u8]; 6] = [&[0, 0], &[0, 1], &[2, 1], &[1], &[1, 1, 1], &[255, 254]];
    check_invalid(24, Field::ProtocolVersions, &invalid);
}

#[test]
fn equal_short_names_are_refused() {
    check_invalid(20, Field::DestinationShortName, &[b"Salesforce"]);
    check_valid(20, b"salesforce");
}

#[test]
fn a_code_for_its_own_source_is_refused() {
    check_invalid(16, Field::DestinationUid, &[b"org-1"]);
    check_valid(16, b"Org-1");
}

#[test]
fn the_first_field_that_is_wrong_is_named() {
    let mut records = with(22, b" x");
    records.retain(|record| record.0 != 24);
    check(&records, ReadCodeError::InvalidField { field: Field::ConnectionName });
    records.retain(|record| record.0 != 18);
    check(&records, ReadCodeError::MissingField { field: Field::SourceShortName });
}

#[test]
fn records_of_exactly_8_kib_are_read_and_one_byte_more_is_too_long() {
    let rest = Invitation::MAX_RECORD_BYTES - code::bytes_of(&full()).len() - 3;
    check_valid(35, &vec![b'x'; rest]);
    let error = read(&with(35, &vec![b'x'; rest + 1])).unwrap_err();
    assert!(matches!(error, ReadCodeError::TooLong { .. }), "{error:?}");
}

proptest! {
    #[test]
    fn one_text_per_meaning(kind in any::<u8>(), value in prop::collection::vec(any::<u8>(), 0..40)) {
        let text = code::code_of(&with(kind, &value));
        if let Ok(invitation) = Invitation::read(&text) {
            let again = invitation.to_code();
            prop_assert_eq!(again.expose(), text.as_str());
        }
    }

    #[test]
    fn any_intact_records_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Invitation::read(&code::code_of_bytes(&bytes));
    }
}
