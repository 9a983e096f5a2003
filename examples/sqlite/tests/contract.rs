//! The store keeps every rule of its contract.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::conformance;
use support::Folder;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_keeps_every_rule_of_its_contract() -> Result<(), conformance::Failure> {
    let report = conformance::store(&Folder::new()).await?;
    println!("{report}");
    Ok(())
}
