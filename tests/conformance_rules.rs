//! The suites' rules are those of the traits' documentation: none is missing, and none has another number.

use handclasp::conformance::{Rule, store_rules, transport_rules};

/// The numbered rules in the documentation of a trait: `/// 3. **Update is a compare-and-swap.** …`.
fn documented(source: &str) -> Vec<(u8, String)> {
    let rule = |line: &str| {
        let (number, rest) = line.strip_prefix("/// ")?.split_once(". **")?;
        let (title, _) = rest.split_once("**")?;
        Some((number.parse().ok()?, title.trim_end_matches('.').to_lowercase()))
    };
    source.lines().filter_map(rule).collect()
}

fn checked(rules: &[Rule]) -> Vec<(u8, String)> {
    rules.iter().map(|rule| (rule.number, rule.title.to_owned())).collect()
}

#[test]
fn the_suite_for_stores_has_the_rules_of_the_trait() {
    assert_eq!(checked(&store_rules::RULES), documented(include_str!("../src/store/mod.rs")));
}

#[test]
fn the_suite_for_transports_has_the_rules_of_the_trait_that_bytes_can_show() {
    let rules = documented(include_str!("../src/transport/mod.rs"));
    let (unseen, seen): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|(number, _)| [2, 3, 4].contains(number));
    assert_eq!(checked(&transport_rules::RULES), seen);
    assert_eq!(unseen.len(), 3);
}
