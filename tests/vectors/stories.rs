//! Every kind of message, as it comes up in the life of a connection.

use handclasp::{Approval, ConnectionMode, Terms, handshake};
use handshake::{RelayText, RelayedMessage};
use serde_json::{Value, json};

use super::scene::{
    DESTINATION_KEY, SOURCE_KEY, Side, Walked, hex, indoor_jira, jira, later, salesforce, servicenow, walk,
    walk_with,
};

pub(crate) fn stories() -> Vec<Value> {
    vec![
        declined(),
        cancelled(),
        switched(),
        two_sources(),
        fetched(),
        fetched_too_late(),
        revoked(),
        by_hand(),
        declined_by_hand(),
    ]
}

/// The messages of one code, in the order in which they were said.
struct Story {
    name: &'static str,
    code: String,
    messages: Vec<Value>,
}

impl Story {
    fn of(name: &'static str, walked: &Walked) -> Self {
        Self { name, code: walked.code.clone(), messages: Vec::new() }
    }

    /// Adds a message that names the one of that name.
    fn says(&mut self, from: &str, name: &str, message: &[u8], names: Option<&str>) -> &mut Self {
        self.messages.push(json!({ "from": from, "name": name, "message": hex(message), "names": names, "says": null, "text": null }));
        self
    }

    /// What the message says beside its kind: the state, the number of the refusal or of the withdrawal, by its name.
    fn that(&mut self, says: &str) -> &mut Self {
        self.messages.last_mut().unwrap()["says"] = says.into();
        self
    }

    /// The same, with the text that people carry.
    fn hands_over(&mut self, from: &str, name: &str, text: &RelayText, names: Option<&str>) -> &mut Self {
        let message = RelayedMessage::read(text.as_str()).unwrap();
        self.says(from, name, message.as_bytes(), names);
        self.messages.last_mut().unwrap()["text"] = text.as_str().into();
        self
    }

    fn told(&mut self) -> Value {
        // Without a confirmation there is no secret to compute.
        let agreed = self.messages.iter().any(|said| said["name"] == "confirm");
        let key = |byte: u8| agreed.then(|| hex(&[byte; 32]));
        json!({
            "name": self.name,
            "code": self.code,
            "destination_private_key": key(DESTINATION_KEY),
            "source_private_key": key(SOURCE_KEY),
            "messages": self.messages,
        })
    }
}

/// Never accepted: the withdrawal names nothing.
fn declined() -> Value {
    let walked = walk(&salesforce(), Some(jira()), ConnectionMode::Script, "");
    let mut source = Side::source(salesforce(), &walked);
    let (mut destination, withdraw) = Side::declining(jira(), &walked.code, 60);
    let withdraw = withdraw.unwrap();
    let refuse = source.answers(&withdraw, 61);
    assert_eq!(destination.concludes(&withdraw, &refuse, 62), None);
    let noted = destination.answers(&refuse, 63);
    Story::of("declined before it was accepted", &walked)
        .says("destination", "withdraw", &withdraw, None)
        .that("declined")
        .says("source", "refuse", &refuse, Some("withdraw"))
        .that("withdrawn")
        .says("destination", "noted", &noted, Some("refuse"))
        .told()
}

/// Given up while the source's admin was asked.
fn cancelled() -> Value {
    let terms = Terms::default().with_approval(Approval::ByHand);
    let walked = walk_with(&salesforce(), None, ConnectionMode::Script, "", terms);
    let mut source = Side::source(salesforce(), &walked);
    let (mut destination, accept) = Side::accepting(jira(), &walked.code, 60);
    let accept = accept.unwrap();
    let waiting = source.answers(&accept, 61);
    assert_eq!(destination.concludes(&accept, &waiting, 62), None);
    let withdraw = handshake::cancel(&destination.record, later(63)).unwrap();
    let withdraw = destination.keep(withdraw).unwrap();
    let still_waiting = destination.answers(&waiting, 64);
    assert_eq!(still_waiting, withdraw, "whatever it is asked, it says the same");
    let refuse = source.answers(&withdraw, 65);
    let refuse_again = source.answers(&accept, 66);
    Story::of("cancelled while it waited", &walked)
        .says("destination", "accept", &accept, None)
        .says("source", "waiting", &waiting, Some("accept"))
        .says("destination", "withdraw", &withdraw, Some("accept"))
        .that("cancelled")
        .says("source", "refuse", &refuse, Some("withdraw"))
        .that("withdrawn")
        .says("source", "refuse of the acceptance", &refuse_again, Some("accept"))
        .that("withdrawn")
        .told()
}

/// Approved, switched off and on by either side, and removed: each state as request, as answer, and as the answer to a
/// confirmation.
fn switched() -> Value {
    let terms = Terms::default().with_approval(Approval::ByHand);
    let walked = walk_with(&salesforce(), None, ConnectionMode::Script, "", terms);
    let mut story = Story::of("approved, switched off and on, and removed", &walked);
    let mut source = Side::source(salesforce(), &walked);
    let (mut destination, accept) = Side::accepting(jira(), &walked.code, 60);
    let accept = accept.unwrap();
    let waiting = source.answers(&accept, 61);
    destination.concludes(&accept, &waiting, 62);
    let confirm = handshake::approve(&source.record, later(3_600)).unwrap();
    let confirm = source.keep(confirm).unwrap();
    let on_to_confirm = destination.answers(&confirm, 3_601);
    source.concludes(&confirm, &on_to_confirm, 3_602);

    let off = handshake::deactivate(&destination.record, later(3_700)).unwrap();
    let off = destination.keep(off).unwrap();
    let on_to_off = source.answers(&off, 3_701);
    destination.concludes(&off, &on_to_off, 3_702);
    let off_to_confirm = destination.answers(&confirm, 3_703);

    let off_too = handshake::deactivate(&source.record, later(3_800)).unwrap();
    let off_too = source.keep(off_too).unwrap();
    let off_to_off = destination.answers(&off_too, 3_801);
    source.concludes(&off_too, &off_to_off, 3_802);

    let on = handshake::activate(&destination.record, later(3_900)).unwrap();
    let on = destination.keep(on).unwrap();
    let off_to_on = source.answers(&on, 3_901);
    destination.concludes(&on, &off_to_on, 3_902);

    let removed = handshake::remove(&source.record, later(4_000)).unwrap();
    let removed = source.keep(removed).unwrap();
    let removed_to_removed = destination.answers(&removed, 4_001);
    source.concludes(&removed, &removed_to_removed, 4_002);
    let removed_to_confirm = destination.answers(&confirm, 4_003);
    let removed_to_on = source.answers(&on, 4_004);
    assert!(source.record.is_acknowledged(), "both know");

    story
        .says("destination", "accept", &accept, None)
        .says("source", "waiting", &waiting, Some("accept"))
        .says("source", "confirm", &confirm, Some("accept"))
        .says("destination", "on, to the confirm", &on_to_confirm, Some("confirm"))
        .that("on")
        .says("destination", "off", &off, None)
        .that("off")
        .says("source", "on, to off", &on_to_off, Some("off"))
        .that("on")
        .says("destination", "off, to the confirm", &off_to_confirm, Some("confirm"))
        .that("off")
        .says("source", "off too", &off_too, None)
        .that("off")
        .says("destination", "off, to off", &off_to_off, Some("off too"))
        .that("off")
        .says("destination", "on", &on, None)
        .that("on")
        .says("source", "off, to on", &off_to_on, Some("on"))
        .that("off")
        .says("source", "removed", &removed, None)
        .that("removed")
        .says("destination", "removed, to removed", &removed_to_removed, Some("removed"))
        .that("removed")
        .says("destination", "removed, to the confirm", &removed_to_confirm, Some("confirm"))
        .that("removed")
        .says("source", "removed, to on", &removed_to_on, Some("on"))
        .that("removed")
        .told()
}

/// The source's store was copied, and both copies confirm.
fn two_sources() -> Value {
    let walked = walk(&salesforce(), None, ConnectionMode::Script, "");
    let mut source = Side::source(salesforce(), &walked);
    let mut copy = Side { entropy: 8, ..source.clone() };
    let (mut destination, accept) = Side::accepting(jira(), &walked.code, 60);
    let accept = accept.unwrap();
    let confirm = source.answers(&accept, 61);
    let second = copy.answers(&accept, 62);
    let report = destination.concludes(&accept, &confirm, 63).unwrap();
    let reply = source.answers(&report, 64);
    destination.concludes(&report, &reply, 65);
    let withdraw = destination.answers(&second, 66);
    // A request is always answered; the answer to its own confirmation ends it.
    let refuse = copy.clone().answers(&withdraw, 67);
    assert_eq!(copy.concludes(&second, &withdraw, 67), None);
    let standing = destination.answers(&refuse, 68);
    Story::of("confirmed by two sources", &walked)
        .says("destination", "accept", &accept, None)
        .says("source", "confirm", &confirm, Some("accept"))
        .says("source", "second confirm", &second, Some("accept"))
        .says("destination", "report", &report, None)
        .that("on")
        .says("source", "reply", &reply, Some("report"))
        .that("on")
        .says("destination", "withdraw", &withdraw, Some("second confirm"))
        .that("already-confirmed")
        .says("source", "refuse", &refuse, Some("withdraw"))
        .that("withdrawn")
        .says("destination", "report to the second source", &standing, Some("refuse"))
        .that("on")
        .told()
}

/// A source that cannot be called asks for the acceptance.
fn fetched() -> Value {
    let walked = walk(&servicenow(), Some(jira()), ConnectionMode::Script, "");
    let mut source = Side::source(servicenow(), &walked);
    let (mut destination, nothing) = Side::accepting(jira(), &walked.code, 60);
    assert_eq!(nothing, None, "the source cannot be called");
    let fetch = source.due();
    let accept = destination.answers(&fetch, 61);
    let confirm = source.concludes(&fetch, &accept, 62).unwrap();
    let report = destination.answers(&confirm, 63);
    source.concludes(&confirm, &report, 64);
    let own = source.due();
    let reply = destination.answers(&own, 65);
    Story::of("fetched by a private source", &walked)
        .says("source", "fetch", &fetch, None)
        .says("destination", "accept", &accept, None)
        .says("source", "confirm", &confirm, Some("accept"))
        .says("destination", "report", &report, Some("confirm"))
        .that("on")
        .says("source", "own report", &own, None)
        .that("on")
        .says("destination", "reply", &reply, Some("own report"))
        .that("on")
        .told()
}

/// A source that cannot be called asks only when the destination has given up.
fn fetched_too_late() -> Value {
    let walked = walk(&servicenow(), Some(jira()), ConnectionMode::Script, "");
    let mut source = Side::source(servicenow(), &walked);
    let (mut destination, _) = Side::accepting(jira(), &walked.code, 60);
    let accept = destination.answers(&source.due(), 61);
    let cancelled = handshake::cancel(&destination.record, later(62)).unwrap();
    destination.keep(cancelled);
    let fetch = source.due();
    let withdraw = destination.answers(&fetch, 63);
    let refuse = source.concludes(&fetch, &withdraw, 64).unwrap();
    let noted = destination.answers(&refuse, 65);
    source.concludes(&refuse, &noted, 66);
    Story::of("fetched after it was cancelled", &walked)
        .says("destination", "accept", &accept, None)
        .says("source", "fetch", &fetch, None)
        .says("destination", "withdraw", &withdraw, Some("accept"))
        .that("cancelled")
        .says("source", "refuse", &refuse, Some("withdraw"))
        .that("withdrawn")
        .says("destination", "noted", &noted, Some("refuse"))
        .told()
}

/// A source that cannot be called has revoked, and goes to say so.
fn revoked() -> Value {
    let walked = walk(&servicenow(), Some(jira()), ConnectionMode::Script, "");
    let mut source = Side::source(servicenow(), &walked);
    let revoked = handshake::revoke(&source.record, later(30)).unwrap();
    let fetch = source.keep(revoked).unwrap();
    let (mut destination, _) = Side::accepting(jira(), &walked.code, 60);
    let accept = destination.answers(&fetch, 61);
    let refuse = source.concludes(&fetch, &accept, 62).unwrap();
    let noted = destination.answers(&refuse, 63);
    source.concludes(&refuse, &noted, 64);
    let noted_again = destination.answers(&fetch, 65);
    Story::of("revoked by a private source", &walked)
        .says("source", "fetch", &fetch, None)
        .says("destination", "accept", &accept, None)
        .says("source", "refuse", &refuse, Some("accept"))
        .that("revoked")
        .says("destination", "noted", &noted, Some("refuse"))
        .says("destination", "noted once more", &noted_again, Some("fetch"))
        .told()
}

/// Neither side can call the other.
fn by_hand() -> Value {
    let walked =
        walk_with(&servicenow(), None, ConnectionMode::Script, "", Terms::default().with_hand_relay());
    let mut source = Side::source(servicenow(), &walked);
    let (mut destination, _) = Side::accepting(indoor_jira(), &walked.code, 60);
    let accept = handshake::due_text(&destination.record).unwrap();
    let confirm = carried(&mut source, &accept, 600);
    let report = carried(&mut destination, &confirm, 1_200);
    let reply = carried(&mut source, &report, 1_800);
    assert_eq!(taken(&mut destination, &reply, 1_900), None, "an answer is not answered");
    let removed = handshake::remove(&destination.record, later(2_400)).unwrap();
    destination.keep(removed);
    let removed = handshake::due_text(&destination.record).unwrap();
    let removed_too = carried(&mut source, &removed, 3_000);
    Story::of("carried by hand", &walked)
        .hands_over("destination", "accept", &accept, None)
        .hands_over("source", "confirm", &confirm, Some("accept"))
        .hands_over("destination", "report", &report, None)
        .that("on")
        .hands_over("source", "reply", &reply, Some("report"))
        .that("on")
        .hands_over("destination", "removed", &removed, None)
        .that("removed")
        .hands_over("source", "removed too", &removed_too, Some("removed"))
        .that("removed")
        .told()
}

fn declined_by_hand() -> Value {
    let walked =
        walk_with(&servicenow(), None, ConnectionMode::Script, "", Terms::default().with_hand_relay());
    let mut source = Side::source(servicenow(), &walked);
    let (mut destination, _) = Side::declining(indoor_jira(), &walked.code, 60);
    let withdraw = handshake::due_text(&destination.record).unwrap();
    let refuse = carried(&mut source, &withdraw, 600);
    let noted = carried(&mut destination, &refuse, 1_200);
    Story::of("declined by hand", &walked)
        .hands_over("destination", "withdraw", &withdraw, None)
        .that("declined")
        .hands_over("source", "refuse", &refuse, Some("withdraw"))
        .that("withdrawn")
        .hands_over("destination", "noted", &noted, Some("refuse"))
        .told()
}

/// What a side shows after somebody has brought it this text.
#[track_caller]
fn carried(side: &mut Side, text: &RelayText, at: u64) -> RelayText {
    taken(side, text, at).unwrap()
}

#[track_caller]
fn taken(side: &mut Side, text: &RelayText, at: u64) -> Option<RelayText> {
    let message = RelayedMessage::read(text.as_str()).unwrap();
    let entropy = handclasp::Entropy::from_bytes([side.entropy; 32]);
    let outcome = handshake::relay(Some(&side.record), &message, &side.instance, later(at), entropy).unwrap();
    let reply = handshake::reply_text(&side.record, &outcome);
    side.keep(outcome);
    reply
}
