//! The keyboard alone: everything can be reached, in the order in which it is read, and one sees where one is.

use crate::support::{admin_pass, both_active, play, two, wizard};

#[test]
fn a_keyboard_is_enough() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        ann.tab_to("Skip to the content").await;
        ann.press("Enter").await;
        ann.tab_to("Initiate connection").await;
        ann.press("Enter").await;
        ann.is_at("Initiate connection").await;
        ann.tab_to("Destination instance URL").await;
        ann.type_text(globex.url()).await;
        ann.press("Enter").await;
        ann.is_at("Choose the configuration type").await;
        ann.tab_to("Basic").await;
        ann.press("ArrowDown").await;
        ann.press("ArrowDown").await;
        assert!(ann.is_chosen("Script").await);
        ann.tab_to("Next").await;
        ann.press("Space").await;
        ann.is_at("Connection information").await;
        ann.tab_to("Incoming project").await;
        ann.type_text("ACME").await;
        ann.tab_to("Initiate").await;
        ann.press("Enter").await;
        ann.is_at("Invitation").await;
        let code = ann.value("Invitation code").await;
        ann.tab_to("Copy invitation code").await;
        ann.press("Enter").await;
        ann.sees("Copied.").await;
        ann.tab_to("Done").await;
        ann.press("Enter").await;

        bob.tab_to("Accept invitation").await;
        bob.press("Enter").await;
        bob.is_at("Accept invitation").await;
        bob.tab_to("Invitation code").await;
        bob.type_text(&code).await;
        bob.tab_to("Next").await;
        bob.press("Enter").await;
        bob.sees("Will be contacted").await;
        bob.tab_to("Accept").await;
        bob.press("Enter").await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn the_first_stop_leads_past_what_is_the_same_on_each_page() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        ann.tab_to("Skip to the content").await;
        ann.press("Enter").await;
        ann.press("Tab").await;
        let inside = "return [!!document.activeElement.closest('main'), document.activeElement.textContent]";
        assert_eq!(ann.run(inside).await.unwrap(), serde_json::json!([true, "Initiate connection"]));
    });
}

#[test]
fn the_focus_goes_through_a_form_in_the_order_in_which_it_is_read() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Basic").await;
        let stops = [
            "Source side short name",
            "Destination side short name",
            "Connection name",
            "Description",
            "Incoming project",
            "Yes",
            "Initiate",
            "Previous",
        ];
        assert_eq!(ann.stops().await, stops);
    });
}

#[test]
fn enter_in_a_field_initiates_or_says_what_is_missing() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Visual").await;
        let pass = admin_pass(&bob).await;
        ann.fill("Incoming project", "ACME").await;
        ann.press("Enter").await;
        ann.sees("Please correct").await;
        assert!(ann.error_of("Admin pass").await.contains("Enter an admin pass of the destination"));
        ann.fill("Admin pass", &pass).await;
        ann.press("Enter").await;
        ann.sees("Verified: admin").await;
        ann.fill("Connection name", "By keyboard").await;
        ann.press("Enter").await;
        ann.is_at("Invitation").await;
    });
}

#[test]
fn what_is_wrong_leads_to_its_field() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        ann.tab_to("Incoming project").await;
        // The first stop of this name is the link above the form.
        assert_eq!(ann.run("return document.activeElement.tagName").await.unwrap(), "A");
        ann.press("Enter").await;
        ann.type_text("ACME").await;
        assert_eq!(ann.value("Incoming project").await, "ACME");
        ann.press("Enter").await;
        ann.is_at("Invitation").await;
    });
}
