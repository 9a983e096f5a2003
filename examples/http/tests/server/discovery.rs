//! Where an instance is found, and what else is at its paths.

use handclasp::{Instance, InstanceUid, KnownPlatform, Reachability};
use handclasp_http::axum::Router;
use handclasp_http::axum::routing::get;
use handclasp_http::{Receiving, ServeOptions};

use crate::support::server::{Server, post, request, status};
use crate::support::url;
use crate::{NODE, echo};

fn everywhere() -> Instance {
    Instance::builder(InstanceUid::parse("jira-1").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url(NODE))
        .tracker_url(url("https://tracker.example.com"))
        .accept_page(url("https://a.example.com/app/accept"))
        .build()
        .unwrap()
}

async fn serving(instance: &Instance) -> Server {
    let receiving = Receiving::new(instance, |message| async { Some(message) });
    Server::serving(receiving.into_router(), ServeOptions::default()).await
}

#[tokio::test]
async fn an_instance_is_found_at_the_path_of_each_of_its_addresses() {
    let server = serving(&everywhere()).await;
    for path in ["/node", "", "/app/accept"] {
        let answer = server.told(request("GET", &format!("/.well-known/handclasp{path}"))).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(status(head), 200, "{path}");
        assert_eq!(serde_json::from_str::<Instance>(body).unwrap(), everywhere());
    }
}

#[tokio::test]
async fn a_description_is_json() {
    let answer = serving(&everywhere()).await.told(request("GET", "/.well-known/handclasp")).await;
    assert!(answer.contains("\r\ncontent-type: application/json\r\n"), "{answer}");
}

#[tokio::test]
async fn an_instance_is_not_found_at_other_paths() {
    let server = serving(&everywhere()).await;
    for path in
        ["/", "/.well-known/handclasp/", "/.well-known/handclasp/app", "/.well-known/handclasp/node/x"]
    {
        assert_eq!(status(&server.told(request("GET", path)).await), 404, "{path}");
    }
}

#[tokio::test]
async fn an_instance_whose_addresses_have_paths_is_not_found_at_the_root() {
    assert_eq!(status(&echo().await.told(request("GET", "/.well-known/handclasp")).await), 404);
}

#[tokio::test]
async fn other_methods_find_nothing_out() {
    let server = serving(&everywhere()).await;
    for method in ["POST", "PUT", "DELETE"] {
        let answer = server.told(request(method, "/.well-known/handclasp")).await;
        assert_eq!(status(&answer), 405, "{method}");
    }
}

#[tokio::test]
async fn addresses_that_differ_in_their_hosts_only_share_a_path() {
    let instance = Instance::builder(InstanceUid::parse("jira-1").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url("https://node.example.com"))
        .tracker_url(url("https://tracker.example.com"))
        .build()
        .unwrap();
    let server = serving(&instance).await;
    assert_eq!(status(&server.told(request("GET", "/.well-known/handclasp")).await), 200);
    assert_eq!(status(&server.told(post("/", "hello")).await), 200);
}

#[tokio::test]
async fn a_private_instance_is_found_and_takes_no_messages() {
    let instance = Instance::builder(InstanceUid::parse("jira-1").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url(NODE))
        .reachability(Reachability::Private)
        .build()
        .unwrap();
    let server = serving(&instance).await;
    assert_eq!(status(&server.told(request("GET", "/.well-known/handclasp/node")).await), 200);
    assert_eq!(status(&server.told(post("/node", "hello")).await), 404);
}

#[tokio::test]
async fn a_path_means_just_what_it_says() {
    // What routers take for a parameter or a wildcard.
    for path in ["/:id", "/*rest", "/{id}", "/a|b", "/.well-known/handclasp/x"] {
        let node = url(&format!("https://a.example.com{path}"));
        let server = serving(&crate::support::instance_at(node.as_str())).await;
        assert_eq!(status(&server.told(post(node.path(), "hello")).await), 200, "{path}");
        assert_eq!(status(&server.told(post("/other", "hello")).await), 404, "{path}");
    }
}

#[tokio::test]
async fn pages_of_ones_own_may_be_at_the_same_paths() {
    let pages = Router::new().route("/node", get(async || "a page")).fallback(async || "another page");
    let receiving = Receiving::new(&everywhere(), |message| async { Some(message) });
    let server = Server::serving(receiving.into_router().merge(pages), ServeOptions::default()).await;
    assert!(server.told(request("GET", "/node")).await.ends_with("a page"));
    assert!(server.told(request("GET", "/elsewhere")).await.ends_with("another page"));
    assert!(server.told(post("/node", "hello")).await.ends_with("hello"));
}

#[tokio::test]
async fn nothing_is_to_be_kept() {
    let server = serving(&everywhere()).await;
    let other_type = post("/node", "hello").replace("vnd.handclasp.message", "json");
    for (said, expected) in [
        (request("GET", "/.well-known/handclasp"), 200),
        (post("/node", "hello"), 200),
        (other_type, 415),
        (request("GET", "/node"), 405),
        (request("GET", "/nothing"), 404),
    ] {
        let answer = server.told(said).await;
        assert_eq!(status(&answer), expected);
        assert!(answer.contains("\r\ncache-control: no-store\r\n"), "{answer}");
    }
}
