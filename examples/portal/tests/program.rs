//! The program itself: what it prints, where it answers, and how it ends.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::TempDir;

/// The program in a folder of its own; ended with the test.
struct Program {
    child: Child,
    lines: Vec<String>,
    folder: TempDir,
}

impl Program {
    fn command(folder: &TempDir, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
        command
            .arg("--data")
            .arg(folder.path())
            .args(arguments)
            .env_remove("PORTAL_PASSWORD")
            .env_remove("RUST_LOG");
        command
    }

    /// Starts it, and waits until it says that it runs.
    fn start(folder: TempDir, password: Option<&str>, arguments: &[&str]) -> Self {
        let mut command = Self::command(&folder, arguments);
        command.stdout(Stdio::piped()).stdin(Stdio::null());
        if let Some(password) = password {
            command.env("PORTAL_PASSWORD", password);
        }
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = Vec::new();
        for line in out.lines() {
            let line = line.unwrap();
            let is_last = line.starts_with("Press Ctrl+C");
            lines.push(line);
            if is_last {
                break;
            }
        }
        Self { child, lines, folder }
    }

    /// `host:port` of each company, in the order in which they are printed.
    fn addresses(&self) -> Vec<String> {
        self.lines
            .iter()
            .filter_map(|line| line.split_once("http://").map(|(_, address)| address.to_owned()))
            .collect()
    }

    /// Tells it to stop, and waits until it has.
    fn stop(&mut self) -> ExitStatus {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn without_arguments_it_is_two_companies_that_both_answer() {
    let program = Program::start(TempDir::new().unwrap(), None, &["--port", "0"]);
    let addresses = program.addresses();
    assert_eq!(addresses.len(), 2, "{:?}", program.lines);
    for (address, company) in addresses.iter().zip(["Acme", "Globex"]) {
        let page = get(address, "/sign-in");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(page.contains(company), "{page}");
    }
}

#[test]
fn it_prints_a_password_that_it_has_made_up_and_none_that_it_was_given() {
    let made_up = Program::start(TempDir::new().unwrap(), None, &["one", "--listen", "127.0.0.1:0"]);
    let line = made_up.lines.iter().find(|line| line.contains("password")).unwrap();
    assert_eq!(line.rsplit(' ').next().unwrap().len(), 20, "{line}");
    let given =
        Program::start(TempDir::new().unwrap(), Some("open sesame"), &["one", "--listen", "127.0.0.1:0"]);
    assert!(!given.lines.join("\n").contains("open sesame"), "{:?}", given.lines);
}

#[test]
fn it_ends_well_when_it_is_told_to_and_keeps_who_it_is() {
    let mut program = Program::start(TempDir::new().unwrap(), None, &["one", "--listen", "127.0.0.1:0"]);
    let who = |program: &Program| {
        let answer = get(program.addresses().first().unwrap(), "/.well-known/handclasp");
        answer.split_once("\"uid\":\"").unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    let before = who(&program);
    assert!(program.stop().success());
    let folder = std::mem::replace(&mut program.folder, TempDir::new().unwrap());
    let again = Program::start(folder, None, &["one", "--listen", "127.0.0.1:0"]);
    assert_eq!(who(&again), before);
}

/// What it says on its way out, when it cannot run.
fn refused(arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let output = Program::command(&folder, arguments).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(&["one", "--listen", &address]);
    assert!(said.contains(&address) && said.contains("choose another"), "{said}");
}

#[test]
fn a_second_program_in_the_same_folder_is_refused() {
    let program = Program::start(TempDir::new().unwrap(), None, &["one", "--listen", "127.0.0.1:0"]);
    let arguments = ["one", "--listen", "127.0.0.1:0"];
    let output = Program::command(&program.folder, &arguments).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("in use") && said.contains("choose another"), "{said}");
    assert!(get(program.addresses().first().unwrap(), "/sign-in").starts_with("HTTP/1.1 200"));
}

#[test]
fn an_address_with_a_path_is_refused() {
    let said = refused(&["one", "--listen", "127.0.0.1:0", "--url", "https://acme.example.com/portal"]);
    assert!(said.contains("leave the path out"), "{said}");
}

#[test]
fn a_platform_that_nobody_knows_is_answered_with_those_that_are_known() {
    let said = refused(&["one", "--platform", "jria"]);
    assert!(said.contains("jira-cloud") && said.contains("servicenow"), "{said}");
}

#[test]
fn a_certificate_file_that_is_not_there_is_named() {
    let said = refused(&["one", "--tls-certificate", "nowhere.pem", "--tls-key", "nowhere.pem"]);
    assert!(said.contains("nowhere.pem"), "{said}");
}

#[test]
fn an_address_that_is_none_is_named_once_with_its_cause_once() {
    let said = refused(&["one", "--listen", "127.0.0.1:0", "--url", "ftp://acme.example"]);
    assert_eq!(said.matches("ftp://acme.example").count(), 1, "{said}");
    assert_eq!(said.matches("the scheme is neither").count(), 1, "{said}");
}

#[test]
fn a_store_that_is_none_is_told_with_the_flag() {
    let said = refused(&["one", "--listen", "127.0.0.1:0", "--store", "nonsense"]);
    assert!(said.contains("--store"), "{said}");
}
