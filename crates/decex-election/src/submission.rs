//! One proof, one submission: an operator submits at most once per domain and window, whatever it submits.

use crate::window::{InvalidWindow, Windows};
use decex_core::{DomainId, Host, OperatorId, Slot, Window};

/// Read access to the record of submissions.
///
/// # Contract
/// Answers for the chain that the submission is to be included in, all earlier submissions of the same block counted.
/// Records of windows before [`Windows::oldest_open`] may have been forgotten: the rules never ask for them.
pub trait SubmissionView: Host {
    /// Returns whether a submission of `operator` for `window` of `domain` has been recorded.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn has_submitted(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<bool, Self::Error>;
}

impl<V: SubmissionView + ?Sized> SubmissionView for &V {
    fn has_submitted(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<bool, Self::Error> {
        (**self).has_submitted(domain, operator, window)
    }
}

/// Leave to submit once. The host records (domain, operator, window) in the same atomic step in which it accepts the
/// submission, so that [`SubmissionView::has_submitted`] answers `true` for it from then on.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a submission that is not recorded can be repeated"]
pub struct Permit {
    domain: DomainId,
    operator: OperatorId,
    window: Window,
}

impl Permit {
    /// Returns the domain to record.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the operator to record.
    #[must_use]
    pub const fn operator(&self) -> OperatorId {
        self.operator
    }

    /// Returns the window to record.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }
}

/// Why a submission is out of turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubmission {
    /// The window is not open (E16, E17).
    #[error(transparent)]
    Window(#[from] InvalidWindow),
    /// E18: the operator has submitted for this window already.
    #[error("window {} is used up", found.0)]
    Used {
        /// The window that was submitted for.
        found: Window,
    },
}

impl InvalidSubmission {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Window(invalid) => invalid.code(),
            Self::Used { .. } => 18,
        }
    }
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError<H> {
    /// The host could not answer. Says nothing about the submission.
    #[error("the host failed")]
    Host(H),
    /// The submission is out of turn.
    #[error(transparent)]
    Invalid(InvalidSubmission),
}

impl<H> From<InvalidSubmission> for SubmissionError<H> {
    fn from(invalid: InvalidSubmission) -> Self {
        Self::Invalid(invalid)
    }
}

/// Permits `operator` to submit for `window` of `domain` at slot `now`, if the window is open and not used up.
///
/// # Errors
/// When the window has not begun (E16), is too old (E17) or has been used by this operator (E18), or when the host
/// fails.
pub fn permit<V: SubmissionView>(
    view: &V,
    windows: &Windows,
    now: Slot,
    domain: DomainId,
    operator: OperatorId,
    window: Window,
) -> Result<Permit, SubmissionError<V::Error>> {
    // E16, E17: the window is open.
    windows
        .check_open(window, now)
        .map_err(InvalidSubmission::Window)?;
    // E18: and not used.
    if view
        .has_submitted(domain, operator, window)
        .map_err(SubmissionError::Host)?
    {
        return Err(InvalidSubmission::Used { found: window }.into());
    }
    Ok(Permit {
        domain,
        operator,
        window,
    })
}
