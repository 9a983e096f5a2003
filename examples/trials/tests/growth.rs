//! The growth of a store is measured at each size, and only of a store that gives full pages.

mod support;

use handclasp_trials::{Growth, Layout, Plan, growth};
use support::Memory;
use support::faulty::{Doing, database};

async fn measured(plan: Plan) -> Growth {
    let databases: Vec<_> = plan.sizes().iter().map(|_| Memory::behind(|store| store)).collect();
    growth(&plan, &databases, async |_| 0).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_size_has_a_row() {
    for layout in [Layout::OneInstance, Layout::Thousands] {
        let plan = Plan::from_args("memory").writers(2).layout(layout);
        assert_eq!(plan.sizes(), [1000, 10_000], "a test is quick");
        let table = measured(plan).await.to_string();
        println!("{table}");
        let begins = |line: &str| table.lines().any(|row| row.starts_with(line));
        assert!(begins("| 1000 |") && begins("| 10000 |") && begins("| 10000 over 1000 |"), "{table}");
    }
}

#[tokio::test]
#[should_panic(expected = "the page is full")]
async fn a_store_with_short_pages_is_not_measured() {
    let plan = Plan::from_args("short").up_to(1000);
    growth(&plan, &[database(Doing::Shortening)], async |_| 0).await;
}
