//! Every rule stands in four places: on a page of `spec/`, in the code that enforces it, in a test, and nowhere else under
//! another name; the rules of elections, schedules, bundles, receipts and fraud in a fifth, the vectors. All gaps are reported
//! at once.

use decex_tests::vectors::coverage::Coverage;
use decex_tests::{house, rules};
use std::collections::{BTreeMap, BTreeSet};

/// What the specification says: rule -> pages that define it.
fn specified() -> BTreeMap<rules::Rule, Vec<String>> {
    let mut specified: BTreeMap<rules::Rule, Vec<String>> = BTreeMap::new();
    for page in house::files("spec")
        .into_iter()
        .filter(|path| path.ends_with(".md"))
    {
        let text = house::text(&page);
        let mut defined: Vec<rules::Rule> = text.lines().filter_map(rules::defined).collect();
        // A row of a table defines too, unless it speaks of a rule that the page defines.
        let listed: BTreeSet<rules::Rule> = text.lines().filter_map(rules::listed).collect();
        defined.extend(
            listed
                .into_iter()
                .filter(|rule| !defined.contains(rule))
                .collect::<Vec<_>>(),
        );
        for rule in defined {
            specified.entry(rule).or_default().push(page.clone());
        }
    }
    specified
}

/// The index of `spec/README.md`: letter -> page, from rows such as `| B | [bundle](bundle.md) | … |`.
fn index() -> BTreeMap<char, String> {
    let text = house::text("spec/README.md");
    let mut index = BTreeMap::new();
    for line in text.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (Some(letter), Some(page)) = (cells.next(), cells.next()) else {
            continue;
        };
        let mut letters = letter.chars();
        if let (Some(letter), None, Some((_, link))) = (letters.next(), letters.next(), page.split_once("]("))
        {
            index.insert(letter, format!("spec/{}", link.trim_end_matches(')')));
        }
    }
    index
}

/// Where rules are mentioned, by the part of the code that does it.
#[derive(Default)]
struct Mentions {
    /// Comments and documentation of what ships: rule -> first file.
    code: BTreeMap<rules::Rule, String>,
    /// Names and comments of tests.
    tests: BTreeSet<rules::Rule>,
}

fn mentions() -> Mentions {
    let mut mentions = Mentions::default();
    let sources = house::files("crates")
        .into_iter()
        .chain(house::files("tests/tests"));
    for path in sources.filter(|path| path.ends_with(".rs")) {
        // This file and its like speak of rules without testing any.
        if path.contains("/house_") || path.contains("/examples/") || path.contains("/benches/") {
            continue;
        }
        let is_test_file = path.contains("/tests/") || path.ends_with("/tests.rs");
        let text = house::text(&path);
        let mut in_tests = is_test_file;
        let mut is_for_tests = false;
        for line in text.lines() {
            // A module of unit tests stands at the end of its file.
            in_tests |= is_for_tests && line.starts_with("mod ") && line.ends_with('{');
            is_for_tests = line == "#[cfg(test)]" || (is_for_tests && line.starts_with('#'));
            let comment = rules::comment(line).map(rules::mentioned).unwrap_or_default();
            if in_tests {
                mentions.tests.extend(comment);
                mentions.tests.extend(rules::carried(line));
            } else {
                comment.into_iter().for_each(|rule| {
                    mentions.code.entry(rule).or_insert_with(|| path.clone());
                });
            }
        }
    }
    mentions
}

#[test]
fn every_rule_is_specified_enforced_and_tested() {
    let specified = specified();
    let index = index();
    let mentions = mentions();
    let mut gaps: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut gap = |what: String, rule| gaps.entry(what).or_default().push(rule);

    for (rule, pages) in &specified {
        let defined = pages.join(" and ");
        if pages.len() > 1 {
            gap(format!("defined more than once, in {defined}"), rule.as_str());
        }
        match rule.chars().next().and_then(|letter| index.get(&letter)) {
            None => gap(
                "the letter is not in the index of spec/README.md".to_owned(),
                rule,
            ),
            Some(home) if !pages.contains(home) => gap(format!("defined in {defined}, not in {home}"), rule),
            Some(_) => {}
        }
        if !mentions.code.contains_key(rule) {
            gap(
                format!("specified in {defined}, but no comment in crates/*/src names it"),
                rule,
            );
        }
        if !mentions.tests.contains(rule) {
            gap(
                format!("specified in {defined}, but no test's name or comment names it"),
                rule,
            );
        }
    }
    for (rule, path) in &mentions.code {
        // Words of the same form with letters that no page has are not rules.
        let is_given_out = rule
            .chars()
            .next()
            .is_some_and(|letter| index.contains_key(&letter));
        if is_given_out && !specified.contains_key(rule) {
            gap(format!("named in {path}, but not specified"), rule);
        }
    }
    assert!(!specified.is_empty(), "spec/ defines no rule");
    let report: Vec<String> = gaps
        .iter()
        .map(|(what, rules)| format!("{what}: {}", rules.join(" ")))
        .collect();
    assert!(
        report.is_empty(),
        "gaps between specification, code and tests:\n{}",
        report.join("\n")
    );
}

/// Which rules need none, and why, is written in `tests/src/vectors/coverage.rs`.
#[test]
fn every_rule_that_another_implementation_decides_by_has_a_vector() {
    let mut coverage = Coverage::default();
    for path in house::files("vectors")
        .into_iter()
        .filter(|path| path.ends_with(".json"))
    {
        coverage.add(&path, &house::text(&path));
    }
    let specified = specified();
    let gaps = coverage.gaps(specified.keys().map(String::as_str));
    assert!(
        gaps.is_empty(),
        "gaps between specification and vectors:\n{}",
        gaps.join("\n")
    );
}

#[test]
fn every_page_is_in_the_index_and_every_entry_is_a_page() {
    let text = house::text("spec/README.md");
    let files = house::files("spec");
    let mut gaps: Vec<String> = files
        .iter()
        .filter_map(|path| path.strip_prefix("spec/"))
        .filter(|page| page.ends_with(".md") && *page != "README.md" && !text.contains(&format!("({page})")))
        .map(|page| format!("spec/README.md does not link {page}"))
        .collect();
    gaps.extend(
        index()
            .iter()
            .filter(|(_, page)| !files.contains(page))
            .map(|(letter, page)| format!("{letter}: {page} is missing")),
    );
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}
