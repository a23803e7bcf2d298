//! A receipt of the proven ledger: shown to be right by a STARK, and each wrong one refuted by a fraud proof of the same engine.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Item};
use decex_core::execution::Engine;
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{ProvableTree, StateTree};
use decex_core::*;
use decex_election::Keypair;
use decex_fraud::{BaseStates, Claim, Executed, LocalExecution, execute};
use decex_ledger_prover::prove;
use decex_proven_ledger::{LedgerTree, LedgerVerifier, ProvenLedger, Transaction, genesis};
use decex_receipt::{Openings, Receipt, genesis_receipt};
use decex_testkit::mutant::{every, mutate};
use decex_validity::{TransitionVerifier, ValidityProof, assemble, verify};
use std::convert::Infallible;

const LEDGER: ProvenLedger = ProvenLedger { id: 2 };
const VERIFIER: LedgerVerifier = LedgerVerifier(LEDGER);

fn user(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

fn item(n: u8, nonce: u64, to: u16, amount: u64) -> Item {
    let transaction = Transaction::sign(2, &user(n), n.into(), nonce, to, amount);
    Item {
        sender: transaction.sender(),
        nonce: Nonce(nonce),
        weight: Weight(1),
        bytes: BoundedVec::new(transaction.to_bytes()).unwrap(),
    }
}

fn start() -> LedgerTree {
    let accounts: Vec<_> = (0..4).map(|n| (*user(n).key().as_bytes(), 1_000)).collect();
    let mut tree = LedgerTree::new();
    tree.update(&genesis(&accounts).unwrap()).unwrap();
    tree
}

fn params() -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 4 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        rules: LEDGER.rule_set(),
        genesis: start().root(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 12,
            epoch: 12,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 64,
            bytes: 65_536,
            weight: Weight(1_000),
        },
        transaction_bytes: 256,
        sender_transactions: 8,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        validity: Validity::Proven {
            verifier: VERIFIER.id(),
        },
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 4,
        max_gap: 3,
        messages: 0,
        witness_limit: 20_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    };
    params.check(&limits).unwrap()
}

/// One block over genesis, with a bundle that is legal and one that has a forged signature.
struct World {
    parent: Receipt,
    inbox: Inbox,
    bodies: Vec<Vec<Item>>,
    right: Executed,
    tree: LedgerTree,
}

impl Host for World {
    type Error = Infallible;
}

impl BaseStates for World {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        self.tree = start();
        Ok(Some(&self.tree))
    }
}

impl LocalExecution for World {
    fn receipt(&self) -> &Receipt {
        &self.right.receipt
    }
    fn openings(&self) -> &Openings {
        &self.right.openings
    }
    fn body(&self, bundle: u16) -> Option<&[Item]> {
        self.bodies.get(usize::from(bundle)).map(Vec::as_slice)
    }
    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Infallible> {
        self.tree = start();
        for changes in &self.right.steps[..step as usize] {
            self.tree.update(&changes.after).unwrap();
        }
        Ok(&self.tree)
    }
}

struct Genesis(LedgerTree);
impl Host for Genesis {
    type Error = Infallible;
}
impl BaseStates for Genesis {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(Some(&self.0))
    }
}

fn inboxed(n: u8, base: Base, items: &[Item]) -> Inboxed {
    let summaries: Vec<_> = items.iter().map(Item::compute_summary).collect();
    let leaves: Vec<_> = summaries.iter().map(|summary| summary.leaf()).collect();
    Inboxed {
        header: HeaderHash(Digest([n; 32])),
        operator: OperatorId(n.into()),
        base,
        body: BodyCommitment {
            root: list::root(&leaves),
            count: items.len() as u32,
            bytes: summaries.iter().map(|summary| summary.bytes).sum(),
            weight: Weight(items.len() as u64),
        },
    }
}

fn world() -> World {
    let (params, mut tree) = (params(), start());
    let parent = genesis_receipt(DomainId(1), LEDGER.rule_set(), tree.root(), ConsensusNumber(1));
    let base = Base {
        number: DomainNumber(0),
        hash: parent.compute_hash(),
        root: parent.state,
        byte_price: Balance(1),
    };
    let mut forged = item(3, 0, 1, 5);
    forged.bytes = item(3, 1, 1, 5).bytes;
    let mut bodies = vec![
        vec![
            item(0, 0, 1, 10),
            item(0, 1, 2, 995),
            item(1, 0, 3, 1_000),
            item(2, 0, 2, 3),
        ],
        vec![forged],
    ];
    for body in &mut bodies {
        body.sort_by_key(|item| item.compute_summary().body_key());
    }
    let bundles = vec![inboxed(1, base, &bodies[0]), inboxed(2, base, &bodies[1])];
    let inbox = Inbox {
        domain: DomainId(1),
        number: DomainNumber(1),
        rules: LEDGER.rule_set(),
        consensus_number: ConsensusNumber(2),
        consensus_hash: ConsensusHash(Digest([4; 32])),
        slot: Slot(9),
        timestamp: Timestamp(9_000),
        byte_price: Balance(1),
        seed: Seed(Digest([5; 32])),
        messages: BoundedVec::default(),
        bundles: BoundedVec::new(bundles).unwrap(),
    };
    let items: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
    let mut states = Genesis(start());
    let right = execute(&LEDGER, &params, &inbox, &parent, &items, &mut states, &mut tree).unwrap();
    World {
        parent,
        inbox,
        bodies,
        right,
        tree,
    }
}

fn claim_of(world: &World, receipt: &Receipt) -> Option<Claim> {
    let included = ConsensusNumber(5);
    Claim::new(
        &params(),
        receipt.clone(),
        included,
        &world.parent,
        world.inbox.clone(),
    )
}

#[test]
fn the_right_receipt_is_proven_and_every_wrong_one_refuted() {
    let mut world = world();
    let claim = claim_of(&world, &world.right.receipt).unwrap();
    let proof = assemble(&LEDGER, &claim, &mut world, |transition| {
        prove(&start(), transition)
    })
    .unwrap();
    let _ = verify(&LEDGER, &VERIFIER, &params(), &claim, &proof).unwrap();
    let right = world.right.receipt.clone();
    let mut refuted = std::collections::BTreeMap::new();
    for mutant in every(&right, &world.inbox) {
        let lie = mutate(mutant, &right, &world.right.openings, &world.inbox, &params());
        let Some((wrong, openings)) = lie.filter(|(wrong, _)| *wrong != right) else {
            continue;
        };
        let Some(claim) = claim_of(&world, &wrong) else {
            continue;
        };
        for trace in [proof.trace.clone(), openings.trace.clone()] {
            let forged = ValidityProof {
                receipt: claim.hash(),
                trace,
                ..proof.clone()
            };
            assert!(
                verify(&LEDGER, &VERIFIER, &params(), &claim, &forged).is_err(),
                "{mutant:?}"
            );
        }
        // What submission refuses needs no proof, and has none.
        let reporter = AccountId::default();
        if let Ok(Some(fraud)) = decex_fraud::prove(&LEDGER, &claim, &openings, &mut world, reporter) {
            let refutation = decex_fraud::verify(&LEDGER, &claim, &fraud).unwrap();
            *refuted.entry(refutation.family()).or_insert(0) += 1;
        }
    }
    assert_eq!(refuted.len(), 3, "{refuted:?}");
    assert!(refuted.values().sum::<u32>() > 20, "{refuted:?}");
}
