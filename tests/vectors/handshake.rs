//! A handshake that nothing disturbs, but for a second acceptor.

use handclasp::{ConnectionMode, Entropy, Invitation, UrlPolicy, handshake};
use serde_json::{Value, json};

use super::scene::{hex, jira, later, salesforce, walk};

/// A whole handshake with a second acceptor, and the private halves that a reader needs to check it.
pub(crate) fn handshake_vector() -> Value {
    let (source, destination, policy) = (salesforce(), jira(), UrlPolicy::public());
    let walked = walk(&source, None, ConnectionMode::Script, "");
    let invitation = Invitation::read(&walked.code).unwrap();
    let mut form = handclasp::Preview::new(invitation.clone(), &destination, policy).form();
    form.incoming_project = "SUPPORT".to_owned();

    let accepted =
        handshake::accept(&invitation, &form, &destination, policy, later(60), Entropy::from_bytes([3; 32]))
            .unwrap();
    let (accepting, accept) = (accepted.connection().unwrap(), accepted.message().unwrap());
    let confirmed =
        handshake::answer(Some(&walked.connection), accept, &source, later(61), Entropy::from_bytes([4; 32]));
    let (active, confirm) = (confirmed.connection().unwrap(), confirmed.message().unwrap());
    let concluded = handshake::conclude(
        accepting,
        accept,
        confirm,
        &destination,
        later(62),
        Entropy::from_bytes([5; 32]),
    )
    .unwrap();
    let (other_active, report) = (concluded.connection().unwrap(), concluded.message().unwrap());
    let noted = handshake::answer(Some(active), report, &source, later(63), Entropy::from_bytes([5; 32]));
    let report_answer = noted.message().unwrap();

    let second =
        handshake::accept(&invitation, &form, &destination, policy, later(64), Entropy::from_bytes([6; 32]))
            .unwrap();
    let second_accept = second.message().unwrap();
    let refused =
        handshake::answer(Some(active), second_accept, &source, later(65), Entropy::from_bytes([7; 32]));

    assert_eq!(active.comparison(), other_active.comparison());
    json!({
        "code": walked.code,
        "destination_private_key": hex(&[3; 32]),
        "source_private_key": hex(&[4; 32]),
        "accept": hex(accept),
        "confirm": hex(confirm),
        "report": hex(report),
        "report_answer": hex(report_answer),
        "second_accept": hex(second_accept),
        "refuse": hex(refused.message().unwrap()),
        "refusal": "already-accepted",
        "comparison": active.comparison().unwrap(),
        "exported": {
            "label": "jwt",
            "key": hex(active.export_key("jwt").unwrap().expose_bytes()),
        },
    })
}
