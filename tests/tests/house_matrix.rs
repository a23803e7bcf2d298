//! The page `spec/matrix.md` and the code say the same of every lie.

use decex_testkit::mutant::{Answer, ROWS};
use decex_tests::house;

/// The rows of the page: field, lie, answer.
fn page() -> Vec<[String; 3]> {
    let text = house::text("spec/matrix.md");
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let row = [cells.next()?, cells.next()?, cells.next()?].map(str::to_owned);
        cells.next().is_none().then_some(row)
    });
    rows.filter(|[field, ..]| field != "field").collect()
}

fn words(answer: Answer) -> String {
    match answer {
        Answer::Refused(rule) => format!("R{rule}"),
        Answer::Refuted(family) => format!("{family:?}").to_lowercase(),
        Answer::Either(rule, family) => format!("R{rule} or {}", format!("{family:?}").to_lowercase()),
    }
}

#[test]
fn the_page_is_the_table_of_the_code() {
    let code: Vec<[String; 3]> = ROWS
        .iter()
        .map(|row| [row.field.to_owned(), row.lie.to_owned(), words(row.answer)])
        .collect();
    assert_eq!(page(), code);
}

#[test]
fn every_rule_that_the_page_names_is_one_of_the_receipts_page() {
    let receipts = house::text("spec/receipt.md");
    for [field, lie, answer] in page() {
        let Some(rule) = answer.split(' ').next().filter(|word| word.starts_with('R')) else {
            continue;
        };
        assert!(
            receipts.contains(&format!("- **{rule}** ")),
            "{field}, {lie}: {rule} is not in spec/receipt.md"
        );
    }
}
