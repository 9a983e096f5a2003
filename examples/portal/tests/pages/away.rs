//! The other company is not there, or answers nothing, at each step.

use std::time::Duration;

use handclasp::{Approval, InstanceUrl};
use handclasp_http::ClientLimits;
use tokio::net::TcpListener;

use crate::support::{Browser, Page, Side, story};

/// Says that the other side could not be told yet, without having lost the decision.
#[track_caller]
fn assert_not_told(page: &Page) {
    let notices = page.notices();
    assert!(notices.iter().any(|words| words.contains("could not be told yet")), "{notices:?}");
}

/// Refreshes a connection, and expects that it comes to this.
async fn heals(browser: &Browser, id: &str, status: &str) {
    let page = browser.get(&format!("/connections/{id}")).await;
    // The worker may have been faster.
    if page.connection_status() != status {
        let page = browser.press(&page.form_to("/refresh"), "").await;
        assert_eq!(page.connection_status(), status, "{}", page.text());
    }
}

/// Time passes until the worker asks again, by itself: the program looks through its store when it starts.
async fn hours_pass(side: &mut Side, hours: i64) {
    side.clock.shift(hours * 3600);
    side.restart().await;
}

#[tokio::test]
async fn a_destination_that_is_away_is_told_beside_the_field_and_found_when_it_is_back() {
    let (acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    globex.stop().await;
    let form = ann.get("/initiate").await.form().with("url", globex.address());
    let page = ann.press(&form, "Next").await;
    assert!(page.error("url").contains("cannot be reached"), "{}", page.error("url"));
    assert_eq!(page.form().value("url"), globex.address());
    globex.start().await;
    let page = ann.press(&page.form(), "Next").await;
    assert_eq!(page.h1(), "Choose the configuration type");
}

#[tokio::test]
async fn an_invitation_is_accepted_while_its_source_is_away_and_confirmed_when_it_is_back() {
    let (mut acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    acme.stop().await;
    let page = story::accept(&bob, &code).await;
    assert_eq!(page.connection_status(), "accepting", "{}", page.text());
    assert!(page.notices()[0].contains("nothing is lost"), "{:?}", page.notices());
    let id = story::connection(&page);
    acme.start().await;
    heals(&bob, &id, "active").await;
    assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), "active");
}

#[tokio::test]
async fn the_worker_confirms_without_anybody_at_the_pages() {
    let (mut acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    acme.stop().await;
    let id = story::connection(&story::accept(&bob, &code).await);
    acme.start().await;
    hours_pass(&mut globex, 1).await;
    ann.until(&format!("/connections/{id}"), |page| page.connection_status() == "active").await;
    bob.until(&format!("/connections/{id}"), |page| page.connection_status() == "active").await;
}

#[tokio::test]
async fn an_invitation_is_declined_while_its_source_is_away_which_learns_it_later() {
    let (mut acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    acme.stop().await;
    let page = bob.press(&story::preview(&bob, &code).await.form(), "Decline").await;
    let page = bob.press(&page.form(), "Decline").await;
    assert_eq!(page.connection_status(), "closed", "{}", page.text());
    let id = story::connection(&page);
    acme.start().await;
    hours_pass(&mut globex, 1).await;
    ann.until(&format!("/connections/{id}"), |page| page.connection_status() == "closed").await;
}

#[tokio::test]
async fn deactivating_activating_and_removing_while_the_other_side_is_away_reaches_it_later() {
    let (mut acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    for (hours, action, status) in
        [(1, "deactivate", "deactivated"), (2, "activate", "active"), (3, "remove", "closed")]
    {
        globex.stop().await;
        let page = story::act(&ann, &id, action).await;
        assert_eq!(page.connection_status(), status, "{}", page.text());
        assert_not_told(&page);
        globex.start().await;
        hours_pass(&mut acme, hours).await;
        bob.until(&format!("/connections/{id}"), |page| page.connection_status() == status).await;
    }
}

#[tokio::test]
async fn a_refresh_says_what_ails_the_other_side_until_it_is_back() {
    let (acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    globex.stop().await;
    let page = story::act(&ann, &id, "refresh").await;
    assert_eq!(page.connection_status(), "active");
    assert_not_told(&page);
    let list = ann.get("/connections").await;
    assert!(list.text().contains("No reply"), "{}", list.text());
    globex.start().await;
    let page = story::act(&ann, &id, "refresh").await;
    assert!(!page.text().contains("No reply"), "{}", page.text());
}

#[tokio::test]
async fn the_whole_list_is_refreshed_though_some_are_away() {
    let (acme, globex, mut initech) =
        (Side::open("Acme").await, Side::open("Globex").await, Side::open("Initech").await);
    let (ann, bob, eve) = (acme.admin().await, globex.admin().await, initech.admin().await);
    story::connect(&ann, globex.address(), &bob).await;
    story::connect(&ann, initech.address(), &eve).await;
    initech.stop().await;
    let page = ann.press(&ann.get("/connections").await.form_to("/connections/refresh"), "Refresh").await;
    assert_eq!(page.h1(), "Connections");
    assert_eq!(page.text().matches("No reply").count(), 1, "{}", page.text());
}

#[tokio::test]
async fn an_approval_while_the_other_side_is_away_reaches_it_later() {
    let (acme, mut globex) = (
        Side::open_with("Acme", |config| config.approval = Approval::ByHand).await,
        Side::open("Globex").await,
    );
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    for (action, status) in [("approve", "active"), ("decline", "closed")] {
        let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
        let page = story::accept(&bob, &code).await;
        assert_eq!(page.connection_status(), "accepting", "{}", page.text());
        let id = story::connection(&page);
        assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), "awaiting-approval");
        globex.stop().await;
        story::act(&ann, &id, action).await;
        globex.start().await;
        heals(&bob, &id, status).await;
        assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), status);
    }
}

#[tokio::test]
async fn an_acceptance_can_be_cancelled_while_the_source_is_away() {
    let (mut acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    acme.stop().await;
    let id = story::connection(&story::accept(&bob, &code).await);
    let page = story::act(&bob, &id, "cancel").await;
    assert_eq!(page.connection_status(), "closed", "{}", page.text());
    acme.start().await;
    let page = ann.until(&format!("/connections/{id}"), |page| page.connection_status() != "active").await;
    assert!(["pending", "closed"].contains(&page.connection_status().as_str()));
}

#[tokio::test]
async fn an_admin_pass_that_cannot_be_checked_is_told_beside_the_field() {
    let (acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let page = story::to_information(&ann, Some(globex.address()), "visual").await;
    globex.stop().await;
    let form = page.form().with("admin-pass", "aaaa-bbbb-cccc").with("connection-name", "Kept");
    let page = ann.press(&form, "Verify").await;
    assert!(page.error("admin-pass").contains("could not be asked"), "{}", page.error("admin-pass"));
    assert_eq!(page.form().value("connection-name"), "Kept");
    globex.start().await;
    let made = bob.press(&bob.get("/admin-pass").await.form(), "").await;
    let pass = made.by_id("pass").attribute("value").unwrap().to_owned();
    let page = ann.press(&page.form().with("admin-pass", &pass), "Verify").await;
    assert!(page.text().contains("Verified: admin"), "{}", page.text());
    // It was good for one use.
    let again = story::to_information(&ann, Some(globex.address()), "visual").await;
    let again = ann.press(&again.form().with("admin-pass", &pass), "Verify").await;
    assert!(again.error("admin-pass").contains("does not know this pass"), "{}", again.text());
    let page = ann.press(&story::filled_in(&page), "Initiate").await;
    assert_eq!(page.h1(), "Invitation", "{}", page.text());
}

/// An address where everybody is let in, and nobody is answered.
async fn silent() -> (TcpListener, InstanceUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = InstanceUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, url)
}

#[tokio::test]
async fn a_destination_that_never_answers_holds_nobody_up_and_is_told_in_the_end() {
    let acme = Side::open_with("Acme", |config| {
        config.limits = ClientLimits::default().whole(Duration::from_secs(3));
    })
    .await;
    let ann = acme.admin().await;
    let (_listener, url) = silent().await;
    let form = ann.get("/initiate").await.form().with("url", url.as_str());
    let page = ann.click(&form, "Next").await;
    assert_eq!(page.h1(), "Under way");
    // One can leave, and come back, and begin something else.
    assert_eq!(ann.get("/connections").await.status, 200);
    assert_eq!(ann.get(&form.action).await.form().value("url"), url.as_str());
    story::initiate(&ann, None).await;
    let page = ann.arrive(page).await;
    assert!(page.error("url").contains("did not answer in time"), "{}", page.text());
    assert_eq!(page.form().value("url"), url.as_str());
}

#[tokio::test]
async fn whoever_enters_another_url_meanwhile_gets_that_one() {
    let (acme, globex) = (
        Side::open_with("Acme", |config| {
            config.limits = ClientLimits::default().whole(Duration::from_secs(3));
        })
        .await,
        Side::open("Globex").await,
    );
    let ann = acme.admin().await;
    let (_listener, url) = silent().await;
    let form = ann.get("/initiate").await.form().with("url", url.as_str());
    let slow = ann.click(&form, "Next").await;
    assert_eq!(slow.h1(), "Under way");
    let page = ann.get(&form.action).await;
    let page = ann.press(&page.form().with("url", globex.address()), "Next").await;
    assert_eq!(page.h1(), "Choose the configuration type", "{}", page.text());
    // The first call's end changes nothing any more.
    assert_eq!(ann.arrive(slow).await.h1(), "Choose the configuration type");
    assert_eq!(ann.get(&form.action).await.form().value("url"), globex.address());
}

#[tokio::test]
async fn a_source_that_never_answers_holds_up_neither_accepting_nor_the_list() {
    let (mut acme, globex) = (
        Side::open("Acme").await,
        Side::open_with("Globex", |config| {
            config.limits = ClientLimits::default().whole(Duration::from_secs(3));
        })
        .await,
    );
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    acme.stop().await;
    let silent = TcpListener::bind(acme.config.listen).await.unwrap();
    let form = story::filled_in(&story::preview(&bob, &code).await);
    let page = bob.click(&form, "Accept").await;
    assert_eq!(page.h1(), "Under way");
    assert_eq!(bob.get("/connections").await.status, 200);
    let page = bob.arrive(page).await;
    assert_eq!(page.connection_status(), "accepting", "{}", page.text());
    drop(silent);
    acme.start().await;
    heals(&bob, &story::connection(&page), "active").await;
}

#[tokio::test]
async fn a_call_whose_end_is_lost_with_the_program_says_so() {
    let mut acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (_listener, url) = silent().await;
    let form = ann.get("/initiate").await.form().with("url", url.as_str());
    let page = ann.click(&form, "Next").await;
    assert_eq!(page.h1(), "Under way");
    acme.restart().await;
    let lost = ann.get(&page.path).await;
    assert_eq!(lost.h1(), "Connections");
    assert!(lost.notices()[0].contains("no longer known"), "{:?}", lost.notices());
    assert_eq!(ann.get(&form.action).await.form().value("url"), url.as_str(), "what was typed is there");
}

#[tokio::test]
async fn the_wizard_survives_a_restart_at_each_of_its_screens() {
    let (mut acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let page = story::to_mode(&ann, Some(globex.address())).await;
    let first = page.path.trim_end_matches("/mode").to_owned();
    acme.restart().await;
    assert_eq!(ann.get(&first).await.form().value("url"), globex.address());
    let page = ann.press(&page.form().with("mode", "script"), "Next").await;
    assert_eq!(page.h1(), "Connection information", "{}", page.text());
    acme.restart().await;
    let typed = story::filled_in(&page).with("connection-name", "Before").with("description", "a\n\nb");
    let back = ann.press(&typed, "Previous").await;
    assert!(back.by_id("mode-script").has("checked"));
    acme.restart().await;
    let page = ann.get(&page.path).await;
    assert_eq!(
        (page.form().value("connection-name"), page.form().value("description")),
        ("Before", "a\n\nb")
    );
    // Whoever comes to the list finds it there, too.
    let list = ann.get("/connections").await;
    let unfinished: Vec<_> =
        list.main().named("a").into_iter().filter_map(|link| link.attribute("href")).collect();
    assert!(unfinished.contains(&page.path.as_str()), "{unfinished:?}");
    let invitation = ann.press(&page.form(), "Initiate").await;
    assert_eq!(invitation.h1(), "Invitation", "{}", invitation.text());
    acme.restart().await;
    let page = story::accept(&bob, &story::code(&invitation)).await;
    assert_eq!(page.connection_status(), "active");
}

#[tokio::test]
async fn the_accepting_side_may_restart_between_its_screens() {
    let (acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let form = bob.get("/accept").await.form().with("code", &code);
    globex.restart().await;
    let page = bob.press(&form, "").await;
    globex.restart().await;
    let page = bob.press(&story::filled_in(&page), "Accept").await;
    assert_eq!(page.connection_status(), "active", "{}", page.text());
    globex.restart().await;
    assert_eq!(bob.get(&page.path).await.connection_status(), "active");
}
