//! Where an instance is looked for, and what describes one.

use handclasp::{Instance, Transport};
use handclasp_http::{EndpointProblem, HttpError};
use tokio::io::AsyncWriteExt;

use crate::support::played::Played;
use crate::support::{ends, instance_at, transport, url, url_of};

const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

fn description(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// How a discovery of a path ends, and what was asked for.
async fn discover(path: &str, answer: &str) -> (Result<Instance, HttpError>, Vec<String>) {
    let server = Played::saying(answer).await;
    let to = url(&format!("{}{path}", url_of(server.address)));
    (ends(transport().discover(&to)).await, server.request_lines())
}

fn json(instance: &Instance) -> String {
    serde_json::to_string(instance).unwrap()
}

#[tokio::test]
async fn the_root_is_looked_for_at_the_well_known_path() {
    let jira = instance_at("https://jira.example.com/node");
    let (found, asked) = discover("", &description(&json(&jira))).await;
    assert_eq!(found.unwrap(), jira);
    assert_eq!(asked, ["GET /.well-known/handclasp HTTP/1.1"]);
}

#[tokio::test]
async fn a_path_is_looked_for_behind_the_well_known_path() {
    let jira = instance_at("https://jira.example.com/node");
    let (found, asked) = discover("/desk/a%20b", &description(&json(&jira))).await;
    assert_eq!(found.unwrap(), jira);
    assert_eq!(asked, ["GET /.well-known/handclasp/desk/a%20b HTTP/1.1"]);
}

#[tokio::test]
async fn where_nothing_is_at_the_path_the_root_is_asked() {
    let jira = instance_at("https://jira.example.com/node");
    let answer = description(&json(&jira));
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Played::doing(move |mut stream| {
        let is_first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let answer = if is_first { NOT_FOUND.to_owned() } else { answer.clone() };
        async move { stream.write_all(answer.as_bytes()).await }
    })
    .await;
    let to = url(&format!("{}/browse/ABC-1", url_of(server.address)));
    assert_eq!(ends(transport().discover(&to)).await.unwrap(), jira);
    assert_eq!(
        server.request_lines(),
        ["GET /.well-known/handclasp/browse/ABC-1 HTTP/1.1", "GET /.well-known/handclasp HTTP/1.1"]
    );
}

#[tokio::test]
async fn where_nothing_is_at_the_root_either_there_is_no_node() {
    let (found, asked) = discover("/browse/ABC-1", NOT_FOUND).await;
    assert!(
        matches!(found, Err(HttpError::NotHandclasp { source: EndpointProblem::Status(404), .. })),
        "it gave {found:?}"
    );
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn the_root_is_asked_once() {
    let (found, asked) = discover("", NOT_FOUND).await;
    found.unwrap_err();
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn who_refuses_at_the_path_is_not_asked_again() {
    let refusal = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    let (found, asked) = discover("/desk", refusal).await;
    assert!(matches!(found, Err(HttpError::Refused { status: 503, .. })), "it gave {found:?}");
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn a_message_goes_to_its_path_alone() {
    let server = Played::saying(NOT_FOUND).await;
    let to = url(&format!("{}/node", url_of(server.address)));
    ends(transport().exchange(&to, b"a message")).await.unwrap_err();
    assert_eq!(server.request_lines(), ["POST /node HTTP/1.1"]);
}

#[tokio::test]
async fn a_page_describes_no_instance() {
    let jira = instance_at("https://jira.example.com");
    let page = description(&json(&jira)).replace("application/json", "text/html");
    let (found, _) = discover("", &page).await;
    assert!(
        matches!(found, Err(HttpError::NotHandclasp { source: EndpointProblem::MediaType, .. })),
        "it gave {found:?}"
    );
}

#[tokio::test]
async fn what_does_not_fit_together_describes_no_instance() {
    let jira = json(&instance_at("https://jira.example.com"));
    let nested = "[".repeat(60_000);
    for body in ["", "null", "{}", "[]", &jira[..jira.len() - 1], &format!("{jira}x"), &nested] {
        let (found, _) = discover("", &description(body)).await;
        assert!(
            matches!(found, Err(HttpError::NotHandclasp { source: EndpointProblem::NotAnInstance, .. })),
            "{body} gave {found:?}"
        );
    }
}
