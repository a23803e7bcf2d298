//! What the courses come to, in numbers.

use crate::simulation::{Epoch, Scenario};
use std::fmt::{self, Display};

/// How far from the target counts as on it: 20 %.
pub const BAND: f64 = 0.2;

/// What one course shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Epochs from the leaving until the expected rate is within the band; `None` if it never is.
    pub until_back: Option<usize>,
    /// Epochs from the return until it is.
    pub until_settled: Option<usize>,
    /// The least expected rate after that, while they are away, and the greatest.
    pub away: (f64, f64),
    /// The same after the return.
    pub returned: (f64, f64),
    /// Epochs in which chance had the expected rate leave the band again, before or after the return.
    pub outside: usize,
    /// The highest expected rate of all: in the epoch of the return.
    pub highest: f64,
}

/// Returns whether a rate is within the band.
#[must_use]
pub fn within(rate: f64) -> bool {
    (rate - 1.0).abs() <= BAND
}

/// Returns what a course shows.
#[must_use]
pub fn summarise(scenario: &Scenario, course: &[Epoch]) -> Summary {
    let before = usize::try_from(scenario.before).unwrap_or(usize::MAX);
    let during = usize::try_from(scenario.during).unwrap_or(usize::MAX);
    let rates: Vec<f64> = course.iter().map(|epoch| epoch.expected).collect();
    let away: Vec<f64> = rates.iter().copied().skip(before).take(during).collect();
    let returned: Vec<f64> = rates
        .iter()
        .copied()
        .skip(before.saturating_add(during))
        .collect();
    let reach = |rates: &[f64]| rates.iter().position(|rate| within(*rate));
    let spread = |rates: &[f64]| {
        let settled = rates.iter().skip(reach(rates).unwrap_or(rates.len()));
        settled.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), rate| {
            (low.min(*rate), high.max(*rate))
        })
    };
    let outside = |rates: &[f64]| {
        let settled = rates.iter().skip(reach(rates).unwrap_or(rates.len()));
        settled.filter(|rate| !within(**rate)).count()
    };
    Summary {
        outside: outside(&away).saturating_add(outside(&returned)),
        until_back: reach(&away),
        until_settled: reach(&returned),
        away: spread(&away),
        returned: spread(&returned),
        highest: rates.iter().copied().fold(0.0, f64::max),
    }
}

/// A row for each course.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<(Scenario, Summary)>);

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for head in [
            [
                "operators",
                "away",
                "epochs until",
                "then",
                "epochs until",
                "then",
                "epochs",
                "highest",
            ],
            [
                "",
                "",
                "back in band",
                "between",
                "settled",
                "between",
                "outside",
                "rate",
            ],
        ] {
            let [a, b, c, d, e, g, h, i] = head;
            writeln!(
                f,
                "{a:>9}  {b:>4}  {c:>12}  {d:>13}  {e:>12}  {g:>13}  {h:>7}  {i:>7}"
            )?;
        }
        let epochs = |epochs: Option<usize>| epochs.map_or("never".to_owned(), |epochs| epochs.to_string());
        let spread = |(low, high): (f64, f64)| format!("{low:.2} and {high:.2}");
        for (scenario, summary) in &self.0 {
            writeln!(
                f,
                "{:>9}  {:>3}%  {:>12}  {:>13}  {:>12}  {:>13}  {:>7}  {:>7.2}",
                scenario.operators,
                scenario.away,
                epochs(summary.until_back),
                spread(summary.away),
                epochs(summary.until_settled),
                spread(summary.returned),
                summary.outside,
                summary.highest,
            )?;
        }
        Ok(())
    }
}
