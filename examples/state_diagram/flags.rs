//! The command line: one table of flags, which the parser and the help both read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use handclasp::Role;

use crate::Stop;
use crate::files::home;
use crate::graph::role_name;

/// What is asked for.
pub(crate) enum Request {
    Help,
    Mermaid(Vec<Role>),
    Dot(Vec<Role>),
    Table(Vec<Role>),
    /// Write the pictures into this folder.
    Write(PathBuf),
    /// Compare the pictures in this folder.
    Check(PathBuf),
}

struct Flag {
    name: &'static str,
    /// What stands for the value; `None` if there is none.
    value: Option<&'static str>,
    about: &'static str,
}

const FLAGS: &[Flag] = &[
    Flag { name: "--dot", value: None, about: "print DOT instead of Mermaid" },
    Flag { name: "--table", value: None, about: "print the whole table, as Markdown" },
    Flag { name: "--role", value: Some("ROLE"), about: "print only source, destination or local" },
    Flag { name: "--svg", value: None, about: "write the pictures and their definitions" },
    Flag { name: "--check", value: None, about: "compare them with what is there" },
    Flag { name: "--to", value: Some("DIR"), about: "in this folder (default: where they are committed)" },
    Flag { name: "--help", value: None, about: "print this" },
];

const ROLES: [Role; 3] = [Role::Source, Role::Destination, Role::Local];
const FORMS: [&str; 4] = ["--dot", "--table", "--svg", "--check"];

/// The text of `--help`.
pub(crate) fn help() -> String {
    let mut lines = vec![
        "The life of a connection, from the table that decides it: Mermaid, one diagram for".to_owned(),
        "each role. Pictures show what leads from one stage to another; what leaves a stage".to_owned(),
        "as it is, and what is denied, is in --table.".to_owned(),
        String::new(),
        "cargo run --example state_diagram -- [FLAGS]".to_owned(),
        String::new(),
    ];
    for flag in FLAGS {
        let usage = format!("{} {}", flag.name, flag.value.unwrap_or_default());
        lines.push(format!("  {usage:<14}{}", flag.about));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Reads the command line.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Request, Stop> {
    let mut given = collect(arguments)?;
    if given.contains_key("--help") {
        return Ok(Request::Help);
    }
    let forms: Vec<_> = FORMS.into_iter().filter(|form| given.contains_key(form)).collect();
    let form = match forms[..] {
        [] => None,
        [form] => Some(form),
        _ => return Err(Stop::Usage(format!("{} exclude each other; give one", forms.join(" and ")))),
    };
    let (role, to) = (given.remove("--role"), given.remove("--to"));
    let files = matches!(form, Some("--svg" | "--check"));
    if role.is_some() && files {
        return Err(Stop::Usage("--role is for what is printed; the files belong together".into()));
    }
    if to.is_some() && !files {
        return Err(Stop::Usage("--to is for --svg and --check only".into()));
    }
    let roles = role.map_or(Ok(ROLES.to_vec()), |name| role_called(&name).map(|role| vec![role]))?;
    let folder = to.map_or_else(home, PathBuf::from);
    Ok(match form {
        Some("--dot") => Request::Dot(roles),
        Some("--table") => Request::Table(roles),
        Some("--svg") => Request::Write(folder),
        Some("--check") => Request::Check(folder),
        _ => Request::Mermaid(roles),
    })
}

fn role_called(name: &str) -> Result<Role, Stop> {
    ROLES.into_iter().find(|role| role_name(*role) == name).ok_or_else(|| {
        Stop::Usage(format!("--role: {name:?} is not one of {}", ROLES.map(role_name).join(", ")))
    })
}

/// Every flag that is given, once each; those without value with an empty one.
fn collect(arguments: impl Iterator<Item = OsString>) -> Result<BTreeMap<&'static str, String>, Stop> {
    let mut given = BTreeMap::new();
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
