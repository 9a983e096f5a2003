//! What every story has in it.

use super::{Place, Stage, Window};

/// Acme and Globex, and an admin of each: Ann, and Bob.
pub(crate) async fn two(stage: &Stage) -> (Place, Place, Window, Window) {
    let (acme, globex) = (stage.acme().await, stage.globex().await);
    let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
    (acme, globex, ann, bob)
}

/// Opens a new wizard.
pub(crate) async fn begin(window: &Window) {
    window.open("/connections").await;
    window.click("Initiate connection").await;
    window.is_at("Initiate connection").await;
}

/// Enters the destination's URL.
pub(crate) async fn enter(window: &Window, url: &str) {
    window.fill("Destination instance URL", url).await;
    window.click("Next").await;
}

pub(crate) async fn choose(window: &Window, mode: &str) {
    window.is_at("Choose the configuration type").await;
    window.choose(mode).await;
    window.click("Next").await;
    window.is_at("Connection information").await;
}

/// Goes through the wizard up to *Connection information*.
pub(crate) async fn wizard(window: &Window, url: &str, mode: &str) {
    begin(window).await;
    enter(window, url).await;
    choose(window, mode).await;
}

/// Answers what Jira Cloud asks besides, initiates, and gives the code.
pub(crate) async fn initiate(window: &Window) -> String {
    window.fill("Incoming project", "ACME").await;
    window.click("Initiate").await;
    window.is_at("Invitation").await;
    window.value("Invitation code").await
}

/// Initiates in Script mode from Acme, and gives the code.
pub(crate) async fn invitation(window: &Window, url: &str) -> String {
    wizard(window, url, "Script").await;
    initiate(window).await
}

pub(crate) async fn paste(window: &Window, code: &str) {
    window.open("/accept").await;
    window.fill("Invitation code", code).await;
    window.click("Next").await;
}

/// Accepts as Globex, which asks nothing besides.
pub(crate) async fn accept(window: &Window, code: &str) {
    look_at(window, code).await;
    window.click("Accept").await;
}

/// Connects the two in Script mode: Ann of Acme has initiated, and Bob has accepted.
pub(crate) async fn connect(ann: &Window, url: &str, bob: &Window) {
    let code = invitation(ann, url).await;
    ann.click("Done").await;
    accept(bob, &code).await;
    both_active(ann, bob).await;
}

/// Makes an admin pass.
pub(crate) async fn admin_pass(window: &Window) -> String {
    window.click("Admin pass").await;
    window.click("Make a pass").await;
    window.value("Your admin pass").await
}

/// Begins a wizard for whoever has the code, up to *Connection information*.
pub(crate) async fn wizard_without_url(window: &Window, mode: &str) {
    begin(window).await;
    window.choose("I don't have a URL").await;
    window.click("Next").await;
    choose(window, mode).await;
}

/// Pastes the code, and looks at the invitation.
pub(crate) async fn look_at(window: &Window, code: &str) {
    paste(window, code).await;
    window.sees("Will be contacted").await;
}

/// Both sides show that they are active, and the same string to be compared.
pub(crate) async fn both_active(source: &Window, destination: &Window) {
    destination.has_status("Active").await;
    // It would do so by itself, within some seconds.
    source.sees("Details").await;
    source.reload().await;
    source.has_status("Active").await;
    assert_eq!(source.comparison().await, destination.comparison().await);
}
