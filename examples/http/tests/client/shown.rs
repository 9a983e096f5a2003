//! What errors show.

use std::error::Error;
use std::io;
use std::sync::Arc;

use handclasp::{PolicyError, Transport, UrlPolicy};
use handclasp_http::{EndpointProblem, HttpError, HttpTransport};

use crate::answered_with;
use crate::support::played::Played;
use crate::support::{ends, transport};

/// One of each kind, with its code and message.
async fn each() -> Vec<(HttpError, &'static str, &'static str)> {
    let host = "acme.example.com".to_owned();
    let failed = Arc::new(io::Error::other("a cause"));
    let HttpError::Interrupted { source, .. } = answered_with("").await.unwrap_err() else {
        panic!("it is something else")
    };
    vec![
        (
            HttpError::NameNotFound { host: host.clone(), source: failed.clone() },
            "name-not-found",
            "the name acme.example.com was not found",
        ),
        (
            HttpError::NotPermitted { host: host.clone(), source: PolicyError::NeverAllowed },
            "not-permitted",
            "the policy does not permit acme.example.com",
        ),
        (
            HttpError::Unreachable { host: host.clone(), source: failed.clone() },
            "unreachable",
            "acme.example.com cannot be reached",
        ),
        (
            HttpError::Tls { host: host.clone(), source: failed },
            "tls",
            "no secure connection with acme.example.com came about",
        ),
        (HttpError::TimedOut { host: host.clone() }, "timed-out", "acme.example.com did not answer in time"),
        (
            HttpError::Redirected { host: host.clone(), status: 301 },
            "redirected",
            "acme.example.com redirects elsewhere (status 301), which is not followed",
        ),
        (
            HttpError::NotHandclasp { host: host.clone(), source: EndpointProblem::MediaType },
            "not-handclasp",
            "there is no handclasp node at this address of acme.example.com",
        ),
        (
            HttpError::Refused { host: host.clone(), status: 503 },
            "refused",
            "acme.example.com refused the request with the status 503",
        ),
        (
            HttpError::TooLarge { host: host.clone() },
            "too-large",
            "the answer of acme.example.com is too long",
        ),
        (
            HttpError::Interrupted { host, source },
            "interrupted",
            "the connection with acme.example.com broke before the answer was complete",
        ),
    ]
}

#[tokio::test]
async fn each_error_has_its_code() {
    for (error, code, _) in each().await {
        assert_eq!(error.code(), code);
    }
}

#[tokio::test]
async fn each_error_has_its_message() {
    for (error, _, message) in each().await {
        assert_eq!(error.to_string(), message);
    }
}

#[tokio::test]
async fn no_message_repeats_its_cause() {
    for (error, ..) in each().await {
        let cause = error.source().map(ToString::to_string);
        assert!(cause.is_none_or(|cause| !error.to_string().contains(&cause)), "{error}");
    }
}

#[test]
fn each_problem_of_an_endpoint_has_its_code() {
    assert_eq!(EndpointProblem::NotHttp.code(), "not-http");
    assert_eq!(EndpointProblem::Status(404).code(), "status");
    assert_eq!(EndpointProblem::MediaType.code(), "media-type");
    assert_eq!(EndpointProblem::NotAnInstance.code(), "not-an-instance");
}

/// Everything that an error says, its causes included.
fn all_of(error: &HttpError) -> String {
    let causes = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    causes.map(|error| format!("{error} {error:?}")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn no_error_shows_what_was_sent_or_answered() {
    let answers = [
        "SECRET".to_owned(),
        "HTTP/1.1 SECRET\r\n\r\n".to_owned(),
        "HTTP/1.1 404 SECRET\r\nx: SECRET\r\ncontent-length: 6\r\n\r\nSECRET".to_owned(),
        "HTTP/1.1 301 SECRET\r\nlocation: https://SECRET\r\ncontent-length: 6\r\n\r\nSECRET".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: SECRET\r\ncontent-length: 6\r\n\r\nSECRET".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"uid\": \"SECRET\", \"platform\": \"SECRET\"}"
            .to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\"SECRET\"".to_owned(),
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\nSECRET".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: SECRET\r\n\r\n".to_owned(),
    ];
    for answer in answers {
        let server = Played::saying(&answer).await;
        let errors = [
            ends(transport().exchange(&server.url(), b"SECRET")).await.unwrap_err(),
            ends(transport().discover(&server.url())).await.unwrap_err(),
        ];
        for error in errors {
            assert!(!all_of(&error).to_uppercase().contains("SECRET"), "{answer:?} gave {}", all_of(&error));
        }
    }
}

#[test]
fn a_transport_shows_its_policy_and_its_limits() {
    assert_eq!(
        format!("{:?}", HttpTransport::new(UrlPolicy::public())),
        "HttpTransport { policy: UrlPolicy { http: false, loopback: false, private: false }, \
         limits: ClientLimits { connect: 5s, whole: 15s }, .. }"
    );
}
