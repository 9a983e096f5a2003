//! Invitations with every field, and the largest there can be.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::expect_used, reason = "the helpers of a test fail like a test")]

use handclasp::{
    Capabilities, ConnectionForm, ConnectionMode, Instance, KnownPlatform, ModeSet, Platform, PlatformName,
    Terms, Wizard,
};

use super::support::{built, entropy, id, now, public, uid, url};

/// What is initiated from one instance to another, or to whoever holds the code, with this form.
pub(crate) fn initiated(source: Instance, remote: Option<Instance>, form: ConnectionForm) -> String {
    let wizard = match remote {
        Some(remote) => Wizard::start_with(source, Terms::default(), id(1), remote).expect("a destination"),
        None => Wizard::start_without_url(source, Terms::default(), id(1)),
    };
    let wizard = wizard.choose_mode(ConnectionMode::Script).expect("a mode that is offered");
    let wizard = wizard.fill(form).expect("a complete form").initiate(now(), entropy(2));
    wizard.hand_over().code().expect("a code").expose().to_owned()
}

pub(crate) fn form(source: &str, destination: &str, name: &str, description: &str) -> ConnectionForm {
    let mut form = super::support::answered(ConnectionForm::default());
    form.source_short_name = String::from(source);
    form.destination_short_name = String::from(destination);
    form.name = String::from(name);
    form.description = String::from(description);
    form
}

/// A code with every record.
pub(crate) fn full() -> String {
    let source =
        public("org-1", KnownPlatform::Salesforce).tracker_url(url("https://org.example.com/lightning"));
    let remote = public("jira-7", KnownPlatform::JiraCloud).tracker_url(url("https://acme.example.com"));
    let form = form("Salesforce", "Jira", "Escalations", "Urgent ones\nonly \u{1F91D}");
    initiated(built(source), Some(built(remote)), form)
}

/// A code with the required records only, and what an instance always says.
pub(crate) fn short() -> String {
    initiated(built(public("a", KnownPlatform::GitHub)), None, form("a", "b", "c", ""))
}

/// A code in which every field is as long as it can be.
pub(crate) fn longest() -> String {
    let long = |name: &str| url(&format!("https://{name}.example.com/{}", "p".repeat(255 - 21 - name.len())));
    let platform = PlatformName::parse(&"p".repeat(64)).expect("a platform's name");
    let platform = Platform::new(platform, Capabilities::new(ModeSet::ALL));
    let instance = |letter: &str| {
        let builder = Instance::builder(uid(&letter.repeat(64)), platform.clone()).licences(ModeSet::ALL);
        built(builder.node_url(long(letter)).tracker_url(long("tracker")))
    };
    let [one, other] = ["\u{1F91D}", "\u{1F600}"];
    let form = form(&one.repeat(64), &other.repeat(64), &one.repeat(255), &one.repeat(1000));
    initiated(instance("s"), Some(instance("d")), form)
}
