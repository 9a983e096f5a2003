//! The example `state_diagram`, run as people run it: its pictures show all of the table, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use handclasp::Role;
use handclasp::lifecycle::{Cell, Stage, Trigger, cell};

const ROLES: [(Role, &str); 3] =
    [(Role::Source, "source"), (Role::Destination, "destination"), (Role::Local, "local")];
const FILES: [&str; 3] = ["source.svg", "destination.svg", "diagrams.md"];

/// What a run has left behind.
struct Run {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

/// `cargo test` builds the examples beside the tests; with `--test` alone it leaves them as they are.
#[track_caller]
fn run(flags: &[&str]) -> Run {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program = target.join("examples").join(format!("state_diagram{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: cargo build --examples", program.display());
    let output = Command::new(program).args(flags).output().unwrap();
    Run {
        exit: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[track_caller]
fn printed(flags: &[&str]) -> String {
    let Run { exit, stdout, stderr } = run(flags);
    assert_eq!((exit, stderr.as_str()), (Some(0), ""), "{flags:?}");
    stdout
}

/// Runs with flags that cannot be followed; the message must say why, and nothing else be printed.
#[track_caller]
fn refused(flags: &[&str]) -> String {
    let Run { exit, stdout, stderr } = run(flags);
    assert_eq!((exit, stdout.as_str()), (Some(2), ""), "{flags:?}: {stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains("--help"), "{flags:?}: {stderr}");
    stderr
}

/// One step from a stage to another.
type Step = (String, String, String);

/// All steps of a role: the table itself, asked again.
fn steps(role: Role) -> BTreeSet<Step> {
    let mut steps = BTreeSet::new();
    for from in Stage::of_role(role) {
        for trigger in Trigger::ALL {
            if let Cell::Becomes(to) | Cell::Answers { stage: to, .. } = cell(role, *from, *trigger) {
                if to != *from {
                    steps.insert((from.code().into(), to.code().into(), trigger.code().into()));
                }
            }
        }
    }
    assert!(steps.len() > 4, "{role:?}");
    steps
}

/// Every step is drawn, no other is, and there is one edge at most between the same two stages in each direction.
#[track_caller]
fn assert_draws(role: Role, edges: &[(String, String, Vec<String>)]) {
    let drawn: Vec<Step> = edges
        .iter()
        .flat_map(|(from, to, labels)| {
            labels.iter().map(|label| (from.clone(), to.clone(), label.replace(' ', "-")))
        })
        .collect();
    let distinct: BTreeSet<_> = drawn.iter().cloned().collect();
    assert_eq!(distinct, steps(role), "{role:?}");
    assert_eq!(drawn.len(), distinct.len(), "{role:?}: a step is drawn twice");
    let pairs: BTreeSet<_> = edges.iter().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(pairs.len(), edges.len(), "{role:?}: parallel edges");
}

#[test]
fn mermaid_shows_every_step_and_no_other() {
    for (role, name) in ROLES {
        let text = printed(&["--role", name]);
        assert!(text.lines().any(|line| line == "stateDiagram-v2"), "{text}");
        let stage = |id: &str| if id == "[*]" { "absent".to_owned() } else { id.replace('_', "-") };
        let edges: Vec<_> = text
            .lines()
            .filter_map(|line| line.trim().split_once(" --> "))
            .map(|(from, rest)| {
                let (to, labels) = rest.split_once(" : ").unwrap();
                let labels = labels.split(", ").map(|label| {
                    label.trim_start_matches(['\u{2709}', '\u{23f1}']).trim_start_matches('\u{a0}').to_owned()
                });
                (stage(from), stage(to), labels.collect())
            })
            .collect();
        assert_draws(role, &edges);
    }
}

#[test]
fn dot_shows_every_step_and_no_other() {
    for (role, name) in ROLES {
        let text = printed(&["--dot", "--role", name]);
        assert!(text.starts_with(&format!("digraph {name} {{\n")) && text.ends_with("}\n"), "{text}");
        let edges: Vec<_> = text
            .lines()
            .filter_map(|line| line.trim().split_once(" -> "))
            .map(|(from, rest)| {
                let (to, labels) = rest.split_once(" [label=<").unwrap();
                let labels = labels.strip_suffix(">];").unwrap().split("<br/>");
                let plain = |label: &str| {
                    ["<b>", "</b>", "<i>", "</i>"].iter().fold(label.to_owned(), |l, t| l.replace(t, ""))
                };
                (from.replace('"', ""), to.replace('"', ""), labels.map(plain).collect())
            })
            .collect();
        assert_draws(role, &edges);
    }
}

/// In DOT by the letters, in Mermaid by a mark.
#[test]
fn people_messages_and_time_differ() {
    let (mermaid, dot) = (printed(&[]), printed(&["--dot"]));
    for trigger in Trigger::ALL {
        let words = trigger.code().replace('-', " ");
        let (marked, lettered) = if trigger.is_decision() {
            (words.clone(), format!("<b>{words}</b>"))
        } else if trigger.is_message() {
            (format!("\u{2709}\u{a0}{words}"), words.clone())
        } else {
            (format!("\u{23f1}\u{a0}{words}"), format!("<i>{words}</i>"))
        };
        let labels = |line: &str, between: &str, label: &str| line.split(between).any(|one| one == label);
        let moves = ROLES.iter().any(|(role, _)| steps(*role).iter().any(|step| step.2 == trigger.code()));
        let in_mermaid = mermaid
            .lines()
            .filter_map(|line| line.split_once(" : "))
            .any(|(_, all)| labels(all, ", ", &marked));
        let in_dot = dot
            .lines()
            .filter_map(|line| line.split_once(" [label=<"))
            .any(|(_, all)| labels(all.strip_suffix(">];").unwrap(), "<br/>", &lettered));
        assert_eq!((in_mermaid, in_dot), (moves, moves), "{trigger:?}");
    }
}

#[test]
fn the_list_has_every_cell() {
    let text = printed(&["--table"]);
    let rows: Vec<Vec<_>> =
        text.lines().skip(2).map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect();
    let mut expected = Vec::new();
    for (role, name) in ROLES {
        for stage in Stage::of_role(role) {
            for trigger in Trigger::ALL {
                let result = match cell(role, *stage, *trigger) {
                    Cell::Becomes(to) => format!("becomes {}", to.code()),
                    Cell::Stays => "stays".into(),
                    Cell::Denied(denial) => format!("denied: {}", denial.code()),
                    Cell::Answers { stage: to, reply } if to == *stage => {
                        format!("stays, answers {}", reply.code())
                    }
                    Cell::Answers { stage: to, reply } => {
                        format!("becomes {}, answers {}", to.code(), reply.code())
                    }
                    Cell::NotRecognised => "is not recognised".into(),
                };
                expected.push(vec![name.to_owned(), stage.code().into(), trigger.code().into(), result]);
            }
        }
    }
    assert_eq!(rows, expected);
}

#[test]
fn a_role_restricts_what_is_printed() {
    for form in [&[][..], &["--dot"]] {
        let each = ROLES.map(|(_, name)| printed(&[form, &["--role", name]].concat()));
        assert_eq!(printed(form), each.join("\n"), "{form:?}");
    }
    let rows = printed(&["--table", "--role=local"]);
    assert!(rows.lines().skip(2).all(|row| row.starts_with("| local ")), "{rows}");
}

/// A folder of its own for each test, emptied by whoever comes next.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("state_diagram-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_committed_files_are_what_the_table_gives() {
    printed(&["--check"]);
}

#[test]
fn an_altered_or_missing_file_is_named() {
    let folder = folder("stale");
    let to = folder.to_str().unwrap();
    printed(&["--svg", "--to", to]);
    printed(&["--check", "--to", to]);
    for file in FILES {
        let path = folder.join(file);
        let good = std::fs::read_to_string(&path).unwrap();
        for altered in [Some(good.replacen('a', "b", 1)), None] {
            match altered {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let Run { exit, stdout, stderr } = run(&["--check", "--to", to]);
            assert_eq!((exit, stdout.as_str()), (Some(1), ""), "{stderr}");
            let named: Vec<_> = FILES.into_iter().filter(|name| stderr.contains(name)).collect();
            assert_eq!(named, [file], "{stderr}");
            assert!(stderr.contains("cargo run --example state_diagram -- --svg"), "{stderr}");
        }
        std::fs::write(&path, good).unwrap();
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let missing = folder("missing").join("further");
    let Run { exit, stderr, .. } = run(&["--svg", "--to", missing.to_str().unwrap()]);
    assert_eq!(exit, Some(1));
    assert!(stderr.contains("source.svg"), "{stderr}");
}

fn committed(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lifecycle").join(file)).unwrap()
}

/// The description lists the arrows; those from a frame with all stages in it.
#[test]
fn each_picture_shows_every_step_and_no_other() {
    for (role, name) in &ROLES[..2] {
        let picture = committed(&format!("{name}.svg"));
        let (_, rest) = picture.split_once("<desc").unwrap();
        let (description, _) = rest.split_once("</desc>").unwrap();
        let code = |words: &str| words.replace(' ', "-");
        let mut drawn = Vec::new();
        let mut arrows = 0;
        for line in description.lines().filter(|line| line.contains('\u{2192}')) {
            arrows += 1;
            let (from, rest) = line.split_once(" \u{2192} ").unwrap();
            let (to, triggers) = rest.strip_suffix('.').unwrap().split_once(": ").unwrap();
            for from in from.split(", ") {
                drawn.extend(triggers.split(", ").map(|trigger| (code(from), code(to), code(trigger))));
            }
        }
        let distinct: BTreeSet<_> = drawn.iter().cloned().collect();
        assert_eq!(distinct, steps(*role), "{name}");
        assert_eq!(drawn.len(), distinct.len(), "{name}: a step is drawn twice");
        let (_, lines) = picture.split_once("marker-end=").unwrap();
        let (lines, _) = lines.split_once("</g>").unwrap();
        assert_eq!(lines.matches("<path ").count(), arrows, "{name}");
    }
}

#[test]
fn each_picture_is_well_formed_and_names_its_stages() {
    for (role, name) in &ROLES[..2] {
        let picture = committed(&format!("{name}.svg"));
        assert!(
            picture.lines().all(|line| !line.trim().is_empty()),
            "{name}: an empty line ends HTML in Markdown"
        );
        let texts = balanced(&picture);
        for stage in Stage::of_role(*role) {
            let words = stage.code().replace('-', " ");
            assert!(texts.contains(&words), "{name}: {stage:?} is missing");
        }
    }
}

/// What stands between the tags, which must be balanced, around one root.
#[track_caller]
fn balanced(picture: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut texts = Vec::new();
    let mut roots = 0;
    for part in picture.trim_end().split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        assert!(!text.contains('>') && tag.matches('"').count() % 2 == 0, "<{part}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "<{part}");
        } else {
            roots += usize::from(open.is_empty());
            if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
        }
        assert!(!open.is_empty() || text.is_empty(), "{text:?} is outside of the picture");
        texts.push(text.to_owned());
    }
    assert_eq!((open, roots), (vec![], 1));
    texts
}

/// As the crate's documentation finds them.
#[test]
fn the_definitions_hold_the_pictures() {
    use base64::Engine;
    let definitions = committed("diagrams.md");
    assert_eq!(definitions.lines().count(), 2);
    for (line, (_, name)) in definitions.lines().zip(ROLES) {
        let data = line.strip_prefix(&format!("[{name}-diagram]: data:image/svg+xml;base64,")).unwrap();
        let picture = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        assert_eq!(String::from_utf8(picture).unwrap(), committed(&format!("{name}.svg")));
    }
}

#[test]
fn bad_flags_are_explained() {
    let cases: &[(&[&str], &str)] = &[
        (&["--svgs"], "\"--svgs\" is not a flag"),
        (&["source"], "\"source\" is not a flag"),
        (&["--role"], "--role needs a value: --role ROLE"),
        (&["--role", "--dot"], "--role needs a value"),
        (&["--role", "Source"], "--role: \"Source\" is not one of source, destination, local"),
        (&["--dot=yes"], "--dot takes no value"),
        (&["--dot", "--dot"], "--dot is given twice"),
        (&["--dot", "--table"], "--dot and --table exclude each other"),
        (&["--svg", "--check"], "--svg and --check exclude each other"),
        (&["--svg", "--role", "source"], "--role is for what is printed"),
        (&["--to", "x"], "--to is for --svg and --check"),
    ];
    for (flags, expected) in cases {
        let message = refused(flags);
        assert!(message.contains(expected), "{flags:?}: {message}");
    }
}

#[test]
fn help_lists_every_flag() {
    let help = printed(&["--help"]);
    for flag in ["--dot", "--table", "--role", "--svg", "--check", "--to", "--help"] {
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(flag)), "{flag}: {help}");
    }
    assert_eq!(printed(&["-h", "--dot"]), help);
}
