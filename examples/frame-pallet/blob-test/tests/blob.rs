//! Two domains in the blob: bundles, a lie about an EVM transaction and one about a contract call, their proofs, the slashes.
//! `DECEX_BLOB` names the blob (`../blob-test.sh` builds it and sets it).

use blob_test::*;
use decex_consensus::Event;
use decex_consensus::decex_fraud::Family;
use decex_consensus::decex_staking::PoolStatus;
use decex_core::{AccountId, Digest};
use decex_runtime::{Extrinsic, PROOF_WORK, Runtime, evm, wasm};
use pallet_decex::{Call, decex_consensus, work};
use parity_scale_codec::Encode;
use sp_core::{Pair, sr25519};
use sp_runtime::StateVersion;
use sp_runtime::traits::{BlakeTwo256, Hash};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError, UnknownTransaction};
use std::time::Duration;

const RUNS: usize = 15;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Who has the money of the development preset.
fn alice() -> sr25519::Pair {
    sr25519::Pair::from_string("//Alice", None).unwrap()
}

fn proof_extrinsic(proof: &[u8]) -> Extrinsic {
    let call = Call::<Runtime>::submit_proof {
        work: work(proof, PROOF_WORK),
        proof: proof.to_vec().try_into().unwrap(),
    };
    Extrinsic::new_bare(call.into())
}

/// Whoever imports the block that is being made finds the same, and takes no other block in its place.
fn others_agree(chain: &mut Chain, extrinsic: &Extrinsic, forged: &Extrinsic) {
    let (block, judge) = chain.ended();
    assert_eq!(block.extrinsics.len(), 1);
    assert_eq!(judge(&block), Ok(Vec::new()));
    let mut wrong = vec![block.clone(), block.clone(), block];
    wrong[0].header.state_root = Default::default();
    wrong[1].extrinsics.push(extrinsic.clone());
    wrong[2].extrinsics[0] = forged.clone();
    for wrong in &mut wrong[1..] {
        let encoded = wrong.extrinsics.iter().map(Encode::encode).collect();
        wrong.header.extrinsics_root = BlakeTwo256::ordered_trie_root(encoded, StateVersion::V1);
    }
    for wrong in wrong {
        assert!(judge(&wrong).is_err());
    }
}

/// Lies about a block of the domain and refutes the lie. All in the blob.
fn lie_and_refute(
    chain: &mut Chain,
    domain: &Domain<'_>,
    world: &mut decex_testkit::matrix::World<'_>,
    what: &str,
) {
    let reporter = AccountId(Digest([5; 32]));
    let (right, lie) = (Domain::right(world), Domain::lie(world));

    // The liar, who is the second operator, is the first to submit.
    let bundle = domain.bundle(chain, 1, vec![lie.clone()], Vec::new());
    chain.apply(&bundle);
    let proof = domain.refute(chain, world, &lie, reporter);
    chain.next();
    let extrinsic = proof_extrinsic(&proof);

    // A proof that is no proof, and one without its work, get nowhere near a block.
    let mut forged = proof.clone();
    *forged.last_mut().unwrap() ^= 1;
    let forged = proof_extrinsic(&forged);
    let (answer, _) = chain.validate(&forged);
    assert!(
        matches!(
            answer,
            Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(
                19 | 25
            )))
        ),
        "{answer:?}"
    );
    let (answer, _) = chain.try_apply(&forged);
    assert!(answer.is_err());
    let idle = Call::<Runtime>::submit_proof {
        work: work(&proof, PROOF_WORK) ^ 1,
        proof: proof.clone().try_into().unwrap(),
    };
    let (answer, lazy) = chain.validate(&Extrinsic::new_bare(idle.into()));
    assert_eq!(
        answer,
        Err(InvalidTransaction::Custom(pallet_decex::NO_WORK).into())
    );

    // What the pool says, and how long it takes.
    let (answer, _) = chain.validate(&extrinsic);
    let valid = answer.expect("the proof holds");
    assert_eq!(valid.provides.len(), 1);
    let pool = median((0..RUNS).map(|_| chain.validate(&extrinsic).1).collect());
    let block = median((0..RUNS).map(|_| chain.try_apply(&extrinsic).1).collect());
    let remark = decex_runtime::frame_system::Call::<Runtime>::remark { remark: Vec::new() };
    let remark = chain.signed(&alice(), remark.into());
    let empty = median((0..RUNS).map(|_| chain.try_apply(&remark).1).collect());

    // In the block.
    let before = chain.events().len();
    chain.apply(&extrinsic);
    let events = chain.events().split_off(before);
    let liar = domain.members[1].id;
    let family = events.iter().find_map(|event| match event {
        Event::ReceiptsRemoved { family, .. } => Some(*family),
        _ => None,
    });
    assert_eq!(family, Some(Family::Transition), "{events:?}");
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::OperatorSlashed { operator, .. } if *operator == liar)),
        "{events:?}"
    );
    let status = |chain: &mut Chain, id| chain.read(|c| c.pool(id).unwrap().unwrap().status);
    assert!(status(chain, liar).is_over());
    assert_eq!(status(chain, domain.members[0].id), PoolStatus::Active);

    others_agree(chain, &extrinsic, &forged);

    // A second time there is nothing to refute, and the right receipt is taken.
    let (answer, _) = chain.validate(&extrinsic);
    assert_eq!(answer.unwrap_err(), UnknownTransaction::Custom(23).into());
    chain.next();
    let bundle = domain.bundle(chain, 0, vec![right.clone()], Vec::new());
    chain.apply(&bundle);
    assert!(chain.events().iter().any(
        |event| matches!(event, Event::ReceiptAccepted { hash, .. } if *hash == right.receipt.compute_hash())
    ));
    for _ in 0..7 {
        chain.next();
    }
    let confirmed = chain.read(|c| c.chain(domain.id).unwrap().unwrap().confirmed);
    assert_eq!(confirmed, right.receipt.number);

    println!(
        "{what}: proof of {} bytes; judged once for the pool {pool:?} (without its work refused in {lazy:?}), twice and \
         applied in a block {block:?}; an empty signed extrinsic {empty:?}",
        proof.len()
    );
}

#[test]
fn a_fraud_proof_slashes_inside_the_blob() {
    let owner = alice();
    let mut chain = Chain::new(Blob::load(), "development");
    chain.begin();

    let (evm, wasm) = (evm(), wasm());
    let mut first = Domain::create(&mut chain, &owner, &evm, &evm_genesis());
    let mut second = Domain::create(&mut chain, &owner, &wasm, &wasm_genesis());
    for _ in 0..4 {
        chain.next();
    }

    let time = first.send(&mut chain, vec![evm_call(0), evm_call(1)]);
    let mut world = first.execute(&mut chain);
    let steps = world.right().steps.len();
    assert_eq!(
        counted(&world.state_after(steps).unwrap()),
        decex_evm::U256::from(2_u8)
    );
    println!("a bundle of two EVM transactions, judged twice and included: {time:?}");
    lie_and_refute(
        &mut chain,
        &first,
        &mut world,
        "an EVM transaction (a contract call that writes)",
    );

    second.send(&mut chain, wasm_calls());
    let mut world = second.execute(&mut chain);
    let steps = world.right().steps.len();
    assert_eq!(received(&world.state_after(steps).unwrap()), Some(5));
    lie_and_refute(
        &mut chain,
        &second,
        &mut world,
        "a WebAssembly contract call (a token transfer)",
    );

    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("machine load: {}", load.trim());
}
