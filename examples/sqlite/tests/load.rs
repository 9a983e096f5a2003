//! Many writers on many handles.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp_trials::Load;
use support::Folder;

#[tokio::test(flavor = "multi_thread")]
async fn writers_on_32_handles_wait_for_each_other_and_none_fails() {
    let folder = Folder::new();
    let load = Load::start(&folder).await;
    load.acknowledged(2000).await;
    let summary = load.stop().await.verify(&folder).await;
    assert_eq!((summary.failed, summary.unclear), (0, 0), "SQLite was busy for longer than a call waits");
}
