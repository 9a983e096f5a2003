//! All pages of a company with data: that they are whole, and that what people typed is text on them.

use std::collections::BTreeSet;

use handclasp::Approval;

use crate::support::{Browser, Page, Side, story};

const HOSTILE: &str = "<script>alert(1)</script> \"'&amp; <!-- ]]> \u{202f}é";

/// A company with a connection of each kind, and what was typed into its unfinished wizards; and the other sides.
async fn with_data() -> (Side, Browser, [Side; 2]) {
    let acme = Side::open_with("Acme <b>& \"Sons\"</b>", |config| config.approval = Approval::ByHand).await;
    let (globex, initech) = (Side::open("Globex").await, Side::open("Initech").await);
    let (ann, bob, eve) = (acme.admin().await, globex.admin().await, initech.admin().await);
    // Pending, twice; one of them over.
    let id = story::connection(&story::initiate(&ann, Some(globex.address())).await);
    story::act(&ann, &id, "revoke").await;
    story::initiate(&ann, None).await;
    // One that waits for approval, one that was approved and is switched off.
    for approved in [false, true] {
        let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
        let id = story::connection(&story::accept(&bob, &code).await);
        if approved {
            story::act(&ann, &id, "approve").await;
            story::act(&ann, &id, "deactivate").await;
        }
    }
    // One that this side has accepted, and one that it has declined.
    story::connect(&eve, acme.address(), &ann).await;
    let code = story::code(&story::initiate(&eve, Some(acme.address())).await);
    let page = ann.press(&story::preview(&ann, &code).await.form(), "Decline").await;
    ann.press(&page.form(), "Decline").await;
    // Wizards at each screen.
    let form = ann.get("/initiate").await.form().with("url", HOSTILE);
    ann.press(&form, "").await;
    story::to_mode(&ann, Some(globex.address())).await;
    for mode in ["basic", "visual", "script"] {
        story::to_information(&ann, Some(globex.address()), mode).await;
    }
    (acme, ann, [globex, initech])
}

/// Where the links of a page lead that stay on these pages.
fn links(page: &Page) -> BTreeSet<String> {
    let attributes = page.root.all().into_iter().flat_map(|element| {
        ["href", "src", "data-state-url"].into_iter().filter_map(|name| element.attribute(name))
    });
    attributes.filter(|to| to.starts_with('/')).map(str::to_owned).collect()
}

/// All pages that can be reached by links, and each form that was seen on them.
async fn crawl(browser: &Browser) -> (Vec<Page>, BTreeSet<String>) {
    let mut waiting = vec!["/".to_owned()];
    let mut seen = BTreeSet::new();
    let (mut pages, mut posted) = (Vec::new(), BTreeSet::new());
    while let Some(path) = waiting.pop() {
        // Each new wizard has an address of its own.
        if !seen.insert(path.clone()) || pages.len() > 300 {
            continue;
        }
        if path.ends_with("/state") || path.contains('.') {
            assert_eq!(browser.send(&browser.request("GET", &path)).await.status, 200, "{path}");
            continue;
        }
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        waiting.extend(links(&page));
        for form in page.forms() {
            posted.insert(form.action.clone());
            posted.extend(form.buttons.iter().filter_map(|button| button.action.clone()));
        }
        pages.push(page);
    }
    (pages, posted)
}

#[track_caller]
fn assert_whole(page: &Page) {
    let path = &page.path;
    let all = page.root.all();
    let mut ids = BTreeSet::new();
    for id in all.iter().filter_map(|element| element.attribute("id")) {
        assert!(ids.insert(id), "{path}: two elements are {id}");
    }
    for element in &all {
        for name in ["for", "aria-labelledby", "aria-describedby", "data-copy", "data-copied"] {
            for id in element.attribute(name).iter().flat_map(|ids| ids.split(' ')) {
                assert!(ids.contains(id), "{path}: {name} names {id}, which is not there");
            }
        }
        if let Some(id) = element.attribute("href").and_then(|to| to.strip_prefix('#')) {
            assert!(ids.contains(id), "{path}: a link to {id}, which is not there");
        }
        for name in ["style", "onclick", "onload", "onsubmit"] {
            assert!(!element.has(name), "{path}: {element:?}");
        }
        let is_heard = element.attribute("aria-hidden") != Some("true");
        if is_heard && (element.is("a") || element.is("button")) {
            assert!(!element.text().trim().is_empty(), "{path}: {element:?} says nothing");
        }
        if element.attribute("target") == Some("_blank") {
            assert!(
                element.attribute("rel").is_some_and(|rel| rel.contains("noreferrer")),
                "{path}: {element:?}"
            );
        }
        if element.is("th") {
            assert!(element.has("scope"), "{path}: {element:?}");
        }
        let is_field =
            (element.is("input") && element.attribute("type") != Some("hidden")) || element.is("textarea");
        if is_field {
            let id = element.attribute("id").unwrap_or_else(|| panic!("{path}: {element:?} has no id"));
            let labelled = all.iter().any(|label| label.is("label") && label.attribute("for") == Some(id));
            assert!(labelled, "{path}: {id} has no label");
        }
    }
    assert_eq!(page.root.attribute("lang"), Some("en"), "{path}");
    assert_ne!(page.h1().trim(), "", "{path}");
    for name in ["title", "main"] {
        let found = page.root.named(name);
        assert!(found.len() == 1 && !found[0].text().trim().is_empty(), "{path}: {name}");
    }
    // Headings go down one step at a time.
    let levels = all.iter().filter_map(|element| element.name.strip_prefix('h')?.parse::<u8>().ok());
    levels.fold(0, |before, level| {
        assert!(level <= before + 1, "{path}: a heading of level {level} below {before}");
        level
    });
    assert_eq!(page.root.named("script").len(), 1, "{path}: the script in the head");
    assert!(page.root.named("style").is_empty() && page.root.named("b").is_empty(), "{path}");
}

#[tokio::test]
async fn every_link_leads_to_a_whole_page_and_every_form_to_an_address_that_takes_it() {
    let (_acme, ann, _others) = with_data().await;
    let (pages, posted) = crawl(&ann).await;
    assert!(pages.len() > 25, "{:#?}", pages.iter().map(|page| &page.path).collect::<Vec<_>>());
    for page in &pages {
        assert_whole(page);
    }
    for path in &posted {
        // Without a token, so nothing is done; but there is somebody to refuse it.
        let page = ann.post(path, &[("x", "y")]).await;
        assert_eq!(page.status, 403, "{path}");
    }
}

#[tokio::test]
async fn pages_that_no_link_leads_to_are_whole_too() {
    let (acme, ann, [globex, _]) = with_data().await;
    let nobody = acme.browser();
    let bob = globex.admin().await;
    assert_whole(&nobody.get("/").await);
    assert_whole(&nobody.get("/nothing").await);
    assert_whole(&nobody.post("/accept", &[("code", "x")]).await);
    assert_whole(&nobody.post("/sign-in", &[("name", HOSTILE)]).await);
    assert_whole(&ann.post("/accept", &[("code", "x")]).await);
    assert_whole(&story::preview(&ann, HOSTILE).await);
    let invitation = story::initiate(&ann, Some(globex.address())).await;
    assert_whole(&invitation);
    let preview = story::preview(&bob, &story::code(&invitation)).await;
    assert_whole(&preview);
    assert_whole(&bob.press(&preview.form(), "Decline").await);
    assert_whole(&bob.press(&preview.form().with("connection-name", ""), "Accept").await);
    assert_whole(&story::preview(&ann, &story::code(&invitation)).await);
    for mode in ["basic", "visual", "script"] {
        let page = story::to_information(&ann, Some(globex.address()), mode).await;
        let empty = page
            .form()
            .fields
            .iter()
            .filter(|field| field.name.ends_with("name"))
            .fold(page.form(), |form, field| form.with(&field.name, ""));
        let page = ann.press(&empty, "Initiate").await;
        assert!(!page.notices().is_empty(), "{mode}");
        assert_whole(&page);
    }
    let made = bob.press(&bob.get("/admin-pass").await.form(), "").await;
    assert_whole(&made);
}

#[tokio::test]
async fn a_wizard_that_is_not_finished_stays_in_the_list_however_many_were_finished_since() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    story::to_mode(&ann, None).await;
    let finished = "INSERT INTO wizards SELECT ?1, version,
        replace(state, '\"initiated\":false', '\"initiated\":true'), changed_at + 1 FROM wizards LIMIT 1";
    for number in 0..60 {
        assert_eq!(acme.desk().execute(finished, [format!("aaaaaaaaaaaaaaaaaaaa{number:02}")]).unwrap(), 1);
    }
    assert!(ann.get("/connections").await.text().contains("Not finished"));
}

#[tokio::test]
async fn what_people_type_is_text_wherever_it_is_shown() {
    let (acme, globex) = (Side::open("Acme <i>").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let typed = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;&#60;";
    let page = story::to_information(&ann, Some(globex.address()), "script").await;
    let form = story::filled_in(&page)
        .with("connection-name", typed)
        .with("description", &format!("\n{typed}\n\n{typed}"))
        .with("source-short-name", "<b>A</b>\"'&")
        .with("destination-short-name", "<b>B</b>\"'&")
        .with("incoming-project", "<PROJ>\"&");
    let back = ann.press(&form, "Previous").await;
    assert_whole(&back);
    let page = ann.get(&page.path).await;
    assert_whole(&page);
    for name in ["connection-name", "description", "source-short-name", "incoming-project"] {
        assert_eq!(page.form().value(name), form.value(name));
    }
    let invitation = ann.press(&page.form(), "Initiate").await;
    let preview = story::preview(&bob, &story::code(&invitation)).await;
    assert_whole(&preview);
    let accepted = bob.press(&story::filled_in(&preview), "Accept").await;
    assert_eq!(accepted.connection_status(), "active", "{}", accepted.text());
    for browser in [&ann, &bob] {
        for path in ["/connections".to_owned(), accepted.path.clone()] {
            let page = browser.get(&path).await;
            assert_whole(&page);
            assert!(page.text().contains("<b>A</b>\"'&"), "{path}: {}", page.text());
        }
    }
    let page = ann.get(&accepted.path).await;
    assert_eq!(page.h1(), typed);
    assert_eq!(page.root.named("title")[0].text(), format!("{typed} · Acme <i>"));
}

#[tokio::test]
async fn sixty_connections_are_filtered_and_paged_and_none_is_lost() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = story::to_information(&ann, None, "basic").await;
    // One wizard for each is what people do; one form, sent to sixty wizards, is faster.
    let mut ids = BTreeSet::new();
    for number in 0..60 {
        let page = if number == 0 {
            ann.get(&page.path).await
        } else {
            story::to_information(&ann, None, "basic").await
        };
        let form = story::filled_in(&page).with("connection-name", &format!("Connection {number}"));
        let id = story::connection(&ann.press(&form, "Initiate").await);
        if number % 3 == 0 {
            story::act(&ann, &id, "revoke").await;
        }
        assert!(ids.insert(id));
    }
    for (query, expected) in [("", 60), ("?phase=pending", 40), ("?phase=closed", 20), ("?phase=active", 0)] {
        let mut path = format!("/connections{query}");
        let mut found = Vec::new();
        loop {
            let page = ann.get(&path).await;
            let rows: Vec<_> = page
                .root
                .all()
                .into_iter()
                .filter_map(|element| element.attribute("data-id"))
                .map(str::to_owned)
                .collect();
            assert!(rows.len() <= 20);
            found.extend(rows);
            let older = page.main().named("a").into_iter().find(|link| link.text() == "Older");
            match older.and_then(|link| link.attribute("href")) {
                Some(next) => path = next.to_owned(),
                None => break,
            }
        }
        let different: BTreeSet<_> = found.iter().cloned().collect();
        assert_eq!((found.len(), different.len()), (expected, expected), "{query}");
        assert!(different.is_subset(&ids));
    }
    let last = ann.get("/connections?phase=pending").await;
    let chosen: Vec<_> = last
        .root
        .all()
        .into_iter()
        .filter(|element| element.attribute("aria-current") == Some("true"))
        .collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0].text(), "Pending");
    // The newest come first.
    let first = ann.get("/connections").await;
    assert_eq!(first.root.named("tbody")[0].named("a")[0].text(), "Connection 59");
}

#[tokio::test]
async fn an_empty_list_says_what_to_do() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = ann.get("/connections").await;
    let text = page.text();
    assert!(text.contains("No connections yet") && text.contains("initiate a connection"), "{text}");
    let page = ann.get("/connections?phase=active").await;
    assert!(page.text().contains("There are no such connections"), "{}", page.text());
}
