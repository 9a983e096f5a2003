//! The example `jwt`, run as people run it: each request that is in order is accepted, and each other one refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::path::PathBuf;
use std::process::Command;

/// `cargo test` builds the examples beside the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program = target.join("examples").join(format!("jwt{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: cargo build --examples", program.display());
    program
}

#[test]
fn every_line_of_the_story_is_told() {
    let output = Command::new(program()).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    // What each line begins with, and the reason that it gives.
    let expected = [
        ("sent       POST /comments", "Is it solved?"),
        ("accepted   from salesforce-1 to jira-1", "60 seconds"),
        ("refused    sent twice", "the token has been used"),
        ("refused    another body", "the token was made for another request"),
        ("refused    sent back to its sender", "InvalidSignature"),
        ("refused    expired", "ExpiredSignature"),
        ("refused    of another connection", "InvalidSignature"),
        ("refused    unsigned", "unknown variant `none`"),
        ("accepted   from jira-1 to salesforce-1", "the other key"),
    ];
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{stdout}");
    for (line, (beginning, reason)) in lines.into_iter().zip(expected) {
        let rest = line.strip_prefix(beginning);
        assert!(rest.is_some_and(|rest| rest.contains(reason)), "{beginning:?}, {reason:?}: {line}");
        assert!(line.chars().count() <= 80, "{line}");
    }
}
