//! Prints sizes and times of proofs at several block sizes, beside executing the same blocks.

use decex_core::execution::{Context, Engine, Input, Step, run_step};
use decex_core::state::StateTree;
use decex_core::transaction::{self, Summary};
use decex_core::{Balance, ReceiptHash, Timestamp};
use decex_core::{ConsensusHash, ConsensusNumber, DomainId, DomainNumber, Seed, Slot};
use decex_election::Keypair;
use decex_ledger_prover::prove;
use decex_proven_ledger::{LedgerTree, LedgerVerifier, ProvenLedger, Transaction, genesis};
use decex_validity::{Transition, TransitionVerifier};
use std::error::Error;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

const LEDGER: ProvenLedger = ProvenLedger { id: 0 };

fn main() -> Result<(), Box<dyn Error>> {
    println!("transfers  proof bytes   prove ms  verify ms  execute ms");
    for count in [1_u16, 4, 16, 64, 256] {
        measure(count)?;
    }
    Ok(())
}

/// With one place behind the point.
fn milliseconds(time: Duration) -> String {
    let tenths = time.as_micros().div_euclid(100);
    format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
}

fn measure(count: u16) -> Result<(), Box<dyn Error>> {
    let users: Vec<Keypair> = (0..count).map(|n| Keypair::from_seed(&seed(n))).collect();
    let accounts: Vec<_> = users.iter().map(|user| (*user.key().as_bytes(), 1_000)).collect();
    let mut before = LedgerTree::new();
    before.update(&genesis(&accounts).ok_or("too many accounts")?)?;
    let next = |slot: u16| slot.wrapping_add(1).checked_rem(count).unwrap_or_default();
    let sign = |(slot, user): (u16, &Keypair)| Transaction::sign(0, user, slot, 0, next(slot), 7);
    let transactions: Vec<Vec<u8>> = (0..).zip(&users).map(|pair| sign(pair).to_bytes()).collect();
    let summaries: Vec<Summary> = transactions
        .iter()
        .map(|bytes| summarize(bytes))
        .collect::<Result<_, _>>()?;
    let inputs: Vec<Input<'_>> = summaries
        .iter()
        .zip(&transactions)
        .map(|(summary, bytes)| Input { summary, bytes })
        .collect();
    let context = context();
    let mut tree = before.clone();
    let started = Instant::now();
    let root = run_step(&LEDGER, &context, &mut tree, Step::Apply(&inputs), 20_000)?.root;
    let executed = started.elapsed();
    let trace = [before.root(), root, root];
    let transition = Transition {
        parent: before.root(),
        context: &context,
        messages: &[],
        inputs,
        trace_interval: NonZeroU32::new(count.into()).ok_or("no transfers")?,
        witness_limit: 20_000,
        trace: &trace,
    };
    let started = Instant::now();
    let proof = prove(&before, &transition)?;
    let proven = started.elapsed();
    let started = Instant::now();
    LedgerVerifier(LEDGER).verify(&transition, &proof)?;
    let verified = started.elapsed();
    println!(
        "{count:9}  {:11}  {:>9}  {:>9}  {:>10}",
        proof.len(),
        milliseconds(proven),
        milliseconds(verified),
        milliseconds(executed)
    );
    Ok(())
}

fn seed(n: u16) -> [u8; 32] {
    let mut seed = [1; 32];
    seed[..2].copy_from_slice(&n.to_le_bytes());
    seed
}

fn summarize(bytes: &[u8]) -> Result<Summary, Box<dyn Error>> {
    let facts = LEDGER.inspect(bytes)?;
    Ok(Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        hash: transaction::hash(bytes),
        weight: facts.weight,
        bytes: u32::try_from(bytes.len())?,
    })
}

fn context() -> Context {
    Context {
        domain: DomainId(0),
        number: DomainNumber(1),
        parent: ReceiptHash::default(),
        consensus_number: ConsensusNumber(1),
        consensus_hash: ConsensusHash::default(),
        slot: Slot(1),
        timestamp: Timestamp(1),
        seed: Seed::default(),
        byte_price: Balance(0),
    }
}
