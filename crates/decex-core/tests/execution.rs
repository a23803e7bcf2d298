//! Steps: how many there are, which leads where, and what an input may cost.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::as_conversions,
    reason = "test code"
)]

use decex_core::execution::{
    Account, Context, EXCEED_ALLOWANCE, Effects, Engine, Facts, Input, InputCounts, NotATransaction,
    REFUSE_ALLOWANCE, SYSTEM_ALLOWANCE, Step, StepError, StepKind, StepResult, run_step, step_at,
    trace_length,
};
use decex_core::hash::{Digest, Hash};
use decex_core::id::*;
use decex_core::label;
use decex_core::message::{ChainId, ChannelId, Message, MessageNumber, Payload};
use decex_core::state::{
    Changes, CompactTree, Halt, MAX_VALUE_BYTES, MemoryTree, Meter, ProvableTree, ReadError, StateAccess,
    StateCommitment, StateKey, StateTree, Value,
};
use decex_core::transaction::Summary;
use proptest::prelude::*;
use std::num::NonZeroU32;

fn interval(inputs: u32) -> NonZeroU32 {
    NonZeroU32::new(inputs).unwrap()
}

fn counts(messages: u32, transactions: u32) -> InputCounts {
    InputCounts {
        messages,
        transactions,
    }
}

#[test]
fn x1_trace_lengths() {
    for (messages, inputs, per_entry, length) in [
        (0, 0, 1, 2),
        (0, 1, 1, 3),
        (0, 3, 3, 3),
        (0, 4, 3, 4),
        (0, 6, 3, 4),
        (0, 7, 3, 5),
        (1, 0, 3, 3),
        (1, 1, 3, 4),
        (4, 3, 3, 5),
    ] {
        assert_eq!(
            trace_length(counts(messages, inputs), interval(per_entry)),
            length
        );
    }
    assert_eq!(
        trace_length(counts(0, u32::MAX), interval(1)),
        u32::MAX,
        "saturates where no list can follow"
    );
}

#[test]
fn x2_steps_of_a_block() {
    let steps: Vec<_> = (0..8)
        .map(|index| step_at(index, counts(4, 7), interval(3)))
        .collect();
    let expected = [
        Some(StepKind::Begin),
        Some(StepKind::Receive(0..3)),
        Some(StepKind::Receive(3..4)),
        Some(StepKind::Apply(0..3)),
        Some(StepKind::Apply(3..6)),
        Some(StepKind::Apply(6..7)),
        Some(StepKind::Finish),
        None,
    ];
    assert_eq!(steps, expected);
    assert_eq!(
        step_at(1, counts(0, 0), interval(3)),
        Some(StepKind::Finish),
        "an empty block begins and finishes"
    );
    assert_eq!(step_at(2, counts(0, 0), interval(3)), None);
}

proptest! {
    /// Every input is in exactly one chunk, messages first, each kind in order, and every chunk but a kind's last is full.
    #[test]
    fn x1_x2_chunks_partition_the_inputs(
        messages in 0_u32..200,
        transactions in 0_u32..2_000,
        per_entry in 1_u32..70,
    ) {
        let (counts, per_entry) = (counts(messages, transactions), interval(per_entry));
        let length = trace_length(counts, per_entry);
        prop_assert_eq!(step_at(0, counts, per_entry), Some(StepKind::Begin));
        prop_assert_eq!(step_at(length - 1, counts, per_entry), Some(StepKind::Finish));
        prop_assert_eq!(step_at(length, counts, per_entry), None);
        let mut next = [0, 0];
        for index in 1..length - 1 {
            let (kind, count, range) = match step_at(index, counts, per_entry) {
                Some(StepKind::Receive(range)) => (0, messages, range),
                Some(StepKind::Apply(range)) => (1, transactions, range),
                _ => return Err(TestCaseError::fail("a chunk")),
            };
            prop_assert!(kind == 1 || next[1] == 0, "messages come first");
            prop_assert_eq!(range.start, next[kind]);
            let taken = range.end - range.start;
            prop_assert!(taken > 0 && taken <= per_entry.get());
            prop_assert!(range.end == count || taken == per_entry.get());
            next[kind] = range.end;
        }
        prop_assert_eq!(next, [messages, transactions]);
    }

    #[test]
    fn x1_x2_hold_at_the_end_of_the_range(inputs in any::<u32>(), per_entry in any::<NonZeroU32>(), index in any::<u32>()) {
        for counts in [counts(0, inputs), counts(inputs, 0)] {
            let known = index < trace_length(counts, per_entry);
            prop_assert!(!known || inputs > u32::MAX - 2 || step_at(index, counts, per_entry).is_some());
            prop_assert!(known || step_at(index, counts, per_entry).is_none());
        }
    }
}

/// Each input reads as many slots as its bytes say: [apply reads, exceed reads, slot to write].
struct Reader {
    system_reads: u8,
}

fn key(index: u16) -> StateKey {
    StateKey(Hash::new(&label::LEDGER_KEY).chain(index.to_le_bytes()).finish())
}

fn read(state: &mut dyn StateAccess, count: u8) -> Result<(), Halt> {
    (0..count).try_for_each(|index| state.get(&key(index.into())).map(drop))
}

fn write(state: &mut dyn StateAccess, slot: u16, byte: u8) -> Result<(), Halt> {
    state.set(&key(slot), Some(Value::from(vec![byte])))
}

/// A message is such a program as well, in its number.
fn program(message: &Message) -> [u8; 3] {
    let Payload::Drained(number) = &message.payload else {
        return [0; 3];
    };
    let bytes = number.0.to_le_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

fn message([reads, more, slot]: [u8; 3]) -> Message {
    let number = u64::from_le_bytes([reads, more, slot, 0, 0, 0, 0, 0]);
    Message {
        from: ChainId::Consensus,
        to: ChainId::Domain(DomainId(1)),
        channel: ChannelId(0),
        payload: Payload::Drained(MessageNumber(number)),
    }
}

impl Engine for Reader {
    fn rule_set(&self) -> RuleSet {
        RuleSet::default()
    }
    fn commitment(&self) -> &dyn StateCommitment {
        &CompactTree
    }
    fn inspect(&self, _: &[u8]) -> Result<Facts, NotATransaction> {
        Err(NotATransaction::Malformed)
    }
    fn account(&self, _: &mut dyn StateAccess, _: &SenderId) -> Result<Account, Halt> {
        Ok(Account::default())
    }
    fn begin(&self, _: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        write(state, 900, 1)?;
        read(state, self.system_reads)
    }
    fn receive(&self, _: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        let [reads, _, slot] = program(message);
        write(state, 500 + u16::from(slot), 1)?;
        read(state, reads)
    }
    fn refuse(&self, _: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        let [_, reads, slot] = program(message);
        write(state, 700 + u16::from(slot), 2)?;
        read(state, reads)
    }
    fn apply(&self, _: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        let [reads, _, slot] = input.bytes else {
            return Ok(());
        };
        write(state, 500 + u16::from(*slot), 1)?;
        read(state, *reads)
    }
    fn exceed(&self, _: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        let [_, reads, slot] = input.bytes else {
            return Ok(());
        };
        write(state, 700 + u16::from(*slot), 2)?;
        read(state, *reads)
    }
    fn finish(&self, _: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        read(state, self.system_reads)?;
        Ok(Effects::default())
    }
}

fn context() -> Context {
    Context {
        domain: DomainId(1),
        number: DomainNumber(1),
        parent: ReceiptHash::default(),
        consensus_number: ConsensusNumber(1),
        consensus_hash: ConsensusHash::default(),
        slot: Slot(1),
        timestamp: Timestamp(1),
        seed: Seed::default(),
        byte_price: Balance(1),
    }
}

/// Room for ten absent keys: each costs its path and nothing else.
const LIMIT: u32 = 10 * Meter::KEY_BYTES;

fn apply(tree: &mut dyn StateTree, inputs: &[[u8; 3]]) -> Result<StepResult, StepError> {
    let summary = Summary {
        sender: SenderId::default(),
        nonce: Nonce(0),
        hash: TransactionHash(Digest::ZERO),
        weight: Weight(1),
        bytes: 3,
    };
    let inputs: Vec<Input<'_>> = inputs
        .iter()
        .map(|bytes| Input {
            summary: &summary,
            bytes,
        })
        .collect();
    run_step(
        &Reader { system_reads: 0 },
        &context(),
        tree,
        Step::Apply(&inputs),
        LIMIT,
    )
}

fn written(tree: &dyn StateTree, slot: u16) -> bool {
    tree.get(&key(slot)).unwrap().is_some()
}

#[test]
fn x3_an_input_within_its_limit_is_applied() {
    let mut tree = MemoryTree::new();
    let result = apply(&mut tree, &[[9, 0, 1]]).unwrap();
    assert!(written(&tree, 501) && !written(&tree, 701));
    assert_eq!(result.root, tree.root());
    assert_eq!(result.touched.len(), 10);
}

#[test]
fn x3_an_input_over_its_limit_is_reverted_and_charged() {
    let mut tree = MemoryTree::new();
    let result = apply(&mut tree, &[[10, 0, 1]]).unwrap();
    assert!(!written(&tree, 501) && written(&tree, 701));
    // What it touched stays in the witness, the access that failed included.
    assert_eq!(result.touched.len(), 12);
}

#[test]
fn x3_an_input_whose_charge_passes_its_allowance_has_no_effect() {
    let mut tree = MemoryTree::new();
    let room = u8::try_from(EXCEED_ALLOWANCE / Meter::KEY_BYTES).unwrap();
    let _ = apply(&mut tree, &[[10, room - 1, 1]]).unwrap();
    assert!(written(&tree, 701), "exactly within");
    let _ = apply(&mut tree, &[[10, room, 2]]).unwrap();
    assert!(!written(&tree, 502) && !written(&tree, 702));
    assert!(written(&tree, 701), "earlier inputs keep their effects");
}

fn receive(tree: &mut dyn StateTree, programs: &[[u8; 3]]) -> Result<StepResult, StepError> {
    let messages: Vec<Message> = programs.iter().copied().map(message).collect();
    run_step(
        &Reader { system_reads: 0 },
        &context(),
        tree,
        Step::Receive(&messages),
        LIMIT,
    )
}

#[test]
fn x5_a_message_over_its_limit_is_reverted_and_refused() {
    let mut tree = MemoryTree::new();
    let _ = receive(&mut tree, &[[9, 0, 1]]).unwrap();
    assert!(written(&tree, 501) && !written(&tree, 701));
    let _ = receive(&mut tree, &[[10, 0, 2], [9, 0, 3]]).unwrap();
    assert!(!written(&tree, 502) && written(&tree, 702));
    assert!(written(&tree, 503), "each has a limit of its own");
}

#[test]
fn x5_a_message_whose_refusal_passes_its_allowance_has_no_effect() {
    let mut tree = MemoryTree::new();
    let room = u8::try_from(REFUSE_ALLOWANCE / Meter::KEY_BYTES).unwrap();
    let _ = receive(&mut tree, &[[10, room - 1, 1]]).unwrap();
    assert!(written(&tree, 701), "exactly within");
    let _ = receive(&mut tree, &[[10, room, 2]]).unwrap();
    assert!(!written(&tree, 502) && !written(&tree, 702));
}

#[test]
fn x5_a_message_that_meets_unknown_state_is_neither_taken_in_nor_refused() {
    let mut tree = MemoryTree::new();
    tree.update(&Changes::from([(key(3), Some(Value::from(vec![1])))]))
        .unwrap();
    let result = receive(&mut tree.clone(), &[[5, 0, 1]]).unwrap();
    for lacking in &result.touched {
        let fewer = result.touched.iter().copied().filter(|key| key != lacking);
        let witness = tree.prove(&fewer.collect()).unwrap();
        let mut opened = CompactTree.open(&tree.root(), &witness).unwrap();
        let refused = receive(opened.as_mut(), &[[5, 0, 1]]).unwrap_err();
        assert_eq!(refused, StepError::Read(ReadError::IncompleteWitness));
    }
}

#[test]
fn x3_limits_do_not_depend_on_which_inputs_share_a_step() {
    let inputs = [[9, 0, 1], [10, 0, 2], [9, 0, 3], [10, 9, 4], [3, 0, 5]];
    let (mut together, mut apart) = (MemoryTree::new(), MemoryTree::new());
    let _ = apply(&mut together, &inputs).unwrap();
    for input in inputs {
        let _ = apply(&mut apart, &[input]).unwrap();
    }
    assert_eq!(together.root(), apart.root());
    assert!([501, 702, 503, 505].iter().all(|slot| written(&together, *slot)));
    assert!(![502, 701, 504, 704].iter().any(|slot| written(&together, *slot)));
}

#[test]
fn x3_over_a_witness_as_over_the_state() {
    let mut tree = MemoryTree::new();
    let filler = (0..300_u16).map(|index| (key(index), Some(Value::from(vec![1; usize::from(index % 40)]))));
    tree.update(&filler.collect()).unwrap();
    for inputs in [&[[5, 0, 1]][..], &[[12, 0, 1], [4, 0, 2]], &[[12, 9, 1]], &[]] {
        let mut full = tree.clone();
        let result = apply(&mut full, inputs).unwrap();
        let witness = tree.prove(&result.touched).unwrap();
        let mut opened = CompactTree.open(&tree.root(), &witness).unwrap();
        let again = apply(opened.as_mut(), inputs).unwrap();
        assert_eq!((again.root, &again.touched), (result.root, &result.touched));
        // A witness that lacks one touched key is incomplete: an error, not another result.
        for lacking in &result.touched {
            let fewer = result
                .touched
                .iter()
                .copied()
                .filter(|key| key != lacking)
                .collect();
            let mut opened = CompactTree
                .open(&tree.root(), &tree.prove(&fewer).unwrap())
                .unwrap();
            let refused = apply(opened.as_mut(), inputs).unwrap_err();
            assert_eq!(refused, StepError::Read(ReadError::IncompleteWitness));
            assert_eq!(
                opened.root(),
                tree.root(),
                "a step without a result changes nothing"
            );
        }
    }
}

#[test]
fn begin_and_finish_within_their_allowance_or_not_at_all() {
    let room = u8::try_from(SYSTEM_ALLOWANCE / Meter::KEY_BYTES).unwrap();
    for (step, free) in [(Step::Begin, room - 1), (Step::Finish, room)] {
        let mut tree = MemoryTree::new();
        let run = |tree: &mut MemoryTree, system_reads| {
            run_step(&Reader { system_reads }, &context(), tree, step, LIMIT)
        };
        assert!(run(&mut tree, free).is_ok());
        let before = tree.root();
        assert_eq!(run(&mut tree, free + 1).unwrap_err(), StepError::System);
        assert_eq!(tree.root(), before);
    }
}

#[test]
fn a_step_can_be_undone() {
    let mut tree = MemoryTree::new();
    let _ = apply(&mut tree, &[[1, 0, 1]]).unwrap();
    let before = tree.root();
    let result = apply(&mut tree, &[[1, 0, 1], [2, 0, 2], [30, 0, 3]]).unwrap();
    assert_ne!(tree.root(), before);
    assert_eq!(tree.update(&result.before).unwrap(), before);
    assert_eq!(tree.update(&result.changes).unwrap(), result.root);
}

#[test]
fn x3_a_value_over_the_longest_counts_as_over_the_limit() {
    struct Long;
    impl Engine for Long {
        fn rule_set(&self) -> RuleSet {
            RuleSet::default()
        }
        fn commitment(&self) -> &dyn StateCommitment {
            &CompactTree
        }
        fn inspect(&self, _: &[u8]) -> Result<Facts, NotATransaction> {
            Err(NotATransaction::Malformed)
        }
        fn account(&self, _: &mut dyn StateAccess, _: &SenderId) -> Result<Account, Halt> {
            Ok(Account::default())
        }
        fn begin(&self, _: &Context, _: &mut dyn StateAccess) -> Result<(), Halt> {
            Ok(())
        }
        fn receive(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
            Ok(())
        }
        fn refuse(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
            Ok(())
        }
        fn apply(&self, _: &Context, state: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
            state.set(&key(1), Some(Value::from(vec![0; MAX_VALUE_BYTES + 1])))
        }
        fn exceed(&self, _: &Context, state: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
            write(state, 2, 1)
        }
        fn finish(&self, _: &Context, _: &mut dyn StateAccess) -> Result<Effects, Halt> {
            Ok(Effects::default())
        }
    }
    let summary = Summary {
        sender: SenderId::default(),
        nonce: Nonce(0),
        hash: TransactionHash(Digest::ZERO),
        weight: Weight(1),
        bytes: 0,
    };
    let mut tree = MemoryTree::new();
    let input = Input {
        summary: &summary,
        bytes: &[],
    };
    let _ = run_step(&Long, &context(), &mut tree, Step::Apply(&[input]), u32::MAX).unwrap();
    assert!(!written(&tree, 1) && written(&tree, 2));
}

/// An engine that takes a halt for a failure of the transaction, and goes on.
struct Careless;

impl Engine for Careless {
    fn rule_set(&self) -> RuleSet {
        RuleSet::default()
    }
    fn commitment(&self) -> &dyn StateCommitment {
        &CompactTree
    }
    fn inspect(&self, _: &[u8]) -> Result<Facts, NotATransaction> {
        Err(NotATransaction::Malformed)
    }
    fn account(&self, _: &mut dyn StateAccess, _: &SenderId) -> Result<Account, Halt> {
        Ok(Account::default())
    }
    fn begin(&self, _: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        let _ = read(state, 200);
        Ok(())
    }
    fn receive(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }
    fn refuse(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }
    fn apply(&self, _: &Context, state: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        let _ = read(state, 200);
        let _ = write(state, 300, 1);
        Ok(())
    }
    fn exceed(&self, _: &Context, state: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        write(state, 301, 1)?;
        let _ = read(state, 200);
        Ok(())
    }
    fn finish(&self, _: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        let _ = read(state, 200);
        Ok(Effects::default())
    }
}

#[test]
fn x4_a_halt_counts_whatever_the_engine_returns() {
    let summary = Summary {
        sender: SenderId::default(),
        nonce: Nonce(0),
        hash: TransactionHash(Digest::ZERO),
        weight: Weight(1),
        bytes: 0,
    };
    let input = Input {
        summary: &summary,
        bytes: &[],
    };
    let mut tree = MemoryTree::new();
    for step in [Step::Begin, Step::Finish] {
        let refused = run_step(&Careless, &context(), &mut tree, step, LIMIT);
        assert_eq!(refused.unwrap_err(), StepError::System);
    }
    let inputs = [input];
    let result = run_step(&Careless, &context(), &mut tree, Step::Apply(&inputs), LIMIT).unwrap();
    assert!(!written(&tree, 300) && !written(&tree, 301));
    // Ten keys within the limit and the one that failed; of the charge, its own key is new.
    assert_eq!(result.touched.len(), 12);
    // Over a witness that lacks a key: no result, instead of another one.
    let mut state = MemoryTree::new();
    let fewer = result.touched.iter().copied().skip(1).collect();
    let mut opened = CompactTree
        .open(&state.root(), &state.prove(&fewer).unwrap())
        .unwrap();
    let refused = run_step(
        &Careless,
        &context(),
        opened.as_mut(),
        Step::Apply(&inputs),
        LIMIT,
    );
    assert_eq!(
        refused.unwrap_err(),
        StepError::Read(ReadError::IncompleteWitness)
    );
    let again = run_step(&Careless, &context(), &mut state, Step::Apply(&inputs), LIMIT).unwrap();
    assert_eq!(again.root, result.root);
}
