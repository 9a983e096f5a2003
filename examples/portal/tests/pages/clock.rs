//! Clocks that differ by more than anybody's patience.

use std::time::Duration;

use handclasp::Validity;

use crate::support::{Side, story};

const HOUR: i64 = 3600;

#[tokio::test]
async fn companies_whose_clocks_differ_by_an_hour_connect_and_go_on() {
    for (source, destination) in [(HOUR, 0), (-HOUR, 0), (0, HOUR), (0, -HOUR), (HOUR, -HOUR)] {
        let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
        acme.clock.shift(source);
        globex.clock.shift(destination);
        let (ann, bob) = (acme.admin().await, globex.admin().await);
        let id = story::connect(&ann, globex.address(), &bob).await;
        for browser in [&ann, &bob] {
            let page = browser.get(&format!("/connections/{id}")).await;
            assert_eq!(page.connection_status(), "active", "{source} {destination}: {}", page.text());
            assert_eq!(browser.get("/connections").await.status, 200);
        }
        story::act(&bob, &id, "deactivate").await;
        assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), "deactivated");
        story::act(&bob, &id, "activate").await;
        assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), "active");
        story::act(&ann, &id, "remove").await;
        assert_eq!(bob.get(&format!("/connections/{id}")).await.connection_status(), "closed");
    }
}

#[tokio::test]
async fn a_code_that_only_this_sides_clock_calls_expired_is_accepted_all_the_same() {
    let short = Validity::new(Duration::from_secs(1800)).unwrap();
    let (acme, globex) =
        (Side::open_with("Acme", |config| config.validity = short).await, Side::open("Globex").await);
    globex.clock.shift(HOUR);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let page = story::preview(&bob, &code).await;
    assert!(page.notices().iter().any(|words| words.contains("clock")), "{:?}", page.notices());
    assert_eq!(story::accept(&bob, &code).await.connection_status(), "active");
}

#[tokio::test]
async fn a_code_that_has_expired_is_refused_by_who_issued_it_and_issued_anew_on_their_page() {
    let short = Validity::new(Duration::from_secs(1800)).unwrap();
    let (acme, globex) =
        (Side::open_with("Acme", |config| config.validity = short).await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let invitation = story::initiate(&ann, Some(globex.address())).await;
    acme.clock.shift(HOUR);
    // Before and after somebody tried.
    let id = story::connection(&invitation);
    assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), "expired");
    let page = story::accept(&bob, &story::code(&invitation)).await;
    assert_eq!(page.connection_status(), "closed", "{}", page.text());
    let page = story::act(&ann, &id, "reissue").await;
    assert_eq!(page.h1(), "Invitation", "{}", page.text());
    assert_eq!(story::accept(&bob, &story::code(&page)).await.connection_status(), "active");
}
