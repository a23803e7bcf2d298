//! `docs/mutation.md` says for every check in the crates that judge which test fails without it. This only sees that the page
//! is about the present code and tests; what stands on it is made by `ci/mutants`.

use decex_tests::house;
use std::collections::BTreeSet;

/// What is on the page. Of `decex-farmer` not yet everything: the page says so.
const FOLDERS: [&str; 9] = [
    "decex-election/src",
    "decex-shuffle/src",
    "decex-bundle/src",
    "decex-receipt/src",
    "decex-fraud/src",
    "decex-storage-audit/src",
    "decex-messaging/src",
    "decex-staking/src",
    "decex-light/src",
];

fn is_rule(word: &str) -> bool {
    let mut letters = word.chars();
    let letter = letters.next();
    let number = letters.as_str();
    letter.is_some_and(|letter| letter.is_ascii_uppercase())
        && matches!(number.len(), 1 | 2)
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The rules of a comment such as `// F6: …` or `// B34, B35: …`: those that it begins with.
fn announced(line: &str) -> impl Iterator<Item = &str> {
    let comment = line.trim_start().strip_prefix("// ").unwrap_or_default();
    let head = comment.split([':', '.']).next().unwrap_or_default();
    let words = head
        .split([' ', ','])
        .filter(|word| !word.is_empty() && *word != "and");
    words.take_while(|word| is_rule(word))
}

/// Every announced check: rule and file, as the page writes them.
fn checks() -> BTreeSet<(String, String)> {
    let mut checks = BTreeSet::new();
    for folder in FOLDERS {
        for path in house::files(&format!("crates/{folder}")) {
            if !path.ends_with(".rs") || path.ends_with("/tests.rs") {
                continue;
            }
            let text = house::text(&path);
            let code = text
                .split("\n#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            let file = path.trim_start_matches("crates/");
            let rules = code.lines().flat_map(announced);
            checks.extend(rules.map(|rule| (rule.to_owned(), format!("`{file}`"))));
        }
    }
    checks
}

/// The rows of the page's first table: rule, file, how, and what fails.
fn rows() -> Vec<[String; 4]> {
    let text = house::text("docs/mutation.md");
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line
                .strip_prefix("| ")?
                .strip_suffix(" |")?
                .split(" | ")
                .collect();
            let cells: [&str; 4] = cells.try_into().ok()?;
            is_rule(cells[0]).then(|| cells.map(str::to_owned))
        })
        .collect()
}

#[test]
fn every_check_has_a_row() {
    let checks = checks();
    let shown: BTreeSet<_> = rows()
        .into_iter()
        .map(|[rule, file, _, _]| (rule, file))
        .collect();
    assert!(checks.len() > 100, "only {} checks were found", checks.len());
    let missing: Vec<_> = checks.difference(&shown).collect();
    assert!(
        missing.is_empty(),
        "run ci/mutants/delete_checks.py and report.py: no row for {missing:?}"
    );
    let gone: Vec<_> = shown.difference(&checks).collect();
    assert!(
        gone.is_empty(),
        "run ci/mutants/delete_checks.py and report.py: no such check: {gone:?}"
    );
}

#[test]
fn every_row_names_a_test_or_a_reason() {
    let mut gaps = Vec::new();
    for [rule, file, _, fails] in rows() {
        let Some((name, _)) = fails.strip_prefix('`').and_then(|rest| rest.split_once('`')) else {
            // A sentence: the row says why nothing can fail.
            if fails.len() < 20 {
                gaps.push(format!("{rule} {file}: no test and no reason"));
            }
            continue;
        };
        let folder = file.trim_matches('`').split('/').next().unwrap_or_default();
        let start = format!("fn {name}(");
        let exists = house::files(&format!("crates/{folder}"))
            .into_iter()
            .filter(|path| path.ends_with(".rs"))
            .any(|path| house::text(&path).contains(&start));
        if !exists {
            gaps.push(format!("{rule} {file}: no test {name} in {folder}"));
        }
    }
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}
