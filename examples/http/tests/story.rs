//! Two nodes connect over TLS, from the URL of a tracker to both of them active.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    Accepted, ConnectionId, ConnectionMode, ConnectionView, Instance, InstanceUid, KnownPlatform,
    MemoryStore, ModeSet, Node, Status, UrlPolicy,
};
use handclasp_http::{HttpTransport, Receiving, ServeOptions};
use support::authority::Authority;
use support::names::Local;
use support::server::Server;
use support::{ends, url};
use tokio::net::TcpListener;

type Company = Node<MemoryStore, HttpTransport<Local>>;

/// A company whose tracker and whose node have hosts of their own, at one server.
async fn company(uid: &str, platform: KnownPlatform, authority: &Authority) -> Company {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (node, tracker) = (format!("node.{uid}.example.com"), format!("{uid}.example.com"));
    let instance = Instance::builder(InstanceUid::parse(uid).unwrap(), platform)
        .node_url(url(&format!("https://{node}:{port}/connector")))
        .tracker_url(url(&format!("https://{tracker}:{port}")))
        .licences(ModeSet::ALL)
        .build()
        .unwrap();
    let transport = HttpTransport::new(UrlPolicy::public().allow_loopback())
        .trusting(authority.roots())
        .resolving_with(Local);
    let company = Node::builder(instance, MemoryStore::new(), transport).build();
    let options = ServeOptions::default().tls(authority.server(&[&node, &tracker]));
    Server::on(listener, Receiving::of(company.clone()).into_router(), options);
    company
}

/// Where a company's side of a connection stands.
async fn status(company: &Company, id: ConnectionId) -> Status {
    company.get(id).await.unwrap().unwrap().status
}

/// Two companies that are connected: source, destination, and what they call their connection.
async fn connected() -> (Company, Company, ConnectionView) {
    let authority = Authority::new();
    let salesforce = company("salesforce-1", KnownPlatform::Salesforce, &authority).await;
    let jira = company("jira-1", KnownPlatform::JiraCloud, &authority).await;

    // A page of the tracker, as people paste it.
    let page = format!("{}/browse/ABC-1", jira.instance().tracker_url().unwrap());
    let wizard = ends(Box::pin(salesforce.start(&page))).await.unwrap();
    let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
    let form = wizard.form();
    let wizard = salesforce.initiate(wizard.fill(form).unwrap()).unwrap();
    let submitted = salesforce.submit(&wizard).await.unwrap();

    let preview = jira.preview(submitted.hand_over.code().unwrap().expose()).await.unwrap();
    let mut form = preview.form();
    form.incoming_project = "SUPPORT".to_owned();
    let accepted = ends(Box::pin(jira.accept(&preview, &form))).await.unwrap();
    let Accepted::Active(accepted) = accepted else { panic!("it is {accepted:?}") };

    (salesforce, jira, accepted)
}

#[tokio::test]
async fn a_trackers_url_leads_to_two_active_connections() {
    let (salesforce, _, accepted) = connected().await;
    assert_eq!(accepted.status, Status::Active { confirmed: true });
    assert_eq!(status(&salesforce, accepted.id).await, Status::Active { confirmed: true });
}

#[tokio::test]
async fn both_sides_show_the_same_characters() {
    let (salesforce, _, accepted) = connected().await;
    let there = salesforce.get(accepted.id).await.unwrap().unwrap();
    assert_eq!((there.comparison.is_some(), there.comparison), (true, accepted.comparison));
}

#[tokio::test]
async fn what_the_source_switches_off_reaches_the_destination() {
    let (salesforce, jira, accepted) = connected().await;
    salesforce.deactivate(accepted.id).await.unwrap();
    ends(salesforce.refresh(accepted.id)).await.unwrap();
    let there = status(&jira, accepted.id).await;
    assert!(!matches!(there, Status::Active { .. }), "it is {there:?}");
}

#[tokio::test]
async fn what_the_destination_switches_off_reaches_the_source() {
    let (salesforce, jira, accepted) = connected().await;
    jira.deactivate(accepted.id).await.unwrap();
    ends(jira.refresh(accepted.id)).await.unwrap();
    let there = status(&salesforce, accepted.id).await;
    assert!(!matches!(there, Status::Active { .. }), "it is {there:?}");
}
