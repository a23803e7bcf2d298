//! What a unit of gas and of fuel costs to execute again in the blob, at worst. `../replay.sh` runs it.
//!
//! Each program runs one thing until its gas is used up; somebody lies about the state after it, and the pool is asked about the proof. Two
//! amounts of gas make a line, so what every proof costs does not count.

use blob_test::heavy::{Program, WasmCase, evm_cases, evm_genesis_of, evm_program_call, wasm_cases};
use blob_test::*;
use decex_core::execution::Engine;
use decex_core::{AccountId, Digest, Weight};
use decex_runtime::{Extrinsic, PROOF_WORK, Runtime, evm, replay_price, wasm};
use pallet_decex::{Call, work};
use sp_core::{Pair, sr25519};
use std::time::Duration;

const RUNS: usize = 5;
/// Gas and fuel of the two calls of each program.
const GAS: [u64; 2] = [250_000, 950_000];
const FUEL: [u64; 2] = [200_000, 800_000];

/// What judging a proof about the last transaction took, and the weight that it used.
struct Judged {
    time: Duration,
    bytes: usize,
    used: u64,
}

/// Lies about the last of these transactions, and asks the pool about the proof.
fn judge(
    chain: &mut Chain,
    engine: &dyn Engine,
    genesis: &decex_core::state::Changes,
    transactions: Vec<Vec<u8>>,
    used: impl FnOnce(&decex_core::state::MemoryTree) -> u64,
) -> Judged {
    let alice = sr25519::Pair::from_string("//Alice", None).unwrap();
    chain.restart("development");
    chain.begin();
    let wide = |params: &mut decex_core::params::DomainParams| params.witness_limit = 900_000;
    let mut domain = Domain::create_with(chain, &alice, engine, genesis, wide);
    (0..4).for_each(|_| chain.next());
    domain.send(chain, transactions);
    let mut world = domain.execute(chain);
    let used = used(&world.state_after(world.right().steps.len()).unwrap());
    let lie = Domain::lie(&world);
    let bundle = domain.bundle(chain, 1, vec![lie.clone()], Vec::new());
    chain.apply(&bundle);
    let proof = domain.refute(chain, &mut world, &lie, AccountId(Digest([5; 32])));
    chain.next();
    let call = Call::<Runtime>::submit_proof {
        work: work(&proof, PROOF_WORK),
        proof: proof.clone().try_into().unwrap(),
    };
    let extrinsic = Extrinsic::new_bare(call.into());
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let (answer, time) = chain.validate(&extrinsic);
            answer.expect("the proof holds");
            time
        })
        .collect();
    times.sort();
    Judged {
        time: times[RUNS / 2],
        bytes: proof.len(),
        used,
    }
}

/// Picoseconds of a unit by two measurements, and prints them.
fn price(name: &str, few: &Judged, many: &Judged) -> u64 {
    let time = u64::try_from(many.time.saturating_sub(few.time).as_nanos()).unwrap();
    let price = time * 1_000 / (many.used - few.used);
    println!(
        "| {name} | {:?} | {} | {} |",
        many.time,
        many.bytes,
        price / 1_000
    );
    price
}

fn of_evm(chain: &mut Chain, program: &Program) -> u64 {
    let (engine, genesis) = (evm(), evm_genesis_of(program));
    let [few, many] = GAS.map(|gas| {
        let used = |tree: &_| decex_evm::query::block_totals(tree).unwrap().gas_used;
        let judged = judge(chain, &engine, &genesis, vec![evm_program_call(gas)], used);
        // Whatever ended before its gas was used up did not do what it is here for.
        assert!(
            judged.used > gas / 10 * 9,
            "{}: {} of {gas}",
            program.name,
            judged.used
        );
        judged
    });
    price(&program.name, &few, &many)
}

fn of_wasm(chain: &mut Chain, case: &WasmCase) -> u64 {
    let (engine, genesis) = (wasm(), wasm_genesis());
    let [few, many] = FUEL.map(|fuel| judge(chain, &engine, &genesis, case.transactions(fuel), |_| fuel));
    price(case.name, &few, &many)
}

#[test]
#[ignore = "minutes, on a quiet machine: ../replay.sh"]
fn no_unit_costs_more_than_the_runtime_says() {
    let mut chain = Chain::alone(Blob::load(), "development");
    let (mut gas, mut fuel) = (0, 0);
    println!("| program | judged | proof, bytes | ns a unit |\n|---|---|---|---|");
    for program in evm_cases() {
        gas = gas.max(of_evm(&mut chain, &program));
    }
    for case in wasm_cases() {
        fuel = fuel.max(of_wasm(&mut chain, &case));
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "worst: {gas} ps of gas, {fuel} ps of fuel; machine load {}",
        load.trim()
    );
    let allowed = replay_price(Weight(1)).ref_time();
    assert!(gas.max(fuel) < allowed, "{allowed} ps are allowed");
}
