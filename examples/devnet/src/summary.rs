//! What a run came to: for people, and as JSON.

use crate::farming::Farming;
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
    /// What became of the users' transactions.
    pub transactions: Transactions,
    /// Blocks of the domain.
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
        for (name, line) in self.farming.lines() {
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
            burned,
        } in &self.slashes
        {
            let [amount, reward, burned] = [amount, reward, burned].map(grouped);
            page.item(
                "slashed",
                &format!("operator {operator}: {amount}, of which {reward} to the reporter, {burned} burned"),
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
mod tests {
    use super::*;
    use crate::farming::Farmer;

    fn check(name: &str, ok: bool, detail: &str) -> Check {
        Check::new(name, ok, detail.into())
    }

    fn summary() -> Summary {
        Summary {
            seed: 1,
            slots: 1_212,
            blocks: 354,
            reorgs: 7,
            deepest_reorg: 3,
            farming: Farming {
                segments: 5,
                segment_bytes: 65_536,
                chain_bytes: 400_123,
                sectors: 12,
                sector_pieces: 4,
                plotted: 30,
                expired: 18,
                audits: 5_000,
                solutions: 112,
                range_pieces: 48,
                farmers: vec![
                    Farmer {
                        index: 0,
                        audits: 1_667,
                        wins: 110,
                    },
                    Farmer {
                        index: 1,
                        audits: 3_333,
                        wins: 243,
                    },
                ],
            },
            transactions: Transactions {
                sent: 388,
                executed: 388,
                succeeded: 300,
                reverted: 40,
                halted: 47,
                refused: 1,
            },
            domain_blocks: 31,
            receipts_confirmed: 31,
            receipts_removed: 1,
            lie: Some(LieSummary {
                field: "state".into(),
                domain_block: 3,
                told_in_block: 20,
                family: "transition".into(),
                proof_bytes: 12_345,
                refuted_in_block: 24,
                reporter: "operator 1".into(),
            }),
            slashes: vec![SlashSummary {
                operator: 3,
                amount: 1_000_000,
                reward: 50_000,
                burned: 950_000,
            }],
            replay: ReplaySummary {
                accounts: 15,
                slots: 38,
                differences: vec![],
            },
            checks: vec![
                check("every transaction is executed", true, "388 of 388"),
                check("every honest operator has the same state root", true, ""),
            ],
            times: Some(Times {
                verification_us: Some(1_512),
                wall_ms: 4_270,
            }),
        }
    }

    #[test]
    fn a_summary_is_read_at_a_glance() {
        let expected = "\
devnet, seed 1

  chain          1,212 slots, 354 blocks, 7 re-orgs (deepest: 3 blocks)
  history        5 segments of 64 KiB; 400,123 bytes of blocks
  plots          12 sectors of 4 pieces at the end; 30 plotted, 18 expired
  audits         5,000 of sectors, 112 solutions, 353 blocks; the range fits 48 pieces
  farmers        farmer 0: 33.3 % of the space audited, 31.1 % of the blocks (110)
                 farmer 1: 66.6 % of the space audited, 68.8 % of the blocks (243)
  transactions   388 sent, 388 executed: 300 succeeded, 40 reverted, 47 halted; 1 repeated
  domain         31 blocks, 31 receipts confirmed, 1 removed
  lie            state, in the receipt of domain block 3, told in block 20
  refuted        in block 24 by operator 1: transition proof, 12,345 bytes, verified in
                 1,512 µs
  slashed        operator 3: 1,000,000, of which 50,000 to the reporter, 950,000 burned
  plain revm     15 accounts, 38 storage slots: equal

  ok    every transaction is executed: 388 of 388
  ok    every honest operator has the same state root

all 2 checks hold (4.2 s)";
        assert_eq!(summary().print(false), expected);
        let mut plain = summary().print(true);
        for code in [BOLD, GREEN, RED, RESET] {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, expected);
    }

    #[test]
    fn what_fails_is_said_in_full_within_90_columns() {
        let mut summary = summary();
        summary.lie = None;
        summary.times = None;
        summary.replay.differences = (0..9)
            .map(|index| format!("{index}: 0x{}", "ab".repeat(90)))
            .collect();
        summary
            .checks
            .push(check("equal to plain revm", false, &"word ".repeat(60)));
        let text = summary.print(false);
        assert!(!summary.ok());
        for expected in [
            "lie            none was told",
            "9 differences",
            "--json has them all",
            "1 of 3 checks FAIL",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        assert_eq!(text.matches("word").count(), 60);
        assert!(!Summary::default().ok() && Summary::default().print(false).ends_with("nothing was checked"));
    }

    #[test]
    fn json_has_every_field_in_one_order_and_times_apart() {
        let json = summary().to_json();
        let order = [
            "seed",
            "slots",
            "blocks",
            "reorgs",
            "deepest_reorg",
            "farming",
            "transactions",
            "domain_blocks",
            "receipts_confirmed",
            "receipts_removed",
            "lie",
            "slashes",
            "replay",
            "checks",
            "times",
        ];
        let mut rest = json.as_str();
        for key in order {
            let at = rest
                .find(&format!("\"{key}\":"))
                .unwrap_or_else(|| panic!("{key} in {rest}"));
            rest = &rest[at..];
        }
        assert_eq!(rest, "\"times\":{\"verification_us\":1512,\"wall_ms\":4270}}");
        assert!(!json.contains('\n'));
        assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary());
    }

    #[test]
    fn numbers_are_grouped() {
        let numbers = [0, 7, 999, 1_000, 123_456, 1_000_000].map(grouped);
        assert_eq!(numbers, ["0", "7", "999", "1,000", "123,456", "1,000,000"]);
        assert_eq!(
            [seconds(0), seconds(49), seconds(60_050)],
            ["0.0 s", "0.0 s", "60.0 s"]
        );
    }
}
