//! Vectors for readers in other languages: codes, a recorded handshake, and every kind of message and text, made from
//! fixed inputs.
//!
//! They are frozen: a change of a single byte breaks every code that is on its way, and this test.
//! `HANDCLASP_WRITE_VECTORS=1 cargo test --test vectors` writes the file anew.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "vectors/codes.rs"]
mod codes;
#[path = "vectors/handshake.rs"]
mod recorded;
#[path = "vectors/refusals.rs"]
mod refusals;
#[path = "vectors/scene.rs"]
mod scene;
#[path = "vectors/sizes.rs"]
mod sizes;
#[path = "vectors/stories.rs"]
mod stories;
#[path = "vectors/texts.rs"]
mod texts;
#[path = "vectors/understood.rs"]
mod understood;
#[path = "support/wire.rs"]
mod wire;

use std::fs;

use handclasp::Invitation;
use handclasp::handshake::RelayedMessage;
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/vectors.json");

#[test]
fn the_frozen_vectors_come_out_again() {
    let now = format!("{:#}\n", vectors());
    if std::env::var_os("HANDCLASP_WRITE_VECTORS").is_some() {
        fs::write(FILE, &now).unwrap();
    }
    let frozen = fs::read_to_string(FILE).unwrap();
    assert!(now == frozen, "the vectors differ from tests/vectors/vectors.json");
}

#[test]
fn every_frozen_code_is_read_and_written_again() {
    for code in frozen()["codes"].as_array().unwrap() {
        let text = code["text"].as_str().unwrap();
        assert_eq!(Invitation::read(text).unwrap().to_code().expose(), text, "{}", code["name"]);
    }
}

#[test]
fn every_frozen_text_holds_its_message() {
    let frozen = frozen();
    let messages =
        frozen["stories"].as_array().unwrap().iter().flat_map(|story| story["messages"].as_array().unwrap());
    let mut texts = 0;
    for said in messages.filter(|said| !said["text"].is_null()) {
        let read = RelayedMessage::read(said["text"].as_str().unwrap()).unwrap();
        assert_eq!(scene::hex(read.as_bytes()), said["message"], "{}", said["name"]);
        texts += 1;
    }
    assert!(texts > 0, "there are texts");
}

/// DESIGN.md, section 6.2: these kinds have one size, but for a withdrawal that names nothing.
#[test]
fn the_small_messages_have_the_sizes_that_the_design_states() {
    let frozen = frozen();
    let mut sizes: Vec<(u8, usize)> = frozen["stories"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|story| story["messages"].as_array().unwrap())
        .map(|said| said["message"].as_str().unwrap())
        .map(|hex| (u8::from_str_radix(&hex[2..4], 16).unwrap(), hex.len() / 2))
        .filter(|(kind, _)| ![wire::ACCEPT, wire::CONFIRM, wire::REPORT].contains(kind))
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    let withdraws = [(wire::WITHDRAW, 92), (wire::WITHDRAW, 127)];
    let others = [(wire::NOTED, 123), (wire::FETCH, 88), (wire::WAITING, 123), (wire::REFUSE, 127)];
    assert_eq!(sizes, [withdraws.as_slice(), &others].concat());
}

fn frozen() -> Value {
    serde_json::from_str(&fs::read_to_string(FILE).unwrap()).unwrap()
}

fn vectors() -> Value {
    json!({
        "about": "Codes, a recorded handshake, and messages of every kind. Byte strings are hexadecimal, times are \
            seconds since 1970.",
        "codes": codes::codes(),
        "bad_codes": codes::bad_codes(),
        "handshake": recorded::handshake_vector(),
        "stories": stories::stories(),
        "refusals": refusals::refusals(),
        "strange_messages": understood::strange_messages(),
        "bad_texts": texts::bad_texts(),
    })
}
