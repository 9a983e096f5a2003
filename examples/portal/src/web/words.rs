//! The crate's facts in the words of these pages.

use handclasp::{
    Complexity, Configured, ConnectionKind, ConnectionMode, ConnectionView, Entities, EventKind,
    HealthWarning, ModeRules, Side, Status, Timestamp,
};
use maud::{Markup, html};

/// How long ago something was.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_secs().saturating_sub(at.as_secs());
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => some(seconds / 60, "minute", "ago"),
        3600..86_400 => some(seconds / 3600, "hour", "ago"),
        _ => some(seconds / 86_400, "day", "ago"),
    }
}

/// How long there still is; `None` if the time has come.
pub(super) fn time_left(until: Timestamp, now: Timestamp) -> Option<String> {
    let seconds = until.as_secs().checked_sub(now.as_secs()).filter(|seconds| *seconds > 0)?;
    Some(match seconds {
        0..3600 => some(seconds.div_ceil(60), "minute", "left"),
        3600..172_800 => some(seconds.div_ceil(3600), "hour", "left"),
        _ => some(seconds.div_ceil(86_400), "day", "left"),
    })
}

fn some(count: u64, unit: &str, end: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} {end}")
}

/// A point in time: exact for machines, to the minute for people.
pub(super) fn time(at: Timestamp) -> Markup {
    let exact = at.to_string();
    let date = exact.split('T').next().unwrap_or_default();
    let minute = exact.split('T').nth(1).and_then(|time| time.get(..5)).unwrap_or_default();
    html! { time datetime=(exact) { (date) " " (minute) " UTC" } }
}

/// The status as a badge; its colour only repeats what the words say.
pub(super) fn status(status: Status) -> Markup {
    let class = match status {
        Status::Active { .. } => "badge good",
        Status::Pending | Status::AwaitingApproval | Status::Accepting { .. } => "badge wait",
        Status::Expired | Status::Deactivated { .. } => "badge warn",
        _ => "badge over",
    };
    html! { span class=(class) data-status=(status.code()) { (status.to_string()) } }
}

/// When the connection became what it is, as far as its events tell.
pub(super) fn since(connection: &ConnectionView) -> Timestamp {
    let is_a_turn =
        |kind: EventKind| !matches!(kind, EventKind::Renamed | EventKind::Described | EventKind::Told);
    let last = connection.events.iter().rfind(|event| is_a_turn(event.kind));
    let last = last.map_or(connection.created_at, |event| event.at);
    connection.closed_at.unwrap_or(last)
}

/// How a connection is doing, in a few words.
pub(super) fn health(connection: &ConnectionView, now: Timestamp) -> String {
    if let Some(warning) = connection.warnings.first() {
        let more = connection.warnings.len() - 1;
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        return format!("{}{more}", warning_name(*warning));
    }
    if let Some(trouble) = connection.health.trouble {
        let name = match trouble.kind.code() {
            "no-reply" => "No reply",
            "not-recognised" => "Not recognised by the other side",
            "unverified" => "Something in between answers",
            "not-permitted" => "Address not permitted",
            other => other,
        };
        return format!("{name}, {}", age(trouble.at, now));
    }
    match connection.health.last_contact {
        Some(last) => format!("In contact {}", age(last, now)),
        None => match connection.status {
            Status::Active { .. } | Status::Deactivated { .. } => "No trouble",
            Status::Closed { .. } => "Over",
            _ => "Nobody has answered yet",
        }
        .to_owned(),
    }
}

fn warning_name(warning: HealthWarning) -> &'static str {
    match warning {
        HealthWarning::Moved => "Moved or cloned",
        HealthWarning::Cloned => "Seems to exist twice",
        HealthWarning::OutOfStep => "Out of step",
        HealthWarning::ClockAhead => "Clocks differ",
        HealthWarning::OlderVersion => "Other side is older",
        HealthWarning::NewerVersion => "Other side is newer",
        _ => "Needs a look",
    }
}

/// What the status means, and what happens next.
pub(super) fn what_next(connection: &ConnectionView) -> &'static str {
    match connection.status {
        Status::Pending => {
            "The code was made, and nobody has accepted it yet. Send it to the other side, if you have not: the connection becomes active when its admin accepts."
        }
        Status::Expired => "Nobody accepted in time, so the code no longer works. Issue a new one.",
        Status::AwaitingApproval => "Somebody has accepted. Check who it is, then approve or decline.",
        Status::Accepting { waiting: true } => {
            "You have accepted, and the other side's admin has to approve. Nothing to do here but wait."
        }
        Status::Accepting { waiting: false } => {
            "You have accepted, and the other side has not confirmed yet. It is asked again and again; nothing is lost."
        }
        Status::Active { confirmed: true } => "Both sides agree: the connection is active.",
        Status::Active { confirmed: false } => {
            "The other side has accepted, and has not yet said that it knows the confirmation. It will."
        }
        Status::Deactivated { by: Side::Local } => "You have switched it off. Activate it to go on.",
        Status::Deactivated { by: Side::Remote } => {
            "The other side has switched it off. Only the other side can switch it on."
        }
        Status::Deactivated { by: Side::Both } => {
            "Both sides have switched it off; both have to switch it on."
        }
        _ => "The connection is over. A new invitation connects the two sides again.",
    }
}

/// How two sides reach each other.
pub(super) const fn kind(kind: ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::Local => "Local: both ends are this instance",
        ConnectionKind::Public => "Public: both sides can be called",
        ConnectionKind::Private => "Private: one side only calls out",
    }
}

/// A mode's properties, as rows of a table.
pub(super) fn properties(mode: ConnectionMode) -> [(&'static str, &'static str); 5] {
    let facts = mode.properties();
    let rules = match facts.rules {
        ModeRules::Automatic => "Automatic, for basic fields",
        ModeRules::Mappings => "Low-code mappings",
        _ => "Scripts (Groovy)",
    };
    let configured = match facts.configured {
        Configured::BySystem => "By the system",
        Configured::OneInterface => "Both sides from one interface",
        _ => "Each side its own",
    };
    let entities = match facts.entities {
        Entities::MainEntity => "Issues only",
        Entities::AsMapped => "Whatever is mapped",
        _ => "Any",
    };
    let complexity = match (facts.complexity_from, facts.complexity_to) {
        (Complexity::Basic, Complexity::Basic) => "Basic use",
        (Complexity::Basic, Complexity::Intermediate) => "Basic to intermediate use",
        _ => "Basic to advanced use",
    };
    [
        ("Rules", rules),
        ("Editable", if facts.editable { "Yes" } else { "No" }),
        ("Configured", configured),
        ("Entities", entities),
        ("Recommended for", complexity),
    ]
}
