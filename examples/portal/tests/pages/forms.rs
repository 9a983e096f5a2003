//! Forms as no browser of an honest person sends them.

use crate::support::{Browser, Field, Kind, PASSWORD, Page, Side, encoded, story};

const MEGABYTE: usize = 1_000_000;

/// A page with each form that has fields to type into, by the address of the page.
async fn pages_with_forms(browser: &Browser, remote: &Browser, globex: &str) -> Vec<Page> {
    let connection = story::connect(browser, globex, remote).await;
    let code = story::code(&story::initiate(remote, None).await);
    vec![
        browser.get("/initiate").await,
        story::to_mode(browser, Some(globex)).await,
        story::to_information(browser, Some(globex), "basic").await,
        story::to_information(browser, Some(globex), "visual").await,
        browser.get("/accept").await,
        story::preview(browser, &code).await,
        browser.get(&format!("/connections/{connection}")).await,
        browser.browser_of_nobody().get("/sign-in").await,
    ]
}

#[tokio::test]
async fn a_megabyte_in_each_field_of_each_form_comes_back_with_all_that_was_typed() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let mut tried = 0;
    for page in pages_with_forms(&ann, &bob, globex.address()).await {
        let forms = page.root.named("main")[0].named("form").len();
        for form in page.forms().into_iter().filter(|form| form.action != "/sign-out").take(forms) {
            let is_typed =
                |field: &&Field| matches!(field.kind, Kind::Line | Kind::Lines) && field.name != "admin-pass";
            let typed: Vec<_> = form.fields.iter().filter(is_typed).collect();
            let button =
                if form.buttons.iter().any(|button| button.words == "Initiate") { "Initiate" } else { "" };
            // Whoever is not signed in has less room.
            let much = if form.action == "/sign-in" { 50_000 } else { MEGABYTE };
            for field in &typed {
                let long = "x".repeat(much);
                let filled = form.clone().with(&field.name, &long);
                let next = ann.press(&filled, button).await;
                let again = next.form_to(&form.action);
                assert_eq!(
                    again.value(&field.name).len(),
                    much,
                    "{} of {} at {}",
                    field.name,
                    form.action,
                    next.path
                );
                assert!(next.status < 500, "{}", next.status);
                for other in typed.iter().filter(|other| other.name != field.name) {
                    assert_eq!(again.value(&other.name), filled.value(&other.name), "{}", other.name);
                }
                assert!(
                    !next.error(&field.name).is_empty() || !next.notices().is_empty(),
                    "nothing is said about {} at {}: {}",
                    field.name,
                    next.path,
                    next.text().replace("xxxxxxxxxx", "")
                );
                assert_eq!(ann.get("/connections").await.status, 200);
                tried += 1;
            }
        }
    }
    assert!(tried > 18, "{tried}");
}

#[tokio::test]
async fn a_megabyte_in_all_fields_at_once_comes_back() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let mut form = story::to_information(&ann, Some(globex.address()), "basic").await.form();
    let names: Vec<_> = form
        .fields
        .iter()
        .filter(|field| matches!(field.kind, Kind::Line | Kind::Lines))
        .map(|field| field.name.clone())
        .collect();
    for name in &names {
        // Each of these is three characters on the way.
        form = form.with(name, &"é".repeat(MEGABYTE / 2));
    }
    let page = ann.press(&form, "Initiate").await;
    assert_eq!(page.h1(), "Connection information");
    for name in &names {
        assert_eq!(page.form().value(name).len(), MEGABYTE, "{name}");
        assert_ne!(page.error(name), "", "{name}");
    }
}

#[tokio::test]
async fn what_is_too_much_gets_a_page_and_the_next_request_is_answered() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let token = ann.get("/accept").await.form().value("form-token").to_owned();
    let body = encoded(&[("form-token", token.as_str()), ("code", &"x".repeat(25 * 1024 * 1024))]);
    for request in
        [ann.request("POST", "/accept").body(body.clone()), ann.request("POST", "/accept").chunked(&body)]
    {
        let page = ann.follow(request).await;
        assert_eq!((page.status, page.h1().as_str()), (413, "That is too much"));
        assert_eq!(ann.get("/accept").await.status, 200);
    }
    let nobody = acme.browser();
    let body = encoded(&[("name", "x".repeat(100_000)), ("password", "x".to_owned())]);
    for request in [
        nobody.request("POST", "/sign-in").body(body.clone()),
        nobody.request("POST", "/sign-in").chunked(&body),
    ] {
        assert_eq!(nobody.follow(request).await.status, 413);
    }
}

#[tokio::test]
async fn a_length_that_is_announced_and_too_large_is_refused_before_it_comes() {
    let acme = Side::open("Acme").await;
    let nobody = acme.browser();
    let request = nobody.request("POST", "/sign-in").header("content-length", "99999999999");
    assert_eq!(nobody.follow(request).await.status, 413);
    for length in ["-1", "18446744073709551616", "1e3", "ten"] {
        let request = nobody.request("POST", "/sign-in").header("content-length", length);
        assert_eq!(nobody.send(&request).await.status, 400, "{length}");
    }
}

#[tokio::test]
async fn forms_that_lack_all_their_fields_get_a_page() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    for page in pages_with_forms(&ann, &bob, globex.address()).await {
        for form in page.forms().into_iter().filter(|form| form.action != "/sign-out") {
            let actions =
                form.buttons.iter().filter_map(|button| button.action.clone()).chain([form.action.clone()]);
            for action in actions {
                let token: Vec<_> = form
                    .fields
                    .iter()
                    .filter(|field| field.name == "form-token")
                    .map(|field| ("form-token", field.value.as_str()))
                    .collect();
                let next = ann.post(&action, &token).await;
                let next = ann.arrive(next).await;
                assert!(next.status < 500, "{action}: {}", next.status);
                assert_ne!(next.h1(), "There is nothing here", "{action}");
            }
        }
    }
    assert_eq!(
        ann.get("/connections").await.root.named("tbody")[0].named("tr").len(),
        1,
        "nothing came of it"
    );
}

#[tokio::test]
async fn forms_with_a_field_twice_change_nothing() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    for page in pages_with_forms(&ann, &bob, globex.address()).await {
        for form in page.forms().into_iter().filter(|form| form.action != "/sign-out") {
            let (action, pairs) = form.press("");
            for (name, _) in pairs.clone() {
                let mut pairs = pairs.clone();
                pairs.push((name.clone(), "another".to_owned()));
                let next = ann.post(&action, &pairs).await;
                assert_eq!(next.status, 400, "{action} with {name} twice: {}", next.text());
            }
        }
    }
    assert_eq!(
        ann.get("/connections").await.root.named("tbody")[0].named("tr").len(),
        1,
        "nothing came of it"
    );
}

#[tokio::test]
async fn forms_with_more_fields_than_any_page_has_are_turned_away_whole() {
    let acme = Side::open("Acme").await;
    let nobody = acme.browser();
    let wrong = [("name", "admin".to_owned()), ("password", "wrong".to_owned())];
    for (count, status) in [(98, 403), (99, 400), (5000, 400)] {
        let fields = (0..count).map(|number| (format!("kept.{number:x}"), String::new()));
        let pairs: Vec<_> =
            wrong.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).chain(fields).collect();
        assert_eq!(nobody.post("/sign-in", &pairs).await.status, status, "{count} more fields");
    }
}

#[tokio::test]
async fn fields_that_no_page_has_are_passed_over() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = ann.get("/initiate").await;
    let (action, mut pairs) = page.form().with("no-url", "yes").press("");
    for (name, value) in
        [("__proto__", "x"), ("", ""), ("url[]", "x"), ("draft", "{}"), ("initiated", "true"), ("id", "1")]
    {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    assert_eq!(ann.post(&action, &pairs).await.h1(), "Choose the configuration type");
}

#[tokio::test]
async fn another_media_type_than_that_of_forms_changes_nothing() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (action, pairs) = ann.get("/initiate").await.form().with("no-url", "yes").press("");
    let form = encoded(&pairs);
    let json = br#"{"form-token":"x","no-url":"yes"}"#.to_vec();
    let parts = b"--b\r\ncontent-disposition: form-data; name=\"no-url\"\r\n\r\nyes\r\n--b--\r\n".to_vec();
    for (media_type, body) in [
        (Some("application/json"), &json),
        (Some("multipart/form-data; boundary=b"), &parts),
        (Some("text/plain"), &form),
        (Some("text/plain; application/x-www-form-urlencoded"), &form),
        (Some("application/x-www-form-urlencodedx"), &form),
        (Some(""), &form),
        (None, &form),
    ] {
        let request = ann.request("POST", &action).without("content-type").body(body.clone());
        let request = if let Some(media_type) = media_type {
            request.header("content-type", media_type)
        } else {
            request
        };
        let page = ann.follow(request).await;
        assert_eq!(page.status, 415, "{media_type:?}");
    }
    assert!(!ann.get("/connections").await.text().contains("Not finished"));
    let request = ann
        .request("POST", &action)
        .header("content-type", "Application/X-WWW-Form-Urlencoded;charset=UTF-8");
    assert_eq!(ann.follow(request.body(form)).await.h1(), "Choose the configuration type");
}

#[tokio::test]
async fn a_body_in_chunks_is_a_form_like_others() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (action, pairs) = ann.get("/initiate").await.form().with("no-url", "yes").press("");
    let page = ann.follow(ann.request("POST", &action).chunked(&encoded(&pairs))).await;
    assert_eq!(page.h1(), "Choose the configuration type");
}

#[tokio::test]
async fn bytes_that_are_no_text_change_nothing() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (action, pairs) = ann.get("/initiate").await.form().press("");
    for bytes in [&b"&x=%ff%fe"[..], b"&x=\xff\xfe", b"&x=%c3", b"&x=%ed%a0%80", b"&%ff=x"] {
        let mut body = encoded(&pairs);
        body.extend(bytes);
        let page = ann.follow(ann.request("POST", &action).body(body)).await;
        assert_eq!((page.status, page.h1().as_str()), (400, "This request is not understood"), "{bytes:?}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_found_beside_the_character_that_stands_for_them() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (action, pairs) = ann.get("/initiate").await.form().press("");
    let mut body = encoded(&pairs);
    body.extend(b"&x=%EF%BF%BD&y=%ff");
    assert_eq!(ann.follow(ann.request("POST", &action).body(body)).await.status, 400);
    // That character alone is text, if of little use.
    let mut body = encoded(&pairs);
    body.extend(b"&x=%EF%BF%BD");
    assert_eq!(ann.follow(ann.request("POST", &action).body(body)).await.status, 200);
}

#[tokio::test]
async fn line_breaks_of_browsers_become_one_character_and_stay() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let page = story::to_information(&ann, Some(globex.address()), "basic").await;
    let text = "\n\nOne\n  two\n\nthree\n";
    let form = story::filled_in(&page).with("description", text);
    assert!(form.press("Initiate").1.iter().any(|(_, value)| value.contains("\r\n")), "as browsers do");
    ann.press(&form, "Previous").await;
    assert_eq!(
        ann.get(&page.path).await.form().value("description"),
        text,
        "the page gives back what it got"
    );
    let invitation = ann.press(&form, "Initiate").await;
    let connection = ann.get(&format!("/connections/{}", story::connection(&invitation))).await;
    let description = connection.form_to("/describe").value("description").to_owned();
    assert_eq!(description, text.trim(), "{description:?}");
}

#[tokio::test]
async fn choices_that_no_page_offers_are_not_taken() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = story::to_mode(&ann, None).await;
    let (action, pairs) = page.form().press("");
    for mode in ["visual", "VISUAL", "Basic", "expert", "0", "basic\0", "../basic"] {
        let mut pairs: Vec<_> = pairs.iter().filter(|(name, _)| name != "mode").cloned().collect();
        pairs.push(("mode".to_owned(), mode.to_owned()));
        let next = ann.post(&action, &pairs).await;
        assert_eq!((next.status, next.h1().as_str()), (422, "Choose the configuration type"), "{mode}");
    }
}

#[tokio::test]
async fn a_version_that_no_page_has_is_told_as_a_conflict_with_all_that_was_typed() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = story::to_information(&ann, None, "basic").await;
    for version in ["0", "-1", "9999999999999999999999", "one", ""] {
        let form = story::filled_in(&page)
            .with("version", version)
            .with("connection-name", &format!("V {version}!"));
        let next = ann.press(&form, "Initiate").await;
        assert_eq!(next.status, 409, "{version}");
        assert_eq!(next.form().value("connection-name"), format!("V {version}!"));
    }
}

#[tokio::test]
async fn evidence_cannot_be_made_up_in_a_form() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let page = story::to_information(&ann, Some(globex.address()), "visual").await;
    let (action, mut pairs) = story::filled_in(&page).press("Initiate");
    for (name, value) in [("admin-access", "verified"), ("evidence", "admin"), ("who", "admin")] {
        pairs.retain(|(other, _)| other != name);
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let next = ann.post(&action, &pairs).await;
    assert_eq!(next.h1(), "Connection information", "{}", next.text());
    // A pass that nobody made, whatever it looks like.
    for pass in ["aaaa-bbbb-cccc", "'; --", "\u{202e}", &"z".repeat(1000), "admin"] {
        let next = ann
            .press(
                &story::filled_in(&page)
                    .with("admin-pass", pass)
                    .with("version", next_version(&ann, &page).await.as_str()),
                "Verify",
            )
            .await;
        assert_ne!(next.error("admin-pass"), "", "{pass}: {}", next.text());
    }
}

async fn next_version(browser: &Browser, page: &Page) -> String {
    browser.get(&page.path).await.form().value("version").to_owned()
}

#[tokio::test]
async fn a_password_is_never_given_back() {
    let acme = Side::open("Acme").await;
    let nobody = acme.browser();
    let page = nobody.get("/sign-in").await;
    let form = page.form_to("/sign-in").with("name", "nobody").with("password", PASSWORD);
    let page = nobody.press(&form, "").await;
    assert_eq!((page.status, page.h1().as_str()), (403, "Sign in"));
    assert_eq!(page.form_to("/sign-in").value("name"), "nobody");
    assert!(!page.answer.text().contains(PASSWORD));
}
