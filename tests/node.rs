//! The façade over a store in memory and a network within the program: the straight path.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use handclasp::{
    Accepted, ConnectionMode, InProcess, Instance, InstanceUid, InstanceUrl, KnownPlatform, ListQuery,
    MemoryStore, ModeSet, Node, Status,
};

fn instance(uid: &str, platform: KnownPlatform) -> Instance {
    Instance::builder(InstanceUid::parse(uid).unwrap(), platform)
        .node_url(InstanceUrl::parse(&format!("https://{uid}.example.com")).unwrap())
        .licences(ModeSet::ALL)
        .build()
        .unwrap()
}

fn node(network: &InProcess, uid: &str, platform: KnownPlatform) -> Node<MemoryStore, InProcess> {
    let node = Node::builder(instance(uid, platform), MemoryStore::new(), network.clone()).build();
    node.attach_to(network);
    node
}

#[test]
fn from_the_url_to_two_active_sides() {
    pollster::block_on(async {
        let network = InProcess::new();
        let salesforce = node(&network, "salesforce", KnownPlatform::Salesforce);
        let jira = node(&network, "jira", KnownPlatform::JiraCloud);
        let wizard = salesforce.start("jira.example.com").await.unwrap();
        let wizard = wizard.choose_mode(ConnectionMode::Script).unwrap();
        let form = wizard.form();
        let wizard = salesforce.initiate(wizard.fill(form).unwrap()).unwrap();
        let submitted = salesforce.submit(&wizard).await.unwrap();
        let preview = jira.preview(submitted.hand_over.code().unwrap().expose()).await.unwrap();
        let mut form = preview.form();
        form.incoming_project = "SUPPORT".to_owned();
        let accepted = jira.accept(&preview, &form).await.unwrap();
        assert!(matches!(accepted, Accepted::Active(_)), "{accepted:?}");
        let source = salesforce.get(wizard.id()).await.unwrap().unwrap();
        assert_eq!(source.status, Status::Active { confirmed: true });
        assert_eq!(source.comparison, accepted.connection().comparison);
        let page = jira.list(&ListQuery::newest_first()).await.unwrap();
        assert_eq!(page.items, [accepted.connection().clone()]);
    });
}
