//! A host that removes a record while its message is on the way.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/nodes.rs"]
mod support;

use handclasp::{
    Accepted, ConnectionStore, InProcess, InProcessError, Instance, InstanceUrl, KnownPlatform, ListQuery,
    MemoryStore, RetryReason, Transport,
};
use pollster::block_on;
use support::{World, accept, bearer_invitation, instance};

/// Empties the store before each reply comes back.
struct Emptying {
    network: InProcess,
    store: MemoryStore,
}

impl Transport for Emptying {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
        self.network.discover(url).await
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, InProcessError> {
        let reply = self.network.exchange(to, message).await?;
        let Ok(page) = self.store.list(&ListQuery::default()).await;
        for stored in page.items {
            self.store.remove(stored.connection.id(), stored.revision).await.unwrap();
        }
        Ok(reply)
    }
}

#[test]
fn a_reply_for_a_record_that_is_gone_is_not_taken_for_success() {
    block_on(async {
        let world = World::new();
        let source = world.node("salesforce", KnownPlatform::Salesforce);
        let (_, code) = bearer_invitation(&source).await;
        let store = MemoryStore::new();
        let transport = Emptying { network: world.network.clone(), store: store.clone() };
        let destination =
            world.builder(instance("jira", KnownPlatform::JiraCloud), store.clone(), transport).build();
        let Accepted::Retry { retry, .. } = accept(&destination, &code).await else {
            panic!("nothing is stored, so nothing is active")
        };
        assert!(matches!(retry.why, RetryReason::Missing));
        assert!(store.is_empty());
    });
}
