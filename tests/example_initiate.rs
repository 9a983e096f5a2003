//! The example `initiate`, run as people run it: what it prints, and what it makes of its flags.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use handclasp::{ConnectionMode, Invitation, KnownPlatform};

/// What a run has left behind.
struct Run {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

/// `cargo test` builds the examples beside the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program = target.join("examples").join(format!("initiate{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: cargo build --examples", program.display());
    program
}

fn run(flags: &[&str]) -> Run {
    let output = Command::new(program()).args(flags).output().unwrap();
    Run {
        exit: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the story with these flags; it must end well, and fit a terminal.
fn told(flags: &[&str]) -> String {
    let Run { exit, stdout, stderr } = run(flags);
    assert_eq!((exit, stderr.as_str()), (Some(0), ""), "{flags:?}");
    for line in stdout.lines() {
        assert!(line.chars().count() <= 80, "{flags:?}: {line}");
    }
    stdout
}

/// Runs with flags that cannot be followed; the message must say why, and nothing else be printed.
fn refused(flags: &[&str]) -> String {
    let Run { exit, stdout, stderr } = run(flags);
    assert_eq!((exit, stdout.as_str()), (Some(2), ""), "{flags:?}: {stderr}");
    assert!(stderr.starts_with("error: ") && !stderr.contains("panicked"), "{flags:?}: {stderr}");
    stderr
}

/// The texts appear, each behind the one before.
fn assert_in_order(text: &str, expected: &[&str]) {
    let mut rest = text;
    for part in expected {
        let (_, behind) = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is missing in {rest}"));
        rest = behind;
    }
}

fn comparison_strings(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("Comparison string")).map(str::trim).collect()
}

fn assert_both_active(text: &str) {
    let [ours, theirs] = comparison_strings(text)[..] else { panic!("not two comparison strings: {text}") };
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), "xxxx-xxxx-xxxx-xxxx".len());
    let lists: Vec<_> = text.split("  Connections\n").skip(1).collect();
    let [.., destination, source] = lists[..] else { panic!("too few lists: {text}") };
    for list in [destination, source] {
        assert!(list.lines().any(|line| line.ends_with(" Active")), "{list}");
    }
    assert!(text.contains("Both sides are Active, and their comparison strings are equal"));
}

#[test]
fn the_story_goes_through_every_screen() {
    let text = told(&[]);
    assert_in_order(
        &text,
        &[
            "Globex · Salesforce",
            "Connections",
            "There are no connections yet.",
            "[ Initiate connection ]",
            "Destination instance URL",
            "acme.atlassian.example.com",
            "I don't have a URL",
            "[ Next ]",
            "Who answered",
            "jira-cloud-acme",
            "Jira Cloud",
            "Node host",
            "connect.acme.example.com",
            "not the host that you entered",
            "Choose the configuration type",
            "( ) Basic",
            "Visual  (not available)",
            "Why not",
            "Salesforce (this side)",
            "( ) Script",
            "scripts (Groovy)",
            "Connection information",
            "Source side short name*",
            "Destination side short name*",
            "Connection name*",
            "Description",
            "[ Previous ]   [ Initiate ]",
            "Destination side short name*  Salesforce",
            "! the same as the source side's",
            "Connection name*              1.␉Salesforce to Jira Cloud",
            "! character 3 (U+0009) is a control",
            "Description                   Escalations",
            "Previous.",
            "Choose the configuration type",
            "(•) Script",
            "Connection information",
            "Destination side short name*  Jira Cloud",
            "Connection name*              Salesforce to Jira Cloud",
            "Description                   Escalations",
            "[ Initiate ]",
            "Invitation",
            "clasp1_",
            "Expires",
            "[ Copy invitation code ]   [ Go to remote ]   [ Done ]",
            "Pending",
            "Acme · Jira Cloud",
            "Accept invitation",
            "> \"clasp1_",
            "Who invites",
            "Host to be contacted          connect.globex.example.com",
            "Script",
            "Expires",
            "this instance only",
            "Warnings",
            "Obstacles",
            "Incoming project*             SUPPORT",
            "[ Accept ]",
            "accepted by Grace Hopper",
            "Refresh",
            "Globex · Salesforce",
            "initiated by Ada Lovelace",
            "Both sides are Active",
        ],
    );
    assert_both_active(&text);
}

#[test]
fn basic_mode_asks_for_admin_access() {
    let code = told(&["--mode", "basic"]);
    assert_in_order(
        &code,
        &["Do you have admin access", "( ) Yes   (•) No", "[ Copy invitation code ]", "> \"clasp1_"],
    );
    assert_both_active(&code);
    assert_both_active(&told(&["--mode", "basic", "--admin", "no"]));
    let link = told(&["--mode", "basic", "--admin", "yes"]);
    assert_in_order(
        &link,
        &["(•) Yes   ( ) No", "/accept#clasp1_", "[ Copy acceptance link ]", "    clasp1_"],
    );
    assert_in_order(&link, &["Acme · Jira Cloud", "Ada Lovelace"]);
    assert_both_active(&link);
}

#[test]
fn visual_mode_ends_in_an_acceptance_link() {
    let text = told(&["--mode", "visual", "--source", "jira-on-premise"]);
    assert_in_order(&text, &["Incoming project*", "verified", "Ada Lovelace", "/accept#clasp1_", "Active"]);
    assert_both_active(&text);
}

#[test]
fn without_a_url_the_code_works_for_whoever_holds_it() {
    for mode in ["basic", "script"] {
        let text = told(&["--no-url", "--mode", mode]);
        assert_in_order(&text, &["(•) I don't have a URL", "Choose", "whoever holds it (no URL was given)"]);
        assert_in_order(&text, &["You are invited", "whoever holds the code", "the code works for whoever"]);
        assert!(!text.contains("[ Go to remote ]"));
        assert_both_active(&text);
    }
}

#[test]
fn the_own_url_makes_a_local_connection() {
    for url in ["connect.globex.example.com", "HTTPS://Globex.Salesforce.example.com/"] {
        let text = told(&["--url", url]);
        assert_in_order(
            &text,
            &["This is your own instance", "Salesforce (local)", " Active", "Active at once"],
        );
        assert!(!text.contains("clasp1_") && comparison_strings(&text).is_empty());
    }
}

#[test]
fn the_node_url_is_as_good_as_the_trackers() {
    let text = told(&["--url", "connect.acme.example.com"]);
    assert!(!text.contains("not the host that you entered"));
    assert_both_active(&text);
}

/// With each platform on either side, a mode is to be had exactly when both support it.
#[test]
fn every_platform_and_mode() {
    let supports = |platform: KnownPlatform, mode| platform.capabilities().modes.contains(mode);
    let pairs = KnownPlatform::ALL
        .iter()
        .flat_map(|one| [(*one, KnownPlatform::JiraCloud), (KnownPlatform::JiraCloud, *one)]);
    for (source, destination) in pairs {
        for mode in ConnectionMode::ALL.iter().copied() {
            for no_url in [false, true] {
                let mut flags = vec!["--source", source.code(), "--destination", destination.code()];
                flags.extend(["--mode", mode.code()]);
                flags.extend(no_url.then_some("--no-url"));
                let is_visual = mode == ConnectionMode::Visual;
                if supports(source, mode) && supports(destination, mode) && !(is_visual && no_url) {
                    let text = told(&flags);
                    assert_both_active(&text);
                    let has_projects = [source, destination].map(|platform| platform.capabilities().projects);
                    assert_eq!(text.contains("ESCALATIONS"), has_projects[0], "{flags:?}");
                    assert_eq!(text.contains("SUPPORT"), has_projects[1], "{flags:?}");
                } else {
                    let message = refused(&flags);
                    assert!(message.starts_with(&format!("error: --mode {}: ", mode.code())), "{message}");
                    assert!(message.contains("\n  - "), "{message}");
                }
            }
        }
    }
}

#[test]
fn a_mode_is_refused_with_every_reason_and_its_side() {
    let message = refused(&["--mode", "visual", "--no-url"]);
    assert_in_order(&message, &["--mode visual", "- Salesforce (this side): ", "- The other side: ", "URL"]);
    let message = refused(&["--mode", "visual", "--source", "asana", "--destination", "github"]);
    assert_in_order(&message, &["--mode visual", "Asana to GitHub", "- Both sides: "]);
    let message = refused(&["--source", "asana", "--url", "connect.globex.example.com"]);
    assert_in_order(&message, &["--mode script", "Asana to itself", "- Asana (this side): "]);
}

#[test]
fn what_the_flags_say_is_on_the_screens() {
    let text = told(&[
        "--source-name=Globex CRM",
        "--destination-name",
        "Acme Jira",
        "--name=--escalations",
        "--description",
        "One line\nand another",
    ]);
    assert_in_order(
        &text,
        &["Globex CRM", "Acme Jira", "--escalations", "One line", "and another", "Pending"],
    );
    assert_both_active(&text);
}

#[test]
fn long_and_wide_texts_stay_within_the_lines() {
    let name = "W".repeat(255);
    let description = "long ".repeat(199) + "\nend";
    let text = told(&["--name", &name, "--description", &description]);
    assert_both_active(&text);
    let wide = told(&["--name", &"漢".repeat(255), "--source-name", &"字".repeat(64)]);
    let columns = |line: &str| line.chars().map(|c| if matches!(c, '漢' | '字') { 2 } else { 1 }).sum();
    assert!(wide.lines().map(columns).max() <= Some(80));
}

#[test]
fn code_only_prints_a_code_that_can_be_read() {
    let branches: [&[&str]; 5] = [
        &["--code-only"],
        &["--code-only", "--no-url"],
        &["--code-only", "--mode", "basic"],
        &["--code-only", "--mode", "basic", "--admin", "yes"],
        &["--code-only", "--mode", "visual", "--source", "zendesk"],
    ];
    for flags in branches {
        let Run { exit, stdout, stderr } = run(flags);
        assert_eq!((exit, stderr.as_str()), (Some(0), ""), "{flags:?}");
        let code = stdout.strip_suffix('\n').unwrap();
        let invitation = Invitation::read(code).unwrap();
        assert_eq!(invitation.to_code().expose(), code, "the canonical text, and nothing else");
    }
    let named = run(&["--code-only", "--name", "Cases", "--destination", "github"]);
    let invitation = Invitation::read(&named.stdout).unwrap();
    assert_eq!((invitation.name().as_str(), invitation.mode()), ("Cases", ConnectionMode::Script));
    assert!(refused(&["--code-only", "--url", "connect.globex.example.com"]).contains("--code-only"));
}

#[test]
fn each_bad_flag_is_named() {
    let cases: [(&[&str], &str); 28] = [
        (&["--colour"], "\"--colour\" is not a flag"),
        (&["colour"], "\"colour\" is not a flag"),
        (&[""], "\"\" is not a flag"),
        (&["--mode"], "--mode needs a value"),
        (&["--mode", "--no-url"], "--mode needs a value"),
        (&["--url"], "--url needs a value"),
        (&["--no-url=yes"], "--no-url takes no value"),
        (&["--code-only=1"], "--code-only takes no value"),
        (&["--mode", "basic", "--mode=basic"], "--mode is given twice"),
        (&["--no-url", "--no-url"], "--no-url is given twice"),
        (&["--name", "a", "--name", "b"], "--name is given twice"),
        (&["--mode", "Script"], "--mode: \"Script\" is not one of basic, visual, script"),
        (&["--source", "Jira-Cloud"], "--source: \"Jira-Cloud\" is not one of jira-cloud, jira-on-premise"),
        (&["--destination", "jira"], "--destination: \"jira\" is not one of jira-cloud"),
        (&["--admin", "maybe"], "--admin: \"maybe\" is not one of yes, no"),
        (&["--admin", "yes"], "--admin: "),
        (&["--mode", "basic", "--no-url", "--admin", "no"], "--admin: "),
        (&["--url", "acme.atlassian.example.com", "--no-url"], "--url and --no-url exclude each other"),
        (&["--url", ""], "--url: the address is empty"),
        (&["--url", "https://0x7f.1"], "--url: character 9"),
        (&["--url", "http://acme.atlassian.example.com"], "--url: "),
        (&["--url", "192.168.0.1"], "--url: "),
        (&["--url", "nobody.example.com"], "--url: nobody answers at \"nobody.example.com\""),
        (&["--source-name", " "], "--source-name: empty"),
        (&["--source-name", "Jira Cloud"], "--destination-name: the same as the source side's"),
        (&["--destination-name", "a\u{202e}b"], "--destination-name: character 2 (U+202E)"),
        (&["--name", "a\nb"], "--name: character 2 (U+000A)"),
        (&["--description", &"d".repeat(1001)], "--description: 1001 characters"),
    ];
    for (flags, expected) in cases {
        let message = refused(flags);
        assert!(message.contains(expected), "{flags:?}: {message}");
    }
}

#[test]
fn all_bad_names_are_told_at_once() {
    let message = refused(&["--source-name", "", "--destination-name", "\u{7}", "--name", ""]);
    assert_in_order(&message, &["--source-name: ", "--destination-name: ", "--name: "]);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_text_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let output = Command::new(program()).arg("--name").arg(OsStr::from_bytes(b"\xff")).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(2), vec![]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is not UTF-8"));
}

#[test]
fn help_lists_every_flag_and_platform() {
    let help = told(&["--help"]);
    for flag in [
        "--mode",
        "--source",
        "--destination",
        "--url",
        "--no-url",
        "--admin",
        "--source-name",
        "--destination-name",
        "--name",
        "--description",
        "--code-only",
        "--help",
    ] {
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(flag)), "{flag}: {help}");
    }
    for platform in KnownPlatform::ALL {
        assert!(help.contains(platform.code()) && help.contains(platform.title()), "{platform:?}");
    }
    assert_eq!(told(&["--mode", "basic", "--help"]), help);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = Command::new(program())
        .args(["--description", &"d".repeat(1000)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}
