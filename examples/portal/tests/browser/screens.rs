//! Every screen, as axe-core sees it: in light and in dark, on a telephone and on a large screen.
//!
//! `PORTAL_PICTURES=1 cargo test -p portal --test browser screens` also makes the README's pictures anew.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use handclasp::{Approval, Clock, FixedClock, KnownPlatform, Timestamp};
use serde_json::json;

use crate::support::{PASSWORD, Place, Sight, accept, begin, connect, invitation, paste, play, two, wizard};

#[test]
fn signing_in_and_an_empty_list_are_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let acme = stage.acme().await;
        let ann = stage.window(&acme).await;
        ann.open("/").await;
        ann.is_at("Sign in").await;
        sight.look_and_keep(&ann, "sign-in").await;
        ann.sign_in("admin", "wrong").await;
        ann.sees("The name or the password is wrong").await;
        sight.look(&ann, "sign-in refused").await;
        ann.sign_in("admin", PASSWORD).await;
        ann.is_at("Connections").await;
        sight.look_and_keep(&ann, "no-connections").await;
        ann.open("/connections?phase=closed").await;
        ann.sees("There are no such connections").await;
        sight.look(&ann, "none of this status").await;
        ann.open("/nowhere").await;
        ann.is_at("There is nothing here").await;
        sight.look(&ann, "not found").await;
    });
}

#[test]
fn the_wizard_is_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let (_acme, globex, ann, bob) = two(stage).await;
        ann.click("Initiate connection").await;
        ann.is_at("Initiate connection").await;
        ann.fill("Destination instance URL", globex.url()).await;
        sight.look_and_keep(&ann, "destination").await;
        ann.fill("Destination instance URL", "http://user@example.com").await;
        ann.click("Next").await;
        ann.sees("Destination instance URL:").await;
        sight.look(&ann, "destination refused").await;
        ann.choose("I don't have a URL").await;
        ann.click("Next").await;
        ann.is_at("Choose the configuration type").await;
        sight.look(&ann, "modes for an unknown destination").await;
        ann.click("Previous").await;
        ann.is_at("Initiate connection").await;
        ann.choose("I don't have a URL").await;
        ann.fill("Destination instance URL", globex.url()).await;
        ann.click("Next").await;
        ann.is_at("Choose the configuration type").await;
        ann.choose("Basic").await;
        sight.look_and_keep(&ann, "mode").await;
        sight.keep(&ann, "mode-dark", "dark", 1100).await;
        ann.click("Next").await;
        ann.is_at("Connection information").await;
        ann.fill("Incoming project", "ACME").await;
        sight.look_and_keep(&ann, "information").await;
        ann.fill("Source side short name", "").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        sight.look_and_keep(&ann, "information-refused").await;
        ann.fill("Source side short name", "Acme").await;
        ann.choose("Yes").await;
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        sight.look_and_keep(&ann, "acceptance-link").await;

        wizard(&ann, globex.url(), "Visual").await;
        sight.look(&ann, "information with admin pass").await;
        bob.click("Admin pass").await;
        sight.look(&bob, "admin pass").await;
        bob.click("Make a pass").await;
        let pass = bob.value("Your admin pass").await;
        sight.look_and_keep(&bob, "admin-pass").await;
        ann.fill("Admin pass", &pass).await;
        ann.click("Verify").await;
        ann.sees("Verified").await;
        sight.look(&ann, "admin access verified").await;

        invitation(&ann, globex.url()).await;
        sight.look_and_keep(&ann, "invitation").await;
    });
}

#[test]
fn accepting_is_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        bob.click("Accept invitation").await;
        bob.is_at("Accept invitation").await;
        sight.look_and_keep(&bob, "paste").await;
        paste(&bob, "https://example.com").await;
        bob.sees("Please correct").await;
        sight.look(&bob, "paste refused").await;
        paste(&bob, &code).await;
        bob.sees("Will be contacted").await;
        sight.look_and_keep(&bob, "preview").await;
        bob.fill("Destination side short name", "").await;
        bob.click("Accept").await;
        bob.sees("Please correct").await;
        sight.look(&bob, "labels refused").await;
        bob.fill("Destination side short name", "Globex").await;
        bob.click("Decline").await;
        bob.is_at("Decline this invitation?").await;
        sight.look(&bob, "decline").await;
        paste(&ann, &code).await;
        ann.sees("This instance has issued the invitation itself").await;
        sight.look(&ann, "own invitation").await;
    });
}

#[test]
fn connections_in_every_status_are_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let (acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        ann.has_status("Pending").await;
        sight.look(&ann, "pending").await;
        for (action, question) in
            [("Issue a new code", "Issue a new code?"), ("Revoke", "Revoke this invitation?")]
        {
            ann.click(action).await;
            ann.is_at(question).await;
            sight.look(&ann, question).await;
            ann.click("Leave it as it is").await;
        }
        accept(&bob, &code).await;
        bob.has_status("Active").await;
        sight.look_and_keep(&bob, "connection").await;
        ann.has_status("Active").await;
        ann.click("Deactivate").await;
        ann.is_at("Deactivate this connection?").await;
        sight.look(&ann, "deactivate").await;
        ann.click("Deactivate").await;
        ann.has_status("Deactivated by this side").await;
        sight.look(&ann, "deactivated").await;
        ann.fill("Connection name", "a\u{7}b").await;
        ann.click("Rename").await;
        ann.error_of("Connection name").await;
        sight.look(&ann, "rename refused").await;

        // Others, so that the list shows something.
        invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        ann.click("Revoke").await;
        ann.is_at("Revoke this invitation?").await;
        ann.click("Revoke").await;
        ann.has_status("Closed").await;
        sight.look(&ann, "closed").await;
        invitation(&ann, globex.url()).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.open("/connections").await;
        ann.sees("Not finished").await;
        sight.look_and_keep(&ann, "connections").await;
        sight.keep(&ann, "connections-narrow-dark", "dark", 360).await;
        drop((acme, globex));
    });
}

#[test]
fn what_waits_for_somebody_is_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let clock = FixedClock::at(Timestamp::now());
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.approval = Approval::ByHand;
        plan.clock = Arc::new(clock.clone());
        let mut acme = Place::open(plan).await;
        let globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);

        let code = invitation(&ann, globex.url()).await;
        accept(&bob, &code).await;
        bob.sees("the other side's admin has to approve").await;
        sight.look(&bob, "waiting for approval").await;
        ann.click("Done").await;
        ann.has_status("Awaiting approval").await;
        sight.look(&ann, "awaiting approval").await;
        ann.click("Approve").await;
        ann.is_at("Approve who has accepted?").await;
        sight.look_and_keep(&ann, "approve").await;

        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        clock.set(clock.now().saturating_add(Duration::from_secs(8 * 24 * 60 * 60)));
        ann.reload().await;
        ann.has_status("Expired").await;
        sight.look(&ann, "expired").await;
        acme.stop().await;
        accept(&bob, &code).await;
        bob.has_status("Accepting").await;
        sight.look(&bob, "accepting").await;
        bob.click("Cancel").await;
        bob.is_at("Give up waiting for the other side?").await;
        sight.look(&bob, "cancel").await;
    });
}

#[test]
fn waiting_for_a_slow_call_is_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        ann.click("Initiate connection").await;
        ann.is_at("Initiate connection").await;
        ann.fill("Destination instance URL", &format!("http://{}", silent.local_addr().unwrap())).await;
        ann.click("Next").await;
        ann.is_at("Under way").await;
        sight.look_and_keep(&ann, "under-way").await;
    });
}

#[test]
fn what_two_people_in_one_wizard_meet_is_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let (acme, globex, ann, _bob) = two(stage).await;
        let colleague = stage.window(&acme).await;
        begin(&ann).await;
        colleague.open_address(&ann.address().await).await;
        ann.fill("Destination instance URL", globex.url()).await;
        ann.click("Next").await;
        ann.is_at("Choose the configuration type").await;
        colleague.choose("I don't have a URL").await;
        colleague.click("Next").await;
        colleague.sees("changed in another window").await;
        sight.look(&colleague, "another destination").await;

        colleague.open_address(&ann.address().await).await;
        ann.click("Next").await;
        ann.sees("Choose one of the types").await;
        sight.look(&ann, "no mode chosen").await;
        ann.choose("Basic").await;
        ann.click("Next").await;
        ann.is_at("Connection information").await;
        colleague.choose("Script").await;
        colleague.click("Next").await;
        colleague.sees("changed in another window").await;
        sight.look(&colleague, "another mode").await;

        colleague.open_address(&ann.address().await).await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.sees("Not answered").await;
        sight.look(&ann, "admin access not answered").await;
        colleague.fill("Incoming project", "OTHER").await;
        colleague.click("Initiate").await;
        colleague.sees("changed in another window").await;
        sight.look(&colleague, "another information").await;

        ann.choose("No").await;
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        ann.back().await;
        ann.reload().await;
        ann.sees("This wizard has initiated its connection").await;
        sight.look(&ann, "a wizard that is finished").await;
        ann.click("Sign out").await;
        ann.is_at("Sign in").await;
        colleague.click("Initiate").await;
        colleague.sees("Your session has ended").await;
        sight.look(&colleague, "session ended").await;
        colleague.sign_in("admin", PASSWORD).await;
        colleague.is_at("You are signed in again").await;
        sight.look(&colleague, "signed in again").await;
    });
}

#[test]
fn what_moves_or_ends_is_for_everybody() {
    play(async |stage| {
        let sight = Sight::new();
        let clock = FixedClock::at(Timestamp::now());
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.clock = Arc::new(clock.clone());
        let acme = Place::open(plan).await;
        let mut globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        connect(&ann, globex.url(), &bob).await;

        bob.click("Deactivate").await;
        bob.is_at("Deactivate this connection?").await;
        bob.click("Deactivate").await;
        bob.has_status("Deactivated by this side").await;
        ann.has_status("Deactivated by the other side").await;
        sight.look(&ann, "deactivated there").await;

        globex.stop().await;
        globex.start_elsewhere().await;
        let bob = stage.admin(&globex).await;
        bob.click("Jira Cloud to Zendesk").await;
        bob.click("Refresh").await;
        bob.sees("was asked how it stands").await;
        ann.reload().await;
        ann.sees("Confirm the new address").await;
        sight.look(&ann, "moved").await;
        ann.click("Confirm the new address").await;
        ann.is_at("Has the other side really moved?").await;
        sight.look(&ann, "confirm the move").await;
        ann.click("Confirm the new address").await;
        ann.sees("The other side's new address was confirmed.").await;

        ann.click("Remove").await;
        ann.is_at("Remove this connection?").await;
        sight.look(&ann, "remove").await;
        ann.click("Remove").await;
        ann.has_status("Closed").await;
        bob.reload().await;
        bob.has_status("Closed").await;
        sight.look(&bob, "removed there").await;
        clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        ann.reload().await;
        ann.click("Forget").await;
        ann.is_at("Forget this connection?").await;
        sight.look(&ann, "forget").await;
        ann.click("Forget").await;
        ann.sees("The connection was forgotten.").await;

        ann.click("Initiate connection").await;
        ann.is_at("Initiate connection").await;
        ann.fill("Destination instance URL", acme.url()).await;
        ann.click("Next").await;
        ann.is_at("Choose the configuration type").await;
        ann.choose("Script").await;
        ann.click("Next").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.sees("Both ends are this instance").await;
        sight.look(&ann, "with itself").await;
    });
}

#[test]
fn the_list_breaks_no_word_of_its_own_at_a_middling_width() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        invitation(&ann, globex.url()).await;
        ann.open("/connections").await;
        let size = json!({ "width": 1000, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        ann.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let lines = "const range = document.createRange();
            range.selectNodeContents(document.querySelector('td[data-label=Mode]'));
            return range.getClientRects().length";
        assert_eq!(ann.run(lines).await.unwrap(), 1);
    });
}
