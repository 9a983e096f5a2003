//! A company that runs within the test.

use std::path::Path;

use handclasp::KnownPlatform;
use portal::{Company, Config};

/// The password of each admin.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A company, which can be stopped, and started again at the same address with what it had stored.
pub(crate) struct Place {
    config: Config,
    company: Option<Company>,
    url: String,
}

impl Place {
    /// A company on this machine, which keeps its things in a folder of this one.
    pub(crate) fn plan(folder: &Path, name: &str, platform: KnownPlatform) -> Config {
        Config::on_this_machine(name, platform, folder.join(name), PASSWORD.to_owned())
    }

    pub(crate) async fn open(mut config: Config) -> Self {
        let company = Company::open(config.clone()).await.unwrap();
        let url = company.url().to_string();
        if config.url.is_none() {
            config.listen = url.strip_prefix("http://").unwrap().parse().unwrap();
        }
        Self { config, company: Some(company), url }
    }

    /// Where its pages are, and where other companies find it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(company) = self.company.take() {
            company.stop().await.unwrap();
        }
    }

    /// Starts it at another address, as after a move.
    pub(crate) async fn start_elsewhere(&mut self) {
        self.config.listen.set_port(0);
        *self = Self::open(self.config.clone()).await;
    }

    pub(crate) async fn start_again(&mut self) {
        assert!(self.company.is_none(), "it runs");
        self.company = Some(Company::open(self.config.clone()).await.unwrap());
    }
}
