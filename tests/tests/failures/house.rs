//! Every number of the table has a test that is named for it, and a line in `docs/failures.md` that names the test.

use decex_tests::house;
use std::collections::BTreeSet;

/// The numbers of the reports, in the order of the table.
const NUMBERS: [u16; 33] = [
    2451, 1751, 2442, 2790, 2289, 2437, 2303, 2660, 2609, 2425, 1596, 2538, 2560, 2546, 2783, 2281, 2304,
    2316, 2737, 2197, 1893, 2569, 2971, 2450, 2082, 2712, 2355, 1673, 2933, 2265, 2290, 3280, 3294,
];

/// The names of the test functions of this folder: a function whose line before is `#[test]`.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in house::files("tests/tests/failures") {
        let text = house::text(&path);
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            if let ["#[test]", function] = pair
                && let Some((name, _)) = function.strip_prefix("fn ").and_then(|rest| rest.split_once('('))
            {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// The numbers that a name carries: `n2451_n1751_text` carries two.
fn numbers(name: &str) -> BTreeSet<u16> {
    let parts = name.split('_').filter_map(|part| part.strip_prefix('n'));
    parts.filter_map(|digits| digits.parse().ok()).collect()
}

#[test]
fn every_number_has_a_test_and_a_line() {
    let names = tests();
    let tested: BTreeSet<u16> = names.iter().flat_map(|name| numbers(name)).collect();
    let page = house::text("docs/failures.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .collect();
    let mut gaps = Vec::new();
    for number in NUMBERS {
        if !tested.contains(&number) {
            gaps.push(format!("{number}: no test is named for it"));
        }
        let word = number.to_string();
        let listed = |row: &&str| {
            let first = row.split('|').nth(1).unwrap_or_default();
            first
                .split(|c: char| !c.is_ascii_digit())
                .any(|part| part == word)
        };
        if !rows.iter().any(listed) {
            gaps.push(format!("{number}: no line in docs/failures.md"));
        }
    }
    for number in tested.difference(&NUMBERS.into()) {
        gaps.push(format!(
            "{number}: a test is named for it, and it is not in the list"
        ));
    }
    // The page names every test, and no other.
    let named: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .filter(|name| !numbers(name).is_empty())
        .map(str::to_owned)
        .collect();
    gaps.extend(
        named
            .difference(&names)
            .map(|name| format!("{name}: named in docs/failures.md, and no test")),
    );
    let own = |name: &&String| !numbers(name).is_empty() && !named.contains(*name);
    gaps.extend(
        names
            .iter()
            .filter(own)
            .map(|name| format!("{name}: not in docs/failures.md")),
    );
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}

#[test]
fn the_check_finds_what_it_looks_for() {
    assert_eq!(
        numbers("n2451_n1751_one_bundle_in_10_slots"),
        BTreeSet::from([2451, 1751])
    );
    assert!(numbers("no_number_and_none_2451").is_empty());
    assert!(tests().contains("the_check_finds_what_it_looks_for"));
}
