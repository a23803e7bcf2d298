//! J5: the same code over a witness: the same result, or an incomplete witness, and never anything else.

use crate::common::*;
use crate::fees::{any_call, cast};
use decex_core::execution::{Chunk, Context, Engine, Input, Step, StepError, StepResult, run_step};
use decex_core::hash::digest_encoded;
use decex_core::state::{
    Changes, CompactTree, Halt, MemoryTree, ProvableTree, ReadError, StateAccess, StateCommitment, StateKey,
    StateTree, Value,
};
use decex_core::transaction::Summary;
use decex_core::*;
use decex_wasm::{WasmEngine, query};
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

/// The engine without a memory for chunks.
struct Forgetful(WasmEngine);

impl Engine for Forgetful {
    fn rule_set(&self) -> RuleSet {
        self.0.rule_set()
    }
    fn commitment(&self) -> &dyn StateCommitment {
        self.0.commitment()
    }
    fn inspect(
        &self,
        transaction: &[u8],
    ) -> Result<decex_core::execution::Facts, decex_core::execution::NotATransaction> {
        self.0.inspect(transaction)
    }
    fn account(
        &self,
        state: &mut dyn StateAccess,
        sender: &SenderId,
    ) -> Result<decex_core::execution::Account, Halt> {
        self.0.account(state, sender)
    }
    fn begin(&self, context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        self.0.begin(context, state)
    }
    fn receive(
        &self,
        context: &Context,
        state: &mut dyn StateAccess,
        message: &decex_core::message::Message,
    ) -> Result<(), Halt> {
        self.0.receive(context, state, message)
    }
    fn refuse(
        &self,
        context: &Context,
        state: &mut dyn StateAccess,
        message: &decex_core::message::Message,
    ) -> Result<(), Halt> {
        self.0.refuse(context, state, message)
    }
    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.0.apply(context, state, input)
    }
    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        self.0.exceed(context, state, input)
    }
    fn chunk(&self) -> Option<Box<dyn Chunk + '_>> {
        None
    }
    fn finish(
        &self,
        context: &Context,
        state: &mut dyn StateAccess,
    ) -> Result<decex_core::execution::Effects, Halt> {
        self.0.finish(context, state)
    }
}

fn rerun(
    step: &Ran,
    steps: usize,
    index: usize,
    raw: &[Vec<u8>],
    tree: &mut dyn StateTree,
    limit: u32,
) -> Result<StepResult, StepError> {
    let summaries: Vec<Summary> = raw.iter().map(|bytes| summary(bytes)).collect();
    let inputs: Vec<Input<'_>> = summaries
        .iter()
        .zip(raw)
        .map(|(summary, bytes)| Input { summary, bytes })
        .collect();
    let kind = match index {
        0 => Step::Begin,
        _ if index + 1 == steps => Step::Finish,
        _ => Step::Apply(&inputs[step.inputs.clone()]),
    };
    run_step(&engine(), &context(1), tree, kind, limit)
}

/// Runs a block on the full state, then each step again on its witness, then without each key of it. Returns the totals.
fn check_block(
    start: &MemoryTree,
    raw: &[Vec<u8>],
    interval: usize,
    limit: u32,
    thorough: bool,
) -> decex_wasm::BlockTotals {
    let mut tree = start.clone();
    let mut before = tree.clone();
    let steps = run_block(&engine(), &mut tree, raw, interval, limit);
    for (index, step) in steps.iter().enumerate() {
        let mut opened = CompactTree.open(&step.pre, &step.witness).unwrap();
        let result = rerun(step, steps.len(), index, raw, opened.as_mut(), limit).unwrap();
        assert_eq!(result.root, step.result.root);
        assert_eq!(result.changes, step.result.changes);
        assert_eq!(result.effects, step.result.effects);
        assert_eq!(result.touched, step.result.touched);
        if thorough {
            for key in &step.result.touched {
                without(&before, step, steps.len(), index, raw, key, limit);
            }
        }
        before.update(&step.result.changes).unwrap();
    }
    query::block_totals(&tree).unwrap()
}

fn without(
    before: &MemoryTree,
    step: &Ran,
    count: usize,
    index: usize,
    raw: &[Vec<u8>],
    key: &StateKey,
    limit: u32,
) {
    let rest: BTreeSet<StateKey> = step
        .result
        .touched
        .iter()
        .filter(|other| *other != key)
        .copied()
        .collect();
    let mut partial = Partial(rest.iter().map(|key| (*key, before.get(key).unwrap())).collect());
    let incomplete = StepError::Read(ReadError::IncompleteWitness);
    assert_eq!(
        rerun(step, count, index, raw, &mut partial, limit).unwrap_err(),
        incomplete
    );
    // A real witness may still tell that an absent key is absent, where another key's path shows it.
    let witness = before.prove(&rest).unwrap();
    let mut opened = CompactTree.open(&step.pre, &witness).unwrap();
    match rerun(step, count, index, raw, opened.as_mut(), limit) {
        Err(error) => assert_eq!(error, incomplete),
        Ok(result) => {
            assert_eq!(before.get(key), Ok(None));
            assert_eq!(result.root, step.result.root);
        }
    }
}

/// A state with the contracts, and a block that uses all of what there is.
fn everything() -> (MemoryTree, Vec<Vec<u8>>) {
    let mut chain = Chain::new();
    let cast = cast(&mut chain);
    let nonce = chain.nonces[0];
    let reads = probe(
        "(drop (call $balance (i32.const 0) (i32.const 64))) (drop (call $remove (i32.const 0) (i32.const 4)))
         (drop (call $get (i32.const 0) (i32.const 5)))",
    );
    let raw = vec![
        signed(0, nonce, MUCH, upload(&reads)),
        signed(0, nonce + 1, MUCH, make(&reads, 3, &[])),
        signed(1, 0, MUCH, call(cast[1], 0, &pay(2, sender(3), 60))),
        signed(1, 1, MUCH, call(cast[1], 0, &pay(2, sender(3), 600))),
        signed(2, 0, MUCH, call(cast[3], 9, cast[2].0.as_bytes())),
        signed(3, 0, MUCH, transfer(sender(6), 9)),
        signed(4, 5, MUCH, transfer(sender(6), 9)),
        signed(4, 0, 20_000, call(cast[0], 0, &pay(1, sender(6), 9))),
    ];
    (chain.tree, raw)
}

#[test]
fn j5_removing_any_key_makes_the_step_fail() {
    let (tree, raw) = everything();
    for interval in [1, 3, 16] {
        check_block(&tree, &raw, interval, LIMIT, true);
    }
}

#[test]
fn j5_every_witness_limit_gives_the_same_verdict_over_a_witness() {
    let (tree, raw) = everything();
    let whole = check_block(&tree, &raw, 2, LIMIT, false).fuel_used;
    let mut seen = BTreeSet::new();
    for limit in (0..40_000).step_by(1_741) {
        seen.insert(check_block(&tree, &raw, 2, limit, false).fuel_used);
    }
    // From one at which every input pays for all of its weight to one at which none does.
    assert!(seen.len() > 4 && seen.contains(&whole), "{seen:?} {whole}");
}

#[test]
fn j6_a_step_that_passed_its_limit_is_covered_by_its_witness() {
    let (tree, raw) = everything();
    for limit in [8_000, 12_000, 16_000] {
        check_block(&tree, &raw, 2, limit, true);
    }
}

#[test]
fn what_a_chunk_remembers_changes_nothing() {
    let (tree, mut raw) = everything();
    // The same code many times, and more modules than are remembered.
    let first = raw.len() as u64;
    for index in 0..70_u64 {
        let code = probe(&"(nop)".repeat(index as usize));
        raw.push(signed(3, 1 + index, MUCH, upload(&code)));
    }
    assert!(first < 70);
    let run = |engine: &dyn Engine, interval| {
        let mut tree = tree.clone();
        let steps = run_block(engine, &mut tree, &raw, interval, LIMIT);
        let touched: BTreeSet<StateKey> = steps
            .iter()
            .flat_map(|step| step.result.touched.clone())
            .collect();
        (tree.root(), touched)
    };
    let plain = run(&Forgetful(engine()), 1);
    for interval in [1, 5, 100] {
        assert_eq!(run(&engine(), interval), plain);
        assert_eq!(run(&Forgetful(engine()), interval), plain);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn j5_random_blocks_run_the_same_over_witnesses_and_in_any_chunks(
        calls in prop::collection::vec(any_call(), 0..8),
        interval in 1_usize..5,
        limit in prop_oneof![Just(LIMIT), 5_000_u32..40_000],
    ) {
        let mut chain = Chain::new();
        let cast = cast(&mut chain);
        let raw: Vec<Vec<u8>> = calls
            .iter()
            .map(|random| {
                let nonce = &mut chain.nonces[usize::from(random.from)];
                *nonce += 1;
                signed(random.from, *nonce - 1, MUCH, random.action(&cast))
            })
            .collect();
        let totals = check_block(&chain.tree, &raw, interval, limit, false);
        let mut tree = chain.tree.clone();
        run_block(&Forgetful(engine()), &mut tree, &raw, 1, limit);
        prop_assert_eq!(query::block_totals(&tree).unwrap(), totals);
    }
}
