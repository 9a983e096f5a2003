//! A handshake whose secrets are known, and what was shown of it.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use core::fmt::{Debug, Display};

use handclasp::{AdminAccess, ConnectionMode, Entropy, HandOver, Terms, Wizard, handshake};
use serde::Serialize;

use crate::every_record::{Every, Named};
use crate::search::Search;
use crate::support::wire::{self, Key};
use crate::support::{self, Played, Scene, admin, complete, instance, now, url};

/// Everything that was shown, with what it was.
#[derive(Default)]
pub(crate) struct Shown(pub(crate) Vec<(String, String)>);

impl Shown {
    pub(crate) fn debug(&mut self, name: &str, value: &impl Debug) -> &mut Self {
        self.0.push((format!("{name}, Debug"), format!("{value:?}")));
        self.0.push((format!("{name}, alternate Debug"), format!("{value:#?}")));
        self
    }

    pub(crate) fn display(&mut self, name: &str, value: &impl Display) -> &mut Self {
        self.0.push((format!("{name}, Display"), format!("{value} {value:#}")));
        self
    }

    pub(crate) fn json(&mut self, name: &str, value: &impl Serialize) -> &mut Self {
        self.0.push((format!("{name}, JSON"), serde_json::to_string(value).unwrap()));
        self.0.push((format!("{name}, postcard"), format!("{:?}", postcard::to_stdvec(value).unwrap())));
        self
    }

    pub(crate) fn error(&mut self, name: &str, error: &impl core::error::Error) -> &mut Self {
        let mut source = error.source();
        while let Some(cause) = source {
            self.0.push((format!("{name}, cause"), format!("{cause} {cause:?}")));
            source = cause.source();
        }
        self.debug(name, error).display(name, error)
    }

    /// An error that a client may be answered with.
    pub(crate) fn answer(&mut self, name: &str, error: &(impl core::error::Error + Serialize)) -> &mut Self {
        self.error(name, error).json(name, error)
    }
}

/// Entropy that does not look like anything else.
pub(crate) fn secret(label: &str) -> Key {
    wire::hash("a test", &[label.as_bytes()])
}

/// A handshake, and all secrets in it.
pub(crate) struct Story {
    pub(crate) scene: Scene,
    pub(crate) played: Played,
    pub(crate) search: Search,
    /// Without the code as a whole, of which messages repeat what is no secret: the labels, say.
    pub(crate) secrets_alone: Search,
    pub(crate) connection_secret: Key,
}

impl Story {
    pub(crate) fn new() -> Self {
        let (source, destination) =
            (instance("source").build().unwrap(), instance("destination").build().unwrap());
        let scene = support::Plot::STANDARD.scene_with(source, destination, secret("code"));
        let played = Self::play(&scene);
        let keys = scene.keys();
        assert_eq!(keys.secret, secret("code"));
        let shared = wire::shared(secret("source"), wire::public_key(secret("destination")));
        let connection = keys.connection_secret(&played.accept, &played.confirm, shared);
        let exported = wire::exported(&connection, "mail");
        assert_eq!(*played.source.export_key("mail").unwrap().expose_bytes(), exported);
        let secrets = [
            ("the code's secret", keys.secret),
            ("the accept key", keys.accept),
            ("the confirm key", keys.confirm),
            ("the session key", keys.session),
            ("the source's half", secret("source")),
            ("the destination's half", secret("destination")),
            ("the shared value", shared),
            ("the connection secret", connection),
            ("the source's report key", wire::report_key(&connection, "source")),
            ("the destination's report key", wire::report_key(&connection, "destination")),
            ("the exported key", exported),
        ];
        let mut secrets_alone = Search::default();
        let mut search = Search::default();
        search.add("the code", scene.code.strip_prefix("clasp1_").unwrap().as_bytes());
        for (name, secret) in secrets {
            search.add(name, &secret);
            secrets_alone.add(name, &secret);
        }
        Self { scene, played, search, secrets_alone, connection_secret: connection }
    }

    fn play(scene: &Scene) -> Played {
        let (accepting, accept) = scene.accept_as(&scene.destination, secret("destination"));
        let entropy = Entropy::from_bytes(secret("source"));
        let answered = handshake::answer(Some(&scene.pending), &accept, &scene.source, now(), entropy);
        let confirm = answered.message().unwrap().to_vec();
        let unconfirmed = answered.into_connection().unwrap();
        let concluded = scene.conclude(&accepting, &accept, &confirm).unwrap();
        let report = concluded.message().unwrap().to_vec();
        let destination = concluded.into_connection().unwrap();
        let confirmed = scene.answer(&unconfirmed, &report);
        let reply = confirmed.message().unwrap().to_vec();
        let source = confirmed.into_connection().unwrap();
        let settled = scene.conclude(&destination, &report, &reply).unwrap().into_connection().unwrap();
        Played { accepting, accept, unconfirmed, confirm, destination, report, source, reply, settled }
    }

    #[track_caller]
    pub(crate) fn check(&self, shown: &Shown) {
        assert!(!shown.0.is_empty());
        for (name, text) in &shown.0 {
            let found = self.search.find(text.as_bytes());
            assert!(found.is_empty(), "{name} shows {found:?}: {text}");
        }
    }

    /// A record of every sort, with its name.
    pub(crate) fn records(&self) -> Named {
        let (code_secret, source_entropy) = (secret("code"), secret("source"));
        Every { scene: &self.scene, played: &self.played, code_secret, source_entropy }.all()
    }
}

/// Walks a wizard, showing everything on the way.
pub(crate) fn walk(shown: &mut Shown, story: &Story, mode: ConnectionMode) -> HandOver {
    let (source, destination) = (story.scene.source.clone(), story.scene.destination.clone());
    let id = story.scene.pending.id();
    let wizard =
        Wizard::start(source, Terms::default(), id, url("node.destination.example.com"), destination)
            .unwrap();
    shown.debug("UrlEntered", &wizard).debug("draft", &wizard.draft()).json("draft", &wizard.draft());
    shown.debug("offers", &wizard.offers()).json("offers", &wizard.offers());
    shown.debug("destination", wizard.destination()).json("destination", wizard.destination());
    let wizard = wizard.choose_mode(mode).unwrap();
    shown.debug("ModeChosen", &wizard).debug("draft", &wizard.draft()).json("draft", &wizard.draft());
    let mut form = complete(wizard.form(), wizard.asks());
    if mode == ConnectionMode::Basic {
        form.admin_access = Some(AdminAccess::Claimed);
    }
    let wizard = wizard.fill(form).unwrap();
    shown.debug("InfoFilled", &wizard).debug("draft", &wizard.draft()).json("draft", &wizard.draft());
    let wizard = wizard.initiate(now().by(admin("ada")), Entropy::from_bytes(secret("code")));
    shown.debug("Initiated", &wizard).debug("connection", wizard.connection());
    shown.debug("hand-over", wizard.hand_over()).debug("code", &wizard.hand_over().code());
    wizard.into_parts().1
}
