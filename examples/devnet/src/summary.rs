//! What a run came to: for people, and as JSON.

use crate::farming::Farming;
use crate::messages::Messages;
use crate::ordered::OrderedBlocks;
use crate::proven::ProvenLedger;
use serde::{Deserialize, Serialize};
use std::fmt::{Display, Write};

/// Widest line.
const COLUMNS: usize = 90;
/// Columns before the text of a line.
const INDENT: usize = 17;
/// Most differences that are printed; JSON has them all.
const DIFFERENCES: usize = 5;

const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[0m";

/// What a run came to. The same options and seed give the same to the byte, [`times`](Self::times) excepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// Slots that passed.
    pub slots: u64,
    /// Height of the consensus chain.
    pub blocks: u64,
    /// Re-orgs, over all nodes.
    pub reorgs: u32,
    /// Most blocks that one re-org took back.
    pub deepest_reorg: u32,
    /// What farmers stored and won.
    pub farming: Farming,
    /// What an engine ordered, if farmers did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<OrderedBlocks>,
    /// What became of the users' transactions.
    pub transactions: Transactions,
    /// What went between the chains.
    pub messages: Messages,
    /// What became of the proven ledger.
    pub proven: ProvenLedger,
    /// Blocks of the EVM domain.
    pub domain_blocks: u64,
    /// Receipts confirmed.
    pub receipts_confirmed: u64,
    /// Receipts that a fraud proof removed.
    pub receipts_removed: u64,
    /// The lie, if one was told.
    pub lie: Option<LieSummary>,
    /// Who was slashed.
    pub slashes: Vec<SlashSummary>,
    /// How the domain's state compares with the replay's.
    pub replay: ReplaySummary,
    /// What must hold, and whether it does.
    pub checks: Vec<Check>,
    /// What the clock said: the only part that differs from run to run.
    pub times: Option<Times>,
}

/// What became of the users' transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transactions {
    /// In the file.
    pub sent: usize,
    /// In a domain block.
    pub executed: usize,
    /// Executed, effects stand.
    pub succeeded: usize,
    /// Reverted by a contract.
    pub reverted: usize,
    /// Stopped by the EVM.
    pub halted: usize,
    /// Paid for their blockspace only.
    pub refused: usize,
}

/// A lie and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LieSummary {
    /// What was lied about.
    pub field: String,
    /// The domain block whose receipt was false.
    pub domain_block: u64,
    /// The consensus block that the false receipt came in.
    pub told_in_block: u64,
    /// Which proof refuted it.
    pub family: String,
    /// Bytes of the proof.
    pub proof_bytes: u32,
    /// The consensus block that the proof came in.
    pub refuted_in_block: u64,
    /// Who reported it.
    pub reporter: String,
}

/// A slash and where the stake went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlashSummary {
    /// Whose stake.
    pub operator: u64,
    /// All of it.
    pub amount: u128,
    /// What the reporter got.
    pub reward: u128,
    /// What went to the treasury.
    pub treasury: u128,
    /// What was burned.
    pub burned: u128,
}

/// How the domain's state compares with the replay's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaySummary {
    /// Accounts compared.
    pub accounts: usize,
    /// Storage slots compared.
    pub slots: usize,
    /// What differs; empty if nothing does.
    pub differences: Vec<String>,
}

/// Something that must hold at the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What must hold.
    pub name: String,
    /// Whether it does.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// What the clock said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Microseconds to verify the fraud proof, `None` without one.
    pub verification_us: Option<u64>,
    /// Microseconds to verify the validity proof that took longest, `None` without one.
    pub validity_us: Option<u64>,
    /// Microseconds to make the validity proof that took longest, `None` if this process made none.
    pub proving_us: Option<u64>,
    /// Milliseconds of the run, those before an interruption not included.
    pub wall_ms: u64,
}

impl Check {
    /// Puts one together.
    #[must_use]
    pub fn new(name: &str, ok: bool, detail: String) -> Self {
        Self {
            name: name.into(),
            ok,
            detail,
        }
    }
}

impl Summary {
    /// Returns whether every check holds. A summary without checks has shown nothing.
    #[must_use]
    pub fn ok(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.ok)
    }

    /// Writes it as one JSON object on one line, keys in the order of the fields here.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| format!("{{\"error\":{:?}}}", error.to_string()))
    }

    /// Writes it for people, in at most 90 columns, without an end of line after the last line.
    #[must_use]
    pub fn print(&self, colours: bool) -> String {
        let mut page = Page {
            text: String::new(),
            colours,
        };
        page.heading(&format!("devnet, seed {}", self.seed));
        self.print_chain(&mut page);
        self.print_lie(&mut page);
        self.print_replay(&mut page);
        page.blank();
        for check in &self.checks {
            let (word, colour) = if check.ok { ("ok", GREEN) } else { ("FAIL", RED) };
            let detail = if check.detail.is_empty() {
                String::new()
            } else {
                format!(": {}", check.detail)
            };
            page.marked(word, colour, &format!("{}{detail}", check.name));
        }
        page.blank();
        self.print_end(&mut page);
        page.text
    }

    fn print_chain(&self, page: &mut Page) {
        let Self {
            slots,
            blocks,
            reorgs,
            deepest_reorg,
            transactions,
            ..
        } = self;
        let deepest = if *reorgs > 0 {
            format!(" (deepest: {})", count(*deepest_reorg, "block"))
        } else {
            String::new()
        };
        let reorgs = count(*reorgs, "re-org");
        page.item(
            "chain",
            &format!(
                "{}, {}, {reorgs}{deepest}",
                count(*slots, "slot"),
                count(*blocks, "block")
            ),
        );
        let ordered = self.ordered.iter().flat_map(OrderedBlocks::lines);
        for (name, line) in self.farming.lines().into_iter().chain(ordered) {
            page.item(name, &line);
        }
        let Transactions {
            sent,
            executed,
            succeeded,
            reverted,
            halted,
            refused,
        } = transactions;
        let [sent, executed] = [sent, executed].map(grouped);
        let ends = format!("{succeeded} succeeded, {reverted} reverted, {halted} halted; {refused} repeated");
        page.item(
            "transactions",
            &format!("{sent} sent, {executed} executed: {ends}"),
        );
        let confirmed = count(self.receipts_confirmed, "receipt");
        let removed = grouped(self.receipts_removed);
        let domain = count(self.domain_blocks, "block");
        page.item(
            "domain",
            &format!("{domain}, {confirmed} confirmed, {removed} removed"),
        );
        for (name, line) in self.messages.lines() {
            page.item(name, &line);
        }
        self.print_proven(page);
    }

    fn print_proven(&self, page: &mut Page) {
        for (name, line) in self.proven.lines() {
            page.item(name, &line);
        }
        let Some(times) = self.times else { return };
        let took = [(times.proving_us, "made"), (times.validity_us, "verified")];
        let took = took
            .into_iter()
            .filter_map(|(time, what)| Some(format!("{what} in at most {} µs", grouped(time?))));
        let took = took.collect::<Vec<_>>();
        if !took.is_empty() {
            page.item("", &format!("each proof {}", took.join(", ")));
        }
    }

    fn print_lie(&self, page: &mut Page) {
        let Some(lie) = &self.lie else {
            page.item("lie", "none was told");
            return;
        };
        let LieSummary {
            field,
            domain_block,
            told_in_block,
            family,
            refuted_in_block,
            reporter,
            ..
        } = lie;
        page.item(
            "lie",
            &format!("{field}, in the receipt of domain block {domain_block}, told in block {told_in_block}"),
        );
        let verified = self.times.and_then(|times| times.verification_us);
        let verified = verified.map_or(String::new(), |time| {
            format!(", verified in {} µs", grouped(time))
        });
        let bytes = grouped(lie.proof_bytes);
        page.item(
            "refuted",
            &format!("in block {refuted_in_block} by {reporter}: {family} proof, {bytes} bytes{verified}"),
        );
        for SlashSummary {
            operator,
            amount,
            reward,
            treasury,
            burned,
        } in &self.slashes
        {
            let [amount, reward, treasury, burned] = [amount, reward, treasury, burned].map(grouped);
            page.item(
                "slashed",
                &format!(
                    "operator {operator}: {amount}, of which {reward} to the reporter, {treasury} to the treasury, {burned} burned"
                ),
            );
        }
    }

    fn print_replay(&self, page: &mut Page) {
        let ReplaySummary {
            accounts,
            slots,
            differences,
        } = &self.replay;
        let compared = format!(
            "{}, {}",
            count(*accounts, "account"),
            count(*slots, "storage slot")
        );
        if differences.is_empty() {
            page.item("plain revm", &format!("{compared}: equal"));
            return;
        }
        page.item(
            "plain revm",
            &format!("{compared}: {}", count(differences.len(), "difference")),
        );
        for difference in differences.iter().take(DIFFERENCES) {
            page.item("", difference);
        }
        if differences.len() > DIFFERENCES {
            page.item("", "…; --json has them all");
        }
    }

    fn print_end(&self, page: &mut Page) {
        let failed = self.checks.iter().filter(|check| !check.ok).count();
        let all = self.checks.len();
        let (text, colour) = match (self.ok(), failed) {
            (true, _) => (format!("all {all} checks hold"), GREEN),
            (false, 0) => ("nothing was checked".to_owned(), RED),
            (false, _) => (format!("{failed} of {all} checks FAIL"), RED),
        };
        let time = self
            .times
            .map_or(String::new(), |times| format!(" ({})", seconds(times.wall_ms)));
        page.end(&text, colour, &time);
    }
}

/// Text in lines of at most [`COLUMNS`].
struct Page {
    text: String,
    colours: bool,
}

impl Page {
    fn painted(&self, text: &str, colour: &str) -> String {
        if self.colours {
            format!("{colour}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let text = self.painted(text, BOLD);
        let _ = writeln!(self.text, "{text}\n");
    }

    fn end(&mut self, text: &str, colour: &str, rest: &str) {
        let text = self.painted(text, colour);
        let _ = write!(self.text, "{text}{rest}");
    }

    /// A name and its text, which goes on under itself.
    fn item(&mut self, name: &str, text: &str) {
        for (index, line) in wrapped(text, COLUMNS.saturating_sub(INDENT)).iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let _ = writeln!(self.text, "  {name:<14} {line}");
        }
    }

    /// A coloured word and its text.
    fn marked(&mut self, word: &str, colour: &str, text: &str) {
        for (index, line) in wrapped(text, COLUMNS.saturating_sub(8)).iter().enumerate() {
            let word = self.painted(&format!("{:<4}", if index == 0 { word } else { "" }), colour);
            let _ = writeln!(self.text, "  {word}  {line}");
        }
    }
}

/// Breaks `text` between words; a word that is longer than a line is broken as it comes.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0usize;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used.saturating_add(1).saturating_add(length) > width {
            lines.push(String::new());
            used = 0;
        } else if used > 0 {
            push(&mut lines, ' ');
            used = used.saturating_add(1);
        }
        for letter in word.chars() {
            if used >= width {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, letter);
            used = used.saturating_add(1);
        }
    }
    lines
}

fn push(lines: &mut [String], letter: char) {
    if let Some(line) = lines.last_mut() {
        line.push(letter);
    }
}

/// Writes a number with a comma after every three digits from the right.
pub(crate) fn grouped(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn count(number: impl Display, thing: &str) -> String {
    let number = grouped(number);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

fn seconds(milliseconds: u64) -> String {
    let whole = milliseconds.checked_div(1000).unwrap_or_default();
    let tenths = milliseconds
        .checked_rem(1000)
        .and_then(|rest| rest.checked_div(100))
        .unwrap_or_default();
    format!("{whole}.{tenths} s")
}

#[cfg(test)]
mod tests;
