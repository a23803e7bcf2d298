//! What enters the pool (O1–O8), what a store must hold, and the order of blocks (O9, O11).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use decex_core::execution::{Engine, NotATransaction};
use decex_core::id::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, ReceiptHash,
};
use decex_core::params::{BlockLimits, DomainParams, ElectionParams, HostLimits, LegalityMode, WHOLE_RING};
use decex_core::state::{MemoryTree, StateTree};
use decex_core::{Digest, Host, Nonce, Weight};
use decex_election::Keypair;
use decex_operator::decex_bundle::Inbox;
use decex_operator::decex_receipt::{Chain, ReceiptView, Record, genesis_receipt};
use decex_operator::{
    ConsensusBlock, CorruptStore, FollowError, Genesis, Identity, NotPooled, Operator, PoolLimits, StartError,
};
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, genesis, sender_of};

const ENGINE: LedgerEngine = LedgerEngine { version: 0 };

fn alice() -> Keypair {
    Keypair::from_seed(&[1; 32])
}

fn identity() -> Identity {
    Identity {
        operator: None,
        keypair: Keypair::from_seed(&[2; 32]),
        reporter: AccountId::default(),
    }
}

fn params() -> DomainParams {
    DomainParams {
        rules: ENGINE.rule_set(),
        genesis: MemoryTree::new().update(&state()).unwrap(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 8,
            epoch: 8,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 200_000,
            weight: Weight(1_000),
        },
        transaction_bytes: 200,
        sender_transactions: 16,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 16,
        max_gap: 8,
        messages: 8,
        witness_limit: 60_000,
        portion: WHOLE_RING,
        reporter_share: 500,
    }
}

fn state() -> decex_core::state::Changes {
    genesis(&[(sender_of(alice().key()), Balance(1_000_000))])
}

fn checked() -> decex_core::params::CheckedParams {
    let host = HostLimits {
        message_bytes: 2 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 10,
    };
    params().check(&host).unwrap()
}

fn domain_genesis() -> Genesis {
    let created = ConsensusNumber(1);
    let receipt = genesis_receipt(DomainId(0), params().rules, params().genesis, created);
    Genesis {
        created,
        created_hash: ConsensusHash(Digest([1; 32])),
        receipt,
        state: state(),
    }
}

fn watcher(limits: PoolLimits) -> Operator<LedgerEngine> {
    Operator::new(identity(), ENGINE, checked(), domain_genesis(), limits).unwrap()
}

fn pay(nonce: u64) -> Vec<u8> {
    Transaction::sign(&alice(), Nonce(nonce), Call::Fail).to_bytes()
}

fn add(operator: &mut Operator<LedgerEngine>, bytes: &[u8]) -> Result<(), NotPooled> {
    operator.add_transaction(bytes).unwrap().map(|_| ())
}

#[test]
fn o1_long_transactions_stay_out() {
    let mut operator = watcher(PoolLimits::default());
    assert_eq!(
        add(&mut operator, &[0; 201]),
        Err(NotPooled::TooLong {
            limit: 200,
            found: 201
        })
    );
    let refused = add(&mut operator, &[0; 200]);
    assert_eq!(
        refused,
        Err(NotPooled::NotATransaction(NotATransaction::Malformed))
    );
}

#[test]
fn o2_only_signed_transactions_of_the_domain_enter() {
    let mut operator = watcher(PoolLimits::default());
    let mut forged = pay(0);
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(
        add(&mut operator, &forged),
        Err(NotPooled::NotATransaction(NotATransaction::Signature))
    );
    assert_eq!(add(&mut operator, &pay(0)), Ok(()));
}

#[test]
fn o3_what_no_bundle_can_carry_stays_out() {
    let mut operator = watcher(PoolLimits::default());
    let heavy = |count| {
        let call = Call::Write {
            first: 0,
            count,
            value: 1,
        };
        Transaction::sign(&alice(), Nonce(0), call).to_bytes()
    };
    let refused = add(&mut operator, &heavy(91));
    assert_eq!(
        refused,
        Err(NotPooled::TooHeavy {
            limit: Weight(1_000),
            found: Weight(1_010)
        })
    );
    assert_eq!(add(&mut operator, &heavy(90)), Ok(()));
}

#[test]
fn o5_nonces_run_ahead_only_so_far() {
    let mut operator = watcher(PoolLimits {
        nonce_lead: 3,
        ..PoolLimits::default()
    });
    assert_eq!(add(&mut operator, &pay(3)), Ok(()));
    let expected = NotPooled::TooFarAhead {
        expected: Nonce(0),
        found: Nonce(4),
        lead: 3,
    };
    assert_eq!(add(&mut operator, &pay(4)), Err(expected));
}

#[test]
fn o6_who_cannot_pay_stays_out() {
    let mut operator = watcher(PoolLimits::default());
    let poor = Keypair::from_seed(&[9; 32]);
    let bytes = Transaction::sign(&poor, Nonce(0), Call::Fail).to_bytes();
    // Blockspace is free until a block has said what it costs.
    assert_eq!(add(&mut operator, &bytes), Ok(()));
    follow_empty(&mut operator, [1; 32], 2).unwrap();
    let bytes = Transaction::sign(&poor, Nonce(1), Call::Fail).to_bytes();
    let needed = Balance(u128::try_from(bytes.len()).unwrap());
    assert_eq!(
        add(&mut operator, &bytes),
        Err(NotPooled::CannotPay {
            needed,
            found: Balance(0)
        })
    );
}

#[test]
fn o7_the_first_with_a_nonce_stays() {
    let mut operator = watcher(PoolLimits::default());
    assert_eq!(add(&mut operator, &pay(0)), Ok(()));
    let other = Transaction::sign(&alice(), Nonce(0), Call::Fail).to_bytes();
    assert_eq!(add(&mut operator, &other), Err(NotPooled::Occupied));
}

#[test]
fn o8_the_pool_is_bounded() {
    let mut operator = watcher(PoolLimits {
        per_sender: 2,
        ..PoolLimits::default()
    });
    assert_eq!(add(&mut operator, &pay(0)), Ok(()));
    assert_eq!(add(&mut operator, &pay(1)), Ok(()));
    assert_eq!(add(&mut operator, &pay(2)), Err(NotPooled::Full));
    let mut operator = watcher(PoolLimits {
        transactions: 1,
        ..PoolLimits::default()
    });
    assert_eq!(add(&mut operator, &pay(0)), Ok(()));
    assert_eq!(add(&mut operator, &pay(1)), Err(NotPooled::Full));
    assert_eq!(operator.pool().len(), 1);
}

/// A chain that knows the genesis and nothing else.
struct Bare;

impl Host for Bare {
    type Error = core::convert::Infallible;
}

impl ReceiptView for Bare {
    fn chain(&self, _: DomainId) -> Result<Option<Chain>, Self::Error> {
        let head_hash = domain_genesis().receipt.compute_hash();
        Ok(Some(Chain {
            confirmed: DomainNumber(0),
            head: DomainNumber(0),
            head_hash,
        }))
    }
    fn hash_at(&self, _: DomainId, _: DomainNumber) -> Result<Option<ReceiptHash>, Self::Error> {
        Ok(None)
    }
    fn record(&self, _: DomainId, _: &ReceiptHash) -> Result<Option<Record>, Self::Error> {
        Ok(None)
    }
    fn inbox(&self, _: DomainId, _: DomainNumber) -> Result<Option<Inbox>, Self::Error> {
        Ok(None)
    }
}

fn follow_empty(
    operator: &mut Operator<LedgerEngine>,
    parent: [u8; 32],
    number: u8,
) -> Result<(), FollowError<core::convert::Infallible>> {
    let block = ConsensusBlock {
        number: ConsensusNumber(number.into()),
        hash: ConsensusHash(Digest([number; 32])),
        parent: ConsensusHash(Digest(parent)),
        byte_price: Balance(1),
        bundles: &[],
    };
    operator.follow(&Bare, &block).map(|_| ())
}

#[test]
fn o9_blocks_are_followed_one_after_the_other() {
    let mut operator = watcher(PoolLimits::default());
    let refused = follow_empty(&mut operator, [7; 32], 2);
    assert!(matches!(refused, Err(FollowError::NotNext { .. })));
    follow_empty(&mut operator, [1; 32], 2).unwrap();
    follow_empty(&mut operator, [2; 32], 3).unwrap();
    assert_eq!(operator.tip().unwrap().0, ConsensusNumber(3));
}

#[test]
fn o11_genesis_is_not_retracted() {
    let mut operator = watcher(PoolLimits::default());
    follow_empty(&mut operator, [1; 32], 2).unwrap();
    operator.retract().unwrap();
    assert!(matches!(operator.retract(), Err(FollowError::OutOfReach)));
    // What was retracted may be followed again.
    follow_empty(&mut operator, [1; 32], 2).unwrap();
    // What was pruned may not be retracted.
    follow_empty(&mut operator, [2; 32], 3).unwrap();
    operator.prune(&Bare, ConsensusNumber(3)).unwrap();
    assert!(matches!(operator.retract(), Err(FollowError::OutOfReach)));
}

#[test]
fn a_damaged_store_is_refused() {
    let mut operator = watcher(PoolLimits::default());
    let writes = operator.take_writes();
    let entries: Vec<(Vec<u8>, Vec<u8>)> = writes
        .into_iter()
        .filter_map(|write| write.value.map(|value| (write.key, value)))
        .collect();
    let restore = |entries: Vec<(Vec<u8>, Vec<u8>)>| {
        Operator::restore(identity(), ENGINE, checked(), entries, PoolLimits::default())
    };
    assert!(restore(entries.clone()).is_ok());
    for missing in 0..entries.len() {
        let mut damaged = entries.clone();
        let (key, _) = damaged.remove(missing);
        // Genesis has no steps to undo: only that entry is not missed.
        assert_eq!(restore(damaged).is_ok(), key[0] == 2, "without {key:?}");
    }
    let mut foreign = entries.clone();
    foreign.push((vec![99], vec![]));
    let error = StartError::Store(CorruptStore::Entry { kind: 99 });
    assert_eq!(restore(foreign).unwrap_err(), error);
}

#[test]
fn foreign_parts_do_not_start() {
    let other = LedgerEngine { version: 1 };
    let started = Operator::new(
        identity(),
        other,
        checked(),
        domain_genesis(),
        PoolLimits::default(),
    );
    assert_eq!(started.unwrap_err(), StartError::Rules);
    let mut genesis = domain_genesis();
    genesis.state.pop_first();
    let started = Operator::new(identity(), ENGINE, checked(), genesis, PoolLimits::default());
    assert_eq!(started.unwrap_err(), StartError::Genesis);
}

#[test]
fn accounts_are_read_where_they_are_kept() {
    let mut operator = watcher(PoolLimits::default());
    let sender = sender_of(alice().key());
    let account = operator.account_after(DomainNumber(0), &sender).unwrap().unwrap();
    assert_eq!((account.nonce, account.balance), (Nonce(0), Balance(1_000_000)));
    assert_eq!(operator.account_after(DomainNumber(1), &sender), Ok(None));
}
