//! Codes, passwords, cookies, tokens and passes are in no log, no address and no file.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing::dispatcher::set_default;
use tracing::subscriber::NoSubscriber;

use crate::support::{Browser, PASSWORD, Side, signing_in, story};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a story of which everything is logged that any package logs, on whichever thread.
fn logged<T>(story: impl Future<Output = T>) -> (T, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let dispatch = Dispatch::new(subscriber);
    // While there is only one, what is logged first on a thread without it, such as another test's, is never logged again.
    let _another = Dispatch::new(NoSubscriber::default());
    let of_thread = dispatch.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        // For as long as the thread lives.
        .on_thread_start(move || std::mem::forget(set_default(&of_thread)))
        .build()
        .unwrap();
    let _here = set_default(&dispatch);
    let end = runtime.block_on(story);
    drop(runtime);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (end, text)
}

/// What must not be found, and what it is.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn add(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() >= 8, "{what}");
        self.0.push((what, secret.to_owned()));
    }

    /// A code, and each part of it that is long enough not to be there by chance. What begins it is in every code.
    fn add_code(&mut self, code: &str) {
        self.add("a code", code);
        let secret = code.strip_prefix("clasp1_").unwrap();
        for part in secret.as_bytes().chunks_exact(24) {
            self.add("part of a code", str::from_utf8(part).unwrap());
        }
    }

    /// The cookie and the token of who is signed in.
    async fn add_session(&mut self, browser: &Browser) {
        let cookies = browser.cookies();
        self.add("a cookie", cookies.split_once('=').unwrap().1);
        self.add("a form token", browser.get("/accept").await.form().value("form-token"));
    }

    fn assert_not_in(&self, place: &str, bytes: &[u8]) {
        // Secrets are plain letters, so whatever else is in there does not matter.
        let text = String::from_utf8_lossy(bytes);
        for (what, secret) in &self.0 {
            assert!(!text.contains(secret), "{what} is in {place}");
        }
    }
}

/// Both sides' whole story, with mistakes on the way. Gives what was secret in it.
async fn story() -> (Secrets, [Side; 2], Vec<String>) {
    let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
    let mut secrets = Secrets::default();
    secrets.add("a password", PASSWORD);
    secrets.add("a password in a form", &PASSWORD.replace(' ', "+"));
    let nobody = acme.browser();
    let wrong = "wrong horse battery staple";
    secrets.add("a wrong password", wrong);
    nobody
        .press(&nobody.get("/").await.form_to("/sign-in").with("name", "admin").with("password", wrong), "")
        .await;
    let (ann, bob) = (acme.admin().await, globex.admin().await);
    secrets.add_session(&ann).await;
    secrets.add_session(&bob).await;

    // A code, mangled, declined; and one that is replaced, and accepted.
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    secrets.add_code(&code);
    story::preview(&bob, &code[..code.len() - 1]).await;
    let preview = story::preview(&bob, &code).await;
    let page = bob.press(&preview.form(), "Decline").await;
    bob.press(&page.form(), "Decline").await;
    let invitation = story::initiate(&ann, Some(globex.address())).await;
    secrets.add_code(&story::code(&invitation));
    let anew = story::act(&ann, &story::connection(&invitation), "reissue").await;
    let code = story::code(&anew);
    secrets.add_code(&code);
    let accepted = story::accept(&bob, &code).await;
    assert_eq!(accepted.connection_status(), "active");

    // An admin pass, and the acceptance link that comes of it.
    let made = bob.press(&bob.get("/admin-pass").await.form(), "").await;
    let pass = made.by_id("pass").attribute("value").unwrap().to_owned();
    secrets.add("an admin pass", &pass);
    secrets.add("an admin pass", &pass.replace('-', ""));
    let page = story::to_information(&ann, Some(globex.address()), "visual").await;
    let page = ann.press(&page.form().with("admin-pass", &pass), "Verify").await;
    let page = ann.press(&story::filled_in(&page), "Initiate").await;
    let link = page.by_id("acceptance-link").attribute("href").unwrap().to_owned();
    secrets.add_code(&story::code(&page));
    let page = story::accept(&bob, &link).await;
    assert_eq!(page.connection_status(), "active", "{}", page.text());

    // A session that ends while somebody pastes.
    let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
    secrets.add_code(&code);
    let form = bob.get("/accept").await.form().with("code", &code);
    globex.desk().execute("DELETE FROM sessions", []).unwrap();
    let page = bob.press(&form, "").await;
    let page = bob.press(&signing_in(&page), "").await;
    secrets.add_session(&bob).await;
    bob.press(&page.form(), "Go on where I was").await;
    let addresses = [nobody, ann, bob].iter().flat_map(Browser::addresses).collect();
    (secrets, [acme, globex], addresses)
}

#[test]
fn secrets_are_in_no_log_no_address_and_no_file() {
    let (secrets, log) = logged(async {
        let (secrets, sides, addresses) = story().await;
        assert!(addresses.len() > 50, "{addresses:?}");
        secrets.assert_not_in("an address", addresses.join(" ").as_bytes());
        for mut side in sides {
            side.stop().await;
            let mut files = 0;
            for file in std::fs::read_dir(&side.config.folder).unwrap() {
                let file = file.unwrap().path();
                secrets.assert_not_in(&file.display().to_string(), &std::fs::read(&file).unwrap());
                files += 1;
            }
            assert!(files >= 2, "{files}");
        }
        secrets
    });
    // It is the whole log, of every package.
    for words in ["answered", "/accept/answer", "was not signed in", "handclasp_worker"] {
        assert!(log.contains(words), "{words} should be in the log:\n{log}");
    }
    secrets.assert_not_in("the log", log.as_bytes());
    assert!(!log.contains("clasp1_"), "{log}");
}

#[test]
fn secrets_are_in_no_log_when_the_stores_fail() {
    let (secrets, log) = logged(async {
        let (acme, globex) = (Side::open("Acme").await, Side::open("Globex").await);
        let (ann, bob) = (acme.admin().await, globex.admin().await);
        let mut secrets = Secrets::default();
        let code = story::code(&story::initiate(&ann, Some(globex.address())).await);
        secrets.add_code(&code);
        let form = story::filled_in(&story::preview(&bob, &code).await);
        let wizard = story::filled_in(&story::to_information(&bob, None, "basic").await);
        secrets.add_session(&bob).await;
        // Somebody takes the tables away.
        let store = rusqlite::Connection::open(globex.file("connections.db")).unwrap();
        let mut query = store.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
        let tables: Vec<String> =
            query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        for table in tables.iter().filter(|table| !table.starts_with("sqlite_")) {
            store.execute_batch(&format!("ALTER TABLE \"{table}\" RENAME TO \"gone_{table}\"")).unwrap();
        }
        let page = bob.press(&form, "Accept").await;
        assert!(page.status == 503 || page.text().contains("store"), "{} {}", page.status, page.text());
        let page = bob.press(&wizard, "Initiate").await;
        assert_eq!((page.status, page.h1().as_str()), (503, "The store cannot be reached"));
        assert_eq!(bob.get("/connections").await.status, 503);
        globex.desk().execute_batch("ALTER TABLE wizards RENAME TO gone").unwrap();
        let page = bob.press(&wizard, "Previous").await;
        assert_eq!((page.status, page.h1().as_str()), (503, "The store cannot be reached"));
        secrets
    });
    assert!(log.contains("ERROR"), "{log}");
    secrets.assert_not_in("the log", log.as_bytes());
}
