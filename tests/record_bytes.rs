//! Connections as stored bytes: there and back in every phase, within the limit, and never into something invalid.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/stored.rs"]
mod bytes;
#[path = "support/every_record.rs"]
mod every_record;
#[path = "support/handshake.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bytes::{change, check_damaged};
use every_record::records;
use handclasp::lifecycle::Stage;
use handclasp::{
    CloseReason, Connection, ConnectionKind, ConnectionMode, DecodeRecordError, HealthWarning, Phase,
    Refusal, Role, Status, TroubleKind, handshake,
};
use proptest::prelude::*;
use support::wire;
use support::{DAY, NOW, Played, Plot, Scene, assert_same, at, entropy, now, stored};

/// Whatever a connection can be, there is a record of it.
#[test]
fn there_are_records_of_all_sorts() {
    let records = records();
    let of = |is_one: &dyn Fn(&Connection) -> bool| records.iter().any(|(_, record)| is_one(record));
    for phase in Phase::ALL {
        assert!(of(&|record| record.phase() == *phase), "{phase:?}");
    }
    for stage in Stage::ALL.iter().filter(|stage| **stage != Stage::Absent) {
        let is_in = |record: &Connection| {
            [NOW, NOW + 8 * DAY].iter().any(|millis| Stage::of(Some(record), at(*millis)) == *stage)
        };
        assert!(of(&is_in), "{stage:?}");
    }
    for code in ["refused", "revoked", "superseded", "declined", "cancelled", "removed", "already-confirmed"]
    {
        let is_closed = |record: &Connection| matches!(record.status(now()), Status::Closed { reason } if reason.code() == code);
        assert!(of(&is_closed), "{code}");
    }
    for warning in
        [HealthWarning::Moved, HealthWarning::Cloned, HealthWarning::OutOfStep, HealthWarning::ClockAhead]
    {
        assert!(of(&|record| record.warnings().contains(&warning)), "{warning:?}");
    }
    for kind in TroubleKind::ALL {
        assert!(
            of(&|record| record.health().trouble.is_some_and(|trouble| trouble.kind == *kind)),
            "{kind:?}"
        );
    }
}

#[test]
fn every_record_comes_back() {
    for (name, record) in records() {
        let restored = stored(&record);
        assert_same(&restored, &record);
        assert_eq!(restored.view(now()), record.view(now()), "{name}");
    }
}

#[test]
fn every_record_comes_back_with_what_is_not_in_its_view() {
    for (name, record) in records() {
        let restored = stored(&record);
        assert_eq!(restored.protocol_version(), record.protocol_version(), "{name}");
        assert_eq!(restored.phase(), record.phase(), "{name}");
        let key = |record: &Connection| record.export_key("x").map(|key| *key.expose_bytes());
        assert_eq!(key(&restored), key(&record), "{name}");
    }
}

#[test]
fn every_record_is_short() {
    for (name, record) in records() {
        assert!(record.to_secret_bytes().expose_bytes().len() < 3000, "{name}");
    }
}

#[test]
fn bytes_begin_with_the_format() {
    for (name, record) in records() {
        assert_eq!(record.to_secret_bytes().expose_bytes()[0], 1, "{name}");
    }
}

#[test]
fn newer_formats_are_called_newer() {
    for (_, record) in records() {
        let mut bytes = record.to_secret_bytes().expose_bytes().to_vec();
        for format in 2..=u8::MAX {
            bytes[0] = format;
            let error = Connection::from_secret_bytes(&bytes).unwrap_err();
            assert_eq!(error, DecodeRecordError::Newer { format });
        }
    }
}

#[test]
fn format_0_never_was() {
    check_damaged(&[0]);
}

#[test]
fn nothing_is_no_record() {
    check_damaged(&[]);
    check_damaged(&[1]);
}

#[test]
fn half_a_record_is_none() {
    for (_, record) in records() {
        let bytes = record.to_secret_bytes();
        for end in 0..bytes.expose_bytes().len() {
            check_damaged(&bytes.expose_bytes()[..end]);
        }
    }
}

#[test]
fn a_record_with_something_behind_is_none() {
    for (_, record) in records() {
        check_damaged(&[record.to_secret_bytes().expose_bytes(), &[0]].concat());
    }
}

/// Checks that bytes with one changed are no record, or a valid one that is written again.
#[track_caller]
fn check_changed(bytes: &[u8], index: usize) {
    let Ok(record) = Connection::from_secret_bytes(bytes) else { return };
    assert_valid(&record);
    let written = record.to_secret_bytes();
    let written = written.expose_bytes();
    // What is now in a record of an unknown odd type is passed over, and a refusal that only a newer version knows is
    // kept as one: those are the format's rules.
    let is_unknown_refusal = written.len() == bytes.len() && written[index] == u8::MAX;
    if written.len() < bytes.len() || is_unknown_refusal {
        assert_same(&stored(&record), &record);
    } else {
        assert!(written == bytes, "byte {index} was changed to {}: {record:?}", bytes[index]);
    }
}

#[track_caller]
fn assert_valid(record: &Connection) {
    let is_local = record.role() == Role::Local;
    assert_eq!(record.kind() == ConnectionKind::Local, is_local, "{record:?}");
    assert!(!is_local || record.remote().is_none(), "{record:?}");
    let is_linked = matches!(record.phase(), Phase::Active | Phase::Deactivated) && !is_local;
    assert_eq!(record.comparison().is_some(), is_linked);
    assert!(!is_linked || record.remote().is_some());
    let (source, destination) = (record.info().source_short_name(), record.info().destination_short_name());
    assert_ne!(source, destination);
    let numbers = record.events().windows(2).all(|pair| pair[0].number + 1 == pair[1].number);
    assert!(numbers && record.events().len() <= 32);
}

static STANDARD: LazyLock<(Scene, Played)> = LazyLock::new(|| {
    let scene = Scene::standard();
    let played = scene.play();
    (scene, played)
});

/// Does with a record whatever can be done; nothing of it panics.
fn use_up(record: &Connection) {
    let _ = format!("{record:?} {:?} {}", record.view(now()), record.status(now()));
    let (scene, played) = &*STANDARD;
    for local in [&scene.source, &scene.destination] {
        let due = handshake::due(record).map(|due| due.message).unwrap_or_default();
        for message in [&due, &played.accept, &played.confirm, &played.report, &played.reply] {
            let _ = handshake::answer(Some(record), message, local, now(), entropy(9));
            let _ = handshake::conclude(record, &due, message, local, now(), entropy(5));
        }
    }
}

/// One record of each sort of stored bytes: damage takes long.
fn shapes() -> Vec<Connection> {
    let (mut states, mut healths) = (BTreeSet::new(), BTreeSet::new());
    let is_new = |record: &Connection| {
        let records = wire::parse(&record.to_secret_bytes().expose_bytes()[1..]);
        let inner = |kind: u8| -> Vec<u8> {
            records.get(&kind).map(|value| wire::parse(value).into_keys().collect()).unwrap_or_default()
        };
        let outer: Vec<u8> = records.keys().copied().collect();
        // How it is doing is stored beside where it stands.
        let is_new_state = states.insert((record.role(), record.phase(), outer, inner(18)));
        healths.insert(inner(22)) || is_new_state
    };
    let mut shapes: Vec<_> = records().into_iter().map(|(_, record)| record).collect();
    shapes.retain(is_new);
    shapes
}

#[test]
fn no_single_changed_bit_makes_an_invalid_record() {
    for record in shapes() {
        let mut bytes = record.to_secret_bytes().expose_bytes().to_vec();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            check_changed(&bytes, bit / 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// The numbers of variants, and of types, are less than this.
const SMALL: u8 = 32;

#[test]
fn no_other_small_number_makes_an_invalid_record() {
    for record in shapes() {
        let mut bytes = record.to_secret_bytes().expose_bytes().to_vec();
        for index in 0..bytes.len() {
            let before = bytes[index];
            for value in (0..SMALL).filter(|_| before < SMALL) {
                bytes[index] = value;
                check_changed(&bytes, index);
            }
            bytes[index] = before;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_change_makes_an_invalid_record(
        record in proptest::sample::select(records().into_iter().map(|(_, record)| record).collect::<Vec<_>>()),
        at in any::<proptest::sample::Index>(),
        removed in 0_usize..20,
        inserted in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = record.to_secret_bytes().expose_bytes().to_vec();
        let start = at.index(bytes.len());
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, inserted);
        if let Ok(record) = Connection::from_secret_bytes(&bytes) {
            assert_valid(&record);
            assert_same(&stored(&record), &record);
            use_up(&record);
        }
    }
}

#[test]
fn a_local_connection_keeps_no_link() {
    let source = Scene::standard().play().source;
    check_damaged(&change(&source, |records| {
        records.insert(4, vec![3]);
        records.insert(6, vec![1]);
    }));
    check_damaged(&change(&source, |records| {
        records.insert(4, vec![3]);
        records.insert(6, vec![1]);
        records.remove(&12);
    }));
}

#[test]
fn a_link_is_of_one_side() {
    for record in [Scene::standard().play().source, Scene::standard().play().settled] {
        let role = if record.role() == Role::Source { 2 } else { 1 };
        check_damaged(&change(&record, |records| {
            records.insert(4, vec![role]);
        }));
        check_damaged(&change(&record, |records| {
            let mut link = wire::parse(&records[&18]);
            link.insert(16, vec![1; 32]);
            link.insert(18, vec![1; 32]);
            link.insert(20, vec![0]);
            link.insert(22, vec![0]);
            link.insert(24, vec![1; 32]);
            records.insert(18, wire::write(&link));
        }));
    }
}

#[test]
fn half_of_the_evidence_is_none() {
    let pending = Plot { mode: ConnectionMode::Visual, ..Plot::STANDARD }.scene().pending;
    for missing in [4, 6] {
        check_damaged(&change(&pending, |records| {
            let mut info = wire::parse(&records[&10]);
            let mut access = wire::parse(&info[&11]);
            access.remove(&missing);
            info.insert(11, wire::write(&access));
            records.insert(10, wire::write(&info));
        }));
    }
}

/// Byte by byte: what is stored once must be readable for ever.
#[test]
fn the_bytes_of_a_pending_record_are_pinned() {
    let bytes = Scene::standard().pending.to_secret_bytes();
    let hex: String =
        bytes.expose_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect();
    assert_eq!(hex, PENDING.concat());
}

#[test]
fn the_pinned_record_is_read() {
    let hex = PENDING.concat();
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap())
        .collect();
    assert_eq!(
        Connection::from_secret_bytes(&bytes).unwrap().view(now()),
        Scene::standard().pending.view(now())
    );
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap()
}

const PENDING: &[&str] = &[
    // format
    "01",
    // 2: id
    "02001001a3185c500071119111111111111111",
    // 4: role: source
    "04000101",
    // 6: kind: public
    "06000102",
    // 8: mode: Script
    "08000103",
    // 10: info
    "0a004f",
    // 10.2: source short name
    "02000a4a69726120436c6f7564",
    // 10.4: destination short name
    "0400134a69726120436c6f7564202872656d6f746529",
    // 10.6: name
    "0600214a69726120436c6f756420746f204a69726120436c6f7564202872656d6f746529",
    // 10.9: incoming project
    "090005494e424f58",
    // 12: remote
    "0c0085",
    // 12.2: UID
    "02000b64657374696e6174696f6e",
    // 12.4: platform
    "04000a6a6972612d636c6f7564",
    // 12.6: modes
    "06000107",
    // 12.8: projects
    "08000101",
    // 12.10: local
    "0a000101",
    // 12.12: public
    "0c000101",
    // 12.14: node URL
    "0e002468747470733a2f2f6e6f64652e64657374696e6174696f6e2e6578616d706c652e636f6d",
    // 12.16: tracker URL
    "10002768747470733a2f2f747261636b65722e64657374696e6174696f6e2e6578616d706c652e636f6d",
    // 12.20: licences
    "14000107",
    // 12.22: protocol
    "1600020101",
    // 14: events
    "0e0031",
    // 14.2: events before these
    "0200080000000000000000",
    // 14.4: events, each behind a header: number, time, actor, what
    "0400230000200200080000000000000001040008000001a3185c500006000361646108000101",
    // 16: phase: pending
    "10000101",
    // 18: the state
    "1200c2",
    // 18.2: keys: digest of the code, accept, confirm
    "0200690200204cc2560b468351d791bed8a4e3e5e990bee2d9c1546ce920d91d6c8a2aa3e26d040020b57e7963509d1d01c2",
    "d0bcb62d1080874761f05d0cef7f2d4ee432dac764da82060020ee6c8619441f85abf2b987628e9d3729332d022e77694c22",
    "a515cf11c4b857a7",
    // 18.4: session key
    "040020cb5899fdfe39785a9a10aa40fda972340b5ca4244f4391d3d60d16fc96e10238",
    // 18.6: expires at
    "060008000001a33c68d400",
    // 18.8: bound to
    "08000b64657374696e6174696f6e",
    // 18.10: policy
    "0a000100",
    // 18.12: protocol
    "0c00020101",
    // 18.14: refused late
    "0e000100",
    // 18.16: source UID
    "100006736f75726365",
    // 18.18: approved by hand
    "12000100",
    // 20: callable
    "14000101",
    // 22: health
    "160004",
    // 22.10: cloned
    "0a000100",
];

#[test]
fn a_closed_record_keeps_its_reason() {
    let scene = Scene::standard();
    let (accepting, accept) = scene.accept();
    for refusal in Refusal::ALL {
        let outcome = scene.conclude(&accepting, &accept, &scene.refusal_of(&accept, *refusal)).unwrap();
        let status = stored(outcome.connection().unwrap()).status(at(NOW));
        assert_eq!(status, Status::Closed { reason: CloseReason::Refused { refusal: *refusal } });
    }
}
