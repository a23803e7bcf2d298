//! The page says of a run what the chain and the run's summary say, whatever branches it took.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::{Folder, args};
use devnet::domains::EVM;
use devnet::live::Attached;
use devnet::problem::Problem;
use devnet::progress::Progress;
use devnet::run::{Ended, run_with};
use devnet::simulation::{Happening, Simulation, What};
use devnet::summary::Summary;
use devnet::ui::Watch;
use devnet::ui::snapshot::{Counts, Snapshot, State, Status};
use devnet::ui::track::Tracker;
use std::time::Duration;

/// Follows a run in two ways, and compares both with the chain in every slot.
#[derive(Default)]
struct Checker {
    trackers: Vec<Tracker>,
    reorgs_of_first: u32,
    removed_seen_pending: bool,
    proven_seen: bool,
    last: Option<Snapshot>,
}

impl Attached for Checker {
    fn after_slot(&mut self, simulation: &mut Simulation, happenings: &[Happening]) -> Result<(), Problem> {
        if self.trackers.is_empty() {
            // The second folds the branch from genesis whenever more than its last block changes.
            self.trackers = vec![
                Tracker::new(simulation, 0),
                Tracker::with_loose_end(simulation, 0, 1),
            ];
        }
        for happening in happenings {
            if happening.node == 0 && matches!(happening.what, What::Reorganised(_)) {
                self.reorgs_of_first += 1;
            }
        }
        let snapshots: Vec<Snapshot> = self
            .trackers
            .iter_mut()
            .map(|tracker| {
                tracker.follow(simulation, happenings);
                tracker.snapshot(simulation, State::Running, None).unwrap()
            })
            .collect();
        assert_eq!(snapshots[0], snapshots[1], "slot {}", simulation.slot);
        self.compare(simulation, &snapshots[0]);
        self.last = Some(snapshots[0].clone());
        Ok(())
    }
}

impl Checker {
    fn compare(&mut self, simulation: &Simulation, snapshot: &Snapshot) {
        let node = &simulation.nodes[0];
        assert_eq!(snapshot.totals.blocks, node.tip().number);
        assert_eq!(
            snapshot.blocks.last().unwrap().hash,
            node.tip().hash().0.to_string()
        );
        assert_eq!(snapshot.domains.len(), simulation.setup.domains.len());
        let bundles: usize = snapshot.blocks.iter().map(|block| block.bundles.len()).sum();
        assert_eq!(snapshot.totals.bundles, u64::try_from(bundles).unwrap());
        for domain in &snapshot.domains {
            let id = decex_core::DomainId(domain.id);
            assert_eq!((domain.head, domain.confirmed), node.heads(id));
            let Counts {
                accepted,
                pending,
                proven,
                confirmed,
                removed,
            } = domain.counts;
            assert_eq!(accepted, pending + proven + confirmed + removed);
            assert_eq!(
                accepted,
                u64::try_from(domain.receipts.len()).unwrap(),
                "all are kept"
            );
            assert_eq!(confirmed, domain.confirmed);
            assert_eq!(pending + proven, domain.head - domain.confirmed);
            // What stands is on the chain, under its number, answered for by as many as the chain says.
            for receipt in &domain.receipts {
                let number = decex_core::DomainNumber(receipt.number);
                let record = node.chain.receipt_at(id, number).unwrap();
                if matches!(receipt.status, Status::Pending | Status::Proven) {
                    let record = record.unwrap();
                    assert_eq!(record.included_at.0, receipt.block);
                    assert_eq!(record.backers.len(), usize::try_from(receipt.backers).unwrap());
                    assert_eq!(record.backers[0].0, receipt.operator);
                    assert_eq!(record.proven, receipt.status == Status::Proven);
                    self.proven_seen |= record.proven;
                    self.removed_seen_pending |= receipt.operator == 3;
                }
            }
        }
        for operator in &snapshot.operators {
            let pool = node
                .chain
                .pool(decex_core::OperatorId(operator.id))
                .unwrap()
                .unwrap();
            assert_eq!(operator.stake, pool.stake.0.to_string());
            assert_eq!(operator.status == "slashed", !operator.slashes.is_empty());
        }
    }
}

fn watched(folder: &Folder, line: &[&str], attached: &mut [&mut dyn Attached]) -> Summary {
    let args = args(&folder.0, line);
    let mut progress = Progress::new(true, false, false);
    match run_with(&args, &mut progress, &|| false, attached).unwrap() {
        Ended::Over(summary) => *summary,
        Ended::Interrupted { .. } => panic!("nobody interrupted"),
    }
}

/// The data in a report.
fn read(report: &std::path::Path) -> Snapshot {
    let page = std::fs::read_to_string(report).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(data.split("</script>").next().unwrap()).unwrap()
}

#[test]
fn the_page_adds_up_with_the_chain_and_the_summary() {
    let folder = Folder::new("page");
    let report = folder.0.join("report.html");
    let mut checker = Checker::default();
    let mut watch = Watch::new(Duration::from_millis(7), None, Some(report.clone()));
    let summary = watched(&folder, &[], &mut [&mut checker, &mut watch]);
    assert!(checker.reorgs_of_first > 0, "there was a branch to change");
    assert!(checker.removed_seen_pending, "the lie was pending first");
    let last = checker.last.unwrap();
    let evm = &last.domains[0];
    assert_eq!((evm.id, evm.name.as_str()), (EVM.0, "EVM"));
    assert_eq!(
        (evm.head, evm.counts.confirmed, evm.counts.removed),
        (
            summary.domain_blocks,
            summary.receipts_confirmed,
            summary.receipts_removed
        )
    );
    assert_eq!(last.domains[1].counts.confirmed, summary.messages.ledger_blocks);
    let ledger = last
        .domains
        .iter()
        .find(|domain| domain.validity == "proven")
        .unwrap();
    let shown: Vec<_> = ledger
        .receipts
        .iter()
        .filter_map(|receipt| receipt.shown)
        .collect();
    assert_eq!(
        (
            ledger.counts.confirmed,
            shown.len(),
            shown.iter().map(|shown| shown.bytes).max()
        ),
        (
            summary.proven.blocks,
            usize::try_from(summary.proven.proven).unwrap(),
            Some(summary.proven.largest_proof)
        )
    );
    assert!(checker.proven_seen, "a receipt was proven before it was final");
    assert_eq!(
        (last.run.slot, last.totals.blocks, last.totals.messages),
        (summary.slots, summary.blocks, summary.messages.relayed)
    );
    assert_eq!(
        (last.totals.reorgs, last.totals.deepest),
        (summary.reorgs.into(), summary.deepest_reorg)
    );
    assert_eq!(last.reorgs.len(), usize::try_from(summary.reorgs).unwrap());
    // The lie, its proof, its price.
    let (lie, proof) = (summary.lie.as_ref().unwrap(), &last.proofs[0]);
    assert_eq!(last.proofs.len(), 1);
    assert_eq!(
        (&proof.family, proof.bytes, proof.block, &proof.reporter),
        (&lie.family, lie.proof_bytes, lie.refuted_in_block, &lie.reporter)
    );
    assert_eq!((proof.from, &proof.slashed), (lie.domain_block, &vec![3]));
    assert!(proof.verification_us.unwrap() <= summary.times.unwrap().verification_us.unwrap());
    let refuted: Vec<_> = evm.receipts.iter().filter(|receipt| receipt.refuted).collect();
    assert_eq!(refuted.len(), 1);
    assert_eq!(
        (refuted[0].number, refuted[0].block, refuted[0].status),
        (lie.domain_block, lie.told_in_block, Status::Removed)
    );
    let (slash, shown) = (&summary.slashes[0], &last.operators[3].slashes[0]);
    assert_eq!(
        [&shown.amount, &shown.reward, &shown.treasury, &shown.burned],
        [slash.amount, slash.reward, slash.treasury, slash.burned]
            .map(|amount| amount.to_string())
            .each_ref()
    );
    // The report says the same, and what the run came to.
    let kept = read(&report);
    assert_eq!(kept.summary.as_ref(), Some(&summary));
    assert_eq!((kept.run.state, kept.run.pace), (State::Over, 7));
    let expected = Snapshot {
        run: kept.run.clone(),
        summary: kept.summary.clone(),
        ..last
    };
    assert_eq!(kept, expected);
    // Taken up after its end, the run is drawn from disk. What the process before measured and saw is not known any more.
    let mut again = Watch::new(Duration::from_millis(7), None, Some(report.clone()));
    watched(&folder, &[], &mut [&mut again]);
    let mut expected = Snapshot {
        reorgs: Vec::new(),
        summary: None,
        ..kept
    };
    expected.proofs[0].verification_us = None;
    let again = read(&report);
    assert_eq!(
        Snapshot {
            summary: None,
            ..again
        },
        expected
    );
}
