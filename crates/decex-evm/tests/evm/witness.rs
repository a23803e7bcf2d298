//! V9: the same code over a witness: the same result, or an incomplete witness, and never anything else.

use crate::common::*;
use crate::fees::{any_tx, in_order};
use decex_core::StateRoot;
use decex_core::execution::{Engine, StepError, StepResult, run_step};
use decex_core::hash::digest_encoded;
use decex_core::label;
use decex_core::message::Message;
use decex_core::state::{
    Changes, CompactTree, MemoryTree, ProvableTree, ReadError, StateCommitment, StateKey, StateTree, Value,
};
use decex_core::transaction::Summary;
use decex_evm::{Outcome, U256};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Knows some keys and nothing of the others.
#[derive(Clone)]
struct Partial(BTreeMap<StateKey, Option<Value>>);

impl StateTree for Partial {
    fn root(&self) -> StateRoot {
        let all: Vec<(StateKey, Option<Vec<u8>>)> = self
            .0
            .iter()
            .map(|(key, value)| (*key, value.as_ref().map(|value| value.to_vec())))
            .collect();
        StateRoot(digest_encoded(&label::STATE_NODE, &all))
    }
    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        self.0.get(key).cloned().ok_or(ReadError::IncompleteWitness)
    }
    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError> {
        if changes.keys().any(|key| !self.0.contains_key(key)) {
            return Err(ReadError::IncompleteWitness);
        }
        self.0.extend(changes.clone());
        Ok(self.root())
    }
}

/// What a block is run on.
pub(crate) struct Case<'a> {
    pub(crate) before: MemoryTree,
    pub(crate) messages: &'a [Message],
    pub(crate) raw: &'a [Vec<u8>],
    pub(crate) interval: usize,
    pub(crate) limit: u32,
}

impl Case<'_> {
    fn rerun(&self, step: &Ran, tree: &mut dyn StateTree) -> Result<StepResult, StepError> {
        let summaries: Vec<Summary> = self.raw.iter().map(|bytes| summary(&engine(), bytes)).collect();
        let inputs = inputs(&summaries, self.raw);
        let kind = step.kind.step(self.messages, &inputs);
        run_step(&engine(), &context(1), tree, kind, self.limit)
    }

    /// Runs a block on the full state, then each step again on its witness, then without each key of it.
    pub(crate) fn check(&self, thorough: bool) -> Block {
        let mut tree = self.before.clone();
        let mut before = tree.clone();
        let inputs = (self.messages, self.raw);
        let block = run_whole(
            &engine(),
            &context(1),
            &mut tree,
            inputs,
            self.interval,
            self.limit,
        );
        for step in &block.steps {
            // The project's own witness.
            let mut opened = CompactTree.open(&step.pre, &step.witness).unwrap();
            let result = self.rerun(step, opened.as_mut()).unwrap();
            assert_eq!(result.root, step.result.root);
            assert_eq!(result.changes, step.result.changes);
            assert_eq!(result.effects, step.result.effects);
            assert_eq!(result.touched, step.result.touched);
            if thorough {
                for key in &step.result.touched {
                    self.without(&before, step, key);
                }
            }
            before.update(&step.result.changes).unwrap();
            assert_eq!(before.root(), step.result.root);
        }
        block
    }

    fn without(&self, before: &MemoryTree, step: &Ran, key: &StateKey) {
        let rest: BTreeSet<StateKey> = step
            .result
            .touched
            .iter()
            .filter(|other| *other != key)
            .copied()
            .collect();
        // Over a view that knows exactly the other keys, the step fails.
        let mut partial = Partial(rest.iter().map(|key| (*key, before.get(key).unwrap())).collect());
        let incomplete = StepError::Read(ReadError::IncompleteWitness);
        assert_eq!(self.rerun(step, &mut partial).unwrap_err(), incomplete);
        // A real witness may still tell that an absent key is absent, where another key's path shows it. It then gives the
        // same answer.
        let witness = before.prove(&rest).unwrap();
        let mut opened = CompactTree.open(&step.pre, &witness).unwrap();
        match self.rerun(step, opened.as_mut()) {
            Err(error) => assert_eq!(error, incomplete),
            Ok(result) => {
                assert_eq!(before.get(key), Ok(None));
                assert_eq!(result.root, step.result.root);
            }
        }
    }
}

fn check_block(raw: &[Vec<u8>], interval: usize, limit: u32, thorough: bool) -> Vec<Outcome> {
    let case = Case {
        before: genesis_tree(&allocations()),
        messages: &[],
        raw,
        interval,
        limit,
    };
    let receipts = case.check(thorough).receipts;
    receipts.iter().map(|receipt| receipt.outcome).collect()
}

fn word(n: u64) -> U256 {
    U256::from(n)
}

#[test]
fn v9_removing_any_key_makes_the_step_fail() {
    let raw = [
        Tx {
            value: word(1),
            ..Tx::default()
        }
        .sign(&key(0)),
        call(0, 400_000, "look()", &[]).sign(&key(1)),
        call(0, 300_000, "make(bytes32)", &[word(4)]).sign(&key(2)),
        call(0, 300_000, "makeAndDestroy(bytes32,address)", &[word(5), word(6)]).sign(&key(3)),
        call(1, 100_000, "touchMany(uint256,uint256)", &[word(1000), word(5)]).sign(&key(0)),
        call(1, 100_000, "readMany(uint256,uint256)", &[word(0), word(5)]).sign(&key(1)),
        Tx {
            nonce: 9,
            ..Tx::default()
        }
        .sign(&key(4)),
    ];
    for interval in [1, 3, 16] {
        let outcomes = check_block(&raw, interval, LIMIT, true);
        assert!(
            outcomes[..6].iter().all(|outcome| *outcome == Outcome::Succeeded),
            "{outcomes:?}"
        );
    }
}

#[test]
fn v9_every_witness_limit_gives_the_same_verdict_over_a_witness() {
    let raw = [
        call(0, 1_000_000, "readMany(uint256,uint256)", &[word(0), word(12)]).sign(&key(0)),
        call(
            0,
            1_000_000,
            "touchMany(uint256,uint256)",
            &[word(9000), word(12)],
        )
        .sign(&key(1)),
        call(0, 1_000_000, "tryReadMany(uint256,uint256)", &[word(0), word(12)]).sign(&key(2)),
        call(
            1,
            1_000_000,
            "writeMany(uint256,uint256,uint256)",
            &[word(0), word(12), word(1)],
        )
        .sign(&key(0)),
        Tx::default().sign(&key(3)),
    ];
    let mut seen = BTreeSet::new();
    // From a limit that nothing fits in to one that everything fits in.
    for limit in (0..60_000).step_by(1_741) {
        let outcomes = check_block(&raw, 2, limit, false);
        seen.extend(outcomes);
    }
    assert_eq!(seen, [Outcome::Succeeded, Outcome::Exceeded].into());
}

#[test]
fn v10_a_step_that_passed_its_limit_is_covered_by_its_witness() {
    let raw = [call(0, 1_000_000, "readMany(uint256,uint256)", &[word(0), word(50)]).sign(&key(0))];
    assert_eq!(check_block(&raw, 1, 40_000, true), [Outcome::Exceeded]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn v9_random_blocks_run_the_same_over_witnesses(
        transactions in prop::collection::vec(any_tx(), 0..8),
        interval in 1usize..5,
        limit in prop_oneof![Just(LIMIT), 10_000u32..60_000],
    ) {
        check_block(&in_order(transactions), interval, limit, false);
    }

    #[test]
    fn chunks_do_not_change_what_transactions_do(
        transactions in prop::collection::vec(any_tx(), 0..12),
        limit in prop_oneof![Just(LIMIT), 10_000u32..60_000],
    ) {
        let raw = in_order(transactions);
        let run = |interval| {
            let mut tree = genesis_tree(&allocations());
            let block = run_block(&engine(), &context(1), &mut tree, &raw, interval, limit);
            (tree.root(), block.receipts, block.effects)
        };
        prop_assert_eq!(run(1), run(5));
    }
}

#[test]
fn the_engine_is_an_object() {
    let engine = engine();
    let engine: &dyn Engine = &engine;
    assert_eq!(engine.commitment().empty_root(), MemoryTree::new().root());
}
