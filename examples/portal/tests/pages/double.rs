//! Two clicks, two windows, two admins.

use tokio::task::JoinSet;

use crate::support::{Browser, Form, Page, Side, story};

/// Presses a button so often at once; the pages in the order in which they came.
async fn at_once(browser: &Browser, form: &Form, button: &'static str, times: usize) -> Vec<Page> {
    let mut clicks = JoinSet::new();
    for _ in 0..times {
        let (browser, form) = (browser.clone(), form.clone());
        clicks.spawn(async move { browser.press(&form, button).await });
    }
    let mut pages = Vec::new();
    while let Some(page) = clicks.join_next().await {
        pages.push(page.unwrap());
    }
    pages
}

/// How many connections there are that are not over.
async fn open_connections(browser: &Browser) -> usize {
    let page = browser.get("/connections").await;
    let rows: Vec<_> =
        page.root.all().into_iter().filter_map(|element| element.attribute("data-status")).collect();
    rows.iter().filter(|status| **status != "closed").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_on_initiate_gives_one_connection_and_the_last_page_a_code_that_works() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    for round in 1..=8 {
        let form = story::filled_in(&story::to_information(&ann, Some(globex.address()), "basic").await);
        let pages = at_once(&ann, &form, "Initiate", 2).await;
        for page in &pages {
            assert_eq!(page.h1(), "Invitation", "{}", page.text());
        }
        assert_eq!(open_connections(&ann).await, round);
        let page = story::accept(&bob, &story::code(pages.last().unwrap())).await;
        assert_eq!(page.connection_status(), "active", "round {round}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clicks_on_initiate_give_one_connection() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let form = story::filled_in(&story::to_information(&ann, Some(globex.address()), "basic").await);
    let pages = at_once(&ann, &form, "Initiate", 8).await;
    assert_eq!(open_connections(&ann).await, 1);
    let page = story::accept(&bob, &story::code(pages.last().unwrap())).await;
    assert_eq!(page.connection_status(), "active", "{}", page.text());
}

#[tokio::test]
async fn sending_the_form_again_later_issues_a_code_that_works_in_the_place_of_the_first() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let form = story::filled_in(&story::to_information(&ann, Some(globex.address()), "basic").await);
    let first = story::code(&ann.press(&form, "Initiate").await);
    let page = ann.press(&form, "Initiate").await;
    assert!(page.text().contains("no longer works"), "{}", page.text());
    let second = story::code(&page);
    assert_ne!(first, second);
    assert_eq!(story::accept(&bob, &first).await.connection_status(), "closed");
    assert_eq!(story::accept(&bob, &second).await.connection_status(), "active");
    assert_eq!(open_connections(&ann).await, 1);
}

#[tokio::test]
async fn sending_another_form_later_shows_what_exists() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let form = story::filled_in(&story::to_information(&ann, Some(globex.address()), "basic").await);
    let code = story::code(&ann.press(&form, "Initiate").await);
    let back = ann.get(&form.action).await;
    let page = ann.press(&back.form().with("connection-name", "Another name"), "Initiate").await;
    assert_eq!(page.connection_status(), "pending", "{}", page.text());
    assert!(page.notices().iter().any(|words| words.contains("before")), "{:?}", page.notices());
    assert!(!page.text().contains("clasp1_"));
    // The code that was sent is as good as it was.
    assert_eq!(story::accept(&bob, &code).await.connection_status(), "active");
}

#[tokio::test]
async fn sending_the_form_again_after_somebody_accepted_shows_the_connection() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let form = story::filled_in(&story::to_information(&ann, Some(globex.address()), "basic").await);
    let code = story::code(&ann.press(&form, "Initiate").await);
    story::accept(&bob, &code).await;
    let page = ann.press(&form, "Initiate").await;
    assert_eq!(page.connection_status(), "active", "{}", page.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_on_accept_gives_one_answer_and_one_record() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    for round in 1..=5 {
        let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
        let form = story::filled_in(&story::preview(&bob, &code).await);
        for page in at_once(&bob, &form, "Accept", 3).await {
            assert_eq!(page.connection_status(), "active", "{}", page.text());
        }
        assert_eq!((open_connections(&bob).await, open_connections(&ann).await), (round, round));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accept_and_decline_at_once_have_one_answer() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    for _ in 0..5 {
        let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
        let page = story::preview(&bob, &code).await;
        let accept = story::filled_in(&page);
        let decline = bob.press(&accept, "Decline").await.form();
        let (one, other) = tokio::join!(bob.press(&accept, "Accept"), bob.press(&decline, "Decline"));
        let id = story::connection(&one);
        assert_eq!(story::connection(&other), id);
        let bobs = bob.get(&format!("/connections/{id}")).await.connection_status();
        let anns =
            ann.until(&format!("/connections/{id}"), |page| page.connection_status() != "pending").await;
        assert_eq!(anns.connection_status(), bobs);
    }
}

#[tokio::test]
async fn two_admins_in_one_wizard_see_what_the_other_one_typed_and_lose_nothing() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let page = story::to_information(&ann, Some(globex.address()), "basic").await;
    let (anns, amys) = (story::filled_in(&page), story::filled_in(&amy.get(&page.path).await));
    // Both have the page open. Ann goes back to the modes, and so saves what she typed.
    ann.press(&anns.with("connection-name", "Ann's").with("description", "By Ann"), "Previous").await;
    let page =
        amy.press(&amys.with("connection-name", "Amy's").with("description", "By Amy"), "Initiate").await;
    assert_eq!((page.status, page.h1().as_str()), (409, "Connection information"), "{}", page.text());
    assert!(page.notices()[0].contains("another window"), "{:?}", page.notices());
    let theirs = page.form();
    assert_eq!((theirs.value("connection-name"), theirs.value("description")), ("Amy's", "By Amy"));
    assert_eq!(theirs.value("incoming-project"), "SUP");
    // Nothing of Ann's was overwritten.
    assert_eq!(ann.get(&theirs.action).await.form().value("connection-name"), "Ann's");
    // Amy insists.
    let page = amy.press(&theirs, "Initiate").await;
    assert_eq!(page.h1(), "Invitation", "{}", page.text());
    assert_eq!(amy.get("/connections").await.root.named("tbody")[0].named("a")[0].text(), "Amy's");
}

#[tokio::test]
async fn two_admins_who_enter_different_urls_are_told_and_lose_nothing() {
    let (acme, globex, initech) =
        (Side::open("Acme").await, Side::open("Globex").await, Side::open("Initech").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let page = ann.get("/initiate").await;
    let amys = amy.get(&page.path).await.form();
    ann.press(&page.form().with("url", globex.address()), "Next").await;
    let page = amy.press(&amys.with("url", initech.address()), "Next").await;
    assert_eq!((page.status, page.h1().as_str()), (409, "Initiate connection"), "{}", page.text());
    assert_eq!(page.form().value("url"), initech.address());
    assert_eq!(ann.get(&page.form().action).await.form().value("url"), globex.address());
    let page = amy.press(&page.form(), "Next").await;
    assert!(page.text().contains("initech-"), "{}", page.text());
}

#[tokio::test]
async fn two_admins_who_choose_different_modes_are_told() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let page = story::to_mode(&ann, Some(globex.address())).await;
    let amys = amy.get(&page.path).await.form();
    ann.press(&page.form().with("mode", "basic"), "Next").await;
    let page = amy.press(&amys.with("mode", "script"), "Next").await;
    assert_eq!((page.status, page.h1().as_str()), (409, "Choose the configuration type"));
    let chosen = page.by_id("mode-script");
    assert!(chosen.has("checked"), "what she chose is still chosen");
    let page = amy.press(&page.form(), "Next").await;
    assert!(page.text().contains("Configuration type: Script"), "{}", page.text());
}

#[tokio::test]
async fn two_admins_who_enter_the_same_are_not_in_each_others_way() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let page = ann.get("/initiate").await;
    let anns = page.form().with("url", globex.address());
    let amys = amy.get(&page.path).await.form().with("url", globex.address());
    let (one, other) = tokio::join!(ann.press(&anns, "Next"), amy.press(&amys, "Next"));
    assert_eq!([one.h1(), other.h1()], ["Choose the configuration type"; 2]);
    let (anns, amys) = (one.form().with("mode", "basic"), other.form().with("mode", "basic"));
    let (one, other) = tokio::join!(ann.press(&anns, "Next"), amy.press(&amys, "Next"));
    assert_eq!([one.h1(), other.h1()], ["Connection information"; 2]);
}
