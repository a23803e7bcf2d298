//! Every rule of the object itself (K1 to K30): what it refuses, with which error, and that nothing changes then.
//! What each accepts is in `lifecycle.rs` and at the end of each test here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::{GenesisAccounts, MemoryHost, Net, OWNER, REPORTER, UNLOCK, account, config, params, transfer};
use decex_bundle::{Equivocation, InvalidBundle, InvalidEquivocation};
use decex_consensus::*;
use decex_core::list::ListTree;
use decex_core::params::{LegalityMode, UnsafeParams};
use decex_core::*;
use decex_election::{Keypair, Signature};
use decex_fraud::{
    FraudPool, FraudProof, InvalidProof, JudgeError, NotPooled, NotRefuted, PoolLimits, ProofName,
};
use decex_receipt::{InvalidReceipt, InvalidReceiptEquivocation, ReceiptEquivocation, Vouched};
use decex_testkit::ledger::LedgerEngine;
use parity_scale_codec::{Decode, Encode};
use std::convert::Infallible;
use std::fmt::Debug;

type Refusal<T, I> = Result<T, CallError<I, Infallible>>;

/// Makes a call that must be refused, and checks that host and events stay as they are.
fn refused<T: Debug, I: Debug>(net: &mut Net, call: impl FnOnce(&mut Net) -> Refusal<T, I>) -> I {
    let before = net.consensus.host().clone();
    let refusal = match call(net) {
        Err(CallError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(*net.consensus.host(), before);
    refusal
}

fn possession(domain: DomainId, of: AccountId, keypair: &Keypair) -> Signature {
    keypair.sign(
        &label::REGISTRATION,
        &registration_message(domain, &of, keypair.key().as_bytes()),
    )
}

#[test]
fn k1_k2_blocks_follow_one_another() {
    let mut net = Net::new(config());
    let info = net.block_info();
    let skipped = BlockInfo {
        number: ConsensusNumber(info.number.0 + 1),
        ..info
    };
    let refusal = refused(&mut net, |net| net.consensus.begin_block(&skipped));
    assert!(matches!(
        refusal,
        RefusedBlock::Number {
            previous: ConsensusNumber(1),
            ..
        }
    ));
    let same_slot = BlockInfo {
        slot: Slot(info.slot.0 - 1),
        ..info
    };
    let refusal = refused(&mut net, |net| net.consensus.begin_block(&same_slot));
    assert!(matches!(refusal, RefusedBlock::Slot { .. }));
    net.consensus.begin_block(&info).unwrap();
}

#[test]
fn k1_the_last_block_that_a_chain_can_have_begins() {
    let mut consensus = Consensus::new(MemoryHost::default(), config());
    let mut info = Net::new(config()).block_info();
    info.number = ConsensusNumber(u64::MAX - 1);
    consensus.begin_block(&info).unwrap();
    (info.number, info.slot) = (ConsensusNumber(u64::MAX), Slot(info.slot.0 + 1));
    consensus.begin_block(&info).unwrap();
    info.slot = Slot(info.slot.0 + 1);
    let after = consensus.begin_block(&info);
    assert!(matches!(
        after,
        Err(CallError::Refused(RefusedBlock::Number { .. }))
    ));
}

#[test]
fn k3_nothing_happens_before_the_first_block() {
    let mut consensus = Consensus::new(MemoryHost::default(), config());
    let created = consensus.create_domain(OWNER, params(), Access::Open);
    assert_eq!(created, Err(CallError::Refused(RefusedDomain::NotBegun)));
    let keypair = Keypair::from_seed(&[1; 32]);
    let signature = possession(DomainId(0), OWNER, &keypair);
    let key = keypair.key().as_bytes();
    let registered = consensus.register_operator(OWNER, DomainId(0), key, &signature, Balance(1_000));
    assert_eq!(registered, Err(CallError::Refused(RefusedRegistration::NotBegun)));
    let left = consensus.deregister_operator(OWNER, OperatorId(0));
    assert_eq!(left, Err(CallError::Refused(RefusedDeregistration::NotBegun)));
    assert_eq!(
        consensus.submit_bundle(&[]),
        Err(CallError::Refused(RefusedBundle::NotBegun))
    );
    assert!(consensus.host().store.is_empty());
}

#[test]
fn k4_k5_k6_k7_domains_are_safe_judgeable_and_paid_for() {
    let mut net = Net::new(config());
    let create = |net: &mut Net, params| net.consensus.create_domain(OWNER, params, Access::Open);
    let mut wrong = params();
    wrong.challenge_period = 1;
    let refusal = refused(&mut net, |net| create(net, wrong));
    assert!(matches!(
        refusal,
        RefusedDomain::Params(UnsafeParams::Challenge { .. })
    ));
    let mut unknown = params();
    unknown.rules = RuleSet(Digest([1; 32]));
    assert_eq!(
        refused(&mut net, |net| create(net, unknown)),
        RefusedDomain::NoEngine
    );
    let poor = account(200);
    let refusal = refused(&mut net, |net| {
        net.consensus.create_domain(poor, params(), Access::Open)
    });
    assert_eq!(
        refusal,
        RefusedDomain::Deposit {
            required: Balance(500)
        }
    );
    // K7 for domains and operators.
    let domain = net.domain(params());
    let last = model::Counters {
        domain: DomainId(u32::MAX),
        operator: OperatorId(u64::MAX),
    };
    net.consensus
        .host_mut()
        .store
        .insert(keys::counters(), last.encode());
    assert_eq!(
        refused(&mut net, |net| create(net, params())),
        RefusedDomain::NoId
    );
    let keypair = Keypair::from_seed(&[1; 32]);
    let refusal = refused(&mut net, |net| {
        let signature = possession(domain, account(1), &keypair);
        net.consensus.register_operator(
            account(1),
            domain,
            keypair.key().as_bytes(),
            &signature,
            Balance(100),
        )
    });
    assert_eq!(refusal, RefusedRegistration::NoId);
}

#[test]
fn k8_k9_only_the_owner_pauses() {
    let (mut net, domain) = Net::with(params(), 1);
    let unknown = DomainId(9);
    let refusal = refused(&mut net, |net| net.consensus.pause(OWNER, unknown));
    assert_eq!(refusal, RefusedOwnerCall::UnknownDomain { found: unknown });
    let refusal = refused(&mut net, |net| net.consensus.resume(account(1), domain));
    assert_eq!(
        refusal,
        RefusedOwnerCall::NotOwner {
            expected: OWNER,
            found: account(1)
        }
    );
    let refusal = refused(&mut net, |net| {
        net.consensus.allow(account(1), domain, account(1))
    });
    assert!(matches!(refusal, RefusedOwnerCall::NotOwner { .. }));

    // Paused: no transactions, but the receipt of what was included, and its confirmation.
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    assert_eq!(
        net.consensus.pause(OWNER, domain).unwrap(),
        [Event::DomainPaused { domain }]
    );
    assert_eq!(net.consensus.pause(OWNER, domain).unwrap(), []);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 1, 1)]);
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(refusal, RefusedBundle::Bundle(InvalidBundle::Paused { domain }));
    let right = net.missing(domain);
    net.vouch(0, right);
    net.begin_many(11);
    assert_eq!(net.confirmed(domain), 1);
    assert_eq!(
        net.consensus.resume(OWNER, domain).unwrap(),
        [Event::DomainResumed { domain }]
    );
    net.send(0, vec![transfer(0, 1, 1)]);
}

#[test]
fn k10_k11_k12_k13_k14_k15_operators_are_listed_staked_and_hold_their_key() {
    let mut net = Net::new(config());
    let (domain, _) = net
        .consensus
        .create_domain(OWNER, params(), Access::Listed)
        .unwrap();
    let keypair = Keypair::from_seed(&[1; 32]);
    let key = *keypair.key().as_bytes();
    let signature = possession(domain, account(1), &keypair);
    let register = |net: &mut Net, domain, key: [u8; 32], signature: Signature, stake| {
        net.consensus
            .register_operator(account(1), domain, &key, &signature, Balance(stake))
    };
    let refusal = refused(&mut net, |net| register(net, DomainId(7), key, signature, 1_000));
    assert_eq!(refusal, RefusedRegistration::UnknownDomain { found: DomainId(7) });
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 1_000));
    assert_eq!(refusal, RefusedRegistration::NotListed);
    net.consensus.allow(OWNER, domain, account(1)).unwrap();
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 99));
    assert_eq!(
        refusal,
        RefusedRegistration::Stake {
            limit: Balance(100),
            found: Balance(99)
        }
    );
    let refusal = refused(&mut net, |net| register(net, domain, [0; 32], signature, 1_000));
    assert!(matches!(refusal, RefusedRegistration::Key(_)));
    // Another account's, another domain's, nobody's.
    let other = possession(domain, account(2), &keypair);
    let refusal = refused(&mut net, |net| register(net, domain, key, other, 1_000));
    assert!(matches!(refusal, RefusedRegistration::Possession(_)));
    let other = possession(DomainId(1), account(1), &keypair);
    let refusal = refused(&mut net, |net| register(net, domain, key, other, 1_000));
    assert!(matches!(refusal, RefusedRegistration::Possession(_)));
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 1_000_001));
    assert_eq!(
        refusal,
        RefusedRegistration::Funds {
            required: Balance(1_000_001)
        }
    );
    let (first, _) = register(&mut net, domain, key, signature, 1_000).unwrap();
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 1_000));
    assert_eq!(refusal, RefusedRegistration::KeyTaken { operator: first });
    // K15: a total beyond the range of balances.
    let keypair = Keypair::from_seed(&[2; 32]);
    let signature = possession(domain, account(1), &keypair);
    let refusal = refused(&mut net, |net| {
        register(net, domain, *keypair.key().as_bytes(), signature, u128::MAX)
    });
    assert_eq!(
        refusal,
        RefusedRegistration::Funds {
            required: Balance(u128::MAX)
        }
    );
    // Off the list again: nobody new.
    net.consensus.disallow(OWNER, domain, account(1)).unwrap();
    let refusal = refused(&mut net, |net| {
        register(net, domain, *keypair.key().as_bytes(), signature, 1_000)
    });
    assert_eq!(refusal, RefusedRegistration::NotListed);
}

#[test]
fn k16_k17_k18_operators_leave_once_and_stay_liable() {
    let (mut net, domain) = Net::with(params(), 2);
    let id = net.members[0].id;
    let refusal = refused(&mut net, |net| {
        net.consensus.deregister_operator(account(0), OperatorId(9))
    });
    assert_eq!(
        refusal,
        RefusedDeregistration::UnknownOperator { found: OperatorId(9) }
    );
    let refusal = refused(&mut net, |net| net.consensus.deregister_operator(account(1), id));
    assert!(matches!(refusal, RefusedDeregistration::NotAccount { .. }));
    net.begin_many(20);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)]);
    let window = bundle.header.header.election.window;
    let share = |net: &Net| {
        net.consensus
            .standing(domain, net.members[1].id, window)
            .unwrap()
            .unwrap()
            .share
    };
    let before = share(&net);
    net.consensus.deregister_operator(account(0), id).unwrap();
    let left_at = net.now().0;
    let refusal = refused(&mut net, |net| net.consensus.deregister_operator(account(0), id));
    assert_eq!(refusal, RefusedDeregistration::NotActive);
    // Out at once, and the snapshot of the others stays.
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::Ineligible { operator: id })
    );
    assert_eq!(share(&net), before);
    net.begin_many(UNLOCK - 1);
    assert!(net.consensus.host().money[&account(0)].held > 0);
    let events = net.begin();
    assert_eq!(net.now().0, left_at + UNLOCK);
    assert_eq!(
        events,
        [Event::StakeReleased {
            operator: id,
            amount: Balance(common::STAKE)
        }]
    );
    assert_eq!(net.consensus.host().money[&account(0)].held, 0);
}

#[test]
fn a_stake_stays_as_long_as_anything_stands_on_it() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(20);
    let id = net.members[0].id;
    net.consensus.deregister_operator(account(0), id).unwrap();
    net.begin_many(UNLOCK - 8);
    while net.elected(1).is_none() {
        net.begin();
    }
    net.send(1, vec![transfer(0, 0, 1)]);
    while net.missing(domain).is_empty() || net.elected(1).is_none() {
        net.begin();
    }
    let right = net.missing(domain);
    net.vouch(1, right);
    // Parameters are such that this does not happen by itself; a long queue of confirmations could bring it about.
    let mut operator = net.consensus.operator(id).unwrap().unwrap();
    operator.backed = Some((DomainNumber(1), net.head_hash(domain)));
    net.consensus
        .host_mut()
        .store
        .insert(keys::operator(id), operator.encode());
    let mut blocks = 0;
    while net.confirmed(domain) == 0 {
        assert!(net.consensus.host().money[&account(0)].held > 0);
        net.begin();
        blocks += 1;
    }
    assert!(blocks > 8, "{blocks}");
    net.begin();
    assert_eq!(net.consensus.host().money[&account(0)].held, 0);
}

#[test]
fn k19_bytes_are_one_canonical_message() {
    let (mut net, domain) = Net::with(params(), 1);
    let bytes = net
        .seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)])
        .encode();
    let mut trailing = bytes.clone();
    trailing.push(0);
    let long = vec![0; (1 << 20) + 1];
    for (bytes, expected) in [
        (&bytes[..bytes.len() - 1], DecodeError::Malformed),
        (&trailing, DecodeError::Trailing { found: 1 }),
        (
            &long,
            DecodeError::TooLong {
                limit: 1 << 20,
                found: (1 << 20) + 1,
            },
        ),
        (&[], DecodeError::Malformed),
    ] {
        let refusal = refused(&mut net, |net| net.consensus.submit_bundle(bytes));
        assert_eq!(refusal, RefusedBundle::Bytes(expected));
    }
    assert!(matches!(
        refused(&mut net, |net| net.consensus.submit_proof(&[1])),
        RefusedProof::Bytes(_)
    ));
    let refusal = refused(&mut net, |net| net.consensus.submit_equivocation(REPORTER, &[1]));
    assert!(matches!(refusal, RefusedEquivocation::Bytes(_)));
    let refusal = refused(&mut net, |net| {
        net.consensus.submit_receipt_equivocation(REPORTER, &[1])
    });
    assert!(matches!(refusal, RefusedEquivocation::Bytes(_)));
    net.consensus.submit_bundle(&bytes).unwrap();
}

#[test]
fn k20_replayed_stale_future_and_foreign_bundles() {
    let (mut net, domain) = Net::with(params(), 1);
    net.begin_many(3);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)]);
    net.submit(&bundle).unwrap();
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. })
    ));
    let mut foreign = bundle.clone();
    foreign.header.header.domain = DomainId(5);
    let refusal = refused(&mut net, |net| net.submit(&foreign));
    assert!(matches!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::UnknownDomain { .. })
    ));
    let mut future = bundle.clone();
    future.header.header.election.window = Window(1_000_000);
    let refusal = refused(&mut net, |net| net.submit(&future));
    assert!(matches!(refusal, RefusedBundle::Bundle(InvalidBundle::Window(_))));
    let next = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 1, 1)]);
    net.skip = 60;
    net.begin();
    let refusal = refused(&mut net, |net| net.submit(&next));
    assert!(matches!(refusal, RefusedBundle::Bundle(InvalidBundle::Window(_))));
    // Nor was its ring place freed for the replay of the first.
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(refusal, RefusedBundle::Bundle(InvalidBundle::Window(_))));
}

#[test]
fn k20_a_block_takes_so_many_bundles() {
    let mut few = params();
    few.bundles_per_block = 2;
    let (mut net, _) = Net::with(few, 1);
    net.begin_many(5);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.send(0, vec![transfer(1, 0, 1)]);
    let bundle = net.seal(0, net.head_hash(DomainId(0)), Vec::new(), vec![transfer(2, 0, 1)]);
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::BlockFull { limit: 2 })
    );
    net.begin();
    net.submit(&bundle).unwrap();
}

#[test]
fn k21_k29_one_bad_receipt_refuses_the_whole_bundle() {
    let (mut net, domain) = Net::with(params(), 1);
    for nonce in 0..2 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let right = net.missing(domain);
    let mut orphan = right[1].clone();
    orphan.receipt.parent = ReceiptHash(Digest([1; 32]));
    let bundle = net.seal(
        0,
        net.head_hash(domain),
        vec![right[0].clone(), orphan],
        Vec::new(),
    );
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(
        refusal,
        RefusedBundle::Receipt {
            index: 1,
            invalid: InvalidReceipt::Parent { .. }
        }
    ));
    let bundle = net.seal(
        0,
        net.head_hash(domain),
        vec![right[0].clone(), right[0].clone()],
        Vec::new(),
    );
    assert!(matches!(
        refused(&mut net, |net| net.submit(&bundle)),
        RefusedBundle::Receipts(_)
    ));
    // Another claim at a held number.
    net.vouch(0, right);
    net.begin();
    let lie = net.lie(domain, 2, net.right(domain, 1).receipt.compute_hash(), 1);
    let bundle = net.seal(0, net.head_hash(domain), vec![lie], Vec::new());
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert!(matches!(
        refusal,
        RefusedBundle::Receipt {
            invalid: InvalidReceipt::Conflict { .. },
            ..
        }
    ));
}

#[test]
fn k22_enforced_legality_is_never_skipped() {
    let mut enforced = params();
    enforced.legality = LegalityMode::Enforced;
    let (mut net, domain) = Net::with(enforced, 1);
    let base = net.head_hash(domain);
    let bundle = net.seal(0, base, Vec::new(), vec![transfer(0, 0, 1)]);
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(refusal, RefusedBundle::Unenforceable);
    net.consensus
        .submit_bundle_enforced(&bundle.encode(), &GenesisAccounts)
        .unwrap();
    net.bodies
        .insert(bundle.header.header.compute_hash(), bundle.body.to_vec());
    net.begin();
    // A forged signature is not includable here.
    let mut forged = transfer(0, 1, 1);
    let mut bytes = forged.bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    forged.bytes = BoundedVec::new(bytes).unwrap();
    let bundle = net.seal(0, base, Vec::new(), vec![forged]);
    let refusal = refused(&mut net, |net| {
        net.consensus
            .submit_bundle_enforced(&bundle.encode(), &GenesisAccounts)
    });
    assert!(matches!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::Illegal { .. })
    ));
}

#[test]
fn k8_k23_k24_k25_proofs_must_refute_something_pending() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(0, vec![lie.clone()]);
    let bytes = net.refute(domain, &lie);
    let proof = FraudProof::decode(&mut &*bytes).unwrap();
    let other = FraudProof {
        domain: DomainId(4),
        ..proof.clone()
    };
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&other.encode()));
    assert_eq!(refusal, RefusedProof::UnknownDomain { found: DomainId(4) });
    let other = FraudProof {
        receipt: ReceiptHash(Digest([1; 32])),
        ..proof
    };
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&other.encode()));
    assert_eq!(refusal, RefusedProof::NotPending);
    // K24: the host lost the engine.
    net.consensus.host_mut().engine = LedgerEngine { version: 1 };
    assert_eq!(
        refused(&mut net, |net| net.consensus.submit_proof(&bytes)),
        RefusedProof::NoEngine
    );
    net.consensus.host_mut().engine = LedgerEngine::default();
    // K25: a proof of something else.
    let mut broken = bytes.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&broken));
    assert!(matches!(refusal, RefusedProof::Proof(_) | RefusedProof::Bytes(_)));
    // A final receipt is beyond refutation, right or wrong.
    net.begin_many(11);
    assert_eq!(net.confirmed(domain), 1);
    assert_eq!(
        refused(&mut net, |net| net.consensus.submit_proof(&bytes)),
        RefusedProof::NotPending
    );
}

#[test]
fn k19_k23_k25_the_evidence_is_decoded_last() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(0, vec![lie.clone()]);
    let bytes = net.refute(domain, &lie);
    // With no engine at hand, whatever were judged would be refused for that (K24).
    net.consensus.host_mut().engine = LedgerEngine { version: 1 };
    let named = |receipt: ReceiptHash, length: usize| {
        let name = ProofName {
            domain,
            receipt,
            reporter: REPORTER,
        };
        let mut bytes = name.encode();
        bytes.resize(length, 0xff);
        bytes
    };
    let other = ReceiptHash(Digest([1; 32]));
    let limit = net.consensus.params(domain).unwrap().unwrap().largest_proof();
    let over = limit as usize + 1;
    // Neither one canonical proof nor small enough: refused for what it names.
    for length in [68, 500, over, 1 << 20] {
        let refusal = refused(&mut net, |net| net.consensus.submit_proof(&named(other, length)));
        assert_eq!(refusal, RefusedProof::NotPending);
    }
    // K25 by F4, before the engine is asked for and the evidence decoded.
    let large = named(lie.receipt.compute_hash(), over);
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&large));
    let found = limit + 1;
    assert_eq!(
        refusal,
        RefusedProof::Proof(InvalidProof::TooLarge { limit, found })
    );
    // K24 before the evidence is decoded.
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&large[..over - 1]));
    assert_eq!(refusal, RefusedProof::NoEngine);
    net.consensus.host_mut().engine = LedgerEngine::default();
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&large[..over - 1]));
    assert_eq!(refusal, RefusedProof::Bytes(DecodeError::Malformed));
    // K19 before everything: the length, and a whole name.
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&bytes[..67]));
    assert_eq!(refusal, RefusedProof::Bytes(DecodeError::Malformed));
    let long = named(other, (1 << 20) + 1);
    let refusal = refused(&mut net, |net| net.consensus.submit_proof(&long));
    assert!(matches!(
        refusal,
        RefusedProof::Bytes(DecodeError::TooLong { .. })
    ));
    net.consensus.submit_proof(&bytes).unwrap();
}

#[test]
fn a_pool_judges_by_the_same_path_over_the_chains_own_state() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(0, vec![lie.clone()]);
    let bytes = net.refute(domain, &lie);
    let mut pool = FraudPool::new(PoolLimits {
        message_bytes: 1 << 20,
        proofs: 8,
        bytes: 1 << 20,
        per_domain: 2,
        failures: 8,
    });
    pool.submit(&net.consensus.state(), &bytes).unwrap();
    let chosen = pool.select(1 << 20)[0].bytes().to_vec();
    net.consensus.submit_proof(&chosen).unwrap();
    assert_eq!(pool.refresh(&net.consensus.state()).unwrap().len(), 1);
    let again = pool.submit(&net.consensus.state(), &bytes);
    let refusal = JudgeError::Refused(NotPooled::NotRefuted(NotRefuted::NotPending));
    assert_eq!(again.unwrap_err(), refusal);
}

#[test]
fn k16_k26_k27_k28_equivocation_costs_the_stake_once() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(8);
    let base = net.head_hash(domain);
    let first = net.seal(0, base, Vec::new(), vec![transfer(0, 0, 1)]);
    let second = net.seal(0, base, Vec::new(), vec![transfer(0, 0, 2)]);
    let id = net.members[0].id;
    let evidence = Equivocation {
        first: first.header.clone(),
        second: second.header.clone(),
    };
    let submit = |net: &mut Net, evidence: &Equivocation| {
        net.consensus.submit_equivocation(REPORTER, &evidence.encode())
    };
    let mut unknown = evidence.clone();
    unknown.first.header.operator = OperatorId(9);
    let refusal = refused(&mut net, |net| submit(net, &unknown));
    assert_eq!(
        refusal,
        RefusedEquivocation::UnknownOperator { found: OperatorId(9) }
    );
    let same = Equivocation {
        first: first.header.clone(),
        second: first.header.clone(),
    };
    let refusal = refused(&mut net, |net| submit(net, &same));
    assert_eq!(
        refusal,
        RefusedEquivocation::Equivocation(InvalidEquivocation::Same)
    );
    // K27: sealed for a domain that is not the operator's.
    let mut foreign = evidence.clone();
    for header in [&mut foreign.first, &mut foreign.second] {
        header.header.domain = DomainId(3);
        let hash = header.header.compute_hash();
        header.seal = net.members[0].keypair.sign(&label::BUNDLE_SEAL, &hash.0);
    }
    let refusal = refused(&mut net, |net| submit(net, &foreign));
    assert_eq!(
        refusal,
        RefusedEquivocation::Domain {
            expected: domain,
            found: DomainId(3)
        }
    );

    // Leaving does not help.
    net.consensus.deregister_operator(account(0), id).unwrap();
    let events = submit(&mut net, &evidence).unwrap();
    assert!(matches!(
        events[..],
        [Event::OperatorSlashed {
            reward: Balance(1_000),
            burned: Balance(9_000),
            ..
        }]
    ));
    // K28: once, in either order of the headers.
    let swapped = Equivocation {
        first: evidence.second.clone(),
        second: evidence.first.clone(),
    };
    assert_eq!(
        refused(&mut net, |net| submit(net, &evidence)),
        RefusedEquivocation::NoStake
    );
    assert_eq!(
        refused(&mut net, |net| submit(net, &swapped)),
        RefusedEquivocation::NoStake
    );
    // The unlock that it had queued releases nothing.
    assert_eq!(net.begin_many(UNLOCK + 1), []);
    assert_eq!(net.consensus.host().money[&account(0)].held, 0);
}

#[test]
fn stakes_count_from_the_epoch_after_and_leave_with_it() {
    let mut net = Net::new(config());
    let domain = net.domain(params());
    let first = net.register(0, domain);
    let window = |net: &Net| Window(net.consensus.clock().unwrap().unwrap().block.slot.0);
    let stake = |net: &Net, window| {
        let share = net
            .consensus
            .standing(domain, first, window)
            .unwrap()
            .unwrap()
            .share;
        (share.stake().0, share.total().0)
    };
    assert_eq!(stake(&net, window(&net)).0, 0);
    net.begin_many(30);
    let first_epoch = window(&net);
    assert_eq!(stake(&net, first_epoch), (10_000, 10_000));
    // Somebody joins and leaves: seen from each window, its own epoch's snapshot counts.
    let second = net.register(1, domain);
    assert_eq!(stake(&net, first_epoch), (10_000, 10_000));
    net.begin_many(30);
    assert_eq!(stake(&net, window(&net)), (10_000, 20_000));
    assert_eq!(stake(&net, first_epoch), (10_000, 10_000));
    net.consensus.deregister_operator(account(1), second).unwrap();
    assert_eq!(stake(&net, window(&net)), (10_000, 20_000));
    net.begin_many(30);
    assert_eq!(stake(&net, window(&net)), (10_000, 10_000));
    // Two epochs back no snapshot is kept: nothing wins there.
    assert_eq!(stake(&net, first_epoch).0, 0);
}

/// The member's bundle with this one receipt, as evidence shows it.
fn vouched(net: &mut Net, member: usize, submission: &decex_receipt::Submission) -> Vouched {
    let base = net.head_hash(net.members[member].domain);
    let leaf = submission.receipt.compute_hash().0;
    Vouched {
        header: net
            .seal(member, base, vec![submission.clone()], Vec::new())
            .header,
        receipt: submission.receipt.clone(),
        place: ListTree::new(vec![leaf]).prove(0, 1).unwrap(),
    }
}

#[test]
fn k16_k27_k28_k30_equivocation_on_receipts_costs_the_stake_once() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(8);
    net.send(1, vec![transfer(0, 0, 1)]);
    net.begin();
    let (id, parent) = (net.members[0].id, net.head_hash(domain));
    let [right, lie, second_lie] = [
        net.right(domain, 1).submission(),
        net.lie(domain, 1, parent, 8),
        net.lie(domain, 1, parent, 9),
    ];
    let evidence = ReceiptEquivocation {
        first: vouched(&mut net, 0, &right),
        second: vouched(&mut net, 0, &lie),
    };
    let submit = |net: &mut Net, evidence: &ReceiptEquivocation| {
        net.consensus
            .submit_receipt_equivocation(REPORTER, &evidence.encode())
    };
    let mut unknown = evidence.clone();
    unknown.first.header.header.operator = OperatorId(9);
    assert_eq!(
        refused(&mut net, |net| submit(net, &unknown)),
        RefusedEquivocation::UnknownOperator { found: OperatorId(9) }
    );
    let same = ReceiptEquivocation {
        second: evidence.first.clone(),
        ..evidence.clone()
    };
    assert_eq!(
        refused(&mut net, |net| submit(net, &same)),
        RefusedEquivocation::Receipts(InvalidReceiptEquivocation::Same)
    );
    // K27: headers and receipts for a domain that is not the operator's.
    let mut foreign = evidence.clone();
    for vouched in [&mut foreign.first, &mut foreign.second] {
        vouched.receipt.domain = DomainId(3);
        let leaves = vec![vouched.receipt.compute_hash().0];
        let header = &mut vouched.header.header;
        (header.domain, header.receipts.root) = (DomainId(3), list::root(&leaves));
        let hash = header.compute_hash();
        vouched.header.seal = net.members[0].keypair.sign(&label::BUNDLE_SEAL, &hash.0);
    }
    assert_eq!(
        refused(&mut net, |net| submit(net, &foreign)),
        RefusedEquivocation::Domain {
            expected: domain,
            found: DomainId(3)
        }
    );
    // The other member's word beside the operator's shows nothing.
    let mut mixed = evidence.clone();
    mixed.second = vouched(&mut net, 1, &lie);
    assert!(matches!(
        refused(&mut net, |net| submit(net, &mixed)),
        RefusedEquivocation::Receipts(InvalidReceiptEquivocation::Operator { .. })
    ));

    // Leaving does not help.
    net.consensus.deregister_operator(account(0), id).unwrap();
    let total = net.consensus.host().total();
    let events = submit(&mut net, &evidence).unwrap();
    assert!(matches!(
        events[..],
        [Event::OperatorSlashed {
            reward: Balance(1_000),
            burned: Balance(9_000),
            ..
        }]
    ));
    // K28: once, whichever pair is shown.
    let swapped = ReceiptEquivocation {
        first: evidence.second.clone(),
        second: evidence.first.clone(),
    };
    for again in [&evidence, &swapped] {
        assert_eq!(
            refused(&mut net, |net| submit(net, again)),
            RefusedEquivocation::NoStake
        );
    }
    assert!(second_lie.receipt != lie.receipt);
    // The unlock that it had queued releases nothing.
    assert_eq!(net.begin_many(UNLOCK + 1), []);
    assert_eq!(net.consensus.host().money[&account(0)].held, 0);
    assert_eq!(net.consensus.host().total(), total);
}

#[test]
fn k28_k30_nothing_is_taken_from_who_has_left() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(8);
    net.send(1, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 8);
    let right = net.right(domain, 1).submission();
    let evidence = ReceiptEquivocation {
        first: vouched(&mut net, 0, &right),
        second: vouched(&mut net, 0, &lie),
    };
    let id = net.members[0].id;
    net.consensus.deregister_operator(account(0), id).unwrap();
    net.begin_many(UNLOCK);
    assert_eq!(net.consensus.host().money[&account(0)].held, 0, "released");
    let refusal = refused(&mut net, |net| {
        net.consensus
            .submit_receipt_equivocation(REPORTER, &evidence.encode())
    });
    assert_eq!(refusal, RefusedEquivocation::NoStake);
}
