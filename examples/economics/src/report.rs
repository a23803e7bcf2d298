//! Everything together.

use crate::checking::{Checker, Income, checkers, incomes};
use crate::delay::{Delay, delay};
use crate::griefing::{Absence, Grief, absence, griefing};
use crate::params::Params;
use crate::problem::Problem;
use crate::safety::{Safety, safety};
use crate::share::{Share, share};
use crate::warnings::warnings;
use crate::windows::{Windows, windows};
use serde::Serialize;

/// All figures. In JSON what has no bound is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Elections.
    pub windows: Windows,
    /// The cheapest attack on safety.
    pub safety: Safety,
    /// The cost of delay.
    pub delay: Delay,
    /// What an attacker makes others lose.
    pub griefing: Vec<Grief>,
    /// When an absent operator is out.
    pub absence: Absence,
    /// Whether executing pays.
    pub incomes: Vec<Income>,
    /// Whether checking pays.
    pub checkers: Vec<Checker>,
    /// The largest reporter's share.
    pub share: Share,
    /// What to change.
    pub warnings: Vec<String>,
}

impl Report {
    /// Computes the report of checked parameters.
    #[must_use]
    pub fn compute(params: &Params) -> Self {
        let windows = windows(params);
        let delay = delay(params, &windows);
        let mut report = Self {
            safety: safety(params),
            griefing: griefing(params, &windows, &delay),
            absence: absence(params, &windows),
            incomes: incomes(params, &windows),
            checkers: checkers(params, &windows),
            share: share(params, delay.held),
            warnings: Vec::new(),
            windows,
            delay,
        };
        report.warnings = warnings(params, &report);
        report
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// None that is known: every figure has a form in JSON.
    pub fn to_json(&self) -> Result<String, Problem> {
        serde_json::to_string_pretty(self).map_err(|why| Problem::text(why.to_string()))
    }
}
