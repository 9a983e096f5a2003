//! More at once than there is room for.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::support::{Side, story};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_wrong_passwords_is_answered_and_holds_up_nobody_else() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let nobody = acme.browser();
    let form = nobody.get("/").await.form_to("/sign-in").with("name", "admin").with("password", "wrong");
    let mut tries = JoinSet::new();
    for _ in 0..300 {
        let (nobody, form) = (nobody.clone(), form.clone());
        tries.spawn(async move {
            let page = nobody.press(&form, "").await;
            (page.status, page.h1())
        });
    }
    for _ in 0..20 {
        assert_eq!(ann.get("/connections").await.status, 200);
    }
    // Another company of the same program.
    globex.admin().await;
    let mut answers: BTreeMap<(u16, String), usize> = BTreeMap::new();
    while let Some(answer) = tries.join_next().await {
        *answers.entry(answer.unwrap()).or_default() += 1;
    }
    assert!(answers.keys().all(|(status, _)| [403, 503].contains(status)), "{answers:?}");
    // Not all of them are worth a hash. They get the form back, with the name in it.
    assert!(answers.contains_key(&(503, "Sign in".to_owned())), "{answers:?}");
    acme.admin().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_garbage_changes_nothing() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let nobody = acme.browser();
    let mut tries = JoinSet::new();
    for number in 0..300_usize {
        let nobody = nobody.clone();
        tries.spawn(async move {
            let (path, media_type) = match number % 4 {
                0 => ("/node", "application/vnd.handclasp.message"),
                1 => ("/admin-pass/check", "application/vnd.handclasp.message"),
                2 => ("/accept", "application/x-www-form-urlencoded"),
                _ => ("/sign-in", "multipart/form-data"),
            };
            let body = vec![b'0' + u8::try_from(number % 10).unwrap(); number * 200];
            let request = nobody.request("POST", path).header("content-type", media_type).body(body);
            nobody.try_to_send(&request).await.map(|answer| answer.status)
        });
    }
    while let Some(status) = tries.join_next().await {
        // Whoever is refused before all was sent may find the connection closed.
        if let Ok(status) = status.unwrap() {
            assert!(status < 500 || status == 503, "{status}");
        }
    }
    assert_eq!(ann.get(&format!("/connections/{id}")).await.connection_status(), "active");
    let page = story::act(&ann, &id, "refresh").await;
    assert_eq!(page.connection_status(), "active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_hold_nobody_up() {
    let acme = Side::open("Acme").await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(tokio::net::TcpStream::connect(acme.config.listen).await.unwrap());
    }
    let ann = acme.admin().await;
    assert_eq!(ann.get("/connections").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_guesses_at_admin_passes_do_not_use_up_a_real_one_but_have_an_end() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let made = bob.press(&bob.get("/admin-pass").await.form(), "").await;
    let pass = made.by_id("pass").attribute("value").unwrap().to_owned();
    let nobody = globex.browser();
    let guess = |pass: String| {
        let request = nobody
            .request("POST", "/admin-pass/check")
            .header("content-type", "application/vnd.handclasp.message")
            .body(pass);
        let nobody = nobody.clone();
        async move { nobody.send(&request).await }
    };
    for number in 0..20 {
        assert_eq!(guess(format!("aaaa-bbbb-{number:04}")).await.body, b"");
    }
    let page = story::to_information(&ann, Some(globex.address()), "visual").await;
    let page = ann.press(&page.form().with("admin-pass", &pass), "Verify").await;
    assert!(page.text().contains("Verified: admin"), "{}", page.text());
}
