//! What a suite found.

use core::fmt;

/// A rule of a contract, by the number that it has in the trait's documentation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// Its number.
    pub number: u8,
    /// What it says.
    pub title: &'static str,
    /// How many checks it takes at least. With fewer, something was left out.
    pub at_least: usize,
}

impl Rule {
    pub(super) const fn new(number: u8, title: &'static str, at_least: usize) -> Self {
        Self { number, title, at_least }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}, {}", self.number, self.title)
    }
}

/// A rule that holds, as far as was checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RuleReport {
    /// The rule.
    pub rule: Rule,
    /// How many checks were made.
    pub checks: usize,
}

/// A rule that does not hold.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{rule}: {what}")]
#[non_exhaustive]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// What was seen, and what should have been.
    pub what: String,
}

/// What became of each rule, in the order of their numbers. Prints as a table.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The rules, each with its result.
    pub rules: Vec<Result<RuleReport, Violation>>,
}

impl Report {
    /// How many checks were made for the rules that hold.
    #[must_use]
    pub fn checks(&self) -> usize {
        self.rules.iter().flatten().map(|report| report.checks).sum()
    }

    /// The rules that do not hold.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.rules.iter().filter_map(|result| result.as_ref().err())
    }

    /// # Errors
    /// If a rule does not hold, or one of these was not run.
    pub(super) fn of(
        rules: &[Rule],
        mut results: Vec<Result<RuleReport, Violation>>,
    ) -> Result<Self, Failure> {
        let rule_of = |result: &Result<RuleReport, Violation>| match result {
            Ok(report) => report.rule,
            Err(violation) => violation.rule,
        };
        for rule in rules {
            if !results.iter().any(|result| rule_of(result).number == rule.number) {
                results.push(Err(Violation { rule: *rule, what: "was left out".to_owned() }));
            }
        }
        results.sort_by_key(|result| rule_of(result).number);
        let report = Self { rules: results };
        if report.violations().next().is_none() { Ok(report) } else { Err(Failure(report)) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.rules {
            match result {
                Ok(RuleReport { rule, checks }) => {
                    writeln!(f, "{:>2}  {:<48} {checks:>6} checks", rule.number, rule.title)?;
                }
                Err(Violation { rule, what }) => {
                    writeln!(f, "{:>2}  {:<48} VIOLATED: {what}", rule.number, rule.title)?;
                }
            }
        }
        write!(f, "    {:<48} {:>6} checks", "all that hold", self.checks())
    }
}

/// The contract does not hold. Its `Debug` is its `Display`, so that a test that ends with it can be read.
#[derive(Clone, Eq, PartialEq)]
pub struct Failure(Report);

impl Failure {
    /// What became of each rule.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.0
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the contract does not hold:\n{}", self.0)
    }
}

impl core::error::Error for Failure {}

/// Counts the checks of one rule.
#[derive(Debug)]
pub(super) struct Checking(RuleReport);

impl Checking {
    pub(super) const fn of(rule: Rule) -> Self {
        Self(RuleReport { rule, checks: 0 })
    }

    /// Checks something once more.
    pub(super) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
        self.0.checks += 1;
        if holds { Ok(()) } else { Err(self.violated(what())) }
    }

    /// What a call gave that should have worked.
    pub(super) fn worked<T, E: fmt::Debug>(
        &mut self,
        call: &str,
        result: Result<T, E>,
    ) -> Result<T, Violation> {
        self.0.checks += 1;
        result.map_err(|error| self.violated(format!("{call} gave {error:?}")))
    }

    pub(super) const fn violated(&self, what: String) -> Violation {
        Violation { rule: self.0.rule, what }
    }

    /// The rule holds, if enough was checked.
    pub(super) fn done(self) -> Result<RuleReport, Violation> {
        let RuleReport { rule, checks } = self.0;
        if checks >= rule.at_least {
            return Ok(self.0);
        }
        Err(self.violated(format!("only {checks} of at least {} checks were made", rule.at_least)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Rule = Rule::new(1, "first", 2);
    const SECOND: Rule = Rule::new(2, "second", 0);

    fn checked(rule: Rule, times: usize) -> Result<RuleReport, Violation> {
        let mut checking = Checking::of(rule);
        for _ in 0..times {
            checking.check(true, String::new)?;
        }
        checking.done()
    }

    fn said(result: Result<Report, Failure>) -> Vec<String> {
        let violations = |failure: Failure| failure.report().violations().map(ToString::to_string).collect();
        result.err().map(violations).unwrap_or_default()
    }

    #[test]
    fn a_rule_that_was_not_run_fails() {
        assert_eq!(
            said(Report::of(&[FIRST, SECOND], vec![checked(FIRST, 2)])),
            ["rule 2, second: was left out"]
        );
    }

    #[test]
    fn a_rule_with_too_few_checks_fails() {
        assert_eq!(
            said(Report::of(&[FIRST], vec![checked(FIRST, 1)])),
            ["rule 1, first: only 1 of at least 2 checks were made"]
        );
    }

    #[test]
    fn a_violation_is_told_with_its_rule() {
        let mut checking = Checking::of(SECOND);
        let violated =
            checking.check(false, || "seen".to_owned()).map(|()| RuleReport { rule: SECOND, checks: 1 });
        assert_eq!(said(Report::of(&[SECOND], vec![violated])), ["rule 2, second: seen"]);
    }

    #[test]
    fn a_report_counts_the_checks_in_the_order_of_the_rules() {
        let report = Report::of(&[FIRST, SECOND], vec![checked(SECOND, 5), checked(FIRST, 2)]);
        let report = report.map(|report| (report.checks(), report.rules.first().cloned()));
        assert_eq!(report.ok(), Some((7, Some(Ok(RuleReport { rule: FIRST, checks: 2 })))));
    }

    #[test]
    fn a_failure_prints_as_a_table_in_a_failing_test_too() {
        let failure = Report::of(&[FIRST], Vec::new()).err().map(|failure| format!("{failure:?}"));
        let failure = failure.unwrap_or_default();
        assert!(failure.contains(" 1  first") && failure.contains("VIOLATED: was left out"), "{failure}");
    }
}
