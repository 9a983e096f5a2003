//! The example `lifecycle`, run as people run it: every line of its story.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::path::PathBuf;
use std::process::Command;

/// `cargo test` builds the examples beside the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program = target.join("examples").join(format!("lifecycle{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: cargo build --examples", program.display());
    program
}

/// What it prints; it must end well.
fn told() -> String {
    let output = Command::new(program()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    String::from_utf8(output.stdout).unwrap()
}

/// The part of the line that stands where the pattern has a star, if it is the same otherwise.
fn differing<'a>(line: &'a str, pattern: &str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((start, end)) => line.strip_prefix(start)?.strip_suffix(end),
        None => (line == pattern).then_some(""),
    }
}

#[test]
fn every_line_of_the_story_is_told() {
    let text = told();
    assert_eq!(text.lines().count(), STORY.lines().count(), "{text}");
    for (line, pattern) in text.lines().zip(STORY.lines()) {
        let differing = differing(line, pattern).unwrap_or_else(|| panic!("{pattern:?}, not {line:?}"));
        assert!(!pattern.contains('*') || !differing.is_empty() && !differing.contains(' '), "{line:?}");
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn both_sides_compare_the_same_string_before_and_after_the_restart() {
    let text = told();
    let compared: Vec<_> = text.lines().filter_map(|line| line.split_once("compare: ")).collect();
    let [(_, before), (_, after)] = compared[..] else { panic!("not two comparison strings: {text}") };
    assert_eq!(before, after);
    assert_eq!(before.len(), "xxxx-xxxx-xxxx-xxxx".len());
}

/// What is printed. A star stands for what differs from run to run.
const STORY: &str = "\
1. A reply is lost, and the acceptance is sent again

  Salesforce  Ada invites Jira → Pending
  Jira        Grace accepts, and the reply is lost → Accepting
              the other side did not reply; again in * seconds
  Salesforce  has confirmed, and has not heard that it arrived
              → Active (unconfirmed)
  Jira        refreshes, and gets the same answer → Active
  Salesforce  has heard → Active
              both compare: *

2. Both programs end, and begin again

  Salesforce  reads 1 record of * bytes, and refreshes → Active
  Jira        reads 1 record of * bytes, and refreshes → Active
              both still compare: *

3. The code is lost, and a new invitation takes its place

  Salesforce  Ada invites Jira → Pending
  Salesforce  Ada reissues the invitation
              → Closed: a newer invitation took its place
  Salesforce  the new one → Pending
  Jira        Grace finds the old code, and accepts
              → Closed: the source refused: a newer invitation took its place;
              accept that one
  Jira        Grace accepts the new code → Active

4. An invitation is declined

  Salesforce  Ada invites Jira → Pending
  Jira        Grace declines → Closed: declined by this side
  Salesforce  has been told → Closed: declined by the other side

5. Somebody has to approve

  Salesforce  Ada invites Jira → Pending
  Jira        Grace accepts → Accepting (the other side has to approve)
  Salesforce  asks Ada → Awaiting approval
              it is jira-cloud-1, at connect.acme.example.com
  Salesforce  Ada approves → Active
  Jira        has been told → Active

6. Each side switches the connection off and on

  Salesforce  Ada deactivates it → Deactivated by this side
  Jira        has been told → Deactivated by the other side
              no key for webhooks: not-connected
  Jira        Grace deactivates it → Deactivated by both sides
  Salesforce  has been told → Deactivated by both sides
  Salesforce  Ada activates it → Deactivated by the other side
  Jira        has been told → Deactivated by this side
  Jira        Grace activates it → Active
  Salesforce  has been told → Active
              both have the same key for webhooks

7. A clone of the other side is noticed

  Jira        Grace accepts another invitation → Active
  its clone   refreshes, from another address → Active
  Salesforce  shows a warning: moved → Active
  Salesforce  refreshes, and the old address answers → Active
              the other side says it has moved, or was cloned; ask its admin,
              then confirm the move or remove the connection
              the other side seems to exist twice; ask its admin which one is
              right, then connect anew
              for security people: moved, cloned
  Salesforce  Ada removes that connection → Closed: removed by this side

8. The connection is removed, and there is a new invitation

  Jira        Grace removes the first connection → Closed: removed by this side
  Salesforce  has been told → Closed: removed by the other side
              to activate it again is not possible: the connection is over;
              connect anew with a new invitation
              to forget it is not possible yet: the connection was closed less
              than 30 days ago; its record still answers
  Jira        Grace invites Salesforce, this time in Basic → Pending
  Salesforce  Ada accepts → Active

9. What happened to the first connection, as Salesforce has it

               1  Ada             initiated
               2  the other side  activated
               3  the other side  confirmed by the other side
               4  Ada             deactivated
               5  the other side  deactivated
               6  Ada             activated again
               7  the other side  activated again
               8  the other side  removed
";
