//! Somebody at a browser, as far as it is about HTTP: cookies, redirects, and where requests come from.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use handclasp::InstanceUrl;
use rustls::ClientConfig;

use super::form::{Form, encoded};
use super::html::Element;
use super::http::{Answer, Request, send};

/// A browser at one company's pages. Clones share their cookies, like windows.
#[derive(Clone)]
pub(crate) struct Browser {
    url: InstanceUrl,
    tls: Option<Arc<ClientConfig>>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    addresses: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    pub(crate) fn new(url: &InstanceUrl, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { url: url.clone(), tls, cookies: Arc::default(), addresses: Arc::default() }
    }

    /// The same pages in a browser where nobody is signed in.
    pub(crate) fn browser_of_nobody(&self) -> Self {
        Self { cookies: Arc::default(), ..self.clone() }
    }

    /// Its cookies, as it would send them.
    pub(crate) fn cookies(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// All addresses that it was at, or was sent to.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.addresses.lock().unwrap().clone()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// A request as a browser sends it from one of the pages.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let mut request = Request::new(method, path);
        let cookies = self.cookies();
        if !cookies.is_empty() {
            request = request.header("cookie", &cookies);
        }
        if method == "POST" {
            request = request
                .header("origin", self.url.as_str().trim_end_matches('/'))
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded");
        }
        request
    }

    /// What is answered to it, without following anything.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let answer = self.try_to_send(request).await;
        answer.unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.path))
    }

    /// The same for requests that may find the other end closed.
    pub(crate) async fn try_to_send(&self, request: &Request) -> std::io::Result<Answer> {
        let answer = send(&self.url, self.tls.as_ref(), request).await?;
        let addresses = [Some(request.path.as_str()), answer.header("location")];
        self.addresses.lock().unwrap().extend(addresses.into_iter().flatten().map(str::to_owned));
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.set_cookie(name, value);
        }
        Ok(answer)
    }

    /// The page that comes of a request, after its redirects.
    pub(crate) async fn follow(&self, request: Request) -> Page {
        let mut request = request;
        for _ in 0..10 {
            let answer = self.send(&request).await;
            match answer.header("location") {
                Some(to) => {
                    assert!(to.starts_with('/') && !to.starts_with("//"), "{} leads to {to}", request.path);
                    request = self.request("GET", to);
                }
                None => return Page::read(request.path, answer),
            }
        }
        panic!("{} leads nowhere", request.path);
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.follow(self.request("GET", path)).await
    }

    pub(crate) async fn post<N: AsRef<str>, V: AsRef<str>>(&self, path: &str, pairs: &[(N, V)]) -> Page {
        self.follow(self.request("POST", path).body(encoded(pairs))).await
    }

    /// Presses a button; the form's first one, if it is empty. Gives the page that is shown at once.
    pub(crate) async fn click(&self, form: &Form, button: &str) -> Page {
        let (action, pairs) = form.press(button);
        self.post(&action, &pairs).await
    }

    /// Presses a button, and waits for what takes long.
    pub(crate) async fn press(&self, form: &Form, button: &str) -> Page {
        let page = self.click(form, button).await;
        self.arrive(page).await
    }

    /// Looks again and again, until the page is as it should be. What never is fails by itself, instead of hanging.
    pub(crate) async fn until(&self, path: &str, is_so: impl Fn(&Page) -> bool) -> Page {
        let mut page = self.get(path).await;
        for _ in 0..600 {
            if is_so(&page) {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            page = self.get(path).await;
        }
        panic!("{path} never comes to it: {}", page.text());
    }

    /// Waits for what is under way, as its page does by itself.
    pub(crate) async fn arrive(&self, page: Page) -> Page {
        if page.h1() == "Under way" {
            self.until(&page.path, |page| page.h1() != "Under way").await
        } else {
            page
        }
    }
}

/// A page that was answered.
#[derive(Debug)]
pub(crate) struct Page {
    /// Where it is, after all redirects.
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) answer: Answer,
    pub(crate) root: Element,
}

impl Page {
    #[track_caller]
    fn read(path: String, answer: Answer) -> Self {
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path} is no page: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        let root = Element::document(answer.text());
        Self { path, status: answer.status, answer, root }
    }

    /// Its one heading.
    #[track_caller]
    pub(crate) fn h1(&self) -> String {
        let headings = self.root.named("h1");
        assert_eq!(headings.len(), 1, "{}: {}", self.path, self.root.text());
        headings[0].text()
    }

    pub(crate) fn text(&self) -> String {
        self.root.text()
    }

    pub(crate) fn main(&self) -> &Element {
        self.root.named("main")[0]
    }

    #[track_caller]
    pub(crate) fn by_id(&self, id: &str) -> &Element {
        let found = self.root.all().into_iter().find(|element| element.attribute("id") == Some(id));
        found.unwrap_or_else(|| panic!("no {id} on {}: {}", self.path, self.text()))
    }

    pub(crate) fn forms(&self) -> Vec<Form> {
        self.root.named("form").into_iter().map(Form::read).collect()
    }

    /// The first form of the content.
    #[track_caller]
    pub(crate) fn form(&self) -> Form {
        let forms = self.main().named("form");
        Form::read(forms.first().unwrap_or_else(|| panic!("no form on {}: {}", self.path, self.text())))
    }

    /// The form that goes to an address that ends like this.
    #[track_caller]
    pub(crate) fn form_to(&self, end: &str) -> Form {
        let form = self.forms().into_iter().find(|form| form.action.ends_with(end));
        form.unwrap_or_else(|| panic!("no form to {end} on {}: {}", self.path, self.text()))
    }

    /// What it says in its messages.
    pub(crate) fn notices(&self) -> Vec<String> {
        let notices = self.root.all().into_iter().filter(|element| element.has_class("notice"));
        notices.map(Element::text).collect()
    }

    /// What is said beside a field.
    pub(crate) fn error(&self, field: &str) -> String {
        let id = format!("{field}-error");
        let found = self.root.all().into_iter().find(|element| element.attribute("id") == Some(&id));
        found.map(Element::text).unwrap_or_default()
    }

    /// The stable name of the status of the connection that it shows.
    pub(crate) fn connection_status(&self) -> String {
        let badges = self.root.all().into_iter().filter_map(|element| element.attribute("data-status"));
        badges.map(str::to_owned).next().unwrap_or_else(|| panic!("no status on {}", self.path))
    }
}
