//! How far a long piece of work has come.

/// How far a piece of work has come, in steps of about equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: u32,
    /// All steps.
    pub total: u32,
}

impl Progress {
    /// Returns whether nothing is left to do.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done >= self.total
    }
}
