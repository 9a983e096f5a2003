//! Records wherever a connection can stand: each made by what leads there.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use handclasp::handshake::{self, Outcome};
use handclasp::{
    Approval, Connection, ConnectionId, ConnectionMode, Entropy, Invitation, Reachability, Refusal, Terms,
    TroubleKind, UrlPolicy,
};

use crate::support::wire::Key;
use crate::support::{
    CODE_SECRET, NOW, Played, Plot, SOURCE_ENTROPY, Scene, admin, at, entropy, instance, local_connection,
    now, url,
};

/// Records with what they are called.
pub(crate) type Named = Vec<(&'static str, Connection)>;

/// What a transition makes of a record.
#[track_caller]
fn next(outcome: Outcome) -> Connection {
    outcome.into_connection().unwrap()
}

/// What a decision makes of a record, and what it has to say then.
#[track_caller]
fn said(decided: Result<Outcome, handclasp::lifecycle::NotPossible>) -> (Connection, Vec<u8>) {
    let outcome = decided.unwrap();
    let message = outcome.message().unwrap().to_vec();
    (next(outcome), message)
}

/// Every record that a handshake with these instances and secrets can lead to.
pub(crate) struct Every<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) played: &'a Played,
    /// What the code's secret was made of.
    pub(crate) code_secret: Key,
    /// What the source's half was made of.
    pub(crate) source_entropy: Key,
}

impl Every<'_> {
    fn to_source(&self, record: &Connection, message: &[u8]) -> Outcome {
        let entropy = Entropy::from_bytes(self.source_entropy);
        handshake::answer(Some(record), message, &self.scene.source, now(), entropy)
    }

    fn to_destination(&self, record: &Connection, message: &[u8]) -> Outcome {
        handshake::answer(Some(record), message, &self.scene.destination, now(), entropy(9))
    }

    /// The source's record that an admin has to approve.
    fn awaiting(&self) -> Connection {
        let terms = Terms::new(UrlPolicy::public()).with_approval(Approval::ByHand);
        let (source, destination) = (self.scene.source.clone(), self.scene.destination.clone());
        let by_hand = Plot::STANDARD.scene_under(terms, source, destination, self.code_secret);
        next(self.to_source(&by_hand.pending, &self.played.accept))
    }

    pub(crate) fn all(&self) -> Named {
        [self.before(), self.linked(), self.unwell(), self.closed()].concat()
    }

    /// Those of which the two ends have not agreed yet.
    fn before(&self) -> Named {
        let Self { scene, played, .. } = self;
        let late = scene.answer_at(&scene.pending, &played.accept, scene.expires_at());
        let awaiting = self.awaiting();
        let (_, second) = scene.accept_as(&scene.destination, [6; 32]);
        let waiting = self.to_source(&awaiting, &played.accept);
        vec![
            ("pending", scene.pending.clone()),
            ("pending, refused late", next(late)),
            ("awaiting, contested", next(self.to_source(&awaiting, &second))),
            ("awaiting", awaiting),
            ("accepting", played.accepting.clone()),
            ("accepting, waiting", next(self.to_destination(&played.accepting, waiting.message().unwrap()))),
        ]
    }

    /// Those on which the two ends agree.
    fn linked(&self) -> Named {
        let Self { scene, played, .. } = self;
        let (source_off, _) = said(handshake::deactivate(&played.source, now()));
        let (destination_off, report) = said(handshake::deactivate(&played.settled, now().by(admin("eve"))));
        let (_, second) = scene.accept_as(&scene.destination, [6; 32]);
        let (_, second_confirm) = self.second_source();
        vec![
            ("unconfirmed", played.unconfirmed.clone()),
            ("unconfirmed, off", said(handshake::deactivate(&played.unconfirmed, now())).0),
            ("source", played.source.clone()),
            ("source, contested", next(self.to_source(&played.source, &second))),
            ("source, off there", next(self.to_source(&played.source, &report))),
            ("source, off on both sides", next(self.to_source(&source_off, &report))),
            ("source, off here", source_off),
            ("destination", played.destination.clone()),
            ("destination, settled", played.settled.clone()),
            ("destination, contested", next(self.to_destination(&played.settled, &second_confirm))),
            ("destination, off here", destination_off),
        ]
    }

    /// Another record of the source, which has answered the same acceptance with other entropy, and its confirmation.
    fn second_source(&self) -> (Connection, Vec<u8>) {
        let Self { scene, played, .. } = self;
        let answered =
            handshake::answer(Some(&scene.pending), &played.accept, &scene.source, now(), entropy(8));
        let confirm = answered.message().unwrap().to_vec();
        (next(answered), confirm)
    }

    /// Those that are not as they should be.
    fn unwell(&self) -> Named {
        let Self { scene, played, .. } = self;
        let moved = |to: &str| -> Vec<u8> {
            let moved = instance("destination").node_url(url(to)).build().unwrap();
            handshake::announce(&played.settled, &moved, now()).message().unwrap().to_vec()
        };
        let has_moved = next(self.to_source(&played.source, &moved("https://new.example.com")));
        let cloned = next(self.to_source(&has_moved, &moved("https://third.example.com")));
        let (_, from_the_future) = said(handshake::deactivate(&played.settled, at(NOW + 3_600_000)));
        // A source that was set back knows less than the destination has heard from it.
        let (_, report) = said(handshake::deactivate(&played.source, now()));
        let knowing = next(self.to_destination(&played.settled, &report));
        let asks = handshake::due(&knowing).unwrap().message;
        let set_back = self.to_source(&played.source, &asks);
        let suspicious = scene.conclude(&knowing, &asks, set_back.message().unwrap()).unwrap();
        let mut records = vec![
            ("source, other side moved", has_moved),
            ("source, other side cloned", cloned),
            ("source, other clock ahead", next(self.to_source(&played.source, &from_the_future))),
            ("source, set back", next(set_back)),
            ("destination, other side set back", next(suspicious)),
        ];
        for kind in TroubleKind::ALL {
            let tried = next(handshake::attempted(&played.settled, *kind, now()));
            records.push((kind.code(), next(handshake::attempted(&tried, *kind, at(NOW + 1)))));
        }
        records
    }

    /// Those that are over.
    fn closed(&self) -> Named {
        let Self { scene, played, .. } = self;
        let (pending, settled) = (&scene.pending, &played.settled);
        let awaiting = self.awaiting();
        let refusal = scene.refusal_of(&played.accept, Refusal::Expired);
        let (cancelled, withdrawal) = said(handshake::cancel(&played.accepting, now()));
        let invitation = Invitation::read(&scene.code).unwrap();
        let declined =
            handshake::decline_invitation(&invitation, &scene.destination, UrlPolicy::public(), now())
                .unwrap();
        let decline = declined.message().unwrap().to_vec();
        let acknowledged = self.to_source(&played.unconfirmed, &withdrawal);
        let told = scene.conclude(&cancelled, &withdrawal, acknowledged.message().unwrap()).unwrap();
        let (removed, removal) = said(handshake::remove(settled, now()));
        let heard = self.to_source(&played.source, &removal);
        let known = scene.conclude(&removed, &removal, heard.message().unwrap()).unwrap();
        let (second, second_confirm) = self.second_source();
        let turned_down = self.to_destination(settled, &second_confirm);
        let by = ConnectionId::new(now(), entropy(7));
        let local = local_connection(ConnectionMode::Script);
        vec![
            ("refused", next(scene.conclude(&played.accepting, &played.accept, &refusal).unwrap())),
            ("revoked", next(handshake::revoke(pending, now()).unwrap())),
            ("superseded", next(handshake::supersede(pending, by, now()).unwrap())),
            ("applicant declined", next(handshake::decline(&awaiting, now()).unwrap())),
            ("declined before it was accepted", next(declined)),
            ("declined by the other side", next(self.to_source(pending, &decline))),
            ("withdrawn by the other side", next(acknowledged)),
            ("cancelled", cancelled),
            ("cancelled, told", next(told)),
            ("removed", removed),
            ("removed, told", next(known)),
            ("removed by the other side", next(heard)),
            ("removed before it was confirmed", next(handshake::remove(&played.unconfirmed, now()).unwrap())),
            ("turned down", next(self.to_source(&second, turned_down.message().unwrap()))),
            ("local", local.clone()),
            ("local, off", next(handshake::deactivate(&local, now()).unwrap())),
            ("local, removed", next(handshake::remove(&local, now()).unwrap())),
        ]
    }
}

/// Every record of the standard scene, and those of scenes of other sorts.
pub(crate) fn records() -> Named {
    let (scene, unbound) = (Scene::standard(), Plot { public: false, ..Plot::UNBOUND }.scene());
    let visual = Plot { mode: ConnectionMode::Visual, ..Plot::STANDARD }.scene();
    let private = instance("source").reachability(Reachability::Private).build().unwrap();
    let fetching = Plot::STANDARD.scene_with(private, scene.destination.clone(), CODE_SECRET);
    let (played, by_hand) = (scene.play(), unbound.play());
    let every =
        Every { scene: &scene, played: &played, code_secret: CODE_SECRET, source_entropy: SOURCE_ENTROPY };
    let others = vec![
        ("pending, unbound", unbound.pending.clone()),
        ("pending, with evidence", visual.pending),
        ("pending, private", fetching.pending.clone()),
        ("revoked, private", next(handshake::revoke(&fetching.pending, now()).unwrap())),
        ("accepting, private", by_hand.accepting),
        ("source of a private destination", by_hand.source),
    ];
    [every.all(), others].concat()
}
