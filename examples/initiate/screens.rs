//! What an application shows: each screen from what the crate gives it, in the application's own words.

use handclasp::{
    Actor, AdminAccess, Ask, Binding, Complexity, Configured, ConnectionForm, ConnectionKind, ConnectionMode,
    ConnectionView, Destination, Entities, FormError, FormField, HandOver, Instance, InstanceUrl, ModeOffer,
    ModeProperties, ModeRules, PlatformName, Preview, Side as Whose, Submitted, Timestamp, UrlEntered,
    Wizard,
};

use crate::layout::Page;
use crate::sides::Side;

/// The screens of one side, which are added to a page.
pub(crate) struct Screens<'a> {
    pub(crate) page: &'a mut Page,
    pub(crate) side: &'a Side,
}

impl Screens<'_> {
    fn screen(&mut self, title: &str) {
        let place = format!("{} · {}", self.side.company, self.side.title());
        self.page.screen(&place, self.side.admin.as_str(), title);
    }

    /// What the person does on the screen: "Ada" and what is given.
    pub(crate) fn action(&mut self, text: &str) {
        self.page.action(&format!("{} {text}", self.side.first_name()));
    }

    pub(crate) fn connections(&mut self, connections: &[ConnectionView]) {
        self.screen("Connections");
        if connections.is_empty() {
            self.page.text("There are no connections yet.");
            self.page.hang(
                "  ",
                "To connect this instance with another, choose Initiate connection. If you were sent an \
                 invitation code, choose Accept invitation.",
            );
        } else {
            self.page.row([("Name", 29), ("Other side", 21), ("Mode", 6), ("Status", 8)]);
            for view in connections {
                self.connection(view);
            }
        }
        self.page.buttons(&["Initiate connection", "Accept invitation", "Refresh"]);
    }

    fn connection(&mut self, view: &ConnectionView) {
        let (name, mode, status) =
            (view.info.name().as_str(), view.mode.to_string(), view.status.to_string());
        let other = view.remote_short_name().as_str();
        self.page.row([(name, 29), (other, 21), (&mode, 6), (&status, 8)]);
        if view.status.is_active() {
            self.details(view);
        }
    }

    fn details(&mut self, view: &ConnectionView) {
        self.page.gap();
        if let Some(comparison) = &view.comparison {
            self.page.field("  Comparison string", comparison.as_ref());
        }
        self.page.field("  Kind", kind(view.kind));
        for (number, event) in view.events.iter().enumerate() {
            let text = match &event.actor {
                Actor::Admin(name) => format!("{} by {name}", event.kind),
                _ => event.kind.to_string(),
            };
            self.page.field(if number == 0 { "  History" } else { "" }, &text);
        }
    }

    pub(crate) fn destination_url(&mut self, typed: Option<&str>) {
        self.screen("Destination instance URL");
        let (there, none) = if typed.is_some() { ("•", " ") } else { (" ", "•") };
        self.page.hang(&format!("  ({there}) "), typed.unwrap_or("(the URL of a tracker, or of its node)"));
        self.page.hang(&format!("  ({none}) "), "I don't have a URL");
        self.page.buttons(&["Next"]);
    }

    /// Who answered at the URL.
    pub(crate) fn discovered(&mut self, typed: &str, wizard: &Wizard<UrlEntered>) {
        self.screen("Destination");
        self.page.field("You entered", typed);
        let is_local = matches!(wizard.destination(), Destination::Local);
        let found = wizard.destination().remote().unwrap_or_else(|| wizard.local());
        self.page.field("Who answered", found.uid().as_str());
        self.page.field("Platform", found.platform().title());
        self.page.field("Node host", found.node_url().map_or("none", InstanceUrl::host));
        if let Some(host) = wizard.other_host() {
            self.page.problem(&format!(
                "This is not the host that you entered. The connection will lead to {host}: go on only if that \
                 is as it should be."
            ));
        }
        if is_local {
            self.page.problem("This is your own instance. The connection will be a local one.");
        }
        self.page.buttons(&["Previous", "Next"]);
    }

    /// Every mode, with what it is like and, if it is not to be had, every reason.
    pub(crate) fn modes(&mut self, wizard: &Wizard<UrlEntered>, chosen: Option<ConnectionMode>) {
        self.screen("Choose the configuration type");
        for offer in wizard.offers() {
            let mark = match (offer.is_available(), chosen == Some(offer.mode())) {
                (false, _) => " – ",
                (true, true) => "(•)",
                (true, false) => "( )",
            };
            self.mode(mark, &offer, wizard.destination().remote());
        }
        self.page.hang("  ", "The configuration type cannot be changed once the connection is initiated.");
        self.page.buttons(&["Previous", "Next"]);
    }

    fn mode(&mut self, mark: &str, offer: &ModeOffer, remote: Option<&Instance>) {
        let state = if offer.is_available() { "" } else { "  (not available)" };
        self.page.hang(&format!("  {mark} "), &format!("{}{state}", offer.mode()));
        for (label, value) in properties(offer.mode().properties()) {
            self.page.field(&format!("    {label}"), &value);
        }
        for reason in offer.reasons() {
            let side = whose(reason.side, self.side.title(), remote);
            self.page.field("    Why not", &format!("{side}: {}", reason.kind));
        }
        self.page.gap();
    }

    /// The form as it was typed, with what is wrong beside each field, and everything as it was typed.
    pub(crate) fn information(&mut self, form: &ConnectionForm, errors: Option<&FormError>, is_last: bool) {
        self.screen("Connection information");
        let fields = [
            ("Source side short name*", FormField::SourceShortName, &form.source_short_name),
            ("Destination side short name*", FormField::DestinationShortName, &form.destination_short_name),
            ("Connection name*", FormField::ConnectionName, &form.name),
            ("Description", FormField::Description, &form.description),
        ];
        for (label, field, typed) in fields {
            self.page.field(label, typed);
            for error in errors.into_iter().flat_map(|errors| errors.of(field)) {
                self.page.problem(&error.message());
            }
        }
        self.page.gap();
        self.page.hang("  ", "* required");
        self.page.buttons(&["Previous", if is_last { "Initiate" } else { "Next" }]);
    }

    /// What the mode and the platform ask besides.
    pub(crate) fn questions(&mut self, form: &ConnectionForm, asks: &[Ask]) {
        self.screen("Before it is initiated");
        if asks.contains(&Ask::IncomingProject) {
            self.page.field("Incoming project*", &form.incoming_project);
        }
        match &form.admin_access {
            Some(AdminAccess::Verified(evidence)) => {
                self.page.field("Admin access on destination*", "verified");
                self.page.field("", &format!("{}, {}", evidence.who, when(evidence.at)));
            }
            Some(access) if asks.contains(&Ask::AdminAccess) => {
                let (yes, no) = if *access == AdminAccess::No { (" ", "•") } else { ("•", " ") };
                self.page.hang("  ", "Do you have admin access on the destination?*");
                self.page.field("", &format!("({yes}) Yes   ({no}) No"));
            }
            _ => {}
        }
        self.page.gap();
        self.page.hang("  ", "* required");
        self.page.buttons(&["Previous", "Initiate"]);
    }

    /// What is handed over, this once.
    pub(crate) fn invitation(&mut self, submitted: &Submitted<'_>) {
        self.screen("Invitation");
        let (text, copy) = match submitted.hand_over {
            HandOver::Code(code) => {
                self.page.text(
                    "Send this code to the admin of the other side. It is shown this once, and whoever holds \
                     it can accept: send it by a way that you trust.",
                );
                (code.expose(), "Copy invitation code")
            }
            HandOver::AcceptanceLink(link) => {
                self.page.text(
                    "Go to the remote with this acceptance link, and accept there as its admin. It is shown \
                     this once, and whoever holds it can accept: do not pass it on.",
                );
                (link.expose(), "Copy acceptance link")
            }
            HandOver::Nothing => return,
        };
        self.page.block("  ", text);
        self.page.gap();
        if let Some(expires_at) = submitted.connection.expires_at {
            self.page.field("Expires", &when(expires_at));
        }
        let bound_to = submitted.connection.remote.as_ref().map(|remote| remote.uid().as_str());
        self.page.field("Can be accepted by", bound_to.unwrap_or("whoever holds it (no URL was given)"));
        if let Some(url) = submitted.remote_url {
            self.page.field("Go to remote leads to", url.as_str());
            self.page.buttons(&[copy, "Go to remote", "Done"]);
        } else {
            self.page.buttons(&[copy, "Done"]);
        }
    }

    pub(crate) fn accept(&mut self, pasted: &str) {
        self.screen("Accept invitation");
        self.page.hang("  ", "Invitation code");
        for line in pasted.lines() {
            self.page.block("    ", line);
        }
        self.page.buttons(&["Next"]);
    }

    /// What accepting would mean; looking at it has no effect.
    pub(crate) fn preview(&mut self, preview: &Preview, form: &ConnectionForm) {
        self.screen("You are invited to connect");
        let invitation = preview.invitation();
        let platform = invitation.source_platform().map_or("an unknown platform", PlatformName::title);
        self.page.field("Who invites", platform);
        self.page.field("", invitation.source_uid().as_str());
        self.page.field("Host to be contacted", preview.host().unwrap_or("none"));
        self.page.field("Configuration type", &invitation.mode().to_string());
        self.page.field("Kind", kind(preview.kind()));
        self.page.field("Expires", &when(invitation.expires_at()));
        self.page.field("Can be accepted by", binding(preview.binding()));
        self.page.field("Warnings", &listed(preview.warnings()));
        self.page.field("Obstacles", &listed(preview.obstacles()));
        self.page.gap();
        self.page.field("Source side short name*", &form.source_short_name);
        self.page.field("Destination side short name*", &form.destination_short_name);
        self.page.field("Connection name*", &form.name);
        self.page.field("Description", &form.description);
        if preview.asks().contains(&Ask::IncomingProject) {
            self.page.field("Incoming project*", &form.incoming_project);
        }
        self.page.gap();
        self.page.hang("  ", "* required");
        self.page.buttons(&["Accept", "Not now"]);
    }
}

fn listed(items: &[impl ToString]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Whose side a reason is on, and its platform.
pub(crate) fn whose(side: Whose, local: &str, remote: Option<&Instance>) -> String {
    match (side, remote) {
        (Whose::Local, _) => format!("{local} (this side)"),
        (Whose::Remote, Some(remote)) => format!("{} (the other side)", remote.platform().title()),
        (Whose::Remote, None) => "The other side".to_owned(),
        (Whose::Both, _) => "Both sides".to_owned(),
    }
}

/// The facts about a mode, in words.
fn properties(facts: ModeProperties) -> [(&'static str, String); 4] {
    let rules = match facts.rules {
        ModeRules::Automatic => "automatic, basic fields",
        ModeRules::Mappings => "low-code mappings",
        ModeRules::Scripts => "scripts (Groovy)",
        other => other.code(),
    };
    let configured = match facts.configured {
        Configured::BySystem => "by the system",
        Configured::OneInterface => "both sides, from one interface",
        Configured::EachSide => "by each side on its own",
        other => other.code(),
    };
    let entities = match facts.entities {
        Entities::MainEntity => "the main entity only (issues)",
        Entities::AsMapped => "the entities that are mapped",
        Entities::Any => "any entity",
        other => other.code(),
    };
    let (from, to) = (complexity(facts.complexity_from), complexity(facts.complexity_to));
    let use_cases = if from == to { format!("{from} use") } else { format!("{from} to {to} use") };
    let edit = if facts.editable { "editable" } else { "not editable" };
    [
        ("Rules", format!("{rules}; {edit}")),
        ("Configured", configured.to_owned()),
        ("Synchronises", entities.to_owned()),
        ("Recommended for", use_cases),
    ]
}

fn complexity(complexity: Complexity) -> &'static str {
    match complexity {
        Complexity::Basic => "basic",
        Complexity::Intermediate => "intermediate",
        Complexity::Advanced => "advanced",
        other => other.code(),
    }
}

fn kind(kind: ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::Local => "local: both ends are this instance",
        ConnectionKind::Public => "public: each side can call the other",
        ConnectionKind::Private => "private: only one side can be called",
    }
}

fn binding(binding: Binding) -> &'static str {
    match binding {
        Binding::Bearer => "whoever holds the code",
        Binding::ThisInstance => "this instance only",
        Binding::OtherInstance => "another instance",
    }
}

/// A point in time to the minute; the crate writes RFC 3339.
fn when(at: Timestamp) -> String {
    let text = at.to_string();
    let minute = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minute.replace('T', " "))
}
