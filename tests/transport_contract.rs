//! The network within the program against each rule of the contract, by itself and behind each pointer that forwards.

#[path = "support/programs.rs"]
mod programs;

use std::sync::Arc;

use handclasp::conformance::{self, Failure, transport_rules};
use handclasp::{InProcess, InProcessError, Instance, InstanceUrl, Transport};
use programs::Program;

/// Runs the whole suite, and prints what it found.
async fn holds<T: Transport + Send + Sync + 'static>(make: fn(InProcess) -> T) -> Result<(), Failure> {
    let report = conformance::transport(&Program::with(make)).await?;
    println!("{report}");
    assert_eq!(report.rules.len(), transport_rules::RULES.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_within_the_program_keeps_the_contract() -> Result<(), Failure> {
    holds(|network| network).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_behind_a_reference_keeps_the_contract() -> Result<(), Failure> {
    holds(|network| -> &'static InProcess { Box::leak(Box::new(network)) }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_boxed_network_keeps_the_contract() -> Result<(), Failure> {
    holds(Box::new).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_network_keeps_the_contract() -> Result<(), Failure> {
    holds(Arc::new).await
}

/// Sends each message twice, and everything once more that fails.
struct Repeating(InProcess);

impl Transport for Repeating {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
        self.0.discover(url).await
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Result<Vec<u8>, InProcessError> {
        let _ = self.0.exchange(to, message).await;
        self.0.exchange(to, message).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_that_repeats_keeps_the_contract() -> Result<(), Failure> {
    holds(Repeating).await
}
