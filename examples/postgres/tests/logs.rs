//! The client logs the values of its statements. A record holds secrets.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use std::sync::Mutex;

use handclasp::ConnectionStore;
use handclasp::conformance::Course;
use log::{LevelFilter, Log, Metadata};
use support::{Server, Setup, connections};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Lines;

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, line: &log::Record<'_>) {
        LINES.lock().unwrap().push(line.args().to_string());
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn no_record_is_logged() {
    let server = Server::start();
    log::set_logger(&Lines).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let store = Setup::new(server.config()).await.store(connections(1));
    let course = Course::of(1).unwrap();
    let at = store.insert(&course.pending).await.unwrap();
    store.update(&course.active, at).await.unwrap();

    let lines = LINES.lock().unwrap().join("\n");
    assert_eq!(
        lines.matches("secret bytes").count(),
        2,
        "the values are logged no more, or not like this:\n{lines}"
    );
    for record in [&course.pending, &course.active] {
        let bytes = record.to_secret_bytes();
        // As `Debug` shows them, without the brackets.
        let shown = format!("{:?}", &bytes.expose_bytes()[..16]);
        assert!(!lines.contains(shown.trim_matches(['[', ']'])), "{lines}");
    }
}
