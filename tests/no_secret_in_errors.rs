//! No error holds a secret, or a part of one, in any form: each is made by what causes it.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/every_record.rs"]
mod every_record;
#[path = "support/search.rs"]
mod search;
#[path = "support/story.rs"]
mod story;
#[path = "support/handshake.rs"]
mod support;

use core::time::Duration;
use std::collections::BTreeSet;

use handclasp::handshake::{self, Outcome, RelayedMessage};
use handclasp::{
    Connection, ConnectionId, ConnectionMode, ConnectionName, ConnectionStore as _, Description, Draft,
    Entropy, EntropyError, FixedClock, HandOver, InProcess, Instance, InstanceUid, InstanceUrl, Invitation,
    KnownPlatform, MemoryStore, ModeChosen, ModeSet, Node, SeededEntropy, ShortName, Terms, UrlPolicy,
    Validity, Wizard,
};
use pollster::block_on;
use story::{Shown, Story, secret, walk};
use support::{complete, instance, now, url, wire};

#[test]
fn errors_of_reading_a_code_show_none() {
    let story = Story::new();
    let code = &story.scene.code;
    let mut texts = vec![String::new(), "x".repeat(20_000), format!("{code}A"), format!("{code}\u{e9}")];
    texts.extend((0..code.len()).map(|end| code[..end].to_owned()));
    texts.extend((0..code.len()).map(|start| code[start + 1..].to_owned()));
    for (index, _) in code.char_indices() {
        for replacement in ["A", "/", "!", "\u{e9}", ""] {
            texts.push(format!("{}{replacement}{}", &code[..index], &code[index + 1..]));
        }
    }
    texts.extend(
        ["clasp2_", "https://example.com/", "eyJ.x.", "{", "x@", "-----BEGIN "]
            .map(|start| format!("{start}{}", &code[7..])),
    );
    let records = wire::parse(&wire::code_records(code));
    for kind in 0..40 {
        let (mut missing, mut invalid) = (records.clone(), records.clone());
        missing.remove(&kind);
        invalid.insert(kind, vec![0xff; 40]);
        texts.extend([missing, invalid].map(|records| wire::code_of(&wire::write(&records))));
    }
    let (mut shown, mut codes) = (Shown::default(), BTreeSet::new());
    for text in texts {
        if let Err(error) = Invitation::read(&text) {
            codes.insert(error.code());
            shown.answer(error.code(), &error);
        }
    }
    // All there are, but for a spelling that is not canonical.
    assert_eq!(codes.len(), 10, "{codes:?}");
    shown.0.sort();
    shown.0.dedup();
    story.check(&shown);
}

#[test]
fn errors_of_other_texts_do_not_show_a_code_that_was_pasted_there() {
    let story = Story::new();
    let code = story.scene.code.as_str();
    let link = format!("https://example.com/#{code}");
    let mut shown = Shown::default();
    for text in [code, &link] {
        shown.answer("InstanceUrl", &InstanceUrl::parse(text).unwrap_err());
        shown.answer("ConnectionId", &ConnectionId::parse(text).unwrap_err());
        shown.answer("InstanceUid", &InstanceUid::parse(text).unwrap_err());
        shown.answer("ShortName", &ShortName::parse(text).unwrap_err());
        shown.answer("ConnectionName", &ConnectionName::parse(&format!("{text}\u{7}")).unwrap_err());
        shown.answer("Description", &Description::parse(&format!("{text}\u{7}")).unwrap_err());
        let json = serde_json::to_string(text).unwrap();
        shown.error("InstanceUrl", &serde_json::from_str::<InstanceUrl>(&json).unwrap_err());
        shown.error("ConnectionId", &serde_json::from_str::<ConnectionId>(&json).unwrap_err());
        shown.error("ShortName", &serde_json::from_str::<ShortName>(&json).unwrap_err());
        shown.error("ConnectionMode", &serde_json::from_str::<ConnectionMode>(&json).unwrap_err());
    }
    story.check(&shown);
}

#[test]
fn errors_of_the_wizard_show_none() {
    let story = Story::new();
    let (source, id) = (story.scene.source.clone(), story.scene.pending.id());
    let start = || Wizard::start_without_url(source.clone(), Terms::default(), id);
    let mut shown = Shown::default();
    let error = start().choose_mode(ConnectionMode::Visual).unwrap_err();
    shown.answer("ChooseModeError", &error).debug("wizard", &error.into_wizard());
    let wizard = start().choose_mode(ConnectionMode::Script).unwrap();
    let error = wizard.clone().fill(handclasp::ConnectionForm::default()).unwrap_err();
    shown.answer("FillError", &error).answer("FormError", error.errors());
    let unlicensed = instance("source").licences(ModeSet::NONE).build().unwrap();
    let error = wizard.draft().resume_as::<ModeChosen>(&unlicensed, Terms::default()).unwrap_err();
    shown.answer("ResumeError", &error).answer("ResumeReason", error.reason());
    let elsewhere = instance("source").node_url(url("elsewhere.example.com")).build().unwrap();
    shown.answer("StartError", &Wizard::start_with(source, Terms::default(), id, elsewhere).unwrap_err());
    shown.error("Draft", &serde_json::from_str::<Draft>("{}").unwrap_err());
    shown.answer("EntropyError", &EntropyError::new());
    shown.answer("ValidityError", &Validity::new(Duration::ZERO).unwrap_err());
    let uid = InstanceUid::parse("x").unwrap();
    shown.answer("InstanceError", &Instance::builder(uid, KnownPlatform::Asana).build().unwrap_err());
    shown.answer("PolicyError", &UrlPolicy::public().check(&url("https://10.0.0.1")).unwrap_err());
    story.check(&shown);
}

/// What is pasted into a field it is not meant for: a code, or a link that holds one.
fn pasted(story: &Story) -> [String; 2] {
    let hand_over = walk(&mut Shown::default(), story, ConnectionMode::Visual);
    let link = match &hand_over {
        HandOver::AcceptanceLink(link) => Some(link),
        _ => None,
    };
    [story.scene.code.clone(), link.unwrap().expose().to_owned()]
}

#[test]
fn errors_of_entering_a_url_do_not_show_a_code_that_was_pasted_there() {
    let story = Story::new();
    let node = node_of(&story.scene.source);
    let mut shown = Shown::default();
    for text in pasted(&story) {
        let error = block_on(node.start(&text)).unwrap_err();
        assert_eq!(error.text(), text);
        shown.answer("EnterUrlError", &error).answer("EnterUrlReason", error.reason());
    }
    story.check(&shown);
}

#[test]
fn a_code_that_was_pasted_into_the_form_is_not_shown() {
    let story = Story::new();
    let mut shown = Shown::default();
    for text in pasted(&story) {
        let start =
            Wizard::start_without_url(story.scene.source.clone(), Terms::default(), story.scene.pending.id());
        let mut wizard = start.choose_mode(ConnectionMode::Script).unwrap();
        let mut form = complete(wizard.form(), wizard.asks());
        form.name.clone_from(&text);
        wizard.remember(form.clone());
        shown.debug("wizard that remembers", &wizard);
        form.name.push('\u{7}');
        let error = wizard.fill(form).unwrap_err();
        shown.answer("FillError", &error).debug("wizard", &error.into_wizard());
    }
    story.check(&shown);
}

#[test]
fn errors_of_the_handshake_show_none() {
    let story = Story::new();
    let (scene, played) = (&story.scene, &story.played);
    let invitation = Invitation::read(&scene.code).unwrap();
    let accept = |local, form| -> Result<Outcome, handshake::AcceptError> {
        let entropy = Entropy::from_bytes(secret("destination"));
        handshake::accept(&invitation, form, local, UrlPolicy::public(), now(), entropy)
    };
    let form = handclasp::ConnectionForm::default();
    let mut shown = Shown::default();
    for local in [&scene.source, &scene.destination] {
        shown.answer("AcceptError", &accept(local, &form).unwrap_err());
    }
    for reply in [&[1, 255][..], b"noise", &played.accept] {
        shown.answer("ConcludeError", &scene.conclude(&played.accepting, &played.accept, reply).unwrap_err());
    }
    story.check(&shown);
}

#[test]
fn errors_of_reading_a_record_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    for (name, record) in story.records() {
        let bytes = record.to_secret_bytes();
        let bytes = bytes.expose_bytes();
        shown.answer(name, &Connection::from_secret_bytes(&bytes[..bytes.len() - 1]).unwrap_err());
        shown.answer(name, &Connection::from_secret_bytes(&bytes[1..]).unwrap_err());
    }
    story.check(&shown);
}

#[test]
fn errors_of_relaying_show_none() {
    let story = Story::new();
    let text = handshake::due_text(&story.played.unconfirmed).unwrap();
    let message = RelayedMessage::read(text.as_str()).unwrap();
    let relay = |record: Option<&Connection>, message| {
        handshake::relay(record, message, &story.scene.source, now(), Entropy::from_bytes(secret("source")))
            .unwrap_err()
    };
    let mut shown = Shown::default();
    for record in [None, Some(&story.scene.pending), Some(&story.played.unconfirmed)] {
        shown.answer("RelayError", &relay(record, &message));
    }
    let cut = &text.as_str()[..text.as_str().len() - 1];
    for text in [story.scene.code.as_str(), "", cut, &format!("{cut}\u{e9}"), "clasp1d_AAAA"] {
        shown.answer("ReadRelayError", &RelayedMessage::read(text).unwrap_err());
    }
    story.check(&shown);
}

/// Whatever is decided about whatever record, and cannot be.
#[test]
fn errors_of_deciding_show_none() {
    let story = Story::new();
    let mut shown = Shown::default();
    let id = story.scene.pending.id();
    for (name, record) in story.records() {
        let node = node_with(&story, &record);
        let decided = [
            block_on(node.approve(id)),
            block_on(node.decline(id)),
            block_on(node.revoke(id)),
            block_on(node.cancel(id)),
            block_on(node.deactivate(id)),
            block_on(node.activate(id)),
            block_on(node.confirm_move(id, &url("https://elsewhere.example.com"))),
        ];
        let decided = decided.map(|decided| decided.map(drop)).into_iter().chain([block_on(node.purge(id))]);
        for error in decided.filter_map(Result::err) {
            shown.answer(name, &error);
        }
        if let Err(error) = block_on(node.reissue(id)) {
            shown.answer(name, &error);
        }
        shown.answer(name, &block_on(node.relay(&story.scene.code)).unwrap_err());
    }
    story.check(&shown);
}

/// The code is damaged, is this side's own, is accepted with itself as the name, and was initiated before.
#[test]
fn errors_of_accepting_submitting_and_refreshing_show_none() {
    let story = Story::new();
    let (code, pending) = (&story.scene.code, &story.scene.pending);
    let node = node_with(&story, pending);
    let mut shown = Shown::default();
    shown.answer("PreviewError", &block_on(node.preview(&format!("{code}\u{e9}"))).unwrap_err());
    let preview = block_on(node.preview(code)).unwrap();
    shown.answer("obstacles", &block_on(node.accept(&preview, &preview.form())).unwrap_err());
    let elsewhere = node_of(&story.scene.destination);
    let preview = block_on(elsewhere.preview(code)).unwrap();
    let mut form = complete(preview.form(), preview.asks());
    form.name = format!("{code}\u{7}");
    shown.answer("form", &block_on(elsewhere.accept(&preview, &form)).unwrap_err());
    let wizard = Wizard::start_without_url(story.scene.source.clone(), Terms::default(), pending.id());
    let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
    let form = complete(wizard.form(), wizard.asks());
    let wizard = node.initiate(wizard.fill(form).unwrap()).unwrap();
    shown.answer("SubmitError", &block_on(node.submit(&wizard)).unwrap_err());
    let refreshed = block_on(node_with(&story, &story.played.accepting).refresh(pending.id())).unwrap();
    shown.answer("RetryReason", &refreshed.retry.unwrap().why);
    story.check(&shown);
}

/// A node whose store has this record. It reaches nobody.
fn node_with(story: &Story, record: &Connection) -> Node<MemoryStore, InProcess> {
    let node = node_of(&story.scene.source);
    block_on(node.store().insert(record)).unwrap();
    node
}

/// A node of this instance. It has no records, and reaches nobody.
fn node_of(instance: &Instance) -> Node<MemoryStore, InProcess> {
    let (clock, entropy) = (FixedClock::at(now()), SeededEntropy::new(1));
    Node::builder_with(instance.clone(), MemoryStore::new(), InProcess::new(), clock, entropy).build()
}
