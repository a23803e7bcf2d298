//! What went wrong, in words that say what to do.

use std::fmt;
use std::path::Path;

/// An error for a person.
#[derive(Debug)]
pub struct Problem(String);

impl Problem {
    /// `what` failed, and `why`.
    pub fn new(what: &str, why: impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }

    /// A whole sentence.
    #[must_use]
    pub const fn text(text: String) -> Self {
        Self(text)
    }

    /// A file could not be read, written or made.
    pub fn file(verb: &str, path: &Path, why: impl fmt::Display) -> Self {
        Self(format!("cannot {verb} {}: {why}", path.display()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
