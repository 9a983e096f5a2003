//! The command line: one table of flags, which the parser and the help both read.

use std::collections::BTreeMap;
use std::ffi::OsString;

use handclasp::{ConnectionMode, KnownPlatform};

use crate::Stop;
use crate::sides::{node_host, tracker_host};
use crate::story::{DESTINATION, SOURCE};

/// What is asked for.
pub(crate) enum Request {
    Help,
    Walk(Flags),
}

/// How the story goes.
pub(crate) struct Flags {
    pub(crate) mode: ConnectionMode,
    pub(crate) source: KnownPlatform,
    pub(crate) destination: KnownPlatform,
    pub(crate) typed: Typed,
    pub(crate) admin: Option<bool>,
    pub(crate) source_name: Option<String>,
    pub(crate) destination_name: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) code_only: bool,
}

/// What the source's admin enters as *Destination instance URL*.
pub(crate) enum Typed {
    Url(String),
    NoUrl,
}

struct Flag {
    name: &'static str,
    /// What stands for the value; `None` if there is none.
    value: Option<&'static str>,
    about: &'static str,
}

const FLAGS: &[Flag] = &[
    Flag { name: "--mode", value: Some("MODE"), about: "basic, visual or script (default: script)" },
    Flag { name: "--source", value: Some("PLATFORM"), about: "who initiates (default: salesforce)" },
    Flag { name: "--destination", value: Some("PLATFORM"), about: "who accepts (default: jira-cloud)" },
    Flag { name: "--url", value: Some("TEXT"), about: "what is typed as destination (default: its tracker)" },
    Flag { name: "--no-url", value: None, about: "choose \"I don't have a URL\" instead" },
    Flag {
        name: "--admin",
        value: Some("yes|no"),
        about: "admin access there? (Basic with URL; default: no)",
    },
    Flag { name: "--source-name", value: Some("TEXT"), about: "the source side's short name" },
    Flag { name: "--destination-name", value: Some("TEXT"), about: "the destination side's short name" },
    Flag { name: "--name", value: Some("TEXT"), about: "the connection's name" },
    Flag { name: "--description", value: Some("TEXT"), about: "the connection's description" },
    Flag { name: "--code-only", value: None, about: "initiate, and print just the invitation code" },
    Flag { name: "--help", value: None, about: "print this" },
];

const DEFAULT_SOURCE: KnownPlatform = KnownPlatform::Salesforce;
const DEFAULT_DESTINATION: KnownPlatform = KnownPlatform::JiraCloud;

/// The text of `--help`.
pub(crate) fn help() -> String {
    let mut lines = vec![
        "Connect two systems: both admins' screens, from the first to the last.".to_owned(),
        String::new(),
        "cargo run --example initiate -- [FLAGS]".to_owned(),
        String::new(),
    ];
    for flag in FLAGS {
        let usage = format!("{} {}", flag.name, flag.value.unwrap_or_default());
        lines.push(format!("  {usage:<25}{}", flag.about));
    }
    lines.extend([
        String::new(),
        "A value that begins with -- is written behind an equals sign: --name=--".to_owned(),
        String::new(),
        "PLATFORM is one of".to_owned(),
    ]);
    lines.extend(KnownPlatform::ALL.iter().map(|known| format!("  {:<25}{}", known.code(), known.title())));
    lines.extend([
        String::new(),
        "TEXT of --url is an address on the program's own network. By default:".to_owned(),
        format!("  {:<33}the destination's tracker", tracker_host(DESTINATION, DEFAULT_DESTINATION)),
        format!("  {:<33}the destination's node", node_host(DESTINATION)),
        format!("  {:<33}the source itself: a local connection", tracker_host(SOURCE, DEFAULT_SOURCE)),
        String::new(),
    ]);
    lines.join("\n")
}

/// Reads the command line.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Request, Stop> {
    let mut given = collect(arguments)?;
    if given.contains_key("--help") {
        return Ok(Request::Help);
    }
    let mut flags = Flags {
        mode: choice(&mut given, "--mode", ConnectionMode::ALL, ConnectionMode::code)?
            .unwrap_or(ConnectionMode::Script),
        source: platform(&mut given, "--source")?.unwrap_or(DEFAULT_SOURCE),
        destination: platform(&mut given, "--destination")?.unwrap_or(DEFAULT_DESTINATION),
        typed: Typed::NoUrl,
        admin: choice(&mut given, "--admin", &[true, false], |yes| if yes { "yes" } else { "no" })?,
        source_name: given.remove("--source-name"),
        destination_name: given.remove("--destination-name"),
        name: given.remove("--name"),
        description: given.remove("--description"),
        code_only: given.contains_key("--code-only"),
    };
    flags.typed = match (given.remove("--url"), given.contains_key("--no-url")) {
        (Some(_), true) => return Err(Stop::Usage("--url and --no-url exclude each other; give one".into())),
        (None, true) => Typed::NoUrl,
        (Some(text), false) => Typed::Url(text),
        (None, false) => Typed::Url(tracker_host(DESTINATION, flags.destination)),
    };
    Ok(Request::Walk(flags))
}

type Given = BTreeMap<&'static str, String>;

/// Every flag that is given, once each; those without value with an empty one.
fn collect(arguments: impl Iterator<Item = OsString>) -> Result<Given, Stop> {
    let mut given = Given::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let argument = utf8(argument)?;
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let name = if name == "-h" { "--help" } else { name };
        let flag = FLAGS
            .iter()
            .find(|flag| flag.name == name)
            .ok_or_else(|| Stop::Usage(format!("{name:?} is not a flag")))?;
        let value = match (flag.value, attached) {
            (None, None) => String::new(),
            (None, Some(_)) => return Err(Stop::Usage(format!("{name} takes no value"))),
            (Some(_), Some(value)) => value,
            (Some(what), None) => match arguments.next_if(|next| !next.as_encoded_bytes().starts_with(b"--"))
            {
                Some(value) => utf8(value)?,
                None => return Err(Stop::Usage(format!("{name} needs a value: {name} {what}"))),
            },
        };
        if given.insert(flag.name, value).is_some() {
            return Err(Stop::Usage(format!("{name} is given twice; give it once")));
        }
    }
    Ok(given)
}

fn utf8(argument: OsString) -> Result<String, Stop> {
    argument
        .into_string()
        .map_err(|argument| Stop::Usage(format!("{} is not UTF-8", argument.to_string_lossy())))
}

fn platform(given: &mut Given, name: &'static str) -> Result<Option<KnownPlatform>, Stop> {
    choice(given, name, KnownPlatform::ALL, KnownPlatform::code)
}

/// The value of a flag that takes one of several.
fn choice<T: Copy>(
    given: &mut Given,
    name: &'static str,
    all: &[T],
    code: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Stop> {
    let Some(value) = given.remove(name) else { return Ok(None) };
    let found = all.iter().copied().find(|one| code(*one) == value);
    let unknown = || {
        let codes: Vec<_> = all.iter().map(|one| code(*one)).collect();
        Stop::Usage(format!("{name}: {value:?} is not one of {}", codes.join(", ")))
    };
    found.map(Some).ok_or_else(unknown)
}
