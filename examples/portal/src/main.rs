//! `cargo run -p portal`: two companies on this machine, or one of your own.

mod flags;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use portal::{Company, Config};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

use crate::flags::Flags;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut source: Option<&dyn Error> = Some(&*error);
            let mut messages = Vec::new();
            while let Some(error) = source {
                messages.push(error.to_string());
                source = error.source();
            }
            messages.dedup();
            eprintln!("error: {}", messages.join(": "));
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), Box<dyn Error>> {
    let configs = flags.companies()?;
    let stop = Arc::new(Notify::new());
    let mut companies = JoinSet::new();
    for config in configs {
        let welcome = Welcome::of(&config);
        let company = Company::open(config).await?;
        welcome.print(&company)?;
        companies.spawn(company.run_until(stop.clone().notified_owned()));
    }
    println!("\nPress Ctrl+C to stop. Everything is kept until the next start.");
    std::io::stdout().flush()?;
    let mut result = tokio::select! {
        told = stopped() => told,
        Some(failed) = companies.join_next() => failed?,
    };
    // If one company ends, the other does, too.
    stop.notify_waiters();
    while let Some(ended) = companies.join_next().await {
        result = result.and(ended?);
    }
    Ok(result?)
}

/// What is printed when a company has started.
struct Welcome {
    name: String,
    platform: &'static str,
    admin: String,
    password: Option<String>,
}

impl Welcome {
    /// A password that was made up here is shown; one that was given is not.
    fn of(config: &Config) -> Self {
        let is_given = std::env::var_os(flags::PASSWORD).is_some();
        Self {
            name: config.name.clone(),
            platform: config.platform.title(),
            admin: config.admin.clone(),
            password: (!is_given).then(|| config.password.clone()),
        }
    }

    fn print(&self, company: &Company) -> std::io::Result<()> {
        let Self { name, platform, admin, password } = self;
        let password = password.as_deref().unwrap_or("as given");
        let mut out = std::io::stdout();
        writeln!(out, "{name} ({platform}): {}", company.url())?;
        writeln!(out, "    sign in as {admin}, password {password}")?;
        out.flush()
    }
}

/// Ends when the program is told to stop.
async fn stopped() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
