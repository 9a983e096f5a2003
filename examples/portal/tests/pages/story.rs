//! The main story works at all.

use crate::support::{Side, story};

#[tokio::test]
async fn two_companies_connect() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let page = ann.get(&format!("/connections/{id}")).await;
    assert_eq!(page.connection_status(), "active");
}
