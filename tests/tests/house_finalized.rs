//! A value calls itself final only through two doors: the tracker's and the header's. Both stand in the crate of the type, where
//! nobody but them calls the function that says so. All findings are reported at once.

use decex_tests::house;
use std::collections::BTreeMap;

/// Where the function is called, and how often: for the tracker when a receipt is confirmed and when the last final one is read, for
/// the header once.
const DOORS: [(&str, usize); 2] = [
    ("crates/decex-receipt/src/confirm.rs", 2),
    ("crates/decex-receipt/src/attest.rs", 1),
];

/// Where the type is, with the projections that lead on from a final value.
const HOME: &str = "crates/decex-receipt/src/finalized.rs";

/// Lines that are code, not comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn finalized_begins_at_two_doors() {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for path in house::files("crates") {
        if !path.contains("/src/") || !path.ends_with(".rs") || path == HOME {
            continue;
        }
        let text = house::text(&path);
        let calls = code(&text)
            .map(|line| line.matches("Finalized::vouch").count())
            .sum();
        if calls > 0 {
            found.insert(path, calls);
        }
    }
    let doors = DOORS.map(|(path, calls)| (path.to_owned(), calls));
    assert_eq!(found, BTreeMap::from(doors));
}

/// The constructor is of the crate alone, the field of the file alone, and no method takes a function that makes a value.
#[test]
fn finalized_has_no_other_way_in() {
    let text = house::text(HOME);
    assert!(code(&text).any(|line| line == "pub struct Finalized<T>(T);"));
    assert!(code(&text).any(|line| line.trim_start().starts_with("pub(crate) const fn vouch(")));
    for line in code(&text) {
        for way in [
            "Fn(",
            "FnOnce(",
            "FnMut(",
            "fn(",
            "DerefMut",
            "impl<T> From<",
            "Default",
            "Decode",
        ] {
            assert!(!line.contains(way), "{HOME}: `{way}` in `{}`", line.trim());
        }
    }
    let alias = |line: &str| line.contains("vouch") && !line.contains("Finalized::vouch");
    for (path, _) in DOORS {
        assert!(
            !code(&house::text(path)).any(alias),
            "{path} calls it by another name"
        );
    }
}
