//! Blocks of transfers that are proven, and every way in which a proof or a table can be wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

use decex_core::execution::{Context, Effects, Engine, Input, Step, run_step};
use decex_core::state::StateTree;
use decex_core::transaction::{self, Summary};
use decex_core::*;
use decex_election::Keypair;
use decex_ledger_prover::{ProveError, Table, build, prove, prove_table, roots_after};
use decex_proven_ledger::{
    CYCLE, Felt, LEAF, LedgerTree, LedgerVerifier, MINIMUM_SECURITY, ProvenLedger, Statement, Transaction,
    Transfer, genesis,
};
use decex_validity::{InvalidTransition, Transition, TransitionVerifier};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::num::NonZeroU32;
use winter_prover::math::FieldElement;

const LEDGER: ProvenLedger = ProvenLedger { id: 5 };
const VERIFIER: LedgerVerifier = LedgerVerifier(LEDGER);

fn user(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

/// Users 0 to 7 in slots 0 to 7, with a thousand each.
fn start() -> LedgerTree {
    let accounts: Vec<_> = (0..8).map(|n| (*user(n).key().as_bytes(), 1_000)).collect();
    let mut tree = LedgerTree::new();
    tree.update(&genesis(&accounts).unwrap()).unwrap();
    tree
}

/// A transfer of user `n` in slot `n`.
fn transfer(n: u8, nonce: u64, to: u16, amount: u64) -> Vec<u8> {
    Transaction::sign(5, &user(n), n.into(), nonce, to, amount).to_bytes()
}

/// A block and its right trace.
struct Block {
    inputs: Vec<(Summary, Vec<u8>)>,
    context: Context,
    parent: StateRoot,
    trace: Vec<StateRoot>,
    interval: NonZeroU32,
}

impl Block {
    /// Executes a block with the engine, as operators do.
    fn of(before: &LedgerTree, transactions: &[Vec<u8>], interval: u32) -> Self {
        let summary = |bytes: &Vec<u8>| {
            let facts = LEDGER.inspect(bytes).unwrap();
            Summary {
                sender: facts.sender,
                nonce: facts.nonce,
                hash: transaction::hash(bytes),
                weight: facts.weight,
                bytes: bytes.len() as u32,
            }
        };
        let inputs: Vec<_> = transactions.iter().map(|b| (summary(b), b.clone())).collect();
        let mut block = Self {
            inputs,
            context: Context {
                domain: DomainId(1),
                number: DomainNumber(1),
                parent: ReceiptHash::default(),
                consensus_number: ConsensusNumber(1),
                consensus_hash: ConsensusHash::default(),
                slot: Slot(1),
                timestamp: Timestamp(1),
                seed: Seed::default(),
                byte_price: Balance(0),
            },
            parent: before.root(),
            trace: Vec::new(),
            interval: NonZeroU32::new(interval).unwrap(),
        };
        let mut tree = before.clone();
        let inputs = block.inputs();
        let chunks = inputs.chunks(interval as usize).map(Step::Apply);
        let steps = std::iter::once(Step::Begin).chain(chunks).chain([Step::Finish]);
        let mut trace = Vec::new();
        for step in steps {
            trace.push(
                run_step(&LEDGER, &block.context, &mut tree, step, 20_000)
                    .unwrap()
                    .root,
            );
        }
        drop(inputs);
        block.trace = trace;
        block
    }

    fn inputs(&self) -> Vec<Input<'_>> {
        let input = |(summary, bytes)| Input { summary, bytes };
        self.inputs.iter().map(|(s, b)| input((s, b))).collect()
    }

    fn transition(&self) -> Transition<'_> {
        Transition {
            parent: self.parent,
            context: &self.context,
            messages: &[],
            inputs: self.inputs(),
            trace_interval: self.interval,
            witness_limit: 20_000,
            trace: &self.trace,
        }
    }

    fn transfers(&self) -> Vec<Transfer> {
        let of = |(_, bytes): &(Summary, Vec<u8>)| Transfer::of(&Transaction::from_bytes(bytes).unwrap());
        self.inputs.iter().map(of).collect()
    }
}

/// Two that succeed, an overdraft, a repeated nonce, another's slot, one to oneself, one that takes all.
fn mixed() -> Vec<Vec<u8>> {
    vec![
        transfer(0, 0, 1, 10),
        transfer(0, 1, 1, 991),
        transfer(0, 0, 2, 1),
        Transaction::sign(5, &user(3), 4, 0, 1, 1).to_bytes(),
        transfer(1, 0, 1, 1_010),
        transfer(2, 0, 20_000, 1_000),
        transfer(2, 1, 3, 0),
    ]
}

fn nothing() -> Effects {
    let executed = run_step(
        &LEDGER,
        &Block::of(&start(), &[], 1).context,
        &mut start(),
        Step::Finish,
        0,
    );
    executed.unwrap().effects.unwrap()
}

#[test]
fn right_blocks_are_proven() {
    for interval in [1, 3, 100] {
        let block = Block::of(&start(), &mixed(), interval);
        let proof = prove(&start(), &block.transition()).unwrap();
        assert_eq!(VERIFIER.verify(&block.transition(), &proof), Ok(nothing()));
    }
    // What the mixed block does: some succeed, some fail.
    let block = Block::of(&start(), &mixed(), 1);
    let steps = block
        .trace
        .windows(2)
        .map(|pair| pair[0] != pair[1])
        .collect::<Vec<_>>();
    assert_eq!(steps, [true, false, false, false, true, true, true, false]);
}

#[test]
fn a_block_without_transfers_needs_no_stark() {
    let block = Block::of(&start(), &[], 4);
    let proof = prove(&start(), &block.transition()).unwrap();
    assert!(proof.len() < 4);
    assert_eq!(VERIFIER.verify(&block.transition(), &proof), Ok(nothing()));
    let mut padded = proof.clone();
    *padded.last_mut().unwrap() = 4;
    padded.push(0);
    let refused = VERIFIER.verify(&block.transition(), &padded);
    assert_eq!(refused, Err(InvalidTransition::Malformed));
}

#[test]
fn another_block_is_not_shown() {
    let block = Block::of(&start(), &mixed(), 1);
    let proof = prove(&start(), &block.transition()).unwrap();
    let refused = |change: &dyn Fn(&mut Block)| {
        let mut other = Block::of(&start(), &mixed(), 1);
        change(&mut other);
        VERIFIER.verify(&other.transition(), &proof).unwrap_err()
    };
    let root = start().root();
    let unproven = InvalidTransition::Unproven;
    assert_eq!(refused(&|b| b.parent = StateRoot(Digest([1; 32]))), unproven);
    assert_eq!(refused(&|b| b.inputs.swap(0, 4)), unproven);
    assert_eq!(refused(&|b| b.inputs[0].1 = transfer(0, 0, 1, 11)), unproven);
    assert_eq!(refused(&|b| b.inputs[0].1 = transfer(0, 0, 2, 10)), unproven);
    assert_eq!(refused(&|b| drop(b.inputs.pop())), unproven);
    assert_eq!(refused(&|b| b.interval = NonZeroU32::new(2).unwrap()), unproven);
    for place in 0..block.trace.len() {
        assert_eq!(
            refused(&|b| b.trace[place] = StateRoot(Digest([3; 32]))),
            unproven
        );
    }
    assert_eq!(refused(&|b| *b.trace.last_mut().unwrap() = root), unproven);
    // A block of another kind.
    let mut tight = block.transition();
    tight.witness_limit = 1;
    let unsupported = Err(InvalidTransition::Unsupported);
    assert_eq!(VERIFIER.verify(&tight, &proof), unsupported);
}

/// Proves a table that some change made wrong, for the statement that the liar would like.
fn cheat(
    transactions: &[Vec<u8>],
    claim: impl Fn(&mut Statement),
    change: impl Fn(&mut Table),
) -> Result<Effects, InvalidTransition> {
    let block = Block::of(&start(), transactions, 1);
    let roots = roots_after(&start(), &block.transfers()).unwrap();
    let mut statement = Statement::of(&block.transition(), &roots).unwrap().unwrap();
    let mut table = build(&mut start(), &statement.transfers).unwrap();
    change(&mut table);
    claim(&mut statement);
    let stark = match prove_table(table, statement.clone()) {
        Ok(stark) => stark,
        Err(_) => return Err(InvalidTransition::Malformed),
    };
    let after: Vec<_> = statement.roots[1..=transactions.len()]
        .iter()
        .map(decex_proven_ledger::to_root)
        .collect();
    let mut claimed = block;
    claimed.trace = std::iter::once(claimed.parent).chain(after.clone()).collect();
    claimed.trace.push(*after.last().unwrap());
    let proof = decex_proven_ledger::TransferProof {
        roots: BoundedVec::new(after).unwrap(),
        stark: BoundedVec::new(stark).unwrap(),
    };
    VERIFIER.verify(&claimed.transition(), &proof.encode())
}

#[test]
fn an_overdraft_cannot_be_proven_to_succeed() {
    let overdraft = [transfer(0, 0, 1, 1_001)];
    // The cheat itself works where nothing is wrong.
    assert_eq!(cheat(&overdraft, |_| (), |_| ()), Ok(nothing()));
    // A table in which it succeeds: what a ledger without the check would do, honest in all else.
    let forged = |table: &mut Table| *table = succeed(0, 1, 1_001);
    let root = root_of(&forged);
    let claim = |statement: &mut Statement| *statement.roots.last_mut().unwrap() = root;
    assert_eq!(cheat(&overdraft, claim, forged), Err(InvalidTransition::Unproven));
}

#[test]
fn a_transfer_that_succeeds_cannot_be_proven_to_fail() {
    let fine = [transfer(0, 0, 1, 999)];
    let before = decex_proven_ledger::from_root(&start().root()).unwrap();
    let nothing_happens = |table: &mut Table| {
        // The table of a transfer that fails, of whatever kind, under the public columns of this one.
        let mut failing = Transfer::of(&Transaction::from_bytes(&fine[0]).unwrap());
        failing.amount = Felt::new(1_001);
        let mut forged = build(&mut start(), &[failing]).unwrap();
        for (column, values) in forged.iter_mut().enumerate().take(37).skip(30) {
            values.clone_from(&table[column]);
        }
        *table = forged;
    };
    let claim = |statement: &mut Statement| *statement.roots.last_mut().unwrap() = before;
    assert_eq!(
        cheat(&fine, claim, nothing_happens),
        Err(InvalidTransition::Unproven)
    );
}

/// The table of a transfer of user 0 that succeeds although the balance is too low: built over a state in which it is not, with
/// the leaves of the true one.
fn succeed(from: u16, to: u16, amount: u64) -> Table {
    use decex_proven_ledger::{Holding, key_of_slot};
    let honest = Transfer::of(&Transaction::from_bytes(&transfer(0, 0, to, amount)).unwrap());
    let mut tree = start();
    // The field goes on below zero.
    let held = tree.holding(from).unwrap();
    let negative = Holding {
        nonce: held.nonce + Felt::ONE,
        balance: held.balance - honest.amount,
        ..held
    };
    let mut first = build(&mut tree.clone(), &[honest]).unwrap();
    let mut after = tree.clone();
    after
        .update(&[(key_of_slot(from), negative.to_value())].into())
        .unwrap();
    // New lane of the sender's rows: the old lane of a transfer over the state after it.
    let second = build(&mut after.clone(), &[honest]).unwrap();
    for column in 0..12 {
        for row in 0..LEAF {
            first[12 + column][row] = second[column][row];
        }
    }
    let held = after.holding(to).unwrap();
    let credited = Holding {
        balance: held.balance + honest.amount,
        ..held
    };
    tree = after.clone();
    tree.update(&[(key_of_slot(to), credited.to_value())].into())
        .unwrap();
    let third = build(&mut tree, &[honest]).unwrap();
    for column in 0..12 {
        for row in LEAF..CYCLE {
            first[column][row] = second[column][row];
            first[12 + column][row] = third[column][row];
        }
    }
    for column in 26..30 {
        for row in LEAF..CYCLE {
            first[column][row] = second[column][row];
        }
    }
    first[37].fill(Felt::ONE);
    first[38].fill(Felt::ZERO);
    first[45].fill(negative.balance);
    first
}

fn root_of(forged: &dyn Fn(&mut Table)) -> [Felt; 4] {
    let mut table = vec![vec![Felt::ZERO; CYCLE]; 46];
    forged(&mut table);
    [16, 17, 18, 19].map(|column: usize| *table[column].last().unwrap())
}

#[test]
fn the_forged_overdraft_is_wrong_in_the_range_alone() {
    // The same forgery with an amount that the balance covers is no forgery: nothing but the range check refuses the other.
    let covered = [transfer(0, 0, 1, 900)];
    let forged = |table: &mut Table| {
        let honest: Vec<_> = table[43..45].to_vec();
        *table = succeed(0, 1, 900);
        table[43..45].clone_from_slice(&honest);
    };
    assert_eq!(cheat(&covered, |_| (), forged), Ok(nothing()));
}

#[test]
fn every_column_is_bound() {
    let transactions = [transfer(0, 0, 1, 10), transfer(1, 0, 2, 5_000)];
    let mut free = Vec::new();
    for column in 0..46 {
        let change = |table: &mut Table| {
            for row in [0, 5, 62, 119, 126, 127, 130, 255, 256, 300] {
                table[column][row] += Felt::ONE;
            }
        };
        if cheat(&transactions, |_| (), change).is_ok() {
            free.push(column);
        }
    }
    // What shows a difference counts only where a transfer fails for one.
    assert_eq!(free, [39, 40, 41, 42]);
}

#[test]
fn other_bytes_are_no_proof_and_stop_nothing() {
    let block = Block::of(&start(), &mixed()[..2], 1);
    let proof = prove(&start(), &block.transition()).unwrap();
    for length in [0, 1, 70, 200, proof.len() / 2, proof.len() - 1] {
        assert!(VERIFIER.verify(&block.transition(), &proof[..length]).is_err());
    }
    // Every byte near the front, where lengths and counts stand, and some of the rest.
    let places = (0..400)
        .chain((400..proof.len()).step_by(97))
        .chain(proof.len() - 300..proof.len());
    for place in places {
        for change in [1, 0x80, 0xff] {
            let mut forged = proof.clone();
            forged[place] ^= change;
            assert!(
                VERIFIER.verify(&block.transition(), &forged).is_err(),
                "{place} {change}"
            );
        }
    }
}

/// By the library's own figures.
#[test]
fn the_security_level_is_what_the_documentation_says() {
    use winter_prover::Proof;
    use winter_prover::crypto::hashers::Blake3_256;
    let block = Block::of(&start(), &mixed(), 1);
    let roots = roots_after(&start(), &block.transfers()).unwrap();
    let statement = Statement::of(&block.transition(), &roots).unwrap().unwrap();
    let table = build(&mut start(), &statement.transfers).unwrap();
    let bytes = decex_ledger_prover::prove_whole(table, statement).unwrap();
    let proof = Proof::from_bytes(&bytes).unwrap();
    let conjectured = proof.conjectured_security::<Blake3_256<Felt>>().bits();
    let proven = proof.proven_security::<Blake3_256<Felt>>();
    assert!(proven.ldr_bits() >= MINIMUM_SECURITY, "{}", proven.ldr_bits());
    assert_eq!(conjectured, 128);
}

#[test]
fn what_the_state_does_not_cover_is_not_proven() {
    let block = Block::of(&start(), &mixed(), 1);
    let other = prove(&LedgerTree::new(), &block.transition());
    assert!(matches!(
        other,
        Err(ProveError::Statement(InvalidTransition::Unproven))
    ));
}

/// A small random block.
fn blocks() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let one = (
        0..3_u8,
        0..3_u64,
        0..4_u16,
        prop_oneof![0..1_500_u64, Just(1_000), Just((1 << 62) - 1)],
    );
    prop::collection::vec(
        one.prop_map(|(n, nonce, to, amount)| transfer(n, nonce, to, amount)),
        1..5,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn random_blocks_are_proven_as_the_engine_executes_them(transactions in blocks(), interval in 1..4_u32) {
        let block = Block::of(&start(), &transactions, interval);
        let proof = prove(&start(), &block.transition()).unwrap();
        prop_assert_eq!(VERIFIER.verify(&block.transition(), &proof), Ok(nothing()));
    }
}
