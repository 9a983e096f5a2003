//! Who is signed in, and whose forms are whose.

use portal::{Company, OpenError};
use tokio::net::TcpListener;

use crate::support::{PASSWORD, Side, encoded, signing_in, story};

/// Pages that nobody sees who is not signed in.
const PRIVATE: &[&str] = &[
    "/",
    "/connections",
    "/connections?phase=active",
    "/connections/00000000000000000000000000",
    "/initiate",
    "/initiate/aaaaaaaaaaaaaaaaaaaaaa",
    "/initiate/aaaaaaaaaaaaaaaaaaaaaa/mode",
    "/initiate/aaaaaaaaaaaaaaaaaaaaaa/information",
    "/initiate/aaaaaaaaaaaaaaaaaaaaaa/invitation",
    "/accept",
    "/accept/answer",
    "/admin-pass",
    "/working/aaaaaaaaaaaaaaaaaaaaaa",
];

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in_and_whoever_does_is_where_they_wanted_to_be() {
    let acme = Side::open("Acme").await;
    for path in PRIVATE {
        let page = acme.browser().get(path).await;
        assert_eq!(page.h1(), "Sign in", "{path}");
    }
    let browser = acme.browser();
    let page = browser.get("/accept?x=1").await;
    let page = browser.press(&signing_in(&page), "").await;
    assert_eq!((page.h1().as_str(), page.path.as_str()), ("Accept invitation", "/accept?x=1"));
}

#[tokio::test]
async fn cookies_that_were_never_given_out_are_worth_nothing() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let cookies = ann.cookies();
    let (name, value) = cookies.split_once('=').unwrap();
    let other = globex.admin().await.cookies();
    let (_, foreign) = other.split_once('=').unwrap();
    let reversed: String = value.chars().rev().collect();
    for forged in [
        "",
        "admin",
        "null",
        "true",
        "' OR '1'='1",
        foreign,
        &reversed,
        &value[1..],
        &value.to_uppercase(),
        &"x".repeat(8000),
        "é",
        "\"\"",
    ] {
        let browser = acme.browser();
        browser.set_cookie(name, forged);
        assert_eq!(browser.get("/connections").await.h1(), "Sign in", "{forged}");
    }
    // The real one under another name is as little worth.
    let browser = acme.browser();
    browser.set_cookie("portal", value);
    browser.set_cookie(other.split_once('=').unwrap().0, foreign);
    assert_eq!(browser.get("/connections").await.h1(), "Sign in");
    browser.set_cookie(name, value);
    assert_eq!(browser.get("/connections").await.h1(), "Connections");
}

#[tokio::test]
async fn broken_cookie_headers_are_passed_over() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for broken in ["", ";", "=", "a", "a=b;;=;", "\u{e9}=x", "$Version=1; x", &"a=b; ".repeat(1000)] {
        let request = acme.browser().request("GET", "/connections").header("cookie", broken);
        assert_eq!(acme.browser().follow(request).await.h1(), "Sign in", "{broken}");
        let request =
            ann.request("GET", "/connections").header("cookie", &format!("{broken}; {}", ann.cookies()));
        assert_eq!(ann.follow(request).await.h1(), "Connections", "{broken}");
    }
}

#[tokio::test]
async fn a_session_is_over_after_signing_out_even_for_whoever_kept_the_cookie() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (name, value) =
        ann.cookies().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let page = ann.get("/connections").await;
    let page = ann.press(&page.form_to("/sign-out"), "").await;
    assert_eq!(page.h1(), "Sign in");
    assert_eq!(ann.cookies(), format!("{name}="), "the browser forgets it");
    ann.set_cookie(&name, &value);
    assert_eq!(ann.get("/connections").await.h1(), "Sign in");
}

#[tokio::test]
async fn signing_out_of_one_window_leaves_other_sessions_alone() {
    let acme = Side::open("Acme").await;
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    ann.press(&ann.get("/connections").await.form_to("/sign-out"), "").await;
    assert_eq!(amy.get("/connections").await.h1(), "Connections");
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    assert_eq!(acme.desk().execute("UPDATE sessions SET ends_at = 1000000000", []).unwrap(), 1);
    assert_eq!(ann.get("/connections").await.h1(), "Sign in");
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    acme.restart().await;
    assert_eq!(ann.get("/connections").await.h1(), "Connections");
}

#[tokio::test]
async fn another_password_ends_all_sessions() {
    let mut acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    acme.config.password = "another".to_owned();
    acme.restart().await;
    assert_eq!(ann.get("/connections").await.h1(), "Sign in");
    let page = ann.press(&signing_in(&ann.get("/").await), "").await;
    assert_eq!(page.status, 403, "the old password is no longer good");
}

#[tokio::test]
async fn signing_in_gives_a_new_cookie_whatever_the_browser_sent() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let name = ann.cookies().split_once('=').unwrap().0.to_owned();
    let victim = acme.browser();
    victim.set_cookie(&name, "chosen-by-somebody-else");
    victim.press(&signing_in(&victim.get("/").await), "").await;
    assert!(!victim.cookies().contains("chosen-by-somebody-else"));
    let attacker = acme.browser();
    attacker.set_cookie(&name, "chosen-by-somebody-else");
    assert_eq!(attacker.get("/connections").await.h1(), "Sign in");
}

#[tokio::test]
async fn forms_without_the_sessions_token_or_with_anothers_change_nothing() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, amy) = (acme.admin().await, acme.admin().await);
    let id = story::connection(&story::initiate(&ann, Some(globex.address())).await);
    let amys = amy.get("/accept").await.form().value("form-token").to_owned();
    let anns = ann.get("/accept").await.form().value("form-token").to_owned();
    assert_ne!(amys, anns);
    for path in [
        "/connections/refresh".to_owned(),
        format!("/connections/{id}/rename"),
        format!("/connections/{id}/revoke"),
        format!("/connections/{id}/reissue"),
        format!("/connections/{id}/new"),
        "/initiate/aaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        "/initiate/aaaaaaaaaaaaaaaaaaaaaa/mode".to_owned(),
        "/initiate/aaaaaaaaaaaaaaaaaaaaaa/information".to_owned(),
        "/initiate/aaaaaaaaaaaaaaaaaaaaaa/invitation".to_owned(),
        "/initiate/aaaaaaaaaaaaaaaaaaaaaa/discard".to_owned(),
        "/accept".to_owned(),
        "/accept/answer".to_owned(),
        "/admin-pass".to_owned(),
        "/sign-out".to_owned(),
    ] {
        for token in [None, Some(""), Some("x"), Some(amys.as_str()), Some(&anns[1..])] {
            let pairs: Vec<_> = token
                .iter()
                .map(|token| ("form-token", *token))
                .chain([("connection-name", "Forged")])
                .collect();
            let page = ann.post(&path, &pairs).await;
            assert_eq!(
                (page.status, page.h1().as_str()),
                (403, "This form is not from your session"),
                "{path} {token:?}"
            );
        }
    }
    let page = ann.get(&format!("/connections/{id}")).await;
    assert_eq!(page.connection_status(), "pending");
    assert!(!page.text().contains("Forged"));
}

#[tokio::test]
async fn a_form_that_another_site_sends_changes_nothing() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    // The worst case: the other site has got hold of the token.
    let token = ann.get("/accept").await.form().value("form-token").to_owned();
    let request = |path: &str| {
        ann.request("POST", path)
            .body(encoded(&[("form-token", &token)]))
            .without("origin")
            .without("sec-fetch-site")
    };
    for (name, value) in [
        ("origin", "https://evil.example.com"),
        ("origin", "null"),
        ("origin", ""),
        ("origin", "file://"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "nonsense"),
    ] {
        for path in ["/sign-out", "/admin-pass", "/sign-in"] {
            let page = ann.follow(request(path).header(name, value)).await;
            assert_eq!(page.status, 403, "{path} with {name}: {value}");
        }
    }
    // The other company is on the same host, at another port.
    let globex = Side::open("Globex").await;
    let page =
        ann.follow(request("/sign-out").header("origin", globex.address().trim_end_matches('/'))).await;
    assert_eq!(page.status, 403);
    assert_eq!(ann.get("/connections").await.h1(), "Connections", "still signed in");
    // What is no browser sends neither.
    assert_eq!(ann.follow(request("/admin-pass")).await.status, 200);
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_goes_on_after_signing_in() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let page = story::to_information(&ann, Some(globex.address()), "basic").await;
    let form = story::filled_in(&page)
        .with("connection-name", "Typed <before> & \"kept\"")
        .with("description", "\nfirst\n\nlast\n")
        .with("admin-access", "no");
    acme.desk().execute("DELETE FROM sessions", []).unwrap();
    let page = ann.press(&form, "Initiate").await;
    assert_eq!((page.status, page.h1().as_str()), (401, "Sign in"));
    // A wrong password loses nothing either.
    let page = ann.press(&page.form_to("/sign-in").with("name", "admin").with("password", "wrong"), "").await;
    assert_eq!(page.status, 403);
    let page = ann.press(&signing_in(&page), "").await;
    assert_eq!(page.h1(), "You are signed in again");
    let page = ann.press(&page.form(), "Go on where I was").await;
    assert_eq!(page.h1(), "Invitation", "{}", page.text());
    let page = ann.get(&format!("/connections/{}", story::connection(&page))).await;
    assert_eq!(page.h1(), "Typed <before> & \"kept\"");
    assert_eq!(page.form_to("/describe").value("description"), "first\n\nlast");
}

#[tokio::test]
async fn a_code_that_was_pasted_when_the_session_ended_is_kept_too() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let form = bob.get("/accept").await.form().with("code", &code);
    globex.desk().execute("DELETE FROM sessions", []).unwrap();
    let page = bob.press(&form, "").await;
    let page = bob.press(&signing_in(&page), "").await;
    let page = bob.press(&page.form(), "Go on where I was").await;
    assert_eq!(page.by_id("connection-name").name, "input", "the preview");
    assert!(!page.path.contains("clasp1"));
}

#[tokio::test]
async fn nobody_is_led_to_another_site_after_signing_in() {
    let acme = Side::open("Acme").await;
    for back in [
        "https://evil.example.com",
        "//evil.example.com",
        "/\\evil.example.com",
        "\\\\evil.example.com",
        "/\t/evil.example.com",
        "/\n/evil.example.com",
        "/\r/evil.example.com",
        "/\u{0}/evil.example.com",
        "\t//evil.example.com",
        " //evil.example.com",
        "javascript:alert(1)",
        "evil.example.com",
        "@evil.example.com",
        "",
        "/x\r\nset-cookie: a=b",
    ] {
        let browser = acme.browser();
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("back", back).finish();
        let page = browser.get(&format!("/sign-in?{query}")).await;
        let (action, mut pairs) = signing_in(&page).press("");
        assert_eq!(action, "/sign-in");
        for sent in [None, Some(back)] {
            if let Some(back) = sent {
                pairs.retain(|(name, _)| name != "back");
                pairs.push(("back".to_owned(), back.to_owned()));
            }
            let answer = browser.send(&browser.request("POST", "/sign-in").body(encoded(&pairs))).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/connections")), "{back:?}");
            assert_eq!(answer.header("a"), None);
        }
    }
    let browser = acme.browser();
    let (_, mut pairs) = signing_in(&browser.get("/").await).press("");
    pairs.retain(|(name, _)| name != "back");
    pairs.extend([
        ("back".to_owned(), "//evil.example.com".to_owned()),
        ("posted".to_owned(), "yes".to_owned()),
    ]);
    let page = browser.post("/sign-in", &pairs).await;
    assert_eq!(page.form().action, "/connections");
}

#[tokio::test]
async fn a_step_that_was_chosen_when_the_session_ended_goes_on_after_signing_in() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let id = story::connection(&story::initiate(&ann, None).await);
    for (path, then) in
        [(format!("/connections/{id}/refresh"), "pending"), (format!("/connections/{id}/revoke"), "closed")]
    {
        let token = ann.get("/accept").await.form().value("form-token").to_owned();
        acme.desk().execute("DELETE FROM sessions", []).unwrap();
        let page = ann.post(&path, &[("form-token", token)]).await;
        let page = ann.press(&signing_in(&page), "").await;
        let page = ann.press(&page.form(), "Go on where I was").await;
        assert_eq!(page.connection_status(), then, "{path}");
    }
}

#[tokio::test]
async fn wrong_names_and_passwords_are_told_alike() {
    let acme = Side::open("Acme").await;
    let browser = acme.browser();
    let mut pages = Vec::new();
    for (name, password) in [
        ("admin", "wrong"),
        ("nobody", "wrong"),
        ("nobody", PASSWORD),
        ("admin", ""),
        ("", ""),
        ("ADMIN", PASSWORD),
        ("' OR 1=1 --", "x"),
    ] {
        let form = browser.get("/").await.form_to("/sign-in").with("name", name).with("password", password);
        let page = browser.press(&form, "").await;
        assert_eq!(page.status, 403, "{name}");
        pages.push(page.notices());
    }
    assert!(pages.windows(2).all(|two| two[0] == two[1]), "{pages:?}");
}

#[tokio::test]
async fn a_start_that_fails_changes_nothing_for_whoever_is_signed_in() {
    let mut acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let mut other = acme.config.clone();
    other.password = "another".to_owned();
    let refused = Company::open(other.clone()).await.unwrap_err();
    assert!(matches!(refused, OpenError::InUse(_)), "{refused}");
    acme.stop().await;
    let taken = TcpListener::bind(acme.config.listen).await.unwrap();
    let refused = Company::open(other).await.unwrap_err();
    assert!(matches!(refused, OpenError::Listen(..)), "{refused}");
    drop(taken);
    acme.start().await;
    assert_eq!(ann.get("/connections").await.h1(), "Connections");
}
