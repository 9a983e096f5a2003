//! Requests that no page makes.

use crate::support::http::exchange;
use crate::support::{Side, story};

#[tokio::test]
async fn addresses_of_nothing_get_a_page_that_says_so() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for path in [
        "/nothing",
        "/connections/nothing",
        "/connections/00000000000000000000000000",
        "/connections/00000000000000000000000000/state",
        "/connections/00000000000000000000000000/revoke",
        "/connections//revoke",
        "/initiate/short",
        "/initiate/aaaaaaaaaaaaaaaaaaaaa%00",
        "/initiate/aaaaaaaaaaaaaaaaaaaaaa/nothing",
        "/working/short",
        "/connections/%ff",
        "/connections/%ff/revoke",
        "/initiate/%ff",
        "/working/%ff",
        "/%00",
        "/..%2f..%2fetc%2fpasswd",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/portal.css/../portal.db",
        "/portal.db",
        "/connections.db",
        "/.git/config",
        "/.env",
        "/.well-known/nothing",
        "//",
        "//connections",
        "/connections/",
        "/CONNECTIONS",
        "/connections;x=1",
    ] {
        let page = ann.get(path).await;
        assert_eq!((page.status, page.h1().as_str()), (404, "There is nothing here"), "{path}");
    }
    let long = format!("/{}", "x".repeat(20_000));
    assert_eq!(ann.get(&long).await.status, 404);
}

#[tokio::test]
async fn steps_that_a_connection_has_not_are_no_pages() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let page = story::initiate(&ann, None).await;
    let id = story::connection(&page);
    let token = ann.get("/accept").await.form().value("form-token").to_owned();
    for action in ["nothing", "purge", "..", "%2e%2e", "REVOKE", "refresh%00"] {
        assert_eq!(ann.get(&format!("/connections/{id}/{action}")).await.status, 404, "{action}");
        let page = ann.post(&format!("/connections/{id}/{action}"), &[("form-token", &token)]).await;
        assert_eq!(page.status, 404, "{action}");
    }
}

#[tokio::test]
async fn steps_that_are_not_possible_now_change_nothing_and_say_why() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let id = story::connection(&story::initiate(&ann, None).await);
    let token = ann.get("/accept").await.form().value("form-token").to_owned();
    for action in
        ["approve", "decline", "cancel", "deactivate", "activate", "confirm-move", "forget", "refresh"]
    {
        let page = ann.post(&format!("/connections/{id}/{action}"), &[("form-token", &token)]).await;
        assert_eq!(
            (page.status, page.connection_status().as_str()),
            (200, "pending"),
            "{action}: {}",
            page.text()
        );
        assert_eq!(page.notices().len(), 1, "{action}: {:?}", page.notices());
    }
    story::act(&ann, &id, "revoke").await;
    for action in ["revoke", "reissue", "approve", "activate", "refresh", "rename", "describe"] {
        let page = ann
            .post(
                &format!("/connections/{id}/{action}"),
                &[("form-token", token.as_str()), ("connection-name", "X")],
            )
            .await;
        assert_eq!(
            (page.status, page.connection_status().as_str()),
            (200, "closed"),
            "{action}: {}",
            page.text()
        );
        assert!(!page.notices().is_empty(), "{action}");
    }
}

#[tokio::test]
async fn methods_that_no_page_has_are_refused_with_a_page() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for path in ["/", "/connections", "/accept", "/sign-in", "/portal.css", "/nothing", "/admin-pass/check"] {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW"] {
            let page = ann.follow(ann.request(method, path)).await;
            assert_eq!(page.status, if path == "/nothing" { 404 } else { 405 }, "{method} {path}");
            assert!(page.text().contains(if path == "/nothing" { "nothing here" } else { "not asked for" }));
        }
    }
    for path in ["/connections/refresh", "/sign-out", "/admin-pass/check"] {
        let answer = ann.send(&ann.request("GET", path)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "GET {path}");
    }
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    for path in ["/connections", "/accept", "/sign-in", "/portal.css", "/nothing", "/"] {
        let (get, head) =
            (ann.send(&ann.request("GET", path)).await, ann.send(&ann.request("HEAD", path)).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-length", "content-security-policy", "cache-control", "location"]
        {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn hostile_query_strings_are_passed_over() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let long = format!("x={}", "y".repeat(20_000));
    for query in [
        "",
        "=",
        "&&&",
        "phase",
        "phase=",
        "phase=nothing",
        "phase=active&phase=closed",
        "phase[]=active",
        "after=",
        "after=nothing",
        "after=00000000000000000000000000",
        "after=%00",
        "phase=%ff",
        "%ff=%ff",
        "did=%3Cscript%3E",
        "did=%0d%0aset-cookie:a=b",
        "why=nothing",
        "told=1",
        "did=accepted&did=closed",
        "phase=active%27%20OR%201=1",
        "%",
        "%zz",
        "a=%e2%28%a1",
        "back=//evil.example.com",
        &long,
    ] {
        for path in ["/connections", &format!("/connections/{id}"), "/sign-in"] {
            let page = ann.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, 200, "{path}?{query}: {}", page.text());
            assert_eq!(page.root.named("script").len(), 1, "{path}?{query}");
            assert_eq!(page.answer.header("set-cookie"), None);
        }
    }
}

#[tokio::test]
async fn garbage_at_the_node_and_where_passes_are_checked_changes_nothing() {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    let id = story::connect(&ann, globex.address(), &bob).await;
    let message = "application/vnd.handclasp.message";
    let nobody = acme.browser();
    let mut garbage: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0],
        b"hello".to_vec(),
        b"clasp1_AAAA".to_vec(),
        vec![0xff; 4096],
        vec![b'{'; 100_000],
    ];
    garbage.extend((0..64_u8).map(|n| vec![n; usize::from(n)]));
    for body in garbage {
        for path in ["/node", "/admin-pass/check"] {
            let request = nobody.request("POST", path).header("content-type", message).body(body.clone());
            let answer = nobody.send(&request).await;
            assert!(answer.status < 500, "{path}: {}", answer.status);
            assert!(!answer.headers.iter().any(|(name, _)| name == "set-cookie"));
        }
    }
    let page = ann.get(&format!("/connections/{id}")).await;
    assert_eq!((page.status, page.connection_status().as_str()), (200, "active"));
    for path in ["/node", "/admin-pass/check"] {
        let answer = nobody.send(&nobody.request("POST", path).body(b"x=y".to_vec())).await;
        assert_eq!(answer.status, 415, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection_and_nothing_else() {
    let acme = Side::open("Acme").await;
    let ann = acme.admin().await;
    let url = acme.url();
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  /connections HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /accept HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\nconnection: close\r\n\r\nzzzz",
    ] {
        // Whatever it is: no answer of success.
        if let Ok(answer) = exchange(url, None, &[bytes, b"\r\n\r\n"].concat(), true).await {
            assert!(answer.status >= 400, "{}", answer.status);
        }
        assert_eq!(ann.get("/connections").await.status, 200);
    }
    let head = format!("GET /connections HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    if let Ok(answer) = exchange(url, None, head.as_bytes(), true).await {
        assert_eq!(answer.status, 431);
    }
    assert_eq!(ann.get("/connections").await.status, 200);
}
