//! Two admins connect their companies: from *Initiate connection* to the same comparison string on both screens.

use std::time::Duration;

use handclasp::{KnownPlatform, Reachability};

use crate::support::{
    PASSWORD, Place, accept, admin_pass, begin, both_active, choose, connect, initiate, invitation, look_at,
    play, play_without_scripts, two, wizard, wizard_without_url,
};

#[test]
fn in_script_mode_the_code_is_handed_over() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        ann.has_status("Pending").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn in_basic_mode_who_has_no_admin_access_hands_the_code_over() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.choose("No").await;
        let code = initiate(&ann).await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn in_basic_mode_who_has_admin_access_opens_a_link_and_signs_in_there() {
    play(async |stage| {
        let (acme, globex) = (stage.acme().await, stage.globex().await);
        let ann = stage.admin(&acme).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.choose("Yes").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        let there = stage.opened_by(&globex, async || ann.click("Open the acceptance link").await).await;
        // Both the address and the history are free of the code before anything is typed.
        there.sign_in("admin", PASSWORD).await;
        there.is_at("Accept invitation").await;
        assert!(there.value("Invitation code").await.contains("clasp1_"));
        let kept = there.run("return sessionStorage.length + localStorage.length").await.unwrap();
        assert_eq!(kept, 0, "the code stays in the browser");
        there.click("Next").await;
        there.sees("Will be contacted").await;
        there.click("Accept").await;
        ann.click("Done").await;
        both_active(&ann, &there).await;
    });
}

#[test]
fn in_visual_mode_a_pass_of_the_destination_shows_who_is_an_admin_there() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Visual").await;
        let pass = admin_pass(&bob).await;
        ann.fill("Incoming project", "ACME").await;
        ann.fill("Admin pass", &pass).await;
        ann.click("Verify").await;
        ann.sees("Verified: admin").await;
        assert_eq!(ann.value("Incoming project").await, "ACME");
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        let there = stage.opened_by(&globex, async || ann.click("Open the acceptance link").await).await;
        there.is_at("Accept invitation").await;
        there.click("Next").await;
        there.sees("Will be contacted").await;
        there.click("Accept").await;
        ann.click("Done").await;
        both_active(&ann, &there).await;
    });
}

#[test]
fn without_a_url_whoever_accepts_is_the_destination() {
    play(async |stage| {
        let (_acme, _globex, ann, bob) = two(stage).await;
        begin(&ann).await;
        ann.choose("I don't have a URL").await;
        ann.click("Next").await;
        choose(&ann, "Script").await;
        assert_eq!(ann.value("Destination side short name").await, "Remote");
        let code = initiate(&ann).await;
        ann.click("Done").await;
        ann.has_status("Pending").await;
        ann.sees("Unknown").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn a_destination_that_has_projects_is_asked_for_one() {
    play(async |stage| {
        let (_acme, _globex, ann, bob) = two(stage).await;
        // The other way round.
        wizard_without_url(&bob, "Script").await;
        bob.click("Initiate").await;
        bob.is_at("Invitation").await;
        let code = bob.value("Invitation code").await;
        bob.click("Done").await;
        look_at(&ann, &code).await;
        ann.click("Accept").await;
        ann.sees("Please correct").await;
        ann.error_of("Incoming project").await;
        ann.fill("Incoming project", "SUPPORT").await;
        ann.click("Accept").await;
        both_active(&bob, &ann).await;
        ann.sees("SUPPORT").await;
    });
}

#[test]
fn a_company_connects_with_itself_at_once() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        wizard(&ann, acme.url(), "Basic").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.has_status("Active").await;
        ann.sees("Both ends are this instance").await;
    });
}

#[test]
fn a_company_that_only_calls_out_accepts_and_learns_what_becomes_of_it() {
    play(async |stage| {
        let acme = stage.acme().await;
        let mut plan = stage.plan("Globex", KnownPlatform::Zendesk);
        plan.reachability = Reachability::Private;
        let globex = Place::open(plan).await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        connect(&ann, globex.url(), &bob).await;
        bob.sees("one side only calls out").await;
    });
}

#[test]
fn a_company_that_only_calls_out_initiates_and_comes_for_the_answer() {
    play(async |stage| {
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.reachability = Reachability::Private;
        let acme = Place::open(plan).await;
        let globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        bob.sees("It is the other side's turn now").await;
        ann.click("Refresh").await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn without_scripts_everything_is_there_but_the_comfort() {
    play_without_scripts(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.does_not_see("Copy invitation code").await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn without_scripts_an_acceptance_link_is_pasted() {
    play_without_scripts(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.choose("Yes").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        let link = ann.element("//a[normalize-space() = 'Open the acceptance link']").await;
        let link = link.attr("href").await.unwrap().unwrap();
        accept(&bob, &link).await;
        ann.click("Done").await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn an_open_page_shows_what_happens_without_being_touched() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        ann.has_status("Pending").await;
        // Whoever types is not disturbed.
        ann.fill("Connection name", "half a na").await;
        accept(&bob, &code).await;
        bob.has_status("Active").await;
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(ann.value("Connection name").await, "half a na");
        ann.fill("Connection name", "Jira Cloud to Zendesk").await;
        ann.has_status("Active").await;
    });
}
