//! What the summary prints.

use super::*;
use crate::farming::Farmer;
use crate::messages::{Messages, Route};
use crate::proven::Finality;

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
        ordered: None,
        transactions: Transactions {
            sent: 388,
            executed: 388,
            succeeded: 300,
            reverted: 40,
            halted: 47,
            refused: 1,
        },
        messages: Messages {
            relayed: 34,
            ledger_blocks: 10,
            routes: vec![Route {
                way: "ledger to EVM".into(),
                sent: 12,
                delivered: 8,
                refused: 2,
                bounced: 2,
                value: 74_000,
            }],
        },
        proven: ProvenLedger {
            blocks: 7,
            transfers: 24,
            repeated: 2,
            proven: 7,
            largest_proof: 95_012,
            finality: vec![
                Finality {
                    domain: "EVM".into(),
                    median: 21,
                    most: 23,
                },
                Finality {
                    domain: "proven ledger".into(),
                    median: 3,
                    most: 4,
                },
            ],
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
            treasury: 190_000,
            burned: 760_000,
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
            validity_us: Some(2_345),
            proving_us: Some(456_789),
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
  messages       34 relayed; 10 blocks of the ledger
                 ledger to EVM: 12 sent, 8 delivered (74,000), 2 refused, 2 too late
  proven ledger  7 blocks of 24 transfers, 2 repeated; 7 receipts proven, the largest
                 proof 95,012 bytes
  final after    EVM 21 (at most 23), proven ledger 3 (at most 4) consensus blocks in the
                 median
                 each proof made in at most 456,789 µs, verified in at most 2,345 µs
  lie            state, in the receipt of domain block 3, told in block 20
  refuted        in block 24 by operator 1: transition proof, 12,345 bytes, verified in
                 1,512 µs
  slashed        operator 3: 1,000,000, of which 50,000 to the reporter, 190,000 to the
                 treasury, 760,000 burned
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
        "messages",
        "proven",
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
    let times =
        "\"times\":{\"verification_us\":1512,\"validity_us\":2345,\"proving_us\":456789,\"wall_ms\":4270}}";
    assert_eq!(rest, times);
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
