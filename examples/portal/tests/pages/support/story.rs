//! The main story, in as few words as a test needs.

use super::browser::{Browser, Page};

/// A wizard up to its connection information.
pub(crate) async fn to_information(browser: &Browser, url: Option<&str>, mode: &str) -> Page {
    let page = to_mode(browser, url).await;
    let page = browser.press(&page.form().with("mode", mode), "Next").await;
    assert_eq!(page.h1(), "Connection information", "{}", page.text());
    page
}

/// A wizard up to the choice of its mode.
pub(crate) async fn to_mode(browser: &Browser, url: Option<&str>) -> Page {
    let form = browser.get("/initiate").await.form();
    let form = match url {
        Some(url) => form.with("url", url),
        None => form.with("no-url", "yes"),
    };
    let page = browser.press(&form, "Next").await;
    assert_eq!(page.h1(), "Choose the configuration type", "{}", page.text());
    page
}

/// The whole wizard, in basic mode: the page with the invitation.
pub(crate) async fn initiate(browser: &Browser, url: Option<&str>) -> Page {
    let page = to_information(browser, url, "basic").await;
    let page = browser.press(&filled_in(&page), "Initiate").await;
    assert_eq!(page.h1(), "Invitation", "{}", page.text());
    page
}

/// The form with the connection information, with everything that is required.
#[track_caller]
pub(crate) fn filled_in(page: &Page) -> super::form::Form {
    let mut form = page.form();
    for (name, value) in [("incoming-project", "SUP"), ("admin-access", "no")] {
        if form.fields.iter().any(|field| field.name == name) {
            form = form.with(name, value);
        }
    }
    form
}

/// The code on the page of an invitation.
#[track_caller]
pub(crate) fn code(page: &Page) -> String {
    page.by_id("code").text().trim().to_owned()
}

/// The id of the connection on the page of an invitation, or in the address of its own page.
#[track_caller]
pub(crate) fn connection(page: &Page) -> String {
    let address = |text: &str| {
        let id = text.strip_prefix("/connections/")?.split(['?', '/']).next()?;
        (!id.is_empty()).then(|| id.to_owned())
    };
    let mut links =
        page.main().named("a").into_iter().filter_map(|link| link.attribute("href")).filter_map(address);
    address(&page.path)
        .or_else(|| links.next_back())
        .unwrap_or_else(|| panic!("no connection on {}", page.path))
}

/// The preview of a code.
pub(crate) async fn preview(browser: &Browser, code: &str) -> Page {
    let form = browser.get("/accept").await.form().with("code", code);
    browser.press(&form, "Next").await
}

/// Accepts a code: what became of it.
pub(crate) async fn accept(browser: &Browser, code: &str) -> Page {
    let page = preview(browser, code).await;
    browser.press(&filled_in(&page), "Accept").await
}

/// Two admins with an active connection: its ids on both sides are the same.
pub(crate) async fn connect(source: &Browser, url: &str, destination: &Browser) -> String {
    let invitation = initiate(source, Some(url)).await;
    let page = accept(destination, &code(&invitation)).await;
    assert_eq!(page.connection_status(), "active", "{}", page.text());
    connection(&page)
}

/// Does what the page of a connection offers, and what it asks about first.
pub(crate) async fn act(browser: &Browser, id: &str, action: &str) -> Page {
    let page = browser.get(&format!("/connections/{id}")).await;
    let asked = page
        .main()
        .named("a")
        .into_iter()
        .any(|link| link.attribute("href") == Some(&format!("/connections/{id}/{action}")));
    let page = if asked { browser.get(&format!("/connections/{id}/{action}")).await } else { page };
    browser.press(&page.form_to(&format!("/{action}")), "").await
}
