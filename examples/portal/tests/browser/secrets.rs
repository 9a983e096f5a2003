//! Codes and passes stay in nobody's address, history or storage. That they are in no request's address, and that no page tries
//! what its own policy forbids, each test of this program looks at when it ends.

use fantoccini::key::Key;

use crate::support::{PASSWORD, Window, admin_pass, invitation, play, two, wizard};

/// How many things the window keeps for the site: until it is closed, and for good.
async fn kept(window: &Window) -> [u64; 2] {
    let kept = window.run("return [sessionStorage.length, localStorage.length]").await.unwrap();
    [kept[0].as_u64().unwrap(), kept[1].as_u64().unwrap()]
}

#[test]
fn the_code_of_a_link_waits_for_the_sign_in_and_leaves_nothing_behind() {
    play(async |stage| {
        let (acme, globex) = (stage.acme().await, stage.globex().await);
        let ann = stage.admin(&acme).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.choose("Yes").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        let there = stage.opened_by(&globex, async || ann.click("Open the acceptance link").await).await;
        there.is_at("Sign in").await;
        assert!(!there.address().await.contains('#'));
        assert_eq!(kept(&there).await, [1, 0]);
        there.sign_in("admin", PASSWORD).await;
        there.is_at("Accept invitation").await;
        assert!(there.value("Invitation code").await.contains("clasp1_"));
        assert_eq!(kept(&there).await, [0, 0]);
        // What lies behind in the history has no code either, and brings none back.
        there.back().await;
        there.is_at("Sign in").await;
        assert_eq!(kept(&there).await, [0, 0]);
    });
}

#[test]
fn the_code_of_a_link_goes_straight_into_its_box_for_whom_is_signed_in() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.choose("Yes").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        let there = stage.opened_by(&globex, async || ann.click("Open the acceptance link").await).await;
        there.is_at("Accept invitation").await;
        assert!(there.value("Invitation code").await.contains("clasp1_"));
        assert_eq!(there.address().await, format!("{}/accept", globex.url()));
        assert_eq!(there.run("return history.length").await.unwrap(), 1);
        assert_eq!(kept(&there).await, [0, 0]);
    });
}

#[test]
fn a_link_that_is_pasted_into_the_address_of_an_open_page_fills_the_box() {
    play(async |stage| {
        let globex = stage.globex().await;
        let bob = stage.admin(&globex).await;
        bob.open("/accept").await;
        bob.open("/accept#clasp1_not-a-real-one").await;
        assert_eq!(bob.value("Invitation code").await, "clasp1_not-a-real-one");
        assert_eq!(bob.address().await, format!("{}/accept", globex.url()));
    });
}

#[test]
fn what_stands_behind_an_address_and_is_no_code_does_not_get_into_the_box() {
    play(async |stage| {
        let globex = stage.globex().await;
        let bob = stage.window(&globex).await;
        bob.open("/accept").await;
        bob.tab_to("Skip to the content").await;
        bob.press("Enter").await;
        bob.reload().await;
        bob.sign_in("admin", PASSWORD).await;
        bob.is_at("Accept invitation").await;
        assert_eq!(bob.value("Invitation code").await, "");
    });
}

#[test]
fn a_code_that_is_copied_is_pasted_by_the_keyboard() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.click("Copy invitation code").await;
        ann.sees("Copied.").await;
        bob.open("/accept").await;
        let field = bob.field("Invitation code").await;
        field.send_keys(&(Key::Control + "v")).await.unwrap();
        assert!(bob.value("Invitation code").await == code, "something else was copied");
    });
}

#[test]
fn a_code_that_was_shown_is_not_shown_again() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        invitation(&ann, globex.url()).await;
        let address = ann.address().await;
        ann.click("Done").await;
        ann.has_status("Pending").await;
        ann.open_address(&address).await;
        ann.sees("The code was shown once, and is not shown again").await;
        let page = ann.run("return document.documentElement.outerHTML").await.unwrap();
        assert!(!page.as_str().unwrap().contains("clasp1_"));
    });
}

#[test]
fn an_admin_pass_is_in_no_address() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let pass = admin_pass(&bob).await;
        stage.is_secret(&pass);
        wizard(&ann, globex.url(), "Visual").await;
        ann.fill("Admin pass", &pass).await;
        ann.click("Verify").await;
        ann.sees("Verified: admin").await;
        let page = ann.run("return document.documentElement.outerHTML").await.unwrap();
        assert!(!page.as_str().unwrap().contains(&pass), "the pass comes back");
    });
}

#[test]
fn scripts_do_not_see_who_is_signed_in() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        assert_eq!(ann.run("return document.cookie").await.unwrap(), "");
        assert_eq!(kept(&ann).await, [0, 0]);
    });
}
