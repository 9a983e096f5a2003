//! What people paste that is no invitation for them.

use crate::support::{Side, story};

#[tokio::test]
async fn what_is_no_code_is_refused_beside_the_field_and_stays_in_it() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for text in [
        "",
        " \n\t ",
        "hello",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "v4.local.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
        "AKIAIOSFODNN7EXAMPLE",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9pYm0 ann@example.com",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "https://discord.gg/abcdef",
        "https://acme.example.com/accept",
        "https://acme.example.com/accept#",
        "https://acme.example.com/accept#hello",
        "clasp1_",
        "clasp1_AAAA",
        "clasp2_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "CLASP1_AAAA",
        "{\"code\":\"clasp1_AAAA\"}",
        "<script>alert(1)</script>",
        "\u{202e}1psalc",
        "\u{0}",
    ] {
        let page = story::preview(&ann, text).await;
        assert_eq!((page.h1().as_str(), page.status), ("Accept invitation", 422), "{text:?}");
        assert_ne!(page.error("code"), "", "{text:?}");
        assert_eq!(page.form().value("code"), text);
    }
}

#[tokio::test]
async fn a_mangled_code_is_refused_and_the_whole_one_still_works() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let (start, end) = code.split_at(code.len() / 2);
    let other = |from: &str| from.replace(|c: char| c.is_ascii_lowercase(), "x");
    for mangled in [
        code[..code.len() - 1].to_owned(),
        code[1..].to_owned(),
        start.to_owned(),
        end.to_owned(),
        format!("{end}{start}"),
        format!("{start}A{end}"),
        code.to_uppercase(),
        code.to_lowercase(),
        format!("{start}{}", other(end)),
        code.replacen("clasp1", "clasp2", 1),
        code.replacen("clasp1_", "clasp1-", 1),
    ] {
        let page = story::preview(&bob, &mangled).await;
        assert_eq!(page.status, 422, "{mangled}: {}", page.text());
        assert_ne!(page.error("code"), "");
        assert_eq!(page.form().value("code"), mangled);
    }
    let page = story::accept(&bob, &code).await;
    assert_eq!(page.connection_status(), "active");
}

#[tokio::test]
async fn a_code_works_as_mail_programs_quote_and_break_it() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let (start, end) = code.split_at(code.len() / 2);
    let quoted = format!("\n> “{start}\n> \u{200b}{end}”\n\n");
    let page = story::accept(&bob, &quoted).await;
    assert_eq!(page.connection_status(), "active");
}

#[tokio::test]
async fn two_codes_at_once_are_not_chosen_from() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let one = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let two = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let page = story::preview(&bob, &format!("{one}\n\n{two}")).await;
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.form().value("code").contains(&two));
}

#[tokio::test]
async fn a_code_for_somebody_else_says_so_and_offers_no_accept() {
    let (acme, globex, initech) =
        (Side::open("Acme").await, Side::open("Globex").await, Side::open("Initech").await);
    let (ann, eve) = (acme.admin().await, initech.admin().await);
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    let page = story::preview(&eve, &code).await;
    let form = page.form();
    assert!(form.buttons.iter().all(|button| button.words != "Accept"), "{}", page.text());
    assert!(page.notices().len() == 1, "{:?}", page.notices());
    // Whoever sends the answer all the same gets the same page.
    let pairs = [("form-token", form.value("form-token")), ("code", &code), ("action", "accept")];
    let page = eve.post("/accept/answer", &pairs).await;
    assert_eq!(page.status, 422, "{}", page.text());
    assert_eq!(eve.get("/connections").await.root.named("tbody").len(), 0);
}

#[tokio::test]
async fn ones_own_code_is_refused_with_a_reason() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let code = story::code(&story::initiate(&ann, None).await);
    let page = story::preview(&ann, &code).await;
    assert!(page.form().buttons.iter().all(|button| button.words != "Accept"), "{}", page.text());
    assert!(!page.notices().is_empty());
}
