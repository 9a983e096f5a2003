//! Writing and reading invitation codes, and walking the wizard, each beside its floor: `cargo bench --bench codes`.

mod support;

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handclasp::{
    ConnectionMode, Entropy, Initiated, InstanceUrl, Invitation, Terms, Timestamp, UrlEntered, Wizard,
};

use support::{Bench, DESTINATION_URL, Fallible, SOURCE_URL, destination, filled, floor, id, source};

fn main() -> Fallible<()> {
    let now = Timestamp::now();
    let initiated = filled()?.initiate(now, Entropy::generate()?);
    let code = initiated.hand_over().code().ok_or("a remote connection has a code")?.expose();
    let wrapped = wrap(code);
    let invitation = Invitation::read(code)?;
    assert_eq!(Invitation::read(&wrapped)?.id(), invitation.id());

    let (prefix, text) = code.split_at("clasp1_".len());
    let frame = floor::base64url(text).ok_or("a code is base64url")?;
    let records = frame.get(2..frame.len() - 4).ok_or("a code has records")?;
    let write = || (floor::sha256(&[prefix.as_bytes(), &frame]), URL_SAFE_NO_PAD.encode(black_box(&frame)));
    let read = || {
        (floor::base64url(text), floor::sha256(&[prefix.as_bytes(), &frame]), floor::parse_url(SOURCE_URL))
    };
    let keys = || (floor::key(), floor::key(), floor::key());
    let initiate = || (floor::entropy(), keys(), floor::sha256(&[records]), write());

    let (local, remote, wizard) = (source()?, destination()?, filled()?);
    let started = Wizard::start_without_url(local.clone(), Terms::default(), wizard.id());
    let chosen = started.clone().choose_mode(ConnectionMode::Script)?;

    let mut bench = Bench::from_args("codes and the wizard");
    bench.subject("write a code", "SHA-256, base64url", || (), |()| invitation.to_code(), write);
    bench.subject("read a code", "base64url, SHA-256, Url::parse", || (), |()| Invitation::read(code), read);
    bench.subject(
        "read it wrapped",
        "the same, and taking line breaks out",
        || (),
        |()| Invitation::read(&wrapped),
        || (unwrap(&wrapped), read()),
    );
    bench.subject(
        "initiate",
        "entropy, 3 HMAC (keys), SHA-256 (digest), writing a code",
        || wizard.clone(),
        |wizard| Entropy::generate().map(|entropy| wizard.initiate(now, entropy)),
        initiate,
    );
    bench.subject(
        "wizard: start",
        "nothing",
        || local.clone(),
        |local| Wizard::start_without_url(local, Terms::default(), wizard.id()),
        || (),
    );
    bench.subject(
        "wizard: choose a mode",
        "nothing",
        || started.clone(),
        |wizard| wizard.choose_mode(ConnectionMode::Script),
        || (),
    );
    bench.subject(
        "wizard: form and fill",
        "nothing",
        || chosen.clone(),
        |wizard| {
            let form = wizard.form();
            wizard.fill(form)
        },
        || (),
    );
    bench.subject(
        "walk without a URL",
        "entropy (id), initiating",
        || local.clone(),
        |local| walk(Wizard::start_without_url(local, Terms::default(), id()?), now),
        || (floor::entropy(), initiate()),
    );
    bench.subject(
        "walk with a URL",
        "entropy (id), Url::parse, initiating",
        || (local.clone(), remote.clone()),
        |(local, remote)| {
            let entered = InstanceUrl::parse(DESTINATION_URL)?;
            walk(Wizard::start(local, Terms::default(), id()?, entered, remote)?, now)
        },
        || (floor::entropy(), floor::parse_url(DESTINATION_URL), initiate()),
    );
    bench.run();
    Ok(())
}

fn walk(wizard: Wizard<UrlEntered>, now: Timestamp) -> Fallible<Wizard<Initiated>> {
    let wizard = wizard.choose_mode(ConnectionMode::Script)?;
    let form = wizard.form();
    Ok(wizard.fill(form)?.initiate(now, Entropy::generate()?))
}

/// The least that reading must do to a wrapped code.
fn unwrap(wrapped: &str) -> Vec<u8> {
    let mut code = Vec::with_capacity(wrapped.len());
    code.extend(wrapped.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    code
}

/// As mail programs do.
fn wrap(code: &str) -> String {
    let lines: Vec<_> = code.as_bytes().chunks(72).map(String::from_utf8_lossy).collect();
    lines.join("\r\n")
}
