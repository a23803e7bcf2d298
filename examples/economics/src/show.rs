//! The report in words.

use crate::delay::Silence;
use crate::number::{number, percent, time};
use crate::params::Params;
use crate::report::Report;
use crate::safety::Way;
use std::fmt::Write as _;

/// Prints the report of the parameters in `file`.
#[must_use]
pub fn show(file: &str, params: &Params, report: &Report) -> String {
    let mut page = Page {
        text: format!("Economics of {file}; money in {}\n", params.money),
    };
    elections(&mut page, report);
    safety(&mut page, report);
    delay(&mut page, report);
    griefing(&mut page, report);
    checking(&mut page, report);
    share(&mut page, report);
    page.text.push('\n');
    if report.warnings.is_empty() {
        page.text.push_str("No warnings.\n");
    }
    for warning in &report.warnings {
        let _ = writeln!(page.text, "WARNING: {warning}");
    }
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn head(&mut self, title: &str) {
        let _ = writeln!(self.text, "\n{title}");
    }

    fn row(&mut self, name: &str, value: impl AsRef<str>, note: &str) {
        let value = value.as_ref();
        let line = format!("  {name:<52}{value:>16}  {note}");
        let _ = writeln!(self.text, "{}", line.trim_end());
    }
}

fn elections(page: &mut Page, report: &Report) {
    let windows = &report.windows;
    page.head("Elections");
    page.row("expected bundles per window", number(windows.bundles), "");
    page.row(
        "expected bundles per block",
        number(windows.bundles_per_block),
        "",
    );
    page.row(
        "empty windows",
        percent(windows.empty),
        &format!("{} a day", number(windows.empty_per_day)),
    );
    page.row(
        "  at most, however the stake is split",
        percent(windows.empty_poisson),
        "Poisson",
    );
    page.row(
        "from a window with a bundle to the next",
        time(windows.seconds_between),
        "on average",
    );
    let absence = &report.absence;
    if absence.detected {
        let last = time(absence.last_out * windows.block_seconds);
        let name = "an operator that falls silent is out after";
        page.row(
            name,
            time(absence.first_out * windows.block_seconds),
            &format!("the smallest after {last}"),
        );
        page.row(
            "false alarms per operator and year, at most",
            number(absence.false_alarms),
            "",
        );
    } else {
        page.row(
            "an operator that falls silent is out",
            "never",
            "domain.absence is 0",
        );
    }
}

fn safety(page: &mut Page, report: &Report) {
    let safety = &report.safety;
    page.head("Cheapest attack on safety");
    let blocks = format!("{} blocks", number(safety.blocks as f64));
    page.row(
        "keep the proof out of every block, by bribes",
        number(safety.bribing),
        &blocks,
    );
    page.row(
        "  with a majority of the host's farming",
        number(safety.majority),
        &blocks,
    );
    let unseen = format!("{} of wrong receipts are not seen", percent(safety.unseen));
    page.row("try until nobody looks", number(safety.hoping), &unseen);
    let way = match safety.way {
        Way::Bribing => "bribing",
        Way::Majority => "majority",
        Way::Hoping => "hoping",
    };
    page.row("cheapest", number(safety.cheapest), way);
    page.row(
        "value at risk, the break-even",
        number(safety.value),
        &format!("cost / value = {}", number(safety.margin)),
    );
    page.row(
        "shortest challenge period that protects the value",
        number(safety.shortest_period),
        "blocks",
    );
    page.row(
        "reliability that each challenger needs",
        percent(safety.needed_reliability),
        "",
    );
}

fn delay(page: &mut Page, report: &Report) {
    let delay = &report.delay;
    page.head("Delay of confirmation");
    page.row(
        "a wrong receipt holds it up for",
        number(delay.held),
        "blocks at most",
    );
    page.row("  and costs", number(delay.lost), "");
    page.row(
        "cost of a block of delay, by wrong receipts",
        number(delay.by_receipts),
        "",
    );
    let share = if delay.share > 1.0 {
        "no stake suffices".into()
    } else {
        percent(delay.share)
    };
    page.row(
        "  stake to do so without a break, at first",
        share,
        "of all stake",
    );
    page.row(
        "cost of a block of delay, by censorship",
        number(delay.by_censorship),
        "",
    );
    page.row("cost of a block of delay, cheapest", number(delay.cheapest), "");
    let Silence { group, later, lost } = &delay.silence;
    let note = format!("blocks later, for {} a block", number(*lost));
    page.row(
        &format!("silence of one operator of group {group}: receipts are"),
        number(*later),
        &note,
    );
}

fn griefing(page: &mut Page, report: &Report) {
    page.head("Griefing: others' loss / attacker's loss");
    for grief in &report.griefing {
        let note = format!("{} / {}", number(grief.others), number(grief.attacker));
        page.row(&grief.attack, number(grief.factor), &note);
    }
}

fn checking(page: &mut Page, report: &Report) {
    page.head("Does executing pay? Per block");
    for income in &report.incomes {
        let note = format!("fees {}, cost {}", number(income.fees), number(income.cost));
        page.row(
            &format!("operator of group {}", income.group),
            number(income.profit),
            &note,
        );
    }
    page.head("Does checking pay? From this probability of a wrong receipt on: C / (R + L)");
    for checker in &report.checkers {
        let verdict = if checker.pays { "yes" } else { "no" };
        let (cost, reward, loss) = (number(checker.cost), number(checker.reward), number(checker.loss));
        let note = format!("{verdict}: C {cost}, R {reward}, L {loss}");
        page.row(&checker.who, number(checker.threshold), &note);
    }
}

fn share(page: &mut Page, report: &Report) {
    let share = &report.share;
    page.head("Largest reporter's share that never pays for proving one's own fraud");
    page.row("of the submitter's own stake (the rule)", percent(share.own), "");
    page.row("of the whole pool (naive)", percent(share.pool), "");
    let bound = format!("the SDK accepts {} at most", percent(share.bound));
    page.row("configured", percent(share.configured), &bound);
    page.row("of every backer's own stake (naive)", percent(share.lured), "");
    page.row(
        "  own stake of others to lure until that pays",
        number(share.bait),
        "",
    );
}
