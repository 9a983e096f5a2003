//! The crate's small values: times, ids, validities, versions, sets of modes, clocks and entropy.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use core::time::Duration;

use handclasp::{
    Clock, ConnectionId, ConnectionMode, Entropy, EntropySource, FixedClock, ModeSet, ParseIdError,
    ProtocolVersions, SeededEntropy, Timestamp, Validity,
};
use proptest::prelude::*;

fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

#[track_caller]
fn check_printed(millis: u64, expected: &str) {
    assert_eq!(time(millis).to_string(), expected);
}

#[test]
fn times_print_as_rfc_3339() {
    check_printed(0, "1970-01-01T00:00:00.000Z");
    check_printed(1, "1970-01-01T00:00:00.001Z");
    check_printed(951_782_400_000, "2000-02-29T00:00:00.000Z");
    check_printed(951_868_800_000, "2000-03-01T00:00:00.000Z");
    check_printed(1_709_164_800_000, "2024-02-29T00:00:00.000Z");
    check_printed(1_735_689_599_999, "2024-12-31T23:59:59.999Z");
    check_printed(1_735_689_600_000, "2025-01-01T00:00:00.000Z");
    check_printed(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
    check_printed(Timestamp::MAX.as_millis(), "9999-12-31T23:59:59.999Z");
}

#[test]
fn a_time_is_padded_like_text() {
    assert_eq!(format!("{:>26}", time(0)), "  1970-01-01T00:00:00.000Z");
}

#[test]
fn there_is_no_time_beyond_the_year_9999() {
    assert_eq!(Timestamp::from_millis(Timestamp::MAX.as_millis() + 1), None);
    assert_eq!(Timestamp::from_secs(253_402_300_800), None);
    assert_eq!(Timestamp::from_secs(u64::MAX), None);
    assert_eq!(Timestamp::MAX.saturating_add(Duration::from_secs(1)), Timestamp::MAX);
    assert_eq!(time(0).saturating_add(Duration::MAX), Timestamp::MAX);
    assert!(serde_json::from_str::<Timestamp>("253402300800000").is_err());
}

proptest! {
    #[test]
    fn printed_times_sort_as_the_times_do(one in 0..=Timestamp::MAX.as_millis(), other in 0..=Timestamp::MAX.as_millis()) {
        prop_assert_eq!(time(one).cmp(&time(other)), time(one).to_string().cmp(&time(other).to_string()));
    }

    #[test]
    fn each_day_is_followed_by_the_next(day in 0_u64..2_932_896) {
        let parts = |millis| -> (u32, u32, u32) {
            let text = time(millis).to_string();
            (text[..4].parse().unwrap(), text[5..7].parse().unwrap(), text[8..10].parse().unwrap())
        };
        let ((year, month, number), next) = (parts(day * 86_400_000), parts((day + 1) * 86_400_000));
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month { 2 if is_leap => 29, 2 => 28, 4 | 6 | 9 | 11 => 30, _ => 31 };
        let expected = if number < length {
            (year, month, number + 1)
        } else if month < 12 {
            (year, month + 1, 1)
        } else {
            (year + 1, 1, 1)
        };
        prop_assert_eq!(next, expected);
    }

    #[test]
    fn an_id_holds_its_time_and_survives_text_bytes_and_serde(millis in 0..=Timestamp::MAX.as_millis(), bytes: [u8; 32]) {
        let id = ConnectionId::new(time(millis), Entropy::from_bytes(bytes));
        prop_assert_eq!(id.created_at(), time(millis));
        prop_assert_eq!(ConnectionId::parse(&id.to_string()), Ok(id));
        prop_assert_eq!(ConnectionId::from_bytes(*id.as_bytes()), Some(id));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<ConnectionId>(&json).unwrap(), id);
        let postcard = postcard::to_stdvec(&id).unwrap();
        prop_assert_eq!(postcard::from_bytes::<ConnectionId>(&postcard).unwrap(), id);
    }

    #[test]
    fn whatever_parses_as_an_id_is_written_the_same(text in "[0-9a-f-]{30,40}|\\PC{0,40}") {
        if let Ok(id) = ConnectionId::parse(&text) {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn ids_sort_by_their_time(one in 0_u64..1 << 40, later in 1_u64..1 << 40, bytes: [u8; 32], other: [u8; 32]) {
        let first = ConnectionId::new(time(one), Entropy::from_bytes(bytes));
        let second = ConnectionId::new(time(one + later), Entropy::from_bytes(other));
        prop_assert!(first < second);
        prop_assert!(first.to_string() < second.to_string());
    }

    #[test]
    fn common_versions_are_in_both_ranges(a in 1_u8.., b in 0_u8.., c in 1_u8.., d in 0_u8.., version: u8) {
        let one = ProtocolVersions::new(a, a.saturating_add(b)).unwrap();
        let other = ProtocolVersions::new(c, c.saturating_add(d)).unwrap();
        let within = |range: ProtocolVersions| (range.lowest()..=range.highest()).contains(&version);
        prop_assert_eq!(one.common(other).is_some_and(within), within(one) && within(other));
    }
}

#[test]
fn an_id_is_read_in_its_canonical_form_only() {
    for text in [
        "",
        "0193e0c4-8c00-7abc-9def-0123456789a",
        "0193e0c4-8c00-7abc-9def-0123456789abc",
        "0193E0C4-8C00-7ABC-9DEF-0123456789AB",
        "0193e0c48c007abc9def0123456789ab",
        "{0193e0c4-8c00-7abc-9def-0123456789ab}",
        "0193e0c4-8c007-abc-9def-0123456789ab",
        " 0193e0c4-8c00-7abc-9def-0123456789ab",
        "0193e0c4-8c00-4abc-9def-0123456789ab",
        "0193e0c4-8c00-7abc-cdef-0123456789ab",
        "ffffffff-ffff-7abc-9def-0123456789ab",
        "0193e0c4-8c00-7abc-9def-0123456789aß",
    ] {
        let error = ConnectionId::parse(text).unwrap_err();
        assert_eq!(error.code(), "not-a-connection-id", "{text}");
    }
}

#[test]
fn what_is_no_id_says_what_one_looks_like() {
    let error: ParseIdError = "7".parse::<ConnectionId>().unwrap_err();
    assert_eq!(error.to_string(), "not a connection id; one looks like 0193e0c4-8c00-7abc-9def-0123456789ab");
}

#[test]
fn a_validity_is_ten_minutes_to_thirty_days() {
    let seconds = |seconds| Validity::new(Duration::from_secs(seconds));
    assert!(seconds(599).is_err());
    assert_eq!(seconds(600), Ok(Validity::MIN));
    assert_eq!(seconds(2_592_000), Ok(Validity::MAX));
    assert!(seconds(2_592_001).is_err());
    assert_eq!(Validity::default().as_duration(), Duration::from_secs(604_800));
    assert_eq!(Validity::new(Duration::from_millis(600_999)), Ok(Validity::MIN));
    assert_eq!(Validity::new(Duration::MAX).unwrap_err().code(), "validity-out-of-range");
}

#[test]
fn versions_are_a_range_that_is_not_empty() {
    assert_eq!(ProtocolVersions::new(0, 1), None);
    assert_eq!(ProtocolVersions::new(2, 1), None);
    assert!(serde_json::from_str::<ProtocolVersions>(r#"{"lowest":2,"highest":1}"#).is_err());
    assert_eq!(ProtocolVersions::SUPPORTED, ProtocolVersions::new(1, 1).unwrap());
}

#[test]
fn a_set_of_modes_is_serialised_as_a_list() {
    let modes = ModeSet::from([ConnectionMode::Script, ConnectionMode::Basic]);
    assert_eq!(serde_json::to_string(&modes).unwrap(), r#"["basic","script"]"#);
    assert_eq!(serde_json::from_str::<ModeSet>(r#"["script","basic","script"]"#).unwrap(), modes);
    assert!(serde_json::from_str::<ModeSet>(r#"["groovy"]"#).is_err());
}

#[test]
fn clones_of_a_fixed_clock_are_one_clock() {
    let clock = FixedClock::at(time(1000));
    clock.clone().advance(Duration::from_secs(1));
    assert_eq!(clock.now(), time(2000));
    clock.set(time(5));
    assert_eq!(clock.now(), time(5));
}

#[test]
fn seeded_entropy_repeats_by_seed_and_never_within_one() {
    let id = |entropy: &SeededEntropy| ConnectionId::new(time(0), entropy.next().unwrap());
    let (one, again, other) = (SeededEntropy::new(1), SeededEntropy::new(1), SeededEntropy::new(2));
    let first = id(&one);
    assert_eq!(first, id(&again));
    assert_ne!(first, id(&one.clone()));
    assert_ne!(first, id(&other));
}
