//! Whatever is refused: what the page says, and that what was typed is still there.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use handclasp::{Approval, Clock, FixedClock, KnownPlatform, ModeSet, Timestamp};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    PASSWORD, Place, accept, begin, both_active, choose, connect, enter, invitation, look_at, paste, play,
    two, wizard,
};

#[test]
fn a_url_that_is_none_is_refused_beside_the_field() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        begin(&ann).await;
        for (url, says) in [
            ("", "Empty"),
            ("javascript:alert(1)", "http"),
            ("https://admin:secret@example.com", "user name"),
            ("https://exa mple.com", "character 12"),
            ("http://0x7f.1", "IP address"),
        ] {
            enter(&ann, url).await;
            ann.sees("Destination instance URL:").await;
            let error = ann.error_of("Destination instance URL").await;
            assert!(error.to_lowercase().contains(&says.to_lowercase()), "{url}: {error}");
            assert_eq!(ann.value("Destination instance URL").await, url);
        }
    });
}

#[test]
fn an_address_that_the_policy_forbids_is_not_called() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        begin(&ann).await;
        enter(&ann, "http://169.254.169.254").await;
        ann.sees("Destination instance URL:").await;
        assert!(ann.error_of("Destination instance URL").await.contains("allowed"));
    });
}

#[test]
fn where_nobody_listens_one_can_try_again_or_go_on_without_a_url() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        begin(&ann).await;
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        enter(&ann, &format!("http://{closed}")).await;
        ann.sees("cannot be reached").await;
        ann.click("Next").await;
        ann.sees("cannot be reached").await;
        ann.choose("I don't have a URL").await;
        ann.click("Next").await;
        ann.is_at("Choose the configuration type").await;
    });
}

#[test]
fn the_cards_say_why_a_mode_cannot_be_chosen() {
    play(async |stage| {
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.licences = ModeSet::NONE;
        let acme = Place::open(plan).await;
        let ann = stage.admin(&acme).await;
        begin(&ann).await;
        ann.choose("I don't have a URL").await;
        ann.click("Next").await;
        ann.is_at("Choose the configuration type").await;
        ann.sees("There is no licence for this mode (this side).").await;
        ann.sees("This mode needs a destination that is known by its URL (the other side).").await;
        ann.click("Next").await;
        ann.sees("Choose one of the types.").await;
        for mode in ["Visual", "Script"] {
            assert!(!ann.field(mode).await.is_enabled().await.unwrap(), "{mode}");
        }
    });
}

#[test]
fn every_field_says_what_is_wrong_with_it_and_keeps_it() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        let typed = [
            ("Source side short name", "s".repeat(65), "at most 64"),
            ("Destination side short name", String::new(), "Empty"),
            ("Connection name", "a\u{202e}b".to_owned(), "U+202E"),
            ("Description", "d".repeat(1001), "at most 1000"),
            ("Incoming project", " ".to_owned(), "Empty"),
        ];
        for (field, text, _) in &typed {
            ann.fill(field, text).await;
        }
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        for (field, text, says) in &typed {
            let error = ann.error_of(field).await;
            assert!(error.contains(says), "{field}: {error}");
            assert_eq!(ann.value(field).await, *text, "{field}");
        }
    });
}

#[test]
fn a_field_with_an_error_has_a_frame_of_its_colour() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        let colours = "const field = document.querySelector('[aria-invalid=true]');
            const error = document.getElementById(field.getAttribute('aria-describedby').split(' ')[0]);
            return [getComputedStyle(field).borderTopColor, getComputedStyle(error).color]";
        let colours = ann.run(colours).await.unwrap();
        assert_eq!(colours[0], colours[1]);
    });
}

#[test]
fn two_sides_with_one_name_are_refused() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        ann.fill("Source side short name", "Same").await;
        ann.fill("Destination side short name", "Same").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        assert!(ann.error_of("Destination side short name").await.contains("must differ"));
    });
}

#[test]
fn what_is_no_code_is_refused_by_what_it_looks_like() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
        let half = code.get(..code.len() / 2).unwrap().to_owned();
        let mut damaged = code.clone();
        damaged.replace_range(40..41, if damaged.get(40..41) == Some("A") { "B" } else { "A" });
        for (text, says) in [
            (jwt.to_owned(), "token"),
            ("https://example.com".to_owned(), "web address without a code"),
            (half, "incomplete"),
            (damaged, "damaged"),
        ] {
            paste(&bob, &text).await;
            bob.sees("Please correct").await;
            let error = bob.error_of("Invitation code").await;
            assert!(error.to_lowercase().contains(&says.to_lowercase()), "{says}: {error}");
            assert_eq!(bob.value("Invitation code").await, text);
        }
    });
}

#[test]
fn an_invitation_for_another_company_is_not_to_be_accepted() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        let initech = Place::open(stage.plan("Initech", KnownPlatform::GitHub)).await;
        let eve = stage.admin(&initech).await;
        let code = invitation(&ann, globex.url()).await;
        paste(&eve, &code).await;
        eve.sees("The invitation is for another instance").await;
        eve.does_not_see("What it is called on your side").await;
    });
}

#[test]
fn who_accepts_a_code_after_another_company_is_refused_and_ann_is_warned() {
    play(async |stage| {
        let (_acme, _globex, ann, bob) = two(stage).await;
        let initech = Place::open(stage.plan("Initech", KnownPlatform::Zendesk)).await;
        let eve = stage.admin(&initech).await;
        begin(&ann).await;
        ann.choose("I don't have a URL").await;
        ann.click("Next").await;
        choose(&ann, "Script").await;
        let code = crate::support::initiate(&ann).await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
        accept(&eve, &code).await;
        eve.has_status("Closed").await;
        eve.sees("The other side has refused your acceptance").await;
        ann.sees("Another instance tried to accept").await;
    });
}

#[test]
fn a_code_that_was_revoked_is_refused() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        ann.click("Revoke").await;
        ann.is_at("Revoke this invitation?").await;
        ann.click("Revoke").await;
        ann.has_status("Closed").await;
        accept(&bob, &code).await;
        bob.has_status("Closed").await;
        bob.sees("revoked").await;
    });
}

#[test]
fn a_code_that_was_issued_anew_works_and_the_old_one_does_not() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let old = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        ann.click("Issue a new code").await;
        ann.is_at("Issue a new code?").await;
        ann.click("Issue a new code").await;
        ann.is_at("Invitation").await;
        let new = ann.value("Invitation code").await;
        assert_ne!(new, old);
        ann.click("Done").await;
        accept(&bob, &old).await;
        bob.has_status("Closed").await;
        accept(&bob, &new).await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn a_code_that_has_expired_is_refused_by_the_clock_of_who_issued_it() {
    play(async |stage| {
        let clock = FixedClock::at(Timestamp::now());
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.clock = Arc::new(clock.clone());
        let acme = Place::open(plan).await;
        let globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        clock.set(clock.now().saturating_add(Duration::from_secs(8 * 24 * 60 * 60)));
        accept(&bob, &code).await;
        bob.has_status("Closed").await;
        bob.sees("expired").await;
        ann.has_status("Expired").await;
        ann.sees("Issue a new one").await;
    });
}

#[test]
fn an_invitation_that_is_declined_is_over_on_both_sides() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        paste(&bob, &code).await;
        bob.sees("Will be contacted").await;
        bob.fill("Connection name", "not yet lost").await;
        bob.click("Decline").await;
        bob.is_at("Decline this invitation?").await;
        bob.click("Back to the invitation").await;
        assert_eq!(bob.value("Connection name").await, "not yet lost");
        bob.click("Decline").await;
        bob.is_at("Decline this invitation?").await;
        bob.click("Decline").await;
        bob.has_status("Closed").await;
        ann.has_status("Closed").await;
    });
}

#[test]
fn who_has_to_be_approved_is_active_once_they_are() {
    play(async |stage| {
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.approval = Approval::ByHand;
        let acme = Place::open(plan).await;
        let globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        ann.has_status("Awaiting approval").await;
        ann.click("Approve").await;
        ann.is_at("Approve who has accepted?").await;
        ann.sees("Zendesk").await;
        ann.click("Approve").await;
        ann.sees("Approved: the connection is active").await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn who_is_not_approved_is_refused() {
    play(async |stage| {
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        plan.approval = Approval::ByHand;
        let acme = Place::open(plan).await;
        let globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        ann.has_status("Awaiting approval").await;
        ann.click("Decline").await;
        ann.is_at("Decline who has accepted?").await;
        ann.click("Decline").await;
        ann.has_status("Closed").await;
        bob.has_status("Closed").await;
    });
}

#[test]
fn what_one_side_switches_off_or_removes_reaches_the_other() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        connect(&ann, globex.url(), &bob).await;
        ann.click("Deactivate").await;
        ann.is_at("Deactivate this connection?").await;
        ann.click("Deactivate").await;
        ann.has_status("Deactivated by this side").await;
        bob.has_status("Deactivated by the other side").await;
        ann.click("Activate").await;
        ann.has_status("Active").await;
        bob.has_status("Active").await;
        bob.click("Remove").await;
        bob.is_at("Remove this connection?").await;
        bob.click("Remove").await;
        bob.has_status("Closed").await;
        ann.has_status("Closed").await;
        ann.click("Start in Basic mode").await;
        ann.is_at("Choose the configuration type").await;
        assert!(ann.is_chosen("Basic").await);
    });
}

#[test]
fn where_another_server_answers_is_no_destination() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.admin(&acme).await;
        let other = another_server().await;
        begin(&ann).await;
        enter(&ann, &other).await;
        ann.sees("There is no handclasp node at this address").await;
        ann.error_of("Destination instance URL").await;
        assert_eq!(ann.value("Destination instance URL").await, other);
    });
}

#[test]
fn in_basic_mode_the_question_about_admin_access_has_to_be_answered() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Basic").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        let group = "//fieldset[legend[starts-with(normalize-space(), 'Do you have admin access')]]";
        let error = ann.descriptions(&ann.element(group).await).await;
        assert_eq!(error, "Not answered; choose an answer.");
        assert_eq!(ann.value("Incoming project").await, "ACME");
    });
}

#[test]
fn in_visual_mode_nobody_goes_on_without_a_pass_that_is_known() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Visual").await;
        ann.fill("Incoming project", "ACME").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        assert!(ann.error_of("Admin pass").await.contains("Enter an admin pass of the destination"));
        ann.fill("Admin pass", "0000-0000-0000").await;
        ann.click("Verify").await;
        ann.sees("does not know this pass").await;
        assert!(ann.error_of("Admin pass").await.contains("make a new one"));
        assert_eq!(ann.value("Incoming project").await, "ACME");
    });
}

#[test]
fn ones_own_invitation_is_not_to_be_accepted() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        look_at(&ann, &code).await;
        ann.sees("This instance has issued the invitation itself; send it to the other side.").await;
        ann.has_no_button("Accept").await;
    });
}

#[test]
fn names_that_cannot_be_are_refused_when_accepting_too() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        look_at(&bob, &code).await;
        bob.fill("Source side short name", "Twin").await;
        bob.fill("Destination side short name", "Twin").await;
        bob.fill("Connection name", "").await;
        bob.fill("Description", "Typed here").await;
        bob.click("Accept").await;
        bob.sees("Please correct").await;
        assert!(bob.error_of("Destination side short name").await.contains("the two must differ"));
        assert!(bob.error_of("Connection name").await.contains("Empty"));
        assert_eq!(bob.value("Source side short name").await, "Twin");
        assert_eq!(bob.value("Description").await, "Typed here");
        bob.fill("Destination side short name", "Other").await;
        bob.fill("Connection name", "Together").await;
        bob.click("Accept").await;
        bob.is_at("Together").await;
    });
}

#[test]
fn an_invitation_can_wait() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        look_at(&bob, &code).await;
        bob.click("Not now").await;
        bob.sees("The invitation is as it was: you can accept it later.").await;
        bob.sees("No connections yet").await;
        accept(&bob, &code).await;
        bob.has_status("Active").await;
    });
}

#[test]
fn who_accepts_twice_is_shown_the_connection() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        accept(&bob, &code).await;
        bob.sees("the connection is active on both sides").await;
        accept(&bob, &code).await;
        bob.sees("You have accepted this invitation before").await;
        bob.has_status("Active").await;
    });
}

#[test]
fn who_does_not_know_the_password_stays_outside() {
    play(async |stage| {
        let acme = stage.acme().await;
        let ann = stage.window(&acme).await;
        ann.open("/connections").await;
        ann.sign_in("admin", "a guess").await;
        ann.sees("The name or the password is wrong").await;
        assert_eq!(ann.value("Name").await, "admin");
        assert_eq!(ann.value("Password").await, "");
        ann.sign_in("admin", PASSWORD).await;
        ann.is_at("Connections").await;
        ann.click("Sign out").await;
        ann.is_at("Sign in").await;
        ann.open("/connections").await;
        ann.is_at("Sign in").await;
    });
}

/// The address of a server that knows nothing of all this.
async fn another_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            // The beginning of the question is enough to answer it.
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}
