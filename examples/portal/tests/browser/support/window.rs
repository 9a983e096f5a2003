//! A window, and what a person does and sees in it.

use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::browser::devtools;

/// How long something may take to appear before the test gives up.
const PATIENCE: Duration = Duration::from_secs(40);

/// How often it is looked for.
const EVERY: Duration = Duration::from_millis(30);

/// A window of the browser that shows a company's pages.
pub(crate) struct Window {
    client: Client,
    handle: WindowHandle,
    home: String,
}

impl Window {
    pub(super) fn new(client: Client, handle: WindowHandle, home: &str) -> Self {
        Self { client, handle, home: home.to_owned() }
    }

    /// Makes it the one that is driven.
    pub(super) async fn client(&self) -> &Client {
        self.client.switch_to_window(self.handle.clone()).await.unwrap();
        &self.client
    }

    // What people do.

    /// Types an address of the company into the address bar.
    pub(crate) async fn open(&self, path: &str) {
        self.client().await.goto(&format!("{}{path}", self.home)).await.unwrap();
    }

    /// Types any address into the address bar.
    pub(crate) async fn open_address(&self, url: &str) {
        self.client().await.goto(url).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client().await.refresh().await.unwrap();
    }

    pub(crate) async fn back(&self) {
        self.client().await.back().await.unwrap();
    }

    /// Clicks on the button or link with these words.
    pub(crate) async fn click(&self, words: &str) {
        let words = quoted(words);
        let path = format!("(//button | //a | //summary)[normalize-space() = {words}]");
        self.on(&path, async |button| button.click().await).await;
    }

    /// Chooses a radio button, or changes a checkbox.
    pub(crate) async fn choose(&self, label: &str) {
        self.on(&labelled(label), async |field| field.click().await).await;
    }

    /// Puts a text in the place of what is in a field, as pasting does.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let empty = async |field: Element| {
            field.clear().await?;
            field.click().await
        };
        self.on(&labelled(label), empty).await;
        devtools(&self.client, "Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key.
    pub(crate) async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Space" => (32, " "),
            "Tab" => (9, ""),
            "ArrowDown" => (40, ""),
            other => panic!("no key {other}"),
        };
        let name = if key == "Space" { " " } else { key };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": name, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.devtools("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Types a text where the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        self.devtools("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses Tab until the focus is on what has these words, or is labelled by them; each stop on the way can be seen.
    pub(crate) async fn tab_to(&self, words: &str) {
        const FOCUS: &str = "const it = document.activeElement, box = it.getBoundingClientRect();
            const words = it.labels?.[0]?.textContent ?? it.textContent;
            return [words.replace('(required)', '').trim(), box.width * box.height > 0 && box.right > 0];";
        for _ in 0..60 {
            self.press("Tab").await;
            let Some(focus) = self.run(FOCUS).await else { continue };
            assert!(focus[1] == true || focus[0] == "", "nobody sees where the focus is: {focus}");
            if focus[0] == words {
                return;
            }
        }
        panic!("the keyboard does not lead to {words}");
    }

    /// Presses Tab until the focus comes around, and gives what it stopped at on the page itself. Each stop can be seen.
    pub(crate) async fn stops(&self) -> Vec<String> {
        const FOCUS: &str = "const it = document.activeElement, style = getComputedStyle(it);
            const words = it.labels?.[0]?.textContent ?? it.textContent;
            return [words.replace('(required)', '').trim(), !!it.closest('main'),
                style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, it.tagName];";
        let mut stops = Vec::new();
        self.run("document.activeElement.blur()").await;
        for _ in 0..60 {
            self.press("Tab").await;
            let focus = self.run(FOCUS).await.unwrap();
            if focus[3] == "BODY" {
                return stops;
            }
            assert!(focus[2] == true, "nobody sees where the focus is: {focus}");
            if focus[1] == true {
                stops.push(focus[0].as_str().unwrap().to_owned());
            }
        }
        panic!("the focus does not come around: {stops:?}");
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) {
        self.is_at("Sign in").await;
        self.fill("Name", name).await;
        self.fill("Password", password).await;
        self.click("Sign in").await;
    }

    // What people see.

    /// Waits until the page with this heading is there.
    pub(crate) async fn is_at(&self, heading: &str) {
        let look = async || (self.heading().await? == heading).then_some(());
        self.until(&format!("no page \"{heading}\""), look).await;
        let address = self.address().await;
        assert!(!address.contains("clasp1_"), "the code stays in the address");
    }

    /// Waits until these words are on the page.
    pub(crate) async fn sees(&self, words: &str) {
        let look = async || self.text().await?.contains(words).then_some(());
        self.until(&format!("no words \"{words}\""), look).await;
    }

    /// These words are not on the page that is there.
    pub(crate) async fn does_not_see(&self, words: &str) {
        let text = self.text().await.unwrap();
        assert!(!text.contains(words), "{words}: {text}");
    }

    /// Waits until the status in the heading is this one.
    pub(crate) async fn has_status(&self, status: &str) {
        let script = "return document.querySelector('.heading .badge')?.innerText";
        let look = async || (self.run(script).await?.as_str()? == status).then_some(());
        self.until(&format!("no status \"{status}\""), look).await;
    }

    /// What is in a field.
    pub(crate) async fn value(&self, label: &str) -> String {
        self.on(&labelled(label), async |field| field.prop("value").await).await.unwrap()
    }

    /// Whether a radio button or a checkbox is on.
    pub(crate) async fn is_chosen(&self, label: &str) -> bool {
        self.on(&labelled(label), async |field| field.is_selected().await).await
    }

    /// What is wrong with a field, as a screen reader would say it.
    pub(crate) async fn error_of(&self, label: &str) -> String {
        let field = self.field(label).await;
        assert_eq!(field.attr("aria-invalid").await.unwrap().as_deref(), Some("true"), "{label}");
        self.descriptions(&field).await
    }

    /// What a screen reader says besides the name of an element.
    pub(crate) async fn descriptions(&self, element: &Element) -> String {
        let by = element.attr("aria-describedby").await.unwrap().unwrap_or_default();
        let mut said = Vec::new();
        for id in by.split_whitespace() {
            said.push(self.element(&format!("//*[@id = {}]", quoted(id))).await.text().await.unwrap());
        }
        said.join(" ")
    }

    /// No button has these words.
    pub(crate) async fn has_no_button(&self, words: &str) {
        let path = format!("//button[normalize-space() = {}]", quoted(words));
        let found = self.client().await.find_all(Locator::XPath(&path)).await.unwrap();
        assert!(found.is_empty(), "there is a button \"{words}\"");
    }

    /// The comparison string on the page of a connection.
    pub(crate) async fn comparison(&self) -> String {
        let path = "//p[starts-with(normalize-space(), 'Comparison string')]/code";
        self.on(path, async |string| string.text().await).await
    }

    pub(crate) async fn address(&self) -> String {
        self.run("return location.href").await.unwrap().as_str().unwrap().to_owned()
    }

    // How.

    /// A command of the `DevTools` protocol to this window.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        devtools(self.client().await, command, parameters).await
    }

    /// Runs a script in the page, and gives what it returns; nothing while there is no page to run it in.
    pub(crate) async fn run(&self, script: &str) -> Option<Value> {
        self.client().await.execute(script, Vec::new()).await.ok()
    }

    async fn heading(&self) -> Option<String> {
        let heading = self.run("return document.querySelector('h1')?.innerText").await?;
        heading.as_str().map(str::to_owned)
    }

    async fn text(&self) -> Option<String> {
        // What is hidden is no part of it.
        self.run("return document.body.innerText").await?.as_str().map(str::to_owned)
    }

    /// The field with this label.
    pub(crate) async fn field(&self, label: &str) -> Element {
        self.element(&labelled(label)).await
    }

    /// Does something with the first element that this leads to. If the page loads itself anew before it is done, once more.
    async fn on<T>(&self, path: &str, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        loop {
            match act(self.element(path).await).await {
                Err(error) if error.is_stale_element_reference() => {}
                done => return done.unwrap(),
            }
        }
    }

    /// The first element that this leads to and a person can see, as soon as there is one.
    pub(crate) async fn element(&self, path: &str) -> Element {
        let look = async || {
            for element in self.client().await.find_all(Locator::XPath(path)).await.ok()? {
                if element.is_displayed().await.ok()? {
                    return Some(element);
                }
            }
            None
        };
        self.until(&format!("nothing at {path}"), look).await
    }

    /// Waits for something.
    async fn until<T>(&self, otherwise: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if begun.elapsed() > PATIENCE {
                let (address, text) = (self.run("return location.href").await, self.text().await);
                panic!("{otherwise} at {address:?}:\n{}", text.unwrap_or_default());
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

/// The way to the field with this label.
fn labelled(label: &str) -> String {
    let (label, required) = (quoted(label), quoted(&format!("{label} (required)")));
    format!("//*[@id = //label[normalize-space() = {label} or normalize-space() = {required}]/@for]")
}

/// A text for `XPath`, which has no way to write a quotation mark of the kind that is around it.
fn quoted(text: &str) -> String {
    if text.contains('"') { format!("'{text}'") } else { format!("\"{text}\"") }
}
