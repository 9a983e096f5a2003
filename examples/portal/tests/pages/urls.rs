//! URLs that nobody should call, and those that nobody can.

use handclasp::UrlPolicy;
use portal::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Browser, Page, Side, free_port};

/// Enters a URL, and expects that it is refused: with words beside the field, and still in it.
async fn refused(browser: &Browser, url: &str) -> Page {
    let form = browser.get("/initiate").await.form().with("url", url);
    let page = browser.press(&form, "Next").await;
    assert_eq!(page.h1(), "Initiate connection", "{url}: {}", page.text());
    assert_ne!(page.error("url"), "", "{url}");
    assert_eq!(page.form().value("url"), url);
    page
}

#[tokio::test]
async fn what_is_no_url_of_an_instance_is_refused_beside_the_field_and_stays_in_it() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "ftp://example.com",
        "gopher://127.0.0.1:6379/_INFO",
        "https://admin:secret@example.com",
        "https://example.com@evil.example.net",
        "https://example.com\\@evil.example.net",
        "https:\\\\example.com\\path",
        "//example.com",
        "/\\example.com",
        "https://",
        "https://.",
        "https:///",
        "https://example.com:99999",
        "https://example.com:0x50",
        "https://exa mple.com",
        "https://example.com/?x=1",
        "https://example.com/#x",
        "https://example..com",
        "https://-example.com",
        "https://ex\u{0}ample.com",
        "https://ex\tample.com",
        "https://xn--a.example.com",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://256.256.256.256",
        "https://1.2.3.4.5",
        "'; DROP TABLE wizards; --",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "${jndi:ldap://example.com/a}",
        "{{7*7}}",
        "😀",
        "...",
        "",
        " ",
    ] {
        refused(&ann, url).await;
    }
}

/// A company that calls nothing but the public Internet, as companies do that are not on one machine.
fn in_public(config: &mut Config) {
    config.policy = UrlPolicy::public();
    config.url = Some("https://acme.example.com".to_owned());
    config.listen.set_port(free_port());
}

#[tokio::test]
async fn an_address_inside_is_refused_however_it_is_written_and_nobody_there_is_called() {
    let acme = Side::open_with("Acme", in_public).await;
    let ann = acme.admin().await;
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inside.local_addr().unwrap().port();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "１２７.０.０.１",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "127。0。0。1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "metadata.google.internal",
        "intranet",
        "printer.local",
        "acme.onion",
        "8.8.8.8",
    ] {
        let page = refused(&ann, &format!("https://{host}:{port}")).await;
        assert!(
            page.form().buttons.iter().any(|button| button.words == "Next"),
            "trying again would not help"
        );
    }
    refused(&ann, &format!("http://127.0.0.1:{port}")).await;
    refused(&ann, "http://example.com").await;
    // Nobody has knocked.
    let knock =
        std::future::poll_fn(|context| std::task::Poll::Ready(inside.poll_accept(context).is_ready()));
    assert!(!knock.await);
}

/// A server that gives everybody the same answer, and says how often it was asked.
async fn answering(answer: String) -> (u16, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, asking) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = asked.send(());
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, asking)
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let (inside, mut knocks) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let to = format!("http://127.0.0.1:{inside}/");
        let answer =
            format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let (port, _) = answering(answer).await;
        let page = refused(&ann, &format!("http://127.0.0.1:{port}")).await;
        assert!(page.error("url").contains("redirects"), "{}", page.error("url"));
    }
    assert!(knocks.try_recv().is_err(), "the redirect was followed");
}

#[tokio::test]
async fn a_server_that_is_no_node_is_told_apart_from_one_that_is_not_there() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";
    for answer in
        [page, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}"]
    {
        let (port, _) = answering(answer.to_owned()).await;
        let words = refused(&ann, &format!("http://127.0.0.1:{port}")).await.error("url");
        assert!(words.contains("no handclasp node") || words.contains("broke"), "{answer}: {words}");
    }
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let words = refused(&ann, &format!("http://{free}")).await.error("url");
    assert!(words.contains("cannot be reached"), "{words}");
}

#[tokio::test]
async fn what_a_hostile_destination_says_of_itself_is_only_text() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let instance = "{\"uid\":\"<script>alert(1)</script>\",\"platform\":\"jira-cloud\"}";
    let (port, _) = answering(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.handclasp.instance+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{instance}",
        instance.len()
    ))
    .await;
    let page = refused(&ann, &format!("http://127.0.0.1:{port}")).await;
    assert_eq!(page.root.named("script").len(), 1, "the page's own");
}

#[tokio::test]
async fn after_a_wrong_url_the_right_one_goes_on() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let ann = acme.admin().await;
    let page = refused(&ann, "https://admin:secret@example.com").await;
    let page = ann.press(&page.form().with("url", globex.address()), "").await;
    assert_eq!(page.h1(), "Choose the configuration type");
}

#[tokio::test]
async fn the_destination_may_be_this_instance_itself() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = crate::support::story::to_information(&ann, Some(acme.address()), "basic").await;
    let page = ann.press(&crate::support::story::filled_in(&page), "Initiate").await;
    assert_eq!(page.connection_status(), "active", "{}", page.text());
    assert!(!page.text().contains("clasp1_"));
}
