//! Which rules the vectors in `vectors/` show, and which they cannot.

use super::{code_of, json::Fields};
use crate::rules::{self, Rule};
use serde_json::Value;
use std::collections::BTreeSet;

/// The letters of the rules that must have vectors: elections, schedules, bundles, legality, receipts, fraud, staking,
/// messages, storage audit, proofs of space, light proofs.
pub const LETTERS: &str = "ESBLRFTNAMY";

/// Rules without any case, and why. Keep it short: what can be shown to another implementation is shown.
pub const WITHOUT_CASE: &[(&str, &str)] = &[
    (
        "F12",
        "needs an engine that breaks its contract; the toy ledger keeps it",
    ),
    ("N4", "an outbox of 2^32 messages fills no file"),
    ("F23", POOL),
    ("F24", POOL),
    ("F25", POOL),
    ("F26", POOL),
    ("F27", POOL),
    ("F28", POOL),
];

const POOL: &str = "of a node's own pool of proofs: two nodes may differ";

/// Rules that cases show but none is refused by, and why: they refuse nothing.
pub const NEVER_REFUSED: &[(&str, &str)] = &[
    ("A10", "defines a value; A9 refuses"),
    ("A11", "defines a value; A8 refuses"),
    ("A12", "defines a value; A9 refuses"),
    ("A13", "defines a value; A8 and A9 refuse"),
    ("A14", "defines a value; A8 and A9 refuse"),
    ("A15", "defines a value; A6 refuses"),
    ("A16", "defines a value; A5 refuses"),
    ("A17", "defines a value"),
    ("A19", "defines a value"),
    ("A20", "defines a value"),
    ("E12", "says that each claim of a batch gets its own verdict"),
    ("E23", "defines a value; E10 refuses"),
    ("M4", "defines a table; M2 refuses"),
    ("M5", "defines a relation; M2 refuses"),
    ("M6", "defines a table; M2 and M3 refuse"),
    ("M7", "defines a value"),
    ("N3", "says what the engine takes"),
    ("N5", "says what is answered"),
    ("N6", "says what an answer settles"),
    ("N27", "is answered, by consensus itself"),
    ("N28", "says when a channel is forgotten"),
    ("R26", "who is no further backer is answered `known`"),
    ("R28", "nothing to confirm is an answer"),
    ("R29", "nothing to confirm yet is an answer"),
    ("R32", "says what a sweep visits"),
    ("S1", "defines a value"),
    ("S2", "defines a value"),
    ("S3", "defines an order; S12 refuses"),
    ("S4", "defines an order; S16 refuses"),
    ("S5", "defines a value; S8 refuses"),
    ("T14", "defines a price"),
    ("T15", "defines a rounding"),
    ("T16", "defines a rounding"),
    ("T17", "defines a rounding"),
    ("T18", "defines a rounding"),
    ("T19", "defines when a fund begins anew"),
    ("T20", "defines a rounding"),
    ("T21", "defines a rounding"),
    ("T22", "says what a slash leaves"),
    ("T23", "who paid before is answered `null`"),
    ("T24", "defines a rounding"),
    ("T25", "defines a rounding"),
    ("T26", "who is not there is answered `null`"),
    ("T27", "defines a cap"),
    ("T28", "defines a rounding"),
    ("T29", "defines a rounding"),
];

/// What the cases of some files are about.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    listed: BTreeSet<Rule>,
    refused: BTreeSet<Rule>,
    faults: Vec<String>,
}

impl Coverage {
    /// Adds the cases of a file.
    ///
    /// # Panics
    /// When the file is not one of vectors.
    #[allow(clippy::panic, reason = "a check that cannot look must not pass")]
    pub fn add(&mut self, path: &str, text: &str) {
        let file: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        for case in Fields(&file).each("cases") {
            let rules: Vec<Rule> = case
                .each("rules")
                .filter_map(|rule| rule.0.as_str())
                .map(str::to_owned)
                .collect();
            let code = case
                .fields("then")
                .0
                .get("err")
                .and_then(|error| error.get("code")?.as_u64());
            if let Some(code) = code {
                let first = rules.first().cloned().unwrap_or_default();
                if code_of(&first).map(u64::from) != Some(code) {
                    let name = case.text("name");
                    self.faults.push(format!(
                        "{path}: {name}: refused with {code}, its first rule is {first}"
                    ));
                }
                self.refused.insert(first);
            }
            self.listed.extend(rules);
        }
    }

    /// Returns what is missing for the rules that the specification defines, and what is in the lists above without need.
    #[must_use]
    pub fn gaps<'a>(&self, specified: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let rules: BTreeSet<&str> = specified
            .into_iter()
            .filter(|rule| rule.starts_with(|letter| LETTERS.contains(letter)))
            .collect();
        let mut gaps = self.faults.clone();
        for rule in &rules {
            let (listed, refused) = (self.listed.contains(*rule), self.refused.contains(*rule));
            let (without, never) = (is_in(WITHOUT_CASE, rule), is_in(NEVER_REFUSED, rule));
            let gap = match (listed, refused) {
                (true, _) if without => "has a vector: take it off the list of rules without case",
                (_, true) if never => "is refused in a vector: take it off the list of rules that never are",
                (false, _) if !without => "no case in vectors/ lists it",
                (true, false) if !never => "no case in vectors/ is refused by it",
                _ => continue,
            };
            gaps.push(format!("{rule}: {gap}"));
        }
        let excepted = WITHOUT_CASE.iter().chain(NEVER_REFUSED).map(|(rule, _)| rule);
        gaps.extend(
            excepted
                .filter(|rule| !rules.contains(*rule))
                .map(|rule| format!("{rule}: on a list of exceptions, but not specified")),
        );
        gaps.extend(
            self.listed
                .iter()
                .filter(|rule| rule.starts_with(|letter| LETTERS.contains(letter)))
                // L0 is not one by the house's form: it is checked as R15 and R16.
                .filter(|rule| !rules.contains(rule.as_str()) && !rules::mentioned(rule).is_empty())
                .map(|rule| format!("{rule}: in a vector, but not specified")),
        );
        gaps
    }
}

fn is_in(list: &[(&str, &str)], rule: &str) -> bool {
    list.iter().any(|(listed, _)| *listed == rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A file with an accepted case that lists `E7` and one that is refused with `code` by `E8`.
    fn coverage(code: u16) -> Coverage {
        let mut coverage = Coverage::default();
        let accepted = json!({ "name": "a", "rules": ["E7"], "then": { "ok": {} } });
        let refused = json!({ "name": "b", "rules": ["E8", "C6"], "then": { "err": { "code": code } } });
        coverage.add("a file", &json!({ "cases": [accepted, refused] }).to_string());
        coverage
    }

    /// The gaps of these rules, those of the exceptions left out.
    fn gaps(coverage: &Coverage, rules: &[&str]) -> Vec<String> {
        let gaps = coverage.gaps(rules.iter().copied()).into_iter();
        gaps.filter(|gap| !gap.ends_with("list of exceptions, but not specified"))
            .collect()
    }

    #[test]
    fn a_rule_without_a_vector_is_reported() {
        let found = gaps(&coverage(8), &["E7", "E8", "E9", "K3"]);
        let expected = [
            "E7: no case in vectors/ is refused by it",
            "E9: no case in vectors/ lists it",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_code_that_is_not_the_rules_is_reported() {
        let found = gaps(&coverage(9), &["E7", "E8"]);
        assert!(
            found
                .first()
                .is_some_and(|gap| gap.contains("refused with 9, its first rule is E8")),
            "{found:?}"
        );
    }

    #[test]
    fn a_rule_that_is_not_specified_is_reported() {
        let found = gaps(&coverage(8), &["E8"]);
        assert_eq!(found, ["E7: in a vector, but not specified"]);
    }

    #[test]
    fn an_exception_without_need_is_reported() {
        let mut coverage = coverage(8);
        let case = |rule: &str, then: Value| json!({ "name": "c", "rules": [rule], "then": then });
        let cases = [
            case("F12", json!({ "ok": {} })),
            case("R26", json!({ "err": { "code": 26 } })),
        ];
        coverage.add("another", &json!({ "cases": cases }).to_string());
        let found = gaps(&coverage, &["E8", "F12", "R26"]);
        assert!(
            found.iter().any(|gap| gap.starts_with("F12: has a vector")),
            "{found:?}"
        );
        assert!(
            found
                .iter()
                .any(|gap| gap.starts_with("R26: is refused in a vector")),
            "{found:?}"
        );
        let unspecified = coverage.gaps(["E8"]);
        assert!(
            unspecified
                .iter()
                .any(|gap| gap.starts_with("S1: on a list of exceptions")),
            "{unspecified:?}"
        );
    }

    #[test]
    fn no_exception_is_without_a_reason() {
        let lists = WITHOUT_CASE.iter().chain(NEVER_REFUSED);
        assert!(lists.into_iter().all(|(_, reason)| reason.len() > 10));
    }
}
