//! Pages that are older than what they show, and answers that come late: nothing is done that nobody saw.

use std::future::pending;
use std::time::Duration;

use handclasp::{Instance, InstanceUid, InstanceUrl, KnownPlatform, ModeSet};
use handclasp_http::axum::Router;
use handclasp_http::axum::routing::post;
use handclasp_http::{MESSAGE_TYPE, Receiving, ServeOptions, serve};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::support::{Browser, Page, Side, encoded, signing_in, story};

/// The address of a destination that takes its time to say whose an admin pass is.
async fn slow_destination(whose: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let url = |path: &str| InstanceUrl::parse(&format!("{base}{path}")).unwrap();
    let instance = Instance::builder(InstanceUid::parse("slow-1").unwrap(), KnownPlatform::JiraCloud)
        .node_url(url("/node"))
        .tracker_url(url(""))
        .accept_page(url("/accept"))
        .licences(ModeSet::ALL)
        .build()
        .unwrap();
    let check = move || async move {
        // Longer than a page waits for it.
        sleep(Duration::from_secs(3)).await;
        ([("content-type", MESSAGE_TYPE)], whose)
    };
    let router = Router::new()
        .route("/admin-pass/check", post(check))
        .merge(Receiving::new(&instance, |_| async { None }).into_router());
    tokio::spawn(serve(listener, router, ServeOptions::default(), pending()));
    base
}

/// Enters another destination in the wizard of a page, and chooses Visual mode again.
async fn enter_another(browser: &Browser, page: &Page, url: &str) -> Page {
    let first = browser.get(page.path.trim_end_matches("/information")).await;
    let modes = browser.press(&first.form().with("url", url), "Next").await;
    browser.press(&modes.form().with("mode", "visual"), "Next").await
}

#[tokio::test]
async fn who_is_an_admin_of_one_destination_is_none_of_another() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let slow = slow_destination("boss").await;
    let page = story::to_information(&ann, Some(&slow), "visual").await;
    let waiting = ann.click(&page.form().with("admin-pass", "aaaa-bbbb-cccc"), "Verify").await;
    assert_eq!(waiting.h1(), "Under way");
    enter_another(&ann, &page, globex.address()).await;
    let page = ann.arrive(waiting).await;
    assert_eq!(page.h1(), "Connection information");
    assert!(!page.text().contains("Verified"), "{}", page.text());
}

#[tokio::test]
async fn what_one_destination_says_of_a_pass_does_not_stand_at_another() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let slow = slow_destination("").await;
    let page = story::to_information(&ann, Some(&slow), "visual").await;
    let page = ann.press(&page.form().with("admin-pass", "aaaa-bbbb-cccc"), "Verify").await;
    assert!(page.error("admin-pass").contains("does not know this pass"), "{}", page.text());
    let page = enter_another(&ann, &page, globex.address()).await;
    assert!(!page.text().contains("does not know this pass"), "{}", page.text());
}

#[tokio::test]
async fn a_wizard_that_was_discarded_does_not_come_back() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let slow = slow_destination("").await;
    let page = story::to_information(&ann, Some(&slow), "visual").await;
    let list = ann.get("/connections").await;
    let waiting = ann.click(&page.form().with("admin-pass", "aaaa-bbbb-cccc"), "Verify").await;
    assert_eq!(waiting.h1(), "Under way");
    ann.press(&list.form_to("/discard"), "").await;
    ann.arrive(waiting).await;
    let list = ann.get("/connections").await;
    assert!(!list.text().contains("Not finished"), "{}", list.text());
}

#[tokio::test]
async fn what_is_wrong_with_a_pass_is_said_above_the_form_too() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let slow = slow_destination("").await;
    let page = story::to_information(&ann, Some(&slow), "visual").await;
    let page = ann.press(&page.form().with("admin-pass", "aaaa-bbbb-cccc"), "Verify").await;
    assert!(page.notices().iter().any(|words| words.contains("does not know this pass")), "{}", page.text());
}

#[tokio::test]
async fn nobody_initiates_in_another_mode_than_the_page_shows() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let page = story::to_information(&ann, Some(globex.address()), "basic").await;
    let amys = story::filled_in(&amy.get(&page.path).await).with("connection-name", "Amy's");
    let modes = ann.press(&story::filled_in(&page).with("connection-name", "Amy's"), "Previous").await;
    ann.press(&modes.form().with("mode", "script"), "Next").await;
    let page = amy.press(&amys, "Initiate").await;
    assert_eq!((page.status, page.h1().as_str()), (409, "Connection information"), "{}", page.text());
    assert!(page.text().contains("Configuration type: Script"), "{}", page.text());
    assert_eq!(page.form().value("connection-name"), "Amy's");
    // Now it shows what would be done.
    let page = amy.press(&page.form(), "Initiate").await;
    assert_eq!(page.h1(), "Invitation", "{}", page.text());
}

#[tokio::test]
async fn nobody_initiates_with_another_destination_than_the_page_shows() {
    let (acme, globex, initech) =
        (Side::open("Acme").await, Side::open("Globex").await, Side::open("Initech").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let page = story::to_information(&ann, Some(globex.address()), "script").await;
    let named = |page: &Page| {
        let form = story::filled_in(page).with("connection-name", "Escalations");
        form.with("source-short-name", "Here").with("destination-short-name", "There")
    };
    let modes = ann.press(&named(&page), "Previous").await;
    let page = ann.press(&modes.form(), "Next").await;
    let amys = named(&amy.get(&page.path).await);
    let first = ann.get(page.path.trim_end_matches("/information")).await;
    let modes = ann.press(&first.form().with("url", initech.address()), "Next").await;
    ann.press(&modes.form().with("mode", "script"), "Next").await;
    let page = amy.press(&amys, "Initiate").await;
    assert_eq!((page.status, page.h1().as_str()), (409, "Connection information"), "{}", page.text());
}

#[tokio::test]
async fn the_new_address_that_is_confirmed_is_the_one_that_was_looked_at() {
    let (acme, mut globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let mut moves = async || {
        globex.stop().await;
        globex.config.listen.set_port(crate::support::free_port());
        globex.start().await;
        let address = format!("http://{}", globex.config.listen);
        let bob = Browser::new(&InstanceUrl::parse(&address).unwrap(), None);
        bob.press(&signing_in(&bob.get("/").await), "Sign in").await;
        story::act(&bob, &id, "refresh").await;
        address
    };
    let first = moves().await;
    let page = ann.get(&format!("/connections/{id}/confirm-move")).await;
    assert!(page.text().contains(&first), "{}", page.text());
    let second = moves().await;
    let page = ann.press(&page.form(), "").await;
    assert_eq!(page.status, 409, "{}", page.text());
    assert!(page.text().contains(&second), "{}", page.text());
    assert!(page.notices().iter().any(|words| words.contains("another address")), "{:?}", page.notices());
    let page = ann.press(&page.form(), "").await;
    assert!(page.notices().iter().any(|words| words.contains("was confirmed")), "{:?}", page.notices());
}

#[tokio::test]
async fn where_nobody_has_moved_nothing_is_confirmed() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let page = ann.get(&format!("/connections/{id}/confirm-move")).await;
    let page = ann.press(&page.form(), "").await;
    assert!(page.notices()[0].contains("does not say that it has moved"), "{:?}", page.notices());
}

#[tokio::test]
async fn a_browser_that_goes_away_leaves_no_code_half_issued() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for round in 0..40_u64 {
        let id = story::connection(&story::initiate(&ann, None).await);
        let page = ann.get(&format!("/connections/{id}/reissue")).await;
        let (action, pairs) = page.form().press("");
        let body = encoded(&pairs);
        let head = format!(
            "POST {action} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\nsec-fetch-site: same-origin\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
            ann.cookies(),
            body.len()
        );
        let mut stream = TcpStream::connect(acme.config.listen).await.unwrap();
        stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
        // Sooner or later, so that it goes away at different moments of the work.
        sleep(Duration::from_micros(500 + round * 400)).await;
        drop(stream);
        let whole = |page: &Page| {
            page.connection_status() == "pending" || page.text().contains("See the one that took its place")
        };
        let page = ann.until(&format!("/connections/{id}"), whole).await;
        let links = page.main().named("a").into_iter().filter_map(|link| link.attribute("href"));
        for link in links.filter(|link| link.starts_with("/connections/") && !link.contains(&id)) {
            assert_eq!(ann.get(link).await.status, 200, "round {round}: {link}");
        }
    }
}

#[tokio::test]
async fn a_new_code_that_was_issued_by_half_is_issued_by_another_try() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connection(&story::initiate(&ann, Some(globex.address())).await);
    // The page with the code is at the old one's address, and leads to the new one.
    let leads_to = |page: &Page| {
        let link = page.main().named("a")[0].attribute("href").unwrap().to_owned();
        link.strip_prefix("/connections/").unwrap().to_owned()
    };
    let new = leads_to(&story::act(&ann, &id, "reissue").await);
    // As if the program had ended before it was stored.
    let store = rusqlite::Connection::open(acme.file("connections.db")).unwrap();
    let gone = "DELETE FROM connections WHERE lower(hex(id)) = replace(?1, '-', '')";
    assert_eq!(store.execute(gone, [&new]).unwrap(), 1);
    let page = ann.get(&format!("/connections/{id}")).await;
    assert!(page.text().contains("The new code was never made"), "{}", page.text());
    let page = story::act(&ann, &id, "reissue").await;
    assert_eq!((page.h1().as_str(), leads_to(&page)), ("Invitation", new));
    assert_eq!(story::accept(&bob, &story::code(&page)).await.connection_status(), "active");
}
