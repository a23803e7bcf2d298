//! What stops a run.

use std::fmt;

/// Something that stops the run, and where it happened.
#[derive(Debug)]
pub struct Problem {
    what: String,
    why: String,
}

impl Problem {
    /// Names what failed, and why.
    #[must_use]
    pub fn new(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self {
            what: what.into(),
            why: why.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for Problem {}
