//! The messages of each trigger: what the other side of a record may send to it, made from the code and the secret alone.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::collections::BTreeMap;

use handclasp::lifecycle::Trigger;
use handclasp::{CloseReason, Instance, InstanceUid, Role, Side, Status};

use crate::pair::{Origin, accept, moved, remembered};
use crate::stages::{Standing, refusal_of};
use crate::support::wire::{self, Key, Message};
use crate::support::{DESTINATION_ENTROPY, SOURCE_ENTROPY, at, instance};

/// A message that somebody may send.
pub(crate) struct Letter {
    pub(crate) what: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Another acceptor's entropy, and another source's.
pub(crate) const OTHER_ENTROPY: Key = [0x45; 32];

const DECLINED: u8 = 1;
const CANCELLED: u8 = 2;
const ALREADY_CONFIRMED: u8 = 3;

/// Every sort of message that is this trigger for this record. None, if there can be none: the first acceptance is
/// `AcceptToApprove` where somebody approves, and `Accept` elsewhere.
pub(crate) fn letters(to: &Standing, trigger: Trigger) -> Vec<Letter> {
    let asks = to.pair.origin.asks();
    match trigger {
        Trigger::Accept if asks && to.accept().is_none() => Vec::new(),
        Trigger::AcceptToApprove if !asks && to.role != Role::Local => Vec::new(),
        Trigger::Accept | Trigger::AcceptToApprove => {
            vec![letter("the acceptance", accepted(to))]
        }
        Trigger::OtherAccept => other_accepts(to),
        Trigger::BadAccept => bad_accepts(to),
        Trigger::Withdraw if to.accept().is_some() => {
            let names = Some(wire::digest(&accepted(to)));
            vec![
                letter("cancelled", withdraw(to, names, CANCELLED)),
                letter("for a reason of a newer version", withdraw(to, names, 9)),
            ]
        }
        Trigger::Withdraw => vec![
            letter("declined", withdraw(to, None, DECLINED)),
            letter("cancelled", withdraw(to, Some(wire::digest(&accepted(to))), CANCELLED)),
        ],
        Trigger::OtherWithdraw => other_withdraws(to),
        Trigger::TurnDown => {
            let confirm = wire::digest(&to.pair.confirm_with(SOURCE_ENTROPY));
            vec![letter("turned down", withdraw(to, Some(confirm), ALREADY_CONFIRMED))]
        }
        Trigger::Noted => vec![letter("noted nothing of ours", note(to, 3, Some([9; 32])))],
        Trigger::Fetch => vec![letter("fetch", note(to, 16, None))],
        Trigger::Confirm => vec![letter("the confirmation", to.pair.confirm_with(SOURCE_ENTROPY))],
        Trigger::OtherConfirm => vec![letter("another confirmation", to.pair.confirm_with(OTHER_ENTROPY))],
        Trigger::Waiting => vec![letter("waiting", note(to, 18, Some(wire::digest(&accepted(to)))))],
        Trigger::Refuse => [1, 6, 11, 13, 14, 99]
            .into_iter()
            .map(|number| letter("refused", refusal_of(&to.pair.scene, &accepted(to), number)))
            .collect(),
        Trigger::Acknowledge => {
            vec![letter("acknowledged", refusal_of(&to.pair.scene, &own_withdrawal(to), 10))]
        }
        Trigger::ReportOn => vec![letter("on", report(to, 1, LATER))],
        Trigger::ReportOff => vec![letter("off", report(to, 2, LATER))],
        Trigger::ReportRemoved => vec![letter("removed", report(to, 3, LATER))],
        _ => Vec::new(),
    }
}

fn letter(what: &'static str, bytes: Vec<u8>) -> Letter {
    Letter { what, bytes }
}

/// The acceptance that was made, or would be.
pub(crate) fn accepted(to: &Standing) -> Vec<u8> {
    to.pair.accept.clone().unwrap_or_else(|| accept_as(to, &to.pair.places.1, DESTINATION_ENTROPY))
}

fn accept_as(to: &Standing, acceptor: &Instance, seed: Key) -> Vec<u8> {
    let whose = format!("accept {:?} {:?}", acceptor.uid(), acceptor.callable_url());
    remembered(to.pair.origin, &whose, seed, || accept(&to.pair.scene, acceptor, seed).1)
}

fn other_accepts(to: &Standing) -> Vec<Letter> {
    // Where there is none to differ from, and somebody approves, it is one to approve.
    if to.accept().is_none() && to.pair.origin == Origin::ByHand {
        return Vec::new();
    }
    let destination = &to.pair.scene.destination;
    let mut letters = vec![letter("with another key", accept_as(to, destination, OTHER_ENTROPY))];
    if to.accept().is_some() && to.pair.origin == Origin::Plain {
        letters.push(letter("from another address", accept_as(to, &moved(), DESTINATION_ENTROPY)));
    }
    if to.pair.origin == Origin::Unbound {
        let stranger = instance("stranger").build().unwrap();
        letters.push(letter("from another instance", accept_as(to, &stranger, OTHER_ENTROPY)));
    }
    letters
}

/// The number of the refusal of an acceptance that breaks a rule, as [`bad_accepts`] calls them.
pub(crate) fn broken_rule(what: &str) -> u8 {
    match what {
        "of an altered code" => 2,
        "by the source itself" | "by another than was invited" => 3,
        "from an address that is not permitted" => 4,
        "in no common version" => 5,
        "with an unusable key" => 7,
        _ => unreachable!("{what}"),
    }
}

fn bad_accepts(to: &Standing) -> Vec<Letter> {
    let good = || Message::open(&accept_as(to, &to.pair.scene.destination, OTHER_ENTROPY));
    let sealed = |what, message: Message| letter(what, message.seal(&to.pair.scene.keys().accept));
    let mut letters = vec![
        sealed("of an altered code", good().with(4, [7; 32])),
        sealed("by the source itself", good().with(10, "source")),
        sealed("from an address that is not permitted", good().with(12, "https://localhost")),
        sealed("in no common version", good().with(14, [2, 9])),
        sealed("with an unusable key", good().with(8, [0; 32])),
    ];
    if to.pair.origin != Origin::Unbound {
        letters.push(sealed("by another than was invited", good().with(10, "stranger")));
    }
    letters
}

fn other_withdraws(to: &Standing) -> Vec<Letter> {
    let other = wire::digest(&accept_as(to, &to.pair.scene.destination, OTHER_ENTROPY));
    let mut letters = vec![letter("cancelled by another", withdraw(to, Some(other), CANCELLED))];
    if to.accept().is_some() {
        letters.push(letter("declined by another", withdraw(to, None, DECLINED)));
        let confirm = wire::digest(&to.pair.confirm_with(OTHER_ENTROPY));
        letters.push(letter("another is turned down", withdraw(to, Some(confirm), ALREADY_CONFIRMED)));
    }
    letters
}

fn message(to: &Standing, kind: u8) -> Message {
    Message { kind, records: BTreeMap::new() }.with(2, to.pair.source.id().as_bytes())
}

fn withdraw(to: &Standing, names: Option<Key>, why: u8) -> Vec<u8> {
    let keys = to.pair.scene.keys();
    let message = message(to, 2).with(4, keys.digest).with(38, [why]);
    names.into_iter().fold(message, |message, names| message.with(6, names)).seal(&keys.accept)
}

/// A message that says no more than its kind, and what it is about.
pub(crate) fn note(to: &Standing, kind: u8, names: Option<Key>) -> Vec<u8> {
    let keys = to.pair.scene.keys();
    let message = message(to, kind).with(4, keys.digest);
    let key = if kind < 16 { keys.accept } else { keys.confirm };
    names.into_iter().fold(message, |message, names| message.with(6, names)).seal(&key)
}

/// The withdrawal of a destination, as it makes it, or would.
pub(crate) fn own_withdrawal(to: &Standing) -> Vec<u8> {
    let status = to.record.as_ref().map(|record| record.status(at(to.now())));
    match status {
        Some(Status::Closed { reason: CloseReason::Declined { by: Side::Local } }) => {
            withdraw(to, None, DECLINED)
        }
        _ => withdraw(to, Some(wire::digest(&accepted(to))), CANCELLED),
    }
}

/// How many milliseconds from now the other side's state is from, so that it is news.
pub(crate) const LATER: u64 = 10_000;

/// The other side's report of this state, which knows nothing of ours.
pub(crate) fn report(to: &Standing, state: u8, later: u64) -> Vec<u8> {
    let (from, peer) = match to.role {
        Role::Destination => ("source", &to.pair.places.0),
        _ => ("destination", &to.pair.places.1),
    };
    let message = message(to, wire::REPORT)
        .with(10, InstanceUid::as_str(peer.uid()))
        .with(20, [state])
        .with(22, (to.now() + later).to_be_bytes())
        .with(24, 0_u64.to_be_bytes());
    let url = peer.callable_url().into_iter();
    let message = url.fold(message, |message, url| message.with(12, url.as_str()));
    message.seal(&wire::report_key(&to.secret(), from))
}
