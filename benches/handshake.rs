//! The handshake and each of its steps beside their floors: `cargo bench --bench handshake`.

mod support;

use std::hint::black_box;

use handclasp::handshake::{accept, answer, conclude};
use handclasp::{Connection, Entropy, Invitation, Preview, Timestamp, UrlPolicy};
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};

use support::{Bench, DESTINATION_URL, Fallible, SOURCE_URL, destination, filled, floor, source};

#[expect(clippy::too_many_lines, reason = "the steps and their floors are made from the same messages")]
fn main() -> Fallible<()> {
    let (source, destination, policy) = (source()?, destination()?, UrlPolicy::public());
    let now = Timestamp::now();
    let (pending, hand_over) = filled()?.initiate(now, Entropy::generate()?).into_parts();
    let code = hand_over.code().ok_or("a remote connection has a code")?.expose();
    let invitation = Invitation::read(code)?;
    let mut form = Preview::new(invitation.clone(), &destination, policy).form();
    "SUPPORT".clone_into(&mut form.incoming_project);

    // Each step, with what the step before gave: a record and a message.
    let accept = || -> Fallible<_> {
        let entropy = Entropy::generate()?;
        Ok(accept(&invitation, &form, &destination, policy, now, entropy)?)
    };
    let answer = |record: &Connection, message: &[u8]| -> Fallible<_> {
        Ok(answer(Some(record), message, &source, now, Entropy::generate()?))
    };
    // A destination uses none of the entropy.
    let conclude = |record: &Connection, message: &[u8], reply: &[u8]| {
        conclude(record, message, reply, &destination, now, Entropy::from_bytes([5; 32]))
    };

    let accepted = accept()?;
    let (accepting, request) = accepted.connection().zip(accepted.message()).ok_or("accepted")?;
    let answered = answer(&pending, request)?;
    let (active, confirmation) = answered.connection().zip(answered.message()).ok_or("answered")?;
    let concluded = conclude(accepting, request, confirmation)?;
    let (connected, report) = concluded.connection().zip(concluded.message()).ok_or("concluded")?;
    let reported = answer(active, report)?;
    let (_, note) = reported.connection().zip(reported.message()).ok_or("reported")?;
    let confirmed = conclude(connected, report, note)?;
    assert!(confirmed.connection().is_some());

    let frame = code.strip_prefix("clasp1_").and_then(floor::base64url).ok_or("a code is base64url")?;
    let records = frame.get(2..frame.len() - 4).ok_or("a code has records")?;
    let accept_floor = || {
        (
            floor::sha256(&[records]),
            [floor::key(), floor::key(), floor::key()],
            floor::entropy(),
            generate(),
            floor::hmac(request),
        )
    };
    let answer_floor = || {
        let sealing = (floor::hmac(request), floor::sha256(&[request]), floor::hmac(confirmation));
        let session = (floor::sha256(&[request, confirmation, &[0; 32]]), floor::key());
        (sealing, floor::parse_url(DESTINATION_URL), floor::entropy(), generate(), agree(), session)
    };
    let conclude_floor = || {
        let opening = (floor::hmac(confirmation), floor::sha256(&[request]), floor::sha256(&[confirmation]));
        let session = (floor::sha256(&[request, confirmation, &[0; 32]]), floor::key());
        (opening, floor::parse_url(SOURCE_URL), agree(), session, floor::key(), floor::hmac(report))
    };
    let report_floor = || {
        let opening = (floor::key(), floor::hmac(report), floor::parse_url(DESTINATION_URL));
        (opening, floor::sha256(&[report]), floor::key(), floor::hmac(note))
    };
    let confirm_floor =
        || (floor::key(), floor::hmac(note), floor::parse_url(SOURCE_URL), floor::sha256(&[report]));

    let mut bench = Bench::from_args("the handshake");
    primitives(&mut bench);
    bench.subject(
        "accept",
        "SHA-256 (code), 3 HMAC (keys), entropy, X25519 key, HMAC (request)",
        || (),
        |()| accept(),
        accept_floor,
    );
    bench.subject(
        "answer",
        "2 HMAC and SHA-256 (messages), Url::parse, entropy, X25519 key and agreement, SHA-256 and HMAC (session)",
        || (),
        |()| answer(&pending, request),
        answer_floor,
    );
    bench.subject(
        "conclude",
        "HMAC and 2 SHA-256 (messages), Url::parse, X25519 agreement, SHA-256 and HMAC (session), 2 HMAC (report)",
        || (),
        |()| conclude(accepting, request, confirmation),
        conclude_floor,
    );
    bench.subject(
        "report",
        "2 HMAC (keys), 2 HMAC and SHA-256 (messages), Url::parse",
        || (),
        |()| answer(active, report),
        report_floor,
    );
    bench.subject(
        "confirm",
        "HMAC (key), HMAC and SHA-256 (messages), Url::parse",
        || (),
        |()| conclude(connected, report, note),
        confirm_floor,
    );
    bench.subject(
        "the whole handshake",
        "all five",
        || (),
        |()| -> Fallible<_> {
            let accepted = accept()?;
            let (accepting, request) = accepted.connection().zip(accepted.message()).ok_or("accepted")?;
            let answered = answer(&pending, request)?;
            let (active, confirmation) = answered.connection().zip(answered.message()).ok_or("answered")?;
            let concluded = conclude(accepting, request, confirmation)?;
            let (connected, report) = concluded.connection().zip(concluded.message()).ok_or("concluded")?;
            let reported = answer(active, report)?;
            let note = reported.message().ok_or("reported")?;
            Ok(conclude(connected, report, note)?)
        },
        || (accept_floor(), answer_floor(), conclude_floor(), report_floor(), confirm_floor()),
    );
    bench.run();
    Ok(())
}

/// What most of a handshake's time goes into. How far the ratios are from 1 is the noise of the machine.
fn primitives(bench: &mut Bench<'_>) {
    bench.subject("X25519: generate a key", "the same", || (), |()| generate(), generate);
    bench.subject("X25519: agree", "the same", || (), |()| agree(), agree);
}

/// One side's half of the key agreement.
fn generate() -> PublicKey {
    PublicKey::from(&StaticSecret::from(black_box([7; 32])))
}

/// What both halves give.
fn agree() -> SharedSecret {
    StaticSecret::from(black_box([7; 32])).diffie_hellman(&PublicKey::from(black_box(SOME_POINT)))
}

/// The public key in RFC 7748, section 6.1.
const SOME_POINT: [u8; 32] = [
    0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4, 0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4, 0x35, 0x37, 0x3f,
    0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d, 0xad, 0xfc, 0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f,
];
