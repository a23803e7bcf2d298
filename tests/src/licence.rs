//! SPDX licence expressions, read against a list of allowed licences.
//!
//! `WITH` binds tighter than `AND`, and `AND` tighter than `OR`. The old form `MIT/Apache-2.0` means `OR`. A licence with
//! an exception is allowed only if the list holds both together (`Apache-2.0 WITH LLVM-exception`).

use std::collections::BTreeSet;

/// Returns whether `expression` can be met with licences of the list.
///
/// # Errors
/// When the expression is not one; the text says what was expected.
pub fn is_allowed(expression: &str, list: &BTreeSet<String>) -> Result<bool, String> {
    let tokens = tokens(expression);
    let mut parser = Parser { rest: &tokens, list };
    let allowed = parser.any()?;
    match parser.rest {
        [] => Ok(allowed),
        [token, ..] => Err(format!("`{expression}`: unexpected `{token}`")),
    }
}

fn tokens(expression: &str) -> Vec<String> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

struct Parser<'a> {
    rest: &'a [String],
    list: &'a BTreeSet<String>,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<bool, String> {
        let mut allowed = self.all()?;
        while self.takes("OR") {
            allowed |= self.all()?;
        }
        Ok(allowed)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut allowed = self.one()?;
        while self.takes("AND") {
            allowed &= self.one()?;
        }
        Ok(allowed)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.takes("(") {
            let allowed = self.any()?;
            return if self.takes(")") {
                Ok(allowed)
            } else {
                Err("expected `)`".to_owned())
            };
        }
        let licence = self.name()?;
        if self.takes("WITH") {
            let exception = self.name()?;
            return Ok(self.list.contains(&format!("{licence} WITH {exception}")));
        }
        Ok(self.list.contains(&licence))
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.rest {
            [first, rest @ ..] if first == word => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.rest {
            [first, rest @ ..] if !["OR", "AND", "WITH", "(", ")"].contains(&first.as_str()) => {
                self.rest = rest;
                Ok(first.clone())
            }
            [first, ..] => Err(format!("expected a licence, found `{first}`")),
            [] => Err("expected a licence, found the end".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(expression: &str) -> Result<bool, String> {
        let list = ["MIT", "BSD-3-Clause", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        is_allowed(expression, &BTreeSet::from(list))
    }

    #[test]
    fn one_licence_stands_for_itself() {
        assert_eq!(allowed("MIT"), Ok(true));
        assert_eq!(allowed("GPL-3.0-only"), Ok(false));
    }

    #[test]
    fn or_needs_one_side_and_and_needs_both() {
        assert_eq!(allowed("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(allowed("GPL-3.0-only/MIT"), Ok(true));
        assert_eq!(allowed("MIT AND GPL-3.0-only"), Ok(false));
        assert_eq!(allowed("MIT AND BSD-3-Clause"), Ok(true));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert_eq!(allowed("MIT OR GPL-3.0-only AND BSD-3-Clause"), Ok(true));
        assert_eq!(allowed("(MIT OR GPL-3.0-only) AND GPL-3.0-only"), Ok(false));
        assert_eq!(allowed("(MIT OR GPL-3.0-only) AND (BSD-3-Clause)"), Ok(true));
    }

    #[test]
    fn an_exception_makes_another_licence() {
        assert_eq!(allowed("Apache-2.0 WITH LLVM-exception OR Apache-2.0"), Ok(true));
        assert_eq!(allowed("Apache-2.0"), Ok(false));
        assert_eq!(allowed("MIT WITH LLVM-exception"), Ok(false));
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        for wrong in [
            "",
            "MIT OR",
            "OR MIT",
            "(MIT",
            "MIT)",
            "MIT BSD-3-Clause",
            "MIT WITH",
        ] {
            assert!(allowed(wrong).is_err(), "`{wrong}`");
        }
    }
}
