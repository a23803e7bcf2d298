//! Rule ids: a letter and a number, such as those that `spec/` defines in the form ``- **B3** text``.

use std::collections::BTreeSet;

/// A letter that the index in `spec/README.md` gives out, and a number of one or two digits.
pub type Rule = String;

/// Returns the rule that a line of a specification page defines, if it defines one.
#[must_use]
pub fn defined(line: &str) -> Option<Rule> {
    let (rule, _) = line.strip_prefix("- **")?.split_once("**")?;
    is_rule(rule).then(|| rule.to_owned())
}

/// Returns the rule that a line of a specification page lists in a table: a row `| B3 | text |`.
#[must_use]
pub fn listed(line: &str) -> Option<Rule> {
    let (rule, _) = line.strip_prefix("| ")?.split_once(" |")?;
    let rule = rule.trim_matches('*');
    is_rule(rule).then(|| rule.to_owned())
}

/// Returns every rule that a text mentions as a word of its own.
#[must_use]
pub fn mentioned(text: &str) -> BTreeSet<Rule> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| is_rule(word)).map(str::to_owned).collect()
}

/// Returns every rule that a function's name carries as one of its parts: `b3_b4_rejects` carries B3 and B4.
#[must_use]
pub fn carried(line: &str) -> BTreeSet<Rule> {
    let Some((_, rest)) = line.split_once("fn ") else {
        return BTreeSet::new();
    };
    let name = rest
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .next()
        .unwrap_or_default();
    name.split('_')
        .map(str::to_ascii_uppercase)
        .filter(|part| is_rule(part))
        .collect()
}

/// Returns the comment on a line of Rust, documentation included.
#[must_use]
pub fn comment(line: &str) -> Option<&str> {
    line.split_once("//").map(|(_, comment)| comment)
}

fn is_rule(word: &str) -> bool {
    let mut letters = word.chars();
    let Some(letter) = letters.next() else {
        return false;
    };
    let number = letters.as_str();
    letter.is_ascii_uppercase()
        && matches!(number.len(), 1 | 2)
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_starts_its_line() {
        assert_eq!(
            defined("- **B3** The window is not in the future.").as_deref(),
            Some("B3")
        );
        assert_eq!(defined("See **B3** above."), None);
        assert_eq!(defined("- **Base** is a word."), None);
        assert_eq!(
            listed("| B3 | The window is not in the future. |").as_deref(),
            Some("B3")
        );
        assert_eq!(
            listed("| **B3** | The window is not in the future. |").as_deref(),
            Some("B3")
        );
        assert_eq!(listed("| B | [bundle](bundle.md) |"), None);
    }

    #[test]
    fn a_mention_is_a_whole_word() {
        let expected: BTreeSet<Rule> = ["B3", "C4", "C8"].map(str::to_owned).into();
        assert_eq!(
            mentioned("B3: the root (C4–C8), not P256, E0152, AB3, B3x or x2"),
            expected
        );
    }

    #[test]
    fn a_name_carries_its_rules() {
        let expected: BTreeSet<Rule> = ["B3", "B14"].map(str::to_owned).into();
        assert_eq!(carried("    fn b3_b14_rejects_late() {"), expected);
        assert!(carried("fn verb3_x()").is_empty());
    }
}
