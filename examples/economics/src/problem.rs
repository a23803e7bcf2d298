//! What went wrong, in words that say what to do.

use std::fmt;
use std::path::Path;

/// An error for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    /// Whole sentences.
    #[must_use]
    pub const fn text(text: String) -> Self {
        Self(text)
    }

    /// A file could not be read.
    pub fn file(path: &Path, why: impl fmt::Display) -> Self {
        Self(format!("cannot read {}: {why}", path.display()))
    }

    /// What a file says is not a parameter file: `why` names the line and the field.
    pub fn format(path: &Path, why: impl fmt::Display) -> Self {
        Self(format!(
            "{} is not a parameter file\n{}\nEvery field is explained in examples/economics/params.toml; copy what is missing.",
            path.display(),
            why.to_string().trim_end()
        ))
    }

    /// The value of a field is out of its range.
    #[must_use]
    pub fn range(field: &str, found: f64, least: f64, most: f64, advice: &str) -> Self {
        let range = if most == f64::MAX {
            format!("at least {least}")
        } else {
            format!("from {least} to {most}")
        };
        Self(format!("{field} is {found}, but has to be {range}. {advice}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}
