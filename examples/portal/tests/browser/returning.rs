//! Going back, coming back, clicking twice: nothing typed is lost, and nothing is done twice.

use crate::support::{
    Lossy, PASSWORD, Place, Window, accept, begin, both_active, choose, connect, enter, initiate, invitation,
    look_at, paste, play, two, wizard,
};
use handclasp::KnownPlatform;

const NAME: &str = "Escalations, from \"Jira\" & <co>";

async fn type_everything(window: &Window) {
    window.fill("Connection name", NAME).await;
    window.fill("Description", "line one\nline two").await;
    window.fill("Incoming project", "ACME").await;
}

async fn everything_is_there(window: &Window) {
    window.is_at("Connection information").await;
    assert_eq!(window.value("Connection name").await, NAME);
    assert_eq!(window.value("Description").await, "line one\nline two");
    assert_eq!(window.value("Incoming project").await, "ACME");
}

#[test]
fn previous_leads_to_the_very_first_screen_and_back_with_everything() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        type_everything(&ann).await;
        ann.click("Previous").await;
        ann.is_at("Choose the configuration type").await;
        assert!(ann.is_chosen("Script").await);
        ann.click("Previous").await;
        ann.is_at("Initiate connection").await;
        assert_eq!(ann.value("Destination instance URL").await, globex.url());
        ann.click("Next").await;
        choose(&ann, "Script").await;
        everything_is_there(&ann).await;
    });
}

#[test]
fn a_reload_a_second_window_and_a_restart_show_what_was_typed() {
    play(async |stage| {
        let (mut acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        type_everything(&ann).await;
        // Something is wrong, so the page comes again.
        ann.fill("Source side short name", "").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        ann.reload().await;
        everything_is_there(&ann).await;
        ann.error_of("Source side short name").await;
        let address = ann.address().await;
        let second = stage.window(&acme).await;
        second.open_address(&address).await;
        everything_is_there(&second).await;
        acme.stop().await;
        acme.start_again().await;
        second.reload().await;
        everything_is_there(&second).await;
        second.open("/connections").await;
        second.sees("Not finished").await;
    });
}

#[test]
fn the_browsers_own_back_button_breaks_nothing() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        ann.back().await;
        ann.is_at("Choose the configuration type").await;
        choose(&ann, "Script").await;
        let code = initiate(&ann).await;
        ann.click("Done").await;
        ann.back().await;
        ann.back().await;
        // What the browser had kept of it is from before.
        ann.reload().await;
        ann.sees("This wizard has initiated its connection").await;
        accept(&bob, &code).await;
        bob.has_status("Active").await;
    });
}

#[test]
fn two_people_in_one_wizard_lose_nothing() {
    play(async |stage| {
        let (acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        let colleague = stage.window(&acme).await;
        colleague.open_address(&ann.address().await).await;
        colleague.is_at("Connection information").await;
        ann.fill("Connection name", "Ann's").await;
        ann.click("Initiate").await;
        ann.sees("Please correct").await;
        colleague.fill("Connection name", "The colleague's").await;
        colleague.click("Initiate").await;
        colleague.sees("changed in another window").await;
        assert_eq!(colleague.value("Connection name").await, "The colleague's");
        ann.reload().await;
        assert_eq!(ann.value("Connection name").await, "Ann's");
        colleague.fill("Incoming project", "ACME").await;
        colleague.click("Initiate").await;
        colleague.is_at("Invitation").await;
    });
}

#[test]
fn two_clicks_on_initiate_make_one_connection_whose_code_is_on_the_screen() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        ann.fill("Incoming project", "ACME").await;
        // The first click's answer comes to a window that nobody looks at any more.
        let twice = "const form = document.querySelector('main form');
            const body = new URLSearchParams(new FormData(form));
            // The buttons are named `action`, too.
            const to = form.getAttribute('action').replace('information', 'invitation');
            return fetch(to, { method: 'POST', body }).then((answer) => answer.status)";
        assert_eq!(ann.run(twice).await.unwrap(), 200);
        ann.click("Initiate").await;
        ann.is_at("Invitation").await;
        let code = ann.value("Invitation code").await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
        ann.open("/connections?phase=active").await;
        let rows = ann.run("return document.querySelectorAll('tbody tr').length").await.unwrap();
        assert_eq!(rows, 1);
        ann.open("/connections?phase=pending").await;
        ann.sees("There are no such connections").await;
    });
}

#[test]
fn two_clicks_on_initiate_at_the_same_time_make_one_connection_whose_code_is_on_the_screen() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        ann.fill("Incoming project", "ACME").await;
        // The first one's answer comes to nobody.
        let twice = "const form = document.querySelector('main form');
            const body = new URLSearchParams(new FormData(form));
            const button = [...form.querySelectorAll('button')].find((button) => button.innerText === 'Initiate');
            fetch(button.formAction, { method: 'POST', body, keepalive: true });
            button.click();";
        ann.run(twice).await.unwrap();
        ann.is_at("Invitation").await;
        let code = ann.value("Invitation code").await;
        ann.click("Done").await;
        accept(&bob, &code).await;
        both_active(&ann, &bob).await;
        ann.open("/connections").await;
        let open = "return [...document.querySelectorAll('tbody .badge')].filter((badge) => badge.innerText !== 'Closed').length";
        assert_eq!(ann.run(open).await.unwrap(), 1);
    });
}

#[test]
fn two_clicks_on_accept_are_one_acceptance() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        paste(&bob, &code).await;
        bob.sees("Will be contacted").await;
        let twice = "const form = document.querySelector('main form');
            const body = new URLSearchParams(new FormData(form));
            body.set('action', 'accept');
            return fetch(form.getAttribute('action'), { method: 'POST', body }).then((answer) => answer.status)";
        assert_eq!(bob.run(twice).await.unwrap(), 200);
        bob.click("Accept").await;
        ann.click("Done").await;
        both_active(&ann, &bob).await;
        bob.open("/connections").await;
        let rows = bob.run("return document.querySelectorAll('tbody tr').length").await.unwrap();
        assert_eq!(rows, 1);
    });
}

#[test]
fn an_answer_that_is_lost_burns_no_code() {
    play(async |stage| {
        let mut plan = stage.plan("Acme", KnownPlatform::JiraCloud);
        // Its port is needed before it listens there, for who stands in front of it.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let network = Lossy::before(free.to_string()).await;
        plan.listen = free;
        plan.url = Some(network.url().to_owned());
        let acme = Place::open(plan).await;
        let globex = stage.globex().await;
        let (ann, bob) = (stage.admin(&acme).await, stage.admin(&globex).await);
        let code = invitation(&ann, globex.url()).await;
        ann.click("Done").await;
        let network_loses = async |loses| network.lose(loses);
        paste(&bob, &code).await;
        bob.sees("Will be contacted").await;
        network_loses(true).await;
        bob.click("Accept").await;
        bob.has_status("Accepting").await;
        bob.sees("nothing is lost").await;
        assert!(network.lost() > 0);
        network_loses(false).await;
        bob.click("Refresh").await;
        both_active(&ann, &bob).await;
    });
}

#[test]
fn a_page_that_follows_what_happens_does_not_call_off_a_click() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        connect(&ann, globex.url(), &bob).await;
        // While the page asks whether something has changed, somebody clicks; and then the answer comes.
        let clicks = "fetch = async () => {
                document.querySelector('form[action$=\"/refresh\"] button').click();
                return { ok: true, text: async () => 'something else' };
            }";
        ann.run(clicks).await.unwrap();
        ann.sees("was asked how it stands").await;
    });
}

#[test]
fn whose_session_has_ended_goes_on_where_they_were() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        wizard(&ann, globex.url(), "Script").await;
        type_everything(&ann).await;
        let elsewhere = "const form = document.querySelector('.out');
            const body = new URLSearchParams(new FormData(form));
            return fetch('/sign-out', { method: 'POST', body }).then((answer) => answer.status)";
        assert_eq!(ann.run(elsewhere).await.unwrap(), 200);
        ann.click("Initiate").await;
        ann.sees("Your session has ended").await;
        ann.sign_in("admin", PASSWORD).await;
        ann.is_at("You are signed in again").await;
        ann.click("Go on where I was").await;
        ann.is_at("Invitation").await;
        ann.click("Done").await;
        ann.is_at(NAME).await;
    });
}

#[test]
fn a_url_that_is_corrected_keeps_the_rest() {
    play(async |stage| {
        let (_acme, globex, ann, _bob) = two(stage).await;
        begin(&ann).await;
        ann.choose("I don't have a URL").await;
        ann.click("Next").await;
        choose(&ann, "Script").await;
        type_everything(&ann).await;
        ann.click("Previous").await;
        ann.is_at("Choose the configuration type").await;
        ann.click("Previous").await;
        ann.is_at("Initiate connection").await;
        ann.choose("I don't have a URL").await;
        enter(&ann, globex.url()).await;
        choose(&ann, "Script").await;
        everything_is_there(&ann).await;
    });
}

#[test]
fn two_clicks_on_accept_at_the_same_time_are_one_acceptance() {
    play(async |stage| {
        let (_acme, globex, ann, bob) = two(stage).await;
        let code = invitation(&ann, globex.url()).await;
        look_at(&bob, &code).await;
        // The first one's answer comes to nobody.
        let twice = "const form = document.querySelector('main form');
            const body = new URLSearchParams(new FormData(form));
            body.set('action', 'accept');
            fetch(form.getAttribute('action'), { method: 'POST', body, keepalive: true });
            form.querySelector('[value=accept]').click();";
        bob.run(twice).await.unwrap();
        bob.has_status("Active").await;
        ann.click("Done").await;
        both_active(&ann, &bob).await;
        bob.open("/connections").await;
        let rows = bob.run("return document.querySelectorAll('tbody tr').length").await.unwrap();
        assert_eq!(rows, 1);
    });
}

#[test]
fn two_people_at_the_first_screen_lose_nothing() {
    play(async |stage| {
        let (acme, globex, ann, _bob) = two(stage).await;
        begin(&ann).await;
        let colleague = stage.window(&acme).await;
        colleague.open_address(&ann.address().await).await;
        colleague.is_at("Initiate connection").await;
        enter(&ann, globex.url()).await;
        ann.is_at("Choose the configuration type").await;
        enter(&colleague, "https://elsewhere.example.com").await;
        colleague.sees("changed in another window").await;
        assert_eq!(colleague.value("Destination instance URL").await, "https://elsewhere.example.com");
        // Ann's is what is stored.
        ann.click("Previous").await;
        ann.is_at("Initiate connection").await;
        assert_eq!(ann.value("Destination instance URL").await, globex.url());
    });
}

#[test]
fn two_people_who_choose_different_modes_are_told() {
    play(async |stage| {
        let (acme, globex, ann, _bob) = two(stage).await;
        begin(&ann).await;
        enter(&ann, globex.url()).await;
        ann.is_at("Choose the configuration type").await;
        let colleague = stage.window(&acme).await;
        colleague.open_address(&ann.address().await).await;
        choose(&ann, "Script").await;
        colleague.choose("Basic").await;
        colleague.click("Next").await;
        colleague.sees("changed in another window").await;
        assert!(colleague.is_chosen("Basic").await);
        ann.reload().await;
        ann.sees("Configuration type: Script").await;
    });
}
